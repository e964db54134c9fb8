package kernels

import "math"

// The tally of counts: their sums, and the least of their patterns as integers, of which those of numbers >= 0 have the order of the
// numbers, and that of a negative one is negative.
var _ = Declare(Kernel{
	Name: "tally",
	Func: "BetweenCounts",
	Args: []string{"p", "q", "p", "q"},
	Pad:  []float64{0, 0, math.Inf(1), math.Inf(1)},
	Wide: true,
	Outputs: []Output{
		{Name: "sumP"}, {Name: "sumQ"},
		{Name: "leastP", Least: true}, {Name: "leastQ", Least: true},
	},
	Step: func(_ *Builder, out []Vec, x ...Vec) []Vec {
		least := func(out, x Vec) Vec { return out.AsInt().Min(x.AsInt()).AsFloat() }
		return []Vec{out[0].Add(x[0]), out[1].Add(x[1]), least(out[2], x[2]), least(out[3], x[3])}
	},
})

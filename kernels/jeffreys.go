package kernels

// Jeffreys sums (p-q)·log(p/q), every term >= 0: KL both ways, and the PSI of bin shares.
var Jeffreys = Reduction{
	Name:     "jeffreys",
	Func:     "Jeffreys",
	Args:     []string{"p", "q"},
	Pad:      []float64{0, 0},
	Measures: []Measure{{Name: "PSI", Func: "Jeffreys", Symmetric: true}},
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		// The larger over the smaller, so that the sum is symmetric to the bit. Which of two zeros is the larger, nobody says;
		// the guards must not depend on it.
		large, small, l := p.Max(q), p.Min(q), logarithm{}
		if b.Careful {
			l = b.carefulLogRatio(large, small)
		} else {
			b.GuardSignClear(p)
			b.GuardSignClear(q)
			l = b.guardedLogRatio(large, small)
		}
		return p.Sub(q).Abs().MulAdd(l.value(), sum)
	},
}

package kernels

// Jeffreys sums (p-q)·log(p/q), every term >= 0: KL both ways, and the PSI of bin shares.
var Jeffreys = Reduction{
	Name: "jeffreys",
	Func: "Jeffreys",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		// The larger over the smaller, so that the sum is symmetric to the bit.
		return p.Sub(q).Abs().MulAdd(b.logRatio(p.Max(q), p.Min(q)).value(), sum)
	},
}

package kernels

// TotalVariation sums |p-q|: twice the total variation distance.
var TotalVariation = Reduction{
	Name: "totalVariation",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		return sum.Add(b.onlyNonNegative(p.Sub(q).Abs(), p, q))
	},
}

// ChiSquare sums (p-q)²/q, 0 where both are 0.
var ChiSquare = Reduction{
	Name: "chiSquare",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Wide: true, // three roundings of one term are too many for float32
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		zero := b.Const(0)
		diff := b.onlyNonNegative(p.Sub(q), p, q)
		if b.Careful {
			q = q.Abs() // -0 is 0
		}
		return diff.MulAdd(diff.Equal(zero).Select(zero, diff.Div(q)), sum)
	},
}

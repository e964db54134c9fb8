package kernels

// TotalVariation sums |p-q|: twice the total variation distance.
var TotalVariation = Reduction{
	Name:     "totalVariation",
	Func:     "TotalVariation",
	Args:     []string{"p", "q"},
	Pad:      []float64{0, 0},
	Measures: []Measure{{Name: "TV", Func: "TotalVariation", Value: "sum / 2", Symmetric: true}},
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		gap := b.gap(p, q)
		if c := b.counts; c != nil { // not stationary: the ratio needs its rest
			gap = c.y.NegMulAdd(b.Element(1), gap)
		}
		return sum.Add(b.onlyNonNegative(gap.Abs(), p, q))
	},
}

// ChiSquare sums (p-q)²/q, 0 where both are 0.
var ChiSquare = Reduction{
	Name:     "chiSquare",
	Func:     "ChiSquare",
	Args:     []string{"p", "q"},
	Pad:      []float64{0, 0},
	Measures: []Measure{{Name: "Chi2", Func: "ChiSquare"}},
	Wide:     true, // three roundings of one term are too many for float32
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		zero := b.Const(0)
		diff := b.onlyNonNegative(b.gap(p, q), p, q)
		switch {
		case b.counts != nil:
			q = b.counts.y // the caller divides by the ratio
		case b.Careful:
			q = q.Abs() // -0 is 0
		}
		return diff.MulAdd(diff.Equal(zero).Select(zero, diff.Div(q)), sum)
	},
}

// TotalHigh sums p + q rounded to multiples of 2**-44, which is exact while the sum is below 2**9; TotalLow sums what the
// rounding left. Values are below 2**7.
var (
	TotalHigh = Reduction{
		Name: "totalHigh",
		Func: "Bhattacharyya",
		Args: []string{"p", "q"},
		Pad:  []float64{0, 0},
		Wide: true,
		Step: func(b *Builder, sum Vec, x ...Vec) Vec {
			return sum.Add(b.onGrid(x[0]).Add(b.onGrid(x[1])))
		},
	}
	TotalLow = Reduction{
		Name: "totalLow",
		Func: "Bhattacharyya",
		Args: []string{"p", "q"},
		Pad:  []float64{0, 0},
		Wide: true,
		Step: func(b *Builder, sum Vec, x ...Vec) Vec {
			p, q := x[0], x[1]
			return sum.Add(p.Sub(b.onGrid(p)).Add(q.Sub(b.onGrid(q))))
		},
	}
)

// onGrid rounds to a multiple of 2**-44: the unit in the last place of numbers near 1.5·2**8.
func (b *Builder) onGrid(x Vec) Vec {
	shift := b.Const(0x1.8p8)
	return x.Add(shift).Sub(shift)
}

package kernels

// TotalVariation sums |p-q|: twice the total variation distance.
var TotalVariation = Reduction{
	Name: "totalVariation",
	Func: "TotalVariation",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Measures: []Measure{{ // at least S/2, but seldom near it: no bound
		Number: 10, Func: "TotalVariation", Symmetric: true, Degree: 1, Value: "float64(sum / 2)",
		Gradient: TotalVariationGradient, Formula: "½sign(p-q), ½sign(q-p)",
		Shares: &Shares{Form: OfDifferences, Sum: "totalVariation", Second: SecondRest, Finish: FinishValue},
	}},
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
	Name: "chiSquare",
	Func: "ChiSquare",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Measures: []Measure{{
		Number: 11, Func: "ChiSquare", Degree: 1, Gradient: ChiSquareGradient, Formula: "2(p-q)/q, 1 - (p/q)²",
		Shares: &Shares{Form: OfDifferences, Sum: "chiSquare", Second: PerRatio, Finish: FinishValue},
		Bound:  &Bound{Slope: "1", Part: NoPart},
	}},
	Wide:     true, // three roundings of one term are too many for float32
	Decisive: true,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		zero, diff := b.Const(0), b.gap(p, q)
		ratio := func(diff Vec) Vec { return diff.Equal(zero).Select(zero, diff.Div(q)) }
		switch {
		case b.Careful:
			diff = b.onlyNonNegative(diff, p, q)
			q = q.Abs() // -0 is 0
			down, up := b.unlikeScales(diff, q)
			return diff.Mul(up).MulAdd(ratio(diff.Mul(down)), sum)
		case b.counts != nil:
			q = b.counts.y // the caller divides by the ratio
		case b.surplus != nil:
			diff = b.onlyNonNegative(diff, p, q)
		default: // a quotient that overflows is of a p so large that the term overflows too, or of q = 0 < p
			b.guardElement(p)
			b.guardElement(q)
			b.guardZeroOrAtLeast(q, -900)
		}
		return diff.MulAdd(ratio(diff), sum)
	},
}

// unlikeScales are powers of two, each the inverse of the other, by which to multiply so that diff/q overflows only where diff²/q
// does, for diff = p-q. Where they are not 1, |diff/q| is at least 2**-53 and diff at least 2**-400.
func (b *Builder) unlikeScales(diff, q Vec) (down, up Vec) {
	unlike := b.PowerOfTwo(-400).LessEqual(diff).And(q.Less(b.PowerOfTwo(-100)))
	one := b.Const(1)
	return unlike.Select(b.PowerOfTwo(-500), one), unlike.Select(b.PowerOfTwo(500), one)
}

package kernels

import "math"

// Kullback–Leibler divergences of normal distributions of independent variables, whose variances come as logarithms ρ. Twice
// the divergence of (μ, ρ) from (ν, σ) is the sum of (μ-ν)²·e**-σ and of e**x - 1 - x, x = ρ-σ, both never negative.

// expExcessNear is P in e**r - 1 - r = r²P(r) for |r| <= ½ ln 2: relative error 2**-57.1.
var expExcessNear = coefficients{
	f64: []float64{
		0x1p-01, 0x1.5555555555557p-03, 0x1.555555555554ep-05, 0x1.11111111100eep-07, 0x1.6c16c16c1a076p-10,
		0x1.a01a01abdf564p-13, 0x1.a01a019061b12p-16, 0x1.71de024a32976p-19, 0x1.27e510db1ebe5p-22,
		0x1.af4dbadca54f9p-26, 0x1.1f19f4571b765p-29,
	},
}

// expExcessWide is the same P for |r| <= 1, of float32 alone: 2**-26.5.
var expExcessWide = coefficients{
	f32: []float64{
		0x1p-01, 0x1.555556p-03, 0x1.55557ap-05, 0x1.1110ep-07, 0x1.6bffbp-10, 0x1.a028cap-13, 0x1.a9622ap-16, 0x1.7416fp-19,
	},
}

// expExcess is e**x - 1 - x of x - lack, lack far below x: never negative, relative error below 2**-50. With x = n·ln 2 + r it is
// 2**n·r²P(r) + (2**n-1)·r + (2**n-1 - n·ln 2): for n = 0 the first term alone, elsewhere at least 0.05.
func (b *Builder) expExcess(x, lack Vec) Vec {
	if b.Careful {
		return b.expExcessAnywhere(x, lack)
	}
	b.GuardBelow(x.Abs(), 9) // 2**n is a normal number up to 709
	return b.expExcessWithin(x, lack)
}

// expExcessWithin is expExcess for x from -708 to 709.
func (b *Builder) expExcessWithin(x, lack Vec) Vec {
	n, rounded, r := b.modLn2(x)
	r = r.Sub(lack)
	scale := b.power(n)
	square := r.Mul(r)
	less1 := scale.Sub(b.Const(1))
	far := less1.MulAdd(r, rounded.NegMulAdd(b.Const(math.Ln2), less1))
	return scale.Mul(square).MulAdd(b.polyByHalves(r, square, expExcessNear), far)
}

// expExcessAnywhere takes -1 - x where e**x does not count, and e**x where nothing else does.
func (b *Builder) expExcessAnywhere(x, lack Vec) Vec {
	const bound, beyond = 512, 1024
	lack = x.Abs().Less(b.Const(beyond)).Select(lack, b.Const(0)) // elsewhere it may be large, and does not matter
	near := b.expExcessWithin(x.Min(b.Const(bound)).Max(b.Const(-bound)), lack)
	y := b.Const(bound).Less(x).Select(b.exp(x).Mul(b.Const(1).Sub(lack)), near)
	y = x.Less(b.Const(-bound)).Select(b.Const(-1).Sub(x), y)
	return x.Equal(x).Select(y, b.Const(math.NaN()))
}

// StandardNormalKL sums p² + e**q - 1 - q: twice the divergence of means p and logarithms of variances q from the standard normal
// distribution (B.11).
var StandardNormalKL = Reduction{
	Name: "standardNormalKL",
	Func: "StandardNormalKullbackLeibler",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Wide: true,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		return sum.Add(p.MulAdd(p, b.expExcess(q, b.Const(0))))
	},
}

// LogVarianceKL sums e**(p-q) - 1 - (p-q): what the logarithms of variances p and q contribute.
var LogVarianceKL = Reduction{
	Name: "logVarianceKL",
	Func: "DiagonalNormalKullbackLeibler",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Wide: true,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		difference := p.Sub(q)
		// Knuth's two-sum: the difference less what it is too large by, exactly. To a large exponential it matters.
		taken := difference.Sub(p)
		return sum.Add(b.expExcess(difference, q.Add(taken).Sub(p.Sub(difference.Sub(taken)))))
	},
}

// PrecisionSquares sums p²·e**-q: what differences p of means contribute for logarithms of variances q. 0 gives 0 and ±Inf
// gives +Inf beside any q but NaN.
var PrecisionSquares = Reduction{
	Name: "precisionSquares",
	Func: "DiagonalNormalKullbackLeibler",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Wide: true,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		if !b.Careful { // a z that is not finite shows in the sum
			b.GuardBelow(q.Abs(), 9)
			e := b.reduceExp(q.Mul(b.Const(-0.5)))
			z := p.Mul(e.part.Mul(b.power(e.n)))
			return z.MulAdd(z, sum)
		}
		root := b.exp(q.Mul(b.Const(-0.25))) // neither overflows nor underflows where p²·e**-q does not
		z := p.Mul(root).Mul(root)
		z = p.Equal(b.Const(0)).Or(p.Abs().Equal(b.Const(math.Inf(1)))).Select(p, z)
		z = q.Equal(q).Select(z, b.Const(math.NaN()))
		return z.MulAdd(z, sum)
	},
}

// Difference is p - q.
var Difference = Map{
	Name: "difference",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Step: func(b *Builder, x ...Vec) Vec { return x[0].Sub(x[1]) },
}

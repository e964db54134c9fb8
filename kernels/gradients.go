package kernels

import "math"

// Gradients are the derivatives of the measures with respect to p and to q, element by element; those of a measure that is no sum take
// a factor as well, of which the array holds one for each element. They are the limits at zeros, ±Inf among them; where p and q are both 0,
// and of probabilities of success both 1, they are 0: of a convex measure that is 0 there this is a subgradient. What no measure is
// defined for gives NaN. Logarithms have the error of logarithm.value, and are as accurate where p is close to q.

// declareGradient declares a gradient with respect to each of the arrays.
func declareGradient(name string, args []string, usual Check, step func(b *Builder, x ...Vec) []Vec) *Kernel {
	k := Kernel{Name: name + "Gradient", Func: "Gradient", Args: args, Usual: usual,
		Step: func(b *Builder, _ []Vec, x ...Vec) []Vec { return step(b, x...) }}
	for _, a := range args {
		k.Pad = append(k.Pad, 1)
		if a != "factor" {
			k.Outputs = append(k.Outputs, Output{Name: "d" + a, Element: true})
		}
	}
	k = Declare(k)
	return &k
}

var (
	ofOne      = []string{"p"}
	ofTwo      = []string{"p", "q"}
	withFactor = []string{"p", "q", "factor"}
)

// A point is a pair of elements. Where one of them is -0 it is 0.
type point struct {
	b               *Builder
	p, q            Vec
	valid, constant Mask // lanes with elements that the measure is defined for; those in which the gradient is 0 by convention
}

func (b *Builder) point(p, q Vec) point {
	if b.usual {
		return point{b: b, p: p, q: q}
	}
	zero := b.Const(0)
	valid := b.nonNegative(p).And(b.nonNegative(q))
	return point{b, p.Abs(), q.Abs(), valid, p.Equal(zero).And(q.Equal(zero))}
}

// pointWith is one of a measure that has no derivatives where the factor is NaN.
func (b *Builder) pointWith(p, q, factor Vec) point {
	at := b.point(p, q)
	at.valid = at.valid.And(factor.Equal(factor))
	return at
}

// binaryPoint is one of probabilities.
func (b *Builder) binaryPoint(p, q Vec) point {
	zero, one := b.Const(0), b.Const(1)
	valid := zero.LessEqual(p).And(p.LessEqual(one)).And(zero.LessEqual(q)).And(q.LessEqual(one))
	return point{b, p.Abs(), q.Abs(), valid, p.Equal(q).And(p.Equal(zero).Or(p.Equal(one)))}
}

// gradient is what stands in the arrays, without a -0.
func (x point) gradient(dp, dq Vec) []Vec {
	return []Vec{x.element(dp), x.element(dq)}
}

func (x point) element(d Vec) Vec {
	if x.b.usual {
		return x.b.fixed(d)
	}
	return x.b.fixed(x.valid.Select(x.constant.Select(x.b.Const(0), d), x.b.Const(math.NaN())))
}

// logRatio is log(p/q), -Inf where p is 0 and +Inf where q is.
func (x point) logRatio() Vec {
	b := x.b
	if b.usual {
		return b.reduce(x.p, x.p, x.q).value()
	}
	p, pk := b.toMiddle(x.p)
	q, qk := b.toMiddle(x.q)
	l := b.reduce(p, p.Max(b.MinNormal()), q.Max(b.MinNormal()))
	l.k = l.k.Add(pk.Sub(qk))
	return b.withLimits(l.value(), x.p, x.q)
}

// withLimits is a logarithm of p/q where neither is 0.
func (b *Builder) withLimits(log, p, q Vec) Vec {
	zero := b.Const(0)
	log = p.Equal(zero).Select(b.Const(math.Inf(-1)), log)
	return q.Equal(zero).Select(b.Const(math.Inf(1)), log)
}

// toMiddle scales x >= 0 to where it is 0 or normal and twice it does not overflow. k is the exponent of what that is divided by, up to
// one that is the same for all x, in the unit of logarithm.k.
func (b *Builder) toMiddle(x Vec) (scaled, k Vec) {
	const up, down = 100, 4
	small := x.Less(b.PowerOfTwo(-900))
	return x.Mul(small.Select(b.PowerOfTwo(up), b.PowerOfTwo(-down))),
		small.Select(b.Const(math.Ldexp(-up-down, b.Type.MantissaBits())), b.Const(0))
}

// surprisal is -log(x) for x >= 0.
func (b *Builder) surprisal(x Vec) Vec {
	const up = 100
	one, zero := b.Const(1), b.Const(0)
	if b.usual {
		return b.reduce(one, one, x).value()
	}
	small := x.Less(b.PowerOfTwo(-900))
	l := b.reduce(one, one, x.Mul(small.Select(b.PowerOfTwo(up), one)).Max(b.MinNormal()))
	l.k = l.k.Add(small.Select(b.Const(math.Ldexp(up, b.Type.MantissaBits())), zero))
	return x.Equal(zero).Select(b.Const(math.Inf(1)), l.value())
}

// KLGradient is log(p/q) + 1 and -p/q.
var KLGradient = declareGradient("kl", ofTwo, usual, func(b *Builder, x ...Vec) []Vec {
	at := b.point(x[0], x[1])
	return at.gradient(at.logRatio().Add(b.Const(1)), b.Const(0).Sub(at.p.Div(at.q)))
})

// GeneralizedKLGradient is log(p/q) and (q-p)/q.
var GeneralizedKLGradient = declareGradient("generalizedKL", ofTwo, usual, func(b *Builder, x ...Vec) []Vec {
	at := b.point(x[0], x[1])
	return at.gradient(at.logRatio(), at.q.Sub(at.p).Div(at.q))
})

// EntropyGradient is -log(p) - 1.
var EntropyGradient = declareGradient("entropy", ofOne, usual, func(b *Builder, x ...Vec) []Vec {
	p := x[0]
	if b.usual {
		return []Vec{b.fixed(b.surprisal(p).Sub(b.Const(1)))}
	}
	d := b.surprisal(p.Abs()).Sub(b.Const(1))
	return []Vec{b.fixed(b.nonNegative(p).Select(d, b.Const(math.NaN())))}
})

// CrossEntropyGradient is -log(q) and -p/q.
var CrossEntropyGradient = declareGradient("crossEntropy", ofTwo, usual, func(b *Builder, x ...Vec) []Vec {
	at := b.point(x[0], x[1])
	return at.gradient(b.surprisal(at.q), b.Const(0).Sub(at.p.Div(at.q)))
})

// JensenShannonGradient is the factor times log(p/m) and times log(q/m), m = (p+q)/2: 1/2 for the divergence.
var JensenShannonGradient = declareGradient("jensenShannon", withFactor, nil, func(b *Builder, x ...Vec) []Vec {
	at, factor := b.pointWith(x[0], x[1], x[2]), x[2]
	small := at.p.Max(at.q).Less(b.PowerOfTwo(-900))
	scale := small.Select(b.PowerOfTwo(100), b.PowerOfTwo(-4))
	p, q := at.p.Mul(scale), at.q.Mul(scale)
	total := p.Add(q)
	overMean := func(x, scaledX, other, scaledOther Vec) Vec {
		return factor.Mul(b.logOverMean(x, scaledX, other, scaledOther, scale, total))
	}
	return at.gradient(overMean(at.p, p, at.q, q), overMean(at.q, q, at.p, p))
})

// logOverMean is log(2x/(x+y)) for x, y >= 0, -Inf where x is 0. They are scaled to where their total is a normal number. An x that is far
// less is scaled up once more. The numerator of a ratio near 1 is exact.
func (b *Builder) logOverMean(x, scaledX, y, scaledY, scale, total Vec) Vec {
	const gap, up = 60, 56
	zero := b.Const(0)
	tiny := x.Mul(b.PowerOfTwo(gap)).Less(y)
	twice := x.Mul(scale.Mul(tiny.Select(b.PowerOfTwo(up+1), b.PowerOfTwo(1))))
	k := b.exponentGap(twice.Max(b.MinNormal()), total)
	scaled, steps := total.AsInt().Add(k).AsFloat(), k.ExponentToFloat()
	numerator := steps.Equal(zero).Select(scaledX.Sub(scaledY), twice.Sub(scaled))
	down := tiny.Select(b.Const(math.Ldexp(up, b.Type.MantissaBits())), zero)
	l := logarithm{b: b, k: steps.Sub(down), s: numerator.Div(twice.Add(scaled))}
	return x.Equal(zero).Select(b.Const(math.Inf(-1)), l.value())
}

// JeffreysGradient is log(p/q) + (p-q)/p and log(q/p) + (q-p)/q, of which both terms have the same sign.
var JeffreysGradient = declareGradient("jeffreys", ofTwo, usual, func(b *Builder, x ...Vec) []Vec {
	at := b.point(x[0], x[1])
	log, gap := at.logRatio(), at.p.Sub(at.q)
	return at.gradient(gap.Div(at.p).Add(log), b.Const(0).Sub(gap.Div(at.q).Add(log)))
})

// HellingerGradient is the factor times (√p-√q)/√p and times (√q-√p)/√q: 1/4H for the distance H.
var HellingerGradient = declareGradient("hellinger", withFactor, nil, func(b *Builder, x ...Vec) []Vec {
	at, factor := b.pointWith(x[0], x[1], x[2]), x[2]
	p, q := at.p.Sqrt(), at.q.Sqrt()
	gap := at.p.Sub(at.q).Div(p.Add(q))
	// Of a far smaller x the quotient may overflow where the product does not; that of the gap and the factor never does.
	over := func(gap, root, x, y Vec) Vec {
		far := x.Mul(b.PowerOfTwo(100)).Less(y)
		return far.Select(gap.Mul(factor), gap).Div(root).Mul(far.Select(b.Const(1), factor))
	}
	return at.gradient(over(gap, p, at.p, at.q), over(b.Const(0).Sub(gap), q, at.q, at.p))
})

// BhattacharyyaGradient is the square of the factor times -√(q/p) and times -√(p/q): the factor is 1/√(2C), C the coefficient. Where the
// other element is 0 it is 0.
var BhattacharyyaGradient = declareGradient("bhattacharyya", withFactor, nil, func(b *Builder, x ...Vec) []Vec {
	at, factor := b.pointWith(x[0], x[1], x[2]), x[2]
	p, q := at.p.Sqrt(), at.q.Sqrt()
	least := b.PowerOfTwo(-100)
	near := at.p.Mul(least).LessEqual(at.q).And(at.q.Mul(least).LessEqual(at.p))
	over := func(root, other, y Vec) Vec { // in an order in which nothing overflows, nor underflows, that the result does not
		first := near.Select(other, factor).Div(root)
		product := first.Mul(near.Select(factor, other.Mul(factor))).Mul(near.Select(factor, b.Const(1)))
		return y.Equal(b.Const(0)).Select(b.Const(0), b.Const(0).Sub(product))
	}
	return at.gradient(over(p, q, at.q), over(q, p, at.p))
})

// TotalVariationGradient is half the sign of p-q, and that of q-p: 0 where they are the same, which is a subgradient.
var TotalVariationGradient = declareGradient("totalVariation", ofTwo, nil, func(b *Builder, x ...Vec) []Vec {
	at := b.point(x[0], x[1])
	half, minus := b.Const(0.5), b.Const(-0.5)
	sign := at.p.Less(at.q).Select(minus, at.q.Less(at.p).Select(half, b.Const(0)))
	return at.gradient(sign, b.Const(0).Sub(sign))
})

// ChiSquareGradient is 2(p-q)/q and 1 - (p/q)², as -d(d+2) with d = (p-q)/q >= -1.
var ChiSquareGradient = declareGradient("chiSquare", ofTwo, usual, func(b *Builder, x ...Vec) []Vec {
	at := b.point(x[0], x[1])
	d := at.p.Sub(at.q).Div(at.q)
	return at.gradient(d.Add(d), b.Const(0).Sub(d.Mul(d.Add(b.Const(2)))))
})

// BinaryEntropyGradient is log((1-p)/p).
var BinaryEntropyGradient = declareGradient("binaryEntropy", ofOne, nil, func(b *Builder, x ...Vec) []Vec {
	p := x[0]
	valid := b.Const(0).LessEqual(p).And(p.LessEqual(b.Const(1)))
	return []Vec{b.fixed(valid.Select(b.logOdds(p.Abs()), b.Const(math.NaN())))}
})

// BinaryCrossEntropyGradient is log((1-q)/q) and (q-p)/(q(1-q)).
var BinaryCrossEntropyGradient = declareGradient("binaryCrossEntropy", ofTwo, nil, func(b *Builder, x ...Vec) []Vec {
	at := b.binaryPoint(x[0], x[1])
	return at.gradient(b.logOdds(at.q), at.perVariance())
})

// BinaryKLGradient is log(p/q) - log((1-p)/(1-q)), both of the same sign, and (q-p)/(q(1-q)).
var BinaryKLGradient = declareGradient("binaryKL", ofTwo, nil, func(b *Builder, x ...Vec) []Vec {
	at := b.binaryPoint(x[0], x[1])
	failP, failQ := b.Const(1).Sub(at.p), b.Const(1).Sub(at.q)
	l := b.reduceComplement(at.p, at.q, failP, failP.Max(b.MinNormal()), failQ.Max(b.MinNormal()))
	failure := b.withLimits(l.value(), failP, failQ)
	return at.gradient(at.logRatio().Sub(failure), at.perVariance())
})

// perVariance is (q-p)/(q(1-q)).
func (x point) perVariance() Vec {
	return x.q.Sub(x.p).Div(x.q.Mul(x.b.Const(1).Sub(x.q)))
}

// logOdds is log((1-p)/p), accurate also near 1/2: what 1-p lost when it was rounded is put back.
func (b *Builder) logOdds(p Vec) Vec {
	const up = 100
	one, zero := b.Const(1), b.Const(0)
	fail := one.Sub(p)
	small := p.Less(b.PowerOfTwo(-900))
	normal := p.Mul(small.Select(b.PowerOfTwo(up), one)).Max(b.MinNormal())
	k := b.exponentGap(fail.Max(b.MinNormal()), normal)
	scaled := normal.AsInt().Add(k).AsFloat()
	numerator := fail.Sub(scaled).Add(one.Sub(fail).Sub(p))
	steps := k.ExponentToFloat().Add(small.Select(b.Const(math.Ldexp(up, b.Type.MantissaBits())), zero))
	l := logarithm{b: b, k: steps, s: numerator.Div(fail.Add(scaled))}
	return b.withLimits(l.value(), fail, p)
}

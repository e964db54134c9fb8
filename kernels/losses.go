package kernels

import "math"

// Losses of two rows of logits, of a teacher a and a student b, both over a temperature T. Numbers are:
const (
	topA      = iota // the largest a
	topB             // the largest b
	shift            // their difference, which is b's constant beside a's where the softmaxes are the same
	shiftRest        // what it lacks
	perT             // 1/T
	logRatio         // Δ, such that log(p/q) = (a-b-shift)/T + Δ
	perSumA          // p is e·perSumA,
	perSumB          // q is f·perSumB
	slope            // what a gradient is multiplied by
	weight           // β of p in m = βp + (1-β)q
	meanLog          // what a gradient has the mean of, as Σ p·apart
	pairNumbers
)

// A logitPair is an element of either row: e = exp((a-topA)/T), f likewise, and apart = (a-b-shift)/T, which is exact but for the rounding
// of what it is.
type logitPair struct{ e, f, apart Vec }

func (b *Builder) logitPair(x, y Vec) logitPair {
	scale := b.Element(perT)
	return logitPair{
		e:     b.decay(x.Sub(b.Element(topA)).Mul(scale)),
		f:     b.decay(y.Sub(b.Element(topB)).Mul(scale)),
		apart: b.difference(x, y).beyond(b.Element(shift), b.Element(shiftRest)).Mul(scale),
	}
}

// A twoSum is a sum or difference of two numbers: rounded, and what that lacks. To one that is close to a shift it matters.
type twoSum struct{ rounded, rest Vec }

// difference is x-y, by Knuth's two-sum.
func (b *Builder) difference(x, y Vec) twoSum {
	rounded := x.Sub(y)
	taken := rounded.Sub(x)
	return twoSum{rounded, x.Sub(rounded.Sub(taken)).Sub(y.Add(taken))}
}

// beyond is the sum less another one.
func (d twoSum) beyond(rounded, rest Vec) Vec { return d.rounded.Sub(rounded).Add(d.rest.Sub(rest)) }

// closeBy holds for logarithms of ratios whose exponentials are taken as series, as ½ ln 2 is the bound of expExcessNear, 1 that of
// expExcessWide: beyond it, float32 has the digits for sums of terms of both signs.
func (b *Builder) closeBy(r Vec) Mask {
	return r.Abs().LessEqual(b.Const(map[Type]float64{F64: 0.25, F32: 1}[b.Type]))
}

// series is e**-r - 1 + r and e**-r - 1 where r is closeBy.
func (b *Builder) series(r Vec) (excess, expm1 Vec) {
	square := r.Mul(r)
	table := map[Type]coefficients{F64: expExcessNear, F32: expExcessWide}[b.Type]
	excess = square.Mul(b.polyByHalves(b.Const(0).Sub(r), square, table))
	return excess, excess.Sub(r)
}

// rowPair is Σe, Σf, and Σ(f-e).
var _ = Declare(Kernel{
	Name: "rowPair", Side: true, Func: "KullbackLeibler", Args: []string{"a", "b"}, Pad: []float64{masked, masked}, Wide: true, Numbers: pairNumbers,
	Outputs: []Output{{Name: "a"}, {Name: "b"}, {Name: "gap"}},
	Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
		p := b.logitPair(x[0], x[1])
		_, less1 := b.series(p.apart)
		gap := b.closeBy(p.apart).Select(p.e.Mul(less1), p.f.Sub(p.e))
		return []Vec{out[0].Add(p.e), out[1].Add(p.f), out[2].Add(gap)}
	},
})

// rowKL has the terms p·(e**-r - 1 + r) of the Kullback–Leibler divergence, r = log(p/q), and its gradient with respect to b,
// p·(e**-r - 1)·slope. Where b is masked and a is not, a term is +Inf.
func (b *Builder) rowKL(sum, x, y Vec) []Vec {
	l := b.logitPair(x, y)
	p, q := l.e.Mul(b.Element(perSumA)), l.f.Mul(b.Element(perSumB))
	term, gap := b.excessOf(p, q, l.apart.Add(b.Element(logRatio)))
	term = p.Equal(b.Const(0)).Select(q, term)
	term = b.maskedIn(y, x).Select(b.Const(math.Inf(1)), term)
	return []Vec{b.number(gap.Mul(b.Element(slope))), sum.Add(term)}
}

// excessOf is p·(e**-r - 1 + r), never negative, and q - p = p·(e**-r - 1), of which p and q have an error relative to themselves, r too:
// but for the excess of a p of 0 with no finite r, which is q.
func (b *Builder) excessOf(p, q, r Vec) (term, gap Vec) {
	excess, less1 := b.series(r)
	near := b.closeBy(r)
	gap = q.Sub(p)
	term = near.Select(p.Mul(excess), p.MulAdd(r, gap))
	return term, near.Select(p.Mul(less1), gap)
}

// maskedIn holds where y is masked and x is not.
func (b *Builder) maskedIn(y, x Vec) Mask {
	masked := b.Const(masked)
	return y.Equal(masked).And(masked.Less(x))
}

// rowKLOnce has what the divergence is made of where it need not be taken from rounded sums: Σe, Σf, Σ(f-e), and G = Σ e·(e**-x - 1 + x), x
// the logarithm of e/f. With h = Σ(f-e)/Σe it is G/Σe - (h - log(1+h)). G is NaN where b masks a class that a does not.
//
// rowKLOnceTerms has the elements e and f-e, too. The gradient q-p is (f-e - e·h)/Σf: the class of the largest a, and that of the largest b,
// have e·|h| within their own gradients, or nearly so: what cancels is of the size of the row's largest.
func (b *Builder) rowKLOnce(out []Vec, x, y Vec) []Vec {
	l := b.logitPair(x, y)
	return b.onceOf(out, x, l.e, l.f, l.apart)
}

// onceOf are the elements and the sums, given e, f and log(e/f).
func (b *Builder) onceOf(out []Vec, x, e, f, apart Vec) []Vec {
	term, gap := b.excessOf(e, f, apart)
	term = x.Equal(b.Const(masked)).Select(f, term)
	return []Vec{e, gap, out[0].Add(e), out[1].Add(f), out[2].Add(gap), out[3].Add(term)}
}

// Rows that are far from each other have the divergence from fewer operations, as Σp·log(p/q): with x the logarithm of e/f, it is
// Σe·x/Σe + log(Σf/Σe). rowKLFar has Σe, Σf, Σ e·log e, which tells how much is lost by that, and Σe·x. Numbers are topA, topB and 1/T.
// Those of classes that a masks are 0, those that b alone masks make Σe·x infinite or NaN.
func (b *Builder) rowKLFar(out []Vec, x, y Vec, topA, topB, perT int) []Vec {
	scale, least := b.Element(perT), b.Const(-0x1p100)
	own, other := x.Sub(b.Element(topA)).Mul(scale), y.Sub(b.Element(topB)).Mul(scale)
	e, f := b.decay(own), b.decay(other)
	return []Vec{e, f, e.MulAdd(own.Larger(least), out[0]), e.MulAdd(own.Sub(other).Larger(least), out[1])}
}

// rowFewKL has the same as rowKLOnce of rows of few classes. Numbers are topA, topB and 1/T: the difference of (a-topA) and (b-topB), both with what they
// lack, is apart.
func (b *Builder) rowFewKL(out []Vec, x, y Vec) []Vec {
	scale := b.Element(2)
	of, other := b.difference(x, b.Element(0)), b.difference(y, b.Element(1))
	e, f := b.decay(of.rounded.Mul(scale)), b.decay(other.rounded.Mul(scale))
	return b.onceOf(out, x, e, f, of.beyond(other.rounded, other.rest).Mul(scale))
}

var finished = []Output{{Name: "value", Element: true}, {Name: "share", Element: true}, {Name: "perSum", Element: true}}

// finishKL makes the divergence of the sums that rowKLOnce has, G/Σe - (h - log(1+h)), h, and 1/Σf. It is NaN where that difference has lost
// digits, or is of so little that numbers left out could count: the rows have to be looked at more closely.
//
// With h = 2s/(1-s), h - log(1+h) is s²·(2/(1-s) - s·P(s²)) near 0, for 2 atanh(s) = s(2 + s²P(s²)): positive, as it is elsewhere.
var _ = Declare(Kernel{
	Name: "finishKL", Func: "KullbackLeibler", Args: []string{"a", "b", "gap", "excess"}, Pad: []float64{1, 1, 0, 0},
	Outputs: finished,
	Step: func(b *Builder, _ []Vec, x ...Vec) []Vec {
		zero, one, two, half := b.Const(0), b.Const(1), b.Const(2), b.Const(0.5)
		h, excess := x[2].Div(x[0]), x[3].Div(x[0])
		log := h.Abs().LessEqual(half).Select(b.log1p(h.Max(b.Const(-0.5)).Min(half)), b.log(x[1].Div(x[0])))
		s := h.Div(two.Add(h))
		square := s.Mul(s)
		lost := square.Mul(two.Div(one.Sub(s)).Sub(s.Mul(b.poly(square, atanhNear))))
		lost = h.Abs().LessEqual(b.PowerOfTwo(-4)).Select(lost, h.Sub(log))
		value := excess.Sub(lost)
		sure := half.Mul(excess).LessEqual(value).And(b.PowerOfTwo(-60).LessEqual(excess)).And(zero.Less(x[0])).And(zero.Less(x[1]))
		return []Vec{sure.Select(value, b.Const(math.NaN())), b.number(h), b.number(one.Div(x[1]))}
	},
})

// finishFewKL does the same for sums Σe and Σf from 1 to 16.
//
// Where Σf/Σe is near 1, s is Σ(f-e)/(Σf+Σe), and 2/(1-s) is (Σf+Σe)/Σe.
var _ = Declare(Kernel{
	Name: "finishFewKL", Func: "KullbackLeibler", Args: []string{"a", "b", "gap", "excess"}, Pad: []float64{1, 1, 0, 0},
	Outputs: finished,
	Step: func(b *Builder, _ []Vec, x ...Vec) []Vec {
		zero, one := b.Const(0), b.Const(1)
		sumA, sumB := x[0], x[1]
		perSum := one.Div(sumA)
		h, excess := x[2].Mul(perSum), x[3].Mul(perSum)
		k := b.exponentGap(sumB, sumA)
		scaled := sumA.AsInt().Add(k).AsFloat()
		l := logarithm{b: b, k: k.ExponentToFloat()}
		near := l.k.Equal(zero)
		l.s = near.Select(x[2], sumB.Sub(scaled)).Div(sumB.Add(scaled))
		square := l.s.Mul(l.s)
		lost := square.Mul(l.s.NegMulAdd(b.poly(square, atanhNear), sumA.Add(sumB).Mul(perSum)))
		value := excess.Sub(near.Select(lost, h.Sub(l.value())))
		sure := b.Const(0.5).Mul(excess).LessEqual(value).And(b.PowerOfTwo(-60).LessEqual(excess)).And(zero.Less(sumB))
		return []Vec{sure.Select(value, b.Const(math.NaN())), b.number(h), b.number(one.Div(sumB))}
	},
})

// Jensen–Shannon: with m = βp + (1-β)q, the terms β·p·log(p/m) + (1-β)·q·log(q/m).
//
// Near each other, with x = q/p - 1 and y = (1-β)x, m is p(1+y), p/m is (1+s)/(1-s) for s = -y/(2+y), and q/m for s' = βx/(2(1+y)+βx);
// (1+v)·log(1+v) - v is s²(2 + (1+s)·s·P(s²))/(1-s) for 1+v = (1+s)/(1-s) and 2 atanh(s) = s(2 + s²P(s²)): never negative.
// Elsewhere they are added as they are.
func (b *Builder) rowJS(x, y Vec) Vec {
	l := b.logitPair(x, y)
	one, zero, two := b.Const(1), b.Const(0), b.Const(2)
	beta := b.Element(weight)
	rest := one.Sub(beta)
	p, q := l.e.Mul(b.Element(perSumA)), l.f.Mul(b.Element(perSumB))
	r := l.apart.Add(b.Element(logRatio))
	near := b.closeBy(r)
	_, less1 := b.series(near.Select(r, zero))
	gap := rest.Mul(less1)
	lift := beta.Mul(less1)
	overP := two.Add(gap)
	overQ := gap.MulAdd(two, two.Add(lift))
	excess := func(s Vec) Vec {
		z := s.Mul(s)
		return z.Mul(one.Add(s).MulAdd(s.Mul(b.poly(z, atanhNear)), two))
	}
	excessP, excessQ := excess(zero.Sub(gap).Div(overP)), excess(lift.Div(overQ))
	nearTerm := b.Const(0.5).Mul(p).Mul(beta.Mul(excessP).MulAdd(overP, rest.Mul(excessQ).Mul(overQ)))

	m := beta.MulAdd(p, rest.Mul(q))
	farTerm := beta.Mul(p).MulAdd(b.ratioLog(p, m), rest.Mul(q).Mul(b.ratioLog(q, m)))
	return near.Select(nearTerm, farTerm)
}

// ratioLog is log(x/m), and 0 where x is 0: of shares not below 2**-1021, and their mean.
func (b *Builder) ratioLog(x, m Vec) Vec {
	none := x.Equal(b.Const(0))
	least := b.MinNormal()
	log := b.reduce(x, none.Select(least, x), m.Less(least).Select(least, m)).value()
	return m.Equal(m).Select(none.Select(b.Const(0), log), b.Const(math.NaN()))
}

// rowApart is Σe and Σ e·apart, and rowApartSlopes the gradient of the divergence with respect to a, p·(apart - Σ p·apart)·slope. The shift is
// that of a largest a: its own element's digits are those of the small Σ then.
var (
	pairArgs  = []string{"a", "b"}
	pairPads  = []float64{masked, masked}
	rowSlopes = Output{Name: "gradient", Element: true}
	_         = Declare(Kernel{
		Name: "rowKL", Func: "KullbackLeibler", Args: pairArgs, Pad: pairPads, Wide: true, Numbers: pairNumbers, Outputs: []Output{{Name: "value"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowKL(out[0], x[0], x[1])[1:] },
	})
	_ = Declare(Kernel{
		Name: "rowKLSlopes", Func: "KullbackLeibler", Args: pairArgs, Pad: pairPads, Numbers: pairNumbers,
		Outputs: []Output{rowSlopes, {Name: "value"}},
		Step:    func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowKL(out[0], x[0], x[1]) },
	})
	onceSums = []Output{{Name: "a"}, {Name: "b"}, {Name: "gap"}, {Name: "excess"}}
	onceBoth = append([]Output{{Name: "e", Element: true}, {Name: "less", Element: true}}, onceSums...)
	_        = Declare(Kernel{
		Name: "rowKLOnce", Func: "KullbackLeibler", Args: pairArgs, Pad: pairPads, Narrow: true, Numbers: pairNumbers, Outputs: onceSums,
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowKLOnce(out, x[0], x[1])[2:] },
	})
	_ = Declare(Kernel{
		Name: "rowKLOnceTerms", Func: "KullbackLeibler", Args: pairArgs, Pad: pairPads, Narrow: true, Numbers: pairNumbers, Outputs: onceBoth,
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowKLOnce(out, x[0], x[1]) },
	})
	farSums = []Output{{Name: "own"}, {Name: "cross"}}
	_       = Declare(Kernel{
		Name: "rowKLFar", Func: "KullbackLeibler", Args: pairArgs, Pad: pairPads, Narrow: true, Numbers: 3,
		Outputs: append([]Output{{Name: "a"}, {Name: "b"}}, farSums...),
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			r := b.rowKLFar(out[2:], x[0], x[1], 0, 1, 2)
			return append([]Vec{out[0].Add(r[0]), out[1].Add(r[1])}, r[2:]...)
		},
	})
	_ = Declare(Kernel{
		Name: "rowKLFarTerms", Func: "KullbackLeibler", Args: pairArgs, Pad: pairPads, Narrow: true, Numbers: pairNumbers,
		Outputs: append(onceBoth[:5:5], farSums...),
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			r := b.rowKLFar(out[3:], x[0], x[1], topA, topB, perT)
			apart := b.difference(x[0], x[1]).beyond(b.Element(shift), b.Element(shiftRest)).Mul(b.Element(perT))
			_, gap := b.excessOf(r[0], r[1], apart)
			return append([]Vec{r[0], gap, out[0].Add(r[0]), out[1].Add(r[1]), out[2].Add(gap)}, r[2:]...)
		},
	})
	_ = Declare(Kernel{
		Name: "rowFewKL", Side: true, Func: "KullbackLeibler", Args: pairArgs, Pad: pairPads, Narrow: true, Numbers: 3, Outputs: onceSums,
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowFewKL(out, x[0], x[1])[2:] },
	})
	_ = Declare(Kernel{
		Name: "rowFewKLTerms", Side: true, Func: "KullbackLeibler", Args: pairArgs, Pad: pairPads, Narrow: true, Numbers: 3, Outputs: onceBoth,
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowFewKL(out, x[0], x[1]) },
	})
	_ = Declare(Kernel{
		Name: "rowKLOnceSlopes", Side: true, Func: "KullbackLeibler", Args: []string{"e", "less"}, Pad: []float64{0, 0}, Narrow: true, Numbers: 3,
		Outputs: []Output{rowSlopes},
		Step: func(b *Builder, _ []Vec, x ...Vec) []Vec {
			return []Vec{b.number(x[0].NegMulAdd(b.Element(0), x[1]).Mul(b.Element(1)).Mul(b.Element(2)))}
		},
	})
	_ = Declare(Kernel{
		Name: "rowApart", Side: true, Func: "KullbackLeibler", Args: pairArgs, Pad: pairPads, Wide: true, Numbers: pairNumbers,
		Outputs: []Output{{Name: "a"}, {Name: "apart"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			l := b.logitPair(x[0], x[1])
			return []Vec{out[0].Add(l.e), out[1].Add(l.e.Equal(b.Const(0)).Select(l.e, l.e.Mul(l.apart)))}
		},
	})
	_ = Declare(Kernel{
		Name: "rowApartSlopes", Side: true, Func: "KullbackLeibler", Args: pairArgs, Pad: pairPads, Numbers: pairNumbers, Outputs: []Output{rowSlopes},
		Step: func(b *Builder, _ []Vec, x ...Vec) []Vec {
			l := b.logitPair(x[0], x[1])
			p := l.e.Mul(b.Element(perSumA))
			gradient := p.Equal(b.Const(0)).Select(p, p.Mul(l.apart.Sub(b.Element(meanLog))))
			return []Vec{b.number(gradient.Mul(b.Element(slope)))}
		},
	})
	_ = Declare(Kernel{
		Name: "rowJS", Side: true, Func: "JensenShannon", Args: pairArgs, Pad: pairPads, Wide: true, Numbers: pairNumbers, Outputs: []Output{{Name: "value"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec { return []Vec{out[0].Add(b.rowJS(x[0], x[1]))} },
	})
	_ = Declare(Kernel{
		Name: "rowTilt", Side: true, Func: "JensenShannon", Args: pairArgs, Pad: pairPads, Wide: true, Numbers: pairNumbers,
		Outputs: []Output{{Name: "b"}, {Name: "tilt"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			f, y := b.rowTilt(x[0], x[1])
			return []Vec{out[0].Add(f), f.MulAdd(y, out[1])}
		},
	})
	_ = Declare(Kernel{
		Name: "rowTiltSlopes", Side: true, Func: "JensenShannon", Args: pairArgs, Pad: pairPads, Numbers: pairNumbers, Outputs: []Output{rowSlopes},
		Step: func(b *Builder, _ []Vec, x ...Vec) []Vec {
			f, y := b.rowTilt(x[0], x[1])
			return []Vec{b.number(f.Mul(b.Element(perSumB)).Mul(y.Sub(b.Element(meanLog))).Mul(b.Element(slope)))}
		},
	})
)

// Numbers of rowTilt that take the places of others.
const (
	tilt          = weight   // c
	tiltRest      = perSumA  // 1-c
	tiltShift     = topA     // the shift of βp/q over m/q of the class: where apart is far from 0, it is not what c·e**x is computed from
	tiltShiftRest = logRatio // what it lacks
)

// rowTilt is f and y = log(1-c + c·e**x), x = (a-b-shift)/T: how far log(m/q) is above that of the class which the shift is of, for c that
// class's βp/m. The gradient of the Jensen–Shannon divergence is -(1-β)·q·(y - Σ q·y)/T, and keeps its digits beside one q near 1. A shift
// that is NaN is that of a class that p masks.
func (b *Builder) rowTilt(x, y Vec) (f, tilted Vec) {
	scale, difference := b.Element(perT), b.difference(x, y)
	f = b.decay(y.Sub(b.Element(topB)).Mul(scale))
	apart := difference.beyond(b.Element(shift), b.Element(shiftRest)).Mul(scale)
	c, zero := b.Element(tilt), b.Const(0)
	const most, least = 700, -1000 // beyond the first, 1 does not count; where a is masked, t is no number, and is the second
	t := difference.beyond(b.Element(tiltShift), b.Element(tiltShiftRest)).Mul(scale)
	t = t.Equal(t).Select(t, b.Const(least))
	lifted := b.decay(t.Min(b.Const(most)))
	_, less1 := b.series(zero.Sub(apart))
	gap := b.closeBy(apart).Select(c.Mul(less1), lifted.Sub(c))
	down := gap.Less(b.Const(-0.5)) // there 1+gap is small
	log := b.log1p(down.Select(c.Sub(lifted).Div(b.Element(tiltRest).Add(lifted)), gap))
	tilted = b.Const(most).Less(t).Select(t, down.Select(zero.Sub(log), log))
	return f, f.Equal(zero).Select(zero, tilted)
}

// Cross-entropy with targets t: Σ t·(s - (b-m)/T) for s the logarithm of the sum, where t is not 0, Σ t, and the gradient (q·Σt - t)·slope.
// Numbers are m, 1/T, s, 1/sum, Σt and slope.
var (
	softArgs = []string{"t", "b"}
	softPads = []float64{0, 0}
	_        = Declare(Kernel{
		Name: "rowSoftTargets", Side: true, Func: "SoftCrossEntropy", Args: softArgs, Pad: softPads, Wide: true, Numbers: 6,
		Outputs: []Output{{Name: "value"}, {Name: "total"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			t := x[0]
			log := b.Element(2).Sub(x[1].Sub(b.Element(0)).Mul(b.Element(1)))
			term := t.Equal(b.Const(0)).Select(b.Const(0), t.Mul(log))
			term = b.Const(0).LessEqual(t).Select(term, b.Const(math.NaN()))
			return []Vec{out[0].Add(term), out[1].Add(t)}
		},
	})
	_ = Declare(Kernel{
		Name: "rowSoftSlopes", Side: true, Func: "SoftCrossEntropy", Args: softArgs, Pad: softPads, Numbers: 6, Outputs: []Output{rowSlopes},
		Step: func(b *Builder, _ []Vec, x ...Vec) []Vec {
			q := b.decay(x[1].Sub(b.Element(0)).Mul(b.Element(1))).Mul(b.Element(3))
			return []Vec{b.number(q.Mul(b.Element(4)).Sub(x[0]).Mul(b.Element(5)))}
		},
	})
)

// Σ (m-b)/T, what label smoothing takes the mean of. Numbers are m and 1/T.
var _ = Declare(Kernel{
	Name: "rowGaps", Func: "CrossEntropy", Args: []string{"b"}, Pad: []float64{math.Inf(1)}, Wide: true, Numbers: 2, Outputs: []Output{{Name: "sum"}},
	Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
		gap := b.Element(0).Sub(x[0]).Mul(b.Element(1))
		return []Vec{out[0].Add(x[0].Equal(b.Const(math.Inf(1))).Select(b.Const(0), gap))} // no row of finite sums has it
	},
})

// expOfMinus is e**-size, where float32 leaves out what is less than 2**-125.
func (b *Builder) expOfMinus(size Vec) Vec {
	x := b.Const(0).Sub(size)
	if b.Type == F32 {
		return b.decay(x)
	}
	return b.exp(x)
}

// softplus is log(1 + e**x) of x and of -x, and the logistic function of them.
type softplus struct{ up, down, sigma, rest Vec }

func (b *Builder) softplus(x Vec) softplus {
	zero, one := b.Const(0), b.Const(1)
	e := b.expOfMinus(x.Abs())
	log := b.log1p(e)
	share := one.Div(one.Add(e)) // of the larger one
	other := e.Mul(share)
	positive := zero.Less(x)
	return softplus{
		up: x.Max(zero).Add(log), down: zero.Sub(x).Max(zero).Add(log),
		sigma: positive.Select(share, other), rest: positive.Select(other, share),
	}
}

// beside is Σ of two terms, of which the one whose factor is 0 is 0, also where its other factor is infinite.
func (b *Builder) beside(u, x, v, y Vec) Vec {
	zero := b.Const(0)
	return u.Equal(zero).Select(zero, u.Mul(x)).Add(v.Equal(zero).Select(zero, v.Mul(y)))
}

// Binary cross-entropy with logits x and targets y from 0 to 1: w·y·softplus(-x) + (1-y)·softplus(x), its gradient times slope. Numbers
// are w and slope. A target outside gives NaN.
//
// With e = exp(-|x|), softplus(x) is max(x, 0) + log1p(e), and σ of the larger one of x and -x is 1/(1+e): one division gives that, and
// e/(2+e), of which log1p(e) is 2 atanh. Of a term, |x| has one of the factors w·y and 1-y, and the logarithm has both.
func (b *Builder) rowBinary(sum, x, y Vec) []Vec {
	one, zero, two, nan := b.Const(1), b.Const(0), b.Const(2), b.Const(math.NaN())
	size := x.Abs()
	e := b.expOfMinus(size)
	more, most := one.Add(e), two.Add(e)
	per := one.Div(more.Mul(most))
	s := e.Mul(more).Mul(per)
	z := s.Mul(s)
	log := s.Mul(z.MulAdd(b.poly(z, atanhWide), two))

	up, down := b.Element(0).Mul(y), one.Sub(y)
	fromUp, positive := zero.Sub(up), zero.Less(x)
	larger, smaller := positive.Select(down, fromUp), positive.Select(fromUp, down)
	linear := larger.Equal(zero).Select(zero, size.Mul(larger.Abs())) // also where x is infinite
	term := up.Add(down).MulAdd(log, linear)
	gradient := e.MulAdd(smaller, larger).Mul(most.Mul(per)).Mul(b.Element(1))
	valid := zero.LessEqual(y).And(y.LessEqual(one)).And(x.Equal(x))
	return []Vec{valid.Select(gradient, nan), sum.Add(valid.Select(term, nan))}
}

// Focal loss: α·y·(1-σ)^γ·softplus(-x) + (1-α)·(1-y)·σ^γ·softplus(x), σ = σ(x), its gradient times slope. Numbers are α, 1-α, γ, slope.
func (b *Builder) rowFocal(sum, x, y Vec) []Vec {
	one, zero, nan := b.Const(1), b.Const(0), b.Const(math.NaN())
	s := b.softplus(x)
	positive, negative := b.Element(0).Mul(y), b.Element(1).Mul(one.Sub(y))
	gamma := b.Element(2)
	minus := zero.Sub(gamma)
	fadeUp, fadeDown := b.exp(minus.Mul(s.up)), b.exp(minus.Mul(s.down)) // (1-σ)^γ and σ^γ
	term := b.beside(positive.Mul(fadeUp), s.down, negative.Mul(fadeDown), s.up)
	gradient := negative.Mul(fadeDown).Mul(b.beside(gamma.Mul(s.rest), s.up, one, s.sigma))
	gradient = gradient.Sub(positive.Mul(fadeUp).Mul(b.beside(gamma.Mul(s.sigma), s.down, one, s.rest)))
	valid := zero.LessEqual(y).And(y.LessEqual(one)).And(x.Equal(x))
	return []Vec{b.number(valid.Select(gradient.Mul(b.Element(3)), nan)), sum.Add(valid.Select(term, nan))}
}

// rowNearest is minus the least size of elements, which NaN does not count for.
var _ = Declare(Kernel{
	Name: "rowNearest", Side: true, Func: "BinaryCrossEntropy", Args: []string{"x"}, Pad: []float64{math.Inf(1)},
	Outputs: []Output{{Name: "most", Most: true}},
	Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
		return []Vec{b.larger(out[0], b.Const(0).Sub(x[0].Abs()))}
	},
})

var (
	binaryArgs = []string{"x", "y"}
	binaryPads = []float64{-1000, 0} // whose terms are 0
	_          = Declare(Kernel{
		Name: "rowBinary", Side: true, Func: "BinaryCrossEntropy", Args: binaryArgs, Pad: binaryPads, Wide: true, Numbers: 2, Outputs: []Output{{Name: "value"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowBinary(out[0], x[0], x[1])[1:] },
	})
	_ = Declare(Kernel{
		Name: "rowBinarySlopes", Side: true, Func: "BinaryCrossEntropy", Args: binaryArgs, Pad: binaryPads, Numbers: 2,
		Outputs: []Output{rowSlopes, {Name: "value"}},
		Step:    func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowBinary(out[0], x[0], x[1]) },
	})
	_ = Declare(Kernel{
		Name: "rowBinaryOnce", Side: true, Func: "BinaryCrossEntropy", Args: binaryArgs, Pad: binaryPads, Narrow: true, Numbers: 2, Outputs: []Output{{Name: "value"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowBinary(out[0], x[0], x[1])[1:] },
	})
	_ = Declare(Kernel{
		Name: "rowBinaryOnceSlopes", Side: true, Func: "BinaryCrossEntropy", Args: binaryArgs, Pad: binaryPads, Narrow: true, Numbers: 2,
		Outputs: []Output{rowSlopes, {Name: "value"}},
		Step:    func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowBinary(out[0], x[0], x[1]) },
	})
	_ = Declare(Kernel{
		Name: "rowFocal", Side: true, Func: "Focal", Args: binaryArgs, Pad: binaryPads, Wide: true, Numbers: 4, Outputs: []Output{{Name: "value"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowFocal(out[0], x[0], x[1])[1:] },
	})
	_ = Declare(Kernel{
		Name: "rowFocalSlopes", Side: true, Func: "Focal", Args: binaryArgs, Pad: binaryPads, Numbers: 4,
		Outputs: []Output{rowSlopes, {Name: "value"}},
		Step:    func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowFocal(out[0], x[0], x[1]) },
	})
)

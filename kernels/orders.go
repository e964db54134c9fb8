package kernels

import "math"

// Divergences of other orders, of P and Q that stand for p and q, or for q and p: with the order A at least ½ and c = 1-A, at most ½, the
// sums of
//
//	A·c·T = A·P + c·Q - P^A·Q^c, over c: A·T = (P·log(P/Q) - P + Q) - P·(e^y - 1 - y)/c,   y = c·log(Q/P)
//
// which is never negative, keeps its digits where P is close to Q, and is the generalised Kullback–Leibler divergence for c = 0; and of
// P^A·Q^c = P·e^y. Where P is more than e² times Q and c > 0, the difference would lose digits, and is (Q - P) - P·(e^y - 1)/c.
//
// Numbers are:
const (
	exponentPerOctave = iota // -c without its last twelve bits
	exponentRest             // what that lacks
	exponentPerLog           // -c/ln 2
	perC                     // 1/c
	minusC
	apartFrom  // the logarithm of P/Q from which the second form is taken: 2 for c > 0, +Inf
	termAtZero // A·T over P where Q is 0: A/c, or +Inf for c <= 0
	powAtZero  // P^A·Q^c over P there: 0, or +Inf for c < 0
	logShift   // what is taken from log(P/Q) in the second sum, which then is of another Q
	factorP    // of shares: P and Q are counts times these
	factorQ
	orderNumbers
)

// parts is the logarithm as a sum of two numbers, with an error below 2**-53 at any size.
func (l logarithm) parts() (hi, lo Vec) {
	b := l.b
	z := l.s.Mul(l.s)
	atanh2 := z.Mul(l.s).MulAdd(b.poly(z, atanhNear), l.s.Add(l.s))
	octaves := l.k.Mul(b.ln2())
	lost := l.k.NegMulAdd(b.ln2(), octaves)
	hi = octaves.Add(atanh2)
	lo = octaves.Sub(hi).Add(atanh2).Sub(lost)
	return hi, l.k.MulAdd(b.Const(math.Ldexp(ln2Low, -b.Type.MantissaBits())), lo)
}

// times is hi+lo times a number, as x - lack.
func (b *Builder) times(number, hi, lo Vec) (x, lack Vec) {
	x = number.Mul(hi)
	return x, number.NegMulAdd(lo, number.NegMulAdd(hi, x))
}

// exponentials are e**x, e**x - 1 and e**x - 1 - x of x - lack, for x from -708 to 709, see expExcessWithin.
func (b *Builder) exponentials(x, lack Vec) (exp, less1, excess Vec) {
	one := b.Const(1)
	n, rounded, r := b.modLn2(x)
	r = r.Sub(lack)
	scale := b.power(n)
	square, gap := r.Mul(r), scale.Sub(one)
	poly := b.polyByHalves(r, square, expExcessNear)
	rest := square.MulAdd(poly, r)
	far := gap.MulAdd(r, rounded.NegMulAdd(b.Const(math.Ln2), gap))
	return scale.Mul(one.Add(rest)), scale.MulAdd(rest, gap), scale.Mul(square).MulAdd(poly, far)
}

// orderTerm is A·T of positive P.
func (b *Builder) orderTerm(p, q, excess, log, less1, expExcess Vec) Vec {
	near := expExcess.Mul(b.Element(perC)).NegMulAdd(p, excess) // p over c may be too large
	far := less1.Mul(b.Element(perC)).NegMulAdd(p, q.Sub(p))
	return log.LessEqual(b.Element(apartFrom)).Select(near, far)
}

// orderTermsUsual is A·T and P^A·Q^c over P of what is usual. With log₂(Q/P) = k + 2 atanh(s)/ln 2, the exponent c·log₂(Q/P) is c·k and a product of
// s. That c·k is a sum of two: the first one, of c without its last bits, is exact, and so is that less the integer n nearest the exponent.
// What is left, r, has an error of 2**-53, or of some units in its own last place where k and n are 0, for any size of the exponent.
//
// Where n is 0, the second form is the one above; elsewhere P is far enough from Q for (Q - P) - P·(e^y - 1)/c.
//
// A P that is 0 is lifted, by which A·T is wrong by 2**-888. A c·k is -900 at least, by which for c from -100 P^A·Q^c is wrong by A·T over
// 2**840: P is no more than A·T there. See orderFloor in package relent.
func (b *Builder) orderTermsUsual(p, q Vec) (term, power Vec) {
	const most, least = 1000, -900
	b.GuardSignClear(p)
	b.guardZeroOrAtLeast(p, b.lowest())
	lifted := p.Max(b.PowerOfTwo(b.lowest()))
	q2 := q.Add(lifted.Sub(p))
	b.GuardBetween(q2, b.lowest(), b.highest())
	l := b.reduce(lifted, lifted, q2)

	z := l.s.Mul(l.s)
	atanh := b.polyInPairs(z, atanhNear)
	steep, slope := b.Element(exponentPerLog).Mul(l.s), z.MulAdd(atanh, b.Const(2))
	k := l.k.Mul(b.PowerOfTwo(-b.Type.MantissaBits()))
	octaves := b.Element(exponentPerOctave).Mul(k).Max(b.Const(least))
	exponent := steep.MulAdd(slope, octaves)
	b.GuardAtMost(exponent.Abs(), most)
	shifted := exponent.Add(b.toInteger())
	n := shifted.Sub(b.toInteger())
	r := steep.MulAdd(slope, k.MulAdd(b.Element(exponentRest), octaves.Sub(n)))

	scale := b.power(shifted.AsInt())
	gap := scale.Sub(b.Const(1))
	expExcess := r.Mul(r).Mul(b.polyInPairs(r, exp2ExcessNear))
	less1 := r.MulAdd(b.Const(math.Ln2), expExcess)

	excess := l.s.MulAdd(lifted.Mul(z).MulAdd(atanh, l.diff), lifted.MulAdd(k.Mul(b.Const(math.Ln2)), q2.Sub(l.q)))
	near := n.Equal(b.Const(0))
	first := near.Select(excess, q.Sub(p))
	second := near.Select(expExcess, scale.MulAdd(less1, gap))
	return second.NegMulAdd(p.Mul(b.Element(perC)), first), scale.MulAdd(less1, scale)
}

// polyInPairs evaluates by Estrin's scheme: a few operations more than Horner's rule, and fewer that wait for each other.
func (b *Builder) polyInPairs(z Vec, c coefficients) Vec {
	var sums []Vec
	for _, x := range (argument{z, c}).table() {
		sums = append(sums, b.Const(x))
	}
	for ; len(sums) > 1; z = z.Mul(z) {
		for i := 0; i < len(sums); i++ {
			if i+1 < len(sums) {
				sums[i] = z.MulAdd(sums[i+1], sums[i])
				sums = append(sums[:i+1], sums[i+2:]...)
			}
		}
	}
	return sums[0]
}

// orderTermsAnywhere is right for all elements below 2**1000. An e**y beyond 2**2000 is infinite.
func (b *Builder) orderTermsAnywhere(out []Vec, p, q Vec) []Vec {
	const bound, beyond = 600, 1400
	zero, one, inf, nan := b.Const(0), b.Const(1), b.Const(math.Inf(1)), b.Const(math.NaN())
	b.Careful, b.Moderate = true, false
	l := b.logRatio(p, q)
	hi, lo := l.parts()
	none := p.Equal(zero)
	beside := hi.Sub(b.Element(logShift)) // exact where it is small; then lo counts
	shifted := beside.Add(lo)
	y, lack := b.times(b.Element(minusC), shifted, lo.Sub(shifted.Sub(beside)))
	y, lack = none.Select(zero, y), none.Select(zero, lack)
	large := b.Const(bound).Less(y.Abs())
	lack = b.Const(beyond).Less(y.Abs()).Select(zero, lack)
	exp, less1, expExcess := b.exponentials(large.Select(zero, y), large.Select(zero, lack))
	term := b.orderTerm(p, q, l.excess(p, q), hi, less1, expExcess)

	// Where e**y may be too large, and P·e**y is not: (P·e**(y/2))·e**(y/2).
	root := b.exp(y.Mul(b.Const(0.5)))
	power := p.Mul(root).Mul(root).Mul(one.Sub(lack))
	power = b.Const(beyond).Less(y).Select(inf, large.Select(power, p.Mul(exp)))
	above := power.Sub(p)
	share := b.Element(perC)
	far := hi.LessEqual(b.Element(apartFrom)).Select(
		y.Mul(share).MulAdd(p, above.NegMulAdd(share, l.excess(p, q))), above.NegMulAdd(share, q.Sub(p)))
	term = large.Select(far, term)

	noneOfQ := q.Equal(zero)
	term = noneOfQ.Select(p.Mul(b.Element(termAtZero)), term)
	power = noneOfQ.Select(p.Mul(b.Element(powAtZero)), power)
	term, power = none.Select(q, term), none.Select(zero, power)
	limit := b.PowerOfTwo(1000)
	valid := l.valid.And(p.Less(limit)).And(q.Less(limit))
	return []Vec{out[0].Add(valid.Select(term, nan)), out[1].Add(valid.Select(power, nan))}
}

var (
	orderArgs = []string{"p", "q"}
	orderPads = []float64{0, 0}
	orderSums = []Output{{Name: "term"}, {Name: "power"}}

	// orderTerms is for P that are 0 or usual, Q that are usual or beside a P of 0, and powers that are neither very large nor very small.
	// Otherwise a guard fails, or a sum is not finite.
	_ = Declare(Kernel{
		Name: "orderTerms", Func: "Between", Args: orderArgs, Pad: orderPads, Wide: true, Numbers: perC + 1, Outputs: orderSums,
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			term, power := b.orderTermsUsual(x[0], x[1])
			return []Vec{out[0].Add(term), power.MulAdd(x[0], out[1])}
		},
	})
	_ = Declare(Kernel{
		Name: "orderTermsAnywhere", Func: "Between", Args: orderArgs, Pad: orderPads, Wide: true, Numbers: logShift + 1, Outputs: orderSums,
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec { return b.orderTermsAnywhere(out, x[0], x[1]) },
	})
	// orderTermsOfShares is that of counts times factors, see preciseShares.
	_ = Declare(Kernel{
		Name: "orderTermsOfShares", Func: "BetweenCounts", Args: orderArgs, Pad: orderPads, Wide: true, Numbers: orderNumbers, Outputs: orderSums,
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			p, q := b.withSurplus(x[0], x[1], b.Element(factorP), b.Element(factorQ))
			return b.orderTermsAnywhere(out, p, q)
		},
	})

	// orderTotals are Σp and Σq, each as multiples of 2**-40 and what is left: where the sum is below 2**12 the first is exact.
	_ = Declare(Kernel{
		Name: "orderTotals", Func: "Between", Args: orderArgs, Pad: orderPads, Wide: true,
		Outputs: []Output{{Name: "p"}, {Name: "pRest"}, {Name: "q"}, {Name: "qRest"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			p, pRest := b.coarse(x[0])
			q, qRest := b.coarse(x[1])
			return []Vec{out[0].Add(p), out[1].Add(pRest), out[2].Add(q), out[3].Add(qRest)}
		},
	})
	// orderSupport is Σp where q is not 0, likewise, and how many those are; what is negative or not finite gives NaN.
	_ = Declare(Kernel{
		Name: "orderSupport", Func: "Between", Args: orderArgs, Pad: orderPads, Wide: true,
		Outputs: []Output{{Name: "p"}, {Name: "rest"}, {Name: "count"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			zero := b.Const(0)
			p, rest := b.coarse(x[0])
			none := x[1].Equal(zero)
			valid := b.nonNegative(x[0]).And(b.nonNegative(x[1]))
			return []Vec{out[0].Add(none.Select(zero, p)), out[1].Add(none.Select(zero, rest)),
				out[2].Add(valid.Select(none.Select(zero, b.Const(1)), b.Const(math.NaN())))}
		},
	})
	// orderMost is the largest log(p/q) of positive p, and 0, or NaN if an element is negative or not finite. Numbers are factors of both, and
	// what counts where q is 0.
	_ = Declare(Kernel{
		Name: "orderMost", Func: "Between", Args: orderArgs, Pad: orderPads, Wide: true, Numbers: 3,
		Outputs: []Output{{Name: "valid"}, {Name: "most", Most: true}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			zero, nan := b.Const(0), b.Const(math.NaN())
			b.Careful, b.Moderate = true, false
			p, q := b.withSurplus(x[0], x[1], b.Element(0), b.Element(1))
			l := b.logRatio(p, q)
			log := q.Equal(zero).Select(b.Element(2), l.value())
			log = p.Equal(zero).Select(b.Const(math.Inf(-1)), log)
			return []Vec{out[0].Add(l.valid.Select(zero, nan)), b.larger(out[1], log)}
		},
	})
)

// withSurplus are products, and what they are too large by is known.
func (b *Builder) withSurplus(x, y, m0, m1 Vec) (p, q Vec) {
	p, q = x.Mul(m0), y.Mul(m1)
	b.surplus = &surplus{x.NegMulAdd(m0, p), y.NegMulAdd(m1, q)}
	return p, q
}

// coarse is x as a multiple of 2**-40, or of its last digit's unit, and the rest.
func (b *Builder) coarse(x Vec) (multiple, rest Vec) {
	grid := b.Const(math.Ldexp(1.5, b.Type.MantissaBits()-40))
	multiple = x.Add(grid).Sub(grid)
	return multiple, x.Sub(multiple)
}

// orderPowers is of one vector: with an order A, c = 1-A and y = c·log(m/p), the sums of p·(e^y - 1)/c, which is p·log(m/p) for c = 0, and
// of p^A·m^c = p·e^y. Numbers are -c, what it lacks, 1/c and m.
var _ = Declare(Kernel{
	Name: "orderPowers", Func: "RenyiEntropy", Args: []string{"p"}, Pad: []float64{0}, Wide: true, Numbers: 4,
	Outputs: []Output{{Name: "term"}, {Name: "power"}},
	Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
		const bound, beyond = 600, 2800
		p, zero, one, nan := x[0], b.Const(0), b.Const(1), b.Const(math.NaN())
		b.Careful, b.Moderate = true, false
		l := b.logRatio(p, b.Element(3))
		hi, lo := l.parts()
		y, lack := b.times(b.Element(0), hi, lo)
		lack = b.Element(1).NegMulAdd(hi, lack)
		none := p.Equal(zero)
		y, lack = none.Select(zero, y), none.Select(zero, lack)
		up, down := b.Const(bound).Less(y), y.Less(b.Const(-bound))
		far := up.Or(down)
		exp, less1, _ := b.exponentials(far.Select(zero, y), far.Select(zero, lack))

		// Where e**y may be too large, and p·e**y is not.
		root := b.exp(y.Mul(b.Const(0.25)))
		root = root.Mul(root)
		lifted := p.Mul(root).Mul(root).Mul(one.Sub(b.Const(beyond).Less(y.Abs()).Select(zero, lack)))
		power := far.Select(up.Select(lifted, zero), p.Mul(exp))

		// For c = 0, 1/c is 0 and y too.
		perC := b.Element(2)
		term := far.Select(power.Sub(p).Mul(perC), p.Mul(perC.Equal(zero).Select(zero.Sub(hi), less1.Mul(perC))))
		term, power = none.Select(zero, term), none.Select(zero, power)
		return []Vec{out[0].Add(l.valid.Select(term, nan)), out[1].Add(l.valid.Select(power, nan))}
	},
})

// Mixtures m of p and others, and excesses p·log(p/m) - p + m over them, given p-m with its digits: of the logarithm's parts p-m' is that
// where m is not scaled, and where it is, p and m are far from each other.
func (b *Builder) excessOver(p, m, gap Vec) (excess Vec, valid Mask) {
	b.Careful, b.Moderate = true, false
	valid = b.nonNegative(p).And(b.nonNegative(m))
	zero := b.Const(0)
	pn, pk, unscale := b.normalise(p)
	mn, mk, _ := b.normalise(m)
	l := b.reduce(pn, pn.Max(b.MinNormal()), mn.Max(b.MinNormal()))
	same := l.k.Equal(zero).And(pk.Equal(mk))
	scaledGap := pk.Equal(zero).Select(gap, gap.Mul(b.Const(1).Div(unscale)))
	diff := same.Select(scaledGap, l.diff)
	l.s = same.Select(scaledGap.Div(pn.Add(mn).Max(b.MinNormal())), l.s)
	l.k = l.k.Add(pk.Sub(mk))
	l.diff, l.q = diff.Mul(unscale), l.q.Mul(unscale)
	excess = p.Equal(zero).Select(m, l.excess(p, m))
	return m.Equal(zero).And(zero.Less(p)).Select(b.Const(math.Inf(1)), excess), valid
}

// atLeastTiny is m, a sum that w·x is part of: where that is not 0, no less than what a float64 has.
func (b *Builder) atLeastTiny(w, x, m Vec) Vec {
	zero := b.Const(0)
	return zero.Less(w).And(zero.Less(x)).Select(m.Max(b.Const(math.SmallestNonzeroFloat64)), m)
}

var (
	// orderMixture is the excesses of p and of q over m = u·p + v·q. Numbers are factors of p and of q, u, and v = 1-u. Small p and q are
	// scaled, for m to keep its digits.
	_ = Declare(Kernel{
		Name: "orderMixture", Func: "Between", Args: orderArgs, Pad: orderPads, Wide: true, Numbers: 4,
		Outputs: []Output{{Name: "p"}, {Name: "q"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			small, one := x[0].Max(x[1]).Less(b.PowerOfTwo(-400)), b.Const(1)
			scale, unscale := small.Select(b.PowerOfTwo(500), one), small.Select(b.PowerOfTwo(-500), one)
			p, q := b.withSurplus(x[0].Mul(scale), x[1].Mul(scale), b.Element(0), b.Element(1))
			gap, nan := b.gap(p, q), b.Const(math.NaN())
			b.surplus = nil
			u, v := b.Element(2), b.Element(3)
			m := b.atLeastTiny(u, p, b.atLeastTiny(v, q, u.MulAdd(p, v.Mul(q))))
			overP, valid := b.excessOver(p, m, v.Mul(gap))
			overQ, validQ := b.excessOver(q, m, b.Const(0).Sub(u.Mul(gap)))
			valid = valid.And(validQ)
			return []Vec{unscale.MulAdd(valid.Select(overP, nan), out[0]), unscale.MulAdd(valid.Select(overQ, nan), out[1])}
		},
	})
	// orderExcess is the excess of p over m, given their gap.
	_ = Declare(Kernel{
		Name: "orderExcess", Func: "JensenShannonOf", Args: []string{"p", "m", "gap"}, Pad: []float64{0, 0, 0}, Wide: true,
		Outputs: []Output{{Name: "sum"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			excess, valid := b.excessOver(x[0], x[1], x[2])
			return []Vec{out[0].Add(valid.Select(excess, b.Const(math.NaN())))}
		},
	})
	// orderTriangular sums (p-q)²/(p+q). Numbers are factors of both.
	_ = Declare(Kernel{
		Name: "orderTriangular", Func: "Between", Args: orderArgs, Pad: orderPads, Wide: true, Numbers: 2, Outputs: []Output{{Name: "sum"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			p, q := b.withSurplus(x[0], x[1], b.Element(0), b.Element(1))
			gap, zero, inf, half := b.gap(p, q), b.Const(0), b.Const(math.Inf(1)), b.Const(0.5)
			total := p.Add(q)
			ratio := total.Less(inf).Select(gap.Div(total), gap.Mul(half).Div(p.Mul(half).Add(q.Mul(half))))
			term := gap.Equal(zero).Select(zero, gap.Mul(ratio))
			valid := b.nonNegative(p).And(b.nonNegative(q))
			return []Vec{out[0].Add(valid.Select(term, b.Const(math.NaN())))}
		},
	})
)

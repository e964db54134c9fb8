package kernels

import "math"

// coefficients of a polynomial in z, the constant first; minimax_test.go derives them and proves their errors.
type coefficients struct{ f64, f32 []float64 }

// atanhNear is P in 2 atanh(s) = s(2 + zP(z)), z = s², for |s| <= 0.2. Its error is that of an excess, where it counts most:
// |s(P - exact)|/2 is at most 2**-52.6 (float64), 2**-25.2 (float32). Of the logarithm it is a fifth of that.
var atanhNear = coefficients{
	f64: []float64{
		0x1.555555555560ep-1, 0x1.9999999945ac6p-2, 0x1.2492497c9bd67p-2, 0x1.c71c20712bca7p-3,
		0x1.74705486adfe4p-3, 0x1.38a70889d4f6fp-3, 0x1.385d99bacfe0fp-3,
	},
	f32: []float64{0x1.55558ep-1, 0x1.9943p-2, 0x1.3537d2p-2},
}

// atanhWide is the same P for |s| <= 1/3: 2**-56.8, 2**-25.0.
var atanhWide = coefficients{
	f64: []float64{
		0x1.555555555554dp-1, 0x1.999999999c3d8p-2, 0x1.24924922967dp-2, 0x1.c71c732499439p-3,
		0x1.745cd54be520fp-3, 0x1.3b1b279e4d34cp-3, 0x1.108a5e91b7ea2p-3, 0x1.edc26672c9935p-4,
		0x1.5e955837752a9p-4, 0x1.546d40a4baa41p-3,
	},
	f32: []float64{0x1.55552ap-1, 0x1.99c074p-2, 0x1.1fcc3p-2, 0x1.19e70ep-2},
}

// phiNear is P in (1+t)log(1+t) + (1-t)log(1-t) = z(1 + zP(z)), z = t², for |t| <= 1/3: relative error 2**-57.5 (float64), 2**-30.0 (float32).
var phiNear = coefficients{
	f64: []float64{
		0x1.5555555555603p-3, 0x1.11111110f2be4p-4, 0x1.24924941be283p-5, 0x1.6c16b3b0984c8p-6,
		0x1.f07fc461743c4p-7, 0x1.67cc0b7f5b6bep-7, 0x1.14b1be6af8cdp-7, 0x1.76c38852d93bap-8,
		0x1.1501e444955ebp-7,
	},
	f32: []float64{0x1.55553ap-3, 0x1.112348p-4, 0x1.20cbf8p-5, 0x1.b95382p-6},
}

// poly evaluates by Horner's rule: one rounding each step.
func (b *Builder) poly(z Vec, c coefficients) Vec { return b.polys(argument{z, c})[0] }

// An argument goes with the polynomial that it is one of.
type argument struct {
	z Vec
	coefficients
}

func (a argument) table() []float64 {
	if a.z.b.Type == F32 {
		return a.f32
	}
	return a.f64
}

// polys evaluates a polynomial of each argument, all of them step by step: none waits for itself, and those of the same coefficients
// share their loads.
func (b *Builder) polys(arguments ...argument) []Vec {
	var sums []Vec
	steps := 0
	for _, a := range arguments {
		table := a.table()
		sums = append(sums, b.Const(table[len(table)-1]))
		steps = max(steps, len(table))
	}
	for step := 2; step <= steps; step++ {
		for i, a := range arguments {
			if table := a.table(); step <= len(table) {
				sums[i] = a.z.MulAdd(sums[i], b.Const(table[len(table)-step]))
			}
		}
	}
	return sums
}

// ln2 per step of the exponent field: an exponent difference comes as a multiple of 2**MantissaBits.
func (b *Builder) ln2() Vec { return b.Const(math.Ldexp(math.Ln2, -b.Type.MantissaBits())) }

// A logarithm is log(p/q) in reduced form: q' = q·2**k with p/q' in [2/3, 3/2], then log(p/q) = k·ln 2 + 2 atanh(s) for
// s = (p-q')/(p+q'), |s| <= 0.2. One division serves the ratio and the reduction, and p-q' is exact (Sterbenz), so
// that the logarithm keeps its relative accuracy where p is close to q.
type logarithm struct {
	b    *Builder
	k    Vec // times 2**MantissaBits
	s    Vec
	diff Vec // p - q'
	q    Vec // q'
	// What the careful text knows beyond: lanes where p > 0 = q, and lanes where p and q are finite and not negative.
	careful         bool
	infinite, valid Mask
}

// reduce takes the exponents from pe and q, which must be positive and normal, and the significands from p and q. Where p
// is 0 and pe is not, s is -1 and the logarithm some finite number.
func (b *Builder) reduce(p, pe, q Vec) logarithm {
	k := b.exponentGap(pe, b.exponentOf(q))
	scaled := q.AsInt().Add(k).AsFloat()
	diff, total := p.Sub(scaled), p.Add(scaled)
	if b.surplus != nil {
		diff = b.surplus.without(b, diff, k)
	}
	if c := b.counts; c != nil {
		diff, total = c.y.AsInt().Add(k).AsFloat().NegMulAdd(c.ratio, p), b.lift(total)
	}
	return logarithm{b: b, k: k.ExponentToFloat(), s: diff.Div(total), diff: diff, q: scaled}
}

// exponentOf is what q's exponent is taken from.
func (b *Builder) exponentOf(q Vec) Vec {
	if b.counts != nil && b.counts.zeros {
		return q.Max(b.MinNormal()) // beside a p that is 0 too, the term is a trace below 2**-400
	}
	return q
}

// exponentGap is the power of two nearest p/q, as a difference of exponent fields.
func (b *Builder) exponentGap(p, q Vec) Int {
	half := b.IntConst(b.minNormalBits() / 2)
	if c := b.Code[p.id]; c.Op == Const && b.Moderate {
		return b.IntConst(c.Bits + b.minNormalBits()/2).Sub(q.AsInt()).And(b.ExponentBits())
	}
	return p.AsInt().Sub(q.AsInt()).Add(half).And(b.ExponentBits())
}

// value is log(p/q), relative error below 5 units of 2**-53 (2**-24 in float32): package relent's TestWorstElement prints it.
func (l logarithm) value() Vec {
	b := l.b
	z := l.s.Mul(l.s)
	atanh2 := l.s.Mul(z.MulAdd(b.poly(z, atanhNear), b.Const(2)))
	return l.special(l.k.MulAdd(b.ln2(), atanh2))
}

// inParts is value with 2s and k·ln 2 added first, so that what they lose together is rounded once: one operation more, and in float32 a
// relative error below 2**-22.
func (l logarithm) inParts() Vec {
	b := l.b
	z := l.s.Mul(l.s)
	octaves := l.k.MulAdd(b.ln2(), l.s.Add(l.s))
	return z.Mul(l.s).MulAdd(b.poly(z, atanhNear), octaves)
}

// excess is p·log(p/q) - p + q, never negative. With d = p-q' and z = s² it is p·k·ln 2 + (q-q') + s(d + p·zP(z)): no
// first-order term is left to cancel. Where k is ±1 and p/q near 4/3 or 3/4 the rounding of ln 2 counts about ten times.
func (l logarithm) excess(p, q Vec) Vec {
	b := l.b
	z := l.s.Mul(l.s)
	near := p.Mul(z).MulAdd(b.poly(z, atanhNear), l.diff)
	octaves := p.MulAdd(l.k.Mul(b.ln2()), q.Sub(l.q))
	return l.special(l.s.MulAdd(near, octaves))
}

// excess is p·log(p/q) - p + q of non-negative p and q. It is homogeneous: what is too large to be added is scaled, and where a q beside it is
// so small that it loses digits by that, the excess is too large for a float64.
func (b *Builder) excess(p, q Vec) Vec {
	if !b.Careful {
		return b.logRatio(p, q).excess(p, q)
	}
	large := b.PowerOfTwo(b.highest()).LessEqual(p)
	down := large.Select(b.PowerOfTwo(-10), b.Const(1))
	ps, qs := p.Mul(down), q.Mul(down)
	up := large.Select(b.PowerOfTwo(10), b.Const(1))
	return b.logRatio(ps, qs).excess(ps, qs).Mul(up)
}

// special puts in what the arithmetic does not give by itself.
func (l logarithm) special(x Vec) Vec {
	if !l.careful {
		return x
	}
	x = l.infinite.Select(l.b.Const(math.Inf(1)), x)
	return l.valid.Select(x, l.b.Const(math.NaN()))
}

// gap is p-q.
func (b *Builder) gap(p, q Vec) Vec {
	if c := b.counts; c != nil {
		return c.y.NegMulAdd(c.ratio, p)
	}
	diff := p.Sub(q)
	if b.surplus != nil {
		diff = diff.Add(b.surplus.q.Sub(b.surplus.p))
	}
	return diff
}

// logRatio is log(p/q) for non-negative p and q. Where p is 0 it is finite, or NaN if q is not a number >= 0.
func (b *Builder) logRatio(p, q Vec) logarithm {
	switch {
	case b.Careful:
		return b.carefulLogRatio(p, q)
	case b.counts != nil && b.counts.zeros:
		return b.reduce(p, p.Max(b.PowerOfTwo(-600)), q)
	case b.counts != nil:
		return b.reduce(p, p, q)
	}
	b.GuardSignClear(p)
	return b.guardedLogRatio(p, q)
}

// guardedLogRatio is logRatio for a p whose sign is guarded.
func (b *Builder) guardedLogRatio(p, q Vec) logarithm {
	// p+q' overflows for p above 2**1023.5 or so. Then q is either too large for the guard, or so much smaller than p that
	// the product of p with the logarithm overflows too, and the sum shows it.
	least := 2 - b.Type.MaxExponent() // for q·2**k to be a normal number also where it is less than p
	lifted := p.Max(b.PowerOfTwo(least))
	return b.reduce(p, lifted, b.besideZero(p, lifted, q, least, b.Type.MaxExponent()-4))
}

// besideZero is q, lifted where p is 0, as p is in lifted, to 2**least. A q that is less than that beside a positive p, or is
// 2**limit or more, breaks a guard. A p that is infinite or NaN makes q NaN; that it is not
// negative is for the caller to guard. What passes beside a p below what 0 is lifted to is wrong by a few times p: see Floor.
func (b *Builder) besideZero(p, lifted, q Vec, least, limit int) Vec {
	q = q.Add(lifted.Sub(p))
	b.GuardBetween(q, least, limit)
	b.trustFrom(-850, -60)
	return q
}

// trustFrom raises the floor to a power of two, for float64 and float32.
func (b *Builder) trustFrom(f64, f32 int) {
	b.Floor = max(b.Floor, math.Ldexp(1, map[Type]int{F64: f64, F32: f32}[b.Type]))
}

// lift adds a number so small that it changes nothing but 0 and what does not count: elements up to 2**53 (2**24 in float32)
// times its size, whose terms then are wrong by a few times themselves: see Floor.
func (b *Builder) lift(x Vec) Vec {
	b.trustFrom(-850, -60)
	return x.Add(b.PowerOfTwo(map[Type]int{F64: -1021, F32: -125}[b.Type]))
}

func (b *Builder) carefulLogRatio(p, q Vec) logarithm {
	zero := b.Const(0)
	valid := b.nonNegative(p).And(b.nonNegative(q))
	infinite := q.LessEqual(zero).And(zero.Less(p))
	pn, pk, unscale := b.normalise(p)
	qn, qk, _ := b.normalise(q)
	l := b.reduce(pn, pn.Max(b.MinNormal()), qn.Max(b.MinNormal()))
	l.k = l.k.Add(pk.Sub(qk))
	l.diff, l.q = l.diff.Mul(unscale), l.q.Mul(unscale)
	l.careful, l.infinite, l.valid = true, infinite, valid
	return l
}

// nonNegative holds for every finite x >= 0.
func (b *Builder) nonNegative(x Vec) Mask {
	return b.Const(0).LessEqual(x).And(x.Less(b.Const(math.Inf(1))))
}

// onlyNonNegative is term where all of x are finite and not negative, NaN elsewhere. A term that is not finite where one
// of x is not needs no guard for that: the sum shows it.
func (b *Builder) onlyNonNegative(term Vec, x ...Vec) Vec {
	for _, v := range x {
		switch {
		case b.Careful:
			term = b.nonNegative(v).Select(term, b.Const(math.NaN()))
		case b.counts == nil:
			b.GuardSignClear(v)
		}
	}
	return term
}

// normalise scales x by a power of two, if need be, to where p+q' neither loses bits nor overflows: x = scaled·unscale, and
// k is the exponent of unscale in the unit of logarithm.k.
func (b *Builder) normalise(x Vec) (scaled, k, unscale Vec) {
	const down = 4
	up := -b.lowest() - map[Type]int{F64: 800, F32: 40}[b.Type]
	small := x.Less(b.PowerOfTwo(b.lowest()))
	large := b.PowerOfTwo(b.highest()).LessEqual(x)
	choose := func(ifSmall, ifLarge, otherwise Vec) Vec {
		return small.Select(ifSmall, large.Select(ifLarge, otherwise))
	}
	step := func(e float64) Vec { return b.Const(math.Ldexp(e, b.Type.MantissaBits())) }
	scaled = x.Mul(choose(b.PowerOfTwo(up), b.PowerOfTwo(-down), b.Const(1)))
	k = choose(step(float64(-up)), step(down), b.Const(0))
	unscale = choose(b.PowerOfTwo(-up), b.PowerOfTwo(down), b.Const(1))
	return scaled, k, unscale
}

// negLog is -log(x) as log(one/x), for x that must be positive and normal unless the text is careful: one is scaled to x's
// side by scaling x to one's, which cannot overflow.
func (b *Builder) negLog(one, x Vec) Vec {
	if b.Careful {
		return b.carefulLogRatio(one, x).value()
	}
	return b.reduce(one, one, x).value()
}

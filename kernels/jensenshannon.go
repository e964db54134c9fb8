package kernels

// JensenShannon sums 2[p·log(p/m) + q·log(q/m)], m = (p+q)/2: four times the divergence (B.7), every term >= 0.
var JensenShannon = Reduction{
	Name: "jensenShannon",
	Func: "JensenShannon",
	Args: []string{"p", "q"},
	Pad:  []float64{1, 1}, // exactly 0
	Measures: []Measure{
		{
			Number: 5, Func: "JensenShannon", Symmetric: true, Degree: 1, Value: "float64(sum / 4)",
			Gradient: JensenShannonGradient, Factor: "0.5", Formula: "½log(p/m), ½log(q/m), m = (p+q)/2",
			Shares: jensenShannonShares,
			Bound:  &Bound{Slope: "math.Ln2 / 2", Part: NoPart},
		},
		{
			Number: 6, Func: "JensenShannonDistance", Symmetric: true, Degree: 0.5, Value: "math.Sqrt(sum / 4)",
			Gradient: JensenShannonGradient, Factor: "distanceFactor(m, value, p, q)", Formula: "log(p/m)/4d, log(q/m)/4d",
			Shares: jensenShannonShares,
			Bound:  &Bound{Slope: "math.Ln2 / 2", Root: true, Part: NoPart},
		},
	},
	Small: smallTotal,
	Near:  jensenShannonNear,
	Far:   jensenShannonFar,
	Step:  jensenShannonStep,
}

var jensenShannonShares = &Shares{Form: OfDifferences, Sum: "jensenShannon", Second: NoSecond, Finish: FinishValue}

// Where neither p nor q is more than twice the other, t = (p-q)/(p+q) is at most 1/3 in size and the term is
// (p-q)·t·(1 + zP(z)), z = t².
func jensenShannonNear(b *Builder, sum Vec, x ...Vec) Vec {
	p, q := x[0], x[1]
	total := b.total(p, q)
	if b.counts == nil {
		b.guardTotal(p, q, total)
	}
	diff := b.gap(p, q)
	t := diff.Div(b.lift(total))
	z := t.Mul(t)
	b.GuardAtMost(z, 1./9)
	return diff.Mul(t).MulAdd(z.MulAdd(b.poly(z, phiNear), b.Const(1)), sum)
}

// Where the larger is more than 9/4 of the smaller t is above 5/13, z above 1/9: if it is not so small that the lift counts.
// There, and below zero and for what is no number, the guards decide.
func jensenShannonFar(b *Builder, x ...Vec) Vec {
	p, q := x[0], x[1]
	lift := b.PowerOfTwo(map[Type]int{F64: -1000, F32: -100}[b.Type])
	return p.Min(q).MulAdd(b.Const(9./4), lift.Sub(p.Max(q)))
}

// total is p+q.
func (b *Builder) total(p, q Vec) Vec {
	if c := b.counts; c != nil {
		return c.y.MulAdd(c.ratio, p)
	}
	return p.Add(q)
}

// guardTotal guards p and q to be not negative, and their total not to be close to overflow.
func (b *Builder) guardTotal(p, q, total Vec) {
	b.GuardSignClear(p)
	b.GuardSignClear(q)
	b.GuardBelow(total, b.Type.MaxExponent()-3)
}

func jensenShannonStep(b *Builder, sum Vec, x ...Vec) Vec {
	p, q := x[0], x[1]
	total := p.Add(q)
	if b.counts != nil {
		return sum.Add(b.jensenShannonTerm(p, q, b.liftScalable(total)))
	}
	if !b.Careful {
		b.guardTotal(p, q, total)
		return sum.Add(b.jensenShannonTerm(p, q, b.liftScalable(total)))
	}
	// The term is homogeneous: scale what is too small or too large.
	small, large := total.Less(b.PowerOfTwo(-800)), b.PowerOfTwo(1020).LessEqual(total)
	choose := func(ifSmall, ifLarge int) Vec {
		return small.Select(b.PowerOfTwo(ifSmall), large.Select(b.PowerOfTwo(ifLarge), b.Const(1)))
	}
	scale, unscale := choose(400, -10), choose(-400, 10)
	ps, qs := p.Mul(scale), q.Mul(scale)
	b.scaleSurplus(scale)
	term := b.jensenShannonTerm(ps, qs, b.liftScalable(ps.Add(qs))).Mul(unscale)
	term = total.Equal(b.Const(0)).Select(b.Const(0), term)
	return sum.Add(b.onlyNonNegative(term, p, q))
}

// liftScalable is lift with room below for scaled values.
func (b *Builder) liftScalable(total Vec) Vec {
	b.trustFrom(-780, -40)
	return total.Add(b.PowerOfTwo(map[Type]int{F64: -900, F32: -85}[b.Type]))
}

// jensenShannonTerm adds the excesses of the larger and the smaller of p and q over their mean m, each times 2 and without
// first-order cancellation (see logarithm.excess). positive is total = p+q, lifted where that is 0.
func (b *Builder) jensenShannonTerm(p, q, positive Vec) Vec {
	large, small := b.ordered(p, q)
	diff := large.Sub(small)
	if b.inexact() {
		diff = b.gap(p, q).Abs()
	}
	twiceLarge, s := b.aboveMean(large, diff, positive)
	m := b.belowMean(large, small, diff, positive)
	z, v := s.Mul(s), m.u.Mul(m.u)
	poly := b.polys(argument{z, atanhWide}, argument{v, atanhNear})
	nearLarge := twiceLarge.Mul(z).MulAdd(poly[0], diff)
	nearSmall := m.twice.Mul(v).MulAdd(poly[1], m.numerator)
	gap := positive.Sub(m.scaled)
	if b.counts == nil || b.zeroPads { // exactly 0 where both are 0: the lift would leave a trace
		gap = p.Add(q)
		gap = gap.NegMulAdd(m.power, gap)
	}
	octaves := m.twice.MulAdd(m.k.ExponentToFloat().Mul(b.ln2()), gap)

	return s.MulAdd(nearLarge, m.u.MulAdd(nearSmall, octaves))
}

// ordered is the larger one of p and q, and the other one.
func (b *Builder) ordered(p, q Vec) (large, small Vec) {
	large = p.Max(q)
	if b.Moderate {
		return large, p.Min(q)
	}
	return large, p.AsInt().Add(q.AsInt()).Sub(large.AsInt()).AsFloat()
}

// aboveMean is s = (large-m)/(large+m), at most 1/3: large/m is in [1, 2], which takes no reduction.
func (b *Builder) aboveMean(large, diff, positive Vec) (twiceLarge, s Vec) {
	twiceLarge = large.Add(large)
	return twiceLarge, diff.Div(twiceLarge.Add(positive))
}

// A belowMean is 2·small against the total: u = (2·small - total·2**k)/(2·small + total·2**k), not positive where k = 0.
type belowMean struct {
	twice, power, scaled, numerator, u Vec
	k                                  Int
}

// Where small < total·2**-64 its logarithm no longer matters, only that it is finite. The numerator is taken from p and q, exact
// where k = 0; a rounded midpoint would lose it.
func (b *Builder) belowMean(large, small, diff, positive Vec) belowMean {
	one := b.Const(1)
	twice := small.Add(small)
	least := positive.AsInt().Sub(b.IntConst(map[Type]uint64{F64: 64, F32: 32}[b.Type] * b.minNormalBits())).AsFloat()
	k := b.exponentGap(twice.Add(least), positive)
	power := k.Add(one.AsInt()).AsFloat()
	scaled := positive.AsInt().Add(k).AsFloat()
	rest := small.NegMulAdd(power, twice)
	numerator := large.NegMulAdd(power, rest)
	if b.Moderate {
		numerator = rest.Sub(large.AsInt().Add(k).AsFloat()) // the same: large·2**k is exact
	}
	if b.inexact() { // it must be -diff where k is 0
		numerator = diff.NegMulAdd(power, twice.NegMulAdd(power, twice))
	}
	return belowMean{twice, power, scaled, numerator, numerator.Div(twice.Add(scaled)), k}
}

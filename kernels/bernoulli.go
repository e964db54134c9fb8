package kernels

// BinaryEntropy sums -p·log(p) - (1-p)·log(1-p) (B.4).
var BinaryEntropy = Reduction{
	Name:     "binaryEntropy",
	Func:     "BinaryEntropy",
	Args:     []string{"p"},
	Pad:      []float64{0},
	Measures: []Measure{{Number: 12, Func: "BinaryEntropy", Gradient: BinaryEntropyGradient, Formula: "log((1-p)/p)"}},
	Small:    smallFirst,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		return b.binaryCrossEntropy(sum, x[0], x[0])
	},
}

// BinaryCrossEntropy sums -p·log(q) - (1-p)·log(1-q) (B.5).
var BinaryCrossEntropy = Reduction{
	Name: "binaryCrossEntropy",
	Func: "BinaryCrossEntropy",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Measures: []Measure{{
		Number: 13, Func: "BinaryCrossEntropy", Gradient: BinaryCrossEntropyGradient, Formula: "log((1-q)/q), (q-p)/(q(1-q))",
		Bound: &Bound{Slope: "1", Part: PartBinary},
	}},
	Small:    smallFirst,
	Infinite: certainty,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		return b.binaryCrossEntropy(sum, x[0], x[1])
	},
}

// BinaryKL sums p·log(p/q) + (1-p)·log((1-p)/(1-q)), as two excesses so that no first-order terms cancel.
var BinaryKL = Reduction{
	Name: "binaryKL",
	Func: "BinaryKullbackLeibler",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Measures: []Measure{{
		Number: 14, Func: "BinaryKullbackLeibler", Gradient: BinaryKLGradient, Formula: "log(p/q) - log((1-p)/(1-q)), (q-p)/(q(1-q))",
		Bound: &Bound{Slope: "1", Part: NoPart},
	}},
	Small:    smallFirst,
	Infinite: certainty,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		one := b.Const(1)
		failP, failQ := one.Sub(p), one.Sub(q)
		success := b.excess(p, q)
		failure := b.complementLogRatio(p, q, failP, failQ).excess(failP, failQ)
		return sum.Add(success.Add(failure))
	},
}

// certainty is where q says for certain, 0 or 1, what p does not.
func certainty(b *Builder, x ...Vec) {
	p, q := x[0], x[1]
	failP, failQ := b.Const(1).Sub(p), b.Const(1).Sub(q)
	for _, v := range []Vec{p, q, failP, failQ} {
		b.guardElement(v)
	}
	b.guardSomeZero(q, p)
	b.guardSomeZero(failQ, failP)
}

func (b *Builder) binaryCrossEntropy(sum, p, q Vec) Vec {
	one := b.Const(1)
	failP, failQ := one.Sub(p), one.Sub(q)
	failure := b.negLogComplement(q, failP, failQ)
	if b.Careful {
		return p.MulAdd(b.zeroLog(b.Const(1), p, q), failP.MulAdd(failure, sum))
	}
	b.GuardSignClear(p)
	q = b.besideZero(p, p.Max(b.MinNormal()), q, b.minExponent(), 1)
	return p.MulAdd(b.negLog(b.Const(1), q), failP.MulAdd(failure, sum))
}

// negLogComplement is -log(1-q) = log(1/(1-q)), the factor of failP = 1-p; failQ is 1-q, rounded.
func (b *Builder) negLogComplement(q, failP, failQ Vec) Vec {
	one := b.Const(1)
	_, failQ, infinite, valid := b.failures(failP, failQ)
	l := b.reduceComplement(b.Const(0), q, one, one, failQ)
	l.careful, l.infinite, l.valid = b.Careful, infinite, valid
	return l.value()
}

// complementLogRatio is log(failP/failQ) = log((1-p)/(1-q)).
func (b *Builder) complementLogRatio(p, q, failP, failQ Vec) logarithm {
	pe, qe, infinite, valid := b.failures(failP, failQ)
	l := b.reduceComplement(p, q, failP, pe, qe)
	l.careful, l.infinite, l.valid = b.Careful, infinite, valid
	return l
}

// failures lifts failP, and failQ where failP is 0, and tells the lanes where failP > 0 = failQ and those where both are at
// least 0. Without Careful
// those are guarded.
func (b *Builder) failures(failP, failQ Vec) (pLifted, qLifted Vec, infinite, valid Mask) {
	if !b.Careful {
		b.GuardSignClear(failP)
		pLifted = b.lift(failP)
		return pLifted, b.besideZero(failP, pLifted, failQ, b.minExponent(), 1), infinite, valid
	}
	zero := b.Const(0)
	infinite = failQ.LessEqual(zero).And(zero.Less(failP))
	valid = b.nonNegative(failP).And(b.nonNegative(failQ))
	return failP.Max(b.MinNormal()), failQ.Max(b.MinNormal()), infinite, valid
}

// reduceComplement is reduce for failP = 1-p and failQ = 1-q, with the exponent of failP taken from pe. What those lost when
// they were rounded is exactly (1-failP)-p and (1-failQ)-q; put back, the numerator (1-p) - (1-q)·2**k is as accurate
// for small p and q as for those near 1.
func (b *Builder) reduceComplement(p, q, failP, pe, failQ Vec) logarithm {
	one := b.Const(1)
	k := b.exponentGap(pe, failQ)
	power := k.Add(one.AsInt()).AsFloat()
	scaled := failQ.AsInt().Add(k).AsFloat()
	lost := one.Sub(failQ).Sub(q).NegMulAdd(power, one.Sub(failP).Sub(p))
	diff := failP.Sub(scaled).Add(lost)
	return logarithm{b: b, k: k.ExponentToFloat(), s: diff.Div(failP.Add(scaled)), diff: diff, q: scaled}
}

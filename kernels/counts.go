package kernels

import "slices"

// Counts have shares x/P and y/Q of their totals. The measures of two vectors are homogeneous: any common multiple of the
// shares will do, and the sum is divided by it at the end. There are two texts of each.
//
// The quick one takes x and y·c, c = P/Q rounded, one of the model's numbers. Differences are x-y·c with one
// rounding, so that c is all that is not exact. The measures but TotalVariation are stationary there: the sum is off by a small
// multiple of 2**-53 of itself and of 2**-106 of all counts. The caller knows that the counts are finite, not negative, and in total
// neither small nor large, so that there is nothing to guard; see IrregularQ for logarithms beside zeros.
//
// The precise one takes p = x·m₀ and q = y·m₁ with m₀/m₁ = Q/P, corrects each difference by what the products lost, and
// is right for all counts.

// inCounts is a text's second input as what it is made from.
type inCounts struct {
	y, ratio Vec
	zeros    bool // there may be any
}

// quickShares is a measure's quick text for positive counts, and quickSharesWithZeros that for others too. There is one for both
// where there is no logarithm of the counts.
func quickShares(r Reduction) Reduction          { return quickly(r, "QuickShares", false) }
func quickSharesWithZeros(r Reduction) Reduction { return quickly(r, "QuickSharesWithZeros", true) }

func quickly(r Reduction, name string, zeros bool) Reduction {
	on := func(step Step) Step {
		if step == nil {
			return nil
		}
		return func(b *Builder, sum Vec, x ...Vec) Vec {
			b.zeroPads = true
			b.counts = &inCounts{x[1], b.Element(0), zeros}
			return step(b, sum, x[0], x[1].Mul(b.counts.ratio))
		}
	}
	s := onCounts(r, name)
	s.Near, s.Step, s.Ordinary = on(r.Near), on(r.Step), true
	if r.Far != nil {
		s.Far = func(b *Builder, x ...Vec) Vec { return r.Far(b, x[0], x[1].Mul(b.Element(0))) }
	}
	return s
}

// withShares adds to the reductions those of shares that their measures declare, once each, and others of counts.
func withShares(reductions, counts []Reduction) []Reduction {
	named := map[string]Reduction{}
	for _, r := range reductions {
		named[r.Name] = r
	}
	var quick, zeros, precise []Reduction
	done := map[string]bool{}
	for _, r := range reductions {
		for _, m := range r.Measures {
			if m.Shares == nil || m.Shares.Sum == "" || done[m.Shares.Sum] {
				continue
			}
			sum, ok := named[m.Shares.Sum]
			if !ok {
				panic(m.Func + " of shares is made of " + m.Shares.Sum + ", which there is not")
			}
			done[m.Shares.Sum] = true
			quick, precise = append(quick, quickShares(sum)), append(precise, preciseShares(sum))
			if m.Shares.Zeros != "" {
				zeros = append(zeros, quickSharesWithZeros(sum))
			}
		}
	}
	return slices.Concat(reductions, quick, zeros, counts, precise)
}

// preciseShares is a measure's text for counts of which the model has the factors.
func preciseShares(r Reduction) Reduction {
	on := func(step Step) Step {
		if step == nil {
			return nil
		}
		return func(b *Builder, sum Vec, x ...Vec) Vec {
			m0, m1 := b.Element(0), b.Element(1)
			p, q := x[0].Mul(m0), x[1].Mul(m1)
			b.zeroPads = true
			b.surplus = &surplus{x[0].NegMulAdd(m0, p), x[1].NegMulAdd(m1, q)}
			return step(b, sum, p, q)
		}
	}
	s := onCounts(r, "Shares")
	s.Near, s.Step = on(r.Near), on(r.Step)
	return s
}

func onCounts(r Reduction, name string) Reduction {
	return Reduction{
		Name:    r.Name + name,
		Func:    r.Func,
		Args:    r.Args,
		Pad:     []float64{0, 0}, // any other pair would not have equal shares
		Numbers: true,
	}
}

// inexact tells that q is rounded.
func (b *Builder) inexact() bool { return b.surplus != nil || b.counts != nil }

// A surplus is what products are too large by.
type surplus struct{ p, q Vec }

// without corrects diff, which is p-q·2**k or q-p·2**k.
func (s *surplus) without(b *Builder, diff Vec, k Int) Vec {
	minus, power := b.Const(-1), k.Add(b.Const(1).AsInt()).AsFloat()
	if b.Careful { // so far from each other surpluses do not count, and a 0 times infinity would
		power = power.Min(b.PowerOfTwo(b.highest()))
	}
	if b.qOverP == nil {
		return s.q.MulAdd(power, diff.Sub(s.p))
	}
	return s.q.MulAdd(b.qOverP.Select(minus, power), s.p.MulAdd(b.qOverP.Select(power, minus), diff))
}

// scaleSurplus is for a text that goes on with scaled inputs.
func (b *Builder) scaleSurplus(scale Vec) {
	if s := b.surplus; s != nil {
		b.surplus = &surplus{s.p.Mul(scale), s.q.Mul(scale)}
	}
}

// EntropyOfCounts sums x·log(P/x), P the model's number: every term is >= 0 where x <= P.
var EntropyOfCounts = Reduction{
	Name:    "entropyOfCounts",
	Func:    "EntropyOfCounts",
	Args:    []string{"p"},
	Pad:     []float64{0},
	Numbers: true,
	Small:   smallFirst,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		return entropyStep(b, sum, b.Element(0), x[0])
	},
}

// CrossEntropyOfCounts sums x·log(Q/y), Q the model's number.
var CrossEntropyOfCounts = Reduction{
	Name:     "crossEntropyOfCounts",
	Func:     "BetweenCounts",
	Args:     []string{"p", "q"},
	Pad:      []float64{0, 1},
	Numbers:  true,
	Small:    smallFirst,
	Infinite: zeroQ,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		return crossEntropyStep(b, sum, b.Element(0), x[0], x[1])
	},
}

// QuickCrossEntropy is that of positive q.
var QuickCrossEntropy = Reduction{
	Name:     "quickCrossEntropy",
	Func:     "BetweenCounts",
	Args:     []string{"p", "q"},
	Pad:      []float64{0, 1},
	Numbers:  true,
	Ordinary: true,
	Step:     CrossEntropyOfCounts.Step,
}

// IrregularQ sums max(p, q) where q is less than 2**-200, which the quick texts of logarithms are not right for but where both are 0,
// times 2**500 where q is 0. IrregularEither regards the lesser of p and q. Counts are at most 2**200.
var (
	IrregularQ = irregular("irregularQ", func(p, q Vec) Vec { return q })

	IrregularEither = irregular("irregularEither", Vec.Min)
)

func irregular(name string, low func(p, q Vec) Vec) Reduction {
	return Reduction{
		Name:     name,
		Func:     "BetweenCounts",
		Args:     []string{"p", "q"},
		Pad:      []float64{0, 0},
		Numbers:  true,
		Ordinary: true,
		Step: func(b *Builder, sum Vec, x ...Vec) Vec {
			low, zero := low(x[0], x[1]), b.Const(0)
			high := x[0].Max(x[1])
			high = low.Equal(zero).Select(b.PowerOfTwo(500), b.Const(1)).Mul(high)
			return sum.Add(low.Less(b.PowerOfTwo(-200)).Select(high, zero))
		},
	}
}

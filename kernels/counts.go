package kernels

// Counts have shares x/P and y/Q of their totals. The measures of two vectors are homogeneous: any common multiple of the
// shares will do, and the sum is divided by it at the end. Where a multiple has exact products p = x·m₀ and q = y·m₁,
// the texts of the measures apply as they are. Otherwise m₀ is a power of two and m₁ + m₂ the other factor: q is rounded,
// and every difference of p and q is corrected by what q lost.

// onShares is a measure's text for the shares of counts, of which the model has the factors.
func onShares(r Reduction, name string, rounded bool) Reduction {
	on := func(step Step) Step {
		if step == nil {
			return nil
		}
		return func(b *Builder, sum Vec, x ...Vec) Vec {
			p, q := x[0].Mul(b.Element(0)), x[1].Mul(b.Element(1))
			b.zeroPads = true
			if rounded {
				surplus := x[1].NegMulAdd(b.Element(2), x[1].NegMulAdd(b.Element(1), q))
				b.surplus = &surplus
			}
			return step(b, sum, p, q)
		}
	}
	return Reduction{
		Name:    r.Name + name,
		Func:    r.Func,
		Args:    r.Args,
		Pad:     []float64{0, 0}, // any other pair would not have equal shares
		Numbers: true,
		Near:    on(r.Near),
		Step:    on(r.Step),
	}
}

func exactShares(r Reduction) Reduction   { return onShares(r, "Shares", false) }
func roundedShares(r Reduction) Reduction { return onShares(r, "RoundedShares", true) }

// surplusFactor is what the surplus counts in p-q·2**k, or in q-p·2**k.
func (b *Builder) surplusFactor(k Int) Vec {
	power := k.Add(b.Const(1).AsInt()).AsFloat()
	if b.qOverP != nil {
		return b.qOverP.Select(b.Const(-1), power)
	}
	return power
}

// scaleSurplus is for a text that goes on with scaled inputs.
func (b *Builder) scaleSurplus(scale Vec) {
	if b.surplus != nil {
		scaled := b.surplus.Mul(scale)
		b.surplus = &scaled
	}
}

// EntropyOfCounts sums x·log(P/x), P the model's number: every term is >= 0 where x <= P.
var EntropyOfCounts = Reduction{
	Name:    "entropyOfCounts",
	Func:    "EntropyOfCounts",
	Args:    []string{"p"},
	Pad:     []float64{0},
	Numbers: true,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		return entropyStep(b, sum, b.Element(0), x[0])
	},
}

// CrossEntropyOfCounts sums x·log(Q/y), Q the model's number.
var CrossEntropyOfCounts = Reduction{
	Name:    "crossEntropyOfCounts",
	Func:    "BetweenCounts",
	Args:    []string{"p", "q"},
	Pad:     []float64{0, 1},
	Numbers: true,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		return crossEntropyStep(b, sum, b.Element(0), x[0], x[1])
	},
}

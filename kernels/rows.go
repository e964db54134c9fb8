package kernels

import "math"

// Rows of logits a, divided by a temperature T: with m the largest, log Σ exp(a/T) is m/T + log Σ exp((a-m)/T), and never overflows. Of the
// sum, the terms of elements that are m are counted, and the others are added: log(count + rest) keeps its relative accuracy where one
// element is far above the others. Masked elements are -Inf. Numbers are m and 1/T, and others where a kernel says so.

// decay is e**x for x <= 0, but 0 where that is less than 2**-1021 (2**-125). The relative error is below 2**-52 (float64), or
// 2**-23 - x·2**-28 (float32, which takes ln 2 as one constant).
func (b *Builder) decay(x Vec) Vec {
	lowest, reduce := -708., b.modLn2
	if b.Type == F32 {
		lowest, reduce = -87, b.nearlyModLn2
	}
	n, _, r := reduce(x)
	return x.Less(b.Const(lowest)).Select(b.Const(0), b.expNearZero(r).Mul(b.power(n)))
}

// number is x with the bits of NaN that are the same everywhere.
func (b *Builder) number(x Vec) Vec { return x.Equal(x).Select(x, b.Const(math.NaN())) }

// The largest elements of a row, and of two: NaN does not count, and a row of nothing else has -Inf.
var (
	masked = math.Inf(-1)
	_      = Declare(Kernel{
		Name: "rowLargest", Side: true, Func: "LogSumExp", Args: []string{"a"}, Pad: []float64{masked},
		Outputs: []Output{{Name: "most", Most: true}},
		Step:    func(b *Builder, out []Vec, x ...Vec) []Vec { return []Vec{b.larger(out[0], x[0])} },
	})
	_ = Declare(Kernel{
		Name: "rowsLargest", Side: true, Func: "KullbackLeibler", Args: []string{"a", "b"}, Pad: []float64{masked, masked},
		Outputs: []Output{{Name: "a", Most: true}, {Name: "b", Most: true}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			return []Vec{b.larger(out[0], x[0]), b.larger(out[1], x[1])}
		},
	})
)

// larger is the larger one of m and x, or m where x is NaN, which is never -0. The next element waits for this operation only.
func (b *Builder) larger(m, x Vec) Vec { return x.Add(b.Const(0)).Larger(m) }

// The sums of exponentials, and those themselves.
var (
	rowSums  = []Output{{Name: "rest"}, {Name: "top"}}
	rowTerms = Output{Name: "terms", Element: true}
	_        = Declare(Kernel{
		Name: "rowExp", Side: true, Func: "LogSumExp", Args: []string{"a"}, Pad: []float64{masked}, Narrow: true, Numbers: 2, Outputs: rowSums,
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowExp(out, x[0])[1:] },
	})
	_ = Declare(Kernel{
		Name: "rowExpTerms", Side: true, Func: "Softmax", Args: []string{"a"}, Pad: []float64{masked}, Narrow: true, Numbers: 2,
		Outputs: append([]Output{rowTerms}, rowSums...),
		Step:    func(b *Builder, out []Vec, x ...Vec) []Vec { return b.rowExp(out, x[0]) },
	})
)

// rowExp is the term, the rest and the count of the largest.
func (b *Builder) rowExp(out []Vec, a Vec) []Vec {
	gap := a.Sub(b.Element(0)).Mul(b.Element(1))
	term, top := b.decay(gap), gap.Equal(b.Const(0))
	zero := b.Const(0)
	return []Vec{term, out[0].Add(top.Select(zero, term)), out[1].Add(top.Select(b.Const(1), zero))}
}

// Terms a times the first number, plus the second one.
var _ = Declare(Kernel{
	Name: "rowScaled", Side: true, Func: "Softmax", Args: []string{"a"}, Pad: []float64{0}, Narrow: true, Numbers: 2,
	Outputs: []Output{rowTerms},
	Step: func(b *Builder, _ []Vec, x ...Vec) []Vec {
		return []Vec{b.number(x[0].MulAdd(b.Element(0), b.Element(1)))}
	},
})

// (a-m)/T less the third number, the logarithm of the sum.
var _ = Declare(Kernel{
	Name: "rowLogShares", Side: true, Func: "LogSoftmax", Args: []string{"a"}, Pad: []float64{0}, Numbers: 3,
	Outputs: []Output{rowTerms},
	Step: func(b *Builder, _ []Vec, x ...Vec) []Vec {
		return []Vec{b.number(x[0].Sub(b.Element(0)).Mul(b.Element(1)).Sub(b.Element(2)))}
	},
})

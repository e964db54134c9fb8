package kernels

import "math"

// The logarithm of a sum of exponentials, log Σ exp(a), of many sums side by side: the arrays hold one element of each. A
// sum is kept as its largest term and the rest, m = max a and s = Σ exp(a - m) without that one, so that log Σ exp(a) is
// m + log(1+s), never overflows, and keeps its relative accuracy also where m is 0.

// SumExp is s after one more term a, for m before it: exp(-|a-m|) is what the smaller one of a and m is of the larger. Less
// than 2**-1021 of it counts as 0, and so does a term where a or m is NaN, or both are the same infinity.
var SumExp = Map{
	Name: "sumExp",
	Args: []string{"s", "a", "m"},
	Pad:  []float64{0, 0, 0},
	Step: func(b *Builder, x ...Vec) Vec {
		s, a, m := x[0], x[1], x[2]
		gap := b.Const(0).Sub(a.Sub(m).Abs())
		e := b.reduceExp(gap)
		term := e.part.Mul(b.power(e.n))
		term = b.Const(-708).LessEqual(gap).Select(term, b.Const(0))
		return m.Less(a).Select(s.MulAdd(term, term), s.Add(term))
	},
}

// Largest is m after one more term a: the larger one, or NaN if one of them is.
var Largest = Map{
	Name: "largest",
	Args: []string{"a", "m"},
	Pad:  []float64{0, 0},
	Step: func(b *Builder, x ...Vec) Vec {
		a, m := x[0], x[1]
		larger := m.Less(a).Select(a, m)
		return a.Equal(a).Select(larger, b.Const(math.NaN()))
	},
}

// LogSumExp is m + log(1+s) for s >= 0; m where it is infinite.
var LogSumExp = Map{
	Name: "logSumExp",
	Args: []string{"m", "s"},
	Pad:  []float64{0, 0},
	Step: func(b *Builder, x ...Vec) Vec {
		m, s := x[0], x[1]
		sum := m.Add(b.log1p(s))
		sum = m.Abs().Less(b.Const(math.Inf(1))).Select(sum, m)
		return sum.Equal(sum).Select(sum, b.Const(math.NaN()))
	},
}

// log1p is log(1+s) for s >= 0 below 2**1020. 1+s is rounded where only its size matters: 1-q'+s is exact in the near.
func (b *Builder) log1p(s Vec) Vec {
	one := b.Const(1)
	p := one.Add(s)
	k := b.exponentGap(p, one)
	q := one.AsInt().Add(k).AsFloat()
	return logarithm{b: b, k: k.ExponentToFloat(), s: one.Sub(q).Add(s).Div(p.Add(q))}.value()
}

// SoftmaxScale is what the largest term is of the sum, 1/(1+s); NaN where m is infinite or NaN.
var SoftmaxScale = Map{
	Name: "softmaxScale",
	Args: []string{"m", "s"},
	Pad:  []float64{0, 0},
	Step: func(b *Builder, x ...Vec) Vec {
		m, s := x[0], x[1]
		share := b.Const(1).Div(b.Const(1).Add(s))
		return m.Abs().Less(b.Const(math.Inf(1))).Select(share, b.Const(math.NaN()))
	},
}

// Softmax is what a term is of the sum, exp(a-m)·scale.
var Softmax = Map{
	Name: "softmax",
	Args: []string{"a", "m", "scale"},
	Pad:  []float64{0, 0, 0},
	Step: func(b *Builder, x ...Vec) Vec {
		a, m, scale := x[0], x[1], x[2]
		share := b.exp(a.Sub(m)).Mul(scale)
		return share.Equal(share).Select(share, b.Const(math.NaN()))
	},
}

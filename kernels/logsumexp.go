package kernels

import "math"

// The logarithm of a sum of exponentials, log Σ exp(a), of many sums side by side: the arrays hold one element of each. First
// the largest term m of each is found, then the rest s = Σ exp(a - m) without that one, so that log Σ exp(a) is m + log(1+s),
// never overflows, and keeps its relative accuracy also where m is 0.
//
// Until the largest term has been left out of s, once, the sign of s is set: -0 is a sum of nothing.

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

// ExpTerm is what a term a is of the largest one m: exp(a-m), but 0 where that is less than 2**-1021, a or m is NaN, or both are the
// same infinity.
var ExpTerm = Map{
	Name: "expTerm",
	Args: []string{"a", "m"},
	Pad:  []float64{0, 0},
	Step: func(b *Builder, x ...Vec) Vec { return b.expTerm(x[0], x[1]) },
}

func (b *Builder) expTerm(a, m Vec) Vec {
	gap := a.Sub(m)
	e := b.reduceExp(gap)
	term := e.part.Mul(b.power(e.n))
	return b.Const(-708).LessEqual(gap).Select(term, b.Const(0))
}

// FirstTerm is s after the first term a of a group of terms: the sum is that of the group. NextTerm is s after one more.
var (
	FirstTerm = Map{
		Name: "firstTerm",
		Args: []string{"s", "a", "m"},
		Pad:  []float64{0, 0, 0},
		Step: func(b *Builder, x ...Vec) Vec {
			return b.oneTermMore(x[0], x[1], x[2], b.Const(0), func(term Vec) Vec { return term })
		},
	}
	NextTerm = Map{
		Name: "nextTerm",
		Args: []string{"s", "a", "m"},
		Pad:  []float64{0, 0, 0},
		Step: func(b *Builder, x ...Vec) Vec { return b.oneTermMore(x[0], x[1], x[2], x[0].Abs(), x[0].Add) },
	}
)

// oneTermMore adds the term a with the sign of s, or leaves out the largest one.
func (b *Builder) oneTermMore(s, a, m, without Vec, add func(term Vec) Vec) Vec {
	sign := s.AsInt().And(b.SignBit())
	waits := b.Const(1).AsInt().Add(sign).AsFloat().Less(b.Const(0))
	with := add(b.expTerm(a, m).AsInt().Add(sign).AsFloat())
	return a.Equal(m).And(waits).Select(without, with)
}

// GroupTotal is the sum of groups and a group's s.
var GroupTotal = Map{
	Name: "groupTotal",
	Args: []string{"p", "s"},
	Pad:  []float64{0, 0},
	Step: func(b *Builder, x ...Vec) Vec { return x[0].Add(x[1].Abs()) },
}

// LogSumExp is m + log(1+|s|); m where it is infinite.
var LogSumExp = Map{
	Name: "logSumExp",
	Args: []string{"m", "s"},
	Pad:  []float64{0, 0},
	Step: func(b *Builder, x ...Vec) Vec {
		m, s := x[0], x[1].Abs()
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

// SoftmaxScale is what the largest term is of the sum, 1/(1+|s|); NaN where m is infinite or NaN.
var SoftmaxScale = Map{
	Name: "softmaxScale",
	Args: []string{"m", "s"},
	Pad:  []float64{0, 0},
	Step: func(b *Builder, x ...Vec) Vec {
		m, s := x[0], x[1].Abs()
		share := b.Const(1).Div(b.Const(1).Add(s))
		return m.Abs().Less(b.Const(math.Inf(1))).Select(share, b.Const(math.NaN()))
	},
}

// Softmax is what a term is of the sum, exp(a-m)·scale.
var Softmax = Map{
	Name: "softmax",
	Args: []string{"a", "m", "scale"},
	Pad:  []float64{0, 0, 0},

	Usual: func(b *Builder, x ...Vec) {
		b.guardUsualExponent(x[0].Sub(x[1]))
		b.GuardBetween(x[2], -200, 1)
	},
	Step: func(b *Builder, x ...Vec) Vec {
		a, m, scale := x[0], x[1], x[2]
		share := b.exp(a.Sub(m)).Mul(scale)
		if b.usual {
			return share
		}
		return share.Equal(share).Select(share, b.Const(math.NaN()))
	},
}

package kernels

import "math"

// The terms as scipy.special has them: entr, rel_entr, kl_div. Outside their domain they are -Inf, +Inf and +Inf, not NaN.

// EntropyTerms is -p·log(p); 0 at 0.
var EntropyTerms = Map{
	Name: "entropyTerms",
	Args: []string{"p"},
	Pad:  []float64{0},

	Narrow: true,
	Usual:  usualOrZero,
	Step: func(b *Builder, x ...Vec) Vec {
		p := x[0]
		if b.usual {
			one := b.Const(1)
			return b.fixed(p.Mul(b.reduce(one, one, p.Max(b.MinNormal())).value()))
		}
		zero, inf := b.Const(0), b.Const(math.Inf(1))
		term := p.Mul(b.zeroLog(b.Const(1), p, p))
		outside := p.Less(zero).Or(inf.LessEqual(p))
		return b.fixed(outside.Select(b.Const(math.Inf(-1)), term))
	},
}

// KLTerms is p·log(p/q); 0 at p = 0.
var KLTerms = Map{
	Name: "klTerms",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 1},

	Narrow: true,
	Usual:  usualOrZero,
	Step: func(b *Builder, x ...Vec) Vec {
		p, q := x[0], x[1]
		if b.usual {
			return b.fixed(p.Mul(b.reduce(p, p.Max(b.MinNormal()), q).value()))
		}
		zero, inf := b.Const(0), b.Const(math.Inf(1))
		term := b.outside(p.Mul(b.logRatio(p, q).value()), p, q)
		// Where one of them is infinite, the logarithm has that sign; 0·log(0/Inf) is 0.
		term = inf.LessEqual(p).And(q.Less(inf)).And(zero.LessEqual(q)).Select(inf, term)
		infiniteQ := inf.LessEqual(q)
		term = infiniteQ.And(zero.Less(p)).And(p.Less(inf)).Select(b.Const(math.Inf(-1)), term)
		return b.fixed(infiniteQ.And(p.Equal(zero)).Select(zero, term))
	},
}

// GeneralizedKLTerms is p·log(p/q) - p + q; q at p = 0.
var GeneralizedKLTerms = Map{
	Name: "generalizedKLTerms",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},

	Narrow: true,
	Usual:  usualOrZero,
	Step: func(b *Builder, x ...Vec) Vec {
		p, q := x[0], x[1]
		if b.usual {
			return b.fixed(b.reduce(p, p.Max(b.MinNormal()), q).excess(p, q))
		}
		zero, inf := b.Const(0), b.Const(math.Inf(1))
		term := b.outside(b.excess(p, q), p, q)
		term = zero.Less(p).And(q.Equal(zero)).Select(inf, term) // an infinite p, too
		return b.fixed(inf.LessEqual(q).And(zero.LessEqual(p)).And(p.Less(inf)).Select(inf, term))
	},
}

// fixed is x with the bits of NaN and of 0 that are the same everywhere, and no -0.
func (b *Builder) fixed(x Vec) Vec {
	if b.usual {
		return x.Add(b.Const(0)) // usual elements give no NaN
	}
	return x.Equal(x).Select(x.Add(b.Const(0)), b.Const(math.NaN()))
}

// outside puts +Inf where p or q is negative and neither is NaN.
func (b *Builder) outside(term, p, q Vec) Vec {
	zero := b.Const(0)
	numbers := p.Equal(p).And(q.Equal(q))
	return p.Less(zero).Or(q.Less(zero)).And(numbers).Select(b.Const(math.Inf(1)), term)
}

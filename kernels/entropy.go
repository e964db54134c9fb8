package kernels

import "math"

// Entropy sums -p·log(p) (B.3).
var Entropy = Reduction{
	Name:     "entropy",
	Func:     "Entropy",
	Args:     []string{"p"},
	Pad:      []float64{0},
	Measures: []Measure{{Name: "ShannonEntropy", Func: "Entropy"}},
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p := x[0]
		if b.Careful {
			return p.MulAdd(b.zeroLog(p, p), sum)
		}
		b.GuardSignClear(p) // infinity and NaN go into the sum
		return p.MulAdd(b.negLog(b.lift(p)), sum)
	},
}

// CrossEntropy sums -p·log(q) (B.2).
var CrossEntropy = Reduction{
	Name:     "crossEntropy",
	Func:     "CrossEntropy",
	Args:     []string{"p", "q"},
	Pad:      []float64{0, 1},
	Measures: []Measure{{Name: "CE", Func: "CrossEntropy"}},
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		if b.Careful {
			return p.MulAdd(b.zeroLog(p, q), sum)
		}
		b.GuardSignClear(p)
		q = b.besideZero(p, p.Max(b.MinNormal()), q, b.Type.MaxExponent())
		return p.MulAdd(b.negLog(q), sum)
	},
}

// zeroLog is -log(q) as the factor of p: finite where p is 0, NaN where p or q is not a number >= 0.
func (b *Builder) zeroLog(p, q Vec) Vec {
	q = p.LessEqual(b.Const(0)).And(b.nonNegative(q)).Select(b.Const(1), q)
	return b.nonNegative(p).Select(b.negLog(q), b.Const(math.NaN()))
}

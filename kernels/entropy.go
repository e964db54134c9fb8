package kernels

import "math"

// Entropy sums -p·log(p) (B.3).
var Entropy = Reduction{
	Name: "entropy",
	Func: "Entropy",
	Args: []string{"p"},
	Pad:  []float64{0},
	Measures: []Measure{{
		Number: 3, Func: "Entropy", Gradient: EntropyGradient, Formula: "-log(p) - 1",
		Shares: &Shares{Form: OfOne, Finish: FinishValue},
	}},
	Small: smallFirst,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		return entropyStep(b, sum, b.Const(1), x[0])
	},
}

// entropyStep adds p·log(one/p).
func entropyStep(b *Builder, sum, one, p Vec) Vec {
	if b.Careful {
		return p.MulAdd(b.zeroLog(one, p, p), sum)
	}
	b.GuardSignClear(p) // infinity and NaN go into the sum
	return p.MulAdd(b.negLog(one, b.lift(p)), sum)
}

// CrossEntropy sums -p·log(q) (B.2).
var CrossEntropy = Reduction{
	Name: "crossEntropy",
	Func: "CrossEntropy",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 1},
	Measures: []Measure{{
		Number: 4, Func: "CrossEntropy", Gradient: CrossEntropyGradient, Formula: "-log(q), -p/q",
		Shares: &Shares{Form: OfLogarithms, Finish: FinishValue},
		Bound:  &Bound{Slope: "1", Logarithms: true, Part: PartCrossed},
	}},
	Small:    smallFirst,
	Infinite: zeroQ,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		return crossEntropyStep(b, sum, b.Const(1), x[0], x[1])
	},
}

// crossEntropyStep adds p·log(one/q).
func crossEntropyStep(b *Builder, sum, one, p, q Vec) Vec {
	if b.Careful {
		return p.MulAdd(b.zeroLog(one, p, q), sum)
	}
	if !b.ordinary {
		b.GuardSignClear(p)
		q = b.besideZero(p, p.Max(b.MinNormal()), q, b.minExponent(), b.Type.MaxExponent())
	}
	return p.MulAdd(b.negLog(one, q), sum)
}

// zeroLog is log(one/q) as the factor of p: finite where p is 0, NaN where p or q is not a number >= 0.
func (b *Builder) zeroLog(one, p, q Vec) Vec {
	q = p.LessEqual(b.Const(0)).And(b.nonNegative(q)).Select(one, q)
	return b.nonNegative(p).Select(b.negLog(one, q), b.Const(math.NaN()))
}

package kernels

// KL sums p·log(p/q) (B.1).
var KL = Reduction{
	Name: "kl",
	Func: "KullbackLeibler",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 1},
	Measures: []Measure{{
		Number: 1, Func: "KullbackLeibler", Degree: 1, Gradient: KLGradient, Formula: "log(p/q) + 1, -p/q",
		Shares: &Shares{Form: OfDifferences, Sum: "generalizedKL", Zeros: "irregularQ", Second: NoSecond, Finish: FinishExcess},
		Bound:  &Bound{Slope: "1", Logarithms: true, Part: PartNegative},
	}},
	Small:    smallFirst,
	Infinite: zeroQ,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		return p.MulAdd(b.logRatio(p, q).value(), sum)
	},
}

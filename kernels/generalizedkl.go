package kernels

// GeneralizedKL sums p·log(p/q) - p + q, every term >= 0.
var GeneralizedKL = Reduction{
	Name: "generalizedKL",
	Func: "GeneralizedKullbackLeibler",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Measures: []Measure{{
		Number: 2, Func: "GeneralizedKullbackLeibler", Degree: 1, Gradient: GeneralizedKLGradient, Formula: "log(p/q), (q-p)/q",
		Shares: &Shares{Form: OfDifferences, Sum: "generalizedKL", Zeros: "irregularQ", Second: NoSecond, Finish: FinishValue},
		Bound:  &Bound{Slope: "1", Logarithms: true, Part: PartSums},
	}},
	Small:    smallFirst,
	Infinite: zeroQ,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		return sum.Add(b.excess(p, q))
	},
}

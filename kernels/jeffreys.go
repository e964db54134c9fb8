package kernels

// Jeffreys sums (p-q)·log(p/q), every term >= 0: KL both ways, and the PSI of bin shares.
var Jeffreys = Reduction{
	Name: "jeffreys",
	Func: "Jeffreys",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Measures: []Measure{{
		Number: 7, Func: "Jeffreys", Symmetric: true, Degree: 1, Gradient: JeffreysGradient, Formula: "log(p/q) + (p-q)/p, log(q/p) + (q-p)/q",
		Shares: &Shares{Form: OfDifferences, Sum: "jeffreys", Zeros: "irregularEither", Second: NoSecond, Finish: FinishValue},
		Bound:  &Bound{Slope: "4", Part: NoPart},
	}},
	Small: smallTotal,
	Infinite: func(b *Builder, x ...Vec) {
		b.guardElement(x[0])
		b.guardElement(x[1])
		b.guardSomeZero(x[0].Min(x[1]), x[0].Max(x[1]))
	},
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		if b.counts != nil {
			return b.gap(p, q).Abs().MulAdd(b.logRatio(p, q).value().Abs(), sum)
		}
		// The larger over the smaller, so that the sum is symmetric to the bit. Which of two zeros is the larger, nobody says;
		// the guards must not depend on it.
		large, small, l := p.Max(q), p.Min(q), logarithm{}
		if b.surplus != nil {
			less := p.Less(q)
			b.qOverP = &less
		}
		if b.Careful {
			l = b.carefulLogRatio(large, small)
		} else {
			b.GuardSignClear(p)
			b.GuardSignClear(q)
			l = b.guardedLogRatio(large, small)
		}
		log := l.value()
		if b.surplus != nil { // it may decide which is the larger
			log = log.Abs()
		}
		return b.gap(p, q).Abs().MulAdd(log, sum)
	},
}

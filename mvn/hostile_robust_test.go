package mvn

import (
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/hostile"
)

func (h arguments) studentT(d int) *StudentT {
	return must(h.given(d).StudentT(1 + float64(h.Below(5))))
}

// addRobust adds calls of what is made for far rows and for missing elements.
func addRobust[F float32 | float64](of adder, plain plainAdder, rows func(h arguments) relent.Matrix[F]) {
	run := func(h arguments) relent.Run { return relent.Run{Workers: h.Workers()} }
	nu := func(h arguments) float64 { return hostile.Float[float64](h.Trial) }
	s := func(h arguments) *StudentT { return h.studentT(h.Cols) }
	of("NewStudentT", func(h arguments) error { return failed(NewStudentT(h.vector(h.Cols), h.symmetric(h.Cols), nu(h))) })
	of("Normal.StudentT", func(h arguments) error { return failed(h.given(h.Cols).StudentT(nu(h))) })
	plain("StudentT.Location", func(h arguments) { s(h).Location(h.results(h.Cols)) })
	plain("StudentT.CovarianceMatrix", func(h arguments) { s(h).CovarianceMatrix(h.symDense()) })
	of("StudentT.MarginalStudentT", func(h arguments) error {
		return failed(s(h).MarginalStudentT([]int{h.Number(), h.Number()}[:h.Below(3)]))
	})
	plain("StudentT.Mean", func(h arguments) { s(h).Mean(h.results(h.Cols)) })
	plain("StudentT.Rand", func(h arguments) { s(h).Rand(h.results(h.Cols), seed("hostile")) })
	plain("StudentT.RandRows", func(h arguments) { s(h).RandRows(h.dense(h.Rows, h.Cols), nil) })
	of("StudentT.ConditionStudentT", func(h arguments) error {
		list := []int{h.Number(), h.Number()}[:h.Below(3)]
		return failed(s(h).ConditionStudentT(list, h.vector(len(list))))
	})
	of("StudentT.UnmarshalJSON", func(h arguments) error { return new(StudentT).UnmarshalJSON(h.encoded(s(h).MarshalJSON())) })
	of("Normal.UnmarshalJSON", func(h arguments) error { return new(Normal).UnmarshalJSON(h.encoded(h.given(h.Cols).MarshalJSON())) })
	of("Mixture.UnmarshalJSON", func(h arguments) error { return new(Mixture).UnmarshalJSON(h.encoded(h.mixture(h.Cols).MarshalJSON())) })
	plain("StudentT.LogProb", func(h arguments) { s(h).LogProb(h.vector(h.Cols)) })
	plain("StudentT.Prob", func(h arguments) { s(h).Prob(h.vector(h.Cols)) })
	plain("StudentT.LogProbRows", func(h arguments) { s(h).LogProbRows(h.results(h.Rows), h.dense(h.Rows, h.Cols), run(h)) })
	plain("StudentTLogProbRows", func(h arguments) {
		t := s(h)
		if h.Below(24) == 0 {
			t = nil
		}
		StudentTLogProbRows(hostile.Dst[F](h.Trial, h.Rows), t, rows(h), run(h))
	})
	of("StudentT.AppendBinary", func(h arguments) error { return failed(s(h).AppendBinary(make([]byte, h.Below(9)))) })
	of("StudentT.UnmarshalBinary", func(h arguments) error { return new(StudentT).UnmarshalBinary(h.encoded(s(h).MarshalBinary())) })
	options := func(h arguments) StudentTOptions {
		o := StudentTOptions{Nu: float64(h.Below(3)), Iterations: h.Below(4) - 1}
		switch h.Below(4) {
		case 0:
			o.Nu, o.Tolerance = nu(h), nu(h)
		case 1:
			o.Weights = h.variances(h.Rows)
		}
		return o
	}
	of("FitStudentT", func(h arguments) error { return third(FitStudentT(h.dense(h.Rows, h.Cols), options(h), run(h))) })
	robust := func(h arguments) RobustOptions {
		o := RobustOptions{Starts: 1 + h.Below(3), Seed: uint64(h.Number())}
		if h.Below(3) == 0 {
			o.Rows, o.Starts = h.Number(), h.Below(3)-1
		}
		return o
	}
	of("FitRobust", func(h arguments) error { return third(FitRobust(h.dense(h.Rows, h.Cols), robust(h), run(h))) })
	of("FitRobustRows", func(h arguments) error { return third(FitRobustRows(rows(h), robust(h), run(h))) })
	plain("Normal.ObservedLogProb", func(h arguments) { h.given(h.Cols).ObservedLogProb(h.vector(h.Cols)) })
	plain("Normal.ObservedLogProbRows", func(h arguments) {
		h.given(h.Cols).ObservedLogProbRows(h.results(h.Rows), h.dense(h.Rows, h.Cols), run(h))
	})
	plain("ObservedLogProbRows", func(h arguments) {
		ObservedLogProbRows(hostile.Dst[F](h.Trial, h.Rows), h.normal(h.Cols), rows(h), run(h))
	})
	missing := func(h arguments) MissingOptions {
		o := MissingOptions{Iterations: h.Below(4) - 1}
		switch h.Below(3) {
		case 0:
			o.Tolerance = nu(h)
		case 1:
			o.Weights = h.variances(h.Rows)
		}
		return o
	}
	of("FitMissing", func(h arguments) error { return third(FitMissing(h.dense(h.Rows, h.Cols), missing(h), run(h))) })
	of("FitMissingRows", func(h arguments) error { return third(FitMissingRows(rows(h), missing(h), run(h))) })
	of("Normal.Conditional", func(h arguments) error {
		return failed(h.given(h.Cols).Conditional([]int{h.Number(), h.Number()}[:h.Below(3)]))
	})
	of("Mixture.Conditional", func(h arguments) error {
		return failed(h.mixture(h.Cols).Conditional([]int{h.Number(), h.Number()}[:h.Below(3)]))
	})
	given := func(h arguments) *MixtureConditional {
		n := NewNormalStandard(max(2, h.Cols))
		return must(must(NewMixture([]float64{0.5, 0.5}, []*Normal{n, n})).Conditional([]int{0}))
	}
	plain("MixtureConditional.MeanRows", func(h arguments) { given(h).MeanRows(h.dense(h.Rows, h.Cols-1), h.dense(h.Rows, 1), run(h)) })
	plain("MixtureConditional.LogProbRows", func(h arguments) { given(h).LogProbRows(h.results(h.Rows), h.dense(h.Rows, h.Cols), run(h)) })
	c := func(h arguments) *Conditional { return must(NewNormalStandard(max(2, h.Cols)).Conditional([]int{0})) }
	plain("Conditional.CovarianceMatrix", func(h arguments) { c(h).CovarianceMatrix(h.symDense()) })
	plain("Conditional.MeanRows", func(h arguments) { c(h).MeanRows(h.dense(h.Rows, h.Cols-1), h.dense(h.Rows, 1), run(h)) })
	plain("Conditional.LogProbRows", func(h arguments) { c(h).LogProbRows(h.results(h.Rows), h.dense(h.Rows, h.Cols), run(h)) })
	of("FitStudentTRows", func(h arguments) error { return third(FitStudentTRows(rows(h), options(h), run(h))) })
}

package mvn

import (
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/hostile"
	"gonum.org/v1/gonum/mat"
)

// moments are of about d columns, of some rows, or of none.
func (h arguments) moments(d int) *Moments {
	m := NewMoments(max(1, d), MissingPolicy(h.Below(2)))
	if h.Below(2) == 0 {
		if err := MomentsAddRows(m, relent.Matrix[float64](seed("moments").dense(9, m.Dim()).RawMatrix()), nil, relent.Run{}); err != nil {
			panic(err)
		}
	}
	return m
}

// symDense is a place for a covariance, or nil.
func (h arguments) symDense() *mat.SymDense {
	return []*mat.SymDense{nil, {}, mat.NewSymDense(1, nil), mat.NewSymDense(3, nil)}[h.Below(4)]
}

// encoded are the bytes of something, which are changed somewhere, for the most part.
func (h arguments) encoded(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	switch h.Below(3) {
	case 0:
		data[h.Below(len(data))] ^= byte(1 << h.Below(8))
	case 1:
		data = data[:h.Below(len(data))]
	}
	return data
}

// addModels adds calls of what models are learnt and kept with.
func addModels[F float32 | float64](of adder, plain plainAdder, rows func(h arguments) relent.Matrix[F]) {
	run := func(h arguments) relent.Run { return relent.Run{Workers: h.Workers()} }
	weights := func(h arguments) []float64 { return h.variances(h.Rows) }
	second := func(h arguments) *LedoitWolf {
		m := h.moments(h.Cols)
		must(0, MomentsAddRows(m, relent.Matrix[float64](seed("rows").dense(9, m.Dim()).RawMatrix()), nil, relent.Run{}))
		return must(NewLedoitWolf(m))
	}
	of("FitRows", func(h arguments) error { return failed(FitRows(rows(h), weights(h), run(h))) })
	of("FitShrunkRows", func(h arguments) error {
		_, _, err := FitShrunkRows(rows(h), weights(h), run(h))
		return err
	})
	plain("NewMoments", func(h arguments) {
		if d := h.Number(); d < 100 {
			NewMoments(d, MissingPolicy(h.Below(4)))
		}
	})
	of("Moments.AddRows", func(h arguments) error { return h.moments(h.Cols).AddRows(h.dense(h.Rows, h.Cols), weights(h), run(h)) })
	of("MomentsAddRows", func(h arguments) error {
		m := h.moments(h.Cols)
		if h.Below(12) == 0 {
			m = nil
		}
		return MomentsAddRows(m, rows(h), weights(h), run(h))
	})
	of("Moments.AddBlocks", func(h arguments) error { return h.moments(h.Cols).AddBlocks(h.dense(h.Rows, h.Cols), run(h)) })
	of("MomentsAddBlocks", func(h arguments) error { return MomentsAddBlocks(h.moments(h.Cols), rows(h), run(h)) })
	of("Moments.Merge", func(h arguments) error { return h.moments(h.Cols).Merge(h.moments(h.Rows)) })
	plain("Moments.Mean", func(h arguments) { h.moments(h.Cols).Mean(h.results(h.Cols)) })
	of("Moments.Normal", func(h arguments) error {
		e := Estimate{Structure: Structure(h.Below(5)), MaximumLikelihood: h.Below(2) == 0}
		if h.Below(2) == 0 {
			e.Mean = h.vector(h.Cols)
		}
		return failed(h.moments(h.Cols).Normal(e))
	})
	of("Moments.AppendBinary", func(h arguments) error { return failed(h.moments(h.Cols).AppendBinary(make([]byte, h.Below(9)))) })
	of("Moments.UnmarshalBinary", func(h arguments) error {
		return new(Moments).UnmarshalBinary(h.encoded(h.moments(h.Cols).MarshalBinary()))
	})
	of("NewLedoitWolf", func(h arguments) error {
		if h.Below(12) == 0 {
			return failed(NewLedoitWolf(nil))
		}
		return failed(NewLedoitWolf(h.moments(h.Cols)))
	})
	of("LedoitWolf.AddRows", func(h arguments) error { return second(h).AddRows(h.dense(h.Rows, h.Cols), weights(h), run(h)) })
	of("LedoitWolfAddRows", func(h arguments) error { return LedoitWolfAddRows(second(h), rows(h), weights(h), run(h)) })
	options := func(h arguments) MixtureOptions {
		o := MixtureOptions{Structure: Structure(h.Below(5)), Iterations: 1 + h.Below(3), Starts: h.Below(3), Seed: uint64(h.Number())}
		switch h.Below(6) {
		case 0:
			o.Iterations = h.Below(5) - 2
		case 1:
			o.Tolerance, o.Floor = hostile.Float[float64](h.Trial), hostile.Float[float64](h.Trial)
		case 2:
			o.Start = h.mixture(h.Cols)
		case 3:
			o.MiniBatch = h.Below(4) - 1
		case 4:
			o.Weights = weights(h)
		}
		return o
	}
	of("FitMixture", func(h arguments) error {
		_, _, err := FitMixture(h.dense(h.Rows, h.Cols), h.Below(4), options(h), run(h))
		return err
	})
	of("FitMixtureRows", func(h arguments) error {
		_, _, err := FitMixtureRows(rows(h), h.Below(4), options(h), run(h))
		return err
	})
	of("FitMixtureBatches", func(h arguments) error {
		first, second, both, changing := Batch[F]{Rows: rows(h)}, Batch[F]{rows(h), weights(h)}, h.Below(2) == 0, h.Below(4) == 0
		batches := func(yield func(Batch[F], error) bool) {
			if changing {
				first, second = second, first
			}
			_ = yield(first, nil) && both && yield(second, nil)
		}
		if h.Below(12) == 0 {
			batches = nil
		}
		_, _, err := FitMixtureBatches(batches, h.Below(4), options(h), run(h))
		return err
	})
	of("KMeansPlusPlus", func(h arguments) error { return failed(KMeansPlusPlus(rows(h), h.Number(), 1)) })
	m := func(h arguments) *Mixture { return h.mixture(h.Cols) }
	v := func(h arguments) []float64 { return h.vector(h.Cols) }
	plain("Mixture.Weights", func(h arguments) { m(h).Weights(h.results(2)) })
	plain("Mixture.Component", func(h arguments) { m(h).Component(h.Number()) })
	plain("Mixture.Means", func(h arguments) { m(h).Means(h.dense(2, h.Cols)) })
	plain("Mixture.Mean", func(h arguments) { m(h).Mean(h.results(h.Cols)) })
	plain("Mixture.CovarianceMatrix", func(h arguments) {
		m(h).CovarianceMatrix(h.symDense())
	})
	plain("Mixture.Prob", func(h arguments) { m(h).Prob(v(h)) })
	plain("Mixture.Predict", func(h arguments) { m(h).Predict(v(h)) })
	plain("Mixture.Nearest", func(h arguments) { m(h).Nearest(v(h)) })
	plain("Mixture.NearestRows", func(h arguments) {
		m(h).NearestRows(hostile.Dst[int](h.Trial, h.Rows), h.results(h.Rows), h.dense(h.Rows, h.Cols), run(h))
	})
	plain("Mixture.SqMahalanobisRows", func(h arguments) {
		m(h).SqMahalanobisRows(h.dense(h.Rows, 2), h.dense(h.Rows, h.Cols), run(h))
	})
	plain("MixtureSqMahalanobisRows", func(h arguments) {
		MixtureSqMahalanobisRows(relent.Matrix[F](hostile.DstMatrix[F](h.Trial, h.Rows, 2)), m(h), rows(h), run(h))
	})
	plain("MixtureNearestRows", func(h arguments) {
		MixtureNearestRows(hostile.Dst[int](h.Trial, h.Rows), hostile.Dst[F](h.Trial, h.Rows), m(h), rows(h), run(h))
	})
	plain("Mixture.Responsibilities", func(h arguments) { m(h).Responsibilities(h.results(2), v(h)) })
	plain("Mixture.SqMahalanobis", func(h arguments) { m(h).SqMahalanobis(h.results(2), v(h)) })
	plain("Mixture.ScoreInput", func(h arguments) { m(h).ScoreInput(h.results(h.Cols), v(h)) })
	plain("Mixture.ScoreRows", func(h arguments) { m(h).ScoreRows(h.dense(h.Rows, h.Cols), h.dense(h.Rows, h.Cols), run(h)) })
	plain("MixtureScoreRows", func(h arguments) {
		MixtureScoreRows(relent.Matrix[F](hostile.DstMatrix[F](h.Trial, h.Rows, h.Cols)), m(h), rows(h), run(h))
	})
	variables := func(h arguments) []int {
		list := make([]int, h.Below(3))
		for i := range list {
			list[i] = h.Number()
		}
		return list
	}
	of("Mixture.MarginalMixture", func(h arguments) error { return failed(m(h).MarginalMixture(variables(h))) })
	of("Mixture.ConditionMixture", func(h arguments) error {
		list := variables(h)
		return failed(m(h).ConditionMixture(list, h.vector(len(list))))
	})
	plain("Mixture.Rand", func(h arguments) { m(h).Rand(h.results(h.Cols), seed("hostile")) })
	plain("Mixture.RandRows", func(h arguments) { m(h).RandRows(h.dense(h.Rows, h.Cols), nil) })
	normal := func(h arguments) *Normal { return h.given(h.Cols) }
	of("Normal.AppendBinary", func(h arguments) error { return failed(normal(h).AppendBinary(make([]byte, h.Below(9)))) })
	of("Normal.UnmarshalBinary", func(h arguments) error { return new(Normal).UnmarshalBinary(h.encoded(normal(h).MarshalBinary())) })
	of("Mixture.AppendBinary", func(h arguments) error { return failed(m(h).AppendBinary(make([]byte, h.Below(9)))) })
	of("Mixture.UnmarshalBinary", func(h arguments) error { return new(Mixture).UnmarshalBinary(h.encoded(m(h).MarshalBinary())) })
	plain("LedoitWolf.Merge", func(h arguments) {
		if second(h).Merge(second(h)); h.Below(4) == 0 {
			second(h).Merge(nil)
		}
	})
}

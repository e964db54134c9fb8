package mvn

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/hostile"
	"github.com/relent-go/relent/internal/sizes"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// Every function with a parameter either works or refuses, see package hostile.
func TestHostileShapes(t *testing.T) {
	memory := make([][]byte, 16)
	for i := range memory {
		memory[i] = make([]byte, 1<<16)
	}
	times := 1000
	if !deep() {
		times = 100
	}
	t.Run("f64", func(t *testing.T) { hostile.Run(t, ".", "mvn: ", times, memory, hostileCalls[float64]()) })
	t.Run("f32", func(t *testing.T) { hostile.Run(t, ".", "mvn: ", times, memory, hostileCalls[float32]()) })
}

// arguments are those of a trial.
type arguments struct{ *hostile.Trial }

func (h arguments) vector(n int) []float64  { return hostile.Vector[float64](h.Trial, n) }
func (h arguments) results(n int) []float64 { return hostile.Dst[float64](h.Trial, n) }

// dense is a matrix of about so many rows and columns, or an empty one, or nil.
func (h arguments) dense(rows, cols int) *mat.Dense {
	if h.Below(12) == 0 {
		return nil
	}
	m := hostile.Matrix[float64](h.Trial, rows, cols)
	if m.Rows < 1 || m.Cols < 1 || m.Stride < m.Cols {
		return &mat.Dense{} // gonum has no other
	}
	if span, ok := sizes.Span(m.Rows, m.Cols, m.Stride); !ok || len(m.Data) < span {
		return &mat.Dense{}
	}
	var x mat.Dense
	x.SetRawMatrix(blas64.General(m))
	return &x
}

// variances are a vector of positive numbers, for the most part.
func (h arguments) variances(n int) []float64 {
	x := h.vector(n)
	if h.Below(4) > 0 {
		for i := range x {
			x[i] = 1 + float64(i)
		}
	}
	return x
}

// symmetric is about d×d, and often that of a covariance; or nil.
func (h arguments) symmetric(d int) mat.Symmetric {
	switch h.Below(12) {
	case 0:
		return nil
	case 1:
		return (*mat.SymDense)(nil)
	case 2:
		return &mat.SymDense{}
	}
	v := h.variances(d)
	if len(v) == 0 {
		return &mat.SymDense{}
	}
	return mat.NewDiagDense(len(v), v)
}

// normal is a distribution of about d dimensions, of any form, or nil.
func (h arguments) normal(d int) *Normal {
	if h.Below(24) == 0 {
		return nil
	}
	return h.given(d)
}

func (h arguments) given(d int) *Normal {
	if d = max(1, d); h.Below(24) == 0 {
		d++
	}
	mean, variances := make([]float64, d), make([]float64, d)
	for i := range variances {
		variances[i] = 1 + float64(i)
	}
	diagonal := mat.NewDiagDense(d, variances)
	switch h.Below(6) {
	case 0:
		return must(NewNormal(mean, diagonal))
	case 1:
		return must(NewNormalPrecision(mean, diagonal))
	case 2:
		return must(NewNormalLowRank(mean, mat.NewDense(d, 1, nil), variances))
	case 3:
		return must(NewNormalSingular(mean, diagonal, 0))
	case 4:
		return NewNormalStandard(d)
	}
	return must(NewNormalDiagonal(mean, variances))
}

// mixture has two components.
func (h arguments) mixture(d int) *Mixture {
	means, variances := mat.NewDense(2, max(1, d), nil), []float64{1, 2}
	return must(NewSphericalMixture([]float64{0.5, 0.5}, means, variances))
}

func (h arguments) normals() []*Normal {
	list := make([]*Normal, h.Below(4))
	for i := range list {
		list[i] = h.normal(h.Cols)
	}
	return list
}

func hostileCalls[F float32 | float64]() map[string]hostile.Call {
	calls := map[string]hostile.Call{}
	// of makes calls of what returns an error, plain of what does not.
	of := func(name string, call func(h arguments) error) {
		calls[name] = func(t *hostile.Trial) error { return call(arguments{t}) }
	}
	plain := func(name string, call func(h arguments)) {
		of(name, func(h arguments) error { call(h); return nil })
	}
	addConstructors(of, plain)
	addMethods(of, plain)

	rows := func(h arguments) relent.Matrix[F] {
		return relent.Matrix[F](hostile.Matrix[F](h.Trial, h.Rows, h.Cols))
	}
	list := func(h arguments) []F { return hostile.Dst[F](h.Trial, h.Rows) }
	table := func(h arguments, rows, cols int) relent.Matrix[F] {
		return relent.Matrix[F](hostile.DstMatrix[F](h.Trial, rows, cols))
	}
	n := func(h arguments) *Normal { return h.normal(h.Cols) }
	plain("LogProbRows", func(h arguments) { LogProbRows(list(h), n(h), rows(h), relent.Run{Workers: h.Workers()}) })
	plain("SqMahalanobisRows", func(h arguments) { SqMahalanobisRows(list(h), n(h), rows(h), relent.Run{Workers: h.Workers()}) })
	plain("MahalanobisRows", func(h arguments) { MahalanobisRows(list(h), n(h), rows(h), relent.Run{Workers: h.Workers()}) })
	plain("WhitenRows", func(h arguments) {
		WhitenRows(table(h, h.Rows, h.Cols), n(h), rows(h), relent.Run{Workers: h.Workers()})
	})
	plain("ScoreRows", func(h arguments) {
		ScoreRows(table(h, h.Rows, h.Cols), n(h), rows(h), relent.Run{Workers: h.Workers()})
	})
	plain("KullbackLeiblerStandardRows", func(h arguments) {
		KullbackLeiblerStandardRows(list(h), rows(h), rows(h), relent.Run{Workers: h.Workers()})
	})
	plain("KullbackLeiblerDiagonalRows", func(h arguments) {
		KullbackLeiblerDiagonalRows(list(h), rows(h), rows(h), rows(h), rows(h), relent.Run{Workers: h.Workers()})
	})
	m := func(h arguments) *Mixture {
		if h.Below(24) == 0 {
			return nil
		}
		return h.mixture(h.Cols)
	}
	plain("MixtureLogProbRows", func(h arguments) { MixtureLogProbRows(list(h), m(h), rows(h), relent.Run{Workers: h.Workers()}) })
	plain("MixturePredictRows", func(h arguments) {
		MixturePredictRows(hostile.Dst[int](h.Trial, h.Rows), m(h), rows(h), relent.Run{Workers: h.Workers()})
	})
	plain("MixtureResponsibilitiesRows", func(h arguments) {
		MixtureResponsibilitiesRows(table(h, h.Rows, 2), list(h), m(h), rows(h), relent.Run{Workers: h.Workers()})
	})
	plain("MixtureResponsibilitiesColumns", func(h arguments) {
		MixtureResponsibilitiesColumns(table(h, 2, h.Rows), list(h), m(h), rows(h), relent.Run{Workers: h.Workers()})
	})
	addModels(of, plain, rows)
	addRobust(of, plain, rows)
	return calls
}

type (
	adder      = func(name string, call func(h arguments) error)
	plainAdder = func(name string, call func(h arguments))
)

func failed[T any](_ T, err error) error { return err }

func addConstructors(of adder, plain plainAdder) {
	of("NewNormal", func(h arguments) error { return failed(NewNormal(h.vector(h.Cols), h.symmetric(h.Cols))) })
	of("NewNormalMatrix", func(h arguments) error {
		return failed(NewNormalMatrix(h.vector(h.Cols), relent.Matrix[float64](hostile.Matrix[float64](h.Trial, h.Cols, h.Cols))))
	})
	of("NewNormalChol", func(h arguments) error {
		switch h.Below(6) {
		case 0:
			return failed(NewNormalChol(h.vector(h.Cols), nil))
		case 1:
			return failed(NewNormalChol(h.vector(h.Cols), &mat.Cholesky{}))
		}
		return failed(NewNormalChol(h.vector(h.Cols), cholesky(mat.NewDiagDense(3, []float64{1, 2, 3}))))
	})
	of("NewNormalPrecision", func(h arguments) error { return failed(NewNormalPrecision(h.vector(h.Cols), h.symmetric(h.Cols))) })
	of("NewNormalDiagonal", func(h arguments) error { return failed(NewNormalDiagonal(h.vector(h.Cols), h.variances(h.Cols))) })
	of("NewNormalIsotropic", func(h arguments) error {
		return failed(NewNormalIsotropic(h.vector(h.Cols), hostile.Float[float64](h.Trial)))
	})
	of("NewNormalLowRank", func(h arguments) error {
		return failed(NewNormalLowRank(h.vector(h.Cols), h.dense(h.Cols, 2), h.variances(h.Cols)))
	})
	of("NewNormalSingular", func(h arguments) error { return failed(NewNormalSingular(h.vector(h.Cols), h.symmetric(h.Cols), 0)) })
	plain("NewNormalStandard", func(h arguments) {
		if d := h.Number(); d < 1000 || d > math.MaxInt/4 {
			NewNormalStandard(d)
		}
	})
	of("Fit", func(h arguments) error {
		return failed(Fit(h.dense(h.Rows+2, h.Cols), h.variances(h.Rows+2), relent.Run{}))
	})
	of("FitShrunk", func(h arguments) error {
		_, _, err := FitShrunk(h.dense(h.Rows, h.Cols), h.variances(h.Rows), relent.Run{})
		return err
	})

	weights := func(h arguments) []float64 {
		w := h.vector(2)
		if len(w) == 2 {
			w[0], w[1] = 0.25, 0.75
		}
		return w
	}
	// One that is nil is no matrix, or a pointer to none.
	means := func(h arguments) mat.Matrix {
		if x := h.dense(2, h.Cols); x != nil || h.Below(2) == 0 {
			return x
		}
		return nil
	}
	of("NewMixture", func(h arguments) error { return failed(NewMixture(weights(h), h.normals())) })
	of("NewFullMixture", func(h arguments) error {
		covariances := make([]mat.Symmetric, h.Below(4))
		for i := range covariances {
			covariances[i] = h.symmetric(h.Cols)
		}
		return failed(NewFullMixture(weights(h), means(h), covariances))
	})
	of("NewTiedMixture", func(h arguments) error { return failed(NewTiedMixture(weights(h), means(h), h.symmetric(h.Cols))) })
	of("NewDiagonalMixture", func(h arguments) error { return failed(NewDiagonalMixture(weights(h), means(h), means(h))) })
	of("NewSphericalMixture", func(h arguments) error { return failed(NewSphericalMixture(weights(h), means(h), h.variances(2))) })
}

func addMethods(of adder, plain plainAdder) {
	n := func(h arguments) *Normal { return h.given(h.Cols) }
	x := func(h arguments) *mat.Dense { return h.dense(h.Rows, h.Cols) }
	v := func(h arguments) []float64 { return h.vector(h.Cols) }
	r := func(h arguments) []float64 { return h.results(h.Cols) }
	list := func(h arguments) []float64 { return h.results(h.Rows) }
	plain("Normal.Mean", func(h arguments) { n(h).Mean(r(h)) })
	plain("Normal.SetMean", func(h arguments) { n(h).SetMean(v(h)) })
	plain("Normal.CovarianceMatrix", func(h arguments) {
		n(h).CovarianceMatrix([]*mat.SymDense{nil, {}, mat.NewSymDense(1, nil), mat.NewSymDense(3, nil)}[h.Below(4)])
	})
	plain("Normal.LogProb", func(h arguments) { n(h).LogProb(v(h)) })
	plain("Normal.Prob", func(h arguments) { n(h).Prob(v(h)) })
	plain("Normal.SqMahalanobis", func(h arguments) { n(h).SqMahalanobis(v(h)) })
	plain("Normal.Mahalanobis", func(h arguments) { n(h).Mahalanobis(v(h)) })
	plain("Normal.ScoreInput", func(h arguments) { n(h).ScoreInput(r(h), v(h)) })
	plain("Normal.LogProbRows", func(h arguments) { n(h).LogProbRows(list(h), x(h), relent.Run{Workers: h.Workers()}) })
	plain("Normal.SqMahalanobisRows", func(h arguments) { n(h).SqMahalanobisRows(list(h), x(h), relent.Run{Workers: h.Workers()}) })
	plain("Normal.MahalanobisRows", func(h arguments) { n(h).MahalanobisRows(list(h), x(h), relent.Run{Workers: h.Workers()}) })
	plain("Normal.ScoreRows", func(h arguments) { n(h).ScoreRows(x(h), x(h), relent.Run{Workers: h.Workers()}) })
	plain("Normal.Seeded", func(h arguments) { n(h).Seeded(nil).Rand(r(h)) })
	plain("Seeded.Rand", func(h arguments) { n(h).Seeded(seed("hostile")).Rand(r(h)) })
	plain("Normal.Whiten", func(h arguments) { n(h).Whiten(r(h), v(h)) })
	plain("Normal.WhitenRows", func(h arguments) { n(h).WhitenRows(x(h), x(h), relent.Run{Workers: h.Workers()}) })
	plain("Normal.Variances", func(h arguments) { n(h).Variances(r(h)) })
	plain("Normal.PrecisionMatrix", func(h arguments) {
		n(h).PrecisionMatrix([]*mat.SymDense{nil, {}, mat.NewSymDense(1, nil), mat.NewSymDense(3, nil)}[h.Below(4)])
	})
	point := func(h arguments) mat.Vector {
		if x := v(h); len(x) > 0 {
			return mat.NewVecDense(len(x), x)
		}
		return []mat.Vector{nil, (*mat.VecDense)(nil), &mat.VecDense{}}[h.Below(3)]
	}
	chol := func(h arguments) *mat.Cholesky {
		if d := h.Number(); d > 0 && d < 9 {
			return cholesky(seed("chol").covariance(d, 10))
		}
		return []*mat.Cholesky{nil, {}}[h.Below(2)]
	}
	plain("Mahalanobis", func(h arguments) { Mahalanobis(point(h), point(h), chol(h)) })
	plain("NormalLogProb", func(h arguments) { NormalLogProb(v(h), v(h), chol(h)) })
	plain("NormalRand", func(h arguments) { NormalRand(r(h), v(h), chol(h), nil) })
	plain("Normal.TransformNormal", func(h arguments) { n(h).TransformNormal(r(h), v(h)) })
	plain("Normal.Quantile", func(h arguments) { n(h).Quantile(r(h), v(h)) })
	variables := func(h arguments, n int) []int {
		list := make([]int, n)
		for i := range list {
			list[i] = h.Number()
		}
		return list
	}
	of("Normal.MarginalNormal", func(h arguments) error { return failed(n(h).MarginalNormal(variables(h, h.Below(3)))) })
	plain("Normal.MarginalNormalSingle", func(h arguments) { n(h).MarginalNormalSingle(h.Number(), nil) })
	of("Normal.ConditionNormal", func(h arguments) error {
		k := h.Below(3)
		return failed(n(h).ConditionNormal(variables(h, k), h.vector(k)))
	})

	for name, f := range map[string]func(l, r *Normal) float64{
		"KullbackLeibler": KullbackLeibler, "CrossEntropy": CrossEntropy, "Bhattacharyya": Bhattacharyya, "Hellinger": Hellinger,
		"Wasserstein": Wasserstein, "SqWasserstein": SqWasserstein,
		"Renyi":         func(l, r *Normal) float64 { return Renyi(0.25, l, r) },
		"JensenShannon": JensenShannon, "JensenShannonDistance": JensenShannonDistance,
		"WeightedJensenShannon": func(l, r *Normal) float64 { return WeightedJensenShannon(0.25, l, r) },
		"TotalVariation":        func(l, r *Normal) float64 { return first(TotalVariation(l, r)) },
		"BayesError":            func(l, r *Normal) float64 { return first(BayesError(0.25, l, r)) },
	} {
		plain(name, func(h arguments) { f(h.normal(h.Cols), h.normal(h.Cols)) })
	}
	small := MonteCarlo{Seed: 1, Samples: 20}
	plain("MixtureKullbackLeibler", func(h arguments) {
		MixtureKullbackLeibler(h.mixture(h.Rows), h.mixture(h.Cols), small, relent.Run{Workers: h.Workers()})
	})
	plain("MixtureJensenShannon", func(h arguments) {
		MixtureJensenShannon(h.mixture(h.Rows), h.mixture(h.Cols), small, relent.Run{Workers: h.Workers()})
	})
	plain("MixtureKullbackLeiblerBounds", func(h arguments) { MixtureKullbackLeiblerBounds(h.mixture(h.Rows), h.mixture(h.Cols)) })
	plain("MixtureJensenShannonBounds", func(h arguments) { MixtureJensenShannonBounds(h.mixture(h.Rows), h.mixture(h.Cols)) })
	plain("MixtureKullbackLeiblerVariational", func(h arguments) { MixtureKullbackLeiblerVariational(h.mixture(h.Rows), h.mixture(h.Cols)) })
	plain("MixtureKullbackLeiblerUnscented", func(h arguments) { MixtureKullbackLeiblerUnscented(h.mixture(h.Rows), h.mixture(h.Cols)) })
	plain("Mixture.SampleRows", func(h arguments) {
		h.mixture(h.Cols).SampleRows(h.dense(h.Rows, h.Cols), 1, 2, relent.Run{Workers: h.Workers()})
	})
	plain("MixtureSampleRows", func(h arguments) {
		MixtureSampleRows(rowsOf(h.dense(h.Rows, h.Cols)), h.mixture(h.Cols), 1, 2, relent.Run{Workers: h.Workers()})
	})
	plain("Normal.SampleRows", func(h arguments) { n(h).SampleRows(h.dense(h.Rows, h.Cols), 1, 2, relent.Run{Workers: h.Workers()}) })
	plain("SampleRows", func(h arguments) {
		SampleRows(rowsOf(h.dense(h.Rows, h.Cols)), n(h), 1, 2, relent.Run{Workers: h.Workers()})
	})
	plain("StudentT.SampleRows", func(h arguments) {
		must(n(h).StudentT(4)).SampleRows(h.dense(h.Rows, h.Cols), 1, 2, relent.Run{Workers: h.Workers()})
	})
	plain("StudentTSampleRows", func(h arguments) {
		StudentTSampleRows(rowsOf(h.dense(h.Rows, h.Cols)), must(n(h).StudentT(4)), 1, 2, relent.Run{Workers: h.Workers()})
	})
	plain("JensenShannons", func(h arguments) {
		l, r := []*Normal{h.normal(h.Cols)}, []*Normal{h.normal(h.Cols), h.normal(h.Cols)}
		JensenShannons(h.dense(len(l), len(r)), l, r, relent.Run{Workers: h.Workers()})
	})
	plain("KullbackLeiblers", func(h arguments) {
		l, r := h.normals(), h.normals()
		KullbackLeiblers(h.dense(len(l), len(r)), l, r, relent.Run{Workers: h.Workers()})
	})
	plain("UnivariateLogProb", func(h arguments) {
		UnivariateLogProb(hostile.Float[float64](h.Trial), hostile.Float[float64](h.Trial), hostile.Float[float64](h.Trial))
	})

	m := func(h arguments) *Mixture { return h.mixture(h.Cols) }
	plain("Mixture.Weight", func(h arguments) { m(h).Weight(h.Number()) })
	plain("Mixture.LogProb", func(h arguments) { m(h).LogProb(v(h)) })
	plain("Mixture.LogProbRows", func(h arguments) { m(h).LogProbRows(list(h), x(h), relent.Run{Workers: h.Workers()}) })
	plain("Mixture.PredictRows", func(h arguments) {
		m(h).PredictRows(hostile.Dst[int](h.Trial, h.Rows), x(h), relent.Run{Workers: h.Workers()})
	})
	plain("Mixture.ResponsibilitiesRows", func(h arguments) {
		m(h).ResponsibilitiesRows(h.dense(h.Rows, 2), x(h), relent.Run{Workers: h.Workers()})
	})
}

// What is not there is an error of a constructor, which says so.
func TestConstructorsOfNothing(t *testing.T) {
	mu, weights, means := []float64{0, 0}, []float64{1}, mat.NewDense(1, 2, nil)
	var none *mat.Dense
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"NewNormal":            {failed(NewNormal(mu, nil)), "covariance matrix is nil"},
		"NewNormal, typed":     {failed(NewNormal(mu, (*mat.SymDense)(nil))), "covariance matrix is nil"},
		"NewNormal of nothing": {failed(NewNormal(nil, nil)), "covariance matrix is nil"},
		"NewNormalPrecision":   {failed(NewNormalPrecision(mu, nil)), "precision matrix is nil"},
		"NewNormalSingular":    {failed(NewNormalSingular(mu, nil, 0)), "covariance matrix is nil"},
		"NewNormalLowRank":     {failed(NewNormalLowRank(mu, nil, []float64{1, 1})), "factor is nil"},
		"NewNormalDiagonal":    {failed(NewNormalDiagonal(nil, nil)), "mean is empty"},
		"NewNormalMatrix":      {failed(NewNormalMatrix(nil, relent.Matrix[float64]{})), "mean is empty"},
		"Fit":                  {failed(Fit(nil, nil, relent.Run{})), "no rows"},
		"Fit, empty":           {failed(Fit(&mat.Dense{}, nil, relent.Run{})), "no rows"},
		"NewTiedMixture":       {failed(NewTiedMixture(weights, means, nil)), "tied covariance: the covariance matrix is nil"},
		"NewTiedMixture, 2":    {failed(NewTiedMixture(weights, nil, nil)), "means are nil"},
		"NewFullMixture":       {failed(NewFullMixture(weights, means, []mat.Symmetric{nil})), "component 0: the covariance matrix is nil"},
		"NewDiagonalMixture":   {failed(NewDiagonalMixture(weights, means, none)), "variances are nil"},
		"NewSphericalMixture":  {failed(NewSphericalMixture(weights, none, []float64{1})), "means are nil"},
	} {
		if c.err == nil || !strings.HasPrefix(c.err.Error(), "mvn: ") || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, c.err, c.want)
		}
	}
	if _, _, err := FitShrunk(nil, nil, relent.Run{}); err == nil {
		t.Error("FitShrunk takes nothing")
	}
}

// A matrix of the wrong shape is refused before dst is given its own.
func TestDenseStaysEmpty(t *testing.T) {
	n, x := NewNormalStandard(2), mat.NewDense(4, 3, nil)
	m := must(NewSphericalMixture([]float64{1}, mat.NewDense(1, 2, nil), []float64{1}))
	for want, call := range map[string]func(dst *mat.Dense){
		"mvn: ScoreRows: x is 4×3, want 4×2":            func(dst *mat.Dense) { n.ScoreRows(dst, x, relent.Run{}) },
		"mvn: ResponsibilitiesRows: x is 4×3, want 4×2": func(dst *mat.Dense) { m.ResponsibilitiesRows(dst, x, relent.Run{}) },
		"mvn: ScoreRows: x is nil":                      func(dst *mat.Dense) { n.ScoreRows(dst, nil, relent.Run{}) },
		"mvn: KullbackLeiblers: the distributions have 2 and 3 dimensions": func(dst *mat.Dense) {
			KullbackLeiblers(dst, []*Normal{n}, []*Normal{NewNormalStandard(3)}, relent.Run{})
		},
		"mvn: KullbackLeiblers: a distribution is nil":              func(dst *mat.Dense) { KullbackLeiblers(dst, []*Normal{n}, []*Normal{nil}, relent.Run{}) },
		"mvn: CovarianceMatrix: dst is nil":                         func(*mat.Dense) { n.CovarianceMatrix(nil) },
		"mvn: MarginalNormalSingle: there is no variable 2 among 2": func(*mat.Dense) { n.MarginalNormalSingle(2, nil) },
		"mvn: Weight: there is no component 1 among 1":              func(*mat.Dense) { m.Weight(1) },
		"mvn: LogProbRows: n is nil":                                func(*mat.Dense) { LogProbRows[float32](nil, nil, relent.Matrix[float32]{}, relent.Run{}) },
		"mvn: ScoreRows: dst is 4×3, the result 0×2":                func(*mat.Dense) { n.ScoreRows(x, &mat.Dense{}, relent.Run{}) },
	} {
		dst, message := &mat.Dense{}, ""
		func() {
			defer func() { message = fmt.Sprint(recover()) }()
			call(dst)
		}()
		if message != want || !dst.IsEmpty() {
			t.Errorf("panic %q, want %q; dst is %v", message, want, dst)
		}
	}
}

package mvn

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// mixtures are some of every structure, of three components in d dimensions.
func (r *rng) mixtures(d int) map[string]*Mixture {
	weights, means := []float64{0.5, 0.3, 0.2}, r.dense(3, d)
	var covariances []mat.Symmetric
	var normals []*Normal
	for k := range 3 {
		s := r.covariance(d, 20)
		covariances = append(covariances, s)
		n := must(NewNormalPrecision(means.RawRowView(k), s))
		if k == 1 {
			n = must(NewNormalLowRank(means.RawRowView(k), r.dense(d, 1), r.positive(d)))
		}
		normals = append(normals, n)
	}
	return map[string]*Mixture{
		"separate":  must(NewMixture(weights, normals)),
		"full":      must(NewFullMixture(weights, means, covariances)),
		"tied":      must(NewTiedMixture(weights, means, covariances[0])),
		"diagonal":  must(NewDiagonalMixture(weights, means, mat.NewDense(3, d, r.positive(3*d)))),
		"spherical": must(NewSphericalMixture(weights, means, []float64{0.5, 1, 2})),
	}
}

// What is computed of one row has the bits of the rows, and is made without allocation.
func TestMixtureOfOneRow(t *testing.T) {
	const rows, d = 9, 4
	r := seed(t.Name())
	x := r.dense(rows, d)
	x.Set(3, 1, math.NaN())
	x.Set(4, 2, math.Inf(1))
	x.Set(5, 0, 1e200)
	for name, m := range r.mixtures(d) {
		shares := must(m.ResponsibilitiesRows(nil, x, relent.Run{}))
		best := must(m.PredictRows(nil, x, relent.Run{}))
		scores := must(m.ScoreRows(nil, x, relent.Run{Workers: 2}))
		squared := make([]float64, rows)
		nearest := must(m.NearestRows(nil, squared, x, relent.Run{Workers: 2}))
		if !slices.Equal(must(m.NearestRows(nil, nil, x, relent.Run{})), nearest) {
			t.Errorf("%s: other components without a place for distances", name)
		}
		distances := must(m.SqMahalanobisRows(nil, x, relent.Run{}))
		for i := range rows {
			row, what := x.RawRowView(i), fmt.Sprintf("%s, row %d", name, i)
			requireBits(t, what+": responsibilities", m.Responsibilities(nil, row), shares.RawRowView(i))
			requireBits(t, what+": score", m.ScoreInput(nil, row), scores.RawRowView(i))
			if got := m.Predict(row); got != best[i] {
				t.Errorf("%s: component %d, want %d", what, got, best[i])
			}
			if p := exp(m.LogProb(row)); m.Prob(row) != p && p == p {
				t.Errorf("%s: density %v, want %v", what, m.Prob(row), p)
			}
			near, least := -1, math.Inf(1)
			for k, distance := range m.SqMahalanobis(nil, row) {
				if want := m.Component(k).SqMahalanobis(row); distance != want && want == want {
					t.Errorf("%s: squared distance %v from component %d, want %v", what, distance, k, want)
				}
				if distance < least {
					near, least = k, distance
				}
			}
			for k, distance := range distances.RawRowView(i) {
				if want := m.Component(k).SqMahalanobis(row); relativeError(distance, want) > 1e-12 && !same(distance, want) {
					t.Errorf("%s: squared distance %v of many rows from component %d, want %v", what, distance, k, want)
				}
			}
			k, distance := m.Nearest(row)
			if k != near || k >= 0 && relativeError(distance, least) > 1e-12 {
				t.Errorf("%s: component %d is nearest, %v, want %d, %v", what, k, distance, near, least)
			}
			if k != nearest[i] {
				t.Errorf("%s: component %d is nearest, of many rows %d", what, k, nearest[i])
			}
			requireBits(t, what+": squared distance of many rows", squared[i:i+1], []float64{distance})
		}
		row, dst, components := x.RawRowView(0), make([]float64, d), make([]float64, 3)
		if n := testing.AllocsPerRun(20, func() {
			m.Prob(row)
			m.Predict(row)
			m.Nearest(row)
			m.Responsibilities(components, row)
			m.SqMahalanobis(components, row)
			m.ScoreInput(dst, row)
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		place := mat.NewDense(rows, d, nil)
		if n := testing.AllocsPerRun(20, func() { m.ScoreRows(place, x, relent.Run{}) }); n != 0 {
			t.Errorf("%s: %v allocations of ScoreRows", name, n)
		}
		if n := testing.AllocsPerRun(20, func() { m.NearestRows(nearest, squared, x, relent.Run{}) }); n != 0 {
			t.Errorf("%s: %v allocations of NearestRows", name, n)
		}
		if n := testing.AllocsPerRun(20, func() { m.SqMahalanobisRows(distances, x, relent.Run{}) }); n != 0 {
			t.Errorf("%s: %v allocations of SqMahalanobisRows", name, n)
		}
		requireBits(t, name+": workers", must(m.SqMahalanobisRows(nil, x, relent.Run{Workers: 3})).RawMatrix().Data, distances.RawMatrix().Data)
	}
}

func requireBits(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i, v := range want {
		if math.Float64bits(got[i]) != math.Float64bits(v) {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}

// A score is Σ r_k times the scores of the components, and the derivative of the log density.
func TestMixtureScores(t *testing.T) {
	const d = 3
	r := seed(t.Name())
	for name, m := range r.mixtures(d) {
		for range 10 {
			x := r.vector(d)
			want := make([]float64, d)
			for k, share := range m.Responsibilities(nil, x) {
				axpy(share, m.Component(k).ScoreInput(nil, x), want)
			}
			got := m.ScoreInput(nil, x)
			nearAll(t, name, got, want, 1e-13)
			for j := range d {
				const h = 0x1p-16
				up, down := append([]float64(nil), x...), append([]float64(nil), x...)
				up[j] += h
				down[j] -= h
				if slope := (m.LogProb(up) - m.LogProb(down)) / (2 * h); math.Abs(slope-got[j]) > 1e-6*(1+norm(got)) {
					t.Errorf("%s: score %v in direction %d, the log density has slope %v", name, got[j], j, slope)
				}
			}
			single := must(MixtureScoreRows(relent.Matrix[float32]{}, m, singleMatrix(asRow(x)), relent.Run{}))
			for j, v := range single.Data {
				if math.Abs(float64(v)-got[j]) > 1e-4*(1+norm(got)) {
					t.Errorf("%s: float32 score %v, want %v", name, v, got[j])
				}
			}
		}
	}
}

// Densities factor: that of all variables is that of some times that of the others given these.
func TestMarginalAndConditionalMixtures(t *testing.T) {
	const d = 4
	r := seed(t.Name())
	observed, rest := []int{2, 0}, []int{1, 3}
	for name, m := range r.mixtures(d) {
		marginal := must(m.MarginalMixture(observed))
		for range 5 {
			x := r.vector(d)
			given := must(m.ConditionMixture(observed, selected(x, observed)))
			sum := marginal.LogProb(selected(x, observed)) + given.LogProb(selected(x, rest))
			if want := m.LogProb(x); math.Abs(sum-want) > 1e-12*(1+math.Abs(want)) {
				t.Errorf("%s: log density %v, of parts %v", name, want, sum)
			}
		}
		mean, covariance := m.Mean(nil), new(mat.SymDense)
		m.CovarianceMatrix(covariance)
		want, square := make([]float64, d), mat.NewSymDense(d, nil)
		for k, w := range m.Weights(nil) {
			var s mat.SymDense
			m.Component(k).CovarianceMatrix(&s)
			mu := mat.NewVecDense(d, m.Component(k).Mean(nil))
			s.SymRankOne(&s, 1, mu)
			s.ScaleSym(w, &s)
			square.AddSym(square, &s)
			axpy(w, mu.RawVector().Data, want)
			nearAll(t, name+": means", m.Means(nil).RawRowView(k), mu.RawVector().Data, 0)
		}
		square.SymRankOne(square, -1, mat.NewVecDense(d, want))
		nearAll(t, name+": mean", mean, want, 1e-15)
		nearAll(t, name+": covariance", elements(covariance), elements(square), 1e-14)
		for what, err := range map[string]error{
			"no variables":     failed(m.MarginalMixture(nil)),
			"component 0":      failed(m.MarginalMixture([]int{4})),
			"1 values for 2":   failed(m.ConditionMixture(observed, []float64{1})),
			"value 1 is NaN":   failed(m.ConditionMixture(observed, []float64{1, math.NaN()})),
			"component 0: all": failed(m.ConditionMixture([]int{0, 1, 2, 3}, r.vector(d))),
		} {
			if err == nil || !strings.HasPrefix(err.Error(), "mvn: "+what) && !strings.Contains(err.Error(), " "+what) {
				t.Errorf("%s: %v, want %q", name, err, what)
			}
		}
	}
}

// Samples have the moments of the mixture, and are the same for the same source.
func TestMixtureSamples(t *testing.T) {
	const d, rows = 2, 20000
	for name, m := range seed(t.Name()).mixtures(d) {
		x, again := mat.NewDense(rows, d, nil), mat.NewDense(rows, d, nil)
		m.RandRows(x, seed("samples"))
		m.RandRows(again, seed("samples"))
		if !mat.Equal(x, again) {
			t.Errorf("%s: other samples of the same source", name)
		}
		n := must(Fit(x, nil, relent.Run{}))
		var covariance mat.SymDense
		m.CovarianceMatrix(&covariance)
		if e := KullbackLeibler(n, must(NewNormal(m.Mean(nil), &covariance))); e > 0.002 {
			t.Errorf("%s: moments of samples are %v nats away", name, e)
		}
		m.Rand(nil, nil)
	}
}

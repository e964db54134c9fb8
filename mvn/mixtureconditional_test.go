package mvn

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// Means and densities are those of ConditionMixture, wherever a row stands, for every form and any order of the observed variables.
func TestMixtureConditional(t *testing.T) {
	const d, rows = 4, mixtureBlock + 9
	r := seed(t.Name())
	for name, m := range r.mixtures(d) {
		x := r.dense(rows, d)
		for _, observed := range [][]int{{2, 0}, {3}, {1, 3, 0}} {
			what := fmt.Sprint(name, " given ", observed)
			c := must(m.Conditional(observed))
			values := mat.NewDense(rows, len(observed), nil)
			for i := range rows {
				values.SetRow(i, selected(x.RawRowView(i), observed))
			}
			means, densities := must(c.MeanRows(nil, values, relent.Run{})), must(c.LogProbRows(nil, x, relent.Run{}))
			requireBits(t, what+": workers", must(c.LogProbRows(nil, x, relent.Run{Workers: 3})), densities)
			requireBits(t, what+": workers, means", must(c.MeanRows(nil, values, relent.Run{Workers: 3})).RawMatrix().Data, means.RawMatrix().Data)
			for i := 0; i < rows; i += 20 {
				given := must(m.ConditionMixture(observed, values.RawRowView(i)))
				nearAll(t, what+": mean", means.RawRowView(i), given.Mean(nil), 1e-11)
				near(t, what+": density", densities[i], given.LogProb(selected(x.RawRowView(i), c.Rest())), 1e-12)
				one := x.Slice(i, i+1, 0, d).(*mat.Dense)
				requireBits(t, what+": alone", must(c.LogProbRows(nil, one, relent.Run{})), densities[i:i+1])
			}
			dst, to := make([]float64, rows), mat.NewDense(rows, d-len(observed), nil)
			if n := testing.AllocsPerRun(5, func() {
				c.LogProbRows(dst, x, relent.Run{})
				c.MeanRows(to, values, relent.Run{})
			}); n != 0 {
				t.Errorf("%s: %v allocations", what, n)
			}
		}
		for want, err := range map[string]error{
			"there are no variables": failed(m.Conditional(nil)),
			"given twice":            failed(m.Conditional([]int{1, 1})),
			"no variable 4 among 4":  failed(m.Conditional([]int{4})),
			"all variables":          failed(m.Conditional([]int{3, 2, 1, 0})),
		} {
			if err == nil || !strings.HasPrefix(err.Error(), "mvn: ") || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
}

// Values that are far from all components are of the nearest one, and those that are not finite of none.
func TestMixtureConditionalFar(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	near := must(NewNormal([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 0.5, 0.5, 1})))
	wide := must(NewNormalDiagonal([]float64{0, 7}, []float64{4, 1}))
	c := must(must(NewMixture([]float64{0.5, 0.5}, []*Normal{near, wide})).Conditional([]int{0}))
	for _, v := range []struct{ observed, rest, mean, logProb float64 }{
		{1e200, 7, 7, -0.5 * logTwoPi}, {-1e3, 8, 7, -0.5 - 0.5*logTwoPi}, {0, inf, 7. / 3, -inf}, {0, 1e200, 7. / 3, -inf},
		{nan, 0, nan, nan}, {inf, 0, nan, nan}, {0, nan, 7. / 3, nan},
	} {
		mean := must(c.MeanRows(nil, mat.NewDense(1, 1, []float64{v.observed}), relent.Run{})).At(0, 0)
		logProb := must(c.LogProbRows(nil, mat.NewDense(1, 2, []float64{v.observed, v.rest}), relent.Run{}))[0]
		if !same(mean, v.mean) && !(relativeError(mean, v.mean) < 1e-14) || !same(logProb, v.logProb) && !(relativeError(logProb, v.logProb) < 1e-14) {
			t.Errorf("%v, %v: mean %v, log density %v, want %v", v.observed, v.rest, mean, logProb, v)
		}
	}
	singular := must(NewNormalSingular([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 1, 1, 1}), 0))
	if _, err := must(NewMixture([]float64{1}, []*Normal{singular})).Conditional([]int{0}); err == nil || !strings.Contains(err.Error(), "component 0: a singular") {
		t.Error(err)
	}
}

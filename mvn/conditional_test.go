package mvn

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// Means, covariance and densities are those of ConditionNormal, for every form and any order of the observed variables.
func TestConditional(t *testing.T) {
	const d, rows = 6, 40
	r := seed(t.Name())
	for name, n := range inOrder(anyForm(r, d)) {
		if isSingular(n) {
			if _, err := n.Conditional([]int{1}); err == nil || !strings.Contains(err.Error(), "singular") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		x := r.dense(rows, d)
		for _, observed := range [][]int{{4, 1}, {0}, {5, 0, 2, 1, 3}} {
			what := fmt.Sprint(name, " given ", observed)
			c := must(n.Conditional(observed))
			values := mat.NewDense(rows, len(observed), nil)
			for i := range rows {
				values.SetRow(i, selected(x.RawRowView(i), observed))
			}
			means := must(c.MeanRows(nil, values, relent.Run{}))
			densities := must(c.LogProbRows(nil, x, relent.Run{}))
			requireBits(t, what+": workers", must(c.LogProbRows(nil, x, relent.Run{Workers: 3})), densities)
			requireBits(t, what+": workers, means", must(c.MeanRows(nil, values, relent.Run{Workers: 3})).RawMatrix().Data, means.RawMatrix().Data)
			var got, want mat.SymDense
			c.CovarianceMatrix(&got)
			for i := range rows {
				m := must(n.ConditionNormal(observed, values.RawRowView(i)))
				mean := m.Mean(nil) // what it is the sum of may cancel
				nearAll(t, what+": mean", means.RawRowView(i), mean, 1e-12*(1+norm(values.RawRowView(i))/norm(mean)))
				near(t, what+": density", densities[i], m.LogProb(selected(x.RawRowView(i), c.Rest())), 1e-12)
				want.Reset()
				m.CovarianceMatrix(&want)
				nearAll(t, what+": covariance", elements(&got), elements(&want), 1e-12)
			}
			dst, to := make([]float64, rows), mat.NewDense(rows, d-len(observed), nil)
			if allocations := testing.AllocsPerRun(10, func() {
				c.LogProbRows(dst, x, relent.Run{})
				c.MeanRows(to, values, relent.Run{})
			}); allocations != 0 {
				t.Errorf("%s: %v allocations", what, allocations)
			}
		}
	}
}

func TestConditionalOfUnbounded(t *testing.T) {
	c := must(NewNormalStandard(2).Conditional([]int{0}))
	nan, inf := math.NaN(), math.Inf(1)
	x := mat.NewDense(5, 2, []float64{nan, 0, 0, nan, inf, 0, 0, -inf, 0, 1e200})
	for i, got := range must(c.LogProbRows(nil, x, relent.Run{})) {
		if want := []float64{nan, nan, nan, -inf, -inf}[i]; got != want && (got == got || want == want) {
			t.Errorf("%v: %v, want %v", x.RawRowView(i), got, want)
		}
	}
	for _, got := range must(c.MeanRows(nil, mat.NewDense(2, 1, []float64{nan, inf}), relent.Run{})).RawMatrix().Data {
		if got == got {
			t.Errorf("a mean is %v", got)
		}
	}
	for want, err := range map[string]error{
		"all variables are observed": failed(NewNormalStandard(1).Conditional([]int{0})),
		"no variable is given":       failed(NewNormalStandard(1).Conditional(nil)),
		"given twice":                failed(NewNormalStandard(3).Conditional([]int{1, 1})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

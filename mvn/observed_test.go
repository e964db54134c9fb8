package mvn

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// withHoles makes about a share of the elements NaN.
func (r *rng) withHoles(x *mat.Dense, share float64) *mat.Dense {
	x = mat.DenseCopyOf(x)
	for i := range x.RawMatrix().Data {
		if r.around() < 2*share-1 {
			x.RawMatrix().Data[i] = math.NaN()
		}
	}
	return x
}

// The log density of what is there has the bits of the marginal distribution, of every form, alone and among rows.
func TestObservedLogProb(t *testing.T) {
	const d, rows = 6, 60
	r := seed(t.Name())
	for name, n := range inOrder(anyForm(r, d)) {
		x := r.withHoles(r.dense(rows, d), 0.4)
		x.SetRow(0, constant(d, math.NaN()))
		x.SetRow(1, r.vector(d))
		x.Set(2, 0, math.Inf(1))
		want := make([]float64, rows)
		for i := range want {
			var vars []int
			var values []float64
			for j, v := range x.RawRowView(i) {
				if v == v {
					vars, values = append(vars, j), append(values, v)
				}
			}
			switch {
			case len(vars) == d:
				want[i] = n.LogProb(values)
			case len(vars) > 0:
				want[i] = must(n.MarginalNormal(vars)).LogProb(values)
			}
			if got := n.ObservedLogProb(x.RawRowView(i)); got != want[i] {
				t.Errorf("%s, %v: %v, want %v", name, x.RawRowView(i), got, want[i])
			}
		}
		if want[0] != 0 || !math.IsInf(want[2], -1) {
			t.Errorf("%s: no element has %v, one that is infinite %v", name, want[0], want[2])
		}
		requireBits(t, name+": rows", must(n.ObservedLogProbRows(nil, x, relent.Run{})), want)
		requireBits(t, name+": workers", must(n.ObservedLogProbRows(nil, x, relent.Run{Workers: 3})), want)
		single := singleMatrix(rowsOf(x))
		for i, got := range must(ObservedLogProbRows(nil, n, single, relent.Run{})) {
			if !math.IsInf(want[i], 0) {
				near(t, name+": float32", 100+float64(got), 100+want[i], 1e-4)
			}
		}
		dst := make([]float64, rows)
		if allocations := testing.AllocsPerRun(5, func() { n.ObservedLogProbRows(dst, x, relent.Run{}) }); allocations != 0 {
			t.Errorf("%s: %v allocations", name, allocations)
		}
		row := x.RawRowView(5)
		if allocations := testing.AllocsPerRun(5, func() { n.ObservedLogProb(row) }); allocations != 0 {
			t.Errorf("%s: %v allocations of one row", name, allocations)
		}
	}
}

// SetMean moves the marginals that are kept; and no more are kept than there is room for.
func TestObservedIsKept(t *testing.T) {
	n := NewNormalStandard(2)
	x := []float64{3, math.NaN()}
	n.ObservedLogProb(x)
	n.SetMean([]float64{3, 0})
	if got, want := n.ObservedLogProb(x), UnivariateLogProb(3, 3, 1); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	wide, nan := NewNormalStandard(1100), make([]float64, 1100)
	for j := range 40 {
		nan[j] = math.NaN()
		wide.ObservedLogProb(nan)
		if kept := wide.scorers.marginals.elements; kept > mostKept {
			t.Fatalf("%d elements are kept", kept)
		}
		nan[j] = 0
	}
}

// One column of two has all its elements: the likeliest distribution has a closed form (Anderson, 1957).
func TestFitMissingOfTwoColumns(t *testing.T) {
	const rows, there = 200, 120
	r := seed(t.Name())
	x := mat.NewDense(rows, 2, nil)
	for i := range rows {
		a := r.bell()
		x.SetRow(i, []float64{5 + a, 0.7*a + 0.5*r.bell() - 2})
	}
	all, some := momentsOfColumn(x, 0, rows), momentsOfColumn(x, 0, there)
	both := must(must(momentsOf("both", rowsOf(x).Slice(0, there), nil, relent.Run{})).Normal(Estimate{MaximumLikelihood: true}))
	for i := there; i < rows; i++ {
		x.Set(i, 1, math.NaN())
	}
	slope := both.form.covariance(0, 1) / both.form.covariance(0, 0)
	n, report, err := FitMissing(x, MissingOptions{Tolerance: 1e-15}, relent.Run{})
	if err != nil || !report.Converged || report.Missing != rows-there || report.Rows != rows {
		t.Fatal(err, report)
	}
	mean, variance := all[0], all[1]
	near(t, "mean 0", n.mean[0], mean, 1e-13)
	near(t, "variance 0", n.form.covariance(0, 0), variance, 1e-12)
	near(t, "mean 1", n.mean[1], both.mean[1]+slope*(mean-some[0]), 1e-6)
	near(t, "covariance", n.form.covariance(0, 1), slope*variance, 1e-6)
	near(t, "variance 1", n.form.covariance(1, 1), both.form.covariance(1, 1)+slope*slope*(variance-some[1]), 1e-6)
}

// momentsOfColumn are the mean and the variance of the first elements.
func momentsOfColumn(x *mat.Dense, j, rows int) [2]float64 {
	mean, square := 0.0, 0.0
	for i := range rows {
		mean += x.At(i, j) / float64(rows)
	}
	for i := range rows {
		square += (x.At(i, j) - mean) * (x.At(i, j) - mean) / float64(rows)
	}
	return [2]float64{mean, square}
}

func TestFitMissing(t *testing.T) {
	const rows, d = 3000, 4
	r := seed(t.Name())
	whole := r.dense(rows, d)
	for i := range rows {
		whole.Set(i, 1, whole.At(i, 1)+whole.At(i, 0))
	}
	weights := make([]float64, rows)
	for i := range weights {
		weights[i] = float64(i%4) / 2
	}
	for _, w := range [][]float64{nil, weights} {
		n, report, err := FitMissing(whole, MissingOptions{Weights: w}, relent.Run{})
		if err != nil || report.Missing != 0 {
			t.Fatal(err)
		}
		want := must(must(momentsOf("whole", rowsOf(whole), w, relent.Run{})).Normal(Estimate{MaximumLikelihood: true}))
		nearAll(t, "covariance without holes", n.form.(*covarianceForm).sigma.Data, want.form.(*covarianceForm).sigma.Data, 1e-13)
		nearAll(t, "mean without holes", n.Mean(nil), want.Mean(nil), 1e-13)

		x := r.withHoles(whole, 0.3)
		n, report, err = FitMissing(x, MissingOptions{Weights: w}, relent.Run{})
		if err != nil || !report.Converged {
			t.Fatal(err, report)
		}
		last := math.Inf(-1)
		for _, l := range report.LogLikelihoods {
			if !(l > last) {
				t.Errorf("%v falls", report.LogLikelihoods)
			}
			last = l
		}
		mean := func(n *Normal) float64 {
			sum, total := 0.0, 0.0
			for i, l := range must(n.ObservedLogProbRows(nil, x, relent.Run{})) {
				weight := 1.0
				if w != nil {
					weight = w[i]
				}
				if rowHas(x.RawRowView(i)) {
					sum, total = sum+weight*l, total+weight
				}
			}
			return sum / total
		}
		near(t, "likelihood", mean(n), last, 1e-12)
		for range 20 { // no distribution near by is likelier
			mu, sigma := n.Mean(nil), new(mat.SymDense)
			n.CovarianceMatrix(sigma)
			for i := range d {
				mu[i] += 0.01 * r.around()
				for j := range i + 1 {
					sigma.SetSym(i, j, sigma.At(i, j)+0.02*r.around())
				}
			}
			if l := mean(must(NewNormal(mu, sigma))); l > last {
				t.Errorf("likelihood %v, one near by has %v", last, l)
			}
		}
		other, _, err := FitMissingRows(rowsOf(x), MissingOptions{Weights: w}, relent.Run{Workers: 3})
		requireBits(t, "workers", must(other, err).form.(*covarianceForm).sigma.Data, n.form.(*covarianceForm).sigma.Data)
	}
}

func rowHas(x []float64) bool {
	for _, v := range x {
		if v == v {
			return true
		}
	}
	return false
}

func TestFitMissingErrors(t *testing.T) {
	r, nan := seed(t.Name()), math.NaN()
	x := r.dense(30, 2)
	line := mat.NewDense(20, 2, nil)
	for i := range 20 {
		line.SetRow(i, []float64{float64(i), 2 * float64(i)})
	}
	for want, err := range map[string]error{
		"no rows":                  third(FitMissing(nil, MissingOptions{}, relent.Run{})),
		"-1 iterations":            third(FitMissing(x, MissingOptions{Iterations: -1}, relent.Run{})),
		"weights for 30 rows":      third(FitMissing(x, MissingOptions{Weights: []float64{1}}, relent.Run{})),
		"element (1, 0)":           third(FitMissing(mat.NewDense(2, 1, []float64{1, math.Inf(1)}), MissingOptions{}, relent.Run{})),
		"column 1 is constant, of": third(FitMissing(mat.NewDense(3, 2, []float64{1, nan, 2, 3, 4, nan}), MissingOptions{}, relent.Run{})),
		"nothing of column 0":      third(FitMissing(mat.NewDense(3, 2, []float64{nan, 1, nan, 2, nan, 4}), MissingOptions{}, relent.Run{})),
		"column 1: the variance":   third(FitMissing(mat.NewDense(3, 2, []float64{1, 1e300, 2, -1e300, 4, nan}), MissingOptions{}, relent.Run{})),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "mvn: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	var singular *NotPositiveDefiniteError
	if _, _, err := FitMissing(line, MissingOptions{}, relent.Run{}); !errors.As(err, &singular) {
		t.Errorf("dependent columns: %v", err)
	}
}

package mvn

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func TestFit(t *testing.T) {
	for _, shape := range [][2]int{{2, 1}, {5, 2}, {40, 7}, {200, 3}} {
		rows, d := shape[0], shape[1]
		r := seed(fmt.Sprint(t.Name(), rows))
		x := r.dense(rows, d)
		for i := range rows { // far from 0, where one pass would lose everything
			for j := range d {
				x.Set(i, j, x.At(i, j)+float64(1e6*float64(j)))
			}
		}
		for name, weights := range map[string][]float64{"": nil, "weighted": r.positive(rows)} {
			n := must(Fit(x, weights, relent.Run{}))
			var got, want mat.SymDense
			n.CovarianceMatrix(&got)
			stat.CovarianceMatrix(&want, x, weights)
			nearAll(t, name, elements(&got), elements(&want), 1e-9)
			for j, m := range n.Mean(nil) {
				near(t, name+" mean", m, stat.Mean(mat.Col(nil, j, x), weights), 1e-14)
			}
		}
	}
}

// Weights count rows: of Fit, and in FitShrunk they only say how often, so that all the same change nothing.
func TestWeights(t *testing.T) {
	r := seed(t.Name())
	x := r.dense(10, 3)
	repeated := mat.NewDense(16, 3, nil)
	weights := make([]float64, 10)
	row := 0
	for i := range 10 {
		weights[i] = float64(1 + i%2 + i/9)
		for range int(weights[i]) {
			repeated.SetRow(row, x.RawRowView(i))
			row++
		}
	}
	a, b := must(Fit(x, weights, relent.Run{})), must(Fit(repeated, nil, relent.Run{}))
	var s, u mat.SymDense
	a.CovarianceMatrix(&s)
	b.CovarianceMatrix(&u)
	nearAll(t, "covariance", elements(&s), elements(&u), 1e-14)
	nearAll(t, "mean", a.Mean(nil), b.Mean(nil), 1e-14)

	plain, shrinkage, err := FitShrunk(x, nil, relent.Run{})
	other, same, otherErr := FitShrunk(x, constant(10, 0.125), relent.Run{})
	if err != nil || otherErr != nil {
		t.Fatal(err, otherErr)
	}
	near(t, "shrinkage", same, shrinkage, 1e-14)
	if e := KullbackLeibler(plain, other); e > 1e-25 {
		t.Errorf("equal weights differ by %g nats from none", e)
	}
}

// The formula as scikit-learn's ledoit_wolf_shrinkage has it, with all sums written out.
func TestFitShrunk(t *testing.T) {
	for _, shape := range [][2]int{{1, 3}, {2, 1}, {3, 10}, {10, 4}, {100, 5}, {6, 6}} {
		rows, d := shape[0], shape[1]
		r := seed(fmt.Sprint(t.Name(), rows, d))
		x := r.dense(rows, d)
		for i := range rows {
			x.Set(i, 0, float64(3*x.At(i, 0))+2)
		}
		n, shrinkage, err := FitShrunk(x, nil, relent.Run{})
		if rows == 1 {
			if err == nil {
				t.Errorf("a single row has a covariance")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		centred := mat.DenseCopyOf(x)
		for j := range d {
			m := stat.Mean(mat.Col(nil, j, x), nil)
			for i := range rows {
				centred.Set(i, j, x.At(i, j)-m)
			}
		}
		var s mat.Dense
		s.Mul(centred.T(), centred)
		s.Scale(1/float64(rows), &s)
		mu := mat.Trace(&s) / float64(d)
		beta, delta := 0.0, 0.0
		for i := range d {
			for j := range d {
				for k := range rows {
					e := centred.At(k, i) * centred.At(k, j)
					beta += e * e
				}
				delta += s.At(i, j) * s.At(i, j)
			}
		}
		beta = (beta/float64(rows) - delta) / float64(d*rows)
		delta = (delta - 2*mu*mat.Trace(&s) + float64(d)*mu*mu) / float64(d)
		want := 0.0
		if b := min(beta, delta); b != 0 && d > 1 {
			want = b / delta
		}
		near(t, fmt.Sprintf("%d×%d: shrinkage", rows, d), shrinkage, want, 1e-12)
		var got mat.SymDense
		n.CovarianceMatrix(&got)
		for i := range d {
			for j := range d {
				e := (1 - want) * s.At(i, j)
				if i == j {
					e += want * mu
				}
				near(t, fmt.Sprintf("%d×%d: covariance (%d, %d)", rows, d, i, j), got.At(i, j), e, 1e-12)
			}
		}
	}
}

func TestFitErrors(t *testing.T) {
	ones := mat.NewDense(4, 2, []float64{1, 2, 3, 5, 4, 4, 0, 1})
	broken := mat.DenseCopyOf(ones)
	broken.Set(2, 1, math.NaN())
	for _, c := range []struct {
		x       *mat.Dense
		weights []float64
		want    string
	}{
		{&mat.Dense{}, nil, "no rows"},
		{ones, []float64{1, 2}, "2 weights for 4 rows"},
		{ones, []float64{1, 2, -1, 1}, "weight 2 is -1"},
		{ones, []float64{1, 2, math.NaN(), 1}, "weight 2 is NaN"},
		{ones, []float64{0, 0, 0, 0}, "sum of 0"},
		{broken, nil, "element (2, 1) of the data is NaN"},
	} {
		n, err := Fit(c.x, c.weights, relent.Run{})
		m, _, shrunkErr := FitShrunk(c.x, c.weights, relent.Run{})
		for _, err := range []error{err, shrunkErr} {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		}
		if n != nil || m != nil {
			t.Errorf("%s, and a distribution", c.want)
		}
	}
	if _, err := Fit(ones, constant(4, 0.25), relent.Run{}); err == nil || !strings.Contains(err.Error(), "sum of 1:") {
		t.Error(err)
	}
	if _, err := Fit(mat.NewDense(2, 2, []float64{1, 2, 3, 5}), nil, relent.Run{}); err == nil || !strings.Contains(err.Error(), "2 rows is singular in 2 dimensions") {
		t.Error(err)
	}
	if _, err := Fit(ones, []float64{1, 0, 0, 2}, relent.Run{}); err == nil || !strings.Contains(err.Error(), "2 rows is singular") {
		t.Error(err)
	}
	flat := mat.NewDense(3, 2, []float64{1, 7, 2, 7, 4, 7})
	if _, err := Fit(flat, nil, relent.Run{}); err == nil || !strings.Contains(err.Error(), "pivot 1 is 0") {
		t.Error(err)
	}
	huge := mat.NewDense(3, 1, []float64{1e200, -1e200, 0})
	if _, err := Fit(huge, nil, relent.Run{}); err == nil || !strings.Contains(err.Error(), "covariance of columns 0 and 0 is +Inf") {
		t.Error(err)
	}
}

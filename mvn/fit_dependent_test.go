package mvn

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// requireDependent wants an error that names exactly the columns, says what to use instead, and is a NotPositiveDefiniteError.
func requireDependent(t *testing.T, what string, err error, columns ...int) {
	t.Helper()
	var pivot *NotPositiveDefiniteError
	if !errors.As(err, &pivot) {
		t.Errorf("%s: %v", what, err)
		return
	}
	name := fmt.Sprintf("column %d is constant", columns[0])
	if len(columns) > 1 {
		name = "columns " + listed(columns) + " are "
	}
	for _, part := range []string{"mvn: " + name, "FitShrunk or NewNormalSingular"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %q has no %q", what, err, part)
		}
	}
}

// weightings are no weights, and others of which some are 0.
func (r *rng) weightings(rows int) map[string][]float64 {
	some := r.positive(rows)
	for i := range some {
		some[i] *= 3
		if i%5 == 4 {
			some[i] = 0
		}
	}
	return map[string][]float64{"no weights": nil, "weights": r.positive(rows), "some weights": some, "small weights": constant(rows, 1.5/float64(rows))}
}

// A column of equal elements has a variance of exactly 0, whatever they are, and Fit refuses it.
func TestConstantColumns(t *testing.T) {
	r := seed(t.Name())
	for _, c := range []float64{5, 0, 0.1, -1 / 3., 1e10 + 0.1, 7.3e-300, 1e300, math.MaxFloat64, 5e-324} {
		for rows := 6; rows < 60; rows += 1 + int(r.next()%5) {
			for name, weights := range r.weightings(rows) {
				for at := range 3 {
					x := r.dense(rows, 3)
					for i := range rows {
						x.Set(i, at, c)
						if weights != nil && weights[i] == 0 {
							x.Set(i, at, -math.MaxFloat64) // counts for nothing
						}
					}
					what := fmt.Sprintf("%s, %d rows, column %d is %v", name, rows, at, c)
					m := must(momentsOf("Fit", rowsOf(x), weights, relent.Run{}))
					s := must(must(m.scatter(Estimate{MaximumLikelihood: true})).covariance())
					for j := range 3 {
						if s.Row(max(j, at))[min(j, at)] != 0 || m.Mean(nil)[at] != c {
							t.Errorf("%s: its mean is %v, its covariance with column %d is %v", what, m.Mean(nil)[at], j, s.Row(max(j, at))[min(j, at)])
						}
					}
					_, err := Fit(x, weights, relent.Run{})
					requireDependent(t, what, err, at)
					n, shrinkage, err := FitShrunk(x, weights, relent.Run{})
					if err != nil || !(shrinkage > 0) {
						t.Errorf("%s: shrinkage %v, %v", what, shrinkage, err)
						continue
					}
					if v := n.form.covariance(at, at); v != shrinkage*meanVariance(s) {
						t.Errorf("%s: shrunk to %v", what, v)
					}
				}
			}
		}
	}
	_, err := Fit(mat.NewDense(6, 2, []float64{1, 5, 2, 5, 3, 5, 4, 5, 5, 5, 6, 5}), nil, relent.Run{})
	requireDependent(t, "six rows", err, 1)
	several := r.dense(9, 5)
	for i := range 9 {
		several.Set(i, 1, 0.3)
		several.Set(i, 3, []float64{0.3, 0.1 + 0.2}[i%2]) // constant to rounding
	}
	_, err = Fit(several, nil, relent.Run{})
	requireDependent(t, "two of five", err, 1, 3)
}

// Columns that are linear functions of others are refused, always, and named.
func TestDependentColumns(t *testing.T) {
	r := seed(t.Name())
	trials := 400
	if !deep() {
		trials = 100
	}
	for trial := range trials {
		d := 2 + int(r.next()%6)
		rows := d + 2 + int(r.next()%40)
		if trial%50 == 0 {
			rows += 3000
		}
		x := r.dense(rows, d)
		far := []float64{0, 1, 100, 1e6, 1e9}[r.next()%5]
		for i := range rows {
			for j := range d {
				x.Set(i, j, x.At(i, j)+far*float64(j-1))
			}
		}
		kind, columns := "", r.order(d)[:2+int(r.next()%uint64(d-1))]
		slices.Sort(columns)
		last := columns[len(columns)-1]
		coefficients := r.vector(d)
		for i := range rows {
			row := x.RawRowView(i)
			sum := 0.0
			for _, j := range columns[:len(columns)-1] {
				switch trial % 4 {
				case 0:
					kind, sum = "sum to 1", sum-row[j]
				case 1:
					kind, sum = "a sum", sum+row[j]
				case 2:
					kind, sum = "a linear function", sum+(coefficients[j]+math.Copysign(0.25, coefficients[j]))*row[j]
				case 3:
					kind, sum = "in other units", sum+row[j]*1e-12
				}
			}
			if row[last] = sum; trial%4 == 0 {
				row[last]++
			}
		}
		for name, weights := range r.weightings(rows) {
			if m := must(momentsOf("Fit", rowsOf(x), weights, relent.Run{})); m.Rows() <= uint64(d) || m.Weight() <= 1 {
				continue
			}
			_, err := Fit(x, weights, relent.Run{})
			requireDependent(t, fmt.Sprintf("%s, %s, %d×%d, far %v, columns %v", kind, name, rows, d, far, columns), err, columns...)
		}
	}
	shares := r.dense(40, 3)
	for i := range 40 {
		row := shares.RawRowView(i)
		sum := 0.0
		for j := range row {
			row[j] = 1 + math.Abs(row[j])
			sum += row[j]
		}
		for j := range row {
			row[j] /= sum
		}
	}
	_, err := Fit(shares, nil, relent.Run{})
	requireDependent(t, "shares", err, 0, 1, 2)
	hot := mat.NewDense(30, 12, nil)
	for i := range 30 {
		hot.Set(i, i%12, 1)
	}
	_, err = Fit(hot, nil, relent.Run{})
	requireDependent(t, "one-hot", err, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	if _, _, err := FitShrunk(hot, nil, relent.Run{}); err != nil {
		t.Error(err)
	}
}

// What is nearly dependent, by more than rounding, is not refused.
func TestNearlyDependentColumns(t *testing.T) {
	r := seed(t.Name())
	for _, noise := range []float64{1, 1e-3, 1e-5, 1e-6} {
		for _, far := range []float64{0, 1e3} {
			for _, rows := range []int{5, 50, 3000} {
				x := r.dense(rows, 4)
				for i := range rows {
					row := x.RawRowView(i)
					row[3] = noise*row[3] + row[0] - row[1] + row[2]
					for j := range row {
						row[j] += far
					}
				}
				if _, err := Fit(x, nil, relent.Run{}); err != nil {
					t.Errorf("%d rows, noise of %g at %g: %v", rows, noise, far, err)
				}
			}
		}
	}
	powers := mat.NewDense(60, 6, nil)
	for i := range 60 {
		for j := range 6 {
			powers.Set(i, j, math.Pow(float64(i), float64(1+j)))
		}
	}
	if _, err := Fit(powers, nil, relent.Run{}); err != nil {
		t.Errorf("powers: %v", err)
	}
	for _, d := range []int{1, 10, 100} {
		if _, err := Fit(r.dense(d+1, d), nil, relent.Run{}); err != nil {
			t.Errorf("%d×%d: %v", d+1, d, err)
		}
	}
	small := mat.NewDense(4, 1, []float64{1e-200, 2e-200, 0, 5e-200})
	if _, err := Fit(small, nil, relent.Run{}); err == nil || !strings.Contains(err.Error(), "the variance of column 0 is too small") {
		t.Error(err)
	}
}

// Rows that are as far from the mean in the same directions have a shrinkage of exactly 0, and so no distribution in more than one
// dimension; any other ones a positive definite covariance.
func TestShrinkageOfFewRows(t *testing.T) {
	r := seed(t.Name())
	for range 200 {
		d := 1 + int(r.next()%7)
		far := []float64{0, 1, 1e6, 1e-6}[r.next()%4]
		two := r.dense(2, d)
		two.Apply(func(_, _ int, v float64) float64 { return v + far }, two)
		four := mat.NewDense(4, d, nil)
		for i := range 4 {
			four.SetRow(i, two.RawRowView(i/2))
		}
		for name, rows := range map[string]*mat.Dense{"two rows": two, "twice two rows": four} {
			count, _ := rows.Dims()
			for _, weights := range [][]float64{nil, constant(count, 0.1), constant(count, 3)} {
				n, s, err := FitShrunk(rows, weights, relent.Run{})
				if s != 0 || (d == 1) != (err == nil) || (err == nil) != (n != nil) {
					t.Errorf("%s in %d dimensions, at %v: shrinkage %v, %v", name, d, far, s, err)
				}
				if err != nil && (!strings.Contains(err.Error(), "mvn: columns 0 and 1 are linearly dependent") || !strings.Contains(err.Error(), "NewNormalSingular")) {
					t.Error(err)
				}
			}
		}
		three := mat.NewDense(3, d, nil)
		for i := range 3 {
			three.SetRow(i, r.vector(d))
		}
		n, s, err := FitShrunk(three, nil, relent.Run{})
		if err != nil || d > 1 && !(s > 0) {
			t.Errorf("three rows in %d dimensions: shrinkage %v, %v", d, s, err)
			continue
		}
		var sigma mat.SymDense
		n.CovarianceMatrix(&sigma)
		var eigen mat.EigenSym
		eigen.Factorize(&sigma, false)
		if least := eigen.Values(nil)[0]; d > 1 && !(least > 0.999*s*mat.Trace(&sigma)/float64(d)) {
			t.Errorf("three rows in %d dimensions: shrinkage %v, and the least eigenvalue is %v", d, s, least)
		}
	}
	same := mat.NewDense(3, 2, []float64{0.1, 0.7, 0.1, 0.7, 0.1, 0.7})
	if _, _, err := FitShrunk(same, nil, relent.Run{}); err == nil || !strings.Contains(err.Error(), "all the same") {
		t.Error(err)
	}
	x := r.dense(7, 4)
	_, want, err := FitShrunk(x, nil, relent.Run{})
	for _, e := range []int{-500, -300, -1, 1, 300, 505} {
		scaled := mat.DenseCopyOf(x)
		scaled.Scale(math.Ldexp(1, e), scaled)
		if _, got, scaledErr := FitShrunk(scaled, nil, relent.Run{}); got != want || err != nil || scaledErr != nil {
			t.Errorf("shrinkage %v, of rows 2^%d times as large %v; %v, %v", want, e, got, err, scaledErr)
		}
	}
}

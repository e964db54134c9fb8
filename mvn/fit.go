package mvn

import (
	"errors"
	"fmt"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// Fit returns the distribution with the mean and the covariance of the rows of x, as gonum's stat.CovarianceMatrix
// computes it: with weights, which count how often a row occurs, and divided by the sum of the weights less 1. Nil weights
// are all 1.
//
// Fewer than d+1 rows with a positive weight are an error, because their covariance is singular; so are weights that are
// negative or not finite or have a sum of at most 1, and elements of x that are not finite. [FitShrunk] manages with few rows.
func Fit(x *mat.Dense, weights []float64) (*Normal, error) {
	m, err := newMoments("Fit", x, weights)
	if err != nil {
		return nil, err
	}
	if !(m.weight > 1) {
		return nil, fmt.Errorf("mvn: the weights have a sum of %g: the covariance needs more than 1", m.weight)
	}
	if rows, d := m.counted(), len(m.mean); rows <= d {
		return nil, fmt.Errorf("mvn: the covariance of %d rows is singular in %d dimensions, which need %d rows", rows, d, d+1)
	}
	return newFitted(m.mean, m.scatter(m.weight-1))
}

// FitShrunk returns the distribution with the mean of the rows of x and the estimate of their covariance by Ledoit and Wolf,
// (1-s)S + s·(tr S/d)·I, with the s from 0 to 1 that it returns. S is the covariance divided by the sum of the weights. It is
// positive definite if s > 0 and the rows are not all the same, however few they are.
//
// Without weights s is that of scikit-learn's LedoitWolf. Weights stand for how often a row would occur, relative to each other;
// they are normalised, and s is the one for a mean of independent rows so weighted.
//
// Ledoit and Wolf, A well-conditioned estimator for large-dimensional covariance matrices, Journal of Multivariate Analysis
// 88 (2004), 365–411.
func FitShrunk(x *mat.Dense, weights []float64) (n *Normal, shrinkage float64, err error) {
	m, err := newMoments("FitShrunk", x, weights)
	if err != nil {
		return nil, 0, err
	}
	sigma := m.scatter(m.weight)
	shrinkage = m.shrinkage(sigma)
	d := sigma.Rows
	target := trace(sigma) / float64(d)
	for i := range d {
		row := sigma.Row(i)
		for j := range i + 1 {
			row[j] *= 1 - shrinkage
		}
		row[i] += float64(shrinkage * target)
	}
	n, err = newFitted(m.mean, sigma)
	return n, shrinkage, err
}

func newFitted(mean []float64, sigma relent.Matrix[float64]) (*Normal, error) {
	if err := checkMean(mean, "covariance", sigma.Rows); err != nil {
		return nil, err
	}
	for i := range sigma.Rows {
		for j := range i + 1 {
			if v := sigma.Row(i)[j]; !finite(v) {
				return nil, fmt.Errorf("mvn: the covariance of columns %d and %d is %g", i, j, v)
			}
		}
	}
	return newCovariance(mean, sigma)
}

// moments are rows less their mean.
type moments struct {
	mean    []float64
	centred relent.Matrix[float64]
	weights []float64
	weight  float64 // their sum
}

func newMoments(name string, x *mat.Dense, weights []float64) (*moments, error) {
	if x == nil || x.IsEmpty() {
		return nil, errors.New("mvn: there are no rows")
	}
	n, d := x.Dims()
	rows := denseRows(name, x, d)
	if weights == nil {
		weights = make([]float64, n)
		for i := range weights {
			weights[i] = 1
		}
	}
	if len(weights) != n {
		return nil, fmt.Errorf("mvn: there are %d weights for %d rows", len(weights), n)
	}
	m := &moments{mean: make([]float64, d), centred: newMatrix(n, d), weights: weights}
	for i, w := range weights {
		if !(w >= 0) || !finite(w) {
			return nil, fmt.Errorf("mvn: weight %d is %g", i, w)
		}
		m.weight += w
		row := m.centred.Row(i)
		copy(row, rows.Row(i))
		for j, v := range row {
			if !finite(v) {
				return nil, fmt.Errorf("mvn: element (%d, %d) of the data is %g", i, j, v)
			}
		}
	}
	if !(m.weight > 0) || !finite(m.weight) {
		return nil, fmt.Errorf("mvn: the weights have a sum of %g", m.weight)
	}
	m.centre()
	m.centre() // the mean of what is left is rounding
	return m, nil
}

// counted is the number of rows with a weight.
func (m *moments) counted() int {
	n := 0
	for _, w := range m.weights {
		if w > 0 {
			n++
		}
	}
	return n
}

// centre subtracts the mean of the rows from them, and adds it to what was subtracted before.
func (m *moments) centre() {
	shift := make([]float64, len(m.mean))
	for i, w := range m.weights {
		axpy(w/m.weight, m.centred.Row(i), shift)
	}
	for j, s := range shift {
		m.mean[j] += s
	}
	for i := range m.weights {
		axpy(-1, shift, m.centred.Row(i))
	}
}

// scatter is the lower triangle of Σ w·xxᵀ/divisor.
func (m *moments) scatter(divisor float64) relent.Matrix[float64] {
	d := len(m.mean)
	s := newMatrix(d, d)
	for i, w := range m.weights {
		x := m.centred.Row(i)
		for j, v := range x {
			axpy(v*w/divisor, x[:j+1], s.Row(j))
		}
	}
	return s
}

func trace(a relent.Matrix[float64]) float64 {
	sum := 0.0
	for i := range a.Rows {
		sum += a.Row(i)[i]
	}
	return sum
}

// shrinkage is the smaller of 1 and b/‖S - (tr S/d)I‖², or 0 if that is 0/0; b = Σ p²‖xxᵀ - S‖² the variance of S, p the normalised weights
// and S symmetric, given by its lower triangle.
func (m *moments) shrinkage(s relent.Matrix[float64]) float64 {
	d := s.Rows
	mean := trace(s) / float64(d)
	square, apart := 0.0, 0.0 // ‖S‖² and the denominator
	for i := range d {
		row := s.Row(i)
		off := float64(2 * dot(row[:i], row[:i]))
		square += off + float64(row[i]*row[i])
		apart += off + float64((row[i]-mean)*(row[i]-mean))
	}
	variance := 0.0
	for i, w := range m.weights {
		x, p := m.centred.Row(i), w/m.weight
		length := dot(x, x)
		along := 0.0 // xᵀSx
		for j, v := range x {
			row := s.Row(j)
			along += float64(v * (float64(2*dot(row[:j], x[:j])) + float64(row[j]*v)))
		}
		variance += float64(p * p * (float64(length*length) - float64(2*along) + square))
	}
	if !(variance > 0) || apart == 0 {
		return 0
	}
	return min(1, variance/apart)
}

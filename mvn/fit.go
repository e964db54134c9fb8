package mvn

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// Fit returns the distribution with the mean and the covariance of the rows of x, as gonum's stat.CovarianceMatrix
// computes it: with weights, which count how often a row occurs, and divided by the sum of the weights less 1. Nil weights
// are all 1.
//
// Fewer than d+1 rows with a positive weight are an error, because their covariance is singular. So is a column that is constant,
// or a linear function of those before it, up to rounding: if what these leave of its variance is no more than the
// rounding of the covariance, about d+32 units of 2⁻⁵³, or of the data, one unit of 2⁻⁵² of their size, may make of nothing. That
// is a [*NotPositiveDefiniteError], and the error names the columns. [FitShrunk] manages with few rows and such columns;
// [NewNormalSingular] takes their covariance. Weights that are negative or not finite or have a sum of at most 1, and elements of x
// that are not finite, are errors too.
func Fit(x *mat.Dense, weights []float64) (*Normal, error) {
	m, err := newMoments("Fit", x, weights)
	if err != nil {
		return nil, err
	}
	if !(m.weight > 1) {
		return nil, fmt.Errorf("mvn: the weights have a sum of %g: the covariance needs more than 1", m.weight)
	}
	if rows, d := m.counted(), len(m.mean); rows <= d {
		return nil, fmt.Errorf("mvn: the covariance of %d rows is singular in %d dimensions, which need %d rows: use FitShrunk or NewNormalSingular", rows, d, d+1)
	}
	return m.fitted(m.scatter(m.weight-1), m.largest, "FitShrunk or NewNormalSingular")
}

// FitShrunk returns the distribution with the mean of the rows of x and the estimate of their covariance by Ledoit and Wolf,
// (1-s)S + s·(tr S/d)·I, with the s from 0 to 1 that it returns. S is the covariance divided by the sum of the weights. It is
// positive definite if s > 0 and the rows are not all the same, however few they are. s is 0 if all rows are as far from the mean in
// the same directions, as two rows of the same weight are: then S is taken as it is, and columns that [Fit] refuses are the
// same error.
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
	target := meanVariance(sigma)
	if target == 0 {
		return nil, 0, errors.New("mvn: the rows are all the same")
	}
	shrinkage = m.shrinkage(sigma, target)
	if shrinkage == 0 {
		n, err = m.fitted(sigma, m.largest, "NewNormalSingular")
		return n, 0, err
	}
	for i := range sigma.Rows {
		row := sigma.Row(i)
		for j := range i + 1 {
			row[j] *= 1 - shrinkage
		}
		row[i] += float64(shrinkage * target)
	}
	n, err = m.fitted(sigma, nil, "NewNormalSingular")
	return n, shrinkage, err
}

// moments are rows less their mean.
type moments struct {
	mean    []float64
	centred relent.Matrix[float64] // 0 where the weight is
	weights []float64
	weight  float64   // their sum
	largest []float64 // the largest size of an element, by column, of rows with a weight
}

// fitted is the distribution with the mean and a covariance, unless columns are dependent to rounding: to that of the covariance,
// and of the data if their sizes are given. Instead is what the error recommends.
func (m *moments) fitted(sigma relent.Matrix[float64], sizes []float64, instead string) (*Normal, error) {
	if err := checkMean(m.mean, "covariance", sigma.Rows); err != nil {
		return nil, err
	}
	for i := range sigma.Rows {
		for j := range i + 1 {
			if v := sigma.Row(i)[j]; !finite(v) {
				return nil, fmt.Errorf("mvn: the covariance of columns %d and %d is %g", i, j, v)
			}
		}
		if sigma.Row(i)[i] == 0 && !m.each(func(row []float64) bool { return row[i] == 0 }) {
			return nil, fmt.Errorf("mvn: the variance of column %d is too small for a float64", i)
		}
	}
	columns := transposedTriangle(sigma, false)
	failed, value := factorize(columns)
	d := dependence{sigma, columns, sizes, make([]float64, sigma.Rows)}
	what, pivot, left := d.ofConstants()
	if what == "" {
		what, pivot, left = d.find(failed, value)
	}
	if what != "" {
		return nil, &partError{what + " up to rounding, use " + instead, &NotPositiveDefiniteError{"covariance", pivot, left}}
	}
	if failed >= 0 {
		return nil, &NotPositiveDefiniteError{"covariance", failed, value}
	}
	f, err := newCovarianceForm(sigma, columns)
	if err != nil {
		return nil, err
	}
	return newNormal(m.mean, f), nil
}

// A dependence is that of the columns of data: of their covariance, of which the columns of L are known.
type dependence struct {
	sigma, columns relent.Matrix[float64]
	sizes          []float64
	coefficients   []float64
}

// ofConstants names the columns that are constant, and has the variance of the first, its pivot.
func (d dependence) ofConstants() (what string, pivot int, variance float64) {
	var constant []int
	for j := range d.sigma.Rows {
		if !(d.sigma.Row(j)[j] > d.roundingOfData(j, nil)) {
			constant = append(constant, j)
		}
	}
	switch len(constant) {
	case 0:
		return "", 0, 0
	case 1:
		what = fmt.Sprintf("column %d is constant", constant[0])
	default:
		what = fmt.Sprintf("columns %s are constant", listed(constant))
	}
	return what, constant[0], d.sigma.Row(constant[0])[constant[0]]
}

// find names the first column of which the ones before leave no more than rounding, and those that it depends on, and has its
// pivot. The factorisation has failed at a column, or not at one below 0.
func (d dependence) find(failed int, value float64) (what string, pivot int, left float64) {
	const suspect = 0x1p-20 // a share of a variance below which rounding may matter
	suspected := false
	for j := range d.sigma.Rows {
		if left = value; j != failed {
			p := d.columns.Row(j)[j]
			left = float64(p * p)
		}
		suspected = suspected || !(left > float64(suspect*d.sigma.Row(j)[j])) || d.roundingOfData(j, nil) > float64(suspect*left)
		if suspected {
			if b := d.regress(j); !(left > d.rounding(j, b)) {
				return fmt.Sprintf("columns %s are linearly dependent", listed(d.involved(j, b))), j, left
			}
		}
		if j == failed {
			break
		}
	}
	return "", 0, 0
}

// regress computes the coefficients b of the columns before j in the linear function that explains it best: L'ᵀb = l, with L' the
// factor of these columns and l what row j of L has of them.
func (d dependence) regress(j int) []float64 {
	b := d.coefficients[:j]
	for k := j - 1; k >= 0; k-- {
		column := d.columns.Row(k)
		b[k] = (column[j] - dot(column[k+1:j], b[k+1:])) / column[k]
	}
	return b
}

// rounding is what rounding may make of the variance of column j given those before it, if that is 0. With an error E of the
// covariance it is vᵀEv, v = (-b, 1); Cholesky's is about d units on the scale of the standard deviations.
func (d dependence) rounding(j int, b []float64) float64 {
	const sums = 32 // units of a sum of products
	size := math.Sqrt(d.sigma.Row(j)[j])
	for k, v := range b {
		size += float64(math.Abs(v) * math.Sqrt(d.sigma.Row(k)[k]))
	}
	return float64(float64(d.sigma.Rows+sums)*0x1p-53*float64(size*size)) + d.roundingOfData(j, b)
}

// roundingOfData is the variance that a rounding of the elements makes.
func (d dependence) roundingOfData(j int, b []float64) float64 {
	if d.sizes == nil {
		return 0
	}
	size := d.sizes[j]
	for k, v := range b {
		size += float64(math.Abs(v) * d.sizes[k])
	}
	e := float64(0x1p-52 * size)
	return float64(e * e)
}

// involved are the columns that column j is a function of, and j.
func (d dependence) involved(j int, b []float64) []int {
	const part = 1e-4 // of the standard deviation of j: less is not told from rounding
	var on []int
	for k, v := range b {
		if math.Abs(v)*math.Sqrt(d.sigma.Row(k)[k]) > part*math.Sqrt(d.sigma.Row(j)[j]) {
			on = append(on, k)
		}
	}
	return append(on, j)
}

// listed are numbers in words, the first few of many.
func listed(numbers []int) string {
	const most = 8
	var words []string
	for i, n := range numbers {
		if i == most && len(numbers) > most+1 {
			words = append(words, fmt.Sprintf("%d others", len(numbers)-most))
			break
		}
		words = append(words, fmt.Sprint(n))
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
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
	m := &moments{mean: make([]float64, d), centred: newMatrix(n, d), weights: weights, largest: make([]float64, d)}
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
			if w > 0 {
				m.largest[j] = max(m.largest[j], math.Abs(v))
			}
		}
		if w == 0 {
			clear(row)
		}
	}
	if !(m.weight > 0) || !finite(m.weight) {
		return nil, fmt.Errorf("mvn: the weights have a sum of %g", m.weight)
	}
	m.centreConstants()
	m.centre()
	m.centre() // the mean of what is left is rounding
	return m, nil
}

// centreConstants makes the mean of equal elements exactly these.
func (m *moments) centreConstants() {
	first := slices.IndexFunc(m.weights, func(w float64) bool { return w > 0 })
	for j, c := range m.centred.Row(first) {
		if !m.each(func(row []float64) bool { return row[j] == c }) {
			continue
		}
		m.mean[j] = c
		m.each(func(row []float64) bool { row[j] = 0; return true })
	}
}

// each calls f for the rows with a weight, until it returns false.
func (m *moments) each(f func(row []float64) bool) bool {
	for i, w := range m.weights {
		if w > 0 && !f(m.centred.Row(i)) {
			return false
		}
	}
	return true
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
	m.each(func(row []float64) bool { axpy(-1, shift, row); return true })
}

// scatter is the lower triangle of Σ w·xxᵀ/divisor, summed in blocks of rows: its error does not grow with their number.
func (m *moments) scatter(divisor float64) relent.Matrix[float64] {
	const rows = 64
	d := len(m.mean)
	sum, lost, block := newMatrix(d, d), newMatrix(d, d), newMatrix(d, d)
	for i, w := range m.weights {
		x := m.centred.Row(i)
		for j, v := range x {
			axpy(v*w/divisor, x[:j+1], block.Row(j))
		}
		if i%rows == rows-1 || i == len(m.weights)-1 {
			addCompensated(sum.Data, lost.Data, block.Data)
			clear(block.Data)
		}
	}
	for i, v := range lost.Data {
		if finite(v) { // else the sum is not
			sum.Data[i] += v
		}
	}
	return sum
}

// addCompensated adds x to sum, and to lost what is rounded off (Knuth).
func addCompensated(sum, lost, x []float64) {
	for i, v := range x {
		after := sum[i] + v
		added := after - sum[i]
		lost[i] += (sum[i] - (after - added)) + (v - added)
		sum[i] = after
	}
}

// meanVariance is tr S/d.
func meanVariance(s relent.Matrix[float64]) float64 {
	mean := 0.0
	for i := range s.Rows {
		mean += s.Row(i)[i] / float64(s.Rows)
	}
	return mean
}

// shrinkage is the smaller of 1 and b/‖S - mI‖², m the mean variance, or 0 if either is no more than rounding makes of 0.
// b = Σ p²‖xxᵀ - S‖² is the variance of S, p the normalised weights and S symmetric, given by its lower triangle. It does
// not depend on units, and is computed in those where m is near 1.
func (m *moments) shrinkage(s relent.Matrix[float64], mean float64) float64 {
	const rounding = 0x1p-80 // of a sum of squares of differences, relative to that of squares
	_, e := math.Frexp(mean)
	root := math.Ldexp(1, -(e / 2)) // x is divided by its inverse, S twice
	s = clone(s)
	for i := range s.Data {
		s.Data[i] = float64(float64(s.Data[i]*root) * root)
	}
	mean = float64(float64(mean*root) * root)
	square, apart, variance := 0.0, 0.0, 0.0 // ‖S‖², the denominator and b
	for i := range s.Rows {
		row := s.Row(i)
		off, last := float64(2*dot(row[:i], row[:i])), row[i]-mean
		square += off + float64(row[i]*row[i])
		apart += off + float64(last*last)
	}
	x := make([]float64, s.Rows)
	for r, w := range m.weights {
		for i, v := range m.centred.Row(r) {
			x[i] = v * root
		}
		p := w / m.weight
		variance += float64(p * p * squareApart(x, s))
	}
	if !(variance > float64(rounding*square)) || !(apart > float64(rounding*square)) {
		return 0
	}
	return min(1, variance/apart)
}

// squareApart is ‖xxᵀ - S‖², of differences: those of products would be of sums that cancel.
func squareApart(x []float64, s relent.Matrix[float64]) float64 {
	off, diagonal := 0.0, 0.0
	for i, v := range x {
		row := s.Row(i)
		for j, u := range x[:i] {
			e := float64(v*u) - row[j]
			off += float64(e * e)
		}
		e := float64(v*v) - row[i]
		diagonal += float64(e * e)
	}
	return float64(2*off) + diagonal
}

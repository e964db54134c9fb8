package mvn

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// Fit returns the distribution with the mean and the covariance of the rows of x, as gonum's stat.CovarianceMatrix
// computes it: with weights, which count how often a row occurs, and divided by the sum of the weights less 1. Nil weights
// are all 1. It is that of [Moments], and so has the same bits for any order of the rows.
//
// Fewer than d+1 rows with a positive weight are an error, because their covariance is singular. So is a column that is constant,
// or a linear function of those before it, up to rounding: if what these leave of its variance is no more than the
// rounding of the covariance, about d+32 units of 2⁻⁵³, or of the data, one unit of 2⁻⁵² of their size, may make of nothing. That
// is a [*NotPositiveDefiniteError], and the error names the columns. [FitShrunk] manages with few rows and such columns;
// [NewNormalSingular] takes their covariance. Weights that are negative or not finite or have a sum of at most 1, and elements of x
// that are not finite, are errors too, and so is that of the run's context.
func Fit(x *mat.Dense, weights []float64, run relent.Run) (*Normal, error) {
	return FitRows(rowsOf(x), weights, run)
}

// FitRows is [Fit] of raw elements; those of float32 are computed with in float64.
func FitRows[F float32 | float64](x relent.Matrix[F], weights []float64, run relent.Run) (*Normal, error) {
	m, err := momentsOf("FitRows", x, weights, run)
	if err != nil {
		return nil, err
	}
	return m.Normal(Estimate{})
}

// FitShrunk returns the distribution with the mean of the rows of x and the estimate of their covariance by Ledoit and Wolf,
// (1-s)S + s·(tr S/d)·I, with the s from 0 to 1 that it returns. S is the covariance divided by the sum of the weights. It is
// positive definite if s > 0 and the rows are not all the same, however few they are. s is 0 if all rows are as far from the mean in
// the same directions, as two rows of the same weight are: then S is taken as it is, and columns that [Fit] refuses are the
// same error. It is that of [LedoitWolf], and so has the same bits for any order of the rows.
//
// Without weights s is that of scikit-learn's LedoitWolf. Weights stand for how often a row would occur, relative to each other;
// they are normalised, and s is the one for a mean of independent rows so weighted.
//
// Ledoit and Wolf, A well-conditioned estimator for large-dimensional covariance matrices, Journal of Multivariate Analysis
// 88 (2004), 365–411.
func FitShrunk(x *mat.Dense, weights []float64, run relent.Run) (n *Normal, shrinkage float64, err error) {
	return FitShrunkRows(rowsOf(x), weights, run)
}

// FitShrunkRows is [FitShrunk] of raw elements; those of float32 are computed with in float64.
func FitShrunkRows[F float32 | float64](x relent.Matrix[F], weights []float64, run relent.Run) (n *Normal, shrinkage float64, err error) {
	m, err := momentsOf("FitShrunkRows", x, weights, passOf(run, 0))
	if err != nil {
		return nil, 0, err
	}
	l, err := NewLedoitWolf(m)
	if err != nil {
		return nil, 0, err
	}
	if err := LedoitWolfAddRows(l, x, weights, passOf(run, 1)); err != nil {
		return nil, 0, err
	}
	return l.Normal()
}

// passOf is the run of the first or the second of two passes, with the progress of both.
func passOf(run relent.Run, second int) relent.Run {
	if told := run.Progress; told != nil {
		run.Progress = func(done, total int) { told(second*total+done, 2*total) }
	}
	return run
}

// rowsOf is a matrix of raw elements, or of none.
func rowsOf(x *mat.Dense) relent.Matrix[float64] {
	if x == nil || x.IsEmpty() {
		return relent.Matrix[float64]{}
	}
	return relent.Matrix[float64](x.RawMatrix())
}

// momentsOf are those of rows.
func momentsOf[F float32 | float64](name string, x relent.Matrix[F], weights []float64, run relent.Run) (*Moments, error) {
	checkShape(name, "x", x, x.Rows, x.Cols)
	if x.Rows == 0 || x.Cols == 0 {
		return nil, errors.New("mvn: there are no rows")
	}
	if weights != nil && len(weights) != x.Rows {
		return nil, fmt.Errorf("mvn: there are %d weights for %d rows", len(weights), x.Rows)
	}
	m := NewMoments(x.Cols, RefuseNaN)
	return m, MomentsAddRows(m, x, weights, run)
}

// fitted is the distribution with the mean and a covariance, unless columns are dependent to rounding: to that of the covariance,
// and of the data if their sizes are given. Instead is what the error recommends.
func fitted(mean []float64, sigma relent.Matrix[float64], sizes []float64, instead string) (*Normal, error) {
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
	return newNormal(mean, f), nil
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
	if constant == nil {
		return "", 0, 0
	}
	return areConstant(constant), constant[0], d.sigma.Row(constant[0])[constant[0]]
}

// areConstant says that of columns.
func areConstant(columns []int) string {
	if len(columns) == 1 {
		return fmt.Sprintf("column %d is constant", columns[0])
	}
	return fmt.Sprintf("columns %s are constant", listed(columns))
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

// meanVariance is tr S/d.
func meanVariance(s relent.Matrix[float64]) float64 {
	mean := 0.0
	for i := range s.Rows {
		mean += s.Row(i)[i] / float64(s.Rows)
	}
	return mean
}

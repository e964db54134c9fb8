package mvn

import (
	"errors"
	"math"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// A Conditional computes with the distributions of some variables of a Normal given many rows of values of the others. They share a
// covariance. It does not change with SetMean; all methods may be called concurrently.
type Conditional struct {
	observed, rest []int
	mean           []float64
	columns        relent.Matrix[float64] // of L, with the observed variables first
	norm           float64                // -½(number of the rest·log 2π + log det of their covariance)
	work           *buffers
}

// Conditional returns the distributions of the variables that are not in observed, in their order, given values of those. Errors are those of
// [Normal.ConditionNormal]; also a covariance that is singular.
func (n *Normal) Conditional(observed []int) (*Conditional, error) {
	rest, err := n.others(observed)
	if err != nil {
		return nil, err
	}
	if len(rest) == 0 {
		return nil, errors.New("mvn: all variables are observed")
	}
	if n.Rank() < n.Dim() {
		return nil, errors.New("mvn: a singular distribution has no Conditional, use ConditionNormal")
	}
	order := append(append([]int(nil), observed...), rest...)
	columns := newMatrix(n.Dim(), n.Dim())
	for j := range order {
		for i := j; i < len(order); i++ {
			columns.Row(j)[i] = n.form.covariance(order[i], order[j])
		}
	}
	if pivot, value := factorize(columns); pivot >= 0 {
		return nil, &NotPositiveDefiniteError{"covariance", order[pivot], value}
	}
	c := &Conditional{append([]int(nil), observed...), rest, selected(n.mean, order), columns, 0, &buffers{}}
	c.norm = float64(-0.5*float64(float64(len(rest))*logTwoPi)) - logProduct(diagonalOf(columns)[len(observed):])
	return c, nil
}

// Rest are the variables that are not observed, in their order.
func (c *Conditional) Rest() []int { return append([]int(nil), c.rest...) }

// CovarianceMatrix stores the covariance of the rest, which does not depend on values, in dst, which is resized if it is empty.
func (c *Conditional) CovarianceMatrix(dst *mat.SymDense) {
	const name = "CovarianceMatrix"
	o, r := len(c.observed), len(c.rest)
	if given(name, "dst", dst).IsEmpty() {
		here.Allocate(name, r, r, func(int) { dst.ReuseAsSym(r) })
	}
	if got := dst.SymmetricDim(); got != r {
		here.Panic(name, "dst is %d×%d, the rest are %d variables", got, got, r)
	}
	for i := range r {
		for j := range i + 1 {
			sum := 0.0
			for k := o; k <= o+j; k++ {
				sum += float64(c.columns.Row(k)[o+i] * c.columns.Row(k)[o+j])
			}
			dst.SetSym(i, j, sum)
		}
	}
}

// MeanRows computes the mean of the rest given every row of values, of the observed variables in the order in which they were named, into
// the rows of dst; a nil dst is allocated, an empty one resized. Values that are not finite give NaN. The bits do not depend on the run; an error
// is that of its context. With a dst and one worker it does not allocate.
func (c *Conditional) MeanRows(dst, values *mat.Dense, run relent.Run) (*mat.Dense, error) {
	const name = "MeanRows"
	x := denseRows(name, values, len(c.observed))
	dst = destinationDense(name, dst, x.Rows, len(c.rest))
	if x.Rows == 0 {
		return dst, nil
	}
	to := relent.Matrix[float64](dst.RawMatrix())
	if plain(run) {
		c.means(to, x)
		return dst, nil
	}
	return dst, inParts(x.Rows, 1, formFlops(len(c.mean)), run, func(from, until int) { c.means(to.Slice(from, until), x.Slice(from, until)) })
}

func (c *Conditional) means(dst, x relent.Matrix[float64]) {
	work := c.work.get(len(c.mean))
	for i := range x.Rows {
		c.meanGiven(dst.Row(i), work, x.Row(i))
	}
	c.work.put(work)
}

// meanGiven is the mean of the rest given a row of values.
func (c *Conditional) meanGiven(dst, work, values []float64) {
	o := len(c.observed)
	clear(work[o:])
	for j, v := range values {
		work[j] = v - c.mean[j]
	}
	c.eliminate(work)
	for j := range dst {
		if dst[j] = c.mean[o+j] - work[o+j]; !finite(dst[j]) {
			dst[j] = math.NaN()
		}
	}
}

// eliminate replaces the observed y_o by z = L_oo⁻¹y_o, and subtracts L_ro·z from the rest.
func (c *Conditional) eliminate(y []float64) {
	for k := range c.observed {
		column := c.columns.Row(k)
		y[k] /= column[k]
		axpy(-y[k], column[k+1:], y[k+1:])
	}
}

// LogProbRows computes the log density of the rest given the observed variables for every row of x, which holds all variables in the
// order of the distribution, into dst, as [Normal.LogProbRows]: log p(x) - log p(observed), and more accurate than that difference. A row
// that holds a NaN, or an observed value that is infinite, gives NaN; else one that holds an infinity gives -Inf.
func (c *Conditional) LogProbRows(dst []float64, x *mat.Dense, run relent.Run) ([]float64, error) {
	const name = "LogProbRows"
	rows := denseRows(name, x, len(c.mean))
	dst = destination(name, "dst", dst, rows.Rows)
	if plain(run) {
		c.densities(dst, rows)
		return dst, nil
	}
	return dst, inParts(rows.Rows, 1, formFlops(rows.Cols), run, func(from, to int) { c.densities(dst[from:to], rows.Slice(from, to)) })
}

func (c *Conditional) densities(dst []float64, x relent.Matrix[float64]) {
	work := c.work.get(len(c.mean))
	for i := range dst {
		dst[i] = c.density(work, x.Row(i))
	}
	c.work.put(work)
}

func (c *Conditional) density(work, row []float64) float64 {
	o := len(c.observed)
	for j, v := range c.observed {
		work[j] = row[v]
	}
	for j, v := range c.rest {
		work[o+j] = row[v]
	}
	if !allFinite(work[:o]) {
		return math.NaN()
	}
	if !allFinite(work[o:]) {
		return -distanceOfUnbounded(work[o:])
	}
	for j, m := range c.mean {
		work[j] -= m
	}
	c.eliminate(work)
	square := 0.0
	for k := o; k < len(work); k++ {
		column := c.columns.Row(k)
		z := work[k] / column[k]
		square += float64(z * z)
		axpy(-z, column[k+1:], work[k+1:])
	}
	if square != square { // of differences that are too large
		return math.Inf(-1)
	}
	return c.norm - float64(0.5*square)
}

package mvn

import (
	"errors"
	"fmt"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/exact"
	"gonum.org/v1/gonum/mat"
)

// MissingOptions say how [FitMissing] fits.
type MissingOptions struct {
	Weights    []float64 // how often rows occur; nil ones are all 1
	Iterations int       // their largest number, 1000 if it is 0
	// A fit has converged when the mean log likelihood of a row grows by less than Tolerance, 1e-9 if it is 0; a negative one waits until it
	// does not grow at all.
	Tolerance float64
}

// A MissingReport says how a fit went.
type MissingReport struct {
	LogLikelihoods []float64 // the means of a row: of the start and after every iteration; they never fall
	Converged      bool
	Rows           int // of which an element is there, and the weight is above 0
	Missing        int // elements of these that are not
}

// FitMissing returns the normal distribution of the largest likelihood for the rows of x of which elements are missing, NaN, for reasons
// that do not depend on what they are: by expectation maximisation from the means and variances of columns. Without missing elements it
// is [Fit] with second moments divided by the sum of the weights. The result has the same bits on every CPU and for any number of
// workers.
//
// An iteration takes O(d²) for each row and O(d³) for each combination of elements that are there, of 2048 rows at most. Errors are those of the
// options; elements that are infinite and weights that are negative or not finite, with the row; a column of which less than two values
// differ; a covariance that is or becomes singular, a [*NotPositiveDefiniteError], as of too few rows; and that of the run's context.
//
// Little and Rubin, Statistical analysis with missing data, 2nd edition (2002), section 11.2.
func FitMissing(x *mat.Dense, o MissingOptions, run relent.Run) (*Normal, *MissingReport, error) {
	return FitMissingRows(rowsOf(x), o, run)
}

// FitMissingRows is [FitMissing] of raw elements; those of float32 are computed with in float64.
func FitMissingRows[F float32 | float64](x relent.Matrix[F], o MissingOptions, run relent.Run) (*Normal, *MissingReport, error) {
	checkShape("FitMissingRows", "x", x, x.Rows, x.Cols)
	switch {
	case x.Rows == 0 || x.Cols == 0:
		return nil, nil, errors.New("mvn: there are no rows")
	case o.Weights != nil && len(o.Weights) != x.Rows:
		return nil, nil, fmt.Errorf("mvn: there are %d weights for %d rows", len(o.Weights), x.Rows)
	}
	c, err := newClimb(o.Iterations, 1000, o.Tolerance)
	if err != nil {
		return nil, nil, err
	}
	if err := checkRows(0, x, o.Weights, SkipNaN); err != nil {
		return nil, nil, err
	}
	f := newMissingFit(x, o.Weights, relent.Run{Workers: run.Workers, Context: run.Context})
	return f.climb(c, run)
}

// A missingFit is that of some rows.
type missingFit struct {
	given     *weightedRows
	completed *weightedRows // rows of which missing elements are what the others make likely
	pieces    []piece
	scores    []float64 // log likelihoods of rows
	weight    float64
	missing   int
	rows      int
}

// A piece is rows of which the same elements are there.
type piece struct {
	there, missing []int
	rows           []int
	weight         float64
}

func newMissingFit[F float32 | float64](x relent.Matrix[F], weights []float64, run relent.Run) *missingFit {
	given := newWeighted(x, weights, run)
	f := &missingFit{given: given, scores: make([]float64, x.Rows)}
	f.completed = &weightedRows{newMatrix(x.Rows, x.Cols), weights, run}
	open := map[string]int{}
	var key []byte
	var weight exact.Sum
	for i := range x.Rows {
		w, row := given.weight(i), given.x.Row(i)
		key = appendPattern(key[:0], row)
		at, ok := open[string(key)]
		if !ok || len(f.pieces[at].rows) == chunkRows {
			p := piece{}
			for j, v := range row {
				if v == v {
					p.there = append(p.there, j)
				} else {
					p.missing = append(p.missing, j)
				}
			}
			at = len(f.pieces)
			open[string(key)] = at
			f.pieces = append(f.pieces, p)
		}
		p := &f.pieces[at]
		if w == 0 || len(p.there) == 0 {
			continue
		}
		p.rows = append(p.rows, i)
		p.weight += w
		weight.Add(w)
		f.rows++
		f.missing += len(p.missing)
	}
	f.weight = weight.Take()
	return f
}

// start is the means and variances of columns.
func (f *missingFit) start() (*Normal, error) {
	d := f.given.x.Cols
	if f.rows == 0 || !finite(f.weight) {
		return nil, fmt.Errorf("mvn: %d rows have an element and a weight; the weights have a sum of %g", f.rows, f.weight)
	}
	mean, variances := make([]float64, d), make([]float64, d)
	for j := range d {
		column := relent.Matrix[float64]{Rows: f.given.x.Rows, Cols: 1, Stride: f.given.x.Stride, Data: f.given.x.Data[j:]}
		m := NewMoments(1, SkipNaN)
		if err := m.add("FitMissing", column, f.given.weights, f.given.run); err != nil {
			return nil, err
		}
		if m.Rows() == 0 {
			return nil, fmt.Errorf("mvn: nothing of column %d is there", j)
		}
		n, err := m.Normal(Estimate{MaximumLikelihood: true, Structure: DiagonalCovariance})
		if err != nil {
			return nil, &partError{ofColumn(j, err), err}
		}
		mean[j], variances[j] = n.mean[0], n.form.covariance(0, 0)
	}
	sigma := newMatrix(d, d)
	for j, v := range variances {
		sigma.Row(j)[j] = v
	}
	return normalOf(mean, sigma)
}

// ofColumn says of which column an error is, and that its variance is 0, if it is.
func ofColumn(j int, err error) string {
	var singular *NotPositiveDefiniteError
	if errors.As(err, &singular) && singular.Value == 0 {
		return fmt.Sprintf("column %d is constant, of what is there", j)
	}
	return fmt.Sprintf("column %d", j)
}

// A missingState is what an iteration begins with: a distribution, how likely the rows are under it, and the likeliest one for the rows
// that it completes.
type missingState struct {
	normal, next  *Normal
	logLikelihood float64
}

func (s missingState) meanLogLikelihood() float64 { return s.logLikelihood }

// climb iterates until the likelihood does not grow any more.
func (f *missingFit) climb(c climb, run relent.Run) (*Normal, *MissingReport, error) {
	start, err := f.start()
	if err != nil {
		return nil, nil, err
	}
	at, err := f.at(start)
	if err != nil {
		return nil, nil, err
	}
	report := &MissingReport{Rows: f.rows, Missing: f.missing}
	at, report.LogLikelihoods, report.Converged, err = climbFrom(c, run, at, func(s missingState) (missingState, error) { return f.at(s.next) })
	if err != nil {
		return nil, nil, err
	}
	n := at.normal
	if _, err := fitted(n.mean, n.form.(*covarianceForm).lower(), nil, "FitShrunk of complete rows"); err != nil {
		return nil, nil, err
	}
	return n, report, nil
}

// patternChunk pieces add up what is left of covariances in one sum.
const patternChunk = 16

// at is the state of a distribution.
func (f *missingFit) at(n *Normal) (s missingState, err error) {
	d := n.Dim()
	chunks := (len(f.pieces) + patternChunk - 1) / patternChunk
	left, failed := make([]relent.Matrix[float64], chunks), make([]error, chunks)
	flops := patternChunk * (float64(chunkRows*formFlops(d)) + float64(float64(d)*formFlops(d)))
	err = inParts(chunks, 1, flops, f.given.run, func(from, to int) {
		for c := from; c < to; c++ {
			left[c] = newMatrix(d, d)
			for p := c * patternChunk; p < min(len(f.pieces), (c+1)*patternChunk) && failed[c] == nil; p++ {
				failed[c] = f.complete(&f.pieces[p], n, left[c])
			}
		}
	})
	if err != nil {
		return s, err
	}
	var likelihood exact.Sum
	weights := make([]float64, f.given.x.Rows)
	for c := range chunks {
		if failed[c] != nil {
			return s, failed[c]
		}
		for p := c * patternChunk; p < min(len(f.pieces), (c+1)*patternChunk); p++ {
			for _, i := range f.pieces[p].rows {
				likelihood.Add(float64(f.given.weight(i) * f.scores[i]))
				weights[i] = 1
			}
		}
	}
	mean, sigma, err := f.completed.scatter(weights, n.mean)
	if err != nil {
		return s, err
	}
	for _, l := range left {
		for k, v := range l.Data {
			sigma.Data[k] += v / f.weight
		}
	}
	value := likelihood.Take() / f.weight
	if !finite(value) {
		return s, fmt.Errorf("mvn: the mean log likelihood of the rows is %g", value)
	}
	next, err := normalOf(mean, sigma)
	if err != nil {
		return s, &partError{"the covariance becomes singular", err}
	}
	return missingState{n, next, value}, nil
}

// complete computes the rows of a piece with missing elements as they are expected, their log likelihoods, and adds what is left of the
// covariance of missing elements, times the weight. With the variables that are there first, Σ = LLᵀ: z = L_tt⁻¹(x_t-μ_t), and what is
// expected is μ_m + L_mt·z, with the covariance L_mm·L_mmᵀ.
func (f *missingFit) complete(p *piece, n *Normal, left relent.Matrix[float64]) error {
	if len(p.rows) == 0 {
		return nil
	}
	order := append(append([]int(nil), p.there...), p.missing...)
	d, k := len(order), len(p.there)
	columns := newMatrix(d, d)
	for j := range d {
		column := columns.Row(j)
		for i := j; i < d; i++ {
			column[i] = n.form.covariance(order[i], order[j])
		}
	}
	if pivot, value := factorize(columns); pivot >= 0 {
		return &NotPositiveDefiniteError{"covariance", order[pivot], value}
	}
	norm := float64(-0.5*float64(float64(k)*logTwoPi)) - logProduct(diagonalOf(columns)[:k])
	z := make([]float64, d)
	for _, r := range p.rows {
		from, to := f.given.x.Row(r), f.completed.x.Row(r)
		clear(z[k:])
		for i, j := range p.there {
			to[j] = from[j]
			z[i] = from[j] - n.mean[j]
		}
		square := 0.0
		for i := range k { // z[k:] collects -L_mt·z
			column := columns.Row(i)
			v := z[i] / column[i]
			square += float64(v * v)
			axpy(-v, column[i+1:], z[i+1:])
		}
		for i, j := range p.missing {
			to[j] = n.mean[j] - z[k+i]
		}
		f.scores[r] = norm - float64(0.5*square)
	}
	for c := k; c < d; c++ {
		column := columns.Row(c)
		for i := c; i < d; i++ {
			scaled := float64(p.weight * column[i])
			for j := c; j <= i; j++ {
				a, b := order[i], order[j]
				left.Row(max(a, b))[min(a, b)] += float64(scaled * column[j])
			}
		}
	}
	return nil
}

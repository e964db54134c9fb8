package mvn

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// NewNormalSingular is [NewNormal] for a covariance matrix that may be singular. The distribution then lives on its support, the plane
// through the mean that the columns of the covariance span. On it, distances and densities are those within the plane: with
// the pseudo-inverse, the pseudo-determinant, and the rank for the dimension. Off it a distance is +Inf and a log density
// -Inf, as scipy's multivariate_normal has it with allow_singular. If the rank is full, it is the distribution of [NewNormal].
//
// The rank is decided on the scale of correlations, so that it does not depend on the variables' units: variables are taken one by
// one, always the one of whose variance those before leave the largest share unexplained, until no share is above the tolerance.
// The others count as linear functions of them, a variable of variance 0 as a constant. The tolerance is at least d·2⁻⁵⁰, about
// what rounding leaves; 0 stands for that.
//
// A matrix that has a negative eigenvalue is an error: one of which a share that is as far below 0 is left, or a covariance that
// no variances would explain. A variance below 0 by at most the tolerance times the largest variance counts as 0.
//
// A point x counts as on the support if each variable that others determine is where they say, within 2⁻²⁰ of the sizes of what
// is compared: its value, its mean, its standard deviation, and the terms of the linear function.
func NewNormalSingular(mu []float64, sigma mat.Symmetric, tolerance float64) (*Normal, error) {
	a, err := symmetric("covariance", mu, sigma)
	if err != nil {
		return nil, err
	}
	if !(tolerance >= 0 && tolerance < 1) {
		return nil, fmt.Errorf("mvn: the tolerance is %g, want one from 0 to below 1", tolerance)
	}
	f, err := newSingularForm(a, diagonalOf(a), max(tolerance, float64(len(mu))*0x1p-50))
	if err != nil {
		return nil, err
	}
	return newNormal(mu, f), nil
}

// A singularForm is Σ = AAᵀ, A of full column rank. Some variables are free: their covariance has full rank. The others are bound: but
// for the means, they are W times the free ones.
type singularForm struct {
	free, bound []int
	columns     relent.Matrix[float64] // a row for each column of A
	inner       *covarianceForm        // of the free variables; nil if there are none
	w           relent.Matrix[float64] // a row for each bound variable
	gram        relent.Matrix[float64] // the columns of the Cholesky factor of I + WᵀW
	sigma       relent.Matrix[float64] // the lower triangle
	scale       []float64              // the variances, of which a share up to the tolerance counts as 0
	tolerance   float64
	log         float64 // pseudo-det Σ
}

// newSingularForm is the form of the lower triangle of a covariance: a covarianceForm if that has full rank.
func newSingularForm(sigma relent.Matrix[float64], scale []float64, tolerance float64) (form, error) {
	free, columns, err := reveal(sigma, scale, tolerance, sigma.Rows)
	if err != nil {
		return nil, err
	}
	if len(free) == sigma.Rows {
		whole := transposedTriangle(sigma, false)
		if pivot, _ := factorize(whole); pivot < 0 {
			return newCovarianceForm(sigma, whole)
		}
	}
	return newSingularOf(sigma, scale, tolerance, free, columns)
}

// newSingularOf is the form of A, given by columns, of which the rows of the free variables are lower triangular.
func newSingularOf(
	sigma relent.Matrix[float64], scale []float64, tolerance float64, free []int, columns relent.Matrix[float64],
) (*singularForm, error) {
	rank := len(free)
	f := &singularForm{
		free: free, bound: others(sigma.Rows, free), columns: columns, sigma: sigma, scale: scale, tolerance: tolerance,
		w: newMatrix(sigma.Rows-rank, rank), gram: identity(rank),
	}
	inner := newMatrix(rank, rank)
	for k := range rank {
		for i := k; i < rank; i++ {
			inner.Row(k)[i] = columns.Row(k)[free[i]]
		}
	}
	row := make([]float64, rank)
	for i, b := range f.bound {
		w := f.w.Row(i)
		for k := range w {
			w[k] = columns.Row(k)[b]
		}
		backward(inner, w)
		copy(row, w)
		update(f.gram, row)
	}
	if rank == 0 {
		return f, nil
	}
	var err error
	if f.inner, err = newCovarianceForm(f.block(free), inner); err != nil {
		return nil, err
	}
	f.log = f.inner.log + float64(2*logProduct(diagonalOf(f.gram)))
	return f, nil
}

// others are the numbers below n that are not among some.
func others(n int, some []int) []int {
	rest := make([]int, 0, n-len(some))
	for i := range n {
		if !slices.Contains(some, i) {
			rest = append(rest, i)
		}
	}
	return rest
}

// reveal is the Cholesky factorisation of a covariance, given by its lower triangle, that takes its variables in the order free: the one
// of which the largest share of its scale is left, of the first lead variables before the others. It ends where no share that
// is left is above the tolerance. Row k of columns is column k of the factor.
//
// Higham, Analysis of the Cholesky decomposition of a semi-definite matrix, in Reliable Numerical Computation (1990), 161–185.
func reveal(
	sigma relent.Matrix[float64], scale []float64, tolerance float64, lead int,
) (free []int, columns relent.Matrix[float64], err error) {
	d := sigma.Rows
	if err := checkConstants(sigma, scale, tolerance); err != nil {
		return nil, columns, err
	}
	data := newMatrix(d, d)
	bound, left := make([]bool, d), make([]float64, d) // what is not yet taken, and its variance
	for i, v := range scale {
		bound[i], left[i] = v > 0, sigma.Row(i)[i]
	}
	for {
		p := largestShare(left[:lead], scale, bound, tolerance)
		if p < 0 {
			p = largestShare(left, scale, bound, tolerance)
		}
		if p < 0 {
			break
		}
		column := data.Row(len(free))
		leave(column, sigma, p, data, len(free))
		root := math.Sqrt(left[p])
		bound[p] = false
		for i, open := range bound {
			column[i] /= root
			if !open {
				column[i] = 0
			}
			left[i] -= float64(column[i] * column[i])
		}
		column[p] = root
		free = append(free, p)
	}
	rest := make([]float64, d)
	for j, open := range bound {
		if !open {
			continue
		}
		leave(rest, sigma, j, data, len(free))
		for i, v := range rest[:j+1] {
			if bound[i] && !(math.Abs(v) <= float64(tolerance*math.Sqrt(scale[i])*math.Sqrt(scale[j]))) {
				return nil, columns, notSemidefinite(j, i, v)
			}
		}
	}
	return free, relent.Matrix[float64]{Rows: len(free), Cols: d, Stride: d, Data: data.Data[:len(free)*d]}, nil
}

// largestShare is the variable among those that are open of which the largest share is left, above the tolerance, or -1.
func largestShare(left, scale []float64, open []bool, tolerance float64) int {
	best, largest := -1, tolerance
	for i, v := range left {
		if share := v / scale[i]; open[i] && share > largest {
			best, largest = i, share
		}
	}
	return best
}

// leave sets dst to what the first columns of the factor leave of column j of the covariance.
func leave(dst []float64, sigma relent.Matrix[float64], j int, columns relent.Matrix[float64], first int) {
	copy(dst, sigma.Row(j)[:j+1])
	for i := j + 1; i < len(dst); i++ {
		dst[i] = sigma.Row(i)[j]
	}
	for k := range first {
		column := columns.Row(k)
		axpy(-column[j], column, dst)
	}
}

// checkConstants reports a variable of variance 0 that has a covariance, and one of a variance that rounding does not explain to be
// below 0.
func checkConstants(sigma relent.Matrix[float64], scale []float64, tolerance float64) error {
	for i, v := range scale {
		if v > 0 {
			continue
		}
		for j, w := range scale {
			least := 0.0
			if min(v, w) < 0 {
				least = float64(tolerance * slices.Max(scale))
			}
			if c := sigma.Row(max(i, j))[min(i, j)]; !(math.Abs(c) <= least) {
				return notSemidefinite(max(i, j), min(i, j), c)
			}
		}
	}
	return nil
}

func notSemidefinite(i, j int, left float64) error {
	return fmt.Errorf("mvn: the covariance matrix has a negative eigenvalue: of element (%d, %d) the other variables leave %g",
		i, j, left)
}

func (f *singularForm) dim() int                          { return f.sigma.Rows }
func (f *singularForm) rank() int                         { return len(f.free) }
func (f *singularForm) logDet() float64                   { return f.log }
func (f *singularForm) factor() *factored                 { return nil }
func (f *singularForm) whitener() *relent.Factor[float64] { return nil }
func (f *singularForm) successive() successive            { return successive{} }

func (f *singularForm) covariance(i, j int) float64 { return f.sigma.Row(max(i, j))[min(i, j)] }

func (f *singularForm) addColumns(columns relent.Matrix[float64], c float64) {
	addElements(columns, c, f)
}

func (f *singularForm) given(to twofoldMatrix) { copyTriangle(to.high, f.sigma) }

// transform computes Ax, of which the first elements of x count, as many as the rank is.
func (f *singularForm) transform(dst, x []float64) {
	y := make([]float64, len(x))
	for k := range f.free {
		axpy(x[k], f.columns.Row(k), y)
	}
	copy(dst, y)
}

func (f *singularForm) subset(vars []int) (form, error) {
	return newSingularForm(f.block(vars), selected(f.scale, vars), f.tolerance)
}

// block is the lower triangle of the covariance of some variables.
func (f *singularForm) block(vars []int) relent.Matrix[float64] {
	sigma := newMatrix(len(vars), len(vars))
	for i := range vars {
		for j := range i + 1 {
			sigma.Row(i)[j] = f.covariance(vars[i], vars[j])
		}
	}
	return sigma
}

// condition factorises the covariance with the observed variables first: what the columns of these leave is the covariance of the
// rest, which is never subtracted.
func (f *singularForm) condition(observed, rest []int, y []float64) ([]float64, form, error) {
	o, err := f.subset(observed)
	if err != nil {
		return nil, nil, err
	}
	zero := make([]float64, len(y))
	if s, ok := o.(*singularForm); ok && !s.holds(y, zero, s.freeOf(nil, y, zero)) {
		return nil, nil, errors.New("mvn: the observed values are off the support of their distribution")
	}
	order := append(append([]int(nil), observed...), rest...)
	scale := selected(f.scale, order)
	free, columns, err := reveal(f.block(order), scale, f.tolerance, len(observed))
	if err != nil {
		return nil, nil, err
	}
	moved := make([]float64, len(order))
	given := 0
	for ; given < len(free) && free[given] < len(observed); given++ {
		column := columns.Row(given)
		axpy((y[free[given]]-moved[free[given]])/column[free[given]], column, moved)
	}
	n := len(observed)
	remaining := newMatrix(len(free)-given, len(rest))
	for k := range remaining.Rows {
		copy(remaining.Row(k), columns.Row(given + k)[n:])
		free[given+k] -= n
	}
	r, err := singularOfColumns(remaining, free[given:], scale[n:], f.tolerance)
	return moved[n:], r, err
}

// singularOfColumns is newSingularForm of the factor.
func singularOfColumns(columns relent.Matrix[float64], free []int, scale []float64, tolerance float64) (form, error) {
	d := columns.Cols
	if len(free) == d {
		lower := newMatrix(d, d)
		for k := range d {
			update(lower, columns.Row(k))
		}
		return newCovarianceForm(relent.Matrix[float64]{}, lower)
	}
	sigma := newMatrix(d, d)
	for k := range free {
		column := columns.Row(k)
		for i, v := range column {
			axpy(v, column[:i+1], sigma.Row(i))
		}
	}
	return newSingularOf(sigma, scale, tolerance, free, columns)
}

// freeOf sets y, or a new slice, to the free variables of x less the mean.
func (f *singularForm) freeOf(y, x, mean []float64) []float64 {
	y = y[:0]
	for _, i := range f.free {
		y = append(y, x[i]-mean[i])
	}
	return y
}

// holds tells whether x is on the support; y are its free variables less the mean.
func (f *singularForm) holds(x, mean, y []float64) bool {
	for i, b := range f.bound {
		w := f.w.Row(i)
		size := math.Abs(x[b]) + math.Abs(mean[b]) + math.Sqrt(max(0, f.sigma.Row(b)[b]))
		for k, v := range f.free {
			size += float64(math.Abs(w[k]) * (math.Abs(x[v]) + math.Abs(mean[v])))
		}
		if off := math.Abs((x[b] - mean[b]) - dot(w, y)); !(off <= float64(0x1p-20*size)) {
			return false
		}
	}
	return true
}

// onSupport tells whether x is on the support.
func (f *singularForm) onSupport(x, mean, work []float64) bool {
	return f.holds(x, mean, f.freeOf(work, x, mean))
}

func (f *singularForm) workspace() int { return 2*f.rank() + 1 }

func (f *singularForm) sqMahalanobis(x, mean, work []float64) float64 {
	for _, v := range x {
		if !finite(v) {
			return math.NaN()
		}
	}
	y := f.freeOf(work, x, mean)
	if !f.holds(x, mean, y) {
		return math.Inf(1)
	}
	if f.inner == nil {
		return 0
	}
	return always(f.inner.whitener().SqMahalanobis(work[len(y):][:1], asRow(y), relent.Run{}))[0]
}

// solve is the pseudo-inverse of Σ times x-mean. With J = [I; W], Σ = JSJᵀ and S the covariance of the free variables y, that is
// J(JᵀJ)⁻¹S⁻¹y. From off the support, x goes to the nearest point on it, where y is (JᵀJ)⁻¹Wᵀ(x_bound - Wy) farther.
func (f *singularForm) solve(x, mean, work []float64) {
	y := f.freeOf(work, x, mean)
	if f.inner == nil {
		clear(x)
		return
	}
	if !f.holds(x, mean, y) {
		shift := work[len(y):][:len(y)]
		clear(shift)
		for i, b := range f.bound {
			axpy((x[b]-mean[b])-dot(f.w.Row(i), y), f.w.Row(i), shift)
		}
		f.solveGram(shift)
		axpy(1, shift, y)
	}
	always(f.inner.whitener().Solve(asRow(y), asRow(y), relent.Run{}))
	f.solveGram(y)
	for k, v := range f.free {
		x[v] = y[k]
	}
	for i, b := range f.bound {
		x[b] = dot(f.w.Row(i), y)
	}
}

// solveGram replaces y by (I + WᵀW)⁻¹y.
func (f *singularForm) solveGram(y []float64) {
	forward(f.gram, y)
	backward(f.gram, y)
}

// norm is the Euclidean length, without overflow.
func norm(x []float64) float64 {
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 || !finite(largest) {
		return largest
	}
	sum := 0.0
	for _, v := range x {
		v /= largest
		sum += float64(v * v)
	}
	return float64(largest * math.Sqrt(sum))
}

func (f *singularForm) doubleScorer(mean []float64) scorer[float64] {
	return newRowScorer[float64](f, mean)
}
func (f *singularForm) singleScorer(mean []float64) scorer[float32] {
	return newRowScorer[float32](f, mean)
}

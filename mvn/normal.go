package mvn

import (
	"errors"
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/sizes"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

const logTwoPi = 0x1.d67f1c864beb5p+0

// A Normal is a multivariate normal distribution in d >= 1 dimensions. The package documentation says which constructor
// to choose.
//
// It is built once; afterwards nothing but SetMean changes it. All methods may be called concurrently, but not together
// with SetMean. Scoring (LogProb, Prob, SqMahalanobis, Mahalanobis, ScoreInput with a dst, and their forms over rows
// with a dst and one worker) does not allocate, once a first call has laid the factor out for the kernels, and the buffers that
// concurrent calls need exist: a Normal keeps those of past calls.
//
// Constructors return an error, and no distribution, for a mean or a matrix of the wrong size or with an element that is not
// finite, and for a covariance that is not positive definite; the error says which element or pivot. Methods panic if the
// length of an argument is wrong; the message says both.
type Normal struct {
	mean  []float64
	form  form
	norm  float64  // -½(rank·log 2π + log det Σ)
	rows  *buffers // of one number
	pairs *buffers // for divergences from the distribution

	scorers *scorers
}

// scorers are what a distribution with its mean computes with, once it is needed.
type scorers struct {
	double    late[scorer[float64]]
	single    late[scorer[float32]]
	marginals marginals
	colours   late[colours]
	samples   freelist.List[*samples]
}

func (n *Normal) doubles() scorer[float64] {
	return n.scorers.double.get(func() scorer[float64] { return n.form.doubleScorer(n.mean) })
}

func (n *Normal) singles() scorer[float32] {
	return n.scorers.single.get(func() scorer[float32] { return n.form.singleScorer(n.mean) })
}

// A form is a covariance Σ, without a mean, in the structure that it was given in. It is immutable; what its methods build
// they build once.
type form interface {
	dim() int
	rank() int // dim unless singular
	logDet() float64
	covariance(i, j int) float64
	// addColumns adds c·Σ to the columns of a lower triangle: column j is row j, from element j on.
	addColumns(columns relent.Matrix[float64], c float64)
	// transform computes Ax, AAᵀ = Σ. dst may be x.
	transform(dst, x []float64)
	// subset is the covariance of some of the variables, all different.
	subset(vars []int) (form, error)
	// condition is the covariance of the variables rest where those observed are y away from their means, and how far that
	// moves the means of the rest.
	condition(observed, rest []int, y []float64) (shift []float64, f form, err error)
	// scorers compute distances of rows from the mean.
	doubleScorer(mean []float64) scorer[float64]
	singleScorer(mean []float64) scorer[float32]
	// factor is Σ = LLᵀ; a singular form has none.
	factor() *factored
	// successive are the variances of the variables one by one; a singular form has none.
	successive() successive
	// given sets the lower triangle of zeros to the covariance, or of NewNormalPrecision its inverse, as it was given.
	given(to twofoldMatrix)
	// whitener is L⁻¹, of mean 0; a singular form has none.
	whitener() *relent.Factor[float64]
}

// A scorer computes distances of rows from a mean. [relent.Factor] is one.
type scorer[F relent.Float] interface {
	SqMahalanobis(dst []F, x relent.Matrix[F], run relent.Run) ([]F, error)
	Mahalanobis(dst []F, x relent.Matrix[F], run relent.Run) ([]F, error)
	LogDensity(dst []F, x relent.Matrix[F], logNorm F, run relent.Run) ([]F, error)
	Solve(dst, x relent.Matrix[F], run relent.Run) (relent.Matrix[F], error)
	Whiten(dst, x relent.Matrix[F], run relent.Run) (relent.Matrix[F], error)
}

func newNormal(mu []float64, f form) *Normal {
	return new(normalParts).normal(append([]float64(nil), mu...), f)
}

// normalParts are what a Normal points to, for one allocation.
type normalParts struct {
	Normal
	own         scorers
	rows, pairs buffers
}

// normal keeps the mean.
func (p *normalParts) normal(mean []float64, f form) *Normal {
	p.Normal = Normal{
		mean:    mean,
		form:    f,
		norm:    float64(-0.5 * (float64(float64(f.rank())*logTwoPi) + f.logDet())),
		rows:    &p.rows,
		pairs:   &p.pairs,
		scorers: &p.own,
	}
	return &p.Normal
}

// NewNormal returns the distribution with mean mu and covariance matrix sigma. Where sigma is not symmetric, it is as in [NewNormalMatrix].
//
// No condition number is too large: an error, a [*NotPositiveDefiniteError] that names the pivot, is returned only where the
// factorisation meets a pivot that is not positive. Of sigma that a program computes from data this may be a matter of
// rounding; see [NewNormalSingular] and [FitShrunk].
func NewNormal(mu []float64, sigma mat.Symmetric) (*Normal, error) {
	if s, ok := sigma.(*mat.SymDense); ok && s != nil && checkMean(mu, "covariance", s.SymmetricDim()) == nil {
		if n := newFromUpper(mu, s.RawSymmetric()); n != nil {
			return n, nil
		}
	}
	a, err := symmetric("covariance", mu, sigma)
	if err != nil {
		return nil, err
	}
	return newCovariance(mu, a)
}

// NewNormalMatrix is [NewNormal] of raw elements. Elements (i, j) and (j, i) may differ as rounding leaves them, by up to
// 1e-12·√(σ_ii·σ_jj), and their mean is taken; more is an error that names them.
func NewNormalMatrix(mu []float64, sigma relent.Matrix[float64]) (*Normal, error) {
	a, err := raw("covariance", mu, sigma)
	if err != nil {
		return nil, err
	}
	return newCovariance(mu, a)
}

// newFromUpper is NewNormal of an upper triangle, whose rows are columns of the lower one; nil where it is an error. A triangle that
// is not finite is one: what is left of a pivot is NaN then, or -Inf.
func newFromUpper(mu []float64, a blas64.Symmetric) *Normal {
	d := len(mu)
	n := new(struct {
		parts normalParts
		form  covarianceForm
	})
	numbers := make([]float64, d*(d+1)+2*d)
	mean, pivot := numbers[:d:d], numbers[d:2*d:2*d]
	f := &n.form
	f.upper = sharedUpper{d, numbers[2*d:]}
	f.columns, f.pivot = f.upper.columns(), pivot
	copy(mean, mu)
	for i := range d {
		row := a.Data[i*a.Stride:][i:d]
		copy(f.upper.row(i), row)
		copy(f.columns.Row(i)[i:], row)
	}
	if pivot, _ := factorize(f.columns); pivot >= 0 {
		return nil
	}
	if f.begin() != nil {
		return nil
	}
	return n.parts.normal(mean, f)
}

func newCovariance(mu []float64, sigma relent.Matrix[float64]) (*Normal, error) {
	columns := transposedTriangle(sigma, false)
	if pivot, value := factorize(columns); pivot >= 0 {
		return nil, &NotPositiveDefiniteError{"covariance", pivot, value}
	}
	f, err := newCovarianceForm(sigma, columns)
	if err != nil {
		return nil, err
	}
	return newNormal(mu, f), nil
}

// NewNormalChol returns the distribution with mean mu and the covariance matrix that chol is the factorisation of.
func NewNormalChol(mu []float64, chol *mat.Cholesky) (*Normal, error) {
	if chol == nil || chol.IsEmpty() {
		return nil, errors.New("mvn: the Cholesky factorisation is empty")
	}
	d := chol.SymmetricDim()
	if err := checkMean(mu, "factor", d); err != nil {
		return nil, err
	}
	columns := newMatrix(d, d)
	u := chol.RawU()
	for i := range d {
		for j := i; j < d; j++ {
			v := u.At(i, j)
			if !finite(v) {
				return nil, fmt.Errorf("mvn: element (%d, %d) of the factor is %g", j, i, v)
			}
			columns.Row(i)[j] = v
		}
		if p := columns.Row(i)[i]; !(p > 0) {
			return nil, &NotPositiveDefiniteError{"covariance", i, p}
		}
	}
	f, err := newCovarianceForm(relent.Matrix[float64]{}, columns)
	if err != nil {
		return nil, err
	}
	return newNormal(mu, f), nil
}

// NewNormalPrecision returns the distribution with mean mu whose precision matrix, the inverse of the covariance matrix, is prec.
// prec is factorised as MᵀM with M lower triangular, and distances are computed with M: nothing is inverted.
func NewNormalPrecision(mu []float64, prec mat.Symmetric) (*Normal, error) {
	a, err := symmetric("precision", mu, prec)
	if err != nil {
		return nil, err
	}
	f, err := newPrecisionForm(a)
	if err != nil {
		return nil, err
	}
	return newNormal(mu, f), nil
}

// NewNormalDiagonal returns the distribution of independent variables with means mu and the given variances, not deviations.
func NewNormalDiagonal(mu, variance []float64) (*Normal, error) {
	if err := checkMean(mu, "variance", len(variance)); err != nil {
		return nil, err
	}
	f, err := newDiagonalForm(append([]float64(nil), variance...))
	if err != nil {
		return nil, err
	}
	return newNormal(mu, f), nil
}

// NewNormalIsotropic returns the distribution of independent variables with means mu and the same variance.
func NewNormalIsotropic(mu []float64, variance float64) (*Normal, error) {
	v := make([]float64, len(mu))
	for i := range v {
		v[i] = variance
	}
	return NewNormalDiagonal(mu, v)
}

// NewNormalStandard returns the standard normal distribution in d dimensions: mean 0, covariance I. It panics unless d >= 1.
func NewNormalStandard(d int) *Normal {
	if d < 1 {
		here.Panic("NewNormalStandard", "%d dimensions", d)
	}
	n, err := NewNormalIsotropic(sizes.Make[float64](here, "NewNormalStandard", 1, d), 1)
	if err != nil {
		panic(err)
	}
	return n
}

// Dim returns the dimension d.
func (n *Normal) Dim() int { return len(n.mean) }

// Rank returns the rank of the covariance matrix: Dim, unless the distribution is of [NewNormalSingular].
func (n *Normal) Rank() int { return n.form.rank() }

// Mean copies the mean to dst and returns it. A nil dst is allocated.
func (n *Normal) Mean(dst []float64) []float64 {
	dst = n.vector("Mean", dst)
	copy(dst, n.mean)
	return dst
}

// SetMean changes the mean to mu, whose elements must be finite, or it panics. It must not be called at the same time as
// other methods.
func (n *Normal) SetMean(mu []float64) {
	n.checkLength("SetMean", "mu", len(mu))
	for i, m := range mu {
		if !finite(m) {
			panic(fmt.Sprintf("mvn: SetMean: element %d is %g", i, m))
		}
	}
	n.mean = append([]float64(nil), mu...)
	n.scorers = &scorers{}
}

// CovarianceMatrix stores the covariance matrix in dst, which is resized if it is empty: what [NewNormal] was given, in other
// forms what follows from it.
func (n *Normal) CovarianceMatrix(dst *mat.SymDense) {
	const name = "CovarianceMatrix"
	d := n.Dim()
	if given(name, "dst", dst).IsEmpty() {
		here.Allocate(name, d, d, func(int) { dst.ReuseAsSym(d) })
	}
	n.checkLength(name, "dst", dst.SymmetricDim())
	for i := range d {
		for j := range i + 1 {
			dst.SetSym(i, j, n.form.covariance(i, j))
		}
	}
}

// Variances copies the variances, the diagonal of the covariance matrix, to dst and returns it. A nil dst is allocated.
func (n *Normal) Variances(dst []float64) []float64 {
	dst = n.vector("Variances", dst)
	for i := range dst {
		dst[i] = n.form.covariance(i, i)
	}
	return dst
}

// PrecisionMatrix stores the precision matrix, the inverse of the covariance matrix, in dst, which is resized if it is empty: what
// [NewNormalPrecision] was given, in other forms what follows from it. That of a singular distribution is the pseudo-inverse.
func (n *Normal) PrecisionMatrix(dst *mat.SymDense) {
	const name = "PrecisionMatrix"
	d := n.Dim()
	if given(name, "dst", dst).IsEmpty() {
		here.Allocate(name, d, d, func(int) { dst.ReuseAsSym(d) })
	}
	n.checkLength(name, "dst", dst.SymmetricDim())
	precision := n.precision()
	for i := range d {
		for j := range i + 1 {
			dst.SetSym(i, j, precision.Row(i)[j])
		}
	}
}

// precision is the lower triangle of Σ⁻¹.
func (n *Normal) precision() relent.Matrix[float64] {
	if f, ok := n.form.(*precisionForm); ok && f.prec.Data != nil {
		return f.prec
	}
	d := n.Dim()
	columns := identity(d)
	always(n.form.doubleScorer(make([]float64, d)).Solve(columns, columns, relent.Run{}))
	for i := range d {
		for j := range i {
			columns.Row(i)[j] = float64(0.5*columns.Row(i)[j]) + float64(0.5*columns.Row(j)[i])
		}
	}
	return columns
}

// LogDet returns the logarithm of the determinant of the covariance matrix; in a singular one, of its pseudo-determinant, the
// product of the eigenvalues that are not 0.
func (n *Normal) LogDet() float64 { return n.form.logDet() }

// Entropy returns the differential entropy ½(d(1 + log 2π) + log det Σ), in nats. In a singular distribution, d is the
// rank.
func (n *Normal) Entropy() float64 { return float64(0.5*float64(n.Rank())) - n.norm }

// checkLength panics unless an argument's length is the dimension.
func (n *Normal) checkLength(method, name string, length int) {
	if length != n.Dim() {
		panic(fmt.Sprintf("mvn: %s: %s has length %d, the distribution has dimension %d", method, name, length, n.Dim()))
	}
}

// vector is dst, or a new one if it is nil.
func (n *Normal) vector(method string, dst []float64) []float64 {
	return destination(method, "dst", dst, n.Dim())
}

func finite(x float64) bool { return x-x == 0 }

func clone(a relent.Matrix[float64]) relent.Matrix[float64] {
	a.Data = append([]float64(nil), a.Data...)
	return a
}

// checkMean reports a mean that has not the dimension of what is given with it, or is not finite.
func checkMean(mu []float64, name string, dim int) error {
	if len(mu) != dim {
		return fmt.Errorf("mvn: the mean has length %d, the %s dimension %d", len(mu), name, dim)
	}
	if dim == 0 {
		return errors.New("mvn: the mean is empty")
	}
	for i, m := range mu {
		if !finite(m) {
			return fmt.Errorf("mvn: element %d of the mean is %g", i, m)
		}
	}
	return nil
}

// symmetric is the lower triangle of a, which has the mean's dimension, is finite and symmetric to rounding, or an error.
func symmetric(name string, mu []float64, a mat.Symmetric) (relent.Matrix[float64], error) {
	if isNil(a) {
		return relent.Matrix[float64]{}, fmt.Errorf("mvn: the %s matrix is nil", name)
	}
	d := a.SymmetricDim()
	if err := checkMean(mu, name, d); err != nil {
		return relent.Matrix[float64]{}, err
	}
	if s, ok := a.(*mat.SymDense); ok {
		raw := s.RawSymmetric()
		upper := relent.Matrix[float64]{Rows: d, Cols: d, Stride: raw.Stride, Data: raw.Data}
		if finiteUpper(upper) {
			return transposedTriangle(upper, true), nil
		}
	}
	return lowerTriangle(name, d, a.At)
}

// finiteUpper tells whether an upper triangle is finite.
func finiteUpper(a relent.Matrix[float64]) bool {
	for i := range a.Rows {
		if !allFinite(a.Row(i)[i:]) {
			return false
		}
	}
	return true
}

func raw(name string, mu []float64, a relent.Matrix[float64]) (relent.Matrix[float64], error) {
	if a.Rows != a.Cols {
		return relent.Matrix[float64]{}, fmt.Errorf("mvn: the %s matrix is %d×%d, not square", name, a.Rows, a.Cols)
	}
	if err := checkMean(mu, name, a.Rows); err != nil {
		return relent.Matrix[float64]{}, err
	}
	if span, ok := sizes.Span(a.Rows, a.Cols, max(0, a.Stride)); a.Stride < a.Cols || !ok || len(a.Data) < span {
		return relent.Matrix[float64]{}, fmt.Errorf("mvn: the %s matrix is %d×%d with stride %d in %d elements",
			name, a.Rows, a.Cols, a.Stride, len(a.Data))
	}
	return lowerTriangle(name, a.Rows, func(i, j int) float64 { return a.Data[i*a.Stride+j] })
}

// asymmetry is how far elements (i, j) and (j, i) of a covariance or precision matrix A may be apart, as rounding leaves them, on the
// scale of √(a_ii·a_jj). More is an error.
const asymmetry = 1e-12

// lowerTriangle is that of a matrix, of which it takes the means of the elements that should be equal.
func lowerTriangle(name string, d int, at func(i, j int) float64) (relent.Matrix[float64], error) {
	a := newMatrix(d, d)
	for i := range d {
		for j := range i + 1 {
			v, w := at(i, j), at(j, i)
			if !finite(v) {
				return a, fmt.Errorf("mvn: element (%d, %d) of the %s matrix is %g", i, j, name, v)
			}
			if !finite(w) {
				return a, fmt.Errorf("mvn: element (%d, %d) of the %s matrix is %g", j, i, name, w)
			}
			a.Row(i)[j] = v
			if v != w {
				a.Row(i)[j] = float64(v/2) + float64(w/2)
				if bound := asymmetry * math.Sqrt(at(i, i)) * math.Sqrt(at(j, j)); !(math.Abs(v-w) <= bound) {
					return a, fmt.Errorf("mvn: the %s matrix is not symmetric: element (%d, %d) is %g, (%d, %d) is %g, farther apart than %g·√(a_ii·a_jj)",
						name, i, j, v, j, i, w, asymmetry)
				}
			}
		}
	}
	return a, nil
}

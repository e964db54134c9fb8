package mvn

import (
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// NewSingular is [New] for a covariance matrix that may be singular. The distribution then lives on its support, the plane
// through the mean that the eigenvectors of positive eigenvalues span. On it, distances and densities are those within the
// plane: with the pseudo-inverse, the pseudo-determinant, and the rank for the dimension. Off it a distance is +Inf and a log
// density -Inf, as scipy's multivariate_normal has it with allow_singular.
//
// An eigenvalue counts as 0 if it is at most tolerance times the largest one; a tolerance of 0 stands for d·2⁻⁵⁰. One that is
// as far below 0 is an error. A point x counts as on the support if it is within 2⁻²⁰·(‖x‖ + ‖μ‖ + σ) of it, σ² the largest
// eigenvalue.
//
// The eigenvectors are gonum's. So of all forms only this does not have the same bits on every architecture.
func NewSingular(mu []float64, sigma mat.Symmetric, tolerance float64) (*Normal, error) {
	a, err := symmetric("covariance", mu, sigma)
	if err != nil {
		return nil, err
	}
	if !(tolerance >= 0 && tolerance < 1) {
		return nil, fmt.Errorf("mvn: the tolerance is %g, want one from 0 to below 1", tolerance)
	}
	f, err := newSingularForm(a, tolerance, 0)
	if err != nil {
		return nil, err
	}
	return newNormal(mu, f), nil
}

// A singularForm is Σ = VΛVᵀ.
type singularForm struct {
	sigma    relent.Matrix[float64] // the lower triangle
	vectors  relent.Matrix[float64] // Vᵀ: the eigenvectors as rows, those of eigenvalues that count as 0 first
	root     []float64              // the roots of the eigenvalues, 0 where they count as 0
	null     int                    // how many count as 0
	relative float64                // the tolerance
	log      float64                // pseudo-det Σ
}

// newSingularForm decomposes sigma. least is a size of eigenvalues that count as 0 besides.
func newSingularForm(sigma relent.Matrix[float64], tolerance, least float64) (*singularForm, error) {
	d := sigma.Rows
	f := &singularForm{sigma: sigma, relative: tolerance}
	if tolerance == 0 {
		tolerance = float64(d) * 0x1p-50
	}
	s := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			s.SetSym(i, j, sigma.Row(i)[j])
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(s, true) {
		return nil, fmt.Errorf("mvn: the eigenvalues of the %d×%d covariance matrix do not converge", d, d)
	}
	values := eigen.Values(nil) // ascending
	cut := max(tolerance*max(values[d-1], -values[0]), least)
	if values[0] < -cut {
		return nil, fmt.Errorf("mvn: the covariance matrix has the negative eigenvalue %g; the largest is %g", values[0], values[d-1])
	}
	var v mat.Dense
	eigen.VectorsTo(&v)
	f.vectors = newMatrix(d, d)
	for k, value := range values {
		mat.Col(f.vectors.Row(k), k, &v)
		root := 0.0
		if value > cut {
			root = math.Sqrt(value)
			f.log += log(value)
		} else {
			f.null++
		}
		f.root = append(f.root, root)
	}
	return f, nil
}

func (f *singularForm) dim() int                          { return len(f.root) }
func (f *singularForm) rank() int                         { return f.dim() - f.null }
func (f *singularForm) logDet() float64                   { return f.log }
func (f *singularForm) factor() *factored                 { return nil }
func (f *singularForm) whitener() *relent.Factor[float64] { return nil }

func (f *singularForm) covariance(i, j int) float64 { return f.sigma.Row(max(i, j))[min(i, j)] }

// transform computes VΛ^½x.
func (f *singularForm) transform(dst, x []float64) {
	y := make([]float64, len(x))
	for k, r := range f.root {
		axpy(r*x[k], f.vectors.Row(k), y)
	}
	copy(dst, y)
}

func (f *singularForm) subset(vars []int) (form, error) {
	return newSingularForm(f.block(vars), f.relative, f.least())
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

// least is the rounding of the whole covariance: what is below it in parts of it counts as 0 too.
func (f *singularForm) least() float64 {
	top := f.root[f.dim()-1]
	return float64(float64(f.dim()) * 0x1p-50 * float64(top*top))
}

// condition subtracts the Schur complement, by the pseudo-inverse of the covariance of the observed.
func (f *singularForm) condition(observed, rest []int, y []float64) ([]float64, form, error) {
	o, err := newSingularForm(f.block(observed), f.relative, f.least())
	if err != nil {
		return nil, nil, err
	}
	if z := o.sqMahalanobis(append([]float64(nil), y...), make([]float64, len(y)), make([]float64, len(y))); !finite(z) {
		return nil, nil, fmt.Errorf("mvn: the observed values are off the support of their distribution")
	}
	shift, sigma := make([]float64, len(rest)), f.block(rest)
	whitened := newMatrix(len(rest), len(observed))
	z := make([]float64, len(observed))
	o.whiten(z, y)
	cross := make([]float64, len(observed))
	for i, r := range rest {
		for k, v := range observed {
			cross[k] = f.covariance(r, v)
		}
		o.whiten(whitened.Row(i), cross)
		shift[i] = dot(whitened.Row(i), z)
		for j := range i + 1 {
			sigma.Row(i)[j] -= dot(whitened.Row(i), whitened.Row(j))
		}
	}
	r, err := newSingularForm(sigma, f.relative, f.least())
	return shift, r, err
}

// whiten computes the pseudo-inverse of VΛ^½ times y.
func (f *singularForm) whiten(z, y []float64) {
	clear(z)
	for k := f.null; k < f.dim(); k++ {
		z[k] = dot(f.vectors.Row(k), y) / f.root[k]
	}
}

func (f *singularForm) workspace() int { return f.dim() }

func (f *singularForm) sqMahalanobis(x, mean, z []float64) float64 {
	size := norm(x) + norm(mean) + f.root[f.dim()-1]
	for i, m := range mean {
		if !finite(x[i]) {
			return math.NaN()
		}
		x[i] -= m
	}
	for k := range f.null {
		z[k] = dot(f.vectors.Row(k), x)
	}
	if off := norm(z[:f.null]); !(off <= 0x1p-20*size) {
		return math.Inf(1)
	}
	f.whiten(z, x)
	return dot(z, z)
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

// solve is the pseudo-inverse of Σ times x-mean.
func (f *singularForm) solve(x, mean, z []float64) {
	for i, m := range mean {
		x[i] -= m
	}
	f.whiten(z, x)
	clear(x)
	for k := f.null; k < f.dim(); k++ {
		axpy(z[k]/f.root[k], f.vectors.Row(k), x)
	}
}

func (f *singularForm) doubleScorer(mean []float64) scorer[float64] {
	return newRowScorer[float64](f, mean)
}
func (f *singularForm) singleScorer(mean []float64) scorer[float32] {
	return newRowScorer[float32](f, mean)
}

package relent

import (
	"fmt"
	"math"
	"sync"
)

// Matrix is a row-major matrix: element (i, j) is Data[i*Stride+j]. Its fields are those of gonum's blas64.General and
// blas32.General, which convert to it: Matrix[float64](m.RawMatrix()).
type Matrix[F Float] struct {
	Rows, Cols int
	Data       []F
	Stride     int
}

// Row is row i, sharing the elements.
func (m Matrix[F]) Row(i int) []F { return m.Data[i*m.Stride : i*m.Stride+m.Cols : i*m.Stride+m.Cols] }

// Slice is rows from up to but not including to, sharing the elements.
func (m Matrix[F]) Slice(from, to int) Matrix[F] {
	s := Matrix[F]{Rows: to - from, Cols: m.Cols, Stride: m.Stride}
	if s.Rows > 0 {
		s.Data = m.Data[from*m.Stride:]
	}
	return s
}

// check panics unless the data hold the matrix.
func (m Matrix[F]) check(method, name string) {
	if m.Rows < 0 || m.Cols < 0 {
		panic(fmt.Sprintf("relent: %s: %s is %d×%d", method, name, m.Rows, m.Cols))
	}
	if m.Stride < m.Cols {
		panic(fmt.Sprintf("relent: %s: %s has stride %d, less than its %d columns", method, name, m.Stride, m.Cols))
	}
	if need := (m.Rows-1)*m.Stride + m.Cols; m.Rows > 0 && m.Cols > 0 && len(m.Data) < need {
		panic(fmt.Sprintf("relent: %s: %s is %d×%d with stride %d, which takes %d elements; it has %d",
			method, name, m.Rows, m.Cols, m.Stride, need, len(m.Data)))
	}
}

// A Factor computes squared Mahalanobis distances (x-μ)ᵀΣ⁻¹(x-μ) of many rows x from a mean μ under a covariance
// Σ = LLᵀ. It is packed for that once and never changes; all methods may be called concurrently.
//
// With z = L⁻¹(x-μ), by forward substitution, the distance is the sum of the squares of z: never negative, and accurate
// relative to the given L. A row that holds a NaN or an infinity gives NaN; a distance too large for F gives +Inf.
//
// Methods write to dst and return it. A nil dst is allocated; one of the wrong size panics. dst must not overlap x.
// The rows are divided among workers goroutines, or computed by the caller's alone if workers is at most 1; the results
// have the same bits for any number of them, and wherever a row stands among others. Calls by one worker do not
// allocate, once the buffers that concurrent calls need exist: a Factor keeps those of past calls.
type Factor[F Float] struct {
	mean    []F
	scale   []F       // the inverse of L's diagonal
	lower   Matrix[F] // nil data for a diagonal L
	product bool      // lower is L⁻¹: multiply
	buffers *sync.Pool
}

// NewFactor packs a mean and the lower triangle of L; what stands above the diagonal is not read. A pivot L[i][i] that is
// not positive, or a value that is not finite, is an error.
func NewFactor[F Float](mean []F, lower Matrix[F]) (*Factor[F], error) {
	return newFactor("NewFactor", mean, lower, false)
}

// NewPrecisionFactor is [NewFactor] given M = L⁻¹, lower triangular, of which MᵀM is the precision matrix Σ⁻¹: z is
// M(x-μ), nothing is inverted.
func NewPrecisionFactor[F Float](mean []F, lower Matrix[F]) (*Factor[F], error) {
	return newFactor("NewPrecisionFactor", mean, lower, true)
}

// NewDiagonalFactor is [NewFactor] of the diagonal L with the given elements, the standard deviations.
func NewDiagonalFactor[F Float](mean, deviation []F) (*Factor[F], error) {
	if len(mean) != len(deviation) {
		panic(fmt.Sprintf("relent: NewDiagonalFactor: the mean has %d elements, the deviations are %d", len(mean), len(deviation)))
	}
	f := &Factor[F]{mean: append([]F(nil), mean...)}
	for _, d := range deviation {
		f.scale = append(f.scale, 1/d)
	}
	return f, nil // TODO errors
}

func newFactor[F Float](name string, mean []F, lower Matrix[F], product bool) (*Factor[F], error) {
	lower.check(name, "lower")
	if lower.Rows != lower.Cols || lower.Rows != len(mean) {
		panic(fmt.Sprintf("relent: %s: lower is %d×%d, the mean has %d elements", name, lower.Rows, lower.Cols, len(mean)))
	}
	f := &Factor[F]{mean: append([]F(nil), mean...), product: product}
	f.lower = Matrix[F]{Rows: len(mean), Cols: len(mean), Stride: len(mean)}
	for i := range mean {
		f.lower.Data = append(f.lower.Data, lower.Row(i)...)
		d := lower.Row(i)[i]
		if !(d > 0) || float64(d) > math.MaxFloat64 {
			return nil, fmt.Errorf("relent: %s: pivot %d is %v: it must be positive and finite", name, i, d)
		}
		f.scale = append(f.scale, 1/d)
	}
	return f, nil
}

// WithMean is the same factor L with another mean; the packed L is shared.
func (f *Factor[F]) WithMean(mean []F) *Factor[F] {
	if len(mean) != f.Dim() {
		panic(fmt.Sprintf("relent: WithMean: the mean has %d elements, the factor %d", len(mean), f.Dim()))
	}
	g := *f
	g.mean = append([]F(nil), mean...)
	return &g
}

// Dim is the number of columns of the rows.
func (f *Factor[F]) Dim() int { return len(f.mean) }

// SqMahalanobis computes the squared Mahalanobis distance of every row of x.
func (f *Factor[F]) SqMahalanobis(dst []F, x Matrix[F], workers int) []F {
	return f.distances("SqMahalanobis", dst, x, 1, 0)
}

// Mahalanobis computes the Mahalanobis distance of every row of x, the root of [Factor.SqMahalanobis].
func (f *Factor[F]) Mahalanobis(dst []F, x Matrix[F], workers int) []F {
	dst = f.distances("Mahalanobis", dst, x, 1, 0)
	for i, d := range dst {
		dst[i] = F(math.Sqrt(float64(d)))
	}
	return dst
}

// LogDensity computes logNorm - ½(x-μ)ᵀΣ⁻¹(x-μ) for every row of x: the log density of the normal distribution (B.8) if
// logNorm is -½(d log 2π + log det Σ), to which a log weight may be added. A row too far out gives -Inf.
func (f *Factor[F]) LogDensity(dst []F, x Matrix[F], logNorm F, workers int) []F {
	return f.distances("LogDensity", dst, x, -0.5, logNorm)
}

// Whiten computes z = L⁻¹(x-μ) for every row of x.
func (f *Factor[F]) Whiten(dst, x Matrix[F], workers int) Matrix[F] {
	f.checkRows("Whiten", x)
	if dst.Data == nil {
		dst = Matrix[F]{Rows: x.Rows, Cols: x.Cols, Stride: x.Cols, Data: make([]F, x.Rows*x.Cols)}
	}
	for i := range x.Rows {
		f.whiten(dst.Row(i), x.Row(i))
	}
	return dst
}

// Solve computes Σ⁻¹(x-μ) for every row of x: minus the gradient of the log density.
func (f *Factor[F]) Solve(dst, x Matrix[F], workers int) Matrix[F] {
	dst = f.Whiten(dst, x, workers)
	for i := range x.Rows {
		z, d := dst.Row(i), f.Dim()
		for i := range z {
			if f.lower.Data == nil {
				z[i] *= f.scale[i]
			}
		}
		if f.lower.Data == nil {
			continue
		}
		if f.product {
			for i := range d {
				var sum F
				for k := i; k < d; k++ {
					sum += z[k] * f.lower.Row(k)[i]
				}
				z[i] = sum
			}
			continue
		}
		for i := d - 1; i >= 0; i-- {
			for k := i + 1; k < d; k++ {
				z[i] -= z[k] * f.lower.Row(k)[i]
			}
			z[i] *= f.scale[i]
		}
	}
	return dst
}

func (f *Factor[F]) checkRows(method string, x Matrix[F]) {
	x.check(method, "x")
	if x.Cols != f.Dim() {
		panic(fmt.Sprintf("relent: %s: x has %d columns, the factor %d", method, x.Cols, f.Dim()))
	}
}

func (f *Factor[F]) distances(method string, dst []F, x Matrix[F], scale, shift F) []F {
	f.checkRows(method, x)
	if dst == nil {
		dst = make([]F, x.Rows)
	}
	if len(dst) != x.Rows {
		panic(fmt.Sprintf("relent: %s: dst has length %d, x %d rows", method, len(dst), x.Rows))
	}
	z := make([]F, f.Dim())
	for i := range dst {
		var sum F
		for _, z := range f.whiten(z, x.Row(i)) {
			sum += z * z
		}
		dst[i] = scale*sum + shift
	}
	return dst
}

func (f *Factor[F]) whiten(z, x []F) []F {
	for i := range z {
		y := x[i] - f.mean[i]
		if f.lower.Data != nil {
			for k := range i {
				if f.product {
					y += f.lower.Row(i)[k] * (x[k] - f.mean[k]) / f.lower.Row(i)[i]
				} else {
					y -= f.lower.Row(i)[k] * z[k]
				}
			}
		}
		if f.product {
			y *= f.lower.Row(i)[i]
		} else {
			y *= f.scale[i]
		}
		z[i] = y
	}
	return z
}

// Centers holds K means that share a covariance.
type Centers[F Float] struct {
	factor *Factor[F]
	means  Matrix[F] // whitened, relative to the factor's mean
}

// Centers whitens the rows of means, for distances from each of them under the factor's covariance.
func (f *Factor[F]) Centers(means Matrix[F]) *Centers[F] {
	return &Centers[F]{f, f.Whiten(Matrix[F]{}, means, 1)}
}

// SqMahalanobis computes the squared Mahalanobis distances of the rows of x from the K means into the K rows of dst. The
// substitution is done once for each row of x.
func (c *Centers[F]) SqMahalanobis(dst Matrix[F], x Matrix[F], workers int) Matrix[F] {
	return c.LogDensity(dst, x, nil, workers)
}

// LogDensity computes logNorm[k] - ½·distance, as [Factor.LogDensity], for each of the K means into the K rows of dst.
func (c *Centers[F]) LogDensity(dst Matrix[F], x Matrix[F], logNorm []F, workers int) Matrix[F] {
	if dst.Data == nil {
		dst = Matrix[F]{Rows: c.means.Rows, Cols: x.Rows, Stride: x.Rows, Data: make([]F, c.means.Rows*x.Rows)}
	}
	z := make([]F, x.Cols)
	for i := range x.Rows {
		c.factor.whiten(z, x.Row(i))
		for k := range c.means.Rows {
			var sum F
			for j, m := range c.means.Row(k) {
				sum += (z[j] - m) * (z[j] - m)
			}
			if logNorm != nil {
				sum = logNorm[k] - sum/2
			}
			dst.Row(k)[i] = sum
		}
	}
	return dst
}

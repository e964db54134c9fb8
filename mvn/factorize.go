package mvn

import (
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
	"github.com/relent-go/relent/internal/sizes"
)

// A NotPositiveDefiniteError reports where the factorisation of a matrix failed: what remains of the variance (or precision)
// of one variable, given the ones eliminated before it, is not positive.
type NotPositiveDefiniteError struct {
	Matrix string  // which one: "covariance", "precision" or "variance"
	Pivot  int     // the variable, counted from 0
	Value  float64 // what remains, at most 0, or not finite if the factor overflows
}

func (e *NotPositiveDefiniteError) Error() string {
	return fmt.Sprintf("mvn: the %s matrix is not positive definite: pivot %d is %g", e.Matrix, e.Pivot, e.Value)
}

// newMatrix is a matrix of zeros.
func newMatrix(rows, cols int) relent.Matrix[float64] {
	return relent.Matrix[float64]{Rows: rows, Cols: cols, Stride: cols, Data: sizes.Make[float64](here, "matrix", rows, cols)}
}

// identity is the d×d identity matrix.
func identity(d int) relent.Matrix[float64] {
	a := newMatrix(d, d)
	for i := range d {
		a.Row(i)[i] = 1
	}
	return a
}

// diagonalOf is the diagonal of a square matrix.
func diagonalOf(a relent.Matrix[float64]) []float64 {
	v := make([]float64, a.Rows)
	for i := range v {
		v[i] = a.Row(i)[i]
	}
	return v
}

// dot is Σ a·b in a fixed order, the same on every architecture: a conversion keeps each product from being fused.
func dot(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += float64(a[i] * b[i])
		s1 += float64(a[i+1] * b[i+1])
		s2 += float64(a[i+2] * b[i+2])
		s3 += float64(a[i+3] * b[i+3])
	}
	for ; i < len(a); i++ {
		s0 += float64(a[i] * b[i])
	}
	return (s0 + s1) + (s2 + s3)
}

// axpy adds c·x to y.
func axpy(c float64, x, y []float64) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += float64(c * v)
	}
}

// addFour adds c[0]·x0, c[1]·x1, c[2]·x2 and c[3]·x3 to y, one after the other: y is loaded and stored once.
func addFour(y []float64, c [4]float64, x0, x1, x2, x3 []float64) {
	x0, x1, x2, x3 = x0[:len(y)], x1[:len(y)], x2[:len(y)], x3[:len(y)]
	c0, c1, c2, c3 := c[0], c[1], c[2], c[3]
	for i, v := range y {
		y[i] = (((v + float64(c0*x0[i])) + float64(c1*x1[i])) + float64(c2*x2[i])) + float64(c3*x3[i])
	}
}

// factorize replaces a symmetric matrix, given by the columns of its lower triangle, by those of the lower triangular L of
// LLᵀ: row j of columns is column j from element j on; what stands before is neither read nor written. It returns the
// pivot that is not positive and finite, or -1, and the pivot's value. Nothing else is refused, however ill-conditioned.
func factorize(columns relent.Matrix[float64]) (pivot int, value float64) {
	var m pass.Numbers
	m.Set(float64(columns.Rows), float64(columns.Stride))
	failed := relent.Pass(pass.Cholesky, &m, columns.Data)
	return int(failed[0]), failed[1]
}

// eliminate subtracts from column j what the columns of L before it have of LLᵀ, from element first on.
func eliminate(columns relent.Matrix[float64], j, first int) {
	var m pass.Numbers
	m.Set(float64(columns.Stride), float64(j), float64(first-j))
	relent.Pass(pass.Eliminate, &m, columns.Row(j)[first:], columns.Data[j:])
}

// scaleColumn makes the pivot root, and divides what stands below it.
func scaleColumn(column []float64, root float64) {
	column[0] = root
	for i := range column[1:] {
		column[1+i] /= root
	}
}

// update changes the lower triangular L to that of LLᵀ + wwᵀ by plane rotations; it cannot fail. The rows of columns are
// the columns of L. It destroys w.
//
// Gill, Golub, Murray and Saunders, Methods for modifying matrix factorizations, Math. Comp. 28 (1974), 505–535.
func update(columns relent.Matrix[float64], w []float64) {
	for j := range w {
		if w[j] == 0 {
			continue
		}
		column := columns.Row(j)[j:]
		rest := w[j:]
		r := length(column[0], rest[0])
		c, s := column[0]/r, rest[0]/r
		for i, l := range column {
			column[i] = float64(c*l) + float64(s*rest[i])
			rest[i] = float64(c*rest[i]) - float64(s*l)
		}
		column[0] = r
	}
}

// length is √(a²+b²), also where a square overflows or underflows: within 2⁻⁵² of itself.
func length(a, b float64) float64 {
	scale := 1.0
	switch largest := max(math.Abs(a), math.Abs(b)); {
	case largest > 0x1p500:
		scale = 0x1p-600
	case largest < 0x1p-400:
		scale = 0x1p600
	}
	a, b = float64(a*scale), float64(b*scale)
	return math.Sqrt(math.FMA(a, a, float64(b*b))) / scale
}

// invertLower is the inverse of the lower triangular M, by columns as rows: row j of the result is column j of M⁻¹.
func invertLower(m relent.Matrix[float64]) relent.Matrix[float64] {
	d := m.Rows
	columns := newMatrix(d, d)
	for j := range d {
		column := columns.Row(j)
		column[j] = 1 / m.Row(j)[j]
		for i := j + 1; i < d; i++ {
			row := m.Row(i)
			column[i] = -dot(row[j:i], column[j:i]) / row[i]
		}
	}
	return columns
}

// transposed is the transpose, made tile by tile: what is read lies in few lines of the cache.
func transposed(a relent.Matrix[float64]) relent.Matrix[float64] {
	const tile = 8
	t := newMatrix(a.Cols, a.Rows)
	for first := 0; first < a.Rows; first += tile {
		last := min(first+tile, a.Rows)
		for j := range a.Cols {
			row := t.Row(j)
			for i := first; i < last; i++ {
				row[i] = a.Data[i*a.Stride+j]
			}
		}
	}
	return t
}

// transposedTriangle is the transpose of a lower triangle, or of an upper one; the rest is not read, and 0.
func transposedTriangle(a relent.Matrix[float64], upper bool) relent.Matrix[float64] {
	t := newMatrix(a.Rows, a.Rows)
	transposeTriangle(t, a, upper)
	return t
}

// transposeTriangle sets the triangle of t, and nothing else.
func transposeTriangle(t, a relent.Matrix[float64], upper bool) {
	const tile = 8
	for first := 0; first < a.Rows; first += tile {
		last := min(first+tile, a.Rows)
		from, to := 0, last
		if upper {
			from, to = first, a.Rows
		}
		for j := from; j < to; j++ {
			low, high := max(first, j), last
			if upper {
				low, high = first, min(last, j+1)
			}
			row := t.Row(j)
			for i := low; i < high; i++ {
				row[i] = a.Data[i*a.Stride+j]
			}
		}
	}
}

// logProduct is Σ log x, from the kernels: the standard library's logarithm differs between architectures.
func logProduct(x []float64) float64 {
	var few [64]float64
	if len(x) <= len(few) {
		return total(relent.Log(few[:len(x)], x))
	}
	return total(relent.Log(nil, x))
}

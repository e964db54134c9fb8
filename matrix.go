package relent

import (
	"math/bits"

	"github.com/relent-go/relent/internal/sizes"
)

// Matrix is a row-major matrix: element (i, j) is Data[i*Stride+j]. gonum's blas64.General and blas32.General convert:
// Matrix[float64](m.RawMatrix()).
type Matrix[F Number] struct {
	Rows, Cols int
	Data       []F
	Stride     int
}

// NewMatrix is a matrix of the data, row by row; without data one of zeros.
func NewMatrix[F Number](rows, cols int, data ...F) Matrix[F] {
	const name = "NewMatrix"
	if rows < 0 || cols < 0 {
		here.Panic(name, "%d×%d", rows, cols)
	}
	if data == nil {
		data = sizes.Make[F](here, name, rows, cols)
	}
	if n, ok := sizes.Product(rows, cols); !ok || len(data) != n {
		here.Panic(name, "%d elements for %d×%d", len(data), rows, cols)
	}
	return Matrix[F]{Rows: rows, Cols: cols, Stride: cols, Data: data}
}

// Row is row i, sharing the elements.
func (m Matrix[F]) Row(i int) []F {
	high, from := bits.Mul(uint(i), uint(m.Stride))
	to := from + uint(m.Cols)
	switch {
	case uint(i) >= uint(m.Rows):
	case m.Cols == 0:
		return nil // of any stride, it may begin beyond the data
	case high != 0:
	case from < to && to <= uint(len(m.Data)):
		return m.Data[from:to:to]
	}
	panic("relent: Row: there is no such row, or no data for it")
}

// Slice is rows from up to but not including to, sharing the elements.
func (m Matrix[F]) Slice(from, to int) Matrix[F] {
	const name = "Matrix.Slice"
	if from < 0 || from > to || to > m.Rows {
		here.Panic(name, "rows %d up to %d of %d", from, to, m.Rows)
	}
	s := Matrix[F]{Rows: to - from, Cols: m.Cols, Stride: m.Stride}
	if s.Rows > 0 && s.Cols > 0 {
		start, ok := sizes.Product(from, m.Stride)
		if !ok || start > len(m.Data) {
			here.Panic(name, "row %d is %d times the stride %d into data of %d elements", from, from, m.Stride, len(m.Data))
		}
		s.Data = m.Data[start:]
	}
	return s
}

// Number is the constraint of elements, counts and weights.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr | ~float32 | ~float64
}

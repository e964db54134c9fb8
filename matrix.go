package relent

import "fmt"

// Matrix is a row-major matrix: element (i, j) is Data[i*Stride+j]. Its fields are those of gonum's blas64.General and
// blas32.General, which convert to it: Matrix[float64](m.RawMatrix()).
type Matrix[F Float] struct {
	Rows, Cols int
	Data       []F
	Stride     int
}

// NewMatrix is a matrix of the data, row by row; a slice of them is shared, not copied. Without data it is one of zeros.
func NewMatrix[F Float](rows, cols int, data ...F) Matrix[F] {
	if data == nil {
		data = make([]F, rows*cols)
	}
	if len(data) != rows*cols {
		panic(fmt.Sprintf("relent: NewMatrix: %d elements for %d×%d", len(data), rows, cols))
	}
	return Matrix[F]{Rows: rows, Cols: cols, Stride: cols, Data: data}
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

// sized is m if it has the size, or a new matrix if it has no data; else it panics.
func (m Matrix[F]) sized(method string, rows, cols int) Matrix[F] {
	if m.Data == nil && m.Rows == 0 && m.Cols == 0 {
		return NewMatrix[F](rows, cols)
	}
	m.check(method, "dst")
	if m.Rows != rows || m.Cols != cols {
		panic(fmt.Sprintf("relent: %s: dst is %d×%d, the result %d×%d", method, m.Rows, m.Cols, rows, cols))
	}
	return m
}

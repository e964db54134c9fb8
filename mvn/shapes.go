package mvn

import (
	"fmt"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// checkShape panics unless a matrix has the given shape, and data to hold it.
func checkShape[F float32 | float64](method, name string, a relent.Matrix[F], rows, cols int) {
	if a.Rows != rows || a.Cols != cols {
		panic(fmt.Sprintf("mvn: %s: %s is %d×%d, want %d×%d", method, name, a.Rows, a.Cols, rows, cols))
	}
	if a.Stride < a.Cols {
		panic(fmt.Sprintf("mvn: %s: %s has stride %d, less than its %d columns", method, name, a.Stride, a.Cols))
	}
	if need := (rows-1)*a.Stride + cols; rows > 0 && len(a.Data) < need {
		panic(fmt.Sprintf("mvn: %s: %s is %d×%d with stride %d, which takes %d elements; it has %d",
			method, name, rows, cols, a.Stride, need, len(a.Data)))
	}
}

// destination is dst, or a new one if it is nil. It panics unless that has the length.
func destination[T any](method, name string, dst []T, length int) []T {
	if dst == nil {
		return make([]T, length)
	}
	if len(dst) != length {
		panic(fmt.Sprintf("mvn: %s: %s has length %d, want %d", method, name, len(dst), length))
	}
	return dst
}

// destinationMatrix is dst, or a new one if it has no data. It panics unless that has the shape.
func destinationMatrix[F float32 | float64](method string, dst relent.Matrix[F], rows, cols int) relent.Matrix[F] {
	if dst.Data == nil {
		return relent.NewMatrix[F](rows, cols)
	}
	checkShape(method, "dst", dst, rows, cols)
	return dst
}

// destinationDense is dst, or a new one if it is nil, with a shape if it is empty and the shape is not.
func destinationDense(dst *mat.Dense, rows, cols int) *mat.Dense {
	if dst == nil {
		dst = new(mat.Dense)
	}
	if dst.IsEmpty() && rows > 0 && cols > 0 {
		dst.ReuseAs(rows, cols)
	}
	return dst
}

// rawRows is x as raw elements. A Dense without rows has no columns either.
func rawRows(x *mat.Dense, dim int) relent.Matrix[float64] {
	m := relent.Matrix[float64](x.RawMatrix())
	if m.Rows == 0 {
		m.Cols, m.Stride = dim, dim
	}
	return m
}

func singles(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

func singleMatrix(a relent.Matrix[float64]) relent.Matrix[float32] {
	return relent.Matrix[float32]{Rows: a.Rows, Cols: a.Cols, Stride: a.Stride, Data: singles(a.Data)}
}

package mvn

import (
	goreflect "reflect"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/sizes"
	"gonum.org/v1/gonum/mat"
)

// here is where panics come from.
const here sizes.Package = "mvn"

// checkShape panics unless a matrix has the given shape, and data to hold it.
func checkShape[F float32 | float64](method, name string, a relent.Matrix[F], rows, cols int) {
	if a.Rows != rows || a.Cols != cols {
		here.Panic(method, "%s is %d×%d, want %d×%d", name, a.Rows, a.Cols, rows, cols)
	}
	sizes.Matrix[F](a).Check(here, method, name)
}

// destination is dst, which results are for, if it has the length, or a new one if it is nil; else it panics.
func destination[T any](method, name string, dst []T, length int) []T {
	return sizes.Slice(here, method, name, dst, length)
}

// destinationMatrix is dst, which results are for, if it has the shape, or a new one if it is the zero Matrix; else it panics.
func destinationMatrix[F float32 | float64](method string, dst relent.Matrix[F], rows, cols int) relent.Matrix[F] {
	return relent.Matrix[F](sizes.Matrix[F](dst).Sized(here, method, "dst", rows, cols))
}

// destinationDense is dst, which results are for, if it has the shape, or a new one if it is nil; one that is empty gets the
// shape. Else it panics. A Dense without rows or columns has neither.
func destinationDense(method string, dst *mat.Dense, rows, cols int) *mat.Dense {
	if dst == nil {
		dst = new(mat.Dense)
	}
	if dst.IsEmpty() {
		if rows > 0 && cols > 0 {
			here.Allocate(method, rows, cols, func(int) { dst.ReuseAs(rows, cols) })
		}
		return dst
	}
	if r, c := dst.Dims(); r != rows || c != cols {
		here.Panic(method, "dst is %d×%d, the result %d×%d", r, c, rows, cols)
	}
	return dst
}

// rawRows is x as raw elements, which have so many columns. A Dense without rows has no columns.
func rawRows(x *mat.Dense, dim int) relent.Matrix[float64] {
	m := relent.Matrix[float64](x.RawMatrix())
	if m.Rows == 0 {
		m.Cols, m.Stride = dim, dim
	}
	return m
}

// denseRows is [rawRows] of an argument of a method; it panics if that is nil, or has another number of columns.
func denseRows(method string, x *mat.Dense, dim int) relent.Matrix[float64] {
	m := rawRows(given(method, "x", x), dim)
	checkShape(method, "x", m, m.Rows, dim)
	return m
}

// given is x; it panics if that is nil.
func given[T any](method, name string, x *T) *T {
	if x == nil {
		here.Panic(method, "%s is nil", name)
	}
	return x
}

// isNil tells whether a matrix is none at all, or a nil pointer to one.
func isNil(a mat.Matrix) bool {
	v := goreflect.ValueOf(a)
	return !v.IsValid() || v.Kind() == goreflect.Pointer && v.IsNil()
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

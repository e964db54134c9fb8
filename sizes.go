package relent

import "github.com/relent-go/relent/internal/sizes"

// here is where panics come from.
const here sizes.Package = "relent"

// check panics unless the data hold the matrix.
func (m Matrix[F]) check(method, name string) { sizes.Matrix[F](m).Check(here, method, name) }

// sized is m, which results are for, if it has the size, or a new matrix if it is the zero Matrix; else it panics.
func (m Matrix[F]) sized(method, name string, rows, cols int) Matrix[F] {
	return Matrix[F](sizes.Matrix[F](m).Sized(here, method, name, rows, cols))
}

// sized is dst, which results are for, if it has the length, or a new slice if it is nil; else it panics.
func sized[E any](method, name string, dst []E, length int) []E {
	return sizes.Slice(here, method, name, dst, length)
}

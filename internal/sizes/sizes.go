// Package sizes checks the sizes of what functions are given: with arithmetic that does not wrap, also where an int has 32 bits, and
// with panics that name the function, the argument and both sizes.
package sizes

import (
	"fmt"
	"math"
	"math/bits"
)

// A Package is the name of the package whose functions check, with which their panics begin.
type Package string

// Panic panics because of an argument of a function.
func (p Package) Panic(function, format string, args ...any) {
	panic(fmt.Sprintf("%s: %s: %s", p, function, fmt.Sprintf(format, args...)))
}

// Product is a·b, unless it is more than an int holds. Neither is negative.
func Product(a, b int) (product int, ok bool) {
	high, low := bits.Mul(uint(a), uint(b))
	return int(low), high == 0 && low <= math.MaxInt
}

// Span is how many elements lie from the first to the last of a matrix, unless they are more than an int holds. Nothing is
// negative.
func Span(rows, cols, stride int) (span int, ok bool) {
	if rows == 0 || cols == 0 {
		return 0, true
	}
	before, ok := Product(rows-1, stride)
	return before + cols, ok && cols <= math.MaxInt-before
}

// Make is the elements of a matrix. Where no memory can be as large it panics as for any other wrong size.
func Make[E any](p Package, function string, rows, cols int) (made []E) {
	p.Allocate(function, rows, cols, func(n int) { made = make([]E, n) })
	return made
}

// Allocate calls allocate for a matrix of n elements. Where no memory can be as large it panics as Make does.
func (p Package) Allocate(function string, rows, cols int, allocate func(n int)) {
	if n, ok := Product(rows, cols); !ok || !returns(func() { allocate(n) }) {
		p.Panic(function, "%d×%d elements are more than memory can hold", rows, cols)
	}
}

// returns tells whether f does not panic.
func returns(f func()) (ok bool) {
	defer func() { _ = recover() }()
	f()
	return true
}

// Slice is where a function puts its results: dst, or a new slice if it is nil. It panics if dst has another length.
func Slice[E any](p Package, function, name string, dst []E, length int) []E {
	if dst == nil {
		return Make[E](p, function, 1, length)
	}
	if len(dst) != length {
		p.Panic(function, "%s has %d elements, the result has %d elements", name, len(dst), length)
	}
	return dst
}

// A Matrix has the fields of relent.Matrix, which converts to it.
type Matrix[E any] struct {
	Rows, Cols int
	Data       []E
	Stride     int
}

// Check panics unless the data hold the matrix.
func (m Matrix[E]) Check(p Package, function, name string) {
	if m.Rows < 0 || m.Cols < 0 {
		p.Panic(function, "%s is %d×%d", name, m.Rows, m.Cols)
	}
	if m.Stride < m.Cols {
		p.Panic(function, "%s has stride %d, less than its %d columns", name, m.Stride, m.Cols)
	}
	switch span, ok := Span(m.Rows, m.Cols, m.Stride); {
	case !ok:
		p.Panic(function, "%s is %d×%d with stride %d, which takes more elements than an int counts; it has %d",
			name, m.Rows, m.Cols, m.Stride, len(m.Data))
	case len(m.Data) < span:
		p.Panic(function, "%s is %d×%d with stride %d, which takes %d elements; it has %d",
			name, m.Rows, m.Cols, m.Stride, span, len(m.Data))
	}
}

// Sized is where a function puts its results: m, or a new matrix if it is the zero Matrix, which has no rows, no columns and no
// data. It panics if m has another size.
func (m Matrix[E]) Sized(p Package, function, name string, rows, cols int) Matrix[E] {
	if m.Data == nil && m.Rows == 0 && m.Cols == 0 {
		return Matrix[E]{Rows: rows, Cols: cols, Stride: cols, Data: Make[E](p, function, rows, cols)}
	}
	m.Check(p, function, name)
	if m.Rows != rows || m.Cols != cols {
		p.Panic(function, "%s is %d×%d, the result %d×%d", name, m.Rows, m.Cols, rows, cols)
	}
	return m
}

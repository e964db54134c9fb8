//go:build race

package relent

import (
	"runtime"
	"unsafe"
)

// The race detector sees nothing of assembly: functions tell it of the elements that they hand to kernels.

// reads tells of elements that are read.
func reads[E any](x []E) {
	if len(x) > 0 {
		runtime.RaceReadRange(address(x), len(x)*int(unsafe.Sizeof(x[0])))
	}
}

// writes tells of elements that are written.
func writes[E any](x []E) {
	if len(x) > 0 {
		runtime.RaceWriteRange(address(x), len(x)*int(unsafe.Sizeof(x[0])))
	}
}

// readsBoth tells of two vectors that are read.
func readsBoth[E any](p, q []E) {
	reads(p)
	reads(q)
}

// readsRows tells of rows that are read, each n long, and so many elements apart.
func readsRows[E any](x []E, n, stride, rows int) {
	switch {
	case rows == 0 || n == 0:
	case stride == 0:
		reads(x[:n])
	case stride == n:
		reads(x[:n*rows])
	default:
		for i := range rows {
			reads(x[i*stride:][:n])
		}
	}
}

// writesRows tells of rows that are written.
func writesRows[E any](x []E, n, stride, rows int) {
	for i := range rows {
		writes(x[i*stride:][:n])
	}
}

// address is where x begins, which the compiler does not know to be x's: what the runtime is told of would have to be on the heap.
func address[E any](x []E) unsafe.Pointer {
	a := uintptr(unsafe.Pointer(unsafe.SliceData(x)))
	return *(*unsafe.Pointer)(unsafe.Pointer(&a))
}

package relent

import (
	"runtime/debug"
	"testing"
	"unsafe"
)

// The kernels that count what reaches thresholds, and how many a value reaches, stay within their slices, whether they begin or end at a page without access.
func TestGuardPagesReached(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	memory := [3][]byte{guarded(t), guarded(t), guarded(t)}
	requireFaults(t, memory[0])
	eachISA(t, func(t *testing.T) {
		for _, atEnd := range []bool{false, true} {
			guardReached[float64](t, memory, atEnd)
			guardReached[float32](t, memory, atEnd)
		}
	})
}

func guardReached[F Float](t *testing.T, memory [3][]byte, atEnd bool) {
	lanes := 128 / size[F]()
	for _, extra := range []int{0, 1} {
		stride, edges, blocks := lanes+extra, 3, 2
		x := guardedSlices[F](memory, atEnd, lanes*edges, lanes*edges, (8*blocks-1)*stride+lanes)
		if faults(func() { countReached(x[0], x[1], x[2], stride, edges, blocks) }) {
			t.Errorf("%d bytes, stride %d, at the end %v: read or written outside", size[F](), stride, atEnd)
		}
		x = guardedSlices[F](memory, atEnd, lanes*blocks, edges, lanes*blocks)
		if faults(func() { ranks(x[0], x[1], x[2], edges, blocks) }) {
			t.Errorf("%d bytes, ranks, at the end %v: read or written outside", size[F](), atEnd)
		}
	}
}

// guardedSlices are of so many elements at the beginning or the end of memory.
func guardedSlices[F Float](memory [3][]byte, atEnd bool, n ...int) (x [3][]F) {
	for i, n := range n {
		bytes := memory[i]
		if atEnd {
			bytes = bytes[len(bytes)-n*size[F]():]
		}
		x[i] = unsafe.Slice((*F)(unsafe.Pointer(unsafe.SliceData(bytes))), n)
	}
	return x
}

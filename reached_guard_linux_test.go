package relent

import (
	"runtime/debug"
	"testing"
	"unsafe"
)

// The kernel that counts what reaches thresholds stays within its slices, whether they begin or end at a page without access.
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
		var x [3][]F
		for i, n := range []int{lanes * edges, lanes * edges, (8*blocks-1)*stride + lanes} {
			bytes := memory[i]
			if atEnd {
				bytes = bytes[len(bytes)-n*size[F]():]
			}
			x[i] = unsafe.Slice((*F)(unsafe.Pointer(unsafe.SliceData(bytes))), n)
		}
		if faults(func() { countReached(x[0], x[1], x[2], stride, edges, blocks) }) {
			t.Errorf("%d bytes, stride %d, at the end %v: read or written outside", size[F](), stride, atEnd)
		}
	}
}

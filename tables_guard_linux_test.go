package relent

import (
	"runtime/debug"
	"testing"
	"unsafe"
)

// The kernels of tables stay within their slices, whether they begin or end at a page without access.
func TestGuardPagesTables(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	memory := [4][]byte{guarded(t), guarded(t), guarded(t), guarded(t)}
	requireFaults(t, memory[0])
	eachISA(t, func(t *testing.T) {
		for _, atEnd := range []bool{false, true} {
			for _, rows := range []int{1, 4, 7} {
				const width, wide = 19, 2 * lanes
				var x [4][]float64
				for i, n := range []int{wide, rows, (rows-1)*width + wide, wide} {
					bytes := memory[i]
					if atEnd {
						bytes = bytes[len(bytes)-n*8:]
					}
					x[i] = unsafe.Slice((*float64)(unsafe.Pointer(unsafe.SliceData(bytes))), n)
				}
				if faults(func() { addTable(x[0], x[1], x[2], x[3], width) }) {
					t.Errorf("margins of %d rows, at the end %v: read or written outside", rows, atEnd)
				}
				if faults(func() { outerTable(x[2], x[1], x[0], width) }) {
					t.Errorf("products of %d rows, at the end %v: read or written outside", rows, atEnd)
				}
			}
		}
	})
}

package relent

import (
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"unsafe"
)

// The kernels of counts do not read outside their slices either.
func TestGuardPagesOfCounts(t *testing.T) {
	if os.Getenv("RELENT_EMULATED") == "1" && runtime.GOARCH == "amd64" {
		t.Skip("RELENT_EMULATED=1: an emulated amd64 faults on masked-off lanes, where a real one does not")
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	memory := [2][]byte{guarded(t), guarded(t)}
	requireFaults(t, memory[0])
	eachISA(t, func(t *testing.T) {
		r := seed(t.Name())
		for n := 1; n < 70; n++ {
			for _, atEnd := range []bool{false, true} {
				var x [2][]float64
				for i, bytes := range memory {
					if atEnd {
						bytes = bytes[len(bytes)-8*n:]
					}
					x[i] = unsafe.Slice((*float64)(unsafe.Pointer(unsafe.SliceData(bytes))), n)
				}
				for _, kind := range families[float64]() {
					for i := range n {
						x[0][i], x[1][i] = kind.pair(r)
					}
					guardCounts(t, x, atEnd)
				}
			}
		}
	})
}

func guardCounts(t *testing.T, x [2][]float64, atEnd bool) {
	m := numbers{{0.75, 0.75}, {1.5, 1.5}}
	for _, k := range scaledList {
		if faults(func() { k.sum(&m, x[0], x[1]) }) {
			t.Errorf("%s of %d, at the end %v: read outside", k.name, len(x[0]), atEnd)
		}
	}
	dst, first := make([]float64, 2*len(x[0])), unsafe.Pointer(unsafe.SliceData(x[0]))
	for kind, f := range map[string]func(){
		"float64": func() { countsOf(x[0]).convert(dst[:len(x[0])], 0) },
		"uint64":  func() { countsOf(unsafe.Slice((*uint64)(first), len(x[0]))).convert(dst[:len(x[0])], 0) },
		"int64":   func() { countsOf(unsafe.Slice((*int64)(first), len(x[0]))).convert(dst[:len(x[0])], 0) },
		"uint32":  func() { countsOf(unsafe.Slice((*uint32)(first), len(dst))).convert(dst, 0) },
		"int32":   func() { countsOf(unsafe.Slice((*int32)(first), len(dst))).convert(dst, 0) },
		"float32": func() { countsOf(unsafe.Slice((*float32)(first), len(dst))).convert(dst, 0) },
	} {
		if faults(f) {
			t.Errorf("conversion of %d bytes of %s, at the end %v: read outside", 8*len(x[0]), kind, atEnd)
		}
	}
	if faults(func() { tally(new(tallySums), x[0], x[1]) }) {
		t.Errorf("tally of %d, at the end %v: read outside", len(x[0]), atEnd)
	}
}

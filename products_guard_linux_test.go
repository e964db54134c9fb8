package relent

import (
	"runtime/debug"
	"testing"
	"unsafe"
)

// The kernels of products and of moments stay within their slices, whether they begin or end at a page without access.
func TestGuardPagesProducts(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	memory := [6][]byte{guarded(t), guarded(t), guarded(t), guarded(t), guarded(t), guarded(t)}
	requireFaults(t, memory[0])
	eachISA(t, func(t *testing.T) {
		for _, atEnd := range []bool{false, true} {
			guardProducts[float64](t, memory, atEnd)
			guardProducts[float32](t, memory, atEnd)
		}
	})
}

func guardProducts[F Float](t *testing.T, memory [6][]byte, atEnd bool) {
	const rows, stripes = 5, 3
	wide := stripeColumns[F]()
	stride, columns := stripes*wide+1, stripes*wide
	slices := func(lengths ...int) (x [6][]F) {
		for i, n := range lengths {
			bytes := memory[i]
			if atEnd {
				bytes = bytes[len(bytes)-n*size[F]():]
			}
			x[i] = unsafe.Slice((*F)(unsafe.Pointer(unsafe.SliceData(bytes))), n)
		}
		return x
	}
	for name, call := range map[string]func(){
		"addProducts": func() {
			x := slices(productColumns*wide, (rows-1)*wide+productColumns, rows*wide)
			addProducts(x[0], x[1], x[2], x[2], rows, wide, wide, wide)
		},
		"addHalfProducts": func() {
			x := slices(productColumns*wide-wide/2, (rows-1)*wide+productColumns, rows*wide-wide/2)
			addHalfProducts(x[0], x[1], x[2], x[2], rows, wide, wide, wide)
		},
		"addMoments": func() {
			x := slices(columns, columns, (rows-1)*stride+columns, rows, columns)
			addMoments(x[0], x[1], x[2], x[3], x[4], rows, stride, stripes)
		},
		"spread": func() {
			x := slices(rows*columns, rows*columns, columns, (rows-1)*stride+columns, rows, columns)
			spread(x[0], x[1], x[2], x[3], x[4], x[5], rows, stride, stripes)
		},
		"addOuterSquares": func() {
			x := slices(wide, columns, (rows-1)*stride+columns)
			addOuterSquares(x[0], x[1], x[2], rows, stride, stripes)
		},
		"setApart": func() {
			x := slices(rows*columns, columns, columns, (rows-1)*stride+columns, columns)
			setApart(x[0], x[1], x[2], x[3], x[4], rows, stride, stripes)
		},
	} {
		if faults(call) {
			t.Errorf("%s of %d bytes, at the end %v: read or written outside", name, size[F](), atEnd)
		}
	}
}

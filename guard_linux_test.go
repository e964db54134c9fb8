package relent

import (
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"testing"
	"unsafe"
)

// No kernel reads or writes outside its slices, whichever bytes it then ignores: slices that end, and slices that begin, at a
// page without access.
func TestGuardPages(t *testing.T) {
	if os.Getenv("RELENT_EMULATED") == "1" && runtime.GOARCH == "amd64" {
		t.Skip("RELENT_EMULATED=1: an emulated amd64 faults on masked-off lanes, where a real one does not")
	}
	var memory [5][]byte
	for i := range memory {
		memory[i] = guarded(t)
	}
	requireFaults(t, memory[0])
	eachISA(t, func(t *testing.T) {
		t.Run("f64", func(t *testing.T) { guardPages[float64](t, memory) })
		t.Run("f32", func(t *testing.T) { guardPages[float32](t, memory) })
	})
}

// wall is a multiple of every page size.
const wall = 64 << 10

// guarded maps one accessible stretch between two without access.
func guarded(t *testing.T) []byte {
	all, err := syscall.Mmap(-1, 0, 4*wall, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(all) })
	begin := wall - int(uintptr(unsafe.Pointer(&all[0]))%wall)
	inner := all[begin : begin+wall : begin+wall]
	for _, outside := range [][]byte{all[:begin], all[begin+wall:]} {
		if err := syscall.Mprotect(outside, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return inner
}

// requireFaults makes sure that both walls stand.
func requireFaults(t *testing.T, memory []byte) {
	base := unsafe.Pointer(&memory[0])
	for _, outside := range []int{-1, len(memory)} {
		if !faults(func() { sink = *(*byte)(unsafe.Add(base, outside)) }) {
			t.Fatalf("byte %d can be read", outside)
		}
	}
}

var sink byte

// faults tells whether f does; without the setting, which is the goroutine's own, a fault ends the program.
func faults(f func()) (fault bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { fault = recover() != nil }()
	f()
	return false
}

func guardPages[F float](t *testing.T, memory [5][]byte) {
	r := seed(t.Name())
	size := int(unsafe.Sizeof(F(0)))
	kinds := families[F]()
	for n := range 131 {
		for _, atEnd := range []bool{false, true} {
			var x [5][]F
			for i, bytes := range memory {
				if atEnd {
					bytes = bytes[len(bytes)-n*size:]
				}
				x[i] = unsafe.Slice((*F)(unsafe.Pointer(unsafe.SliceData(bytes))), n)
			}
			for i, kind := range kinds {
				if !deep() && i%6 != n%6 {
					continue
				}
				for i := range n {
					x[0][i], x[1][i] = kind.pair(r)
					x[2][i] = x[0][i/2]
				}
				guardKernels(t, x, kind.name, atEnd)
			}
		}
	}
}

func guardKernels[F float](t *testing.T, x [5][]F, kind string, atEnd bool) {
	for _, k := range sums[F]() {
		if faults(func() { k.sum(x[0], x[1]) }) {
			t.Errorf("%s of %d %s, at the end %v: read outside", k.name, len(x[0]), kind, atEnd)
		}
	}
	for _, k := range severalOutputs[F]() {
		out, in := [][]F{x[2], x[3], x[4]}[:k.elements], [][]F{x[0], x[1], x[0], x[1], x[0]}[:k.args]
		if faults(func() { k.compute(out, in) }) {
			t.Errorf("%s of %d %s, at the end %v: read or wrote outside", k.name, len(x[0]), kind, atEnd)
		}
	}
	for _, k := range elementwises[F]() {
		if faults(func() { k.mapped(x[3], x[0], x[1], x[2]) }) {
			t.Errorf("%s of %d %s, at the end %v: read or wrote outside", k.name, len(x[0]), kind, atEnd)
		}
	}
}

// Nor do those of halves, whose last vector is put together where there are no masks for it: of a row and of two.
func TestGuardPagesOfHalves(t *testing.T) {
	if os.Getenv("RELENT_EMULATED") == "1" && runtime.GOARCH == "amd64" {
		t.Skip("RELENT_EMULATED=1: an emulated amd64 faults on masked-off lanes, where a real one does not")
	}
	x, y, dst := guarded(t), guarded(t), make([]float64, 2)
	r := seed(t.Name())
	eachISA(t, func(t *testing.T) {
		for n := leastHalves; n < 100; n++ {
			for c := range 8 {
				rows, brain := 1+c&1, c&2 != 0
				p, q := within[uint16](x, rows*n, c&4 != 0), within[uint16](y, rows*n, c&4 != 0)
				for i := range p {
					p[i], q[i] = uint16(r.below(0x3f80)), uint16(r.below(0x3f80))
				}
				for _, k := range halfList {
					if faults(func() { k.sums(dst[:rows], p, q, brain, n, n, n) }) {
						t.Errorf("%s of %d rows of %d, at the end %v: read outside", k.name, rows, n, c&4 != 0)
					}
				}
			}
		}
	})
}

// Nor do the loops over rows: of matrices whose last row ends, and whose first row begins, at a page without access.
func TestGuardPagesOfRows(t *testing.T) {
	if os.Getenv("RELENT_EMULATED") == "1" && runtime.GOARCH == "amd64" {
		t.Skip("RELENT_EMULATED=1: an emulated amd64 faults on masked-off lanes, where a real one does not")
	}
	var memory [3][]byte
	for i := range memory {
		memory[i] = guarded(t)
	}
	eachISA(t, func(t *testing.T) {
		t.Run("f64", func(t *testing.T) { guardRows[float64](t, memory) })
		t.Run("f32", func(t *testing.T) { guardRows[float32](t, memory) })
	})
}

func guardRows[F float](t *testing.T, memory [3][]byte) {
	r := seed(t.Name())
	for n := 1; n <= 67; n++ {
		for _, atEnd := range []bool{false, true} {
			rows := 1 + r.below(6)
			if n <= mostShort {
				rows = 1 + r.below(40)
			}
			from, to := randomMatrices[F](r, rows, n, n+r.below(3))
			p, q := from, to
			p.Data, q.Data = within[F](memory[0], len(p.Data), atEnd), within[F](memory[1], len(q.Data), atEnd)
			copy(p.Data, from.Data)
			copy(q.Data, to.Data)
			for _, c := range denseCalls(p, q) {
				dst := Matrix[float64]{c.rows, c.cols, within[float64](memory[2], c.rows*c.cols, atEnd), c.cols}
				for _, m := range everyMeasure() {
					if c.function.fits(m) && faults(func() { c.compute(nil, dst, m) }) {
						t.Errorf("%s of %v, %d rows of %d, at the end %v: read or wrote outside", c.name, m, rows, n, atEnd)
					}
				}
			}
		}
	}
}

// within is n elements at the beginning or at the end of memory.
func within[F Number](memory []byte, n int, atEnd bool) []F {
	if size := n * int(unsafe.Sizeof(F(0))); atEnd {
		memory = memory[len(memory)-size:]
	}
	return unsafe.Slice((*F)(unsafe.Pointer(unsafe.SliceData(memory))), n)
}

package relent

import (
	"os"
	"runtime"
	"testing"
	"unsafe"
)

// walls are stretches of memory between pages without access.
type walls struct {
	memory [][]byte
	used   int
	atEnd  bool // slices end at a wall, or else begin at one
}

// walled is a copy of s at a wall.
func walled[F float](w *walls, s []F) []F {
	bytes := w.memory[w.used]
	w.used++
	size := len(s) * int(unsafe.Sizeof(F(0)))
	if w.atEnd {
		bytes = bytes[len(bytes)-size:]
	}
	moved := unsafe.Slice((*F)(unsafe.Pointer(unsafe.SliceData(bytes))), len(s))[:len(s):len(s)]
	copy(moved, s)
	return moved
}

// walledMatrix ends with the last column of the last row.
func walledMatrix[F float](w *walls, m Matrix[F], stride int) Matrix[F] {
	moved := Matrix[F]{Rows: m.Rows, Cols: m.Cols, Stride: stride}
	if m.Rows == 0 {
		return moved
	}
	moved.Data = walled(w, make([]F, (m.Rows-1)*stride+m.Cols))
	for i := range m.Rows {
		copy(moved.Row(i), m.Row(i))
	}
	return moved
}

// No kernel reads or writes outside the rows, the results, the packed factor and its buffers.
func TestMahalanobisGuardPages(t *testing.T) {
	if os.Getenv("RELENT_EMULATED") == "1" && runtime.GOARCH == "amd64" {
		t.Skip("RELENT_EMULATED=1: an emulated amd64 faults on masked-off lanes, where a real one does not")
	}
	var memory [][]byte
	for range 16 {
		memory = append(memory, guarded(t))
	}
	requireFaults(t, memory[0])
	eachISA(t, func(t *testing.T) {
		t.Run("f64", func(t *testing.T) { guardFactors[float64](t, memory) })
		t.Run("f32", func(t *testing.T) { guardFactors[float32](t, memory) })
	})
}

func guardFactors[F float](t *testing.T, memory [][]byte) {
	r := seed(t.Name())
	sizes := []int{0, 1, 2, 3, 4, 7, 8, 9, 12, 13, 16, 17, 24, 25, 32, 33, 40}
	every := 1
	if !deep() {
		sizes, every = []int{1, 8, 13, 40}, 5
	}
	for _, constructor := range constructors {
		for d := 1; d <= 40; d += every {
			m := ordinary[F](t, r, constructor, d)
			for _, n := range sizes {
				x := filled(r, n, d, balanced[F])
				if n > 0 && r.below(3) == 0 {
					x.Row(r.below(n))[r.below(d)] = F(nan)
				}
				for _, atEnd := range []bool{false, true} {
					m.guard(t, &walls{memory: memory, atEnd: atEnd}, x, d+r.below(3)*r.below(7))
				}
			}
		}
	}
}

// guard calls every method with everything at walls.
func (m *distribution[F]) guard(t *testing.T, w *walls, x Matrix[F], stride int) {
	inner := *m.factor.packed
	f := &Factor[F]{dim: m.factor.dim, packed: &inner, mean: walled(w, m.factor.mean), model: walled(w, m.factor.model)}
	inner.quads = walled(w, inner.quads)
	inner.scale = walled(w, inner.scale)
	if inner.columns != nil {
		columns := walled(w, inner.columns())
		inner.columns = func() []F { return columns }
	}
	x = walledMatrix(w, x, stride)
	norms := logNorms[F](m.packed.Len())
	shared := w.used
	for name, call := range map[string]func() func(){
		"SqMahalanobis": func() func() {
			dst := walled(w, make([]F, x.Rows))
			return func() { f.SqMahalanobis(dst, x, Run{}) }
		},
		"LogDensity": func() func() {
			dst := walled(w, make([]F, x.Rows))
			return func() { f.LogDensity(dst, x, 1, Run{}) }
		},
		"Whiten": func() func() {
			dst := walledMatrix(w, x, stride+2)
			return func() { f.Whiten(dst, x, Run{}) }
		},
		"Solve": func() func() {
			dst := walledMatrix(w, x, stride+2)
			return func() { f.Solve(dst, x, Run{}) }
		},
		"Centers.LogDensity": func() func() {
			g := *m.packed
			g.quads = walled(w, g.quads)
			if m.constructor != "NewDiagonalFactor" {
				g.factor = f
			}
			dst := walledMatrix(w, NewMatrix[F](g.Len(), x.Rows), x.Rows+1)
			return func() { g.LogDensity(dst, x, norms, Run{}) }
		},
		"Together": func() func() {
			c := Together(f, f, f)
			if c.models != nil {
				c.models = walled(w, c.models)
			}
			dst := walledMatrix(w, NewMatrix[F](3, x.Rows), x.Rows+1)
			return func() { c.LogDensity(dst, x, logNorms[F](3), Run{}) }
		},
		"SqMahalanobisOne": func() func() {
			return func() {
				if x.Rows > 0 {
					f.SqMahalanobisOne(x.Row(0))
				}
			}
		},
	} {
		w.used = shared
		called := call()
		if faults(called) {
			t.Errorf("%s of %s, %d×%d, stride %d, at the end %v: outside of the data", name, m.constructor, x.Rows, x.Cols, x.Stride, w.atEnd)
			continue
		}
		moveBuffers(f, w)
		if faults(called) {
			t.Errorf("%s of %s, %d×%d, stride %d, at the end %v: outside of the buffers", name, m.constructor, x.Rows, x.Cols, x.Stride, w.atEnd)
		}
		for ok := true; ok; { // the others have their own
			_, ok = f.free.Take()
		}
	}
}

// moveBuffers puts what the first call has allocated at walls.
func moveBuffers[F float](f *Factor[F], w *walls) {
	b, ok := f.free.Take()
	if !ok {
		return
	}
	b.panel, b.rows, b.sums, b.again = walled(w, b.panel), walled(w, b.rows), walled(w, b.sums), walled(w, b.again)
	b.between, b.excess = walled(w, b.between), walled(w, b.excess)
	f.free.Put(b)
}

package relent

import (
	"math"
	"testing"
)

// halfEntry is a row of the generated list: the sums of rows of halves for the instruction set in force, and that of the float32 that
// they widen to.
type halfEntry struct {
	name string
	sums func(dst []float64, p, q []uint16, brain bool, n, pStride, qStride int) bool
	sum  func(x ...[]float32) float64
}

// Kernels of halves give the bits of those of float32, or nothing: of ordinary numbers the bits.
func TestKernelsOfHalves(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, k := range halfList {
			t.Run(k.name+"/f16", func(t *testing.T) { kernelsOfHalves[Float16](t, k) })
			t.Run(k.name+"/bf16", func(t *testing.T) { kernelsOfHalves[BFloat16](t, k) })
		}
	})
}

func kernelsOfHalves[H Half](t *testing.T, k halfEntry) {
	r := seed(t.Name())
	ordinary := func(r *rng) (p, q float32) { return .1 + .8*unit[float32](r), .1 + .8*unit[float32](r) }
	for n := leastHalves; n < 140; n += 1 + r.below(9) {
		rows, stride := 1+r.below(5), n+r.below(3)
		halfRowsAgree[H](t, k, "ordinary", ordinary, true, rows, n, stride)
		for _, family := range families[float32]() {
			halfRowsAgree[H](t, k, family.name, family.pair, false, rows, n, stride)
		}
	}
	halfRowsAgree[H](t, k, "ordinary", ordinary, true, 2, chunk, chunk+1)
}

func halfRowsAgree[H Half](t *testing.T, k halfEntry, name string, pair func(*rng) (p, q float32), all bool, rows, n, stride int) {
	t.Helper()
	wideP, wideQ := pairs(seed(name), rows*stride, pair)
	p, wideP := halvesOf[H](wideP)
	q, wideQ := halvesOf[H](wideQ)
	dst := make([]float64, rows)
	if !k.sums(dst, as[uint16](p), as[uint16](q), isBFloat16[H](), n, stride, stride) {
		if isa != generic {
			t.Fatal("there is no kernel")
		}
		return
	}
	for i, got := range dst {
		want := k.sum(wideP[i*stride:][:n], wideQ[i*stride:][:n])
		if math.IsNaN(got) && !all {
			continue
		}
		if !same(got, want) {
			t.Fatalf("row %d of %d, %d %s: %x, of float32 %x", i, rows, n, name, got, want)
		}
	}
}

package relent

import (
	"fmt"
	"math"
	"testing"
)

// reachedSet is rows of values with thresholds: whole multiples of 1/4, NaN, infinities and zeros of either sign.
func reachedSet[F Float](lanes, stride, edges, blocks int) (thresholds, x []F) {
	special := []F{F(math.NaN()), F(math.Inf(1)), F(math.Inf(-1)), 0, F(math.Copysign(0, -1)), 1, 0x1p-130}
	next := uint32(1)
	value := func() F {
		next = next*1664525 + 1013904223
		if next>>28 == 0 {
			return special[next>>20%uint32(len(special))]
		}
		return F(int(next>>16%64)-32) / 4
	}
	thresholds, x = make([]F, lanes*edges), make([]F, (8*blocks-1)*stride+lanes)
	for i := range thresholds {
		thresholds[i] = value()
	}
	for i := range x {
		x[i] = value()
	}
	return thresholds, x
}

func TestAgreeReached(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		agreeReached(t, math.Float64bits)
		agreeReached(t, bitsOfSingle)
		agreeRanks(t, math.Float64bits)
		agreeRanks(t, bitsOfSingle)
	})
}

func bitsOfSingle(n float32) uint64 { return uint64(math.Float32bits(n)) }

// agreeRanks compares with comparisons one by one.
func agreeRanks[F Float](t *testing.T, count func(F) uint64) {
	t.Helper()
	lanes := 128 / size[F]()
	for _, edges := range []int{1, 2, 17} {
		for _, stripes := range []int{1, 5} {
			_, limits := reachedSet[F](lanes, lanes, 1, 8)
			_, x := reachedSet[F](lanes, lanes, 1, stripes)
			x = x[:stripes*lanes]
			dst := make([]F, len(x))
			ranks(dst, limits[len(limits)-edges:], x, edges, stripes)
			for i, v := range x {
				want := uint64(0)
				for _, limit := range limits[len(limits)-edges:] {
					if v >= limit {
						want++
					}
				}
				if got := count(dst[i]); got != want {
					t.Errorf("%v reaches %d of %d thresholds, not %d", v, got, edges, want)
				}
			}
		}
	}
}

// agreeReached compares two calls with comparisons one by one.
func agreeReached[F Float](t *testing.T, count func(F) uint64) {
	t.Helper()
	lanes := 128 / size[F]()
	for _, extra := range []int{0, 1, 37} {
		for _, edges := range []int{1, 2, 31} {
			for _, blocks := range []int{1, 3} {
				stride := lanes + extra
				thresholds, x := reachedSet[F](lanes, stride, edges, blocks)
				counts := make([]F, lanes*edges)
				countReached(counts, thresholds, x, stride, edges, blocks)
				countReached(counts, thresholds, x, stride, edges, blocks)
				for i, limit := range thresholds {
					want := uint64(0)
					for row := range 8 * blocks {
						if x[row*stride+i%lanes] >= limit {
							want += 2
						}
					}
					if got := count(counts[i]); got != want {
						t.Errorf("%T, stride %d: %d reach threshold %d, not %d", limit, stride, got, i, want)
					}
				}
			}
		}
	}
}

func BenchmarkReached(b *testing.B) {
	for _, l := range levels() {
		b.Run(fmt.Sprintf("f64/%v/edges=30", l), func(b *testing.B) { benchmarkReached[float64](b, l) })
		b.Run(fmt.Sprintf("f32/%v/edges=30", l), func(b *testing.B) { benchmarkReached[float32](b, l) })
	}
}

func benchmarkReached[F Float](b *testing.B, l level) {
	useISA(b, l)
	const edges, blocks = 30, 64
	lanes := 128 / size[F]()
	thresholds, x := reachedSet[F](lanes, lanes, edges, blocks)
	counts := make([]F, lanes*edges)
	for b.Loop() {
		countReached(counts, thresholds, x, lanes, edges, blocks)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*8*blocks*lanes), "ns/value")
}

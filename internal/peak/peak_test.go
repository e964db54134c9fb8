package peak

import (
	"testing"

	"github.com/relent-go/relent"
)

func TestOperations(t *testing.T) {
	for _, isa := range relent.ISAs() {
		wide, narrow := FMA[float64](isa, 10), FMA[float32](isa, 10)
		want := map[string]float64{"avx512": 10 * 2 * chains * 8, "avx2": 10 * 2 * chains * 4, "neon": 10 * 2 * chains * 2}[isa]
		if wide != want || narrow != 2*want {
			t.Errorf("%s: %v and %v operations, not %v and %v", isa, wide, narrow, want, 2*want)
		}
	}
}

func BenchmarkFMA(b *testing.B) {
	for _, isa := range relent.ISAs() {
		if FMA[float64](isa, 1) == 0 {
			continue
		}
		b.Run(isa, func(b *testing.B) {
			operations := 0.0
			for b.Loop() {
				operations += FMA[float64](isa, 1e5)
			}
			b.ReportMetric(operations/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}

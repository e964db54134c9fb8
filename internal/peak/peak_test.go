package peak

import (
	"testing"

	"github.com/relent-go/relent"
)

func TestOperations(t *testing.T) {
	for _, isa := range relent.ISAs() {
		if err := relent.SetISA(isa); err != nil {
			t.Fatal(err)
		}
		wide, narrow := FMA[float64](10), FMA[float32](10)
		want := map[string]float64{"avx512": 10 * 2 * chains * 8, "avx2": 10 * 2 * chains * 4}[isa]
		if wide != want || narrow != 2*want {
			t.Errorf("%s: %v and %v operations, not %v and %v", isa, wide, narrow, want, 2*want)
		}
	}
}

func BenchmarkFMA(b *testing.B) {
	for _, isa := range relent.ISAs() {
		if err := relent.SetISA(isa); err != nil {
			b.Fatal(err)
		}
		if FMA[float64](1) == 0 {
			continue
		}
		b.Run(isa, func(b *testing.B) {
			operations := 0.0
			for b.Loop() {
				operations += FMA[float64](1e5)
			}
			b.ReportMetric(operations/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}

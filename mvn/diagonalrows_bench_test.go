package mvn

import (
	"fmt"
	"testing"

	"github.com/relent-go/relent"
)

// The divergences of diagonal distributions, in cache; ns/op is of 16384 elements.
func BenchmarkKullbackLeiblerRows(b *testing.B) {
	b.Run("f64", benchmarkKLRows[float64])
	b.Run("f32", benchmarkKLRows[float32])
}

func benchmarkKLRows[F float32 | float64](b *testing.B) {
	defer relent.SetISA(relent.ISA())
	const elements = 1 << 14
	var x [4][]F
	r := seed(b.Name())
	for i := range x {
		for range elements {
			x[i] = append(x[i], F(r.bell()))
		}
	}
	for _, isa := range relent.ISAs() {
		for _, d := range []int{16, 64, 256, 1024} {
			dst := make([]F, elements/d)
			rows := func(i int) relent.Matrix[F] {
				return relent.Matrix[F]{Rows: elements / d, Cols: d, Stride: d, Data: x[i]}
			}
			for name, call := range map[string]func(){
				"standard": func() { KullbackLeiblerStandardRows(dst, rows(0), rows(1), relent.Run{}) },
				"diagonal": func() { KullbackLeiblerDiagonalRows(dst, rows(0), rows(1), rows(2), rows(3), relent.Run{}) },
			} {
				b.Run(fmt.Sprintf("%s/%s/d=%d", name, isa, d), func(b *testing.B) {
					if err := relent.SetISA(isa); err != nil {
						b.Fatal(err)
					}
					b.ReportAllocs()
					for b.Loop() {
						call()
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/elements, "ns/element")
				})
			}
		}
	}
}

package main

import (
	"fmt"
	"testing"

	"github.com/relent-go/relent"
)

// BenchmarkLoss has losses of rows of logits, and what they are made of: few long rows, and many short ones.
func BenchmarkLoss(b *testing.B) {
	b.Run("f64", benchmarkLosses[float64])
	b.Run("f32", benchmarkLosses[float32])
}

func benchmarkLosses[F relent.Float](b *testing.B) {
	defer use(relent.ISA())
	for _, shape := range lossShapes {
		l := newLogits[F](shape[0], shape[1])
		for _, isa := range relent.ISAs() {
			for _, c := range l.calls() {
				b.Run(fmt.Sprintf("%s/%s/%d×%d", c.name, isa, shape[0], shape[1]), func(b *testing.B) {
					use(isa)
					b.ReportAllocs()
					for b.Loop() {
						c.call()
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(shape[0]*shape[1]), "ns/logit")
				})
			}
		}
	}
}

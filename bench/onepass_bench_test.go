package main

import (
	"fmt"
	"testing"

	"github.com/relent-go/relent"
)

// BenchmarkMeasures computes all measures that one pass shares, or five of them, and then each by its own function, beside JensenShannon
// alone. Names are type of the elements, instruction set, contestant and length:
//
//	go test -run - -bench 'Measures/f64/avx512/.*/n=1024$' ./bench
func BenchmarkMeasures(b *testing.B) {
	b.Run("f64", func(b *testing.B) { benchmarkMeasures(b, &source64) })
	b.Run("f32", func(b *testing.B) { benchmarkMeasures(b, &source32) })
}

func benchmarkMeasures[F relent.Float](b *testing.B, in *source[F]) {
	dst := make([]float64, len(shared))
	for _, n := range []int{8, 16, 64, 256, 1024, 1 << 16, 1 << 22} {
		p, q := in.get(dirichlet, n)
		run := func(contestant string) func(isa string, compute func()) {
			return func(isa string, compute func()) {
				b.Run(fmt.Sprintf("%s/%s/n=%d", isa, contestant, n), func(b *testing.B) {
					for b.Loop() {
						compute()
					}
					reportPerElement(b, n)
				})
			}
		}
		onEachISA(run("onepass"), func() { relent.Measures(dst, shared, p, q) })
		onEachISA(run("singles"), func() { eachShared(dst, p, q) })
		onEachISA(run("five"), func() { relent.Measures(dst[:len(five)], five, p, q) })
		onEachISA(run("fiveSingles"), func() { eachOfFive(dst, p, q) })
		onEachISA(run("JensenShannon"), func() { dst[0] = relent.JensenShannon(p, q) })
	}
}

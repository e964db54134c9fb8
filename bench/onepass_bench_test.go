package main

import (
	"fmt"
	"testing"

	"github.com/relent-go/relent"
)

// BenchmarkMeasures computes all measures that one pass shares, and then each by its own function, beside JensenShannon alone. Names are
// type of the elements, instruction set, contestant and length:
//
//	go test -run - -bench 'Measures/f64/avx512/.*/n=1024$' ./bench
func BenchmarkMeasures(b *testing.B) {
	b.Run("f64", func(b *testing.B) { benchmarkMeasures(b, &source64) })
	b.Run("f32", func(b *testing.B) { benchmarkMeasures(b, &source32) })
}

var onePass = []relent.Measure{
	relent.ShannonEntropy, relent.ShannonEntropy.Reversed(), relent.CE, relent.KL, relent.KL.Reversed(), relent.GeneralizedKL,
	relent.JS, relent.PSI, relent.HellingerDistance, relent.Chi2, relent.TV,
}

func benchmarkMeasures[F relent.Float](b *testing.B, in *source[F]) {
	dst := make([]float64, len(onePass))
	for _, n := range []int{8, 16, 64, 256, 1024, 16384, 1 << 20} {
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
		onEachISA(run("onepass"), func() { relent.Measures(dst, onePass, p, q) })
		onEachISA(run("singles"), func() { eachMeasure(dst, p, q) })
		onEachISA(run("JensenShannon"), func() { dst[0] = relent.JensenShannon(p, q) })
	}
}

func eachMeasure[F relent.Float](dst []float64, p, q []F) {
	dst[0], dst[1], dst[2] = relent.Entropy(p), relent.Entropy(q), relent.CrossEntropy(p, q)
	dst[3], dst[4] = relent.KullbackLeibler(p, q), relent.KullbackLeibler(q, p)
	dst[5], dst[6], dst[7] = relent.GeneralizedKullbackLeibler(p, q), relent.JensenShannon(p, q), relent.Jeffreys(p, q)
	dst[8], dst[9], dst[10] = relent.Hellinger(p, q), relent.ChiSquare(p, q), relent.TotalVariation(p, q)
}

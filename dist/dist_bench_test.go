package dist

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/relent-go/relent"
)

func BenchmarkKullbackLeibler(b *testing.B) {
	b.Run("normal", func(b *testing.B) { divergences(b, Normal{0, 1}, Normal{1, 2}, KullbackLeibler) })
	b.Run("gamma", func(b *testing.B) { divergences(b, Gamma{2, 3}, Gamma{2.5, 3}, KullbackLeibler) })
	b.Run("beta", func(b *testing.B) { divergences(b, Beta{2, 3}, Beta{2.5, 3}, KullbackLeibler) })
	b.Run("poisson", func(b *testing.B) { divergences(b, Poisson{2}, Poisson{2.5}, KullbackLeibler) })
}

func BenchmarkJensenShannon(b *testing.B) {
	b.Run("normal", func(b *testing.B) { divergences(b, Normal{0, 1}, Normal{1, 2}, JensenShannon) })
	b.Run("gamma", func(b *testing.B) { divergences(b, Gamma{2, 3}, Gamma{2.5, 3}, JensenShannon) })
	b.Run("beta", func(b *testing.B) { divergences(b, Beta{2, 3}, Beta{2.5, 3}, JensenShannon) })
	b.Run("poisson", func(b *testing.B) { divergences(b, Poisson{2}, Poisson{2.5}, JensenShannon) })
}

func divergences[D any](b *testing.B, p, q D, f func(p, q D) float64) {
	b.ReportAllocs()
	for b.Loop() {
		f(p, q)
	}
}

func BenchmarkKullbackLeiblerOfRows(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	p, q := relent.NewMatrix[float64](2000, 4), relent.NewMatrix[float64](2000, 4)
	for i := range p.Data {
		p.Data[i], q.Data[i] = r.NormFloat64(), 0.2+1.1*r.NormFloat64()
	}
	for _, k := range []int{1, 5} {
		b.Run(fmt.Sprintf("k=%d", k), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				KullbackLeiblerOfRows(p, q, k)
			}
		})
	}
}

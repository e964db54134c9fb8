package mvn

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/relent-go/relent"
)

// ofPairs runs a benchmark for pairs in d dimensions that have much, something and next to nothing in common.
func ofPairs(b *testing.B, d int, f func(l, r *Normal)) {
	r := seed("pairs")
	mu, sigma := r.vector(d), r.covariance(d, 10)
	l := must(NewNormal(mu, sigma))
	for _, pair := range []struct {
		name string
		l, r *Normal
	}{
		{"near", l, must(NewNormal(mu, r.near(sigma, 1e-6)))},
		{"between", l, must(NewNormal(mu, r.near(sigma, 0.3/float64(d))))},
		{"apart", l, must(NewNormal(mu, r.covariance(d, 10)))},
		{"diagonal", must(NewNormalDiagonal(mu, r.positive(d))), must(NewNormalDiagonal(mu, r.positive(d)))},
	} {
		b.Run(fmt.Sprintf("%s/d=%d", pair.name, d), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f(pair.l, pair.r)
			}
		})
	}
}

func BenchmarkJensenShannon(b *testing.B) {
	for _, d := range []int{1, 4, 16, 64} {
		ofPairs(b, d, func(l, r *Normal) { JensenShannon(l, r) })
	}
}

func BenchmarkTotalVariation(b *testing.B) {
	for _, d := range []int{1, 2, 16, 64} {
		ofPairs(b, d, func(l, r *Normal) { TotalVariation(l, r) })
	}
}

// BenchmarkJensenShannonAgainstMonteCarlo is an integral beside an estimate from samples, by the same scorer, with a standard error of 1e-4: as many
// samples as its variance asks for, up to 2³⁰.
func BenchmarkJensenShannonAgainstMonteCarlo(b *testing.B) {
	for _, d := range []int{16, 64} {
		r := seed("jensen shannon")
		mu, sigma := r.vector(d), r.covariance(d, 10)
		moved := slices.Clone(mu)
		moved[0] += math.Sqrt(sigma.At(0, 0))
		p, q := must(NewNormal(mu, sigma)), must(NewNormal(moved, r.near(sigma, 0.3/float64(d))))
		b.Run(fmt.Sprintf("integral/d=%d", d), func(b *testing.B) {
			for b.Loop() {
				JensenShannon(p, q)
			}
		})
		b.Run(fmt.Sprintf("samples/d=%d", d), func(b *testing.B) {
			one := []float64{1}
			l, o := must(NewMixture(one, []*Normal{p})), must(NewMixture(one, []*Normal{q}))
			var e MonteCarloEstimate
			for b.Loop() {
				e = must(MixtureJensenShannon(l, o, MonteCarlo{Samples: 1 << 30, StandardError: 1e-4}, relent.Run{}))
			}
			b.ReportMetric(float64(e.Samples), "samples")
			b.ReportMetric(e.Value, "nats")
			b.ReportMetric(e.StandardError, "standard-error")
		})
	}
}

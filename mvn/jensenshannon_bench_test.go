package mvn

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/relent-go/relent"
)

// BenchmarkJensenShannon has pairs that have much, something and next to nothing in common.
func BenchmarkJensenShannon(b *testing.B) {
	for _, d := range []int{1, 4, 16, 64} {
		r := seed("jensen shannon")
		mu, sigma := r.vector(d), r.covariance(d, 10)
		l := must(NewNormal(mu, sigma))
		for _, pair := range []struct {
			name string
			r    *Normal
		}{
			{"near", must(NewNormal(mu, r.near(sigma, 1e-6)))},
			{"between", must(NewNormal(mu, r.near(sigma, 0.3/float64(d))))},
			{"apart", must(NewNormal(mu, r.covariance(d, 10)))},
		} {
			b.Run(fmt.Sprintf("%s/d=%d", pair.name, d), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					JensenShannon(l, pair.r)
				}
			})
		}
		diagonal := must(NewNormalDiagonal(mu, r.positive(d)))
		other := must(NewNormalDiagonal(mu, r.positive(d)))
		b.Run(fmt.Sprintf("diagonal/d=%d", d), func(b *testing.B) {
			for b.Loop() {
				JensenShannon(diagonal, other)
			}
		})
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

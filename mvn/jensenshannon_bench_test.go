package mvn

import (
	"fmt"
	"testing"
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

package mvn

import (
	"fmt"
	"testing"
)

// BenchmarkDivergences has pairs that have nothing in common, pairs that are near each other, and pairs that are equal.
func BenchmarkDivergences(b *testing.B) {
	for _, d := range []int{4, 16, 64, 256} {
		r := seed("divergences")
		mu, sigma := r.vector(d), r.covariance(d, 10)
		l := must(NewNormal(mu, sigma))
		for _, pair := range []struct {
			name string
			r    *Normal
		}{
			{"apart", must(NewNormal(mu, r.covariance(d, 10)))},
			{"near", must(NewNormal(mu, r.near(sigma, 1e-6)))},
			{"equal", must(NewNormal(mu, sigma))},
			{"precision", must(NewNormalPrecision(mu, inverse(sigma)))},
		} {
			for what, f := range divergences {
				if what == "KullbackLeibler" || what == "Bhattacharyya" || what == "SqWasserstein" {
					b.Run(fmt.Sprintf("%s/%s/d=%d", what, pair.name, d), func(b *testing.B) {
						b.ReportAllocs()
						for b.Loop() {
							f(l, pair.r)
						}
					})
				}
			}
		}
	}
}

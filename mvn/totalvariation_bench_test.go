package mvn

import (
	"fmt"
	"testing"
)

func BenchmarkTotalVariation(b *testing.B) {
	for _, d := range []int{1, 2, 16, 64} {
		r := seed("total variation")
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
					TotalVariation(l, pair.r)
				}
			})
		}
	}
}

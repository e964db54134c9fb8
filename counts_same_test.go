package relent

import (
	"fmt"
	"testing"
)

// Shares that are the same give 0 under every policy that leaves them so, whatever the totals are.
func TestSameSharesGiveNothing(t *testing.T) {
	r := seed(t.Name())
	policies := []ZeroPolicy{Strict, Skip}
	for _, share := range []float64{1e-6, 1e-4, 1e-2, 0.1, 1. / 3, 0x1p-7, 0.9} {
		policies = append(policies, Floor(share))
	}
	eachISA(t, func(t *testing.T) {
		for range short(80) {
			n := 1 + r.below(40)
			if r.below(10) == 0 {
				n = chunk + r.below(2*chunk)
			}
			p := make([]uint64, n)
			for i := range p {
				p[i] = uint64(r.below(1<<(1+r.below(12)))) * uint64(r.below(3))
			}
			p[r.below(n)] = 1 + uint64(r.below(5000))
			for _, factor := range []uint64{1, 3, 7, 10, 1001} {
				q := make([]uint64, n)
				for i := range p {
					q[i] = p[i] * factor
				}
				for _, z := range policies {
					for _, m := range everyMeasure() {
						if m.traits().shares.form != shareOfDifferences {
							continue
						}
						what := fmt.Sprintf("%v of %d shares %d times as many, %v", m, n, factor, z)
						there, touched := BetweenCounts(m, p, q, z)
						back, _ := BetweenCounts(m, q, p, z)
						if m == MeasureBhattacharyya { // raised shares sum to more than 1
							if !(there <= 0 && there >= -float64(touched.OneSide+touched.BothSides)) || there != back {
								t.Fatalf("%s: %v and %v, %v touched", what, there, back, touched)
							}
							continue
						}
						if there != 0 || back != 0 {
							t.Fatalf("%s: %v and %v", what, there, back)
						}
					}
				}
			}
		}
	})
}

package mvn

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"
)

// BenchmarkSampleRows is beside gonum's Rand into the same rows.
func BenchmarkSampleRows(b *testing.B) {
	const rows = 1024
	for _, d := range []int{2, 16, 64} {
		r := seed("sample rows")
		mu, sigma := r.vector(d), r.covariance(d, 10)
		dst := mat.NewDense(rows, d, nil)
		perRow := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		}
		b.Run(fmt.Sprintf("relent/d=%d", d), func(b *testing.B) {
			n := must(NewNormal(mu, sigma))
			for b.Loop() {
				must(dst, n.SampleRows(dst, 1, 0, relent.Run{}))
			}
			perRow(b)
		})
		b.Run(fmt.Sprintf("gonum/d=%d", d), func(b *testing.B) {
			n, _ := distmv.NewNormal(mu, sigma, rand.NewPCG(1, 2))
			for b.Loop() {
				for i := range rows {
					n.Rand(dst.RawRowView(i))
				}
			}
			perRow(b)
		})
	}
}

package relent

import (
	"fmt"
	"gonum.org/v1/gonum/stat"
	"math"
	"math/rand"
	"testing"
)

func dirichlet(n int, seed int64) []float64 {
	r := rand.New(rand.NewSource(seed))
	x := make([]float64, n)
	s := 0.
	for i := range x {
		x[i] = r.ExpFloat64()
		s += x[i]
	}
	for i := range x {
		x[i] /= s
	}
	return x
}

func TestTmp(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 1000, 4096, 5000} {
		p, q := dirichlet(n, 1), dirichlet(n, 2)
		pf, qf := make([]float32, n), make([]float32, n)
		for i := range p {
			pf[i], qf[i] = float32(p[i]), float32(q[i])
		}
		for variant := 0; variant < 6; variant++ {
			if n > 3 {
				switch variant {
				case 1:
					p[n/2] = 0
					pf[n/2] = 0
				case 2:
					q[n/2] = 0
					qf[n/2] = 0
				case 3:
					p[n/3], pf[n/3] = 1e-310, 1e-40
				case 4:
					q[n/3], qf[n/3] = math.NaN(), float32(math.NaN())
				case 5:
					q[n/3], qf[n/3] = -1, -1
				}
			}
			for _, k := range kernelList {
				isa = generic
				w := k.chunkF64(p, q)
				wf := k.chunkF32(pf, qf)
				for _, l := range []level{avx2, avx512} {
					isa = l
					g := k.chunkF64(p, q)
					gf := k.chunkF32(pf, qf)
					if math.Float64bits(g) != math.Float64bits(w) && !(g != g && w != w) {
						t.Errorf("%s f64 isa %d n %d variant %d: %v %v", k.name, l, n, variant, g, w)
					}
					if math.Float64bits(gf) != math.Float64bits(wf) && !(gf != gf && wf != wf) {
						t.Errorf("%s f32 isa %d n %d variant %d: %v %v", k.name, l, n, variant, gf, wf)
					}
				}
				if n == 100 {
					fmt.Println(variant, k.name, w, wf)
				}
			}
		}
	}
	p, q := dirichlet(100, 1), dirichlet(100, 2)
	fmt.Println(stat.KullbackLeibler(p, q), stat.Entropy(p), stat.CrossEntropy(p, q), stat.JensenShannon(p, q)*4, stat.Bhattacharyya(p, q), stat.Hellinger(p, q))
}

func BenchmarkTmp(b *testing.B) {
	for _, n := range []int{8, 10, 16, 64, 1024} {
		p, q := dirichlet(n, 1), dirichlet(n, 2)
		pf, qf := make([]float32, n), make([]float32, n)
		for i := range p {
			pf[i], qf[i] = float32(p[i]), float32(q[i])
		}
		for _, k := range kernelList {
			for l, nm := range map[level]string{generic: "gen", avx2: "avx2", avx512: "avx512"} {
				b.Run(fmt.Sprintf("%s/f64/%s/%d", k.name, nm, n), func(b *testing.B) {
					isa = l
					for b.Loop() {
						k.sumF64(p, q)
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/elt")
				})
				b.Run(fmt.Sprintf("%s/f32/%s/%d", k.name, nm, n), func(b *testing.B) {
					isa = l
					for b.Loop() {
						k.sumF32(pf, qf)
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/elt")
				})
			}
		}
		if n == 1024 {
			b.Run("gonumKL", func(b *testing.B) {
				for b.Loop() {
					stat.KullbackLeibler(p, q)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/elt")
			})
			b.Run("gonumJS", func(b *testing.B) {
				for b.Loop() {
					stat.JensenShannon(p, q)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/elt")
			})
			b.Run("gonumH", func(b *testing.B) {
				for b.Loop() {
					stat.Entropy(p)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/elt")
			})
		}
	}
}

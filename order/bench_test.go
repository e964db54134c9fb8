package order

import (
	"fmt"
	"math"
	"testing"

	"github.com/relent-go/relent"
)

// BenchmarkBetween has every measure beside a loop in plain Go with the standard library's functions.
func BenchmarkBetween(b *testing.B) {
	for _, n := range []int{100, 1024} {
		p, q := make([]float64, n), make([]float64, n)
		p32, q32 := make([]float32, n), make([]float32, n)
		for i := range p {
			p[i], q[i] = float64(1+i*7%31)/float64(16*n), float64(1+(i*9+5)%31)/float64(16*n)
			p32[i], q32[i] = float32(p[i]), float32(q[i])
		}
		for _, m := range []Measure{
			Renyi(0.3), Renyi(2), Alpha(0.5), Tsallis(1.5), CressieRead(2. / 3), Triangular, WeightedJensenShannon(0.25), SkewJensenShannon(0.3),
		} {
			b.Run(fmt.Sprintf("%v/float64/n=%d", m, n), func(b *testing.B) {
				for range b.N {
					Between(m, p, q)
				}
			})
		}
		b.Run(fmt.Sprintf("Renyi(2)/float32/n=%d", n), func(b *testing.B) {
			for range b.N {
				Between(Renyi(2), p32, q32)
			}
		})
		b.Run(fmt.Sprintf("Renyi(0.3)/in plain Go/n=%d", n), func(b *testing.B) {
			for range b.N {
				plainRenyi(0.3, p, q)
			}
		})
		b.Run(fmt.Sprintf("RenyiEntropy(1.5)/float64/n=%d", n), func(b *testing.B) {
			for range b.N {
				RenyiEntropy(1.5, p)
			}
		})
		rows := relent.Matrix[float64]{Rows: 2, Cols: n / 2, Stride: n / 2, Data: p}
		b.Run(fmt.Sprintf("JensenShannonOf/float64/n=%d", n), func(b *testing.B) {
			for range b.N {
				JensenShannonOf(nil, rows)
			}
		})
	}
}

//go:noinline
func plainRenyi(order float64, p, q []float64) float64 {
	sum := 0.0
	for i, x := range p {
		sum += math.Pow(x, order) * math.Pow(q[i], 1-order)
	}
	return math.Log(sum) / (order - 1)
}

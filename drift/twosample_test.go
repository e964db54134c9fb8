package drift

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// golden is a line of testdata/scipy.jsonl, which scipy_golden.py writes.
type golden struct {
	N, M                       int
	Shift                      float64
	Fine                       bool
	KS, P, Wasserstein, Energy float64
}

func (g golden) sample(seed uint32, n int, shift float64) Sample {
	x := make([]float64, n)
	for i := range x {
		seed = seed*1664525 + 1013904223
		x[i] = float64(seed>>16&1023)/8 + shift
		if g.Fine {
			x[i] = float64(seed)/(1<<20) + shift
		}
	}
	return NewSample(x)
}

func TestScipy(t *testing.T) {
	file, err := os.Open("testdata/scipy.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := 0
	for scan := bufio.NewScanner(file); scan.Scan(); lines++ {
		var g golden
		if err := json.Unmarshal(scan.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		x, y := g.sample(1, g.N, 0), g.sample(2, g.M, g.Shift)
		ks := KolmogorovSmirnov(x, y)
		name := fmt.Sprintf("%d and %d, shift %v, fine %v", g.N, g.M, g.Shift, g.Fine)
		within(t, name+": KS", ks.Value, g.KS, 1e-14)
		within(t, name+": p", ks.P, g.P, 1e-12)
		within(t, name+": W1", Wasserstein(x, y), g.Wasserstein, 1e-12*(1+g.Wasserstein))
		within(t, name+": energy", Energy(x, y), g.Energy, 1e-12*(1+g.Energy))
	}
	if lines != 168 {
		t.Errorf("%d lines", lines)
	}
}

func within(t *testing.T, name string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %v, not %v", name, got, want)
	}
}

func BenchmarkSamples(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float64, 1_000_000), make([]float64, 1_000_000)
	for i := range x {
		x[i], y[i] = r.NormFloat64(), r.NormFloat64()+0.001
	}
	run := func(name string, f func(x, y Sample) float64) {
		b.Run(name+"/n=1000000", func(b *testing.B) {
			for b.Loop() {
				f(NewSample(x), NewSample(y))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*(len(x)+len(y))), "ns/value")
		})
	}
	run("KolmogorovSmirnov", func(x, y Sample) float64 { return KolmogorovSmirnov(x, y).P })
	run("Wasserstein", Wasserstein)
	run("Energy", Energy)
}

// Equal distributions are no distance apart, in samples of any size and however far their values are.
func TestEqualDistributions(t *testing.T) {
	x := make([]float64, 103)
	for i := range x {
		x[i] = math.Sqrt(float64(i))
	}
	far := []float64{-1.5e308, 1.5e308}
	for _, c := range [][2][]float64{{x, slices.Concat(x, x, x)}, {far, far}} {
		a, b := NewSample(c[0]), NewSample(c[1])
		if w, e, ks := Wasserstein(a, b), Energy(a, b), KolmogorovSmirnov(a, b); w != 0 || e != 0 || ks.Value != 0 || ks.P != 1 {
			t.Errorf("%d and %d values: %v, %v, %v", a.Len(), b.Len(), w, e, ks)
		}
	}
}

// Paths are counted without rounding.
func TestExactKolmogorov(t *testing.T) {
	for _, c := range [][3]int{{1, 1, 1}, {5, 3, 7}, {20, 20, 100}, {64, 48, 900}, {120, 90, 4000}, {120, 90, 9000}} {
		n, m, h := c[0], c[1], c[2]
		near := make([]*big.Int, m+1) // paths to (i, j) that keep nearer than h
		for j := range near {
			near[j] = new(big.Int)
		}
		for i := range n + 1 {
			for j := range m + 1 {
				switch {
				case i*m-j*n >= h || j*n-i*m >= h:
					near[j].SetInt64(0)
				case i == 0 && j == 0:
					near[j].SetInt64(1)
				case j > 0:
					near[j].Add(near[j], near[j-1])
				}
			}
		}
		all := new(big.Int).Binomial(int64(n+m), int64(n))
		want, _ := new(big.Rat).SetFrac(new(big.Int).Sub(all, near[m]), all).Float64()
		if got := exactKolmogorov(n, m, int64(h)); !(math.Abs(got-want) <= 0x1p-38*want) {
			t.Errorf("%d and %d values, %d: %v, want %v", n, m, h, got, want)
		}
	}
}

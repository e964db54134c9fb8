package main

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/relent-go/relent/mvn"
)

// BenchmarkOneRow has one row at a time, which nothing is shared with.
func BenchmarkOneRow(b *testing.B) {
	for _, d := range []int{2, 4, 8, 16, 32, 64, 128, 256} {
		m := newModel[float64](d, 1)
		var sigma mat.SymDense
		lower := dense(m.lower)
		sigma.SymOuterK(1, lower)
		n, err := mvn.NewNormal(m.mean, &sigma)
		if err != nil {
			b.Fatal(err)
		}
		x := m.rows.Row(0)
		b.Run(fmt.Sprintf("SqMahalanobis/d=%d", d), func(b *testing.B) { benchmarkCall(b, func() float64 { return n.SqMahalanobis(x) }) })
		b.Run(fmt.Sprintf("LogProb/d=%d", d), func(b *testing.B) { benchmarkCall(b, func() float64 { return n.LogProb(x) }) })
	}
	for _, s := range mixtureShapes {
		m, err := s.relent()
		if err != nil {
			b.Fatal(err)
		}
		x := newModel[float64](s.d, 1).rows.Row(0)
		b.Run(fmt.Sprintf("Mixture/%v", s), func(b *testing.B) { benchmarkCall(b, func() float64 { return m.LogProb(x) }) })
	}
}

// BenchmarkMixtureBlocks has fewer rows than BenchmarkMixture, for calls to end before something else runs.
func BenchmarkMixtureBlocks(b *testing.B) {
	for _, s := range mixtureShapes {
		m, err := s.relent()
		if err != nil {
			b.Fatal(err)
		}
		x := newModel[float64](s.d, 1024).rows
		b.Run(fmt.Sprint(s), func(b *testing.B) { benchmarkScorer(b, mixtureDensity[float64](m), x) })
	}
}

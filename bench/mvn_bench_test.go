package main

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
)

// BenchmarkNormalKullbackLeibler has two normal distributions with full covariances.
func BenchmarkNormalKullbackLeibler(b *testing.B) {
	defer use(relent.ISA())
	for _, d := range divergenceDimensions {
		p, err := newPair(d)
		if err != nil {
			b.Fatal(err)
		}
		for _, isa := range relent.ISAs() {
			b.Run(fmt.Sprintf("%s/d=%d", isa, d), func(b *testing.B) {
				use(isa)
				benchmarkCall(b, p.relent)
			})
		}
		b.Run(fmt.Sprintf("gonum/d=%d", d), func(b *testing.B) { benchmarkCall(b, p.gonum) })
	}
}

// BenchmarkNewNormal has the factorisation of a covariance matrix.
func BenchmarkNewNormal(b *testing.B) {
	defer use(relent.ISA())
	for _, d := range []int{4, 16, 32, 64, 128, 256} {
		mu, sigma := make([]float64, d), mat.NewSymDense(d, nil)
		for i := range d {
			for j := range i {
				sigma.SetSym(i, j, 1/float64(1+i+j))
			}
			sigma.SetSym(i, i, float64(d))
		}
		for _, isa := range relent.ISAs() {
			b.Run(fmt.Sprintf("%s/d=%d", isa, d), func(b *testing.B) {
				use(isa)
				for b.Loop() {
					if _, err := mvn.NewNormal(mu, sigma); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run(fmt.Sprintf("gonum/d=%d", d), func(b *testing.B) {
			for b.Loop() {
				if _, ok := distmv.NewNormal(mu, sigma, nil); !ok {
					b.Fatal("not positive definite")
				}
			}
		})
	}
}

func benchmarkCall(b *testing.B, f func() float64) {
	b.ReportAllocs()
	for b.Loop() {
		f()
	}
}

// BenchmarkMixture has log densities of rows under mixtures; those of gonum are fewer.
func BenchmarkMixture(b *testing.B) {
	for _, s := range mixtureShapes {
		m, err := s.relent()
		if err != nil {
			b.Fatal(err)
		}
		x := newModel[float64](s.d, mixtureRows).rows
		benchmarkMixture(b, "f64", s, mixtureDensity[float64](m), x)
		benchmarkMixture(b, "f32", s, mixtureDensity[float32](m), narrow[float32](x))
		b.Run(fmt.Sprintf("f64/gonum/%v", s), func(b *testing.B) { benchmarkScorer(b, s.gonum(), s.few(x)) })
	}
}

func benchmarkMixture[F relent.Float](b *testing.B, typeName string, s mixtureShape, f scorer[F], x relent.Matrix[F]) {
	defer use(relent.ISA())
	for _, isa := range relent.ISAs() {
		b.Run(fmt.Sprintf("%s/%s/%v", typeName, isa, s), func(b *testing.B) {
			use(isa)
			benchmarkScorer(b, f, x)
		})
	}
}

// BenchmarkClassification has all the rows held out of a data set.
func BenchmarkClassification(b *testing.B) {
	trials, err := readTrials()
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range trials {
		guessers, err := newGuessers(t)
		if err != nil {
			b.Fatal(err)
		}
		for _, g := range guessers {
			b.Run(t.name+"/"+g.name, func(b *testing.B) {
				defer use(relent.ISA())
				if g.isa != "" {
					use(g.isa)
				}
				b.ReportAllocs()
				for b.Loop() {
					g.call(1)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(t.heldOut.Rows), "ns/row")
			})
		}
	}
}

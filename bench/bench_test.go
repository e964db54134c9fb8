package main

import (
	"fmt"
	"testing"

	"github.com/relent-go/relent"
)

// Names are measure, type of the elements, contestant (an instruction set, gonum, or naive) and length:
//
//	go test -run - -bench 'KullbackLeibler/f64/.*/n=1024$' ./bench
//
// All of them take half an hour; -benchtime 50ms makes it a few minutes.

func BenchmarkKullbackLeibler(b *testing.B)            { compare(b, "KullbackLeibler") }
func BenchmarkGeneralizedKullbackLeibler(b *testing.B) { compare(b, "GeneralizedKullbackLeibler") }
func BenchmarkEntropy(b *testing.B)                    { compare(b, "Entropy") }
func BenchmarkCrossEntropy(b *testing.B)               { compare(b, "CrossEntropy") }
func BenchmarkJensenShannon(b *testing.B)              { compare(b, "JensenShannon") }
func BenchmarkJensenShannonNear(b *testing.B)          { compare(b, "JensenShannonNear") }
func BenchmarkJensenShannonDistance(b *testing.B)      { compare(b, "JensenShannonDistance") }
func BenchmarkJeffreys(b *testing.B)                   { compare(b, "Jeffreys") }
func BenchmarkHellinger(b *testing.B)                  { compare(b, "Hellinger") }
func BenchmarkBhattacharyya(b *testing.B)              { compare(b, "Bhattacharyya") }
func BenchmarkTotalVariation(b *testing.B)             { compare(b, "TotalVariation") }
func BenchmarkChiSquare(b *testing.B)                  { compare(b, "ChiSquare") }
func BenchmarkBinaryEntropy(b *testing.B)              { compare(b, "BinaryEntropy") }
func BenchmarkBinaryCrossEntropy(b *testing.B)         { compare(b, "BinaryCrossEntropy") }
func BenchmarkBinaryKullbackLeibler(b *testing.B)      { compare(b, "BinaryKullbackLeibler") }
func BenchmarkEntropyTerms(b *testing.B)               { compare(b, "EntropyTerms") }
func BenchmarkKullbackLeiblerTerms(b *testing.B)       { compare(b, "KullbackLeiblerTerms") }
func BenchmarkGeneralizedKullbackLeiblerTerms(b *testing.B) {
	compare(b, "GeneralizedKullbackLeiblerTerms")
}

// BenchmarkReadTwoStreams is the roof for every measure whose inputs are in main memory.
func BenchmarkReadTwoStreams(b *testing.B) {
	for _, n := range lengths {
		b.Run(fmt.Sprintf("f64/n=%d", n), func(b *testing.B) { benchmarkRead(b, &source64, n) })
	}
	for _, n := range lengths {
		b.Run(fmt.Sprintf("f32/n=%d", n), func(b *testing.B) { benchmarkRead(b, &source32, n) })
	}
}

var lengths = []int{8, 10, 16, 64, 256, 1024, 16384, 1 << 20, 1 << 24}

// The sources make inputs when a benchmark first asks for them, and share them with those that follow.
var (
	source64 source[float64]
	source32 source[float32]
)

func compare(b *testing.B, name string) {
	m := find(b, name)
	b.Run("f64", func(b *testing.B) { benchmarkMeasure(b, m, m.f64, &source64) })
	b.Run("f32", func(b *testing.B) { benchmarkMeasure(b, m, m.f32, &source32) })
}

func find(t testing.TB, name string) measure {
	for _, m := range measures {
		if m.name == name {
			return m
		}
	}
	t.Fatalf("no measure is called %s", name)
	return measure{}
}

func benchmarkMeasure[F relent.Float](b *testing.B, m measure, c contestants[F], in *source[F]) {
	defer use(relent.ISA())
	arrays := m.arrays
	if m.writes {
		arrays++
	}
	for _, n := range lengths {
		run := func(contestant string, f function[F]) {
			b.Run(fmt.Sprintf("%s/n=%d", contestant, n), func(b *testing.B) {
				p, q := in.get(m.inputs, n)
				results.add(f(p, q))
				b.SetBytes(int64(arrays * n * elementBytes(p)))
				for b.Loop() {
					f(p, q)
				}
				reportPerElement(b, n)
			})
		}
		for _, isa := range relent.ISAs() {
			use(isa)
			run(isa, c.relent)
		}
		run("naive", c.naive)
		if c.gonum != nil {
			run("gonum", c.gonum)
		}
	}
}

func benchmarkRead[F relent.Float](b *testing.B, in *source[F], n int) {
	p, q := in.get(dirichlet, n)
	b.SetBytes(int64(2 * n * elementBytes(p)))
	for b.Loop() {
		readTwoStreams(words(p), words(q))
	}
	reportPerElement(b, n)
}

func reportPerElement(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/elem")
}

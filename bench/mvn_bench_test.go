package main

import (
	"fmt"
	"testing"

	"github.com/relent-go/relent"
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

func benchmarkCall(b *testing.B, f func() float64) {
	b.ReportAllocs()
	for b.Loop() {
		f()
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

package main

import (
	"fmt"
	"math"
	"testing"

	"github.com/relent-go/relent"
)

// BenchmarkNearest finds the 10 nearest of the digits for each of them. Names are measure, type of the elements, instruction set and
// way: index, alone (by the index, one query at a time), all (measures computed, and the least selected).
//
//	go test -run - -bench 'Nearest/JensenShannon/f64/.*' ./bench
func BenchmarkNearest(b *testing.B) {
	d, err := readDigits(digitsFile)
	if err != nil {
		b.Fatal(err)
	}
	for _, m := range nearestMeasures {
		b.Run(m.String(), func(b *testing.B) {
			b.Run("f64", func(b *testing.B) { benchmarkNearest(b, m, matrixOf[float64](d.images)) })
			b.Run("f32", func(b *testing.B) { benchmarkNearest(b, m, matrixOf[float32](d.images)) })
		})
	}
	smooth := matrixOf[float64](d.images) // no cell without ink: these measures would be infinite
	for i := range smooth.Data {
		smooth.Data[i] = (smooth.Data[i] + 1e-3) / (1 + 1e-3*float64(smooth.Cols))
	}
	for _, m := range []relent.Measure{relent.MeasureKullbackLeibler, relent.MeasureGeneralizedKullbackLeibler, relent.MeasureCrossEntropy} {
		b.Run(m.String(), func(b *testing.B) { b.Run("f64", func(b *testing.B) { benchmarkNearest(b, m, smooth) }) })
	}
}

// BenchmarkNearestTopics finds the 10 nearest of 1000 random mixtures of 100 topics for each of them, by the number of topics
// that make up most of a mixture: few, or all of them, where each row is about as far as each other.
//
//	go test -run - -bench 'NearestTopics/few/KullbackLeibler/avx512' ./bench
func BenchmarkNearestTopics(b *testing.B) {
	const rows, topics = 1000, 100
	all, _ := randomRows[float64](rows, topics)
	few := relent.NewMatrix[float64](rows, topics)
	for i := range rows {
		for j, p := range all.Row(i) {
			few.Row(i)[j] = math.Pow(p, 5)
		}
		normalise(few.Row(i), 1)
	}
	for _, m := range []relent.Measure{relent.MeasureKullbackLeibler, relent.MeasureGeneralizedKullbackLeibler, relent.MeasureJensenShannon, relent.MeasureTotalVariation} {
		b.Run("few/"+m.String(), func(b *testing.B) { benchmarkNearest(b, m, few) })
		b.Run("all/"+m.String(), func(b *testing.B) { benchmarkNearest(b, m, all) })
	}
}

// BenchmarkNearestUniform finds the 10 nearest of many random rows of 1000 columns for some others, where each row is about as far as
// each other: an index can only lose, by the bounds that it tries.
//
//	go test -run - -bench 'NearestUniform/JensenShannon/f64/.*' ./bench
func BenchmarkNearestUniform(b *testing.B) {
	for _, m := range []relent.Measure{relent.MeasureKullbackLeibler, relent.MeasureJensenShannon, relent.MeasureHellinger, relent.MeasureTotalVariation} {
		b.Run(m.String(), func(b *testing.B) {
			b.Run("f64", func(b *testing.B) { benchmarkNearestUniform[float64](b, m) })
			b.Run("f32", func(b *testing.B) { benchmarkNearestUniform[float32](b, m) })
		})
	}
}

func benchmarkNearestUniform[F relent.Float](b *testing.B, m relent.Measure) {
	const queries, columns = 64, 1000
	rows, others := randomRows[F](manyRows, columns)
	benchmarkQueries(b, m, rows, others.Slice(0, queries))
}

func benchmarkNearest[F relent.Float](b *testing.B, m relent.Measure, rows relent.Matrix[F]) {
	benchmarkQueries(b, m, rows, rows)
}

// benchmarkQueries times queries of rows.
func benchmarkQueries[F relent.Float](b *testing.B, m relent.Measure, rows, queries relent.Matrix[F]) {
	x := relent.NewIndex(m, rows)
	all, found := newBruteForce(m, rows), newNeighbors(queries.Rows)
	run := func(way string, compute func()) {
		b.Run(fmt.Sprintf("%s/%s", relent.ISA(), way), func(b *testing.B) {
			for b.Loop() {
				compute()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(queries.Rows*rows.Rows), "ns/pair")
		})
	}
	defer use(relent.ISA())
	for _, isa := range relent.ISAs() {
		use(isa)
		run("index", func() { x.NearestRows(found, queries, nearestCount, relent.Run{}) })
		run("alone", func() { findAlone(x, found, queries) })
		run("all", func() { all.find(found, queries) })
	}
}

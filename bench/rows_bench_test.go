package main

import (
	"fmt"
	"sync"
	"testing"

	"github.com/relent-go/relent"
)

// Names are measure, type of the elements, contestant (an instruction set; the pair function of the best one in a loop; gonum in
// a loop) and elements of a row:
//
//	go test -run - -bench 'OneToMany/KullbackLeibler/f64/.*/L=100$' ./bench

// BenchmarkOneToMany scores 10,000 rows against one.
func BenchmarkOneToMany(b *testing.B) {
	const rows = 10000
	for _, m := range rowMeasures {
		b.Run(m.String(), func(b *testing.B) {
			b.Run("f64", func(b *testing.B) { benchmarkOneToMany(b, m, rows, find(b, m.String()).f64) })
			b.Run("f32", func(b *testing.B) { benchmarkOneToMany(b, m, rows, find(b, m.String()).f32) })
		})
	}
}

// BenchmarkManyToMany scores 200 rows against 200 others.
func BenchmarkManyToMany(b *testing.B) {
	const rows = 200
	for _, m := range rowMeasures {
		b.Run(m.String(), func(b *testing.B) {
			b.Run("f64", func(b *testing.B) { benchmarkManyToMany(b, m, rows, find(b, m.String()).f64) })
			b.Run("f32", func(b *testing.B) { benchmarkManyToMany(b, m, rows, find(b, m.String()).f32) })
		})
	}
}

// BenchmarkWorkers scores 400 rows against 400 others with one goroutine and with two. On a machine with two cores of its own
// (not two threads of one), with nothing else running:
//
//	go test -run - -bench Workers -count 5 ./bench
func BenchmarkWorkers(b *testing.B) {
	const rows = 400
	dst := relent.NewMatrix[float64](rows, rows)
	for _, m := range rowMeasures {
		for _, n := range []int{10, 100, 1000} {
			p, q := randomRows[float64](rows, n)
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("%v/L=%d/workers=%d", m, n, workers), func(b *testing.B) {
					run := relent.Run{Workers: workers}
					b.ReportAllocs()
					for b.Loop() {
						if _, err := relent.RunManyToMany(run, dst, m, p, q); err != nil {
							b.Fatal(err)
						}
					}
					reportPerElement(b, rows*rows*n)
				})
			}
		}
	}
}

// BenchmarkWorkersFromMemory scores 2¹⁷ rows of 128 elements, which no cache holds, against one, with one goroutine and with two; beside
// it they are read, and no more, which bounds what a second core can gain. On a machine with two cores of its own:
//
//	go test -run - -bench WorkersFromMemory -count 5 ./bench
func BenchmarkWorkersFromMemory(b *testing.B) {
	b.Run("f64", benchmarkWorkersFromMemory[float64])
	b.Run("f32", benchmarkWorkersFromMemory[float32])
}

func benchmarkWorkersFromMemory[F relent.Float](b *testing.B) {
	const rows, n = 1 << 17, 128
	_, q := randomRows[F](rows, n)
	p := relent.Vector[F](q.Row(0))
	dst := make([]float64, rows)
	run := func(name string, compute func(workers int)) {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/workers=%d", name, workers), func(b *testing.B) {
				for b.Loop() {
					compute(workers)
				}
				bytes := float64(rows * n * elementBytes(q.Data) * b.N)
				b.ReportMetric(bytes/float64(b.Elapsed().Nanoseconds()), "GB/s")
			})
		}
	}
	run("read", func(workers int) { readInParts(words(q.Data), workers) })
	for _, m := range append([]relent.Measure{relent.MeasureTotalVariation}, rowMeasures...) {
		run(m.String(), func(workers int) { _, _ = relent.RunRowByRow(relent.Run{Workers: workers}, dst, m, p, q) }) // nothing cancels it
	}
	run("Entropy", func(workers int) {
		_, _ = relent.RunEachRow(relent.Run{Workers: workers}, dst, relent.MeasureEntropy, q)
	})
}

// readInParts reads x by so many goroutines, each a part.
func readInParts(x []uint64, goroutines int) {
	var all sync.WaitGroup
	sums := make([]uint64, goroutines)
	for i := range sums {
		part := x[i*len(x)/goroutines : (i+1)*len(x)/goroutines]
		all.Add(1)
		go func() {
			defer all.Done()
			sums[i] = sumWords(part)
		}()
	}
	all.Wait()
	for _, sum := range sums {
		results.add(float64(sum))
	}
}

var (
	rowMeasures   = []relent.Measure{relent.MeasureKullbackLeibler, relent.MeasureJensenShannon}
	lengthsOfRows = []int{8, 10, 16, 32, 64, 100, 1000}
)

func benchmarkOneToMany[F relent.Float](b *testing.B, m relent.Measure, rows int, c contestants[F]) {
	dst := make([]float64, rows)
	for _, n := range lengthsOfRows {
		_, q := randomRows[F](rows, n)
		p := q.Row(0)
		run := func(contestant string, compute func()) { benchmarkRows(b, contestant, n, rows*n, compute) }
		onEachISA(run, func() { relent.RowByRow(dst, m, relent.Vector[F](p), q) })
		run("pairs", func() { eachRow(dst, c.relent, p, q) })
		if c.gonum != nil {
			run("gonum", func() { eachRow(dst, c.gonum, p, q) })
		}
	}
}

func benchmarkManyToMany[F relent.Float](b *testing.B, m relent.Measure, rows int, c contestants[F]) {
	dst := relent.Matrix[float64]{Rows: rows, Cols: rows, Stride: rows, Data: make([]float64, rows*rows)}
	for _, n := range lengthsOfRows {
		p, q := randomRows[F](rows, n)
		run := func(contestant string, compute func()) { benchmarkRows(b, contestant, n, rows*rows*n, compute) }
		pairs := func(f function[F]) func() {
			return func() {
				for i := range rows {
					eachRow(dst.Row(i), f, p.Row(i), q)
				}
			}
		}
		onEachISA(run, func() { relent.ManyToMany(dst, m, p, q) })
		run("pairs", pairs(c.relent))
		if c.gonum != nil {
			run("gonum", pairs(c.gonum))
		}
	}
}

func onEachISA(run func(contestant string, compute func()), compute func()) {
	defer use(relent.ISA())
	for _, isa := range relent.ISAs() {
		use(isa)
		run(isa, compute)
	}
}

func benchmarkRows(b *testing.B, contestant string, n, elements int, compute func()) {
	b.Run(fmt.Sprintf("%s/L=%d", contestant, n), func(b *testing.B) {
		for b.Loop() {
			compute()
		}
		reportPerElement(b, elements)
	})
}

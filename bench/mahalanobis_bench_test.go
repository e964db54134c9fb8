package main

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/relent-go/relent"
)

// Names are type of the elements, contestant (an instruction set, or what of gonum), d and where the rows are:
//
//	go test -run - -bench 'SqMahalanobis/f64/.*/d=16/cached' ./bench
//
// GFLOP/s count d² operations a row; %peak is their share of those of BenchmarkFMAPeak, timed right after.

func BenchmarkSqMahalanobis(b *testing.B) {
	b.Run("f64", func(b *testing.B) {
		benchmarkDistances[float64](b, "float64")
		benchmarkGonumDistances(b)
	})
	b.Run("f32", func(b *testing.B) { benchmarkDistances[float32](b, "float32") })
}

func benchmarkDistances[F relent.Float](b *testing.B, typeName string) {
	defer use(relent.ISA())
	for _, isa := range relent.ISAs() {
		for _, d := range dimensions {
			for _, bytes := range []int{cachedBytes, uncachedBytes} {
				b.Run(fmt.Sprintf("%s/d=%d/%s", isa, d, place(bytes)), func(b *testing.B) {
					use(isa)
					m := newModel[F](d, rowsOf[F](bytes, d))
					speed := benchmarkSquares(b, sqMahalanobis(m.factor(), 1), m.rows)
					if top := measurePeak(isa, typeName); !math.IsNaN(top) {
						b.ReportMetric(100*speed/top, "%peak")
					}
				})
			}
		}
	}
}

// BenchmarkSqMahalanobisWorkers has one and two workers for rows in main memory.
func BenchmarkSqMahalanobisWorkers(b *testing.B) {
	for _, d := range dimensions {
		m := newModel[float64](d, rowsOf[float64](uncachedBytes, d))
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("f64/d=%d/workers=%d", d, workers), func(b *testing.B) {
				benchmarkSquares(b, sqMahalanobis(m.factor(), workers), m.rows)
			})
		}
	}
}

func benchmarkGonumDistances(b *testing.B) {
	for _, d := range dimensions {
		m := newModel[float64](d, rowsOf[float64](cachedBytes, d))
		b.Run(fmt.Sprintf("gonumLogProb/d=%d/cached", d), func(b *testing.B) { benchmarkSquares(b, gonumLogProb(m), few(m.rows)) })
		b.Run(fmt.Sprintf("gonumMahalanobis/d=%d/cached", d), func(b *testing.B) { benchmarkSquares(b, gonumMahalanobis(m), few(m.rows)) })
		trsm := fastestTrsm(m)
		for _, bytes := range []int{cachedBytes, uncachedBytes} {
			b.Run(fmt.Sprintf("gonumTrsm/d=%d/%s", d, place(bytes)), func(b *testing.B) {
				m := newModel[float64](d, rowsOf[float64](bytes, d))
				benchmarkSquares(b, trsm.scorer(m), m.rows)
			})
		}
	}
}

// BenchmarkSqMahalanobisTrsm has every program of which the others take the fastest.
func BenchmarkSqMahalanobisTrsm(b *testing.B) {
	for _, d := range dimensions {
		m := newModel[float64](d, rowsOf[float64](cachedBytes, d))
		for _, p := range trsmPrograms() {
			b.Run(fmt.Sprintf("d=%d/%v", d, p), func(b *testing.B) { benchmarkSquares(b, p.scorer(m), m.rows) })
		}
	}
}

// BenchmarkSqMahalanobisDiagonal is bound by reading the rows, as BenchmarkReadRows does.
func BenchmarkSqMahalanobisDiagonal(b *testing.B) {
	b.Run("f64", func(b *testing.B) { benchmarkDiagonal[float64](b) })
	b.Run("f32", func(b *testing.B) { benchmarkDiagonal[float32](b) })
}

func benchmarkDiagonal[F relent.Float](b *testing.B) {
	defer use(relent.ISA())
	for _, isa := range relent.ISAs() {
		for _, d := range dimensions {
			for _, bytes := range []int{cachedBytes, uncachedBytes} {
				b.Run(fmt.Sprintf("%s/d=%d/%s", isa, d, place(bytes)), func(b *testing.B) {
					use(isa)
					m := newModel[F](d, rowsOf[F](bytes, d))
					b.SetBytes(int64(m.rows.Rows * d * elementBytes(m.mean)))
					benchmarkScorer(b, sqMahalanobis(m.diagonal(), 1), m.rows)
				})
			}
		}
	}
}

// BenchmarkReadRows is the roof for what has its rows in main memory.
func BenchmarkReadRows(b *testing.B) {
	for _, bytes := range []int{cachedBytes, uncachedBytes} {
		x := make([]uint64, bytes/8)
		for name, read := range readers {
			b.Run(name+"/"+place(bytes), func(b *testing.B) {
				b.SetBytes(int64(bytes))
				for b.Loop() {
					read(x)
				}
			})
		}
	}
}

// BenchmarkFMAPeak is as many operations as a core can do.
func BenchmarkFMAPeak(b *testing.B) {
	for _, typeName := range []string{"float64", "float32"} {
		for _, isa := range relent.ISAs() {
			if loop, ok := fmaPeak(isa, typeName); ok {
				b.Run(typeName+"/"+isa, func(b *testing.B) {
					loop.run(b.N)
					b.ReportMetric(loop.flops*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
				})
			}
		}
	}
}

func place(bytes int) string {
	if bytes == cachedBytes {
		return "cached"
	}
	return "memory"
}

// measurePeak is how many operations a second the peak loop does, right now.
func measurePeak(isa, typeName string) float64 {
	top := newCeiling(isa, typeName)
	race(20, 100*time.Microsecond, top.runners...)
	return top.speed()
}

// benchmarkScorer times f, and says how many seconds a row takes.
func benchmarkScorer[F relent.Float](b *testing.B, f scorer[F], x relent.Matrix[F]) float64 {
	dst := make([]F, x.Rows)
	f(dst, x)
	b.ReportAllocs()
	for b.Loop() {
		f(dst, x)
	}
	seconds := b.Elapsed().Seconds() / float64(b.N) / float64(x.Rows)
	b.ReportMetric(seconds*1e9, "ns/row")
	return seconds
}

// benchmarkSquares is benchmarkScorer for what takes d² operations a row. It says how many it does a second.
func benchmarkSquares[F relent.Float](b *testing.B, f scorer[F], x relent.Matrix[F]) float64 {
	speed := float64(x.Cols*x.Cols) / benchmarkScorer(b, f, x)
	b.ReportMetric(speed/1e9, "GFLOP/s")
	return speed
}

package main

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/loss"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
)

// BenchmarkStopTheWorld measures for how long runtime.ReadMemStats, which stops the world as a garbage collection does twice, waits
// for a goroutine that computes: as long as a call of assembly takes, at most. It says the longest time, the 99th percentile
// and the median; idle is what it takes beside a goroutine that runs Go. A busy machine adds its own: take the least of several.
//
//	go test -run - -bench StopTheWorld -benchtime 2000x -count 3 ./bench
func BenchmarkStopTheWorld(b *testing.B) {
	if runtime.GOMAXPROCS(0) < 2 {
		b.Skip("there is one processor: nothing runs beside the caller")
	}
	words := make([]uint64, 1<<10)
	b.Run("idle", func(b *testing.B) { stopTheWorld(b, func() { sumWords(words) }) })
	b.Run("f64", stopTheWorldOf[float64])
	b.Run("f32", stopTheWorldOf[float32])
	b.Run("counts", stopTheWorldOfCounts)
	b.Run("mvn", stopTheWorldOfNormals)
}

// stopTheWorld runs a call again and again in another goroutine, and stops the world meanwhile.
func stopTheWorld(b *testing.B, call func()) {
	var ended atomic.Bool
	done := make(chan bool)
	call()
	go func() {
		for !ended.Load() {
			call()
		}
		close(done)
	}()
	waits := make([]time.Duration, 0, b.N)
	var stats runtime.MemStats
	for i := range b.N {
		for begin := time.Now(); time.Since(begin) < time.Duration(20+i%31)*time.Microsecond; {
		}
		begin := time.Now()
		runtime.ReadMemStats(&stats)
		waits = append(waits, time.Since(begin))
	}
	ended.Store(true)
	<-done
	slices.Sort(waits)
	for _, p := range []struct {
		share float64
		name  string
	}{{1, "max-ns"}, {0.99, "p99-ns"}, {0.5, "median-ns"}} {
		b.ReportMetric(float64(waits[int(p.share*float64(len(waits)-1))]), p.name)
	}
	b.ReportMetric(0, "ns/op")
}

const stopElements = 1 << 22

func stopTheWorldOf[F relent.Float](b *testing.B) {
	p, q := make([]F, stopElements), make([]F, stopElements)
	fill(dirichlet, p, q)
	zeros := make([]F, stopElements)
	b.Run("ordinary", func(b *testing.B) { stopTheWorldOfMeasures(b, p, q) })
	b.Run("equal", func(b *testing.B) { stopTheWorldOfMeasures(b, p, p) })
	b.Run("zeros", func(b *testing.B) { stopTheWorldOfMeasures(b, p, zeros) })
	stopTheWorldOfVectors(b, p, q)
	stopTheWorldOfColumns(b, p)
	stopTheWorldOfLayouts(b, p, q)
	stopTheWorldOfIndexes(b, p, q)
	stopTheWorldOfFactors[F](b)
}

// matrixOfRows is x in rows of n elements.
func matrixOfRows[F relent.Float](x []F, n int) relent.Matrix[F] {
	return relent.Matrix[F]{Rows: len(x) / n, Cols: n, Stride: n, Data: x}
}

func stopTheWorldOfMeasures[F relent.Float](b *testing.B, p, q []F) {
	dst := make([]float64, stopElements)
	for m := relent.MeasureKullbackLeibler; m <= relent.MeasureBinaryKullbackLeibler; m++ {
		ofOne := m == relent.MeasureEntropy || m == relent.MeasureBinaryEntropy
		for _, n := range []int{1, 10, 100, 1000, stopElements} {
			b.Run(fmt.Sprintf("%v/L=%d", m, n), func(b *testing.B) {
				x, y := matrixOfRows(p, n), matrixOfRows(q, n)
				if ofOne {
					stopTheWorld(b, func() { relent.EachRow(dst[:x.Rows], m, x) })
				} else {
					stopTheWorld(b, func() { relent.RowByRow(dst[:x.Rows], m, x, y) })
				}
			})
		}
	}
	b.Run("AllPairs", func(b *testing.B) {
		x := matrixOfRows(q, 100).Slice(0, 1000)
		table := relent.NewMatrix[float64](1000, 1000)
		stopTheWorld(b, func() { relent.AllPairs(table, relent.MeasureJensenShannon, x) })
	})
	b.Run("Measures", func(b *testing.B) {
		all := []relent.Measure{relent.MeasureJensenShannon, relent.MeasureKullbackLeibler, relent.MeasureJeffreys, relent.MeasureCrossEntropy, relent.MeasureTotalVariation, relent.MeasureChiSquare, relent.MeasureHellinger}
		stopTheWorld(b, func() { relent.Measures(dst[:len(all)], all, p, q) })
	})
}

func stopTheWorldOfVectors[F relent.Float](b *testing.B, p, q []F) {
	dst := make([]F, stopElements)
	for name, call := range map[string]func(){
		"Exp":                           func() { relent.Exp(dst, p) },
		"Log":                           func() { relent.Log(dst, p) },
		"EntropyTerms":                  func() { relent.EntropyTerms(dst, p) },
		"KullbackLeiblerTerms":          func() { relent.KullbackLeiblerTerms(dst, p, q) },
		"StandardNormalKullbackLeibler": func() { loss.StandardNormalKullbackLeibler(p, q) },
		"DiagonalNormalKullbackLeibler": func() { loss.DiagonalNormalKullbackLeibler(p, q, q, p) },
		"Stream": func() {
			s := relent.NewStream[F](relent.MeasureJensenShannon)
			s.Add(p, q)
			s.Value()
		},
		"Validate": func() { relent.Validate(p) },
	} {
		b.Run(name, func(b *testing.B) { stopTheWorld(b, call) })
	}
}

func stopTheWorldOfColumns[F relent.Float](b *testing.B, p []F) {
	dst := make([]F, stopElements)
	for _, n := range []int{1, 100, 1 << 20} {
		x, to := matrixOfRows(p, n), matrixOfRows(dst, n)
		sums := make([]F, n)
		b.Run(fmt.Sprintf("LogSumExpColumns/L=%d", n), func(b *testing.B) { stopTheWorld(b, func() { relent.LogSumExpColumns(sums, x, relent.Run{}) }) })
		b.Run(fmt.Sprintf("SoftmaxColumns/L=%d", n), func(b *testing.B) { stopTheWorld(b, func() { relent.SoftmaxColumns(to, sums, x, relent.Run{}) }) })
	}
}

func stopTheWorldOfCounts(b *testing.B) {
	whole, other := make([]uint32, stopElements), make([]uint32, stopElements)
	for i := range whole {
		whole[i], other[i] = uint32(i%97), uint32(i%89)
	}
	for name, zeros := range map[string]relent.ZeroPolicy{"Strict": relent.Strict, "Skip": relent.Skip, "Floor": relent.Floor(1e-7)} {
		b.Run("BetweenCounts/"+name, func(b *testing.B) {
			stopTheWorld(b, func() { relent.BetweenCounts(relent.MeasureJensenShannon, whole, other, zeros) })
		})
	}
}

func stopTheWorldOfLayouts[F relent.Float](b *testing.B, p, q []F) {
	for _, n := range []int{10, 1000, stopElements / 2} {
		rows := stopElements / n
		offsets, columns := make([]int32, rows+1), make([]int32, rows*n)
		for i := range rows {
			offsets[i+1] = int32((i + 1) * n)
			for j := range n {
				columns[i*n+j] = int32(j)
			}
		}
		ragged, err := relent.NewRagged(p, offsets, nil, 0)
		must(b, err)
		sparse, err := relent.NewSparse(n, offsets, columns, p[:rows*n])
		must(b, err)
		dst := make([]float64, rows)
		dense := matrixOfRows(q, n)
		b.Run(fmt.Sprintf("Ragged/L=%d", n), func(b *testing.B) {
			stopTheWorld(b, func() { relent.RowByRow(dst, relent.MeasureJensenShannon, ragged, ragged) })
		})
		b.Run(fmt.Sprintf("Sparse/L=%d", n), func(b *testing.B) {
			stopTheWorld(b, func() { relent.RowByRow(dst, relent.MeasureJensenShannon, sparse, sparse) })
		})
		b.Run(fmt.Sprintf("SparseToDense/L=%d", n), func(b *testing.B) {
			stopTheWorld(b, func() { relent.RowByRow(dst, relent.MeasureJensenShannon, sparse, dense.Slice(0, rows)) })
		})
	}
}

func second[T any](_ T, err error) error { return err }

func must(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}

func stopTheWorldOfIndexes[F relent.Float](b *testing.B, p, q []F) {
	for _, n := range []int{10, 1000, 100_000} {
		rows, queries := matrixOfRows(p, n), matrixOfRows(q, n)
		queries = queries.Slice(0, min(100, queries.Rows))
		rows = rows.Slice(0, min(10_000, rows.Rows))
		for _, m := range []relent.Measure{relent.MeasureJensenShannon, relent.MeasureKullbackLeibler, relent.MeasureTotalVariation} {
			index := relent.NewIndex(m, rows)
			b.Run(fmt.Sprintf("Index/%v/L=%d", m, n), func(b *testing.B) {
				stopTheWorld(b, func() { must(b, second(index.NearestRows(nil, queries, 10, relent.Run{}))) })
			})
		}
		b.Run(fmt.Sprintf("NewIndex/L=%d", n), func(b *testing.B) { stopTheWorld(b, func() { relent.NewIndex(relent.MeasureKullbackLeibler, rows) }) })
	}
}

func stopTheWorldOfFactors[F relent.Float](b *testing.B) {
	for _, d := range []int{1, 2, 8, 16, 64, 512, 4096} {
		m := newModel[F](d, min(1<<20, max(100, stopElements/d)))
		f := m.factor()
		inverse, err := relent.NewPrecisionFactor(m.mean, m.lower)
		must(b, err)
		stopTheWorldOfFactor(b, fmt.Sprintf("Factor/d=%d", d), f, m.rows)
		stopTheWorldOfFactor(b, fmt.Sprintf("PrecisionFactor/d=%d", d), inverse, m.rows)
		for _, k := range []int{3, 1000} {
			few := m.rows.Slice(0, min(m.rows.Rows, 2000))
			centers := f.Centers(m.rows.Slice(0, min(k, m.rows.Rows)))
			dst, norms := relent.NewMatrix[F](centers.Len(), few.Rows), make([]F, centers.Len())
			b.Run(fmt.Sprintf("Centers/d=%d/K=%d", d, centers.Len()), func(b *testing.B) {
				stopTheWorld(b, func() { centers.LogDensity(dst, few, norms, relent.Run{}) })
			})
		}
	}
	for _, d := range []int{1, 2, 8, 100, 10_000, 100_000, 1_000_000} {
		rows, deviations := relent.NewMatrix[F](max(16, stopElements/d), d), make([]F, d)
		for i := range deviations {
			deviations[i] = 1
		}
		f, err := relent.NewDiagonalFactor(make([]F, d), deviations)
		must(b, err)
		stopTheWorldOfFactor(b, fmt.Sprintf("DiagonalFactor/d=%d", d), f, rows)
	}
}

func stopTheWorldOfFactor[F relent.Float](b *testing.B, name string, f *relent.Factor[F], x relent.Matrix[F]) {
	dst, z := make([]F, x.Rows), relent.NewMatrix[F](x.Rows, x.Cols)
	b.Run(name+"/SqMahalanobis", func(b *testing.B) { stopTheWorld(b, func() { f.SqMahalanobis(dst, x, relent.Run{}) }) })
	b.Run(name+"/LogDensity", func(b *testing.B) { stopTheWorld(b, func() { f.LogDensity(dst, x, 1, relent.Run{}) }) })
	b.Run(name+"/Whiten", func(b *testing.B) { stopTheWorld(b, func() { f.Whiten(z, x, relent.Run{}) }) })
	b.Run(name+"/Solve", func(b *testing.B) { stopTheWorld(b, func() { f.Solve(z, x, relent.Run{}) }) })
}

func stopTheWorldOfNormals(b *testing.B) {
	const d, k = 64, 20
	m := newModel[float64](d, 20_000)
	rows := mat.NewDense(m.rows.Rows, d, m.rows.Data)
	n, err := mvn.Fit(rows, nil, relent.Run{})
	must(b, err)
	components, weights := make([]*mvn.Normal, k), make([]float64, k)
	for i := range components {
		components[i], weights[i] = n, 1./k
	}
	mixture, err := mvn.NewMixture(weights, components)
	must(b, err)
	dst := make([]float64, m.rows.Rows)
	for name, call := range map[string]func(){
		"Fit":             func() { must(b, second(mvn.Fit(rows, nil, relent.Run{}))) },
		"LogProbRows":     func() { n.LogProbRows(dst, rows, relent.Run{}) },
		"KullbackLeibler": func() { mvn.KullbackLeibler(n, components[1]) },
		"Mixture":         func() { mixture.LogProbRows(dst, rows, relent.Run{}) },
	} {
		b.Run(name, func(b *testing.B) { stopTheWorld(b, call) })
	}
	for _, d := range []int{10, 1 << 20} {
		x, out := relent.NewMatrix[float64](stopElements/d, d), make([]float64, stopElements/d)
		b.Run(fmt.Sprintf("KullbackLeiblerStandardRows/d=%d", d), func(b *testing.B) {
			stopTheWorld(b, func() { mvn.KullbackLeiblerStandardRows(out, x, x, relent.Run{}) })
		})
	}
}

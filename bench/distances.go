package main

import (
	"fmt"
	"math"
	"time"
	"unsafe"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distmv"
)

// dimensions are those of the rows whose distances are timed.
var dimensions = []int{2, 3, 4, 8, 16, 32, 64, 128, 256, 512}

const (
	cachedBytes   = 1 << 19 // of rows that fit the second-level cache
	uncachedBytes = 1 << 27 // of rows that fit no cache
)

// rowsOf is how many rows of d elements take so many bytes.
func rowsOf[F relent.Float](bytes, d int) int {
	var x F
	return bytes / int(unsafe.Sizeof(x)) / d
}

// A scorer computes a number for each row of x.
type scorer[F relent.Float] func(dst []F, x relent.Matrix[F])

// newScoring makes a runner that scores x.
func newScoring[F relent.Float](isa string, f scorer[F], x relent.Matrix[F]) *runner {
	dst := make([]F, x.Rows)
	return &runner{isa: isa, rows: x.Rows, call: func(times int) {
		for range times {
			f(dst, x)
		}
		results.add(float64(dst[0]))
	}}
}

// sqMahalanobis is the factor's, by so many workers.
func sqMahalanobis[F relent.Float](f *relent.Factor[F], workers int) scorer[F] {
	return func(dst []F, x relent.Matrix[F]) { f.SqMahalanobis(dst, x, relent.Run{Workers: workers}) }
}

// gonumLogProb is the log density, row by row: minus half the squared distance, and a constant.
func gonumLogProb(m model[float64]) scorer[float64] {
	return gonumDensity(distmv.NewNormalChol(m.mean, cholesky(m), nil))
}

func gonumDensity(normal *distmv.Normal) scorer[float64] {
	return func(dst []float64, x relent.Matrix[float64]) {
		for i := range dst {
			dst[i] = normal.LogProb(x.Row(i))
		}
	}
}

// gonumMahalanobis is the distance, the square's root, row by row.
func gonumMahalanobis(m model[float64]) scorer[float64] {
	mean, chol := mat.NewVecDense(m.dim(), m.mean), cholesky(m)
	return func(dst []float64, x relent.Matrix[float64]) {
		for i := range dst {
			dst[i] = stat.Mahalanobis(mat.NewVecDense(x.Cols, x.Row(i)), mean, chol)
		}
	}
}

// few are rows enough to time a function that takes its time for each: a millisecond or so.
func few[F relent.Float](x relent.Matrix[F]) relent.Matrix[F] {
	return x.Slice(0, min(x.Rows, max(1, 1000000/(x.Cols*x.Cols+1000))))
}

// A speed is what the report says of distances in d dimensions, in seconds a row.
type speed struct {
	d        int
	typeName string
	cached   []float64 // by instruction set, as in fastISAs
	memory   float64   // with the best instruction set
	peak     []float64 // flops a second, by instruction set; NaN where there is no loop
	gonum    []float64 // LogProb, Mahalanobis and a Trsm program; NaN for float32, which it does not have
	program  string
}

// fastISAs are the instruction sets that there are but plain Go, unless there is nothing else.
func fastISAs() []string {
	all := relent.ISAs()
	return all[:max(1, len(all)-1)]
}

func reportDistances(to page) error {
	var speeds []speed
	for _, d := range dimensions {
		progress("distances, d = %d", d)
		speeds = append(speeds, measureDistances[float64](d, "float64"), measureDistances[float32](d, "float32"))
	}
	to.paragraph("Squared Mahalanobis distances of many rows of d elements under a full covariance, in nanoseconds a row. The rows "+
		"are %d KiB, in the second-level cache, or, in the columns memory, %d MiB. GFLOP/s count d² operations a row; "+
		"shares are those of a loop of fused multiply-adds, timed beside (%s). × is how many times the time of %s gonum "+
		"takes: distmv.Normal.LogProb and stat.Mahalanobis row by row, and the fastest of %d programs that have blas64.Trsm solve for "+
		"chunks of rows (its side, triangle and rows a chunk under program).",
		cachedBytes>>10, uncachedBytes>>20, peaks(speeds), fastISAs()[0], len(trsmPrograms()))
	header := append([]string{"d", "elements"}, fastISAs()...)
	header = append(header, "memory", "GFLOP/s")
	for _, isa := range fastISAs() {
		header = append(header, isa+" share")
	}
	header = append(header, "memory share", "× LogProb", "× Mahalanobis", "× Trsm", "program")
	var cells [][]string
	for _, s := range speeds {
		cells = append(cells, s.cells())
	}
	to.table(2, header, cells)
	return nil
}

// peaks says how fast the peak loops were at best.
func peaks(speeds []speed) string {
	text := ""
	for _, typeName := range []string{"float64", "float32"} {
		for i, isa := range fastISAs() {
			best := math.Inf(-1)
			for _, s := range speeds {
				if s.typeName == typeName {
					best = max(best, s.peak[i])
				}
			}
			text += fmt.Sprintf(", %s %s %s", isa, typeName, cell("%.1f GFLOP/s", best/1e9))
		}
	}
	return text[2:]
}

func (s speed) cells() []string {
	cells := []string{fmt.Sprint(s.d), s.typeName}
	for _, seconds := range s.cached {
		cells = append(cells, digits3(seconds*1e9))
	}
	flops := float64(s.d * s.d)
	cells = append(cells, digits3(s.memory*1e9), cell("%.1f", flops/s.cached[0]/1e9))
	for i, seconds := range s.cached {
		cells = append(cells, cell("%.0f %%", 100*flops/seconds/s.peak[i]))
	}
	cells = append(cells, cell("%.0f %%", 100*flops/s.memory/s.peak[0]))
	for _, seconds := range s.gonum {
		cells = append(cells, digits3(seconds/s.cached[0]))
	}
	return append(cells, s.program)
}

// measureDistances times the distances in d dimensions.
func measureDistances[F relent.Float](d int, typeName string) speed {
	s := speed{d: d, typeName: typeName}
	m := newModel[F](d, rowsOf[F](cachedBytes, d))
	f := sqMahalanobis(m.factor(), 1)
	var runners, rivals []*runner
	if m, ok := any(m).(model[float64]); ok {
		s.program, rivals = gonumRivals(m)
		runners = rivals
	}
	var ours []*runner
	var tops []ceiling
	for _, isa := range fastISAs() {
		r, top := newScoring(isa, f, m.rows), newCeiling(isa, typeName)
		ours, tops = append(ours, r), append(tops, top)
		runners = append(append(runners, r), top.runners...)
	}
	race(60, 100*time.Microsecond, runners...)
	for i, r := range ours {
		s.cached, s.peak = append(s.cached, r.perRow()), append(s.peak, tops[i].speed())
	}
	for _, r := range rivals {
		s.gonum = append(s.gonum, r.perRow())
	}
	if rivals == nil {
		s.program, s.gonum = "–", []float64{math.NaN(), math.NaN(), math.NaN()}
	}
	fromMemory := newScoring(fastISAs()[0], f, newModel[F](d, rowsOf[F](uncachedBytes, d)).rows)
	race(5, 0, fromMemory)
	s.memory = fromMemory.perRow()
	return s
}

// gonumRivals makes runners of gonum's LogProb, Mahalanobis, and the fastest Trsm program.
func gonumRivals(m model[float64]) (program string, rivals []*runner) {
	trsm := fastestTrsm(m)
	return trsm.String(), []*runner{
		newScoring("", gonumLogProb(m), few(m.rows)),
		newScoring("", gonumMahalanobis(m), few(m.rows)),
		newScoring("", trsm.scorer(m), m.rows),
	}
}

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
	return &runner{isa: isa, call: func(times int) {
		for range times {
			f(dst, x)
		}
		results += float64(dst[0])
	}}
}

// sqMahalanobis is the factor's, by so many workers.
func sqMahalanobis[F relent.Float](f *relent.Factor[F], workers int) scorer[F] {
	return func(dst []F, x relent.Matrix[F]) { f.SqMahalanobis(dst, x, workers) }
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

// A speed is what the report says of distances in d dimensions. What there is not is NaN.
type speed struct {
	d                        int
	typeName                 string
	cached                   []float64 // seconds a row, by instruction set as in fastISAs
	peak                     []float64 // flops a second, by instruction set
	uncached                 float64   // seconds a row, with the best instruction set
	logProb, distance, trsmd float64   // gonum's seconds a row
	program                  string    // that of trsmd
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
	flops := float64(s.d * s.d)
	cells := []string{fmt.Sprint(s.d), s.typeName}
	for _, seconds := range append(s.cached[:len(s.cached):len(s.cached)], s.uncached) {
		cells = append(cells, digits3(seconds*1e9))
	}
	cells = append(cells, cell("%.1f", flops/s.cached[0]/1e9))
	for i, seconds := range s.cached {
		cells = append(cells, cell("%.0f %%", 100*flops/seconds/s.peak[i]))
	}
	return append(cells, cell("%.0f %%", 100*flops/s.uncached/s.peak[0]), cell("%.0f", s.logProb/s.cached[0]),
		cell("%.0f", s.distance/s.cached[0]), cell("%.1f", s.trsmd/s.cached[0]), s.program)
}

// measureDistances times the distances in d dimensions.
func measureDistances[F relent.Float](d int, typeName string) speed {
	s := speed{d: d, typeName: typeName, logProb: math.NaN(), distance: math.NaN(), trsmd: math.NaN(), program: "–"}
	m := newModel[F](d, rowsOf[F](cachedBytes, d))
	f := sqMahalanobis(m.factor(), 1)
	var runners, others []*runner
	var tops []peak
	for _, isa := range fastISAs() {
		top := newPeak(isa, typeName)
		runners = append(runners, newScoring(isa, f, m.rows))
		tops, others = append(tops, top), append(others, top.runners...)
	}
	m64, gonum := any(m).(model[float64])
	var rivals []*runner
	if gonum {
		s.program, rivals = gonumRivals(m64)
	}
	race(60, 100*time.Microsecond, append(append(others, rivals...), runners...)...)
	for i, r := range runners {
		s.cached = append(s.cached, r.best/float64(m.rows.Rows))
		s.peak = append(s.peak, tops[i].speed())
	}
	if gonum {
		slow := float64(few(m64.rows).Rows)
		s.logProb, s.distance, s.trsmd = rivals[0].best/slow, rivals[1].best/slow, rivals[2].best/float64(m.rows.Rows)
	}
	s.uncached = timeFromMemory(newModel[F](d, rowsOf[F](uncachedBytes, d)).rows, f)
	return s
}

// gonumRivals makes runners of gonum's LogProb, Mahalanobis, and the named Trsm program.
func gonumRivals(m model[float64]) (program string, rivals []*runner) {
	trsm := fastestTrsm(m)
	return trsm.String(), []*runner{
		newScoring("", gonumLogProb(m), few(m.rows)),
		newScoring("", gonumMahalanobis(m), few(m.rows)),
		newScoring("", trsm.scorer(m), m.rows),
	}
}

// timeFromMemory is the seconds a row of f takes.
func timeFromMemory[F relent.Float](x relent.Matrix[F], f scorer[F]) float64 {
	r := newScoring(fastISAs()[0], f, x)
	race(5, 0, r)
	return r.best / float64(x.Rows)
}

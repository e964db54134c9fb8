package main

import (
	"fmt"
	"time"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/stat"
)

const (
	manyRows = 10000 // against one
	someRows = 200   // against as many
)

// rowLengths are those of the rows that are timed: few bins, many, and as many as words in a vocabulary's head.
var rowLengths = []int{10, 100, 1000}

// randomRows are distributions, uniform among all.
func randomRows[F relent.Float](rows, n int) (p, q relent.Matrix[F]) {
	p, q = relent.NewMatrix[F](rows, n), relent.NewMatrix[F](rows, n)
	fill(dirichlet, p.Data, q.Data)
	for i := range rows {
		normalise(p.Row(i), 1)
		normalise(q.Row(i), 1)
	}
	return p, q
}

func eachRow[F relent.Float](dst []float64, f function[F], p []F, q relent.Matrix[F]) {
	for i := range dst {
		dst[i] = f(p, q.Row(i))
	}
}

// newFilling makes a runner that measures so many elements.
func newFilling(isa string, elements int, f func()) *runner {
	return &runner{isa: isa, rows: elements, call: func(times int) {
		for range times {
			f()
		}
	}}
}

// A shape is one in which rows are measured: by the functions of rows, or by a function of pairs in a loop, of which gonum is
// given only the first of so many parts of the rows.
type shape struct {
	name       string
	measure    relent.Measure
	pair       contestants[float64]
	rows       func(m relent.Measure, n int) rowJob
	gonumParts int
}

// A rowJob is rows of one shape and length.
type rowJob struct {
	dst      []float64
	elements int
	all      func()
	loop     func(f function[float64], parts int) func()
}

var (
	kullbackLeiblers = contestants[float64]{relent: relent.KullbackLeibler[float64], gonum: stat.KullbackLeibler}
	jensenShannons   = contestants[float64]{relent: relent.JensenShannon[float64], gonum: stat.JensenShannon}

	rowShapes = []shape{
		{"one against 10,000", relent.MeasureKullbackLeibler, kullbackLeiblers, oneToMany, 10},
		{"one against 10,000", relent.MeasureJensenShannon, jensenShannons, oneToMany, 10},
		{"200 against 200", relent.MeasureJensenShannon, jensenShannons, manyToMany, 20},
	}
)

func oneToMany(m relent.Measure, n int) rowJob {
	dst := make([]float64, manyRows)
	_, q := randomRows[float64](manyRows, n)
	p := q.Row(manyRows - 1)
	return rowJob{
		dst:      dst,
		elements: manyRows * n,
		all:      func() { relent.RowByRow(dst, m, relent.Vector[float64](p), q) },
		loop: func(f function[float64], parts int) func() {
			return func() { eachRow(dst[:manyRows/parts], f, p, q) }
		},
	}
}

func manyToMany(m relent.Measure, n int) rowJob {
	dst := relent.NewMatrix[float64](someRows, someRows)
	p, q := randomRows[float64](someRows, n)
	return rowJob{
		dst:      dst.Data,
		elements: someRows * someRows * n,
		all:      func() { relent.ManyToMany(dst, m, p, q) },
		loop: func(f function[float64], parts int) func() {
			return func() { eachWithEach(dst, f, p.Slice(0, someRows/parts), q) }
		},
	}
}

func reportRows(to page) error {
	defer use(relent.ISA())
	best := relent.ISAs()[0]
	var cells [][]string
	for _, s := range rowShapes {
		for _, n := range rowLengths {
			progress("%v of rows, %s, %d elements", s.measure, s.name, n)
			cells = append(cells, s.cells(best, n))
		}
	}
	to.paragraph("Rows of float64, in nanoseconds per element: by the functions of rows, by the pair function of %s in a loop, and by gonum's in "+
		"a loop, which is given the first rows only. × is how many times the time of the first they take.", best)
	header := append([]string{"", "measure", "elements"}, fastISAs()...)
	to.table(2, append(header, "pairs", "gonum", "× pairs", "× gonum"), cells)
	return nil
}

func (s shape) cells(best string, n int) []string {
	job := s.rows(s.measure, n)
	var runners []*runner
	for _, isa := range fastISAs() {
		runners = append(runners, newFilling(isa, job.elements, job.all))
	}
	runners = append(runners,
		newFilling(best, job.elements, job.loop(s.pair.relent, 1)),
		newFilling("", job.elements/s.gonumParts, job.loop(s.pair.gonum, s.gonumParts)))
	race(5, 20*time.Millisecond, runners...)
	cells := []string{s.name, s.measure.String(), fmt.Sprint(n)}
	for _, r := range runners {
		cells = append(cells, digits3(1e9*r.perRow()))
	}
	pairs, gonum := runners[len(runners)-2], runners[len(runners)-1]
	return append(cells, cell("%.2f", pairs.perRow()/runners[0].perRow()), cell("%.1f", gonum.perRow()/runners[0].perRow()))
}

// shared are the measures that one pass computes.
var shared = []relent.Measure{
	relent.MeasureEntropy, relent.MeasureEntropy.Reversed(), relent.MeasureCrossEntropy, relent.MeasureKullbackLeibler, relent.MeasureKullbackLeibler.Reversed(), relent.MeasureGeneralizedKullbackLeibler,
	relent.MeasureJensenShannon, relent.MeasureJeffreys, relent.MeasureHellinger, relent.MeasureChiSquare, relent.MeasureTotalVariation,
}

// eachShared computes them one by one.
func eachShared[F relent.Float](dst []float64, p, q []F) {
	dst[0], dst[1], dst[2] = relent.Entropy(p), relent.Entropy(q), relent.CrossEntropy(p, q)
	dst[3], dst[4] = relent.KullbackLeibler(p, q), relent.KullbackLeibler(q, p)
	dst[5], dst[6], dst[7] = relent.GeneralizedKullbackLeibler(p, q), relent.JensenShannon(p, q), relent.Jeffreys(p, q)
	dst[8], dst[9], dst[10] = relent.Hellinger(p, q), relent.ChiSquare(p, q), relent.TotalVariation(p, q)
}

// five of them share little but what they read.
var five = []relent.Measure{
	relent.MeasureEntropy, relent.MeasureKullbackLeibler, relent.MeasureKullbackLeibler.Reversed(), relent.MeasureJensenShannon, relent.MeasureTotalVariation,
}

// eachOfFive computes the five one by one.
func eachOfFive[F relent.Float](dst []float64, p, q []F) {
	dst[0], dst[1], dst[2] = relent.Entropy(p), relent.KullbackLeibler(p, q), relent.KullbackLeibler(q, p)
	dst[3], dst[4] = relent.JensenShannon(p, q), relent.TotalVariation(p, q)
}

func reportOnePass(to page) error {
	defer use(relent.ISA())
	progress("many measures in one pass")
	cells := append(onePassCells[float64]("float64"), onePassCells[float32]("float32")...)
	to.paragraph("Measures of two vectors, in nanoseconds per element: in one pass, one by one, and JensenShannon alone. The %d that share divisions "+
		"and logarithms, n = %d; five that share what they read, from main memory, n = 2²².", len(shared), cached)
	to.table(3, []string{"elements", "", "measures", "one pass", "one by one", "JensenShannon", "× one by one", "× JensenShannon"}, cells)
	return nil
}

func onePassCells[F relent.Float](typeName string) (cells [][]string) {
	for _, isa := range fastISAs() {
		for _, job := range []struct {
			measures []relent.Measure
			n        int
			each     func(dst []float64, p, q []F)
		}{{shared, cached, eachShared[F]}, {five, 1 << 22, eachOfFive[F]}} {
			p, q := new(source[F]).get(dirichlet, job.n)
			dst := make([]float64, len(job.measures))
			pass := newFilling(isa, job.n, func() { relent.Measures(dst, job.measures, p, q) })
			single := newFilling(isa, job.n, func() { job.each(dst, p, q) })
			alone := newFilling(isa, job.n, func() { dst[0] = relent.JensenShannon(p, q) })
			race(8, 10*time.Millisecond, pass, single, alone)
			cells = append(cells, []string{typeName, isa, fmt.Sprint(len(job.measures)),
				digits3(1e9 * pass.perRow()), digits3(1e9 * single.perRow()), digits3(1e9 * alone.perRow()),
				cell("%.2f", single.perRow()/pass.perRow()), cell("%.2f", pass.perRow()/alone.perRow())})
		}
	}
	return cells
}

// countMeasures are those of counts that are timed.
var countMeasures = []relent.Measure{
	relent.MeasureKullbackLeibler, relent.MeasureGeneralizedKullbackLeibler, relent.MeasureCrossEntropy, relent.MeasureJensenShannon, relent.MeasureJeffreys, relent.MeasureHellinger, relent.MeasureTotalVariation, relent.MeasureChiSquare,
}

// whole makes counts of shares, none of them 0.
func whole[C relent.Number](shares []float64) []C {
	counts := make([]C, len(shares))
	for i, s := range shares {
		counts[i] = C(1 + uint32(s*1000*float64(len(shares))))
	}
	return counts
}

func reportCounts(to page) error {
	best := relent.ISAs()[0]
	defer use(relent.ISA())
	progress("counts")
	p, q := new(source[float64]).get(dirichlet, cached)
	x, y, u, v := whole[float64](p), whole[float64](q), whole[uint32](p), whole[uint32](q)
	var cells [][]string
	for _, m := range countMeasures {
		runners := []*runner{
			newFilling(best, cached, func() { relent.Between(m, p, q) }),
			newFilling(best, cached, func() { relent.BetweenCounts(m, x, y, relent.Strict) }),
			newFilling(best, cached, func() { relent.BetweenCounts(m, x, y, relent.Floor(1e-9)) }),
			newFilling(best, cached, func() { relent.BetweenCounts(m, x, y, relent.Additive(0.5)) }),
			newFilling(best, cached, func() { relent.BetweenCounts(m, u, v, relent.Strict) }),
		}
		race(8, 5*time.Millisecond, runners...)
		row := []string{m.String()}
		for _, r := range runners {
			row = append(row, digits3(1e9*r.perRow()))
		}
		cells = append(cells, append(row, cell("%.2f", runners[1].perRow()/runners[0].perRow())))
	}
	to.paragraph("Counts, n = %d, %s, in nanoseconds per element: measures of shares that are there already; of counts in float64, under Strict, "+
		"Floor(1e-9) and Additive(0.5); of counts in uint32, under Strict. × is what taking counts costs: those in float64 against shares.", cached, best)
	to.table(1, []string{"measure", "shares", "counts", "floor", "additive", "uint32", "×"}, cells)
	return nil
}

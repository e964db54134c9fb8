package main

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/golden"
)

const (
	cached   = 1024    // elements that fit the first-level cache
	uncached = 1 << 24 // elements that fit no cache
)

// A row is what the report says of a measure for a type of elements. What there is not is NaN.
type row struct {
	measure
	typeName     string
	relent       []float64 // ns per element by instruction set, as in relent.ISAs
	gonum, naive float64   // ns per element
	share        float64   // of the read bandwidth, from main memory
	err          float64   // the largest against the golden values
}

func reportMeasures(to page) error {
	rows, bandwidth64, err := measureAll("float64", new(source[float64]), func(m measure) contestants[float64] { return m.f64 })
	if err != nil {
		return err
	}
	rows32, bandwidth32, err := measureAll("float32", new(source[float32]), func(m measure) contestants[float32] { return m.f32 })
	if err != nil {
		return err
	}
	best := relent.ISAs()[0]
	to.paragraph("Nanoseconds per element, n = %d: relent by instruction set, gonum, and a loop with the standard library's "+
		"functions. × is how many times the time of %s they take. "+
		"Share is that of the bandwidth of reading two arrays from main memory, n = 2²⁴ (%.1f GB/s for float64, %.1f GB/s for "+
		"float32, by the faster of a loop in Go and TotalVariation; what passes it by a little does so within the noise). Error is the largest relative error in the golden values, the same for every instruction set; "+
		"of KullbackLeibler, Entropy and CrossEntropy relative to the sum of the sizes of their terms, of Bhattacharyya to "+
		"1 where it is smaller. JensenShannonNear is JensenShannon where p and q differ by less than 1e-4.",
		cached, best, bandwidth64/1e9, bandwidth32/1e9)
	header := append([]string{"measure", "elements"}, relent.ISAs()...)
	header = append(header, "gonum", "loop", "× gonum", "× loop", "share", "error")
	var cells [][]string
	for _, r := range append(rows, rows32...) {
		cells = append(cells, r.cells())
	}
	to.table(2, header, cells)
	return nil
}

func (r row) cells() []string {
	cells := []string{r.name, r.typeName}
	for _, ns := range append(slices.Clone(r.relent), r.gonum, r.naive) {
		cells = append(cells, cell("%.3g", ns))
	}
	return append(cells, cell("%.1f", r.gonum/r.relent[0]), cell("%.1f", r.naive/r.relent[0]),
		cell("%.0f %%", 100*r.share), cell("%.1e", r.err))
}

// digits3 is a positive number with three digits, or more before the point.
func digits3(x float64) string {
	if x >= 100 {
		return cell("%.0f", x)
	}
	return cell("%.3g", x)
}

func cell(format string, x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return fmt.Sprintf(format, x)
}

// measureAll fills a row for each measure, and says how many bytes a second the read loop gets from main memory.
func measureAll[F relent.Float](typeName string, in *source[F], of func(measure) contestants[F]) ([]row, float64, error) {
	var rows []row
	for _, m := range measures {
		progress("%s %s", m.name, typeName)
		r := row{measure: m, typeName: typeName}
		p, q := in.get(m.inputs, cached)
		timeCached(&r, of(m), p, q)
		var err error
		if r.err, err = worstError(m, of(m).relent, typeName); err != nil {
			return nil, 0, err
		}
		rows = append(rows, r)
	}
	bandwidth := 0.0
	for _, f := range []family{dirichlet, near, probabilities} {
		progress("%s from main memory: %v", typeName, f)
		p, q := in.get(f, uncached)
		bandwidth = max(bandwidth, timeUncached(rows, f, of, p, q))
	}
	return rows, bandwidth, nil
}

// timeCached times a measure's contestants from the cache.
func timeCached[F relent.Float](r *row, c contestants[F], p, q []F) {
	var runners []*runner
	for _, isa := range relent.ISAs() {
		runners = append(runners, newRunner(isa, c.relent, p, q))
	}
	runners = append(runners, newRunner("", c.naive, p, q))
	if c.gonum != nil {
		runners = append(runners, newRunner("", c.gonum, p, q))
	}
	race(300, 50*time.Microsecond, runners...)

	var ns []float64
	for _, x := range runners {
		ns = append(ns, x.best/float64(len(p))*1e9)
	}
	isas := len(relent.ISAs())
	r.relent, r.naive, r.gonum, r.share = ns[:isas], ns[isas], math.NaN(), math.NaN()
	if c.gonum != nil {
		r.gonum = ns[isas+1]
	}
}

// timeUncached times the measures of a family, with the best instruction set and from main memory, beside what reads the most: a
// loop in Go, or TotalVariation, which does next to nothing but read. It returns the bytes a second of the faster one. Functions
// that write have no share of a read bandwidth.
func timeUncached[F relent.Float](rows []row, f family, of func(measure) contestants[F], p, q []F) float64 {
	roofs := []*runner{
		{call: func(int) { results.add(float64(readTwoStreams(words(p), words(q)))) }},
		newRunner(relent.ISAs()[0], relent.TotalVariation[F], p, q),
	}
	runners := slices.Clone(roofs)
	var timed []*row
	for i := range rows {
		if r := &rows[i]; r.inputs == f && !r.writes {
			timed = append(timed, r)
			runners = append(runners, newRunner(relent.ISAs()[0], of(r.measure).relent, p, q))
		}
	}
	race(12, 0, runners...)

	array := float64(len(p) * elementBytes(p))
	bandwidth := 2 * array / min(roofs[0].best, roofs[1].best)
	for i, r := range timed {
		r.share = float64(r.arrays) * array / runners[len(roofs)+i].best / bandwidth
	}
	return bandwidth
}

// worstError is the largest error of a function against the golden values, and NaN for a measure that has none there. It is
// an error if instruction sets differ.
func worstError[F relent.Float](m measure, f function[F], typeName string) (float64, error) {
	if m.golden == "" {
		return math.NaN(), nil
	}
	worst := 0.0
	for _, c := range golden.Discrete() {
		if c.Type != typeName {
			continue
		}
		p, q := convert[F](c.P), convert[F](c.Q)
		got := f(p, q)
		for _, isa := range relent.ISAs() {
			use(isa)
			if x := f(p, q); math.Float64bits(x) != math.Float64bits(got) {
				return 0, fmt.Errorf("%s of %s %s, n = %d: %v with %s, %v with another instruction set",
					m.name, typeName, c.Family, len(p), x, isa, got)
			}
		}
		worst = max(worst, m.error(got, c))
	}
	return worst, nil
}

// error is how far a result is from the golden value.
func (m measure) error(got float64, c golden.Case) float64 {
	want := c.Want[m.golden]
	if m.fromGolden != nil {
		want = m.fromGolden(want)
	}
	scale := math.Abs(want)
	if m.scale != nil {
		scale = m.scale(c.P, c.Q)
	}
	switch {
	case got == want || math.IsNaN(got) && math.IsNaN(want):
		return 0
	case math.IsInf(want, 0) || got-got != 0:
		return math.Inf(1)
	}
	return math.Abs(got-want) / scale
}

func convert[F relent.Float](x []float64) []F {
	y := make([]F, len(x))
	for i, v := range x {
		y[i] = F(v)
	}
	return y
}

package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/stat"
)

// gonumRows is how many rows gonum is given against all: the others would take as long each.
const gonumRows = 100

// A pairing computes the Jensen–Shannon divergences of rows and all rows in one way.
type pairing struct {
	name string
	*runner
	rows      int  // the first, that are compared with all
	half      bool // of the symmetric matrix is computed, the rest mirrored
	fill      func()
	tolerance float64 // of the relative difference from the first way: rounding
}

// pairs is how many divergences are computed.
func pairs(rows, all int, half bool) int {
	if half {
		return rows * (rows + 1) / 2
	}
	return rows * all
}

func newPairing(name, isa string, rows, all int, half bool, tolerance float64, fill func()) pairing {
	run := func(times int) {
		for range times {
			fill()
		}
	}
	return pairing{name, &runner{isa: isa, rows: pairs(rows, all, half), call: run}, rows, half, fill, tolerance}
}

// newPairings lists relent's ways and gonum's, all of which write to dst.
func newPairings(dst relent.Matrix[float64], images [][]float64) []pairing {
	wide, narrow := matrixOf[float64](images), matrixOf[float32](images)
	n, best := wide.Rows, fastISAs()[0]
	var all []pairing
	for _, isa := range fastISAs() {
		all = append(all, newPairing("AllPairs float64 "+isa, isa, n, n, true, 0, func() { relent.AllPairs(dst, relent.MeasureJensenShannon, wide) }))
	}
	return append(all,
		newPairing("ManyToMany float64 "+best, best, n, n, false, 0, func() { relent.ManyToMany(dst, relent.MeasureJensenShannon, wide, wide) }),
		newPairing("a loop over JensenShannon, "+best, best, n, n, true, 0, func() { mirrored(dst, relent.JensenShannon, wide) }),
		newPairing("AllPairs float32 "+best, best, n, n, true, 1e-6, func() { relent.AllPairs(dst, relent.MeasureJensenShannon, narrow) }),
		newPairing("a loop over gonum's", "", gonumRows, n, false, 1e-12, func() {
			eachWithEach(dst.Slice(0, gonumRows), stat.JensenShannon, wide.Slice(0, gonumRows), wide)
		}))
}

// mirrored computes what is above the diagonal, and copies it.
func mirrored[F relent.Float](dst relent.Matrix[float64], f function[F], x relent.Matrix[F]) {
	for i := range x.Rows {
		for j := i; j < x.Rows; j++ {
			d := f(x.Row(i), x.Row(j))
			dst.Data[i*dst.Stride+j], dst.Data[j*dst.Stride+i] = d, d
		}
	}
}

func eachWithEach[F relent.Float](dst relent.Matrix[float64], f function[F], p, q relent.Matrix[F]) {
	for i := range p.Rows {
		for j := range q.Rows {
			dst.Row(i)[j] = f(p.Row(i), q.Row(j))
		}
	}
}

func reportAllPairs(to page) error {
	d, err := readDigits(digitsFile)
	if err != nil {
		return err
	}
	progress("all pairs")
	defer use(relent.ISA())
	n := len(d.images)
	dst := relent.NewMatrix[float64](n, n)
	ways := newPairings(dst, d.images)
	differ, err := comparePairings(dst, ways)
	if err != nil {
		return err
	}
	var runners []*runner
	for _, w := range ways {
		runners = append(runners, w.runner)
	}
	race(2, 0, runners...)
	gonum := runners[len(runners)-1]
	var cells [][]string
	for i, w := range ways {
		cells = append(cells, []string{w.name, w.computed(n), fmt.Sprintf("%.2f", 1e-6/w.perRow()),
			digits3(1e3 * w.perRow() * float64(pairs(n, n, w.half))), digits3(gonum.perRow() / w.perRow()), cell("%.1e", differ[i])})
	}
	to.paragraph("All pairs: the %d×%d Jensen–Shannon divergences of all %d images of digits (8×8 cells of ink as distributions). Computed "+
		"is which part of the matrix is; the other half is mirrored. Milliseconds are for the matrix. × gonum is by pairs computed. "+
		"About half of the cells are empty, and gonum takes no logarithm of those. Differ is the largest relative difference from the first row, "+
		"off the diagonal.", n, n, n)
	to.table(1, []string{"", "computed", "million pairs/s", "ms", "× gonum", "differ"}, cells)
	return nil
}

func (p pairing) computed(n int) string {
	switch {
	case p.rows < n:
		return fmt.Sprintf("%d rows", p.rows)
	case p.half:
		return "half"
	}
	return "all"
}

// comparePairings has each way fill the matrix, and returns how far it is from the first way's. That it is farther than rounding
// takes it is an error, as is a bit of difference between relent's for the same elements.
func comparePairings(dst relent.Matrix[float64], ways []pairing) ([]float64, error) {
	want := relent.NewMatrix[float64](dst.Rows, dst.Cols)
	var differ []float64
	for i, w := range ways {
		for i := range dst.Data {
			dst.Data[i] = math.NaN()
		}
		w.time(1)
		if i == 0 {
			copy(want.Data, dst.Data)
		}
		worst := 0.0
		for i := range w.rows {
			if w.tolerance == 0 && !slices.Equal(dst.Row(i), want.Row(i)) {
				return nil, fmt.Errorf("all pairs: row %d by %s differs from that by %s", i, w.name, ways[0].name)
			}
			worst = max(worst, worstDifference(dst.Row(i), want.Row(i), i))
		}
		if !(worst <= w.tolerance) {
			return nil, fmt.Errorf("all pairs: %s differs by %v from %s, more than %v", w.name, worst, ways[0].name, w.tolerance)
		}
		differ = append(differ, worst)
	}
	return differ, nil
}

// worstDifference is the largest relative difference but for element i.
func worstDifference(got, want []float64, except int) float64 {
	worst := 0.0
	for i, x := range want {
		if i != except && got[i] != x {
			worst = max(worst, math.Abs(got[i]-x)/x)
		}
	}
	return worst
}

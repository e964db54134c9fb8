package main

import (
	"fmt"
	"slices"

	"github.com/relent-go/relent"
)

// nearestCount is how many neighbours each digit has found.
const nearestCount = 10

// nearestMeasures are those that digits, which have many zeros, are compared by.
var nearestMeasures = []relent.Measure{
	relent.MeasureJensenShannon, relent.MeasureJensenShannonDistance, relent.MeasureHellinger, relent.MeasureBhattacharyya, relent.MeasureTotalVariation,
}

// A bruteForce finds the neighbours of rows among themselves as one does without an index: computes all measures of some
// queries, and selects.
type bruteForce[F relent.Float] struct {
	measure   relent.Measure
	rows      relent.Matrix[F]
	distances relent.Matrix[float64] // of some queries
}

func newBruteForce[F relent.Float](m relent.Measure, rows relent.Matrix[F]) bruteForce[F] {
	return bruteForce[F]{m, rows, relent.NewMatrix[float64](16, rows.Rows)}
}

func (b bruteForce[F]) find(found []relent.Neighbor, queries relent.Matrix[F]) {
	for from := 0; from < queries.Rows; from += b.distances.Rows {
		some := queries.Slice(from, min(from+b.distances.Rows, queries.Rows))
		distances := relent.ManyToMany(b.distances.Slice(0, some.Rows), b.measure, some, b.rows)
		for i := range some.Rows {
			selectNearest(found[(from+i)*nearestCount:][:nearestCount], distances.Row(i))
		}
	}
}

// selectNearest sets found to the least distances in order, of equal ones the first.
func selectNearest(found []relent.Neighbor, distances []float64) {
	n := 0
	for i, x := range distances {
		if n == len(found) && !(x < found[n-1].Distance) {
			continue
		}
		n = min(n+1, len(found))
		j := n - 1
		for ; j > 0 && x < found[j-1].Distance; j-- {
			found[j] = found[j-1]
		}
		found[j] = relent.Neighbor{Index: i, Distance: x}
	}
}

// A retrieval is the job by one measure: the nearest of all digits for each of them.
type retrieval struct {
	measure             relent.Measure
	right               float64   // share of the digits that most of the neighbours, not counting the digit itself, agree with
	group, alone, brute []float64 // seconds a query by instruction set: queries together, one at a time, and without the index
}

func reportNearest(to page) error {
	d, err := readDigits(digitsFile)
	if err != nil {
		return err
	}
	rows := matrixOf[float64](d.images)
	header := []string{"", "right"}
	for _, isa := range fastISAs() {
		header = append(header, isa+" index", "all measures", "×", "one at a time", "×")
	}
	var cells [][]string
	for _, m := range nearestMeasures {
		progress("nearest, %v", m)
		r, err := retrieve(m, rows, d.labels)
		if err != nil {
			return err
		}
		cells = append(cells, r.cells())
	}
	to.paragraph("The %d nearest, by an index, of all %d digits for each of them (8×8 cells of ink as distributions in float64), "+
		"in microseconds a query: queries together, and one at a time. Beside it what computing all measures takes, and selecting; × is "+
		"how many times as long. The neighbours are the same to the bit. Right is how many digits are what most of their neighbours are, not "+
		"counting themselves.", nearestCount, rows.Rows)
	to.table(1, header, cells)
	return nil
}

func (r retrieval) cells() []string {
	cells := []string{r.measure.String(), fmt.Sprintf("%.1f %%", 100*r.right)}
	for i, seconds := range r.group {
		cells = append(cells, digits3(seconds*1e6), digits3(r.brute[i]*1e6), digits3(r.brute[i]/seconds),
			digits3(r.alone[i]*1e6), digits3(r.brute[i]/r.alone[i]))
	}
	return cells
}

// retrieve times the job. That the ways find different neighbours is an error.
func retrieve[F relent.Float](m relent.Measure, rows relent.Matrix[F], labels []int) (retrieval, error) {
	defer use(relent.ISA())
	r := retrieval{measure: m}
	x, all := relent.NewIndex(m, rows), newBruteForce(m, rows)
	found, alone, want := newNeighbors(rows.Rows), newNeighbors(rows.Rows), newNeighbors(rows.Rows)
	for _, isa := range fastISAs() {
		runners := []*runner{
			newQuerying(isa, rows.Rows, func() { _, _ = x.NearestRows(found, rows, nearestCount, relent.Run{}) }), // nothing cancels it
			newQuerying(isa, rows.Rows, func() { findAlone(x, alone, rows) }),
			newQuerying(isa, rows.Rows, func() { all.find(want, rows) }),
		}
		race(3, 0, runners...)
		if !slices.Equal(found, want) || !slices.Equal(alone, want) {
			return r, fmt.Errorf("nearest by %v, %s: the index does not find the neighbours", m, isa)
		}
		r.group, r.alone = append(r.group, runners[0].perRow()), append(r.alone, runners[1].perRow())
		r.brute = append(r.brute, runners[2].perRow())
	}
	r.right = rightLabels(found, labels)
	return r, nil
}

func newQuerying(isa string, queries int, find func()) *runner {
	return &runner{isa: isa, rows: queries, call: func(times int) {
		for range times {
			find()
		}
	}}
}

func newNeighbors(queries int) []relent.Neighbor {
	return make([]relent.Neighbor, queries*nearestCount)
}

// findAlone looks the rows up one after the other.
func findAlone[F relent.Float](x *relent.Index[F], found []relent.Neighbor, rows relent.Matrix[F]) {
	for i := range rows.Rows {
		x.Nearest(found[i*nearestCount:][:nearestCount], rows.Row(i), nearestCount)
	}
}

// rightLabels is the share of the queries whose label most of the neighbours have, not counting the query itself; of as many
// the label that the nearest of them has.
func rightLabels(found []relent.Neighbor, labels []int) float64 {
	right := 0
	for i, label := range labels {
		var votes [10]int
		best := -1
		for _, n := range found[i*nearestCount:][:nearestCount] {
			if n.Index != i {
				votes[labels[n.Index]]++
			}
		}
		for _, n := range found[i*nearestCount:][:nearestCount] {
			if l := labels[n.Index]; n.Index != i && (best < 0 || votes[l] > votes[best]) {
				best = l
			}
		}
		if best == label {
			right++
		}
	}
	return float64(right) / float64(len(labels))
}

func matrixOf[F relent.Float](images [][]float64) relent.Matrix[F] {
	m := relent.NewMatrix[F](len(images), len(images[0]))
	for i, image := range images {
		copy(m.Row(i), convert[F](image))
	}
	return m
}

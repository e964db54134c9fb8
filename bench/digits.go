package main

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/relent-go/relent"
)

// digits are images of handwritten digits, each as the distribution of its ink over 64 cells.
type digits[F relent.Float] struct {
	images [][]F
	labels []int
}

// queries is how many images, the first, are looked up among the others.
const queries = 1000

// A neighbour is the nearest image that a query has.
type neighbour struct {
	index    int // among the images that are not queries
	distance float64
}

// A searcher does the job in one way.
type searcher struct {
	name      string
	run       func() []neighbour
	found     []neighbour
	best      float64 // seconds, the fewest of some runs
	tolerance float64 // how much nearer, relatively, another neighbour may be than the one found: rounding
}

func reportDigits(to page) error {
	d, err := readDigits(digitsFile)
	if err != nil {
		return err
	}
	searchers := newSearchers(d)
	for run := range 3 {
		progress("digits, run %d", run+1)
		for _, s := range searchers {
			s.time()
		}
	}
	to.paragraph("Nearest neighbours: %d images of handwritten digits, 8×8 cells of ink as distributions of 64 elements; the "+
		"first %d are looked up among the other %d by Jensen–Shannon distance, and take the digit of the nearest (at equal distances the "+
		"first). Differ is how many found another neighbour than the first row.",
		len(d.images), queries, len(d.images)-queries)
	reference, gonum := searchers[0], searchers[len(searchers)-1]
	var rows [][]string
	var notes []string
	for _, s := range searchers {
		differ := differences(reference.found, s.found)
		rows = append(rows, []string{s.name, fmt.Sprintf("%.1f %%", 100*d.accuracy(s.found)),
			fmt.Sprintf("%.2f", float64(d.pairs())/s.best/1e6), fmt.Sprintf("%.1f", gonum.best/s.best), fmt.Sprint(len(differ))})
		explained, err := d.explain(differ, reference, s)
		if err != nil {
			return fmt.Errorf("digits: %w", err)
		}
		notes = append(notes, explained...)
	}
	to.table(1, []string{"", "right", "million pairs/s", "× gonum", "differ"}, rows)
	for _, note := range notes {
		to.paragraph("%s", note)
	}
	return nil
}

// newSearchers lists relent for float64 with each instruction set, for float32 with the best, and gonum.
func newSearchers(d digits[float64]) []*searcher {
	var all []*searcher
	for _, isa := range relent.ISAs() {
		all = append(all, &searcher{name: "relent float64 " + isa, run: func() []neighbour {
			use(isa)
			return search(d, relent.JensenShannonDistance)
		}})
	}
	narrow := digits[float32]{labels: d.labels}
	for _, image := range d.images {
		narrow.images = append(narrow.images, convert[float32](image))
	}
	best := relent.ISAs()[0]
	return append(all,
		&searcher{name: "relent float32 " + best, tolerance: 1e-6, run: func() []neighbour {
			use(best)
			return search(narrow, relent.JensenShannonDistance)
		}},
		&searcher{name: "gonum float64", tolerance: 1e-13, run: func() []neighbour {
			return search(d, gonumJensenShannonDistance)
		}})
}

func (s *searcher) time() {
	start := time.Now()
	found := s.run()
	seconds := time.Since(start).Seconds()
	if s.found == nil || seconds < s.best {
		s.found, s.best = found, seconds
	}
}

// search finds each query's nearest image that is not a query, of equal ones the first.
func search[F relent.Float](d digits[F], distance function[F]) []neighbour {
	found := make([]neighbour, queries)
	for i, query := range d.images[:queries] {
		nearest := neighbour{-1, math.Inf(1)}
		for j, image := range d.images[queries:] {
			if x := distance(query, image); x < nearest.distance {
				nearest = neighbour{j, x}
			}
		}
		found[i] = nearest
	}
	return found
}

// pairs is how many distances the job takes.
func (d digits[F]) pairs() int { return queries * (len(d.images) - queries) }

// accuracy is the part of the queries whose neighbour shows the same digit.
func (d digits[F]) accuracy(found []neighbour) float64 {
	right := 0
	for i, n := range found {
		if d.labels[queries+n.index] == d.labels[i] {
			right++
		}
	}
	return float64(right) / float64(len(found))
}

// differences lists the queries with different neighbours.
func differences(a, b []neighbour) []int {
	var differ []int
	for i := range a {
		if a[i].index != b[i].index {
			differ = append(differ, i)
		}
	}
	return differ
}

// explain says how near to each other the neighbours are that two searchers disagree about. More than what rounding can be
// the reason for is an error.
func (d digits[F]) explain(differ []int, reference, s *searcher) ([]string, error) {
	if s.tolerance == 0 && !slices.Equal(reference.found, s.found) {
		return nil, fmt.Errorf("%s and %s have different distances", reference.name, s.name)
	}
	var notes []string
	for _, i := range differ {
		query, other := d.images[i], d.images[queries+s.found[i].index]
		ours := reference.found[i]
		gap := relent.JensenShannonDistance(query, other)/ours.distance - 1
		note := fmt.Sprintf("Query %d: %s found image %d, not %d, whose distance %.6g is smaller by %.1e of it.",
			i, s.name, queries+s.found[i].index, queries+ours.index, ours.distance, gap)
		if !(math.Abs(gap) <= s.tolerance) {
			return nil, fmt.Errorf("not rounding: %s", note)
		}
		notes = append(notes, note)
	}
	return notes, nil
}

// readDigits reads the digits as distributions.
func readDigits(file []byte) (digits[float64], error) {
	counts, err := readDigitCounts(file)
	if err != nil {
		return digits[float64]{}, err
	}
	if len(counts.rows) <= queries {
		return digits[float64]{}, fmt.Errorf("digits: %d images, need more than %d", len(counts.rows), queries)
	}
	for _, image := range counts.rows {
		normalise(image, 1)
	}
	return digits[float64]{counts.rows, counts.labels}, nil
}

package main

import (
	"fmt"
	"time"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/stat"
)

// A contest is one line of the summary, in float64: relent with the best instruction set and gonum do the same.
type contest struct {
	what, per     string // what one of their rows is
	relent, gonum *runner
}

func reportSummary(to page) error {
	defer use(relent.ISA())
	best := fastISAs()[0]
	var cells [][]string
	for _, prepare := range contests {
		c, err := prepare(best)
		if err != nil {
			return err
		}
		progress("summary, %s", c.what)
		race(20, 5*time.Millisecond, c.relent, c.gonum)
		cells = append(cells, []string{c.what, c.per, digits3(1e9 * c.relent.perRow()), digits3(1e9 * c.gonum.perRow()),
			digits3(c.gonum.perRow() / c.relent.perRow())})
	}
	to.table(2, []string{"nanoseconds, float64", "each", "relent " + best, "gonum", "×"}, cells)
	return nil
}

var contests = []func(isa string) (contest, error){
	vectors("Entropy"), vectors("KullbackLeibler"), vectors("JensenShannon"), vectors("Hellinger"),
	rowsIn(rowShapes[0], 100), rowsIn(rowShapes[2], 100),
	nearestDigits, distances, mixtureDensities, normalDivergence,
}

// vectors is a measure of two vectors in the cache.
func vectors(name string) func(string) (contest, error) {
	return func(isa string) (contest, error) {
		for _, m := range measures {
			if m.name != name {
				continue
			}
			p, q := new(source[float64]).get(m.inputs, cached)
			c := contest{fmt.Sprintf("%s, n = %d", name, cached), "element", newRunner(isa, m.f64.relent, p, q), newRunner("", m.f64.gonum, p, q)}
			c.relent.rows, c.gonum.rows = cached, cached
			return c, nil
		}
		return contest{}, fmt.Errorf("there is no measure %s", name)
	}
}

// rowsIn is a measure of rows of n elements.
func rowsIn(s shape, n int) func(string) (contest, error) {
	return func(isa string) (contest, error) {
		job := s.rows(s.measure, n)
		return contest{
			fmt.Sprintf("%v, %s rows of %d", s.measure, s.name, n), "element",
			newFilling(isa, job.elements, job.all), newFilling("", job.elements/s.gonumParts, job.loop(s.pair.gonum, s.gonumParts)),
		}, nil
	}
}

// nearestDigits looks digits up among all, by an index and by a loop.
func nearestDigits(isa string) (contest, error) {
	d, err := readDigits(digitsFile)
	if err != nil {
		return contest{}, err
	}
	const few = 5
	rows := matrixOf[float64](d.images)
	index := relent.NewIndex(rowShapes[2].measure, rows)
	found, looped := newNeighbors(rows.Rows), newNeighbors(few)
	return contest{
		fmt.Sprintf("the %d nearest of %d digits by %v, an index and a loop", nearestCount, rows.Rows, rowShapes[2].measure), "query",
		newQuerying(isa, rows.Rows, func() { findAlone(index, found, rows) }),
		newQuerying("", few, func() { findByLoop(looped, stat.JensenShannon, rows) }),
	}, nil
}

// findByLoop looks the first rows up, as many as found has room for.
func findByLoop(found []relent.Neighbor, f function[float64], rows relent.Matrix[float64]) {
	distances := make([]float64, rows.Rows)
	for i := range len(found) / nearestCount {
		eachRow(distances, f, rows.Row(i), rows)
		selectNearest(found[i*nearestCount:][:nearestCount], distances)
	}
}

// distances are those of Mahalanobis, squared by relent.
func distances(isa string) (contest, error) {
	const d = 64
	m := newModel[float64](d, rowsOf[float64](cachedBytes, d))
	return contest{
		fmt.Sprintf("Mahalanobis distance, d = %d", d), "row",
		newScoring(isa, sqMahalanobis(m.factor(), 1), m.rows), newScoring("", gonumMahalanobis(m), few(m.rows)),
	}, nil
}

func mixtureDensities(isa string) (contest, error) {
	s := mixtureShapes[0]
	m, err := s.relent()
	x := newModel[float64](s.d, mixtureRows).rows
	return contest{
		fmt.Sprintf("log density of a mixture of %d normal distributions, d = %d", s.components, s.d), "row",
		newScoring(isa, mixtureDensity[float64](m), x), newScoring("", s.gonum(), s.few(x)),
	}, err
}

func normalDivergence(isa string) (contest, error) {
	const d = 64
	p, err := newPair(d)
	c := contest{
		fmt.Sprintf("Kullback–Leibler divergence of normal distributions, d = %d", d), "pair",
		newCalling(isa, p.relent), newCalling("", p.gonum),
	}
	c.relent.rows, c.gonum.rows = 1, 1
	return c, err
}

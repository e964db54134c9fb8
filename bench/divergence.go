package main

import (
	"fmt"
	"time"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/stat/distmv"
)

// divergenceDimensions are those of the distributions whose divergence is timed.
var divergenceDimensions = []int{4, 16, 64, 256}

// A pair is two normal distributions, for relent and for gonum.
type pair struct {
	l, r           *mvn.Normal
	gonumL, gonumR *distmv.Normal
}

// newPair makes two distributions in d dimensions with covariances that have nothing in common.
func newPair(d int) (pair, error) {
	l := newModel[float64](d, 1)
	r := model[float64]{mean: l.rows.Row(0), lower: relent.NewMatrix[float64](d, d)}
	for i := range d {
		for k := range i + 1 {
			r.lower.Row(i)[k] = l.lower.Row(d - 1 - k)[d-1-i] // mirrored at the other diagonal
		}
	}
	p := pair{gonumL: distmv.NewNormalChol(l.mean, cholesky(l), nil), gonumR: distmv.NewNormalChol(r.mean, cholesky(r), nil)}
	var err error
	if p.l, err = mvn.NewNormalChol(l.mean, cholesky(l)); err != nil {
		return pair{}, err
	}
	p.r, err = mvn.NewNormalChol(r.mean, cholesky(r))
	return p, err
}

func (p pair) relent() float64 { return mvn.KullbackLeibler(p.l, p.r) }

func (p pair) gonum() float64 { return distmv.KullbackLeibler{}.DistNormal(p.gonumL, p.gonumR) }

// newCalling makes a runner that calls f.
func newCalling(isa string, f func() float64) *runner {
	return &runner{isa: isa, call: func(times int) {
		for range times {
			results.add(f())
		}
	}}
}

// reportDivergences prints the time of the Kullback–Leibler divergence of two normal distributions.
func reportDivergences(to page) error {
	var cells [][]string
	for _, d := range divergenceDimensions {
		progress("divergence of normals, d = %d", d)
		p, err := newPair(d)
		if err != nil {
			return err
		}
		gonum := newCalling("", p.gonum)
		runners := []*runner{gonum}
		for _, isa := range fastISAs() {
			runners = append(runners, newCalling(isa, p.relent))
		}
		race(30, 500*time.Microsecond, runners...)
		row := []string{fmt.Sprint(d)}
		for _, r := range append(runners[1:], gonum) {
			row = append(row, digits3(r.best*1e6))
		}
		cells = append(cells, append(row, digits3(gonum.best/runners[1].best)))
	}
	to.paragraph("Kullback–Leibler divergence of two normal distributions with full covariances, in microseconds.")
	to.table(1, append(append([]string{"d"}, fastISAs()...), "gonum", "× gonum"), cells)
	return nil
}

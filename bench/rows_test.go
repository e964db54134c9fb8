package main

import (
	"math"
	"slices"
	"testing"

	"github.com/relent-go/relent"
)

// What is timed beside each other computes the same: relent to the bit, gonum but for rounding.
func TestRowShapesAgree(t *testing.T) {
	for _, s := range rowShapes {
		job := s.rows(s.measure, 10)
		job.all()
		want := slices.Clone(job.dst)
		for name, fill := range map[string]func(){
			"pairs": job.loop(s.pair.relent, 1),
			"gonum": job.loop(s.pair.gonum, s.gonumParts),
		} {
			parts, tolerance := 1, 0.0
			if name == "gonum" {
				parts, tolerance = s.gonumParts, 1e-12
			}
			clear(job.dst)
			fill()
			for i := range want[:len(want)/parts] {
				if got := job.dst[i]; !(math.Abs(got-want[i]) <= tolerance) {
					t.Fatalf("%s of %v, %s: number %d is %v, want %v", s.name, s.measure, name, i, got, want[i])
				}
			}
		}
	}
}

func TestSharedAgree(t *testing.T) {
	p, q := new(source[float64]).get(dirichlet, cached)
	got, want := make([]float64, len(shared)), make([]float64, len(shared))
	relent.Measures(got, shared, p, q)
	eachShared(want, p, q)
	if !slices.Equal(got, want) {
		t.Errorf("in one pass %v, one by one %v", got, want)
	}
}

func TestCountsAreOfShares(t *testing.T) {
	p, q := new(source[float64]).get(dirichlet, cached)
	x, u, y, v := whole[float64](p), whole[uint32](p), whole[float64](q), whole[uint32](q)
	shares := func(x []float64) []float64 {
		x = slices.Clone(x)
		normalise(x, 1)
		return x
	}
	for _, m := range countMeasures {
		want := relent.Between(m, shares(x), shares(y))
		float, _ := relent.BetweenCounts(m, x, y, relent.Strict)
		integer, _ := relent.BetweenCounts(m, u, v, relent.Strict)
		if float != integer || !(math.Abs(float-want) <= 1e-12*want) {
			t.Errorf("%v: counts %v and %v, shares %v", m, float, integer, want)
		}
	}
}

package main

import (
	"math"
	"testing"
)

func TestDivergencesAgree(t *testing.T) {
	for _, d := range divergenceDimensions {
		p, err := newPair(d)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := p.relent(), p.gonum(); !(math.Abs(got-want) <= 1e-11*want) || !(want > float64(d)/10) {
			t.Errorf("d = %d: %v, gonum %v", d, got, want)
		}
	}
}

package main

import (
	"math"
	"testing"
)

func TestMixturesAgree(t *testing.T) {
	for _, s := range mixtureShapes {
		m, err := s.relent()
		if err != nil {
			t.Fatal(err)
		}
		x := newModel[float64](s.d, 40).rows
		want, got, got32 := make([]float64, x.Rows), make([]float64, x.Rows), make([]float32, x.Rows)
		s.gonum()(want, x)
		mixtureDensity[float64](m)(got, x)
		mixtureDensity[float32](m)(got32, narrow[float32](x))
		for i, want := range want {
			if !(math.Abs(got[i]-want) <= 1e-11*math.Abs(want)) || !(math.Abs(float64(got32[i])-want) <= 1e-4*math.Abs(want)) {
				t.Errorf("%v: row %d: %v and for float32 %v, gonum %v", s, i, got[i], got32[i], want)
			}
		}
	}
}

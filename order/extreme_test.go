package order

import (
	"math"
	"testing"

	"github.com/relent-go/relent"
)

// Values, of 40 digits or more, where elements, weights or orders are very small or large, and what is between the terms and the result would
// overflow, vanish or lose its digits.
func TestExtremes(t *testing.T) {
	const least = 5e-324
	for _, c := range []struct {
		m    Measure
		p, q []float64
		want float64
	}{
		{SkewJensenShannon(0.5), []float64{1, least, 0.5}, []float64{1, least, 0.5}, 0},
		{WeightedJensenShannon(1e-300), []float64{least, 0.5}, []float64{0, 0.5}, 0},
		{SkewJensenShannon(1e-300), []float64{1e-200, 1e-200, 1, 0, 1e-200, 0.3, 0.5}, []float64{1, 1e200, 0.3, 0.3, 1, 0.3, 1}, 5e-101},
		{SkewKullbackLeibler(1e-10), []float64{0.25, 0.75}, []float64{0.75, 0.25}, 6.6666666660740745599e-21},
		{Renyi(0), []float64{1.52602e-318}, []float64{7.026055902272407e-308}, 707.2465831318679},
		{Renyi(0.25), []float64{0, 1e200}, []float64{0.5, 1e-10}, -130.47982193632924},
		{Renyi(1e308), []float64{1e200, 1}, []float64{9.999999999999998e199, 1}, 1.6996415770136546e-16},
		{Alpha(-1e-300), []float64{0.25, 1e275, 0.75}, []float64{0.25, 0, 0.75}, 1e275},
		{Alpha(-1), []float64{2e-294}, []float64{0}, 1e-294},
		{Alpha(1e100), []float64{0.5, 1e-10}, []float64{1e-10, 0.5}, math.Inf(1)},
		{Tsallis(1e100), []float64{1e288}, []float64{0.5}, math.Inf(1)},
		{Tsallis(1e-300), []float64{2e-308, 5e-312}, []float64{1e10, 1}, -1e10},
		{Tsallis(0x1p-52), []float64{1e257}, []float64{1e295}, -9.9999999999998081e294},
	} {
		got := Between(c.m, c.p, c.q)
		if got != c.want && !(math.Abs(got-c.want) <= 1e-14*math.Abs(c.want)) {
			t.Errorf("%v of %v and %v: %v, want %v", c.m, c.p, c.q, got, c.want)
		}
	}
	small := []float64{1e-300, 1e-310, least, 1}
	for _, order := range []float64{0, 1e-300, 0x1p-52} {
		if h := Hill(order, small); !(math.Abs(h-4) <= 1e-12) {
			t.Errorf("Hill(%v) of %v: %v", order, small, h)
		}
	}
	rows := relent.Matrix[float64]{Rows: 2, Cols: 2, Stride: 2, Data: []float64{least, least, least, least}}
	if js := JensenShannonOf(nil, rows); !(js >= 0 && js <= 1e-320) {
		t.Errorf("JensenShannonOf of the same tiny rows: %v", js)
	}
}

// Shares do not depend on how large counts are.
func TestScaledCounts(t *testing.T) {
	p, q := []float64{1, 2, 0, 1}, []float64{1, 1, 1, 0}
	for _, scale := range []float64{5e-324, 1e-310, 1e300, 5e307} {
		times := func(x []float64) (scaled []float64) {
			for _, v := range x {
				scaled = append(scaled, v*scale)
			}
			return scaled
		}
		near := func(a, b float64) bool { return a == b || math.Abs(a-b) <= 1e-14*math.Abs(b) }
		for _, m := range append(everyMeasure(), Renyi(1e308)) {
			got, _ := BetweenCounts(m, times(p), times(q), relent.Strict)
			if want, _ := BetweenCounts(m, p, q, relent.Strict); !near(got, want) {
				t.Errorf("%v of counts times %g: %v, want %v", m, scale, got, want)
			}
		}
		for _, order := range []float64{0, 0.5, 1, 2, 1000, 1e308, math.Inf(1)} {
			got, want := RenyiEntropyOfCounts(order, times(p)), RenyiEntropyOfCounts(order, p)
			if !near(got, want) {
				t.Errorf("entropy of order %v of counts times %g: %v, want %v", order, scale, got, want)
			}
		}
	}
}

package table

import (
	"math"
	"testing"

	"github.com/relent-go/relent"
)

// Steps of half a deviation have the sum of all terms, and both expectations are what the definition gives.
func TestByChance(t *testing.T) {
	s := sum("", relent.NewMatrix[int](1, 1))
	s.row = sized(s.row, 6*mostTerms)
	var d [6][]float64
	for i := range d {
		d[i] = s.row[i*mostTerms:][:0:mostTerms]
	}
	for _, c := range []chance{
		{2060, 2060, 4200}, {2500, 1900, 4500}, {1100, 1e6, 2e6}, {1200, 4e5, 1e6}, {3000, 1e9, 1e10}, {2100, 2100, 4210}, {90_000, 25_000, 91_500},
	} {
		if c.deviation() < wide || c.deviation() > 1.2*wide {
			t.Fatalf("%v: deviation %v", c, c.deviation())
		}
		counts, weights := c.each(d[0], d[1])
		var want, all float64
		for i, n := range counts {
			all += weights[i]
			if n > 0 {
				want += weights[i] * n * math.Log(n/c.mean())
			}
		}
		if got := c.excess(d); !(math.Abs(got-want/all) <= 1e-11*got) { // as much as cancels in the definition
			t.Errorf("%v: %v, want %v", c, got, want/all)
		}
	}
	for _, c := range []chance{{1 << 51, 1 << 51, 1 << 52}, {1 << 40, 1 << 44, 1 << 45}} { // half of σ²/e, to one over e
		e, deviation := c.mean(), c.deviation()
		want := deviation * deviation / e / 2
		if got := c.excess(d); math.Abs(got-want) > want*(16/e+0x1p-40) {
			t.Errorf("%v: %v, want %v", c, got, want)
		}
	}
	free.Put(s)
}

// The time does not depend on how large the counts are.
func TestAdjustedHuge(t *testing.T) {
	const n = 1 << 50
	same := relent.NewMatrix(3, 3, []int64{n, 0, 0, 0, n / 3, 0, 0, 0, n / 7}...)
	if got := Adjusted(same, Max); math.Abs(got-1) > 1e-14 {
		t.Errorf("the same partition: %v", got)
	}
	if got := Adjusted(relent.NewMatrix(2, 2, []int32{math.MaxInt32, 0, 0, math.MaxInt32}...), Max); got != 1 {
		t.Errorf("the same partition, of the largest int32: %v", got)
	}
	other := relent.NewMatrix(2, 2, []int64{n, n, n, n + 1<<30}...)
	if got := Adjusted(other, Max); !(got > 0 && got < 1e-9) {
		t.Errorf("nearly independent: %v", got)
	}
}

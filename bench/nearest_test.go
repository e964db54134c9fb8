package main

import (
	"math"
	"slices"
	"testing"

	"github.com/relent-go/relent"
)

// The index finds what computing all measures finds, and neighbours tell the digit.
func TestIndexOfDigits(t *testing.T) {
	d, err := readDigits(digitsFile)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("f64", func(t *testing.T) { indexOfDigits[float64](t, d) })
	t.Run("f32", func(t *testing.T) { indexOfDigits[float32](t, d) })
}

func indexOfDigits[F relent.Float](t *testing.T, d digits[float64]) {
	rows := matrixOf[F](d.images)
	want := newNeighbors(rows.Rows)
	for _, m := range nearestMeasures {
		newBruteForce(m, rows).find(want, rows)
		found, err := relent.NewIndex(m, rows).NearestRows(nil, rows, nearestCount, relent.Run{Workers: 2})
		if err != nil || !slices.Equal(found, want) {
			t.Errorf("%v: the index finds other neighbours; %v", m, err)
		}
		if right := rightLabels(found, d.labels); right < 0.95 {
			t.Errorf("%v: %v are right", m, right)
		}
	}
}

func TestSelectNearest(t *testing.T) {
	found := make([]relent.Neighbor, 3)
	selectNearest(found, []float64{3, 1, math.Inf(1), 2, 1, 0.5, 1})
	if want := []relent.Neighbor{{Index: 5, Distance: 0.5}, {Index: 1, Distance: 1}, {Index: 4, Distance: 1}}; !slices.Equal(found, want) {
		t.Errorf("%v, want %v", found, want)
	}
}

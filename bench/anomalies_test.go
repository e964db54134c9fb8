package main

import (
	"math"
	"slices"
	"testing"
)

func TestAnomalies(t *testing.T) {
	trial := trialsOf(t)[0]
	detectors, err := newDetectors(trial)
	if err != nil {
		t.Fatal(err)
	}
	var want []float64
	for i := len(detectors) - 1; i >= 0; i-- { // gonum first
		d := detectors[i]
		d.call(1)
		got := d.aucs()
		if want == nil {
			want = got
		}
		for k := range want {
			if !(got[k] > 0.95) || !(math.Abs(got[k]-want[k]) <= 1e-4) {
				t.Errorf("%s: %v without digit %d, gonum %v", d.name, got[k], k, want[k])
			}
		}
	}
}

func TestWithout(t *testing.T) {
	x := []int{1, 2, 3}
	for k, want := range [][]int{{2, 3}, {1, 3}, {1, 2}} {
		if got := without(x, k); !slices.Equal(got, want) {
			t.Errorf("without %d: %v, want %v", k, got, want)
		}
	}
	if !slices.Equal(x, []int{1, 2, 3}) {
		t.Errorf("x is now %v", x)
	}
}

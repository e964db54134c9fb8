package main

import (
	"math"
	"testing"
)

// All that are there end where relent does.
func TestFittingAgrees(t *testing.T) {
	all, err := newFittings()
	if err != nil {
		t.Fatal(err)
	}
	all = all[:1] // the wine data
	all[0].Runs, all[0].Seeds = 1, 0
	ours, err := all[0].relent()
	if err != nil {
		t.Fatal(err)
	}
	others, err := sklearn(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range append(others, all[0].gonum()) {
		if !(math.Abs(r.Score-ours.Score) <= 1e-9*math.Abs(ours.Score)) {
			t.Errorf("the log likelihood is %v, relent's %v", r.Score, ours.Score)
		}
	}
	if others == nil && !t.Failed() {
		t.Skip("gonum agrees; scikit-learn is not installed")
	}
}

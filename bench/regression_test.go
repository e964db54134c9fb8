package main

import (
	"io"
	"testing"

	"github.com/relent-go/relent/loss"
)

// Gradients lead to a classifier that is as good as such ones are on these images, whichever loss they are of.
func TestRegression(t *testing.T) {
	d, err := readDigitCounts(digitsFile)
	if err != nil {
		t.Fatal(err)
	}
	trial := newTrial(d, false)
	for _, l := range []loss.CrossEntropy[float64]{{}, {Smoothing: 0.1}, {Z: 1e-3}} {
		r, mean, _, err := fitRegression(trial, l)
		if err != nil {
			t.Fatal(err)
		}
		if accuracy := r.accuracy(trial); accuracy < 0.94 || !(mean < 1) {
			t.Errorf("%+v: accuracy %v, loss %v", l, accuracy, mean)
		}
	}
	if err := reportRegression(page{w: io.Discard}); err != nil {
		t.Fatal(err)
	}
}

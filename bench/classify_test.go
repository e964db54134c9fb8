package main

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func trialsOf(t *testing.T) []trial {
	trials, err := readTrials()
	if err != nil {
		t.Fatal(err)
	}
	return trials
}

func TestClassification(t *testing.T) {
	for _, trial := range trialsOf(t) {
		guessers, err := newGuessers(trial)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range guessers {
			g.call(1)
			if !slices.Equal(g.predicted, guessers[0].predicted) {
				t.Errorf("%s: %s and %s predict other classes", trial.name, g.name, guessers[0].name)
			}
			if accuracy := trial.accuracy(g.predicted); accuracy < 0.95 {
				t.Errorf("%s: %s: accuracy %v", trial.name, g.name, accuracy)
			}
		}
	}
}

// TestFitsAgree compares the fits of mvn with those written with gonum.
func TestFitsAgree(t *testing.T) {
	for _, trial := range trialsOf(t) {
		normals, err := fitNormals(trial)
		if err != nil {
			t.Fatal(err)
		}
		for k, x := range trial.fit {
			mean, want := shrunk(dense(x))
			got := new(mat.SymDense)
			normals[k].CovarianceMatrix(got)
			scale := mat.Norm(want, math.Inf(1))
			if !mat.EqualApprox(got, want, 1e-13*scale) {
				t.Errorf("%s, class %d: covariances differ", trial.name, k)
			}
			for i, got := range normals[k].Mean(nil) {
				if !(math.Abs(got-mean[i]) <= 1e-13*scale) {
					t.Errorf("%s, class %d: mean %d is %v, want %v", trial.name, k, i, got, mean[i])
				}
			}
		}
	}
}

func TestFitSaysWhichClass(t *testing.T) {
	trial := trialsOf(t)[2]
	trial.fit[1].Data[5] = math.NaN()
	if _, err := fitNormals(trial); err == nil || !strings.Contains(err.Error(), "wine, class 1") {
		t.Errorf("error %v, want one for wine, class 1", err)
	}
}

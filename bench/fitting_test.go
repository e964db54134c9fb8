package main

import (
	"math"
	"os"
	"testing"

	"github.com/relent-go/relent/mvn"
)

// structures are all that mixtures can have.
var structures = []mvn.Structure{mvn.FullCovariance, mvn.TiedCovariance, mvn.DiagonalCovariance, mvn.SphericalCovariance}

// All that are there end where relent does.
func TestFittingAgrees(t *testing.T) {
	fittings, err := newFittings()
	if err != nil {
		t.Fatal(err)
	}
	wine := fittings[0]
	wine.Runs, wine.Seeds = 1, 0
	each := eachStructure(wine)
	others, err := sklearn(each)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range each {
		ours, err := f.relent()
		if err != nil {
			t.Fatal(err)
		}
		var results []fittingResult
		if f.structure <= mvn.TiedCovariance {
			results = append(results, f.gonum())
		}
		if others != nil {
			results = append(results, others[i])
		}
		for _, r := range results {
			if !(math.Abs(r.Score-ours.Score) <= 1e-9*math.Abs(ours.Score)) {
				t.Errorf("%v: the log likelihood is %v, relent's %v", f.structure, r.Score, ours.Score)
			}
		}
	}
	if others == nil && !t.Failed() {
		t.Skip("gonum agrees; scikit-learn is not installed")
	}
}

// eachStructure is a fitting under each.
func eachStructure(f fitting) (each []fitting) {
	for _, s := range structures {
		f.under(s)
		each = append(each, f)
	}
	return each
}

// With RELENT_DEEP=1, the median of the log likelihoods from 20 seeds is at least scikit-learn's, on the wine data and the digits.
func TestMediansOfSeeds(t *testing.T) {
	if os.Getenv("RELENT_DEEP") != "1" {
		t.Skip("RELENT_DEEP is not 1")
	}
	fittings, err := newFittings()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fittings[:2] {
		f.Runs = 1
		each := eachStructure(f)
		others, err := sklearn(each)
		if err != nil {
			t.Fatal(err)
		}
		if others == nil {
			t.Skip("scikit-learn is not installed")
		}
		for i, f := range each {
			ours, err := f.relent()
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s, %v: %.4f, scikit-learn %.4f", f.name, f.structure, ours.Median, others[i].Median)
			if !(ours.Median >= others[i].Median) {
				t.Errorf("%s, %v: the median log likelihood is %v, scikit-learn's %v", f.name, f.structure, ours.Median, others[i].Median)
			}
		}
	}
}

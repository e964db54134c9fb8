package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// What scikit-learn 1.2.1 makes of the standardised wine data, X = (X - X.mean(0)) / X.std(0), in three components.
//
// From the same start: GaussianMixture(3, covariance_type=..., weights_init=[.3, .4, .3], means_init=X[[0, 70, 150]],
// precisions_init=1/0.7 times the identity, reg_covar=0, tol=1e-14, max_iter=500).fit(X), its score, BIC and AIC. The median: that of
// the scores of GaussianMixture(3, covariance_type=..., init_params='k-means++', random_state=seed, max_iter=200) for the seeds 0 to 19.
var wineMixtures = []struct {
	structure               mvn.Structure
	score, bic, aic, median float64
}{
	{mvn.FullCovariance, -12.010249301557835, 5902.728786146304, 4903.648751354589, -11.792648610037695},
	{mvn.TiedCovariance, -13.726383288222202, 5570.58787924566, 5150.592450607104, -14.613465481766742},
	{mvn.DiagonalCovariance, -14.444599284401471, 5556.82002927029, 5302.277345246924, -14.444646242912526},
	{mvn.SphericalCovariance, -15.395408233608553, 5708.763807377496, 5568.7653311646445, -15.395427346902826},
}

// From the same start a fit ends where scikit-learn's does, and from its own starts at least as high, in the median of 20 seeds.
func TestFitMixtureAgreesWithScikitLearn(t *testing.T) {
	wine, err := readDataset("wine", bytes.NewReader(wineFile))
	if err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(len(wine.rows), wine.cols(), nil)
	for j := range wine.cols() {
		column := make([]float64, len(wine.rows))
		for i, row := range wine.rows {
			column[i] = row[j]
		}
		mean, deviation := stat.PopMeanStdDev(column, nil)
		for i, v := range column {
			x.Set(i, j, (v-mean)/deviation)
		}
	}
	means := mat.NewDense(3, wine.cols(), nil)
	for k, row := range []int{0, 70, 150} {
		means.SetRow(k, x.RawRowView(row))
	}
	start, err := mvn.NewSphericalMixture([]float64{0.3, 0.4, 0.3}, means, []float64{0.7, 0.7, 0.7})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range wineMixtures {
		options := mvn.MixtureOptions{Structure: want.structure, Start: start, Floor: -1, Tolerance: 1e-14, Iterations: 500}
		_, got, err := mvn.FitMixture(x, 3, options, relent.Run{})
		if err != nil {
			t.Fatal(err)
		}
		for what, pair := range map[string][2]float64{
			"log likelihood": {got.LogLikelihood(), want.score}, "BIC": {got.BIC, want.bic}, "AIC": {got.AIC, want.aic},
		} {
			if !(math.Abs(pair[0]-pair[1]) <= 1e-9*math.Abs(pair[1])) {
				t.Errorf("%v: %s %v, scikit-learn %v", want.structure, what, pair[0], pair[1])
			}
		}
		var scores []float64
		for seed := range uint64(20) {
			_, report, err := mvn.FitMixture(x, 3, mvn.MixtureOptions{Structure: want.structure, Seed: seed}, relent.Run{})
			if err != nil {
				t.Fatal(fmt.Sprint(want.structure, ", seed ", seed), err)
			}
			scores = append(scores, report.LogLikelihood())
		}
		slices.Sort(scores)
		if median := (scores[9] + scores[10]) / 2; !(median >= want.median) {
			t.Errorf("%v: the median log likelihood is %v, scikit-learn's %v", want.structure, median, want.median)
		}
	}
}

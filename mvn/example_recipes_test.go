package mvn_test

import (
	"fmt"
	"log"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Squared Mahalanobis distances of a normal distribution's own rows follow a χ² distribution with as many degrees of freedom as
// there are columns: its quantile is a threshold for outliers that a known share of ordinary rows passes.
func Example_outliers() {
	normal, err := mvn.NewNormal([]float64{170, 65}, mat.NewSymDense(2, []float64{80, 60, 60, 120}))
	if err != nil {
		log.Fatal(err)
	}
	chi2 := distuv.ChiSquared{K: float64(normal.Dim())}
	threshold := chi2.Quantile(0.999)
	fmt.Printf("threshold %.3f\n", threshold)
	for _, person := range [][]float64{{168, 64}, {181, 80}, {150, 95}} {
		d := normal.SqMahalanobis(person)
		fmt.Printf("%v: %.3f, p-value %.2g, outlier %v\n", person, d, chi2.Survival(d), d > threshold)
	}
	// Output:
	// threshold 13.816
	// [168 64]: 0.053, p-value 0.97, outlier false
	// [181 80]: 2.120, p-value 0.35, outlier false
	// [150 95]: 32.000, p-value 1.1e-07, outlier true
}

// Expectation maximisation fits a mixture of normal distributions: responsibilities under the mixture so far weight the means and
// covariances of the next, and the likelihood never falls.
func Example_expectationMaximisation() {
	x := mat.NewDense(24, 2, []float64{ // eruptions of the geyser Old Faithful and the time to the next, in minutes
		3.600, 79, 1.800, 54, 3.333, 74, 2.283, 62, 4.533, 85, 2.883, 55, 4.700, 88, 3.600, 85,
		1.950, 51, 4.350, 85, 1.833, 54, 3.917, 84, 4.200, 78, 1.750, 47, 4.700, 83, 2.167, 52,
		1.750, 62, 4.800, 84, 1.600, 52, 4.250, 79, 1.800, 51, 1.750, 47, 3.450, 78, 3.067, 69,
	})
	rows, d := x.Dims()
	const components, steps = 2, 9
	weights := []float64{0.5, 0.5}
	means := mat.NewDense(components, d, []float64{ // two rows to begin with
		3.600, 79,
		1.800, 54,
	})
	var whole mat.SymDense
	stat.CovarianceMatrix(&whole, x, nil)
	covariances := []mat.Symmetric{&whole, &whole}

	column, last := make([]float64, rows), 0.0
	for step := range steps {
		mixture, err := mvn.NewFullMixture(weights, means, covariances)
		if err != nil {
			log.Fatal(err) // a component has shrunk to fewer than d+1 rows
		}
		logProbs, _ := mixture.LogProbRows(nil, x, relent.Run{})
		likelihood := floats.Sum(logProbs)
		if step%4 == 0 {
			fmt.Printf("step %2d: log likelihood %.3f\n", step, likelihood)
		}
		if step > 0 && likelihood < last-1e-9 {
			fmt.Println("fell from", last)
		}
		last = likelihood

		responsibilities, _ := mixture.ResponsibilitiesRows(nil, x, relent.Run{})
		for k := range components {
			r := mat.Col(nil, k, responsibilities)
			n := floats.Sum(r)
			weights[k] = n / float64(rows)
			for j := range d {
				means.Set(k, j, stat.Mean(mat.Col(column, j, x), r))
			}
			var sigma mat.SymDense
			stat.CovarianceMatrix(&sigma, x, r)
			sigma.ScaleSym((n-1)/n, &sigma) // of the rows, not of what they are from
			covariances[k] = &sigma
		}
	}
	for k := range components {
		fmt.Printf("weight %.3f, mean %.2f\n", weights[k], means.RawRowView(k))
	}
	// Output:
	// step  0: log likelihood -116.337
	// step  4: log likelihood -98.568
	// step  8: log likelihood -97.896
	// weight 0.542, mean [4.04 80.84]
	// weight 0.458, mean [1.96 53.37]
}

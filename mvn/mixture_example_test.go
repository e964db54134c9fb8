package mvn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
)

func ExampleMixture() {
	weights := []float64{0.75, 0.25}
	means := mat.NewDense(2, 2, []float64{
		0, 0,
		4, 1,
	})
	covariances := []mat.Symmetric{
		mat.NewSymDense(2, []float64{1, 0.5, 0.5, 2}),
		mat.NewSymDense(2, []float64{1, 0, 0, 0.5}),
	}
	m, err := mvn.NewFullMixture(weights, means, covariances)
	if err != nil {
		fmt.Println(err)
		return
	}
	rows := mat.NewDense(3, 2, []float64{
		0.5, 0,
		2, 1,
		4, 1.5,
	})
	run := relent.Run{Workers: 2}
	density, _ := m.LogProbRows(nil, rows, run)
	component, _ := m.PredictRows(nil, rows, run)
	responsibilities, _ := m.ResponsibilitiesRows(nil, rows, run)
	for i := range density {
		fmt.Printf("%.4f, component %d with probability %.4f\n", density[i], component[i], responsibilities.At(i, component[i]))
	}
	// Output:
	// -2.5476, component 0 with probability 0.9994
	// -3.9207, component 0 with probability 0.6159
	// -3.1270, component 1 with probability 0.9994
}

// Two kinds of rows that nobody has labelled, and how many there are of each.
func ExampleFitMixture() {
	r := rand.New(rand.NewPCG(1, 2))
	x := mat.NewDense(1000, 2, nil)
	for i := range 1000 {
		far := float64(4 * (i % 4 / 3)) // of every fourth row
		x.SetRow(i, []float64{far + r.NormFloat64(), far/2 + 0.5*r.NormFloat64()})
	}
	best, smallest := (*mvn.Mixture)(nil), math.Inf(1)
	for k := 1; k <= 3; k++ {
		options := mvn.MixtureOptions{Structure: mvn.DiagonalCovariance, Starts: 3}
		m, report, err := mvn.FitMixture(x, k, options, relent.Run{Workers: 2})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d components: BIC %.0f, converged %v\n", k, report.BIC, report.Converged)
		if report.BIC < smallest {
			best, smallest = m, report.BIC
		}
	}
	weights := []float64{best.Weight(0), best.Weight(1)}
	slices.Sort(weights)
	fmt.Printf("%d components of weights %.2f\n", best.Components(), weights)
	// Output:
	// 1 components: BIC 7080, converged true
	// 2 components: BIC 5394, converged true
	// 3 components: BIC 5426, converged false
	// 2 components of weights [0.25 0.75]
}

// What a variable is expected to be, given many rows of another, by regression with a mixture.
func ExampleMixture_Conditional() {
	means := mat.NewDense(2, 2, []float64{0, 1, 10, -1})
	m, err := mvn.NewTiedMixture([]float64{0.5, 0.5}, means, mat.NewSymDense(2, []float64{4, 1, 1, 1}))
	if err != nil {
		fmt.Println(err)
		return
	}
	second, err := m.Conditional([]int{0})
	if err != nil {
		fmt.Println(err)
		return
	}
	expected, _ := second.MeanRows(nil, mat.NewDense(3, 1, []float64{0, 5, 12}), relent.Run{})
	logProbs, _ := second.LogProbRows(nil, mat.NewDense(2, 2, []float64{0, 1, 0, -1}), relent.Run{})
	fmt.Printf("%.3f\n%.3f\n", expected.RawMatrix().Data, logProbs)
	// Output:
	// [1.000 0.000 -0.500]
	// [-0.775 -3.442]
}

// How far rows are from every component, and which is nearest.
func ExampleMixture_SqMahalanobisRows() {
	means := mat.NewDense(2, 2, []float64{0, 0, 3, 4})
	m, err := mvn.NewSphericalMixture([]float64{0.5, 0.5}, means, []float64{1, 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := mat.NewDense(2, 2, []float64{0, 0, 3, 0})
	distances, _ := m.SqMahalanobisRows(nil, x, relent.Run{})
	nearest, _ := m.NearestRows(nil, nil, x, relent.Run{})
	fmt.Println(distances.RawMatrix().Data, nearest)
	// Output:
	// [0 6.25 9 4] [0 1]
}

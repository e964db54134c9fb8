package mvn_test

import (
	"fmt"

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

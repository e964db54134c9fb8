package mvn_test

import (
	"fmt"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
)

func ExampleJensenShannon() {
	l, _ := mvn.NewNormal([]float64{0, 1}, mat.NewSymDense(2, []float64{1, 0.5, 0.5, 2}))
	r, _ := mvn.NewNormal([]float64{0, 0}, mat.NewSymDense(2, []float64{2, 0, 0, 2}))
	fmt.Printf("%.6f %.6f\n", mvn.JensenShannon(l, r), mvn.JensenShannonDistance(l, r))
	// Output: 0.101078 0.317928
}

func ExampleWeightedJensenShannon() {
	// What a reading tells of whether a part is one of the one in a hundred that are worn.
	good, _ := mvn.NewNormalDiagonal([]float64{10, 0.2}, []float64{1, 0.01})
	worn, _ := mvn.NewNormalDiagonal([]float64{13, 0.5}, []float64{4, 0.04})
	fmt.Printf("%.4f of %.4f nats\n", mvn.WeightedJensenShannon(0.01, worn, good), relent.BernoulliEntropy(0.01))
	// Output: 0.0422 of 0.0560 nats
}

func ExampleJensenShannons() {
	normal := func(mean, variance float64) *mvn.Normal {
		n, _ := mvn.NewNormalIsotropic([]float64{mean, mean}, variance)
		return n
	}
	days := []*mvn.Normal{normal(0, 1), normal(0.1, 1), normal(2, 3)}
	table, _ := mvn.JensenShannons(nil, days, days, relent.Run{Workers: 2})
	fmt.Printf("%.4f\n", mat.Formatted(table))
	// Output:
	// ⎡0.0000  0.0025  0.3888⎤
	// ⎢0.0025  0.0000  0.3694⎥
	// ⎣0.3888  0.3694  0.0000⎦
}

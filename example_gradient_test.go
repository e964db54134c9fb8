package relent_test

import (
	"context"
	"fmt"
	"log"

	"github.com/relent-go/relent"
)

// What a small change of each element of p, or of q, changes.
func ExampleGradient() {
	p, q := []float64{0.5, 0.5, 0}, []float64{0.25, 0.25, 0.5}
	dp, dq := make([]float64, 3), make([]float64, 3)
	value := relent.Gradient(dp, dq, relent.MeasureJensenShannon, p, q)
	fmt.Printf("%.4f\n%.4f\n%.4f\n", value, dp, dq)
	// Output:
	// 0.2158
	// [0.1438 0.1438 -Inf]
	// [-0.2027 -0.2027 0.3466]
}

// One distribution near several others: steps down the sum of their gradients.
func ExampleGradientRows() {
	rows := relent.NewMatrix(3, 3,
		0.7, 0.2, 0.1,
		0.5, 0.4, 0.1,
		0.6, 0.3, 0.1,
	)
	center := relent.Vector[float64]{1. / 3, 1. / 3, 1. / 3}
	gradients, distances := relent.NewMatrix[float64](3, 3), make([]float64, 3)
	for range 200 {
		relent.GradientRows(distances, gradients, relent.Matrix[float64]{}, relent.MeasureGeneralizedKullbackLeibler, center, rows)
		for i := range gradients.Rows {
			for j, d := range gradients.Row(i) {
				center[j] -= 0.02 * d
			}
		}
	}
	fmt.Printf("%.4f\n%.4f\n", center, distances)
	// Output:
	// [0.5944 0.2884 0.1000]
	// [0.0256 0.0256 0.0003]
}

func ExampleRunGradientRows() {
	labels := relent.NewMatrix[float32](2, 2,
		1, 0,
		0, 1,
	)
	scores := relent.NewMatrix[float32](2, 2,
		0.8, 0.5,
		0.25, 0.5,
	)
	gradients := relent.NewMatrix[float32](2, 2)
	run := relent.Run{Workers: 2, Context: context.Background()}
	losses, err := relent.RunGradientRows(run, nil, relent.Matrix[float32]{}, gradients, relent.MeasureBinaryCrossEntropy, labels, scores)
	if err != nil {
		log.Fatal(err) // the context's
	}
	fmt.Printf("%.4f\n%.4f\n", losses, gradients.Data)
	// Output:
	// [0.9163 0.9808]
	// [-1.2500 2.0000 1.3333 -2.0000]
}

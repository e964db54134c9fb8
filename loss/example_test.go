package loss_test

import (
	"fmt"

	"github.com/relent-go/relent/loss"
)

// What a variational autoencoder adds to its loss for one sample.
func ExampleStandardNormalKullbackLeibler() {
	mean, logVariance := []float32{0.5, -1, 0}, []float32{0, -0.5, 0}
	fmt.Printf("%.6f\n", loss.StandardNormalKullbackLeibler(mean, logVariance))
	// Output: 0.678265
}

func ExampleDiagonalNormalKullbackLeibler() {
	mean, logVariance := []float64{0.5, -1, 0}, []float64{0, -0.5, 0}
	priorMean, priorLogVariance := []float64{0.5, 0, 0}, []float64{0, -0.5, 1}
	fmt.Printf("%.6f\n", loss.DiagonalNormalKullbackLeibler(mean, logVariance, priorMean, priorLogVariance))
	// Output: 1.008300
}

package relent_test

import (
	"fmt"

	"github.com/relent-go/relent"
)

var (
	observed = []float64{0.5, 0.25, 0.125, 0.125}
	expected = []float64{0.25, 0.25, 0.25, 0.25}
)

func ExampleKullbackLeibler() {
	nats := relent.KullbackLeibler(observed, expected)
	fmt.Printf("%.6f nats, %.6f bits\n", nats, nats*relent.BitsPerNat)
	// Output: 0.173287 nats, 0.250000 bits
}

func ExampleKullbackLeibler_float32() {
	p, q := []float32{0.5, 0.5}, []float32{0.25, 0.75}
	fmt.Printf("%.6f\n", relent.KullbackLeibler(p, q))
	// Output: 0.143841
}

func ExampleGeneralizedKullbackLeibler() {
	counts, rates := []float64{3, 0, 7}, []float64{2.5, 0.5, 6}
	fmt.Printf("%.6f\n", relent.GeneralizedKullbackLeibler(counts, rates))
	// Output: 0.626019
}

func ExampleEntropy() {
	fmt.Printf("%.4f bits\n", relent.Entropy(observed)*relent.BitsPerNat)
	// Output: 1.7500 bits
}

func ExampleCrossEntropy() {
	fmt.Printf("%.4f bits\n", relent.CrossEntropy(observed, expected)*relent.BitsPerNat)
	// Output: 2.0000 bits
}

func ExampleJensenShannon() {
	apart := relent.JensenShannon([]float64{1, 0}, []float64{0, 1})
	fmt.Printf("%.6f\n", apart)
	// Output: 0.693147
}

func ExampleJensenShannonDistance() {
	fmt.Printf("%.6f\n", relent.JensenShannonDistance(observed, expected))
	// Output: 0.206094
}

// The population stability index of a score: the shares of its bins then and now.
func ExampleJeffreys() {
	then := []float64{0.10, 0.20, 0.40, 0.20, 0.10}
	now := []float64{0.08, 0.18, 0.38, 0.22, 0.14}
	fmt.Printf("PSI %.4f\n", relent.Jeffreys(now, then))
	// Output: PSI 0.0230
}

func ExampleHellinger() {
	fmt.Printf("%.6f\n", relent.Hellinger(observed, expected))
	// Output: 0.207107
}

func ExampleBinaryCrossEntropy() {
	labels, predicted := []float64{1, 0, 1}, []float64{0.9, 0.2, 0.6}
	fmt.Printf("%.6f a label\n", relent.BinaryCrossEntropy(labels, predicted)/3)
	// Output: 0.279777 a label
}

func ExampleKullbackLeiblerTerms() {
	terms := make([]float64, len(observed))
	for _, term := range relent.KullbackLeiblerTerms(terms, observed, expected) {
		fmt.Printf("%.4f ", term)
	}
	// Output: 0.3466 0.0000 -0.0866 -0.0866
}

func ExampleValidate() {
	fmt.Println(relent.Validate([]float64{0.5, -0.1, 0.6}))
	// Output: relent: element 1 is negative: -0.1
}

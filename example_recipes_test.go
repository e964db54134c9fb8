package relent_test

import (
	"fmt"

	"github.com/relent-go/relent"
)

// The mutual information of two discrete variables is the divergence of their joint distribution from the product of its
// margins.
func Example_mutualInformation() {
	joint := []float64{ // rows: rain or not; columns: umbrella or not
		0.25, 0.05,
		0.10, 0.60,
	}
	const rows, cols = 2, 2
	var row [rows]float64
	var col [cols]float64
	for i, p := range joint {
		row[i/cols] += p
		col[i%cols] += p
	}
	independent := make([]float64, len(joint))
	for i := range independent {
		independent[i] = row[i/cols] * col[i%cols]
	}
	information := relent.KullbackLeibler(joint, independent)
	fmt.Printf("mutual information %.4f bits\n", information*relent.BitsPerNat)
	fmt.Printf("of the entropy of the umbrella %.0f %%\n", 100*information/relent.Entropy(col[:]))
	// Output:
	// mutual information 0.3249 bits
	// of the entropy of the umbrella 35 %
}

// The information gain of a split, as of a node of a decision tree, is the entropy of the classes less the mean of those of the parts. It
// is the mean divergence of the parts from the whole, too, which does not cancel where a split tells little.
func Example_informationGain() {
	parts := [][]float64{ // days on which tennis was played or not: sunny, overcast, rainy
		{2, 3},
		{4, 0},
		{3, 2},
	}
	whole := make([]float64, 2)
	total := 0.0
	for _, part := range parts {
		for class, days := range part {
			whole[class] += days
			total += days
		}
	}
	shares := func(counts []float64) (p []float64, n float64) {
		for _, c := range counts {
			n += c
		}
		for _, c := range counts {
			p = append(p, c/n)
		}
		return p, n
	}
	q, _ := shares(whole)
	gain := 0.0
	for _, part := range parts {
		p, n := shares(part)
		gain += n / total * relent.KullbackLeibler(p, q)
	}
	fmt.Printf("entropy %.3f bits, gain %.3f bits\n", relent.Entropy(q)*relent.BitsPerNat, gain*relent.BitsPerNat)
	// Output:
	// entropy 0.940 bits, gain 0.247 bits
}

// The Jensen–Shannon divergence of many weighted distributions is the mean of their divergences from their mean; at most the entropy of
// the weights.
func Example_weightedJensenShannon() {
	distributions := [][]float64{
		{0.7, 0.2, 0.1},
		{0.1, 0.1, 0.8},
		{0.6, 0.3, 0.1},
	}
	weights := []float64{0.5, 0.25, 0.25}
	mean := make([]float64, 3)
	for k, p := range distributions {
		for i := range mean {
			mean[i] += weights[k] * p[i]
		}
	}
	divergence := 0.0
	for k, p := range distributions {
		divergence += weights[k] * relent.KullbackLeibler(p, mean)
	}
	fmt.Printf("%.4f nats, at most %.4f\n", divergence, relent.Entropy(weights))

	// Of two distributions with the same weight it is the function of the name.
	p, q := distributions[0], distributions[1]
	middle := []float64{0.4, 0.15, 0.45}
	fmt.Printf("%.4f and %.4f\n", (relent.KullbackLeibler(p, middle)+relent.KullbackLeibler(q, middle))/2, relent.JensenShannon(p, q))
	// Output:
	// 0.2300 nats, at most 1.0397
	// 0.2900 and 0.2900
}

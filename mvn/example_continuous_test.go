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

func ExampleTotalVariation() {
	l, _ := mvn.NewNormal([]float64{0, 1}, mat.NewSymDense(2, []float64{1, 0.5, 0.5, 2}))
	r, _ := mvn.NewNormal([]float64{0, 0}, mat.NewSymDense(2, []float64{2, 0, 0, 2}))
	distance, uncertainty := mvn.TotalVariation(l, r)
	fmt.Printf("%.6f, %t\n", distance, uncertainty < 1e-14)
	// Output: 0.344333, true
}

func ExampleBayesError() {
	// How often the best test of two readings takes a good part for a worn one, or a worn one for good, if one in a hundred is worn.
	good, _ := mvn.NewNormalDiagonal([]float64{10, 0.2}, []float64{1, 0.01})
	worn, _ := mvn.NewNormalDiagonal([]float64{13, 0.5}, []float64{4, 0.04})
	probability, _ := mvn.BayesError(0.01, worn, good)
	fmt.Printf("%.4f\n", probability)
	// Output: 0.0033
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

func ExampleNormal_SampleRows() {
	n, _ := mvn.NewNormal([]float64{100, 5}, mat.NewSymDense(2, []float64{25, 3, 3, 1}))
	x := mat.NewDense(100_000, 2, nil)
	_ = n.SampleRows(x, 1, 0, relent.Run{Workers: 4})

	again := mat.NewDense(1, 2, nil)
	_ = n.SampleRows(again, 1, 99_999, relent.Run{}) // the last one
	fit, _ := mvn.Fit(x, nil, relent.Run{})
	fmt.Printf("%.1f, %v\n", fit.Mean(nil), mat.Equal(again, x.Slice(99_999, 100_000, 0, 2)))
	// Output: [100.0 5.0], true
}

func ExampleStudentT_SampleRows() {
	s, _ := mvn.NewStudentT([]float64{5}, mat.NewSymDense(1, []float64{1}), 1)
	x := mat.NewDense(10_000, 1, nil)
	_ = s.SampleRows(x, 1, 0, relent.Run{})
	near := 0
	for _, v := range x.RawMatrix().Data {
		if v > 4 && v < 6 {
			near++
		}
	}
	fmt.Printf("%.2f\n", float64(near)/10_000)
	// Output: 0.50
}

func ExampleMixture_SampleRows() {
	m, _ := mvn.NewSphericalMixture([]float64{0.3, 0.7}, mat.NewDense(2, 1, []float64{0, 10}), []float64{1, 1})
	x := mat.NewDense(10_000, 1, nil)
	_ = m.SampleRows(x, 1, 0, relent.Run{})
	near := 0
	for _, v := range x.RawMatrix().Data {
		if v < 5 {
			near++
		}
	}
	fmt.Printf("%.2f\n", float64(near)/10_000)
	// Output: 0.30
}

// Mixtures have no closed form: an estimate, and numbers that the divergence is surely between.
func ExampleMixtureJensenShannon() {
	mixture := func(means ...float64) *mvn.Mixture {
		m, _ := mvn.NewSphericalMixture([]float64{0.5, 0.5}, mat.NewDense(2, 1, means), []float64{1, 1})
		return m
	}
	l, r := mixture(0, 4), mixture(1, 5)
	e, _ := mvn.MixtureJensenShannon(l, r, mvn.MonteCarlo{Seed: 1, StandardError: 0.001}, relent.Run{Workers: 4})
	lower, upper := mvn.MixtureJensenShannonBounds(l, r)
	fmt.Printf("%.3f, from %.3f to %.3f\n", e.Value, lower, upper)
	// Output: 0.076, from 0.000 to 0.342
}

func ExampleMixtureKullbackLeibler() {
	mixture := func(means ...float64) *mvn.Mixture {
		m, _ := mvn.NewSphericalMixture([]float64{0.5, 0.5}, mat.NewDense(2, 1, means), []float64{1, 1})
		return m
	}
	l, r := mixture(0, 4), mixture(1, 5)
	e, _ := mvn.MixtureKullbackLeibler(l, r, mvn.MonteCarlo{Seed: 1, StandardError: 0.002}, relent.Run{})
	lower, upper := mvn.MixtureKullbackLeiblerBounds(l, r)
	fmt.Printf("%.2f, from %.2f to %.2f\n", e.Value, lower, upper)
	fmt.Printf("variational %.2f, unscented %.2f\n", mvn.MixtureKullbackLeiblerVariational(l, r), mvn.MixtureKullbackLeiblerUnscented(l, r))
	// Output:
	// 0.34, from 0.03 to 0.50
	// variational 0.49, unscented 0.34
}

package mvn_test

import (
	"fmt"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
)

// Scores of rows: how likely each is, and how far out.
func Example() {
	sigma := mat.NewSymDense(2, []float64{4, 1, 1, 1})
	n, err := mvn.NewNormal([]float64{1, -1}, sigma)
	if err != nil {
		fmt.Println(err)
		return
	}
	rows := mat.NewDense(3, 2, []float64{
		1, -1,
		3, 0,
		-5, 2,
	})
	logProbs, _ := n.LogProbRows(nil, rows, relent.Run{})
	distances, _ := n.MahalanobisRows(nil, rows, relent.Run{})
	for i := range logProbs {
		fmt.Printf("%.4f %.4f\n", logProbs[i], distances[i])
	}
	// Output:
	// -2.3872 0.0000
	// -3.0538 1.1547
	// -20.3872 6.0000
}

// The error says which pivot fails.
func ExampleNewNormal_error() {
	_, err := mvn.NewNormal([]float64{0, 0, 0}, mat.NewSymDense(3, []float64{
		1, 2, 0,
		2, 1, 0,
		0, 0, 1,
	}))
	fmt.Println(err)
	// Output: mvn: the covariance matrix is not positive definite: pivot 1 is -3
}

// Ten thousand variables that three factors correlate: the covariance has a hundred million elements, and is never made.
func ExampleNewNormalLowRank() {
	const d, r = 10000, 3
	loadings, variance := mat.NewDense(d, r, nil), make([]float64, d)
	for i := range d {
		loadings.Set(i, i%r, 0.1)
		variance[i] = 1
	}
	n, err := mvn.NewNormalLowRank(make([]float64, d), loadings, variance)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float64, d)
	for i := range x {
		x[i] = 0.5
	}
	fmt.Printf("%.3f\n", n.SqMahalanobis(x))
	// Output: 72.816
}

// A singular covariance, on request: the second variable is twice the first.
func ExampleNewNormalSingular() {
	n, err := mvn.NewNormalSingular([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 2, 2, 4}), 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("rank %d: %.4f %.4f\n", n.Rank(), n.LogProb([]float64{1, 2}), n.LogProb([]float64{1, 3}))
	// Output: rank 1: -2.2237 -Inf
}

// float32 rows from a slice, every second one.
func ExampleLogProbRows() {
	n := mvn.NewNormalStandard(2)
	rows := relent.Matrix[float32]{Rows: 2, Cols: 2, Stride: 4, Data: []float32{
		0, 0, 9, 9,
		1, 2, 9, 9,
	}}
	logProbs, _ := mvn.LogProbRows(nil, n, rows, relent.Run{})
	fmt.Printf("%.4f\n", logProbs)
	// Output: [-1.8379 -4.3379]
}

func ExampleNormal_ConditionNormal() {
	// Height in cm, weight in kg.
	n, err := mvn.NewNormal([]float64{170, 70}, mat.NewSymDense(2, []float64{100, 80, 80, 144}))
	if err != nil {
		fmt.Println(err)
		return
	}
	tall, err := n.ConditionNormal([]int{0}, []float64{185})
	if err != nil {
		fmt.Println(err)
		return
	}
	weight := tall.MarginalNormalSingle(0, nil)
	fmt.Printf("%.1f ± %.1f kg\n", weight.Mu, weight.Sigma)
	// Output: 82.0 ± 8.9 kg
}

func ExampleKullbackLeibler() {
	l, _ := mvn.NewNormal([]float64{0, 1}, mat.NewSymDense(2, []float64{1, 0.5, 0.5, 2}))
	r, _ := mvn.NewNormal([]float64{0, 0}, mat.NewSymDense(2, []float64{2, 0, 0, 2}))
	fmt.Printf("%.6f %.6f\n", mvn.KullbackLeibler(l, r), mvn.KullbackLeibler(l, mvn.NewNormalStandard(2)))
	// Output: 0.413339 0.720192
}

// The loss of a variational autoencoder, beside the reconstruction's: of each row's means and logarithms of variances.
func ExampleKullbackLeiblerStandardRows() {
	mean := relent.NewMatrix[float32](2, 2, 0, 0, 1, -0.5)
	logVariance := relent.NewMatrix[float32](2, 2, 0, 0, 0.5, -1)
	divergences, _ := mvn.KullbackLeiblerStandardRows(nil, mean, logVariance, relent.Run{})
	fmt.Printf("%.4f\n", divergences)
	// Output: [0.0000 0.8833]
}

// Four rows in five dimensions have a singular covariance; a shrunk one is not.
func ExampleFitShrunk() {
	x := mat.NewDense(4, 5, []float64{
		1, 2, 0, 1, 0,
		2, 1, 1, 0, 1,
		0, 3, 1, 1, 2,
		1, 1, 0, 2, 1,
	})
	_, err := mvn.Fit(x, nil, relent.Run{})
	fmt.Println(err)
	n, shrinkage, err := mvn.FitShrunk(x, nil, relent.Run{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("shrinkage %.4f, log det %.4f\n", shrinkage, n.LogDet())
	// Output:
	// mvn: the covariance of 4 rows is singular in 5 dimensions, which need 6 rows: use FitShrunk or NewNormalSingular
	// shrinkage 0.8822, log det -3.6277
}

// Moments of parts of the data, gathered anywhere, are sent as bytes and merged: the result has the bits of one machine.
// Of many rows, a block at a time is added in a small part of the time.
func ExampleMoments_AddBlocks() {
	const d = 2
	x := mat.NewDense(100000, d, nil)
	if err := mvn.NewNormalStandard(d).SampleRows(x, 1, 0, relent.Run{}); err != nil {
		fmt.Println(err)
		return
	}
	m := mvn.NewMoments(d, mvn.RefuseNaN)
	if err := m.AddBlocks(x, relent.Run{Workers: 2}); err != nil {
		fmt.Println(err)
		return
	}
	n, err := m.Normal(mvn.Estimate{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d rows, variances %.2f\n", m.Rows(), n.Variances(nil))
	// Output:
	// 100000 rows, variances [1.00 1.00]
}

func ExampleMoments() {
	parts := []*mat.Dense{
		mat.NewDense(2, 2, []float64{168, 64, 181, 80}),
		mat.NewDense(3, 2, []float64{150, 48, 175, 72, 162, 66}),
	}
	all := mvn.NewMoments(2, mvn.RefuseNaN)
	for _, rows := range parts {
		part := mvn.NewMoments(2, mvn.RefuseNaN)
		if err := part.AddRows(rows, nil, relent.Run{}); err != nil {
			fmt.Println(err) // names the row
			return
		}
		sent, _ := part.MarshalBinary()
		var received mvn.Moments
		if err := received.UnmarshalBinary(sent); err != nil {
			fmt.Println(err)
			return
		}
		if err := all.Merge(&received); err != nil {
			fmt.Println(err)
			return
		}
	}
	n, err := all.Normal(mvn.Estimate{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d rows, mean %.1f, variances %.1f\n", all.Rows(), n.Mean(nil), n.Variances(nil))
	// Output:
	// 5 rows, mean [167.2 66.0], variances [143.7 140.0]
}

// A distribution is kept in a few bytes, and has all bits when it is back.
func ExampleNormal_MarshalBinary() {
	n, err := mvn.NewNormal([]float64{170, 65}, mat.NewSymDense(2, []float64{80, 60, 60, 120}))
	if err != nil {
		fmt.Println(err)
		return
	}
	data, _ := n.MarshalBinary()
	var kept mvn.Normal
	if err := kept.UnmarshalBinary(data); err != nil {
		fmt.Println(err) // says what is wrong with the bytes
		return
	}
	x := []float64{168, 64}
	fmt.Println(len(data), "bytes, the same density:", kept.LogProb(x) == n.LogProb(x))
	// Output:
	// 86 bytes, the same density: true
}

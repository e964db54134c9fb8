package relent_test

import (
	"fmt"

	"github.com/relent-go/relent"
)

// Bins that one of two months left empty.
func ExamplePopulationStabilityIndex() {
	lastYear, thisMonth := []uint32{800, 1200, 600, 400, 0}, []uint32{70, 130, 55, 40, 5}
	psi, touched := relent.PopulationStabilityIndex(lastYear, thisMonth, relent.Floor(1e-4))
	fmt.Printf("%.4f, bins raised: %d\n", psi, touched)
	// Output: 0.0933, bins raised: 1
}

func ExampleBetweenCounts() {
	p, q := []uint32{1, 2, 3, 0}, []uint32{3, 5, 9, 1}
	for _, zeros := range []relent.ZeroPolicy{relent.Strict, relent.Skip, relent.Additive(0.5)} {
		kl, touched := relent.BetweenCounts(relent.MeasureKullbackLeibler, q, p, zeros)
		fmt.Printf("%v: %.6f, %d\n", zeros, kl, touched)
	}
	// Output:
	// Strict: +Inf, 0
	// Skip: 0.003534, 1
	// Additive(0.5): 0.005509, 4
}

func ExampleEntropyOfCounts() {
	letters := []float64{50, 25, 25}
	nats, _ := relent.EntropyOfCounts(letters, relent.Strict)
	fmt.Printf("%.2f bits\n", nats*relent.BitsPerNat)
	// Output: 1.50 bits
}

// Half a count more in every bin: the totals are more by as much.
func ExampleAdditive() {
	p, q := []uint64{7, 1, 0}, []uint64{4, 4, 0}
	js, touched := relent.BetweenCounts(relent.MeasureJensenShannon, p, q, relent.Additive(0.5))
	fmt.Printf("%.4f, bins: %d\n", js, touched)
	// Output: 0.0613, bins: 3
}

// Shares of 0 count as one in a hundred thousand, on both sides.
func ExampleFloor() {
	p, q := []float32{7, 1, 0, 0}, []float32{4, 3, 1, 0}
	psi, touched := relent.BetweenCounts(relent.MeasureJeffreys, p, q, relent.Floor(1e-5))
	fmt.Printf("%v: %.4f, bins: %d\n", relent.Floor(1e-5), psi, touched)
	// Output: Floor(1e-05): 1.6636, bins: 2
}

// Two documents as rows of word frequencies, of which most are 0.
func ExampleSparseManyToMany() {
	documents, err := relent.NewSparse(1000, []int32{0, 2, 4}, []int32{3, 500, 3, 999}, []float64{0.5, 0.5, 0.25, 0.75})
	if err != nil {
		fmt.Println(err)
		return
	}
	d := relent.SparseManyToMany(relent.Matrix[float64]{}, relent.MeasureTotalVariation, documents, documents, nil)
	fmt.Println(d.Row(0), d.Row(1))
	// Output: [0 0.75] [0.75 0]
}

func ExampleNewSparse() {
	_, err := relent.NewSparse(10, []int32{0, 2}, []int32{7, 3}, []float64{0.5, 0.5})
	fmt.Println(err)
	// Output: relent: row 0: column 3, entry 1, comes after column 7
}

// Three rows, the second null.
func ExampleEachRaggedRow() {
	rows, err := relent.NewRagged([]float64{0.5, 0.5, 1, 0.25, 0.75}, []int32{0, 2, 3, 5}, []byte{0b101}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f\n", relent.EachRaggedRow(nil, relent.MeasureEntropy, rows, 1))
	// Output: [0.6931 NaN 0.5623]
}

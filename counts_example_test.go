package relent_test

import (
	"fmt"

	"github.com/relent-go/relent"
)

// Bins that one of two months left empty.
func ExamplePopulationStabilityIndex() {
	lastYear, thisMonth := []int{800, 1200, 600, 400, 0}, []int{70, 130, 55, 40, 5}
	psi, touched := relent.PopulationStabilityIndex(lastYear, thisMonth, relent.Floor(1e-4))
	fmt.Printf("%.4f, bins raised on one side: %d\n", psi, touched.OneSide)
	// Output: 0.0933, bins raised on one side: 1
}

func ExampleBetweenCounts() {
	p, q := []uint32{1, 2, 3, 0}, []uint32{3, 5, 9, 1}
	for _, zeros := range []relent.ZeroPolicy{relent.Strict, relent.Skip, relent.Additive(0.5)} {
		kl, touched := relent.BetweenCounts(relent.MeasureKullbackLeibler, q, p, zeros)
		fmt.Printf("%v: %.6f, %v\n", zeros, kl, touched)
	}
	// Output:
	// Strict: +Inf, {0 0}
	// Skip: 0.003534, {1 0}
	// Additive(0.5): 0.005509, {1 0}
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
	fmt.Printf("%.4f, bins empty on both sides: %d\n", js, touched.BothSides)
	// Output: 0.0613, bins empty on both sides: 1
}

// Shares of 0 count as one in a hundred thousand, on both sides.
func ExampleFloor() {
	p, q := []float32{7, 1, 0, 0}, []float32{4, 3, 1, 0}
	psi, touched := relent.BetweenCounts(relent.MeasureJeffreys, p, q, relent.Floor(1e-5))
	fmt.Printf("%v: %.4f, on one side %d, on both %d\n", relent.Floor(1e-5), psi, touched.OneSide, touched.BothSides)
	// Output: Floor(1e-05): 1.6636, on one side 1, on both 1
}

// Counts in four age groups, by month: how far is each month from last year?
func ExampleMatrix_Shares() {
	months := relent.NewMatrix(2, 4,
		70, 130, 55, 40,
		90, 90, 80, 0,
	)
	lastYear := relent.Vector[int]{800, 1200, 600, 400}
	zeros := relent.Floor(1e-4)
	fmt.Printf("%.4f\n", relent.RowByRow(nil, relent.MeasureJeffreys, lastYear.Shares(zeros), months.Shares(zeros)))
	// Output: [0.0084 1.0336]
}

// A distribution against rows of counts.
func ExampleVector_Shares() {
	votes := relent.Vector[uint32]{30, 50, 20}
	polls := relent.NewMatrix(2, 3,
		0.30, 0.50, 0.20,
		0.40, 0.35, 0.25,
	)
	fmt.Printf("%.4f\n", relent.RowByRow(nil, relent.MeasureTotalVariation, votes.Shares(relent.Strict), polls))
	// Output: [0.0000 0.1500]
}

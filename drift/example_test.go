package drift_test

import (
	"fmt"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/drift"
)

// column is n numbers from 0 to below 1, which follow each other as those of a linear congruential generator do.
func column(seed uint32, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		seed = seed*1664525 + 1013904223
		x[i] = float64(seed) / (1 << 32)
	}
	return x
}

func Example() {
	training := relent.NewMatrix(1000, 2, column(1, 2000)...)
	ref, err := drift.NewReference(training, 10, []string{"age", "income"}, relent.Run{})
	if err != nil {
		fmt.Println(err)
		return
	}
	live := relent.NewMatrix(500, 2, column(2, 1000)...)
	for i := range live.Rows {
		live.Row(i)[1] += 0.1
	}
	profile := ref.NewProfile()
	if err := drift.AddRows(profile, live, relent.Run{}); err != nil {
		fmt.Println(err)
		return
	}
	report, err := drift.Compare(ref, profile, drift.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range report.Columns {
		fmt.Printf("%-6s PSI %.3f, P(live > reference) %.2f, drifted: %v\n", c.Name, c.PSI.Value, c.Superiority.Value, c.Drifted)
	}
	// Output:
	// age    PSI 0.016, P(live > reference) 0.51, drifted: false
	// income PSI 0.601, P(live > reference) 0.62, drifted: true
}

func ExampleReferenceOf() {
	ages, _ := drift.Edges(0, 18, 30, 50, 70, 120)
	colours, _ := drift.Categories("red", "green", "blue")
	ref, _ := drift.ReferenceOf(drift.Column{Name: "age", Bins: ages}, drift.Column{Name: "colour", Bins: colours})
	for _, batch := range [][]float64{{17, 35, 44}, {30, 81, -1}} {
		_ = drift.AddColumn(ref.Profile(), ref.Column("age"), batch, relent.Run{})
	}
	ref.Profile().AddStrings(ref.Column("colour"), []string{"red", "blue", "violet"})
	ref.Profile().AddMissing(ref.Column("colour"), 2)
	for j, c := range ref.Columns() {
		for bin, n := range ref.Profile().Counts(j) {
			fmt.Printf("%s %s: %d\n", c.Name, c.Bins.Label(bin), n)
		}
	}
	// Output:
	// age < 0: 1
	// age 0 … 18: 1
	// age 18 … 30: 0
	// age 30 … 50: 3
	// age 50 … 70: 0
	// age 70 … 120: 1
	// age > 120: 0
	// age missing: 0
	// colour blue: 1
	// colour green: 0
	// colour red: 1
	// colour unseen: 1
	// colour missing: 2
}

func ExampleQuantiles() {
	bins, _ := drift.Quantiles([]float64{1, 2, 3, 4, 5, 6, 7, 8}, 4)
	fmt.Println(bins.Edges(), bins.Find(2.9), bins.Find(3))
	// Output: [3 5 7] 0 1
}

func ExampleUniform() {
	bins, _ := drift.Uniform(0, 1, 4)
	fmt.Println(bins.Edges(), bins.Find(-1), bins.Find(0), bins.Find(1), bins.Find(1.1))
	// Output: [0 0.25 0.5 0.75 1] 0 1 4 5
}

func ExampleIntegerCategories() {
	bins, _ := drift.IntegerCategories(200, 404, 500)
	fmt.Println(bins.Label(bins.Find(404)), bins.Label(bins.Find(418)))
	// Output: 404 unseen
}

func ExampleWindow() {
	ref, _ := drift.ReferenceOf(drift.Column{Name: "status", Bins: drift.Bins{}})
	day := ref.NewWindow(24)
	for range 30 { // hours
		drift.AddIntegers(day.Current(), 0, []int{1, 2, 3})
		_ = day.Advance()
	}
	total, _ := day.Total()
	fmt.Println(total.Total(0))
	// Output: 69
}

func ExampleProfile_Merge() {
	bins, _ := drift.Uniform(0, 1, 10)
	ref, _ := drift.ReferenceOf(drift.Column{Name: "x", Bins: bins})
	here, there := ref.NewProfile(), ref.NewProfile()
	_ = drift.AddColumn(here, 0, column(1, 30), relent.Run{})
	_ = drift.AddColumn(there, 0, column(2, 70), relent.Run{})
	sent, _ := there.MarshalBinary()
	received := ref.NewProfile()
	_ = received.UnmarshalBinary(sent)
	_ = here.Merge(received)
	fmt.Println(here.Total(0))
	// Output: 100
}

func ExampleKolmogorovSmirnov() {
	x, y := drift.NewSample([]float64{1, 2, 3, 4, 5}), drift.NewSample([]float64{3.5, 4.5, 5.5, 6.5, 7.5})
	ks := drift.KolmogorovSmirnov(x, y)
	fmt.Printf("D %.1f, P %.4f, W1 %.1f, energy %.4f\n", ks.Value, ks.P, drift.Wasserstein(x, y), drift.Energy(x, y))
	// Output: D 0.6, P 0.3571, W1 2.5, energy 1.4832
}

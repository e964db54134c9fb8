package table_test

import (
	"fmt"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/table"
)

// Rows are whether a message has a word, columns are classes.
var counts = relent.NewMatrix(2, 3, []int{20, 5, 10, 4, 18, 9}...)

func ExampleMutualInformation() {
	fmt.Printf("%.4f nats\n", table.MutualInformation(counts))
	// Output: 0.1345 nats
}

func ExampleInformationOf() {
	i := table.InformationOf(counts)
	fmt.Printf("entropies %.3f and %.3f, together %.3f\n", i.Rows, i.Columns, i.Joint())
	fmt.Printf("the class where the word is known %.3f\n", i.ColumnsGivenRows)
	fmt.Printf("variation of information %.3f, normalised %.3f\n", i.Variation(), i.Normalized(table.Arithmetic))
}

func ExampleAdjusted() {
	clusterings := relent.NewMatrix(3, 2, []int{5, 0, 1, 4, 0, 6}...) // points in cluster i of one and j of the other
	fmt.Printf("%.3f\n", table.Adjusted(clusterings, table.Arithmetic))
}

func ExampleGTest() {
	t := table.GTest(counts)
	fmt.Printf("G = %.3f, %d degrees of freedom, p = %.2g\n", t.Statistic, t.DegreesOfFreedom, t.PValue)
}

func ExampleChiSquareTest() {
	t := table.ChiSquareTest(counts)
	fmt.Printf("χ² = %.3f, p = %.2g\n", t.Statistic, t.PValue)
}

// Thresholds of a feature, each with the classes of what lies below.
func ExampleInformationGain() {
	total := []int{30, 20, 10}
	below := relent.NewMatrix(3, 3, []int{
		10, 1, 0,
		25, 4, 1,
		29, 15, 6,
	}...)
	gains := table.InformationGain(nil, total, below)
	fmt.Printf("%.4f\n", gains)
}

func ExampleEntropyMillerMadow() {
	seen := []int{4, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1}
	fmt.Printf("%.4f\n", table.EntropyMillerMadow(seen))
}

func ExampleEntropyChaoShen() {
	fmt.Printf("%.4f\n", table.EntropyChaoShen([]int{4, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1}))
}

func ExampleEntropyJamesStein() {
	fmt.Printf("%.4f\n", table.EntropyJamesStein([]int{4, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1}))
}

func ExampleEntropyGrassberger() {
	fmt.Printf("%.4f\n", table.EntropyGrassberger([]int{4, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1}))
}

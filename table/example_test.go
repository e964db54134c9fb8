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
	// Output: 0.1459 nats
}

func ExampleInformationOf() {
	i := table.InformationOf(counts)
	fmt.Printf("entropies %.3f and %.3f, together %.3f\n", i.Rows, i.Columns, i.Joint())
	fmt.Printf("the class where the word is known %.3f\n", i.ColumnsGivenRows)
	fmt.Printf("variation of information %.3f, normalised %.3f\n", i.Variation(), i.Normalized(table.Arithmetic))
	// Output:
	// entropies 0.691 and 1.094, together 1.639
	// the class where the word is known 0.948
	// variation of information 1.493, normalised 0.163
}

func ExampleAdjusted() {
	clusterings := relent.NewMatrix(3, 2, []int{5, 0, 1, 4, 0, 6}...) // points in cluster i of one and j of the other
	fmt.Printf("%.3f\n", table.Adjusted(clusterings, table.Arithmetic))
	// Output: 0.535
}

func ExampleGTest() {
	t := table.GTest(counts)
	fmt.Printf("G = %.3f, %d degrees of freedom, p = %.2g\n", t.Statistic, t.DegreesOfFreedom, t.PValue)
	// Output: G = 19.254, 2 degrees of freedom, p = 6.6e-05
}

func ExampleChiSquareTest() {
	t := table.ChiSquareTest(counts)
	fmt.Printf("χ² = %.3f, p = %.2g\n", t.Statistic, t.PValue)
	// Output: χ² = 17.890, p = 0.00013
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
	// Output: [0.0920 0.2469 0.0779]
}

func ExampleEntropyMillerMadow() {
	seen := []int{4, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1}
	fmt.Printf("%.4f\n", table.EntropyMillerMadow(seen))
	// Output: 2.1526
}

func ExampleEntropyChaoShen() {
	fmt.Printf("%.4f\n", table.EntropyChaoShen([]int{4, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1}))
	// Output: 2.2011
}

func ExampleEntropyJamesStein() {
	fmt.Printf("%.4f\n", table.EntropyJamesStein([]int{4, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1}))
	// Output: 2.3796
}

func ExampleEntropyGrassberger() {
	fmt.Printf("%.4f\n", table.EntropyGrassberger([]int{4, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1}))
	// Output: 2.1446
}

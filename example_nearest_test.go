package relent_test

import (
	"fmt"

	"github.com/relent-go/relent"
)

// The two documents whose topics are most like those of the query.
func ExampleIndex_Nearest() {
	index := relent.NewIndex(relent.MeasureJensenShannonDistance, topics)
	for _, n := range index.Nearest(nil, []float64{0.65, 0.25, 0.10}, 2) {
		fmt.Printf("document %d at %.4f\n", n.Index, n.Distance)
	}
	// Output:
	// document 2 at 0.0405
	// document 0 at 0.0431
}

// Many queries, two goroutines: the neighbours of each query follow those of the one before.
func ExampleIndex_NearestRows() {
	const k = 2
	index := relent.NewIndex(relent.MeasureHellinger, topics)
	found, err := index.NearestRows(nil, topics, k, relent.Run{Workers: 2})
	if err != nil {
		fmt.Println(err)
	}
	for i := range topics.Rows {
		other := found[i*k+1] // the nearest is the document itself
		fmt.Printf("document %d is most like %d, at %.4f\n", i, other.Index, other.Distance)
	}
	// Output:
	// document 0 is most like 2, at 0.0835
	// document 1 is most like 2, at 0.5468
	// document 2 is most like 0, at 0.0835
}

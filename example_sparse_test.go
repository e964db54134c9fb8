package relent_test

import (
	"context"
	"fmt"

	"github.com/relent-go/relent"
)

// The entropies of two documents' words.
func ExampleEachSparseRow() {
	fmt.Printf("%.4f\n", relent.EachSparseRow(nil, relent.MeasureEntropy, words))
	// Output: [0.6931 0.5623]
}

// The first document against two others.
func ExampleSparseOneToMany() {
	fmt.Printf("%.4f\n", relent.SparseOneToMany(nil, relent.MeasureJensenShannon, words.Slice(0, 1), moreWords, nil))
	// Output: [0.1079 0.6931]
}

func ExampleSparseManyToOne() {
	fmt.Printf("%.4f\n", relent.SparseManyToOne(nil, relent.MeasureKullbackLeibler, words, moreWords.Slice(1, 2), nil))
	// Output: [+Inf 0.0000]
}

func ExampleSparseAllPairs() {
	d := relent.SparseAllPairs(relent.Matrix[float64]{}, relent.MeasureTotalVariation, moreWords, nil)
	fmt.Println(d.Row(0), d.Row(1))
	// Output: [0 1] [1 0]
}

// Each document against a class of its own.
func ExampleSparseToDenseRowByRow() {
	fmt.Printf("%.4f\n", relent.SparseToDenseRowByRow(nil, relent.MeasureKullbackLeibler, words, classes, nil))
	// Output: [0.5108 0.3599]
}

func ExampleDenseToSparseRowByRow() {
	fmt.Printf("%.4f\n", relent.DenseToSparseRowByRow(nil, relent.MeasureJensenShannonDistance, classes, words, nil))
	// Output: [0.4048 0.3434]
}

// Documents against how often words are in the language.
func ExampleSparseToVector() {
	language := []float64{0.3, 0.25, 0.2, 0.1, 0.1, 0.05}
	fmt.Printf("%.4f\n", relent.SparseToVector(nil, relent.MeasureKullbackLeibler, words, language, nil))
	// Output: [1.4067 0.8797]
}

func ExampleVectorToSparse() {
	language := []float64{0.3, 0.25, 0.2, 0.1, 0.1, 0.05}
	fmt.Printf("%.4f\n", relent.VectorToSparse(nil, relent.MeasureTotalVariation, language, words, nil))
	// Output: [0.6500 0.5500]
}

// Sparse rows on two cores; the buffers serve further calls.
func ExampleSparseBatch() {
	batch := relent.SparseBatch[float64, int32]{
		Measure:   relent.MeasureHellinger,
		Workers:   2,
		Progress:  func(done, total int) { fmt.Println(done, "of", total) },
		Workspace: relent.NewSparseWorkspace[float64](2),
	}
	d, err := batch.RowByRow(context.Background(), nil, words, moreWords)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.4f\n", d)
	// Output:
	// 2 of 2
	// [0.3827 0.0000]
}

// Rows of which the second is null, and so needs no values.
func ExampleRaggedOneToMany() {
	fmt.Println(relent.RaggedOneToMany(nil, relent.MeasureTotalVariation, []float64{0.5, 0.5}, shares, 1))
	fmt.Println(relent.RaggedOneToMany(nil, relent.MeasureTotalVariation, []float64{0.5, 0.25, 0.25}, shares, 1))
	// Output:
	// [0 NaN 0.25] <nil>
	// [] relent: row 0: 3 values of p, 2 of q
}

func ExampleRaggedManyToOne() {
	fmt.Println(relent.RaggedManyToOne(nil, relent.MeasureChiSquare, shares, []float64{0.5, 0.5}, 1))
	// Output: [0 NaN 0.25] <nil>
}

// A context that is done ends it all.
func ExampleRaggedBatch() {
	batch := relent.RaggedBatch[float64, int32]{Measure: relent.MeasureEntropy, Workers: 2}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := batch.EachRow(ctx, nil, shares)
	fmt.Println(err)
	// Output: context canceled
}

var shares = func() *relent.Ragged[float64, int32] {
	r, err := relent.NewRagged([]float64{0.5, 0.5, 0.25, 0.75}, []int32{0, 2, 2, 4}, []byte{0b101}, 0)
	if err != nil {
		panic(err)
	}
	return r
}()

// How far a search is, in pairs of a query and a row.
func ExampleSearch() {
	search := relent.Search[float64]{
		Index:    relent.NewIndex(relent.MeasureKullbackLeibler, topics),
		K:        1,
		Progress: func(done, total int) { fmt.Println(done, "of", total) },
	}
	found, err := search.Nearest(context.Background(), nil, topics)
	fmt.Println(found, err)
	// Output:
	// 9 of 9
	// [{0 0} {1 0} {2 0}] <nil>
}

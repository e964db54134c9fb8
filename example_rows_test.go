package relent_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/relent-go/relent"
)

// A matrix that is there already: a view of its second and third column, without a copy.
func ExampleMatrix() {
	data := []float64{
		2019, 0.50, 0.50,
		2020, 0.25, 0.75,
	}
	shares := relent.Matrix[float64]{Rows: 2, Cols: 2, Stride: 3, Data: data[1:]}
	fmt.Printf("%.4f\n", relent.ManyToOne(nil, relent.MeasureKullbackLeibler, shares, []float64{0.5, 0.5}))
	// Output: [0.0000 0.1308]
}

func ExampleNewMatrix() {
	shares := relent.NewMatrix[float32](2, 4)
	for i := range shares.Rows {
		for j := range shares.Row(i) {
			shares.Row(i)[j] = 0.25
		}
	}
	fmt.Printf("%.4f bits\n", relent.EachRow(nil, relent.MeasureEntropy, shares)[0]*relent.BitsPerNat)
	// Output: 2.0000 bits
}

// A context ends a long job.
func ExampleBatch_ManyToMany() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := relent.Batch[float64]{Measure: relent.MeasureJensenShannon}.ManyToMany(ctx, relent.Matrix[float64]{}, topics, topics)
	fmt.Println(errors.Is(err, context.Canceled))
	// Output: true
}

// Rows of words, by number, and their shares: CSR. The words of a row ascend.
var words, moreWords = func() (a, b *relent.Sparse[float64, int32]) {
	a, err := relent.NewSparse(6, []int32{0, 2, 4}, []int32{0, 5, 1, 2}, []float64{0.5, 0.5, 0.75, 0.25})
	if err != nil {
		panic(err)
	}
	b, err = relent.NewSparse(6, []int32{0, 3, 5}, []int32{0, 4, 5, 1, 2}, []float64{0.25, 0.25, 0.5, 0.75, 0.25})
	if err != nil {
		panic(err)
	}
	return a, b
}()

func ExampleSparseRowByRow() {
	fmt.Printf("%.4f\n", relent.SparseRowByRow(nil, relent.MeasureJensenShannon, words, moreWords, nil))
	// Output: [0.1079 0.0000]
}

// A workspace, kept from call to call, is all that is allocated, if dst is there; it has the workers, here two.
func ExampleNewSparseWorkspace() {
	workspace := relent.NewSparseWorkspace[float64](2)
	dst := make([]float64, words.Rows())
	for _, m := range []relent.Measure{relent.MeasureTotalVariation, relent.MeasureHellinger} {
		fmt.Printf("%.4f\n", relent.SparseRowByRow(dst, m, words, moreWords, workspace))
	}
	// Output:
	// [0.2500 0.0000]
	// [0.3827 0.0000]
}

// The dense rows of a few classes.
var classes = relent.NewMatrix(2, 6,
	0.3, 0.1, 0.1, 0.1, 0.1, 0.3,
	0.1, 0.5, 0.2, 0.1, 0.05, 0.05,
)

// Which class is each sparse row nearest to?
func ExampleSparseToDense() {
	d := relent.SparseToDense(relent.Matrix[float64]{}, relent.MeasureKullbackLeibler, words, classes, nil)
	for i := range d.Rows {
		fmt.Printf("%.4f\n", d.Row(i))
	}
	// Output:
	// [0.5108 1.9560]
	// [1.7402 0.3599]
}

func ExampleDenseToSparse() {
	d := relent.DenseToSparse(relent.Matrix[float64]{}, relent.MeasureJensenShannonDistance, classes, words, nil)
	for i := range d.Rows {
		fmt.Printf("%.4f\n", d.Row(i))
	}
	// Output:
	// [0.4048 0.6592]
	// [0.6886 0.3434]
}

// Histograms of different numbers of bins, then and now; the third has no data.
func ExampleRaggedRowByRow() {
	offsets, valid := []int32{0, 2, 5, 5}, []byte{0b011}
	then, err := relent.NewRagged([]float64{0.5, 0.5, 0.2, 0.3, 0.5}, offsets, valid, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	now, err := relent.NewRagged([]float64{0.4, 0.6, 0.2, 0.3, 0.5}, offsets, valid, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	psi, err := relent.RaggedRowByRow(nil, relent.MeasureJeffreys, then, now, 1)
	fmt.Printf("%.4f %v\n", psi, err)
	// Output: [0.0405 0.0000 NaN] <nil>
}

func ExampleNewRagged() {
	_, err := relent.NewRagged([]float64{0.5, 0.5, 1}, []int32{0, 2, 4}, nil, 0)
	fmt.Println(err)
	// Output: relent: row 1: offset 4 is beyond the 3 values
}

// A classifier of float32 rows: the class with the nearest of its rows.
func ExampleNewIndex() {
	rows := relent.NewMatrix[float32](3, 2,
		0.9, 0.1,
		0.5, 0.5,
		0.1, 0.9,
	)
	labels := []string{"left", "middle", "right"}
	index := relent.NewIndex(relent.MeasureTotalVariation, rows)
	found := make([]relent.Neighbor, 1) // kept from call to call: nothing is allocated
	for _, query := range [][]float32{{0.8, 0.2}, {0.4, 0.6}} {
		fmt.Println(labels[index.Nearest(found, query, 1)[0].Index])
	}
	// Output:
	// left
	// middle
}

// Log loss of float32 scores in batches.
func ExampleStream_Add() {
	s := relent.NewStream[float32](relent.MeasureBinaryCrossEntropy)
	for _, batch := range []struct{ labels, scores []float32 }{
		{[]float32{1, 0}, []float32{0.75, 0.5}},
		{[]float32{1}, []float32{0.25}},
	} {
		s.Add(batch.labels, batch.scores)
		fmt.Printf("%.4f after %d\n", s.Value()/float64(s.Count()), s.Count())
	}
	// Output:
	// 0.4904 after 2
	// 0.7890 after 3
}

// Streams of two halves, and of all. Any order of merges gives the same bits.
func ExampleStream_Merge() {
	a, b := relent.NewStream[float64](relent.MeasureJensenShannonDistance), relent.NewStream[float64](relent.MeasureJensenShannonDistance)
	a.Add(observed[:2], expected[:2])
	b.Add(observed[2:], expected[2:])
	a.Merge(b)
	fmt.Printf("%.6f\n", a.Value())
	// Output: 0.206094
}

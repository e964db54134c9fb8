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
	fmt.Printf("%.4f\n", relent.RowByRow(nil, relent.MeasureKullbackLeibler, shares, relent.Vector[float64]{0.5, 0.5}))
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

// A context cancels a long job.
func ExampleRunManyToMany() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := relent.RunManyToMany(relent.Run{Context: ctx}, relent.Matrix[float64]{}, relent.MeasureJensenShannon, topics, topics)
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

// Documents against each other, and against how often words are in the language.
func ExampleSparse() {
	language := relent.Vector[float64]{0.3, 0.25, 0.2, 0.1, 0.1, 0.05}
	fmt.Printf("%.4f\n", relent.RowByRow(nil, relent.MeasureJensenShannon, words, moreWords))
	fmt.Printf("%.4f\n", relent.RowByRow(nil, relent.MeasureKullbackLeibler, words, language))
	fmt.Printf("%.4f\n", relent.EachRow(nil, relent.MeasureEntropy, words))
	// Output:
	// [0.1079 0.0000]
	// [1.4067 0.8797]
	// [0.6931 0.5623]
}

// Scratch memory, kept from call to call, is all that is allocated, if dst is there.
func ExampleScratch() {
	run := relent.Run{Workers: 2, Scratch: new(relent.Scratch)}
	dst := make([]float64, words.Rows())
	for _, m := range []relent.Measure{relent.MeasureTotalVariation, relent.MeasureHellinger} {
		d, err := relent.RunRowByRow(run, dst, m, words, classes)
		fmt.Printf("%.4f %v\n", d, err)
	}
	// Output:
	// [0.4000 0.3000] <nil>
	// [0.4748 0.4050] <nil>
}

// The dense rows of a few classes.
var classes = relent.NewMatrix(2, 6,
	0.3, 0.1, 0.1, 0.1, 0.1, 0.3,
	0.1, 0.5, 0.2, 0.1, 0.05, 0.05,
)

// Which class is each sparse row nearest to?
func ExampleManyToMany_sparse() {
	d := relent.ManyToMany(relent.Matrix[float64]{}, relent.MeasureKullbackLeibler, words, classes)
	for i := range d.Rows {
		fmt.Printf("%.4f\n", d.Row(i))
	}
	// Output:
	// [0.5108 1.9560]
	// [1.7402 0.3599]
}

// Histograms of different numbers of bins, then and now; the third has no data.
func ExampleRunRowByRow() {
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
	psi, err := relent.RunRowByRow(relent.Run{}, nil, relent.MeasureJeffreys, then, now)
	fmt.Printf("%.4f %v\n", psi, err)
	_, err = relent.RunRowByRow(relent.Run{}, nil, relent.MeasureJeffreys, then, relent.Vector[float64]{0.5, 0.5})
	fmt.Println(err)
	// Output:
	// [0.0405 0.0000 NaN] <nil>
	// relent: RowByRow: row 1: 3 values of p, 2 of q
}

// Three rows, the second null.
func ExampleRunEachRow() {
	rows, err := relent.NewRagged([]float64{0.5, 0.5, 1, 0.25, 0.75}, []int32{0, 2, 3, 5}, []byte{0b101}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	entropies, err := relent.RunEachRow(relent.Run{Workers: 2}, nil, relent.MeasureEntropy, rows)
	fmt.Printf("%.4f %v\n", entropies, err)
	// Output: [0.6931 NaN 0.5623] <nil>
}

func ExampleNewSparse() {
	_, err := relent.NewSparse(10, []int32{0, 2}, []int32{7, 3}, []float64{0.5, 0.5})
	fmt.Println(err)
	// Output: relent: row 0: column 3, entry 1, comes after column 7
}

// Counts become distributions, in place.
func ExampleNormalize() {
	rows := relent.NewMatrix[float64](2, 2, 3, 1, 5, 5)
	_, err := relent.Normalize(rows, rows)
	fmt.Println(rows.Row(0), rows.Row(1), err)
	_, err = relent.Normalize(rows, relent.NewMatrix[float64](2, 2, 3, 1, 0, 0))
	fmt.Println(err)
	// Output:
	// [0.75 0.25] [0.5 0.5] <nil>
	// relent: row 1 sums to 0
}

func ExampleValidateDistribution() {
	fmt.Println(relent.ValidateDistribution(topics, 1e-9))
	fmt.Println(relent.ValidateDistribution(relent.NewMatrix(1, 2, 0.5, 0.625), 1e-9))
	// Output:
	// <nil>
	// relent: row 0 sums to 1.125
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

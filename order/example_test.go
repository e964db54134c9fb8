package order_test

import (
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/order"
)

var p, q = []float64{0.5, 0.25, 0.25}, []float64{0.25, 0.25, 0.5}

func ExampleBetween() {
	for _, m := range []order.Measure{
		order.Renyi(0.5), order.Renyi(1), order.Renyi(2), order.Renyi(math.Inf(1)), order.Tsallis(2), order.Alpha(0.5),
		order.CressieRead(1), order.Triangular,
	} {
		fmt.Printf("%v %.4f\n", m, order.Between(m, p, q))
	}
	// Output:
	// Renyi(0.5) 0.0877
	// Renyi(1) 0.1733
	// Renyi(2) 0.3185
	// Renyi(+Inf) 0.6931
	// Tsallis(2) 0.3750
	// Alpha(0.5) 0.1716
	// CressieRead(1) 0.3750
	// Triangular 0.1667
}

func ExampleSkewKullbackLeibler() {
	fmt.Printf("%.4f\n", order.Between(order.SkewKullbackLeibler(0.5), p, q))
	fmt.Printf("%.4f\n", order.Between(order.SkewJensenShannon(0.5), p, q))
	fmt.Printf("%.4f\n", order.Between(order.WeightedJensenShannon(0.25), p, q))
	// Output:
	// 0.0425
	// 0.0425
	// 0.0320
}

func ExampleBetweenCounts() {
	observed, expected := []int{10, 20, 30, 0}, []int{12, 18, 30, 5}
	value, touched := order.BetweenCounts(order.CressieRead(2./3), observed, expected, relent.Skip)
	fmt.Printf("%.6f %+v\n", value, touched)
	// Output:
	// 0.009324 {OneSide:1 BothSides:0}
}

func ExampleManyToMany() {
	rows := relent.Matrix[float64]{Rows: 2, Cols: 3, Stride: 3, Data: append(append([]float64{}, p...), q...)}
	fmt.Printf("%.4f\n", order.ManyToMany(relent.Matrix[float64]{}, order.Renyi(2), rows, rows).Data)
	fmt.Printf("%.4f\n", order.AllPairs(relent.Matrix[float64]{}, order.Renyi(2), rows).Data)
	fmt.Printf("%.4f\n", order.RowByRow(nil, order.Renyi(2), rows, rows))
	// Output:
	// [0.0000 0.3185 0.3185 0.0000]
	// [0.0000 0.3185 0.3185 0.0000]
	// [0.0000 0.0000]
}

func ExampleJensenShannonOf() {
	rows := relent.Matrix[float64]{Rows: 3, Cols: 2, Stride: 2, Data: []float64{1, 0, 0, 1, 0.5, 0.5}}
	fmt.Printf("%.4f\n", order.JensenShannonOf([]float64{0.25, 0.25, 0.5}, rows))
	// Output:
	// 0.3466
}

func ExampleHill() {
	fmt.Printf("%.4f\n", order.Hill(2, p))
	fmt.Printf("%.4f\n", order.HillOfCounts(0, []int{10, 0, 3}))
	fmt.Printf("%.4f\n", order.Perplexity(p))
	// Output:
	// 2.6667
	// 2.0000
	// 2.8284
}

func ExampleRenyiEntropy() {
	fmt.Printf("%.4f\n", order.RenyiEntropy(2, p))
	fmt.Printf("%.4f\n", order.TsallisEntropy(2, p))
	fmt.Printf("%.4f\n", order.RenyiEntropyOfCounts(2, []int{2, 1, 1}))
	fmt.Printf("%.4f\n", order.TsallisEntropyOfCounts(2, []int{2, 1, 1}))
	// Output:
	// 0.9808
	// 0.6250
	// 0.9808
	// 0.6250
}

func ExampleParseMeasure() {
	m, err := order.ParseMeasure("Renyi(0.5)")
	fmt.Println(m == order.Renyi(0.5), err)
	_, err = order.ParseMeasure("WeightedJensenShannon(2)")
	fmt.Println(err)
	// Output:
	// true <nil>
	// order: "WeightedJensenShannon(2)": the parameter of WeightedJensenShannon is a number from 0 to 1
}

package relent_test

import (
	"fmt"
	"math"

	"github.com/relent-go/relent"
)

// A measure that is chosen when the program runs.
func ExampleBetween() {
	for _, m := range []relent.Measure{relent.MeasureKullbackLeibler, relent.MeasureJensenShannonDistance, relent.MeasureTotalVariation} {
		fmt.Printf("%v %.4f, symmetric: %v\n", m, relent.Between(m, observed, expected), m.Symmetric())
	}
	// Output:
	// KullbackLeibler 0.1733, symmetric: false
	// JensenShannonDistance 0.2061, symmetric: true
	// TotalVariation 0.2500, symmetric: true
}

func ExampleBhattacharyya() {
	fmt.Printf("%.6f\n", relent.Bhattacharyya(observed, expected))
	// Output: 0.043840
}

func ExampleTotalVariation() {
	fmt.Println(relent.TotalVariation(observed, expected))
	// Output: 0.25
}

// A die thrown 60 times.
func ExampleChiSquare() {
	thrown := []float64{8, 9, 12, 11, 6, 14}
	fair := []float64{10, 10, 10, 10, 10, 10}
	fmt.Printf("%.1f\n", relent.ChiSquare(thrown, fair))
	// Output: 4.2
}

// The entropy of three forecasts of rain, all together.
func ExampleBinaryEntropy() {
	fmt.Printf("%.4f bits\n", relent.BinaryEntropy([]float64{0.5, 0.5, 1})*relent.BitsPerNat)
	// Output: 2.0000 bits
}

func ExampleBinaryKullbackLeibler() {
	rates, forecasts := []float64{0.5, 0.1}, []float64{0.25, 0.1}
	fmt.Printf("%.6f\n", relent.BinaryKullbackLeibler(rates, forecasts))
	// Output: 0.143841
}

func ExampleBernoulliEntropy() {
	fmt.Printf("%.4f bits\n", relent.BernoulliEntropy(0.25)*relent.BitsPerNat)
	// Output: 0.8113 bits
}

func ExampleBernoulliCrossEntropy() {
	fmt.Printf("%.4f\n", relent.BernoulliCrossEntropy(1, 0.8))
	// Output: 0.2231
}

func ExampleBernoulliKullbackLeibler() {
	fmt.Printf("%.6f\n", relent.BernoulliKullbackLeibler(0.5, 0.25))
	// Output: 0.143841
}

// A nil destination is allocated.
func ExampleEntropyTerms() {
	fmt.Printf("%.4f\n", relent.EntropyTerms(nil, observed))
	// Output: [0.3466 0.3466 0.2599 0.2599]
}

// Which bin contributes most.
func ExampleGeneralizedKullbackLeiblerTerms() {
	fmt.Printf("%.4f\n", relent.GeneralizedKullbackLeiblerTerms(nil, observed, expected))
	// Output: [0.0966 0.0000 0.0384 0.0384]
}

func ExampleExp() {
	fmt.Printf("%.4f\n", relent.Exp(nil, []float64{0, 1, -1000}))
	// Output: [1.0000 2.7183 0.0000]
}

// In place.
func ExampleLog() {
	x := []float64{1, 10, 0}
	relent.Log(x, x)
	fmt.Printf("%.4f\n", x)
	// Output: [0.0000 2.3026 -Inf]
}

// For small x, what exp(x) - 1 would lose.
func ExampleExpm1() {
	fmt.Println(relent.Expm1(nil, []float64{1e-20, 0, math.Inf(-1)}))
	// Output: [1e-20 0 -1]
}

// For small x, what log(1+x) would lose.
func ExampleLog1p() {
	fmt.Println(relent.Log1p(nil, []float64{1e-20, 0, -1}))
	// Output: [1e-20 0 -Inf]
}

// Two samples, rows, of three classes.
func ExampleLogSumExp() {
	logits := relent.NewMatrix[float64](2, 3,
		-1000, -1001, -1002,
		-3, -4, -5,
	)
	fmt.Printf("%.4f\n", relent.LogSumExp(nil, logits))
	// Output: [-999.5924 -2.5924]
}

// The probabilities of the classes of two samples, rows; the last class of the second one is masked.
func ExampleSoftmax() {
	logits := relent.NewMatrix[float32](2, 3,
		2, 1, 0,
		0, 0, float32(math.Inf(-1)),
	)
	shares := relent.Softmax(relent.Matrix[float32]{}, logits)
	fmt.Printf("%.4f\n%.4f\n", shares.Row(0), shares.Row(1))
	// Output:
	// [0.6652 0.2447 0.0900]
	// [0.5000 0.5000 0.0000]
}

// In place.
// Logits of 16 bits are rows of float32, as halves are everywhere.
func ExampleSoftmax_halves() {
	bits := []uint16{0x3c00, 0x4000, 0x4200} // binary16: 1, 2, 3
	logits := relent.HalfMatrix[relent.Float16]{Rows: 1, Cols: 3, Data: relent.Halves[relent.Float16](bits), Stride: 3}
	fmt.Printf("%.4f\n", relent.Softmax(relent.Matrix[float32]{}, logits).Row(0))
	// Output: [0.0900 0.2447 0.6652]
}

func ExampleLogSoftmax() {
	logits := relent.NewMatrix[float64](1, 2, 0, -1000)
	fmt.Printf("%.4f\n", relent.LogSoftmax(logits, logits).Row(0))
	// Output: [0.0000 -1000.0000]
}

// Rows by two goroutines.
func ExampleRunLogSumExp() {
	sums, err := relent.RunLogSumExp(relent.Run{Workers: 2}, nil, relent.NewMatrix[float64](2, 2, 0, 0, -1000, -1000))
	fmt.Printf("%.4f %v\n", sums, err)
	// Output: [0.6931 -999.3069] <nil>
}

func ExampleRunSoftmax() {
	shares, err := relent.RunSoftmax(relent.Run{Workers: 2}, relent.Matrix[float64]{}, relent.NewMatrix[float64](1, 2, 5, 5))
	fmt.Println(shares.Data, err)
	// Output: [0.5 0.5] <nil>
}

func ExampleRunLogSoftmax() {
	logs, err := relent.RunLogSoftmax(relent.Run{Workers: 2}, relent.Matrix[float64]{}, relent.NewMatrix[float64](1, 2, 5, 5))
	fmt.Printf("%.4f %v\n", logs.Data, err)
	// Output: [-0.6931 -0.6931] <nil>
}

// Log densities of two rows, columns here, under the components of a mixture, rows here: what exp would make 0 counts.
func ExampleLogSumExpColumns() {
	densities := relent.NewMatrix[float64](3, 2,
		-1000, -3,
		-1001, -4,
		-1002, -5,
	)
	sums, _ := relent.LogSumExpColumns(nil, densities, relent.Run{})
	fmt.Printf("%.4f\n", sums)
	// Output: [-999.5924 -2.5924]
}

// The probabilities of the classes, rows here, of two samples.
func ExampleSoftmaxColumns() {
	logits := relent.NewMatrix[float64](3, 2,
		2, 0,
		1, 0,
		0, 0,
	)
	shares, logSums, _ := relent.SoftmaxColumns(relent.Matrix[float64]{}, nil, logits, relent.Run{})
	for i := range shares.Rows {
		fmt.Printf("%.4f\n", shares.Row(i))
	}
	fmt.Printf("%.4f\n", logSums)
	// Output:
	// [0.6652 0.3333]
	// [0.2447 0.3333]
	// [0.0900 0.3333]
	// [2.4076 1.0986]
}

// Columns in parts, by two goroutines.
func ExampleLogSumExpColumns_workers() {
	densities := relent.NewMatrix[float64](2, 3, 0, -1000, -1, 0, -1000, -1)
	sums, err := relent.LogSumExpColumns(nil, densities, relent.Run{Workers: 2})
	fmt.Printf("%.4f %v\n", sums, err)
	// Output: [0.6931 -999.3069 -0.3069] <nil>
}

func ExampleSoftmaxColumns_workers() {
	logits := relent.NewMatrix[float32](2, 2, 0, 5, 0, 5)
	shares, logSums, err := relent.SoftmaxColumns(relent.Matrix[float32]{}, nil, logits, relent.Run{Workers: 2})
	fmt.Printf("%.4f %.4f %v\n", shares.Data, logSums, err)
	// Output: [0.5000 0.5000 0.5000 0.5000] [0.6931 5.6931] <nil>
}

// Independent variables: deviations instead of a matrix.
func ExampleNewDiagonalFactor() {
	factor, err := relent.NewDiagonalFactor(average, []float64{10, 5})
	if err != nil {
		panic(err)
	}
	distances, _ := factor.Mahalanobis(nil, people, relent.Run{})
	fmt.Printf("%.4f\n", distances)
	// Output: [1.5620 1.5620 0.0000]
}

// The inverse of L, where that is known.
func ExampleNewPrecisionFactor() {
	inverse := relent.NewMatrix(2, 2,
		0.1, 0,
		-0.075, 0.125,
	)
	factor, err := relent.NewPrecisionFactor(average, inverse)
	if err != nil {
		panic(err)
	}
	distances, _ := factor.SqMahalanobis(nil, people, relent.Run{})
	fmt.Printf("%.4f\n", distances)
	// Output: [1.0000 3.2500 0.0000]
}

// Which instruction set computes; the name is that of one of ISAs.
func ExampleISA() {
	for _, isa := range relent.ISAs() {
		if isa == relent.ISA() {
			fmt.Println("one of them")
		}
	}
	// Output: one of them
}

// Every CPU has plain Go.
func ExampleISAs() {
	all := relent.ISAs()
	fmt.Println(all[len(all)-1])
	// Output: generic
}

// All instruction sets give the same bits. The best one is in force unless another is set, here or by RELENT_ISA.
func ExampleSetISA() {
	defer relent.SetISA(relent.ISA())
	best := relent.JensenShannon(observed, expected)
	for _, isa := range relent.ISAs() {
		if err := relent.SetISA(isa); err != nil {
			fmt.Println(err)
		}
		if relent.JensenShannon(observed, expected) != best {
			fmt.Println(isa, "differs")
		}
	}
	fmt.Println(relent.ISA()) // the last of them
	// Output: generic
}

func ExampleParseMeasure() {
	for _, name := range []string{"JensenShannonDistance", "KullbackLeibler reversed", "Chebyshev"} {
		measure, err := relent.ParseMeasure(name)
		fmt.Println(measure, err)
	}
	// Output:
	// JensenShannonDistance <nil>
	// KullbackLeibler reversed <nil>
	// Measure(0) relent: no measure is called "Chebyshev"
}

package loss_test

import (
	"fmt"
	"log"
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/loss"
)

// A step of distillation: the divergence from the teacher at a temperature, with the gradient of the mean over the batch, times T² as is usual,
// in the place of the student's logits.
func ExampleKullbackLeibler() {
	teacher := relent.NewMatrix[float32](2, 3, 4, 1, 0, 0, 3, 1)
	student := relent.NewMatrix[float32](2, 3, 2, 1, 0, 1, 1, 1)
	const t = 2
	distillation := loss.KullbackLeibler[float32]{Temperature: t, Scale: t * t / 2.}
	total, grad, err := distillation.ValueGrad(nil, student, teacher, student, relent.Run{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("loss %.4f\ngradient %.4f\n         %.4f\n", t*t*total.Mean, grad.Row(0), grad.Row(1))
	// Output:
	// loss 0.6054
	// gradient [-0.2296 0.1429 0.0867]
	//          [0.1931 -0.2952 0.1021]
}

// Only the student's own mistakes count, as in training on its samples.
func ExampleKullbackLeibler_reverse() {
	teacher := relent.NewMatrix[float64](1, 3, 4, 1, math.Inf(-1))
	student := relent.NewMatrix[float64](1, 3, 4, 2, math.Inf(-1))
	total, err := loss.KullbackLeibler[float64]{Reverse: true}.Value(nil, teacher, student, relent.Run{})
	fmt.Printf("%.4f %v\n", total.Sum, err)
	// Output: 0.0409 <nil>
}

// Both sides learn.
func ExampleJensenShannon_TeacherGrad() {
	a := relent.NewMatrix[float64](1, 2, 1, 0)
	b := relent.NewMatrix[float64](1, 2, 0, 0)
	total, ofB, _ := loss.JensenShannon[float64]{}.ValueGrad(nil, relent.Matrix[float64]{}, a, b, relent.Run{})
	_, ofA, _ := loss.JensenShannon[float64]{}.TeacherGrad(nil, relent.Matrix[float64]{}, a, b, relent.Run{})
	fmt.Printf("%.4f, gradients %.4f and %.4f\n", total.Sum, ofA.Data, ofB.Data)
	// Output: 0.0285, gradients [0.0520 -0.0520] and [-0.0588 0.0588]
}

// A teacher of whom only the two most likely classes are known, and the probability of all others together.
func ExampleTopK() {
	classes := []int{4, 1}
	logProbs := relent.NewMatrix(1, 3, math.Log(0.6), math.Log(0.3), math.Log(0.1))
	student := relent.NewMatrix[float64](1, 6, 0, 1, 0, 0, 2, 0)
	total, grad, err := loss.TopK[float64]{}.ValueGrad(nil, relent.Matrix[float64]{}, classes, logProbs, student, relent.Run{})
	fmt.Printf("%.4f %.4f %v\n", total.Sum, grad.Data, err)
	// Output: 0.1101 [0.0459 -0.1073 0.0459 0.0459 -0.0762 0.0459] <nil>
}

// A classifier whose targets are smoothed. Its second row is padding.
func ExampleCrossEntropy() {
	logits := relent.NewMatrix[float32](3, 3, 5, 1, 0, 9, 9, 9, 0, 2, 1)
	classes := []int{0, -100, 1}
	smoothed := loss.CrossEntropy[float32]{Smoothing: 0.1}
	total, err := smoothed.Value(nil, logits, classes, relent.Run{})
	fmt.Printf("%.4f, mean of %d: %.4f, %v\n", total.Rows, total.Count, total.Mean, err)
	// Output: [0.3247 0.0000 0.5076], mean of 2: 0.4162, <nil>
}

func ExampleSoftCrossEntropy() {
	targets := relent.NewMatrix[float64](1, 3, 0.5, 0.5, 0)
	logits := relent.NewMatrix[float64](1, 3, 1, 0, 0)
	total, grad, _ := loss.SoftCrossEntropy[float64]{}.ValueGrad(nil, relent.Matrix[float64]{}, targets, logits, relent.Run{})
	fmt.Printf("%.4f %.4f\n", total.Sum, grad.Data)
	// Output: 1.0514 [0.0761 -0.2881 0.2119]
}

// Labels of several kinds at once, the rare ones weighing three times as much.
func ExampleBinary() {
	targets := relent.NewMatrix[float32](1, 3, 1, 0, 1)
	logits := relent.NewMatrix[float32](1, 3, 2, -3, -1)
	total, grad, _ := loss.Binary[float32]{PositiveWeight: 3}.ValueGrad(nil, relent.Matrix[float32]{}, targets, logits, relent.Run{})
	fmt.Printf("%.4f %.4f\n", total.Sum, grad.Data)
	// Output: 4.3692 [-0.3576 0.0474 -2.1932]
}

func ExampleFocal() {
	targets := relent.NewMatrix[float32](1, 2, 1, 0)
	logits := relent.NewMatrix[float32](1, 2, 2, 0)
	total, _ := loss.Focal[float32]{Alpha: 0.25, Gamma: 2}.Value(nil, targets, logits, relent.Run{})
	fmt.Printf("%.4f\n", total.Sum)
	// Output: 0.1304
}

// The term of a variational autoencoder for a batch of two, with its gradients.
func ExampleStandardNormal() {
	means := relent.NewMatrix[float32](2, 2, 0.5, -1, 0, 0)
	logVariances := relent.NewMatrix[float32](2, 2, 0, -0.5, 0, 0)
	total, ofMeans, ofLogVariances, _ := loss.StandardNormal[float32]{}.ValueGrad(nil, relent.Matrix[float32]{}, relent.Matrix[float32]{},
		means, logVariances, relent.Run{})
	fmt.Printf("%.4f %.4f %.4f\n", total.Rows, ofMeans.Data, ofLogVariances.Data)
	// Output: [0.6783 0.0000] [0.5000 -1.0000 0.0000 0.0000] [0.0000 -0.1967 0.0000 0.0000]
}

// What a variational autoencoder adds to its loss for one sample.
func ExampleStandardNormalKullbackLeibler() {
	mean, logVariance := []float32{0.5, -1, 0}, []float32{0, -0.5, 0}
	fmt.Printf("%.6f\n", loss.StandardNormalKullbackLeibler(mean, logVariance))
	// Output: 0.678265
}

func ExampleDiagonalNormalKullbackLeibler() {
	mean, logVariance := []float64{0.5, -1, 0}, []float64{0, -0.5, 0}
	priorMean, priorLogVariance := []float64{0.5, 0, 0}, []float64{0, -0.5, 1}
	fmt.Printf("%.6f\n", loss.DiagonalNormalKullbackLeibler(mean, logVariance, priorMean, priorLogVariance))
	// Output: 1.008300
}

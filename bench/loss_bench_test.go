package main

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/loss"
)

// BenchmarkLoss has losses of rows of logits, and what they are made of: few long rows, and many short ones.
func BenchmarkLoss(b *testing.B) {
	b.Run("f64", benchmarkLosses[float64])
	b.Run("f32", benchmarkLosses[float32])
}

func benchmarkLosses[F relent.Float](b *testing.B) {
	defer use(relent.ISA())
	for _, shape := range [][2]int{{64, 10000}, {256, 1000}, {4096, 10}} {
		l := newLogits[F](shape[0], shape[1])
		for _, isa := range relent.ISAs() {
			for _, c := range l.calls() {
				b.Run(fmt.Sprintf("%s/%s/%d×%d", c.name, isa, shape[0], shape[1]), func(b *testing.B) {
					use(isa)
					b.ReportAllocs()
					for b.Loop() {
						c.call()
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(shape[0]*shape[1]), "ns/logit")
				})
			}
		}
	}
}

// logits are rows of a teacher and of a student, targets and classes, and room for results.
type logits[F relent.Float] struct {
	teacher, student, targets, grad, grad2 relent.Matrix[F]
	classes                                []int
	dst                                    []float64
	sums                                   []F
}

func newLogits[F relent.Float](rows, cols int) *logits[F] {
	r := rand.New(rand.NewPCG(1, uint64(rows)))
	l := &logits[F]{
		teacher: relent.NewMatrix[F](rows, cols), student: relent.NewMatrix[F](rows, cols), targets: relent.NewMatrix[F](rows, cols),
		grad: relent.NewMatrix[F](rows, cols), grad2: relent.NewMatrix[F](rows, cols), classes: make([]int, rows), dst: make([]float64, rows), sums: make([]F, rows),
	}
	for i := range l.teacher.Data {
		l.teacher.Data[i], l.student.Data[i] = F(2*r.NormFloat64()), F(2*r.NormFloat64())
	}
	for i := range l.classes {
		l.classes[i] = r.IntN(cols)
	}
	relent.Softmax(l.targets, l.teacher)
	return l
}

// A lossCall computes all rows once.
type lossCall struct {
	name string
	call func()
}

func (l *logits[F]) calls() []lossCall {
	run := relent.Run{}
	return []lossCall{
		{"Softmax", func() { relent.Softmax(l.grad, l.student) }},
		{"LogSumExp", func() { relent.LogSumExp(l.sums, l.student) }},
		{"KullbackLeibler", func() { loss.KullbackLeibler[F]{}.Value(l.dst, l.teacher, l.student, run) }},
		{"KullbackLeiblerGrad", func() { loss.KullbackLeibler[F]{}.ValueGrad(l.dst, l.grad, l.teacher, l.student, run) }},
		{"JensenShannon", func() { loss.JensenShannon[F]{}.Value(l.dst, l.teacher, l.student, run) }},
		{"JensenShannonGrad", func() { loss.JensenShannon[F]{}.ValueGrad(l.dst, l.grad, l.teacher, l.student, run) }},
		{"CrossEntropy", func() { loss.CrossEntropy[F]{}.Value(l.dst, l.student, l.classes, run) }},
		{"CrossEntropyGrad", func() { loss.CrossEntropy[F]{}.ValueGrad(l.dst, l.grad, l.student, l.classes, run) }},
		{"SoftCrossEntropyGrad", func() { loss.SoftCrossEntropy[F]{}.ValueGrad(l.dst, l.grad, l.targets, l.student, run) }},
		{"BinaryGrad", func() { loss.Binary[F]{}.ValueGrad(l.dst, l.grad, l.targets, l.student, run) }},
		{"FocalGrad", func() { loss.Focal[F]{Gamma: 2}.ValueGrad(l.dst, l.grad, l.targets, l.student, run) }},
		{"StandardNormalGrad", func() {
			loss.StandardNormal[F]{}.ValueGrad(l.dst, l.grad, l.grad2, l.teacher, l.student, run)
		}},
	}
}

package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/loss"
)

// lossShapes are rows and classes: few long rows, and many short ones.
var lossShapes = [][2]int{{64, 10000}, {256, 1000}, {4096, 10}}

func reportLosses(to page) error {
	to.paragraph("Losses of rows of logits, and softmax: nanoseconds a logit, of rows × classes.")
	header := []string{"loss"}
	cells := map[string][]string{}
	var names []string
	for _, shape := range lossShapes {
		progress("losses, %d×%d", shape[0], shape[1])
		header = append(header, fmt.Sprintf("f64, %d×%d", shape[0], shape[1]), fmt.Sprintf("f32, %d×%d", shape[0], shape[1]))
		wide, narrow := newLogits[float64](shape[0], shape[1]).calls(), newLogits[float32](shape[0], shape[1]).calls()
		names = names[:0]
		for i, c := range wide {
			names = append(names, c.name)
			for _, call := range []func(){c.call, narrow[i].call} {
				cells[c.name] = append(cells[c.name], digits3(nanosecondsOf(call)/float64(shape[0]*shape[1])))
			}
		}
	}
	var rows [][]string
	for _, name := range names {
		rows = append(rows, append([]string{name}, cells[name]...))
	}
	to.table(1, header, rows)
	return nil
}

// nanosecondsOf is the fewest that a call takes, of some after the first.
func nanosecondsOf(call func()) float64 {
	call()
	best := 0.0
	for range 7 {
		start := time.Now()
		call()
		if t := float64(time.Since(start).Nanoseconds()); best == 0 || t < best {
			best = t
		}
	}
	return best
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

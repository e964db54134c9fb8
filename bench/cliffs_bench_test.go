package main

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/relent-go/relent"
)

// BenchmarkCliffs measures elements that users have and random numbers are not: p equal to q, bins that are empty, a q that is 0
// beside a p that is not. It reports their time as a multiple of that of ordinary elements, timed in turns with them. Names are
// measure, type of the elements, instruction set, shape (a pair, or rows against one), elements and kind:
//
//	go test -run - -bench 'Cliffs/KullbackLeibler$/f64/' -benchtime 1x ./bench
func BenchmarkCliffs(b *testing.B) {
	for _, m := range measures {
		if m.writes || m.inputs == near {
			continue
		}
		b.Run(m.name, func(b *testing.B) {
			b.Run("f64", func(b *testing.B) { benchmarkCliffs(b, m, m.f64.relent) })
			b.Run("f32", func(b *testing.B) { benchmarkCliffs(b, m, m.f32.relent) })
		})
	}
}

// A kind changes element i of ordinary vectors of n elements to what it is called. Probabilities of success may be up to 1.
type kind[F relent.Float] struct {
	name   string
	change func(i, n int, p, q *F)
}

func kinds[F relent.Float]() []kind[F] {
	return []kind[F]{
		{"equal", func(_, _ int, p, q *F) { *q = *p }},
		{"equalSome", func(i, _ int, p, q *F) { // half of the bins are empty
			if *q = *p; i%2 == 0 {
				*p, *q = 0, 0
			}
		}},
		{"ulp", func(i, n int, p, q *F) { // one element differs in its last place
			if *q = *p; i == n/2 {
				*q *= 1 + F(math.Ldexp(1, 1-8*elementBytes([]F{0})+map[int]int{8: 12, 4: 9}[elementBytes([]F{0})]))
			}
		}},
		{"zero", func(_, _ int, p, q *F) { *p, *q = 0, 0 }},
		{"zeroP", func(_, _ int, p, _ *F) { *p = 0 }},
		{"oneHot", func(i, n int, p, q *F) {
			*p, *q = 0, 0
			if i == n/2 {
				*p, *q = 1, 1
			}
		}},
		{"hole", func(i, n int, _, q *F) { // an empty bin in q alone
			if i == n/2 {
				*q = 0
			}
		}},
		{"holes", func(i, n int, p, q *F) { // every fourth in q, every fourth in p
			switch i % 4 {
			case 1:
				*q = 0
			case 3:
				*p = 0
			}
		}},
		{"emptyBins", func(i, n int, p, q *F) {
			if i%3 == 0 {
				*p, *q = 0, 0
			}
		}},
	}
}

func benchmarkCliffs[F relent.Float](b *testing.B, m measure, f function[F]) {
	defer use(relent.ISA())
	for _, isa := range relent.ISAs() {
		for _, n := range []int{64, 1024, 5000} {
			p, q := make([]F, n), make([]F, n)
			fill(m.inputs, p, q)
			for _, k := range kinds[F]() {
				x, y := changed(p, q, k)
				b.Run(fmt.Sprintf("%s/pair/n=%d/%s", isa, n, k.name), func(b *testing.B) {
					use(isa)
					reportCliff(b, n, func() { f(p, q) }, n, func() { f(x, y) })
				})
			}
			reportRowCliffs[F](b, m, isa, n)
		}
	}
}

func changed[F relent.Float](p, q []F, k kind[F]) (x, y []F) {
	x, y = append([]F(nil), p...), append([]F(nil), q...)
	for i := range x {
		k.change(i, len(x), &x[i], &y[i])
	}
	return x, y
}

// reportRowCliffs is of rows of n elements against one.
func reportRowCliffs[F relent.Float](b *testing.B, m measure, isa string, n int) {
	measure, known := measureNamed(m.name)
	if !known {
		return
	}
	rows := max(2, 10000/n)
	p, q := make([]F, n), make([]F, n)
	fill(m.inputs, p, q)
	dst := make([]float64, rows)
	many := func(p, q []F) func() {
		all := relent.NewMatrix[F](rows, n)
		for i := range rows {
			copy(all.Row(i), q)
		}
		if measure == relent.MeasureEntropy || measure == relent.MeasureBinaryEntropy {
			for i := range rows {
				copy(all.Row(i), p)
			}
			return func() { relent.EachRow(dst, measure, all) }
		}
		return func() { relent.RowByRow(dst, measure, relent.Vector[F](p), all) }
	}
	for _, k := range kinds[F]() {
		b.Run(fmt.Sprintf("%s/rows/n=%d/%s", isa, n, k.name), func(b *testing.B) {
			use(isa)
			reportCliff(b, n*rows, many(p, q), n*rows, many(changed(p, q, k)))
		})
	}
}

func measureNamed(name string) (relent.Measure, bool) {
	for m := relent.Measure(0); m < 64; m++ {
		if m.String() == name {
			return m, true
		}
	}
	return 0, false
}

// reportCliff times two functions, each of so many elements, in turns.
func reportCliff(b *testing.B, ordinaryElements int, ordinary func(), elements int, special func()) {
	contestants := [2]struct {
		call            func()
		times, elements int
		least           time.Duration
	}{{call: ordinary, elements: ordinaryElements}, {call: special, elements: elements}}
	for b.Loop() {
		for range 40 {
			for i := range contestants {
				c := &contestants[i]
				c.times = max(1, 20000/c.elements)
				c.call()
				start := time.Now()
				for range c.times {
					c.call()
				}
				if took := time.Since(start); c.least == 0 || took < c.least {
					c.least = took
				}
			}
		}
	}
	var perElement [2]float64
	for i, c := range contestants {
		perElement[i] = float64(c.least.Nanoseconds()) / float64(c.times*c.elements)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(perElement[0], "ns/ordinary")
	b.ReportMetric(perElement[1], "ns/elem")
	b.ReportMetric(perElement[1]/perElement[0], "×")
}

// BenchmarkColumnCliffs measures the sums of few columns as a multiple of those of many side by side. Names are function, type of the
// elements, instruction set, and rows and columns:
//
//	go test -run - -bench ColumnCliffs -benchtime 1x ./bench
func BenchmarkColumnCliffs(b *testing.B) {
	b.Run("LogSumExpColumns", func(b *testing.B) {
		b.Run("f64", func(b *testing.B) { benchmarkColumns(b, logSumExpOf[float64]) })
		b.Run("f32", func(b *testing.B) { benchmarkColumns(b, logSumExpOf[float32]) })
	})
	b.Run("SoftmaxColumns", func(b *testing.B) {
		b.Run("f64", func(b *testing.B) { benchmarkColumns(b, softmaxOf[float64]) })
		b.Run("f32", func(b *testing.B) { benchmarkColumns(b, softmaxOf[float32]) })
	})
}

func logSumExpOf[F relent.Float](x relent.Matrix[F]) func() {
	dst := make([]F, x.Cols)
	return func() { relent.LogSumExpColumns(dst, x, relent.Run{}) }
}

func softmaxOf[F relent.Float](x relent.Matrix[F]) func() {
	dst, logSum := relent.NewMatrix[F](x.Rows, x.Cols), make([]F, x.Cols)
	return func() { relent.SoftmaxColumns(dst, logSum, x, relent.Run{}) }
}

func benchmarkColumns[F relent.Float](b *testing.B, f func(x relent.Matrix[F]) func()) {
	defer use(relent.ISA())
	logits := func(rows, cols int) relent.Matrix[F] {
		x, _ := randomRows[F](rows, cols)
		for i, p := range x.Data {
			x.Data[i] = F(math.Log(float64(p)))
		}
		return x
	}
	const elements = 1 << 15
	for _, isa := range relent.ISAs() {
		for _, cols := range []int{1, 2, 8, 16, 17, 64} {
			for _, rows := range []int{10, 32, 100, 1000, elements} {
				b.Run(fmt.Sprintf("%s/%d×%d", isa, rows, cols), func(b *testing.B) {
					use(isa)
					few, many := f(logits(rows, cols)), f(logits(32, elements/32))
					reportCliff(b, elements, many, rows*cols, few)
				})
			}
		}
	}
}

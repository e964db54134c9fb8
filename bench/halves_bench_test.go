package main

import (
	"fmt"
	"testing"

	"github.com/relent-go/relent"
)

// BenchmarkHalves measures numbers of 16 bits as a multiple of the time of the float32 that they widen to, timed in turns. Names are
// measure, kind of half, instruction set, and elements of a pair or rows of 1024 from memory:
//
//	taskset -c 1 go test -run - -bench Halves -benchtime 1x ./bench
func BenchmarkHalves(b *testing.B) {
	for _, f := range measures {
		m, known := measureNamed(f.name)
		if !known {
			continue
		}
		b.Run(f.name, func(b *testing.B) {
			b.Run("f16", func(b *testing.B) { benchmarkHalves[relent.Float16](b, m, f) })
			b.Run("bf16", func(b *testing.B) { benchmarkHalves[relent.BFloat16](b, m, f) })
		})
	}
}

func benchmarkHalves[H relent.Half](b *testing.B, m relent.Measure, f measure) {
	defer use(relent.ISA())
	for _, isa := range relent.ISAs() {
		for _, shape := range [][2]int{{1, 64}, {1, 1024}, {1, 5000}, {1 << 14, 1024}} {
			rows, n := shape[0], shape[1]
			name := fmt.Sprintf("%s/pair/n=%d", isa, n)
			if rows > 1 {
				name = fmt.Sprintf("%s/memory", isa)
			}
			b.Run(name, func(b *testing.B) {
				use(isa)
				wide, half := halvesOf[H](m, f, rows, n)
				reportCliff(b, rows*n, wide, rows*n, half)
			})
		}
	}
}

// halvesOf are the measures of rows of float32, and of the halves that they were.
func halvesOf[H relent.Half](m relent.Measure, f measure, rows, n int) (wide, half func()) {
	var x [2]relent.Matrix[float32]
	var h [2]relent.HalfMatrix[H]
	for i := range x {
		x[i] = relent.NewMatrix[float32](rows, n)
	}
	for i := range rows {
		fill(f.inputs, x[0].Row(i), x[1].Row(i))
	}
	for i := range x {
		h[i] = relent.HalfMatrix[H]{Rows: rows, Cols: n, Stride: n, Data: relent.Narrow[H](nil, x[i].Data)}
		relent.Widen(x[i].Data, h[i].Data)
	}
	dst := make([]float64, rows)
	switch {
	case m == relent.MeasureEntropy || m == relent.MeasureBinaryEntropy:
		return func() { relent.EachRow(dst, m, x[0]) }, func() { relent.EachRow(dst, m, h[0]) }
	case rows == 1:
		return func() { dst[0] = relent.Between(m, x[0].Data, x[1].Data) }, func() { dst[0] = relent.Between(m, h[0].Data, h[1].Data) }
	}
	return func() { relent.RowByRow(dst, m, x[0], x[1]) }, func() { relent.RowByRow(dst, m, h[0], h[1]) }
}

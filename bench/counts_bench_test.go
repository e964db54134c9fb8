package main

import (
	"fmt"
	"testing"

	"github.com/relent-go/relent"
)

// Names are measure, length, and what is computed: the pair function on shares that are there already, counts with exact
// products, weights without, and other types and policies:
//
//	go test -run - -bench 'Counts/JensenShannon/n=1024' ./bench

// BenchmarkCounts compares counts with the normalised call.
func BenchmarkCounts(b *testing.B) {
	for _, m := range countMeasures {
		for _, n := range []int{16, 100, 1024, 1 << 20} {
			b.Run(fmt.Sprintf("%v/n=%d", m, n), func(b *testing.B) { benchmarkCounts(b, m, n) })
		}
	}
}

func benchmarkCounts(b *testing.B, m relent.Measure, n int) {
	shares, others := randomRows[float64](1, n)
	p, q := shares.Row(0), others.Row(0)
	x, y := whole[float64](p), whole[float64](q)
	u, v := whole[uint32](p), whole[uint32](q)
	run := func(name string, compute func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				compute()
			}
			reportPerElement(b, n)
		})
	}
	run("normalised", func() { relent.Between(m, p, q) })
	run("counts", func() { relent.BetweenCounts(m, x, y, relent.Strict) })
	run("weights", func() { relent.BetweenCounts(m, p, y, relent.Strict) })
	run("uint32", func() { relent.BetweenCounts(m, u, v, relent.Strict) })
	run("floor", func() { relent.BetweenCounts(m, x, y, relent.Floor(1e-9)) })
}

// BenchmarkSparse measures 100 rows of 100 entries against as many, and against dense rows.
func BenchmarkSparse(b *testing.B) {
	const rows, entries, cols = 100, 100, 10000
	values, dense := randomRows[float64](rows, entries)
	offsets, columns := make([]int32, rows+1), make([]int32, rows*entries)
	for i := range columns {
		columns[i] = int32(i%entries*(cols/entries) + i*7919%(cols/entries))
	}
	for i := range offsets {
		offsets[i] = int32(i * entries)
	}
	s, err := relent.NewSparse(cols, offsets, columns, values.Data)
	if err != nil {
		b.Fatal(err)
	}
	full := relent.NewMatrix[float64](rows, cols)
	for i := range rows {
		copy(full.Row(i), dense.Row(i))
	}
	dst := relent.NewMatrix[float64](rows, rows)
	for _, m := range []relent.Measure{relent.MeasureGeneralizedKullbackLeibler, relent.MeasureJensenShannon} {
		b.Run(m.String()+"/sparse", func(b *testing.B) {
			for b.Loop() {
				relent.ManyToMany(dst, m, s, s)
			}
			reportPerElement(b, rows*rows*2*entries)
		})
		b.Run(m.String()+"/dense", func(b *testing.B) {
			for b.Loop() {
				relent.ManyToMany(dst, m, s, full)
			}
			reportPerElement(b, rows*rows*cols)
		})
	}
}

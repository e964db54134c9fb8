package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
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

// BenchmarkSparse measures one sparse row against a hundred that have as many entries, at random columns, and a plain loop that merges
// the columns. Entries and columns are those of a row; times are of a pair.
func BenchmarkSparse(b *testing.B) {
	const rows = 100
	for _, shape := range [][2]int{{10, 100}, {10, 10000}, {100, 1000}, {100, 10000}, {100, 50000}, {1000, 10000}, {1000, 50000}} {
		entries, cols := shape[0], shape[1]
		s, columns, values := sparseRows(b, rows+1, entries, cols)
		one, others := s.Slice(0, 1), s.Slice(1, rows+1)
		dst := relent.NewMatrix[float64](1, rows)
		name := fmt.Sprintf("entries=%d/columns=%d", entries, cols)
		b.Run(name+"/relent", func(b *testing.B) {
			for b.Loop() {
				relent.ManyToMany(dst, relent.MeasureJensenShannon, one, others)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/pair")
		})
		b.Run(name+"/merge", func(b *testing.B) {
			for b.Loop() {
				for i := range rows {
					from := (i + 1) * entries
					dst.Data[i] = mergedJensenShannon(columns[:entries], columns[from:from+entries], values[:entries], values[from:from+entries])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/pair")
		})
	}
}

// sparseRows have entries at random columns.
func sparseRows(b *testing.B, rows, entries, cols int) (s *relent.Sparse[float64, int32], columns []int32, values []float64) {
	random := rand.New(rand.NewPCG(uint64(entries), uint64(cols)))
	offsets := []int32{0}
	for range rows {
		picked := random.Perm(cols)[:entries]
		slices.Sort(picked)
		for _, c := range picked {
			columns, values = append(columns, int32(c)), append(values, random.Float64())
		}
		offsets = append(offsets, int32(len(columns)))
	}
	s, err := relent.NewSparse(cols, offsets, columns, values)
	if err != nil {
		b.Fatal(err)
	}
	return s, columns, values
}

// mergedJensenShannon is what a program without kernels does: it walks over the columns of both rows, with a logarithm for each of the
// two values that meet.
func mergedJensenShannon(i, j []int32, p, q []float64) (sum float64) {
	for len(i) > 0 && len(j) > 0 {
		switch {
		case i[0] < j[0]:
			sum += p[0] * math.Ln2
			i, p = i[1:], p[1:]
		case i[0] > j[0]:
			sum += q[0] * math.Ln2
			j, q = j[1:], q[1:]
		default:
			m := (p[0] + q[0]) / 2
			sum += p[0]*math.Log(p[0]/m) + q[0]*math.Log(q[0]/m)
			i, j, p, q = i[1:], j[1:], p[1:], q[1:]
		}
	}
	for _, x := range p {
		sum += x * math.Ln2
	}
	for _, x := range q {
		sum += x * math.Ln2
	}
	return sum / 2
}

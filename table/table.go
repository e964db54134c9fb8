// Package table computes information and tests of contingency tables: matrices of counts of pairs of categories, such as of a feature and a
// class, or of two clusterings.
//
//	counts := relent.NewMatrix(2, 3, []int{20, 5, 10, 4, 18, 9}...)
//	information := table.MutualInformation(counts)
//	g := table.GTest(counts) // g.Statistic, g.PValue
//
// Information is in nats. Counts are of any numeric type. One that is negative, infinite or NaN gives NaN, as does a table without any.
// Empty rows and columns change nothing.
//
// # Accuracy
//
// Where counts are integers with a total below 2⁵³, mutual information, gains, statistics and conditional entropies have a relative error of
// at most 2⁻⁴⁷, also where rows and columns are nearly independent: what a count exceeds its expectation by is computed without rounding.
// None is negative, and exact independence gives 0. For other counts see [relent.BetweenCounts]. Results, p-values too, have the same bits on
// every CPU. After the first calls nothing is allocated but results.
package table

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/sizes"
)

const here = sizes.Package("table")

// MutualInformation is Σ (n/N)·log(nN/rc) over cells with the count n, in a row with the sum r and a column with the sum c.
func MutualInformation[C relent.Number](counts relent.Matrix[C]) float64 {
	s := sum("MutualInformation", counts)
	defer free.Put(s)
	return independence(s, counts, mutualInformation)
}

// sums are those of a table, with memory for what is made of it.
type sums struct {
	rows, columns []float64
	total         float64
	integers      bool
	row           []float64
	p, q          [block]float64
}

// block is how many cells go into one pass.
const block = 1024

// exactTotal is what a total of integers is below for its products with counts, and those of sums, to be exact.
const exactTotal = 1 << 26

var free freelist.List[*sums]

// sum adds up a table, after its size is checked.
func sum[C relent.Number](function string, counts relent.Matrix[C]) *sums {
	sizes.Matrix[C](counts).Check(here, function, "counts")
	s, ok := free.Take()
	if !ok {
		s = new(sums)
	}
	if counts.Rows == 0 || counts.Cols == 0 { // and of the other any number
		counts = relent.Matrix[C]{}
	}
	s.rows, s.columns = zeros(s.rows, counts.Rows), zeros(s.columns, counts.Cols)
	s.total, s.integers = 0, true
	fractions := hasFractions[C]()
	for i := range s.rows {
		row := counts.Row(i)
		s.rows[i] = addTo(s.columns, row)
		s.total += s.rows[i]
		s.integers = s.integers && (!fractions || areIntegers(row))
	}
	return s
}

// zeros is n of them, in x's memory if it is enough.
func zeros(x []float64, n int) []float64 {
	if cap(x) < n {
		return make([]float64, n)
	}
	x = x[:n]
	clear(x)
	return x
}

// addTo adds x to sums, and returns that of all of it.
func addTo[C relent.Number](sums []float64, x []C) (sum float64) {
	sums = sums[:len(x)]
	var s0, s1, s2, s3 float64 // additions of four do not wait for each other
	j := 0
	for ; j+4 <= len(x); j += 4 {
		x, sums := x[j:j+4:j+4], sums[j:j+4:j+4]
		a, b, c, d := float64(x[0]), float64(x[1]), float64(x[2]), float64(x[3])
		sums[0] += a
		sums[1] += b
		sums[2] += c
		sums[3] += d
		s0 += a
		s1 += b
		s2 += c
		s3 += d
	}
	for ; j < len(x); j++ {
		sums[j] += float64(x[j])
		s0 += float64(x[j])
	}
	return (s0 + s1) + (s2 + s3)
}

// hasFractions tells whether C is a type of floating-point numbers.
func hasFractions[C relent.Number]() bool {
	half := 0.5
	return C(half) != 0
}

// areIntegers tells whether all of x are integers below 2⁵³.
func areIntegers[C relent.Number](x []C) bool {
	for _, n := range x {
		if n := float64(n); !(math.Abs(n) <= 1<<53) || float64(int64(n)) != n {
			return false
		}
	}
	return true
}

// A comparison is a measure of the counts and what they would be if rows and columns were independent, over N.
type comparison struct {
	cells  func(p, q []float64) float64 // of cells: homogeneous of degree 1
	shares relent.Measure               // of a row's shares and the columns'
}

var (
	mutualInformation = comparison{relent.GeneralizedKullbackLeibler[float64], relent.MeasureKullbackLeibler}
	chiSquare         = comparison{relent.ChiSquare[float64], relent.MeasureChiSquare}
)

// independence compares counts n and rc/N. With a moderate total it is of nN and rc, over N², neither of which is rounded; otherwise that of
// each row's shares and the columns', for which both are computed by the kernels of counts.
func independence[C relent.Number](s *sums, counts relent.Matrix[C], by comparison) float64 {
	if !(s.total > 0 && s.total <= math.MaxFloat64) {
		return math.NaN()
	}
	if s.integers && s.total < exactTotal {
		return exactly(s, counts, by.cells)
	}
	value := 0.0
	for i, r := range s.rows {
		s.row = widen(s.row, counts.Row(i))
		if r == 0 && empty(s.row) {
			continue
		}
		d, _ := relent.BetweenCounts(by.shares, s.row, s.columns, relent.Strict)
		value += float64(r / s.total * d)
	}
	return value
}

// exactly is that of a table with a moderate total.
func exactly[C relent.Number](s *sums, counts relent.Matrix[C], cells func(p, q []float64) float64) float64 {
	n, value := 0, 0.0
	for i, r := range s.rows {
		row := counts.Row(i)
		for from := 0; from < len(row); {
			k := min(len(row)-from, block-n)
			fill(s.p[n:n+k], s.q[n:n+k], row[from:from+k], s.columns[from:from+k], s.total, r)
			from, n = from+k, n+k
			if n == block {
				value += cells(s.p[:n], s.q[:n])
				n = 0
			}
		}
	}
	return (value + cells(s.p[:n], s.q[:n])) / s.total / s.total
}

// fill sets p and q to the counts of a row and of independence, times the total.
func fill[C relent.Number](p, q []float64, counts []C, columns []float64, total, row float64) {
	p, q, columns = p[:len(counts)], q[:len(counts)], columns[:len(counts)]
	j := 0
	for ; j+4 <= len(counts); j += 4 {
		n, c, p, q := counts[j:j+4:j+4], columns[j:j+4:j+4], p[j:j+4:j+4], q[j:j+4:j+4]
		p[0], p[1], p[2], p[3] = total*float64(n[0]), total*float64(n[1]), total*float64(n[2]), total*float64(n[3])
		q[0], q[1], q[2], q[3] = row*c[0], row*c[1], row*c[2], row*c[3]
	}
	for ; j < len(counts); j++ {
		p[j], q[j] = total*float64(counts[j]), row*columns[j]
	}
}

// empty tells whether all of x are 0.
func empty(x []float64) bool {
	for _, n := range x {
		if n != 0 {
			return false
		}
	}
	return true
}

// widen sets dst to x, in its memory if it is enough.
func widen[C relent.Number](dst []float64, x []C) []float64 {
	if cap(dst) < len(x) {
		dst = make([]float64, len(x))
	}
	dst = dst[:len(x)]
	for j, n := range x {
		dst[j] = float64(n)
	}
	return dst
}

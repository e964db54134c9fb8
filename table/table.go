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
	"github.com/relent-go/relent/internal/pass"
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
	cells
}

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
	s.layOut(counts.Rows, counts.Cols)
	fractions := hasFractions[C]()
	for first, last := range s.blocks(counts.Rows) {
		setRows(s, counts, first, last)
		s.integers = s.integers && (!fractions || areIntegers(s.p))
		s.addTo(s.columns, last-first)
	}
	for _, r := range s.rows {
		s.total += r
	}
	return s
}

// zeros is n of them, in x's memory if it is enough.
func zeros(x []float64, n int) []float64 {
	x = sized(x, n)
	clear(x)
	return x
}

// sized is n numbers, in x's memory if it is enough.
func sized(x []float64, n int) []float64 {
	if cap(x) < n {
		return make([]float64, n, max(n, block))
	}
	return x[:n]
}

func numbers(x ...float64) *pass.Numbers {
	n := new(pass.Numbers)
	n.Set(x...)
	return n
}

// hasFractions tells whether C is a type of floating-point numbers.
func hasFractions[C relent.Number]() bool {
	half := 0.5
	return C(half) != 0
}

// areIntegers tells whether all of x are integers below 2⁵³.
func areIntegers(x []float64) bool {
	const many = 32 // for a pass
	if len(x) >= many && relent.Pass(pass.TableFractions, nil, nil, x)[0] == 0 {
		return true
	}
	for _, n := range x {
		if !(math.Abs(n) <= 1<<53) || float64(int64(n)) != n {
			return false
		}
	}
	return true
}

// A comparison is a measure of the counts and what they would be if rows and columns were independent, over N.
type comparison struct {
	cells  func(total float64, p, q []float64) float64 // of p times the total, and q: homogeneous of degree 1
	shares relent.Measure                              // of a row's shares and the columns'
}

var (
	mutualInformation = comparison{excess, relent.MeasureKullbackLeibler}
	chiSquare         = comparison{squares, relent.MeasureChiSquare}
)

func excess(total float64, p, q []float64) float64 {
	if sum := relent.Pass(pass.TableExcess, numbers(total), nil, p, q)[0]; sum == sum {
		return sum
	}
	return relent.GeneralizedKullbackLeibler(times(total, p), q) // what is negative gives NaN, and -0 does not
}

func squares(total float64, p, q []float64) float64 {
	return relent.ChiSquare(times(total, p), q)
}

// times multiplies p by the total, and returns it.
func times(total float64, p []float64) []float64 {
	for i := range p {
		p[i] *= total
	}
	return p
}

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
		s.row = sized(s.row, counts.Cols)
		widen(s.row, counts.Row(i), 0)
		if r == 0 && empty(s.row) {
			continue
		}
		d, _ := relent.BetweenCounts(by.shares, s.row, s.columns, relent.Strict)
		value += float64(r / s.total * d)
	}
	return value
}

// exactly is that of a table with a moderate total.
func exactly[C relent.Number](s *sums, counts relent.Matrix[C], compare func(total float64, p, q []float64) float64) (value float64) {
	for first, last := range s.blocks(len(s.rows)) {
		if last-first < len(s.rows) { // p is the last block
			setRows(s, counts, first, last)
		}
		s.expect(s.rows[first:last], s.columns)
		for p, q := s.p, s.q; len(p) > 0; {
			n := min(len(p), cellsOfPass)
			value += compare(s.total, p[:n], q[:n])
			p, q = p[n:], q[n:]
		}
	}
	return value / s.total / s.total
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

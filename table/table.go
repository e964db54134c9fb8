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
	"unsafe"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/pass"
	"github.com/relent-go/relent/internal/sizes"
)

const here = sizes.Package("table")

// MutualInformation is Σ (n/N)·log(nN/rc) over cells with the count n, in a row with the sum r and a column with the sum c.
func MutualInformation[C relent.Number](counts relent.Matrix[C]) float64 {
	const name = "MutualInformation"
	var f few
	if sizes.Matrix[C](counts).Check(here, name, "counts"); addFew(&f, counts) {
		return f.compare(counts.Rows, counts.Cols, mutualInformation.cells)
	}
	s := sum(name, counts)
	defer free.Put(s)
	return independence(s, counts, mutualInformation)
}

// sums are those of a table, with memory for what is made of it.
type sums struct {
	rows, columns []float64
	margin        []float64 // the columns, and zeros up to a whole stripe
	total         float64
	integers      bool // are all counts, and none is negative
	signs         bool // are to be asked for, see setCells
	row           []float64
	cells
}

// exactTotal is what a total of integers is below for its products with counts, and those of sums, to be exact.
const exactTotal = 1 << 26

var free freelist.List[*sums]

// sum adds up a table, after its size is checked.
func sum[C relent.Number](function string, counts relent.Matrix[C]) *sums {
	sizes.Matrix[C](counts).Check(here, function, "counts")
	s := take()
	if counts.Rows == 0 || counts.Cols == 0 { // and of the other any number
		counts = relent.Matrix[C]{}
	}
	t := typeOf[C]()
	add(s, counts, t.small, t.fractions || t.small)
	if t.signed && !t.small && s.total >= t.unsigned {
		add(s, counts, true, true)
	}
	return s
}

// take is memory from a call before, or new.
func take() *sums {
	if s, ok := free.Take(); ok {
		return s
	}
	return new(sums)
}

// add adds up a table; signs are as setCells takes them, and integers to be checked.
func add[C relent.Number](s *sums, counts relent.Matrix[C], signs, check bool) {
	s.rows, s.margin = zeros(s.rows, counts.Rows), zeros(s.margin, wholes(counts.Cols))
	s.columns = s.margin[:counts.Cols]
	s.total, s.integers, s.signs = 0, true, signs
	for p := (piece{}); p.next(counts.Rows, counts.Cols); {
		setCells(&s.cells, counts, p, signs)
		s.integers = s.integers && (!check || areIntegers(s.counts[:p.cells()]))
		s.addCells(p)
	}
	for _, r := range s.rows {
		s.total += r
	}
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

// A numberType is what is to know of a type of counts.
type numberType struct {
	fractions bool
	signed    bool    // integers, which may be negative
	small     bool    // which no kernel converts
	unsigned  float64 // their negative ones are at least that without a sign
}

func typeOf[C relent.Number]() numberType {
	half, zero, size := 0.5, C(0), unsafe.Sizeof(C(0))
	if C(half) != 0 {
		return numberType{fractions: true}
	}
	signed := zero-1 < zero
	return numberType{signed: signed, small: signed && size < 4, unsigned: float64(uint64(1) << (8*size - 1))}
}

// areIntegers tells whether all of x are integers from 0 up to 2⁵³.
func areIntegers(x []float64) bool {
	if len(x) > 0 && relent.Pass(pass.TableFractions, nil, nil, x)[0] == 0 {
		return true
	}
	for _, n := range x {
		if !(n >= 0 && n <= 1<<53) || float64(int64(n)) != n {
			return false
		}
	}
	return true
}

// A comparison is a measure of the counts and what they would be if rows and columns were independent, over N.
type comparison struct {
	cells  pass.Kernel    // of counts times the total and what is expected: homogeneous of degree 1
	shares relent.Measure // of a row's shares and the columns'
}

var (
	mutualInformation = comparison{pass.TableExcess, relent.MeasureKullbackLeibler}
	chiSquare         = comparison{pass.TableSquares, relent.MeasureChiSquare}
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
		s.row = sized(s.row, counts.Cols)
		widen(s.row, counts.Row(i), s.signs)
		if r == 0 && empty(s.row) {
			continue
		}
		d, _ := relent.BetweenCounts(by.shares, s.row, s.columns, relent.Strict)
		value += float64(r / s.total * d)
	}
	return value
}

// exactly is that of a table with a moderate total.
func exactly[C relent.Number](s *sums, counts relent.Matrix[C], by pass.Kernel) float64 {
	var value compensated
	rows, cols := len(s.rows), len(s.columns)
	for p := (piece{}); p.next(rows, cols); {
		if p.cells() < rows*cols { // else they are there
			setCells(&s.cells, counts, p, s.signs)
		}
		s.expect(p)
		value.add(relent.Pass(by, numbers(s.total), nil, s.counts[:p.cells()], s.expected[:p.cells()])[0])
	}
	return value.value() / (s.total * s.total)
}

// compensated is a sum of numbers that are not negative, with what its roundings lost.
type compensated struct{ sum, lost float64 }

func (c *compensated) add(x float64) {
	sum := c.sum + x
	c.lost += min(c.sum, x) - (sum - max(c.sum, x))
	c.sum = sum
}

func (c *compensated) value() float64 { return c.sum + c.lost }

// empty tells whether all of x are 0.
func empty(x []float64) bool {
	for _, n := range x {
		if n != 0 {
			return false
		}
	}
	return true
}

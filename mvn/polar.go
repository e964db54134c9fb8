package mvn

import (
	"math"
	"slices"

	"github.com/relent-go/relent"
)

// polar is the orthogonal factor P of A = PH, H symmetric with no negative eigenvalue, by Newton's iteration: P is the limit of
// X ← (ζX + X⁻ᵀ/ζ)/2, ζ scaled so that the singular values come to 1 from all sides. It returns false if A is singular.
//
// Higham, Computing the polar decomposition, SIAM J. Sci. Stat. Comput. 7 (1986), 1160–1174.
func polar(a relent.Matrix[float64]) (relent.Matrix[float64], bool) {
	const steps = 60 // nine at most are needed if A is not singular
	x, scaled := clone(a), true
	for range steps {
		inverse := clone(x)
		if !invert(inverse) {
			return x, false
		}
		transpose(inverse)
		grow := 1.0
		if scaled {
			grow = math.Sqrt(math.Sqrt(spread(inverse) / spread(x)))
		}
		if !(grow > 0) || math.IsInf(grow, 1) {
			return x, false
		}
		change := 0.0
		for i, v := range x.Data {
			next := float64(0.5*grow*v) + float64(0.5/grow*inverse.Data[i])
			change += float64((next - v) * (next - v))
			x.Data[i] = next
		}
		size := float64(x.Rows) // ‖P‖²
		switch {
		case !scaled && change <= float64(0x1p-54*size): // what is left is about its square
			return x, true
		case change <= float64(0x1p-14*size):
			scaled = false
		}
	}
	return x, false
}

// spread is ‖A‖₁·‖A‖∞, the largest sums of a column's and of a row's sizes.
func spread(a relent.Matrix[float64]) float64 {
	columns, most := make([]float64, a.Cols), 0.0
	for i := range a.Rows {
		sum := 0.0
		for j, v := range a.Row(i) {
			sum += math.Abs(v)
			columns[j] += math.Abs(v)
		}
		most = max(most, sum)
	}
	return float64(most * slices.Max(columns))
}

// invert replaces a square matrix by its inverse, by Gauss's and Jordan's elimination with the largest pivot of each column. It returns
// false if there is none. Four columns are eliminated before what they make of the others is added up.
func invert(a relent.Matrix[float64]) bool {
	const together = 4
	swapped := make([]int, a.Rows)
	pivots := newMatrix(together, a.Cols)
	for k := 0; k < a.Rows; k += together {
		last := min(k+together, a.Rows)
		if !eliminateColumns(a, swapped, k, last) {
			return false
		}
		clear(pivots.Data)
		for i := k; i < last; i++ {
			row, pivot := a.Row(i), pivots.Row(i-k)
			copy(pivot, row)
			clear(pivot[k:last])
			clear(row[:k])
			clear(row[last:])
		}
		for i := range a.Rows {
			row := a.Row(i)
			var c [together]float64
			copy(c[:], row[k:last])
			addFour(row, c, pivots.Row(0), pivots.Row(1), pivots.Row(2), pivots.Row(3))
		}
	}
	for k := len(swapped) - 1; k >= 0; k-- {
		for i := range a.Rows {
			row := a.Row(i)
			row[k], row[swapped[k]] = row[swapped[k]], row[k]
		}
	}
	return true
}

// eliminateColumns eliminates columns from up to but not including to, in these columns; rows are swapped whole.
func eliminateColumns(a relent.Matrix[float64], swapped []int, from, to int) bool {
	for k := from; k < to; k++ {
		p := k
		for i := k + 1; i < a.Rows; i++ {
			if math.Abs(a.Row(i)[k]) > math.Abs(a.Row(p)[k]) {
				p = i
			}
		}
		swapped[k] = p
		if p != k {
			swap(a.Row(k), a.Row(p))
		}
		row := a.Row(k)[from:to]
		pivot := row[k-from]
		if !(math.Abs(pivot) > 0) || !finite(pivot) {
			return false
		}
		row[k-from] = 1
		for j := range row {
			row[j] /= pivot
		}
		for i := range a.Rows {
			if other := a.Row(i)[from:to]; i != k {
				c := other[k-from]
				other[k-from] = 0
				axpy(-c, row, other)
			}
		}
	}
	return true
}

func swap(a, b []float64) {
	for i, v := range a {
		a[i], b[i] = b[i], v
	}
}

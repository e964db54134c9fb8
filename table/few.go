package table

import (
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
)

// fewCells is the size of a table that takes no memory from anywhere: there are many of two rows and two columns.
const fewCells = 16

// few are the sums of such a table with a moderate total.
type few struct {
	rows, columns, counts, expected [fewCells]float64
	total                           float64
}

// addFew adds up a table, whose size is checked, and tells whether it is such a one.
func addFew[C relent.Number](f *few, counts relent.Matrix[C]) bool {
	rows, cols := counts.Rows, counts.Cols
	if rows > fewCells || cols > fewCells || rows*cols > fewCells {
		return false
	}
	at := 0
	for i := range rows {
		for j, count := range counts.Row(i) {
			n := float64(count)
			if !(n >= 0 && n < exactTotal) || float64(int32(n)) != n {
				return false
			}
			f.counts[at&(fewCells-1)] = n
			f.rows[i&(fewCells-1)] += n
			f.columns[j&(fewCells-1)] += n
			at++
		}
	}
	for _, r := range f.rows[:rows] {
		f.total += r
	}
	return f.total > 0 && f.total < exactTotal
}

// compare is that of counts, rows of so many, with what independence makes of them.
func (f *few) compare(rows, cols int, by pass.Kernel) float64 {
	n := 0
	for _, r := range f.rows[:rows] {
		for _, c := range f.columns[:cols] {
			f.expected[n&(fewCells-1)] = r * c
			n++
		}
	}
	return relent.Pass(by, numbers(f.total), nil, f.counts[:n], f.expected[:n])[0] / (f.total * f.total)
}

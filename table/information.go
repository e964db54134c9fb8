package table

import (
	"math"

	"github.com/relent-go/relent"
)

// Information is what the rows and the columns of a table tell about each other, in nats.
type Information struct {
	Mutual           float64 // as MutualInformation has it
	Rows, Columns    float64 // the entropies of their sums
	ColumnsGivenRows float64 // the entropy of the column where the row is known
	RowsGivenColumns float64 // the entropy of the row where the column is known
}

// InformationOf computes all of [Information], conditional entropies as sums of terms of one sign.
func InformationOf[C relent.Number](counts relent.Matrix[C]) Information {
	s := sum("InformationOf", counts)
	defer free.Put(s)
	return information(s, counts)
}

func information[C relent.Number](s *sums, counts relent.Matrix[C]) Information {
	r := Information{Mutual: independence(s, counts, mutualInformation)}
	r.Rows, _ = relent.EntropyOfCounts(s.rows, relent.Strict)
	r.Columns, _ = relent.EntropyOfCounts(s.columns, relent.Strict)
	if r.Mutual != r.Mutual {
		return Information{r.Mutual, r.Mutual, r.Mutual, r.Mutual, r.Mutual}
	}
	r.ColumnsGivenRows, r.RowsGivenColumns = given(s, counts)
	return r
}

// given are the conditional entropies, sums of n·log(r/n) and of n·log(c/n) over N: no count is more than its row's or its column's sum.
func given[C relent.Number](s *sums, counts relent.Matrix[C]) (rows, columns float64) {
	const large, small = 0x1p1000, 0x1p-900 // of which multiples by logarithms may be infinite, or subnormal
	scale := 1.0
	switch {
	case s.total > large:
		scale = 0x1p-64
	case s.total < small:
		scale = 0x1p900
	}
	var byRows, byColumns compensated
	for p := (piece{}); p.next(counts.Rows, counts.Cols); {
		setCells(&s.cells, counts, p, s.signs)
		s.expected = sized(s.expected, p.cells()+stripe)
		n, most := times(scale, s.counts[:p.cells()]), s.expected[:p.cells()]
		multiply(s.expected, s.rows[p.first:p.last], ones[:], p.width())
		byRows.add(-relent.KullbackLeibler(n, times(scale, most)))
		multiply(s.expected, ones[:p.last-p.first], s.margin[p.from:], p.width())
		byColumns.add(-relent.KullbackLeibler(n, times(scale, most)))
	}
	return byRows.value() / float64(scale*s.total), byColumns.value() / float64(scale*s.total)
}

// times multiplies x by a power of two, and returns it.
func times(scale float64, x []float64) []float64 {
	if scale != 1 {
		for i := range x {
			x[i] *= scale
		}
	}
	return x
}

// Joint is the entropy of the pair of row and column.
func (i Information) Joint() float64 { return i.Rows + i.ColumnsGivenRows }

// Variation is the variation of information, the sum of both conditional entropies: a metric of partitions (Meilă, 2003).
func (i Information) Variation() float64 { return i.ColumnsGivenRows + i.RowsGivenColumns }

// An Average is that of two entropies, which normalised mutual information is relative to.
type Average int

// The averages, with scikit-learn's names. Two more measures are quotients of fields: Mutual/Columns (Theil's uncertainty coefficient,
// scikit-learn's homogeneity or completeness), and Mutual over [Information.Joint].
const (
	Arithmetic Average = iota
	Geometric
	Min
	Max
)

// of is the average of two numbers that are not negative.
func (a Average) of(x, y float64) float64 {
	switch a {
	case Arithmetic:
		return float64((x + y) / 2)
	case Geometric:
		return float64(math.Sqrt(x) * math.Sqrt(y))
	case Min:
		return min(x, y)
	case Max:
		return max(x, y)
	}
	here.Panic("Average", "%d is none of Arithmetic, Geometric, Min and Max", int(a))
	return 0
}

// Normalized is the mutual information over an average of the entropies of rows and columns, from 0 to 1; 1 where both are 0, as
// scikit-learn's normalized_mutual_info_score has it, and 0 where the average alone is 0.
func (i Information) Normalized(by Average) float64 {
	switch average := by.of(i.Rows, i.Columns); {
	case i.Rows == 0 && i.Columns == 0:
		return 1
	case average == 0:
		return 0
	default:
		return min(1, i.Mutual/average)
	}
}

// Adjusted is the mutual information less what it would be by chance, over an average of the entropies less that: 1 for the same partitions
// and about 0 for independent ones (Vinh, Epps and Bailey, 2010). It is what scikit-learn's adjusted_mutual_info_score is. Counts must be
// integers with a total below 2⁵³. The time grows as the number of cells; of one it is that of up to some hundred terms.
func Adjusted[C relent.Number](counts relent.Matrix[C], by Average) float64 {
	s := sum("Adjusted", counts)
	defer free.Put(s)
	i := information(s, counts)
	average := by.of(i.Rows, i.Columns)
	switch {
	case i.Mutual != i.Mutual || !s.integers || s.total >= 1<<53:
		return math.NaN()
	case i.Rows == 0 && i.Columns == 0:
		return 1
	}
	chance := s.byChance()
	if average == chance {
		return 0
	}
	return min(1, (i.Mutual-chance)/(average-chance))
}

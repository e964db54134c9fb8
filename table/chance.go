package table

import (
	"math"

	"github.com/relent-go/relent"
)

// By chance, all ways of pairing rows and columns with given sums being equally likely, the count n of a cell has a hypergeometric distribution
// with the mean e = rc/N. As its expectation is e, that of n·log(n/e) is that of n·log(n/e) - n + e, whose terms are not negative. Where the
// distribution is wide, steps of half a deviation give the sum of all terms: the characteristic function at the frequency of steps of h is at
// most exp(-σ²(1-cos(2π/h))), since the count is distributed as a sum of independent indicators (Vatutin and Mikhailov, 1982), and
// that is below 2⁻¹⁰⁰.

const (
	leastWeight = 0x1p-64 // relative to the mode: smaller ones do not count
	wide        = 16      // the deviation from which steps are larger than 1
	mostTerms   = 384     // of narrower ones, and of all wide ones
)

// byChance is the expectation of the mutual information of tables with these sums.
func (s *sums) byChance() (expected float64) {
	s.row = sized(s.row, 6*mostTerms)
	var d [6][]float64
	for i := range d {
		d[i] = s.row[i*mostTerms:][:0:mostTerms]
	}
	for _, r := range s.rows {
		for _, c := range s.columns {
			if r > 0 && c > 0 {
				expected += chance{r, c, s.total}.excess(d) / s.total
			}
		}
	}
	return expected
}

// chance is of a cell with these sums of its row, its column and all.
type chance struct{ row, column, total float64 }

func (c chance) mean() float64 { return float64(c.row / c.total * c.column) }

// deviation is the standard one.
func (c chance) deviation() float64 {
	rest := (c.total - c.row) / c.total * ((c.total - c.column) / max(1, c.total-1))
	return math.Sqrt(float64(c.mean() * rest))
}

// whole is the largest integer up to x, which is from 0 to 2⁵³ as totals are.
func whole(x float64) float64 { return float64(int64(x)) }

// mode is the likeliest count.
func (c chance) mode() float64 {
	mode := whole((c.row + 1) / (c.total + 2) * (c.column + 1))
	return max(min(mode, c.row, c.column), c.row+c.column-c.total, 0)
}

// excess is the expectation of n·log(n/e) - n + e, in the memory of d.
func (c chance) excess(d [6][]float64) float64 {
	counts, weights := d[0], d[1]
	if c.deviation() < wide {
		counts, weights = c.each(counts, weights)
	} else {
		counts, weights = c.steps(counts, weights, d)
	}
	excess, means := d[2][:len(counts)], d[3][:len(counts)]
	for i := range means {
		means[i] = c.mean()
	}
	relent.GeneralizedKullbackLeiblerTerms(excess, counts, means)
	var sum, all float64
	for i, w := range weights {
		sum += float64(w * excess[i])
		all += w
	}
	return sum / all
}

// each appends all counts and how likely they are, relative to the mode.
func (c chance) each(counts, weights []float64) (_, _ []float64) {
	both, mode := c.total-c.row-c.column, c.mode()
	counts, weights = append(counts, mode), append(weights, 1)
	for n, w := mode+1, 1.0; len(counts) < mostTerms; n++ {
		w *= (c.row - n + 1) * (c.column - n + 1) / float64(n*(both+n))
		if w < leastWeight {
			break
		}
		counts, weights = append(counts, n), append(weights, w)
	}
	for n, w := mode-1, 1.0; len(counts) < mostTerms; n-- {
		w *= (n + 1) * (both + n + 1) / float64((c.row-n)*(c.column-n))
		if w < leastWeight {
			break
		}
		counts, weights = append(counts, n), append(weights, w)
	}
	return counts, weights
}

// steps appends counts half a deviation apart and how likely these are: the product of exp(-n·log(n/e) + n - e)/√n·e^-δ(n) over the four cells
// of the table of two rows and two columns, where δ is what Stirling's formula lacks.
func (c chance) steps(counts, weights []float64, d [6][]float64) (_, _ []float64) {
	const far = 10 // deviations, where weights are below the least
	step := whole(c.deviation() / 2)
	each := whole(far*c.deviation()/step) + 1
	mode, e := c.mode(), c.mean()
	for k := -each; k <= each; k++ {
		counts = append(counts, mode+float64(k*step))
	}
	n := len(counts)
	logs, cell, means, excess := weights[:n], d[3][:n], d[4][:n], d[5][:n]
	roots := d[2][:n]
	for i := range n {
		logs[i], roots[i] = 0, 1
	}
	for _, of := range [4]struct{ from, sign, mean float64 }{
		{0, 1, e}, {c.row, -1, c.row - e}, {c.column, -1, c.column - e}, {c.total - c.row - c.column, 1, c.total - c.row - c.column + e},
	} {
		for i, x := range counts {
			cell[i], means[i] = of.from+float64(of.sign*x), of.mean
		}
		relent.GeneralizedKullbackLeiblerTerms(excess, cell, means)
		for i, x := range cell {
			logs[i] -= excess[i] + stirling(x)
			roots[i] *= x
		}
	}
	relent.Exp(logs, logs)
	middle := math.Sqrt(roots[n/2])
	for i := range logs {
		logs[i] *= middle / math.Sqrt(roots[i])
	}
	return counts, logs
}

// stirling is log n! less log √(2πn) + n·log n - n, to 2⁻⁵³ for n of at least 64.
func stirling(n float64) float64 {
	const first, second, third, fourth = 1.0 / 12, 1.0 / 360, 1.0 / 1260, 1.0 / 1680
	x := 1 / float64(n*n)
	return (first - float64(x*(second-float64(x*(third-float64(x*fourth)))))) / n
}

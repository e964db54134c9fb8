package table

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/sizes"
)

// InformationGain sets dst[k] to what candidate k for a split in two tells about the class, the mutual information of branch and class,
// and returns dst: the loop of a learner of trees. total has the counts of the classes, and row k of left those of the first branch; the
// second one has the rest, and NaN comes of counts that are more than the total's. A dst of nil is allocated, and two rows a candidate
// where the total is 2²⁶ or more, or has fractions. For splits in more branches take [MutualInformation] of each.
func InformationGain[C relent.Number](dst []float64, total []C, left relent.Matrix[C]) []float64 {
	const name = "InformationGain"
	sizes.Matrix[C](left).Check(here, name, "left")
	if left.Cols != len(total) {
		here.Panic(name, "total has %d classes, left has %d columns", len(total), left.Cols)
	}
	dst = sizes.Slice(here, name, "dst", dst, left.Rows)
	s := sum(name, relent.NewMatrix(1, len(total), total...))
	defer free.Put(s)
	exact := s.integers && s.total < exactTotal && len(total) <= block/2 && s.total > 0
	for k := range dst {
		branch := left.Row(k)
		switch {
		case exact && (!hasFractions[C]() || areIntegers(branch)):
			dst[k] = gain(s, branch)
		default:
			dst[k] = inexactGain(s, branch)
		}
	}
	return dst
}

// gain is that of a branch and the rest, times the total and for both at a time.
func gain[C relent.Number](s *sums, branch []C) float64 {
	n, size := len(branch), 0.0
	for _, x := range branch {
		size += float64(x)
	}
	p, q := s.p[:2*n], s.q[:2*n]
	fill(p[:n], q[:n], branch, s.columns, s.total, size)
	for j, c := range s.columns {
		p[n+j] = float64(s.total*c) - p[j]
		q[n+j] = float64(s.total*c) - q[j]
	}
	return relent.GeneralizedKullbackLeibler(p, q) / s.total / s.total
}

// inexactGain is that of counts whose products are rounded.
func inexactGain[C relent.Number](s *sums, branch []C) float64 {
	n := len(branch)
	s.row = widen(s.row, branch)
	rows := relent.NewMatrix[float64](2, n)
	copy(rows.Row(0), s.row)
	for j, c := range s.columns {
		rows.Row(1)[j] = c - s.row[j]
	}
	both := sum("InformationGain", rows)
	defer free.Put(both)
	if !(both.total <= math.MaxFloat64) {
		return math.NaN()
	}
	return independence(both, rows, mutualInformation)
}

package table

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
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
	if s.total > 0 && s.integers && s.total < exactTotal {
		gains(s, dst, left)
		return dst
	}
	for k := range dst {
		dst[k] = inexactGain(s, left.Row(k))
	}
	return dst
}

// fewClasses is up to how many the terms of candidates are computed in one pass; of more, a pass each adds them up.
const fewClasses = 32

// gains are those of a branch and the rest, times the total, for as many candidates at a time as go into a pass.
func gains[C relent.Number](s *sums, dst []float64, left relent.Matrix[C]) {
	width, few := 2*left.Cols, left.Cols <= fewClasses
	height := max(1, cellsOfPass/width)
	s.p, s.q, s.row = sized(s.p, height*width), sized(s.q, height*width), sized(s.row, height*width)
	for first := 0; first < len(dst); first += height {
		dst := dst[first:min(first+height, len(dst))]
		p, q := s.p[:len(dst)*width], s.q[:len(dst)*width]
		for k := range dst {
			s.split(p[k*width:][:width], q[k*width:][:width], widen(p[k*width:], left.Row(first+k), 0))
		}
		if few {
			relent.Pass(pass.TableTerms, numbers(s.total), s.row[:len(p)], p, q)
		}
		integers := !hasFractions[C]() || areIntegers(p)
		for k := range dst {
			at, end := k*width, (k+1)*width
			switch p, q := p[at:end], q[at:end]; {
			case !integers && !areIntegers(p), few && anyNegative(p):
				dst[k] = inexactGain(s, left.Row(first+k))
			case few:
				dst[k] = add(s.row[at:end]) / s.total / s.total
			default:
				dst[k] = excess(s.total, p, q) / s.total / s.total
			}
		}
	}
}

// split sets the second half of p to what the first one, of so many counts, leaves of the columns, and q to what independence makes of both
// over the total.
func (s *sums) split(p, q []float64, size float64) {
	n, rest := len(s.columns), s.total-size
	left, right, qLeft, qRight := p[:n], p[n:][:n], q[:n], q[n:][:n]
	for j, c := range s.columns {
		right[j] = c - left[j]
		qLeft[j], qRight[j] = size*c, rest*c
	}
}

// anyNegative tells whether one of x is, or -0.
func anyNegative(x []float64) bool {
	var signs uint64
	for _, v := range x {
		signs |= math.Float64bits(v)
	}
	return signs>>63 != 0
}

// add is the sum of x.
func add(x []float64) float64 {
	var s0, s1, s2, s3 float64
	j := 0
	for ; j+4 <= len(x); j += 4 {
		x := x[j : j+4 : j+4]
		s0, s1, s2, s3 = s0+x[0], s1+x[1], s2+x[2], s3+x[3]
	}
	for ; j < len(x); j++ {
		s0 += x[j]
	}
	return (s0 + s1) + (s2 + s3)
}

// inexactGain is that of counts whose products are rounded.
func inexactGain[C relent.Number](s *sums, branch []C) float64 {
	rows := relent.NewMatrix[float64](2, len(branch))
	widen(rows.Row(0), branch, 0)
	for j, c := range s.columns {
		rows.Row(1)[j] = c - rows.Row(0)[j]
	}
	both := sum("InformationGain", rows)
	defer free.Put(both)
	if !(both.total <= math.MaxFloat64) {
		return math.NaN()
	}
	return independence(both, rows, mutualInformation)
}

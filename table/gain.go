package table

import (
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
	"github.com/relent-go/relent/internal/sizes"
)

// InformationGain sets dst[k] to what candidate k for a split in two tells about the class, the mutual information of branch and class,
// and returns dst: the loop of a learner of trees. total has the counts of the classes, and row k of left those of the first branch; the
// second one has the rest. Counts that are more than the total's give NaN. A dst of nil is allocated. For splits in more branches take
// [MutualInformation] of each.
func InformationGain[C relent.Number](dst []float64, total []C, left relent.Matrix[C]) []float64 {
	const name = "InformationGain"
	sizes.Matrix[C](left).Check(here, name, "left")
	if left.Cols != len(total) {
		here.Panic(name, "total has %d classes, left has %d columns", len(total), left.Cols)
	}
	dst = sizes.Slice(here, name, "dst", dst, left.Rows)
	s := sum(name, relent.NewMatrix(1, len(total), total...))
	defer free.Put(s)
	if s.total > 0 && s.integers && s.total < exactTotal && left.Cols <= block {
		gains(s, dst, left)
		return dst
	}
	for k := range dst {
		dst[k] = gain(s, left.Row(k))
	}
	return dst
}

// gains are those of branches and the rest, of as many candidates at a time as make a piece.
func gains[C relent.Number](s *sums, dst []float64, left relent.Matrix[C]) {
	b, t := take(), typeOf[C]() // of the branches
	defer free.Put(b)
	b.rows, b.margin = zeros(b.rows, left.Rows), zeros(b.margin, wholes(left.Cols))
	for p := (piece{}); p.next(left.Rows, left.Cols); {
		setCells(&b.cells, left, p, t.small)
		dst := dst[p.first:p.last]
		if (t.fractions || t.small) && !areIntegers(b.counts[:p.cells()]) || !s.branches(b, dst, p) {
			for i := range dst {
				dst[i] = gain(s, left.Row(p.first+i))
			}
		}
	}
}

// branches sets dst to the gains of a piece of b, unless a branch has more counts than there are.
func (s *sums) branches(b *sums, dst []float64, p piece) bool {
	n, cols := p.cells(), p.width()
	b.addCells(p)
	if p.first == 0 { // no later piece has more rows
		s.counts = sized(s.counts, n)
		copy(s.counts, s.columns)
		for done := cols; done < n; done *= 2 {
			copy(s.counts[done:], s.counts[:done])
		}
	}
	s.expected, b.expected = sized(s.expected, n+stripe), sized(b.expected, n+stripe)
	multiply(s.expected, b.rows[p.first:p.last], ones[:], cols)
	surplus := relent.Pass(pass.TableGains, numbers(s.total), b.expected[:n], b.counts[:n], s.counts[:n], s.expected[:n])[0]
	if surplus > 0 {
		return false
	}
	clear(b.expected[n:])
	addRows(b.margin, dst, b.expected, cols)
	square := s.total * s.total
	for i, sum := range dst {
		dst[i] = sum / square
	}
	return true
}

// gain is that of one candidate, whatever its counts are.
func gain[C relent.Number](s *sums, branch []C) float64 {
	s.row = sized(s.row, 2*len(branch))
	both := relent.NewMatrix(2, len(branch), s.row...)
	widen(both.Row(0), branch, true)
	for j, c := range s.columns {
		both.Row(1)[j] = c - both.Row(0)[j]
	}
	of := sum("InformationGain", both)
	defer free.Put(of)
	return independence(of, both, mutualInformation)
}

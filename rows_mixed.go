package relent

import (
	"math"

	"github.com/relent-go/relent/internal/parallel"
)

// A meeting is the job of rows that are not all dense: each row of the outer side meets rows of the inner side, one after the other.
type meeting[F Float] struct {
	measure      Measure
	outerFirst   bool // the measure is of outer and inner, in that order
	turned       bool // outer rows are the columns of dst
	list, mirror bool
	outer, inner operand[F]
	dst          Matrix[float64]
	scratch      *Scratch
}

// newMeeting has rows that lie somewhere on the inner side, where many of them are measured at once.
func newMeeting[F Float](w *pairing[F], dst Matrix[float64], scratch *Scratch) meeting[F] {
	m := meeting[F]{measure: w.measure, outer: w.p, inner: w.q, dst: dst, list: w.list, mirror: w.mirror, scratch: scratch}
	if m.turned = !w.list && w.p.stretches() && !w.q.stretches(); m.turned {
		m.outer, m.inner = w.q, w.p
	}
	m.outerFirst = m.turned == w.reversed
	return m
}

func (m meeting[F]) do(run Run) error { return parallel.Do(run.parallel(), m) }

// both tells that the rows of both sides are of that kind.
func (m *meeting[F]) both(kind operandKind) bool { return m.outer.kind == kind && m.inner.kind == kind }

// Size is that of the job.
func (m meeting[F]) Size() (tiles, results int) {
	results = m.dst.Rows * m.dst.Cols
	return parallel.EvenTiles(results, listElements, m), results
}

// Before is about how many elements are looked at for the results before one, an outer row after the other.
func (m meeting[F]) Before(result int) int64 {
	if m.list {
		return m.cost(&m.outer, result) + m.cost(&m.inner, result) + leastRow*int64(result)
	}
	i, j := result/m.inner.rows, result%m.inner.rows
	spent := m.cost(&m.outer, i)*int64(m.inner.rows) + m.cost(&m.inner, m.inner.rows)*int64(i) + leastRow*int64(result)
	if j > 0 {
		spent += (m.cost(&m.outer, i+1)-m.cost(&m.outer, i))*int64(j) + m.cost(&m.inner, j)
	}
	return spent
}

// cost is that of the rows before one of a side: rows that meet ragged ones, and sparse rows that meet dense ones, are as long, which the
// other side counts.
func (m *meeting[F]) cost(o *operand[F], i int) int64 {
	ragged := m.outer.kind == raggedRows || m.inner.kind == raggedRows
	if ragged && o.kind != raggedRows || o.kind == sparseRows && !m.both(sparseRows) {
		return 0
	}
	return o.before(i)
}

// Tile computes results that follow each other, an outer row after the other.
func (m meeting[F]) Tile(w *parallel.Worker, t int) error {
	from, to := parallel.EvenTile(t, m.dst.Rows*m.dst.Cols, listElements, m)
	if from == to {
		return nil
	}
	b := m.scratch.take(m.room(&m.outer), m.room(&m.inner))
	b.by = w
	results := 0
	if m.list {
		m.several(w, b, from, to)
		results = to - from
	} else {
		for i := from / m.inner.rows; i*m.inner.rows < to; i++ {
			results += m.row(w, b, i, max(0, from-i*m.inner.rows), min(m.inner.rows, to-i*m.inner.rows))
		}
	}
	m.outer.clearHalves(b.outer)
	m.inner.clearHalves(b.inner)
	b.by = nil
	m.scratch.put(b)
	w.Done(results)
	return nil
}

// room is how many elements the buffer of a side has.
func (m *meeting[F]) room(o *operand[F]) int {
	if m.both(sparseRows) || m.both(shareRows) {
		return 0
	}
	return o.room()
}

// several computes the results of a list, from one up to but not including another.
func (m *meeting[F]) several(w *parallel.Worker, b *buffers, from, to int) {
	for i := from; i < to; {
		if w.Stopped() {
			return
		}
		end := i + 1
		switch {
		case m.outer.null(i) || m.inner.null(i):
			m.dst.Data[i] = math.NaN()
		case m.outer.stretches() && m.inner.stretches():
			end = m.run(w, b, i, to)
		default:
			m.one(w, b, i, i, m.dst.Data[i:end])
		}
		i = end
	}
}

// run computes results of a list of rows of the same length, none of them null, which lie side by side, and returns where it ends.
func (m *meeting[F]) run(w *parallel.Worker, b *buffers, from, to int) (end int) {
	if !m.outer.lays() || !m.inner.lays() {
		to = min(to, from+tileRows)
	}
	for end = from + 1; end < to && !m.outer.null(end) && !m.inner.null(end); {
		end++
	}
	x, xStride, xRows := m.outer.stretch(b.outer, from, end)
	y, yStride, yRows := m.inner.stretch(b.inner, from, end)
	end = from + min(xRows, yRows)
	m.each(w, m.dst.Data[from:end], x, y, m.outer.length(from), xStride, yStride)
	return end
}

// each sets dst[i] to the measure of rows i, n long and so many elements apart.
func (m *meeting[F]) each(w *parallel.Worker, dst []float64, x, y []F, n, xStride, yStride int) {
	switch {
	case n == 0:
		clear(dst)
	case m.outerFirst:
		measureEach(w, m.measure, dst, x, y, n, xStride, yStride)
	default:
		measureEach(w, m.measure, dst, y, x, n, yStride, xStride)
	}
}

// one computes the measure of an outer row and an inner one, neither of them null, into dst[0].
func (m *meeting[F]) one(w *parallel.Worker, b *buffers, i, j int, dst []float64) {
	switch {
	case m.both(sparseRows):
		dst[0] = m.sparse(w, b, i, j)
	case m.both(shareRows):
		dst[0] = m.shares(w, i, j)
	default:
		x, y := m.outer.row(b, b.outer, i), m.inner.row(b, b.inner, j)
		m.each(w, dst, x, y, len(x), 0, 0)
		m.inner.clear(b.inner, j)
		m.outer.clear(b.outer, i)
	}
}

// row computes the results of an outer row with inner rows from one up to but not including another, and returns their number.
func (m *meeting[F]) row(w *parallel.Worker, b *buffers, i, from, to int) (results int) {
	if m.mirror {
		from = max(from, i)
	}
	if from >= to {
		return 0
	}
	var x []F
	kept := !m.both(sparseRows) && !m.both(shareRows)
	if kept {
		x = m.outer.row(b, b.outer, i)
	}
	var part [tileRows]float64
	for j := from; j < to && !w.Stopped(); {
		dst := part[:min(len(part), to-j)]
		switch {
		case m.outer.null(i) || m.inner.null(j):
			dst = dst[:1]
			dst[0] = math.NaN()
		case kept && m.inner.stretches():
			dst = m.many(w, b, x, j, dst)
		case kept:
			dst = dst[:1]
			y := m.inner.row(b, b.inner, j)
			m.each(w, dst, x, y, len(x), 0, 0)
			m.inner.clear(b.inner, j)
		default:
			dst = dst[:1]
			m.one(w, b, i, j, dst)
		}
		results += m.store(i, j, dst)
		j += len(dst)
	}
	if kept {
		m.outer.clear(b.outer, i)
	}
	return results
}

// many sets as much of dst as it can to the measures of x and inner rows from one on that lie side by side.
func (m *meeting[F]) many(w *parallel.Worker, b *buffers, x []F, from int, dst []float64) []float64 {
	n := 1
	for n < len(dst) && !m.inner.null(from+n) {
		n++
	}
	y, stride, rows := m.inner.stretch(b.inner, from, from+n)
	m.each(w, dst[:rows], x, y, len(x), 0, stride)
	return dst[:rows]
}

// store puts results of an outer row where they belong, and returns how many they are.
func (m *meeting[F]) store(i, from int, results []float64) int {
	at, step := i*m.dst.Stride+from, 1
	if m.turned {
		at, step = from*m.dst.Stride+i, m.dst.Stride
	}
	for k, x := range results {
		m.dst.Data[at+k*step] = x
	}
	if !m.mirror {
		return len(results)
	}
	n := len(results)
	for k, x := range results {
		if j := from + k; j != i {
			m.dst.Data[j*m.dst.Stride+i] = x
			n++
		}
	}
	return n
}

package relent

import (
	"math"

	"github.com/relent-go/relent/internal/parallel"
)

// sparse is the measure of two sparse rows. It has the bits of their dense vectors, though most columns, in which neither has an entry,
// are left out: an element stays with its accumulator, behind the same ones, in the same chunk.
func (m *meeting[F]) sparse(w *parallel.Worker, b *buffers, i, j int) float64 {
	x, y := m.outer.entries(i), m.inner.entries(j)
	if !m.outerFirst {
		x, y = y, x
	}
	c := compacted[F]{p: elements[F](b.compact[0][:], chunk), q: elements[F](b.compact[1][:], chunk)}
	switch cols := m.outer.cols; {
	case cols == 0:
		return 0
	case cols <= chunk:
		return c.pair(m.measure, &x, &y, cols)
	case m.measure == MeasureBhattacharyya:
		return c.longBhattacharyya(w, &x, &y, cols)
	default:
		return c.long(w, m.measure, &x, &y, cols)
	}
}

// An entryList is the entries of a row that have not been seen.
type entryList[F Number] struct {
	columns *indexes
	values  []F
	at, end int
}

func (o *operand[F]) entries(i int) entryList[F] {
	l := &o.lists
	return entryList[F]{&l.columns, l.values, l.offsets.at(i), l.offsets.at(i + 1)}
}

func (e *entryList[F]) ended() bool { return e.at == e.end }

// column is that of the next entry, or that one if it is less.
func (e *entryList[F]) column(most int) int {
	if e.at == e.end {
		return most
	}
	return min(most, e.columns.at(e.at))
}

// A compacted chunk is the columns of one in which either row has an entry. Entries of columns that are the same modulo lanes follow
// each other in the same accumulator.
type compacted[F Float] struct {
	p, q []F // zeros, but for what is filled
	n    int
}

// fill takes the entries before a column, all of the same chunk.
func (c *compacted[F]) fill(x, y *entryList[F], to int) {
	var filled [lanes]int
	height := 0
	for {
		a, b := x.column(to), y.column(to)
		column := min(a, b)
		if column == to {
			break
		}
		lane := column % lanes
		at := filled[lane]*lanes + lane
		filled[lane]++
		height = max(height, filled[lane])
		if a == column {
			c.p[at] = x.values[x.at]
			x.at++
		}
		if b == column {
			c.q[at] = y.values[y.at]
			y.at++
		}
	}
	c.n = min(height*lanes, (to-1)%chunk+1)
}

// next is where the chunk of the next entry ends.
func (c *compacted[F]) next(x, y *entryList[F], cols int) int {
	column := min(x.column(cols), y.column(cols))
	return min(cols, (column/chunk+1)*chunk)
}

func (c *compacted[F]) clear() {
	clear(c.p[:c.n])
	clear(c.q[:c.n])
}

// pair is the measure of rows of no more than a chunk.
func (c *compacted[F]) pair(m Measure, x, y *entryList[F], cols int) float64 {
	c.fill(x, y, cols)
	c.n = max(c.n, min(lanes, cols)) // rows without entries are vectors of zeros
	value := measureOf(m, c.p[:c.n], c.q[:c.n])
	c.clear()
	return value
}

// long is the measure of longer rows.
func (c *compacted[F]) long(w *parallel.Worker, m Measure, x, y *entryList[F], cols int) float64 {
	var sum exactSum
	for !x.ended() || !y.ended() {
		if w.Stopped() {
			return math.NaN()
		}
		c.fill(x, y, c.next(x, y, cols))
		addMeasureSum(&sum, m, c.p[:c.n], c.q[:c.n])
		c.clear()
	}
	return sum.measure(m)
}

// longBhattacharyya is long of the measure that takes several sums.
func (c *compacted[F]) longBhattacharyya(w *parallel.Worker, x, y *entryList[F], cols int) float64 {
	var sums chunkSums
	for !x.ended() || !y.ended() {
		if w.Stopped() {
			return math.NaN()
		}
		c.fill(x, y, c.next(x, y, cols))
		addChunk(&sums, MeasureBhattacharyya, c.p[:c.n], c.q[:c.n])
		c.clear()
	}
	return sums.take(MeasureBhattacharyya)
}

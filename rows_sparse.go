package relent

import (
	"math"

	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/parallel"
)

// sparse is the measure of two sparse rows. It has the bits of their dense vectors, though most columns, in which neither has an entry,
// are left out: an element stays with its accumulator, behind the same ones, in the same chunk.
func (m *meeting[F]) sparse(w *parallel.Worker, b *buffers, i, j int) float64 {
	x, y := m.outer.entries(i), m.inner.entries(j)
	if !m.outerFirst {
		x, y = y, x
	}
	c := compacted[F]{p: elements[F](b.compact[0][:], 2*chunk), q: elements[F](b.compact[1][:], 2*chunk)}
	switch cols := m.outer.cols; {
	case cols == 0:
		return 0
	case cols <= chunk:
		return c.pair(m.measure, &x, &y, cols)
	case m.measure.traits().several:
		return c.several(w, m.measure, &x, &y, cols)
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

// compacted are chunks without the columns in which neither row has an entry. Entries of columns that are the same modulo lanes follow
// each other in the same accumulator.
type compacted[F Float] struct {
	p, q []F // zeros, but for what is filled
	n    int // of a chunk
	rows int // chunks of that length, one after the other
}

// fill takes the entries before a column, all of the same chunk, and returns how many elements that is.
func (c *compacted[F]) fill(x, y *entryList[F], to int) (n int) {
	var filled, last [lanes]int // blocks in which a lane has an entry, and the number of the last of them
	block := lanes
	if !isFloat64[F]() {
		block = 2 * lanes // two elements of float32 are added before they join an accumulator
	}
	used := c.rows * c.n
	p, q := c.p[used:], c.q[used:]
	a, b := x.column(to), y.column(to)
	for {
		column := min(a, b)
		if column == to {
			return n
		}
		lane := column % lanes
		if number := column/block + 1; last[lane] != number {
			last[lane] = number
			filled[lane]++
		}
		at := (filled[lane]-1)*block + column%block
		n = max(n, at-lane+lanes)
		if a == column {
			p[at] = x.values[x.at]
			x.at++
			a = x.column(to)
		}
		if b == column {
			q[at] = y.values[y.at]
			y.at++
			b = y.column(to)
		}
	}
}

// next is where the chunk of the next entry ends.
func (c *compacted[F]) next(x, y *entryList[F], cols int) int {
	column := min(x.column(cols), y.column(cols))
	return min(cols, (column/chunk+1)*chunk)
}

// clear brings back the zeros of so many elements.
func (c *compacted[F]) clear(n int) {
	clear(c.p[:n])
	clear(c.q[:n])
	c.n, c.rows = 0, 0
}

// pair is the measure of rows of no more than a chunk.
func (c *compacted[F]) pair(m Measure, x, y *entryList[F], cols int) float64 {
	n := min(max(c.fill(x, y, cols), lanes), cols) // rows without entries are vectors of zeros
	value := measureOf(m, c.p[:n], c.q[:n])
	c.clear(n)
	return value
}

// long is the measure of longer rows. Chunks are summed together that take about as much room.
func (c *compacted[F]) long(w *parallel.Worker, m Measure, x, y *entryList[F], cols int) float64 {
	var sum exact.Sum
	for !x.ended() || !y.ended() {
		if w.Stopped() {
			return math.NaN()
		}
		n := c.fill(x, y, c.next(x, y, cols))
		if c.rows > 0 && n > c.n {
			c.sum(&sum, m, n)
		}
		if c.rows++; c.rows == 1 {
			c.n = n
		}
		if c.rows*c.n > chunk-lanes {
			c.sum(&sum, m, 0)
		}
	}
	c.sum(&sum, m, 0)
	return measureOfExact(m, &sum)
}

// sum adds the sums of the chunks, and moves what so many elements after them are to the front.
func (c *compacted[F]) sum(total *exact.Sum, m Measure, after int) {
	if c.rows == 0 {
		return
	}
	var sums [chunk / lanes]float64
	used := c.rows * c.n
	measureSumRows(m, sums[:c.rows], c.p[:used], c.q[:used], c.n, c.n, c.n)
	for i, sum := range sums[:c.rows] {
		if sum > math.MaxFloat64 && m.outgrows() {
			addOutgrownSum(total, m, c.p[i*c.n:][:c.n], c.q[i*c.n:][:c.n])
		} else {
			total.Add(sum)
		}
	}
	copy(c.p, c.p[used:][:after])
	copy(c.q, c.q[used:][:after])
	clear(c.p[after : used+after])
	clear(c.q[after : used+after])
	c.n, c.rows = 0, 0
}

// several is long of a measure that takes several sums.
func (c *compacted[F]) several(w *parallel.Worker, m Measure, x, y *entryList[F], cols int) float64 {
	var sums chunkSums
	for !x.ended() || !y.ended() {
		if w.Stopped() {
			return math.NaN()
		}
		n := c.fill(x, y, c.next(x, y, cols))
		addChunk(&sums, m, c.p[:n], c.q[:n])
		c.clear(n)
	}
	return sums.take(m)
}

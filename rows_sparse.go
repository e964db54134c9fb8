package relent

import (
	"math"
	"math/bits"
	"unsafe"

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
	columns indexes
	values  []F
	at      int // of all entries
}

func (o *operand[F]) entries(i int) entryList[F] {
	l := &o.lists
	from, to := l.offsets.at(i), l.offsets.at(i+1)
	return entryList[F]{indexes{l.columns.data, to, l.columns.wide}, l.values[:to], from}
}

func (e *entryList[F]) ended() bool { return e.at == len(e.values) }

// column is that of the next entry, or that one if it is less.
func (e *entryList[F]) column(most int) int {
	if e.ended() {
		return most
	}
	return min(most, e.columns.at(e.at))
}

// occupied has, for each accumulator, a bit for every block of the columns of a chunk: whether it adds something of it. Blocks are the
// elements that accumulators take at once.
type occupied [lanes]uint64

// blockBits are those of the number of a column within its block: two elements of float32 are added before they join an accumulator.
func blockBits[F Number]() uint {
	if unsafe.Sizeof(F(0)) == 8 {
		return 4
	}
	return 5
}

// mark notes the entries before a column, all of the same chunk, and returns their number.
func (e *entryList[F]) mark(o *occupied, to int) int {
	if e.columns.wide {
		return mark(o, indexSlice[int64](&e.columns)[e.at:], to-1, blockBits[F]())
	}
	return mark(o, indexSlice[int32](&e.columns)[e.at:], to-1, blockBits[F]())
}

func mark[I Offset](o *occupied, columns []I, last int, blockBits uint) int {
	for k, c := range columns {
		if int(c) > last {
			return k
		}
		o[uint(c)%lanes] |= 1 << (uint(c) % chunk >> blockBits & 63)
	}
	return len(columns)
}

// place puts so many entries where they belong: in the block that follows those before it in which their accumulator has something to add.
func (e *entryList[F]) place(dst []F, o *occupied, n int) {
	if e.columns.wide {
		place(dst, o, indexSlice[int64](&e.columns)[e.at:][:n], e.values[e.at:], blockBits[F]())
	} else {
		place(dst, o, indexSlice[int32](&e.columns)[e.at:][:n], e.values[e.at:], blockBits[F]())
	}
	e.at += n
}

func place[F Number, I Offset](dst []F, o *occupied, columns []I, values []F, blockBits uint) {
	values = values[:len(columns)]
	for k, c := range columns {
		before := o[uint(c)%lanes] & (1<<(uint(c)%chunk>>blockBits&63) - 1)
		dst[uint(bits.OnesCount64(before))<<(blockBits&63)|uint(c)&(1<<(blockBits&63)-1)] = values[k]
	}
}

// compacted are chunks without the columns in which neither row has an entry. Entries of columns that are the same modulo lanes follow
// each other in the same accumulator.
type compacted[F Float] struct {
	p, q []F // zeros, but for what is filled
	n    int // of a chunk
	rows int // chunks of that length, one after the other
}

// fill takes the entries before a column, all of the same chunk, and returns how many elements that is.
func (c *compacted[F]) fill(x, y *entryList[F], to int) int {
	var o occupied
	ofX, ofY := x.mark(&o, to), y.mark(&o, to)
	blocks := 0
	for _, word := range o {
		blocks = max(blocks, bits.OnesCount64(word))
	}
	used := c.rows * c.n
	x.place(c.p[used:], &o, ofX)
	y.place(c.q[used:], &o, ofY)
	return blocks << blockBits[F]()
}

// next is where the chunk of the next entry ends.
func (c *compacted[F]) next(x, y *entryList[F], cols int) int {
	column := min(x.column(cols), y.column(cols))
	return min(cols-1, column|(chunk-1)) + 1
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

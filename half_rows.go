package relent

import "github.com/relent-go/relent/internal/freelist"

// HalfMatrix is as [Matrix]; [Rows] have it as one of float32.
type HalfMatrix[H Half] struct {
	Rows, Cols int
	Data       []H
	Stride     int
}

// A HalfVector is one row, as a [Vector] is; [Rows] have it as one of float32.
type HalfVector[H Half] []H

func (m HalfMatrix[H]) matrix(function, name string) (none Matrix[float32], ok bool) {
	return none, false
}
func (v HalfVector[H]) matrix(function, name string) (none Matrix[float32], ok bool) {
	return none, false
}

func (m HalfMatrix[H]) operand(function, name string) operand[float32] {
	stored := Matrix[uint16]{Rows: m.Rows, Cols: m.Cols, Data: as[uint16](m.Data), Stride: m.Stride}
	return operand[float32]{kind: rowsOfHalves, rows: m.Rows, cols: m.Cols, halves: halfRows{stored.checked(function, name), isBFloat16[H]()}}
}

func (v HalfVector[H]) operand(function, name string) operand[float32] {
	return operand[float32]{kind: rowsOfHalves, repeats: true, rows: 1, cols: len(v),
		halves: halfRows{repeated(as[uint16](v), 1), isBFloat16[H]()}}
}

// halfRows are rows of halves.
type halfRows struct {
	stored Matrix[uint16] // of stride 0 if the row repeats
	brain  bool           // of BFloat16
}

// halvesTogether is how many rows are widened at a time: few enough for the first-level cache.
func halvesTogether(cols int) int { return min(tileRows, rowsWithin(1<<12, cols)) }

// fill sets dst to so many rows, one after the other.
func (h *halfRows) fill(dst []float32, first, rows int) {
	n, stride := len(dst)/rows, h.stored.Stride
	if n == 0 {
		return
	}
	from := h.stored.Data[first*stride:]
	if stride == n {
		n *= rows
	}
	for ; len(dst) > 0; dst = dst[n:] {
		reads(from[:n])
		widen(dst[:n], from, h.brain)
		if len(dst) > n {
			from = from[stride:]
		}
	}
}

// clearHalves brings the zeros back to where rows of halves were.
func (o *operand[F]) clearHalves(buffer []float64) {
	if o.kind == rowsOfHalves {
		clearInParts(elements[float32](buffer, o.cols*halvesTogether(o.cols)))
	}
}

// halfChunks are what widened vectors need.
type halfChunks struct {
	p, q [chunk]float32
	sums chunkSums
}

var freeHalfChunks freelist.List[*halfChunks]

// betweenHalves is the measure of p and q.
func betweenHalves(m Measure, p, q []uint16, brain bool) float64 {
	sameLength(m.String(), p, q)
	readsBoth(p, q)
	b, ok := freeHalfChunks.Take()
	if !ok {
		b = new(halfChunks)
	}
	value := b.measure(m, p, q, brain)
	freeHalfChunks.Put(b)
	return value
}

func (b *halfChunks) measure(m Measure, p, q []uint16, brain bool) float64 {
	if len(p) <= chunk {
		return measureOf(m, b.widened(&b.p, p, brain), b.widened(&b.q, q, brain))
	}
	clear(b.sums[:])
	for len(p) > 0 {
		n := min(chunk, len(p))
		addChunk(&b.sums, m, b.widened(&b.p, p[:n], brain), b.widened(&b.q, q[:n], brain))
		p, q = p[n:], q[n:]
	}
	return b.sums.take(m)
}

func (*halfChunks) widened(dst *[chunk]float32, x []uint16, brain bool) []float32 {
	widen(dst[:len(x)], x, brain)
	return dst[:len(x)]
}

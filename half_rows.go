package relent

import (
	"math"

	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/parallel"
)

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

// leastHalves is how many a row has that kernels of halves take.
const leastHalves = 8

// halves is the tiling of halves, if both sides are of one kind that there are kernels for.
func (w *pairing[F]) halves() (t tiling[uint16], ok bool) {
	p, q := &w.p, &w.q
	if p.kind != rowsOfHalves || q.kind != rowsOfHalves || p.halves.brain != q.halves.brain {
		return t, false
	}
	if min(p.cols, q.cols) < leastHalves || isa == generic {
		return t, false
	}
	return tiling[uint16]{measure: w.measure, reversed: w.reversed, brain: p.halves.brain,
		p: p.storedHalves(), q: q.storedHalves(), mirror: w.mirror}, true
}

// storedHalves are the rows as a tiling has them.
func (o *operand[F]) storedHalves() Matrix[uint16] {
	m := o.halves.stored
	if o.repeats {
		m.Rows = repeating
	}
	return m
}

// measureEachHalf is measureEach of halves.
func measureEachHalf(by *parallel.Worker, m Measure, dst []float64, p, q []uint16, brain bool, n, pStride, qStride int) {
	if n > chunk {
		for i := range dst {
			dst[i] = measureOfHalves(by, m, p[i*pStride:][:n], q[i*qStride:][:n], brain)
		}
		return
	}
	readsRows(p, n, pStride, len(dst))
	readsRows(q, n, qStride, len(dst))
	writes(dst)
	most := rowsWithin(kernelElements, n)
	for len(dst) > most {
		measureHalfRows(m, dst[:most], p, q, brain, n, pStride, qStride)
		dst, p, q = dst[most:], p[most*pStride:], q[most*qStride:]
	}
	measureHalfRows(m, dst, p, q, brain, n, pStride, qStride)
}

// measureHalfRows is measureRows of halves, leastHalves or more in a row, where there are kernels.
func measureHalfRows(m Measure, dst []float64, p, q []uint16, brain bool, n, pStride, qStride int) {
	halfSumRows(m, dst, p, q, brain, n, pStride, qStride)
	for i, sum := range dst {
		value, ok := measureOfHalfSum(m, sum)
		if !ok {
			value = measureOfWidened(nil, m, p[i*pStride:][:n], q[i*qStride:][:n], brain)
		}
		dst[i] = value
	}
}

// measureOfHalfSum is the measure, given its sum, unless float32 has to be looked at.
func measureOfHalfSum(m Measure, sum float64) (value float64, ok bool) {
	switch {
	case !m.takesHalfSum(sum):
		return 0, false
	case !m.traits().several:
		return measureValue(m, sum), true
	case nearOne(sum):
		return 0, false
	}
	return negLog(sum), true
}

// takesHalfSum tells whether a sum is that of the float32.
func (m Measure) takesHalfSum(sum float64) bool { return finite(sum) || sum > 0 && !m.outgrows() }

// betweenHalves is the measure of p and q.
func betweenHalves(m Measure, p, q []uint16, brain bool) float64 {
	if len(p) != len(q) {
		panicLengths(m.String(), len(p), len(q))
	}
	readsBoth(p, q)
	return measureOfHalves(nil, m, p, q, brain)
}

// measureOfHalves is the measure of p and q, unless the worker is stopped.
func measureOfHalves(by *parallel.Worker, m Measure, p, q []uint16, brain bool) float64 {
	if len(p) <= chunk {
		if value, ok := measureOfHalfSum(m, halfSum(m, p, q, brain)); ok {
			return value
		}
	}
	return measureOfWidened(by, m, p, q, brain)
}

// halfSum is what a measure of a chunk is made of, or NaN where float32 has to be looked at.
func halfSum(m Measure, p, q []uint16, brain bool) float64 {
	var sum [1]float64
	if len(p) < leastHalves || !halfSumRows(m, sum[:], p, q, brain, len(p), 0, 0) {
		return math.NaN()
	}
	return sum[0]
}

// halfChunks are what widened vectors need.
type halfChunks struct {
	p, q [chunk]float32
	sums chunkSums
}

var freeHalfChunks freelist.List[*halfChunks]

func takeHalfChunks() *halfChunks {
	if b, ok := freeHalfChunks.Take(); ok {
		return b
	}
	return new(halfChunks)
}

// measureOfWidened is measureOfHalves, by way of float32 where kernels of halves do not suffice.
func measureOfWidened(by *parallel.Worker, m Measure, p, q []uint16, brain bool) float64 {
	b := takeHalfChunks()
	value := b.measure(by, m, p, q, brain)
	freeHalfChunks.Put(b)
	return value
}

func (b *halfChunks) measure(by *parallel.Worker, m Measure, p, q []uint16, brain bool) float64 {
	if len(p) <= chunk {
		return measureOf(m, b.widened(&b.p, p, brain), b.widened(&b.q, q, brain))
	}
	clear(b.sums[:])
	for x, y := p, q; len(x) > 0; {
		if by != nil && by.Stopped() {
			return math.NaN()
		}
		n := min(chunk, len(x))
		if sum := halfSum(m, x[:n], y[:n], brain); m.takesHalfSum(sum) {
			b.sums[0].Add(sum)
		} else {
			addMeasureSum(&b.sums[0], m, b.widened(&b.p, x[:n], brain), b.widened(&b.q, y[:n], brain))
		}
		x, y = x[n:], y[n:]
	}
	if coefficient := b.sums[0]; m.traits().several && nearOne(coefficient.Take()) {
		return b.byAllSums(by, m, p, q, brain)
	}
	return measureOfExact(m, &b.sums[0])
}

// byAllSums is the measure of several chunks where its sum alone does not make it.
func (b *halfChunks) byAllSums(by *parallel.Worker, m Measure, p, q []uint16, brain bool) float64 {
	clear(b.sums[:])
	for len(p) > 0 {
		if by != nil && by.Stopped() {
			return math.NaN()
		}
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

// AddHalves feeds p and q to s; q is nil where its measure is of one vector.
func AddHalves[H Half](s *Stream[float32], p, q []H) {
	const name = "AddHalves"
	vectors := 2
	if s.measure.ofOne() && q == nil {
		vectors, q = 1, p
	}
	_, reversed := s.measure.check(name, vectors)
	sameLength(name, p, q)
	s.checkRoom(name, len(p))
	readsBoth(p, q)
	if reversed {
		p, q = q, p
	}
	b := takeHalfChunks()
	x, y := as[uint16](p), as[uint16](q)
	for len(x) > 0 {
		n := min(chunk, len(x))
		s.feed(b.widened(&b.p, x[:n], isBFloat16[H]()), b.widened(&b.q, y[:n], isBFloat16[H]()))
		x, y = x[n:], y[n:]
	}
	freeHalfChunks.Put(b)
}

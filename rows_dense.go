package relent

import (
	"math"
	"unsafe"

	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/parallel"
)

const (
	// kernelElements of the rows are for one call of a kernel: during it nothing stops a goroutine, not even a garbage collection that
	// everybody waits for. Elements take up to 30 ns, the costliest measure of subnormal numbers; most take 1 ns.
	kernelElements = 3 << 10
	// callElements of the rows meet several others one after the other: few enough for a cache near the core.
	callElements = 1 << 14
	// listElements are for a tile of a list, tableElements at most for one of a table: what takes far longer than handing it
	// out, and far less than a second.
	listElements  = 1 << 16
	tableElements = 1 << 18
	// tileRows is how many rows of p, at most, meet the same rows of q in a tile of a table.
	tileRows = 16
	// leastRow is how many elements a row costs at least.
	leastRow = 16
)

// A tiling is the job of dense rows cut into tiles, each a block of dst that is computed by one goroutine. Halves are uint16.
type tiling[E Number] struct {
	measure  Measure
	reversed bool
	brain    bool // halves are of BFloat16
	p, q     Matrix[E]
	dst      Matrix[float64]
	list     bool // dst is one row, of the measures of rows i of p and q; otherwise of row i of p and row j of q
	mirror   bool // what is below the diagonal is what is above

	rows, cols int // of a tile
	across     int // tiles beside each other
	tiles      int
	strands    int // of tiles that follow each other, each about one goroutine's; 0 or 1 if goroutines take turns
}

// repeating is the number of rows of a matrix whose one row is there as often as it is wanted; its stride is 0.
const repeating = -1

// denseList computes the measures of rows i.
func denseList[E Number](name string, run Run, dst []float64, w *tiling[E]) ([]float64, error) {
	sameCols(name, w.p.Cols, w.q.Cols)
	rows := w.p.Rows
	if rows == repeating {
		rows = w.q.Rows
	} else if w.q.Rows != repeating {
		sameRows(name, rows, w.q.Rows)
	}
	if rows == repeating {
		rows = 1
	}
	w.list = true
	dst = sized(name, "dst", dst, rows)
	w.dst = Matrix[float64]{Rows: 1, Cols: len(dst), Stride: len(dst), Data: dst}
	w.cut(1, listElements)
	return dst, w.do(&run)
}

// denseTable computes the measures of rows i and j.
func denseTable[E Number](name string, run Run, dst Matrix[float64], w *tiling[E]) (Matrix[float64], error) {
	sameCols(name, w.p.Cols, w.q.Cols)
	w.dst = dst.sized(name, "dst", max(w.p.Rows, -w.p.Rows), max(w.q.Rows, -w.q.Rows))
	w.cut(tileRows, callElements)
	return w.dst, w.do(&run)
}

// do computes all tiles; where nobody is to help, be told, or stop it, without a job: of a few short rows that is a good part of the time.
func (w *tiling[E]) do(run *Run) error {
	if !run.plain() {
		by := run.parallel()
		if w.across == w.tiles {
			w.strands = by.Goroutines(w.tiles)
		}
		return parallel.Do(by, *w)
	}
	for t := range w.tiles {
		w.block(nil, t)
	}
	return nil
}

// cut makes the tiles at most so many rows high, and so wide that a row of theirs takes so many elements.
func (w *tiling[E]) cut(rows, elements int) {
	w.cols = rowsWithin(elements, w.q.Cols)
	w.rows = min(rows, rowsWithin(tableElements, w.cols*w.q.Cols))
	w.across = ceilDiv(w.dst.Cols, w.cols)
	w.tiles = w.across * ceilDiv(w.dst.Rows, w.rows)
}

// rowsWithin is how many rows of n elements cost as much as one of so many elements, at least 1.
func rowsWithin(elements, n int) int { return max(1, elements/max(n, leastRow)) }

// ceilDiv is a/b, rounded up.
func ceilDiv(a, b int) int {
	if a == 0 {
		return 0
	}
	return (a-1)/b + 1
}

// Size is that of the job.
func (w tiling[E]) Size() (tiles, results int) { return w.tiles, w.dst.Rows * w.dst.Cols }

// Tile computes a block of dst.
func (w tiling[E]) Tile(by *parallel.Worker, t int) error {
	by.Done(w.block(by, along(w.strands, w.tiles, t)))
	return nil
}

// along is the tile that comes as number t where goroutines take the next tile of each strand in turn. Two that read memory within
// some megabytes of each other slow each other down: on a Zen 5 by a third of their time, which costs half of what the second one gains.
func along(strands, tiles, t int) int {
	if strands <= 1 {
		return t
	}
	length, longer := tiles/strands, tiles%strands // as many strands have one more
	strand := t % strands
	return strand*length + min(strand, longer) + t/strands
}

// block computes tile t and returns the number of its results.
func (w *tiling[E]) block(by *parallel.Worker, t int) (results int) {
	i0, j0 := t/w.across*w.rows, t%w.across*w.cols
	i1, j1 := min(i0+w.rows, w.dst.Rows), min(j0+w.cols, w.dst.Cols)
	if !w.mirror && j1-j0 < i1-i0 {
		w.columns(by, i0, i1, j0, j1)
		return (i1 - i0) * (j1 - j0)
	}
	for i := i0; i < i1; i++ {
		from := j0
		if w.mirror {
			from = max(from, i)
		}
		if from < j1 {
			w.row(by, i, from, j1)
			results += j1 - from
		}
	}
	if w.mirror {
		results += w.reflect(i0, i1, j0, j1)
	}
	return results
}

// row computes elements j0 up to j1 of row i of dst.
func (w *tiling[E]) row(by *parallel.Worker, i, j0, j1 int) {
	dst := w.dst.Row(i)[j0:j1]
	if w.q.Cols == 0 {
		clear(dst)
		return
	}
	p, q := w.p.Data, w.q.Data[j0*w.q.Stride:]
	if w.list {
		w.each(by, dst, p[j0*w.p.Stride:], q, w.p.Stride, w.q.Stride)
	} else {
		w.each(by, dst, p[i*w.p.Stride:], q, 0, w.q.Stride)
	}
}

// columns computes a tile that is higher than wide column by column: calls are fewer, and rows side by side.
func (w *tiling[E]) columns(by *parallel.Worker, i0, i1, j0, j1 int) {
	var column [tileRows]float64
	for j := j0; j < j1; j++ {
		results := column[:i1-i0]
		if w.q.Cols > 0 {
			w.each(by, results, w.p.Data[i0*w.p.Stride:], w.q.Data[j*w.q.Stride:], w.p.Stride, 0)
		}
		for i, x := range results {
			w.dst.Data[(i0+i)*w.dst.Stride+j] = x
		}
	}
}

// each sets dst[i] to the measure of rows i of p and q, so many elements apart.
func (w *tiling[E]) each(by *parallel.Worker, dst []float64, p, q []E, pStride, qStride int) {
	if w.reversed {
		p, q, pStride, qStride = q, p, qStride, pStride
	}
	n := w.q.Cols
	switch unsafe.Sizeof(*new(E)) {
	case 8:
		measureEach(by, w.measure, dst, as[float64](p), as[float64](q), n, pStride, qStride)
	case 4:
		measureEach(by, w.measure, dst, as[float32](p), as[float32](q), n, pStride, qStride)
	default:
		measureEachHalf(by, w.measure, dst, as[uint16](p), as[uint16](q), w.brain, n, pStride, qStride)
	}
}

// measureEach sets dst[i] to the measure of rows i of p and q, n long and so many elements apart.
func measureEach[F Float](by *parallel.Worker, m Measure, dst []float64, p, q []F, n, pStride, qStride int) {
	if n > chunk {
		for i := range dst {
			dst[i] = measureLong(by, m, p[i*pStride:][:n], q[i*qStride:][:n])
		}
		return
	}
	readsRows(p, n, pStride, len(dst))
	readsRows(q, n, qStride, len(dst))
	writes(dst)
	most := rowsWithin(kernelElements, n)
	for len(dst) > most {
		measureRows(m, dst[:most], p, q, n, pStride, qStride)
		dst, p, q = dst[most:], p[most*pStride:], q[most*qStride:]
	}
	measureRows(m, dst, p, q, n, pStride, qStride)
}

// measureLong is measureOf, but for very long p and q, in whose midst the worker may be stopped: then it says nothing.
func measureLong[F Float](by *parallel.Worker, m Measure, p, q []F) float64 {
	if by == nil || len(p) <= tableElements {
		return measureOf(m, p, q)
	}
	var sum exact.Sum
	for from := 0; from < len(p); from += chunk {
		if from%tableElements == 0 && by.Stopped() {
			return math.NaN()
		}
		to := min(from+chunk, len(p))
		sum.Add(measureSum(m, p[from:to], q[from:to]))
	}
	if m.traits().several {
		return bhattacharyyaDistance(sum.Take(), p, q)
	}
	return measureValue(m, sum.Take())
}

// reflect copies what a tile has above the diagonal to below it, and returns the number of the copies.
func (w *tiling[E]) reflect(i0, i1, j0, j1 int) (copies int) {
	for j := max(j0, i0+1); j < j1; j++ {
		for i := i0; i < min(i1, j); i++ {
			w.dst.Data[j*w.dst.Stride+i] = w.dst.Data[i*w.dst.Stride+j]
			copies++
		}
	}
	return copies
}

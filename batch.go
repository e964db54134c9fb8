package relent

import (
	"context"
	"fmt"
	"math"

	"github.com/relent-go/relent/internal/parallel"
)

// Between returns the measure of p and q: the value of the function that it names.
func Between[F Float](m Measure, p, q []F) float64 {
	m.check("Between", false)
	return measureOf(m, p, q)
}

// EachRow sets dst[i] to a measure of one vector, [MeasureEntropy] or [MeasureBinaryEntropy], of row i of p. See [Batch].
func EachRow[F Float](dst []float64, m Measure, p Matrix[F]) []float64 {
	w := eachRow(dst, m, p)
	return w.all().Data
}

// OneToMany sets dst[i] to the measure of p and row i of q. See [Batch].
func OneToMany[F Float](dst []float64, m Measure, p []F, q Matrix[F]) []float64 {
	w := oneToMany(dst, m, p, q)
	return w.all().Data
}

// ManyToOne sets dst[i] to the measure of row i of p and q. See [Batch].
func ManyToOne[F Float](dst []float64, m Measure, p Matrix[F], q []F) []float64 {
	w := manyToOne(dst, m, p, q)
	return w.all().Data
}

// RowByRow sets dst[i] to the measure of row i of p and row i of q. See [Batch].
func RowByRow[F Float](dst []float64, m Measure, p, q Matrix[F]) []float64 {
	w := rowByRow(dst, m, p, q)
	return w.all().Data
}

// ManyToMany sets element (i, j) of dst to the measure of row i of p and row j of q. See [Batch].
func ManyToMany[F Float](dst Matrix[float64], m Measure, p, q Matrix[F]) Matrix[float64] {
	w := manyToMany(dst, m, p, q)
	return w.all()
}

// AllPairs sets element (i, j) of dst to the measure of rows i and j of x. Of a symmetric measure half is computed, and
// mirrored. See [Batch].
func AllPairs[F Float](dst Matrix[float64], m Measure, x Matrix[F]) Matrix[float64] {
	w := allPairs(dst, m, x)
	return w.all()
}

// A Batch computes a measure of many rows, with more than one goroutine, with an end that may come early, or with a report on
// the way. The functions of the same names do without: they take the caller's goroutine and all the time they need.
//
// Every result has the bits of the measure's function called on the pair, for any number of workers. The methods write to
// dst and return it. A dst that is nil, or the zero Matrix, is allocated; another of the wrong size panics, as do rows that differ in
// length, before anything is written. dst must not overlap the rows. Calls with one worker do not allocate.
//
// When the context is done, its error is returned, unless all is computed; what is begun is finished first, which takes about a
// millisecond at most. Which elements of dst are computed then is not told.
//
// A panic of Progress, or of a goroutine that takes part, is the caller's panic, with the same value; so is runtime.Goexit. All
// goroutines have ended by then.
type Batch[F Float] struct {
	Measure Measure

	// Workers is how many goroutines take part, the caller's included; 1 if it is less than that. There are no more than GOMAXPROCS,
	// nor than there is work for.
	Workers int

	// Progress, if not nil, is called with how many results of the total are computed: the first time as soon as there are some,
	// then every 10 milliseconds at most. There is one call at a time, from any of the goroutines, and done is greater every time.
	// The last call, unless the context ends it all, is with the total.
	Progress func(done, total int)
}

func (b Batch[F]) run(ctx context.Context) parallel.Run {
	return parallel.Run{Workers: b.Workers, Context: ctx, Progress: b.Progress}
}

// EachRow is [EachRow].
func (b Batch[F]) EachRow(ctx context.Context, dst []float64, p Matrix[F]) ([]float64, error) {
	w := eachRow(dst, b.Measure, p)
	return w.dst.Data, parallel.Do(b.run(ctx), w)
}

// OneToMany is [OneToMany].
func (b Batch[F]) OneToMany(ctx context.Context, dst []float64, p []F, q Matrix[F]) ([]float64, error) {
	w := oneToMany(dst, b.Measure, p, q)
	return w.dst.Data, parallel.Do(b.run(ctx), w)
}

// ManyToOne is [ManyToOne].
func (b Batch[F]) ManyToOne(ctx context.Context, dst []float64, p Matrix[F], q []F) ([]float64, error) {
	w := manyToOne(dst, b.Measure, p, q)
	return w.dst.Data, parallel.Do(b.run(ctx), w)
}

// RowByRow is [RowByRow].
func (b Batch[F]) RowByRow(ctx context.Context, dst []float64, p, q Matrix[F]) ([]float64, error) {
	w := rowByRow(dst, b.Measure, p, q)
	return w.dst.Data, parallel.Do(b.run(ctx), w)
}

// ManyToMany is [ManyToMany].
func (b Batch[F]) ManyToMany(ctx context.Context, dst Matrix[float64], p, q Matrix[F]) (Matrix[float64], error) {
	w := manyToMany(dst, b.Measure, p, q)
	return w.dst, parallel.Do(b.run(ctx), w)
}

// AllPairs is [AllPairs].
func (b Batch[F]) AllPairs(ctx context.Context, dst Matrix[float64], x Matrix[F]) (Matrix[float64], error) {
	w := allPairs(dst, b.Measure, x)
	return w.dst, parallel.Do(b.run(ctx), w)
}

func eachRow[F Float](dst []float64, m Measure, p Matrix[F]) tiling[F] {
	const name = "EachRow"
	m.check(name, true)
	p.check(name, "p")
	return newList(name, dst, m, p, p)
}

func oneToMany[F Float](dst []float64, m Measure, p []F, q Matrix[F]) tiling[F] {
	const name = "OneToMany"
	m.check(name, false)
	q.check(name, "q")
	return newList(name, dst, m, repeated(p, q.Rows), q)
}

func manyToOne[F Float](dst []float64, m Measure, p Matrix[F], q []F) tiling[F] {
	const name = "ManyToOne"
	m.check(name, false)
	p.check(name, "p")
	return newList(name, dst, m, p, repeated(q, p.Rows))
}

func rowByRow[F Float](dst []float64, m Measure, p, q Matrix[F]) tiling[F] {
	const name = "RowByRow"
	m.check(name, false)
	p.check(name, "p")
	q.check(name, "q")
	checkRowCounts(name, p.Rows, q.Rows)
	return newList(name, dst, m, p, q)
}

func manyToMany[F Float](dst Matrix[float64], m Measure, p, q Matrix[F]) tiling[F] {
	const name = "ManyToMany"
	m.check(name, false)
	p.check(name, "p")
	q.check(name, "q")
	return newTable(name, dst, m, p, q)
}

func allPairs[F Float](dst Matrix[float64], m Measure, x Matrix[F]) tiling[F] {
	const name = "AllPairs"
	m.check(name, false)
	x.check(name, "x")
	w := newTable(name, dst, m, x, x)
	w.mirror = m.Symmetric()
	return w
}

// repeated is a matrix whose rows are all x: its stride is 0.
func repeated[F Float](x []F, rows int) Matrix[F] {
	return Matrix[F]{Rows: rows, Cols: len(x), Data: x}
}

// newList is of the measures of rows i of p and q.
func newList[F Float](name string, dst []float64, m Measure, p, q Matrix[F]) tiling[F] {
	checkRowLengths(name, p.Cols, q.Cols)
	dst = sized(name, "dst", dst, p.Rows)
	row := Matrix[float64]{Rows: 1, Cols: len(dst), Stride: len(dst), Data: dst}
	w := tiling[F]{measure: m, p: p, q: q, dst: row, list: true}
	w.cut(1, listElements)
	return w
}

// newTable is of the measures of each row of p and each row of q.
func newTable[F Float](name string, dst Matrix[float64], m Measure, p, q Matrix[F]) tiling[F] {
	checkRowLengths(name, p.Cols, q.Cols)
	dst = dst.sized(name, "dst", p.Rows, q.Rows)
	w := tiling[F]{measure: m, p: p, q: q, dst: dst}
	w.cut(tileRows, callElements)
	return w
}

func checkRowLengths(name string, p, q int) {
	if p != q {
		panic(fmt.Sprintf("relent: %s: p has %d elements in a row, q has %d", name, p, q))
	}
}

func checkRowCounts(name string, p, q int) {
	if p != q {
		panic(fmt.Sprintf("relent: %s: p has %d rows, q has %d", name, p, q))
	}
}

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

// A tiling is a job cut into tiles, each a block of dst that is computed by one goroutine.
type tiling[F Float] struct {
	measure Measure
	p, q    Matrix[F]
	dst     Matrix[float64]
	list    bool // dst is one row, of the measures of rows i of p and q; otherwise of row i of p and row j of q
	mirror  bool // what is below the diagonal is what is above

	rows, cols int // of a tile
	across     int // tiles beside each other
	tiles      int
}

// cut makes the tiles at most so many rows high, and so wide that a row of theirs takes so many elements.
func (w *tiling[F]) cut(rows, elements int) {
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

// all computes all tiles.
func (w *tiling[F]) all() Matrix[float64] {
	for t := range w.tiles {
		w.block(nil, t)
	}
	return w.dst
}

// Size is that of the job.
func (w tiling[F]) Size() (tiles, results int) { return w.tiles, w.dst.Rows * w.dst.Cols }

// Tile computes a block of dst.
func (w tiling[F]) Tile(by *parallel.Worker, t int) error {
	by.Done(w.block(by, t))
	return nil
}

// block computes tile t and returns the number of its results.
func (w *tiling[F]) block(by *parallel.Worker, t int) (results int) {
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
func (w *tiling[F]) row(by *parallel.Worker, i, j0, j1 int) {
	dst := w.dst.Row(i)[j0:j1]
	if w.q.Cols == 0 {
		clear(dst)
		return
	}
	p, q := w.p.Data, w.q.Data[j0*w.q.Stride:]
	if w.list {
		measureEach(by, w.measure, dst, p[j0*w.p.Stride:], q, w.q.Cols, w.p.Stride, w.q.Stride)
	} else {
		measureEach(by, w.measure, dst, p[i*w.p.Stride:], q, w.q.Cols, 0, w.q.Stride)
	}
}

// columns computes a tile that is higher than wide column by column: calls are fewer, and rows side by side.
func (w *tiling[F]) columns(by *parallel.Worker, i0, i1, j0, j1 int) {
	var column [tileRows]float64
	for j := j0; j < j1; j++ {
		results := column[:i1-i0]
		if n := w.q.Cols; n > 0 {
			measureEach(by, w.measure, results, w.p.Data[i0*w.p.Stride:], w.q.Data[j*w.q.Stride:], n, w.p.Stride, 0)
		}
		for i, x := range results {
			w.dst.Data[(i0+i)*w.dst.Stride+j] = x
		}
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
	var sum exactSum
	for from := 0; from < len(p); from += chunk {
		if from%tableElements == 0 && by.Stopped() {
			return math.NaN()
		}
		to := min(from+chunk, len(p))
		sum.add(measureSum(m, p[from:to], q[from:to]))
	}
	if m == MeasureBhattacharyya {
		return bhattacharyyaDistance(sum.take(), p, q)
	}
	return measureValue(m, sum.take())
}

// reflect copies what a tile has above the diagonal to below it, and returns the number of the copies.
func (w *tiling[F]) reflect(i0, i1, j0, j1 int) (copies int) {
	for j := max(j0, i0+1); j < j1; j++ {
		for i := i0; i < min(i1, j); i++ {
			w.dst.Data[j*w.dst.Stride+i] = w.dst.Data[i*w.dst.Stride+j]
			copies++
		}
	}
	return copies
}

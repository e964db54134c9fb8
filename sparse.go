package relent

import (
	"context"
	"fmt"

	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/parallel"
)

// Sparse holds rows most elements of which are 0, as pairs of a column and a value: compressed sparse rows (CSR). [NewSparse]
// makes one and checks it.
//
// Every measure takes sparse rows. A column that has no entry is 0, and an entry may be 0 as well: where p has none the term is
// what it is at p = 0, where only q has none it is +Inf for the measures that are infinite there, and where both have none it
// is 0. Two rows without entries are empty vectors, by every measure 0 apart; by BhattacharyyaDistance dense rows of zeros
// are +Inf apart.
type Sparse[F Float, I Offset] struct {
	cols    int
	offsets []I
	columns []I
	values  []F
}

// NewSparse checks the layout, once, and returns a matrix that shares the memory of its arguments, which must not change from
// then on, but for the values. Row i has values[k] in columns[k] for k from offsets[i] up to but not including offsets[i+1];
// columns ascend within a row, none is there twice, and all are from 0 up to but not including cols. No offsets are no rows.
// scipy's names for the three are indptr, indices and data.
func NewSparse[F Float, I Offset](cols int, offsets, columns []I, values []F) (*Sparse[F, I], error) {
	if len(columns) != len(values) {
		return nil, layoutError(-1, "%d columns for %d values", len(columns), len(values))
	}
	if cols < 0 {
		return nil, layoutError(-1, "%d columns", cols)
	}
	if err := checkOffsets(offsets, len(values)); err != nil {
		return nil, err
	}
	s := &Sparse[F, I]{cols: cols, offsets: offsets, columns: columns, values: values}
	for i := range s.Rows() {
		before := int64(-1)
		for k := offsets[i]; k < offsets[i+1]; k++ {
			column := int64(columns[k])
			switch {
			case column < 0 || column >= int64(cols):
				return nil, layoutError(i, "column %d, entry %d, is not in [0, %d)", column, k, cols)
			case column == before:
				return nil, layoutError(i, "column %d, entry %d, is there twice", column, k)
			case column < before:
				return nil, layoutError(i, "column %d, entry %d, comes after column %d", column, k, before)
			}
			before = column
		}
	}
	return s, nil
}

// Rows is the number of rows, Cols that of columns.
func (s *Sparse[F, I]) Rows() int { return rowsOf(s.offsets) }
func (s *Sparse[F, I]) Cols() int { return s.cols }

// Row is row i, sharing the columns and the values.
func (s *Sparse[F, I]) Row(i int) (columns []I, values []F) {
	if uint(i) >= uint(s.Rows()) {
		panic(noRow)
	}
	from, to := s.offsets[i], s.offsets[i+1]
	return s.columns[from:to:to], s.values[from:to:to]
}

// Slice is rows from up to but not including to, sharing the columns and the values.
func (s *Sparse[F, I]) Slice(from, to int) *Sparse[F, I] {
	if from < 0 || from > to || to > s.Rows() {
		panic("relent: Slice: there are no such rows")
	}
	offsets := s.offsets
	if len(offsets) > 0 {
		offsets = offsets[from : to+1 : to+1]
	}
	return &Sparse[F, I]{cols: s.cols, offsets: offsets, columns: s.columns, values: s.values}
}

// longest is the number of entries of the longest row.
func (s *Sparse[F, I]) longest() int {
	most := I(0)
	for i := range s.Rows() {
		most = max(most, s.offsets[i+1]-s.offsets[i])
	}
	return int(most)
}

// spent is how many entries the rows before row i have.
func (s *Sparse[F, I]) spent(i int) int64 { return int64(s.offsets[i] - s.offsets[0]) }

// A SparseWorkspace has the number of workers of the functions of [Sparse] rows, and buffers, which are made by each goroutine that
// takes part when it first needs them: two as long as the entries of the longest row of p and that of q together, or one as
// long as the rows of a dense matrix. They are kept for the next call.
type SparseWorkspace[F Float] struct {
	workers int
	free    freelist.List[*sparseBuffers[F]]
}

type sparseBuffers[F Float] struct {
	p, q  []F
	dense []F // zeros
}

// NewSparseWorkspace returns one for as many goroutines, the caller's included. Any number of them gives the same bits.
func NewSparseWorkspace[F Float](workers int) *SparseWorkspace[F] {
	return &SparseWorkspace[F]{workers: workers}
}

// take has room for as many entries of two rows, and for a dense row. What is taken is not put back where a panic leaves it in
// disorder.
func (w *SparseWorkspace[F]) take(entries, cols int) *sparseBuffers[F] {
	b, ok := w.free.Take()
	if !ok {
		b = new(sparseBuffers[F])
	}
	if len(b.p) < entries {
		b.p, b.q = make([]F, entries), make([]F, entries)
	}
	if len(b.dense) < cols {
		b.dense = make([]F, cols)
	}
	return b
}

// orNew is w, or a new one for a nil w.
func (w *SparseWorkspace[F]) orNew() *SparseWorkspace[F] {
	if w == nil {
		return new(SparseWorkspace[F])
	}
	return w
}

// batchOf is what the functions are: a batch of as many workers as the workspace is for.
func batchOf[I Offset, F Float](m Measure, w *SparseWorkspace[F]) SparseBatch[F, I] {
	b := SparseBatch[F, I]{Measure: m, Workspace: w}
	if w != nil {
		b.Workers = w.workers
	}
	return b
}

// EachSparseRow sets dst[i] to a measure of one vector of the entries of row i of p, and returns dst; a nil dst is allocated, one
// of the wrong size panics.
func EachSparseRow[F Float, I Offset](dst []float64, m Measure, p *Sparse[F, I]) []float64 {
	dst, _ = SparseBatch[F, I]{Measure: m}.EachRow(context.Background(), dst, p)
	return dst
}

// SparseRowByRow sets dst[i] to the measure of row i of p and row i of q, and returns dst; a nil dst is allocated, one of the
// wrong size panics. A nil workspace is allocated, with one worker.
//
// Results have the bits of [Between] on the compacted rows: the columns in which at least one of both has an entry, in their
// order, with 0 for the other one's. Columns without an entry contribute 0 to every measure; in the dense vectors they would
// move the other elements to other accumulators, and so may change the last bits.
func SparseRowByRow[F Float, I Offset](dst []float64, m Measure, p, q *Sparse[F, I], w *SparseWorkspace[F]) []float64 {
	dst, _ = batchOf[I](m, w).RowByRow(context.Background(), dst, p, q)
	return dst
}

// SparseOneToMany sets dst[i] to the measure of p, which has one row, and row i of q. Otherwise it is like [SparseRowByRow].
func SparseOneToMany[F Float, I Offset](dst []float64, m Measure, p, q *Sparse[F, I], w *SparseWorkspace[F]) []float64 {
	dst, _ = batchOf[I](m, w).OneToMany(context.Background(), dst, p, q)
	return dst
}

// SparseManyToOne sets dst[i] to the measure of row i of p and q, which has one row. Otherwise it is like [SparseRowByRow].
func SparseManyToOne[F Float, I Offset](dst []float64, m Measure, p, q *Sparse[F, I], w *SparseWorkspace[F]) []float64 {
	dst, _ = batchOf[I](m, w).ManyToOne(context.Background(), dst, p, q)
	return dst
}

// SparseManyToMany sets element (i, j) of dst to the measure of row i of p and row j of q. Otherwise it is like
// [SparseRowByRow].
func SparseManyToMany[F Float, I Offset](dst Matrix[float64], m Measure, p, q *Sparse[F, I], w *SparseWorkspace[F]) Matrix[float64] {
	dst, _ = batchOf[I](m, w).ManyToMany(context.Background(), dst, p, q)
	return dst
}

// SparseAllPairs sets element (i, j) of dst to the measure of rows i and j of x. Of a symmetric measure half is computed, and
// mirrored. Otherwise it is like [SparseRowByRow].
func SparseAllPairs[F Float, I Offset](dst Matrix[float64], m Measure, x *Sparse[F, I], w *SparseWorkspace[F]) Matrix[float64] {
	dst, _ = batchOf[I](m, w).AllPairs(context.Background(), dst, x)
	return dst
}

// SparseToDense sets element (i, j) of dst to the measure of the sparse row i of p and the dense row j of q, with the bits of
// [Between] on the dense rows: all columns count, so that a column in which only q is not 0 contributes what it must.
// Otherwise it is like [SparseRowByRow].
func SparseToDense[F Float, I Offset](dst Matrix[float64], m Measure, p *Sparse[F, I], q Matrix[F], w *SparseWorkspace[F]) Matrix[float64] {
	dst, _ = batchOf[I](m, w).ToDense(context.Background(), dst, p, q)
	return dst
}

// DenseToSparse sets element (i, j) of dst to the measure of the dense row i of p and the sparse row j of q. Otherwise it is
// like [SparseToDense].
func DenseToSparse[F Float, I Offset](dst Matrix[float64], m Measure, p Matrix[F], q *Sparse[F, I], w *SparseWorkspace[F]) Matrix[float64] {
	dst, _ = batchOf[I](m, w).FromDense(context.Background(), dst, p, q)
	return dst
}

// SparseToDenseRowByRow sets dst[i] to the measure of the sparse row i of p and the dense row i of q. Otherwise it is like
// [SparseToDense].
func SparseToDenseRowByRow[F Float, I Offset](dst []float64, m Measure, p *Sparse[F, I], q Matrix[F], w *SparseWorkspace[F]) []float64 {
	dst, _ = batchOf[I](m, w).ToDenseRowByRow(context.Background(), dst, p, q)
	return dst
}

// DenseToSparseRowByRow sets dst[i] to the measure of the dense row i of p and the sparse row i of q. Otherwise it is like
// [SparseToDense].
func DenseToSparseRowByRow[F Float, I Offset](dst []float64, m Measure, p Matrix[F], q *Sparse[F, I], w *SparseWorkspace[F]) []float64 {
	dst, _ = batchOf[I](m, w).FromDenseRowByRow(context.Background(), dst, p, q)
	return dst
}

// SparseToVector sets dst[i] to the measure of the sparse row i of p and the dense q. Otherwise it is like [SparseToDense].
func SparseToVector[F Float, I Offset](dst []float64, m Measure, p *Sparse[F, I], q []F, w *SparseWorkspace[F]) []float64 {
	dst, _ = batchOf[I](m, w).ToVector(context.Background(), dst, p, q)
	return dst
}

// VectorToSparse sets dst[i] to the measure of the dense p and the sparse row i of q. Otherwise it is like [SparseToDense].
func VectorToSparse[F Float, I Offset](dst []float64, m Measure, p []F, q *Sparse[F, I], w *SparseWorkspace[F]) []float64 {
	dst, _ = batchOf[I](m, w).FromVector(context.Background(), dst, p, q)
	return dst
}

// A SparseBatch computes a measure of [Sparse] rows as a [Batch] does of dense ones: with more than one goroutine, with an
// end that may come early, or with a report on the way. Calls with one worker and a workspace do not allocate, once that has
// its buffers.
type SparseBatch[F Float, I Offset] struct {
	Measure   Measure
	Workers   int                   // as of a Batch
	Progress  func(done, total int) // as of a Batch
	Workspace *SparseWorkspace[F]   // for buffers; one is allocated if this is nil
}

func (b SparseBatch[F, I]) run(ctx context.Context) parallel.Run {
	return parallel.Run{Workers: b.Workers, Context: ctx, Progress: b.Progress}
}

// EachRow is [EachSparseRow].
func (b SparseBatch[F, I]) EachRow(ctx context.Context, dst []float64, p *Sparse[F, I]) ([]float64, error) {
	const name = "EachSparseRow"
	b.Measure.check(name, true)
	dst = sized(name, "dst", dst, p.given(name, "p").Rows())
	entries := raggedSide[F, I]{rows: Ragged[F, I]{values: p.values, offsets: p.offsets}}
	return dst, parallel.Do(b.run(ctx), raggedRows[F, I]{dst, b.Measure, entries, entries})
}

// RowByRow is [SparseRowByRow].
func (b SparseBatch[F, I]) RowByRow(ctx context.Context, dst []float64, p, q *Sparse[F, I]) ([]float64, error) {
	const name = "SparseRowByRow"
	b.checkPair(name, p, q)
	checkRowCounts(name, p.Rows(), q.Rows())
	dst = sized(name, "dst", dst, p.Rows())
	return dst, b.pairs(ctx, sparsePairs[F, I]{dst: matrixOf(dst, 1), p: *p, q: *q, list: true})
}

// OneToMany is [SparseOneToMany].
func (b SparseBatch[F, I]) OneToMany(ctx context.Context, dst []float64, p, q *Sparse[F, I]) ([]float64, error) {
	const name = "SparseOneToMany"
	b.checkPair(name, p, q)
	p.checkOne(name, "p")
	dst = sized(name, "dst", dst, q.Rows())
	return dst, b.pairs(ctx, sparsePairs[F, I]{dst: matrixOf(dst, 1), p: *p, q: *q})
}

// ManyToOne is [SparseManyToOne].
func (b SparseBatch[F, I]) ManyToOne(ctx context.Context, dst []float64, p, q *Sparse[F, I]) ([]float64, error) {
	const name = "SparseManyToOne"
	b.checkPair(name, p, q)
	q.checkOne(name, "q")
	dst = sized(name, "dst", dst, p.Rows())
	return dst, b.pairs(ctx, sparsePairs[F, I]{dst: matrixOf(dst, len(dst)), p: *p, q: *q})
}

// ManyToMany is [SparseManyToMany].
func (b SparseBatch[F, I]) ManyToMany(ctx context.Context, dst Matrix[float64], p, q *Sparse[F, I]) (Matrix[float64], error) {
	const name = "SparseManyToMany"
	b.checkPair(name, p, q)
	dst = dst.sized(name, "dst", p.Rows(), q.Rows())
	return dst, b.pairs(ctx, sparsePairs[F, I]{dst: dst, p: *p, q: *q})
}

// AllPairs is [SparseAllPairs].
func (b SparseBatch[F, I]) AllPairs(ctx context.Context, dst Matrix[float64], x *Sparse[F, I]) (Matrix[float64], error) {
	const name = "SparseAllPairs"
	b.Measure.check(name, false)
	x.given(name, "x")
	dst = dst.sized(name, "dst", x.Rows(), x.Rows())
	return dst, b.pairs(ctx, sparsePairs[F, I]{dst: dst, p: *x, q: *x, mirror: b.Measure.Symmetric()})
}

// ToDense is [SparseToDense].
func (b SparseBatch[F, I]) ToDense(ctx context.Context, dst Matrix[float64], p *Sparse[F, I], q Matrix[F]) (Matrix[float64], error) {
	const name = "SparseToDense"
	b.check(name, "q", q, p.given(name, "p").cols, q.Cols)
	dst = dst.sized(name, "dst", p.Rows(), q.Rows)
	return dst, b.dense(ctx, sparseDense[F, I]{dst: dst, sparse: *p, dense: q})
}

// FromDense is [DenseToSparse].
func (b SparseBatch[F, I]) FromDense(ctx context.Context, dst Matrix[float64], p Matrix[F], q *Sparse[F, I]) (Matrix[float64], error) {
	const name = "DenseToSparse"
	b.check(name, "p", p, p.Cols, q.given(name, "q").cols)
	dst = dst.sized(name, "dst", p.Rows, q.Rows())
	return dst, b.dense(ctx, sparseDense[F, I]{dst: dst, sparse: *q, dense: p, turned: true})
}

// ToDenseRowByRow is [SparseToDenseRowByRow].
func (b SparseBatch[F, I]) ToDenseRowByRow(ctx context.Context, dst []float64, p *Sparse[F, I], q Matrix[F]) ([]float64, error) {
	const name = "SparseToDenseRowByRow"
	b.check(name, "q", q, p.given(name, "p").cols, q.Cols)
	checkRowCounts(name, p.Rows(), q.Rows)
	dst = sized(name, "dst", dst, p.Rows())
	return dst, b.dense(ctx, sparseDense[F, I]{dst: matrixOf(dst, 1), sparse: *p, dense: q, list: true})
}

// FromDenseRowByRow is [DenseToSparseRowByRow].
func (b SparseBatch[F, I]) FromDenseRowByRow(ctx context.Context, dst []float64, p Matrix[F], q *Sparse[F, I]) ([]float64, error) {
	const name = "DenseToSparseRowByRow"
	b.check(name, "p", p, p.Cols, q.given(name, "q").cols)
	checkRowCounts(name, p.Rows, q.Rows())
	dst = sized(name, "dst", dst, p.Rows)
	return dst, b.dense(ctx, sparseDense[F, I]{dst: matrixOf(dst, 1), sparse: *q, dense: p, turned: true, list: true})
}

// ToVector is [SparseToVector].
func (b SparseBatch[F, I]) ToVector(ctx context.Context, dst []float64, p *Sparse[F, I], q []F) ([]float64, error) {
	const name = "SparseToVector"
	b.check(name, "q", matrixOf(q, 1), p.given(name, "p").cols, len(q))
	dst = sized(name, "dst", dst, p.Rows())
	return dst, b.dense(ctx, sparseDense[F, I]{dst: matrixOf(dst, len(dst)), sparse: *p, dense: matrixOf(q, 1)})
}

// FromVector is [VectorToSparse].
func (b SparseBatch[F, I]) FromVector(ctx context.Context, dst []float64, p []F, q *Sparse[F, I]) ([]float64, error) {
	const name = "VectorToSparse"
	b.check(name, "p", matrixOf(p, 1), len(p), q.given(name, "q").cols)
	dst = sized(name, "dst", dst, q.Rows())
	return dst, b.dense(ctx, sparseDense[F, I]{dst: matrixOf(dst, 1), sparse: *q, dense: matrixOf(p, 1), turned: true})
}

// matrixOf is x in so many rows, at least one unless x is empty.
func matrixOf[F Float](x []F, rows int) Matrix[F] {
	cols := len(x) / max(1, rows)
	return Matrix[F]{Rows: rows, Cols: cols, Stride: cols, Data: x}
}

// checkPair panics unless rows of p and q are equally long.
func (b SparseBatch[F, I]) checkPair(name string, p, q *Sparse[F, I]) {
	b.Measure.check(name, false)
	checkRowLengths(name, p.given(name, "p").cols, q.given(name, "q").cols)
}

// check panics unless a dense matrix is one, and rows of p and q are equally long.
func (b SparseBatch[F, I]) check(name, dense string, x Matrix[F], p, q int) {
	b.Measure.check(name, false)
	x.check(name, dense)
	checkRowLengths(name, p, q)
}

// given is s; it panics if that is nil.
func (s *Sparse[F, I]) given(name, matrix string) *Sparse[F, I] {
	if s == nil {
		here.Panic(name, "%s is nil", matrix)
	}
	return s
}

func (s *Sparse[F, I]) checkOne(name, matrix string) {
	if s.Rows() != 1 {
		panic(fmt.Sprintf("relent: %s: %s has %d rows, not 1", name, matrix, s.Rows()))
	}
}

// pairs computes measures of two sparse rows.
func (b SparseBatch[F, I]) pairs(ctx context.Context, s sparsePairs[F, I]) error {
	s.m = b.Measure
	s.work, s.entries = b.Workspace.orNew(), s.p.longest()+s.q.longest()
	return parallel.Do(b.run(ctx), s)
}

// sparsePairs is the job of the measures of rows of p and of q.
type sparsePairs[F Float, I Offset] struct {
	dst     Matrix[float64]
	m       Measure
	p, q    Sparse[F, I]
	list    bool // dst is one row, of the measures of rows i of p and q; otherwise of row i of p and row j of q
	mirror  bool // what is below the diagonal is what is above
	work    *SparseWorkspace[F]
	entries int // of two rows, at most
}

// Size is that of the job.
func (s sparsePairs[F, I]) Size() (tiles, results int) {
	results = s.dst.Rows * s.dst.Cols
	return parallel.EvenTiles(results, listElements, s), results
}

// Before is the entries of all pairs of rows.
func (s sparsePairs[F, I]) Before(result int) int64 {
	if s.list {
		return s.p.spent(result) + s.q.spent(result) + leastRow*int64(result)
	}
	i, j := result/s.dst.Cols, result%s.dst.Cols
	spent := s.p.spent(i)*int64(s.dst.Cols) + s.q.spent(s.dst.Cols)*int64(i) + leastRow*int64(result)
	if j > 0 {
		spent += (s.p.spent(i+1)-s.p.spent(i))*int64(j) + s.q.spent(j)
	}
	return spent
}

// Tile computes some results, in the order of dst.
func (s sparsePairs[F, I]) Tile(w *parallel.Worker, t int) error {
	b := s.work.take(s.entries, 0)
	from, to := parallel.EvenTile(t, s.dst.Rows*s.dst.Cols, listElements, s)
	results := 0
	for result := from; result < to; result++ {
		if s.list {
			s.dst.Data[result] = s.measure(w, b, result, result)
			results++
			continue
		}
		i, j := result/s.dst.Cols, result%s.dst.Cols
		if s.mirror && j < i {
			result += i - j - 1 // on to the diagonal
			continue
		}
		x := s.measure(w, b, i, j)
		s.dst.Data[i*s.dst.Stride+j] = x
		results++
		if s.mirror && i != j {
			s.dst.Data[j*s.dst.Stride+i] = x
			results++
		}
	}
	s.work.free.Put(b)
	w.Done(results)
	return nil
}

// measure compacts two rows and measures them.
func (s *sparsePairs[F, I]) measure(w *parallel.Worker, b *sparseBuffers[F], i, j int) float64 {
	pColumns, pValues := s.p.Row(i)
	qColumns, qValues := s.q.Row(j)
	n := union(b.p, b.q, pColumns, qColumns, pValues, qValues)
	return measureLong(w, s.m, b.p[:n], b.q[:n])
}

// union writes the values of the columns of either row, 0 where a row has none, and returns their number.
func union[F Float, I Offset](p, q []F, pColumns, qColumns []I, pValues, qValues []F) (n int) {
	i, j := 0, 0
	for ; i < len(pColumns) && j < len(qColumns); n++ {
		p[n], q[n] = 0, 0
		a, b := pColumns[i], qColumns[j]
		if a <= b {
			p[n] = pValues[i]
			i++
		}
		if b <= a {
			q[n] = qValues[j]
			j++
		}
	}
	rest := copyInParts(p[n:], pValues[i:])
	clearInParts(q[n : n+rest])
	n += rest
	rest = copyInParts(q[n:], qValues[j:])
	clearInParts(p[n : n+rest])
	return n + rest
}

// dense computes measures of a sparse row and a dense one.
func (b SparseBatch[F, I]) dense(ctx context.Context, s sparseDense[F, I]) error {
	if s.dst.Rows == 0 || s.dst.Cols == 0 {
		return nil // and no need of buffers as long as a row, which may be longer than memory
	}
	s.m = b.Measure
	s.work = b.Workspace.orNew()
	s.cut()
	return parallel.Do(b.run(ctx), s)
}

// sparseDense is the job of the measures of sparse rows and dense ones.
type sparseDense[F Float, I Offset] struct {
	dst    Matrix[float64]
	m      Measure
	sparse Sparse[F, I]
	dense  Matrix[F]
	turned bool // the dense rows are p, and the rows of dst
	list   bool // dst is one row, of the measures of rows i of both
	work   *SparseWorkspace[F]

	rows, cols int // of a tile: sparse rows, and dense ones
	across     int // tiles of the same sparse rows
}

func (s *sparseDense[F, I]) cut() {
	s.cols, s.across = 1, 1
	if !s.list {
		s.cols = max(1, min(rowsWithin(listElements, s.dense.Cols), s.dense.Rows))
		s.across = ceilDiv(s.dense.Rows, s.cols)
	}
	s.rows = rowsWithin(listElements, s.cols*max(s.dense.Cols, leastRow))
}

// Size is that of the job.
func (s sparseDense[F, I]) Size() (tiles, results int) {
	return ceilDiv(s.sparse.Rows(), s.rows) * s.across, s.dst.Rows * s.dst.Cols
}

// Tile computes some sparse rows with some dense ones.
func (s sparseDense[F, I]) Tile(w *parallel.Worker, t int) error {
	b := s.work.take(0, s.sparse.cols)
	x := b.dense[:s.sparse.cols]
	first, from := t/s.across*s.rows, t%s.across*s.cols
	to, results := min(from+s.cols, s.dense.Rows), 0
	for i := first; i < min(first+s.rows, s.sparse.Rows()); i++ {
		s.sparse.scatter(x, i)
		if s.list {
			s.one(w, i, x)
			results++
		} else {
			s.several(w, i, from, to, x)
			results += to - from
		}
		s.sparse.unscatter(x, i)
	}
	s.work.free.Put(b)
	w.Done(results)
	return nil
}

// one computes the measure of rows i, of which x is the sparse one.
func (s *sparseDense[F, I]) one(w *parallel.Worker, i int, x []F) {
	p, q := x, s.dense.Row(i)
	if s.turned {
		p, q = q, p
	}
	s.dst.Data[i] = measureLong(w, s.m, p, q)
}

// several computes measures of the sparse row i, which is x, and dense rows.
func (s *sparseDense[F, I]) several(w *parallel.Worker, i, from, to int, x []F) {
	if !s.turned {
		measureRange(w, s.m, s.dst.Row(i)[from:to], x, s.dense, from, false)
		return
	}
	var column [tileRows]float64
	for ; from < to; from += tileRows {
		results := column[:min(tileRows, to-from)]
		measureRange(w, s.m, results, x, s.dense, from, true)
		for k, v := range results {
			s.dst.Data[(from+k)*s.dst.Stride+i] = v
		}
	}
}

// measureRange sets dst to the measures of x and rows of a matrix, from one on; turned, of the rows and x.
func measureRange[F Float](w *parallel.Worker, m Measure, dst []float64, x []F, rows Matrix[F], from int, turned bool) {
	switch {
	case len(x) == 0:
		clear(dst)
	case turned:
		measureEach(w, m, dst, rows.Data[from*rows.Stride:], x, len(x), rows.Stride, 0)
	default:
		measureEach(w, m, dst, x, rows.Data[from*rows.Stride:], len(x), 0, rows.Stride)
	}
}

// scatter writes row i among zeros.
func (s *Sparse[F, I]) scatter(dense []F, i int) {
	columns, values := s.Row(i)
	for k, c := range columns {
		dense[c] = values[k]
	}
}

// unscatter brings the zeros back.
func (s *Sparse[F, I]) unscatter(dense []F, i int) {
	columns, _ := s.Row(i)
	for _, c := range columns {
		dense[c] = 0
	}
}

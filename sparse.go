package relent

import "fmt"

// Sparse holds rows most elements of which are 0, as pairs of a column and a value: compressed sparse rows (CSR). [NewSparse]
// makes one and checks it.
type Sparse[F Float, I Offset] struct {
	cols    int
	offsets []I
	columns []I
	values  []F
}

// NewSparse checks the layout, once, and returns a matrix that shares the memory of its arguments, which must not change from
// then on, but for the values. Row i has values[k] in columns[k] for k from offsets[i] up to but not including offsets[i+1];
// columns ascend within a row, none is there twice, and all are from 0 up to but not including cols. scipy's names for the
// three are indptr, indices and data.
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
func (s *Sparse[F, I]) Rows() int { return len(s.offsets) - 1 }
func (s *Sparse[F, I]) Cols() int { return s.cols }

// Row is row i, sharing the columns and the values.
func (s *Sparse[F, I]) Row(i int) (columns []I, values []F) {
	from, to := s.offsets[i], s.offsets[i+1]
	return s.columns[from:to:to], s.values[from:to:to]
}

// A SparseWorkspace has the workers of the functions of [Sparse] rows, and two buffers for each: as long as the entries of the
// longest row of p and that of q together, or as the rows of a dense matrix. They are allocated when they are first needed.
// Calls at the same time need a workspace each.
type SparseWorkspace[F Float] struct {
	workers []sparseBuffers[F]
}

type sparseBuffers[F Float] struct{ p, q []F }

// NewSparseWorkspace returns one for as many goroutines, the caller's included. Any number of them gives the same bits.
func NewSparseWorkspace[F Float](workers int) *SparseWorkspace[F] {
	return &SparseWorkspace[F]{workers: make([]sparseBuffers[F], max(1, workers))}
}

// sized has room for n elements in each buffer. A nil workspace is allocated.
func (w *SparseWorkspace[F]) sized(n int) *SparseWorkspace[F] {
	if w == nil || len(w.workers) == 0 {
		w = NewSparseWorkspace[F](1)
	}
	for i := range w.workers {
		if b := &w.workers[i]; cap(b.p) < n {
			b.p, b.q = make([]F, n), make([]F, n)
		}
	}
	return w
}

// SparseRowByRow sets dst[i] to the measure of row i of p and row i of q, and returns dst; a nil dst is allocated, one of the
// wrong size panics. A nil workspace is allocated, with one worker.
//
// Results have the bits of [Between] on the compacted rows: the columns in which at least one of both has an entry, in their
// order, with 0 for the other one's. Columns without an entry contribute 0 to every measure; in the dense vectors they would
// move the other elements to other accumulators, and so may change the last bits.
func SparseRowByRow[F Float, I Offset](dst []float64, m Measure, p, q *Sparse[F, I], w *SparseWorkspace[F]) []float64 {
	const name = "SparseRowByRow"
	m.check(name, false)
	checkRowLengths(name, p.cols, q.cols)
	if p.Rows() != q.Rows() {
		panic(fmt.Sprintf("relent: %s: p has %d rows, q has %d", name, p.Rows(), q.Rows()))
	}
	dst = resultsOf(name, dst, p.Rows())
	w = w.sized(p.longest() + q.longest())
	forRows(len(w.workers), p.Rows(), sparseList[F, I]{dst, m, p, q, w})
	return dst
}

// SparseManyToMany sets element (i, j) of dst to the measure of row i of p and row j of q. Otherwise it is like
// [SparseRowByRow].
func SparseManyToMany[F Float, I Offset](dst Matrix[float64], m Measure, p, q *Sparse[F, I], w *SparseWorkspace[F]) Matrix[float64] {
	const name = "SparseManyToMany"
	m.check(name, false)
	checkRowLengths(name, p.cols, q.cols)
	dst = dst.sized(name, p.Rows(), q.Rows())
	w = w.sized(p.longest() + q.longest())
	forRows(len(w.workers), p.Rows(), sparseTable[F, I]{dst, m, p, q, w})
	return dst
}

// SparseToDense sets element (i, j) of dst to the measure of the sparse row i of p and the dense row j of q, with the bits of
// [Between] on the dense rows: all columns count, so that a column in which only q is not 0 contributes what it must.
// Otherwise it is like [SparseRowByRow].
func SparseToDense[F Float, I Offset](dst Matrix[float64], m Measure, p *Sparse[F, I], q Matrix[F], w *SparseWorkspace[F]) Matrix[float64] {
	const name = "SparseToDense"
	m.check(name, false)
	q.check(name, "q")
	checkRowLengths(name, p.cols, q.Cols)
	dst = dst.sized(name, p.Rows(), q.Rows)
	w = w.sized(p.cols)
	forRows(len(w.workers), p.Rows(), sparseToDense[F, I]{dst, m, p, q, w})
	return dst
}

// DenseToSparse sets element (i, j) of dst to the measure of the dense row i of p and the sparse row j of q. Otherwise it is
// like [SparseToDense].
func DenseToSparse[F Float, I Offset](dst Matrix[float64], m Measure, p Matrix[F], q *Sparse[F, I], w *SparseWorkspace[F]) Matrix[float64] {
	const name = "DenseToSparse"
	m.check(name, false)
	p.check(name, "p")
	checkRowLengths(name, p.Cols, q.cols)
	dst = dst.sized(name, p.Rows, q.Rows())
	w = w.sized(q.cols)
	forRows(len(w.workers), q.Rows(), denseToSparse[F, I]{dst, m, p, q, w})
	return dst
}

// longest is the number of entries of the longest row.
func (s *Sparse[F, I]) longest() int {
	most := I(0)
	for i, o := range s.offsets[1:] {
		most = max(most, o-s.offsets[i])
	}
	return int(most)
}

type sparseList[F Float, I Offset] struct {
	dst  []float64
	m    Measure
	p, q *Sparse[F, I]
	w    *SparseWorkspace[F]
}

func (l sparseList[F, I]) row(i, worker int) {
	l.dst[i] = measureSparse(l.m, l.p, i, l.q, i, &l.w.workers[worker])
}

type sparseTable[F Float, I Offset] struct {
	dst  Matrix[float64]
	m    Measure
	p, q *Sparse[F, I]
	w    *SparseWorkspace[F]
}

func (t sparseTable[F, I]) row(i, worker int) {
	for j := range t.dst.Row(i) {
		t.dst.Row(i)[j] = measureSparse(t.m, t.p, i, t.q, j, &t.w.workers[worker])
	}
}

// measureSparse compacts two rows and measures them.
func measureSparse[F Float, I Offset](m Measure, p *Sparse[F, I], i int, q *Sparse[F, I], j int, b *sparseBuffers[F]) float64 {
	pColumns, pValues := p.Row(i)
	qColumns, qValues := q.Row(j)
	n := union(b.p[:cap(b.p)], b.q[:cap(b.q)], pColumns, qColumns, pValues, qValues)
	return measureOf(m, b.p[:n], b.q[:n])
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
	rest := copy(p[n:], pValues[i:])
	clear(q[n : n+rest])
	n += rest
	rest = copy(q[n:], qValues[j:])
	clear(p[n : n+rest])
	return n + rest
}

type sparseToDense[F Float, I Offset] struct {
	dst Matrix[float64]
	m   Measure
	p   *Sparse[F, I]
	q   Matrix[F]
	w   *SparseWorkspace[F]
}

func (t sparseToDense[F, I]) row(i, worker int) {
	p := t.p.scatter(i, t.w.workers[worker].p)
	for from, results := 0, t.dst.Row(i); len(results) > 0 && t.q.Cols > 0; {
		n := min(len(results), tileRows)
		measureEach(t.m, results[:n], p, t.q.Data[from*t.q.Stride:], t.q.Cols, 0, t.q.Stride)
		from, results = from+n, results[n:]
	}
	if t.q.Cols == 0 {
		clear(t.dst.Row(i))
	}
}

type denseToSparse[F Float, I Offset] struct {
	dst Matrix[float64]
	m   Measure
	p   Matrix[F]
	q   *Sparse[F, I]
	w   *SparseWorkspace[F]
}

func (t denseToSparse[F, I]) row(j, worker int) {
	q := t.q.scatter(j, t.w.workers[worker].q)
	var column [tileRows]float64
	for i := 0; i < t.p.Rows; i += tileRows {
		results := column[:min(tileRows, t.p.Rows-i)]
		if t.p.Cols > 0 {
			measureEach(t.m, results, t.p.Data[i*t.p.Stride:], q, t.p.Cols, t.p.Stride, 0)
		}
		for k, x := range results {
			t.dst.Data[(i+k)*t.dst.Stride+j] = x
		}
	}
}

// scatter writes row i as a dense one.
func (s *Sparse[F, I]) scatter(i int, dense []F) []F {
	dense = dense[:s.cols]
	clear(dense)
	columns, values := s.Row(i)
	for k, c := range columns {
		dense[c] = values[k]
	}
	return dense
}

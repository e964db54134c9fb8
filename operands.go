package relent

import (
	"unsafe"
)

// Rows is the constraint of what functions of many rows take, in any mix: [Matrix], dense rows of the same length; [Vector], one row, which
// meets each row of the other side; [*Sparse], rows most elements of which are 0; [*Ragged], rows of any lengths, of which null ones give
// NaN; [Shares] of counts, rows of float64, which meet no float32; [HalfMatrix] and [HalfVector], which are rows of float32. Results have the bits of [Between] called on the two rows as dense vectors; of shares on both sides, under the same [ZeroPolicy], those
// of [BetweenCounts]. Rows that meet and differ in length panic or, of ragged ones under a [Run], are a [*LayoutError]; nothing is written.
// Sparse rows and shares that meet another kind are expanded, shares rounded and without [Skip].
type Rows[F Number] interface {
	// matrix is the rows, if they are dense.
	matrix(function, name string) (m Matrix[F], ok bool)
	operand(function, name string) operand[F]
}

// A Vector is one row, which meets each row of the other side.
type Vector[F Number] []F

// An operand is the rows of one side, of any kind.
type operand[F Number] struct {
	kind    operandKind
	repeats bool // one row, as often as it is wanted
	rows    int
	cols    int       // of a row, unless it is ragged
	dense   Matrix[F] // of stride 0 if the row repeats
	lists   lists[F]
	counts  countRows
	halves  halfRows
}

type operandKind uint8

const (
	denseRows operandKind = iota
	sparseRows
	raggedRows
	shareRows
	rowsOfHalves
)

// lists are sparse or ragged rows.
type lists[F Number] struct {
	offsets, columns indexes
	values           []F
	valid            []byte
	first            int // bit of valid
}

// indexes are int32 or int64.
type indexes struct {
	data unsafe.Pointer
	n    int
	wide bool
}

func indexesOf[I Offset](x []I) indexes {
	return indexes{unsafe.Pointer(unsafe.SliceData(x)), len(x), unsafe.Sizeof(I(0)) == 8}
}

// indexSlice is all of them.
func indexSlice[I Offset](x *indexes) []I { return unsafe.Slice((*I)(x.data), x.n) }

// at is one of them, which must be there.
func (x *indexes) at(i int) int {
	if x.wide {
		return int(*(*int64)(unsafe.Add(x.data, 8*i)))
	}
	return int(*(*int32)(unsafe.Add(x.data, 4*i)))
}

func (m Matrix[F]) matrix(function, name string) (Matrix[F], bool) {
	m.check(function, name)
	return m, true
}

func (v Vector[F]) matrix(function, name string) (Matrix[F], bool) {
	return Matrix[F]{Rows: repeating, Cols: len(v), Data: v}, true
}

func (s *Sparse[F, I]) matrix(function, name string) (m Matrix[F], ok bool) { return m, false }
func (r *Ragged[F, O]) matrix(function, name string) (m Matrix[F], ok bool) { return m, false }
func (s Shares) matrix(function, name string) (m Matrix[float64], ok bool)  { return m, false }

func (m Matrix[F]) operand(function, name string) operand[F] {
	return operand[F]{kind: denseRows, rows: m.Rows, cols: m.Cols, dense: m.checked(function, name)}
}

// checked is m, which without columns may have any stride: then that of rows of nothing.
func (m Matrix[F]) checked(function, name string) Matrix[F] {
	m.check(function, name)
	if m.Cols == 0 {
		m.Data, m.Stride = nil, 0
	}
	return m
}

func (v Vector[F]) operand(function, name string) operand[F] {
	return operand[F]{kind: denseRows, repeats: true, rows: 1, cols: len(v), dense: repeated(v, 1)}
}

func (s *Sparse[F, I]) operand(function, name string) operand[F] {
	if s == nil {
		here.Panic(function, "%s is nil", name)
	}
	return operand[F]{kind: sparseRows, rows: s.Rows(), cols: s.cols,
		lists: lists[F]{offsets: indexesOf(s.offsets), columns: indexesOf(s.columns), values: s.values}}
}

func (r *Ragged[F, O]) operand(function, name string) operand[F] {
	if r == nil {
		here.Panic(function, "%s is nil", name)
	}
	return operand[F]{kind: raggedRows, rows: r.Rows(),
		lists: lists[F]{offsets: indexesOf(r.offsets), values: r.values, valid: r.valid, first: r.first}}
}

// repeated is a matrix whose rows are all x: its stride is 0.
func repeated[F Number](x []F, rows int) Matrix[F] {
	return Matrix[F]{Rows: rows, Cols: len(x), Data: x}
}

// as often as there are rows on the other side, if the row repeats.
func (o *operand[F]) times(rows int) {
	if o.repeats {
		o.rows, o.dense.Rows = rows, rows
	}
}

// length is that of row i.
func (o *operand[F]) length(i int) int {
	if o.kind == raggedRows {
		return o.lists.offsets.at(i+1) - o.lists.offsets.at(i)
	}
	return o.cols
}

// null tells whether row i is null.
func (o *operand[F]) null(i int) bool {
	l := &o.lists
	bit := uint(l.first) + uint(i)
	return l.valid != nil && l.valid[bit/8]>>(bit%8)&1 == 0
}

// lays tells whether rows lie somewhere as dense ones.
func (o *operand[F]) lays() bool { return o.kind == denseRows || o.kind == raggedRows }

// stretches tells whether several rows at a time are to be had as dense ones.
func (o *operand[F]) stretches() bool { return o.lays() || o.kind == rowsOfHalves }

// stretch is rows from i on as from has them, in the buffer unless they lie somewhere.
func (o *operand[F]) stretch(buffer []float64, i, to int) (values []F, stride, rows int) {
	if o.kind != rowsOfHalves {
		return o.from(i, to)
	}
	rows, stride = min(to-i, halvesTogether(o.cols)), o.cols
	if o.repeats {
		rows, stride = 1, 0
	}
	values = elements[F](buffer, rows*o.cols)
	o.halves.fill(as[float32](values), i, rows) // F is float32
	if o.repeats {
		rows = to - i
	}
	return values, stride, rows
}

// from is row i and all that follows, how far rows as long as it are apart, and the number of those that follow so, itself included, up
// to one that it does not regard.
func (o *operand[F]) from(i, to int) (values []F, stride, rows int) {
	if o.kind == denseRows {
		return o.dense.Data[i*o.dense.Stride:], o.dense.Stride, to - i
	}
	length, end := o.length(i), i+1
	for end < to && o.length(end) == length {
		end++
	}
	return o.lists.values[o.lists.offsets.at(i):], length, end - i
}

// room is how many elements the buffer has that row takes.
func (o *operand[F]) room() int {
	if o.lays() {
		return 0
	}
	if o.kind == rowsOfHalves {
		return o.cols * halvesTogether(o.cols)
	}
	return o.cols
}

// row is row i, in the buffer unless it lies somewhere.
func (o *operand[F]) row(b *buffers, buffer []float64, i int) []F {
	if o.lays() {
		values, _, _ := o.from(i, i+1)
		return values[:o.length(i)]
	}
	x := elements[F](buffer, o.cols)
	switch o.kind {
	case rowsOfHalves:
		o.halves.fill(as[float32](x), i, 1)
		return x
	case sparseRows:
		columns, from, to := &o.lists.columns, o.lists.offsets.at(i), o.lists.offsets.at(i+1)
		for k := from; k < to; k++ {
			x[columns.at(k)] = o.lists.values[k]
		}
		return x
	}
	o.counts.fill(buffer[:o.cols], b, i) // F is float64
	return x
}

// clear brings the zeros back to where row i is in the buffer.
func (o *operand[F]) clear(buffer []float64, i int) {
	switch o.kind {
	case sparseRows:
		x, columns := elements[F](buffer, o.cols), &o.lists.columns
		for k, to := o.lists.offsets.at(i), o.lists.offsets.at(i+1); k < to; k++ {
			x[columns.at(k)] = 0
		}
	case shareRows:
		clearInParts(buffer[:o.cols])
	}
}

// before is how many values the rows before row i have: of sparse rows entries.
func (o *operand[F]) before(i int) int64 {
	if o.kind == sparseRows || o.kind == raggedRows {
		if o.lists.offsets.n == 0 {
			return 0
		}
		return int64(o.lists.offsets.at(i)) - int64(o.lists.offsets.at(0))
	}
	return int64(i) * int64(o.cols)
}

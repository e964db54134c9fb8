package relent

import (
	"context"
	"fmt"
	"math"

	"github.com/relent-go/relent/internal/parallel"
)

// Offset is the constraint of offsets into values, and of indexes of columns.
type Offset interface{ ~int32 | ~int64 }

// A LayoutError reports offsets or columns that do not describe rows.
type LayoutError struct {
	Row    int // -1 where none is to blame
	Reason string
}

func (e *LayoutError) Error() string {
	if e.Row < 0 {
		return "relent: " + e.Reason
	}
	return fmt.Sprintf("relent: row %d: %s", e.Row, e.Reason)
}

func layoutError(row int, format string, args ...any) error {
	return &LayoutError{Row: row, Reason: fmt.Sprintf(format, args...)}
}

// Ragged holds rows of any lengths, one after the other, as Arrow's List (32 bits) and LargeList (64 bits) lay them out: row i is
// Values[Offsets[i]:Offsets[i+1]], and there is one offset more than there are rows. [NewRagged] makes one and checks it.
type Ragged[F Float, O Offset] struct {
	values  []F
	offsets []O
	valid   []byte
	first   int // bit of valid
}

// NewRagged checks the offsets, once, and returns rows that share the memory of its arguments, which must not change from
// then on, but for the values. No offsets are no rows, as for Arrow.
//
// Bit firstValid+i of valid, counted from the lowest bit of the first byte as Arrow does, is 0 for a row i that is null; a nil
// valid is for rows none of which is. What the offsets say of a null row must be right nevertheless.
func NewRagged[F Float, O Offset](values []F, offsets []O, valid []byte, firstValid int) (*Ragged[F, O], error) {
	if err := checkOffsets(offsets, len(values)); err != nil {
		return nil, err
	}
	r := &Ragged[F, O]{values: values, offsets: offsets, valid: valid, first: firstValid}
	if bits := 8 * int64(len(valid)); valid != nil && (firstValid < 0 || int64(r.Rows()) > bits-int64(firstValid)) {
		return nil, layoutError(-1, "%d bits from bit %d on are not in a validity bitmap of %d", r.Rows(), firstValid, bits)
	}
	return r, nil
}

// checkOffsets wants none below the one before, and all within so many values.
func checkOffsets[O Offset](offsets []O, values int) error {
	if len(offsets) == 0 {
		return nil
	}
	if offsets[0] < 0 {
		return layoutError(0, "offset %d is negative", offsets[0])
	}
	for i, o := range offsets[1:] {
		if o < offsets[i] {
			return layoutError(i, "offset %d comes after %d", o, offsets[i])
		}
		if int64(o) > int64(values) {
			return layoutError(i, "offset %d is beyond the %d values", o, values)
		}
	}
	if int64(offsets[0]) > int64(values) {
		return layoutError(0, "offset %d is beyond the %d values", offsets[0], values)
	}
	return nil
}

// Rows is the number of rows.
func (r *Ragged[F, O]) Rows() int { return rowsOf(r.offsets) }

// Row is row i, sharing the values.
func (r *Ragged[F, O]) Row(i int) []F {
	if uint(i) >= uint(r.Rows()) {
		panic(noRow)
	}
	return r.values[r.offsets[i]:r.offsets[i+1]:r.offsets[i+1]]
}

// Null tells whether row i is null.
func (r *Ragged[F, O]) Null(i int) bool {
	if uint(i) >= uint(r.Rows()) {
		panic(noRow)
	}
	bit := uint(r.first) + uint(i) // of as many as 8 times an int
	return r.valid != nil && r.valid[bit/8]>>(bit%8)&1 == 0
}

// rowsOf is the number of rows that offsets are of: there is one offset more, or none.
func rowsOf[O Offset](offsets []O) int { return max(1, len(offsets)) - 1 }

// noRow is what a row that is not there panics with.
const noRow = "relent: Row: there is no such row"

// EachRaggedRow sets dst[i] to a measure of one vector of row i of p, NaN for a null row, and returns dst; a nil dst is
// allocated, one of the wrong size panics. With more than one worker as many goroutines take part, the caller's included; the
// results have the same bits for any number. See [RaggedBatch].
func EachRaggedRow[F Float, O Offset](dst []float64, m Measure, p *Ragged[F, O], workers int) []float64 {
	r := eachRaggedRow(dst, m, p)
	parallel.Do(parallel.Run{Workers: workers}, r)
	return r.dst
}

// RaggedRowByRow sets dst[i] to the measure of row i of p and row i of q, with the bits of [Between], and NaN where either is
// null. A difference in length, unless one is null, is an error that names the row; then nothing is written. Otherwise it is
// like [EachRaggedRow].
func RaggedRowByRow[F Float, O Offset](dst []float64, m Measure, p, q *Ragged[F, O], workers int) ([]float64, error) {
	return RaggedBatch[F, O]{Measure: m, Workers: workers}.RowByRow(context.Background(), dst, p, q)
}

// RaggedOneToMany sets dst[i] to the measure of p and row i of q, all of which, but for the null ones, are as long as p.
// Otherwise it is like [RaggedRowByRow].
func RaggedOneToMany[F Float, O Offset](dst []float64, m Measure, p []F, q *Ragged[F, O], workers int) ([]float64, error) {
	return RaggedBatch[F, O]{Measure: m, Workers: workers}.OneToMany(context.Background(), dst, p, q)
}

// RaggedManyToOne sets dst[i] to the measure of row i of p and q. Otherwise it is like [RaggedOneToMany].
func RaggedManyToOne[F Float, O Offset](dst []float64, m Measure, p *Ragged[F, O], q []F, workers int) ([]float64, error) {
	return RaggedBatch[F, O]{Measure: m, Workers: workers}.ManyToOne(context.Background(), dst, p, q)
}

// A RaggedBatch computes a measure of [Ragged] rows as a [Batch] does of dense ones: with more than one goroutine, with an
// end that may come early, or with a report on the way.
//
// A null row gives NaN. Rows that meet and differ in length, unless one is null, are a [LayoutError] that names the first such
// row; then nothing is written.
type RaggedBatch[F Float, O Offset] struct {
	Measure  Measure
	Workers  int                   // as of a Batch
	Progress func(done, total int) // as of a Batch
}

func (b RaggedBatch[F, O]) run(ctx context.Context) parallel.Run {
	return parallel.Run{Workers: b.Workers, Context: ctx, Progress: b.Progress}
}

// EachRow is [EachRaggedRow].
func (b RaggedBatch[F, O]) EachRow(ctx context.Context, dst []float64, p *Ragged[F, O]) ([]float64, error) {
	r := eachRaggedRow(dst, b.Measure, p)
	return r.dst, parallel.Do(b.run(ctx), r)
}

// RowByRow is [RaggedRowByRow].
func (b RaggedBatch[F, O]) RowByRow(ctx context.Context, dst []float64, p, q *Ragged[F, O]) ([]float64, error) {
	const name = "RaggedRowByRow"
	b.Measure.check(name, false)
	checkRowCounts(name, p.given(name, "p").Rows(), q.given(name, "q").Rows())
	return b.list(ctx, name, dst, p.Rows(), p.side(), q.side())
}

// OneToMany is [RaggedOneToMany].
func (b RaggedBatch[F, O]) OneToMany(ctx context.Context, dst []float64, p []F, q *Ragged[F, O]) ([]float64, error) {
	const name = "RaggedOneToMany"
	b.Measure.check(name, false)
	return b.list(ctx, name, dst, q.given(name, "q").Rows(), raggedSide[F, O]{one: p}, q.side())
}

// ManyToOne is [RaggedManyToOne].
func (b RaggedBatch[F, O]) ManyToOne(ctx context.Context, dst []float64, p *Ragged[F, O], q []F) ([]float64, error) {
	const name = "RaggedManyToOne"
	b.Measure.check(name, false)
	return b.list(ctx, name, dst, p.given(name, "p").Rows(), p.side(), raggedSide[F, O]{one: q})
}

func eachRaggedRow[F Float, O Offset](dst []float64, m Measure, p *Ragged[F, O]) raggedRows[F, O] {
	const name = "EachRaggedRow"
	m.check(name, true)
	return raggedRows[F, O]{sized(name, "dst", dst, p.given(name, "p").Rows()), m, p.side(), p.side()}
}

// list is of the measures of rows i of p and q.
func (b RaggedBatch[F, O]) list(ctx context.Context, name string, dst []float64, rows int, p, q raggedSide[F, O]) ([]float64, error) {
	if dst != nil {
		sized(name, "dst", dst, rows)
	}
	for i := range rows {
		if m, n := p.length(i), q.length(i); m != n && !p.null(i) && !q.null(i) {
			return dst, layoutError(i, "%d values of p, %d of q", m, n)
		}
	}
	dst = sized(name, "dst", dst, rows)
	return dst, parallel.Do(b.run(ctx), raggedRows[F, O]{dst, b.Measure, p, q})
}

// given is r; it panics if that is nil.
func (r *Ragged[F, O]) given(name, rows string) *Ragged[F, O] {
	if r == nil {
		here.Panic(name, "%s is nil", rows)
	}
	return r
}

// A raggedSide is the rows on one side, or one vector in place of each of them.
type raggedSide[F Float, O Offset] struct {
	rows Ragged[F, O]
	one  []F // unless rows has offsets
}

func (r *Ragged[F, O]) side() raggedSide[F, O] { return raggedSide[F, O]{rows: *r} }

func (s *raggedSide[F, O]) isOne() bool { return len(s.rows.offsets) == 0 }

func (s *raggedSide[F, O]) null(i int) bool { return !s.isOne() && s.rows.Null(i) }

func (s *raggedSide[F, O]) length(i int) int {
	if s.isOne() {
		return len(s.one)
	}
	return int(s.rows.offsets[i+1] - s.rows.offsets[i])
}

// from is row i and all that follows, and how far rows as long as it are apart.
func (s *raggedSide[F, O]) from(i int) (values []F, stride int) {
	if s.isOne() {
		return s.one, 0
	}
	return s.rows.values[s.rows.offsets[i]:], s.length(i)
}

// spent is how many elements the rows before row i have.
func (s *raggedSide[F, O]) spent(i int) int64 {
	if s.isOne() {
		return int64(i) * int64(len(s.one))
	}
	return int64(s.rows.offsets[i] - s.rows.offsets[0])
}

// raggedRows is the job of the measures of rows i of p and q.
type raggedRows[F Float, O Offset] struct {
	dst  []float64
	m    Measure
	p, q raggedSide[F, O]
}

// Before is what is computed at most: rows of different lengths, one of which is null, are not.
func (r raggedRows[F, O]) Before(i int) int64 {
	return min(r.p.spent(i), r.q.spent(i)) + leastRow*int64(i)
}

// Size is that of the job.
func (r raggedRows[F, O]) Size() (tiles, results int) {
	return parallel.EvenTiles(len(r.dst), listElements, r), len(r.dst)
}

// Tile calls a kernel for each run of rows of the same length, which lie side by side.
func (r raggedRows[F, O]) Tile(w *parallel.Worker, t int) error {
	from, to := parallel.EvenTile(t, len(r.dst), listElements, r)
	for i := from; i < to; {
		end := i + 1
		for end < to && r.p.length(end) == r.p.length(i) && r.q.length(end) == r.q.length(i) {
			end++
		}
		if n := r.p.length(i); n == r.q.length(i) {
			r.measure(w, i, end, n)
		}
		i = end
	}
	for i := from; i < to; i++ {
		if r.p.null(i) || r.q.null(i) {
			r.dst[i] = math.NaN()
		}
	}
	w.Done(to - from)
	return nil
}

// measure is of rows from one up to but not including another, n long.
func (r raggedRows[F, O]) measure(w *parallel.Worker, from, to, n int) {
	if n == 0 {
		clear(r.dst[from:to])
		return
	}
	p, pStride := r.p.from(from)
	q, qStride := r.q.from(from)
	measureEach(w, r.m, r.dst[from:to], p, q, n, pStride, qStride)
}

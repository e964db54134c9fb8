package relent

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
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
// then on, but for the values.
//
// Bit firstValid+i of valid, counted from the lowest bit of the first byte as Arrow does, is 0 for a row i that is null; a nil
// valid is for rows none of which is. What the offsets say of a null row must be right nevertheless.
func NewRagged[F Float, O Offset](values []F, offsets []O, valid []byte, firstValid int) (*Ragged[F, O], error) {
	if err := checkOffsets(offsets, len(values)); err != nil {
		return nil, err
	}
	if rows := len(offsets) - 1; valid != nil && (firstValid < 0 || firstValid+rows > 8*len(valid)) {
		return nil, layoutError(-1, "bits %d up to %d are not in a validity bitmap of %d", firstValid, firstValid+rows, 8*len(valid))
	}
	return &Ragged[F, O]{values: values, offsets: offsets, valid: valid, first: firstValid}, nil
}

// checkOffsets wants at least one, none below the one before, and all within so many values.
func checkOffsets[O Offset](offsets []O, values int) error {
	if len(offsets) == 0 {
		return layoutError(-1, "no offsets: there is one more than rows")
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
func (r *Ragged[F, O]) Rows() int { return len(r.offsets) - 1 }

// Row is row i, sharing the values.
func (r *Ragged[F, O]) Row(i int) []F { return r.values[r.offsets[i]:r.offsets[i+1]:r.offsets[i+1]] }

// Null tells whether row i is null.
func (r *Ragged[F, O]) Null(i int) bool {
	bit := r.first + i
	return r.valid != nil && r.valid[bit/8]>>(bit%8)&1 == 0
}

// EachRaggedRow sets dst[i] to a measure of one vector of row i of p, NaN for a null row, and returns dst; a nil dst is
// allocated, one of the wrong size panics. With more than one worker as many goroutines take part, the caller's included; the
// results have the same bits for any number.
func EachRaggedRow[F Float, O Offset](dst []float64, m Measure, p *Ragged[F, O], workers int) []float64 {
	const name = "EachRaggedRow"
	m.check(name, true)
	dst = resultsOf(name, dst, p.Rows())
	forRows(workers, len(dst), raggedRows[F, O]{dst, m, p, p})
	return dst
}

// RaggedRowByRow sets dst[i] to the measure of row i of p and row i of q, with the bits of [Between], and NaN where either is
// null. A difference in length, unless one is null, is an error that names the row; then nothing is written. Otherwise it is
// like [EachRaggedRow].
func RaggedRowByRow[F Float, O Offset](dst []float64, m Measure, p, q *Ragged[F, O], workers int) ([]float64, error) {
	const name = "RaggedRowByRow"
	m.check(name, false)
	if p.Rows() != q.Rows() {
		panic(fmt.Sprintf("relent: %s: p has %d rows, q has %d", name, p.Rows(), q.Rows()))
	}
	for i := range p.Rows() {
		if a, b := len(p.Row(i)), len(q.Row(i)); a != b && !p.Null(i) && !q.Null(i) {
			return dst, layoutError(i, "%d values of p, %d of q", a, b)
		}
	}
	dst = resultsOf(name, dst, p.Rows())
	forRows(workers, len(dst), raggedRows[F, O]{dst, m, p, q})
	return dst, nil
}

func resultsOf(name string, dst []float64, rows int) []float64 {
	if dst == nil {
		return make([]float64, rows)
	}
	if len(dst) != rows {
		panic(fmt.Sprintf("relent: %s: dst has %d elements, for %d rows", name, len(dst), rows))
	}
	return dst
}

type raggedRows[F Float, O Offset] struct {
	dst  []float64
	m    Measure
	p, q *Ragged[F, O]
}

func (r raggedRows[F, O]) row(i, _ int) {
	if r.p.Null(i) || r.q.Null(i) {
		r.dst[i] = math.NaN()
		return
	}
	r.dst[i] = measureOf(r.m, r.p.Row(i), r.q.Row(i))
}

// A rowJob computes one row, for the worker of a number.
type rowJob interface{ row(i, worker int) }

// rowsAtOnce is how many rows a worker takes.
const rowsAtOnce = 16

// forRows does the rows below n, with as many goroutines, the caller's included.
func forRows[J rowJob](workers, n int, job J) {
	if workers <= 1 || n <= rowsAtOnce {
		for i := range n {
			job.row(i, 0)
		}
		return
	}
	shareRows(workers, n, job)
}

func shareRows[J rowJob](workers, n int, job J) {
	var next atomic.Int64
	var others sync.WaitGroup
	work := func(worker int) {
		for from := int(next.Add(rowsAtOnce)) - rowsAtOnce; from < n; from = int(next.Add(rowsAtOnce)) - rowsAtOnce {
			for i := from; i < min(from+rowsAtOnce, n); i++ {
				job.row(i, worker)
			}
		}
	}
	for worker := 1; worker < workers; worker++ {
		others.Add(1)
		go func() {
			defer others.Done()
			work(worker)
		}()
	}
	work(0)
	others.Wait()
}

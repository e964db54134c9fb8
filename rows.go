package relent

import (
	"fmt"
	"unsafe"
)

// Between returns the measure of p and q.
func Between[F Float | Float16 | BFloat16](m Measure, p, q []F) float64 {
	base, reversed := m.check("Between", 2)
	if reversed {
		p, q = q, p
	}
	switch unsafe.Sizeof(*new(F)) {
	case 8:
		return measureOf(base, as[float64](p), as[float64](q))
	case 4:
		return measureOf(base, as[float32](p), as[float32](q))
	}
	return betweenHalves(base, as[uint16](p), as[uint16](q), isBFloat16[F]())
}

// EachRow sets dst[i] to a measure of one vector, as [MeasureEntropy], of row i.
func EachRow[F Float, P Rows[F]](dst []float64, m Measure, p P) []float64 {
	return must(RunEachRow(Run{}, dst, m, p))
}

// RowByRow sets dst[i] to the measure of row i of p and row i of q.
func RowByRow[F Float, P, Q Rows[F]](dst []float64, m Measure, p P, q Q) []float64 {
	return must(RunRowByRow(Run{}, dst, m, p, q))
}

// ManyToMany sets dst[i][j] to the measure of row i of p and row j of q.
func ManyToMany[F Float, P, Q Rows[F]](dst Matrix[float64], m Measure, p P, q Q) Matrix[float64] {
	return must(RunManyToMany(Run{}, dst, m, p, q))
}

// AllPairs is [ManyToMany] of x and x; of a symmetric measure half is computed.
func AllPairs[F Float, P Rows[F]](dst Matrix[float64], m Measure, x P) Matrix[float64] {
	return must(RunAllPairs(Run{}, dst, m, x))
}

// RunEachRow is [EachRow] under a [Run].
func RunEachRow[F Float, P Rows[F]](run Run, dst []float64, m Measure, p P) ([]float64, error) {
	const name = "EachRow"
	base, reversed := m.check(name, 1)
	if reversed {
		here.Panic(name, "there is no second vector for %v", m)
	}
	if x, ok := p.matrix(name, "p"); ok {
		return denseList(name, run, dst, &tiling[F]{measure: base, p: x, q: x})
	}
	return mixedList(name, run, dst, base, false, p, p)
}

// RunRowByRow is [RowByRow] under a [Run].
func RunRowByRow[F Float, P, Q Rows[F]](run Run, dst []float64, m Measure, p P, q Q) ([]float64, error) {
	const name = "RowByRow"
	base, reversed := m.check(name, 2)
	if x, ok := p.matrix(name, "p"); ok {
		if y, ok := q.matrix(name, "q"); ok {
			return denseList(name, run, dst, &tiling[F]{measure: base, reversed: reversed, p: x, q: y})
		}
	}
	return mixedList(name, run, dst, base, reversed, p, q)
}

// RunManyToMany is [ManyToMany] under a [Run].
func RunManyToMany[F Float, P, Q Rows[F]](run Run, dst Matrix[float64], m Measure, p P, q Q) (Matrix[float64], error) {
	const name = "ManyToMany"
	base, reversed := m.check(name, 2)
	if x, ok := p.matrix(name, "p"); ok {
		if y, ok := q.matrix(name, "q"); ok {
			return denseTable(name, run, dst, &tiling[F]{measure: base, reversed: reversed, p: x, q: y})
		}
	}
	return mixedTable(name, run, dst, base, reversed, p, q)
}

// RunAllPairs is [AllPairs] under a [Run].
func RunAllPairs[F Float, P Rows[F]](run Run, dst Matrix[float64], m Measure, x P) (Matrix[float64], error) {
	const name = "AllPairs"
	base, reversed := m.check(name, 2)
	if p, ok := x.matrix(name, "x"); ok {
		return denseTable(name, run, dst, &tiling[F]{measure: base, reversed: reversed, p: p, q: p, mirror: m.Symmetric()})
	}
	o := x.operand(name, "x")
	return table(name, run, dst, &pairing[F]{measure: base, reversed: reversed, p: o, q: o, mirror: m.Symmetric()})
}

// mixedList and mixedTable are for rows that are not dense. The large frame that they take costs time, which calls of a few short dense
// rows do without.
//
//go:noinline
func mixedList[F Float, P, Q Rows[F]](name string, run Run, dst []float64, m Measure, reversed bool, p P, q Q) ([]float64, error) {
	return list(name, run, dst, &pairing[F]{measure: m, reversed: reversed, p: p.operand(name, "p"), q: q.operand(name, "q")})
}

//go:noinline
func mixedTable[F Float, P, Q Rows[F]](
	name string, run Run, dst Matrix[float64], m Measure, reversed bool, p P, q Q,
) (Matrix[float64], error) {
	return table(name, run, dst, &pairing[F]{measure: m, reversed: reversed, p: p.operand(name, "p"), q: q.operand(name, "q")})
}

// must is the result. All that may be wrong is how long rows are: the work is not cancelled.
func must[T any](result T, err error) T {
	if err != nil {
		panic(err.Error())
	}
	return result
}

// A pairing is what is to be computed: the measure of rows of p and rows of q or, reversed, of q and p.
type pairing[F Float] struct {
	measure  Measure
	reversed bool
	p, q     operand[F]
	list     bool // of rows i of p and q; otherwise of row i of p and row j of q
	mirror   bool // what is below the diagonal is what is above
}

// list computes the measures of rows i.
func list[F Float](name string, run Run, dst []float64, w *pairing[F]) ([]float64, error) {
	if halves, ok := w.halves(); ok {
		return denseList(name, run, dst, &halves)
	}
	w.pair(name)
	if dst != nil {
		sized(name, "dst", dst, w.p.rows)
	}
	if err := w.check(name); err != nil {
		return dst, err
	}
	dst = sized(name, "dst", dst, w.p.rows)
	return dst, w.do(run, Matrix[float64]{Rows: 1, Cols: len(dst), Stride: len(dst), Data: dst})
}

// table computes the measures of rows i and j.
func table[F Float](name string, run Run, dst Matrix[float64], w *pairing[F]) (Matrix[float64], error) {
	if halves, ok := w.halves(); ok {
		return denseTable(name, run, dst, &halves)
	}
	if dst.Data != nil {
		dst.sized(name, "dst", w.p.rows, w.q.rows)
	}
	if err := w.check(name); err != nil {
		return dst, err
	}
	dst = dst.sized(name, "dst", w.p.rows, w.q.rows)
	return dst, w.do(run, dst)
}

// pair makes rows i meet, and panics unless there are as many on both sides.
func (w *pairing[F]) pair(name string) {
	w.list = true
	w.p.times(w.q.rows)
	w.q.times(w.p.rows)
	sameRows(name, w.p.rows, w.q.rows)
}

func sameRows(name string, p, q int) {
	if p != q {
		here.Panic(name, "p has %d rows, q has %d", p, q)
	}
}

func sameCols(name string, p, q int) {
	if p != q {
		here.Panic(name, "p has %d elements in a row, q has %d", p, q)
	}
}

// check panics unless the rows are equally long, and a policy treats both sides alike. Where that depends on the row it is an error.
func (w *pairing[F]) check(name string) error {
	p, q := &w.p, &w.q
	if p.kind == shareRows || q.kind == shareRows {
		w.checkShares(name)
	}
	if p.kind == raggedRows || q.kind == raggedRows {
		return w.checkLengths(name)
	}
	sameCols(name, p.cols, q.cols)
	return nil
}

// lengthsError is of rows that a function cannot compare.
func lengthsError(function string, row int, format string, args ...any) error {
	return &LayoutError{Row: row, Reason: fmt.Sprintf(format, args...), function: function + ": "}
}

// checkLengths looks for rows that meet, neither of them null, and differ in length.
func (w *pairing[F]) checkLengths(name string) error {
	if w.list {
		for i := range w.p.rows {
			if m, n := w.p.length(i), w.q.length(i); m != n && !w.p.null(i) && !w.q.null(i) {
				return lengthsError(name, i, "%d values of p, %d of q", m, n)
			}
		}
		return nil
	}
	p, q := w.p.uneven(-1), w.q.uneven(-1)
	if p.row < 0 || q.row < 0 { // all are null
		return nil
	}
	if p.length != q.length {
		return lengthsError(name, p.row, "%d values of p, %d of row %d of q", p.length, q.length, q.row)
	}
	for _, other := range []rowLength{w.p.uneven(p.length), w.q.uneven(q.length)} {
		if other.row >= 0 {
			return lengthsError(name, other.row, "%d values, %d of rows that it meets", other.length, p.length)
		}
	}
	return nil
}

type rowLength struct{ row, length int }

// uneven is the first row, unless it is null, that has another length, or row -1.
func (o *operand[F]) uneven(length int) rowLength {
	for i := range o.rows {
		if n := o.length(i); n != length && !o.null(i) {
			return rowLength{i, n}
		}
		if o.kind != raggedRows {
			break // all are as long
		}
	}
	return rowLength{-1, 0}
}

// do computes the measures into dst.
func (w *pairing[F]) do(run Run, dst Matrix[float64]) error {
	if dst.Rows == 0 || dst.Cols == 0 {
		return nil // and no need of memory as long as a row
	}
	return newMeeting(w, dst, run.Scratch).do(run)
}

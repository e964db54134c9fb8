package shape

import (
	"fmt"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// ProductRows is how many columns of a are multiplied with a stripe of columns of b at a time.
const ProductRows = 2 * quad

// products emits a kernel that adds Σ a·b over rows, for ProductRows columns of a and a stripe of columns of b, or so many bytes of it. The
// rows are aStride and bStride elements apart; what belongs to a column of a is in a stripe of dst.
func products(m isa.Machine, walkOf Walk, bytes int, t kernels.Type) {
	w := walk(m, walkOf, t)
	dst, a, b, left := w.param("dst"), w.scalar(), w.scalar(), w.scalar()
	aStride, bStride, ahead, fetch := w.param("aStride"), w.param("bStride"), w.scalar(), w.param("fetch")
	w.bytes(aStride)
	w.bytes(bStride)
	w.bytes(fetch)
	side := min(stripeSide(m), bytes/m.Info().Vector)
	for v := 0; v < bytes; v += side * m.Info().Vector {
		w.reparam(a, "a")
		w.reparam(b, "b")
		w.reparam(ahead, "ahead")
		w.reparam(left, "rows")
		var acc [][]int
		for range ProductRows {
			acc = append(acc, w.zeros(side))
		}
		label := fmt.Sprint("rows", v)
		w.Label(label)
		w.fetchLines(at(ahead, 0), cacheLine)
		y := w.stripe(b, v, side)
		for i, regs := range acc {
			number := w.number(at(a, i*t.Bytes()))
			for s, r := range regs {
				w.Apply(stepOf(kernels.Multiply, t, 2), r, isa.Register(number), isa.Register(y[s]))
			}
			w.Release(number)
		}
		w.Release(y...)
		w.addScalar(a, aStride)
		w.addScalar(b, bStride)
		w.addScalar(ahead, fetch)
		w.Repeat(left, 1, label)
		for i, regs := range acc {
			w.addStripe(kernels.Accumulate, dst, i*stripeBytes+v, regs)
		}
	}
	w.Return()
}

// stripeSide is how many vectors of a stripe are at hand.
func stripeSide(m isa.Machine) int { return max(1, m.Info().Regs/16) }

// zeros are registers that hold 0.
func (w *walker) zeros(n int) []int {
	regs := w.Regs(n)
	for _, r := range regs {
		w.Zero(r)
	}
	return regs
}

// stripe loads n vectors.
func (w *walker) stripe(base isa.Scalar, offset, n int) []int {
	regs := w.Regs(n)
	for i, r := range regs {
		w.readAt(r, at(base, offset+i*w.Info().Vector), w.t)
	}
	return regs
}

// number is an element in all lanes.
func (w *walker) number(p isa.Place) int {
	r := w.Reg()
	w.Constant(r, p.Loc(), w.t)
	return r
}

// addStripe adds registers, which it releases, to vectors, or takes another step with them.
func (w *walker) addStripe(step kernels.Substep, base isa.Scalar, offset int, regs []int) {
	for i, r := range regs {
		p := at(base, offset+i*w.Info().Vector)
		sum := w.Reg()
		w.readAt(sum, p, w.t)
		w.Apply(stepOf(step, w.t, 1), sum, isa.Register(r))
		w.writeAt(sum, p, w.t)
		w.Release(sum, r)
	}
}

// away emits a kernel of the differences x-μ of rows, stride elements apart, a stripe of columns after the other, or two where registers are
// for them. It adds them to first, times the shares of the rows if there are any; adds them times these and squared to second; writes them,
// and them times these, to apart and scaled, row after row of a stripe; and makes largest that of |x|, too: as far as the walk has these.
func away(m isa.Machine, walkOf Walk, t kernels.Type) {
	w := differences{walker: walk(m, walkOf, t), places: map[string]isa.Scalar{}}
	w.left, w.stride = w.scalar(), w.param("stride")
	w.bytes(w.stride)
	side := stripeSide(m)
	for _, name := range walkOf.Pointers {
		if name != "x" {
			w.places[name] = w.param(name)
		}
	}
	w.x, w.row = w.param("x"), w.scalar()
	if !w.has("apart") {
		side *= 2 // sums wait for each other
	}
	if side*m.Info().Vector > stripeBytes {
		const together = 2
		w.Label("together")
		w.Branch(isa.Param("stripes"), isa.Less, isa.Const(together), "rest")
		w.columns(together*stripeBytes, side)
		w.paramConst("stripes", -together)
		w.Jump("together")
		w.Label("rest")
		w.Branch(isa.Param("stripes"), isa.AtMost, isa.Const(0), "end")
		side /= together
	}
	w.Label("stripes")
	w.columns(stripeBytes, side)
	w.paramConst("stripes", -1)
	w.repeatParam("stripes", "stripes")
	w.Label("end")
	w.Return()
}

// differences is the state of emitting a kernel of these.
type differences struct {
	*walker
	x, row, left, stride isa.Scalar
	places               map[string]isa.Scalar // of the other arrays
}

func (w *differences) has(array string) bool {
	_, ok := w.places[array]
	return ok
}

// perColumn are the arrays that are added to, and perRow those that are written.
var perColumn, perRow = []string{"first", "second", "largest"}, []string{"apart", "scaled"}

// columns emits the code for so many bytes of columns, side vectors of which are at hand.
func (w *differences) columns(bytes, side int) {
	step := side * w.Info().Vector
	for v := 0; v < bytes; v += step {
		w.set(w.row, w.x)
		if w.has("shares") {
			w.reparam(w.places["shares"], "shares")
		}
		w.reparam(w.left, "rows")
		middle, sums := w.stripe(w.places["mean"], v, side), map[string][]int{}
		for _, name := range perColumn {
			if w.has(name) {
				sums[name] = w.zeros(side)
			}
		}
		label := fmt.Sprint("rows", bytes, "at", v)
		w.Label(label)
		w.addRow(v, middle, sums)
		w.Repeat(w.left, 1, label)
		for _, name := range perColumn {
			step := kernels.Substep(kernels.Accumulate)
			if name == "largest" {
				step = kernels.LargestSize
			}
			if w.has(name) {
				w.addStripe(step, w.places[name], v, sums[name])
			}
		}
		w.Release(middle...)
		if w.has("apart") && v+step < bytes { // back to the first row
			w.reparam(w.left, "rows")
			w.ShiftLeft(w.left, log2(stripeBytes))
			w.each(perRow, func(s isa.Scalar) { w.subScalar(s, w.left) })
		}
	}
	w.addConst(w.x, bytes)
	w.addConst(w.places["mean"], bytes)
	w.each(perColumn, func(s isa.Scalar) { w.addConst(s, bytes) })
}

// each is for the arrays that there are.
func (w *differences) each(names []string, do func(isa.Scalar)) {
	for _, name := range names {
		if w.has(name) {
			do(w.places[name])
		}
	}
}

// addRow takes the vectors of a row, and goes to the next row.
func (w *differences) addRow(v int, middle []int, sums map[string][]int) {
	var factor int
	if w.has("shares") {
		factor = w.number(at(w.places["shares"], 0))
	}
	for i, y := range w.stripe(w.row, v, len(middle)) {
		offset := v + i*w.Info().Vector
		if w.has("largest") {
			w.Apply(stepOf(kernels.LargestSize, w.t, 1), sums["largest"][i], isa.Register(y))
		}
		w.Apply(stepOf(kernels.Center, w.t, 1), y, isa.Register(middle[i]))
		z := y
		if w.has("shares") {
			in := schedule.New(stepOf(kernels.Times, w.t, 2), isa.Loc{}, nil)
			in.Hold(0, isa.Register(y))
			in.Hold(1, isa.Register(factor))
			w.Emit(in.All())
			z = w.Take(in).Reg
		}
		w.Apply(stepOf(kernels.Accumulate, w.t, 1), sums["first"][i], isa.Register(z))
		if w.has("apart") {
			w.writeAt(y, at(w.places["apart"], offset), w.t)
		}
		if w.has("scaled") {
			w.writeAt(z, at(w.places["scaled"], offset), w.t)
		}
		if w.has("second") {
			w.Apply(stepOf(kernels.Multiply, w.t, 2), sums["second"][i], isa.Register(z), isa.Register(y))
		}
		if w.Release(y); z != y {
			w.Release(z)
		}
	}
	w.addScalar(w.row, w.stride)
	if w.has("shares") {
		w.Release(factor)
		w.addConst(w.places["shares"], w.t.Bytes())
	}
	w.each(perRow, func(s isa.Scalar) { w.addConst(s, stripeBytes) })
}

// outerSquares emits the kernel that adds the squares of S - xxᵀ to a stripe, of all rows and of every stripe of columns.
func outerSquares(m isa.Machine, t kernels.Type) {
	w := walk(m, BeyondOuterWalk, t)
	dst, x, matrix, stride := w.param("dst"), w.param("x"), w.param("matrix"), w.param("stride")
	w.bytes(stride)
	element, row, left := w.scalar(), w.scalar(), w.scalar()
	side := stripeSide(m)
	w.Label("stripes")
	for v := 0; v < stripeBytes; v += side * m.Info().Vector {
		w.reparam(element, "x")
		w.set(row, matrix)
		w.reparam(left, "rows")
		columns, sums := w.stripe(x, v, side), w.zeros(side)
		label := fmt.Sprint("rows", v)
		w.Label(label)
		number := w.number(at(element, 0))
		for i, rest := range w.stripe(row, v, side) {
			w.Apply(stepOf(kernels.Eliminate, t, 2), rest, isa.Register(number), isa.Register(columns[i]))
			w.Apply(stepOf(kernels.Square, t, 1), sums[i], isa.Register(rest))
			w.Release(rest)
		}
		w.Release(number)
		w.addConst(element, t.Bytes())
		w.addScalar(row, stride)
		w.Repeat(left, 1, label)
		w.addStripe(kernels.Accumulate, dst, v, sums)
		w.Release(columns...)
	}
	w.addConst(x, stripeBytes)
	w.addConst(matrix, stripeBytes)
	w.paramConst("stripes", -1)
	w.repeatParam("stripes", "stripes")
	w.Return()
}

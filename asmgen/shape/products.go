package shape

import (
	"fmt"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// ProductRows is how many columns of a are multiplied with a stripe of columns of b at a time.
const ProductRows = 2 * quad

// products emits the kernel that adds Σ a·b over rows, for ProductRows columns of a and a stripe of columns of b. The rows are aStride and
// bStride elements apart; what belongs to a column of a is a stripe of dst.
func products(m isa.Machine, t kernels.Type) {
	w := walk(m, ProductsWalk, t)
	dst, a, b, left := w.param("dst"), w.scalar(), w.scalar(), w.scalar()
	aStride, bStride := w.param("aStride"), w.param("bStride")
	w.bytes(aStride)
	w.bytes(bStride)
	side := stripeSide(m)
	for v := 0; v < stripeBytes; v += side * m.Info().Vector {
		w.reparam(a, "a")
		w.reparam(b, "b")
		w.reparam(left, "rows")
		var acc [][]int
		for range ProductRows {
			acc = append(acc, w.zeros(side))
		}
		label := fmt.Sprint("rows", v)
		w.Label(label)
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
		w.Repeat(left, 1, label)
		for i, regs := range acc {
			w.addStripe(dst, i*stripeBytes+v, regs)
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

// addStripe adds registers, which it releases, to vectors.
func (w *walker) addStripe(base isa.Scalar, offset int, regs []int) {
	for i, r := range regs {
		p := at(base, offset+i*w.Info().Vector)
		sum := w.Reg()
		w.readAt(sum, p, w.t)
		w.Apply(stepOf(kernels.Accumulate, w.t, 1), sum, isa.Register(r))
		w.writeAt(sum, p, w.t)
		w.Release(sum, r)
	}
}

// away emits a kernel of the differences x-μ of rows, stride elements apart, a stripe of columns after the other, or two where registers are
// for them: it adds them times the shares of the rows to first; and adds them squared times these to second, or writes them, and them times
// these, to apart and scaled, row after row of a stripe.
func away(m isa.Machine, walkOf Walk, t kernels.Type) {
	w := differences{walker: walk(m, walkOf, t), writes: walkOf.Name == SpreadWalk.Name}
	w.x, w.share, w.left, w.row = w.scalar(), w.scalar(), w.scalar(), w.scalar()
	w.first, w.mean, w.stride = w.param("first"), w.param("mean"), w.param("stride")
	w.bytes(w.stride)
	side := stripeSide(m)
	if w.writes {
		w.apart, w.scaled = w.param("apart"), w.param("scaled")
	} else {
		w.second = w.param("second")
		side *= 2 // sums wait for each other
	}
	w.reparam(w.x, "x")
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
	writes                                                          bool
	x, share, left, row, first, mean, stride, apart, scaled, second isa.Scalar
}

// columns emits the code for so many bytes of columns, side vectors of which are at hand.
func (w *differences) columns(bytes, side int) {
	step := side * w.Info().Vector
	for v := 0; v < bytes; v += step {
		w.set(w.row, w.x)
		w.reparam(w.share, "shares")
		w.reparam(w.left, "rows")
		middle, sums := w.stripe(w.mean, v, side), w.zeros(side)
		var squares []int
		if !w.writes {
			squares = w.zeros(side)
		}
		label := fmt.Sprint("rows", bytes, "at", v)
		w.Label(label)
		w.addRow(v, middle, sums, squares)
		w.Repeat(w.left, 1, label)
		w.addStripe(w.first, v, sums)
		if !w.writes {
			w.addStripe(w.second, v, squares)
		}
		w.Release(middle...)
		if w.writes && v+step < bytes { // back to the first row
			w.reparam(w.left, "rows")
			w.ShiftLeft(w.left, log2(stripeBytes))
			w.subScalar(w.apart, w.left)
			w.subScalar(w.scaled, w.left)
		}
	}
	for _, s := range []isa.Scalar{w.x, w.first, w.mean} {
		w.addConst(s, bytes)
	}
	if !w.writes {
		w.addConst(w.second, bytes)
	}
}

// addRow adds the vectors of a row to sums, and to squares or writes them, and goes to the next row.
func (w *differences) addRow(v int, middle, sums, squares []int) {
	factor := w.number(at(w.share, 0))
	for i, y := range w.stripe(w.row, v, len(sums)) {
		w.Apply(stepOf(kernels.Center, w.t, 1), y, isa.Register(middle[i]))
		in := schedule.New(stepOf(kernels.Times, w.t, 2), isa.Loc{}, nil)
		in.Hold(0, isa.Register(y))
		in.Hold(1, isa.Register(factor))
		w.Emit(in.All())
		z := w.Take(in).Reg
		w.Apply(stepOf(kernels.Accumulate, w.t, 1), sums[i], isa.Register(z))
		if w.writes {
			w.writeAt(y, at(w.apart, v+i*w.Info().Vector), w.t)
			w.writeAt(z, at(w.scaled, v+i*w.Info().Vector), w.t)
		} else {
			w.Apply(stepOf(kernels.Multiply, w.t, 2), squares[i], isa.Register(z), isa.Register(y))
		}
		w.Release(y, z)
	}
	w.Release(factor)
	w.addScalar(w.row, w.stride)
	w.addConst(w.share, w.t.Bytes())
	if w.writes {
		w.addConst(w.apart, stripeBytes)
		w.addConst(w.scaled, stripeBytes)
	}
}

package shape

import (
	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// A panel is as many rows of data as there are lanes: column after column, one vector each.

// quad is how many rows of a factor are packed together: column after column up to their diagonal block and with it.
const quad = kernels.Group

// leastColumns is how many columns are transposed at a time; rows have at least as many.
const leastColumns = 2 * quad

// walker is a function that walks over rows of data, of which it has one in each lane.
type walker struct {
	asm
	*schedule.Block
	t    kernels.Type
	data isa.Rows
}

// walk begins one.
func walk(m isa.Machine, k Walk, t kernels.Type) *walker {
	w := &walker{asm: begin(m, isa.Symbol(k.Name, t, m.Info().Name), k.Signature("*"+t.Go())), t: t}
	w.Block = schedule.NewBlock(m, t, map[bool]int{true: 1}[m.Info().Ones])
	if ones := m.Info().Regs - 1; m.Info().Ones {
		w.Constant(ones, isa.Constant(t.Bits(1)), t)
	}
	return w
}

// bytes makes bytes of a number of elements.
func (w *walker) bytes(s isa.Scalar) { w.ShiftLeft(s, log2(w.t.Bytes())) }

// startRows sets out on rows so many elements apart.
func (w *walker) startRows(stride isa.Scalar) {
	w.bytes(stride)
	w.data = w.Machine.Rows(stride, w.t)
}

// modelNumbers says where each of count numbers of a model is: with lanes, in which one of 16 bytes that are all there.
func (w *walker) modelNumbers(base isa.Scalar, count int) func(number int) isa.Loc {
	return func(number int) isa.Loc {
		if !w.Info().Lanes {
			return at(base, number*w.t.Bytes()).Loc()
		}
		many := 16 / w.t.Bytes()
		from := min(number/many*many, count-many)
		l := at(base, from*w.t.Bytes()).Loc()
		l.Lane = number - from
		return l
	}
}

func stepOf(s kernels.Substep, t kernels.Type, inputs int) *program.Program {
	return program.Prepare(s.Record(t, inputs), false)
}

// weave takes turns between two sequences, in proportion to their lengths.
func weave(long, short []func()) {
	done := 0
	for i, f := range long {
		f()
		for ; done*len(long) < (i+1)*len(short); done++ {
			short[done]()
		}
	}
}

// affine emits the kernel that scales and shifts vectors.
func affine(m isa.Machine, t kernels.Type) {
	w := walk(m, AffineWalk, t)
	step := stepOf(kernels.Affine, t, 2)
	dst, x, base, panels := w.param("dst"), w.param("x"), w.param("model"), w.param("panels")
	slope, rise := w.Reg(), w.Reg()
	w.Constant(slope, at(base, 0).Loc(), t)
	w.Constant(rise, at(base, t.Bytes()).Loc(), t)
	w.skipUnless(panels, "done")
	w.Label("panels")
	r := w.Reg()
	w.readAt(r, isa.Place{Base: x}, t)
	in := schedule.New(step, isa.Register(r), nil)
	in.Elsewhere()
	in.Hold(0, isa.Register(slope))
	in.Hold(1, isa.Register(rise))
	w.Emit(in.All())
	r = w.Take(in).Reg
	w.writeAt(r, isa.Place{Base: dst}, t)
	w.Release(r)
	w.addConst(x, w.Info().Vector)
	w.addConst(dst, w.Info().Vector)
	w.Repeat(panels, 1, "panels")
	w.Label("done")
	w.Return()
}

// columns lists the steps that transpose the columns of a panel, for use to have each in a register, which it must release. The last 16
// bytes may have columns that were there already.
func (w *walker) columns(dim int, use func(column, reg int)) (steps []func()) {
	for done := 0; done < dim; {
		bytes := 16
		if most := w.Info().Gathers; (dim-done)*w.t.Bytes() >= most {
			bytes = most
		}
		many := bytes / w.t.Bytes()
		before, from := done, min(done, dim-many)
		steps = append(steps, w.data.Gather(w, from*w.t.Bytes(), bytes, func(i, r int) {
			if from+i < before {
				w.Release(r)
			} else {
				use(from+i, r)
			}
		})...)
		done = from + many
	}
	return steps
}

// loadColumns transposes them into registers.
func (w *walker) loadColumns(in *schedule.Instance, dim int) {
	weave(w.columns(dim, func(column, r int) { w.GiveColumn(in, column, r) }), nil)
}

// refuse returns whether a guard on signs failed.
func (w *walker) refuse() {
	w.Check(kernels.GuardSign, w.Guards[program.Signs], schedule.NoReg, 0, w.t, "refused")
	w.returnInt(0)
	w.Label("refused")
	w.returnInt(1)
}

// deviations emits the kernel of a diagonal factor, which goes along the rows a group of columns at a time, and back so many
// elements for what is left.
func deviations(m isa.Machine, t kernels.Type) {
	w := walk(m, DeviationWalk, t)
	step, finite := program.Prepare(kernels.SqDeviation(t), false), program.Prepare(kernels.Finite(t), false)
	dst, x, base, stride := w.param("dst"), w.param("x"), w.param("model"), w.param("stride")
	left, along, ahead := w.scalar(), w.scalar(), w.scalar()
	w.startRows(stride)
	w.StartGuards(finite)
	sum, excess, block := w.Reg(), w.Reg(), w.Reg()
	accumulate := stepOf(kernels.Accumulate, t, 1)
	columns := func() { // a group of them
		w.data.Aim(along)
		in := schedule.New(step, isa.Loc{}, nil)
		in.Element = w.modelNumbers(base, 2*kernels.Group)
		w.loadColumns(in, kernels.Group)
		w.Emit(in.All())
		group := w.Take(in).Reg
		w.Apply(accumulate, block, isa.Register(group))
		w.Release(group)
	}
	next := func() {
		w.fetchLines(at(ahead, 0), kernels.Group*w.Info().Vector)
		w.addConst(ahead, kernels.Group*w.Info().Vector)
		columns()
		w.addConst(along, kernels.Group*t.Bytes())
		w.addConst(base, 2*kernels.Group*t.Bytes())
	}
	endBlock := func() {
		before := w.Reg()
		w.Copy(before, isa.Register(sum))
		w.Apply(accumulate, sum, isa.Register(block))
		w.Apply(stepOf(kernels.Excess, t, 2), block, isa.Register(sum), isa.Register(before))
		w.Apply(accumulate, excess, isa.Register(block))
		w.Zero(block)
		w.Release(before)
	}
	w.Label("panels")
	w.set(along, x)
	w.reparam(ahead, "fetch")
	w.bytes(ahead)
	w.addScalar(ahead, x)
	w.Zero(sum)
	w.Zero(excess)
	w.Zero(block)
	w.reparam(left, "dim")
	w.reparam(base, "model")
	w.when(left, isa.Less, kernels.Block, "columns")
	w.Jump("first")
	w.Label("blocks")
	endBlock()
	w.Label("first")
	for range kernels.Block / kernels.Group {
		next()
	}
	w.addConst(left, -kernels.Block)
	w.when(left, isa.AtLeast, kernels.Block, "blocks")
	w.skipUnless(left, "whole")
	endBlock()
	w.Label("columns")
	next()
	w.Repeat(left, kernels.Group, "columns")
	w.reparam(left, "back")
	w.skipUnless(left, "done")
	w.Jump("back")
	w.Label("whole")
	w.reparam(left, "back")
	w.skipUnless(left, "done")
	endBlock()
	w.Label("back")
	w.bytes(left)
	w.subScalar(along, left)
	columns()
	w.Label("done")
	w.data.Next(x)
	w.Apply(stepOf(kernels.Correct, t, 1), block, isa.Register(excess))
	w.Apply(accumulate, sum, isa.Register(block))
	in := schedule.New(finite, isa.Register(sum), nil)
	in.KeepSum()
	w.Emit(in.All())
	w.writeAt(sum, isa.Place{Base: dst}, t)
	w.addConst(dst, w.Info().Vector)
	w.paramConst("panels", -1)
	w.repeatParam("panels", "panels")
	w.refuse()
}

// transposeColumns lists the steps that transpose some columns, of the rows at x, into the panel at an address. They begin at a
// column, or before it where rows of so many columns as the parameter width says have no more.
func (w *walker) transposeColumns(first isa.Scalar, columns int, x, panel func(s isa.Scalar), from, to isa.Scalar) []func() {
	steps := []func(){func() {
		w.set(from, first)
		w.addConst(from, columns)
		w.atMost(from, "width")
		w.addConst(from, -columns)
		w.set(to, from)
		w.ShiftLeft(to, log2(w.Info().Vector))
		panel(to)
		w.bytes(from)
		x(from)
		w.data.Aim(from)
	}}
	return append(steps, w.columns(columns, func(c, r int) {
		w.writeAt(r, at(to, c*w.Info().Vector), w.t)
		w.Release(r)
	})...)
}

// packing emits the kernel that transposes rows into panels, which are span elements apart.
func packing(m isa.Machine, t kernels.Type) {
	w := walk(m, TransposeWalk, t)
	panel, x, column, stride, panels, span := w.param("panel"), w.param("x"), w.scalar(), w.param("stride"), w.param("panels"), w.scalar()
	at, to := w.scalar(), span
	w.startRows(stride)
	w.Label("panels")
	w.setConst(column, 0)
	w.Label("columns")
	weave(w.transposeColumns(column, leastColumns,
		func(s isa.Scalar) { w.addScalar(s, x) }, func(s isa.Scalar) { w.addScalar(s, panel) }, at, to), nil)
	w.addConst(column, leastColumns)
	w.repeatBelow(column, "width", "columns")
	w.data.Next(x)
	w.reparam(span, "span")
	w.bytes(span)
	w.addScalar(panel, span)
	w.Repeat(panels, 1, "panels")
	w.Return()
}

// Peak emits a loop of as many independent chains of FMAs as registers hold, for comparison: the most that the ports can do.
func Peak(m isa.Machine, t kernels.Type) {
	w := walk(m, peakWalk, t)
	step := stepOf(kernels.Multiply, t, 2)
	sink, n := w.param("sink"), w.param("n")
	factor := w.Reg()
	w.Zero(factor)
	chains := w.Regs(12)
	for _, r := range chains {
		w.Zero(r)
	}
	w.Label("loop")
	for _, r := range chains {
		w.Apply(step, r, isa.Register(factor), isa.Register(factor))
	}
	w.Repeat(n, 1, "loop")
	w.writeAt(chains[0], isa.Place{Base: sink}, t)
	w.Return()
}

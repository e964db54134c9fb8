package main

import (
	"math/bits"

	"github.com/relent-go/relent/kernels"
)

// A panel is as many rows of data as there are lanes: column after column, one vector each.

// quad is how many rows of a factor are packed together: column after column up to their diagonal block and with it.
const quad = kernels.Group

// together is how many columns are transposed at a time; rows have at least as many.
const together = 2 * quad

const cacheLine = 64 // bytes

func log2(n int) int { return bits.Len(uint(n)) - 1 }

func inRegister(r int) loc { return loc{kind: inReg, reg: r} }

// apply does a step to the value in register x.
func apply(b *block, step *prepared, x int, with ...loc) {
	in := newInstance(step, inRegister(x), nil)
	for i, l := range with {
		in.hold(i, l)
	}
	b.emit(in.items(in.order))
}

// walkBlock leaves out the registers that walks have another use for.
func walkBlock(w walker, t kernels.Type) *block {
	b := newBlock(w, t)
	for i := range w.info().reserved {
		b.free[len(b.free)-1-i] = false
	}
	return b
}

// modelNumbers says where each of count numbers of a model is: with lanes, in which one of 16 bytes that are all there.
func modelNumbers(w walker, base scalar, count int, t kernels.Type) func(number int) loc {
	return func(number int) loc {
		if !w.info().lanes {
			return model(base, number*t.Bytes())
		}
		many := 16 / t.Bytes()
		from := min(number/many*many, count-many)
		l := model(base, from*t.Bytes())
		l.lane = number - from
		return l
	}
}

func prepareStep(s kernels.Substep, t kernels.Type, inputs int) *prepared {
	return prepare(s.Record(t, inputs), false)
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
	for _, f := range short[done:] {
		f()
	}
}

func asItems(steps []func()) []item {
	items := make([]item, len(steps))
	for i, f := range steps {
		items[i].do = f
	}
	return items
}

// affines emits the kernel that scales and shifts vectors.
func affines(w walker, t kernels.Type) {
	w.walk(affineWalk, t)
	b := walkBlock(w, t)
	step := prepareStep(kernels.Affine, t, 2)
	dst, x, base, panels := w.param("dst"), w.param("x"), w.param("model"), w.param("panels")
	slope, rise := b.reg(), b.reg()
	w.loadConst(slope, model(base, 0), t)
	w.loadConst(rise, model(base, t.Bytes()), t)
	w.skipUnless(panels, "done")
	w.label("panels")
	r := b.reg()
	w.readAt(r, place{base: x}, t)
	in := newInstance(step, inRegister(r), nil)
	in.sum = -1 // the result may be elsewhere
	in.hold(0, inRegister(slope))
	in.hold(1, inRegister(rise))
	b.emit(in.items(in.order))
	r = b.take(in).reg
	w.writeAt(r, place{base: dst}, t)
	b.release(r)
	w.addConst(x, w.info().vector)
	w.addConst(dst, w.info().vector)
	w.repeat(panels, 1, "panels")
	w.label("done")
	w.ret()
}

// loadColumns transposes the columns of a panel into registers. The last 16 bytes may have columns that are there already.
func loadColumns(w walker, b *block, in *instance, dim int, t kernels.Type) {
	many := 16 / t.Bytes()
	for done := 0; done < dim; done += many {
		from := min(done, dim-many)
		for _, f := range w.gather(b, from*t.Bytes(), t, func(i, r int) {
			if from+i < done {
				b.release(r)
				return
			}
			in.give(from+i, inRegister(r))
			b.owner[r] = value{in, in.input(from + i)}
		}) {
			f()
		}
	}
}

func startGuards(b *block, p *prepared) {
	for _, g := range p.guards() {
		b.guards[g] = b.reg()
		b.t.zero(b.guards[g])
	}
}

// refuse returns whether a guard on signs failed.
func refuse(w walker, b *block) {
	w.checkSign(b.guards[guard{op: kernels.GuardSign}], b.elem, "refused")
	w.returnInt(0)
	w.label("refused")
	w.returnInt(1)
}

// deviations emits the kernel of a diagonal factor, which goes along the rows a group of columns at a time, and back so many
// elements for what is left.
func deviations(w walker, t kernels.Type) {
	w.walk(deviationWalk, t)
	b := walkBlock(w, t)
	step, finite := prepare(kernels.SqDeviation(t), false), prepare(kernels.Finite(t), false)
	dst, x, base, stride := w.param("dst"), w.param("x"), w.param("model"), w.param("stride")
	left, along, ahead := w.scalar(), w.scalar(), w.scalar()
	w.shiftLeft(stride, log2(t.Bytes()))
	w.startRows(stride)
	startGuards(b, finite)
	sum, excess, block := b.reg(), b.reg(), b.reg()
	accumulate := prepareStep(kernels.Accumulate, t, 1)
	columns := func() { // a group of them
		w.aimRows(along)
		in := newInstance(step, loc{}, nil)
		in.element = modelNumbers(w, base, 2*kernels.Group, t)
		loadColumns(w, b, in, kernels.Group, t)
		b.emit(in.items(in.order))
		group := b.take(in).reg
		apply(b, accumulate, block, inRegister(group))
		b.release(group)
	}
	next := func() {
		fetchLines(w, ahead, kernels.Group*w.info().vector)
		w.addConst(ahead, kernels.Group*w.info().vector)
		columns()
		w.addConst(along, kernels.Group*t.Bytes())
		w.addConst(base, 2*kernels.Group*t.Bytes())
	}
	endBlock := func() {
		before := b.reg()
		w.move(before, inRegister(sum))
		apply(b, accumulate, sum, inRegister(block))
		apply(b, prepareStep(kernels.Excess, t, 2), block, inRegister(sum), inRegister(before))
		apply(b, accumulate, excess, inRegister(block))
		w.zero(block)
		b.release(before)
	}
	w.label("panels")
	w.set(along, x)
	w.reparam(ahead, "fetch")
	w.shiftLeft(ahead, log2(t.Bytes()))
	w.addScalar(ahead, x)
	w.zero(sum)
	w.zero(excess)
	w.zero(block)
	w.reparam(left, "dim")
	w.reparam(base, "model")
	w.skipIfLess(left, kernels.Block, "columns")
	w.jump("first")
	w.label("blocks")
	endBlock()
	w.label("first")
	for range kernels.Block / kernels.Group {
		next()
	}
	w.addConst(left, -kernels.Block)
	w.skipIfLess(left, kernels.Block, "few")
	w.jump("blocks")
	w.label("few")
	w.skipUnless(left, "whole")
	endBlock()
	w.label("columns")
	next()
	w.repeat(left, kernels.Group, "columns")
	w.reparam(left, "back")
	w.skipUnless(left, "done")
	w.jump("back")
	w.label("whole")
	w.reparam(left, "back")
	w.skipUnless(left, "done")
	endBlock()
	w.label("back")
	w.shiftLeft(left, log2(t.Bytes()))
	w.subScalar(along, left)
	columns()
	w.label("done")
	w.nextRows(x)
	apply(b, prepareStep(kernels.Correct, t, 1), block, inRegister(excess))
	apply(b, accumulate, sum, inRegister(block))
	in := newInstance(finite, inRegister(sum), nil)
	in.left[in.sum] = forever
	b.emit(in.items(in.order))
	w.writeAt(sum, place{base: dst}, t)
	w.addConst(dst, w.info().vector)
	w.paramConst("panels", -1)
	w.repeatParam("panels", "panels")
	refuse(w, b)
}

// fetchLines fetches so many bytes from an address on.
func fetchLines(w walker, from scalar, bytes int) {
	for offset := 0; offset < bytes; offset += cacheLine {
		w.prefetch(place{base: from, offset: offset})
	}
}

// transposeColumns lists the steps that transpose some columns, of the rows at x, into the panel at an address. They begin at a
// column, or before it where rows of so many columns as the parameter width says have no more.
func transposeColumns(w walker, b *block, first scalar, columns int, x, panel func(s scalar), at, to scalar, t kernels.Type) []func() {
	steps := []func(){func() {
		w.set(at, first)
		w.addConst(at, columns)
		w.atMost(at, "width")
		w.addConst(at, -columns)
		w.set(to, at)
		w.shiftLeft(to, log2(w.info().vector))
		panel(to)
		w.shiftLeft(at, log2(t.Bytes()))
		x(at)
		w.aimRows(at)
	}}
	many := 16 / t.Bytes()
	for c := 0; c < columns; c += many {
		steps = append(steps, w.gather(b, c*t.Bytes(), t, func(i, r int) {
			w.writeAt(r, place{base: to, offset: (c + i) * w.info().vector}, t)
			b.release(r)
		})...)
	}
	return steps
}

// packing emits the kernel that transposes rows into panels, which are span elements apart.
func packing(w walker, t kernels.Type) {
	w.walk(transposeWalk, t)
	b := walkBlock(w, t)
	panel, x, column, stride, panels, span := w.param("panel"), w.param("x"), w.scalar(), w.param("stride"), w.param("panels"), w.scalar()
	at, to := w.scalar(), span
	w.shiftLeft(stride, log2(t.Bytes()))
	w.startRows(stride)
	w.label("panels")
	w.zeroScalar(column)
	w.label("columns")
	for _, f := range transposeColumns(w, b, column, together,
		func(s scalar) { w.addScalar(s, x) }, func(s scalar) { w.addScalar(s, panel) }, at, to, t) {
		f()
	}
	w.addConst(column, together)
	w.repeatBelow(column, "width", "columns")
	w.nextRows(x)
	w.reparam(span, "span")
	w.shiftLeft(span, log2(t.Bytes()))
	w.addScalar(panel, span)
	w.repeat(panels, 1, "panels")
	w.ret()
}

// peak emits a loop of as many independent chains of FMAs as registers hold, for comparison: the most that the ports can do.
func peak(w walker, t kernels.Type) {
	w.walk(peakWalk, t)
	b := walkBlock(w, t)
	step := prepareStep(kernels.Multiply, t, 2)
	sink, n := w.param("sink"), w.param("n")
	factor := b.reg()
	w.zero(factor)
	chains := make([]int, peakChains)
	for i := range chains {
		chains[i] = b.reg()
		w.zero(chains[i])
	}
	w.label("loop")
	for _, r := range chains {
		apply(b, step, r, inRegister(factor), inRegister(factor))
	}
	w.repeat(n, 1, "loop")
	w.writeAt(chains[0], place{base: sink}, t)
	w.ret()
}

const peakChains = 12

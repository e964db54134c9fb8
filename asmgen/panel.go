package main

import (
	"math/bits"

	"github.com/relent-go/relent/kernels"
)

// A panel is as many rows of data as there are lanes: column after column, one vector each.

// unrolledRows emits a kernel whose panels stay in registers: loop after loop over interleaved panels, transposed as they are loaded.
func unrolledRows(w walker, dim int, t kernels.Type) {
	p := prepare(kernels.SqMahalanobis(t, dim), false)
	w.walk(unrolledWalk(dim), t)
	b := newBlock(w, t)
	dst, x, base, stride, panels := w.param("dst"), w.param("x"), w.param("model"), w.param("stride"), w.param("panels")
	w.shiftLeft(stride, log2(t.Bytes()))
	w.startRows(x, stride)
	startGuards(b, p)
	side := sideBySide(w, dim, t)
	w.label("panels")
	var all [][]item
	var ins []*instance
	for range side {
		in := newInstance(p, loc{}, nil)
		in.element = func(number int) loc { return model(base, number*t.Bytes()) }
		w.aimRows()
		loadColumns(w, b, in, dim, t)
		w.nextRows()
		ins, all = append(ins, in), append(all, in.items(in.order))
	}
	b.emit(interleave(all...))
	if len(b.slots) > 0 {
		panic("an unrolled kernel has too many columns")
	}
	for i, in := range ins {
		sum := b.take(in)
		w.writeAt(sum.reg, place{base: dst, offset: i * w.info().vector}, t)
		b.release(sum.reg)
	}
	w.addConst(dst, side*w.info().vector)
	w.repeat(panels, side, "panels")
	refuse(w, b)
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

// sideBySide is how many panels an unrolled kernel works on in turns.
func sideBySide(t target, dim int, elem kernels.Type) int {
	return min(4, max(1, t.info().regs/2/dim))
}

// loadColumns transposes the columns of a panel into registers. The last 16 bytes may have columns that are there already.
func loadColumns(w walker, b *block, in *instance, dim int, t kernels.Type) {
	many := 16 / t.Bytes()
	for done := 0; done < dim; done += many {
		from := min(done, dim-many)
		for i, r := range w.gather(b, from*t.Bytes(), t) {
			if from+i < done {
				b.release(r)
				continue
			}
			in.give(from+i, loc{kind: inReg, reg: r})
			b.owner[r] = item{in, in.input(from + i)}
		}
	}
}

// deviations emits the kernel of a diagonal factor, which goes along the rows a group of columns at a time, and back so many
// elements for what is left.
func deviations(w walker, t kernels.Type) {
	w.walk(deviationWalk, t)
	b := newBlock(w, t)
	step, finite := prepare(kernels.SqDeviation(t), false), prepare(kernels.Finite(t), false)
	dst, x, base, stride, panels := w.param("dst"), w.param("x"), w.param("model"), w.param("stride"), w.param("panels")
	left := w.scalar()
	w.shiftLeft(stride, log2(t.Bytes()))
	w.startRows(x, stride)
	startGuards(b, finite)
	sum := b.reg()
	columns := func() {
		in := newInstance(step, loc{kind: inReg, reg: sum}, nil)
		in.element = func(number int) loc { return model(base, number*t.Bytes()) }
		loadColumns(w, b, in, kernels.Group, t)
		b.emit(in.items(in.order))
	}
	w.label("panels")
	w.aimRows()
	w.zero(sum)
	w.reparam(left, "dim")
	w.reparam(base, "model")
	w.label("columns")
	columns()
	w.moveRows(kernels.Group * t.Bytes())
	w.addConst(base, 2*kernels.Group*t.Bytes())
	w.repeat(left, kernels.Group, "columns")
	w.reparam(left, "back")
	w.skipUnless(left, "done")
	w.shiftLeft(left, log2(t.Bytes()))
	w.turnRows(left)
	columns()
	w.label("done")
	w.nextRows()
	in := newInstance(finite, loc{kind: inReg, reg: sum}, nil)
	in.left[in.sum] = forever
	b.emit(in.items(in.order))
	w.writeAt(sum, place{base: dst}, t)
	w.addConst(dst, w.info().vector)
	w.repeat(panels, 1, "panels")
	refuse(w, b)
}

// affines emits the kernel that scales and shifts vectors.
func affines(w walker, t kernels.Type) {
	w.walk(affineWalk, t)
	b := newBlock(w, t)
	step := prepare(kernels.Substep(kernels.Affine).Record(t, 2), false)
	dst, x, base, panels := w.param("dst"), w.param("x"), w.param("model"), w.param("panels")
	slope, rise, r := b.reg(), b.reg(), b.reg()
	w.loadConst(slope, model(base, 0), t)
	w.loadConst(rise, model(base, t.Bytes()), t)
	w.skipUnless(panels, "done")
	w.label("panels")
	w.readAt(r, place{base: x}, t)
	apply(b, step, r, loc{kind: inReg, reg: slope}, loc{kind: inReg, reg: rise})
	w.writeAt(r, place{base: dst}, t)
	w.addConst(x, w.info().vector)
	w.addConst(dst, w.info().vector)
	w.repeat(panels, 1, "panels")
	w.label("done")
	w.ret()
}

// packing emits the kernel that writes panels of centred columns. It goes along the rows 16 bytes at a time, and back so many
// elements for what is left; gap elements follow each panel.
func packing(w walker, t kernels.Type) {
	w.walk(centerWalk, t)
	b := newBlock(w, t)
	step := prepare(kernels.Substep(kernels.Center).Record(t, 1), false)
	panel, x, mean, stride, panels := w.param("panel"), w.param("x"), w.param("mean"), w.param("stride"), w.param("panels")
	left := w.scalar()
	w.shiftLeft(stride, log2(t.Bytes()))
	w.startRows(x, stride)
	many := 16 / t.Bytes()
	columns := func() {
		for i, r := range w.gather(b, 0, t) {
			apply(b, step, r, model(mean, i*t.Bytes()))
			w.writeAt(r, place{base: panel, offset: i * w.info().vector}, t)
			b.release(r)
		}
		w.addConst(panel, many*w.info().vector)
	}
	w.label("panels")
	w.aimRows()
	w.reparam(left, "dim")
	w.reparam(mean, "mean")
	w.label("columns")
	columns()
	w.moveRows(16)
	w.addConst(mean, 16)
	w.repeat(left, many, "columns")
	w.reparam(left, "back")
	w.skipUnless(left, "done")
	w.shiftLeft(left, log2(t.Bytes()))
	w.turnRows(left)
	w.subScalar(mean, left)
	w.shiftLeft(left, log2(w.info().vector/t.Bytes()))
	w.subScalar(panel, left)
	columns()
	w.label("done")
	w.nextRows()
	w.reparam(left, "gap")
	w.shiftLeft(left, log2(t.Bytes()))
	w.addScalar(panel, left)
	w.repeat(panels, 1, "panels")
	w.ret()
}

func log2(n int) int { return bits.Len(uint(n)) - 1 }

// apply does a step to the value in register x.
func apply(b *block, step *prepared, x int, with ...loc) {
	in := newInstance(step, loc{kind: inReg, reg: x}, nil)
	for i, l := range with {
		in.hold(i, l)
	}
	b.emit(in.items(in.order))
}

// tile is the state of emitting a Tile: accumulators for a number of rows of the factor and a number of panels side by side.
// The factor is packed in quads: four rows, column after column up to their diagonal block and with it.
type tile struct {
	walker
	*block
	t            kernels.Type
	rows, panels int
	step         *prepared
	acc          [][]int // by row and panel

	z, y, factor, quad, span scalar
}

const quad = kernels.Group // rows of the factor that are packed together

// tiled emits the kernel of a Tile for the rows from..to of the factor. The panels that a tile takes together are span elements apart. Their sums are
// added to sums. Where it goes it prefetches the rows of coming panels at next.
func tiled(w walker, text kernels.Tile, t kernels.Type) {
	shape := w.info().tile
	k := &tile{walker: w, block: newBlock(w, t), t: t, rows: shape.rows, panels: shape.panels}
	vector, size := w.info().vector, t.Bytes()
	k.step = prepare(text.Step.Record(t, 2), false)
	w.walk(tileWalk(text), t)
	k.z, k.y, k.factor, k.quad, k.span = w.scalar(), w.scalar(), w.scalar(), w.scalar(), w.param("span")
	row, left, next, stride, sums := w.scalar(), w.scalar(), w.scalar(), w.param("stride"), w.scalar()
	w.shiftLeft(stride, log2(size))
	w.shiftLeft(k.span, log2(size))
	for range k.rows {
		var regs []int
		for range k.panels {
			regs = append(regs, k.reg())
		}
		k.acc = append(k.acc, regs)
	}

	w.label("group")
	w.reparam(row, "from")
	w.reparam(k.y, "panel")
	w.set(left, row)
	w.shiftLeft(left, log2(vector))
	w.addScalar(k.y, left)
	w.reparam(k.factor, "factor")
	w.reparam(next, "next")
	w.reparam(sums, "sums")

	w.label("rows")
	w.set(k.z, next)
	for range k.panels * vector / size {
		w.prefetch(k.z)
		w.addScalar(k.z, stride)
	}
	w.addConst(next, k.rows*size)
	k.each(func(i, v int) {
		if text.Solve {
			w.readAt(k.acc[i][v], k.panel(k.y, i, v), t)
		} else {
			w.zero(k.acc[i][v])
		}
	})
	if k.rows > quad { // the next quad has the columns of this one besides
		w.set(k.quad, row)
		w.addConst(k.quad, quad)
		w.shiftLeft(k.quad, log2(quad*size))
	}
	w.reparam(k.z, "panel")
	w.set(left, row)
	w.skipUnless(left, "diagonal")
	w.label("columns")
	for c := range quad {
		k.column(c)
	}
	w.addConst(k.factor, quad*quad*size)
	w.addConst(k.z, quad*vector)
	w.repeat(left, quad, "columns")
	w.label("diagonal")
	if text.Solve {
		k.solve(sums)
	} else {
		k.multiply(sums)
	}
	w.addConst(k.y, k.rows*vector)
	if k.rows > quad {
		w.addScalar(k.factor, k.quad)
	}
	w.addConst(k.factor, k.rows*quad*size)
	w.addConst(row, k.rows)
	w.repeatBelow(row, "to", "rows")

	// The next group of panels.
	w.set(left, k.span)
	for range k.panels - 1 {
		w.addScalar(left, k.span)
	}
	w.paramAdd("panel", left)
	w.paramConst("sums", k.panels*vector)
	w.set(left, stride)
	w.shiftLeft(left, log2(vector/size))
	for range k.panels {
		w.paramAdd("next", left)
	}
	w.paramConst("groups", -1)
	w.repeatParam("groups", "group")
	w.ret()
}

// each calls f for every accumulator.
func (k *tile) each(f func(row, panel int)) {
	for i := range k.rows {
		for v := range k.panels {
			f(i, v)
		}
	}
}

// panel is row i, from an address in the first panel, of panel v.
func (k *tile) panel(base scalar, i, v int) place {
	return place{base: base, index: k.span, n: v, offset: i * k.info().vector}
}

// number is where the factor has row i, column c from where it is.
func (k *tile) number(i, c int) place {
	p := place{base: k.factor, offset: (c*quad + i%quad) * k.t.Bytes()}
	if i >= quad {
		p.index, p.n = k.quad, 1
	}
	return p
}

// column extends the accumulators by column c of those at hand.
func (k *tile) column(c int) {
	z := make([]int, k.panels)
	for v := range z {
		z[v] = k.reg()
		k.readAt(z[v], k.panel(k.z, c, v), k.t)
	}
	for i := range k.rows {
		if c < quad || i >= quad { // else the row has no such column
			k.extend(i, c, z)
		}
	}
	for _, r := range z {
		k.release(r)
	}
}

// extend does the step with row i's number in a column and the column's vectors.
func (k *tile) extend(i, c int, z []int) {
	l, loaded := k.operand(k.number(i, c))
	for v, r := range z {
		apply(k.block, k.step, k.acc[i][v], l, loc{kind: inReg, reg: r})
	}
	if loaded {
		k.release(l.reg)
	}
}

// operand is a number as an operand, in a register of its own if it has to be.
func (k *tile) operand(p place) (l loc, loaded bool) {
	if k.info().elements {
		return p.loc(), false
	}
	r := k.reg()
	k.loadConst(r, p.loc(), k.t)
	return loc{kind: inReg, reg: r}, true
}

// solve finds the unknowns of the rows, writes them to the panel, and adds their squares.
func (k *tile) solve(sums scalar) {
	scale := prepare(kernels.Substep(kernels.Scale).Record(k.t, 1), false)
	var group []int
	for c := range k.rows {
		inverse, loaded := k.operand(k.number(c, c))
		for v, r := range k.acc[c] {
			apply(k.block, scale, r, inverse)
			k.writeAt(r, k.panel(k.y, c, v), k.t)
		}
		if loaded {
			k.release(inverse.reg)
		}
		for i := c + 1; i < k.rows; i++ {
			k.extend(i, c, k.acc[c])
		}
		group = k.square(group, c, sums)
	}
}

// multiply ends with the columns of the diagonal block, which holds zeros above the diagonal, writes the products out and adds
// their squares.
func (k *tile) multiply(sums scalar) {
	out := k.z // which is at the rows by now
	for c := range k.rows {
		k.column(c)
	}
	k.reparam(out, "out")
	k.shiftLeft(out, log2(k.t.Bytes()))
	k.addScalar(out, k.y)
	var group []int
	for c := range k.rows {
		for v, r := range k.acc[c] {
			k.writeAt(r, k.panel(out, c, v), k.t)
		}
		group = k.square(group, c, sums)
	}
}

// square adds the squares of row c, and with the last of a group the group's to the sums.
func (k *tile) square(group []int, c int, sums scalar) []int {
	if c%quad == 0 {
		group = make([]int, k.panels)
	}
	step := prepare(kernels.Substep(kernels.Square).Record(k.t, 1), c%quad == 0)
	for v, r := range k.acc[c] {
		l := loc{kind: inReg, reg: r}
		if c%quad > 0 {
			apply(k.block, step, group[v], l)
			continue
		}
		in := newInstance(step, loc{}, nil)
		in.hold(0, l)
		k.emit(in.items(in.order))
		group[v] = k.take(in).reg
	}
	if c%quad == quad-1 {
		k.addSums(sums, group)
	}
	return group
}

func (k *tile) addSums(sums scalar, group []int) {
	for v, r := range group {
		at := place{base: sums, offset: v * k.info().vector}
		sum := k.reg()
		k.readAt(sum, at, k.t)
		k.op(kernels.Add, loc{kind: inReg, reg: r}, []loc{{kind: inReg, reg: sum}, {kind: inReg, reg: r}}, k.t)
		k.writeAt(r, at, k.t)
		k.release(sum)
		k.release(r)
	}
}

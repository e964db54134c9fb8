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
	b := newBlock(w, t)
	step := prepareStep(kernels.Affine, t, 2)
	dst, x, base, panels := w.param("dst"), w.param("x"), w.param("model"), w.param("panels")
	slope, rise, r := b.reg(), b.reg(), b.reg()
	w.loadConst(slope, model(base, 0), t)
	w.loadConst(rise, model(base, t.Bytes()), t)
	w.skipUnless(panels, "done")
	w.label("panels")
	w.readAt(r, place{base: x}, t)
	apply(b, step, r, inRegister(slope), inRegister(rise))
	w.writeAt(r, place{base: dst}, t)
	w.addConst(x, w.info().vector)
	w.addConst(dst, w.info().vector)
	w.repeat(panels, 1, "panels")
	w.label("done")
	w.ret()
}

// unrolledRows emits the kernel for rows of so many columns: panels stay in registers, some of them side by side.
type unrolledRows struct {
	walker
	*block
	t    kernels.Type
	p    *prepared
	dim  int
	side int

	dst, x, model, panel, panels, rows scalar
}

func unrolled(w walker, dim int, t kernels.Type) {
	u := unrolledRows{walker: w, block: newBlock(w, t), t: t, dim: dim, side: sideBySide(w, dim, t)}
	u.p = prepare(kernels.SqMahalanobis(t, dim), false)
	w.walk(unrolledWalk(dim), t)
	u.dst, u.x, u.model, u.panels = w.param("dst"), w.param("x"), w.param("model"), w.param("panels")
	u.rows = w.scalar()
	stride := w.param("stride")
	w.shiftLeft(stride, log2(t.Bytes()))
	w.startRows(stride)
	startGuards(u.block, u.p)
	if u.overlaps() {
		u.overlapped()
	} else {
		w.label("panels")
		u.solve(u.gatherRegisters)
		w.set(u.x, u.rows)
		w.repeat(u.panels, u.side, "panels")
	}
	refuse(w, u.block)
}

// overlaps tells whether the next rows are transposed in memory while those at hand are solved: a few columns are solved too
// fast for that to pay.
func (u *unrolledRows) overlaps() bool { return u.dim > quad }

// sideBySide is how many panels an unrolled kernel works on in turns.
func sideBySide(t target, dim int, elem kernels.Type) int {
	return min(4, max(1, t.info().regs/2/dim))
}

// overlapped is the loop in which the next rows are transposed meanwhile; the last ones once more.
func (u *unrolledRows) overlapped() {
	u.panel = u.param("panel")
	for _, f := range u.gatherMemory() {
		f()
	}
	u.label("panels")
	u.skipIfLess(u.panels, u.side+1, "last")
	u.set(u.x, u.rows)
	u.label("last")
	u.solve(func(ins []*instance) (first, rest []item) {
		var all [][]item
		for v, in := range ins {
			in.load = func(dst, column int) { u.readAt(dst, u.column(v, column), u.t) }
			all = append(all, in.items(in.order))
		}
		items := interleave(all...)
		loaded := 0
		for i, it := range items {
			for _, a := range it.in.nodes[it.id].args {
				if it.in.nodes[a].op == kernels.Input {
					loaded = i + 1
				}
			}
		}
		return items[:loaded], interleave(items[loaded:], asItems(append(u.gatherMemory(), u.fetchRows()...)))
	})
	u.repeat(u.panels, u.side, "panels")
}

// fetchRows lists the steps that fetch as much as the next rows, a good deal after them.
func (u *unrolledRows) fetchRows() (steps []func()) {
	const ahead = 8 << 10 // bytes
	for offset := 0; offset < u.side*u.dim*u.info().vector; offset += cacheLine {
		steps = append(steps, func() { u.prefetch(place{base: u.x, offset: ahead + offset}) })
	}
	return steps
}

// column is where a column of panel v waits.
func (u *unrolledRows) column(v, column int) place {
	return place{base: u.panel, offset: (v*u.dim + column) * u.info().vector}
}

// solve computes the distances of the panels at hand, with the items that arrange gives.
func (u *unrolledRows) solve(arrange func(ins []*instance) (first, rest []item)) {
	var ins []*instance
	for range u.side {
		in := newInstance(u.p, loc{}, nil)
		in.element = func(number int) loc { return model(u.model, number*u.t.Bytes()) }
		ins = append(ins, in)
	}
	first, rest := arrange(ins)
	u.emit(append(first, rest...))
	if len(u.slots) > 0 {
		panic("an unrolled kernel has too many columns")
	}
	for i, in := range ins {
		sum := u.take(in)
		u.writeAt(sum.reg, place{base: u.dst, offset: i * u.info().vector}, u.t)
		u.release(sum.reg)
	}
	u.addConst(u.dst, u.side*u.info().vector)
}

// gatherRegisters transposes the rows at x into registers.
func (u *unrolledRows) gatherRegisters(ins []*instance) (first, rest []item) {
	var all [][]item
	u.set(u.rows, u.x)
	for _, in := range ins {
		u.aimRows(u.rows)
		loadColumns(u.walker, u.block, in, u.dim, u.t)
		u.nextRows(u.rows)
		all = append(all, in.items(in.order))
	}
	return nil, interleave(all...)
}

// gatherMemory lists the steps of transposing the rows at x into memory. After them, rows is where the next ones are.
func (u *unrolledRows) gatherMemory() []func() {
	steps := []func(){func() { u.set(u.rows, u.x) }}
	for v := range u.side {
		steps = append(steps, func() { u.aimRows(u.rows) })
		many := 16 / u.t.Bytes()
		for done := 0; done < u.dim; done += many {
			from := min(done, u.dim-many)
			steps = append(steps, u.gather(u.block, from*u.t.Bytes(), u.t, func(i, r int) {
				if from+i >= done {
					u.writeAt(r, u.column(v, from+i), u.t)
				}
				u.release(r)
			})...)
		}
		steps = append(steps, func() { u.nextRows(u.rows) })
	}
	return steps
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
	b := newBlock(w, t)
	step, finite := prepare(kernels.SqDeviation(t), false), prepare(kernels.Finite(t), false)
	dst, x, base, stride := w.param("dst"), w.param("x"), w.param("model"), w.param("stride")
	left, along, ahead := w.scalar(), w.scalar(), w.scalar()
	w.shiftLeft(stride, log2(t.Bytes()))
	w.startRows(stride)
	startGuards(b, finite)
	sum := b.reg()
	columns := func() {
		w.aimRows(along)
		in := newInstance(step, inRegister(sum), nil)
		in.element = func(number int) loc { return model(base, number*t.Bytes()) }
		loadColumns(w, b, in, kernels.Group, t)
		b.emit(in.items(in.order))
	}
	w.label("panels")
	w.set(along, x)
	w.reparam(ahead, "fetch")
	w.shiftLeft(ahead, log2(t.Bytes()))
	w.addScalar(ahead, x)
	w.zero(sum)
	w.reparam(left, "dim")
	w.reparam(base, "model")
	w.label("columns")
	fetchLines(w, ahead, kernels.Group*w.info().vector)
	w.addConst(ahead, kernels.Group*w.info().vector)
	columns()
	w.addConst(along, kernels.Group*t.Bytes())
	w.addConst(base, 2*kernels.Group*t.Bytes())
	w.repeat(left, kernels.Group, "columns")
	w.reparam(left, "back")
	w.skipUnless(left, "done")
	w.shiftLeft(left, log2(t.Bytes()))
	w.subScalar(along, left)
	columns()
	w.label("done")
	w.nextRows(x)
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
	b := newBlock(w, t)
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

// tile is the state of emitting a Tile: accumulators for a number of rows of the factor and a number of panels.
type tile struct {
	walker
	*block
	kernels.Tile
	t            kernels.Type
	rows, panels int
	vector, size int
	step         *prepared
	acc          [][]int // by row and panel

	z, y, factor, quad, span, row, left scalar
	stride, mean                        scalar
}

func newTile(w walker, step kernels.Substep, t kernels.Type) *tile {
	shape := w.info().tile
	return &tile{walker: w, block: newBlock(w, t), t: t, rows: shape.rows, panels: shape.panels,
		vector: w.info().vector, size: t.Bytes(), step: prepareStep(step, t, 2)}
}

// scalars sets the registers that every kernel has.
func (k *tile) scalars() {
	k.z, k.y, k.factor, k.row, k.left = k.scalar(), k.scalar(), k.scalar(), k.scalar(), k.scalar()
	if k.panels > 1 {
		k.span = k.param("span")
		k.shiftLeft(k.span, log2(k.size))
	}
	if k.rows > quad {
		k.quad = k.scalar()
	}
}

// between emits the kernel of the squared distances between the rows of a panel and centres, which are packed in quads of rows as
// factors are but have all of their columns. The distances from a centre are pitch elements after those from another one.
func between(w walker, t kernels.Type) {
	k := newTile(w, kernels.SquareDifference, t)
	w.walk(betweenWalk, t)
	k.scalars()
	pitch := w.param("pitch")
	w.shiftLeft(pitch, log2(k.size))
	w.reparam(k.factor, "centers")
	w.reparam(k.y, "dst")
	w.reparam(k.row, "rows")
	if k.rows > quad {
		w.reparam(k.quad, "dim")
		w.shiftLeft(k.quad, log2(quad*k.size))
	}
	w.label("rows")
	k.start()
	k.zeros()
	w.reparam(k.z, "panel")
	w.reparam(k.left, "dim")
	w.label("columns")
	for c := range quad {
		for v := range k.panels { // one after the other: the step takes a register of its own
			k.columnOf(c, v)
		}
	}
	w.addConst(k.factor, quad*quad*k.size)
	w.addConst(k.z, quad*k.vector)
	w.repeat(k.left, quad, "columns")
	if k.rows > quad {
		w.addScalar(k.factor, k.quad)
	}
	for _, regs := range k.acc {
		for v, r := range regs {
			w.writeAt(r, place{base: k.y, offset: v * k.vector}, t)
			k.release(r)
		}
		w.addScalar(k.y, pitch)
	}
	w.repeat(k.row, k.rows, "rows")
	w.ret()
}

// start gives the accumulators registers.
func (k *tile) start() {
	k.acc = nil
	for range k.rows {
		var regs []int
		for range k.panels {
			regs = append(regs, k.reg())
		}
		k.acc = append(k.acc, regs)
	}
}

// zeros sets the accumulators.
func (k *tile) zeros() { k.each(func(i, v int) { k.zero(k.acc[i][v]) }) }

// tiled emits the kernel of a Tile for the rows from..to of the factor. The panels that a tile takes together are span elements
// apart; their sums are added to sums. A kernel that solves transposes the rows at x meanwhile, which it then goes on to.
func tiled(w walker, text kernels.Tile, t kernels.Type) {
	k := newTile(w, text.Step, t)
	k.Tile = text
	w.walk(tileWalk(text), t)
	k.scalars()
	if k.Solve {
		k.stride = w.param("stride")
		w.shiftLeft(k.stride, log2(k.size))
		w.startRows(k.stride)
	} else {
		k.mean = w.scalar()
	}
	w.label("group")
	w.reparam(k.row, "from")
	w.reparam(k.y, "panel")
	w.set(k.left, k.row)
	w.shiftLeft(k.left, log2(k.vector))
	w.addScalar(k.y, k.left)
	w.reparam(k.factor, "factor")
	w.label("rows")
	if k.Solve {
		k.prefetchRows()
		if !k.weaves() {
			weave(k.transposing(), nil)
		}
	}
	k.begin()
	w.reparam(k.z, "panel")
	w.set(k.left, k.row)
	w.skipUnless(k.left, "diagonal")
	w.label("columns")
	for c := range quad {
		k.column(c)
	}
	w.addConst(k.factor, quad*quad*k.size)
	w.addConst(k.z, quad*k.vector)
	if !k.Solve {
		w.addConst(k.mean, quad*k.size)
	}
	w.repeat(k.left, quad, "columns")
	w.label("diagonal")
	if k.Solve {
		k.solve()
	} else {
		k.multiply()
	}
	w.addConst(k.y, k.rows*k.vector)
	if k.rows > quad {
		w.addScalar(k.factor, k.quad)
	}
	w.addConst(k.factor, k.rows*quad*k.size)
	w.addConst(k.row, k.rows)
	k.each(func(i, v int) { k.release(k.acc[i][v]) })
	w.repeatBelow(k.row, "to", "rows")
	k.nextGroup()
	w.repeatParam("groups", "group")
	w.ret()
}

// weaves tells whether there are registers for transposing rows while unknowns are found.
func (k *tile) weaves() bool { return k.info().regs >= 2*k.rows*k.panels }

// transposing lists the steps that transpose, of the rows ahead, as many columns as a tile has rows.
func (k *tile) transposing() []func() {
	var steps []func()
	for v := range k.panels {
		x := func(s scalar) {
			k.addParam(s, "x")
			for range v {
				k.nextRows(s)
			}
		}
		panel := func(s scalar) {
			k.addParam(s, "ahead")
			for range v {
				k.addScalar(s, k.span)
			}
		}
		steps = append(steps, transposeColumns(k.walker, k.block, k.row, k.rows, x, panel, k.left, k.z, k.t)...)
	}
	return steps
}

// prefetchRows fetches as much as is transposed at a time, fetch elements after the rows, in the order of addresses: the hardware
// goes along, where it would not if the rows took turns.
func (k *tile) prefetchRows() {
	k.set(k.z, k.row)
	for range k.panels - 1 {
		k.addScalar(k.z, k.row)
	}
	k.shiftLeft(k.z, log2(k.vector))
	k.reparam(k.left, "fetch")
	k.shiftLeft(k.left, log2(k.size))
	k.addScalar(k.z, k.left)
	k.addParam(k.z, "x")
	fetchLines(k.walker, k.z, k.rows*k.panels*k.vector)
}

// begin sets the accumulators: to the panel's rows less the mean, or to 0.
func (k *tile) begin() {
	if k.rows > quad { // the next quad has the columns of this one besides
		k.set(k.quad, k.row)
		k.addConst(k.quad, quad)
		k.shiftLeft(k.quad, log2(quad*k.size))
	}
	k.start()
	if !k.Solve {
		k.zeros()
		k.reparam(k.mean, "mean")
		return
	}
	center := prepareStep(kernels.Center, k.t, 1)
	k.reparam(k.z, "mean")
	for i, regs := range k.acc {
		mean, loaded := k.operand(place{base: k.z, index: k.row, n: k.size, offset: i * k.size})
		for v, r := range regs {
			k.readAt(r, k.inPanel(k.y, i, v), k.t)
			apply(k.block, center, r, mean)
		}
		k.drop(mean, loaded)
	}
}

// nextGroup goes on to the next panels.
func (k *tile) nextGroup() {
	if k.Solve {
		k.set(k.left, k.stride)
		k.shiftLeft(k.left, log2(k.vector/k.size))
		for range k.panels {
			k.paramAdd("x", k.left)
		}
		k.reparam(k.z, "panel")
		k.reparam(k.y, "ahead")
		k.setParam("panel", k.y)
		k.setParam("ahead", k.z)
	} else {
		k.reparam(k.left, "span")
		k.shiftLeft(k.left, log2(k.size))
		for range k.panels {
			k.paramAdd("panel", k.left)
		}
	}
	k.paramConst("sums", k.panels*k.vector)
	k.paramConst("groups", -1)
}

// each calls f for every accumulator.
func (k *tile) each(f func(row, panel int)) {
	for i := range k.rows {
		for v := range k.panels {
			f(i, v)
		}
	}
}

// inPanel is row i, from an address in the first panel, of panel v.
func (k *tile) inPanel(base scalar, i, v int) place {
	return place{base: base, index: k.span, n: v, offset: i * k.vector}
}

// number is where the factor has row i, column c from where it is.
func (k *tile) number(i, c int) place {
	p := place{base: k.factor, offset: (c*quad + i%quad) * k.size}
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
		k.readAt(z[v], k.inPanel(k.z, c, v), k.t)
	}
	k.center(c, z)
	for i := range k.rows {
		if c < quad || i >= quad { // else the row has no such column
			k.extend(i, c, z)
		}
	}
	for _, r := range z {
		k.release(r)
	}
}

// columnOf extends the accumulators of panel v by column c.
func (k *tile) columnOf(c, v int) {
	z := k.reg()
	k.readAt(z, k.inPanel(k.z, c, v), k.t)
	for i := range k.rows {
		l, loaded := k.operand(k.number(i, c))
		apply(k.block, k.step, k.acc[i][v], l, inRegister(z))
		k.drop(l, loaded)
	}
	k.release(z)
}

// center takes the mean from a column of rows that nothing has been done to.
func (k *tile) center(c int, z []int) {
	if k.Solve {
		return
	}
	step := prepareStep(kernels.Center, k.t, 1)
	mean, loaded := k.operand(place{base: k.mean, offset: c * k.size})
	for _, r := range z {
		apply(k.block, step, r, mean)
	}
	k.drop(mean, loaded)
}

// extend does the step with row i's number in a column and the column's vectors.
func (k *tile) extend(i, c int, z []int) {
	l, loaded := k.operand(k.number(i, c))
	for v, r := range z {
		apply(k.block, k.step, k.acc[i][v], l, inRegister(r))
	}
	k.drop(l, loaded)
}

// operand is a number as an operand, in a register of its own if it has to be.
func (k *tile) operand(p place) (l loc, loaded bool) {
	if k.info().elements {
		return p.loc(), false
	}
	r := k.reg()
	k.loadConst(r, p.loc(), k.t)
	return inRegister(r), true
}

func (k *tile) drop(l loc, loaded bool) {
	if loaded {
		k.release(l.reg)
	}
}

// solve finds the unknowns of the rows, writes them to the panel, and adds their squares; and it transposes as many columns of the
// rows ahead.
func (k *tile) solve() {
	scale := prepareStep(kernels.Scale, k.t, 1)
	var group []int
	var steps []func()
	step := func(f func()) { steps = append(steps, f) }
	for c := range k.rows {
		step(func() {
			inverse, loaded := k.operand(k.number(c, c))
			for v, r := range k.acc[c] {
				apply(k.block, scale, r, inverse)
				k.writeAt(r, k.inPanel(k.y, c, v), k.t)
			}
			k.drop(inverse, loaded)
		})
		for i := c + 1; i < k.rows; i++ {
			step(func() { k.extend(i, c, k.acc[c]) })
		}
		step(func() { group = k.square(group, c) })
	}
	var others []func()
	if k.weaves() {
		others = k.transposing()
	}
	weave(steps, others)
}

// multiply ends with the columns of the diagonal block, which holds zeros above the diagonal, writes the products out and adds
// their squares.
func (k *tile) multiply() {
	for c := range k.rows {
		k.column(c)
	}
	out := k.left
	k.reparam(out, "out")
	k.shiftLeft(out, log2(k.size))
	k.addScalar(out, k.y)
	var group []int
	for c := range k.rows {
		for v, r := range k.acc[c] {
			k.writeAt(r, k.inPanel(out, c, v), k.t)
		}
	}
	for c := range k.rows {
		group = k.square(group, c)
	}
}

// square adds the squares of row c, and with the last of a group the group's to the sums.
func (k *tile) square(group []int, c int) []int {
	if c%quad == 0 {
		group = make([]int, k.panels)
	}
	step := prepare(kernels.Substep(kernels.Square).Record(k.t, 1), c%quad == 0)
	for v, r := range k.acc[c] {
		if c%quad > 0 {
			apply(k.block, step, group[v], inRegister(r))
			continue
		}
		in := newInstance(step, loc{}, nil)
		in.hold(0, inRegister(r))
		k.emit(in.items(in.order))
		group[v] = k.take(in).reg
	}
	if c%quad == quad-1 {
		k.addSums(group)
	}
	return group
}

func (k *tile) addSums(group []int) {
	k.reparam(k.left, "sums")
	for v, r := range group {
		at := place{base: k.left, offset: v * k.vector}
		sum := k.reg()
		k.readAt(sum, at, k.t)
		k.op(kernels.Add, inRegister(r), []loc{inRegister(sum), inRegister(r)}, k.t)
		k.writeAt(r, at, k.t)
		k.release(sum)
		k.release(r)
	}
}

// peak emits a loop of as many independent chains of FMAs as registers hold, for comparison: the most that the ports can do.
func peak(w walker, t kernels.Type) {
	w.walk(peakWalk, t)
	b := newBlock(w, t)
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

package main

import "github.com/relent-go/relent/kernels"

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
	lanes        bool    // numbers are lanes
	held         *loc    // the vector of which one was last

	z, y, factor, quad, span, row, left scalar
	stride, mean                        scalar
}

func newTile(w walker, step kernels.Substep, t kernels.Type) *tile {
	shape := w.info().tile
	return &tile{walker: w, block: walkBlock(w, t), t: t, rows: shape.rows, panels: shape.panels,
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
// factors are but have all of their columns. The distances from a centre are pitch elements after those from another one. They are
// sums of the sums of blocks of columns.
func between(w walker, t kernels.Type) {
	k := newTile(w, kernels.SquareDifference, t)
	w.walk(betweenWalk, t)
	k.scalars()
	pitch, block, out := w.param("pitch"), w.scalar(), w.scalar()
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
	eachSum := func(f func(acc int, sum place)) {
		w.set(out, k.y)
		for _, regs := range k.acc {
			for v, r := range regs {
				f(r, place{base: out, offset: v * k.vector})
			}
			w.addScalar(out, pitch)
		}
	}
	eachSum(func(acc int, sum place) { w.writeAt(acc, sum, t) })
	w.reparam(k.z, "panel")
	w.reparam(k.left, "dim")
	w.label("blocks")
	k.zeros()
	w.set(block, k.left)
	w.atMost(block, "block")
	w.subScalar(k.left, block)
	w.label("columns")
	for c := range quad {
		if k.weaves() {
			z := k.vectors(c)
			for i := range k.rows {
				k.extend(i, c, z)
			}
			k.releaseVectors(z)
			continue
		}
		for v := range k.panels { // one after the other: the step takes a register of its own
			k.columnOf(c, v)
		}
	}
	w.addConst(k.factor, quad*quad*k.size)
	w.addConst(k.z, quad*k.vector)
	w.repeat(block, quad, "columns")
	eachSum(func(acc int, sum place) {
		before := k.reg()
		w.readAt(before, sum, t)
		apply(k.block, prepareStep(kernels.Accumulate, t, 1), acc, inRegister(before))
		w.writeAt(acc, sum, t)
		k.release(before)
	})
	w.repeat(k.left, 0, "blocks")
	if k.rows > quad {
		w.addScalar(k.factor, k.quad)
	}
	w.set(k.y, out)
	k.each(func(i, v int) { k.release(k.acc[i][v]) })
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
	k.Tile, k.lanes = text, w.info().lanes
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
	w.reparam(k.left, "flush")
	w.setParam("turn", k.left)
	w.reparam(k.y, "panel")
	w.set(k.left, k.row)
	w.shiftLeft(k.left, log2(k.vector))
	w.addScalar(k.y, k.left)
	w.reparam(k.factor, "factor")
	w.label("rows")
	w.repeatBelow(k.row, "turn", "within")
	k.endBlock()
	w.paramConst("turn", kernels.Block)
	w.label("within")
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
	w.repeatBelow(k.row, "to", "rows")
	w.repeatParam("more", "more")
	k.lastBlock()
	w.label("more")
	k.nextGroup()
	w.repeatParam("groups", "group")
	w.ret()
}

// weaves tells whether there are registers to spare, for transposing rows while unknowns are found.
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
	k.forget()
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
	k.paramConst("excesses", k.panels*k.vector)
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
	z := k.vectors(c)
	k.center(c, z)
	for i := range k.rows {
		if c < quad || i >= quad { // else the row has no such column
			k.extend(i, c, z)
		}
	}
	k.releaseVectors(z)
	k.forget()
}

// vectors are column c of the panels.
func (k *tile) vectors(c int) []int {
	z := make([]int, k.panels)
	for v := range z {
		z[v] = k.reg()
		k.readAt(z[v], k.inPanel(k.z, c, v), k.t)
	}
	return z
}

func (k *tile) releaseVectors(z []int) {
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
	if k.lanes {
		return k.lane(p), false
	}
	r := k.reg()
	k.loadConst(r, p.loc(), k.t)
	return inRegister(r), true
}

// lane is a number as a lane of the 16 bytes around it, which are loaded unless they were for the number before.
func (k *tile) lane(p place) loc {
	within := p.offset % 16
	p.offset -= within
	if k.held == nil || k.held.at != p {
		k.forget()
		k.held = &loc{kind: inLane, reg: k.reg(), at: p}
		k.readAt(k.held.reg, p, k.t)
	}
	return loc{kind: inLane, reg: k.held.reg, lane: within / k.size}
}

// forget is for where addresses change.
func (k *tile) forget() {
	if k.held != nil {
		k.release(k.held.reg)
		k.held = nil
	}
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
		step(func() {
			k.forget()
			group = k.square(group, c)
		})
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
	if c == k.rows-1 { // nothing is left to be done with the unknowns
		k.each(func(i, v int) { k.release(k.acc[i][v]) })
	}
	if c%quad == quad-1 {
		k.addGroup(group)
	}
	return group
}

// addGroup adds a group's squares to the blocks at hand.
func (k *tile) addGroup(group []int) {
	k.reparam(k.left, "blocks")
	for v, r := range group {
		at := place{base: k.left, offset: v * k.vector}
		sum := k.reg()
		k.readAt(sum, at, k.t)
		apply(k.block, prepareStep(kernels.Accumulate, k.t, 1), r, inRegister(sum))
		k.writeAt(r, at, k.t)
		k.release(sum)
		k.release(r)
	}
}

// endBlock adds the blocks to the sums, and what these came out too large by to their excesses, and begins new ones.
func (k *tile) endBlock() {
	accumulate := prepareStep(kernels.Accumulate, k.t, 1)
	at := func(v int) place { return place{base: k.left, offset: v * k.vector} }
	part := make([]int, k.panels)
	before, sum := k.reg(), k.reg()
	k.reparam(k.left, "blocks")
	k.zero(sum)
	for v := range part {
		part[v] = k.reg()
		k.readAt(part[v], at(v), k.t)
		k.writeAt(sum, at(v), k.t)
	}
	k.reparam(k.left, "sums")
	for v, r := range part {
		k.readAt(before, at(v), k.t)
		k.move(sum, inRegister(before))
		apply(k.block, accumulate, sum, inRegister(r))
		k.writeAt(sum, at(v), k.t)
		apply(k.block, prepareStep(kernels.Excess, k.t, 2), r, inRegister(sum), inRegister(before))
	}
	k.reparam(k.left, "excesses")
	for v, r := range part {
		k.readAt(sum, at(v), k.t)
		apply(k.block, accumulate, sum, inRegister(r))
		k.writeAt(sum, at(v), k.t)
		k.release(r)
	}
	k.release(before)
	k.release(sum)
}

// lastBlock adds the last blocks to the sums, less what these came out too large by.
func (k *tile) lastBlock() {
	at := func(v int) place { return place{base: k.left, offset: v * k.vector} }
	zero, other, part := k.reg(), k.reg(), make([]int, k.panels)
	k.reparam(k.left, "blocks")
	k.zero(zero)
	for v := range part {
		part[v] = k.reg()
		k.readAt(part[v], at(v), k.t)
		k.writeAt(zero, at(v), k.t)
	}
	k.reparam(k.left, "excesses")
	for v, r := range part {
		k.readAt(other, at(v), k.t)
		apply(k.block, prepareStep(kernels.Correct, k.t, 1), r, inRegister(other))
	}
	k.reparam(k.left, "sums")
	for v, r := range part {
		k.readAt(other, at(v), k.t)
		apply(k.block, prepareStep(kernels.Accumulate, k.t, 1), other, inRegister(r))
		k.writeAt(other, at(v), k.t)
		k.release(r)
	}
	k.release(zero)
	k.release(other)
}

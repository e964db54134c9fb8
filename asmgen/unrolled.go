package main

import "github.com/relent-go/relent/kernels"

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
	u := unrolledRows{walker: w, block: walkBlock(w, t), t: t, dim: dim, side: sideBySide(w, dim, t)}
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
func (u *unrolledRows) overlaps() bool { return u.dim > quad && !u.info().lanes }

// sideBySide is how many panels an unrolled kernel works on in turns. With lanes all that it needs besides their columns is a few
// registers.
func sideBySide(t target, dim int, elem kernels.Type) int {
	room := t.info().regs / 2
	if t.info().lanes {
		room = t.info().regs - 6
	}
	return min(4, max(1, room/dim))
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
		in.element = modelNumbers(u.walker, u.model, u.dim+u.dim*(u.dim+1)/2, u.t)
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

package shape

import (
	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// between emits the kernel of the squared distances between the rows of a panel and centres, which are packed in quads of rows as
// factors are but have all of their columns. The distances from a centre are pitch elements after those from another one. They are
// sums of the sums of blocks of columns.
func between(m isa.Machine, t kernels.Type) {
	k := newTile(m, BetweenWalk, kernels.SquareDifference, t)
	w := k.walker
	k.scalars()
	pitch, block, out := w.param("pitch"), w.scalar(), w.scalar()
	k.bytes(pitch)
	w.reparam(k.factor, "centers")
	w.reparam(k.y, "dst")
	w.reparam(k.row, "rows")
	if k.rows > quad {
		w.reparam(k.quad, "dim")
		w.ShiftLeft(k.quad, log2(quad*k.size))
	}
	w.Label("rows")
	k.start()
	k.zeros()
	eachSum := func(f func(acc int, sum isa.Place)) {
		w.set(out, k.y)
		for _, regs := range k.acc {
			for v, r := range regs {
				f(r, isa.Place{Base: out, Offset: v * k.vector})
			}
			w.addScalar(out, pitch)
		}
	}
	eachSum(func(acc int, sum isa.Place) { w.writeAt(acc, sum, t) })
	w.reparam(k.z, "panel")
	w.reparam(k.left, "dim")
	w.Label("blocks")
	k.zeros()
	w.set(block, k.left)
	w.atMost(block, "block")
	w.subScalar(k.left, block)
	w.Label("columns")
	side := k.panels
	if !k.weaves() {
		side = 1 // one after the other: the step takes a register of its own
	}
	for c := range quad {
		for v := 0; v < k.panels; v += side {
			z := k.vectors(c, v, side)
			for i := range k.rows {
				k.extend(i, c, v, z)
			}
			k.Release(z...)
		}
	}
	w.addConst(k.factor, quad*quad*k.size)
	w.addConst(k.z, quad*k.vector)
	w.Repeat(block, quad, "columns")
	eachSum(func(acc int, sum isa.Place) {
		before := k.Reg()
		w.readAt(before, sum, t)
		k.Apply(stepOf(kernels.Accumulate, t, 1), acc, isa.Register(before))
		w.writeAt(acc, sum, t)
		k.Release(before)
	})
	w.Repeat(k.left, 0, "blocks")
	if k.rows > quad {
		w.addScalar(k.factor, k.quad)
	}
	w.set(k.y, out)
	k.end()
	w.Repeat(k.row, k.rows, "rows")
	w.Return()
}

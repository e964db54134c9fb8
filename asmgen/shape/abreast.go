package shape

import (
	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// abreast is the state of emitting the kernel of one row of data under several factors, which are in the lanes, a line of the cache of them
// at a time. Each row of such a group is a line of the means, one of each number of the row before its diagonal, and one of the inverse
// pivots. Unknowns come out one after the other, over all that are known already.
type abreast struct {
	*diagonals
	known, row, count, x isa.Scalar
}

func factorsAbreast(m isa.Machine, t kernels.Type) {
	vectors := cacheLine / m.Info().Vector
	tile := newTile(m, AbreastWalk, isa.TileShape{Rows: 1, Panels: vectors}, kernels.Eliminate, t)
	k := abreast{diagonals: &diagonals{tile: tile}, row: tile.scalar(), count: tile.scalar(), known: tile.scalar(), x: tile.scalar()}
	k.y, k.excesses, k.factor = k.param("dst"), k.param("excesses"), k.param("factors")
	k.z, k.left, k.out = k.scalar(), k.scalar(), k.scalar()
	block := k.scalar()
	k.start()
	k.Label("group")
	k.unknowns()
	k.eachVector(func(acc int, sum, excess isa.Place) {
		k.Zero(acc)
		k.writeAt(acc, sum, t)
		k.writeAt(acc, excess, t)
	})
	k.reparam(k.z, "z")
	k.reparam(k.left, "squares")
	k.sumBlocks(block, k.eachVector, func() {
		k.squaresOfFour()
		k.addConst(k.z, quad*cacheLine)
	})
	k.addConst(k.y, cacheLine)
	k.paramConst("groups", -1)
	k.repeatParam("groups", "group")
	k.Return()
}

// unknowns finds those of the group at hand, and writes them out.
func (k *abreast) unknowns() {
	k.setConst(k.row, 0)
	k.reparam(k.z, "z")
	k.reparam(k.x, "x")
	k.reparam(k.left, "dim")
	k.Label("rows")
	k.Constant(k.acc[0][0], at(k.x, 0).Loc(), k.t)
	for _, r := range k.acc[0][1:] {
		k.Copy(r, isa.Register(k.acc[0][0]))
	}
	k.combine(kernels.Center, 1)
	k.reparam(k.known, "z")
	k.set(k.count, k.row)
	k.skipUnless(k.count, "diagonal")
	k.Label("before")
	k.combine(kernels.Eliminate, 2)
	k.addConst(k.known, cacheLine)
	k.Repeat(k.count, 1, "before")
	k.Label("diagonal")
	k.combine(kernels.Scale, 1)
	for v, r := range k.acc[0] {
		k.writeAt(r, at(k.z, v*k.vector), k.t)
	}
	k.addConst(k.z, cacheLine)
	k.addConst(k.x, k.size)
	k.addConst(k.row, 1)
	k.Repeat(k.left, 1, "rows")
}

// combine takes the next line of the factors to what is at hand by a step: one of so many operands, of which a second is a known unknown.
func (k *abreast) combine(s kernels.Substep, operands int) {
	step := stepOf(s, k.t, operands)
	for v, acc := range k.acc[0] {
		number := k.Reg()
		k.readAt(number, at(k.factor, v*k.vector), k.t)
		with := []isa.Loc{isa.Register(number)}
		if operands > 1 {
			known := k.Reg()
			k.readAt(known, at(k.known, v*k.vector), k.t)
			with = append(with, isa.Register(known))
		}
		k.Apply(step, acc, with...)
		for _, w := range with {
			k.Release(w.Reg)
		}
	}
	k.addConst(k.factor, cacheLine)
}

// squaresOfFour adds the squares of four unknowns to the block at hand.
func (k *abreast) squaresOfFour() {
	var group []int
	for c := range quad {
		z := k.Regs(k.panels)
		for v, r := range z {
			k.readAt(r, at(k.z, c*cacheLine+v*k.vector), k.t)
		}
		group = k.extendSquares(group, c == 0, z)
		k.Release(z...)
	}
	for v, block := range k.acc[0] {
		k.Apply(stepOf(kernels.Accumulate, k.t, 1), block, isa.Register(group[v]))
	}
	k.Release(group...)
}

// eachVector goes through the accumulators, and where their sums are and what these came out too large by.
func (k *abreast) eachVector(do func(block int, sum, excess isa.Place)) {
	for v, r := range k.acc[0] {
		do(r, at(k.y, v*k.vector), at(k.excesses, v*k.vector))
	}
}

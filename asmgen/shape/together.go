package shape

import (
	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// diagonals is the state of emitting the kernel of several diagonal factors: the rows of its tile are factors, so many as registers are
// for, and accumulators have the blocks at hand.
type diagonals struct {
	*tile
	apart, pitch, excesses, out isa.Scalar
}

// together emits the kernel of the squared distances of a panel's rows under diagonal factors, whose models are apart elements apart, as
// are their distances by pitch.
func together(m isa.Machine, t kernels.Type) {
	k := diagonals{tile: newTile(m, TogetherWalk, m.Info().Tile, kernels.Square, t)}
	k.rows = min(2, max(1, m.Info().Regs/8/k.panels))
	k.lanes = m.Info().Lanes
	k.z, k.y, k.factor, k.left = k.scalar(), k.param("dst"), k.param("models"), k.scalar()
	if k.panels > 1 {
		k.span = k.param("span")
		k.bytes(k.span)
	}
	k.pitch, k.apart, k.excesses, k.out = k.param("pitch"), k.param("apart"), k.param("excesses"), k.scalar()
	model, block := k.scalar(), k.scalar()
	k.bytes(k.pitch)
	k.bytes(k.apart)
	k.start()
	k.Label("rows")
	k.zeros()
	k.eachSum(func(acc int, sum, excess isa.Place) {
		k.writeAt(acc, sum, t)
		k.writeAt(acc, excess, t)
	})
	k.set(model, k.factor)
	k.reparam(k.z, "panel")
	k.reparam(k.left, "dim")
	k.sumBlocks(block, k.eachSum, func() {
		k.group()
		k.addConst(k.factor, 2*quad*k.size)
		k.addConst(k.z, quad*k.vector)
	})
	k.set(k.factor, model)
	for range k.rows {
		k.addScalar(k.factor, k.apart)
	}
	k.set(k.y, k.out)
	k.paramConst("rows", -k.rows)
	k.repeatParam("rows", "rows")
	k.Return()
}

// sumBlocks adds the squares of the columns that are left, of four by a call of group, to the blocks, and these to their sums.
func (k *diagonals) sumBlocks(block isa.Scalar, each func(do func(block int, sum, excess isa.Place)), group func()) {
	k.Label("blocks")
	k.zeros()
	k.set(block, k.left)
	k.atMost(block, "block")
	k.subScalar(k.left, block)
	k.Label("columns")
	group()
	k.Repeat(block, quad, "columns")
	k.skipUnless(k.left, "last")
	each(k.endBlock)
	k.Jump("blocks")
	k.Label("last")
	each(k.lastBlock)
}

// eachSum goes through the blocks, and where their sums are and what these came out too large by.
func (k *diagonals) eachSum(do func(block int, sum, excess isa.Place)) {
	k.set(k.out, k.y)
	for i, regs := range k.acc {
		for v, r := range regs {
			do(r, at(k.out, v*k.vector), at(k.excesses, (i*k.panels+v)*k.vector))
		}
		k.addScalar(k.out, k.pitch)
	}
}

// group adds the squares of four columns to the blocks.
func (k *diagonals) group() {
	var groups [2][]int
	for c := range quad {
		z := k.vectors(c, 0, k.panels)
		for i := range k.rows {
			groups[i] = k.squares(groups[i], i, c, z)
		}
		k.Release(z...)
	}
	k.forget()
	for i, regs := range k.acc {
		for v, block := range regs {
			k.Apply(stepOf(kernels.Accumulate, k.t, 1), block, isa.Register(groups[i][v]))
		}
		k.Release(groups[i]...)
	}
}

// squares extends a group by the squares of a column's deviations under factor i.
func (k *diagonals) squares(group []int, i, c int, z []int) []int {
	var deviations []int
	mean, drop := k.operand(k.number(i, c))
	for _, r := range z {
		in := schedule.New(stepOf(kernels.Apart, k.t, 2), isa.Loc{}, nil)
		in.Hold(0, mean)
		in.Hold(1, isa.Register(r))
		k.Emit(in.All())
		deviations = append(deviations, k.Take(in).Reg)
	}
	drop()
	scale, drop := k.operand(k.number(i, quad+c))
	for _, r := range deviations {
		k.Apply(stepOf(kernels.Scale, k.t, 1), r, scale)
	}
	drop()
	group = k.extendSquares(group, c == 0, deviations)
	k.Release(deviations...)
	return group
}

// number is where the model of factor i has a number.
func (k *diagonals) number(i, number int) isa.Place {
	return isa.Place{Base: k.factor, Index: k.apart, N: i, Offset: number * k.size}
}

// endBlock adds a block to its sum, and to the excess what that came out too large by.
func (k *diagonals) endBlock(block int, sum, excess isa.Place) {
	before, after := k.Reg(), k.Reg()
	k.readAt(before, sum, k.t)
	k.Copy(after, isa.Register(before))
	k.Apply(stepOf(kernels.Accumulate, k.t, 1), after, isa.Register(block))
	k.writeAt(after, sum, k.t)
	k.Apply(stepOf(kernels.Excess, k.t, 2), block, isa.Register(after), isa.Register(before))
	k.readAt(before, excess, k.t)
	k.Apply(stepOf(kernels.Accumulate, k.t, 1), before, isa.Register(block))
	k.writeAt(before, excess, k.t)
	k.Release(before, after)
}

// lastBlock adds the last block, less the excess.
func (k *diagonals) lastBlock(block int, sum, excess isa.Place) {
	other := k.Reg()
	k.readAt(other, excess, k.t)
	k.Apply(stepOf(kernels.Correct, k.t, 1), block, isa.Register(other))
	k.readAt(other, sum, k.t)
	k.Apply(stepOf(kernels.Accumulate, k.t, 1), other, isa.Register(block))
	k.writeAt(other, sum, k.t)
	k.Release(other)
}

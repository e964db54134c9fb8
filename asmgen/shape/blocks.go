package shape

import (
	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// square adds the squares of row c, and with the last of a group the group's to the sums.
func (k *tile) square(group []int, c int) []int {
	if c%quad == 0 {
		group = make([]int, k.panels)
	}
	step := program.Prepare(kernels.Substep(kernels.Square).Record(k.t, 1), c%quad == 0)
	for v, r := range k.acc[c] {
		if c%quad > 0 {
			k.Apply(step, group[v], isa.Register(r))
			continue
		}
		in := schedule.New(step, isa.Loc{}, nil)
		in.Hold(0, isa.Register(r))
		k.Emit(in.All())
		group[v] = k.Take(in).Reg
	}
	if c == k.rows-1 { // nothing is left to be done with the unknowns
		k.each(func(i, v int) { k.Release(k.acc[i][v]) })
	}
	if c%quad == quad-1 {
		k.addGroup(group)
	}
	return group
}

// ofPanel is what a vector of each panel is at, from left on.
func (k *tile) ofPanel(v int) isa.Place { return at(k.left, v*k.vector) }

// addGroup adds a group's squares to the blocks at hand.
func (k *tile) addGroup(group []int) {
	k.reparam(k.left, "blocks")
	for v, r := range group {
		sum := k.Reg()
		k.readAt(sum, k.ofPanel(v), k.t)
		k.Apply(stepOf(kernels.Accumulate, k.t, 1), r, isa.Register(sum))
		k.writeAt(r, k.ofPanel(v), k.t)
		k.Release(sum)
		k.Release(r)
	}
}

// takeBlocks leaves zeros.
func (k *tile) takeBlocks(zero int) []int {
	part := make([]int, k.panels)
	k.reparam(k.left, "blocks")
	k.Zero(zero)
	for v := range part {
		part[v] = k.Reg()
		k.readAt(part[v], k.ofPanel(v), k.t)
		k.writeAt(zero, k.ofPanel(v), k.t)
	}
	return part
}

// addTo adds parts, which it releases, to what a parameter leads to.
func (k *tile) addTo(name string, part []int, sum int) {
	k.reparam(k.left, name)
	for v, r := range part {
		k.readAt(sum, k.ofPanel(v), k.t)
		k.Apply(stepOf(kernels.Accumulate, k.t, 1), sum, isa.Register(r))
		k.writeAt(sum, k.ofPanel(v), k.t)
		k.Release(r)
	}
}

// endBlock adds the blocks to the sums, and what these came out too large by to their excesses, and begins new ones.
func (k *tile) endBlock() {
	before, sum := k.Reg(), k.Reg()
	part := k.takeBlocks(sum)
	k.reparam(k.left, "sums")
	for v, r := range part {
		k.readAt(before, k.ofPanel(v), k.t)
		k.Copy(sum, isa.Register(before))
		k.Apply(stepOf(kernels.Accumulate, k.t, 1), sum, isa.Register(r))
		k.writeAt(sum, k.ofPanel(v), k.t)
		k.Apply(stepOf(kernels.Excess, k.t, 2), r, isa.Register(sum), isa.Register(before))
	}
	k.addTo("excesses", part, sum)
	k.Release(before)
	k.Release(sum)
}

// lastBlock adds the last blocks to the sums, less what these came out too large by.
func (k *tile) lastBlock() {
	zero, other := k.Reg(), k.Reg()
	part := k.takeBlocks(zero)
	k.reparam(k.left, "excesses")
	for v, r := range part {
		k.readAt(other, k.ofPanel(v), k.t)
		k.Apply(stepOf(kernels.Correct, k.t, 1), r, isa.Register(other))
	}
	k.addTo("sums", part, other)
	k.Release(zero)
	k.Release(other)
}

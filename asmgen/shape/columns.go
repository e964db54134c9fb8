package shape

import (
	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// inPanel is row i, from an address in the first panel, of panel v.
func (k *tile) inPanel(base isa.Scalar, i, v int) isa.Place {
	return isa.Place{Base: base, Index: k.span, N: v, Offset: i * k.vector}
}

// number is where the factor has row i, column c from where it is.
func (k *tile) number(i, c int) isa.Place {
	p := isa.Place{Base: k.factor, Offset: (c*quad + i%quad) * k.size}
	if i >= quad {
		p.Index, p.N = k.quad, 1
	}
	return p
}

// column extends the accumulators by column c of those at hand.
func (k *tile) column(c int) {
	z := k.vectors(c, 0, k.panels)
	k.center(c, z)
	for i := range k.rows {
		if c < quad || i >= quad { // else the row has no such column
			k.extend(i, c, 0, z)
		}
	}
	k.Release(z...)
	k.forget()
}

// vectors are column c of n panels.
func (k *tile) vectors(c, first, n int) []int {
	var z []int
	for v := range n {
		z = append(z, k.Reg())
		k.readAt(z[v], k.inPanel(k.z, c, first+v), k.t)
	}
	return z
}

// center takes the mean from a column of rows that nothing has been done to.
func (k *tile) center(c int, z []int) {
	if k.Solve {
		return
	}
	step := stepOf(kernels.Center, k.t, 1)
	mean, drop := k.operand(isa.Place{Base: k.mean, Offset: c * k.size})
	for _, r := range z {
		k.Apply(step, r, mean)
	}
	drop()
}

// extend does the step with row i's number in a column and the column's vectors, of some panels.
func (k *tile) extend(i, c, first int, z []int) {
	l, drop := k.operand(k.number(i, c))
	for v, r := range z {
		k.Apply(k.step, k.acc[i][first+v], l, isa.Register(r))
	}
	drop()
}

// operand is a number as an operand, in a register of its own if it has to be.
func (k *tile) operand(p isa.Place) (l isa.Loc, drop func()) {
	if k.Info().Elements && k.panels == 1 { // else one load is for all panels
		return p.Loc(), func() {}
	}
	if k.lanes {
		return k.lane(p), func() {}
	}
	r := k.Reg()
	k.Constant(r, p.Loc(), k.t)
	return isa.Register(r), func() { k.Release(r) }
}

// lane is a number as a lane of the 16 bytes around it, which are loaded unless they were for the number before.
func (k *tile) lane(p isa.Place) isa.Loc {
	within := p.Offset % 16
	p.Offset -= within
	if k.held == nil || k.held.At != p {
		k.forget()
		k.held = &isa.Loc{Kind: isa.InLane, Reg: k.Reg(), At: p}
		k.readAt(k.held.Reg, p, k.t)
	}
	return isa.Loc{Kind: isa.InLane, Reg: k.held.Reg, Lane: within / k.size}
}

// forget is for where addresses change.
func (k *tile) forget() {
	if k.held != nil {
		k.Release(k.held.Reg)
		k.held = nil
	}
}

// square adds the squares of row c, and with the last of a group the group's to the sums.
func (k *tile) square(group []int, c int) []int {
	group = k.extendSquares(group, c%quad == 0, k.acc[c])
	if c == k.rows-1 { // nothing is left to be done with the unknowns
		k.end()
	}
	if c%quad == quad-1 {
		k.addGroup(group)
	}
	return group
}

// extendSquares extends sums of squares by those of x, or begins them.
func (k *tile) extendSquares(sums []int, begins bool, x []int) []int {
	if begins {
		sums = make([]int, len(x))
	}
	step := program.Prepare(kernels.Substep(kernels.Square).Record(k.t, 1), begins)
	for v, r := range x {
		if !begins {
			k.Apply(step, sums[v], isa.Register(r))
			continue
		}
		in := schedule.New(step, isa.Loc{}, nil)
		in.Hold(0, isa.Register(r))
		k.Emit(in.All())
		sums[v] = k.Take(in).Reg
	}
	return sums
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
		k.Release(sum, r)
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
	k.Release(before, sum)
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
	k.Release(zero, other)
}

package schedule

import (
	"slices"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/kernels"
)

// Keep gives every value that crosses from ins to their second stage a place: a register, or in the frame.
func (b *Block) Keep(ins []*Instance, crossing []int) []map[int]isa.Loc {
	kept := make([]map[int]isa.Loc, len(ins))
	for i, in := range ins {
		kept[i] = map[int]isa.Loc{}
		for _, id := range crossing {
			l := b.fetch(in, id)
			if b.m.Info().Frame {
				slot := b.Slot()
				b.Spill(slot, l.Reg)
				b.Release(l.Reg)
				kept[i][id] = isa.Loc{Kind: isa.InKept, Reg: slot}
				continue
			}
			b.regs[l.Reg] = register{kept: true}
			kept[i][id] = l
		}
	}
	return kept
}

// Evacuate moves a result out of a register that belongs to a crossing value.
func (b *Block) Evacuate(in *Instance) {
	l := in.locs[in.Result]
	if l.Kind != isa.InReg || !b.regs[l.Reg].kept || in.left[in.Result] == 0 {
		return
	}
	r := b.Reg()
	b.m.Copy(r, l)
	b.Release(l.Reg)
	b.own(isa.Loc{Kind: isa.InReg, Reg: r}, in, in.Result)
}

// Settle brings the values of in that cross to where they are kept.
func (b *Block) Settle(in *Instance, kept map[int]isa.Loc) {
	for id := range in.Nodes { // in order, for the output to be the same every time
		place, ok := kept[id]
		if !ok {
			continue
		}
		l := b.fetch(in, id)
		switch {
		case place.Kind == isa.InKept:
			b.Spill(place.Reg, l.Reg)
			b.Release(l.Reg)
		case l != place:
			b.m.Copy(place.Reg, l)
			b.regs[place.Reg].free = false
			b.Release(l.Reg)
		}
	}
}

// Unkeep makes the places of crossing values free again.
func (b *Block) Unkeep(kept []map[int]isa.Loc) {
	for _, places := range kept {
		for _, l := range places {
			if l.Kind == isa.InKept {
				b.slots[l.Reg] = true
			} else {
				b.regs[l.Reg].kept = false
				b.Release(l.Reg)
			}
		}
	}
}

// Resume makes an instance's second stage out of its first, whose crossing values are kept.
func (in *Instance) Resume(first *Instance, kept map[int]isa.Loc) {
	copy(in.left, first.left)
	for id, l := range kept {
		in.locs[id] = l
	}
}

// Pin gives the n most used constants of p, and numbers of the model, registers of their own.
func (b *Block) Pin(p *program.Program, n int) {
	saves := b.savings(p)
	for ; n > 0; n-- {
		best, most := -1, 0
		for id, c := range p.Nodes {
			if (c.Op == kernels.Const || c.Op == kernels.Element) && saves[id] > most && b.holder(b.home(c)) < 0 {
				best, most = id, saves[id]
			}
		}
		if best < 0 {
			return
		}
		c, r := b.home(p.Nodes[best]), b.Reg()
		b.regs[r].constant, b.regs[r].pinned = c, true
		b.m.Constant(r, c, p.Elem)
	}
}

// Unpin takes the registers back.
func (b *Block) Unpin() {
	for r, reg := range b.regs {
		if reg.pinned {
			b.Release(r)
		}
	}
}

// home is where a constant, or a number of a reduction's model, lies in memory.
func (b *Block) home(n program.Node) isa.Loc {
	if n.Op == kernels.Element {
		return b.m.Info().Number(n.Arg)
	}
	return isa.Constant(n.Bits)
}

// holder is the register of a constant, or -1.
func (b *Block) holder(c isa.Loc) int {
	return slices.IndexFunc(b.regs, func(r register) bool { return r.constant == c })
}

// savings counts for each constant the operations that can read it in a register of its own. One that must be overwritten
// costs a copy, which is no better than loading it.
func (b *Block) savings(p *program.Program) []int {
	saves := make([]int, len(p.Nodes))
	for _, id := range p.Order {
		n := p.Nodes[id]
		for i, a := range n.Args {
			if !b.overwrites(n.Op, i) {
				saves[a]++
			}
		}
	}
	return saves
}

// overwrites tells whether the operation's result always takes the place of this operand.
func (b *Block) overwrites(op kernels.Op, arg int) bool {
	tied := b.m.Info().Tied[op]
	return len(tied) == 1 && tied[0] == arg
}

// constReg is the register of a constant, if it has one or should get one. One that is overwritten is better loaded anew.
func (b *Block) constReg(c isa.Loc, t kernels.Type, overwritten bool) (int, bool) {
	if r := b.holder(c); r >= 0 {
		return r, true
	}
	if overwritten || !b.usedSoon(c) || c.Kind == isa.InElement && b.m.Info().Memory(kernels.Mul, 1, isa.InElement) {
		return 0, false
	}
	r := b.unused()
	if r < 0 {
		return 0, false
	}
	b.m.Constant(r, c, t)
	b.regs[r].constant = c
	return r, true
}

// lane is a number of the model as a lane of the vector that holds it, which is loaded unless it is there.
func (b *Block) lane(c isa.Loc) isa.Loc {
	v := c.Vector()
	r := b.holder(v)
	if r < 0 {
		r = b.Reg()
		b.m.Constant(r, v, b.Elem)
		b.regs[r].constant = v
	}
	b.lock(r)
	return isa.Loc{Kind: isa.InLane, Reg: r, Lane: c.Lane}
}

// soon is how many operations a constant may stay in a register unused.
const soon = 4

func (b *Block) usedSoon(c isa.Loc) bool {
	for _, it := range b.ahead[:min(soon, len(b.ahead))] {
		if it.in == nil {
			continue
		}
		for _, a := range it.in.Nodes[it.id].Args {
			if other, constant := it.in.constant(a); constant && (other == c || other.Vector() == c) {
				return true
			}
		}
	}
	return false
}

func (b *Block) dropConsts() {
	for r, reg := range b.regs {
		if reg.constant.Kind != isa.Nowhere && !reg.pinned && !b.usedSoon(reg.constant) {
			b.Release(r)
		}
	}
}

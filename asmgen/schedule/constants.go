package schedule

import (
	"slices"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/kernels"
)

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

// Package schedule gives the values of straight-line code their registers while it emits the operations, several instances of a
// program in turns: the first stage of one along with the second of another.
package schedule

import (
	"slices"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/kernels"
)

// A Block assigns registers while it emits straight-line code.
type Block struct {
	m      isa.Machine
	Elem   kernels.Type
	Guards map[program.Guard]int // their accumulators
	Spills int

	regs    []register
	masks   []bool // mask registers that are free
	slots   []bool // of the frame, that are free
	ahead   []Item // the operations to come
	busy    bool   // an operation is at hand
	pending []int  // registers with a guard to collect
}

// A register is free, or holds a value, a constant or something of which only the caller knows.
type register struct {
	free     bool
	kept     bool    // holds nothing but one value that crosses from an iteration to the next
	locked   bool    // the operation at hand uses it
	value    value   // what may be spilled
	constant isa.Loc // a constant or a number of the model
	pinned   bool    // for good, not just for its next uses, close by
}

// A value is what an operation of a part results in.
type value struct {
	in *Instance
	id int
}

// NewBlock has all registers but the last ones, so many, which are reserved.
func NewBlock(t isa.Machine, elem kernels.Type, reserved int) *Block {
	b := &Block{m: t, Elem: elem, Guards: map[program.Guard]int{}}
	b.regs = make([]register, t.Info().Regs)
	for i := range len(b.regs) - reserved {
		b.regs[i].free = true
	}
	b.masks = []bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true}
	return b
}

// NoReg is for where no other register is needed.
const NoReg = -1

// ErrRegisters is what Reg panics with where nothing can be spilled.
const ErrRegisters isa.Mistake = "too many values at once for the vector registers: make two kernels of it"

// ErrMasks is what an operation panics with where there is no mask register for its result.
const ErrMasks isa.Mistake = "too many masks at once: combine them, or select by them, sooner"

func take(pool []bool) int {
	i := slices.Index(pool, true)
	if i >= 0 {
		pool[i] = false
	}
	return i
}

func (r register) usable() bool { return r.free && !r.kept }

// unused takes a register that is free, or none.
func (b *Block) unused() int {
	r := slices.IndexFunc(b.regs, register.usable)
	if r >= 0 {
		b.regs[r].free = false
	}
	return r
}

// Reg is a register for anything.
func (b *Block) Reg() int {
	r := b.unused()
	if r < 0 {
		r = b.spill()
	}
	return r
}

// HighReg is the last register that is free.
func (b *Block) HighReg() int {
	for r := len(b.regs) - 1; r >= 0; r-- {
		if b.regs[r].usable() {
			b.regs[r].free = false
			return r
		}
	}
	return b.Reg()
}

// regFor prefers the register that the node should be in.
func (b *Block) regFor(in *Instance, id int) int {
	if l, ok := in.Want[id]; ok && l.Kind == isa.InReg && b.regs[l.Reg].kept && b.regs[l.Reg].free {
		b.regs[l.Reg].free = false
		return l.Reg
	}
	return b.Reg()
}

// Regs are n of them.
func (b *Block) Regs(n int) (regs []int) {
	for range n {
		regs = append(regs, b.Reg())
	}
	return regs
}

// Release makes registers free.
func (b *Block) Release(regs ...int) {
	for _, r := range regs {
		b.regs[r] = register{free: true, kept: b.regs[r].kept, locked: b.regs[r].locked}
	}
}

// spill frees the register whose value is needed last: an input is loaded again, another value goes to the frame.
func (b *Block) spill() int {
	victim, furthest := -1, -1
	for r, reg := range b.regs {
		if reg.locked {
			continue
		}
		if reg.constant.Kind != isa.Nowhere && !reg.pinned { // at once
			b.regs[r].constant = isa.Loc{}
			return r
		}
		if reg.value.in == nil {
			continue
		}
		if d := b.nextUse(reg.value); d > furthest {
			victim, furthest = r, d
		}
	}
	if victim < 0 {
		panic(ErrRegisters)
	}
	v := b.regs[victim].value
	b.Disown(victim)
	if v.in.Nodes[v.id].Op == kernels.Input && v.in.Load != nil {
		v.in.locs[v.id] = isa.Loc{}
		return victim
	}
	slot := b.Slot()
	b.Spill(slot, victim)
	b.Spills++
	v.in.locs[v.id] = isa.Loc{Kind: isa.InSlot, Reg: slot}
	return victim
}

// Slot is a place for a vector in the frame.
func (b *Block) Slot() int {
	slot := take(b.slots)
	if slot < 0 {
		slot = len(b.slots)
		b.slots = append(b.slots, false)
	}
	return slot
}

// Slots is how many the frame needs.
func (b *Block) Slots() int { return len(b.slots) }

// ShareSlots leaves alone what another block has in the frame.
func (b *Block) ShareSlots(other *Block) { b.slots = slices.Clone(other.slots) }

// Spill stores a register in the frame, Reload brings it back.
func (b *Block) Spill(slot, src int)  { b.m.Store(src, b.slotAt(slot), b.Elem, b.Elem) }
func (b *Block) Reload(dst, slot int) { b.m.Load(dst, NoReg, b.slotAt(slot), b.Elem, b.Elem) }

func (b *Block) slotAt(slot int) isa.Place {
	return isa.Place{Base: isa.Frame, Offset: slot * b.m.Info().Vector}
}

// StartGuards gives the guards of a program accumulators.
func (b *Block) StartGuards(p *program.Program) {
	for _, g := range p.Guards() {
		b.Guards[g] = b.Reg()
		b.Zero(b.Guards[g])
	}
}

// Zero clears a register.
func (b *Block) Zero(r int) { b.m.Constant(r, isa.Constant(0), b.Elem) }

func (b *Block) nextUse(v value) int {
	for i, it := range b.ahead {
		if it.in == v.in && slices.Contains(it.in.Nodes[it.id].Args, v.id) {
			return i
		}
	}
	return len(b.ahead)
}

// own notes which value a register holds.
func (b *Block) own(l isa.Loc, in *Instance, id int) {
	in.locs[id] = l
	if l.Kind == isa.InReg && !slices.Contains(in.sums, id) && !b.regs[l.Reg].kept {
		b.regs[l.Reg].value = value{in, id}
	}
}

// GiveColumn makes a register the place of an input, until its last use or until it is spilled.
func (b *Block) GiveColumn(in *Instance, input, r int) {
	in.Give(input, isa.Register(r))
	b.regs[r].value = value{in, in.Input(input)}
}

// Disown is for a register whose value is not to be spilled.
func (b *Block) Disown(r int) { b.regs[r].value = value{} }

func (b *Block) lock(r int) { b.regs[r].locked = b.busy }

func (b *Block) unlock() {
	for r := range b.regs {
		b.regs[r].locked = false
	}
}

// fetch brings a value into a register.
func (b *Block) fetch(in *Instance, id int) isa.Loc {
	l := in.locs[id]
	switch l.Kind {
	case isa.Nowhere:
		if in.Nodes[id].Op == kernels.Sum {
			l = b.Take(in.From)
			in.locs[id] = l
			break
		}
		if in.Nodes[id].Op != kernels.Input {
			panic("a value is used before it is there")
		}
		l = isa.Register(b.Reg())
		in.Load(l.Reg, in.Nodes[id].Arg)
		b.own(l, in, id)
	case isa.InSlot, isa.InKept:
		slot, free := l.Reg, l.Kind == isa.InSlot
		l = isa.Register(b.Reg())
		b.Reload(l.Reg, slot)
		b.slots[slot] = free
		b.own(l, in, id)
	}
	if l.Kind == isa.InReg {
		b.lock(l.Reg)
	}
	return l
}

// Take hands over the register of an instance's result.
func (b *Block) Take(in *Instance) isa.Loc {
	l := b.fetch(in, in.Result)
	b.Disown(l.Reg)
	return l
}

package schedule

import "github.com/relent-go/relent/asmgen/isa"

// Keep gives every value that crosses from ins to their second stage a place: a register, or in the frame.
func (b *Block) Keep(ins []*Instance, crossing []int) []map[int]isa.Loc {
	kept := make([]map[int]isa.Loc, len(ins))
	for i, in := range ins {
		kept[i] = map[int]isa.Loc{}
		for _, id := range crossing {
			l := b.fetch(in, id)
			if b.m.Info().KeepInFrame {
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

package main

// maxCrossing values per vector may wait for the second stage; more cost more than the overlap gains.
const maxCrossing = 9

// pipeline runs over runs of stripes, two at a time: the operations up to the divisions of one run along with those that
// follow the divisions of the one before, whose values wait in registers or in the frame.
func (s *stripe) pipeline(crossing []int, pins int) {
	s.stripes = max(1, s.t.info().pipeline/(len(crossing)*s.size()/s.width))
	whole := s.stripes * s.size()
	s.t.jumpIfFewer(whole, s.label("rest"))
	s.pin(s.step, pins)
	ins := s.run(0)
	for _, g := range s.groups(ins) {
		s.block.emit(interleave(g.stage(0)...))
	}
	kept := s.keep(ins, crossing)
	s.t.advance(whole)
	s.t.jumpIfFewer(whole, s.label("drain"))

	s.t.label(s.label("loop"))
	before := s.resume(ins, kept)
	ins = s.run(0)
	for i, in := range ins {
		in.want = kept[i]
	}
	older, newer := s.groups(before), s.groups(ins)
	done := 0
	for i := range older {
		s.block.emit(interleave(append(older[i].stage(1), newer[i].stage(0)...)...))
		for _, in := range older[i] {
			s.evacuate(in)
		}
		for j, in := range newer[i] {
			s.settle(in, kept[done+j])
		}
		done += len(newer[i])
	}
	s.collect(before)
	s.repeat(s.stripes, s.label("loop"))

	s.t.label(s.label("drain"))
	before = s.resume(ins, kept)
	for _, g := range s.groups(before) {
		s.block.emit(interleave(g.stage(1)...))
	}
	s.collect(before)
	s.unkeep(kept)
	s.unpin() // for few elements it would not pay
	s.t.label(s.label("rest"))
}

// run is the instances of the stripes that the pipeline takes at once, from an offset in elements on.
func (s *stripe) run(offset int) []*instance {
	var ins []*instance
	for i := range s.stripes {
		ins = append(ins, s.instances(offset+i*s.size())...)
	}
	return ins
}

// resume makes the instances of the second stage out of those of the first, a run later.
func (s *stripe) resume(first []*instance, kept []map[int]loc) []*instance {
	ins := s.run(-s.stripes * s.size())
	for i, in := range ins {
		copy(in.left, first[i].left)
		for id, l := range kept[i] {
			in.locs[id] = l
		}
	}
	return ins
}

// keep gives every value that crosses from ins to their second stage a place: a register, or in the frame.
func (b *block) keep(ins []*instance, crossing []int) []map[int]loc {
	kept := make([]map[int]loc, len(ins))
	for i, in := range ins {
		kept[i] = map[int]loc{}
		for _, id := range crossing {
			l := b.fetch(in, id)
			if b.t.info().keepInFrame {
				slot := b.slot()
				b.t.spill(slot, l.reg)
				b.release(l.reg)
				kept[i][id] = loc{kind: inKept, reg: slot}
				continue
			}
			delete(b.owner, l.reg)
			b.vacant[l.reg] = false
			kept[i][id] = l
		}
	}
	return kept
}

// evacuate moves a result out of a register that belongs to a crossing value.
func (b *block) evacuate(in *instance) {
	l := in.locs[in.result]
	if _, kept := b.vacant[l.reg]; l.kind != inReg || !kept || in.left[in.result] == 0 {
		return
	}
	r := b.reg()
	b.t.move(r, l)
	b.release(l.reg)
	b.own(loc{kind: inReg, reg: r}, in, in.result)
}

// settle brings the values of in that cross to where they are kept.
func (b *block) settle(in *instance, kept map[int]loc) {
	for id := range in.nodes { // in order, for the output to be the same every time
		place, ok := kept[id]
		if !ok {
			continue
		}
		l := b.fetch(in, id)
		switch {
		case place.kind == inKept:
			b.t.spill(place.reg, l.reg)
			b.release(l.reg)
		case l != place:
			b.t.move(place.reg, l)
			b.vacant[place.reg] = false
			b.release(l.reg)
		}
	}
}

// unkeep makes the places of crossing values free again.
func (b *block) unkeep(kept []map[int]loc) {
	for _, places := range kept {
		for _, l := range places {
			if l.kind == inKept {
				b.slots[l.reg] = true
			} else {
				delete(b.vacant, l.reg)
				b.release(l.reg)
			}
		}
	}
}

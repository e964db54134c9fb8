package shape

import (
	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/schedule"
)

// maxCrossing values per vector may wait for the second stage; more cost more than the overlap gains.
const maxCrossing = 9

// pipeline runs over runs of stripes, two at a time: the operations up to the divisions of one run along with those that
// follow the divisions of the one before, whose values wait in registers or in the frame.
func (p *path) pipeline(crossing []int, pins int) {
	p.run = max(1, p.Info().Pipeline/(len(crossing)*p.size()/p.width))
	whole := p.run * p.size()
	p.fewer(whole, p.name("rest"))
	p.Pin(p.step, pins)
	ins := p.stripes(0)
	for _, g := range p.groups(ins) {
		p.Emit(schedule.Interleave(g.stage(0)...))
	}
	kept := p.Keep(ins, crossing)
	p.advance(whole)
	p.fewer(whole, p.name("drain"))

	p.Label(p.name("loop"))
	before := p.resume(ins, kept)
	ins = p.stripes(0)
	for i, in := range ins {
		in.Want = kept[i]
	}
	older, newer := p.groups(before), p.groups(ins)
	done := 0
	for i := range older {
		p.Emit(schedule.Interleave(append(older[i].stage(1), newer[i].stage(0)...)...))
		for _, in := range older[i] {
			p.Evacuate(in)
		}
		for j, in := range newer[i] {
			p.Settle(in, kept[done+j])
		}
		done += len(newer[i])
	}
	p.collect(before)
	p.repeat(p.run, p.name("loop"))

	p.Label(p.name("drain"))
	before = p.resume(ins, kept)
	for _, g := range p.groups(before) {
		p.Emit(schedule.Interleave(g.stage(1)...))
	}
	p.collect(before)
	p.Unkeep(kept)
	p.Unpin() // for few elements it would not pay
	p.Label(p.name("rest"))
}

// stripes are the instances of those that the pipeline takes at once, from an offset in elements on.
func (p *path) stripes(offset int) []*schedule.Instance {
	var ins []*schedule.Instance
	for i := range p.run {
		ins = append(ins, p.instances(offset+i*p.size())...)
	}
	return ins
}

// resume makes the instances of the second stage out of those of the first, a run later.
func (p *path) resume(first []*schedule.Instance, kept []map[int]isa.Loc) []*schedule.Instance {
	ins := p.stripes(-p.run * p.size())
	for i, in := range ins {
		in.Resume(first[i], kept[i])
	}
	return ins
}

package shape

import (
	"fmt"
	"math"
	"slices"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// stripe is the unit of a loop that sums: Lanes elements, or depth times as many of float32. The terms of float32 elements i, i+Lanes, ...
// are added in float32 before they are widened.
type stripe struct {
	rows
	*schedule.Block
	mem    kernels.Type
	pad    []float64
	name   func(label string) string // in this path
	ends   string                    // the format of the labels of chains
	fail   string                    // the label of where a failing guard leads
	outs   int                       // arrays that are written to, which come first
	array  func(input int) int       // of an input, among the others
	first  *program.Program          // a step whose sum is 0
	step   *program.Program
	width  int     // elements in a vector
	depth  int     // vectors that share an accumulator
	acc    [][]int // of each sum: registers, or slots
	inRegs bool    // else in slots
	parts  bool    // whole stripes are computed as the last one is
}

func newStripe(r rows, mem kernels.Type, pad []float64, p kernels.Program, depth int) stripe {
	return stripe{rows: r, mem: mem, pad: pad, first: program.Prepare(p, true), step: program.Prepare(p, false),
		width: r.Info().Vector / p.Type.Bytes(), depth: depth, array: func(input int) int { return input }}
}

// newBlock starts with all registers.
func (s *stripe) newBlock() { s.Block = schedule.NewBlock(s.asm.Machine, s.step.Elem, 0) }

// size is the number of elements of a stripe.
func (s *stripe) size() int { return Lanes * s.depth }

// chains is how many vectors of a stripe begin a sum.
func (s *stripe) chains() int { return Lanes / s.width }

// fit emits with as many constants in registers as let no more than so many values lose their own, and notes what the frame needs. It
// emits nothing where there is no such number.
func fit(f *isa.Function, regs, allowed int, emit func(pins int) *schedule.Block) bool {
	for pins := regs; pins >= 0; pins-- {
		mark := f.Mark()
		if b := attempt(pins, emit); b != nil && b.Spills <= allowed {
			f.Slots = max(f.Slots, b.Slots())
			return true
		}
		f.Reset(mark)
	}
	return false
}

// attempt emits, or gives nil where registers do not suffice.
func attempt(pins int, emit func(pins int) *schedule.Block) (b *schedule.Block) {
	defer func() {
		if e := recover(); e != nil && e != schedule.ErrRegisters && e != schedule.ErrMasks {
			panic(e)
		}
	}()
	return emit(pins)
}

func (s *stripe) checkGuards() {
	tmp := s.Reg()
	check := func(g program.Guard, to string) { s.Check(g.Op, s.Guards[g], tmp, g.Bound, s.Elem, to) }
	for _, g := range s.step.Guards() {
		if g.Op != kernels.GuardSome {
			check(g, s.fail)
			continue
		}
		check(g, s.name("some"))
		s.Jump(s.fail)
		s.Label(s.name("some"))
	}
	s.Release(tmp)
}

// whole and part load the vectors at an offset, all of a vector or what there is of it.
func (s *stripe) whole(offset int) func(dst, input int) {
	return func(dst, input int) {
		s.Load(dst, schedule.NoReg, s.element(s.outs+s.array(input), offset), s.Elem, s.mem)
	}
}

func (s *stripe) part(offset int) func(dst, input int) {
	return func(dst, input int) {
		tmp := s.Reg()
		s.LoadTail(dst, tmp, s.element(s.outs+s.array(input), offset), offset, s.Elem, s.mem, s.pad[input])
		s.Release(tmp)
	}
}

// accumulators are n vectors of a number, in registers or in slots of the frame.
func (s *stripe) accumulators(n int, start float64) (acc []int) {
	r := schedule.NoReg
	for range n {
		if r == schedule.NoReg || s.inRegs {
			r = s.Reg()
			s.Constant(r, isa.Constant(math.Float64bits(start)), kernels.F64)
		}
		place := r
		if !s.inRegs {
			place = s.Slot()
			s.Spill(place, r)
		}
		acc = append(acc, place)
	}
	if !s.inRegs {
		s.Release(r)
	}
	return acc
}

// reload brings accumulators into registers, if they are not there.
func (s *stripe) reload(places []int) []int {
	if s.inRegs {
		return places
	}
	regs := s.Regs(len(places))
	for i, slot := range places {
		s.Reload(regs[i], slot)
	}
	return regs
}

// widen combines two accumulators with that of a chain of float32, in a register that it releases.
func (s *stripe) widen(op kernels.Op, sum int, places []int) {
	s.widenInPlace(op, sum, places)
	s.Release(sum)
}

// widenInPlace leaves the register, but nothing in it.
func (s *stripe) widenInPlace(op kernels.Op, sum int, places []int) {
	acc, tmp := s.reload(places), s.Reg()
	s.Widen(op, sum, tmp, acc)
	if !s.inRegs {
		for i, r := range acc {
			s.Spill(places[i], r)
		}
		s.Release(acc...)
	}
	s.Release(tmp)
}

// foldVectors combines the accumulators, lane i with lane i + half, down to the first one.
func (a asm) foldVectors(op kernels.Op, acc []int) {
	for ; len(acc) > 1; acc = acc[:len(acc)/2] {
		for i, upper := range acc[len(acc)/2:] {
			a.op(op, acc[i], upper)
		}
	}
}

// op combines registers of float64: x = x op y.
func (a asm) op(op kernels.Op, x, y int) {
	a.Op(op, isa.Register(x), []isa.Loc{isa.Register(x), isa.Register(y)}, kernels.F64)
}

// sweep is the loop over stripes.
func (s *stripe) sweep(loop string) sweep {
	return sweep{size: s.size(), width: s.width, loop: s.name(loop), tail: s.name("tail"), done: s.name("fold")}
}

// tail is the last, incomplete stripe, a chain after the other.
func (s *stripe) tail(vector func(c, d int, before *schedule.Instance) *schedule.Instance, widen func(c int, last *schedule.Instance)) {
	chains := s.sweep("")
	chains.size, chains.parts = Lanes, s.parts
	s.rest(chains, func(offset int) {
		c := offset / s.width
		end := fmt.Sprintf(s.ends, c)
		var last *schedule.Instance
		for d := range s.depth {
			if d > 0 {
				s.noMore(offset+d*Lanes, end)
			}
			s.Tail(offset+d*Lanes, s.parts)
			last = vector(c, d, last)
		}
		if s.depth > 1 {
			s.Label(end)
			widen(c, last)
		}
	})
}

// A group is worked on in turns.
type group []*schedule.Instance

func (s *stripe) groups(ins []*schedule.Instance) []group {
	size := 2
	if s.step.Masks() || len(s.step.Crossing()) > 4 {
		size = 1 // registers are few
	}
	var groups []group
	for g := range slices.Chunk(ins, size) {
		groups = append(groups, g)
	}
	return groups
}

// items are those of a stage of each, or all.
func (g group) items(stage int) (lists [][]schedule.Item) {
	for _, in := range g {
		first, second := in.Stages()
		lists = append(lists, in.Items([][]int{first, second, in.Order}[stage]))
	}
	return lists
}

const all = 2

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
		p.Emit(schedule.Interleave(g.items(0)...))
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
	var fetching []func()
	for i, t := range p.types {
		fetching = append(fetching, p.fetching(at(p.Arrays[i], fetchAhead), whole*t.Bytes())...)
	}
	done := 0
	for i := range older {
		share := fetching[i*len(fetching)/len(older) : (i+1)*len(fetching)/len(older)]
		p.Emit(schedule.Interleave(append(append(older[i].items(1), newer[i].items(0)...), schedule.Steps(share))...))
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
		p.Emit(schedule.Interleave(g.items(1)...))
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

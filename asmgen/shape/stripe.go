package shape

import (
	"fmt"
	"slices"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// stripe is the unit of a loop that sums: Lanes elements, or twice as many of float32. The terms of float32 elements i and
// i+Lanes are added in float32 before they are widened.
type stripe struct {
	rows
	*schedule.Block
	mem   kernels.Type
	pad   []float64
	name  func(label string) string // in this path
	widen string                    // the format of labels of chains
	fail  string                    // the label of where a failing guard leads
	outs  int                       // arrays that are written to, which come first
	array func(input int) int       // of an input, among the others
	first *program.Program          // a step whose sum is 0
	step  *program.Program
	width int     // elements in a vector
	depth int     // vectors that share an accumulator
	acc   [][]int // of each sum: registers, or slots
}

// depths are how many vectors of a type share an accumulator of float64.
var depths = map[kernels.Type]int{kernels.F64: 1, kernels.F32: 2}

func newStripe(r rows, mem kernels.Type, pad []float64, p kernels.Program) stripe {
	return stripe{rows: r, mem: mem, pad: pad, first: program.Prepare(p, true), step: program.Prepare(p, false),
		width: r.Info().Vector / p.Type.Bytes(), depth: depths[p.Type], array: func(input int) int { return input }}
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
		if e := recover(); e != nil && e != schedule.ErrRegisters {
			panic(e)
		}
	}()
	return emit(pins)
}

func (s *stripe) startGuards() {
	for _, g := range s.step.Guards() {
		s.Guards[g] = s.Reg()
		s.Zero(s.Guards[g])
	}
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

// reload brings accumulators into registers.
func (s *stripe) reload(slots []int) (regs []int) {
	for _, slot := range slots {
		regs = append(regs, s.Reg())
		s.Reload(regs[len(regs)-1], slot)
	}
	return regs
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
	chains.size = Lanes
	s.rest(chains, func(offset int) {
		c := offset / s.width
		end := fmt.Sprintf(s.widen, c)
		var last *schedule.Instance
		for d := range s.depth {
			if d > 0 {
				s.noMore(offset+d*Lanes, end)
			}
			s.Tail(offset + d*Lanes)
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
	size := s.Info().Interleave
	if s.step.Masks() || len(s.step.Crossing()) > 4 {
		size = 1 // registers are few
	}
	var groups []group
	for g := range slices.Chunk(ins, size) {
		groups = append(groups, g)
	}
	return groups
}

func (g group) all() (lists [][]schedule.Item) {
	for _, in := range g {
		lists = append(lists, in.All())
	}
	return lists
}

func (g group) stage(second int) (lists [][]schedule.Item) {
	for _, in := range g {
		first, late := in.Stages()
		lists = append(lists, in.Items([][]int{first, late}[second]))
	}
	return lists
}

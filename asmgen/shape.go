package main

import (
	"fmt"

	"github.com/relent-go/relent/kernels"
)

// lanes is how many float64 accumulators a reduction has on every instruction set: element i belongs to lane i mod lanes.
const lanes = 16

// reduction emits one function: for each path a loop over stripes, a tail, and the fold; the first path whose guards hold
// returns.
func reduction(t target, r kernels.Reduction, mem kernels.Type) {
	t.function(symbol(r.Name, mem, t.info().name), r.Args, mem, true)
	paths := r.Paths(mem)
	for i, p := range paths {
		next := ""
		if i+1 < len(paths) {
			next = fmt.Sprintf("path%d", i+1)
		}
		if i > 0 {
			t.label(fmt.Sprintf("path%d", i))
		}
		s := &stripe{t: t, mem: mem, pad: r.Pad, path: i, next: next, early: p.Early}
		s.emit(p.Program)
	}
}

func symbol(name string, t kernels.Type, isa string) string { return name + t.String() + isa }

// stripe is the unit of the loop: lanes elements, or twice as many of float32. The terms of float32 elements i and
// i+lanes are added in float32 before they are widened.
type stripe struct {
	t     target
	mem   kernels.Type
	pad   []float64
	path  int
	next  string
	early bool

	*block
	elem  kernels.Type
	first *prepared // a step whose sum is 0
	step  *prepared
	width int // elements in a vector
	depth int // vectors that share an accumulator
	acc   []int
}

func (s *stripe) emit(p kernels.Program) {
	t := s.t
	s.elem = p.Type
	s.block = newBlock(t, p.Type)
	s.first, s.step = prepare(p, true), prepare(p, false)
	s.width = t.info().vector / p.Type.Bytes()
	s.depth = map[kernels.Type]int{kernels.F64: 1, kernels.F32: 2}[p.Type]
	here := func(name string) string { return fmt.Sprintf("%s%d", name, s.path) }

	t.loadArgs()
	for i := 0; i < lanes*8/t.info().vector; i++ {
		s.acc = append(s.acc, s.reg())
		t.zero(s.acc[i])
	}
	for _, g := range s.step.guards() {
		s.guards[g.guardKey()] = s.reg()
		t.guardInit(g, s.guards[g.guardKey()], p.Type)
	}
	s.pin(s.step, t.info().pinned)

	size := lanes * s.depth
	t.jumpIfFewer(size, here("tail"))
	t.label(here("loop"))
	s.body()
	if s.early {
		s.checkGuards()
	}
	t.advance(size)
	t.jumpIfFewer(size, here("tail"))
	t.jump(here("loop"))
	t.label(here("tail"))
	t.jumpIfFewer(1, here("fold"))
	s.tail(here("fold"))
	t.label(here("fold"))
	s.checkGuards()
	t.fold(s.acc)
	t.returnFold(s.acc[0], s.next)
}

func (s *stripe) checkGuards() {
	tmp := s.reg()
	for _, g := range s.step.guards() {
		s.t.guardCheck(g, s.guards[g.guardKey()], tmp, s.elem, s.next)
	}
	s.release(tmp)
}

// body is one whole stripe.
func (s *stripe) body() {
	chains := lanes / s.width
	width := s.t.info().interleave
	if s.step.masks() {
		width = 1 // mask registers are few
	}
	for c := 0; c < chains; c += width {
		group := min(width, chains-c)
		sums := make([]loc, group)
		for d := 0; d < s.depth; d++ {
			ins := make([]*instance, group)
			for g := range ins {
				offset := (c+g)*s.width + d*lanes
				ins[g] = s.instance(c+g, d, sums[g], func(dst, input int) {
					s.t.load(dst, input, offset, s.elem, s.mem)
				})
			}
			s.block.emit(interleave(ins...))
			for g := range ins {
				sums[g] = s.take(ins[g])
			}
		}
		for g := range sums {
			s.collect(c+g, sums[g])
		}
	}
}

// instance is the step for vector d of chain c.
func (s *stripe) instance(c, d int, sum loc, load func(dst, input int)) *instance {
	switch {
	case s.depth == 1:
		return newInstance(s.step, loc{kind: inReg, reg: s.acc[c]}, load)
	case d == 0:
		return newInstance(s.first, loc{}, load)
	}
	return newInstance(s.step, sum, load)
}

// collect brings a chain's sum into its accumulators.
func (s *stripe) collect(c int, sum loc) {
	if s.depth == 1 {
		if sum.reg != s.acc[c] {
			panic("the sum is not in its accumulator")
		}
		return
	}
	tmp := s.reg()
	s.t.widenAdd(sum.reg, tmp, s.acc[2*c:2*c+2])
	s.release(tmp)
	s.release(sum.reg)
}

// tail is the last, incomplete stripe. Vectors that lie wholly past the end are left out: their terms would be 0.
func (s *stripe) tail(done string) {
	s.t.tail(s.elem, s.mem)
	for c := 0; c < lanes/s.width; c++ {
		if c > 0 {
			s.t.jumpIfAtMost(c*s.width, done)
		}
		var sum loc
		for d := 0; d < s.depth; d++ {
			offset := c*s.width + d*lanes
			if d > 0 {
				s.t.jumpIfAtMost(offset, fmt.Sprintf("widen%d_%d", s.path, c))
			}
			in := s.instance(c, d, sum, func(dst, input int) {
				tmp := s.reg()
				s.t.loadTail(dst, tmp, input, offset, s.elem, s.mem, s.pad[input])
				s.release(tmp)
			})
			s.block.emit(interleave(in))
			sum = s.take(in)
		}
		if s.depth > 1 {
			s.t.label(fmt.Sprintf("widen%d_%d", s.path, c))
		}
		s.collect(c, sum)
	}
}

// elementwise emits the function of a Map. float32 is widened and computed in float64.
func elementwise(t target, m kernels.Map, mem kernels.Type) {
	t.function(symbol(m.Name, mem, t.info().name), append([]string{"dst"}, m.Args...), mem, false)
	p := prepare(m.Record(kernels.F64), false)
	width := t.info().vector / 8
	b := newBlock(t, kernels.F64)
	t.loadArgs()
	b.pin(p, t.info().pinned)
	step := func(load func(dst, input int)) int {
		in := newInstance(p, loc{}, load)
		b.emit(interleave(in))
		out := b.take(in).reg
		b.release(out)
		return out
	}
	t.jumpIfFewer(width, "tail")
	t.label("loop")
	t.store(step(func(dst, input int) { t.load(dst, input+1, 0, kernels.F64, mem) }), 0, kernels.F64, mem)
	t.advance(width)
	t.jumpIfFewer(width, "tail")
	t.jump("loop")
	t.label("tail")
	t.jumpIfFewer(1, "done")
	t.tail(kernels.F64, mem)
	out := step(func(dst, input int) {
		tmp := b.reg()
		t.loadTail(dst, tmp, input+1, 0, kernels.F64, mem, m.Pad[input])
		b.release(tmp)
	})
	b.free[out] = false
	t.storeTail(out, b.reg(), 0, kernels.F64, mem)
	t.label("done")
	t.ret()
}

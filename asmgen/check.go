package main

import (
	"math"
	"slices"

	"github.com/relent-go/relent/kernels"
)

func prepareIf(p *kernels.Program) *prepared {
	if p == nil {
		return nil
	}
	return prepare(*p, false)
}

// askInfinite gives the row at hand the sum +Inf if its check holds.
func (s *stripe) askInfinite() {
	careful := s.label("careful")
	s.ask(s.infinite, "infinite", careful)
	r := s.reg()
	s.t.loadConst(r, constantLoc(math.Float64bits(math.Inf(1))), kernels.F64)
	s.finish(r, "infiniteEnd")
	s.release(r)
	s.t.label(careful)
}

// ask looks at the elements of the row at hand once more: it falls through if the check holds for them, and otherwise goes to
// fail. No register keeps what it held.
func (s *stripe) ask(check *prepared, name, fail string) {
	t, elem := s.t, check.elem
	c := stripe{t: t, mem: s.mem, pad: s.pad, path: s.path, next: fail, elem: elem, step: check,
		block: newBlock(t, elem), width: t.info().vector / elem.Bytes()}
	c.slots = slices.Clone(s.slots)
	size := lanes * 8 / elem.Bytes()
	loop, tail, all := s.label(name+"Stripe"), s.label(name+"Tail"), s.label(name+"All")

	t.startRow()
	for _, g := range check.guards() {
		c.guards[g] = c.reg()
		t.zero(c.guards[g])
	}
	c.pin(check, t.info().regs/4)
	t.jumpIfFewer(size, tail)
	t.label(loop)
	for offset := 0; offset < size; offset += c.width {
		c.observe(func(dst, input int) { t.load(dst, input, offset, elem, c.mem) })
	}
	t.advance(size)
	t.jumpIfAtLeast(size, loop)
	t.label(tail)
	t.jumpIfFewer(1, all)
	for offset := 0; offset < size; offset += c.width {
		if offset > 0 {
			t.jumpIfAtMost(offset, all)
		}
		t.tail(offset)
		c.observe(func(dst, input int) {
			tmp := c.reg()
			t.loadTail(dst, tmp, input, offset, elem, c.mem, c.pad[input])
			c.release(tmp)
		})
	}
	t.label(all)
	c.checkGuards()
	if c.spills > 0 {
		panic("a check spills")
	}
}

// observe takes a vector into a check.
func (s *stripe) observe(load func(dst, input int)) {
	in := s.withNumbers(newInstance(s.step, loc{}, load))
	s.block.emit(in.items(in.order))
}

package shape

import (
	"fmt"
	"math"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// path is a reduction's way of computing a row.
type path struct {
	stripe
	i        int
	early    bool
	waitable []kernels.Path // those but the last, on which rows may wait to be finished

	far, small, infinite *program.Program // see Reduction; nil if there is none

	waiting int // the slot of the row before
	waits   int // labels of finishWaiting
	run     int // stripes that the pipeline takes at once
}

// Reduction emits one function: for each row and each path a loop over stripes, a tail, and the fold; with the first path
// whose guards hold the row is done.
func Reduction(t isa.Machine, r kernels.Reduction, mem kernels.Type) {
	f := rows{beginArrays(t, isa.Symbol(r.Name, mem, t.Info().Name), Rows(r, mem), r.Args, mem)}
	f.load(r.Numbers)
	paths := r.Paths(mem)
	for i, text := range paths {
		if text.Undone {
			text.Program = paths[0].Program // of the same elements
		}
		p := path{stripe: newStripe(f, mem, r.Pad, text.Program, kernels.Depth(text.Program.Type)), i: i, early: text.Early, waitable: paths[:len(paths)-1]}
		p.name = func(label string) string { return fmt.Sprintf("%s%d", label, i) }
		p.ends = fmt.Sprintf("widen%d_%%d", i)
		p.far, p.small, p.infinite = prepareIf(text.Far), prepareIf(text.Small), prepareIf(text.Infinite)
		switch i {
		case len(paths) - 1:
		case len(paths) - 2:
			p.fail = p.name("fail")
		default:
			p.fail = pathLabel(i + 1)
		}
		f.Label(pathLabel(i))
		emit := func(pins int) *schedule.Block {
			attempt := p
			if text.Undone {
				attempt.leaveUndone()
			} else {
				attempt.emit(pins)
			}
			return attempt.Block
		}
		if p.inRegs = !t.Info().Frame || p.simple(); fit(f.f, t.Info().Regs, 0, emit) {
			continue
		}
		p.inRegs = !t.Info().Frame
		if !fit(f.f, t.Info().Regs, 0, emit) {
			f.f.Slots = max(f.f.Slots, emit(0).Slots())
		}
	}
}

// pipelined tells whether values wait for divisions from one run of stripes to the next, and simple whether nothing waits.
func (p *path) pipelined() bool {
	crossing := len(p.step.Crossing())
	return p.Info().Pipeline > 0 && !p.step.Masks() && crossing > 0 && crossing <= maxCrossing
}

func (p *path) simple() bool { return !p.step.Masks() && len(p.step.Crossing()) == 0 }

func prepareIf(p *kernels.Program) *program.Program {
	if p == nil {
		return nil
	}
	return program.Prepare(*p, false)
}

func (p *path) emit(pins int) {
	p.newBlock()
	if p.infinite != nil {
		p.askInfinite()
	}
	p.start()
	if p.fail != "" {
		p.waiting = p.Slot()
	}
	if p.far != nil {
		p.lookAhead()
	}
	p.acc = [][]int{p.accumulators(Lanes*8/p.Info().Vector, 0)}
	p.StartGuards(p.step)
	pipelined := p.pipelined()
	if pipelined {
		p.pipeline(p.step.Crossing(), pins)
	} else {
		p.Pin(p.step, pins)
	}
	if p.parts = !pipelined && p.depth == 1 && p.i > 0 && p.i == len(p.waitable); !p.parts && (!pipelined || p.run > 1) { // else no whole stripe is left
		p.loop()
	}
	p.tail(p.vectorOfTail, func(c int, last *schedule.Instance) { p.widen(kernels.Add, p.Take(last).Reg, p.acc[0][2*c:2*c+2]) })
	p.checkGuards()
	acc := p.reload(p.acc[0])
	p.foldVectors(kernels.Add, acc)
	p.Release(acc[1:]...)
	if p.fail != "" {
		p.finishLater(acc[0])
		return
	}
	p.FoldLanes(kernels.Add, acc[0], p.Reg())
	p.Canonical(acc[0])
	p.finish(acc[0], p.name("last"))
}

// leaveUndone leaves rows to somebody else, but those whose sum is +Inf.
func (p *path) leaveUndone() {
	p.newBlock()
	if p.infinite != nil {
		p.askInfinite()
	}
	p.finishAs(math.NaN(), "undone")
}

// finishAs makes a number the sum of the row at hand.
func (p *path) finishAs(sum float64, last string) {
	r := p.Reg()
	p.Constant(r, isa.Constant(math.Float64bits(sum)), kernels.F64)
	p.finish(r, p.name(last))
	p.Release(r)
}

// lookAhead goes to the next path if the first elements show that this one would end there: those of a vector and at least
// eight or, where they are fewer than that, of an incomplete vector.
func (p *path) lookAhead() {
	few, near := p.name("few"), p.name("near")
	some := max(p.width, 8)
	p.fewer(some, few)
	for offset := 0; offset < some; offset += p.width {
		p.look(p.whole(offset))
	}
	p.Jump(near)
	p.Label(few)
	p.fewer(1, near)
	p.Tail(0, false)
	p.look(p.part(0))
	p.Label(near)
}

func (p *path) look(load func(dst, input int)) {
	in := p.withNumbers(schedule.New(p.far, isa.Loc{}, load))
	p.Emit(in.All())
	value := p.Take(in)
	p.Check(kernels.GuardSign, value.Reg, schedule.NoReg, 0, p.Elem, p.fail)
	p.Release(value.Reg)
}

// loop runs over the whole stripes, one at a time.
func (p *path) loop() {
	s := p.sweep("stripe")
	s.whole = func() {
		ins := p.instances(0)
		p.staggered(p.groups(ins))
		p.collect(ins)
	}
	s.again = func(label string) { p.repeat(1, label) }
	p.wholes(s)
}

// staggered makes what follows the divisions of one group along with the operations up to those of the next one, where registers suffice.
func (p *path) staggered(groups []group) {
	var late [][]schedule.Item
	for _, g := range groups {
		if p.Info().Frame {
			p.Emit(schedule.Interleave(g.items(all)...))
			continue
		}
		p.Emit(schedule.Interleave(append(late, g.items(0)...)...))
		late = g.items(1)
	}
	p.Emit(schedule.Interleave(late...))
}

// repeat goes on with the next stripes if there are as many.
func (p *path) repeat(stripes int, label string) {
	p.advance(stripes * p.size())
	if p.early {
		p.checkGuards()
	}
	p.atLeast(stripes*p.size(), label)
}

// instances are the vectors of the stripe that starts at an offset: those that begin a chain, and then those that go on.
func (p *path) instances(offset int) []*schedule.Instance {
	var ins []*schedule.Instance
	for d := range p.depth {
		for c := range p.chains() {
			in := p.instance(c, d, p.whole(offset+c*p.width+d*Lanes))
			if d > 0 {
				in.From = ins[len(ins)-p.chains()]
			}
			ins = append(ins, in)
		}
	}
	return ins
}

// instance is the step for vector d of chain c.
func (p *path) instance(c, d int, load func(dst, input int)) *schedule.Instance {
	switch acc := p.acc[0]; {
	case p.depth == 1 && !p.inRegs:
		in := p.withNumbers(schedule.New(p.step, isa.Loc{Kind: isa.InKept, Reg: acc[c]}, load))
		in.Then = map[int]func(reg int){in.Result: func(r int) { p.Spill(acc[c], r) }}
		return in
	case p.depth == 1:
		return p.withNumbers(schedule.New(p.step, isa.Register(acc[c]), load))
	case d == 0:
		return schedule.New(p.first, isa.Loc{}, load)
	}
	return schedule.New(p.step, isa.Loc{}, load)
}

// withNumbers tells an instance where the model's numbers are.
func (s *stripe) withNumbers(in *schedule.Instance) *schedule.Instance {
	in.Element = s.Info().Number
	return in
}

// vectorOfTail goes on from the vector before, if there is one.
func (p *path) vectorOfTail(c, d int, before *schedule.Instance) *schedule.Instance {
	in := p.instance(c, d, p.part(c*p.width+d*Lanes))
	if before != nil {
		in.SumFrom(p.Take(before)) // at once: it must be there also if this vector is left out
	}
	p.Emit(in.All())
	return in
}

// collect brings the sums of the chains of one stripe after another into their accumulators.
func (p *path) collect(ins []*schedule.Instance) {
	if p.depth == 1 {
		return // they are there
	}
	for i, in := range ins {
		if i/p.chains()%p.depth == p.depth-1 {
			c := i % p.chains()
			p.widen(kernels.Add, p.Take(in).Reg, p.acc[0][2*c:2*c+2])
		}
	}
}

// askInfinite gives the row at hand the sum +Inf if its check holds.
func (p *path) askInfinite() {
	careful := p.name("careful")
	p.ask(p.infinite, "infinite", careful)
	p.finishAs(math.Inf(1), "infiniteEnd")
	p.Label(careful)
}

// ask looks at the elements of the row at hand once more: it falls through if the check holds for them, and otherwise goes to
// fail. No register keeps what it held.
func (p *path) ask(check *program.Program, name, fail string) {
	c := stripe{rows: p.rows, array: p.array, mem: p.mem, pad: p.pad, name: p.name, fail: fail, step: check, width: p.Info().Vector / check.Elem.Bytes()}
	c.newBlock()
	c.ShareSlots(p.Block)
	c.start()
	c.StartGuards(check)
	c.Pin(check, p.Info().Regs/4)
	s := sweep{size: Lanes * 8 / check.Elem.Bytes(), width: c.width,
		loop: p.name(name + "Stripe"), tail: p.name(name + "Tail"), done: p.name(name + "All")}
	observe := func(load func(dst, input int)) {
		in := c.withNumbers(schedule.New(check, isa.Loc{}, load))
		c.Emit(in.All())
	}
	c.each(s, func(offset int) { observe(c.whole(offset)) }, func(offset int) { observe(c.part(offset)) })
	c.checkGuards()
	if c.Spills > 0 {
		panic("a check spills")
	}
}

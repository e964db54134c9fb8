package main

import (
	"fmt"

	"github.com/relent-go/relent/kernels"
)

// lanes is how many float64 accumulators a reduction has on every instruction set: element i belongs to lane i mod lanes.
const lanes = 16

// reduction emits one function: for each row and each path a loop over stripes, a tail, and the fold; with the first path
// whose guards hold the row is done.
func reduction(t target, r kernels.Reduction, mem kernels.Type) {
	paths := r.Paths(mem)
	stripes, pins, slots := make([]stripe, len(paths)), make([]int, len(paths)), 0
	for i, p := range paths {
		s := stripe{t: t, mem: mem, pad: r.Pad, path: i, early: p.Early, elem: p.Type}
		s.far, s.small, s.infinite = prepareIf(p.Far), prepareIf(p.Small), prepareIf(p.Infinite)
		s.waitable = paths[:len(paths)-1]
		switch i {
		case len(paths) - 1:
		case len(paths) - 2:
			s.next = s.label("fail")
		default:
			s.next = pathLabel(i + 1)
		}
		s.first, s.step = prepare(p.Program, true), prepare(p.Program, false)
		stripes[i] = s
		pins[i], slots = s.plan(slots)
	}
	t.function(symbol(r.Name, mem, t.info().name), pointersOf(r), mem, ofRows, slots)
	t.loadRowArgs()
	for i, s := range stripes {
		t.label(pathLabel(i))
		s.emit(pins[i])
	}
}

func pathLabel(i int) string { return fmt.Sprintf("path%d", i) }

func symbol(name string, t kernels.Type, isa string) string { return name + t.String() + isa }

// stripe is the unit of the loop: lanes elements, or twice as many of float32. The terms of float32 elements i and
// i+lanes are added in float32 before they are widened.
type stripe struct {
	t     target
	mem   kernels.Type
	pad   []float64
	path  int
	next  string // the label of the next path
	early bool
	elem  kernels.Type
	first *prepared // a step whose sum is 0
	step  *prepared

	waitable []kernels.Path // those but the last, on which rows may wait to be finished

	// See Reduction; nil if there is none.
	far, small, infinite *prepared

	*block
	width   int // elements in a vector
	waiting int // the slot of the row before
	waits   int // labels of finishWaiting
	depth   int // vectors that share an accumulator
	acc     []int

	stripes int // in a run of the pipeline
}

// plan is how many constants can have registers without another value losing its own, and how many slots the frame needs,
// at least atLeast.
func (s stripe) plan(atLeast int) (pins, slots int) {
	s.t = dryRun{s.t}
	for pins = s.t.info().regs; pins > 0; pins-- {
		if spills, slots, ok := s.try(pins); ok && spills == 0 {
			return pins, max(atLeast, slots)
		}
	}
	_, slots, _ = s.try(0)
	return 0, max(atLeast, slots)
}

func (s stripe) try(pins int) (spills, slots int, ok bool) {
	defer func() {
		if e := recover(); e != nil && e != errRegisters {
			panic(e)
		}
	}()
	s.emit(pins)
	return s.spills, len(s.slots), true
}

func (s *stripe) label(name string) string { return fmt.Sprintf("%s%d", name, s.path) }

func (s *stripe) emit(pins int) {
	t := s.t
	s.block = newBlock(t, s.elem)
	s.width = t.info().vector / s.elem.Bytes()
	s.depth = map[kernels.Type]int{kernels.F64: 1, kernels.F32: 2}[s.elem]

	if s.infinite != nil {
		s.askInfinite()
	}
	t.startRow()
	if s.next != "" {
		s.waiting = s.slot()
	}
	if s.far != nil {
		s.lookAhead()
	}
	for i := range lanes * 8 / t.info().vector {
		r := s.reg()
		t.zero(r)
		if t.info().accInFrame {
			s.acc = append(s.acc, s.slot())
			t.spill(s.acc[i], r)
			s.release(r)
		} else {
			s.acc = append(s.acc, r)
		}
	}
	for _, g := range s.step.guards() {
		s.guards[g] = s.reg()
		t.zero(s.guards[g])
	}
	crossing := s.step.crossing()
	pipelined := t.info().pipeline > 0 && !s.step.masks() && len(crossing) > 0 && len(crossing) <= maxCrossing
	if pipelined {
		s.pipeline(crossing, pins)
	} else {
		s.pin(s.step, pins)
	}
	if !pipelined || s.stripes > 1 { // else no whole stripe is left
		s.loop()
	}
	t.label(s.label("tail"))
	t.jumpIfFewer(1, s.label("fold"))
	s.tail()
	t.label(s.label("fold"))
	s.checkGuards()
	acc := s.loadAcc(s.acc)
	t.foldVectors(acc)
	for _, r := range acc[1:] {
		s.release(r)
	}
	if s.next != "" {
		s.finishLater(acc[0])
		return
	}
	t.foldLanes(acc[0], s.reg())
	t.canonical(acc[0])
	s.finish(acc[0], "last")
}

// finish stores the sum of the row at hand and goes on with the next one.
func (s *stripe) finish(acc int, last string) {
	s.t.storeSum(acc, 0)
	s.t.jumpIfLastRow(s.label(last))
	s.t.nextRow()
	s.t.jump(pathLabel(0))
	s.t.label(s.label(last))
	s.t.ret()
}

// finishLater ends a row but for its last additions: they wait for each other, and are made when the next row's vectors are
// done. If the sum is not to be trusted then, the row is taken up again, on the next path; for a while after that rows do
// not wait, since the work on the next one is lost.
func (s *stripe) finishLater(acc int) {
	t := s.t
	none, now, end := s.label("none"), s.label("now"), s.label("end")
	t.jumpByWaiting(none, now)
	s.finishWaiting()
	t.label(none)
	t.jumpIfLastRow(now)
	t.spill(s.waiting, acc)
	t.setWaiting(1 + s.path)
	t.nextRow()
	t.jump(pathLabel(0))

	tmp := s.reg()
	t.label(now)
	t.foldLanes(acc, tmp)
	s.trust(acc, s.path, s.label("doubt"))
	t.storeSum(acc, 0)
	t.jumpIfLastRow(end)
	t.waitSooner()
	t.nextRow()
	t.jump(pathLabel(0))
	t.label(end)
	t.ret()

	if !s.waitable[s.path].Decisive {
		t.label(backLabel(s.path))
		t.rowBefore()
		s.doubt(acc, tmp)
	}
	if s.path == len(s.waitable)-1 { // the next path does not know of waiting
		t.label(s.next)
		t.jumpByWaiting(pathLabel(s.path+1), pathLabel(s.path+1))
		s.finishWaiting()
		t.setWaiting(-afterDoubt)
	}
}

// trust goes to fail unless the folded sum of a path counts.
func (s *stripe) trust(acc, path int, fail string) {
	if p := s.waitable[path]; !p.Decisive {
		s.t.checkSum(acc, p.Floor, fail)
	}
}

// doubt is where a row's sum is not trusted: of the row at hand, in acc at its label, or of one that waited, before that.
func (s *stripe) doubt(acc, tmp int) {
	t := s.t
	if s.small == nil {
		t.label(s.label("doubt"))
	} else {
		t.reload(acc, s.waiting)
		t.foldLanes(acc, tmp)
		t.label(s.label("doubt"))
		t.checkSum(acc, 0, s.label("large"))
		t.spill(s.waiting, acc)
		s.ask(s.small, "small", s.label("large"))
		t.reload(acc, s.waiting)
		t.setWaiting(-afterSmall)
		s.finish(acc, "smallEnd")
		t.label(s.label("large"))
	}
	t.setWaiting(-afterDoubt)
	t.jump(pathLabel(s.path + 1))
}

// afterDoubt is how many rows are finished at once after one that had to be taken up again, afterSmall after one whose sum was only
// small: where one row is the same as another, many are.
const (
	afterDoubt = 8
	afterSmall = 32
)

func backLabel(path int) string { return fmt.Sprintf("back%d", path) }

// finishWaiting finishes the row before the one at hand, which may have come by any path that lets rows wait.
func (s *stripe) finishWaiting() {
	t := s.t
	sum, tmp := s.reg(), s.reg()
	t.reload(sum, s.waiting)
	t.foldLanes(sum, tmp)
	s.waits++
	trusted := fmt.Sprintf("trusted%d_%d", s.path, s.waits)
	last := len(s.waitable) - 1
	for path := range s.waitable {
		other := fmt.Sprintf("other%d_%d_%d", s.path, s.waits, path)
		if path < last {
			t.jumpUnlessWaiting(1+path, other)
		}
		s.trust(sum, path, backLabel(path))
		if path < last {
			t.jump(trusted)
			t.label(other)
		}
	}
	t.label(trusted)
	t.storeSum(sum, -1)
	s.release(sum)
	s.release(tmp)
}

// lookAhead goes to the next path if the first elements show that this one would end there: those of a vector and at least
// eight or, where they are fewer than that, of an incomplete vector.
func (s *stripe) lookAhead() {
	few, near := s.label("few"), s.label("near")
	some := max(s.width, 8)
	s.t.jumpIfFewer(some, few)
	for offset := 0; offset < some; offset += s.width {
		s.look(func(dst, input int) { s.t.load(dst, input, offset, s.elem, s.mem) })
	}
	s.t.jump(near)
	s.t.label(few)
	s.t.jumpIfFewer(1, near)
	s.t.tail(0)
	s.look(func(dst, input int) {
		tmp := s.reg()
		s.t.loadTail(dst, tmp, input, 0, s.elem, s.mem, s.pad[input])
		s.release(tmp)
	})
	s.t.label(near)
}

func (s *stripe) look(load func(dst, input int)) {
	in := s.withNumbers(newInstance(s.far, loc{}, load))
	s.block.emit(in.items(in.order))
	value := s.take(in)
	s.t.checkSign(value.reg, s.elem, s.next)
	s.release(value.reg)
}

// size is the number of elements of a stripe.
func (s *stripe) size() int { return lanes * s.depth }

func (s *stripe) checkGuards() {
	tmp := s.reg()
	for _, g := range s.step.guards() {
		switch g.op {
		case kernels.GuardSign:
			s.t.checkSign(s.guards[g], s.elem, s.next)
		case kernels.GuardRange:
			s.t.checkRange(s.guards[g], tmp, g.bound, s.elem, s.next)
		case kernels.GuardSome:
			s.t.checkSign(s.guards[g], s.elem, s.label("some"))
			s.t.jump(s.next)
			s.t.label(s.label("some"))
		}
	}
	s.release(tmp)
}

// loop runs over the whole stripes, one at a time.
func (s *stripe) loop() {
	s.t.jumpIfFewer(s.size(), s.label("tail"))
	s.t.label(s.label("stripe"))
	ins := s.instances(0)
	for _, g := range s.groups(ins) {
		s.block.emit(interleave(g.all()...))
	}
	s.collect(ins)
	s.repeat(1, s.label("stripe"))
}

// repeat goes on with the next stripes if there are as many.
func (s *stripe) repeat(stripes int, label string) {
	s.t.advance(stripes * s.size())
	if s.early {
		s.checkGuards()
	}
	s.t.jumpIfAtLeast(stripes*s.size(), label)
}

// instances are the vectors of the stripe that starts at an offset: those that begin a chain, and then those that go on.
func (s *stripe) instances(offset int) []*instance {
	var ins []*instance
	chains := lanes / s.width
	for d := range s.depth {
		for c := range chains {
			at := offset + c*s.width + d*lanes
			in := s.instance(c, d, func(dst, input int) { s.t.load(dst, input, at, s.elem, s.mem) })
			if d > 0 {
				in.from = ins[len(ins)-chains]
			}
			ins = append(ins, in)
		}
	}
	return ins
}

// instance is the step for vector d of chain c.
func (s *stripe) instance(c, d int, load func(dst, input int)) *instance {
	switch {
	case s.depth == 1 && s.t.info().accInFrame:
		in := s.withNumbers(newInstance(s.step, loc{kind: inKept, reg: s.acc[c]}, load))
		in.slots = map[int]int{in.result: s.acc[c]}
		return in
	case s.depth == 1:
		return s.withNumbers(newInstance(s.step, loc{kind: inReg, reg: s.acc[c]}, load))
	case d == 0:
		return newInstance(s.first, loc{}, load)
	}
	return newInstance(s.step, loc{}, load)
}

// withNumbers tells an instance where the model's numbers are.
func (s *stripe) withNumbers(in *instance) *instance {
	in.element = func(number int) loc { return s.t.number(number) }
	return in
}

// A group is worked on in turns.
type group []*instance

func (s *stripe) groups(ins []*instance) []group {
	size := s.t.info().interleave
	if s.step.masks() || len(s.step.crossing()) > 4 {
		size = 1 // registers are few
	}
	var groups []group
	for ; len(ins) > size; ins = ins[size:] {
		groups = append(groups, ins[:size])
	}
	return append(groups, ins)
}

func (g group) all() [][]item {
	var lists [][]item
	for _, in := range g {
		lists = append(lists, in.items(in.order))
	}
	return lists
}

func (g group) stage(second int) [][]item {
	var lists [][]item
	for _, in := range g {
		first, late := in.stages()
		lists = append(lists, in.items([][]int{first, late}[second]))
	}
	return lists
}

// collect brings the sums of the chains of one stripe after another into their accumulators.
func (s *stripe) collect(ins []*instance) {
	if s.depth == 1 {
		return // they are there
	}
	chains := lanes / s.width
	for i, in := range ins {
		if i/chains%s.depth == s.depth-1 {
			s.widen(i%chains, s.take(in))
		}
	}
}

func (s *stripe) widen(c int, sum loc) {
	tmp := s.reg()
	places := s.acc[2*c : 2*c+2]
	acc := s.loadAcc(places)
	s.t.widenAdd(sum.reg, tmp, acc)
	if s.t.info().accInFrame {
		for i, r := range acc {
			s.t.spill(places[i], r)
			s.release(r)
		}
	}
	s.release(tmp)
	s.release(sum.reg)
}

// loadAcc brings accumulators into registers, if they are not there.
func (s *stripe) loadAcc(places []int) []int {
	if !s.t.info().accInFrame {
		return places
	}
	var regs []int
	for _, slot := range places {
		regs = append(regs, s.reg())
		s.t.reload(regs[len(regs)-1], slot)
	}
	return regs
}

// tail is the last, incomplete stripe. Vectors that lie wholly past the end are left out: their terms would be 0.
func (s *stripe) tail() {
	for c := range lanes / s.width {
		if c > 0 {
			s.t.jumpIfAtMost(c*s.width, s.label("fold"))
		}
		widen := fmt.Sprintf("widen%d_%d", s.path, c)
		var last *instance
		for d := range s.depth {
			offset := c*s.width + d*lanes
			if d > 0 {
				s.t.jumpIfAtMost(offset, widen)
			}
			s.t.tail(offset)
			in := s.instance(c, d, func(dst, input int) {
				tmp := s.reg()
				s.t.loadTail(dst, tmp, input, offset, s.elem, s.mem, s.pad[input])
				s.release(tmp)
			})
			if last != nil {
				in.locs[in.sum] = s.take(last) // at once: it must be there also if this vector is left out
			}
			s.block.emit(in.items(in.order))
			last = in
		}
		if s.depth > 1 {
			s.t.label(widen)
			s.widen(c, s.take(last))
		}
	}
}

// elementwise emits the function of a Map. float32 is widened and computed in float64.
func elementwise(t target, m kernels.Map, mem kernels.Type) {
	e := element{m: m, mem: mem, p: prepare(m.Record(kernels.F64), false), block: newBlock(dryRun{t}, kernels.F64)}
	e.emit()
	slots := len(e.slots)
	t.function(symbol(m.Name, mem, t.info().name), append([]string{"dst"}, m.Args...), mem, ofArrays, slots)
	e.block = newBlock(t, kernels.F64)
	e.emit()
}

type element struct {
	m   kernels.Map
	mem kernels.Type
	p   *prepared
	*block
}

func (e *element) emit() {
	t := e.t
	width := t.info().vector / 8
	t.loadArgs()
	e.pin(e.p, t.info().regs/4)
	t.jumpIfFewer(width, "tail")
	t.label("loop")
	out := e.step(func(dst, input int) { t.load(dst, input+1, 0, kernels.F64, e.mem) })
	t.store(out, 0, kernels.F64, e.mem)
	e.release(out)
	t.advance(width)
	t.jumpIfAtLeast(width, "loop")
	t.label("tail")
	t.jumpIfFewer(1, "done")
	t.tail(0)
	out = e.step(func(dst, input int) {
		tmp := e.reg()
		t.loadTail(dst, tmp, input+1, 0, kernels.F64, e.mem, e.m.Pad[input])
		e.release(tmp)
	})
	t.storeTail(out, e.reg(), 0, kernels.F64, e.mem)
	t.label("done")
	t.ret()
}

// step computes one vector and returns its register.
func (e *element) step(load func(dst, input int)) int {
	in := newInstance(e.p, loc{}, load)
	e.block.emit(in.items(in.order))
	return e.take(in).reg
}

package main

import (
	"fmt"

	"github.com/relent-go/relent/kernels"
)

// joint emits one function: a loop over stripes that keeps every accumulator in the frame, a tail, and the folds. Where a guard
// fails the results are left as they are.
func joint(t target, j kernels.Joint, mem kernels.Type) {
	e := newJoined(t, j, mem)
	pins, slots := e.plan()
	t.function(symbol(j.Name, mem, t.info().name), j.Args, mem, ofSums, slots)
	e.emit(pins)
}

// joined is a stripe with several sums.
type joined struct {
	stripe
	sums  [][]int // slots of the accumulators of each sum
	pairs []int   // slots of the sums of two vectors of float32, for each chain
}

func newJoined(t target, j kernels.Joint, mem kernels.Type) *joined {
	p := j.Record(mem)
	return &joined{stripe: stripe{
		t: t, mem: mem, pad: j.Pad, next: "fail", elem: p.Type,
		first: prepare(p, true), step: prepare(p, false),
		width: t.info().vector / p.Type.Bytes(),
		depth: map[kernels.Type]int{kernels.F64: 1, kernels.F32: 2}[p.Type],
	}}
}

// plan is how many constants can have registers without a value more losing its own, and how many slots the frame needs.
func (e joined) plan() (pins, slots int) {
	e.t = dryRun{e.t}
	e.emit(0)
	least, slots := e.spills, len(e.slots)
	for pins := e.t.info().regs; pins > 0; pins-- {
		if spills, slots, ok := e.tryPins(pins); ok && spills <= least {
			return pins, slots
		}
	}
	return 0, slots
}

func (e joined) tryPins(pins int) (spills, slots int, ok bool) {
	defer func() {
		if err := recover(); err != nil && err != errRegisters {
			panic(err)
		}
	}()
	e.emit(pins)
	return e.spills, len(e.slots), true
}

func (e *joined) emit(pins int) {
	t := e.t
	e.block = newBlock(t, e.elem)
	t.loadSumsArgs()
	e.clear()
	for _, g := range e.step.guards() {
		e.guards[g] = e.reg()
		t.zero(e.guards[g])
	}
	e.pin(e.step, pins)
	t.jumpIfFewer(e.size(), "tail")
	t.label("stripe")
	e.whole()
	e.checkGuards() // the sooner, the less of a chunk is done twice
	t.advance(e.size())
	t.jumpIfAtLeast(e.size(), "stripe")
	t.label("tail")
	t.jumpIfFewer(1, "fold")
	e.tail()
	t.label("fold")
	e.checkGuards()
	for i, places := range e.sums {
		acc := e.load(places)
		t.foldVectors(acc)
		t.foldLanes(acc[0], acc[1])
		t.storeSum(acc[0], i)
		for _, r := range acc {
			e.release(r)
		}
	}
	t.label(e.next)
	t.ret()
}

// clear sets out with sums of 0.
func (e *joined) clear() {
	zero := e.reg()
	e.t.zero(zero)
	e.sums = make([][]int, len(e.step.results))
	for i := range e.sums {
		for range lanes * 8 / e.t.info().vector {
			slot := e.slot()
			e.t.spill(slot, zero)
			e.sums[i] = append(e.sums[i], slot)
		}
	}
	e.pairs = nil
	for range len(e.sums) * (e.depth - 1) * lanes / e.width {
		e.pairs = append(e.pairs, e.slot())
	}
	e.release(zero)
}

// load brings accumulators into registers.
func (e *joined) load(places []int) []int {
	var regs []int
	for _, slot := range places {
		regs = append(regs, e.reg())
		e.t.reload(regs[len(regs)-1], slot)
	}
	return regs
}

// whole is a whole stripe.
func (e *joined) whole() {
	load := func(dst, input, offset int) { e.t.load(dst, input, offset, e.elem, e.mem) }
	var vectors []*instance
	for d := range e.depth {
		for c := range lanes / e.width {
			vectors = append(vectors, e.vector(c, d, load))
		}
	}
	e.staggered(vectors)
	for c := range lanes / e.width {
		e.widenAll(c)
	}
}

// vector is the step for vector c, lanes·d elements on.
func (e *joined) vector(c, d int, load func(dst, input, offset int)) *instance {
	p := e.step
	if e.depth > 1 && d == 0 {
		p = e.first
	}
	in := newInstance(p, loc{}, func(dst, input int) { load(dst, input, c*e.width+d*lanes) })
	in.sum, in.slots = -1, map[int]int{}
	place := func(sum int) int {
		if e.depth > 1 {
			return e.pairs[c*len(e.sums)+sum]
		}
		return e.sums[sum][c]
	}
	for id, n := range p.nodes {
		if n.op == kernels.Sum && n.arg < len(e.sums) {
			in.locs[id] = loc{kind: inKept, reg: place(n.arg)}
		}
	}
	for i, id := range p.results {
		in.slots[id] = place(i)
	}
	return in
}

// widenAll adds the sums of float32 to the accumulators.
func (e *joined) widenAll(c int) {
	for i, sum := range e.sums {
		if e.depth == 1 {
			return // they are there
		}
		places := sum[2*c : 2*c+2]
		regs := e.load(append([]int{e.pairs[c*len(e.sums)+i]}, places...))
		tmp := e.reg()
		e.t.widenAdd(regs[0], tmp, regs[1:])
		for k, place := range places {
			e.t.spill(place, regs[1+k])
		}
		for _, r := range append(regs, tmp) {
			e.release(r)
		}
	}
}

// tail is the last, incomplete stripe. Vectors that lie wholly past the end are left out.
func (e *joined) tail() {
	load := func(dst, input, offset int) {
		tmp := e.reg()
		e.t.loadTail(dst, tmp, input, offset, e.elem, e.mem, e.pad[input])
		e.release(tmp)
	}
	for c := range lanes / e.width {
		if c > 0 {
			e.t.jumpIfAtMost(c*e.width, "fold")
		}
		widen := fmt.Sprintf("widen%d", c)
		for d := range e.depth {
			offset := c*e.width + d*lanes
			if d > 0 {
				e.t.jumpIfAtMost(offset, widen)
			}
			e.t.tail(offset)
			e.staggered([]*instance{e.vector(c, d, load)})
		}
		e.t.label(widen)
		e.widenAll(c)
	}
}

// staggered runs over vectors: what follows the divisions of one goes along with the operations up to those of the next.
func (e *joined) staggered(vectors []*instance) {
	var late []item
	for _, in := range vectors {
		first, second := in.stages()
		e.block.emit(interleave(late, in.items(first)))
		late = in.items(second)
	}
	e.block.emit(late)
}

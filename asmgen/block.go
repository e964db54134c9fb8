package main

import (
	"errors"
	"slices"

	"github.com/relent-go/relent/kernels"
)

// block assigns registers while it emits straight-line code.
type block struct {
	t      target
	elem   kernels.Type
	free   []bool        // vector registers
	masks  []bool        // mask registers
	consts map[loc]int   // constants and numbers that have a register
	guards map[guard]int // their accumulators

	// What spilling needs to know: the operations to come, whose value a register holds, and the registers that the
	// operation at hand uses.
	ahead  []item
	owner  map[int]value
	locked map[int]bool
	slots  []bool
	spills int

	pending []int // registers with a guard to collect

	// Constants and numbers of the model that are in a register for their next uses, close by.
	cached map[loc]int

	// Registers that hold nothing but one value that crosses from an iteration to the next, and whether they are empty.
	vacant map[int]bool
}

// A value is what an operation of a part results in.
type value struct {
	in *instance
	id int
}

func newBlock(t target, elem kernels.Type) *block {
	b := &block{t: t, elem: elem, consts: map[loc]int{}, owner: map[int]value{}, guards: map[guard]int{},
		vacant: map[int]bool{}, cached: map[loc]int{}}
	b.free = make([]bool, t.info().regs)
	for i := range b.free {
		b.free[i] = true
	}
	b.masks = make([]bool, 8)
	for i := 2; i < 8; i++ {
		b.masks[i] = true
	}
	return b
}

var errRegisters = errors.New("out of vector registers")

func take(pool []bool) int {
	for i, free := range pool {
		if free {
			pool[i] = false
			return i
		}
	}
	return -1
}

func (b *block) reg() int {
	r := take(b.free)
	if r < 0 {
		r = b.spill()
	}
	return r
}

// highReg is the last register that is free.
func (b *block) highReg() int {
	for r := len(b.free) - 1; r >= 0; r-- {
		if b.free[r] {
			b.free[r] = false
			return r
		}
	}
	return b.reg()
}

// regFor prefers the register that the node should be in.
func (b *block) regFor(in *instance, id int) int {
	if l, ok := in.want[id]; ok && l.kind == inReg && b.vacant[l.reg] {
		b.vacant[l.reg] = false
		return l.reg
	}
	return b.reg()
}

func (b *block) release(r int) {
	delete(b.owner, r)
	if _, kept := b.vacant[r]; kept {
		b.vacant[r] = true
		return
	}
	b.free[r] = true
}

// spill frees the register whose value is needed last: an input is loaded again, another value goes to the frame.
func (b *block) spill() int {
	victim, constant := len(b.free), loc{}
	for c, r := range b.cached { // the lowest, for the output to be the same every time
		if !b.locked[r] && r < victim {
			victim, constant = r, c
		}
	}
	if victim < len(b.free) {
		delete(b.cached, constant)
		return victim
	}
	victim = -1
	furthest := -1
	for r, v := range b.owner {
		if d := b.nextUse(v); !b.locked[r] && (d > furthest || d == furthest && r < victim) {
			victim, furthest = r, d
		}
	}
	if victim < 0 {
		panic(errRegisters)
	}
	v := b.owner[victim]
	delete(b.owner, victim)
	if v.in.nodes[v.id].op == kernels.Input && v.in.load != nil {
		v.in.locs[v.id] = loc{}
		return victim
	}
	slot := b.slot()
	b.t.spill(slot, victim)
	b.spills++
	v.in.locs[v.id] = loc{kind: inSlot, reg: slot}
	return victim
}

func (b *block) slot() int {
	slot := take(b.slots)
	if slot < 0 {
		slot = len(b.slots)
		b.slots = append(b.slots, false)
	}
	return slot
}

func (b *block) nextUse(v value) int {
	for i, it := range b.ahead {
		if it.in == v.in && slices.Contains(it.in.nodes[it.id].args, v.id) {
			return i
		}
	}
	return len(b.ahead)
}

// own notes which value a register holds.
func (b *block) own(l loc, in *instance, id int) {
	in.locs[id] = l
	if _, kept := b.vacant[l.reg]; l.kind == inReg && in.sum != id && !kept {
		b.owner[l.reg] = value{in, id}
	}
}

// fetch brings a value into a register.
func (b *block) fetch(in *instance, id int) loc {
	l := in.locs[id]
	switch l.kind {
	case none:
		if in.nodes[id].op == kernels.Sum {
			l = b.take(in.from)
			in.locs[id] = l
			break
		}
		if in.nodes[id].op != kernels.Input {
			panic("a value is used before it is there")
		}
		l = loc{kind: inReg, reg: b.reg()}
		in.load(l.reg, in.nodes[id].arg)
		b.own(l, in, id)
	case inSlot, inKept:
		slot, free := l.reg, l.kind == inSlot
		l = loc{kind: inReg, reg: b.reg()}
		b.t.reload(l.reg, slot)
		b.slots[slot] = free
		b.own(l, in, id)
	}
	if l.kind == inReg && b.locked != nil {
		b.locked[l.reg] = true
	}
	return l
}

// pin gives the n most used constants of p, and numbers of the model, registers of their own.
func (b *block) pin(p *prepared, n int) {
	saves := b.savings(p)
	for ; n > 0; n-- {
		best, most := -1, 0
		for id, c := range p.nodes {
			if _, has := b.consts[b.home(c)]; (c.op == kernels.Const || c.op == kernels.Element) && !has && saves[id] > most {
				best, most = id, saves[id]
			}
		}
		if best < 0 {
			return
		}
		c := b.home(p.nodes[best])
		b.consts[c] = b.reg()
		b.t.loadConst(b.consts[c], c, p.elem)
	}
}

// home is where a constant, or a number of a reduction's model, lies in memory.
func (b *block) home(n node) loc {
	if n.op == kernels.Element {
		return b.t.number(n.arg)
	}
	return constantLoc(n.bits)
}

// unpin takes the registers back.
func (b *block) unpin() {
	for c, r := range b.consts {
		delete(b.consts, c)
		b.release(r)
	}
}

// savings counts for each constant the operations that can read it in a register of its own. One that must be overwritten
// costs a copy, which is no better than loading it.
func (b *block) savings(p *prepared) []int {
	saves := make([]int, len(p.nodes))
	for _, id := range p.order {
		n := p.nodes[id]
		for i, a := range n.args {
			if !b.overwrites(n.op, i) {
				saves[a]++
			}
		}
	}
	return saves
}

// take hands over the register of an instance's result.
func (b *block) take(in *instance) loc {
	l := b.fetch(in, in.result)
	delete(b.owner, l.reg)
	return l
}

func (b *block) emit(items []item) {
	items = inOrder(items)
	for i, it := range items {
		b.ahead, b.locked = items[i+1:], map[int]bool{}
		if it.do != nil {
			it.do()
			continue
		}
		b.emitNode(it.in, it.id)
		if slot, put := it.in.slots[it.id]; put {
			b.put(it.in, it.id, slot)
		}
		b.dropConsts()
	}
	b.flushGuards()
	b.ahead, b.locked = nil, nil
}

// put stores a result in the frame.
func (b *block) put(in *instance, id, slot int) {
	l := in.locs[id]
	b.t.spill(slot, l.reg)
	if in.left[id]--; in.left[id] == 0 {
		b.release(l.reg)
	}
}

func (b *block) emitNode(in *instance, id int) {
	n := in.nodes[id]
	switch {
	case n.op == kernels.Input:
		b.fetch(in, id)
		return
	case n.op.IsGuard():
		b.emitGuard(in, n)
		return
	}
	if n.op == kernels.Add || n.op == kernels.Mul || n.op == kernels.Max || n.op == kernels.Min ||
		n.op == kernels.IntAdd || n.op == kernels.IntAnd {
		if in.nodes[n.args[0]].op == kernels.Const {
			n.args = []int{n.args[1], n.args[0]} // commutative: a constant comes last
		}
	}
	args, dying := b.operands(in, n)
	var dst loc
	carries := -1
	for i, a := range n.args {
		if a == in.sum && dying[i] {
			carries = i
		}
	}
	tied := b.t.tied(n.op)
	if tied == nil && slices.ContainsFunc(args, func(l loc) bool { return l.kind == inLane }) {
		tied = []int{0} // as the fused multiplication that a subtraction then is
	}
	switch {
	case isMask(n.op) && b.t.info().maskRegs:
		b.releaseAll(args, dying)
		dst = loc{kind: inMask, reg: take(b.masks)}
		if dst.reg < 0 {
			panic("out of mask registers")
		}
	case carries >= 0:
		dst, dying[carries] = args[carries], false
		in.sum = id
		if tied != nil && !slices.Contains(tied, carries) {
			panic("the sum cannot be a tied operand")
		}
		b.releaseAll(args, dying)
	case tied != nil:
		dst = b.tie(args, dying, tied)
		b.releaseAll(args, dying)
	default:
		b.releaseAll(args, dying)
		dst = loc{kind: inReg, reg: b.regFor(in, id)}
	}
	b.t.op(n.op, dst, args, in.elem)
	b.own(dst, in, id)
}

// operands finds the arguments, brings constants that the operation cannot take from memory into registers, and tells which
// registers hold nothing any more afterwards.
func (b *block) operands(in *instance, n node) (args []loc, dying []bool) {
	memory := false
	args, dying = make([]loc, len(n.args)), make([]bool, len(n.args))
	for i := len(n.args) - 1; i >= 0; i-- {
		a := n.args[i]
		in.left[a]--
		if c, constant := in.constant(a); constant {
			if c.kind == inElement && b.t.info().lanes && b.t.memArg(n.op, i, inLane) {
				args[i] = b.lane(c)
				continue
			}
			if r, has := b.constReg(c, in.elem, b.overwrites(n.op, i)); has {
				args[i] = loc{kind: inReg, reg: r}
				b.locked[r] = true
				continue
			}
			switch {
			case b.t.memArg(n.op, i, c.kind) && !memory:
				args[i] = c
				memory = true
			default:
				args[i] = loc{kind: inReg, reg: b.reg()}
				b.locked[args[i].reg] = true
				b.t.loadConst(args[i].reg, c, in.elem)
				dying[i] = true
			}
			continue
		}
		args[i] = b.fetch(in, a)
		dying[i] = in.left[a] == 0
		for j := i + 1; j < len(args); j++ {
			if n.args[j] == a {
				dying[j] = false // counted once
			}
		}
	}
	return args, dying
}

// emitGuard collects a guard; one of a sign may wait for another one to go with.
func (b *block) emitGuard(in *instance, n node) {
	args, dying := b.operands(in, n)
	acc, r := b.guards[n.guard()], args[0].reg
	switch n.op {
	case kernels.GuardRange:
		b.t.guardRange(acc, r, in.elem)
	case kernels.GuardSome:
		b.t.guardSign(acc, []int{r})
	default:
		if b.pending == nil && b.t.info().guardPairs && dying[0] {
			delete(b.owner, r) // not to be spilled
			b.pending = []int{r}
			return
		}
		b.t.guardSign(acc, append(b.pending, r))
		b.dropPending()
	}
	b.releaseAll(args, dying)
}

func (b *block) dropPending() {
	for _, r := range b.pending {
		b.release(r)
	}
	b.pending = nil
}

// flushGuards collects a guard that waits.
func (b *block) flushGuards() {
	if b.pending != nil {
		b.t.guardSign(b.guards[guard{op: kernels.GuardSign}], b.pending)
		b.dropPending()
	}
}

// overwrites tells whether the operation's result always takes the place of this operand.
func (b *block) overwrites(op kernels.Op, arg int) bool {
	tied := b.t.tied(op)
	return len(tied) == 1 && tied[0] == arg
}

// constReg is the register of a constant, if it has one or should get one. One that is overwritten is better loaded anew.
func (b *block) constReg(c loc, t kernels.Type, overwritten bool) (int, bool) {
	if r, pinned := b.consts[c]; pinned {
		return r, true
	}
	if r, cached := b.cached[c]; cached {
		return r, true
	}
	if overwritten || !b.usedSoon(c) || c.kind == inElement && b.t.memArg(kernels.Mul, 1, inElement) {
		return 0, false
	}
	r := take(b.free)
	if r < 0 {
		return 0, false
	}
	b.t.loadConst(r, c, t)
	b.cached[c] = r
	return r, true
}

// lane is a number of the model as a lane of the vector that holds it, which is loaded unless it is there.
func (b *block) lane(c loc) loc {
	v := c.vector()
	r, cached := b.cached[v]
	if !cached {
		r = b.reg()
		b.t.loadConst(r, v, b.elem)
		b.cached[v] = r
	}
	b.locked[r] = true
	return loc{kind: inLane, reg: r, lane: c.lane}
}

// vector is all of the vector that holds a number.
func (l loc) vector() loc { return loc{kind: inLane, at: l.at} }

// soon is how many operations a constant may stay in a register unused.
const soon = 4

func (b *block) usedSoon(c loc) bool {
	for _, it := range b.ahead[:min(soon, len(b.ahead))] {
		if it.in == nil {
			continue
		}
		for _, a := range it.in.nodes[it.id].args {
			if other, constant := it.in.constant(a); constant && (other == c || other.vector() == c) {
				return true
			}
		}
	}
	return false
}

func (b *block) dropConsts() {
	for c, r := range b.cached {
		if !b.usedSoon(c) {
			delete(b.cached, c)
			b.release(r)
		}
	}
}

func (b *block) releaseAll(args []loc, dying []bool) {
	for i, a := range args {
		if !dying[i] {
			continue
		}
		if a.kind == inMask {
			b.masks[a.reg] = true
		} else {
			b.release(a.reg)
		}
	}
}

// tie picks the register that is operand and destination in one: a dying operand's, or a copy's.
func (b *block) tie(args []loc, dying []bool, tied []int) loc {
	for _, i := range tied {
		if dying[i] {
			dying[i] = false
			delete(b.owner, args[i].reg)
			return args[i]
		}
	}
	i := tied[0]
	for _, j := range tied {
		if args[j].kind == inReg {
			i = j
			break
		}
	}
	dst := loc{kind: inReg, reg: b.reg()}
	b.t.move(dst.reg, args[i])
	args[i] = dst
	return dst
}

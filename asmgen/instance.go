package main

import (
	"slices"

	"github.com/relent-go/relent/kernels"
)

// A loc is where a value is: a vector register, a mask register, or, for a constant without a register, memory.
type loc struct {
	kind locKind
	reg  int
	bits uint64 // inConst
	at   place  // inElement, inLane, inAllLanes: where it is, or, if it may become a lane, the vector around it
	lane int    // of that vector
}

type locKind uint8

const (
	none locKind = iota
	inReg
	inMask
	inConst
	inElement  // a number of the model in memory
	inLane     // a number in one lane of a vector register, as a broadcast operand
	inAllLanes // a number of the model in memory, as often as a vector has lanes
	inSlot     // spilled to the frame, until it is fetched
	inKept     // in the frame, across an iteration
)

// instance is one part of a stripe on its way through a program.
type instance struct {
	*prepared
	load     func(dst, input int) // loads the part of an input; nil where inputs are in registers
	element  func(number int) loc // where the model's numbers are
	locs     []loc
	left     []int       // uses still to come
	sum      int         // the node that holds the sum in the accumulator's register
	from     *instance   // whose result the sum is, if it is not in an accumulator
	complete bool        // its result is there
	slots    map[int]int // where in the frame results go, if they do not stay
	want     map[int]loc // where values that cross to the second stage should be
}

func newInstance(p *prepared, sum loc, load func(dst, input int)) *instance {
	in := &instance{prepared: p, load: load, locs: make([]loc, len(p.nodes)), left: make([]int, len(p.nodes)), sum: -1}
	for id, n := range p.nodes {
		in.left[id] = n.uses
		if n.op == kernels.Sum {
			in.locs[id], in.sum = sum, id
		}
	}
	return in
}

func constantLoc(bits uint64) loc { return loc{kind: inConst, bits: bits} }

// constant is where a node's value lies in memory, if it is a constant or a number of the model.
func (in *instance) constant(id int) (loc, bool) {
	switch n := in.nodes[id]; n.op {
	case kernels.Const:
		return constantLoc(n.bits), true
	case kernels.Element:
		return in.element(n.arg), true
	case kernels.Input:
		return in.locs[id], in.locs[id].kind == inElement
	}
	return loc{}, false
}

// hold says where an input is; it stays there.
func (in *instance) hold(input int, l loc) {
	in.give(input, l)
	in.left[in.input(input)] = forever
}

const forever = 1 << 30

// give says where an input is, until its last use.
func (in *instance) give(input int, l loc) { in.locs[in.input(input)] = l }

// input is the node of an input.
func (in *instance) input(arg int) int {
	return slices.IndexFunc(in.nodes, func(n node) bool { return n.op == kernels.Input && n.arg == arg })
}

// An item is one operation of one part, or something else to do.
type item struct {
	in *instance
	id int
	do func()
}

func (in *instance) items(ids []int) []item {
	items := make([]item, len(ids))
	for i, id := range ids {
		items[i] = item{in: in, id: id}
	}
	return items
}

// interleave takes turns between sequences, in proportion to their lengths, so that their dependence chains overlap.
func interleave(sequences ...[]item) []item {
	var items []item
	longest := 0
	for _, s := range sequences {
		longest = max(longest, len(s))
	}
	done := make([]int, len(sequences))
	for i := 1; i <= longest; i++ {
		for j, s := range sequences {
			for ; done[j]*longest < i*len(s); done[j]++ {
				items = append(items, s[done[j]])
			}
		}
	}
	return items
}

// inOrder holds an instance back from where it needs the sum of another one until that is there.
func inOrder(items []item) []item {
	var ordered []item
	waiting := map[*instance][]item{}
	var add func(it item)
	add = func(it item) {
		in := it.in
		if in == nil {
			ordered = append(ordered, it)
			return
		}
		if held := waiting[in]; len(held) > 0 || in.awaitsSum(it.id) {
			waiting[in] = append(held, it)
			return
		}
		ordered = append(ordered, it)
		if it.id != in.result {
			return
		}
		in.complete = true
		for _, other := range items {
			if o := other.in; o != nil && o.from == in && len(waiting[o]) > 0 {
				held := waiting[o]
				waiting[o] = nil
				for _, h := range held {
					add(h)
				}
			}
		}
	}
	for _, it := range items {
		add(it)
	}
	return ordered
}

func (in *instance) awaitsSum(id int) bool {
	if in.from == nil || in.from.complete {
		return false
	}
	return anyOf(in.nodes[id].args, func(a int) bool { return in.nodes[a].op == kernels.Sum })
}

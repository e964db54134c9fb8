package schedule

import (
	"slices"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/kernels"
)

// An Instance is one part of a stripe on its way through a program.
type Instance struct {
	*program.Program
	Load     func(dst, input int)     // loads the part of an input; nil where inputs are in registers
	Element  func(number int) isa.Loc // where the model's numbers are
	From     *Instance                // whose result the sum is, if it is not in an accumulator
	Then     map[int]func(reg int)    // what is done with a result once it is there
	Want     map[int]isa.Loc          // where values that cross to the second stage should be
	locs     []isa.Loc
	left     []int // uses still to come
	sums     []int // the nodes that hold a sum in an accumulator's register
	complete bool  // its result is there
}

// New is an instance whose sum is somewhere.
func New(p *program.Program, sum isa.Loc, load func(dst, input int)) *Instance {
	in := &Instance{Program: p, Load: load, locs: make([]isa.Loc, len(p.Nodes)), left: make([]int, len(p.Nodes))}
	for id, n := range p.Nodes {
		in.left[id] = n.Uses
		if n.Op == kernels.Sum {
			in.locs[id], in.sums = sum, append(in.sums, id)
		}
	}
	return in
}

// SumsAt says where each sum is.
func (in *Instance) SumsAt(at func(sum int) isa.Loc) {
	in.sums = nil
	for id, n := range in.Nodes {
		if n.Op != kernels.Sum || n.Uses == 0 {
			continue
		}
		if in.locs[id] = at(n.Arg); in.locs[id].Kind == isa.InReg {
			in.sums = append(in.sums, id)
		}
	}
}

// Elsewhere lets the result be in another register than the sum.
func (in *Instance) Elsewhere() { in.sums = nil }

// KeepSum keeps the sum in its register.
func (in *Instance) KeepSum() { in.left[in.sums[0]] = forever }

// SumFrom takes the sum over at once.
func (in *Instance) SumFrom(l isa.Loc) { in.locs[in.sums[0]] = l }

// Bring moves a sum to its accumulator's register, if it is not there.
func (b *Block) Bring(in *Instance, id, acc int) {
	if l := b.fetch(in, id); l.Reg != acc {
		b.m.Copy(acc, l)
		b.Release(l.Reg)
	}
}

// constant is where a node's value lies in memory, if it is a constant or a number of the model.
func (in *Instance) constant(id int) (isa.Loc, bool) {
	switch n := in.Nodes[id]; n.Op {
	case kernels.Const:
		return isa.Constant(n.Bits), true
	case kernels.Element:
		return in.Element(n.Arg), true
	case kernels.Input:
		return in.locs[id], in.locs[id].Kind == isa.InElement
	}
	return isa.Loc{}, false
}

// Hold says where an input is; it stays there.
func (in *Instance) Hold(input int, l isa.Loc) {
	in.Give(input, l)
	in.left[in.Input(input)] = forever
}

const forever = 1 << 30

// Give says where an input is, until its last use.
func (in *Instance) Give(input int, l isa.Loc) { in.locs[in.Input(input)] = l }

// Input is the node of an input.
func (in *Instance) Input(arg int) int {
	return slices.IndexFunc(in.Nodes, func(n program.Node) bool { return n.Op == kernels.Input && n.Arg == arg })
}

// All are the operations of the instance.
func (in *Instance) All() []Item { return in.Items(in.Order) }

// An Item is one operation of one part, or something else to do.
type Item struct {
	in *Instance
	id int
	do func()
}

// Step is something else to do.
func Step(do func()) Item { return Item{do: do} }

// Steps are items of other things to do.
func Steps(steps []func()) []Item {
	items := make([]Item, len(steps))
	for i, f := range steps {
		items[i].do = f
	}
	return items
}

// Loaded is how many items come up to the last one that reads an input.
func Loaded(items []Item) (n int) {
	for i, it := range items {
		reads := func(a int) bool { return it.in.Nodes[a].Op == kernels.Input }
		if slices.ContainsFunc(it.in.Nodes[it.id].Args, reads) {
			n = i + 1
		}
	}
	return n
}

// Apply does a step to the value in register x.
func (b *Block) Apply(step *program.Program, x int, with ...isa.Loc) {
	in := New(step, isa.Register(x), nil)
	for i, l := range with {
		in.Hold(i, l)
	}
	b.Emit(in.All())
}

// Items are operations of the instance.
func (in *Instance) Items(ids []int) []Item {
	items := make([]Item, len(ids))
	for i, id := range ids {
		items[i] = Item{in: in, id: id}
	}
	return items
}

// Interleave takes turns between sequences, in proportion to their lengths, so that their dependence chains overlap.
func Interleave(sequences ...[]Item) []Item {
	var items []Item
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

// SumsInOrder tells whether each sum of an instance, one of the results listed, comes before another instance's use of it.
func SumsInOrder(items []Item, sums []int, before, after *Instance) bool {
	there := map[int]bool{}
	for _, it := range items {
		switch it.in {
		case before:
			there[it.id] = true
		case after:
			for _, a := range it.in.Nodes[it.id].Args {
				if n := it.in.Nodes[a]; n.Op == kernels.Sum && !there[sums[n.Arg]] {
					return false
				}
			}
		}
	}
	return true
}

// inOrder holds an Instance back from where it needs the sum of another one until that is there.
func inOrder(items []Item) (ordered []Item) {
	waiting, followers := map[*Instance][]Item{}, map[*Instance]*Instance{}
	for _, it := range items {
		if it.in != nil && it.in.From != nil {
			followers[it.in.From] = it.in
		}
	}
	var add func(it Item)
	add = func(it Item) {
		in := it.in
		if in != nil && (len(waiting[in]) > 0 || in.awaitsSum(it.id)) {
			waiting[in] = append(waiting[in], it)
			return
		}
		ordered = append(ordered, it)
		if in != nil && it.id == in.Result {
			in.complete = true
			held := waiting[followers[in]]
			delete(waiting, followers[in])
			for _, h := range held {
				add(h)
			}
		}
	}
	for _, it := range items {
		add(it)
	}
	return ordered
}

func (in *Instance) awaitsSum(id int) bool {
	if in.From == nil || in.From.complete {
		return false
	}
	return slices.ContainsFunc(in.Nodes[id].Args, func(a int) bool { return in.Nodes[a].Op == kernels.Sum })
}

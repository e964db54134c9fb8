// Package program prepares a text for a register file: what neither a result nor a guard needs is gone, and so are casts. It finds the
// stages of the work, and its guards.
package program

import (
	"math"
	"slices"

	"github.com/relent-go/relent/kernels"
)

// A Node is an operation ready for a vector register file: bit casts are gone (the classes share registers), and so is
// what neither the result nor a guard needs.
type Node struct {
	Op   kernels.Op
	Args []int
	Arg  int
	Bits uint64
	Uses int
}

// A Program is the nodes in the order of its text; Order lists the live ones.
type Program struct {
	Elem    kernels.Type
	Nodes   []Node
	Order   []int
	Result  int // the only one, or the first
	Results []int
}

// Prepare resolves casts. With freshSum the sum handed to the step is 0 and its addition disappears; what is the largest starts with -Inf.
func Prepare(p kernels.Program, freshSum bool) *Program {
	return Merge(p, freshSum, func(input int) int { return input })
}

// Merge is Prepare where inputs of the same array are the same.
func Merge(p kernels.Program, freshSum bool, array func(input int) int) *Program {
	first := map[int]int{} // of each array
	out := &Program{Elem: p.Type, Nodes: make([]Node, len(p.Code))}
	alias := make([]int, len(p.Code))
	for id, in := range p.Code {
		n := Node{Op: in.Op, Arg: in.Arg, Bits: in.Bits}
		for _, a := range in.Args {
			n.Args = append(n.Args, alias[a])
		}
		alias[id] = id
		sum := func(i int) bool { return freshSum && out.Nodes[n.Args[i]].Op == kernels.Sum }
		switch {
		case in.Op == kernels.AsInt || in.Op == kernels.AsFloat:
			alias[id] = n.Args[0]
		case in.Op == kernels.Input:
			if merged, ok := first[array(in.Arg)]; ok {
				alias[id] = merged
			}
			first[array(in.Arg)] = alias[id]
		case in.Op == kernels.Add && sum(0):
			alias[id] = n.Args[1]
		case in.Op == kernels.Larger && sum(1):
			out.Nodes[n.Args[1]] = Node{Op: kernels.Const, Bits: p.Type.Bits(math.Inf(-1))}
		case in.Op == kernels.MulAdd && sum(2):
			n.Op, n.Args = kernels.Mul, n.Args[:2]
		}
		out.Nodes[id] = n
	}
	for _, id := range p.Results {
		out.Results = append(out.Results, alias[id])
	}
	if len(out.Results) > 0 { // else it is a check
		out.Result = out.Results[0]
	}
	live := p.Live()
	for id := range live {
		live[id] = live[id] && alias[id] == id
	}
	out.count(live)
	return out
}

// count lists the operations, and counts the uses of each value, one of which is that of whoever takes a result.
func (p *Program) count(live []bool) {
	for _, id := range p.Results {
		p.Nodes[id].Uses++
	}
	for id := range p.Nodes {
		if !live[id] {
			continue
		}
		op := p.Nodes[id].Op
		if op != kernels.Const && op != kernels.Element && op != kernels.Sum {
			p.Order = append(p.Order, id)
		}
		for _, a := range p.Nodes[id].Args {
			p.Nodes[a].Uses++
		}
	}
}

// Masks tells whether there are any.
func (p *Program) Masks() bool {
	return slices.ContainsFunc(p.Order, func(id int) bool { return p.Nodes[id].Op.IsMask() })
}

// A Guard is a condition on elements: each kind, and each bound, has an accumulator.
type Guard struct {
	Op    kernels.Op
	Bound uint64
}

// Signs is the guard of all that must not be negative.
var Signs = Guard{Op: kernels.GuardSign}

// Guard is the one that a node belongs to.
func (n Node) Guard() Guard { return Guard{n.Op, n.Bits} }

// Guards lists the distinct ones.
func (p *Program) Guards() []Guard {
	var list []Guard
	for _, id := range p.Order {
		if g := p.Nodes[id].Guard(); g.Op.IsGuard() && !slices.Contains(list, g) {
			list = append(list, g)
		}
	}
	return list
}

// Stages splits the live nodes at the first long operation on each path: divisions or, where there are none, roots. The
// second stage is what depends on one; nil if nothing does.
func (p *Program) Stages() (first, second []int) {
	long := kernels.Sqrt
	for _, id := range p.Order {
		if p.Nodes[id].Op == kernels.Div {
			long = kernels.Div
		}
	}
	late := make([]bool, len(p.Nodes))
	for _, id := range p.Order {
		for _, a := range p.Nodes[id].Args {
			late[id] = late[id] || late[a] || p.Nodes[a].Op == long
		}
		if late[id] {
			second = append(second, id)
		} else {
			first = append(first, id)
		}
	}
	return first, second
}

// Crossing lists the values of the first stage that the second one needs, other than inputs.
func (p *Program) Crossing() []int { return p.crossing(p.Stages()) }

func (p *Program) crossing(first, second []int) []int {
	var list []int
	for _, id := range first {
		needed := func(late int) bool { return slices.Contains(p.Nodes[late].Args, id) }
		if p.Nodes[id].Op != kernels.Input && slices.ContainsFunc(second, needed) {
			list = append(list, id)
		}
	}
	return list
}

// Urgent splits the live nodes, too: its first stage is no more than what divisions need, or guards of that. Fewer values cross.
func (p *Program) Urgent() (first, second, crossing []int) {
	early, _ := p.Stages()
	needed := make([]bool, len(p.Nodes))
	for i := len(early) - 1; i >= 0; i-- {
		n := p.Nodes[early[i]]
		if needed[early[i]] = needed[early[i]] || n.Op == kernels.Div; needed[early[i]] {
			for _, a := range n.Args {
				needed[a] = true
			}
		}
	}
	for _, id := range p.Order {
		n := p.Nodes[id]
		switch guarded := n.Op.IsGuard() && needed[n.Args[0]]; {
		case needed[id] || guarded:
			first = append(first, id)
		default:
			second = append(second, id)
		}
	}
	return first, second, p.crossing(first, second)
}

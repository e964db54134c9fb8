package main

import (
	"slices"

	"github.com/relent-go/relent/kernels"
)

// A node is an operation ready for a vector register file: bit casts are gone (the classes share registers), and so is
// what neither the result nor a guard needs.
type node struct {
	op   kernels.Op
	args []int
	arg  int
	bits uint64
	uses int
}

// prepared is a program as nodes in the order of its text; order lists the live ones.
type prepared struct {
	elem    kernels.Type
	nodes   []node
	order   []int
	result  int // the only one, or the first
	results []int
}

// prepare resolves casts. With freshSum the sum handed to the step is 0 and its addition disappears.
func prepare(p kernels.Program, freshSum bool) *prepared {
	out := &prepared{elem: p.Type, nodes: make([]node, len(p.Code))}
	alias := make([]int, len(p.Code))
	for id, in := range p.Code {
		n := node{op: in.Op, arg: in.Arg, bits: in.Bits}
		for _, a := range in.Args {
			n.args = append(n.args, alias[a])
		}
		alias[id] = id
		sum := func(i int) bool { return freshSum && out.nodes[n.args[i]].op == kernels.Sum }
		switch {
		case in.Op == kernels.AsInt || in.Op == kernels.AsFloat:
			alias[id] = n.args[0]
		case in.Op == kernels.Add && sum(0):
			alias[id] = n.args[1]
		case in.Op == kernels.MulAdd && sum(2):
			n.op, n.args = kernels.Mul, n.args[:2]
		}
		out.nodes[id] = n
	}
	for _, id := range p.Results {
		out.results = append(out.results, alias[id])
	}
	if len(out.results) > 0 { // else it is a check
		out.result = out.results[0]
	}
	out.markLive()
	return out
}

func (p *prepared) markLive() {
	live := make([]bool, len(p.nodes))
	for _, id := range p.results {
		live[id] = true
		p.nodes[id].uses++ // by whoever takes the result
	}
	for id := len(p.nodes) - 1; id >= 0; id-- {
		n := &p.nodes[id]
		if !live[id] && !n.op.IsGuard() || n.op == kernels.AsInt || n.op == kernels.AsFloat {
			continue
		}
		live[id] = true
		for _, a := range n.args {
			live[a] = true
			p.nodes[a].uses++
		}
	}
	for id := range p.nodes {
		if op := p.nodes[id].op; live[id] && op != kernels.Const && op != kernels.Element && op != kernels.Sum {
			p.order = append(p.order, id)
		}
	}
}

func isMask(op kernels.Op) bool {
	switch op {
	case kernels.Less, kernels.LessEqual, kernels.Equal, kernels.MaskAnd, kernels.MaskOr:
		return true
	}
	return false
}

func (p *prepared) masks() bool {
	for _, id := range p.order {
		if isMask(p.nodes[id].op) {
			return true
		}
	}
	return false
}

type guard struct {
	op    kernels.Op
	bound uint64
}

func (n node) guard() guard { return guard{n.op, n.bits} }

// guards lists the distinct guards: each kind, and each bound, has an accumulator.
func (p *prepared) guards() []guard {
	var list []guard
	for _, id := range p.order {
		if g := p.nodes[id].guard(); p.nodes[id].op.IsGuard() && !slices.Contains(list, g) {
			list = append(list, g)
		}
	}
	return list
}

// stages splits the live nodes at the first long operation on each path: divisions or, where there are none, roots. The
// second stage is what depends on one; nil if nothing does.
func (p *prepared) stages() (first, second []int) {
	long := kernels.Sqrt
	for _, id := range p.order {
		if p.nodes[id].op == kernels.Div {
			long = kernels.Div
		}
	}
	late := make([]bool, len(p.nodes))
	for _, id := range p.order {
		for _, a := range p.nodes[id].args {
			late[id] = late[id] || late[a] || p.nodes[a].op == long
		}
		if late[id] {
			second = append(second, id)
		} else {
			first = append(first, id)
		}
	}
	return first, second
}

// crossing lists the values of the first stage that the second one needs, other than inputs.
func (p *prepared) crossing() []int {
	var list []int
	first, second := p.stages()
	for _, id := range first {
		needed := func(late int) bool { return slices.Contains(p.nodes[late].args, id) }
		if p.nodes[id].op != kernels.Input && anyOf(second, needed) {
			list = append(list, id)
		}
	}
	return list
}

func anyOf[T any](list []T, holds func(T) bool) bool {
	for _, x := range list {
		if holds(x) {
			return true
		}
	}
	return false
}

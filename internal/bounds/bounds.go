// Package bounds says how fast kernels could be at most on CPUs whose ports have been measured: from the operations of their texts, what
// each kind of port has to do, and what loads and divisions take.
package bounds

import (
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/kernels"
)

// A CPU is how many cycles the ports of a family of CPUs take for a vector, when nothing waits.
type CPU struct {
	Name   string
	Family int // as CPUID has it

	Multiply float64 // multiplications, fused or not; a division takes a turn there as well
	Add      float64 // additions, comparisons, conversions, the larger or the smaller of two
	Any      float64 // all operations together, those on integers and patterns among them
	Load     float64
	Divide   map[kernels.Type]float64
	Root     map[kernels.Type]float64
}

// CPUs are those that were measured: by loops of one instruction each, on as many independent registers as there are.
var CPUs = []CPU{{
	Name: "Zen 5, full 512-bit data path", Family: 26,
	Multiply: .5, Add: .5, Any: .25, Load: .5,
	Divide: map[kernels.Type]float64{kernels.F64: 4, kernels.F32: 2.5},
	Root:   map[kernels.Type]float64{kernels.F64: 7.5, kernels.F32: 5},
}}

// Of is that of a family.
func Of(family int) (cpu CPU, ok bool) {
	for _, c := range CPUs {
		if c.Family == family {
			return c, true
		}
	}
	return CPU{}, false
}

// A Bound is the least that an element takes.
type Bound struct {
	Cycles     float64
	Limit      string  // what takes them
	Operations float64 // of an element, a fused multiplication with addition being one
	Bytes      float64 // that are loaded for an element
}

// Bound is that of a reduction's usual path, of elements of type t in vectors of so many bytes. What the loop itself takes, and constants
// that find no register, come on top.
func (c CPU) Bound(r kernels.Reduction, t kernels.Type, vector int) Bound {
	paths := r.Paths(t)
	text := program.Prepare(paths[len(paths)-2].Program, false)
	width := float64(vector / text.Elem.Bytes())
	ports := []struct {
		limit  string
		cycles float64
	}{{"multiplications", 0}, {"additions", 0}, {"all ports", 0}, {"loads", 0}, {"divisions", 0}}
	b := Bound{Bytes: float64(len(r.Args) * t.Bytes())}
	for _, id := range text.Order {
		switch op := text.Nodes[id].Op; {
		case op == kernels.Input:
			ports[3].cycles += c.Load
			continue
		case op == kernels.Div:
			ports[0].cycles += c.Multiply
			ports[4].cycles += c.Divide[text.Elem]
		case op == kernels.Sqrt:
			ports[0].cycles += c.Multiply
			ports[4].cycles += c.Root[text.Elem]
		case op == kernels.Mul || op == kernels.MulAdd || op == kernels.NegMulAdd:
			ports[0].cycles += c.Multiply
		case adds(op):
			ports[1].cycles += c.Add
		}
		ports[2].cycles += c.Any
		b.Operations++
	}
	for _, p := range ports {
		if p.cycles/width > b.Cycles {
			b.Cycles, b.Limit = p.cycles/width, p.limit
		}
	}
	return b
}

// adds tells whether the ports of additions do an operation.
func adds(op kernels.Op) bool {
	switch op {
	case kernels.Add, kernels.Sub, kernels.Min, kernels.Max, kernels.Less, kernels.LessEqual, kernels.Equal, kernels.ExponentToFloat:
		return true
	}
	return false
}

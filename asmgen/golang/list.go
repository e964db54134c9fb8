package golang

import (
	"fmt"
	"strings"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// list is the table of kernels for the tests: each under the instruction set in force, and in plain Go.
func (g *file) list() []byte {
	g.f("var kernelList = []kernelEntry{\n")
	for _, r := range g.Reductions {
		if !r.Numbers {
			g.entry(r.Name, len(r.Args), "sum", "wrap")
		}
	}
	g.f("}\n\nvar jointList = []jointEntry{\n")
	for _, j := range g.Joints {
		g.f("{name: %q,\n", j.Name)
		for _, t := range kernels.Elements {
			g.f("sums%s: wrapJoint[%s](func(s *%s) []float64 { return s[:] }, %s[%s]),\n", t, t.Go(), sumsType(j.Kernel()), j.Name, t.Go())
			g.f("generic%s: wrapJoint[%s](func(s *%s) []float64 { return s[:] }, %s),\n", t, t.Go(), sumsType(j.Kernel()), isa.Symbol(j.Name, t, generic))
		}
		g.f("},\n")
	}
	g.f("}\n\nvar scaledList = []scaledEntry{\n")
	for _, r := range g.Reductions {
		if r.Numbers {
			g.f("{%q, %v, wrapScaled%d(%s), wrapScaled%d(%s)},\n", r.Name, r.Ordinary, len(r.Args), r.Name, len(r.Args),
				isa.Symbol(r.Name, kernels.F64, generic))
		}
	}
	g.f("}\n\nvar mapList = []mapEntry{\n")
	for _, m := range g.Maps {
		g.entry(m.Name, len(m.Args), "map", "wrapMap")
	}
	g.f("}\n")
	g.listOutputs()
	return g.Bytes()
}

// entry writes the row of a kernel of one result, under the name of a field, and wrapped by a function for so many arguments.
func (g *file) entry(name string, args int, field, wrap string) {
	g.f("{name: %q, args: %d, ", name, args)
	for _, t := range kernels.Elements {
		g.f("%s%s: %s%d(%s[%s]), generic%s: %s%d(%s),\n", field, t, wrap, args, name, t.Go(), t, wrap, args, isa.Symbol(name, t, generic))
	}
	g.f("},\n")
}

// listOutputs writes the table of the kernels that are declared, for the tests.
func (g *file) listOutputs() {
	g.f("\nvar outputsList = []outputsEntry{\n")
	for _, k := range g.Kernels {
		g.f("{name: %q, elements: %d, args: %d,\n", k.Name, len(k.Elements()), len(k.Arrays())-len(k.Elements()))
		for _, t := range kernels.Elements {
			g.f("compute%s: %s,\ngeneric%s: %s,\n", t, wrapped(k, t, k.Name), t, wrapped(k, t, isa.Symbol(k.Name, t, generic)))
		}
		g.f("},\n")
	}
	g.f("}\n")
}

// wrapped is a function of slices of arrays.
func wrapped(k kernels.Kernel, t kernels.Type, name string) string {
	var args []string
	for i := range k.Elements() {
		args = append(args, fmt.Sprintf("out[%d]", i))
	}
	for i := range len(k.Arrays()) - len(k.Elements()) {
		args = append(args, fmt.Sprintf("in[%d]", i))
	}
	list := strings.Join(args, ", ")
	body := fmt.Sprintf("%s(%s)\nreturn nil\n", name, list)
	if len(k.Sums()) > 0 {
		body = fmt.Sprintf("var s %s\n%s(&s, %s)\nreturn s[:]\n", sumsType(k), name, list)
	}
	return fmt.Sprintf("func(out, in [][]%s) []float64 {\n%s}", t.Go(), body)
}

package golang

import (
	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// list is the table of kernels for the tests: each under the instruction set in force, and in plain Go.
func (g *file) list() []byte {
	g.f("var kernelList = []kernelEntry{\n")
	for _, r := range g.Reductions {
		if r.Numbers {
			continue
		}
		g.f("{name: %q, args: %d, ", r.Name, len(r.Args))
		for _, t := range kernels.Elements {
			g.f("sum%s: wrap%d(%s[%s]), generic%s: wrap%d(%s),\n", t, len(r.Args), r.Name, t.Go(),
				t, len(r.Args), isa.Symbol(r.Name, t, generic))
		}
		g.f("},\n")
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
		g.f("{name: %q, args: %d, ", m.Name, len(m.Args))
		for _, t := range kernels.Elements {
			g.f("map%s: wrapMap%d(%s[%s]), generic%s: wrapMap%d(%s),\n", t, len(m.Args), m.Name, t.Go(),
				t, len(m.Args), isa.Symbol(m.Name, t, generic))
		}
		g.f("},\n")
	}
	g.f("}\n")
	g.listOutputs()
	return g.Bytes()
}

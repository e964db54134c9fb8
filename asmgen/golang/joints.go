package golang

import (
	"strings"

	"github.com/relent-go/relent/kernels"
)

// joints declares what goes with the joint kernels: their sums, when to trust those, and which measures are made of them.
func (g *file) joints() {
	for _, j := range g.Joints {
		g.f("// The sums of %s. Where a guard fails they are left as they were.\nconst (\n", j.Name)
		for i, s := range j.Sums {
			g.f("%s%s\n", s.Name, map[bool]string{true: " = iota"}[i == 0])
		}
		g.f("%sCount\n)\n\n", sumsType(j.Kernel()))
		g.f("type %s [%sCount]float64\n\n", sumsType(j.Kernel()), sumsType(j.Kernel()))
		if j.Sums[0].Reduction.Name == "" {
			continue
		}
		g.jointFloors(j)
		g.jointCosts(j)
		g.jointSum(j)
		g.jointSumOf(j)
	}
}

func (g *file) jointFloors(j kernels.Joint) {
	g.f("// %sFloors are the sizes from which sums of float64 and of float32 may be trusted.\n", j.Name)
	g.f("var %sFloors = [2]%s{\n", j.Name, sumsType(j.Kernel()))
	for _, t := range kernels.Elements {
		g.f("{\n")
		for _, s := range j.Sums {
			g.f("%s: %x,\n", s.Name, s.Floor(t))
		}
		g.f("},\n")
	}
	g.f("}\n\n")
}

func (g *file) jointCosts(j kernels.Joint) {
	g.f("// %sCosts are how long the kernels of single sums take, in a unit of the time of an element, of float64 and of float32; 0 for what\n", j.Name)
	g.f("// has no part in the pass.\n")
	g.f("var %sCosts = [2]%s{\n", j.Name, sumsType(j.Kernel()))
	for _, t := range kernels.Elements {
		g.f("{\n")
		for i, s := range j.Sums {
			if i < len(j.Record(t).Results) {
				g.f("%s: %v,\n", s.Name, s.Cost)
			}
		}
		g.f("},\n")
	}
	g.f("}\n\n")
}

func (g *file) jointSum(j kernels.Joint) {
	g.f("// %sSum is one sum by the kernel of its own.\n", j.Name)
	g.f("func %sSum[F Float](sum int, p, q []F) float64 {\nswitch sum {\n", j.Name)
	for _, s := range j.Sums {
		if s.Far {
			continue
		}
		args := "p, q"
		switch {
		case len(s.Args) == 1 && s.Reversed:
			args = "q"
		case len(s.Args) == 1:
			args = "p"
		case s.Reversed:
			args = "q, p"
		}
		g.f("case %s:\nreturn %s(%s)\n", s.Name, s.Reduction.Name, args)
	}
	g.f("}\npanic(\"relent: unknown sum\")\n}\n\n")
}

func (g *file) jointSumOf(j kernels.Joint) {
	g.f("// %sSumOf is the sum that a measure is made of, or -1.\n", j.Name)
	g.f("func %sSumOf(m Measure) int {\nswitch m {\n", j.Name)
	for _, s := range j.Sums {
		var names []string
		for _, m := range s.Measures {
			names = append(names, m.Name()+map[bool]string{true: " | reverse"}[s.Reversed])
		}
		if !s.Far {
			g.f("case %s:\nreturn %s\n", strings.Join(names, ", "), s.Name)
		}
	}
	g.f("}\nreturn -1\n}\n\n")
}

package main

import (
	"fmt"
	"strings"

	"github.com/relent-go/relent/kernels"
)

// joint writes a function that leaves dst as it is where a guard fails.
func (g *goFile) joint(j kernels.Joint, t kernels.Type) {
	program := j.Record(t)
	g.f("func %s(dst *%s, %s) {\n", symbol(j.Name, t, "Generic"), sumsType(j), params(j.Args, t))
	g.f("var acc [%d][lanes]float64\n", len(program.Results))
	for _, a := range j.Args[1:] {
		g.f("%s = %s[:len(%s)]\n", a, a, j.Args[0])
	}
	if program.Type == kernels.F64 {
		g.f("for i := range %s {\n", j.Args[0])
		g.jointStep(j, program, t, "acc[%d][i%%lanes]")
		g.f("}\n")
	} else {
		g.f("for i, end := 0, 0; i < len(%s); i = end {\n", j.Args[0])
		g.f("end = min(i+2*lanes, len(%s))\n", j.Args[0])
		g.f("for j := range min(lanes, end-i) {\nvar sum [%d]float32\nfor i := i + j; i < end; i += lanes {\n", len(program.Results))
		g.jointStep(j, program, t, "sum[%d]")
		g.f("}\nfor k, x := range sum {\nacc[k][j] += float64(x)\n}\n}\n}\n")
	}
	g.f("for k := range acc {\ndst[k] = fold(&acc[k])\n}\n}\n\n")
}

func (g *goFile) jointStep(j kernels.Joint, p kernels.Program, mem kernels.Type, sum string) {
	name := func(arg int) string { return fmt.Sprintf(sum, arg) }
	for i, result := range g.step(p, j.Args, mem, sums{name: name, leave: "return"}) {
		g.f("%s = %s\n", name(i), result)
	}
}

// sumsType is the type of a joint's results.
func sumsType(j kernels.Joint) string { return j.Name + "Sums" }

// dispatchJoint writes what computes the sums of a chunk.
func (g *goFile) dispatchJoint(j kernels.Joint, isas []string) {
	list := strings.Join(j.Args, ", ")
	g.f("func %s[F Float](dst *%s, %s []F) {\n", j.Name, sumsType(j), list)
	g.f("if isFloat64[F]() {\n")
	for i, t := range elems {
		g.choose(isas, func(isa string) {
			g.f("%s(&dst[0], %s, len(%s))\nreturn\n", symbol(j.Name, t, isa), g.each(j.Args, "pointer", t), j.Args[0])
		})
		g.f("%s(dst, %s)\n%s}\n", symbol(j.Name, t, "Generic"), g.each(j.Args, "as", t), []string{"return\n", ""}[i])
	}
	for _, t := range elems {
		g.declareFor(j.Name, j.Args, t, ofSums, isas)
	}
}

// joints declares what goes with the joint kernels: their sums, when to trust those, and which measures are made of them.
func (g *goFile) joints() {
	for _, j := range kernels.Joints {
		g.f("// The sums of %s. Where a guard fails they are left as they were.\nconst (\n", j.Name)
		for i, s := range j.Sums {
			g.f("%s%s\n", s.Name, map[bool]string{true: " = iota"}[i == 0])
		}
		g.f("%sCount\n)\n\n", sumsType(j))
		g.f("type %s [%sCount]float64\n\n", sumsType(j), sumsType(j))
		if j.Sums[0].Reduction.Name == "" {
			continue
		}
		g.jointFloors(j)
		g.jointCosts(j)
		g.jointSum(j)
		g.jointSumOf(j)
	}
}

func (g *goFile) jointFloors(j kernels.Joint) {
	g.f("// %sFloors are the sizes from which sums of float64 and of float32 may be trusted.\n", j.Name)
	g.f("var %sFloors = [2]%s{\n", j.Name, sumsType(j))
	for _, t := range elems {
		g.f("{\n")
		for _, s := range j.Sums {
			g.f("%s: %x,\n", s.Name, s.Floor(t))
		}
		g.f("},\n")
	}
	g.f("}\n\n")
}

func (g *goFile) jointCosts(j kernels.Joint) {
	g.f("// %sCosts are how long the kernels of single sums take, in a unit of the time of an element, of float64 and of float32; 0 for what\n", j.Name)
	g.f("// has no part in the pass.\n")
	g.f("var %sCosts = [2]%s{\n", j.Name, sumsType(j))
	for _, t := range elems {
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

func (g *goFile) jointSum(j kernels.Joint) {
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

func (g *goFile) jointSumOf(j kernels.Joint) {
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

package golang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// generic writes the kernels in plain Go, and what cuts long arrays into chunks.
func (g *file) generic() []byte {
	for _, r := range g.Reductions {
		if !r.Numbers {
			g.long(r.Name, r.Args, true)
		}
	}
	for _, m := range g.Maps {
		g.long(m.Name, append([]string{"dst"}, m.Args...), false)
	}
	for _, k := range g.Kernels {
		g.anyLength(k)
	}
	for _, t := range kernels.Elements {
		for _, r := range g.Reductions {
			if slices.Contains(r.Types(), t) {
				g.reduction(r, t)
			}
		}
		for _, k := range g.Passes() {
			g.kernel(k, t)
		}
		if g.Tiles != nil {
			g.genericWalks(t)
		}
	}
	return g.Bytes()
}

// long writes the loop over chunks of bounded length around a reduction, or around a map if there is no sum.
func (g *file) long(name string, args []string, sum bool) {
	g.longWith(name, args, sum, kernels.Kernel{})
}

// longWith is long for a kernel that may have numbers.
func (g *file) longWith(name string, args []string, sum bool, k kernels.Kernel) {
	var heads, tails []string
	for _, a := range args {
		heads = append(heads, a+"[:chunk]")
		tails = append(tails, a+"[chunk:]")
	}
	result, declare, add, last := "", "", "%s\n", "%s\n"
	if sum {
		result, declare, add, last = " float64", "var sum exact.Sum\n", "sum.Add(%s)\n", "sum.Add(%s)\nreturn sum.Take()\n"
	}
	m := numbersArg(k, "m")
	g.f("func %sLong[F Float](%s []F%s)%s {\n%s", name, strings.Join(args, ", "), numbersParam(k), result, declare)
	g.f("for len(%s) > chunk {\n", args[0])
	g.f(add, name+"("+strings.Join(heads, ", ")+m+")")
	g.f("%s = %s\n}\n", strings.Join(args, ", "), strings.Join(tails, ", "))
	g.f(last+"}\n\n", name+"("+strings.Join(args, ", ")+m+")")
}

func (g *file) reduction(r kernels.Reduction, t kernels.Type) {
	name, args := isa.Symbol(r.Name, t, generic), strings.Join(r.Args, ", ")
	paths := r.Paths(t)
	parameters := params(r.Args, t)
	if r.Numbers {
		args, parameters = args+", m", parameters+", m *numbers"
	}
	g.f("func %s(%s) float64 {\n", name, parameters)
	for i, p := range paths[:len(paths)-1] {
		condition := ""
		switch {
		case p.Small != nil:
			condition = fmt.Sprintf(" && (trusted(sum, %x) || finite(sum) && %sSmall(%s))", p.Floor, name, args)
		case !p.Decisive:
			condition = fmt.Sprintf(" && trusted(sum, %x)", p.Floor)
		}
		g.f("if sum, ok := %sPath%d(%s); ok%s {\nreturn sum\n}\n", name, i, args, condition)
	}
	if paths[len(paths)-1].Infinite != nil {
		g.f("if %sInfinite(%s) {\nreturn math.Inf(1)\n}\n", name, args)
	}
	g.f("sum, _ := %sPath%d(%s)\nreturn canonical(sum)\n}\n\n", name, len(paths)-1, args)
	for i, p := range paths {
		g.f("func %sPath%d(%s) (float64, bool) {\nvar acc [lanes]float64\n", name, i, parameters)
		g.sameLength(r.Args)
		if p.Type == kernels.F64 {
			g.f("for i := range %s {\nsum := acc[i%%lanes]\n", r.Args[0])
			results := g.step(p.Program, r.Args, t, oneSum)
			g.f("acc[i%%lanes] = %s\n}\n", results[0])
		} else {
			g.inStripes(r.Args[0], "var sum float32", func() {
				results := g.step(p.Program, r.Args, t, oneSum)
				g.f("sum = %s\n", results[0])
			}, "acc[j] += float64(sum)")
		}
		g.f("return fold(&acc), true\n}\n\n")
		g.check(p.Small, name+"Small", parameters, r.Args, t)
		g.check(p.Infinite, name+"Infinite", parameters, r.Args, t)
	}
}

// sameLength tells the compiler that all have the length of the first one.
func (g *file) sameLength(args []string) {
	for _, a := range args[1:] {
		g.f("%s = %s[:len(%s)]\n", a, a, args[0])
	}
}

// inStripes writes the loop in which the terms of elements i and i+lanes are added in float32.
func (g *file) inStripes(array, start string, step func(), end string) {
	g.f("for i, end := 0, 0; i < len(%s); i = end {\n", array)
	g.f("end = min(i+2*lanes, len(%s))\n", array)
	g.f("for j := range min(lanes, end-i) {\n%s\nfor i := i + j; i < end; i += lanes {\n", start)
	step()
	g.f("}\n%s\n}\n}\n", end)
}

// kernel writes a function that leaves its sums as they are where a guard fails.
func (g *file) kernel(k kernels.Kernel, t kernels.Type) {
	program := k.Record(t)
	outputs := k.Outputs[:len(program.Results)]
	names := k.Arrays()
	sums := len(outputs) - len(k.Elements())
	if sums == 0 {
		g.f("func %s(%s%s) {\n", isa.Symbol(k.Name, t, generic), params(names, t), numbersParam(k))
	} else {
		g.f("func %s(dst *%s, %s%s) {\n", isa.Symbol(k.Name, t, generic), sumsType(k), params(names, t), numbersParam(k))
		g.f("var acc [%d][lanes]float64\n", sums)
		for i, o := range k.Folded() {
			if f := foldOf(o); f.start != "" {
				g.f("fill(&acc[%d], %s)\n", i, f.start)
			}
		}
	}
	g.sameLength(names)
	step := func(format string) {
		sum := func(i int) string { return fmt.Sprintf(format, i) }
		n := 0
		for i, result := range g.step(program, k.Args, t, accumulators{name: sum, leave: "return"}) {
			if outputs[i].Element {
				g.f("%s[i] = %s(%s)\n", outputs[i].Name, t.Go(), result)
				continue
			}
			g.f("%s = %s\n", sum(n), result)
			n++
		}
	}
	if program.Type == kernels.F64 || sums == 0 {
		g.f("for i := range %s {\n", names[0])
		step("acc[%d][i%%lanes]")
		g.f("}\n")
	} else {
		g.inStripes(names[0], fmt.Sprintf("var sum [%d]float32", sums), func() { step("sum[%d]") },
			"for k, x := range sum {\nacc[k][j] += float64(x)\n}")
	}
	folds := k.Folded()[:sums]
	first := slices.IndexFunc(folds, func(o kernels.Output) bool { return o.Least || o.Most })
	switch {
	case first >= 0:
		g.f("for k := range acc[:%d] {\ndst[k] = fold(&acc[k])\n}\n", first) // they come first
		g.f("for k := range acc[%d:] {\ndst[%d+k] = %s(&acc[%d+k])\n}\n", first, first, foldOf(folds[first]).name, first)
	case sums > 0:
		g.f("for k := range acc {\ndst[k] = fold(&acc[k])\n}\n")
	}
	g.f("}\n\n")
}

// A laneFold is the function that makes an output of its lanes, and what they start with, unless that is 0.
type laneFold struct{ name, start string }

func foldOf(o kernels.Output) laneFold {
	switch {
	case o.Least:
		return laneFold{"leastOf", "math.Inf(1)"}
	case o.Most:
		return laneFold{"mostOf", "math.Inf(-1)"}
	}
	return laneFold{name: "fold"}
}

// check writes whether a check holds for all elements, if it is one.
func (g *file) check(p *kernels.Program, name, parameters string, args []string, t kernels.Type) {
	if p == nil {
		return
	}
	some := slices.ContainsFunc(p.Code, func(in kernels.Instr) bool { return in.Op == kernels.GuardSome })
	result := "true"
	g.f("func %s(%s) bool {\n", name, parameters)
	if some {
		result = "some"
		g.f("some := false\n")
	}
	for i, a := range args[1:] {
		if reads(*p, i+1) {
			g.f("%s = %s[:len(%s)]\n", a, a, args[0])
		}
	}
	g.f("for i := range %s {\n", args[0])
	g.step(*p, args, t, accumulators{leave: "return false"})
	g.f("}\nreturn %s\n}\n\n", result)
}

// reads tells whether what a program computes depends on an input.
func reads(p kernels.Program, input int) bool {
	live := liveness(p)
	for id, in := range p.Code {
		if in.Op == kernels.Input && in.Arg == input && live[id] {
			return true
		}
	}
	return false
}

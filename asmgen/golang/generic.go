package golang

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// generic writes the kernels in plain Go, and what cuts long arrays into chunks.
func (g *file) generic() []byte {
	for _, r := range g.Reductions {
		if !r.Numbers {
			g.long(r.Name, r.Args, "", " float64", "var sum exact.Sum\n", "sum.Add(%s(%s))\n", "return sum.Take()\n")
		}
	}
	for _, m := range g.Maps {
		g.long(m.Name, append([]string{"dst"}, m.Args...), "", "", "", "%s(%s)\n", "")
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

// long writes the function of arrays of any length around that of a chunk. What is handed on beside the arrays is a parameter, such as
// ", m *T", and an argument, such as ", m".
func (g *file) long(name string, args []string, parameter, result, before, call, after string) {
	g.f("func %sLong[F Float](%s []F%s)%s {\n%s", name, strings.Join(args, ", "), parameter, result, before)
	g.inChunks(args, func(list string) { g.f(call, name, list) })
	g.f("%s}\n\n", after)
}

// inChunks writes the loop over chunks of arrays.
func (g *file) inChunks(arrays []string, call func(list string)) {
	list := strings.Join(arrays, ", ")
	g.f("for len(%s) > chunk {\n", arrays[0])
	call(strings.Join(arrays, "[:chunk], ") + "[:chunk]")
	g.f("%s = %s[chunk:]\n}\n", list, strings.Join(arrays, "[chunk:], "))
	call(list)
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
			g.inStripes(kernels.Depth(t), r.Args[0], "var sum float32", func() {
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

// inStripes writes the loop in which the terms of elements i, i+lanes, ..., as many as depth, are added in float32.
func (g *file) inStripes(depth int, array, start string, step func(), end string) {
	g.f("for i, end := 0, 0; i < len(%s); i = end {\n", array)
	g.f("end = min(i+%d*lanes, len(%s))\n", depth, array)
	g.f("for j := range min(lanes, end-i) {\n%s\nfor i := i + j; i < end; i += lanes {\n", start)
	step()
	g.f("}\n%s\n}\n}\n", end)
}

// kernel writes a function that leaves its sums as they are where a guard fails.
func (g *file) kernel(k kernels.Kernel, t kernels.Type) {
	program := k.Record(t)
	k.Outputs = k.Outputs[:len(program.Results)]
	names, sums := k.Arrays(), len(k.Sums())
	if sums == 0 {
		g.f("func %s(%s%s) {\n", isa.Symbol(k.Name, t, generic), params(names, t), numbersParam(k))
	} else {
		g.f("func %s(dst *%s, %s%s) {\n", isa.Symbol(k.Name, t, generic), sumsType(k), params(names, t), numbersParam(k))
		g.f("var acc [%d][lanes]float64\n", sums)
		for i, o := range k.Folded() {
			if start := o.Start(); start != 0 {
				g.f("fill(&acc[%d], math.Inf(%d))\n", i, int(math.Copysign(1, start)))
			}
		}
	}
	g.sameLength(names)
	step := func(format string) {
		sum := func(i int) string { return fmt.Sprintf(format, i) }
		n := 0
		for i, result := range g.step(program, k.Args, t, accumulators{name: sum, leave: "return"}) {
			if k.Outputs[i].Element {
				g.f("%s[i] = %s(%s)\n", k.Outputs[i].Name, t.Go(), result)
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
		start, end := fmt.Sprintf("var sum [%d]float32", sums), ""
		for i, o := range k.Folded()[:sums] {
			if o.Most {
				start += fmt.Sprintf("\nsum[%d] = float32(math.Inf(-1))", i)
				end += fmt.Sprintf("acc[%[1]d][j] = max(acc[%[1]d][j], float64(sum[%[1]d]))\n", i)
			} else {
				end += fmt.Sprintf("acc[%[1]d][j] += float64(sum[%[1]d])\n", i)
			}
		}
		g.inStripes(k.Depth(t), names[0], start, func() { step("sum[%d]") }, end)
	}
	for i, o := range k.Folded()[:sums] {
		g.f("dst[%d] = %s(&acc[%d])\n", i, foldOf(o), i)
	}
	g.f("}\n\n")
}

// foldOf is the function that makes an output of its lanes.
func foldOf(o kernels.Output) string {
	switch {
	case o.Least:
		return "leastOf"
	case o.Most:
		return "mostOf"
	}
	return "fold"
}

// numbersType is the type of the numbers that a call of a kernel brings, each as often as 16 bytes have room for it.
func numbersType(k kernels.Kernel) string { return fmt.Sprintf("[%d][2]float64", k.Numbers) }

// numbersParam and numbersArg are the last parameter of a kernel with numbers, and what is handed on.
func numbersParam(k kernels.Kernel) string { return numbersArg(k, "m *"+numbersType(k)) }

func numbersArg(k kernels.Kernel, arg string) string {
	if k.Numbers == 0 {
		return ""
	}
	return ", " + arg
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
	live := p.Live()
	for id, in := range p.Code {
		if in.Op == kernels.Input && in.Arg == input && live[id] {
			return true
		}
	}
	return false
}

// sumsType is the type of a kernel's sums.
func sumsType(k kernels.Kernel) string { return k.Name + "Sums" }

// chunkName is the function of a chunk: of a kernel of sums and elements there is another one, of any length.
func chunkName(k kernels.Kernel) string {
	if len(k.Sums()) > 0 && len(k.Elements()) > 0 {
		return k.Name + "Chunk"
	}
	return k.Name
}

// anyLength writes what the exported function calls: it checks lengths, and adds the sums of chunks.
func (g *file) anyLength(k kernels.Kernel) {
	names := k.Arrays()
	last := names[len(names)-1]
	if len(k.Sums()) == 0 {
		g.long(k.Name, names, numbersParam(k), "", "", "%s(%s"+numbersArg(k, "m")+")\n", "")
		return
	}
	var sums []string
	for _, s := range k.Sums() {
		sums = append(sums, k.SumName(s))
	}
	g.sums(k.Name, sumsType(k), "", sums)
	if chunkName(k) == k.Name {
		return
	}
	list := strings.Join(names, ", ")
	g.f("func %s[F Float](dst *%s, %s []F%s) {\n", k.Name, sumsType(k), list, numbersParam(k))
	m := numbersArg(k, "m")
	for _, a := range names[:len(names)-1] {
		g.f("if len(%s) != len(%s) {\npanicLengths(%q, len(%s), len(%s))\n}\n", a, last, k.Func, a, last)
	}
	g.f("if len(%s) <= chunk {\n%s(dst, %s%s)\n", last, chunkName(k), list, m)
	g.f("for i, sum := range dst {\ndst[i] = canonical(sum)\n}\nreturn\n}\nvar sums [%sCount]exact.Sum\n", sumsType(k))
	g.inChunks(names, func(list string) {
		g.f("%s(dst, %s%s)\nfor i, sum := range dst {\nsums[i].Add(sum)\n}\n", chunkName(k), list, m)
	})
	g.f("for i := range sums {\ndst[i] = sums[i].Take()\n}\n}\n\n")
}

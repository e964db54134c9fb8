package golang

import (
	"fmt"
	"strings"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// sumsType is the type of a kernel's sums.
func sumsType(k kernels.Kernel) string { return k.Name + "Sums" }

// chunkName is the function of a chunk: of a kernel of sums and elements there is another one, of any length.
func chunkName(k kernels.Kernel) string {
	if len(k.Sums()) > 0 && len(k.Elements()) > 0 {
		return k.Name + "Chunk"
	}
	return k.Name
}

// numbersType is the type of the numbers that a call of a kernel brings, each as often as 16 bytes have room for it.
func numbersType(k kernels.Kernel) string { return fmt.Sprintf("[%d][2]float64", k.Numbers) }

// numbersParam and numbersArg are the last parameter of a kernel with numbers, and what is handed on.
func numbersParam(k kernels.Kernel) string {
	if k.Numbers == 0 {
		return ""
	}
	return ", m *" + numbersType(k)
}

func numbersArg(k kernels.Kernel, arg string) string {
	if k.Numbers == 0 {
		return ""
	}
	return ", " + arg
}

// anyLength writes what the exported function calls: it checks lengths, and adds the sums of chunks.
func (g *file) anyLength(k kernels.Kernel) {
	names := k.Arrays()
	last := names[len(names)-1]
	if len(k.Sums()) == 0 {
		g.longWith(k.Name, names, false, k)
		return
	}
	g.f("// The sums of %s.\nconst (\n", k.Name)
	for i, s := range k.Sums() {
		g.f("%s%s\n", k.SumName(s), map[bool]string{true: " = iota"}[i == 0])
	}
	g.f("%sCount\n)\n\ntype %s [%sCount]float64\n\n", sumsType(k), sumsType(k), sumsType(k))
	if chunkName(k) == k.Name {
		return
	}
	var heads, tails []string
	for _, a := range names {
		heads, tails = append(heads, a+"[:chunk]"), append(tails, a+"[chunk:]")
	}
	list := strings.Join(names, ", ")
	g.f("func %s[F Float](dst *%s, %s []F%s) {\n", k.Name, sumsType(k), list, numbersParam(k))
	m := numbersArg(k, "m")
	for _, a := range names[:len(names)-1] {
		g.f("if len(%s) != len(%s) {\npanicLengths(%q, len(%s), len(%s))\n}\n", a, last, k.Func, a, last)
	}
	g.f("if len(%s) <= chunk {\n%s(dst, %s%s)\n", last, chunkName(k), list, m)
	g.f("for i, sum := range dst {\ndst[i] = canonical(sum)\n}\nreturn\n}\nvar sums [%sCount]exact.Sum\n", sumsType(k))
	add := "for i, sum := range dst {\nsums[i].Add(sum)\n}\n"
	g.f("for len(%s) > chunk {\n%s(dst, %s%s)\n%s%s = %s\n}\n", last, chunkName(k), strings.Join(heads, ", "), m, add, list, strings.Join(tails, ", "))
	g.f("%s(dst, %s%s)\n%sfor i := range sums {\ndst[i] = sums[i].Take()\n}\n}\n\n", chunkName(k), list, m, add)
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
	list := strings.Join(args, ", ") + numbersArg(k, "&m")
	body := fmt.Sprintf("%s(%s)\nreturn nil\n", name, list)
	if len(k.Sums()) > 0 {
		body = fmt.Sprintf("var s %s\n%s(&s, %s)\nreturn s[:]\n", sumsType(k), name, list)
	}
	if k.Numbers > 0 {
		body = fmt.Sprintf("m := %s(numbersFor[%s](%d))\n%s", numbersType(k), t.Go(), k.Numbers, body)
	}
	return fmt.Sprintf("func(out, in [][]%s) []float64 {\n%s}", t.Go(), body)
}

package golang

import (
	"fmt"
	"strings"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/shape"
	"github.com/relent-go/relent/kernels"
)

// generic is the name that plain Go has as an instruction set.
const generic = "Generic"

// switches declares the assembly of some instruction sets, and for each kernel the function that picks one of them, or Go.
func (g *file) switches(sets []*isa.Info) []byte {
	for _, r := range g.Reductions {
		if r.Numbers {
			g.dispatchScaled(r, sets)
		} else {
			g.dispatchSum(r, sets)
		}
	}
	for _, k := range g.Passes() {
		g.dispatch(k, sets)
	}
	g.dispatchConversions(sets)
	if g.Tiles != nil {
		g.dispatchWalks(sets)
	}
	return g.Bytes()
}

// dispatchSum writes what the measures call: a sum, and the sums of rows. They call the assembly directly: calls are what few
// elements cost most.
func (g *file) dispatchSum(r kernels.Reduction, sets []*isa.Info) {
	list := strings.Join(r.Args, ", ")
	none := strings.Repeat("0, ", len(r.Args))
	g.f("func %s[F Float](%s []F) float64 {\n", r.Name, list)
	if len(r.Args) > 1 {
		g.f("if len(p) != len(q) {\npanicLengths(%q, len(p), len(q))\n}\n", r.Func)
	}
	g.f("if len(%s) > chunk {\nreturn %sLong(%s)\n}\n", r.Args[0], r.Name, list)
	if sets != nil {
		g.f("var sum float64\n")
	}
	g.byType(func(t kernels.Type) {
		g.choose(sets, func(set *isa.Info) {
			g.f("%s(&sum, %s, len(%s), %s1)\nreturn sum\n", isa.Symbol(r.Name, t, set.Name), each(r.Args, "pointer", t), r.Args[0], none)
		})
		g.f("return %s(%s)\n", isa.Symbol(r.Name, t, generic), each(r.Args, "as", t))
	})
	if r.Measures != nil {
		g.dispatchRows(r, sets)
	}
	g.declareRows(r, sets)
}

// dispatchScaled writes the sum over a chunk, at least one element, whose text has numbers of a model.
func (g *file) dispatchScaled(r kernels.Reduction, sets []*isa.Info) {
	const t = kernels.F64
	list := strings.Join(r.Args, ", ")
	g.f("func %s(%s, m *numbers) float64 {\n", r.Name, params(r.Args, t))
	if sets != nil {
		g.f("var sum float64\n")
	}
	var firsts []string
	for _, a := range r.Args {
		firsts = append(firsts, "&"+a+"[0]")
	}
	g.choose(sets, func(set *isa.Info) {
		g.f("%s(&sum, %s, &m[0][0], len(%s), %s1)\nreturn sum\n", isa.Symbol(r.Name, t, set.Name), strings.Join(firsts, ", "), r.Args[0],
			strings.Repeat("0, ", len(r.Args)))
	})
	g.f("return %s(%s, m)\n}\n", isa.Symbol(r.Name, t, generic), list)
	g.declareRows(r, sets)
}

// dispatchRows writes the function of rows: row i begins stride elements after row i-1, and all have n of them, at most a chunk.
func (g *file) dispatchRows(r kernels.Reduction, sets []*isa.Info) {
	var strides, rows []string
	for _, a := range r.Args {
		strides = append(strides, shape.Stride(a))
		rows = append(rows, fmt.Sprintf("%s[i*%s:][:n]", a, shape.Stride(a)))
	}
	g.f("\nfunc %sRows[F Float](dst []float64, %s []F, n, %s int) {\n", r.Name, strings.Join(r.Args, ", "), strings.Join(strides, ", "))
	g.byTypeReturning(func(t kernels.Type) {
		g.choose(sets, func(set *isa.Info) {
			g.f("%s(&dst[0], %s, n, %s, len(dst))\nreturn\n", isa.Symbol(r.Name, t, set.Name), each(r.Args, "pointer", t), strings.Join(strides, ", "))
		})
		g.f("for i := range dst {\ndst[i] = %s(%s)\n}\n", isa.Symbol(r.Name, t, generic), each(rows, "as", t))
	})
}

// dispatch writes what computes the outputs of a kernel: of a chunk where there are sums, of any number where there are none.
func (g *file) dispatch(k kernels.Kernel, sets []*isa.Info) {
	names := k.Arrays()
	sumsParam, sumsArg, sums := "", "", ""
	if len(k.Sums()) > 0 {
		sumsParam, sumsArg, sums = "dst *"+sumsType(k)+", ", "&dst[0], ", "dst, "
	}
	g.f("func %s[F Float](%s%s []F%s) {\n", chunkName(k), sumsParam, strings.Join(names, ", "), numbersParam(k))
	if len(k.Sums()) == 0 {
		g.f("if len(%s) > chunk {\n%sLong(%s%s)\nreturn\n}\n", names[0], k.Name, strings.Join(names, ", "), numbersArg(k, "m"))
	}
	g.byTypeReturning(func(t kernels.Type) {
		g.choose(sets, func(set *isa.Info) {
			g.f("%s(%s%s, len(%s)%s)\nreturn\n", isa.Symbol(k.Name, t, set.Name), sumsArg, each(names, "pointer", t), names[0],
				numbersArg(k, "&m[0][0]"))
		})
		g.f("%s(%s%s%s)\n", isa.Symbol(k.Name, t, generic), sums, each(names, "as", t), numbersArg(k, "m"))
	})
	for _, t := range kernels.Elements {
		g.declare(func(set string) string { return isa.Symbol(k.Name, t, set) }, shape.Pass(k, t), sets)
	}
}

// choose switches between the instruction sets; what follows is for plain Go.
func (g *file) choose(sets []*isa.Info, call func(set *isa.Info)) {
	if sets == nil {
		return
	}
	g.f("switch isa {\n")
	for _, inf := range sets {
		g.f("case %s:\n", strings.ToLower(inf.Name))
		call(inf)
	}
	g.f("}\n")
}

func (g *file) declareRows(r kernels.Reduction, sets []*isa.Info) {
	for _, t := range r.Types() {
		g.declare(func(set string) string { return isa.Symbol(r.Name, t, set) }, shape.Rows(r, t), sets)
	}
}

// declare writes the declarations of the assembly.
func (g *file) declare(name func(set string) string, s isa.Signature, sets []*isa.Info) {
	g.f("\n")
	for _, inf := range sets {
		g.f("//go:noescape\nfunc %s%s\n\n", name(inf.Name), s)
	}
}

// each lists the arguments, converted.
func each(args []string, convert string, t kernels.Type) string {
	var list []string
	for _, a := range args {
		list = append(list, fmt.Sprintf("%s[%s](%s)", convert, t.Go(), a))
	}
	return strings.Join(list, ", ")
}

// dispatchConversions writes the switches between the instruction sets, and what they leave over.
func (g *file) dispatchConversions(sets []*isa.Info) {
	for _, c := range g.Conversions {
		g.f("\nfunc %s(dst []float64, counts []%s, plus float64) {\ncounts = counts[:len(dst)]\n", c.Name(), c.From.Go())
		g.f("i := 0\n")
		if sets != nil {
			g.f("if whole := len(dst) &^ (lanes - 1); whole > 0 {\n")
			g.choose(sets, func(set *isa.Info) {
				g.f("%s%s(&dst[0], &counts[0], whole, plus)\ni = whole\n", c.Name(), set.Name)
			})
			g.f("}\n")
		}
		g.f("for ; i < len(dst); i++ {\ndst[i] = float64(counts[i]) + plus\n}\n}\n\n")
		for _, inf := range sets {
			g.f("//go:noescape\nfunc %s%s%s\n\n", c.Name(), inf.Name, shape.Conversion(c))
		}
	}
}

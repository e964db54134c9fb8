package golang

import (
	"fmt"
	"strings"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/shape"
	"github.com/relent-go/relent/kernels"
)

// generic is the name that plain Go has as an instruction set, which is plainGo.
const generic = "Generic"

var plainGo = &isa.Info{Name: generic}

// switches declares the assembly of some instruction sets, and for each kernel the function that picks one of them, or Go.
func (g *file) switches(sets []*isa.Info) []byte {
	for _, r := range g.Reductions {
		if r.Numbers {
			g.dispatchScaled(r, sets)
		} else {
			g.dispatchSum(r, sets)
		}
		if r.Halves() != nil {
			g.dispatchHalves(r, sets)
		}
		for _, t := range append(r.Types(), r.Halves()...) {
			g.declare(r.Name, shape.Rows(r, t), t, sets)
		}
	}
	for _, k := range g.Passes() {
		g.dispatch(k, sets)
	}
	g.dispatchConversions(sets)
	if g.Tiles != nil {
		g.dispatchWalks(sets)
		g.dispatchTables(sets)
	}
	return g.Bytes()
}

// dispatchSum writes what the measures call: a sum, and the sums of rows. They call the assembly directly: calls are what few
// elements cost most.
func (g *file) dispatchSum(r kernels.Reduction, sets []*isa.Info) {
	list := strings.Join(r.Args, ", ")
	g.f("func %s[F Float](%s []F) float64 {\n", r.Name, list)
	if len(r.Args) > 1 {
		g.f("if len(p) != len(q) {\npanicLengths(%q, len(p), len(q))\n}\n", r.Func)
	}
	g.f("if len(%s) > chunk {\nreturn %sLong(%s)\n}\n", r.Args[0], r.Name, list)
	if sets != nil {
		g.f("var sum float64\n")
	}
	g.pick(sets, true, func(set *isa.Info, t kernels.Type) {
		if set == plainGo {
			g.f("return %s(%s)\n", isa.Symbol(r.Name, t, generic), each(r.Args, set, t))
		} else {
			g.oneRow(r, set, t, each(r.Args, set, t))
		}
	})
	if r.Measures != nil {
		g.dispatchRows(r, sets)
	}
}

// dispatchScaled writes the sum over a chunk, at least one element, whose text has numbers of a model.
func (g *file) dispatchScaled(r kernels.Reduction, sets []*isa.Info) {
	const t = kernels.F64
	list := strings.Join(r.Args, ", ")
	g.f("func %s(%s, m *numbers) float64 {\n", r.Name, params(r.Args, t))
	if sets != nil {
		g.f("var sum float64\n")
	}
	g.choose(sets, func(set *isa.Info) {
		g.oneRow(r, set, t, "&"+strings.Join(r.Args, "[0], &")+"[0], &m[0][0]")
	})
	g.f("return %s(%s, m)\n}\n", isa.Symbol(r.Name, t, generic), list)
}

// oneRow writes the sum by assembly, which is that of rows.
func (g *file) oneRow(r kernels.Reduction, set *isa.Info, t kernels.Type, pointers string) {
	g.f("%s(&sum, %s, len(%s), %s1)\nreturn sum\n", isa.Symbol(r.Name, t, set.Name), pointers, r.Args[0], strings.Repeat("0, ", len(r.Args)))
}

// dispatchRows writes the function of rows: row i begins stride elements after row i-1, and all have n of them, at most a chunk.
func (g *file) dispatchRows(r kernels.Reduction, sets []*isa.Info) {
	var rows []string
	for _, a := range r.Args {
		rows = append(rows, fmt.Sprintf("%s[i*%s:][:n]", a, shape.Stride(a)))
	}
	list := strides(r)
	name := r.Name + "Rows"
	if sets != nil {
		g.shortRows(r, sets)
		name = r.Name + "EachRow"
	}
	g.f("\nfunc %s[F Float](dst []float64, %s []F, n, %s int) {\n", name, strings.Join(r.Args, ", "), list)
	g.pick(sets, false, func(set *isa.Info, t kernels.Type) {
		if symbol := isa.Symbol(r.Name, t, set.Name); set == plainGo {
			g.f("for i := range dst {\ndst[i] = %s(%s)\n}\n", symbol, each(rows, set, t))
		} else {
			g.f("%s(&dst[0], %s, n, %s, len(dst))\n", symbol, each(r.Args, set, t), list)
		}
	})
}

// shortRows writes the function that picks the kernel of short rows, where they are that, for all that it can do, and computes the others
// one after the other.
func (g *file) shortRows(r kernels.Reduction, sets []*isa.Info) {
	name, list := shape.ShortName(r), strides(r)
	params := fmt.Sprintf("[F Float](dst []float64, %s []F, n, %s int)", strings.Join(r.Args, ", "), list)
	from := func(row string) string {
		var rest []string
		for _, a := range r.Args {
			rest = append(rest, fmt.Sprintf("%s[%s*%s:]", a, row, shape.Stride(a)))
		}
		return strings.Join(rest, ", ")
	}
	g.f("\nfunc %sRows%s {\n", r.Name, params)
	alone := "!areShort[F](len(dst), n)"
	if r.Near != nil {
		alone = "n < leastNear || " + alone
	}
	g.f("if %s {\n%sEachRow(dst, %s, n, %s)\nreturn\n}\n", alone, r.Name, strings.Join(r.Args, ", "), list)
	g.f("for s := (shortRows{rows: len(dst)}); s.from < s.rows; {\n")
	g.f("done := %s(dst[s.from:], %s, n, %s)\n", name, from("s.from"), list)
	g.f("if from, to := s.after(done); from < to {\n%sEachRow(dst[from:to], %s, n, %s)\n}\n}\n}\n", r.Name, from("from"), list)
	g.f("\nfunc %s%s int {\n", name, params)
	g.pick(sets, true, func(set *isa.Info, t kernels.Type) {
		if set == plainGo {
			g.f("return 0\n")
		} else {
			g.f("return %s(&dst[0], %s, n, %s, len(dst))\n", isa.Symbol(name, t, set.Name), each(r.Args, set, t), list)
		}
	})
	for _, t := range kernels.Elements {
		g.declare(name, shape.Short(r, t), t, sets)
	}
}

// dispatchHalves writes what sums rows of halves. Not to be told apart by their type, they come with a flag.
func (g *file) dispatchHalves(r kernels.Reduction, sets []*isa.Info) {
	g.f("func %sHalves(dst []float64, %s []uint16, brain bool, n, %s int) bool {\n", r.Name, strings.Join(r.Args, ", "), strides(r))
	call := func(t kernels.Type, set *isa.Info) {
		g.f("%s(&dst[0], &%s[0], n, %s, len(dst))\n", isa.Symbol(r.Name, t, set.Name), strings.Join(r.Args, "[0], &"), strides(r))
	}
	g.choose(sets, func(set *isa.Info) {
		g.f("if brain {\n")
		call(kernels.BF16, set)
		g.f("} else {\n")
		call(kernels.F16, set)
		g.f("}\nreturn true\n")
	})
	g.f("return false\n}\n\n")
}

// strides are the parameters of that name.
func strides(r kernels.Reduction) string {
	var list []string
	for _, a := range r.Args {
		list = append(list, shape.Stride(a))
	}
	return strings.Join(list, ", ")
}

// dispatch writes what computes the outputs of a kernel: of a chunk where there are sums, of any number where there are none.
func (g *file) dispatch(k kernels.Kernel, sets []*isa.Info) {
	names := k.Arrays()
	sumsParam, sums := "", map[bool]string{}
	if len(k.Sums()) > 0 {
		sumsParam = "dst *" + sumsType(k) + ", "
		sums = map[bool]string{true: "dst, ", false: "&dst[0], "}
	}
	g.f("func %s[F Float](%s%s []F%s) {\n", chunkName(k), sumsParam, strings.Join(names, ", "), numbersParam(k))
	if len(k.Sums()) == 0 {
		g.f("if len(%s) > chunk {\n%sLong(%s%s)\nreturn\n}\n", names[0], k.Name, strings.Join(names, ", "), numbersArg(k, "m"))
	}
	g.pick(sets, false, func(set *isa.Info, t kernels.Type) {
		rest := numbersArg(k, "m")
		if set != plainGo {
			rest = ", len(" + names[0] + ")" + numbersArg(k, "&m[0][0]")
		}
		g.f("%s(%s%s%s)\n", isa.Symbol(k.Name, t, set.Name), sums[set == plainGo], each(names, set, t), rest)
	})
	for _, t := range kernels.Elements {
		g.declare(k.Name, shape.Pass(k, t), t, sets)
	}
	if k.Side {
		g.dispatchSide(k, sets)
	}
}

// dispatchSide writes the switch of rows side by side, for which there is assembly only. Panels have memory for what the call says.
func (g *file) dispatchSide(k kernels.Kernel, sets []*isa.Info) {
	names := k.Arrays()
	g.f("func %s[F Float](sums *sideSums, %s []F, n, panels int, m *sideNumbers) {\n", shape.SideName(k), strings.Join(names, ", "))
	if sets == nil {
		g.f("}\n\n")
		return
	}
	g.pick(sets, false, func(set *isa.Info, t kernels.Type) {
		if set == plainGo {
			return
		}
		g.f("%s(&sums[0][0], %s, n, panels, &m[0][0])\n", isa.Symbol(shape.SideName(k), t, set.Name), each(names, set, t))
	})
	for _, t := range kernels.Elements {
		g.declare(shape.SideName(k), shape.Side(k, t), t, sets)
	}
}

// pick writes, for each type of elements, a call for the instruction set in force, or for plain Go, and ends the function.
func (g *file) pick(sets []*isa.Info, returns bool, call func(set *isa.Info, t kernels.Type)) {
	g.f("if isFloat64[F]() {\n")
	for i, t := range kernels.Elements {
		end := map[bool]string{false: "return\n"}[returns]
		g.choose(sets, func(set *isa.Info) {
			call(set, t)
			g.f("%s", end)
		})
		call(plainGo, t)
		if i < len(kernels.Elements)-1 {
			g.f("%s", end)
		}
		g.f("}\n")
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

// declare writes the declarations of the assembly.
func (g *file) declare(name string, s isa.Signature, t kernels.Type, sets []*isa.Info) {
	for _, inf := range sets {
		g.f("\n//go:noescape\nfunc %s%s\n", isa.Symbol(name, t, inf.Name), s)
	}
	g.f("\n")
}

// each lists the arguments, as a set takes them.
func each(args []string, set *isa.Info, t kernels.Type) string {
	convert := map[bool]string{true: "as", false: "pointer"}[set == plainGo]
	var list []string
	for _, a := range args {
		list = append(list, fmt.Sprintf("%s[%s](%s)", convert, t.Go(), a))
	}
	return strings.Join(list, ", ")
}

// dispatchConversions writes the switches between the instruction sets, and what they leave over.
func (g *file) dispatchConversions(sets []*isa.Info) {
	for _, c := range g.Conversions {
		plus, parameter, result := "", "", c.One+"(x[i])"
		if c.Adds() {
			plus, parameter, result = ", plus", ", plus float64", result+" + plus"
		}
		g.f("\nfunc %s(dst []%s, x []%s%s) {\nx = x[:len(dst)]\n", c.Name, c.To.Go(), c.From.Go(), parameter)
		g.f("i := 0\n")
		if sets != nil {
			g.f("if whole := len(dst) &^ (lanes - 1); whole > 0 {\n")
			g.choose(sets, func(set *isa.Info) {
				g.f("%s%s(&dst[0], &x[0], whole%s)\ni = whole\n", c.Name, set.Name, plus)
			})
			g.f("}\n")
		}
		g.f("for ; i < len(dst); i++ {\ndst[i] = %s\n}\n}\n\n", result)
		for _, inf := range sets {
			g.f("//go:noescape\nfunc %s%s%s\n\n", c.Name, inf.Name, shape.Conversion(c))
		}
	}
}

// dispatchWalks writes the functions that pick a target's kernel, and what the sets' shapes are.
func (g *file) dispatchWalks(sets []*isa.Info) {
	for _, k := range shape.Walks() {
		g.f("func %s[F Float]%s {\n", k.Name, k.Signature("[]F"))
		g.pick(sets, k.Result, func(set *isa.Info, t kernels.Type) { g.call(k, set, t) })
		for _, t := range kernels.Elements {
			g.declare(k.Name, k.Signature("*"+t.Go()), t, sets)
		}
	}
	g.unrolled(sets)
	g.f("// panelShape is what the kernels in force work on.\nfunc panelShape[F Float]() shape {\n")
	g.pick(sets, true, func(set *isa.Info, t kernels.Type) {
		if set == plainGo {
			g.f("return shape{lanes: 1, group: 1}\n")
			return
		}
		g.f("return shape{lanes: %d, group: %d, unrolled: %d, side: [maxUnrolled + 1]uint8{", set.Vector/t.Bytes(), set.Tile.Panels, set.Unrolled)
		g.f("%s", strings.Repeat("0, ", 16/t.Bytes()))
		for _, dim := range shape.UnrolledDims(set, t) {
			g.f("%d, ", shape.SideBySide(set, dim))
		}
		g.f("}}\n")
	})
	g.f("\n")
}

// call writes a call of a kernel.
func (g *file) call(k shape.Walk, set *isa.Info, t kernels.Type) {
	g.f("%s%s(%s, %s)\n", map[bool]string{true: "return "}[k.Result], isa.Symbol(k.Name, t, set.Name), each(k.Pointers, set, t),
		strings.Join(k.Integers, ", "))
}

// unrolled writes the function that picks the kernel of unrolled rows.
func (g *file) unrolled(sets []*isa.Info) {
	const none = "panic(\"relent: no kernel for this many columns\")\n"
	g.f("func sqMahalanobisUnrolled[F Float](dim int, %s {\n", strings.TrimPrefix(shape.UnrolledWalk(0).Signature("[]F").String(), "("))
	if sets == nil {
		g.f(none + "}\n\n")
		return
	}
	g.pick(sets, true, func(set *isa.Info, t kernels.Type) {
		if set == plainGo {
			g.f(none)
			return
		}
		g.f("switch dim {\n")
		for _, dim := range shape.UnrolledDims(set, t) {
			g.f("case %d:\n", dim)
			g.call(shape.UnrolledWalk(dim), set, t)
		}
		g.f("}\n")
	})
	for _, t := range kernels.Elements {
		for _, set := range sets {
			for _, dim := range shape.UnrolledDims(set, t) {
				k := shape.UnrolledWalk(dim)
				g.declare(k.Name, k.Signature("*"+t.Go()), t, []*isa.Info{set})
			}
		}
	}
}

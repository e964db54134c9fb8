package golang

import (
	"strings"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/shape"
	"github.com/relent-go/relent/kernels"
)

// dispatchWalks writes the functions that pick a target's kernel, and what the sets' shapes are.
func (g *file) dispatchWalks(sets []*isa.Info) {
	for _, k := range shape.Walks() {
		g.f("func %s[F Float]%s {\n", k.Name, k.Signature("[]F"))
		g.byType(func(t kernels.Type) {
			g.choose(sets, func(inf *isa.Info) {
				g.call(k, isa.Symbol(k.Name, t, inf.Name), "pointer", t)
			})
			g.call(k, isa.Symbol(k.Name, t, generic), "as", t)
		})
		for _, t := range kernels.Elements {
			for _, inf := range sets {
				g.f("\n//go:noescape\nfunc %s%s\n", isa.Symbol(k.Name, t, inf.Name), k.Signature("*"+t.Go()))
			}
		}
		g.f("\n")
	}
	g.unrolled(sets)
	g.f("// panelShape is what the kernels in force work on.\nfunc panelShape[F Float]() shape {\n")
	g.byType(func(t kernels.Type) {
		g.choose(sets, func(inf *isa.Info) {
			g.f("return shape{lanes: %d, group: %d, unrolled: %d, side: [maxUnrolled + 1]uint8{", inf.Vector/t.Bytes(), inf.Tile.Panels, inf.Unrolled)
			for dim := 0; dim <= inf.Unrolled; dim++ {
				side := 0
				if dim >= 16/t.Bytes() {
					side = shape.SideBySide(inf, dim)
				}
				g.f("%d, ", side)
			}
			g.f("}}\n")
		})
		g.f("return shape{lanes: 1, group: 1}\n")
	})
	g.f("\n")
}

// call writes a call of a kernel and a return.
func (g *file) call(k shape.Walk, name, convert string, t kernels.Type) {
	format := "%s(%s, %s)\nreturn\n"
	if k.Result {
		format = "return %s(%s, %s)\n"
	}
	g.f(format, name, each(k.Pointers, convert, t), strings.Join(k.Integers, ", "))
}

// unrolled writes the function that picks the kernel of unrolled rows.
func (g *file) unrolled(sets []*isa.Info) {
	k := shape.UnrolledWalk(0)
	g.f("func sqMahalanobisUnrolled[F Float](dim int, %s {\n", strings.TrimPrefix(k.Signature("[]F").String(), "("))
	if len(sets) > 0 {
		g.f("if isFloat64[F]() {\n")
	}
	for i, t := range kernels.Elements {
		if len(sets) == 0 {
			break
		}
		g.choose(sets, func(inf *isa.Info) {
			g.f("switch dim {\n")
			for _, dim := range shape.UnrolledDims(inf, t) {
				g.f("case %d:\nreturn %s(%s, %s)\n", dim, isa.Symbol(shape.UnrolledWalk(dim).Name, t, inf.Name), each(k.Pointers, "pointer", t),
					strings.Join(k.Integers, ", "))
			}
			g.f("}\n")
		})
		g.f("%s", []string{"}\n", ""}[i])
	}
	g.f("panic(\"relent: no kernel for this many columns\")\n}\n")
	for _, t := range kernels.Elements {
		for _, inf := range sets {
			for _, dim := range shape.UnrolledDims(inf, t) {
				u := shape.UnrolledWalk(dim)
				g.f("\n//go:noescape\nfunc %s%s\n", isa.Symbol(u.Name, t, inf.Name), u.Signature("*"+t.Go()))
			}
		}
	}
	g.f("\n")
}

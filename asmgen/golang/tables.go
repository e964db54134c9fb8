package golang

import (
	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/shape"
	"github.com/relent-go/relent/kernels"
)

// genericTables writes the kernels of tables in plain Go, a row after the other.
func (g *file) genericTables() {
	const t = kernels.F64
	step := func(s kernels.Substep, x string, with ...string) string { return goStep(s, t, x, with...) }
	g.walk(shape.MarginsWalk, t, "for i := range rows {\nvar acc [lanes]float64\nfor j, v := range x[i*stride:][:stripes*lanes] {\n")
	g.f("columns[j] = %s\nacc[j%%lanes] = %s\n}\nsums[i] = fold(&acc)\n}\n}\n\n", step(kernels.Accumulate, "columns[j]", "v"),
		step(kernels.Multiply, "acc[j%lanes]", "ones[j]", "v"))
	g.walk(shape.OuterWalk, t, "for i, v := range column[:rows] {\nto := dst[i*stride:][:stripes*lanes]\nfor j, w := range row[:stripes*lanes] {\n")
	g.f("to[j] = %s\n}\n}\n}\n\n", step(kernels.Times, "", "w", "v"))
}

// dispatchTables writes the functions that pick one of the sets.
func (g *file) dispatchTables(sets []*isa.Info) {
	const t = kernels.F64
	for _, k := range shape.TableWalks() {
		g.f("func %s%s {\n", k.Name, k.Signature("[]"+t.Go()))
		g.choose(sets, func(set *isa.Info) {
			g.call(k, set, t)
			g.f("return\n")
		})
		g.call(k, plainGo, t)
		g.f("}\n")
		g.declare(k.Name, k.Signature("*"+t.Go()), t, sets)
	}
}

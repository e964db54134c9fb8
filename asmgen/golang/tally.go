package golang

import (
	"math"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/shape"
	"github.com/relent-go/relent/kernels"
)

// tally writes it in plain Go.
func (g *file) tally() {
	g.f("func %s(dst *tally, p, q []float64) {\n", isa.Symbol(shape.TallyName, kernels.F64, generic))
	for side, a := range []string{"p", "q"} {
		g.f("var %sSums [lanes]float64\n%sLeast := int64(%#x)\n", a, a, math.Float64bits(math.Inf(1)))
		g.f("for i, x := range %s {\n%sSums[i%%lanes] += x\n%sLeast = min(%sLeast, int64(math.Float64bits(x)))\n}\n", a, a, a, a)
		g.f("dst.sums[%d][0] = fold(&%sSums)\n", side, a)
		g.f("dst.least[%d][0] = uint64(%sLeast)\n", side, a)
	}
	g.f("}\n\n")
}

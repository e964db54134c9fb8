package shape

import (
	"slices"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// Conversion is the signature of a conversion.
func Conversion(c kernels.Conversion) isa.Signature {
	return isa.Signature{Groups: []isa.Group{{Names: []string{"dst"}, Type: "*float64"}, {Names: []string{"counts"}, Type: "*" + c.From.Go()},
		{Names: []string{"n"}, Type: "int"}, {Names: []string{"plus"}, Type: "float64"}}}
}

// Convert emits a conversion: of whole stripes only, one at least.
func Convert(t isa.Machine, c kernels.Conversion) {
	a := beginArrays(t, c.Name()+t.Info().Name, Conversion(c), []string{"dst", "counts"}, kernels.F64, c.From)
	a.load()
	b, text := schedule.NewBlock(t, kernels.F64, 0), stepOf(kernels.Convert, kernels.F64, 1)
	plus := b.Reg()
	a.Constant(plus, isa.Place{Param: "plus"}.Loc(), kernels.F64)
	a.Label("stripe")
	width := t.Info().Vector / 8
	for i := range Lanes / width {
		r, tmp := b.Reg(), schedule.NoReg
		if t.Info().LoadTakes[c.From] {
			tmp = b.Reg()
		}
		a.Load(r, tmp, a.element(1, i*width), kernels.F64, c.From)
		b.Apply(text, r, isa.Register(plus))
		a.Store(r, a.element(0, i*width), kernels.F64, kernels.F64)
		for _, used := range slices.DeleteFunc([]int{r, tmp}, func(r int) bool { return r == schedule.NoReg }) {
			b.Release(used)
		}
	}
	a.advance(Lanes)
	a.atLeast(Lanes, "stripe")
	a.Return()
}

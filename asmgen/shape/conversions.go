package shape

import (
	"slices"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// Conversion is the signature of a conversion.
func Conversion(c kernels.Conversion) isa.Signature {
	s := isa.Signature{Groups: []isa.Group{{Names: []string{"dst"}, Type: "*" + c.To.Go()}, {Names: []string{"x"}, Type: "*" + c.From.Go()},
		{Names: []string{"n"}, Type: "int"}}}
	if c.Adds() {
		s.Groups = append(s.Groups, isa.Group{Names: []string{"plus"}, Type: "float64"})
	}
	return s
}

// Convert emits a conversion: of whole stripes only, one at least.
func Convert(t isa.Machine, c kernels.Conversion) {
	a := beginArrays(t, c.Name+t.Info().Name, Conversion(c), []string{"dst", "x"}, c.To, c.From)
	a.load()
	b := schedule.NewBlock(t, c.To, 0)
	var with []isa.Loc
	if c.Adds() {
		plus := b.Reg()
		a.Constant(plus, isa.Place{Param: "plus"}.Loc(), c.To)
		with = append(with, isa.Register(plus))
	}
	a.Label("stripe")
	width := t.Info().Vector / c.To.Bytes()
	for i := range Lanes / width {
		r, tmp := b.Reg(), schedule.NoReg
		if t.Info().LoadTakes[c.From] {
			tmp = b.Reg()
		}
		a.Load(r, tmp, a.element(1, i*width), c.To, c.From)
		if c.Adds() {
			b.Apply(stepOf(kernels.Convert, c.To, len(with)), r, with...)
		}
		a.Store(r, a.element(0, i*width), c.To, c.To)
		for _, used := range slices.DeleteFunc([]int{r, tmp}, func(r int) bool { return r == schedule.NoReg }) {
			b.Release(used)
		}
	}
	a.advance(Lanes)
	a.atLeast(Lanes, "stripe")
	a.Return()
}

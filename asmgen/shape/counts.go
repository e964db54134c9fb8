package shape

import (
	"math"
	"slices"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// TallyName is the kernel that sums two arrays and finds their least elements.
const TallyName = "tally"

// TallySignature is that of a tally.
var TallySignature = Arrays(tallyPointers, kernels.F64)

var tallyPointers = []string{"dst", "p", "q"}

// The results of a tally are the first lanes of four vectors, as far apart as if they were the widest: two sums, and two whose upper halves are
// the least of the patterns of p and of q, as signed integers: those of numbers >= 0 have the order of the numbers.
const widestVector = 8 // float64

// A tally is a loop over two arrays at once.
type tally struct {
	arrays
	width int
	sums  [2][]int
	least [2]int
	tmp   [2]int
}

// Tally emits it.
func Tally(t isa.Machine) {
	k := &tally{arrays: beginArrays(t, isa.Symbol(TallyName, kernels.F64, t.Info().Name), TallySignature, tallyPointers, kernels.F64),
		width: t.Info().Vector / 8}
	k.assign()
	k.load()
	for side, sums := range k.sums {
		for _, r := range sums {
			t.Constant(r, isa.Constant(0), kernels.F64)
		}
		t.Constant(k.least[side], isa.Constant(math.Float64bits(math.Inf(1))), kernels.F64)
	}
	s := sweep{size: Lanes, width: k.width, loop: "stripe", tail: "tail", done: "store"}
	s.whole = func() {
		for c := 0; c < Lanes/k.width; c += 2 {
			k.addTwo(c)
		}
	}
	k.wholes(s)
	k.Label("tail")
	for c := range Lanes / k.width {
		k.noMore(c*k.width, "store")
		k.Tail(c * k.width)
		for side, sums := range k.sums {
			k.loadTail(side, c, 0)
			k.op(kernels.Add, sums[c], k.tmp[0])
			k.loadTail(side, c, math.Inf(1))
			k.op(kernels.IntMin, k.least[side], k.tmp[0])
		}
	}
	k.Label("store")
	k.load() // for where dst begins
	for side, sums := range k.sums {
		k.foldVectors(sums)
		k.FoldLanes(kernels.Add, sums[0], k.tmp[0])
		k.Store(sums[0], k.element(0, side*widestVector), kernels.F64, kernels.F64)
		k.FoldLanes(kernels.IntMin, k.least[side], k.tmp[0])
		k.Store(k.least[side], k.element(0, (2+side)*widestVector), kernels.F64, kernels.F64)
	}
	k.Return()
}

// assign gives every value its register.
func (k *tally) assign() {
	next := 0
	reg := func() int { next++; return next - 1 }
	for side := range k.sums {
		for range Lanes / k.width {
			k.sums[side] = append(k.sums[side], reg())
		}
		k.least[side], k.tmp[side] = reg(), reg()
	}
}

// addTwo takes in vectors c and c+1 of both arrays.
func (k *tally) addTwo(c int) {
	for side, sums := range k.sums {
		for i, r := range k.tmp {
			k.Load(r, schedule.NoReg, k.element(1+side, (c+i)*k.width), kernels.F64, kernels.F64)
			k.op(kernels.Add, sums[c+i], r)
		}
		k.op(kernels.IntMin, k.tmp[0], k.tmp[1])
		k.op(kernels.IntMin, k.least[side], k.tmp[0])
	}
}

func (k *tally) loadTail(side, c int, pad float64) {
	k.LoadTail(k.tmp[0], k.tmp[1], k.element(1+side, c*k.width), c*k.width, kernels.F64, kernels.F64, pad)
}

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

package main

import (
	"math"

	"github.com/relent-go/relent/kernels"
)

// tallyName is the kernel that sums two arrays and finds their least elements.
const tallyName = "tally"

var tallyPointers = []string{"dst", "p", "q"}

// The result of a tally is two vectors, as far apart as if they were the widest, whose first lane is a sum, and two of as many lanes as
// the widest with the least patterns of p and of q, as signed integers: those of numbers >= 0 have the order of the numbers.
const widestVector = 8 // float64

// A tally is a loop over two arrays at once.
type tally struct {
	target
	width int
	sums  [2][]int
	least [2]int
	tmp   [2]int
	mask  int
}

func tallies(t target) {
	k := &tally{target: t, width: t.info().vector / 8}
	k.assign()
	t.function(symbol(tallyName, kernels.F64, t.info().name), tallyPointers, kernels.F64, false, 0)
	t.loadArgs()
	for side, sums := range k.sums {
		for _, r := range sums {
			t.zero(r)
		}
		t.loadConst(k.least[side], constantLoc(infinity), kernels.F64)
	}
	t.jumpIfFewer(lanes, "tail")
	t.label("stripe")
	for c := 0; c < lanes/k.width; c += 2 {
		k.addTwo(c)
	}
	t.advance(lanes)
	t.jumpIfAtLeast(lanes, "stripe")
	t.label("tail")
	for c := range lanes / k.width {
		t.jumpIfAtMost(c*k.width, "store")
		t.tail(c * k.width)
		for side, sums := range k.sums {
			k.loadTail(side, c, 0)
			k.add(sums[c], k.tmp[0])
			k.loadTail(side, c, math.Inf(1))
			k.lower(k.least[side], k.tmp[0])
		}
	}
	t.label("store")
	t.loadArgs() // for where dst begins
	for side, sums := range k.sums {
		t.foldVectors(sums)
		t.foldLanes(sums[0], k.tmp[0])
		t.store(sums[0], side*widestVector, kernels.F64, kernels.F64)
		for lane := 0; lane < widestVector; lane += k.width {
			t.store(k.least[side], (2+side)*widestVector+lane, kernels.F64, kernels.F64)
		}
	}
	t.ret()
}

var infinity = math.Float64bits(math.Inf(1))

// assign gives every value its register.
func (k *tally) assign() {
	next := 0
	reg := func() int { next++; return next - 1 }
	for side := range k.sums {
		for range lanes / k.width {
			k.sums[side] = append(k.sums[side], reg())
		}
		k.least[side], k.tmp[side] = reg(), reg()
	}
	k.mask = reg()
}

// addTwo takes in vectors c and c+1 of both arrays.
func (k *tally) addTwo(c int) {
	for side, sums := range k.sums {
		for i, r := range k.tmp {
			k.load(r, 1+side, (c+i)*k.width, kernels.F64, kernels.F64)
			k.add(sums[c+i], r)
		}
		k.lower(k.tmp[0], k.tmp[1])
		k.lower(k.least[side], k.tmp[0])
	}
}

func (k *tally) loadTail(side, c int, pad float64) {
	k.target.loadTail(k.tmp[0], k.tmp[1], 1+side, c*k.width, kernels.F64, kernels.F64, pad)
}

func (k *tally) add(acc, x int) {
	k.op(kernels.Add, inRegister(acc), []loc{inRegister(acc), inRegister(x)}, kernels.F64)
}

// lower makes acc the lesser of acc and x.
func (k *tally) lower(acc, x int) {
	k.target.(interface{ lesser(acc, x, mask int) }).lesser(acc, x, k.mask)
}

// lesser makes acc the lesser of acc and r, as 64-bit integers; mask may be overwritten.
func (x *x86) lesser(acc, r, mask int) {
	if x.inf.vector == 64 {
		x.i("VPMINSQ", x.file[acc], x.file[acc], x.file[r])
		return
	}
	x.i("VPCMPGTQ", x.file[mask], x.file[acc], x.file[r])
	x.i("VBLENDVPD", x.file[acc], x.file[acc], x.file[r], x.file[mask])
}

func (n *neon) lesser(acc, r, mask int) {
	n.enc("cmgt", sameD, mask, acc, r)
	n.native("VBIT", "B16", acc, r, mask)
}

// dispatchTally writes the switch between the instruction sets.
func (g *goFile) dispatchTally(isas []string) {
	g.f("func tallyChunk(dst *tally, p, q []float64) {\n")
	g.choose(isas, func(isa string) {
		g.f("%s(&dst.sums[0][0], &p[0], &q[0], len(p))\nreturn\n", symbol(tallyName, kernels.F64, isa))
	})
	g.f("%s(dst, p, q)\n}\n", symbol(tallyName, kernels.F64, "Generic"))
	g.declareFor(tallyName, tallyPointers, kernels.F64, false, isas)
}

// tally writes it in plain Go.
func (g *goFile) tally() {
	g.f("func %s(dst *tally, p, q []float64) {\n", symbol(tallyName, kernels.F64, "Generic"))
	for side, a := range tallyPointers[1:] {
		g.f("var %sSums [lanes]float64\n%sLeast := int64(%#x)\n", a, a, infinity)
		g.f("for i, x := range %s {\n%sSums[i%%lanes] += x\n%sLeast = min(%sLeast, int64(math.Float64bits(x)))\n}\n", a, a, a, a)
		g.f("dst.sums[%d][0] = fold(&%sSums)\n", side, a)
		g.f("for i := range dst.least[%d] {\ndst.least[%d][i] = %sLeast\n}\n", side, side, a)
	}
	g.f("}\n\n")
}

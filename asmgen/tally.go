package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"

	"github.com/relent-go/relent/kernels"
)

// tallyName is the kernel that sums two arrays and finds their least elements.
const tallyName = "tally"

var tallyPointers = []string{"dst", "p", "q"}

// The results of a tally are the first lanes of four vectors, as far apart as if they were the widest: two sums, and two whose upper halves are
// the least of the patterns of p and of q, as signed integers: those of numbers >= 0 have the order of the numbers.
const widestVector = 8 // float64

// A tally is a loop over two arrays at once.
type tally struct {
	target
	width int
	sums  [2][]int
	least [2]int
	tmp   [2]int
}

func tallies(t target) {
	k := &tally{target: t, width: t.info().vector / 8}
	k.assign()
	t.function(symbol(tallyName, kernels.F64, t.info().name), tallyPointers, kernels.F64, ofArrays, 0)
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
		k.isa().foldLeast(k.least[side], k.tmp[0])
		t.store(k.least[side], (2+side)*widestVector, kernels.F64, kernels.F64)
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
func (k *tally) lower(acc, x int) { k.isa().lesser(acc, x) }

func (k *tally) isa() integers { return k.target.(integers) }

// integers is what a tally needs of an instruction set besides.
type integers interface {
	lesser(acc, x int)      // makes acc the lesser of acc and x, as 32-bit integers
	foldLeast(acc, tmp int) // makes the first 64 bits those of the least; tmp is free
}

func (x *x86) lesser(acc, r int) { x.i("VPMINSD", x.file[acc], x.file[acc], x.file[r]) }

func (x *x86) foldLeast(acc, tmp int) {
	a, t, half := x.file[acc], x.file[tmp], "VEXTRACTF128"
	if x.inf.vector == 64 {
		x.i("VEXTRACTF64X4", t.AsY(), a, operand.Imm(1))
		x.lesser(acc, tmp)
		half = "VEXTRACTF64X2" // of any of the 32 registers
	}
	x.i(half, t.AsX(), a.AsY(), operand.Imm(1))
	x.lesser(acc, tmp)
	x.i("VUNPCKHPD", t.AsX(), a.AsX(), a.AsX())
	x.lesser(acc, tmp)
}

func (n *neon) lesser(acc, x int) { n.enc("smin", sameS, acc, acc, x) }

func (n *neon) foldLeast(acc, tmp int) {
	n.i("VDUP V%d.D[1], V%d.D2", acc, tmp)
	n.lesser(acc, tmp)
}

// dispatchTally writes the switch between the instruction sets.
func (g *goFile) dispatchTally(isas []string) {
	g.f("func tallyChunk(dst *tally, p, q []float64) {\n")
	g.choose(isas, func(isa string) {
		g.f("%s(&dst.sums[0][0], &p[0], &q[0], len(p))\nreturn\n", symbol(tallyName, kernels.F64, isa))
	})
	g.f("%s(dst, p, q)\n}\n", symbol(tallyName, kernels.F64, "Generic"))
	g.declareFor(tallyName, tallyPointers, kernels.F64, ofArrays, isas)
}

// tally writes it in plain Go.
func (g *goFile) tally() {
	g.f("func %s(dst *tally, p, q []float64) {\n", symbol(tallyName, kernels.F64, "Generic"))
	for side, a := range tallyPointers[1:] {
		g.f("var %sSums [lanes]float64\n%sLeast := int64(%#x)\n", a, a, infinity)
		g.f("for i, x := range %s {\n%sSums[i%%lanes] += x\n%sLeast = min(%sLeast, int64(math.Float64bits(x)))\n}\n", a, a, a, a)
		g.f("dst.sums[%d][0] = fold(&%sSums)\n", side, a)
		g.f("dst.least[%d][0] = uint64(%sLeast)\n", side, a)
	}
	g.f("}\n\n")
}

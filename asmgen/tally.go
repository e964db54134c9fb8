package main

import (
	"math"

	"github.com/relent-go/relent/kernels"
)

// The kernels that look at counts of both sides before they are measured: tally sums them and tells whether all are ordinary, least
// finds the least of each side.
const (
	tallyName = "tally"
	leastName = "least"
)

var tallyPointers = []string{"dst", "p", "q"}

// The result of a tally is two vectors, as far apart as if they were the widest, whose first lane is a sum, and one of marks of as many
// lanes as the widest: if a pattern has one of ordinaryBits, an element is below 2**-200, or a sum is above 2**200. That of least is two
// vectors of so many lanes, which hold the least of their elements, if none is NaN.
const widestVector = 8 // float64

// Patterns of numbers below 2**-200 less the pattern of that, as integers, have one of the upper two bits, as those of numbers of
// 2**824 and more have.
const ordinaryBits = 3 << 62

var (
	leastOrdinary = math.Float64bits(0x1p-200)
	infinity      = math.Float64bits(math.Inf(1))
)

// twoArrays is a loop over two arrays at once.
type twoArrays struct {
	target
	width int
	tmp   [2]int
	next  int
}

func overTwoArrays(t target, name string) *twoArrays {
	k := &twoArrays{target: t, width: t.info().vector / 8}
	k.tmp = [2]int{k.reg(), k.reg()}
	t.function(symbol(name, kernels.F64, t.info().name), tallyPointers, kernels.F64, false, 0)
	t.loadArgs()
	return k
}

func (k *twoArrays) reg() int { k.next++; return k.next - 1 }

// constant is a register with a float64, given by its pattern.
func (k *twoArrays) constant(bits uint64) int {
	r := k.reg()
	k.loadConst(r, constantLoc(bits), kernels.F64)
	return r
}

// loop takes in two vectors at a time, c and c+1 of a stripe, and at the end one, with pads.
func (k *twoArrays) loop(pads []float64, two func(c int), one func(c, array int, pad float64)) {
	k.jumpIfFewer(lanes, "tail")
	k.label("stripe")
	for c := 0; c < lanes/k.width; c += 2 {
		two(c)
	}
	k.advance(lanes)
	k.jumpIfAtLeast(lanes, "stripe")
	k.label("tail")
	for c := range lanes / k.width {
		k.jumpIfAtMost(c*k.width, "store")
		k.tail(c * k.width)
		for array := range k.tmp {
			for _, pad := range pads {
				k.loadTail(k.tmp[0], k.tmp[1], 1+array, c*k.width, kernels.F64, kernels.F64, pad)
				one(c, array, pad)
			}
		}
	}
	k.label("store")
	k.loadArgs() // for where dst begins
}

// into makes acc the result of acc and x.
func (k *twoArrays) into(op kernels.Op, acc, x int) {
	k.op(op, inRegister(acc), []loc{inRegister(acc), inRegister(x)}, kernels.F64)
}

// storeAll fills as many lanes of dst as the widest vector has.
func (k *twoArrays) storeAll(r, vector int) {
	for lane := 0; lane < widestVector; lane += k.width {
		k.store(r, vector*widestVector+lane, kernels.F64, kernels.F64)
	}
}

func tallies(t target) {
	k := overTwoArrays(t, tallyName)
	var sums [2][]int
	for array := range sums {
		for range lanes / k.width {
			r := k.reg()
			sums[array] = append(sums[array], r)
			t.zero(r)
		}
	}
	mark, marks := k.marking()
	k.loop([]float64{0, 1}, func(c int) {
		for array, acc := range sums {
			for i, r := range k.tmp {
				t.load(r, 1+array, (c+i)*k.width, kernels.F64, kernels.F64)
				k.into(kernels.Add, acc[c+i], r)
			}
			mark(k.tmp[0], k.tmp[1])
		}
	}, func(c, array int, pad float64) {
		if pad == 0 {
			k.into(kernels.Add, sums[array][c], k.tmp[0])
		} else {
			mark(k.tmp[0])
		}
	})
	for array, acc := range sums {
		t.foldVectors(acc)
		t.foldLanes(acc[0], k.tmp[0])
		t.store(acc[0], array*widestVector, kernels.F64, kernels.F64)
	}
	k.storeAll(marks(), 2)
	t.ret()
}

// marking returns how elements of one or two registers, which are then free, are marked, and at the end the register with the marks.
func (k *twoArrays) marking() (mark func(x ...int), marks func() int) {
	acc, first := k.reg(), k.constant(leastOrdinary)
	if x, ok := k.target.(*x86); ok && x.inf.vector == 64 { // has a minimum of integers
		x.loadConst(acc, constantLoc(leastOrdinary), kernels.F64)
		least := func(acc, r int) { x.i("VPMINSQ", x.file[acc], x.file[acc], x.file[r]) }
		mark = func(x ...int) {
			if len(x) > 1 {
				least(x[0], x[1])
			}
			least(acc, x[0])
		}
		return mark, func() int { k.into(kernels.IntSub, acc, first); return acc }
	}
	k.zero(acc)
	mark = func(x ...int) {
		for _, r := range x {
			k.into(kernels.IntSub, r, first)
			k.guardSign(acc, []int{r})
		}
	}
	return mark, func() int { return acc }
}

func leasts(t target) {
	k := overTwoArrays(t, leastName)
	var acc [2]int
	for array := range acc {
		acc[array] = k.constant(infinity)
	}
	k.loop([]float64{math.Inf(1)}, func(c int) {
		for array := range acc {
			for i, r := range k.tmp {
				t.load(r, 1+array, (c+i)*k.width, kernels.F64, kernels.F64)
			}
			k.into(kernels.Min, k.tmp[0], k.tmp[1])
			k.into(kernels.Min, acc[array], k.tmp[0])
		}
	}, func(_, array int, _ float64) {
		k.into(kernels.Min, acc[array], k.tmp[0])
	})
	for array, r := range acc {
		k.storeAll(r, array)
	}
	t.ret()
}

// dispatchTally writes the switches between the instruction sets.
func (g *goFile) dispatchTally(isas []string) {
	for _, k := range []struct{ function, result, first, name string }{
		{"tallyChunk", "tally", "&dst.sums[0][0]", tallyName},
		{"leastOfChunk", "[2][8]float64", "&dst[0][0]", leastName},
	} {
		g.f("func %s(dst *%s, p, q []float64) {\n", k.function, k.result)
		g.choose(isas, func(isa string) {
			g.f("%s(%s, &p[0], &q[0], len(p))\nreturn\n", symbol(k.name, kernels.F64, isa), k.first)
		})
		g.f("%s(dst, p, q)\n}\n", symbol(k.name, kernels.F64, "Generic"))
		g.declareFor(k.name, tallyPointers, kernels.F64, false, isas)
	}
}

// tally writes them in plain Go.
func (g *goFile) tally() {
	g.f("func %s(dst *tally, p, q []float64) {\n*dst = tally{}\n", symbol(tallyName, kernels.F64, "Generic"))
	for i, a := range tallyPointers[1:] {
		g.f("var %sSums [lanes]float64\n", a)
		g.f("for i, x := range %s {\n%sSums[i%%lanes] += x\ndst.marks[0] |= math.Float64bits(x) - %#x\n}\n", a, a, leastOrdinary)
		g.f("dst.sums[%d][0] = fold(&%sSums)\n", i, a)
	}
	g.f("}\n\nfunc %s(dst *[2][8]float64, p, q []float64) {\n", symbol(leastName, kernels.F64, "Generic"))
	for i, a := range tallyPointers[1:] {
		g.f("%sLeast := math.Inf(1)\nfor _, x := range %s {\n%sLeast = min(%sLeast, x)\n}\n", a, a, a, a)
		g.f("for i := range dst[%d] {\ndst[%d][i] = %sLeast\n}\n", i, i, a)
	}
	g.f("}\n\nconst ordinaryBits = %#x\n\n", uint64(ordinaryBits))
}

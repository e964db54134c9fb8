package main

import "github.com/relent-go/relent/kernels"

// tallyName is the kernel that sums two arrays and collects the bits of their elements.
const tallyName = "tally"

var tallyPointers = []string{"dst", "p", "q"}

// A tally sums the elements of p and of q and ors their bits. It stores four vectors, as far apart as if they were the widest:
// two whose first lane is a sum, and two of bits, for the caller to or together.
type tally struct {
	target
	width int
	sums  [2][]int
	bits  [2]int
	tmp   [2]int
}

// widestVector is in float64.
const widestVector = 8

func tallies(t target) {
	k := &tally{target: t, width: t.info().vector / 8}
	k.assign()
	t.function(symbol(tallyName, kernels.F64, t.info().name), tallyPointers, kernels.F64, ofArrays, 0)
	t.loadArgs()
	for _, sums := range k.sums {
		for _, r := range sums {
			t.zero(r)
		}
	}
	t.zero(k.bits[0])
	t.zero(k.bits[1])
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
		for i, sums := range k.sums {
			t.loadTail(k.tmp[0], k.tmp[1], i+1, c*k.width, kernels.F64, kernels.F64, 0)
			k.op(kernels.Add, inRegister(sums[c]), []loc{inRegister(sums[c]), inRegister(k.tmp[0])}, kernels.F64)
			k.guardSign(k.bits[i], k.tmp[:1])
		}
	}
	t.label("store")
	t.loadArgs() // for where dst begins
	for i, sums := range k.sums {
		t.foldVectors(sums)
		t.foldLanes(sums[0], k.tmp[0])
		t.store(sums[0], i*widestVector, kernels.F64, kernels.F64)
		t.store(k.bits[i], (2+i)*widestVector, kernels.F64, kernels.F64)
	}
	t.ret()
}

// assign gives every value its register.
func (k *tally) assign() {
	next := 0
	reg := func() int { next++; return next - 1 }
	for i := range k.sums {
		for range lanes / k.width {
			k.sums[i] = append(k.sums[i], reg())
		}
		k.bits[i], k.tmp[i] = reg(), reg()
	}
}

// addTwo takes in vectors c and c+1 of both arrays.
func (k *tally) addTwo(c int) {
	for i, sums := range k.sums {
		for j, r := range k.tmp {
			k.load(r, i+1, (c+j)*k.width, kernels.F64, kernels.F64)
			k.op(kernels.Add, inRegister(sums[c+j]), []loc{inRegister(sums[c+j]), inRegister(r)}, kernels.F64)
		}
		if k.info().guardPairs {
			k.guardSign(k.bits[i], k.tmp[:])
		} else {
			k.guardSign(k.bits[i], k.tmp[:1])
			k.guardSign(k.bits[i], k.tmp[1:])
		}
	}
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
	g.f("func %s(dst *tally, p, q []float64) {\n*dst = tally{}\n", symbol(tallyName, kernels.F64, "Generic"))
	for i, a := range tallyPointers[1:] {
		g.f("var %sSums [lanes]float64\n", a)
		g.f("for i, x := range %s {\n%sSums[i%%lanes] += x\ndst.bits[%d][0] |= math.Float64bits(x)\n}\n", a, a, i)
		g.f("dst.sums[%d][0] = fold(&%sSums)\n", i, a)
	}
	g.f("}\n\n")
}

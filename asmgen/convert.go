package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/relent-go/relent/kernels"
)

// A conversion turns counts of a type into float64, rounded to the nearest, and adds a number to each: whole stripes only, one at
// least.
type conversion struct {
	goType string
	bytes  int
}

var conversions = []conversion{{"float64", 8}, {"float32", 4}, {"uint32", 4}, {"uint64", 8}}

func (c conversion) name() string { return "convert" + strings.ToUpper(c.goType[:1]) + c.goType[1:] }

func (c conversion) signature() string {
	return fmt.Sprintf("(dst *float64, counts *%s, n int, plus float64)", c.goType)
}

// A converter spells conversions in an instruction set.
type converter interface {
	target
	startConversion(name, signature string) (plus int)
	loadCounts(dst, tmp, offset int, c conversion)
	advanceCounts(c conversion)
}

// Powers of two whose unit in the last place is that of an integer's lower half, and of its upper half.
var (
	lowMagic  = kernels.F64.Bits(0x1p52)
	highMagic = kernels.F64.Bits(0x1p84)
	bothMagic = kernels.F64.Bits(0x1p84 + 0x1p52)
)

func convert(t converter, c conversion) {
	plus := t.startConversion(c.name()+t.info().name, c.signature())
	const first = 1 // register
	t.label("stripe")
	for i := range lanes / (t.info().vector / 8) {
		r, tmp := first+i%8, first+8+i%4
		t.loadCounts(r, tmp, i*t.info().vector/8, c)
		t.op(kernels.Add, inRegister(r), []loc{inRegister(r), inRegister(plus)}, kernels.F64)
		t.store(r, i*t.info().vector/8, kernels.F64, kernels.F64)
	}
	t.advanceCounts(c)
	t.jumpIfAtLeast(lanes, "stripe")
	t.ret()
}

func (x *x86) startConversion(name, signature string) (plus int) {
	x.begin(name, "func"+signature, 0)
	x.pointers, x.mem = []string{"dst", "counts"}, kernels.F64
	x.loadArgs()
	x.i("VBROADCASTSD", x.file[0], x.parameter("plus"))
	return 0
}

func (x *x86) loadCounts(dst, tmp, offset int, c conversion) {
	m := operand.Mem{Base: pointerRegs[1], Disp: offset * c.bytes}
	d, high := x.file[dst], x.file[tmp]
	magic := func(bits uint64) operand.Mem { return x.symbol(bits, kernels.F64) }
	switch wide := x.inf.vector == 64; {
	case c.goType == "float64":
		x.i("VMOVUPD", d, m)
	case c.goType == "float32":
		x.i("VCVTPS2PD", d, m)
	case c.goType == "uint32" && wide:
		x.i("VCVTUDQ2PD", d, m)
	case c.goType == "uint64" && wide:
		x.i("VCVTUQQ2PD", d, m)
	case c.goType == "uint32":
		x.i("VPMOVZXDQ", d, m)
		x.i("VPOR", d, d, magic(lowMagic))
		x.i("VSUBPD", d, d, magic(lowMagic))
	default: // the last addition is the only one that rounds
		const upperHalves = 0xAA
		x.i("VMOVDQU", d, m)
		x.i("VPSRLQ", high, d, operand.Imm(32))
		x.i("VPBLENDD", d, d, magic(lowMagic), operand.U8(upperHalves))
		x.i("VPOR", high, high, magic(highMagic))
		x.i("VSUBPD", high, high, magic(bothMagic))
		x.i("VADDPD", d, d, high)
	}
}

func (x *x86) advanceCounts(c conversion) {
	for i, bytes := range []int{8, c.bytes} {
		x.ctx.ADDQ(operand.U32(uint32(lanes*bytes)), pointerRegs[i])
	}
	x.i("SUBQ", reg.RCX, operand.U32(lanes))
}

func (n *neon) startConversion(name, signature string) (plus int) {
	n.begin(name, signature, []string{"dst", "counts", "n", "plus"}, false, 0)
	n.pointers, n.mem = []string{"dst", "counts"}, kernels.F64
	n.loadArgs()
	n.i("FMOVD %s, F0", n.argument("plus"))
	n.i("VDUP V0.D[0], V0.D2")
	return 0
}

func (n *neon) loadCounts(dst, _, offset int, c conversion) {
	n.i("%s %d(R1), F%d", map[int]string{8: "FMOVQ", 4: "FMOVD"}[c.bytes], offset*c.bytes, dst)
	switch c.goType {
	case "float32":
		n.enc("fcvtl", widen, dst, dst)
	case "uint32":
		n.i("VUXTL V%d.S2, V%d.D2", dst, dst)
		n.enc("ucvtf", unaryD, dst, dst)
	case "uint64":
		n.enc("ucvtf", unaryD, dst, dst)
	}
}

func (n *neon) advanceCounts(c conversion) {
	for i, bytes := range []int{8, c.bytes} {
		n.i("ADD $%d, R%d", lanes*bytes, i)
	}
	n.i("SUB $%d, %s", lanes, countReg)
}

// dispatchConversions writes the switches between the instruction sets, and what they leave over.
func (g *goFile) dispatchConversions(isas []string) {
	for _, c := range conversions {
		g.f("\nfunc %s(dst []float64, counts []%s, plus float64) {\ncounts = counts[:len(dst)]\n", c.name(), c.goType)
		g.f("i := 0\n")
		if isas != nil {
			g.f("if whole := len(dst) &^ (lanes - 1); whole > 0 {\n")
			g.choose(isas, func(isa string) {
				g.f("%s%s(&dst[0], &counts[0], whole, plus)\ni = whole\n", c.name(), isa)
			})
			g.f("}\n")
		}
		g.f("for ; i < len(dst); i++ {\ndst[i] = float64(counts[i]) + plus\n}\n}\n\n")
		for _, isa := range isas {
			g.f("//go:noescape\nfunc %s%s%s\n\n", c.name(), isa, c.signature())
		}
	}
}

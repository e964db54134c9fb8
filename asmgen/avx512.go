package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/relent-go/relent/kernels"
)

func newAVX512(f *amd64File) walker {
	return &x86{
		amd64File: f,
		inf: info{name: "AVX512", vector: 64, regs: 32, maskRegs: true, guardPairs: true, elements: true, interleave: 2, pipeline: 8,
			tile: tileShape{8, 1}, unrolled: 16},
		spelling: avx512{},
		file:     registers(func(r reg.VecPhysical) reg.VecPhysical { return r.AsZ().(reg.VecPhysical) }, 32),
	}
}

// avx512 (F, DQ, VL, BW) broadcasts constants from memory within an instruction and keeps masks in registers of their own.
type avx512 struct{}

var maskRegs = []reg.OpmaskPhysical{reg.K0, reg.K1, reg.K2, reg.K3, reg.K4, reg.K5, reg.K6, reg.K7}

var (
	tailMask = reg.K1  // the part of the elements left that falls into the vector at hand
	leftBits = reg.RAX // one bit for each element left
)

func (avx512) bitwise(x *x86, op string, dst, a, b operand.Op, t kernels.Type) {
	name := "VP" + op + integer(t)
	if m, ok := b.(operand.Mem); ok {
		x.i(name+"_BCST", dst, a, m)
		return
	}
	x.i(name, dst, a, b)
}

func (avx512) constant(x *x86, name string, bits uint64, t kernels.Type, operands ...operand.Op) {
	x.i(name+"_BCST", append(operands, x.symbol(bits, t))...)
}

func (avx512) broadcast(x *x86, dst reg.VecPhysical, bits uint64, t kernels.Type) {
	name := map[kernels.Type]string{kernels.F64: "VBROADCASTSD", kernels.F32: "VBROADCASTSS"}[t]
	x.i(name, dst, x.symbol(bits, t))
}

func (avx512) exponentToFloat(x *x86, dst, src operand.Op) { x.i("VCVTQQ2PD", dst, src) }

func (avx512) compare(x *x86, dst loc, imm, a operand.Op, b loc, t kernels.Type) {
	k := maskRegs[dst.reg]
	if b.kind != inReg {
		x.i("VCMP"+packed(t)+"_BCST", k, a, x.memory(b, t), imm)
		return
	}
	x.i("VCMP"+packed(t), k, a, x.file[b.reg], imm)
}

func (avx512) mask(x *x86, op kernels.Op, dst, a, b int) {
	name := map[kernels.Op]string{kernels.MaskAnd: "KANDW", kernels.MaskOr: "KORW"}[op]
	x.i(name, maskRegs[dst], maskRegs[a], maskRegs[b])
}

func (avx512) choose(x *x86, dst int, mask, yes loc, no operand.Op, t kernels.Type) {
	k := maskRegs[mask.reg]
	if yes.kind != inReg {
		x.i("VBLENDM"+packed(t)+"_BCST", x.file[dst], k, no, x.memory(yes, t))
		return
	}
	x.i("VBLENDM"+packed(t), x.file[dst], k, no, x.file[yes.reg])
}

func (avx512) guardSign(x *x86, acc int, r []int) {
	if len(r) == 1 {
		x.i("VPORQ", x.file[acc], x.file[acc], x.file[r[0]])
		return
	}
	const orOfThree = 0xFE
	x.i("VPTERNLOGQ", x.file[acc], x.file[r[0]], x.file[r[1]], operand.U8(orOfThree))
}

func (avx512) checkSign(x *x86, acc int, t kernels.Type, fail string) {
	name := map[kernels.Type]string{kernels.F64: "VPMOVQ2M", kernels.F32: "VPMOVD2M"}[t]
	x.i(name, reg.K2, x.file[acc])
	x.i("KORTESTW", reg.K2, reg.K2)
	x.i("JNE", operand.LabelRef(fail))
}

// guardRange compares 32 bits at a time: the upper halves decide. A maximum of 64 bits would take an FMA's place.
func (avx512) guardRange(x *x86, acc, r int, _ kernels.Type) {
	x.i("VPMAXUD", x.file[acc], x.file[acc], x.file[r])
}

func (avx512) checkRange(x *x86, acc, _ int, bound uint64, t kernels.Type, fail string) {
	const greater = 6
	x.i("VPCMPU"+integer(t)+"_BCST", reg.K2, x.file[acc], x.symbol(bound, t), operand.U8(greater))
	x.i("KORTESTW", reg.K2, reg.K2)
	x.i("JNE", operand.LabelRef(fail))
}

func (avx512) tail(x *x86, offset int) {
	if offset == 0 {
		x.ctx.MOVQ(operand.I64(-1), leftBits)
		x.i("BZHIQ", leftBits, leftBits, count)
		x.i("KMOVW", tailMask, reg.EAX)
		return
	}
	x.i("MOVQ", reg.R9, leftBits)
	x.ctx.SHRQ(operand.Imm(uint64(offset)), reg.R9)
	x.i("KMOVW", tailMask, reg.R9L)
}

func (s avx512) loadTail(x *x86, dst, _ int, m operand.Mem, _ int, t, mem kernels.Type, pad float64) {
	name := "VMOVU" + packed(t)
	if t != mem {
		name = "VCVTPS2PD"
	}
	if pad == 0 {
		x.i(name+"_Z", x.file[dst], tailMask, m)
		return
	}
	s.broadcast(x, x.file[dst], t.Bits(pad), t)
	x.i(name, x.file[dst], tailMask, m)
}

func (s avx512) storeTail(x *x86, src, _ int, m operand.Mem, _ int, t, mem kernels.Type) {
	if t != mem {
		x.i("VMOVUPS", m, tailMask, x.half(src))
		return
	}
	x.i("VMOVU"+packed(t), m, tailMask, x.file[src])
}

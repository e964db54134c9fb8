package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/relent-go/relent/kernels"
)

func newAVX2(f *amd64File) walker {
	return &x86{
		amd64File: f,
		inf: info{name: "AVX2", vector: 32, regs: 16, interleave: 2, pipeline: 16, accInFrame: true, keepInFrame: true,
			tile: tileShape{4, 3}, unrolled: 8},
		spelling: avx2{},
		file:     registers(func(r reg.VecPhysical) reg.VecPhysical { return r.AsY().(reg.VecPhysical) }, 16),
	}
}

// avx2 has sixteen registers, masks in vectors, no 64-bit minimum and no conversion from 64-bit integers.
type avx2 struct{}

func (avx2) bitwise(x *x86, op string, dst, a, b operand.Op, _ kernels.Type) {
	x.i("VP"+op, dst, a, b)
}

func (avx2) constant(x *x86, name string, bits uint64, t kernels.Type, operands ...operand.Op) {
	x.i(name, append(operands, x.symbol(bits, t))...)
}

func (avx2) broadcast(x *x86, dst reg.VecPhysical, bits uint64, t kernels.Type) {
	x.i("VMOVU"+packed(t), dst, x.symbol(bits, t))
}

func (avx2) exponentToFloat(x *x86, dst, src operand.Op) {
	x.i("VPSRLQ", dst, src, operand.Imm(52))
	x.i("VPXOR", dst, dst, x.symbol(exponentMagic, kernels.F64))
	x.i("VSUBPD", dst, dst, x.symbol(exponentBase, kernels.F64))
}

func (avx2) compare(x *x86, dst loc, imm, a operand.Op, b loc, t kernels.Type) {
	var last operand.Op = x.symbol(b.bits, t)
	if b.kind == inReg {
		last = x.file[b.reg]
	}
	x.i("VCMP"+packed(t), x.file[dst.reg], a, last, imm)
}

func (avx2) mask(x *x86, op kernels.Op, dst, a, b int) {
	name := map[kernels.Op]string{kernels.MaskAnd: "VPAND", kernels.MaskOr: "VPOR"}[op]
	x.i(name, x.file[dst], x.file[a], x.file[b])
}

func (avx2) choose(x *x86, dst int, mask, yes loc, no operand.Op, t kernels.Type) {
	var y operand.Op = x.symbol(yes.bits, t)
	if yes.kind == inReg {
		y = x.file[yes.reg]
	}
	x.i("VBLENDV"+packed(t), x.file[dst], no, y, x.file[mask.reg])
}

func (avx2) guardSign(x *x86, acc int, r []int) { x.i("VPOR", x.file[acc], x.file[acc], x.file[r[0]]) }

func (avx2) checkSign(x *x86, acc int, t kernels.Type, fail string) {
	x.i("VMOVMSK"+packed(t), reg.EAX, x.file[acc])
	x.i("TESTL", reg.EAX, reg.EAX)
	x.i("JNE", operand.LabelRef(fail))
}

// guardRange compares 32 bits at a time: the upper halves decide.
func (avx2) guardRange(x *x86, acc, r int, _ kernels.Type) {
	x.i("VPMAXUD", x.file[acc], x.file[acc], x.file[r])
}

func (avx2) checkRange(x *x86, acc, tmp int, bound uint64, t kernels.Type, fail string) {
	x.i("VPMAXUD", x.file[tmp], x.file[acc], x.symbol(bound, t))
	x.i("VPCMPEQD", x.file[tmp], x.file[tmp], x.symbol(bound, t))
	x.i("VMOVMSK"+packed(t), reg.EAX, x.file[tmp])
	x.ctx.CMPL(reg.EAX, operand.U32(uint32(1<<(x.inf.vector/t.Bytes())-1)))
	x.i("JNE", operand.LabelRef(fail))
}

func (avx2) tail(*x86, int) {}

// laneMask sets the lanes, as wide as elements of type mem, that stand for remaining elements from offset on.
func (avx2) laneMask(x *x86, dst reg.VecPhysical, offset int, mem kernels.Type) {
	numbers := x.data("lanes_"+mem.String(), func() {
		for i := range 2 * lanes {
			x.datum(uint64(i), mem)
		}
	}).Offset(offset * mem.Bytes())
	x.i("VMOVQ", dst.AsX(), count)
	x.i("VPBROADCAST"+integer(mem), dst, dst.AsX())
	x.i("VPCMPGT"+integer(mem), dst, dst, numbers)
}

func (s avx2) loadTail(x *x86, dst, tmp int, m operand.Mem, offset int, t, mem kernels.Type, pad float64) {
	d, mask := x.file[dst], x.file[tmp]
	if t != mem {
		d, mask = x.half(dst), x.half(tmp)
	}
	s.laneMask(x, mask, offset, mem)
	x.i("VMASKMOV"+packed(mem), d, mask, m)
	if pad != 0 {
		x.i("VANDNPS", mask, mask, x.symbol(mem.Bits(pad), mem))
		x.i("VORPS", d, d, mask)
	}
	if t != mem {
		x.i("VCVTPS2PD", x.file[dst], d)
	}
}

func (s avx2) storeTail(x *x86, src, tmp int, m operand.Mem, offset int, t, mem kernels.Type) {
	v, mask := x.file[src], x.file[tmp]
	if t != mem {
		v, mask = x.half(src), x.half(tmp)
	}
	s.laneMask(x, mask, offset, mem)
	x.i("VMASKMOV"+packed(mem), m, mask, v)
}

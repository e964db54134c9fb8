package x86

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// AVX512 (F, DQ, VL, BW) emits into a file.
func AVX512(f *File) isa.Machine {
	return &machine{File: f, masking: avx512{}, table: table{
		info: isa.Info{Name: "AVX512", Vector: 64, Regs: 32, MaskRegs: true, MinusOnes: true, GuardPairs: true, Elements: true, Pipeline: 16, Gathers: 32,
			Tile: isa.TileShape{Rows: 8, Panels: 2}, Unrolled: 16, Tied: tied, Memory: memory(true), Roles: roles},
		file: registers(reg.S512, 32), half: func(r reg.VecPhysical) reg.VecPhysical { return r.AsY().(reg.VecPhysical) },
		narrow: "VCVTPD2PS", upper: "VEXTRACTF32X8", quarter: "VEXTRACTF64X2", // of any of the 32 registers
		wide: true, embedded: true, typed: true, integers: true,
	}}
}

// avx512 keeps masks in registers of their own.
type avx512 struct{}

var maskRegs = []reg.OpmaskPhysical{reg.K0, reg.K1, reg.K2, reg.K3, reg.K4, reg.K5, reg.K6, reg.K7}

var (
	tailMask = reg.K1  // the part of the elements left that falls into the vector at hand
	leftBits = reg.RAX // one bit for each element left
)

func (avx512) compare(x *machine, dst isa.Loc, imm, a operand.Op, b isa.Loc, t kernels.Type) {
	k := maskRegs[dst.Reg]
	if b.Kind != isa.InReg {
		x.i("VCMP"+packed(t)+"_BCST", k, a, x.memory(b, t), imm)
		return
	}
	x.i("VCMP"+packed(t), k, a, x.file[b.Reg], imm)
}

func (avx512) mask(x *machine, op kernels.Op, dst, a, b int) {
	name := map[kernels.Op]string{kernels.MaskAnd: "KANDW", kernels.MaskOr: "KORW"}[op]
	x.i(name, maskRegs[dst], maskRegs[a], maskRegs[b])
}

func (avx512) count(x *machine, dst, n, mask int, t kernels.Type) {
	ones := x.file[len(x.file)-1]
	x.i("VPSUB"+integer(t), x.file[dst], maskRegs[mask], x.file[n], ones)
}

func (avx512) choose(x *machine, dst int, mask, yes isa.Loc, no operand.Op, t kernels.Type) {
	x.last("VBLENDM"+packed(t), t, yes, x.file[dst], maskRegs[mask.Reg], no)
}

func (avx512) checkSign(x *machine, acc int, t kernels.Type, fail string) {
	x.i("VPMOV"+integer(t)+"2M", reg.K2, x.file[acc])
	x.failIfAny(fail)
}

func (avx512) checkRange(x *machine, acc, _ int, bound uint64, t kernels.Type, fail string) {
	const greater = 6
	x.i("VPCMPU"+integer(t)+"_BCST", reg.K2, x.file[acc], symbol(bound, t), operand.U8(greater))
	x.failIfAny(fail)
}

func (x *machine) failIfAny(fail string) {
	x.i("KORTESTW", reg.K2, reg.K2)
	x.jump("JNE", fail)
}

func (avx512) tail(x *machine, offset int, many bool) {
	if offset == 0 {
		x.i("MOVQ", leftBits, operand.I64(-1))
		left := reg.Register(count)
		if many { // BZHI looks at the lowest 8 bits of the count
			left = reg.R9
			x.i("MOVL", reg.R9L, operand.U32(63))
			x.i("CMPQ", count, left)
			x.i("CMOVQGT", left, count)
		}
		x.i("BZHIQ", leftBits, leftBits, left)
		x.i("KMOVW", tailMask, reg.EAX)
		return
	}
	x.i("MOVQ", reg.R9, leftBits)
	x.i("SHRQ", reg.R9, operand.Imm(uint64(offset)))
	x.i("KMOVW", tailMask, reg.R9L)
}

func (avx512) loadHalves(x *machine, d reg.VecPhysical, t, mem kernels.Type, m operand.Mem) {
	x.widened(d, t, mem, "", m)
}

func (s avx512) loadTail(x *machine, dst, _ int, m operand.Mem, _ int, t, mem kernels.Type, pad float64) {
	if mem.Half() {
		s.halvesTail(x, dst, m, t, mem, pad)
		return
	}
	name := "VMOVU" + packed(t)
	if t != mem {
		name = elements[mem].unpack[t]
	}
	if pad == 0 {
		x.i(name+"_Z", x.file[dst], tailMask, m)
		return
	}
	x.Constant(dst, isa.Constant(t.Bits(pad)), t)
	x.i(name, x.file[dst], tailMask, m)
}

func (avx512) halvesTail(x *machine, dst int, m operand.Mem, t, mem kernels.Type, pad float64) {
	if pad == 0 {
		x.widened(x.file[dst], t, mem, "_Z", tailMask, m)
		return
	}
	bits := kernels.F32.Bits(pad)
	if mem == kernels.BF16 {
		bits = mem.Bits(pad) // to be shifted
	}
	x.Constant(dst, isa.Constant(bits), kernels.F32)
	x.widened(x.file[dst], t, mem, "", tailMask, m)
}

func (avx512) storeTail(x *machine, src, _ int, m operand.Mem, _ int, t, mem kernels.Type) {
	v := x.file[src]
	if t != mem {
		v = x.half(v)
	}
	x.i("VMOVU"+packed(mem), m, tailMask, v)
}

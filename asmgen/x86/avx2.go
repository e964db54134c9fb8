package x86

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// AVX2 emits into a file.
func AVX2(f *File) isa.Machine {
	return &machine{File: f, masking: avx2{}, table: table{
		info: isa.Info{Name: "AVX2", Vector: 32, Regs: 16, Pipeline: 16, Frame: true,
			Gathers: 16, Tile: isa.TileShape{Rows: 4, Panels: 3}, Unrolled: 8, Tied: tied, Memory: memory(false), Roles: roles,
			LoadTakes: map[kernels.Type]bool{kernels.U64: true}},
		file: registers(reg.S256, 16), half: func(r reg.VecPhysical) reg.VecPhysical { return r.AsX().(reg.VecPhysical) },
		narrow: "VCVTPD2PSY", upper: "VEXTRACTF128", quarter: "VEXTRACTF128",
	}}
}

// avx2 has masks in vectors.
type avx2 struct{}

func (avx2) compare(x *machine, dst isa.Loc, imm, a operand.Op, b isa.Loc, t kernels.Type) {
	x.i("VCMP"+packed(t), x.file[dst.Reg], a, x.source(b, t), imm)
}

// source is a value in a register, or a constant in memory.
func (x *machine) source(l isa.Loc, t kernels.Type) any {
	if l.Kind == isa.InReg {
		return x.file[l.Reg]
	}
	return x.memory(l, t)
}

func (avx2) mask(x *machine, op kernels.Op, dst, a, b int) {
	name := map[kernels.Op]string{kernels.MaskAnd: "VPAND", kernels.MaskOr: "VPOR"}[op]
	x.i(name, x.file[dst], x.file[a], x.file[b])
}

// count takes away -1.
func (avx2) count(x *machine, dst, n, mask int, t kernels.Type) {
	x.i("VPSUB"+integer(t), x.file[dst], x.file[n], x.file[mask])
}

func (avx2) choose(x *machine, dst int, mask, yes isa.Loc, no operand.Op, t kernels.Type) {
	x.i("VBLENDV"+packed(t), x.file[dst], no, x.source(yes, t), x.file[mask.Reg])
}

func (avx2) checkSign(x *machine, acc int, t kernels.Type, fail string) {
	x.i("VMOVMSK"+packed(t), reg.EAX, x.file[acc])
	x.i("TESTL", reg.EAX, reg.EAX)
	x.jump("JNE", fail)
}

func (avx2) checkRange(x *machine, acc, tmp int, bound uint64, t kernels.Type, fail string) {
	x.i("VPMAXUD", x.file[tmp], x.file[acc], symbol(bound, t))
	x.i("VPCMPEQD", x.file[tmp], x.file[tmp], symbol(bound, t))
	x.i("VMOVMSK"+packed(t), reg.EAX, x.file[tmp])
	x.i("CMPL", operand.U32(uint32(1<<(x.info.Vector/t.Bytes())-1)), reg.EAX)
	x.jump("JNE", fail)
}

func (avx2) tail(*machine, int, bool) {}

// laneMask sets the lanes, as wide as elements of type mem, that stand for remaining elements from offset on.
func (avx2) laneMask(x *machine, dst reg.VecPhysical, offset int, mem kernels.Type) {
	const most = 64 // lanes of a stripe
	numbers := datum{name: "lanes_" + mem.String(), t: mem, offset: offset * mem.Bytes()}
	for i := range uint64(most) {
		numbers.values = append(numbers.values, i)
	}
	x.i("VMOVQ", dst.AsX(), count)
	x.i("VPBROADCAST"+integer(mem), dst, dst.AsX())
	x.i("VPCMPGT"+integer(mem), dst, dst, numbers)
}

func (s avx2) loadTail(x *machine, dst, tmp int, m operand.Mem, offset int, t, mem kernels.Type, pad float64) {
	d, mask := x.file[dst], x.file[tmp]
	switch {
	case mem.Half():
		s.halvesTail(x, d, m, offset, t, mem)
		if pad == 0 {
			return
		}
		s.laneMask(x, mask, offset, t)
		x.i("VANDNPS", mask, mask, symbol(t.Bits(pad), t))
		x.i("VORPS", d, d, mask)
		return
	case t != mem:
		d, mask = x.half(d), x.half(mask)
	}
	s.laneMask(x, mask, offset, mem)
	x.i("VMASKMOV"+packed(mem), d, mask, m)
	if pad != 0 {
		x.i("VANDNPS", mask, mask, symbol(mem.Bits(pad), mem))
		x.i("VORPS", d, d, mask)
	}
	if t != mem {
		x.i(elements[mem].unpack[t], x.file[dst], d)
	}
}

// loadHalves shuffles a vector of BFloat16 that fills both halves of a register, which is less work than to extend and to shift.
func (avx2) loadHalves(x *machine, d reg.VecPhysical, t, mem kernels.Type, m operand.Mem) {
	if mem != kernels.BF16 || t != kernels.F32 {
		x.widened(d, t, mem, "", m)
		return
	}
	x.i("VBROADCASTI128", d, m)
	x.i("VPSHUFB", d, d, raises)
}

// raises make each 16 bits the upper ones of 32.
var raises = datum{name: "raises", t: kernels.F64, values: []uint64{0x0302808001008080, 0x0706808005048080, 0x0b0a808009088080, 0x0f0e80800d0c8080}}

// halvesTail loads the last halves of a row that has at least 8 of them: there are no masks so narrow. What comes before offset is
// shifted out of 8 that end with the row.
func (avx2) halvesTail(x *machine, d reg.VecPhysical, m operand.Mem, offset int, t, mem kernels.Type) {
	const lanes = 8
	from, whole := reg.RAX, reg.R9
	x.i("MOVQ", from, count)
	x.i("SUBQ", from, operand.Imm(lanes))
	x.i("MOVL", reg.R9L, operand.U32(uint32(offset)))
	x.i("CMPQ", from, whole)
	x.i("CMOVQLT", from, whole)
	m.Index, m.Scale, m.Disp = from, 2, m.Disp-2*offset
	x.i("VMOVDQU", d.AsX(), m)
	x.i("SUBQ", whole, from)
	x.i("LEAQ", from, shifts)
	x.i("VPSHUFB", d.AsX(), d.AsX(), operand.Mem{Base: from, Index: whole, Scale: 2})
	x.widened(d, t, mem, "", d.AsX())
}

// shifts take bytes from as many places on as one begins to read them at, and zeros after the last.
var shifts = datum{name: "shifts", t: kernels.F64, values: []uint64{0x0706050403020100, 0x0f0e0d0c0b0a0908, zeroBytes, zeroBytes}}

const zeroBytes = 0x8080808080808080

func (s avx2) storeTail(x *machine, src, tmp int, m operand.Mem, offset int, t, mem kernels.Type) {
	v, mask := x.file[src], x.file[tmp]
	if t != mem {
		v, mask = x.half(v), x.half(mask)
	}
	s.laneMask(x, mask, offset, mem)
	x.i("VMASKMOV"+packed(mem), m, mask, v)
}

package x86

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// Load reads slots of the frame, which are aligned, as they are.
func (x *machine) Load(dst, tmp int, from isa.Place, t, mem kernels.Type) {
	d, m := x.file[dst], x.mem(from)
	switch unpack := elements[mem].unpack[t]; {
	case from.Base == isa.Frame && t == mem:
		x.i("VMOVAPD", d, m)
	case t == mem:
		x.i("VMOVU"+packed(t), d, m)
	case mem.Half():
		x.loadHalves(x, d, t, mem, m)
	case unpack != "":
		x.i(unpack, d, m)
	default:
		x.loadCounts(d, tmp, m, mem)
	}
}

// widened makes what an instruction loads, by its name with more to it, from the last operand, of halves float32 and, where the kernel
// computes so, float64.
func (x *machine) widened(d reg.VecPhysical, t, mem kernels.Type, more string, from ...any) {
	single := d
	if t == kernels.F64 {
		single = x.half(d)
	}
	x.i(elements[mem].unpack[kernels.F32]+more, append([]any{single}, from...)...)
	if mem == kernels.BF16 {
		x.i("VPSLLD", single, single, operand.Imm(16))
	}
	if t == kernels.F64 {
		x.i(elements[kernels.F32].unpack[t], d, single)
	}
}

func (x *machine) Store(src int, to isa.Place, t, mem kernels.Type) {
	m := x.mem(to)
	switch {
	case to.Base == isa.Frame && t == mem:
		x.i("VMOVAPD", m, x.file[src])
	case t == mem:
		x.i("VMOVU"+packed(t), m, x.file[src])
	default:
		x.narrowed(src)
		x.i("VMOVUPS", m, x.half(x.file[src]))
	}
}

// narrowed rounds a vector of float64 to float32, in place.
func (x *machine) narrowed(r int) { x.i(x.narrow, x.half(x.file[r]), x.file[r]) }

func (x *machine) StoreFirst(src int, to isa.Place) { x.i("VMOVSD", x.mem(to), x.file[src].AsX()) }

func (x *machine) Prefetch(at isa.Place) { x.i("PREFETCHT0", x.mem(at)) }

func (x *machine) Tail(offset int, many bool) { x.tail(x, offset, many) }

func (x *machine) LoadTail(dst, tmp int, from isa.Place, offset int, t, mem kernels.Type, pad float64) {
	x.loadTail(x, dst, tmp, x.mem(from), offset, t, mem, pad)
}

func (x *machine) StoreTail(src, tmp int, to isa.Place, offset int, t, mem kernels.Type) {
	if t != mem {
		x.narrowed(src)
	}
	x.storeTail(x, src, tmp, x.mem(to), offset, t, mem)
}

// Powers of two whose unit in the last place is that of an integer's lower half, and of its upper half.
var (
	lowMagic  = symbol(math.Float64bits(0x1p52), kernels.F64)
	highMagic = symbol(math.Float64bits(0x1p84), kernels.F64)
	bothMagic = symbol(math.Float64bits(0x1p84+0x1p52), kernels.F64)
)

// unsigned are the conversions of a set that has them.
var unsigned = map[kernels.Type]string{kernels.U32: "VCVTUDQ2PD", kernels.U64: "VCVTUQQ2PD"}

func (x *machine) loadCounts(d reg.VecPhysical, tmp int, m operand.Mem, mem kernels.Type) {
	switch {
	case x.integers:
		x.i(unsigned[mem], d, m)
	case mem == kernels.U32:
		x.i("VPMOVZXDQ", d, m)
		x.i("VPOR", d, d, lowMagic)
		x.i("VSUBPD", d, d, lowMagic)
	default: // the last addition is the only one that rounds
		const upperHalves = 0xAA
		high := x.file[tmp]
		x.i("VMOVDQU", d, m)
		x.i("VPSRLQ", high, d, operand.Imm(32))
		x.i("VPBLENDD", d, d, lowMagic, operand.U8(upperHalves))
		x.i("VPOR", high, high, highMagic)
		x.i("VSUBPD", high, high, bothMagic)
		x.i("VADDPD", d, d, high)
	}
}

// Collect compares 32 bits at a time for a range: the upper halves decide, and a maximum of 64 bits would take an FMA's place.
func (x *machine) Collect(g kernels.Op, acc int, r []int, _ kernels.Type) {
	a := x.file[acc]
	switch {
	case g == kernels.GuardRange:
		x.i("VPMAXUD", a, a, x.file[r[0]])
	case len(r) == 1:
		x.i("VPOR"+map[bool]string{true: "Q"}[x.typed], a, a, x.file[r[0]])
	default:
		const orOfThree = 0xFE
		x.i("VPTERNLOGQ", a, x.file[r[0]], x.file[r[1]], operand.U8(orOfThree))
	}
}

func (x *machine) Check(g kernels.Op, acc, tmp int, bound uint64, t kernels.Type, fail string) {
	if g == kernels.GuardRange {
		x.checkRange(x, acc, tmp, bound, t, fail)
		return
	}
	x.checkSign(x, acc, t, fail)
}

func (x *machine) Widen(op kernels.Op, src, tmp int, acc []int) {
	lower, upper := x.half(x.file[src]), x.half(x.file[tmp])
	x.i(x.upper, upper, x.file[src], operand.Imm(1))
	x.i("VCVTPS2PD", x.file[tmp], upper)
	x.i("VCVTPS2PD", x.file[src], lower)
	for i, r := range []int{src, tmp} {
		x.Op(op, isa.Register(acc[i]), []isa.Loc{isa.Register(acc[i]), isa.Register(r)}, kernels.F64)
	}
}

func (x *machine) FoldLanes(op kernels.Op, acc, tmp int) {
	a, t := x.file[acc], x.file[tmp]
	combine := func(a, t reg.Register, packing string) {
		name := arithmetic[op] + packing
		if op == kernels.IntMin { // of more lanes than are needed
			name, a, t = "VPMINSD", x.file[acc], x.file[tmp]
		}
		x.i(name, a, a, t)
	}
	if x.wide {
		x.i("VEXTRACTF64X4", t.AsY(), a, operand.Imm(1))
		combine(a.AsY(), t.AsY(), "PD")
	}
	x.i(x.quarter, t.AsX(), a.AsY(), operand.Imm(1))
	combine(a.AsX(), t.AsX(), "PD")
	x.i("VUNPCKHPD", t.AsX(), a.AsX(), a.AsX())
	combine(a.AsX(), t.AsX(), "SD")
}

func (x *machine) CheckSum(acc int, floor float64, fail string) {
	x.i("VMOVQ", reg.RAX, x.file[acc].AsX())
	x.i("ADDQ", reg.RAX, reg.RAX) // without the sign
	x.i("SHRQ", reg.RAX, operand.Imm(53))
	exponent := math.Float64bits(floor) >> 52
	x.i("SUBQ", reg.RAX, operand.U32(uint32(exponent)))
	x.i("CMPQ", operand.U32(uint32(0x7FF-exponent)), reg.RAX)
	x.jump("JCC", fail)
}

func (x *machine) Canonical(acc int) {
	sum := x.file[acc].AsX()
	x.i("VUCOMISD", sum, sum)
	x.jump("JPC", "number")
	x.i("VMOVSD", sum, symbol(math.Float64bits(math.NaN()), kernels.F64))
	x.Label("number")
}

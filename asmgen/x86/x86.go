// Package x86 spells the vocabulary in AVX2 and AVX-512, by way of avo.
package x86

import (
	"fmt"
	"math"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// machine is what both sets share; the table holds where they differ.
type machine struct {
	*File
	table
	masking
	f *isa.Function
}

// table is an instruction set's own.
type table struct {
	info     isa.Info
	file     []reg.VecPhysical // the registers at its width
	half     func(reg.VecPhysical) reg.VecPhysical
	narrow   string // half a vector of float32 from float64
	upper    string // the upper half of a vector of float32
	quarter  string // the upper 16 of 32 bytes
	wide     bool   // there are another 32 bytes
	embedded bool   // constants are broadcast within an instruction
	typed    bool   // bitwise operations name the type of elements
	integers bool   // 64-bit integers are converted, and 32-bit ones without a sign
}

// masking is how a set compares, chooses and handles parts of vectors.
type masking interface {
	compare(x *machine, dst isa.Loc, imm operand.Op, a operand.Op, b isa.Loc, t kernels.Type)
	mask(x *machine, op kernels.Op, dst, a, b int)
	count(x *machine, dst, n, mask int, t kernels.Type)
	choose(x *machine, dst int, mask isa.Loc, yes isa.Loc, no operand.Op, t kernels.Type)
	checkSign(x *machine, acc int, t kernels.Type, fail string)
	checkRange(x *machine, acc, tmp int, bound uint64, t kernels.Type, fail string)
	loadHalves(x *machine, d reg.VecPhysical, t, mem kernels.Type, m operand.Mem)
	tail(x *machine, offset int, many bool)
	loadTail(x *machine, dst, tmp int, m operand.Mem, offset int, t, mem kernels.Type, pad float64)
	storeTail(x *machine, src, tmp int, m operand.Mem, offset int, t, mem kernels.Type)
}

// element is how instructions name a type of elements, and load it as a wider one.
type element struct {
	packed, integer string
	unpack          map[kernels.Type]string // to a wider type
}

var elements = map[kernels.Type]element{
	kernels.F64:  {packed: "PD", integer: "Q"},
	kernels.F32:  {packed: "PS", integer: "D", unpack: map[kernels.Type]string{kernels.F64: "VCVTPS2PD"}},
	kernels.F16:  {unpack: map[kernels.Type]string{kernels.F32: "VCVTPH2PS"}},
	kernels.BF16: {unpack: map[kernels.Type]string{kernels.F32: "VPMOVZXWD"}},
}

func packed(t kernels.Type) string  { return elements[t].packed }
func integer(t kernels.Type) string { return elements[t].integer }

// registers are the first n, at a width.
func registers(width reg.Spec, n reg.Index) (all []reg.VecPhysical) {
	for i := range n {
		all = append(all, reg.Vector.Lookup(i, width).(reg.VecPhysical))
	}
	return all
}

// memory tells which operand may be in memory.
func memory(elements bool) func(op kernels.Op, arg int, kind isa.LocKind) bool {
	return func(op kernels.Op, arg int, kind isa.LocKind) bool {
		switch {
		case kind == isa.InElement && !elements, kind == isa.InLane, op == kernels.MaskAnd, op == kernels.MaskOr:
			return false
		case op == kernels.MulAdd, op == kernels.NegMulAdd:
			return arg > 0
		}
		return arg == 1
	}
}

var tied = map[kernels.Op][]int{kernels.MulAdd: {2, 1, 0}, kernels.NegMulAdd: {2, 1, 0}, kernels.Count: {0}}

func (x *machine) Info() *isa.Info { return &x.info }

func (x *machine) Begin(f *isa.Function) {
	x.f = f
	x.functions = append(x.functions, f)
}

// i adds an instruction, its operands in Intel's order: the destination first.
func (x *machine) i(name string, operands ...any) {
	reversed := make([]any, len(operands))
	for i, op := range operands {
		reversed[len(operands)-1-i] = op
	}
	x.f.Code = append(x.f.Code, isa.Instr{Name: name, Operands: reversed})
}

func (x *machine) Label(name string) { x.f.Code = append(x.f.Code, isa.Instr{Label: name}) }

func (x *machine) Return() {
	x.i("VZEROUPPER")
	x.i("RET")
}

func (x *machine) zero(dst int) {
	r := x.file[dst]
	if r.PhysicalIndex() < 16 {
		r = r.AsX().(reg.VecPhysical)
		x.i("VXORPS", r, r, r)
		return
	}
	x.i("VPXORQ", r, r, r)
}

func (x *machine) Copy(dst int, src isa.Loc) {
	if src.Kind == isa.InConst {
		panic("move of a constant")
	}
	x.i("VMOVAPD", x.file[dst], x.file[src.Reg])
}

// memory is where a constant, or a number of the model, lies.
func (x *machine) memory(l isa.Loc, t kernels.Type) any {
	if l.Kind == isa.InElement {
		return x.place(l.At)
	}
	return symbol(l.Bits, t)
}

func (x *machine) Constant(dst int, c isa.Loc, t kernels.Type) {
	broadcast := "VBROADCASTS" + packed(t)[1:]
	switch {
	case c.Kind == isa.InElement:
		x.i(broadcast, x.file[dst], x.place(c.At))
	case c.Bits == 0:
		x.zero(dst)
	case x.embedded:
		x.i(broadcast, x.file[dst], symbol(c.Bits, t))
	default:
		x.i("VMOVU"+packed(t), x.file[dst], symbol(c.Bits, t))
	}
}

// last emits an instruction whose last operand may be a constant in memory.
func (x *machine) last(name string, t kernels.Type, last isa.Loc, operands ...any) {
	if last.Kind == isa.InReg {
		x.i(name, append(operands, x.file[last.Reg])...)
		return
	}
	if x.embedded {
		name += "_BCST"
	}
	x.i(name, append(operands, x.memory(last, t))...)
}

// bitwise is an operation on patterns.
func (x *machine) bitwise(op kernels.Op, t kernels.Type, last isa.Loc, operands ...any) {
	name := map[kernels.Op]string{kernels.IntAnd: "VPAND", kernels.IntXor: "VPXOR"}[op]
	x.last(name+map[bool]string{true: integer(t)}[x.typed], t, last, operands...)
}

var arithmetic = map[kernels.Op]string{
	kernels.Add: "VADD", kernels.Sub: "VSUB", kernels.Mul: "VMUL", kernels.Div: "VDIV", kernels.Min: "VMIN", kernels.Max: "VMAX",
	kernels.Larger: "VMAX", // which gives the last operand where one is NaN
	kernels.IntAdd: "VPADD", kernels.IntSub: "VPSUB", kernels.MulAdd: "VFMADD", kernels.NegMulAdd: "VFNMADD",
}

var predicates = map[kernels.Op]operand.U8{kernels.Less: 0x11, kernels.LessEqual: 0x12, kernels.Equal: 0}

func (x *machine) Op(op kernels.Op, dst isa.Loc, a []isa.Loc, t kernels.Type) {
	r := func(l isa.Loc) operand.Op { return x.file[l.Reg] }
	switch op {
	case kernels.Add, kernels.Sub, kernels.Mul, kernels.Div, kernels.Min, kernels.Max, kernels.Larger:
		x.last(arithmetic[op]+packed(t), t, a[1], r(dst), r(a[0]))
	case kernels.IntAdd, kernels.IntSub:
		x.last(arithmetic[op]+integer(t), t, a[1], r(dst), r(a[0]))
	case kernels.MulAdd, kernels.NegMulAdd:
		x.fma(arithmetic[op], dst, a, t)
	case kernels.Sqrt:
		x.i("VSQRT"+packed(t), r(dst), r(a[0]))
	case kernels.IntMin:
		x.i("VPMINSD", r(dst), r(a[0]), r(a[1]))
	case kernels.Abs:
		x.bitwise(kernels.IntAnd, t, isa.Constant(1<<(8*t.Bytes()-1)-1), r(dst), r(a[0]))
	case kernels.IntAnd, kernels.IntXor:
		x.bitwise(op, t, a[1], r(dst), r(a[0]))
	case kernels.IntUpper:
		x.i("VPSRLQ", r(dst), r(a[0]), operand.Imm(32))
	case kernels.IntTimes:
		x.last("VPMULUDQ", t, a[1], r(dst), r(a[0]))
	case kernels.ExponentToFloat:
		x.exponentToFloat(r(dst), r(a[0]), t)
	case kernels.IntToExponent:
		x.i("VPSLL"+integer(t), r(dst), r(a[0]), operand.Imm(uint64(t.MantissaBits())))
	case kernels.Less, kernels.LessEqual, kernels.Equal:
		x.compare(x, dst, predicates[op], r(a[0]), a[1], t)
	case kernels.MaskAnd, kernels.MaskOr:
		x.mask(x, op, dst.Reg, a[0].Reg, a[1].Reg)
	case kernels.Count:
		x.count(x, dst.Reg, a[0].Reg, a[1].Reg, t)
	case kernels.Select:
		x.choose(x, dst.Reg, a[0], a[1], r(a[2]), t)
	default:
		panic(fmt.Sprint("no lowering of operation ", op))
	}
}

// fma computes dst = ±a·b + c, where dst is one of the three.
func (x *machine) fma(name string, dst isa.Loc, a []isa.Loc, t kernels.Type) {
	d := x.file[dst.Reg]
	switch dst {
	case a[2]:
		if a[0].Kind != isa.InReg {
			a[0], a[1] = a[1], a[0]
		}
		x.last(name+"231"+packed(t), t, a[1], d, x.file[a[0].Reg])
	case a[1]:
		x.last(name+"213"+packed(t), t, a[2], d, x.file[a[0].Reg])
	case a[0]:
		if a[1].Kind != isa.InReg {
			x.last(name+"132"+packed(t), t, a[1], d, x.file[a[2].Reg])
			return
		}
		x.last(name+"213"+packed(t), t, a[2], d, x.file[a[1].Reg])
	default:
		panic("fma: the destination is no operand")
	}
}

// exponentMagic turns an exponent difference k, shifted down to 12 bits of two's complement, into the float64
// exponentBase + k·2**52: the bias makes k positive, the exponent is that of 2**104.
const exponentMagic = (1023+104)<<52 | 1<<11

var exponentBase = math.Float64bits(math.Ldexp(1, 104) + math.Ldexp(1, 52+11))

func (x *machine) exponentToFloat(dst, src operand.Op, t kernels.Type) {
	switch {
	case t == kernels.F32:
		x.i("VCVTDQ2PS", dst, src)
	case x.integers:
		x.i("VCVTQQ2PD", dst, src)
	default:
		x.i("VPSRLQ", dst, src, operand.Imm(52))
		x.i("VPXOR", dst, dst, symbol(exponentMagic, kernels.F64))
		x.i("VSUBPD", dst, dst, symbol(exponentBase, kernels.F64))
	}
}

func symbol(bits uint64, t kernels.Type) datum {
	d := datum{name: fmt.Sprintf("%s_%x", strings.ToLower(t.String()), bits), t: t}
	for range 32 / t.Bytes() {
		d.values = append(d.values, bits)
	}
	return d
}

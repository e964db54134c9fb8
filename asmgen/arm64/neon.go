// Package arm64 spells the vocabulary in NEON, as Go's assembler writes it, with words for what that lacks.
package arm64

import (
	"fmt"
	"math"
	"strings"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// neon writes Go's assembly for arm64. Every vector register is the allocator's, but for one in walks.
type neon struct {
	*File
	f *isa.Function
	addresses
}

// ones is the vector register that holds 1 where a function walks over rows.
const ones = 31

// element is how instructions name a type of elements, and make as many as a wider type has lanes that type.
type element struct {
	arrangement       string
	same, lane, unary form
	unpack            map[kernels.Type]func(n *neon, r int)
}

var elements = map[kernels.Type]element{
	kernels.F64: {arrangement: "D2", same: sameD, lane: laneD, unary: unaryD},
	kernels.F32: {arrangement: "S4", same: sameS, lane: laneS, unary: unaryS, unpack: toF64(fromF32)},
	kernels.U32: {unpack: toF64(func(n *neon, r int) {
		n.i("VUXTL V%d.S2, V%d.D2", r, r)
		n.enc("ucvtf", unaryD, r, r)
	})},
	kernels.U64:  {unpack: toF64(func(n *neon, r int) { n.enc("ucvtf", unaryD, r, r) })},
	kernels.F16:  {arrangement: "H8", unpack: toFloats(func(n *neon, r int) { n.enc("fcvtl", widenH, r, r) })},
	kernels.BF16: {arrangement: "H8", unpack: toFloats(func(n *neon, r int) { n.enc("shll", shiftH, r, r) })},
}

func toF64(unpack func(n *neon, r int)) map[kernels.Type]func(n *neon, r int) {
	return map[kernels.Type]func(n *neon, r int){kernels.F64: unpack}
}

func fromF32(n *neon, r int) { n.enc("fcvtl", widen, r, r) }

// toFloats are of halves, which unpack makes float32.
func toFloats(unpack func(n *neon, r int)) map[kernels.Type]func(n *neon, r int) {
	return map[kernels.Type]func(n *neon, r int){kernels.F32: unpack, kernels.F64: func(n *neon, r int) {
		unpack(n, r)
		fromF32(n, r)
	}}
}

func arrangement(t kernels.Type) string { return elements[t].arrangement }

// Few constants are worth a register: what a fused multiplication adds to is overwritten, and a load is cheaper than a copy.
var info = isa.Info{Name: "NEON", Vector: 16, Regs: 32, Lanes: true, Ones: true, Incomplete: true,
	Gathers: 16, Tile: isa.TileShape{Rows: 4, Panels: 4}, Unrolled: 16, Roles: roles,
	// A fused multiplication adds to its destination; a selection replaces any of its operands; a product of halves is of one made narrow.
	Tied: map[kernels.Op][]int{kernels.MulAdd: {2}, kernels.NegMulAdd: {2}, kernels.Select: {2, 1, 0}, kernels.IntTimes: {0}},
	Memory: func(op kernels.Op, arg int, kind isa.LocKind) bool {
		return kind == isa.InLane && arg == 1 &&
			(op == kernels.Mul || op == kernels.MulAdd || op == kernels.NegMulAdd || op == kernels.Sub)
	}}

// NEON emits into a file.
func NEON(f *File) isa.Machine { return &neon{File: f} }

func (n *neon) Info() *isa.Info { return &info }

func (n *neon) Begin(f *isa.Function) {
	n.f, n.addresses = f, addresses{}
	n.functions = append(n.functions, f)
}

// i adds an instruction, its operands in Go's order: the destination last.
func (n *neon) i(format string, args ...any) {
	n.f.Code = append(n.f.Code, isa.Instr{Name: format, Operands: args})
}

// enc adds an instruction that Go's assembler lacks: the destination first.
func (n *neon) enc(mnemonic string, f form, registers ...int) {
	n.i("%s", encode(mnemonic, f, registers...))
}

func (n *neon) Label(name string) {
	n.kept = nil // control flow joins
	n.f.Code = append(n.f.Code, isa.Instr{Label: name})
}

func (n *neon) Return() { n.i("RET") }

func (n *neon) Copy(dst int, src isa.Loc) { n.i("VMOV V%d.B16, V%d.B16", src.Reg, dst) }

// repeated is the pattern of an element in all of 64 bits.
func repeated(bits uint64, t kernels.Type) uint64 {
	for width := 8 * t.Bytes(); width < 64; width *= 2 {
		bits |= bits << width
	}
	return bits
}

func (n *neon) Constant(dst int, c isa.Loc, t kernels.Type) {
	switch {
	case c.Kind == isa.InElement && c.At.Param != "":
		n.i("FMOVD %s, F%d", n.argument(c.At.Param), dst)
		n.i("VDUP V%d.D[0], V%d.D2", dst, dst)
	case c.Kind == isa.InElement:
		c.At.Offset += c.Lane * t.Bytes()
		n.i("VLD1R (%s), [V%d.%s]", n.exactly(c.At), dst, arrangement(t))
	case c.Kind != isa.InConst:
		n.Load(dst, 0, c.At, t, t)
	case c.Bits == 0:
		n.i("VMOVI $0, V%d.B16", dst)
	default:
		n.i("FMOVQ %v, F%d", constant(repeated(c.Bits, t)), dst)
	}
}

var (
	threes = map[kernels.Op]string{
		kernels.Add: "fadd", kernels.Sub: "fsub", kernels.Mul: "fmul", kernels.Div: "fdiv", kernels.Min: "fmin", kernels.Max: "fmax",
		kernels.Larger: "fmaxnm", // which gives the other operand where one is NaN
		kernels.Less:   "fcmgt", kernels.LessEqual: "fcmge", kernels.Equal: "fcmeq",
	}
	twos        = map[kernels.Op]string{kernels.Sqrt: "fsqrt", kernels.Abs: "fabs", kernels.ExponentToFloat: "scvtf"}
	multiplyAdd = map[kernels.Op]string{kernels.MulAdd: "fmla", kernels.NegMulAdd: "fmls"}
	bitwise     = map[kernels.Op]string{kernels.IntAnd: "VAND", kernels.IntXor: "VEOR", kernels.MaskAnd: "VAND", kernels.MaskOr: "VORR"}
	integer     = map[kernels.Op]string{kernels.IntAdd: "VADD", kernels.IntSub: "VSUB", kernels.Count: "VSUB"} // a mask is -1
)

func (n *neon) Op(op kernels.Op, dst isa.Loc, a []isa.Loc, t kernels.Type) {
	d, e := dst.Reg, elements[t]
	switch op {
	case kernels.Add, kernels.Sub, kernels.Mul, kernels.Div, kernels.Min, kernels.Max, kernels.Larger, kernels.Equal:
		if op == kernels.Sub && a[1].Kind == isa.InLane { // x - 1·y has the same bits
			n.three("fmls", d, isa.Register(ones), a[1], e)
			return
		}
		n.three(threes[op], d, a[0], a[1], e)
	case kernels.Less, kernels.LessEqual:
		n.three(threes[op], d, a[1], a[0], e)
	case kernels.Sqrt, kernels.Abs, kernels.ExponentToFloat:
		n.enc(twos[op], e.unary, d, a[0].Reg)
	case kernels.IntToExponent:
		n.i("VSHL $%d, V%d.%s, V%d.%s", t.MantissaBits(), a[0].Reg, e.arrangement, d, e.arrangement)
	case kernels.MulAdd, kernels.NegMulAdd:
		if a[1].Kind == isa.InLane {
			n.three(multiplyAdd[op], d, a[0], a[1], e)
			return
		}
		n.native("V"+strings.ToUpper(multiplyAdd[op]), e.arrangement, d, a[0].Reg, a[1].Reg)
	case kernels.IntAdd, kernels.IntSub, kernels.Count:
		n.native(integer[op], e.arrangement, d, a[0].Reg, a[1].Reg)
	case kernels.IntMin:
		n.enc("smin", sameS, d, a[0].Reg, a[1].Reg)
	case kernels.IntUpper:
		n.i("VUSHR $32, V%d.D2, V%d.D2", a[0].Reg, d)
	case kernels.IntTimes:
		n.enc("xtn", narrow, d, a[0].Reg)
		n.enc("umull", wideD, d, d, a[1].Reg)
	case kernels.IntAnd, kernels.IntXor, kernels.MaskAnd, kernels.MaskOr:
		n.native(bitwise[op], "B16", d, a[0].Reg, a[1].Reg)
	case kernels.Select:
		n.choose(dst, a[0], a[1], a[2])
	default:
		panic(fmt.Sprint("no lowering of operation ", op))
	}
}

// three is an instruction of two operands, the last of which may be a lane.
func (n *neon) three(mnemonic string, d int, x, y isa.Loc, e element) {
	if y.Kind == isa.InLane {
		n.enc(mnemonic, e.lane, d, x.Reg, y.Reg, y.Lane)
		return
	}
	n.enc(mnemonic, e.same, d, x.Reg, y.Reg)
}

// native adds an instruction that Go's assembler knows: d = x op y, or d ±= x·y.
func (n *neon) native(name, arrangement string, d, x, y int) {
	n.i("%s V%d.%s, V%d.%s, V%d.%s", name, y, arrangement, x, arrangement, d, arrangement)
}

// choose puts in what the destination lacks of mask ? yes : no.
func (n *neon) choose(dst, mask, yes, no isa.Loc) {
	switch dst {
	case no:
		n.native("VBIT", "B16", dst.Reg, yes.Reg, mask.Reg)
	case yes:
		n.native("VBIF", "B16", dst.Reg, no.Reg, mask.Reg)
	case mask:
		n.native("VBSL", "B16", dst.Reg, yes.Reg, no.Reg)
	default:
		panic("select: the destination is no operand")
	}
}

// Collect compares 32 bits at a time for a range: the upper halves decide.
func (n *neon) Collect(g kernels.Op, acc int, x []int, _ kernels.Type) {
	if g == kernels.GuardRange {
		n.enc("umax", sameS, acc, acc, x[0])
		return
	}
	n.native("VORR", "B16", acc, acc, x[0])
}

func (n *neon) Check(g kernels.Op, acc, tmp int, bound uint64, t kernels.Type, fail string) {
	if g != kernels.GuardRange {
		n.halves(acc)
		n.i("ORR %s, %s", scratch2, scratch)
		n.i("TST $%#x, %s", repeated(1<<(8*t.Bytes()-1), t), scratch)
		n.i("BNE %s", fail)
		return
	}
	n.i("MOVD $%#x, %s", bound, boundReg)
	if t == kernels.F32 {
		n.enc("umaxv", acrossS, tmp, acc)
		n.i("VMOV V%d.S[0], %s", tmp, scratch)
		n.i("CMPW %s, %s", boundReg, scratch)
		n.i("BHI %s", fail)
		return
	}
	n.halves(acc)
	for _, half := range []string{scratch, scratch2} {
		n.i("CMP %s, %s", boundReg, half)
		n.i("BHI %s", fail)
	}
}

// halves moves the halves of a vector to the scratch registers.
func (n *neon) halves(v int) {
	n.i("VMOV V%d.D[0], %s", v, scratch)
	n.i("VMOV V%d.D[1], %s", v, scratch2)
}

func (n *neon) Widen(op kernels.Op, src, tmp int, acc []int) {
	n.enc("fcvtl", widen, tmp, src)
	n.enc("fcvtl2", widenTop, src, src)
	for i, r := range []int{tmp, src} {
		n.Op(op, isa.Register(acc[i]), []isa.Loc{isa.Register(acc[i]), isa.Register(r)}, kernels.F64)
	}
}

func (n *neon) FoldLanes(op kernels.Op, acc, tmp int) {
	if op == kernels.Add {
		n.enc("faddp", pairD, acc, acc)
		return
	}
	n.i("VDUP V%d.D[1], V%d.D2", acc, tmp)
	n.Op(op, isa.Register(acc), []isa.Loc{isa.Register(acc), isa.Register(tmp)}, kernels.F64)
}

func (n *neon) CheckSum(acc int, floor float64, fail string) {
	n.i("FMOVD F%d, %s", acc, scratch)
	exponent := math.Float64bits(floor) >> 52
	n.i("UBFX $52, %s, $11, %s", scratch, scratch)
	n.i("SUB $%d, %s", exponent, scratch)
	n.i("CMP $%d, %s", 0x7FF-exponent, scratch)
	n.i("BHS %s", fail)
}

func (n *neon) Canonical(acc int) {
	n.i("FCMPD F%d, F%d", acc, acc)
	n.i("BVC number")
	n.i("MOVD $%#x, %s", math.Float64bits(math.NaN()), scratch)
	n.i("FMOVD %s, F%d", scratch, acc)
	n.Label("number")
}

package main

import (
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"

	"github.com/relent-go/relent/kernels"
)

// x86 is what AVX2 and AVX-512 share; the embedded table holds where they differ.
type x86 struct {
	*amd64File
	inf      info
	spelling spelling
	file     []reg.VecPhysical // the registers at the width of this set
	pointers []string
	mem      kernels.Type // what the pointers point to
	numbers  bool         // there is a model
	scalars  int          // in use
	rows     rows
}

// spelling is an instruction set's own way of saying what the other says differently.
type spelling interface {
	bitwise(x *x86, op string, dst, a, b operand.Op, t kernels.Type)
	constant(x *x86, name string, bits uint64, t kernels.Type, operands ...operand.Op) // the last operand is the constant
	broadcast(x *x86, dst reg.VecPhysical, bits uint64, t kernels.Type)
	exponentToFloat(x *x86, dst, src operand.Op)
	compare(x *x86, dst loc, imm operand.Op, a operand.Op, b loc, t kernels.Type)
	mask(x *x86, op kernels.Op, dst, a, b int)
	choose(x *x86, dst int, mask loc, yes loc, no operand.Op, t kernels.Type)
	guardSign(x *x86, acc int, r []int)
	checkSign(x *x86, acc int, t kernels.Type, fail string)
	guardRange(x *x86, acc, r int, t kernels.Type)
	checkRange(x *x86, acc, tmp int, bound uint64, t kernels.Type, fail string)
	tail(x *x86, offset int)
	loadTail(x *x86, dst, tmp int, m operand.Mem, offset int, t, mem kernels.Type, pad float64)
	storeTail(x *x86, src, tmp int, m operand.Mem, offset int, t, mem kernels.Type)
}

// amd64File collects the functions and constants of the assembly file.
type amd64File struct {
	ctx     *build.Context
	symbols map[string]operand.Mem
}

var (
	pointerRegs = []reg.GPPhysical{reg.RDI, reg.RSI, reg.RDX, reg.R8}
	count       = reg.RCX
	frameBase   = reg.R11

	rowPointers   = []reg.GPPhysical{reg.RBX, reg.RDX}
	rowLength     = reg.R10
	rowsLeft      = reg.R12
	rowWaits      = reg.R13
	resultPointer = reg.R8
)

// maxNosplit bytes of slots fit into what the linker allows a function that does not check the stack.
const maxNosplit = 640

func newAMD64File() *amd64File {
	ctx := build.NewContext()
	ctx.ConstraintExpr("!purego")
	return &amd64File{ctx: ctx, symbols: map[string]operand.Mem{}}
}

// print compiles the file to assembly.
func (f *amd64File) print(pkg string) ([]byte, error) {
	file, err := f.ctx.Result()
	if err != nil {
		return nil, err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return nil, err
	}
	if err := checkISA(file); err != nil {
		return nil, err
	}
	return printer.NewGoAsm(printer.Config{Name: "asmgen", Pkg: pkg}).Print(file)
}

// checkISA holds every AVX2 function to AVX2: the sixteen lower registers and no instruction of a later set (MMX+ is prefetching, and CMOV in every amd64).
func checkISA(file *ir.File) error {
	for _, f := range file.Functions() {
		if !strings.HasSuffix(f.Name, "AVX2") {
			continue
		}
		for _, isa := range f.ISA {
			if isa != "AVX" && isa != "AVX2" && isa != "FMA3" && isa != "SSE2" && isa != "BMI2" && isa != "MMX+" && isa != "CMOV" {
				return fmt.Errorf("%s requires %s", f.Name, isa)
			}
		}
		for _, in := range f.Instructions() {
			for _, r := range in.Registers() {
				if v, ok := r.(reg.VecPhysical); ok && v.PhysicalIndex() > 15 {
					return fmt.Errorf("%s uses %s", f.Name, v.Asm())
				}
			}
		}
	}
	return nil
}

func registers(at func(reg.VecPhysical) reg.VecPhysical, n int) []reg.VecPhysical {
	all := []reg.VecPhysical{
		reg.X0, reg.X1, reg.X2, reg.X3, reg.X4, reg.X5, reg.X6, reg.X7,
		reg.X8, reg.X9, reg.X10, reg.X11, reg.X12, reg.X13, reg.X14, reg.X15,
		reg.X16, reg.X17, reg.X18, reg.X19, reg.X20, reg.X21, reg.X22, reg.X23,
		reg.X24, reg.X25, reg.X26, reg.X27, reg.X28, reg.X29, reg.X30, reg.X31,
	}[:n]
	for i := range all {
		all[i] = at(all[i])
	}
	return all
}

// i adds an instruction, its operands in Intel's order: the destination first.
func (x *x86) i(name string, operands ...operand.Op) {
	method := reflect.ValueOf(x.ctx).MethodByName(name)
	if !method.IsValid() {
		panic("no instruction " + name)
	}
	args := make([]reflect.Value, len(operands))
	for i, op := range operands {
		args[len(operands)-1-i] = reflect.ValueOf(op)
	}
	method.Call(args)
}

func (x *x86) info() info { return x.inf }

func (x *x86) function(name string, pointers []string, t kernels.Type, s signature, slots int) {
	x.begin(name, "func"+parameters(pointers, t, s), slots)
	x.pointers, x.mem = withoutNumbers(pointers), t
	x.numbers = len(x.pointers) < len(pointers)
}

func (x *x86) parameter(name string) operand.Mem {
	m, err := x.ctx.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return m.Addr
}

func (x *x86) loadArgs() {
	for i, p := range x.pointers {
		x.i("MOVQ", pointerRegs[i], x.parameter(p))
	}
	x.i("MOVQ", count, x.parameter("n"))
}

func (x *x86) loadSumsArgs() {
	x.i("MOVQ", resultPointer, x.parameter("dst"))
	x.loadArgs()
}

func (x *x86) loadRowArgs() {
	x.i("MOVQ", resultPointer, x.parameter("dst"))
	for i, p := range x.pointers {
		x.i("MOVQ", rowPointers[i], x.parameter(p))
	}
	if x.numbers {
		x.i("MOVQ", scalarRegs[numbersScalar], x.parameter(numbers))
	}
	x.i("MOVQ", rowLength, x.parameter("n"))
	x.i("MOVQ", rowsLeft, x.parameter("rows"))
	x.setWaiting(0)
}

// numbersScalar is a register that reductions do not use otherwise.
const numbersScalar scalar = 10

func (x *x86) number(i int) loc { return model(numbersScalar, 16*i) }

func (x *x86) startRow() {
	for i := range x.pointers {
		x.i("MOVQ", pointerRegs[i], rowPointers[i])
	}
	x.i("MOVQ", count, rowLength)
}

func (x *x86) jumpIfLastRow(label string) {
	x.ctx.CMPQ(rowsLeft, operand.U32(1))
	x.i("JEQ", operand.LabelRef(label))
}

func (x *x86) nextRow() {
	x.i("DECQ", rowsLeft)
	x.ctx.ADDQ(operand.U32(8), resultPointer)
	for i, p := range x.pointers {
		x.i("MOVQ", reg.RAX, x.parameter(stride(p)))
		next := operand.Mem{Base: rowPointers[i], Index: reg.RAX, Scale: uint8(x.mem.Bytes())}
		x.i("LEAQ", rowPointers[i], next)
	}
}

func (x *x86) rowBefore() {
	x.i("INCQ", rowsLeft)
	x.ctx.SUBQ(operand.U32(8), resultPointer)
	for i, p := range x.pointers {
		x.i("MOVQ", reg.RAX, x.parameter(stride(p)))
		x.ctx.SHLQ(operand.Imm(shift(x.mem)), reg.RAX)
		x.i("SUBQ", rowPointers[i], reg.RAX)
	}
}

// shift is the logarithm of an element's size.
func shift(t kernels.Type) uint64 { return uint64(bits.TrailingZeros(uint(t.Bytes()))) }

func (x *x86) setWaiting(kind int) {
	if kind == 0 {
		x.i("XORL", rowWaits.As32(), rowWaits.As32())
		return
	}
	x.ctx.MOVL(operand.I32(int32(kind)), rowWaits.As32())
}

func (x *x86) waitSooner() { x.i("INCL", rowWaits.As32()) }

func (x *x86) jumpByWaiting(none, never string) {
	x.i("TESTL", rowWaits.As32(), rowWaits.As32())
	x.i("JEQ", operand.LabelRef(none))
	x.i("JMI", operand.LabelRef(never))
}

func (x *x86) jumpUnlessWaiting(kind int, label string) {
	x.ctx.CMPL(rowWaits.As32(), operand.U32(uint32(kind)))
	x.i("JNE", operand.LabelRef(label))
}

func (x *x86) jump(label string) { x.i("JMP", operand.LabelRef(label)) }

func (x *x86) label(name string) { x.ctx.Label(name) }

func (x *x86) compareCount(n int) { x.ctx.CMPQ(count, operand.U32(uint32(n))) }

func (x *x86) jumpIfFewer(n int, label string) {
	x.compareCount(n)
	x.i("JLT", operand.LabelRef(label))
}

func (x *x86) jumpIfAtMost(n int, label string) {
	x.compareCount(n)
	x.i("JLE", operand.LabelRef(label))
}

func (x *x86) jumpIfAtLeast(n int, label string) {
	x.compareCount(n)
	x.i("JGE", operand.LabelRef(label))
}

func (x *x86) advance(n int) {
	for i := range x.pointers {
		x.ctx.ADDQ(operand.U32(uint32(n*x.mem.Bytes())), pointerRegs[i])
	}
	x.ctx.SUBQ(operand.U32(uint32(n)), count)
}

func (x *x86) ret() {
	x.i("VZEROUPPER")
	x.i("RET")
}

func (x *x86) zero(dst int) {
	r := x.file[dst]
	if r.PhysicalIndex() < 16 {
		r = r.AsX().(reg.VecPhysical)
		x.i("VXORPS", r, r, r)
		return
	}
	x.i("VPXORQ", r, r, r)
}

func (x *x86) move(dst int, src loc) {
	if src.kind == inConst {
		panic("move of a constant")
	}
	x.i("VMOVAPD", x.file[dst], x.file[src.reg])
}

// slot is a vector's place in the frame.
func (x *x86) slot(i int) operand.Mem { return operand.Mem{Base: frameBase, Disp: i * x.inf.vector} }

func (x *x86) spill(slot, src int)  { x.i("VMOVAPD", x.slot(slot), x.file[src]) }
func (x *x86) reload(dst, slot int) { x.i("VMOVAPD", x.file[dst], x.slot(slot)) }

// symbol is a read-only constant, repeated over a YMM register.
func (x *x86) symbol(bits uint64, t kernels.Type) operand.Mem {
	name := fmt.Sprintf("%s_%x", strings.ToLower(t.String()), bits)
	return x.data(name, func() {
		for i := 0; i < 32/t.Bytes(); i++ {
			x.datum(bits, t)
		}
	})
}

// memory is where a constant, or a number of the model, lies.
func (x *x86) memory(l loc, t kernels.Type) operand.Mem {
	if l.kind == inElement {
		return l.at.mem()
	}
	return x.symbol(l.bits, t)
}

func (x *x86) datum(bits uint64, t kernels.Type) {
	if t == kernels.F64 {
		x.ctx.AppendDatum(operand.U64(bits))
	} else {
		x.ctx.AppendDatum(operand.U32(bits))
	}
}

func (x *x86) data(name string, fill func()) operand.Mem {
	m, ok := x.symbols[name]
	if !ok {
		m = x.ctx.StaticGlobal(name)
		x.ctx.DataAttributes(attr.RODATA | attr.NOPTR)
		fill()
		x.symbols[name] = m
	}
	return m
}

func (x *x86) loadConst(dst int, c loc, t kernels.Type) {
	switch {
	case c.kind == inElement:
		x.i("VBROADCASTS"+packed(t)[1:], x.file[dst], c.at.mem())
	case c.bits == 0:
		x.zero(dst)
	default:
		x.spelling.broadcast(x, x.file[dst], c.bits, t)
	}
}

func (x *x86) tied(op kernels.Op) []int {
	if op == kernels.MulAdd || op == kernels.NegMulAdd {
		return []int{2, 1, 0}
	}
	return nil
}

func (x *x86) memArg(op kernels.Op, arg int, kind locKind) bool {
	if kind == inElement && !x.inf.elements {
		return false
	}
	switch op {
	case kernels.Select:
		return arg == 1
	case kernels.MulAdd, kernels.NegMulAdd:
		return arg > 0
	case kernels.MaskAnd, kernels.MaskOr:
		return false
	}
	return arg == 1
}

func packed(t kernels.Type) string {
	return map[kernels.Type]string{kernels.F64: "PD", kernels.F32: "PS"}[t]
}
func integer(t kernels.Type) string {
	return map[kernels.Type]string{kernels.F64: "Q", kernels.F32: "D"}[t]
}

// last emits an instruction whose last operand may be a constant in memory.
func (x *x86) last(name string, t kernels.Type, last loc, operands ...operand.Op) {
	switch last.kind {
	case inConst:
		x.spelling.constant(x, name, last.bits, t, operands...)
	case inElement:
		x.i(name+"_BCST", append(operands, last.at.mem())...)
	default:
		x.i(name, append(operands, x.file[last.reg])...)
	}
}

func (x *x86) op(op kernels.Op, dst loc, a []loc, t kernels.Type) {
	r := func(l loc) operand.Op { return x.file[l.reg] }
	arithmetic := map[kernels.Op]string{
		kernels.Add: "VADD", kernels.Sub: "VSUB", kernels.Mul: "VMUL", kernels.Div: "VDIV",
		kernels.Min: "VMIN", kernels.Max: "VMAX",
	}
	switch op {
	case kernels.Add, kernels.Sub, kernels.Mul, kernels.Div, kernels.Min, kernels.Max:
		x.last(arithmetic[op]+packed(t), t, a[1], r(dst), r(a[0]))
	case kernels.Sqrt:
		x.i("VSQRT"+packed(t), r(dst), r(a[0]))
	case kernels.MulAdd:
		x.fma("VFMADD", dst, a, t)
	case kernels.NegMulAdd:
		x.fma("VFNMADD", dst, a, t)
	case kernels.IntAdd:
		x.last("VPADD"+integer(t), t, a[1], r(dst), r(a[0]))
	case kernels.IntSub:
		x.last("VPSUB"+integer(t), t, a[1], r(dst), r(a[0]))
	case kernels.Abs:
		signClear := uint64(1)<<(8*t.Bytes()-1) - 1
		x.spelling.bitwise(x, "AND", r(dst), r(a[0]), x.symbol(signClear, t), t)
	case kernels.IntAnd:
		if a[1].kind == inConst {
			x.spelling.bitwise(x, "AND", r(dst), r(a[0]), x.symbol(a[1].bits, t), t)
			return
		}
		x.spelling.bitwise(x, "AND", r(dst), r(a[0]), r(a[1]), t)
	case kernels.ExponentToFloat:
		if t == kernels.F32 {
			x.i("VCVTDQ2PS", r(dst), r(a[0]))
			return
		}
		x.spelling.exponentToFloat(x, r(dst), r(a[0]))
	case kernels.IntToExponent:
		x.i("VPSLL"+integer(t), r(dst), r(a[0]), operand.Imm(uint64(t.MantissaBits())))
	case kernels.Less, kernels.LessEqual, kernels.Equal:
		imm := map[kernels.Op]uint8{kernels.Less: 0x11, kernels.LessEqual: 0x12, kernels.Equal: 0}[op]
		x.spelling.compare(x, dst, operand.U8(imm), r(a[0]), a[1], t)
	case kernels.MaskAnd, kernels.MaskOr:
		x.spelling.mask(x, op, dst.reg, a[0].reg, a[1].reg)
	case kernels.Select:
		x.spelling.choose(x, dst.reg, a[0], a[1], r(a[2]), t)
	default:
		panic(fmt.Sprint("no lowering of operation ", op))
	}
}

// fma computes dst = ±a·b + c, where dst is one of the three.
func (x *x86) fma(name string, dst loc, a []loc, t kernels.Type) {
	d := x.file[dst.reg]
	switch dst {
	case a[2]:
		if a[0].kind != inReg {
			a[0], a[1] = a[1], a[0]
		}
		x.last(name+"231"+packed(t), t, a[1], d, x.file[a[0].reg])
	case a[1]:
		x.last(name+"213"+packed(t), t, a[2], d, x.file[a[0].reg])
	case a[0]:
		if a[1].kind != inReg {
			x.last(name+"132"+packed(t), t, a[1], d, x.file[a[2].reg])
			return
		}
		x.last(name+"213"+packed(t), t, a[2], d, x.file[a[1].reg])
	default:
		panic("fma: the destination is no operand")
	}
}

func (x *x86) address(input, offset int, mem kernels.Type) operand.Mem {
	return operand.Mem{Base: pointerRegs[input], Disp: offset * mem.Bytes()}
}

// half is a register at the width of as many float32 as the set has lanes of float64.
func (x *x86) half(r int) reg.VecPhysical {
	if x.inf.vector == 64 {
		return x.file[r].AsY().(reg.VecPhysical)
	}
	return x.file[r].AsX().(reg.VecPhysical)
}

func (x *x86) load(dst, input, offset int, t, mem kernels.Type) {
	m := x.address(input, offset, mem)
	if t != mem {
		x.i("VCVTPS2PD", x.file[dst], m)
		return
	}
	x.i("VMOVU"+packed(t), x.file[dst], m)
}

func (x *x86) store(src, offset int, t, mem kernels.Type) {
	m := x.address(0, offset, mem)
	if t != mem {
		x.narrow(src)
		x.i("VMOVUPS", m, x.half(src))
		return
	}
	x.i("VMOVU"+packed(t), m, x.file[src])
}

// narrow rounds a vector of float64 to float32, in place.
func (x *x86) narrow(r int) {
	name := map[int]string{32: "VCVTPD2PSY", 64: "VCVTPD2PS"}[x.inf.vector]
	x.i(name, x.half(r), x.file[r])
}

func (x *x86) tail(offset int) { x.spelling.tail(x, offset) }

func (x *x86) loadTail(dst, tmp, input, offset int, t, mem kernels.Type, pad float64) {
	x.spelling.loadTail(x, dst, tmp, x.address(input, offset, mem), offset, t, mem, pad)
}

func (x *x86) storeTail(src, tmp, offset int, t, mem kernels.Type) {
	if t != mem {
		x.narrow(src)
	}
	x.spelling.storeTail(x, src, tmp, x.address(0, offset, mem), offset, t, mem)
}

func (x *x86) guardSign(acc int, r []int) { x.spelling.guardSign(x, acc, r) }

func (x *x86) checkSign(acc int, t kernels.Type, fail string) { x.spelling.checkSign(x, acc, t, fail) }

func (x *x86) guardRange(acc, r int, t kernels.Type) { x.spelling.guardRange(x, acc, r, t) }

func (x *x86) checkRange(acc, tmp int, bound uint64, t kernels.Type, fail string) {
	x.spelling.checkRange(x, acc, tmp, bound, t, fail)
}

func (x *x86) widenAdd(src, tmp int, acc []int) {
	lower, upper := x.half(src), x.half(tmp)
	name := map[int]string{32: "VEXTRACTF128", 64: "VEXTRACTF32X8"}[x.inf.vector]
	x.i(name, upper, x.file[src], operand.Imm(1))
	x.i("VCVTPS2PD", x.file[tmp], upper)
	x.i("VCVTPS2PD", x.file[src], lower)
	x.i("VADDPD", x.file[acc[0]], x.file[acc[0]], x.file[src])
	x.i("VADDPD", x.file[acc[1]], x.file[acc[1]], x.file[tmp])
}

func (x *x86) foldVectors(acc []int) {
	for ; len(acc) > 1; acc = acc[:len(acc)/2] {
		for i := range acc[:len(acc)/2] {
			x.i("VADDPD", x.file[acc[i]], x.file[acc[i]], x.file[acc[i+len(acc)/2]])
		}
	}
}

func (x *x86) foldLanes(acc, tmp int) {
	a, t, half := x.file[acc], x.file[tmp], "VEXTRACTF128"
	if x.inf.vector == 64 {
		x.i("VEXTRACTF64X4", t.AsY(), a, operand.Imm(1))
		x.i("VADDPD", a.AsY(), a.AsY(), t.AsY())
		half = "VEXTRACTF64X2" // of any of the 32 registers
	}
	x.i(half, t.AsX(), a.AsY(), operand.Imm(1))
	x.i("VADDPD", a.AsX(), a.AsX(), t.AsX())
	x.i("VUNPCKHPD", t.AsX(), a.AsX(), a.AsX())
	x.i("VADDSD", a.AsX(), a.AsX(), t.AsX())
}

func (x *x86) checkSum(acc int, floor float64, fail string) {
	x.i("VMOVQ", reg.RAX, x.file[acc].AsX())
	x.ctx.ADDQ(reg.RAX, reg.RAX) // without the sign
	x.ctx.SHRQ(operand.Imm(53), reg.RAX)
	exponent := math.Float64bits(floor) >> 52
	x.ctx.SUBQ(operand.U32(uint32(exponent)), reg.RAX)
	x.ctx.CMPQ(reg.RAX, operand.U32(uint32(0x7FF-exponent)))
	x.i("JCC", operand.LabelRef(fail))
}

func (x *x86) canonical(acc int) {
	sum := x.file[acc].AsX()
	x.i("VUCOMISD", sum, sum)
	x.i("JPC", operand.LabelRef("number"))
	x.i("VMOVSD", sum, x.symbol(math.Float64bits(math.NaN()), kernels.F64))
	x.label("number")
}

func (x *x86) storeSum(acc, row int) {
	x.i("VMOVSD", operand.Mem{Base: resultPointer, Disp: 8 * row}, x.file[acc].AsX())
}

// exponentMagic turns an exponent difference k, shifted down to 12 bits of two's complement, into the float64
// exponentBase + k·2**52: the bias makes k positive, the exponent is that of 2**104.
const exponentMagic = (1023+104)<<52 | 1<<11

var exponentBase = math.Float64bits(math.Ldexp(1, 104) + math.Ldexp(1, 52+11))

package x86

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/relent-go/relent/asmgen/isa"
)

// scalarRegs are the general registers; RAX also tests guards, R11 is for the frame where there is one, and the last is 32 bits of a
// smaller number.
var scalarRegs = []reg.GPPhysical{
	reg.RDI, reg.RSI, reg.RDX, reg.RCX, reg.R8, reg.R9, reg.R10, reg.R12, reg.R13, reg.RBX, reg.R14, reg.RAX, frameBase,
	reg.R13.As32().(reg.GPPhysical),
}

var roles = isa.Roles{
	Arrays: []isa.Scalar{0, 1, 2, 9, 6, 7, 8}, Count: 3,
	RowArrays: []isa.Scalar{9, 2}, RowLength: 6, RowsLeft: 7, Waits: 13, Result: 4, Stride: 11,
	Numbers: 10, NumberAs: isa.InElement,
}

var (
	count     = reg.RCX
	frameBase = reg.GPPhysical(reg.R11)
)

func gp(s isa.Scalar) reg.GPPhysical { return scalarRegs[s] }

// size is the suffix of instructions on a scalar.
func size(v isa.Value) string {
	if v.IsReg() && gp(v.Scalar).Size() == 4 {
		return "L"
	}
	return "Q"
}

// value is an operand.
func (x *machine) value(v isa.Value) any {
	switch {
	case v.Const:
		return operand.I32(int32(v.N))
	case v.Param != "":
		return param(v.Param)
	}
	return gp(v.Scalar)
}

func (x *machine) Move(dst, src isa.Value) {
	if dst.IsReg() && src.Const && src.N == 0 {
		r := gp(dst.Scalar).(reg.GP).As32()
		x.i("XORL", r, r)
		return
	}
	x.i("MOV"+size(dst), x.value(dst), x.value(src))
}

func (x *machine) Add(dst, v isa.Value) {
	name := map[bool]string{false: "ADD", true: "SUB"}[v.Minus]
	switch one := map[bool]string{false: "INC", true: "DEC"}[v.Minus]; {
	case v.Const && v.N == 1 && dst.IsReg():
		x.i(one+size(dst), x.value(dst))
	case v.Shift > 0 && !v.Minus:
		x.i("LEAQ", gp(dst.Scalar), operand.Mem{Base: gp(dst.Scalar), Index: gp(v.Scalar), Scale: 1 << v.Shift})
	case v.Shift > 0:
		x.ShiftLeft(v.Scalar, v.Shift)
		x.i("SUBQ", gp(dst.Scalar), gp(v.Scalar))
	default:
		x.i(name+size(dst), x.value(dst), x.value(v))
	}
}

func (x *machine) ShiftLeft(dst isa.Scalar, bits int) {
	x.i("SHLQ", gp(dst), operand.Imm(uint64(bits)))
}

func (x *machine) Lower(dst isa.Scalar, limit isa.Value) {
	x.i("CMPQ", x.value(limit), gp(dst))
	x.i("CMOVQGT", gp(dst), x.value(limit))
}

func (x *machine) Repeat(s isa.Scalar, step int, label string) {
	x.i("SUBQ", gp(s), operand.I32(int32(step)))
	x.jump("JG", label)
}

var jumps = map[isa.Cond]string{
	isa.Less: "JLT", isa.AtMost: "JLE", isa.AtLeast: "JGE", isa.More: "JG", isa.Equal: "JEQ", isa.Unequal: "JNE",
}

// Branch leaves out a comparison that was made right before, for another branch.
func (x *machine) Branch(v isa.Value, c isa.Cond, y isa.Value, to string) {
	jump, compare := jumps[c], isa.Instr{Name: "CMP" + size(v), Operands: []any{x.value(v), x.value(y)}}
	if y.Const {
		compare.Operands[1] = operand.U32(uint32(y.N))
	}
	if v.IsReg() && y.Const && y.N == 0 {
		compare = isa.Instr{Name: "TEST" + size(v), Operands: []any{x.value(v), x.value(v)}}
		if c == isa.Less {
			jump = "JMI"
		}
	}
	if !x.f.Compared(compare) {
		x.f.Code = append(x.f.Code, compare)
	}
	x.jump(jump, to)
}

func (x *machine) Jump(label string) { x.jump("JMP", label) }

func (x *machine) jump(name, label string) { x.i(name, operand.LabelRef(label)) }

// place is an operand in memory.
func (x *machine) place(p isa.Place) any {
	if p.Param != "" {
		return param(p.Param)
	}
	return x.mem(p)
}

func (x *machine) mem(p isa.Place) operand.Mem {
	m := operand.Mem{Base: frameBase, Disp: p.Offset}
	if p.Base != isa.Frame {
		m.Base = gp(p.Base)
	}
	if p.N > 0 {
		m.Index, m.Scale = gp(p.Index), uint8(p.N)
	}
	return m
}

package isa

import (
	"reflect"
	"slices"
	"strings"

	"github.com/relent-go/relent/kernels"
)

// A Function is a list of instructions under a name.
type Function struct {
	Name string
	Signature
	Slots     int // of vectors, in the frame
	SlotBytes int
	Code      []Instr
	Scalars   int // in use, from the first on
	Joins     int // labels within tails
}

// An Instr is an instruction with its operands in the order of Go's assembler, or a label.
type Instr struct {
	Label    string
	Name     string
	Operands []any
}

// MaxNosplit bytes of slots fit into what the linker allows a function that does not check the stack.
const MaxNosplit = 640

// Mark remembers how far a function is, for Reset to take back what came after: an attempt.
func (f *Function) Mark() Function { return *f }

// Reset takes back.
func (f *Function) Reset(mark Function) { f.Code, f.Joins = f.Code[:len(mark.Code)], mark.Joins }

// NewScalar is a register not yet used in the function.
func (f *Function) NewScalar() Scalar {
	f.Scalars++
	return Scalar(f.Scalars - 1)
}

// A Signature is that of an assembly function: groups of parameters of one type.
type Signature struct {
	Groups []Group
	Result bool // an int, ret
}

// A Group is parameters of one type.
type Group struct {
	Names []string
	Type  string
}

func (s Signature) String() string {
	var groups []string
	for _, g := range s.Groups {
		groups = append(groups, strings.Join(g.Names, ", ")+" "+g.Type)
	}
	result := ""
	if s.Result {
		result = " int"
	}
	return "(" + strings.Join(groups, ", ") + ")" + result
}

// Params lists the names, of 8 bytes each; the result comes last.
func (s Signature) Params() []string {
	var list []string
	for _, g := range s.Groups {
		list = append(list, g.Names...)
	}
	if s.Result {
		list = append(list, "ret")
	}
	return list
}

// Index is the number of a parameter.
func (s Signature) Index(name string) int {
	i := slices.Index(s.Params(), name)
	if i < 0 {
		panic("no parameter " + name)
	}
	return i
}

// Symbol is the name of a kernel for a type of elements and an instruction set.
func Symbol(name string, t kernels.Type, isa string) string { return name + t.String() + isa }

// Compared tells whether the last instruction jumps on the outcome of the same comparison.
func (f *Function) Compared(c Instr) bool {
	n := len(f.Code)
	return n >= 2 && f.Code[n-1].Name != "" && reflect.DeepEqual(f.Code[n-2], c)
}

// A Mistake is what a panic says of a text, where it asks for what an instruction set has not got.
type Mistake string

func (m Mistake) Error() string { return string(m) }

// A Scalar is a general register: an address or a count.
type Scalar int

// Frame is the address of the slots for vectors.
const Frame Scalar = -1

// A Value is a scalar, perhaps scaled by a power of two, a parameter, or a number.
type Value struct {
	Param  string
	Scalar Scalar
	Shift  int
	N      int
	Const  bool
	Minus  bool
}

// Reg is a scalar as a value.
func Reg(s Scalar) Value { return Value{Scalar: s} }

// Scaled is 2**bits times a scalar.
func Scaled(s Scalar, bits int) Value { return Value{Scalar: s, Shift: bits} }

// Param is a parameter.
func Param(name string) Value { return Value{Param: name} }

// Const is a number.
func Const(n int) Value { return Value{Const: true, N: n} }

// Neg is what takes the value away where it is added.
func (v Value) Neg() Value {
	v.Minus = !v.Minus
	return v
}

// IsReg tells whether the value is a scalar as it is.
func (v Value) IsReg() bool { return v.Param == "" && !v.Const && v.Shift == 0 }

// A Cond is the outcome of a comparison of signed integers.
type Cond string

const (
	Less    Cond = "<"
	AtMost  Cond = "<="
	AtLeast Cond = ">="
	More    Cond = ">"
	Equal   Cond = "=="
	Unequal Cond = "!="
)

// A Place is N·Index bytes and then an offset away from an address.
type Place struct {
	Base   Scalar
	Index  Scalar
	N      int
	Offset int
	Param  string // the place of a parameter, instead
}

// Loc is the number there as an operand.
func (p Place) Loc() Loc { return Loc{Kind: InElement, At: p} }

// A Loc is where a value is: a vector register, a mask register, or, for a constant without a register, memory.
type Loc struct {
	Kind LocKind
	Reg  int
	Bits uint64 // InConst
	At   Place  // InElement, InLane, InAllLanes: where it is, or, if it may become a lane, the vector around it
	Lane int    // of that vector
}

// LocKind says which.
type LocKind uint8

const (
	Nowhere LocKind = iota
	InReg
	InMask
	InConst
	InElement  // a number of the model in memory
	InLane     // a number in one lane of a vector register, as a broadcast operand
	InAllLanes // a number of the model in memory, as often as a vector has lanes
	InSlot     // spilled to the frame, until it is fetched
	InKept     // in the frame, across an iteration
)

// Register is a value in a vector register.
func Register(r int) Loc { return Loc{Kind: InReg, Reg: r} }

// Constant is a pattern in every lane.
func Constant(bits uint64) Loc { return Loc{Kind: InConst, Bits: bits} }

// Vector is all of the vector that holds a number.
func (l Loc) Vector() Loc { return Loc{Kind: InLane, At: l.At} }

package kernels

import (
	"fmt"
	"math"
)

// Type is the element type a kernel text is recorded for.
type Type uint8

const (
	F64 Type = iota
	F32
	U32 // counts, only in memory
	U64
	F16 // halves of float32, only in memory
	BF16
)

// types is what is to know of each.
var types = [...]struct {
	name, goName              string
	bytes, mantissa, exponent int
}{
	F64: {"F64", "float64", 8, 52, 1023},
	F32: {"F32", "float32", 4, 23, 127},
	U32: {name: "U32", goName: "uint32", bytes: 4},
	U64: {name: "U64", goName: "uint64", bytes: 8},

	F16:  {name: "F16", goName: "uint16", bytes: 2},
	BF16: {name: "BF16", goName: "uint16", bytes: 2},
}

func (t Type) String() string { return types[t].name }

// Go is the type's name in Go.
func (t Type) Go() string { return types[t].goName }

// Bytes is the size of one element.
func (t Type) Bytes() int { return types[t].bytes }

// MantissaBits is the number of explicitly stored significand bits.
func (t Type) MantissaBits() int { return types[t].mantissa }

// MaxExponent is the exponent of the largest power of two.
func (t Type) MaxExponent() int { return types[t].exponent }

// Half tells that numbers of the type are widened to float32.
func (t Type) Half() bool { return t == F16 || t == BF16 }

// Bits is the bit pattern of x rounded to t; of halves x is one, 0 or normal.
func (t Type) Bits(x float64) uint64 {
	single := uint64(math.Float32bits(float32(x)))
	switch {
	case t == F64:
		return math.Float64bits(x)
	case t == BF16:
		return single >> 16
	case t == F16 && x != 0:
		const lessDigits, lessBias = 23 - 10, 127 - 15
		return single>>16&0x8000 | (single&0x7fffffff>>lessDigits - lessBias<<10)
	}
	return single
}

// Op is one operation of the vocabulary. Every arithmetic operation is one IEEE 754 rounding, to nearest even, or none.
type Op uint8

const (
	Input   Op = iota // the kernel's Arg-th input
	Sum               // the accumulator handed to a Reduction's step, or the Arg-th one handed to a Joint's
	Const             // every lane holds Bits
	Element           // every lane holds the model's Arg-th number

	Add
	Sub
	Mul
	Div
	Sqrt
	MulAdd    // x*y + z, one rounding
	NegMulAdd // z - x*y, one rounding
	Min       // unspecified for NaN and for zeros of either sign
	Max       // likewise
	Larger    // the first one if it is above the second, otherwise that; unspecified where that is NaN, and for zeros of either sign
	Abs

	AsInt   // the same bits, seen as an integer
	AsFloat // the same bits, seen as a float
	IntAdd
	IntSub
	IntAnd
	IntXor
	IntUpper        // of float64 only, as IntTimes: the upper half of the bits, as an integer
	IntTimes        // the product of the lower halves, of which the second one is a constant
	Count           // an integer, and 1 more where a mask holds
	IntMin          // the lesser as signed integers, of 32 bits at a time: of float64 the upper halves count
	ExponentToFloat // the integer's value as a float; its low MantissaBits are zero, so this is exact
	IntToExponent   // shifted left by MantissaBits: the integer times one step of the exponent field

	Less // quiet comparisons: false on NaN
	LessEqual
	Equal
	MaskAnd
	MaskOr
	Select // x ? y : z

	GuardSign  // the sign bit of x is clear
	GuardRange // as an unsigned integer, x is at most Bits, whose lower half is all ones in float64
	GuardSome  // the sign bit of x is set for at least one element of the chunk
)

// Instr is one recorded operation; Args are indexes of earlier ones.
type Instr struct {
	Op   Op
	Args []int
	Arg  int    // Input, Sum, Element: which one
	Bits uint64 // Const, GuardRange
	Int  bool   // Const: an integer
}

// Integer tells whether the result is an integer.
func (in Instr) Integer() bool {
	switch in.Op {
	case AsInt, IntAdd, IntSub, IntAnd, IntXor, IntUpper, IntTimes, IntMin, IntToExponent, Count:
		return true
	}
	return in.Int
}

// IsMask tells whether an operation results in one.
func (op Op) IsMask() bool { return Less <= op && op <= MaskOr }

// IsGuard tells whether the operation is a condition without a result.
func (op Op) IsGuard() bool { return op == GuardSign || op == GuardRange || op == GuardSome }

// Program is a kernel's step in single-assignment form.
type Program struct {
	Type    Type
	Code    []Instr
	Results []int // the new sum, or sums, or the value stored

	// Floor is the size from which a reduction's sum may be trusted: the text let errors pass that are far smaller, and terms
	// come out 0 that are not.
	Floor float64
}

// Live tells which operations a result or a guard needs.
func (p Program) Live() []bool {
	live := make([]bool, len(p.Code))
	for _, id := range p.Results {
		live[id] = true
	}
	for id := len(p.Code) - 1; id >= 0; id-- {
		live[id] = live[id] || p.Code[id].Op.IsGuard()
		for _, a := range p.Code[id].Args {
			live[a] = live[a] || live[id]
		}
	}
	return live
}

// Builder records a step. It knows no widths, registers or instruction sets.
type Builder struct {
	Program
	// Careful asks for the text that is right for every input. Otherwise a step may rest on Guard conditions: a chunk
	// in which one of them fails for any element is computed again, carefully.
	Careful bool
	// Moderate promises that no element is 0, subnormal or close to overflow, nor becomes so by scaling.
	Moderate bool
	consts   map[constKey]int
	shared   map[string]int // operations recorded before, where the same one is not to be recorded again

	// surplus is by how much the inputs, as the text sees them, are too large; nil if they are exact. qOverP holds in
	// lanes where the text takes the logarithm of q/p; nil if it does nowhere.
	surplus *surplus
	qOverP  *Mask

	zeroPads bool      // both inputs are 0 past the end
	counts   *inCounts // of a quick text; nil in others
	ordinary bool      // nothing needs a guard
	usual    bool      // all elements hold the Usual check of the Kernel
}

type constKey struct {
	bits    uint64
	integer bool
}

// A Vec holds one float per lane, an Int the same lanes as integers, a Mask one truth value per lane.
type (
	Vec struct {
		b  *Builder
		id int
	}
	Int struct {
		b  *Builder
		id int
	}
	Mask struct {
		b  *Builder
		id int
	}
)

func (b *Builder) emit(op Op, args ...int) int {
	key := fmt.Sprint(op, args)
	if id, ok := b.shared[key]; ok {
		return id
	}
	b.Code = append(b.Code, Instr{Op: op, Args: args})
	if b.shared != nil && op >= Add && !op.IsMask() && op != GuardRange { // there are few masks, and guards of a range differ in bounds
		b.shared[key] = len(b.Code) - 1
	}
	return len(b.Code) - 1
}

func (b *Builder) constant(bits uint64, integer bool) int {
	key := constKey{bits, integer}
	id, ok := b.consts[key]
	if !ok {
		id = b.emit(Const)
		b.Code[id].Bits, b.Code[id].Int = bits, integer
		b.consts[key] = id
	}
	return id
}

// Const is x, rounded to the element type, in every lane.
func (b *Builder) Const(x float64) Vec { return Vec{b, b.constant(b.Type.Bits(x), false)} }

// IntConst is an integer in every lane.
func (b *Builder) IntConst(x uint64) Int {
	if b.Type == F32 {
		x &= math.MaxUint32
	}
	return Int{b, b.constant(x, true)}
}

// Element is the model's i-th number, in every lane.
func (b *Builder) Element(i int) Vec {
	id := b.emit(Element)
	b.Code[id].Arg = i
	return Vec{b, id}
}

// MinNormal is the smallest positive normal number.
func (b *Builder) MinNormal() Vec { return Vec{b, b.constant(b.minNormalBits(), false)} }

// minExponent is that of MinNormal.
func (b *Builder) minExponent() int { return 1 - b.Type.MaxExponent() }

func (b *Builder) minNormalBits() uint64 { return 1 << b.Type.MantissaBits() }

// ExponentBits masks the sign and exponent: a multiple of one step of the exponent.
func (b *Builder) ExponentBits() Int { return b.IntConst(-b.minNormalBits()) }

// SignBit masks the sign.
func (b *Builder) SignBit() Int { return b.IntConst(1 << (8*b.Type.Bytes() - 1)) }

// PowerOfTwo is 2**e in every lane.
func (b *Builder) PowerOfTwo(e int) Vec { return b.Const(math.Ldexp(1, e)) }

func (x Vec) op(op Op, more ...Vec) Vec {
	args := []int{x.id}
	for _, y := range more {
		args = append(args, y.id)
	}
	return Vec{x.b, x.b.emit(op, args...)}
}

func (x Vec) Add(y Vec) Vec          { return x.op(Add, y) }
func (x Vec) Mul(y Vec) Vec          { return x.op(Mul, y) }
func (x Vec) Div(y Vec) Vec          { return x.op(Div, y) }
func (x Vec) Sqrt() Vec              { return x.op(Sqrt) }
func (x Vec) MulAdd(y, z Vec) Vec    { return x.op(MulAdd, y, z) }
func (x Vec) NegMulAdd(y, z Vec) Vec { return x.op(NegMulAdd, y, z) }
func (x Vec) Min(y Vec) Vec          { return x.op(Min, y) }
func (x Vec) Max(y Vec) Vec          { return x.op(Max, y) }
func (x Vec) Larger(y Vec) Vec       { return x.op(Larger, y) }
func (x Vec) Abs() Vec               { return x.op(Abs) }

// Sub is x - y; taking away a constant 0 leaves every x as it is and records nothing.
func (x Vec) Sub(y Vec) Vec {
	if c := x.b.Code[y.id]; c.Op == Const && c.Bits == 0 {
		return x
	}
	return x.op(Sub, y)
}

func (x Vec) AsInt() Int   { return Int{x.b, x.b.emit(AsInt, x.id)} }
func (x Int) AsFloat() Vec { return Vec{x.b, x.b.emit(AsFloat, x.id)} }

func (x Int) Add(y Int) Int { return Int{x.b, x.b.emit(IntAdd, x.id, y.id)} }
func (x Int) Sub(y Int) Int { return Int{x.b, x.b.emit(IntSub, x.id, y.id)} }
func (x Int) Min(y Int) Int { return Int{x.b, x.b.emit(IntMin, x.id, y.id)} }
func (x Int) And(y Int) Int { return Int{x.b, x.b.emit(IntAnd, x.id, y.id)} }
func (x Int) Xor(y Int) Int { return Int{x.b, x.b.emit(IntXor, x.id, y.id)} }

// Upper is the upper half of the bits of an integer that stands beside a float64.
func (x Int) Upper() Int { return Int{x.b, x.b.emit(IntUpper, x.id)} }

// Times is the product of the lower half of its bits with a constant, without signs.
func (x Int) Times(y uint32) Int {
	return Int{x.b, x.b.emit(IntTimes, x.id, x.b.IntConst(uint64(y)).id)}
}

// Count is x, and 1 more where the mask holds.
func (x Int) Count(m Mask) Int { return Int{x.b, x.b.emit(Count, x.id, m.id)} }

// ExponentToFloat converts a multiple of one step of the exponent field, exactly.
func (x Int) ExponentToFloat() Vec { return Vec{x.b, x.b.emit(ExponentToFloat, x.id)} }

// ToExponent is x steps of the exponent field, of which only the low bits of x count: those of two's complement.
func (x Int) ToExponent() Int { return Int{x.b, x.b.emit(IntToExponent, x.id)} }

func (x Vec) Less(y Vec) Mask      { return Mask{x.b, x.b.emit(Less, x.id, y.id)} }
func (x Vec) LessEqual(y Vec) Mask { return Mask{x.b, x.b.emit(LessEqual, x.id, y.id)} }
func (x Vec) Equal(y Vec) Mask     { return Mask{x.b, x.b.emit(Equal, x.id, y.id)} }
func (m Mask) And(n Mask) Mask     { return Mask{m.b, m.b.emit(MaskAnd, m.id, n.id)} }
func (m Mask) Or(n Mask) Mask      { return Mask{m.b, m.b.emit(MaskOr, m.id, n.id)} }

// Select takes x where m holds, y elsewhere.
func (m Mask) Select(x, y Vec) Vec { return Vec{m.b, m.b.emit(Select, m.id, x.id, y.id)} }

// GuardSignClear promises that the sign bit of x is not set.
func (b *Builder) GuardSignClear(x Vec) { b.emit(GuardSign, x.id) }

// GuardBetween promises 2**low <= x < 2**high.
func (b *Builder) GuardBetween(x Vec, low, high int) {
	b.guardRange(x, b.Type.Bits(math.Ldexp(1, low)), b.Type.Bits(math.Ldexp(1, high)))
}

func (b *Builder) guardRange(x Vec, least, limit uint64) {
	above := x.AsInt().Sub(b.IntConst(least))
	b.Code[b.emit(GuardRange, above.id)].Bits = limit - least - 1
}

// GuardBelow promises that x, which is not negative, is below 2**e; infinity and NaN are not.
func (b *Builder) GuardBelow(x Vec, e int) {
	limit := b.Type.Bits(math.Ldexp(1, e))
	b.emit(GuardSign, x.AsInt().Add(b.IntConst(1<<(8*b.Type.Bytes()-1)-limit)).id)
}

// GuardAtMost promises x <= bound, for an x that is neither negative nor NaN.
func (b *Builder) GuardAtMost(x Vec, bound float64) {
	b.emit(GuardSign, b.IntConst(b.Type.Bits(bound)).Sub(x.AsInt()).id)
}

package kernels

import "math"

// A Check is guards without a value: what holds, or does not, for all elements of a chunk.
type Check func(b *Builder, x ...Vec)

func (c Check) record(t Type, args int) *Program {
	if c == nil {
		return nil
	}
	b := newBuilder(t, false)
	c(b, b.inputs(args)...)
	return &b.Program
}

// guardZeroOrModerate promises that x, which is not negative, is 0 or at least 2**-700 (2**-58 in float32): what is lifted from 0
// is far less, and neither products with differences of one unit in the last place nor their squares underflow.
func (b *Builder) guardZeroOrModerate(x Vec) {
	b.guardZeroOrAtLeast(x, map[Type]int{F64: -700, F32: -58}[b.Type])
}

// guardZeroOrAtLeast promises that x, which is not negative, is 0 or greater than 2**e.
func (b *Builder) guardZeroOrAtLeast(x Vec, e int) {
	least := b.Type.Bits(math.Ldexp(1, e))
	negative := b.IntConst(0).Sub(x.AsInt())
	b.Code[b.emit(GuardRange, negative.id)].Bits = b.allBits() - least // of -x, as an unsigned integer, which is 0 for 0
}

// guardElement promises that x is finite and not negative; not -0 either.
func (b *Builder) guardElement(x Vec) {
	b.Code[b.emit(GuardRange, x.AsInt().id)].Bits = b.Type.Bits(math.Inf(1)) - 1
}

// guardSomeZero promises that somewhere x is 0 and y is not; neither is negative.
func (b *Builder) guardSomeZero(x, y Vec) {
	zero, positive := x.AsInt().Sub(b.IntConst(1)), b.IntConst(0).Sub(y.AsInt())
	b.emit(GuardSome, zero.And(positive).id)
}

// The checks of what is usual. Between these bounds no text of a logarithm scales, and 0 is as good as any number where its term is 0.

func (b *Builder) guardUsual(x Vec) { b.GuardBetween(x, b.lowest(), b.highest()) }

// From 2**lowest to 2**highest, exclusive.
func (b *Builder) lowest() int  { return map[Type]int{F64: -900, F32: -100}[b.Type] }
func (b *Builder) highest() int { return b.Type.MaxExponent() - 3 }

func (b *Builder) guardUsualOrZero(x Vec) {
	b.guardZeroOrAtLeast(x, b.lowest())
	b.Code[b.emit(GuardRange, x.AsInt().id)].Bits = b.Type.Bits(math.Ldexp(1, b.highest())) - 1
}

// usual holds for elements all of which are positive and neither very small nor very large.
func usual(b *Builder, x ...Vec) {
	for _, v := range x {
		b.guardUsual(v)
	}
}

// usualOrZero holds also where the last one, and with it all, are 0; the first ones may be 0 alone.
func usualOrZero(b *Builder, x ...Vec) {
	for _, v := range x {
		b.guardUsualOrZero(v)
	}
	if len(x) > 1 {
		zero, positive := x[1].AsInt().Sub(b.IntConst(1)), b.IntConst(0).Sub(x[0].AsInt())
		b.emit(GuardSign, zero.And(positive).id)
	}
}

// allBits is the largest unsigned integer.
func (b *Builder) allBits() uint64 { return math.MaxUint64 >> (64 - 8*b.Type.Bytes()) }

// smallFirst is the check of a text in which only the first vector is not guarded against very small numbers.
func smallFirst(b *Builder, x ...Vec) { b.guardZeroOrModerate(x[0]) }

// smallTotal is that of a text which is homogeneous in both.
func smallTotal(b *Builder, x ...Vec) { b.guardZeroOrModerate(x[0].Max(x[1])) }

// zeroQ is where a text that has p·log(p/q) is infinite.
func zeroQ(b *Builder, x ...Vec) {
	b.guardElement(x[0])
	b.guardElement(x[1])
	b.guardSomeZero(x[1], x[0])
}

// Package shape has the loops of assembly: over vectors, rows, panels and tiles, each written once over scalars and places for every
// instruction set.
package shape

import (
	"math/bits"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// Lanes is how many float64 accumulators a reduction has on every instruction set: element i belongs to lane i mod Lanes.
const Lanes = 16

func log2(n int) int { return bits.Len(uint(n)) - 1 }

// asm is a function in the making.
type asm struct {
	isa.Machine
	f *isa.Function
}

func begin(t isa.Machine, name string, s isa.Signature) asm {
	a := asm{t, &isa.Function{Name: name, Signature: s, SlotBytes: t.Info().Vector}}
	t.Begin(a.f)
	return a
}

func (a asm) scalar() isa.Scalar { return a.f.NewScalar() }

// param is a scalar that holds a parameter; reparam sets it again.
func (a asm) param(name string) isa.Scalar {
	s := a.scalar()
	a.reparam(s, name)
	return s
}

func (a asm) reparam(s isa.Scalar, name string)     { a.Move(isa.Reg(s), isa.Param(name)) }
func (a asm) setParam(name string, s isa.Scalar)    { a.Move(isa.Param(name), isa.Reg(s)) }
func (a asm) paramAdd(name string, s isa.Scalar)    { a.Add(isa.Param(name), isa.Reg(s)) }
func (a asm) paramConst(name string, n int)         { a.Add(isa.Param(name), isa.Const(n)) }
func (a asm) addParam(s isa.Scalar, name string)    { a.Add(isa.Reg(s), isa.Param(name)) }
func (a asm) set(dst, src isa.Scalar)               { a.Move(isa.Reg(dst), isa.Reg(src)) }
func (a asm) setConst(dst isa.Scalar, n int)        { a.Move(isa.Reg(dst), isa.Const(n)) }
func (a asm) addScalar(dst, src isa.Scalar)         { a.Add(isa.Reg(dst), isa.Reg(src)) }
func (a asm) subScalar(dst, src isa.Scalar)         { a.Add(isa.Reg(dst), isa.Reg(src).Neg()) }
func (a asm) addConst(dst isa.Scalar, n int)        { a.Add(isa.Reg(dst), isa.Const(n)) }
func (a asm) subConst(dst isa.Scalar, n int)        { a.Add(isa.Reg(dst), isa.Const(n).Neg()) }
func (a asm) atMost(s isa.Scalar, limit string)     { a.Lower(s, isa.Param(limit)) }
func (a asm) skipUnless(s isa.Scalar, label string) { a.when(s, isa.AtMost, 0, label) }

func (a asm) when(s isa.Scalar, c isa.Cond, n int, label string) {
	a.Branch(isa.Reg(s), c, isa.Const(n), label)
}

func (a asm) skipIfLess(s isa.Scalar, n int, label string) { a.when(s, isa.Less, n, label) }

func (a asm) repeatParam(name, label string) {
	a.Branch(isa.Param(name), isa.More, isa.Const(0), label)
}

func (a asm) repeatBelow(s isa.Scalar, limit, label string) {
	a.Branch(isa.Reg(s), isa.Less, isa.Param(limit), label)
}

func (a asm) returnInt(n int) {
	a.Move(isa.Param("ret"), isa.Const(n))
	a.Return()
}

func (a asm) readAt(dst int, p isa.Place, t kernels.Type)  { a.Load(dst, schedule.NoReg, p, t, t) }
func (a asm) writeAt(src int, p isa.Place, t kernels.Type) { a.Store(src, p, t, t) }

// at is a place without an index.
func at(base isa.Scalar, offset int) isa.Place { return isa.Place{Base: base, Offset: offset} }

// Package shape has the loops of assembly: over vectors, rows, panels and tiles, each written once over scalars and places for every
// instruction set.
package shape

import (
	"fmt"
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

const cacheLine = 64 // bytes

// fetching lists the steps that fetch so many bytes, from a place on, into the nearest cache; fetchLines does that.
func (a asm) fetching(from isa.Place, bytes int) (steps []func()) {
	for line := 0; line < bytes; line += cacheLine {
		to := from
		to.Offset += line
		steps = append(steps, func() { a.Prefetch(to) })
	}
	return steps
}

func (a asm) fetchLines(from isa.Place, bytes int) { weave(a.fetching(from, bytes), nil) }

// at is a place without an index.
func at(base isa.Scalar, offset int) isa.Place { return isa.Place{Base: base, Offset: offset} }

// A Walk is the signature of a kernel that walks over rows. Its integers count elements, rows and panels.
type Walk struct {
	Name     string
	Pointers []string
	Integers []string
	Result   bool // an integer
}

// TransposeWalk packs rows into panels.
var TransposeWalk = Walk{"transpose", []string{"panel", "x"}, []string{"stride", "width", "span", "panels"}, false}

// UnpackWalk makes rows of panels of Lanes columns.
var UnpackWalk = Walk{"unpack", []string{"x", "panel"}, []string{"stride", "groups"}, false}

// DeviationWalk is of a diagonal factor.
var DeviationWalk = Walk{"sqDeviations", []string{"dst", "x", "model"}, []string{"stride", "fetch", "dim", "back", "panels"}, true}

// TogetherWalk is of several diagonal factors, of panels.
var TogetherWalk = Walk{"panelDeviations", []string{"dst", "excesses", "panel", "models"}, []string{"span", "pitch", "dim", "apart", "rows", "block"}, false}

// RowWalk is of a factor packed by columns, and one row.
var RowWalk = Walk{"substituteRow", []string{"z", "y", "columns"}, []string{"dim"}, false}

// AbreastWalk is of several factors, row by row, and one row. There is room for whole quads of unknowns in z, with zeros.
var AbreastWalk = Walk{"substituteAbreast", []string{"dst", "excesses", "z", "x", "factors"}, []string{"dim", "squares", "groups", "block"}, false}

// CholeskyWalk is of four columns of a factor that is being found.
var CholeskyWalk = Walk{"choleskyColumns", []string{"y", "x", "numbers"}, []string{"columns", "divide"}, false}

// ProductsWalk adds products of columns, and for each row goes fetch elements further in what it fetches; HalfProductsWalk is of the first half
// of b's columns.
var (
	ProductsWalk     = Walk{"addProducts", []string{"dst", "a", "b", "ahead"}, []string{"rows", "aStride", "bStride", "fetch"}, false}
	HalfProductsWalk = Walk{"addHalfProducts", ProductsWalk.Pointers, ProductsWalk.Integers, false}
)

// AwayWalk adds moments of differences from a mean, SpreadWalk writes the differences, and ApartWalk does so without shares.
var (
	AwayWalk   = Walk{"addMoments", []string{"first", "second", "x", "shares", "mean"}, []string{"rows", "stride", "stripes"}, false}
	SpreadWalk = Walk{"spread", []string{"apart", "scaled", "first", "x", "shares", "mean"}, []string{"rows", "stride", "stripes"}, false}
	ApartWalk  = Walk{"setApart", []string{"apart", "first", "largest", "x", "mean"}, []string{"rows", "stride", "stripes"}, false}
)

// BeyondOuterWalk adds squares of what a matrix has beyond the products of a row with itself.
var BeyondOuterWalk = Walk{"addOuterSquares", []string{"dst", "x", "matrix"}, []string{"rows", "stride", "stripes"}, false}

// AffineWalk scales and shifts.
var AffineWalk = Walk{"affine", []string{"dst", "x", "model"}, []string{"panels"}, false}

// BetweenWalk is of squared distances from centres.
var BetweenWalk = Walk{"squareDistances", []string{"dst", "panel", "centers"}, []string{"span", "pitch", "dim", "rows", "block"}, false}

// FromOneWalk is BetweenWalk of a single centre, the first of its quad, and several panels.
var FromOneWalk = Walk{"squareDistancesFromOne", BetweenWalk.Pointers, BetweenWalk.Integers, false}

// ReachedWalk counts values that reach thresholds.
var ReachedWalk = Walk{"countReached", []string{"counts", "thresholds", "x"}, []string{"stride", "edges", "blocks"}, false}

// RanksWalk says how many thresholds each value reaches.
var RanksWalk = Walk{"ranks", []string{"dst", "thresholds", "x"}, []string{"edges", "stripes"}, false}

var peakWalk = Walk{"fma", []string{"sink"}, []string{"n"}, false}

// TileWalk is of a packed factor.
func TileWalk(k kernels.Tile) Walk {
	if k.Given {
		return Walk{k.Name, []string{"sums", "excesses", "blocks", "panel", "factor", "mean", "x"}, []string{"span", "from", "to", "groups", "flush", "turn", "more"}, false}
	}
	if k.Solve {
		return Walk{k.Name, []string{"sums", "excesses", "blocks", "panel", "ahead", "factor", "mean", "x"},
			[]string{"span", "stride", "width", "fetch", "from", "to", "groups", "flush", "turn", "more"}, false}
	}
	return Walk{k.Name, []string{"sums", "excesses", "blocks", "panel", "factor", "mean"}, []string{"span", "from", "to", "groups", "out", "flush", "turn", "more"}, false}
}

// UnrolledWalk is the kernel for rows of so many columns.
func UnrolledWalk(dim int) Walk {
	return Walk{fmt.Sprintf("sqMahalanobis%d_", dim), []string{"dst", "x", "model", "panel"}, []string{"stride", "panels"}, true}
}

// Signature is that of a function of a type of arrays.
func (k Walk) Signature(array string) isa.Signature {
	return isa.Signature{Groups: []isa.Group{{Names: k.Pointers, Type: array}, {Names: k.Integers, Type: "int"}}, Result: k.Result}
}

// Walks lists the kernels of packed factors that every target has.
func Walks() []Walk {
	list := []Walk{TransposeWalk, DeviationWalk, TogetherWalk, RowWalk, AbreastWalk, CholeskyWalk, ProductsWalk, HalfProductsWalk, AwayWalk, SpreadWalk, ApartWalk, BeyondOuterWalk,
		ReachedWalk, RanksWalk, UnpackWalk, AffineWalk, BetweenWalk, FromOneWalk}
	for _, k := range kernels.Tiles {
		list = append(list, TileWalk(k))
	}
	return list
}

// EmitWalks emits them, and the kernels whose panels stay in registers.
func EmitWalks(m isa.Machine, tiles []kernels.Tile, t kernels.Type) {
	for _, dim := range UnrolledDims(m.Info(), t) {
		unrolled(m, dim, t)
	}
	deviations(m, t)
	together(m, t)
	row(m, t)
	factorsAbreast(m, t)
	cholesky(m, t)
	products(m, ProductsWalk, stripeBytes, t)
	products(m, HalfProductsWalk, stripeBytes/2, t)
	for _, k := range []Walk{AwayWalk, SpreadWalk, ApartWalk} {
		away(m, k, t)
	}
	outerSquares(m, t)
	affine(m, t)
	reached(m, t)
	ranks(m, t)
	packing(m, t)
	unpacking(m, t)
	between(m, BetweenWalk, m.Info().Tile, t)
	between(m, FromOneWalk, isa.TileShape{Rows: 1, Panels: kernels.PanelsFromOne}, t)
	for _, k := range tiles {
		tiled(m, k, t)
	}
}

// UnrolledDims are the columns for which a target has kernels whose panels stay in registers.
func UnrolledDims(inf *isa.Info, t kernels.Type) (dims []int) {
	for dim := 16 / t.Bytes(); dim <= inf.Unrolled; dim++ {
		dims = append(dims, dim)
	}
	return dims
}

// Package kernels holds the text of every kernel, written once against a small vector builder. Package asmgen lowers each
// text to AVX2, AVX-512, NEON and plain Go; nothing here knows widths, registers or instruction sets.
package kernels

import (
	"slices"
	"strings"
)

// Step extends the sum by the terms of one element per lane.
type Step func(b *Builder, sum Vec, x ...Vec) Vec

// Reductions and Maps list every kernel.
var (
	Reductions = withShares(
		[]Reduction{
			KL, GeneralizedKL, Entropy, CrossEntropy, JensenShannon, Jeffreys, SquaredHellinger, Bhattacharyya,
			TotalVariation, ChiSquare, BinaryEntropy, BinaryCrossEntropy, BinaryKL,
			StandardNormalKL, LogVarianceKL, PrecisionSquares,
		},
		[]Reduction{EntropyOfCounts, CrossEntropyOfCounts, QuickCrossEntropy, IrregularQ, IrregularEither, TableExcess, TableSquares},
	)
	Maps = []Map{
		EntropyTerms, KLTerms, GeneralizedKLTerms, Exp, Log, Largest, ExpTerm, FirstTerm, NextTerm, GroupTotal, LogSumExp, SoftmaxScale, Softmax,
		Difference, Expm1, Log1p,
	}
)

// A Reduction sums one term per element.
//
// A chunk is computed by the first of Near (where given), Step, and Step with Builder.Careful set, whose guards hold for
// all of the chunk's elements and whose sum is finite and not below the path's Floor; the last one counts whatever it gives.
// float32 chunks are computed carefully in float64, where every float32 but 0, Inf and NaN is an ordinary number. Checks spare
// the careful path where it would find what is known: sums of 0 and of +Inf.
type Reduction struct {
	Name string
	Func string // the exported function that calls it first, for messages
	Args []string
	Pad  []float64 // what stands past the end: its term leaves the sum's bits alone
	Near Step      // cheaper, for elements close to each other
	Wide bool      // float32 is computed in float64 from the first
	Step Step

	// Numbers tells that the text has numbers of a model; such a kernel is for float64 only.
	Numbers bool

	// Ordinary tells that the caller knows the elements to be those that the text is right for, such as positive numbers that are neither
	// very small nor very large: there are no guards, nor a careful path.
	Ordinary bool

	// Small holds where a finite sum of the first path counts however small it is, Infinite where the sum is +Inf. They are asked
	// where a sum is below the floor, and where a guard fails: nil if there is nothing to gain.
	Small, Infinite Check

	// Decisive tells that a sum whose guards hold counts whatever it is, +Inf included: it is never NaN.
	Decisive bool

	// Far is a value whose sign bit is set only for elements that are too far from each other for Near: a quick look at a few of
	// them spares the attempt.
	Far func(b *Builder, x ...Vec) Vec

	Measures []Measure // of its sum
}

// A Map computes one output element per input element; its text is right for every input.
type Map struct {
	Name string
	Args []string
	Pad  []float64
	Step func(b *Builder, x ...Vec) Vec

	Narrow bool // see Kernel, as Usual
	Usual  Check
}

// Path is one way of computing a chunk.
type Path struct {
	Program
	Early    bool // leave at the first stripe whose guards fail: the next path is as likely
	Decisive bool
	// See Reduction; nil if there is none. Infinite is asked before the path.
	Far, Small, Infinite *Program
	// Undone leaves the row to somebody else, unless it is Infinite: there is no program, and what stands for the sum is NaN.
	Undone bool
}

// Paths records a reduction's programs for elements of type t, in the order in which they are tried. What halves are widened to is summed
// as float32 is, but not carefully.
func (r Reduction) Paths(t Type) []Path {
	if t.Half() {
		paths := r.Paths(F32)
		paths[len(paths)-1] = Path{Undone: true, Infinite: paths[len(paths)-1].Infinite}
		return paths
	}
	var paths []Path
	elements := t
	if r.Wide {
		t = F64
	}
	if r.Near != nil {
		near := Path{Program: r.record(t, false, r.Near), Early: true}
		if r.Far != nil {
			far := record(t, false, len(r.Args), r.Far)
			near.Far = &far
		}
		paths = append(paths, near)
	}
	paths = append(paths, Path{Program: r.record(t, false, r.Step), Decisive: r.Decisive})
	if r.Ordinary {
		return paths
	}
	paths[0].Small = r.Small.record(elements, len(r.Args))
	return append(paths, Path{Program: r.record(F64, true, r.Step), Infinite: r.Infinite.record(elements, len(r.Args))})
}

func (r Reduction) record(t Type, careful bool, step Step) Program {
	b := newBuilder(t, careful)
	b.ordinary = r.Ordinary
	sum := Vec{b, b.emit(Sum)}
	b.Results = []int{step(b, sum, b.inputs(len(r.Args))...).id}
	if careful {
		b.Floor = 0
	}
	return b.Program
}

func record(t Type, careful bool, args int, step func(b *Builder, x ...Vec) Vec) Program {
	b := newBuilder(t, careful)
	b.Results = []int{step(b, b.inputs(args)...).id}
	return b.Program
}

func newBuilder(t Type, careful bool) *Builder {
	return &Builder{Program: Program{Type: t}, Careful: careful, consts: map[constKey]int{}}
}

func (b *Builder) inputs(n int) []Vec {
	x := make([]Vec, n)
	for i := range x {
		x[i] = Vec{b, b.emit(Input)}
		b.Code[x[i].id].Arg = i
	}
	return x
}

// A Set is kernels to be generated.
type Set struct {
	Reductions  []Reduction
	Maps        []Map
	Joints      []Joint
	Kernels     []Kernel
	Tiles       []Tile // with all that walks over rows of data
	Conversions []Conversion
}

// All is every kernel.
func All() Set {
	slices.SortFunc(declared, func(a, b Kernel) int { return strings.Compare(a.Name, b.Name) })
	return Set{Reductions, Maps, Joints, declared, Tiles, Conversions}
}

// Passes are the kernels of one pass, whatever their outputs.
func (s Set) Passes() (list []Kernel) {
	for _, j := range s.Joints {
		list = append(list, j.Kernel())
	}
	for _, m := range s.Maps {
		list = append(list, m.Kernel())
	}
	return append(list, s.Kernels...)
}

// Elements are the types of elements that there are kernels for.
var Elements = []Type{F64, F32}

// Halves are the types of halves that there is assembly of the reduction for: of those that measures are made of.
func (r Reduction) Halves() []Type {
	if len(r.Measures) == 0 {
		return nil
	}
	return []Type{F16, BF16}
}

// Types are those that there is a kernel of the reduction for.
func (r Reduction) Types() []Type {
	if r.Numbers {
		return []Type{F64}
	}
	return Elements
}

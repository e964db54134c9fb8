package kernels

import (
	"math"
	"slices"
	"strings"
)

// A Kernel computes its outputs, sums over the elements and elements for each, in one pass.
type Kernel struct {
	Name    string
	Func    string    // the exported function that calls it first, for messages
	Args    []string  // an array may be there twice, with another pad
	Pad     []float64 // what stands past the end: its terms leave the sums' bits alone
	Wide    bool      // float32 is computed in float64, as it is where an output is an element, unless that is Narrow
	Narrow  bool      // elements of float32 are computed in float32
	Numbers int       // how many numbers a call brings beside the arrays, the same for all elements
	Outputs []Output
	Side    bool                                         // rows of few elements have a kernel of many of them side by side, with numbers of each
	Step    func(b *Builder, sums []Vec, x ...Vec) []Vec // the outputs; it may leave out the last ones

	// Usual holds for elements that the text gives the same bits where Builder.usual is set; nil where it is no quicker. Only where all
	// outputs are elements.
	Usual Check

	reduces bool // as reductions do
}

// Depth is how many elements of a reduction share an accumulator of float64: the terms of so many are added in their own type before.
func Depth(t Type) int { return map[Type]int{F64: 1, F32: 2}[t] }

// Depth is that of the kernel: that of reductions where its sums have the bits of theirs.
func (k Kernel) Depth(t Type) int {
	if t == F32 && !k.reduces {
		return 4
	}
	return Depth(t)
}

// declared are the kernels that their files declare.
var declared []Kernel

// Declare adds a kernel to All: a file beside this one declares its kernel as
//
//	var _ = Declare(Kernel{...})
//
// and that is all there is to be done for it here.
func Declare(k Kernel) Kernel {
	declared = append(declared, k)
	return k
}

// An Output is a sum over the elements; or, of the name of its array, an element for each; or the least of integers, of float64, of
// which the upper half counts; or the largest of float64, unspecified where one is NaN, and for zeros of either sign.
type Output struct {
	Name                 string
	Element, Least, Most bool
}

// Fold is the operation that makes one of two sums, or of the largest elements of two parts.
func (o Output) Fold() Op {
	if o.Most {
		return Max
	}
	return Add
}

// Start is what a sum, or what is the least or the largest, starts with.
func (o Output) Start() float64 {
	switch {
	case o.Least:
		return math.Inf(1)
	case o.Most:
		return math.Inf(-1)
	}
	return 0
}

// Arrays are the names of all arrays: of elements, and of inputs.
func (k Kernel) Arrays() []string {
	names := k.Elements()
	for _, a := range k.Args {
		if !slices.Contains(names[len(k.Elements()):], a) {
			names = append(names, a)
		}
	}
	return names
}

// Array is the number of the array of an input among those of inputs.
func (k Kernel) Array(input int) int {
	return slices.Index(k.Arrays()[len(k.Elements()):], k.Args[input])
}

// Elements are the names of the arrays that are written to.
func (k Kernel) Elements() (names []string) {
	for _, o := range k.Outputs {
		if o.Element {
			names = append(names, o.Name)
		}
	}
	return names
}

// Folded are the outputs that are numbers: sums and, after them, what is the least or the largest.
func (k Kernel) Folded() (list []Output) {
	for _, o := range k.Outputs {
		if !o.Element {
			list = append(list, o)
		}
	}
	return list
}

// Sums are their names.
func (k Kernel) Sums() (names []string) {
	for _, o := range k.Folded() {
		names = append(names, o.Name)
	}
	return names
}

// Record is the kernel's program for elements of type t. The text of elements is right for every input. That of sums alone has
// guards, and promises that its elements are Moderate.
func (k Kernel) Record(t Type) Program {
	elements, sums := len(k.Elements()), len(k.Sums())
	b := newBuilder(k.computed(t), elements > 0)
	b.Moderate = elements == 0
	if sums > 0 {
		b.shared = map[string]int{}
	}
	list := make([]Vec, sums)
	for i := range list {
		list[i] = Vec{b, b.emit(Sum)}
		b.Code[list[i].id].Arg = i
	}
	for _, result := range k.Step(b, list, b.inputs(len(k.Args))...) {
		b.Results = append(b.Results, result.id)
	}
	return b.Program
}

// computed is the type that elements of type t are computed in.
func (k Kernel) computed(t Type) Type {
	if k.Wide || len(k.Elements()) > 0 && !k.Narrow {
		return F64
	}
	return t
}

// Quick is the check whether elements of type t are usual, and the program for those; nil if there is none.
func (k Kernel) Quick(t Type) (check, quick *Program) {
	if k.Usual == nil {
		return nil, nil
	}
	t = k.computed(t)
	b := newBuilder(t, true)
	b.usual = true
	for _, result := range k.Step(b, nil, b.inputs(len(k.Args))...) {
		b.Results = append(b.Results, result.id)
	}
	return k.Usual.record(t, len(k.Args)), &b.Program
}

// SumName is the name of a sum's constant.
func (k Kernel) SumName(sum string) string { return k.Name + strings.ToUpper(sum[:1]) + sum[1:] }

// Kernel is the map as one of an element.
func (m Map) Kernel() Kernel {
	return Kernel{Name: m.Name, Args: m.Args, Pad: m.Pad, Narrow: m.Narrow, Usual: m.Usual, Outputs: []Output{{Name: "dst", Element: true}},
		Step: func(b *Builder, _ []Vec, x ...Vec) []Vec { return []Vec{m.Step(b, x...)} }}
}

// Kernel is the joint as one of sums.
func (j Joint) Kernel() Kernel {
	k := Kernel{Name: j.Name, Args: j.Args, Pad: j.Pad, Wide: j.Wide, Step: j.Step, reduces: true}
	for _, s := range j.Sums {
		k.Outputs = append(k.Outputs, Output{Name: s.Name})
	}
	return k
}

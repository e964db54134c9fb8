package shape

import (
	"fmt"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// Arrays is the signature of a function of pointers to t and a count of elements.
func Arrays(pointers []string, t kernels.Type) isa.Signature {
	return isa.Signature{Groups: []isa.Group{{Names: pointers, Type: "*" + t.Go()}, {Names: []string{"n"}, Type: "int"}}}
}

// Sums has a pointer to results before.
func Sums(pointers []string, t kernels.Type) isa.Signature {
	s := Arrays(pointers, t)
	s.Groups = append([]isa.Group{{Names: []string{"dst"}, Type: "*float64"}}, s.Groups...)
	return s
}

// Rows has that, and the strides of the pointers and the number of rows, at least 1, after.
func Rows(r kernels.Reduction, t kernels.Type) isa.Signature {
	pointers := r.Args
	if r.Numbers {
		pointers = append(pointers[:len(pointers):len(pointers)], numbers)
	}
	s := Sums(pointers, t)
	last := &s.Groups[len(s.Groups)-1]
	for _, a := range r.Args {
		last.Names = append(last.Names, Stride(a))
	}
	last.Names = append(last.Names, "rows")
	return s
}

// Pass is the signature of a kernel's function.
func Pass(k kernels.Kernel, t kernels.Type) isa.Signature {
	s := Arrays(k.Arrays(), t)
	if len(k.Sums()) > 0 {
		s = Sums(k.Arrays(), t)
	}
	if k.Numbers > 0 {
		s.Groups = append(s.Groups, isa.Group{Names: []string{numbers}, Type: "*float64"})
	}
	return s
}

// numbers is the last pointer of kernels with numbers of a model: each of them stands there twice, for a vector of two.
const numbers = "numbers"

// Stride is the name of an array's stride.
func Stride(array string) string { return array + "Stride" }

// arrays is a function that goes along arrays of elements, all of them at once.
type arrays struct {
	asm
	*isa.Roles
	names []string
	types []kernels.Type
}

func beginArrays(t isa.Machine, name string, s isa.Signature, names []string, types ...kernels.Type) arrays {
	for len(types) < len(names) {
		types = append(types, types[0])
	}
	return arrays{begin(t, name, s), &t.Info().Roles, names, types}
}

func (a arrays) load() {
	if most := len(a.Arrays); len(a.names) > most {
		panic(isa.Mistake(fmt.Sprintf("there are general registers for %d arrays: make two kernels of it", most)))
	}
	for i, name := range a.names {
		a.reparam(a.Arrays[i], name)
	}
	a.reparam(a.Count, "n")
}

func (a arrays) loadNumbers(there bool) {
	if there {
		a.reparam(a.Numbers, numbers)
	}
}

func (a arrays) fewer(n int, label string)   { a.when(a.Count, isa.Less, n, label) }
func (a arrays) noMore(n int, label string)  { a.when(a.Count, isa.AtMost, n, label) }
func (a arrays) atLeast(n int, label string) { a.when(a.Count, isa.AtLeast, n, label) }

// advance tells that n elements are done.
func (a arrays) advance(n int) {
	for i, t := range a.types {
		a.addConst(a.Arrays[i], n*t.Bytes())
	}
	a.subConst(a.Count, n)
}

// element is a place in an array, from where that goes on.
func (a arrays) element(array, offset int) isa.Place {
	return at(a.Arrays[array], offset*a.types[array].Bytes())
}

// fetchAhead is how far ahead elements are fetched, in bytes. Where rows follow each other in memory, those are the next ones'. Loops of
// few operations need no help: the processor is far enough ahead by itself, and has no loads to spare.
const fetchAhead = 8 << 10

// A sweep is a loop over whole stretches of size elements, and over the vectors of the last, incomplete one.
type sweep struct {
	size, width      int
	loop, tail, done string // labels
	parts            bool   // there is no text for whole stretches: they are computed as the last one is
	whole            func()
	again            func(label string) // goes on with the next stretch, if there is one
}

// wholes is the loop.
func (a arrays) wholes(s sweep) {
	a.fewer(s.size, s.tail)
	a.Label(s.loop)
	s.whole()
	if s.again != nil {
		s.again(s.loop)
		return
	}
	a.advance(s.size)
	a.atLeast(s.size, s.loop)
}

// rest leaves out vectors that lie wholly past the end: their terms would be 0.
func (a arrays) rest(s sweep, vector func(offset int)) {
	a.Label(s.tail)
	a.fewer(1, s.done)
	for offset := 0; offset < s.size; offset += s.width {
		if offset > 0 {
			a.noMore(offset, s.done)
		}
		vector(offset)
	}
	if s.parts {
		a.advance(s.size)
		a.Jump(s.tail)
	}
	a.Label(s.done)
}

// each goes along vectors, each of them whole or a part.
func (a arrays) each(s sweep, whole, part func(offset int)) {
	s.whole = func() {
		for offset := 0; offset < s.size; offset += s.width {
			whole(offset)
		}
	}
	a.wholes(s)
	a.rest(s, func(offset int) {
		a.Tail(offset, false)
		part(offset)
	})
}

// rows is a function that goes along the arrays of one row after another.
type rows struct{ arrays }

func (r rows) load(hasNumbers bool) {
	if most := len(r.RowArrays); len(r.names) > most {
		panic(isa.Mistake(fmt.Sprintf("a Reduction has %d inputs at most: make it a Kernel", most)))
	}
	r.reparam(r.Result, "dst")
	for i, name := range r.names {
		r.reparam(r.RowArrays[i], name)
	}
	r.loadNumbers(hasNumbers)
	r.reparam(r.RowLength, "n")
	r.reparam(r.RowsLeft, "rows")
	r.setWaiting(0)
}

// start tells that all elements of the row at hand are left.
func (r rows) start() {
	for i := range r.names {
		r.set(r.Arrays[i], r.RowArrays[i])
	}
	r.set(r.Count, r.RowLength)
}

// next goes on with the next row, of which many may be short: two lines of each are fetched.
func (r rows) next() {
	for i := range r.names {
		r.fetchLines(at(r.RowArrays[i], fetchAhead), 2*cacheLine)
	}
	r.subConst(r.RowsLeft, 1)
	r.addConst(r.Result, 8)
	r.eachStride(func(row isa.Scalar, stride isa.Value) { r.Add(isa.Reg(row), stride) })
}

func (r rows) before() {
	r.addConst(r.RowsLeft, 1)
	r.subConst(r.Result, 8)
	r.eachStride(func(row isa.Scalar, stride isa.Value) { r.Add(isa.Reg(row), stride.Neg()) })
}

func (r rows) eachStride(do func(row isa.Scalar, stride isa.Value)) {
	for i, name := range r.names {
		r.reparam(r.Stride, Stride(name))
		do(r.RowArrays[i], isa.Scaled(r.Stride, log2(r.types[i].Bytes())))
	}
}

// setWaiting tells that a row waits to be finished, and of which kind, positive, that none does, 0 as at first, or that so
// many shall not, negative.
func (r rows) setWaiting(kind int) { r.setConst(r.Waits, kind) }

func pathLabel(i int) string { return fmt.Sprintf("path%d", i) }

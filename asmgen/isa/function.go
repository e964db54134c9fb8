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

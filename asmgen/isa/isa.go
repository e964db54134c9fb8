// Package isa is the vocabulary between the loops and the instruction sets: a table of what a set is like, the operations that it
// spells, and the list of instructions that they become.
package isa

import "github.com/relent-go/relent/kernels"

// Info is what an instruction set is like.
type Info struct {
	Name       string // as in kernel names
	Vector     int    // bytes of a vector register
	Regs       int    // vector registers that may be used
	GuardPairs bool   // Collect takes the signs of two registers at once
	MaskRegs   bool   // masks live in registers of their own
	Elements   bool   // an operand may be one number in memory, broadcast
	Lanes      bool   // a factor, or what is taken away, may be one lane of a register, broadcast
	Ones       bool   // where a function walks, the last vector register holds 1, which Op may use
	MinusOnes  bool   // where a function counts, the last vector register holds -1 as an integer, which Op may use
	Gathers    int    // bytes of a row that Rows gather at a time, at most
	Tile       TileShape
	Unrolled   int // columns of rows up to which panels stay in registers

	Pipeline int  // values that may wait for the divisions before them; 0 for no overlap of one stripe with the next
	Frame    bool // registers are few: accumulators, and what crosses from a stripe to the next, wait in the frame

	LoadTakes map[kernels.Type]bool // types of memory whose Load needs tmp

	// Incomplete tells that StoreTail is for vectors that are.
	Incomplete bool

	// Tied are the operands one of which the destination must be; an operation that is not named overwrites none.
	Tied map[kernels.Op][]int
	// Memory tells whether an operand may be a constant, or a number of the model, in memory or a lane.
	Memory func(op kernels.Op, arg int, kind LocKind) bool
	Roles  Roles
}

// TileShape is how many rows of a factor, and how many panels, a tile has.
type TileShape struct{ Rows, Panels int }

// Roles are the scalars of the loops over arrays and rows.
type Roles struct {
	Arrays    []Scalar // where each one goes on; not Result
	Count     Scalar   // of the elements that are left
	RowArrays []Scalar // where the row at hand begins
	RowLength Scalar
	RowsLeft  Scalar
	Waits     Scalar // whether a row waits
	Result    Scalar // where the sum of the row at hand goes
	Stride    Scalar // short-lived
	Numbers   Scalar // where the numbers of a model are
	NumberAs  LocKind
}

// Number is where the i-th number of the model is that the last pointer of a kernel leads to.
func (inf *Info) Number(i int) Loc {
	return Loc{Kind: inf.Roles.NumberAs, At: Place{Base: inf.Roles.Numbers, Offset: 16 * i}}
}

// A Machine spells the vocabulary in one instruction set. Vector registers are numbers.
type Machine interface {
	Info() *Info
	Begin(f *Function) // what follows is appended to f

	// General registers. Either side may be a parameter; a scaled value is lost.
	Move(dst, src Value)
	Add(dst, x Value)
	ShiftLeft(dst Scalar, bits int)
	Lower(dst Scalar, limit Value)              // to the limit, if it is above
	Repeat(s Scalar, step int, label string)    // takes step away; to label if more than 0 is left
	Branch(x Value, c Cond, y Value, to string) // to a label if x is so in comparison with y
	Jump(label string)
	Label(name string)
	Return()

	// Vectors of elements of type t, which are of type mem in memory. To load some types takes another register, see Info.
	Load(dst, tmp int, from Place, t, mem kernels.Type)
	Store(src int, to Place, t, mem kernels.Type)
	StoreFirst(src int, to Place) // a float64 of the first lane
	Copy(dst int, src Loc)
	Constant(dst int, c Loc, t kernels.Type)
	Op(op kernels.Op, dst Loc, args []Loc, t kernels.Type)
	Prefetch(at Place)

	// Tail prepares LoadTail and StoreTail for the vector at offset, of the elements that remain, which may be 64 or more if there are
	// many; offset 0 comes first. Both take a place whose Offset is that of the vector.
	Tail(offset int, many bool)
	LoadTail(dst, tmp int, from Place, offset int, t, mem kernels.Type, pad float64)
	StoreTail(src, tmp int, to Place, offset int, t, mem kernels.Type)

	// Collect takes registers into the accumulator of a guard: their signs, or the largest unsigned integer, of which in float64 the
	// upper halves suffice. Check goes to fail if a sign is set, or the largest is above the bound.
	Collect(g kernels.Op, acc int, x []int, t kernels.Type)
	Check(g kernels.Op, acc, tmp int, bound uint64, t kernels.Type, fail string)

	Widen(op kernels.Op, src, tmp int, acc []int) // combines two vectors of float64 with one of float32
	FoldLanes(op kernels.Op, acc, tmp int)        // takes lane i + half into lane i, down to one number
	// CheckSum goes to fail if a folded sum is not finite or smaller in size than the floor; Canonical gives one that is NaN the bits
	// of math.NaN.
	CheckSum(acc int, floor float64, fail string)
	Canonical(acc int)

	// Rows sets out on rows of vectors of t, stride bytes apart.
	Rows(stride Scalar, t kernels.Type) Rows
}

// Rows are as many rows of data as there are lanes.
type Rows interface {
	Aim(x Scalar)  // the first of them is at x
	Next(x Scalar) // sets x to where the next ones are
	// Gather lists the steps of loading 16 bytes, or as many as the set gathers, offset from where it was aimed, of every row; use gets
	// each column in a register, which it must release.
	Gather(r Registers, offset, bytes int, use func(column, reg int)) []func()
}

// Registers gives out vector registers.
type Registers interface {
	Reg() int
	HighReg() int // the last one that is free
	Release(regs ...int)
}

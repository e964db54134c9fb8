package main

import "github.com/relent-go/relent/kernels"

// info is what shape and block need to know of an instruction set.
type info struct {
	name       string // as in kernel names
	vector     int    // bytes of a vector register
	regs       int    // vector registers that may be used
	guardPairs bool   // guardSign takes two registers at once
	maskRegs   bool   // masks live in registers of their own
	elements   bool   // an operand may be one number in memory, broadcast
	lanes      bool   // a factor, or what is taken away, may be one lane of a register, broadcast
	reserved   int    // vector registers, the last ones, that a walk uses for itself
	tile       tileShape
	unrolled   int // columns of rows up to which panels stay in registers
	interleave int // vectors of a stripe to work on in turns

	pipeline    int  // values that may wait for the divisions before them; 0 for no overlap of one stripe with the next
	accInFrame  bool // accumulators wait in the frame: registers are few
	keepInFrame bool // what crosses from one to the other waits in the frame
}

// tileShape is how many rows of a factor, and how many panels, a tile has.
type tileShape struct{ rows, panels int }

// A signature tells what a function has besides pointers and a count.
type signature uint8

const (
	ofArrays signature = iota // nothing
	ofSums                    // a pointer to results before
	ofRows                    // that, and the strides of the pointers and the number of rows, at least 1, after
)

// A target spells the vocabulary in one instruction set. Registers are numbers; where a part of an array is named, it
// is by input and by element offset from the current position.
type target interface {
	info() info

	// function begins a function of pointers to t and a count of elements, with a frame of so many slots for vectors.
	function(name string, pointers []string, t kernels.Type, s signature, slots int)
	loadArgs()
	loadSumsArgs()
	loadRowArgs()
	number(i int) loc // of the model that the pointer of that name leads to
	startRow()        // all elements of the row at hand are left
	jumpIfLastRow(label string)
	nextRow()
	rowBefore()
	// setWaiting tells that a row waits to be finished, and of which kind, positive, that none does, 0 as at first, or that so
	// many shall not, negative.
	setWaiting(kind int)
	waitSooner() // brings setWaiting's negative number a row nearer to 0
	jumpByWaiting(none, never string)
	jumpUnlessWaiting(kind int, label string)
	jump(label string)
	label(name string)
	jumpIfFewer(n int, label string)   // to label if fewer than n elements remain
	jumpIfAtMost(n int, label string)  // to label if at most n elements remain
	jumpIfAtLeast(n int, label string) // to label if n elements remain, or more
	advance(n int)                     // n elements are done
	ret()

	zero(dst int)
	move(dst int, src loc)
	spill(slot, src int)
	reload(dst, slot int)
	loadConst(dst int, c loc, t kernels.Type)
	tied(op kernels.Op) []int                         // operands one of which the destination must be; nil if none
	memArg(op kernels.Op, arg int, kind locKind) bool // may the operand be a constant, or a number of the model, in memory or a lane
	op(op kernels.Op, dst loc, args []loc, t kernels.Type)

	// load reads a vector of elements of type t from an array of elements of type mem.
	load(dst, input, offset int, t, mem kernels.Type)
	// tail prepares loadTail and storeTail for the vector at offset, of the elements that remain; offset 0 comes first.
	tail(offset int)
	loadTail(dst, tmp, input, offset int, t, mem kernels.Type, pad float64)
	store(src, offset int, t, mem kernels.Type)
	storeTail(src, tmp, offset int, t, mem kernels.Type)

	// guardSign collects sign bits in acc, of one or two registers; checkSign goes to fail if one is set.
	guardSign(acc int, x []int)
	checkSign(acc int, t kernels.Type, fail string)
	// guardRange collects the largest unsigned integer in acc; checkRange goes to fail if it is above the bound. Of float64
	// the upper halves suffice.
	guardRange(acc, x int, t kernels.Type)
	checkRange(acc, tmp int, bound uint64, t kernels.Type, fail string)

	// widenAdd adds a vector of float32 to two vectors of float64.
	widenAdd(src, tmp int, acc []int)
	// foldVectors adds the accumulators, lane i to lane i + half, down to the first one, foldLanes then that down to one number.
	foldVectors(acc []int)
	foldLanes(acc, tmp int)
	// checkSum goes to fail if the folded sum is not finite or smaller in size than the floor.
	checkSum(acc int, floor float64, fail string)
	// canonical gives a folded sum that is NaN the bits of math.NaN.
	canonical(acc int)
	// storeSum makes the folded sum the result of the row at hand, 0, or of the one before, -1.
	storeSum(acc, row int)
}

// dryRun is a target that emits nothing: it shows what register assignment comes to.
type dryRun struct{ target }

func (dryRun) function(string, []string, kernels.Type, signature, int)          {}
func (dryRun) loadArgs()                                                        {}
func (dryRun) loadSumsArgs()                                                    {}
func (dryRun) loadRowArgs()                                                     {}
func (dryRun) startRow()                                                        {}
func (dryRun) jumpIfLastRow(string)                                             {}
func (dryRun) nextRow()                                                         {}
func (dryRun) rowBefore()                                                       {}
func (dryRun) setWaiting(int)                                                   {}
func (dryRun) waitSooner()                                                      {}
func (dryRun) jumpByWaiting(string, string)                                     {}
func (dryRun) jumpUnlessWaiting(int, string)                                    {}
func (dryRun) jump(string)                                                      {}
func (dryRun) label(string)                                                     {}
func (dryRun) jumpIfFewer(int, string)                                          {}
func (dryRun) jumpIfAtMost(int, string)                                         {}
func (dryRun) jumpIfAtLeast(int, string)                                        {}
func (dryRun) advance(int)                                                      {}
func (dryRun) store(int, int, kernels.Type, kernels.Type)                       {}
func (dryRun) storeTail(int, int, int, kernels.Type, kernels.Type)              {}
func (dryRun) ret()                                                             {}
func (dryRun) zero(int)                                                         {}
func (dryRun) move(int, loc)                                                    {}
func (dryRun) spill(int, int)                                                   {}
func (dryRun) reload(int, int)                                                  {}
func (dryRun) loadConst(int, loc, kernels.Type)                                 {}
func (dryRun) op(kernels.Op, loc, []loc, kernels.Type)                          {}
func (dryRun) load(int, int, int, kernels.Type, kernels.Type)                   {}
func (dryRun) tail(int)                                                         {}
func (dryRun) loadTail(int, int, int, int, kernels.Type, kernels.Type, float64) {}
func (dryRun) guardSign(int, []int)                                             {}
func (dryRun) checkSign(int, kernels.Type, string)                              {}
func (dryRun) guardRange(int, int, kernels.Type)                                {}
func (dryRun) checkRange(int, int, uint64, kernels.Type, string)                {}
func (dryRun) widenAdd(int, int, []int)                                         {}
func (dryRun) foldVectors([]int)                                                {}
func (dryRun) foldLanes(int, int)                                               {}
func (dryRun) checkSum(int, float64, string)                                    {}
func (dryRun) canonical(int)                                                    {}
func (dryRun) storeSum(int, int)                                                {}

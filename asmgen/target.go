package main

import "github.com/relent-go/relent/kernels"

// info is what shape and block need to know of an instruction set.
type info struct {
	name       string // as in kernel names
	vector     int    // bytes of a vector register
	regs       int    // vector registers that may be used
	maskRegs   bool   // masks live in registers of their own
	pinned     int    // constants to keep in registers during a loop, at most
	interleave int    // parts of a stripe to work on in turns
}

// A target spells the vocabulary in one instruction set. Registers are numbers; where a part of an array is named, it
// is by input and by element offset from the current position.
type target interface {
	info() info

	// function begins a function of pointers to t and a count of elements, returning a float64 or nothing.
	function(name string, pointers []string, t kernels.Type, result bool)
	loadArgs()
	label(name string)
	jump(label string)
	jumpIfFewer(n int, label string)  // to label if fewer than n elements remain
	jumpIfAtMost(n int, label string) // to label if at most n elements remain
	advance(n int)                    // n elements are done
	ret()

	zero(dst int)
	move(dst int, src loc)
	spill(slot, src int)
	reload(dst, slot int)
	loadConst(dst int, bits uint64, t kernels.Type)
	tied(op kernels.Op) []int           // operands one of which the destination must be; nil if none
	memArg(op kernels.Op, arg int) bool // may the operand be a constant in memory
	op(op kernels.Op, dst loc, args []loc, t kernels.Type)

	// load reads a vector of elements of type t from an array of elements of type mem.
	load(dst, input, offset int, t, mem kernels.Type)
	// tail prepares loadTail and storeTail for the elements that remain.
	tail(t, mem kernels.Type)
	loadTail(dst, tmp, input, offset int, t, mem kernels.Type, pad float64)
	store(src, offset int, t, mem kernels.Type)
	storeTail(src, tmp, offset int, t, mem kernels.Type)

	guardInit(n node, acc int, t kernels.Type)
	guard(n node, acc, tmp, x int, t kernels.Type)
	guardCheck(n node, acc, tmp int, t kernels.Type, fail string)

	// widenAdd adds a vector of float32 to two vectors of float64.
	widenAdd(src, tmp int, acc []int)
	// fold adds the accumulators, lane i to lane i + half, down to one number.
	fold(acc []int)
	// returnFold returns the folded sum, unless it is not finite and there is a label to go to.
	returnFold(acc int, otherwise string)
}

package main

import "github.com/relent-go/relent/kernels"

// A scalar is a general register: an address or a count.
type scalar int

// A walker is a target that also walks over rows of data, of which it has one in each lane.
type walker interface {
	target

	// begin a kernel.
	walk(k walk, t kernels.Type)
	// scalar is a register not yet used in the function.
	scalar() scalar
	// param is a scalar that holds a parameter; reload sets it again, and paramAdd changes the parameter itself.
	param(name string) scalar
	reparam(s scalar, name string)
	paramAdd(name string, s scalar)
	paramConst(name string, n int)
	setParam(name string, s scalar)
	addParam(s scalar, name string)
	zeroScalar(s scalar)
	repeatParam(name, label string) // to label if the parameter is above 0
	returnInt(n int)

	set(dst, src scalar)
	addScalar(dst, src scalar)
	subScalar(dst, src scalar)
	addConst(dst scalar, n int)
	shiftLeft(dst scalar, bits int)
	atMost(s scalar, limit string)             // lowers s to the parameter
	skipUnless(s scalar, label string)         // to label if s <= 0
	skipIfLess(s scalar, n int, label string)  // to label if s < n
	repeat(s scalar, step int, label string)   // takes step away; to label if more than 0 is left
	repeatBelow(s scalar, limit, label string) // to label if s is below the parameter

	// A place is n·index bytes and then an offset away from an address.
	readAt(dst int, p place, t kernels.Type)
	writeAt(src int, p place, t kernels.Type)
	prefetch(p place)

	// startRows sets out on rows stride bytes apart; aimRows says where the first of as many rows is as there are lanes, and
	// nextRows sets x to where the next ones are.
	startRows(stride scalar)
	aimRows(x scalar)
	nextRows(x scalar)
	// gather lists the steps of loading 16 bytes, offset from where it was aimed, of every row; use gets each column in a register,
	// which it must release.
	gather(b *block, offset int, t kernels.Type, use func(column, reg int)) []func()
}

type place struct {
	base   scalar
	index  scalar
	n      int
	offset int
}

// loc is the number there as an operand.
func (p place) loc() loc { return loc{kind: inElement, at: p} }

// model is a number of the model at base.
func model(base scalar, offset int) loc { return place{base: base, offset: offset}.loc() }

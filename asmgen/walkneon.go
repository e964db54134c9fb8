package main

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"

	"github.com/relent-go/relent/kernels"
)

// neonScalars are the general registers for walking, but for those that hold the constants and what is short-lived.
var neonScalars = []int{0, 1, 2, 3, 4, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26}

// ones is the vector register that holds 1 where a function walks over rows.
const ones = 31

// neonWalk is what a function that walks over rows needs.
type neonWalk struct {
	scalars int // in use, from the first on
	// An address can have an index or an offset, not both: sums of a base and multiples of an index are kept in scalars, from
	// the last one down, as long as they are true.
	addresses     []address
	first, stride scalar // of the rows where they are aimed
	rows          int    // of a panel
}

// address is base + n·index.
type address struct {
	place
	reg scalar
}

func (n *neon) walk(k walk, t kernels.Type) {
	params := append(slices.Clone(k.pointers), k.integers...)
	n.begin(symbol(k.name, t, n.info().name), k.asm(t), params, k.result, 0)
	n.neonWalk = neonWalk{rows: n.info().vector / t.Bytes()}
	n.i("MOVD $constants<>(SB), %s", constantReg)
	n.loadConst(ones, constantLoc(t.Bits(1)), t)
}

func (n *neon) scalar() scalar {
	s := scalar(n.scalars)
	n.scalars++
	if n.taken(s) || n.scalars > len(neonScalars) {
		panic("out of general registers")
	}
	return s
}

func (s scalar) arm64() string { return "R" + strconv.Itoa(neonScalars[s]) }

// address is a scalar that holds base + n·index.
func (n *neon) address(p place) scalar {
	p.offset = 0
	if p.n == 0 {
		return p.base
	}
	if i := slices.IndexFunc(n.addresses, func(a address) bool { return a.place == p }); i >= 0 {
		return n.addresses[i].reg
	}
	shift := bits.Len(uint(p.n)) - 1
	from := n.address(place{base: p.base, index: p.index, n: p.n - 1<<shift})
	reg := scalar(len(neonScalars) - 1)
	for n.taken(reg) {
		reg--
	}
	if reg < scalar(n.scalars) {
		panic("out of general registers")
	}
	n.addresses = append(n.addresses, address{p, reg})
	n.i("ADD %s<<%d, %s, %s", p.index.arm64(), shift, from.arm64(), reg.arm64())
	return reg
}

// taken tells whether an address is kept there.
func (n *neon) taken(s scalar) bool {
	return slices.ContainsFunc(n.addresses, func(a address) bool { return a.reg == s })
}

// changed forgets the addresses that are no longer true.
func (n *neon) changed(s scalar) {
	n.addresses = slices.DeleteFunc(n.addresses, func(a address) bool { return a.base == s || a.index == s })
}

// forgetAddresses is for where control flow joins.
func (n *neon) forgetAddresses() { n.addresses = nil }

// at is a place as an operand.
func (n *neon) at(p place) string { return fmt.Sprintf("%d(%s)", p.offset, n.address(p).arm64()) }

// exactly is a register that holds the place itself.
func (n *neon) exactly(p place) string {
	base := n.address(p).arm64()
	if p.offset == 0 {
		return base
	}
	n.i("ADD $%d, %s, %s", p.offset, base, scratch)
	return scratch
}

func (n *neon) param(name string) scalar {
	s := n.scalar()
	n.reparam(s, name)
	return s
}

func (n *neon) reparam(s scalar, name string) {
	n.changed(s)
	n.i("MOVD %s, %s", n.argument(name), s.arm64())
}

func (n *neon) paramAdd(name string, s scalar) { n.addToParam(name, s.arm64()) }

func (n *neon) paramConst(name string, c int) { n.addToParam(name, fmt.Sprintf("$%d", c)) }

func (n *neon) setParam(name string, s scalar) { n.i("MOVD %s, %s", s.arm64(), n.argument(name)) }

func (n *neon) addParam(s scalar, name string) {
	n.i("MOVD %s, %s", n.argument(name), scratch)
	n.change("ADD", scratch, s)
}

func (n *neon) addToParam(name, operand string) {
	n.i("MOVD %s, %s", n.argument(name), scratch)
	n.i("ADD %s, %s", operand, scratch)
	n.i("MOVD %s, %s", scratch, n.argument(name))
}

func (n *neon) repeatParam(name, label string) {
	n.i("MOVD %s, %s", n.argument(name), scratch)
	n.i("CMP $0, %s", scratch)
	n.i("BGT %s", label)
}

func (n *neon) returnInt(c int) {
	n.i("MOVD $%d, %s", c, scratch)
	n.i("MOVD %s, %s", scratch, n.argument("ret"))
	n.ret()
}

func (n *neon) zeroScalar(s scalar) {
	n.changed(s)
	n.i("MOVD $0, %s", s.arm64())
}

func (n *neon) set(dst, src scalar) {
	n.changed(dst)
	n.i("MOVD %s, %s", src.arm64(), dst.arm64())
}

func (n *neon) addScalar(dst, src scalar) { n.change("ADD", src.arm64(), dst) }
func (n *neon) subScalar(dst, src scalar) { n.change("SUB", src.arm64(), dst) }

func (n *neon) addConst(dst scalar, c int) { n.change("ADD", fmt.Sprintf("$%d", c), dst) }

func (n *neon) shiftLeft(dst scalar, bits int) { n.change("LSL", fmt.Sprintf("$%d", bits), dst) }

func (n *neon) change(mnemonic, operand string, dst scalar) {
	n.changed(dst)
	n.i("%s %s, %s", mnemonic, operand, dst.arm64())
}

func (n *neon) atMost(s scalar, limit string) {
	n.i("MOVD %s, %s", n.argument(limit), scratch)
	n.i("CMP %s, %s", scratch, s.arm64())
	n.changed(s)
	n.i("CSEL LT, %s, %s, %s", s.arm64(), scratch, s.arm64())
}

func (n *neon) skipIfLess(s scalar, c int, label string) {
	n.i("CMP $%d, %s", c, s.arm64())
	n.i("BLT %s", label)
}

func (n *neon) skipUnless(s scalar, label string) {
	n.i("CMP $0, %s", s.arm64())
	n.i("BLE %s", label)
}

func (n *neon) repeat(s scalar, step int, label string) {
	n.change("SUBS", fmt.Sprintf("$%d", step), s)
	n.i("BGT %s", label)
}

func (n *neon) repeatBelow(s scalar, limit, label string) {
	n.i("MOVD %s, %s", n.argument(limit), scratch)
	n.i("CMP %s, %s", scratch, s.arm64())
	n.i("BLT %s", label)
}

func (n *neon) readAt(dst int, p place, _ kernels.Type)  { n.i("FMOVQ %s, F%d", n.at(p), dst) }
func (n *neon) writeAt(src int, p place, _ kernels.Type) { n.i("FMOVQ F%d, %s", src, n.at(p)) }
func (n *neon) prefetch(p place)                         { n.i("PRFM %s, PLDL1KEEP", n.at(p)) }

func (n *neon) startRows(stride scalar) { n.first, n.stride = n.scalar(), stride }
func (n *neon) aimRows(x scalar)        { n.set(n.first, x) }

func (n *neon) nextRows(x scalar) {
	n.changed(x)
	n.i("ADD %s<<%d, %s", n.stride.arm64(), log2(n.rows), x.arm64())
}

// gather transposes.
func (n *neon) gather(b *block, offset int, t kernels.Type, use func(column, reg int)) []func() {
	var r []int
	var steps []func()
	step := func(f func()) { steps = append(steps, f) }
	for i := range n.rows {
		step(func() {
			r = append(r, b.reg())
			n.readAt(r[i], place{base: n.first, index: n.stride, n: i, offset: offset}, t)
		})
	}
	zip := func(i, j int) {
		step(func() { r[i], r[j] = n.zip(b, r[i], r[j], t) })
	}
	if t == kernels.F32 {
		zip(0, 2)
		zip(1, 3)
		zip(2, 3)
	}
	zip(0, 1)
	step(func() {
		for i, r := range r {
			use(i, r)
		}
	})
	return steps
}

// zip takes elements in turns from two registers: from their lower halves, and from their upper halves.
func (n *neon) zip(b *block, x, y int, t kernels.Type) (lower, upper int) {
	lower = b.reg()
	n.native("VZIP1", arrangement(t), lower, x, y)
	n.native("VZIP2", arrangement(t), y, x, y)
	b.release(x)
	return lower, y
}

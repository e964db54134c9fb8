package arm64

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"

	"github.com/relent-go/relent/asmgen/isa"
)

// The general registers: R5 for the constants, R6 to R8 for anything short-lived, and others as scalars.
const (
	constantReg = "R5"
	scratch     = "R6"
	scratch2    = "R7"
	boundReg    = "R8"
)

// scalarRegs are the others; the last one is the first scratch register.
var scalarRegs = []int{0, 1, 2, 3, 4, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 6}

var roles = isa.Roles{
	Arrays: []isa.Scalar{0, 1, 2, 3, 5, 6, 8, 9}, Count: 4,
	RowArrays: []isa.Scalar{5, 6}, RowLength: 8, RowsLeft: 9, Waits: 10, Result: 7, Stride: 22,
	Numbers: 11, NumberAs: isa.InAllLanes, // the loop over rows leaves it alone
}

func reg(s isa.Scalar) string { return "R" + strconv.Itoa(scalarRegs[s]) }

// addresses are sums of a base and multiples of an index, since an operand can have an index or an offset, not both: they are kept in
// scalars, from the last one down, as long as they are true.
type addresses struct{ kept []address }

// address is base + n·index.
type address struct {
	isa.Place
	reg isa.Scalar
}

// address is a scalar that holds base + n·index.
func (n *neon) address(p isa.Place) isa.Scalar {
	p.Offset = 0
	if p.N == 0 {
		return p.Base
	}
	if i := slices.IndexFunc(n.kept, func(a address) bool { return a.Place == p }); i >= 0 {
		return n.kept[i].reg
	}
	shift := bits.Len(uint(p.N)) - 1
	from := n.address(isa.Place{Base: p.Base, Index: p.Index, N: p.N - 1<<shift})
	free := roles.Stride - 1
	for n.taken(free) {
		free--
	}
	if free < isa.Scalar(n.f.Scalars) {
		panic("out of general registers")
	}
	n.kept = append(n.kept, address{p, free})
	base := "RSP"
	if from != isa.Frame {
		base = reg(from)
	}
	n.i("ADD %s<<%d, %s, %s", reg(p.Index), shift, base, reg(free))
	return free
}

// taken tells whether an address is kept there.
func (n *neon) taken(s isa.Scalar) bool {
	return slices.ContainsFunc(n.kept, func(a address) bool { return a.reg == s })
}

// changed forgets the addresses that are no longer true.
func (n *neon) changed(s isa.Scalar) {
	if n.taken(s) {
		panic("out of general registers")
	}
	n.kept = slices.DeleteFunc(n.kept, func(a address) bool { return a.Base == s || a.Index == s })
}

// at is a place as an operand. The frame is above the 16 bytes of which the assembler takes the lower half for the return address.
func (n *neon) at(p isa.Place) string {
	if p.Base == isa.Frame {
		p.Offset += 16
	}
	if p.Base == isa.Frame && p.N == 0 {
		return fmt.Sprintf("%d(RSP)", p.Offset)
	}
	return fmt.Sprintf("%d(%s)", p.Offset, reg(n.address(p)))
}

// exactly is a register that holds the place itself.
func (n *neon) exactly(p isa.Place) string {
	base := reg(n.address(p))
	if p.Offset == 0 {
		return base
	}
	n.i("ADD $%d, %s, %s", p.Offset, base, scratch)
	return scratch
}

// argument is where a parameter is.
func (n *neon) argument(name string) string { return fmt.Sprintf("%s+%d(FP)", name, 8*n.f.Index(name)) }

// value is an operand, or in a scratch register.
func (n *neon) value(v isa.Value) string {
	switch {
	case v.Const:
		return fmt.Sprintf("$%d", v.N)
	case v.Param != "":
		n.i("MOVD %s, %s", n.argument(v.Param), scratch)
		return scratch
	case v.Shift > 0:
		return fmt.Sprintf("%s<<%d", reg(v.Scalar), v.Shift)
	}
	return reg(v.Scalar)
}

func (n *neon) Move(dst, src isa.Value) {
	if dst.Param != "" {
		from := n.value(src)
		if src.Const {
			n.i("MOVD %s, %s", from, scratch)
			from = scratch
		}
		n.i("MOVD %s, %s", from, n.argument(dst.Param))
		return
	}
	n.changed(dst.Scalar)
	if src.Param != "" {
		n.i("MOVD %s, %s", n.argument(src.Param), reg(dst.Scalar))
		return
	}
	n.i("MOVD %s, %s", n.value(src), reg(dst.Scalar))
}

func (n *neon) Add(dst, v isa.Value) {
	name := map[bool]string{false: "ADD", true: "SUB"}[v.Minus]
	if dst.Param != "" {
		n.value(dst)
		n.i("%s %s, %s", name, n.value(v), scratch)
		n.i("MOVD %s, %s", scratch, n.argument(dst.Param))
		return
	}
	n.change(name, n.value(v), dst.Scalar)
}

func (n *neon) ShiftLeft(dst isa.Scalar, bits int) { n.change("LSL", fmt.Sprintf("$%d", bits), dst) }

func (n *neon) change(mnemonic, operand string, dst isa.Scalar) {
	n.changed(dst)
	n.i("%s %s, %s", mnemonic, operand, reg(dst))
}

func (n *neon) Lower(dst isa.Scalar, limit isa.Value) {
	n.i("CMP %s, %s", n.value(limit), reg(dst))
	n.changed(dst)
	n.i("CSEL LT, %s, %s, %s", reg(dst), scratch, reg(dst))
}

func (n *neon) Repeat(s isa.Scalar, step int, label string) {
	n.change("SUBS", fmt.Sprintf("$%d", step), s)
	n.i("BGT %s", label)
}

var branches = map[isa.Cond]string{
	isa.Less: "BLT", isa.AtMost: "BLE", isa.AtLeast: "BGE", isa.More: "BGT", isa.Equal: "BEQ", isa.Unequal: "BNE",
}

func (n *neon) Branch(x isa.Value, c isa.Cond, y isa.Value, to string) {
	zero := x.IsReg() && y.Const && y.N == 0
	switch {
	case zero && c == isa.Equal:
		n.i("CBZ %s, %s", reg(x.Scalar), to)
	case zero && c == isa.Less:
		n.i("TBNZ $63, %s, %s", reg(x.Scalar), to)
	default:
		left := n.value(x)
		n.i("CMP %s, %s", n.value(y), left)
		n.i("%s %s", branches[c], to)
	}
}

func (n *neon) Jump(label string) { n.i("JMP %s", label) }

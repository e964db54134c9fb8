package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/relent-go/relent/kernels"
)

// scalarRegs are the general registers for walking. The last one also tests guards; R11 is for the frame.
var scalarRegs = []reg.GPPhysical{
	reg.RDI, reg.RSI, reg.RDX, reg.RCX, reg.R8, reg.R9, reg.R10, reg.R12, reg.R13, reg.RBX, reg.R14, reg.RAX,
}

// rows are the addresses of every fourth row; those between are one, two or three strides away.
type rows struct {
	stride, three scalar
	bases         []scalar
}

func (x *x86) walk(k walk, t kernels.Type) {
	x.begin(symbol(k.name, t, x.inf.name), "func"+k.asm(t), 0)
	x.mem, x.scalars, x.rows = t, 0, rows{}
}

// begin starts a function.
func (x *x86) begin(name, signature string, slots int) {
	x.ctx.Function(name)
	if slots*x.inf.vector <= maxNosplit {
		x.ctx.Attributes(attr.NOSPLIT)
	}
	x.ctx.Pragma("noescape")
	x.ctx.SignatureExpr(signature)
	if slots > 0 { // aligned to a vector, for no slot to cross a cache line
		align := x.inf.vector
		frame := x.ctx.AllocLocal((slots + 1) * align)
		x.ctx.LEAQ(frame.Offset(align-1), frameBase)
		x.ctx.ANDQ(operand.I32(-int32(align)), frameBase)
	}
}

func (x *x86) scalar() scalar {
	x.scalars++
	return scalar(x.scalars - 1)
}

func (x *x86) param(name string) scalar {
	s := x.scalar()
	x.reparam(s, name)
	return s
}

func (x *x86) reparam(s scalar, name string) { x.i("MOVQ", scalarRegs[s], x.parameter(name)) }

func (x *x86) paramAdd(name string, s scalar) { x.i("ADDQ", x.parameter(name), scalarRegs[s]) }

func (x *x86) setParam(name string, s scalar) { x.i("MOVQ", x.parameter(name), scalarRegs[s]) }

func (x *x86) addParam(s scalar, name string) { x.i("ADDQ", scalarRegs[s], x.parameter(name)) }

func (x *x86) zeroScalar(s scalar) {
	r := scalarRegs[s].(reg.GP).As32()
	x.i("XORL", r, r)
}

func (x *x86) paramConst(name string, n int) { x.ctx.ADDQ(operand.I32(int32(n)), x.parameter(name)) }

func (x *x86) repeatParam(name, label string) {
	x.ctx.CMPQ(x.parameter(name), operand.U32(0))
	x.i("JG", operand.LabelRef(label))
}

func (x *x86) returnInt(n int) {
	ret, err := x.ctx.ReturnIndex(0).Resolve()
	if err != nil {
		panic(err)
	}
	x.ctx.MOVQ(operand.I32(int32(n)), ret.Addr)
	x.ret()
}

func (x *x86) set(dst, src scalar)       { x.i("MOVQ", scalarRegs[dst], scalarRegs[src]) }
func (x *x86) addScalar(dst, src scalar) { x.i("ADDQ", scalarRegs[dst], scalarRegs[src]) }
func (x *x86) subScalar(dst, src scalar) { x.i("SUBQ", scalarRegs[dst], scalarRegs[src]) }
func (x *x86) addConst(dst scalar, n int) {
	x.ctx.ADDQ(operand.I32(int32(n)), scalarRegs[dst])
}
func (x *x86) shiftLeft(dst scalar, n int) { x.ctx.SHLQ(operand.Imm(uint64(n)), scalarRegs[dst]) }

func (x *x86) atMost(s scalar, limit string) {
	x.ctx.CMPQ(scalarRegs[s], x.parameter(limit))
	x.i("CMOVQGT", scalarRegs[s], x.parameter(limit))
}

func (x *x86) skipUnless(s scalar, label string) {
	x.i("TESTQ", scalarRegs[s], scalarRegs[s])
	x.i("JLE", operand.LabelRef(label))
}

func (x *x86) repeat(s scalar, step int, label string) {
	x.ctx.SUBQ(operand.I32(int32(step)), scalarRegs[s])
	x.i("JG", operand.LabelRef(label))
}

func (x *x86) skipIfLess(s scalar, n int, label string) {
	x.ctx.CMPQ(scalarRegs[s], operand.U32(uint32(n)))
	x.i("JLT", operand.LabelRef(label))
}

func (x *x86) repeatBelow(s scalar, limit, label string) {
	x.ctx.CMPQ(scalarRegs[s], x.parameter(limit))
	x.i("JL", operand.LabelRef(label))
}

func (p place) mem() operand.Mem {
	m := operand.Mem{Base: scalarRegs[p.base], Disp: p.offset}
	if p.n > 0 {
		m.Index, m.Scale = scalarRegs[p.index], uint8(p.n)
	}
	return m
}

func (x *x86) readAt(dst int, p place, t kernels.Type)  { x.i("VMOVU"+packed(t), x.file[dst], p.mem()) }
func (x *x86) writeAt(src int, p place, t kernels.Type) { x.i("VMOVU"+packed(t), p.mem(), x.file[src]) }
func (x *x86) prefetch(p place)                         { x.ctx.PREFETCHT0(p.mem()) }

func (x *x86) startRows(stride scalar) {
	r := rows{stride: stride, three: x.scalar()}
	x.ctx.LEAQ(operand.Mem{Base: scalarRegs[stride], Index: scalarRegs[stride], Scale: 2}, scalarRegs[r.three])
	for range x.inf.vector / x.mem.Bytes() / 4 {
		r.bases = append(r.bases, x.scalar())
	}
	x.rows = r
}

// four is four rows on from s.
func (x *x86) four(s scalar) operand.Mem {
	return operand.Mem{Base: scalarRegs[s], Index: scalarRegs[x.rows.stride], Scale: 4}
}

func (x *x86) aimRows(first scalar) {
	x.set(x.rows.bases[0], first)
	for i, b := range x.rows.bases[1:] {
		x.ctx.LEAQ(x.four(x.rows.bases[i]), scalarRegs[b])
	}
}

func (x *x86) nextRows(s scalar) {
	for range x.rows.bases {
		x.ctx.LEAQ(x.four(s), scalarRegs[s])
	}
}

// row is where row i is.
func (x *x86) row(i, offset int) operand.Mem {
	p := place{base: x.rows.bases[i/4], offset: offset}
	switch i % 4 {
	case 1, 2:
		p.index, p.n = x.rows.stride, i%4
	case 3:
		p.index, p.n = x.rows.three, 1
	}
	return p.mem()
}

// gather puts 16 bytes of rows a, a+c, a+2c, ... side by side for each a below c, the number of elements in them; then c by c
// elements are transposed within each 16 bytes.
func (x *x86) gather(b *block, offset int, t kernels.Type, use func(column, reg int)) []func() {
	c := 16 / t.Bytes()
	part := make([]int, c)
	var steps []func()
	step := func(f func()) { steps = append(steps, f) }
	for a := range part {
		step(func() {
			part[a] = b.reg()
			x.sideBySide(b, part[a], t, func(i int) operand.Mem { return x.row(a+i*c, offset) })
		})
	}
	unpack := func(size string, i, j int) { step(func() { x.unpack(b, size, part, i, j) }) }
	if t == kernels.F64 {
		unpack("PD", 0, 1)
	} else {
		unpack("PS", 0, 1)
		unpack("PS", 2, 3)
		unpack("PD", 0, 2)
		unpack("PD", 1, 3)
		step(func() { part[1], part[2] = part[2], part[1] })
	}
	for i := range part {
		step(func() { use(i, part[i]) })
	}
	return steps
}

// sideBySide fills a register with 16 bytes from each place.
func (x *x86) sideBySide(b *block, dst int, t kernels.Type, at func(i int) operand.Mem) {
	pair := func(r, i int) {
		insert := "VINSERTF128"
		if r > 15 {
			insert = "VINSERTF64X2"
		}
		x.i("VMOVU"+packed(t), x.file[r].AsX(), at(i))
		x.i(insert, x.file[r].AsY(), x.file[r].AsY(), at(i+1), operand.Imm(1))
	}
	pair(dst, 0)
	if x.inf.vector == 64 {
		upper := b.reg()
		pair(upper, 2)
		x.i("VINSERTF64X4", x.file[dst], x.file[dst], x.file[upper].AsY(), operand.Imm(1))
		b.release(upper)
	}
}

// unpack takes elements in turns from registers i and j: those of the lower halves of each 16 bytes go to i, those of the upper
// halves to j. The results leave the lower registers free, which more instructions can name.
func (x *x86) unpack(b *block, size string, r []int, i, j int) {
	lower, upper := b.highReg(), b.highReg()
	x.i("VUNPCKL"+size, x.file[lower], x.file[r[i]], x.file[r[j]])
	x.i("VUNPCKH"+size, x.file[upper], x.file[r[i]], x.file[r[j]])
	b.release(r[i])
	b.release(r[j])
	r[i], r[j] = lower, upper
}

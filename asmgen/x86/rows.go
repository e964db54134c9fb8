package x86

import (
	"github.com/mmcloughlin/avo/operand"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// rows are the addresses of every fourth row; those between are one, two or three strides away.
type rows struct {
	*machine
	t             kernels.Type
	stride, three isa.Scalar
	bases         []isa.Scalar
}

func (x *machine) Rows(stride isa.Scalar, t kernels.Type) isa.Rows {
	r := &rows{machine: x, t: t, stride: stride, three: x.f.NewScalar()}
	x.i("LEAQ", gp(r.three), operand.Mem{Base: gp(stride), Index: gp(stride), Scale: 2})
	for range x.info.Vector / t.Bytes() / 4 {
		r.bases = append(r.bases, x.f.NewScalar())
	}
	return r
}

// four is four rows on from s.
func (r *rows) four(s isa.Scalar) operand.Mem {
	return operand.Mem{Base: gp(s), Index: gp(r.stride), Scale: 4}
}

func (r *rows) Aim(first isa.Scalar) {
	r.Move(isa.Reg(r.bases[0]), isa.Reg(first))
	for i, b := range r.bases[1:] {
		r.i("LEAQ", gp(b), r.four(r.bases[i]))
	}
}

func (r *rows) Next(s isa.Scalar) {
	for range r.bases {
		r.i("LEAQ", gp(s), r.four(s))
	}
}

// row is where row i is.
func (r *rows) row(i, offset int) operand.Mem {
	p := isa.Place{Base: r.bases[i/4], Offset: offset}
	switch i % 4 {
	case 1, 2:
		p.Index, p.N = r.stride, i%4
	case 3:
		p.Index, p.N = r.three, 1
	}
	return r.mem(p)
}

// Gather puts 16 bytes of rows a, a+c, a+2c, ... side by side for each a below c, the number of elements in them; then c by c
// elements are transposed within each 16 bytes.
func (r *rows) Gather(b isa.Registers, offset int, use func(column, reg int)) []func() {
	c := 16 / r.t.Bytes()
	part := make([]int, c)
	var steps []func()
	step := func(f func()) { steps = append(steps, f) }
	for a := range part {
		step(func() {
			part[a] = b.Reg()
			r.sideBySide(b, part[a], func(i int) operand.Mem { return r.row(a+i*c, offset) })
		})
	}
	unpack := func(size string, i, j int) { step(func() { r.unpack(b, size, part, i, j) }) }
	if r.t == kernels.F64 {
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
func (r *rows) sideBySide(b isa.Registers, dst int, at func(i int) operand.Mem) {
	pair := func(to, i int) {
		insert := "VINSERTF128"
		if to > 15 {
			insert = "VINSERTF64X2"
		}
		v := r.file[to]
		r.i("VMOVU"+packed(r.t), v.AsX(), at(i))
		r.i(insert, v.AsY(), v.AsY(), at(i+1), operand.Imm(1))
	}
	pair(dst, 0)
	if r.wide {
		upper := b.Reg()
		pair(upper, 2)
		r.i("VINSERTF64X4", r.file[dst], r.file[dst], r.file[upper].AsY(), operand.Imm(1))
		b.Release(upper)
	}
}

// unpack takes elements in turns from registers i and j: those of the lower halves of each 16 bytes go to i, those of the upper
// halves to j. The results leave the lower registers free, which more instructions can name.
func (r *rows) unpack(b isa.Registers, size string, part []int, i, j int) {
	lower, upper := b.HighReg(), b.HighReg()
	x, y := r.file[part[i]], r.file[part[j]]
	r.i("VUNPCKL"+size, r.file[lower], x, y)
	r.i("VUNPCKH"+size, r.file[upper], x, y)
	b.Release(part[i], part[j])
	part[i], part[j] = lower, upper
}

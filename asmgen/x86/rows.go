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
// elements are transposed within each 16 bytes. Of 32 bytes it puts those of two rows side by side, and parts what has both halves' columns
// in turns: fewer loads, of which there are no more at a time than of multiply-adds.
func (r *rows) Gather(b isa.Registers, offset, bytes int, use func(column, reg int)) []func() {
	c := 16 / r.t.Bytes()
	if bytes == 16 {
		part := make([]int, c)
		return append(r.transposed(b, part, func(a int) {
			r.sideBySide(b, part[a], func(i int) operand.Mem { return r.row(a+i*c, offset) })
		}), each(c, func(i int) { use(i, part[i]) })...)
	}
	var steps []func()
	var halves [2][]int
	for h := range halves {
		halves[h] = make([]int, c)
		steps = append(steps, r.transposed(b, halves[h], func(a int) {
			v := r.file[halves[h][a]]
			r.i("VMOVU"+packed(r.t), v.AsY(), r.row(a+2*h*c, offset))
			r.i("VINSERTF64X4", v, v, r.row(a+(2*h+1)*c, offset), operand.Imm(1))
		})...)
	}
	return append(steps, each(c, func(i int) {
		lower, upper := halves[0][i], halves[1][i]
		r.pair(b, &lower, &upper, "VSHUFF64X2", operand.Imm(0x88), "VSHUFF64X2", operand.Imm(0xdd))
		use(i, lower)
		use(c+i, upper)
	})...)
}

// each lists n steps.
func each(n int, do func(i int)) (steps []func()) {
	for i := range n {
		steps = append(steps, func() { do(i) })
	}
	return steps
}

// transposed lists the steps of loading registers and transposing within each 16 bytes.
func (r *rows) transposed(b isa.Registers, part []int, load func(i int)) []func() {
	steps := each(len(part), func(i int) {
		part[i] = b.Reg()
		load(i)
	})
	unpack := func(size string, i, j int) {
		steps = append(steps, func() { r.pair(b, &part[i], &part[j], "VUNPCKL"+size, nil, "VUNPCKH"+size, nil) })
	}
	if r.t == kernels.F64 {
		unpack("PD", 0, 1)
		return steps
	}
	unpack("PS", 0, 1)
	unpack("PS", 2, 3)
	unpack("PD", 0, 2)
	unpack("PD", 1, 3)
	return append(steps, func() { part[1], part[2] = part[2], part[1] })
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

// pair replaces two registers by two shuffles of them. The results leave the lower registers free, which more instructions can name.
func (r *rows) pair(b isa.Registers, i, j *int, low string, lowImm operand.Op, high string, highImm operand.Op) {
	lower, upper := b.HighReg(), b.HighReg()
	x, y := r.file[*i], r.file[*j]
	shuffle := func(name string, dst int, imm operand.Op) {
		if operands := []any{r.file[dst], x, y}; imm == nil {
			r.i(name, operands...)
		} else {
			r.i(name, append(operands, imm)...)
		}
	}
	shuffle(low, lower, lowImm)
	shuffle(high, upper, highImm)
	b.Release(*i, *j)
	*i, *j = lower, upper
}

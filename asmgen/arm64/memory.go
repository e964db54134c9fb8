package arm64

import (
	"fmt"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// Load reads as many elements of type mem as a register has lanes of type t.
func (n *neon) Load(dst, _ int, from isa.Place, t, mem kernels.Type) {
	n.read(dst, from, t, mem)
	n.convert(dst, t, mem)
}

func (n *neon) read(dst int, from isa.Place, t, mem kernels.Type) {
	name := map[int]string{16: "FMOVQ", 8: "FMOVD", 4: "FMOVS"}[info.Vector/t.Bytes()*mem.Bytes()]
	n.i("%s %s, F%d", name, n.at(from), dst)
}

func (n *neon) convert(dst int, t, mem kernels.Type) {
	if t != mem {
		elements[mem].unpack[t](n, dst)
	}
}

func (n *neon) Store(src int, to isa.Place, t, mem kernels.Type) {
	n.write("FMOVQ", "FMOVD", src, to, t, mem)
}

// write stores with one name what it need not narrow, and with another what it has narrowed.
func (n *neon) write(name, narrowed string, src int, to isa.Place, t, mem kernels.Type) {
	if t != mem {
		n.enc("fcvtn", narrow, src, src)
		name = narrowed
	}
	n.i("%s F%d, %s", name, src, n.at(to))
}

func (n *neon) StoreFirst(src int, to isa.Place) { n.i("FMOVD F%d, %s", src, n.at(to)) }

func (n *neon) Prefetch(p isa.Place) { n.i("PRFM %s, PLDL1KEEP", n.at(p)) }

// Tail has nothing to prepare: LoadTail counts by itself.
func (n *neon) Tail(int, bool) {}

// LoadTail reads a whole vector if there is one, else the elements one by one; there is at least one.
func (n *neon) LoadTail(dst, _ int, from isa.Place, offset int, t, mem kernels.Type, pad float64) {
	lanes, bytes := info.Vector/t.Bytes(), mem.Bytes()
	whole, done := fmt.Sprintf("whole%d", n.f.Joins), fmt.Sprintf("done%d", n.f.Joins)
	n.f.Joins++
	left := func(count int, branch, label string) {
		n.i("CMP $%d, %s", count, reg(roles.Count))
		n.i("%s %s", branch, label)
	}
	left(offset+lanes, "BGE", whole)
	n.Constant(dst, isa.Constant(mem.Bits(pad)), mem)
	n.i("ADD $%d, %s, %s", offset*bytes, reg(from.Base), scratch)
	for lane := range lanes - 1 {
		if lane > 0 {
			left(offset+lane, "BLE", done)
		}
		n.i("VLD1.P %d(%s), V%d.%s[%d]", bytes, scratch, dst, arrangement(mem)[:1], lane)
	}
	n.i("JMP %s", done)
	n.Label(whole)
	n.read(dst, from, t, mem)
	n.Label(done)
	n.convert(dst, t, mem)
}

// StoreTail stores the one element that an incomplete vector of float64 can have, or up to three of float32.
func (n *neon) StoreTail(src, _ int, to isa.Place, offset int, t, mem kernels.Type) {
	if t == kernels.F64 {
		n.write("FMOVD", "FMOVS", src, to, t, mem)
		return
	}
	done := fmt.Sprintf("narrow%d", n.f.Joins)
	n.f.Joins++
	n.i("ADD $%d, %s, %s", to.Offset, reg(to.Base), scratch)
	for lane := range info.Vector/t.Bytes() - 1 {
		if lane > 0 {
			n.i("CMP $%d, %s", offset+lane, reg(roles.Count))
			n.i("BLE %s", done)
		}
		n.i("VST1.P V%d.S[%d], %d(%s)", src, lane, mem.Bytes(), scratch)
	}
	n.Label(done)
}

// rows are aimed at one address.
type rows struct {
	*neon
	t             kernels.Type
	first, stride isa.Scalar
	count         int
}

func (n *neon) Rows(stride isa.Scalar, t kernels.Type) isa.Rows {
	return &rows{neon: n, t: t, first: n.f.NewScalar(), stride: stride, count: info.Vector / t.Bytes()}
}

func (r *rows) Aim(x isa.Scalar) { r.Move(isa.Reg(r.first), isa.Reg(x)) }

func (r *rows) Next(x isa.Scalar) {
	r.changed(x)
	shift := map[int]int{2: 1, 4: 2}[r.count]
	r.i("ADD %s<<%d, %s", reg(r.stride), shift, reg(x))
}

// Gather transposes.
func (r *rows) Gather(b isa.Registers, offset, _ int, use func(column, reg int)) []func() {
	var v []int
	var steps []func()
	step := func(f func()) { steps = append(steps, f) }
	for i := range r.count {
		step(func() {
			v = append(v, b.Reg())
			r.Load(v[i], 0, isa.Place{Base: r.first, Index: r.stride, N: i, Offset: offset}, r.t, r.t)
		})
	}
	zip := func(i, j int) {
		step(func() { v[i], v[j] = r.zip(b, v[i], v[j]) })
	}
	if r.count == 4 {
		zip(0, 2)
		zip(1, 3)
		zip(2, 3)
	}
	zip(0, 1)
	step(func() {
		for i, reg := range v {
			use(i, reg)
		}
	})
	return steps
}

// zip takes elements in turns from two registers: from their lower halves, and from their upper halves.
func (r *rows) zip(b isa.Registers, x, y int) (lower, upper int) {
	lower = b.Reg()
	r.native("VZIP1", arrangement(r.t), lower, x, y)
	r.native("VZIP2", arrangement(r.t), y, x, y)
	b.Release(x)
	return lower, y
}

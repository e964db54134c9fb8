package shape

import (
	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// reachedBytes is how many bytes of a row, of thresholds and of counts go together.
const reachedBytes = 8 * kernels.LanesReached

// reached emits the kernel that counts, in each lane, how many rows reach each threshold. Rows stay in registers while all thresholds are
// compared with them; rows are stride elements apart, thresholds and counts reachedBytes.
func reached(m isa.Machine, t kernels.Type) {
	w := counting(m, ReachedWalk, t)
	counts, thresholds, x, stride := w.param("counts"), w.param("thresholds"), w.param("x"), w.param("stride")
	w.bytes(stride)
	row, ahead, count, threshold, left, blocks, vectors := w.scalar(), w.scalar(), w.scalar(), w.scalar(), w.scalar(), w.scalar(), w.scalar()
	w.setConst(vectors, reachedBytes/w.Info().Vector)
	w.Label("vectors")
	w.set(row, x)
	w.reparam(blocks, "blocks")
	w.Label("blocks")
	values := w.Regs(kernels.RowsReached)
	for _, r := range values {
		w.readAt(r, at(row, 0), t)
		w.addScalar(row, stride)
	}
	w.set(ahead, row)
	for range values { // of rows far apart the processor would fetch none by itself
		w.fetchLines(at(ahead, 0), reachedBytes)
		w.addScalar(ahead, stride)
	}
	w.set(count, counts)
	w.set(threshold, thresholds)
	w.reparam(left, "edges")
	w.Label("edges")
	w.count(at(count, 0), at(threshold, 0), values)
	w.addConst(count, reachedBytes)
	w.addConst(threshold, reachedBytes)
	w.Repeat(left, 1, "edges")
	w.Release(values...)
	w.Repeat(blocks, 1, "blocks")
	for _, s := range []isa.Scalar{counts, thresholds, x} {
		w.addConst(s, w.Info().Vector)
	}
	w.Repeat(vectors, 1, "vectors")
	w.Return()
}

// counting begins a function in which masks are counted.
func counting(m isa.Machine, k Walk, t kernels.Type) *walker {
	a := begin(m, isa.Symbol(k.Name, t, m.Info().Name), k.Signature("*"+t.Go()))
	reserved := map[bool]int{true: 1}[m.Info().MinusOnes]
	w := &walker{asm: a, t: t, Block: schedule.NewBlock(m, t, reserved)}
	if reserved > 0 {
		w.Constant(m.Info().Regs-1, isa.Constant(^uint64(0)>>(64-8*t.Bytes())), t)
	}
	return w
}

// ranks emits the kernel that writes, for each value, how many thresholds it reaches. A stripe of values stays in registers while all thresholds
// are compared with it.
func ranks(m isa.Machine, t kernels.Type) {
	w := counting(m, RanksWalk, t)
	dst, thresholds, x, stripes := w.param("dst"), w.param("thresholds"), w.param("x"), w.param("stripes")
	threshold, left := w.scalar(), w.scalar()
	step := stepOf(kernels.Reached, t, 2)
	w.Label("stripes")
	values := w.stripe(x, 0, stripeBytes/w.Info().Vector)
	counts := w.zeros(len(values))
	w.set(threshold, thresholds)
	w.reparam(left, "edges")
	w.Label("edges")
	limit := w.number(at(threshold, 0))
	for i, n := range counts {
		w.Apply(step, n, isa.Register(limit), isa.Register(values[i]))
	}
	w.Release(limit)
	w.addConst(threshold, t.Bytes())
	w.Repeat(left, 1, "edges")
	for i, n := range counts {
		w.writeAt(n, at(dst, i*w.Info().Vector), t)
	}
	w.addConst(x, stripeBytes)
	w.addConst(dst, stripeBytes)
	w.Repeat(stripes, 1, "stripes")
	w.Return()
}

// count extends the counts of one threshold.
func (w *walker) count(counts, threshold isa.Place, values []int) {
	n, limit := w.Reg(), w.Reg()
	w.readAt(limit, threshold, w.t)
	w.readAt(n, counts, w.t)
	with := []isa.Loc{isa.Register(limit)}
	for _, r := range values {
		with = append(with, isa.Register(r))
	}
	w.Apply(stepOf(kernels.Reached, w.t, len(with)), n, with...)
	w.writeAt(n, counts, w.t)
	w.Release(n, limit)
}

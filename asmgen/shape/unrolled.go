package shape

import (
	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// unrolledRows emits the kernel for rows of so many columns: panels stay in registers, some of them side by side.
type unrolledRows struct {
	*walker
	p    *program.Program
	dim  int
	side int

	dst, x, model, panel, panels, rows isa.Scalar
}

func unrolled(m isa.Machine, dim int, t kernels.Type) {
	w := walk(m, UnrolledWalk(dim), t)
	u := unrolledRows{walker: w, dim: dim, side: SideBySide(m.Info(), dim)}
	u.p = program.Prepare(kernels.SqMahalanobis(t, dim), false)
	u.dst, u.x, u.model, u.panels = w.param("dst"), w.param("x"), w.param("model"), w.param("panels")
	u.rows = w.scalar()
	stride := w.param("stride")
	w.startRows(stride)
	w.StartGuards(u.p)
	if u.overlaps() {
		u.overlapped()
	} else {
		w.Label("panels")
		u.solve(u.gatherRegisters)
		w.set(u.x, u.rows)
		w.Repeat(u.panels, u.side, "panels")
	}
	w.refuse()
}

// overlaps tells whether the next rows are transposed in memory while those at hand are solved: a few columns are solved too
// fast for that to pay.
func (u *unrolledRows) overlaps() bool { return u.dim > quad && !u.Info().Lanes }

// SideBySide is how many panels an unrolled kernel works on in turns. With lanes all that it needs besides their columns is a few
// registers.
func SideBySide(inf *isa.Info, dim int) int {
	room := inf.Regs / 2
	if inf.Lanes {
		room = inf.Regs - 6
	}
	return min(4, max(1, room/dim))
}

// overlapped is the loop in which the next rows are transposed meanwhile; the last ones once more.
func (u *unrolledRows) overlapped() {
	u.panel = u.param("panel")
	weave(u.gatherMemory(), nil)
	u.Label("panels")
	u.when(u.panels, isa.Less, u.side+1, "last")
	u.set(u.x, u.rows)
	u.Label("last")
	u.solve(func(ins []*schedule.Instance) (first, rest []schedule.Item) {
		var all [][]schedule.Item
		for v, in := range ins {
			in.Load = func(dst, column int) { u.readAt(dst, u.column(v, column), u.t) }
			all = append(all, in.All())
		}
		items := schedule.Interleave(all...)
		loaded := schedule.Loaded(items)
		return items[:loaded], schedule.Interleave(items[loaded:], schedule.Steps(append(u.gatherMemory(), u.fetchRows()...)))
	})
	u.Repeat(u.panels, u.side, "panels")
}

// fetchRows lists the steps that fetch as much as the next rows, a good deal after them.
func (u *unrolledRows) fetchRows() []func() {
	return u.fetching(at(u.x, fetchAhead), u.side*u.dim*u.Info().Vector)
}

// column is where a column of panel v waits.
func (u *unrolledRows) column(v, column int) isa.Place {
	return isa.Place{Base: u.panel, Offset: (v*u.dim + column) * u.Info().Vector}
}

// solve computes the distances of the panels at hand, with the items that arrange gives.
func (u *unrolledRows) solve(arrange func(ins []*schedule.Instance) (first, rest []schedule.Item)) {
	var ins []*schedule.Instance
	for range u.side {
		in := schedule.New(u.p, isa.Loc{}, nil)
		in.Element = u.modelNumbers(u.model, u.dim+u.dim*(u.dim+1)/2)
		ins = append(ins, in)
	}
	first, rest := arrange(ins)
	u.Emit(append(first, rest...))
	if u.Slots() > 0 {
		panic("an unrolled kernel has too many columns")
	}
	for i, in := range ins {
		sum := u.Take(in)
		u.writeAt(sum.Reg, isa.Place{Base: u.dst, Offset: i * u.Info().Vector}, u.t)
		u.Release(sum.Reg)
	}
	u.addConst(u.dst, u.side*u.Info().Vector)
}

// gatherRegisters transposes the rows at x into registers.
func (u *unrolledRows) gatherRegisters(ins []*schedule.Instance) (first, rest []schedule.Item) {
	var all [][]schedule.Item
	u.set(u.rows, u.x)
	for _, in := range ins {
		u.data.Aim(u.rows)
		u.loadColumns(in, u.dim)
		u.data.Next(u.rows)
		all = append(all, in.All())
	}
	return nil, schedule.Interleave(all...)
}

// gatherMemory lists the steps of transposing the rows at x into memory. After them, rows is where the next ones are.
func (u *unrolledRows) gatherMemory() []func() {
	steps := []func(){func() { u.set(u.rows, u.x) }}
	for v := range u.side {
		steps = append(steps, func() { u.data.Aim(u.rows) })
		steps = append(steps, u.columns(u.dim, func(column, r int) {
			u.writeAt(r, u.column(v, column), u.t)
			u.Release(r)
		})...)
		steps = append(steps, func() { u.data.Next(u.rows) })
	}
	return steps
}

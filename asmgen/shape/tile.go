package shape

import (
	"slices"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/kernels"
)

// tile is the state of emitting a Tile: accumulators for a number of rows of the factor and a number of panels.
type tile struct {
	*walker
	kernels.Tile
	rows, panels int
	vector, size int
	step         *program.Program
	acc          [][]int  // by row and panel
	lanes        bool     // numbers are lanes
	held         *isa.Loc // the vector of which one was last

	z, y, factor, quad, span, row, left isa.Scalar
	stride, mean                        isa.Scalar
}

func newTile(m isa.Machine, k Walk, shape isa.TileShape, operation kernels.Substep, t kernels.Type) *tile {
	return &tile{walker: walk(m, k, t), rows: shape.Rows, panels: shape.Panels, vector: m.Info().Vector, size: t.Bytes(),
		step: stepOf(operation, t, 2)}
}

// scalars sets the registers that every kernel has.
func (k *tile) scalars() {
	k.z, k.y, k.factor, k.row, k.left = k.scalar(), k.scalar(), k.scalar(), k.scalar(), k.scalar()
	if k.panels > 1 {
		k.span = k.param("span")
		k.bytes(k.span)
	}
	if k.rows > quad {
		k.quad = k.scalar()
	}
}

// start gives the accumulators registers.
func (k *tile) start() {
	k.acc = nil
	for range k.rows {
		k.acc = append(k.acc, k.Regs(k.panels))
	}
}

// end makes them free.
func (k *tile) end() { k.Release(slices.Concat(k.acc...)...) }

// zeros sets the accumulators.
func (k *tile) zeros() {
	for _, r := range slices.Concat(k.acc...) {
		k.Zero(r)
	}
}

// tiled emits the kernel of a Tile for the rows from..to of the factor. The panels that a tile takes together are span elements
// apart; their sums are added to sums. A kernel that solves transposes the rows at x meanwhile, which it then goes on to.
func tiled(m isa.Machine, text kernels.Tile, t kernels.Type) {
	k := newTile(m, TileWalk(text), m.Info().Tile, text.Step, t)
	k.Tile, k.lanes = text, m.Info().Lanes
	w := k.walker
	k.scalars()
	if k.Transposes() {
		k.stride = w.param("stride")
		w.startRows(k.stride)
	} else if !k.Solve {
		k.mean = w.scalar()
	}
	w.Label("group")
	w.reparam(k.row, "from")
	w.reparam(k.left, "flush")
	w.setParam("turn", k.left)
	w.reparam(k.y, "panel")
	w.set(k.left, k.row)
	w.ShiftLeft(k.left, log2(k.vector))
	w.addScalar(k.y, k.left)
	w.reparam(k.factor, "factor")
	w.Label("rows")
	w.repeatBelow(k.row, "turn", "within")
	k.endBlock()
	w.paramConst("turn", kernels.Block)
	w.Label("within")
	if k.Transposes() {
		k.prefetchRows()
		if !k.weaves() {
			weave(k.transposing(), nil)
		}
	}
	k.begin()
	w.reparam(k.z, "panel")
	w.set(k.left, k.row)
	w.skipUnless(k.left, "diagonal")
	w.Label("columns")
	for c := range quad {
		k.column(c)
	}
	w.addConst(k.factor, quad*quad*k.size)
	w.addConst(k.z, quad*k.vector)
	if !k.Solve {
		w.addConst(k.mean, quad*k.size)
	}
	w.Repeat(k.left, quad, "columns")
	w.Label("diagonal")
	if k.Solve {
		k.solve()
	} else {
		k.multiply()
	}
	w.addConst(k.y, k.rows*k.vector)
	if k.rows > quad {
		w.addScalar(k.factor, k.quad)
	}
	w.addConst(k.factor, k.rows*quad*k.size)
	w.addConst(k.row, k.rows)
	w.repeatBelow(k.row, "to", "rows")
	w.repeatParam("more", "more")
	k.lastBlock()
	w.Label("more")
	k.nextGroup()
	w.repeatParam("groups", "group")
	w.Return()
}

// weaves tells whether there are registers to spare, for transposing rows while unknowns are found.
func (k *tile) weaves() bool { return k.Info().Regs >= 2*k.rows*k.panels }

// transposing lists the steps that transpose, of the rows ahead, as many columns as a tile has rows.
func (k *tile) transposing() []func() {
	var steps []func()
	for v := range k.panels {
		x := func(s isa.Scalar) {
			k.addParam(s, "x")
			for range v {
				k.data.Next(s)
			}
		}
		panel := func(s isa.Scalar) {
			k.addParam(s, "ahead")
			for range v {
				k.addScalar(s, k.span)
			}
		}
		steps = append(steps, k.transposeColumns(k.row, k.rows, x, panel, k.left, k.z)...)
	}
	return steps
}

// prefetchRows fetches as much as is transposed at a time, fetch elements after the rows, in the order of addresses: the hardware
// goes along, where it would not if the rows took turns.
func (k *tile) prefetchRows() {
	k.set(k.z, k.row)
	for range k.panels - 1 {
		k.addScalar(k.z, k.row)
	}
	k.ShiftLeft(k.z, log2(k.vector))
	k.reparam(k.left, "fetch")
	k.bytes(k.left)
	k.addScalar(k.z, k.left)
	k.addParam(k.z, "x")
	k.fetchLines(at(k.z, 0), k.rows*k.panels*k.vector)
}

// begin sets the accumulators: to the panel's rows less the mean, or to 0.
func (k *tile) begin() {
	if k.rows > quad { // the next quad has the columns of this one besides
		k.set(k.quad, k.row)
		k.addConst(k.quad, quad)
		k.ShiftLeft(k.quad, log2(quad*k.size))
	}
	k.start()
	if !k.Solve {
		k.zeros()
		k.reparam(k.mean, "mean")
		return
	}
	center, rows := stepOf(kernels.Center, k.t, 1), k.y
	if k.Given {
		rows = k.left
		k.set(rows, k.row)
		k.ShiftLeft(rows, log2(k.vector))
		k.addParam(rows, "x")
	}
	k.reparam(k.z, "mean")
	for i, regs := range k.acc {
		mean, drop := k.operand(isa.Place{Base: k.z, Index: k.row, N: k.size, Offset: i * k.size})
		for v, r := range regs {
			k.readAt(r, k.inPanel(rows, i, v), k.t)
			k.Apply(center, r, mean)
		}
		drop()
	}
	k.forget()
}

// nextGroup goes on to the next panels.
func (k *tile) nextGroup() {
	if k.Transposes() {
		k.set(k.left, k.stride)
		k.ShiftLeft(k.left, log2(k.vector/k.size))
		for range k.panels {
			k.paramAdd("x", k.left)
		}
		k.reparam(k.z, "panel")
		k.reparam(k.y, "ahead")
		k.setParam("panel", k.y)
		k.setParam("ahead", k.z)
	} else {
		k.reparam(k.left, "span")
		k.bytes(k.left)
		for range k.panels {
			k.paramAdd(map[bool]string{true: "x", false: "panel"}[k.Given], k.left)
		}
	}
	k.paramConst("sums", k.panels*k.vector)
	k.paramConst("excesses", k.panels*k.vector)
	k.paramConst("groups", -1)
}

// solve finds the unknowns of the rows, writes them to the panel, and adds their squares; and it transposes as many columns of the
// rows ahead.
func (k *tile) solve() {
	scale := stepOf(kernels.Scale, k.t, 1)
	var group []int
	var steps []func()
	step := func(f func()) { steps = append(steps, f) }
	for c := range k.rows {
		step(func() {
			inverse, drop := k.operand(k.number(c, c))
			for v, r := range k.acc[c] {
				k.Apply(scale, r, inverse)
				k.writeAt(r, k.inPanel(k.y, c, v), k.t)
			}
			drop()
		})
		for i := c + 1; i < k.rows; i++ {
			step(func() { k.extend(i, c, 0, k.acc[c]) })
		}
		step(func() {
			k.forget()
			group = k.square(group, c)
		})
	}
	var others []func()
	if k.Transposes() && k.weaves() {
		others = k.transposing()
	}
	weave(steps, others)
}

// multiply ends with the columns of the diagonal block, which holds zeros above the diagonal, writes the products out and adds
// their squares.
func (k *tile) multiply() {
	for c := range k.rows {
		k.column(c)
	}
	out := k.left
	k.reparam(out, "out")
	k.bytes(out)
	k.addScalar(out, k.y)
	var group []int
	for c := range k.rows {
		for v, r := range k.acc[c] {
			k.writeAt(r, k.inPanel(out, c, v), k.t)
		}
	}
	for c := range k.rows {
		group = k.square(group, c)
	}
}

// between emits the kernel of the squared distances between the rows of a panel and centres, which are packed in quads of rows as
// factors are but have all of their columns. The distances from a centre are pitch elements after those from another one. They are
// sums of the sums of blocks of columns.
func between(m isa.Machine, walk Walk, shape isa.TileShape, t kernels.Type) {
	k := newTile(m, walk, shape, kernels.SquareDifference, t)
	w := k.walker
	k.scalars()
	pitch, block, out := w.param("pitch"), w.scalar(), w.scalar()
	k.bytes(pitch)
	w.reparam(k.factor, "centers")
	w.reparam(k.y, "dst")
	w.reparam(k.row, "rows")
	if k.rows > quad {
		w.reparam(k.quad, "dim")
		w.ShiftLeft(k.quad, log2(quad*k.size))
	}
	w.Label("rows")
	k.start()
	k.zeros()
	eachSum := func(f func(acc int, sum isa.Place)) {
		w.set(out, k.y)
		for _, regs := range k.acc {
			for v, r := range regs {
				f(r, isa.Place{Base: out, Offset: v * k.vector})
			}
			w.addScalar(out, pitch)
		}
	}
	eachSum(func(acc int, sum isa.Place) { w.writeAt(acc, sum, t) })
	w.reparam(k.z, "panel")
	w.reparam(k.left, "dim")
	w.Label("blocks")
	k.zeros()
	w.set(block, k.left)
	w.atMost(block, "block")
	w.subScalar(k.left, block)
	w.Label("columns")
	side := k.panels
	if !k.weaves() {
		side = 1 // one after the other: the step takes a register of its own
	}
	for c := range quad {
		for v := 0; v < k.panels; v += side {
			z := k.vectors(c, v, side)
			for i := range k.rows {
				k.extend(i, c, v, z)
			}
			k.Release(z...)
		}
	}
	w.addConst(k.factor, quad*quad*k.size)
	w.addConst(k.z, quad*k.vector)
	w.Repeat(block, quad, "columns")
	eachSum(func(acc int, sum isa.Place) {
		before := k.Reg()
		w.readAt(before, sum, t)
		k.Apply(stepOf(kernels.Accumulate, t, 1), acc, isa.Register(before))
		w.writeAt(acc, sum, t)
		k.Release(before)
	})
	w.Repeat(k.left, 0, "blocks")
	if k.rows > quad {
		w.addScalar(k.factor, k.quad)
	}
	w.set(k.y, out)
	k.end()
	w.Repeat(k.row, k.rows, "rows")
	w.Return()
}

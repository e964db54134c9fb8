package shape

import (
	"fmt"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// oneRow is the state of emitting the kernel of one row of data, with rows of the factor in the lanes: four unknowns are found, each in all
// lanes, and then taken out of the equations below. Columns of the factor are packed four by four, first the four rows of their diagonal
// block, then all rows below by lines, which begin at a multiple of one.
type oneRow struct {
	*walker
	size              int
	z, y, columns     isa.Scalar
	left, below, rest isa.Scalar
}

// LineRows is how many rows of a factor are together in a packed column: as many as fill a line of the cache, and every vector.
func LineRows(t kernels.Type) int { return cacheLine / t.Bytes() }

func row(m isa.Machine, t kernels.Type) {
	w := walk(m, RowWalk, t)
	k := oneRow{walker: w, size: t.Bytes(), z: w.param("z"), y: w.param("y"), columns: w.param("columns"),
		left: w.param("dim"), below: w.scalar(), rest: w.scalar()}
	w.Label("lines")
	for from := 0; from < LineRows(t); from += quad {
		k.quad(from)
	}
	w.addConst(k.z, cacheLine)
	w.addConst(k.y, cacheLine)
	w.Repeat(k.left, LineRows(t), "lines")
	w.Return()
}

// quad finds the unknowns from one of the line at hand on, and takes them out of the others: of the same line, if these come after them, and
// of all below.
func (k *oneRow) quad(from int) {
	z := k.unknowns(from)
	label := fmt.Sprint("below", from)
	k.addConst(k.columns, quad*quad*k.size)
	k.set(k.below, k.y)
	k.set(k.rest, k.left)
	if from+quad == LineRows(k.t) {
		k.addConst(k.below, cacheLine)
		k.addConst(k.rest, -LineRows(k.t))
		k.skipUnless(k.rest, label+"done")
	}
	k.Label(label)
	for v := 0; v < cacheLine; v += k.Info().Vector {
		y, l := k.Reg(), k.Reg()
		k.readAt(y, at(k.below, v), k.t)
		for c, r := range z {
			k.readAt(l, at(k.columns, c*cacheLine+v), k.t)
			k.Apply(stepOf(kernels.Eliminate, k.t, 2), y, isa.Register(l), isa.Register(r))
		}
		k.writeAt(y, at(k.below, v), k.t)
		k.Release(y, l)
	}
	k.addConst(k.below, cacheLine)
	k.addConst(k.columns, quad*cacheLine)
	k.Repeat(k.rest, LineRows(k.t), label)
	k.Label(label + "done")
	k.Release(z...)
}

// unknowns finds four, and writes them out: each over what the one before has left beside itself.
func (k *oneRow) unknowns(from int) []int {
	z := k.Regs(quad)
	number := k.Reg()
	for c, r := range z {
		k.Constant(r, at(k.y, (from+c)*k.size).Loc(), k.t)
	}
	for c, r := range z {
		k.Constant(number, at(k.columns, (c*quad+c)*k.size).Loc(), k.t)
		k.Apply(stepOf(kernels.Scale, k.t, 1), r, isa.Register(number))
		k.writeAt(r, at(k.z, (from+c)*k.size), k.t)
		for i := c + 1; i < quad; i++ {
			k.Constant(number, at(k.columns, (c*quad+i)*k.size).Loc(), k.t)
			k.Apply(stepOf(kernels.Eliminate, k.t, 2), z[i], isa.Register(number), isa.Register(r))
		}
	}
	k.Release(number)
	return z
}

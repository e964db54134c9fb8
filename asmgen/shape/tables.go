package shape

import (
	"fmt"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// Tables are rows of float64, stride elements apart, of which whole stripes are read and written: what is past the end of a row belongs to
// the next one.
var (
	// MarginsWalk adds rows to columns, and sets sums to what they add up to, where ones are 1 and not 0.
	MarginsWalk = Walk{"addMargins", []string{"columns", "sums", "x", "ones"}, []string{"rows", "stride", "stripes"}, false}

	// OuterWalk writes the products of a column and a row.
	OuterWalk = Walk{"outer", []string{"dst", "column", "row"}, []string{"rows", "stride", "stripes"}, false}
)

// TableWalks lists the kernels of tables, which are of float64 only.
func TableWalks() []Walk { return []Walk{MarginsWalk, OuterWalk} }

// EmitTables emits them.
func EmitTables(m isa.Machine) {
	margins(m)
	outer(m)
}

// rowsAbreast is how many rows are added at a time: a column waits for the row before to be stored.
func rowsAbreast(inf *isa.Info) int { return min(4, inf.Regs*inf.Vector/(2*stripeBytes)) }

func margins(m isa.Machine) {
	w := table{walker: walk(m, MarginsWalk, kernels.F64)}
	w.x, w.sums, w.left, w.stride = w.param("x"), w.param("sums"), w.param("rows"), w.param("stride")
	w.column, w.one, w.stripes = w.scalar(), w.scalar(), w.scalar()
	w.bytes(w.stride)
	abreast := rowsAbreast(m.Info())
	for range abreast - 1 {
		w.others = append(w.others, w.scalar())
	}
	w.Label("many")
	w.when(w.left, isa.Less, abreast, "rest")
	w.add(abreast)
	w.subConst(w.left, abreast)
	w.Jump("many")
	w.Label("rest")
	w.skipUnless(w.left, "end")
	w.Label("rows")
	w.add(1)
	w.Repeat(w.left, 1, "rows")
	w.Label("end")
	w.Return()
}

// table is the state of emitting the kernel of margins.
type table struct {
	*walker
	x, sums, left, stride, column, one, stripes isa.Scalar
	others                                      []isa.Scalar // rows after x
}

// add takes n rows.
func (w *table) add(n int) {
	rows := append([]isa.Scalar{w.x}, w.others[:n-1]...)
	for i, r := range rows[1:] {
		w.set(r, rows[i])
		w.addScalar(r, w.stride)
	}
	w.reparam(w.column, "columns")
	w.reparam(w.one, "ones")
	w.reparam(w.stripes, "stripes")
	vectors := stripeBytes / w.Info().Vector
	var acc [][]int
	for range rows {
		acc = append(acc, w.zeros(vectors))
	}
	label := fmt.Sprint("stripes", n)
	w.Label(label)
	for v := range vectors {
		place := at(w.column, v*w.Info().Vector)
		column, one, x := w.Reg(), w.Reg(), w.Reg()
		w.readAt(column, place, w.t)
		w.readAt(one, at(w.one, v*w.Info().Vector), w.t)
		for i, r := range rows {
			w.readAt(x, at(r, v*w.Info().Vector), w.t)
			w.Apply(stepOf(kernels.Accumulate, w.t, 1), column, isa.Register(x))
			w.Apply(stepOf(kernels.Multiply, w.t, 2), acc[i][v], isa.Register(one), isa.Register(x))
		}
		w.writeAt(column, place, w.t)
		w.Release(column, one, x)
	}
	for _, s := range append(rows, w.column, w.one) {
		w.addConst(s, stripeBytes)
	}
	w.Repeat(w.stripes, 1, label)
	tmp := w.Reg()
	for i, regs := range acc {
		w.foldVectors(kernels.Add, regs)
		w.FoldLanes(kernels.Add, regs[0], tmp)
		w.StoreFirst(regs[0], at(w.sums, 8*i))
		w.Release(regs...)
	}
	w.Release(tmp)
	w.addConst(w.sums, 8*n)
	w.reparam(w.stripes, "stripes")
	w.ShiftLeft(w.stripes, log2(stripeBytes))
	w.set(w.x, rows[n-1])
	w.subScalar(w.x, w.stripes)
	w.addScalar(w.x, w.stride)
}

func outer(m isa.Machine) {
	w := walk(m, OuterWalk, kernels.F64)
	dst, column, left, stride := w.param("dst"), w.param("column"), w.param("rows"), w.param("stride")
	to, row, stripes := w.scalar(), w.scalar(), w.scalar()
	w.bytes(stride)
	times := stepOf(kernels.Times, w.t, 2)
	w.Label("rows")
	w.set(to, dst)
	w.reparam(row, "row")
	w.reparam(stripes, "stripes")
	number := w.number(at(column, 0))
	w.Label("stripes")
	for v := 0; v < stripeBytes; v += m.Info().Vector {
		x := w.Reg()
		w.readAt(x, at(row, v), w.t)
		in := schedule.New(times, isa.Loc{}, nil)
		in.Hold(0, isa.Register(x))
		in.Hold(1, isa.Register(number))
		w.Emit(in.All())
		product := w.Take(in).Reg
		w.writeAt(product, at(to, v), w.t)
		w.Release(x, product)
	}
	w.addConst(to, stripeBytes)
	w.addConst(row, stripeBytes)
	w.Repeat(stripes, 1, "stripes")
	w.Release(number)
	w.addScalar(dst, stride)
	w.addConst(column, w.t.Bytes())
	w.Repeat(left, 1, "rows")
	w.Return()
}

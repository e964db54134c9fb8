package shape

import (
	"fmt"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// stripeBytes is the size of a stripe of rows of a column: as many as there are accumulators.
const stripeBytes = Lanes * 8

// StripeRows is how many rows of a matrix that is factorised are together: column after column, a stripe of each.
func StripeRows(t kernels.Type) int { return stripeBytes / t.Bytes() }

// panel is the state of emitting the kernel of four columns of a Cholesky factorisation, of a stripe's rows.
type panel struct {
	*walker
	x, numbers, left isa.Scalar
	side             int     // vectors of each column that are at hand
	acc              [][]int // of each column
}

// cholesky emits it: it takes from each of four columns of y what the columns x before them have of it, four at a time, and then, if it is
// to divide, these four from each other. The numbers are the rows of L that belong to the four columns, as x has them.
func cholesky(m isa.Machine, t kernels.Type) {
	w := walk(m, CholeskyWalk, t)
	k := panel{walker: w, x: w.scalar(), numbers: w.scalar(), left: w.scalar(), side: max(1, m.Info().Regs/16)}
	y := w.param("y")
	for v := 0; v < stripeBytes; v += k.side * k.Info().Vector {
		k.reparam(k.x, "x")
		k.reparam(k.numbers, "numbers")
		k.reparam(k.left, "columns")
		k.acc = k.columns(y, v)
		k.skipUnless(k.left, fmt.Sprint("last", v))
		k.Label(fmt.Sprint("columns", v))
		k.eliminate(v)
		k.addConst(k.x, quad*stripeBytes)
		k.addConst(k.numbers, quad*stripeBytes)
		k.Repeat(k.left, quad, fmt.Sprint("columns", v))
		k.Label(fmt.Sprint("last", v))
		k.reparam(k.left, "divide")
		k.skipUnless(k.left, fmt.Sprint("done", v))
		k.divide()
		k.Label(fmt.Sprint("done", v))
		for c, regs := range k.acc {
			for i, r := range regs {
				k.writeAt(r, k.place(y, c, v, i), t)
			}
			k.Release(regs...)
		}
	}
	w.Return()
}

// place is where vector i of those at hand, which begin at an offset, is of a column.
func (k *panel) place(base isa.Scalar, column, offset, i int) isa.Place {
	return at(base, column*stripeBytes+offset+i*k.Info().Vector)
}

// columns loads the vectors at hand of four columns.
func (k *panel) columns(base isa.Scalar, offset int) (regs [][]int) {
	for c := range quad {
		regs = append(regs, k.Regs(k.side))
		for i, r := range regs[c] {
			k.readAt(r, k.place(base, c, offset, i), k.t)
		}
	}
	return regs
}

// number loads the element of L in a row of the four, and a column from those at hand on.
func (k *panel) number(row, column int) int {
	r := k.Reg()
	k.Constant(r, at(k.numbers, column*stripeBytes+row*k.t.Bytes()).Loc(), k.t)
	return r
}

// eliminate takes four columns from those that the accumulators have.
func (k *panel) eliminate(offset int) {
	x := k.columns(k.x, offset)
	step := stepOf(kernels.EliminateFour, k.t, 2*quad)
	for c, regs := range k.acc {
		var numbers []int
		for column := range quad {
			numbers = append(numbers, k.number(c, column))
		}
		for i, r := range regs {
			with := make([]isa.Loc, 2*quad)
			for column := range quad {
				with[column], with[quad+column] = isa.Register(numbers[column]), isa.Register(x[column][i])
			}
			k.Apply(step, r, with...)
		}
		k.Release(numbers...)
	}
	for _, regs := range x {
		k.Release(regs...)
	}
}

// divide solves for the four columns, one after the other.
func (k *panel) divide() {
	for c, known := range k.acc {
		pivot := k.number(c, c)
		for _, r := range known {
			k.Apply(stepOf(kernels.Divide, k.t, 1), r, isa.Register(pivot))
		}
		k.Release(pivot)
		for row := c + 1; row < quad; row++ {
			number := k.number(row, c)
			for i, r := range k.acc[row] {
				k.Apply(stepOf(kernels.EliminateOne, k.t, 2), r, isa.Register(number), isa.Register(known[i]))
			}
			k.Release(number)
		}
	}
}

package loss

import (
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/pass"
)

// areSide tells whether rows of n elements are computed side by side, with the same bits as one after the other.
func areSide(rows, n int) bool {
	return rows >= 4 && 2 <= n && n < pass.Lanes && relent.ISA() != "generic"
}

// A side is a block of rows, with panels of two inputs, of the gradient, and of what is kept for that. Kernels read no panel that they write.
type side[F relent.Float] struct {
	pass.Block
	a, b, grad, kept []F

	given [4][pass.BlockRows]float64 // numbers of rows for functions of many
	own   [pass.BlockRows]F          // gradients of the rows' classes

	row []F // what is kept of a row alone
}

var freeSides [2]freelist.List[any] // of float32, and of float64

func sidesOf[F relent.Float]() *freelist.List[any] {
	if _, ok := any(F(0)).(float64); ok {
		return &freeSides[1]
	}
	return &freeSides[0]
}

func takeSide[F relent.Float]() *side[F] {
	if x, ok := sidesOf[F]().Take(); ok {
		return x.(*side[F])
	}
	const elements = pass.BlockRows * pass.Lanes
	room := make([]F, 4*elements)
	panels := func(i int) []F { return room[i*elements:][:elements] }
	return &side[F]{a: panels(0), b: panels(1), grad: panels(2), kept: panels(3)}
}

// room is two rows of n elements, of the room that there is.
func (s *side[F]) room(n int) (x, y []F) {
	if len(s.row) < 2*n {
		s.row = make([]F, 2*n)
	}
	return s.row[:n], s.row[n : 2*n]
}

// blocks computes rows, a block at a time, and those alone that a block leaves out.
func (j job[F, R]) blocks(from, to int) {
	s := takeSide[F]()
	for ; from < to; from += s.Rows {
		s.Rows, s.Cols, s.Some = min(pass.BlockRows, to-from), j.cols, false
		j.each.block(s, from, j.dst[from:][:s.Rows], j.gradients)
		for i := range s.Rows {
			if s.Some && s.Alone[i] {
				j.alone(from + i)
			}
		}
		if j.gradients {
			s.Stride = j.grad.Stride
			relent.Pass(pass.Unpack, &s.Block, j.grad.Data[from*j.grad.Stride:], s.grad)
			j.each.after(s, j.grad, from)
		}
		if s.Some {
			clear(s.Alone[:])
		}
	}
	sidesOf[F]().Put(s)
}

// pack transposes rows of x.
func (s *side[F]) pack(panels []F, x relent.Matrix[F], from int) {
	s.Stride = x.Stride
	relent.Pass(pass.Pack, &s.Block, panels, x.Data[from*x.Stride:])
}

// sum is that of a row's exponentials.
func (s *side[F]) sum(i int) sumOf { return sumOf{s.Numbers[0][i], s.Sums[1][i], s.Sums[0][i]} }

// leave lets a row be computed alone.
func (s *side[F]) leave(i int) { s.Some, s.Alone[i] = true, true }

// values sets dst to the first sums of rows, and leaves those that are NaN.
func (s *side[F]) values(dst []float64) {
	copy(dst, s.Sums[0][:])
	s.leaveNaN(dst)
}

// leaveNaN leaves rows whose values are.
func (s *side[F]) leaveNaN(values []float64) {
	for i, x := range values {
		if x != x {
			s.leave(i)
		}
	}
}

// rowsOnly is what has no blocks.
type rowsOnly[F relent.Float] struct{}

func (rowsOnly[F]) block(*side[F], int, []float64, bool)  {}
func (rowsOnly[F]) after(*side[F], relent.Matrix[F], int) {}
func (rowsOnly[F]) takesBlocks(bool) bool                 { return false }

// nothingAfter is what has nothing to do after the gradients of a block.
type nothingAfter[F relent.Float] struct{}

func (nothingAfter[F]) after(*side[F], relent.Matrix[F], int) {}

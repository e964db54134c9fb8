package relent

import (
	"math"
	"unsafe"

	"github.com/relent-go/relent/internal/parallel"
)

// DenseBlocks calls do with all rows as dense ones, block after block from the first row on, or with workers some blocks at a time: halves,
// sparse rows and shares for what takes a Matrix. A null row is one of NaN; rows of several lengths are a [*LayoutError]. An error of do
// ends the calls.
func DenseBlocks[F Float, P Rows[F]](run Run, rows P, do func(from int, block Matrix[F]) error) error {
	const name = "DenseBlocks"
	o, err := denseOperand(run, name, "rows", rows)
	if err != nil {
		return err
	}
	by, most := run.parallel(), rowsWithin(callElements, o.cols)
	if o.cols == 0 {
		most = o.rows // there may be any number of them
	}
	return parallel.Do(by, blockJob[F]{by.Parts(o.rows, 1, most), o, run.Scratch, do})
}

// denseOperand is rows that can be had as a dense block: they are of one length, and there is room for one.
func denseOperand[F Float, P Rows[F]](run Run, function, name string, rows P) (operand[F], error) {
	o := rows.operand(function, name)
	if o.kind == raggedRows {
		first := o.uneven(-1)
		if other := o.uneven(first.length); other.row >= 0 {
			return o, lengthsError(function, other.row, "%d values, %d of row %d", other.length, first.length, first.row)
		}
		o.cols = first.length
	}
	if !o.lays() {
		run.Scratch.requireRoom(function, o.words())
	}
	return o, nil
}

// blockJob is the job of DenseBlocks; tiles are blocks.
type blockJob[F Float] struct {
	parallel.Parts
	rows    operand[F]
	scratch *Scratch
	do      func(from int, block Matrix[F]) error
}

// Tile is a block.
func (j blockJob[F]) Tile(by *parallel.Worker, t int) error {
	from, to := j.Part(t)
	block, b := j.rows.block(j.scratch, from, to)
	err := j.do(from, block)
	j.rows.endBlock(j.scratch, b, to-from)
	by.Done(to - from)
	return err
}

// block is rows as dense ones, in a buffer unless they lie somewhere as such; endBlock takes it back.
func (o *operand[F]) block(s *Scratch, from, to int) (Matrix[F], *buffers) {
	switch {
	case o.cols == 0:
		return Matrix[F]{Rows: to - from}, nil
	case o.kind == denseRows:
		data, stride, rows := o.from(from, to)
		return Matrix[F]{Rows: rows, Cols: o.cols, Data: data, Stride: stride}, nil
	}
	return o.expanded(s, from, to)
}

func (o *operand[F]) endBlock(s *Scratch, b *buffers, rows int) {
	if b != nil {
		clear(b.outer[:rows*o.words()])
		s.put(b)
	}
}

// words is how many elements of a buffer a row takes.
func (o *operand[F]) words() int { return ceilDiv(o.cols, 8/int(unsafe.Sizeof(F(0)))) }

func (o *operand[F]) expanded(s *Scratch, from, to int) (Matrix[F], *buffers) {
	words := o.words()
	b := s.take((to-from)*words, 0)
	block := Matrix[F]{Rows: to - from, Cols: o.cols, Stride: words * 8 / int(unsafe.Sizeof(F(0)))}
	block.Data = elements[F](b.outer, block.Rows*block.Stride)
	for i := from; i < to; i++ {
		dst := b.outer[(i-from)*words:][:words]
		switch x := elements[F](dst, o.cols); {
		case o.null(i):
			for j := range x {
				x[j] = F(math.NaN())
			}
		case o.lays():
			copy(x, o.row(b, nil, i))
		default:
			o.row(b, dst, i)
		}
	}
	return block, b
}

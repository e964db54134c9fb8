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
	o := rows.operand(name, "rows")
	if o.kind == raggedRows {
		first := o.uneven(-1)
		if other := o.uneven(first.length); other.row >= 0 {
			return lengthsError(name, other.row, "%d values, %d of row %d", other.length, first.length, first.row)
		}
		o.cols = first.length
	}
	by, most := run.parallel(), rowsWithin(callElements, o.cols)
	if o.cols == 0 {
		most = o.rows // there may be any number of them
	}
	job := blockJob[F]{by.Parts(o.rows, 1, most), o, run.Scratch, do}
	if !o.lays() {
		run.Scratch.requireRoom(name, job.words())
	}
	return parallel.Do(by, job)
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
	var err error
	switch o := &j.rows; {
	case o.cols == 0:
		err = j.do(from, Matrix[F]{Rows: to - from})
	case o.kind == denseRows:
		data, stride, rows := o.from(from, to)
		err = j.do(from, Matrix[F]{Rows: rows, Cols: o.cols, Data: data, Stride: stride})
	default:
		err = j.expanded(from, to)
	}
	by.Done(to - from)
	return err
}

// words is how many elements of a buffer a row takes.
func (j blockJob[F]) words() int { return ceilDiv(j.rows.cols, 8/int(unsafe.Sizeof(F(0)))) }

// expanded is a block of rows that do not lie somewhere as dense ones.
func (j blockJob[F]) expanded(from, to int) error {
	o, words := &j.rows, j.words()
	b := j.scratch.take((to-from)*words, 0)
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
	err := j.do(from, block)
	clear(b.outer[:(to-from)*words])
	j.scratch.put(b)
	return err
}

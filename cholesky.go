package relent

import (
	"math"
	"sync"
)

// factorize replaces a symmetric matrix, given by the columns of its lower triangle, by those of L of LLᵀ: column j, from element j on,
// begins at j·(stride+1); what stands before is neither read nor written. It returns the first pivot that is not positive and finite, or -1,
// and the pivot's value; then the columns before it are L's, and those after it as they were.
//
// Element i of column j is what is left of the matrix's when the columns before it have taken away their products, four columns' at a
// time, neighbours first, and the last j mod 4 one by one, divided by the pivot. No operation is fused.
func factorize[F Float](columns []F, dim, stride int) (pivot int, value F) {
	if dim <= quad {
		return factorizeBlock(columns, dim, stride)
	}
	s := newStripes[F](dim)
	defer s.end()
	s.pack(columns, stride)
	for j := 0; j < dim; j += quad {
		if !s.factorize(j) {
			s.unpack(columns, stride, j)
			return factorizeFrom(columns, dim, stride, j)
		}
	}
	s.unpack(columns, stride, dim)
	return -1, 0
}

// factorizeFrom is factorize with the first columns done, one column after the other.
func factorizeFrom[F Float](columns []F, dim, stride, done int) (pivot int, value F) {
	for j := done; j < dim; j++ {
		y := columns[j*stride:][j:dim]
		eliminate(y, columns[j:], stride, j, 0)
		if !positive(y[0]) {
			return j, y[0]
		}
		divideByPivot(y)
	}
	return -1, 0
}

func positive[F Float](pivot F) bool { return pivot > 0 && finite(float64(pivot)) }

// divideByPivot makes of what is left of a column that of L.
func divideByPivot[F Float](y []F) {
	y[0] = F(math.Sqrt(float64(y[0])))
	for i := range y[1:] {
		y[1+i] /= y[0]
	}
}

// stripes is a lower triangle: a stripe of so many rows after another, each column by column up to its diagonal block, which is square.
type stripes[F Float] struct {
	dim, rows int
	data      []F
	kept      *[]F // what the pool has of it
}

// stripePool has the data of those that are no longer in use.
var stripePool sync.Pool

func newStripes[F Float](dim int) stripes[F] {
	rows := 2 * cacheLine / size[F]()
	s := stripes[F]{dim: dim, rows: rows}
	need := s.begin(ceilDiv(dim, rows))
	kept, ok := stripePool.Get().(*[]F)
	if !ok {
		kept = new([]F)
	}
	*kept = slice(*kept, need)
	s.data, s.kept = *kept, kept
	return s
}

func (s *stripes[F]) end() { stripePool.Put(s.kept) }

// begin is where a stripe begins.
func (s *stripes[F]) begin(stripe int) int { return s.rows * s.rows * stripe * (stripe + 1) / 2 }

// column is where a stripe has a column.
func (s *stripes[F]) column(stripe, column int) []F { return s.data[s.begin(stripe)+column*s.rows:] }

// pack copies columns, and sets what else there is in diagonal blocks and in the last stripe to 0.
func (s *stripes[F]) pack(columns []F, stride int) {
	last := ceilDiv(s.dim, s.rows) - 1
	for stripe := range last {
		clear(s.column(stripe, stripe*s.rows)[:s.rows*s.rows])
	}
	clear(s.data[s.begin(last):s.begin(last+1)])
	s.copy(columns, stride, s.dim, false)
}

// unpack copies the first columns back.
func (s *stripes[F]) unpack(columns []F, stride, count int) {
	s.copy(columns, stride, count, true)
}

// copy copies the parts of the first columns to where they are in stripes, or back.
func (s *stripes[F]) copy(columns []F, stride, count int, back bool) {
	for first := 0; first < s.dim; first += s.rows {
		packed := s.data[s.begin(first/s.rows):]
		for j := range min(count, first+s.rows) {
			from := max(first, j)
			column, part := columns[j*stride:][from:min(s.dim, first+s.rows)], packed[j*s.rows+from-first:]
			if back {
				copy(column, part)
			} else {
				copy(part, column)
			}
		}
	}
}

// factorize finds four columns of L, or the last ones, from the one given on. It returns false if a pivot fails.
func (s *stripes[F]) factorize(j int) bool {
	first, row := j/s.rows, j%s.rows
	y, numbers := s.column(first, j), s.column(first, 0)[row:]
	if j > 0 {
		choleskyColumns(y, s.column(first, 0), numbers, j, 0)
	}
	if pivot, _ := factorizeBlock(y[row:], min(quad, s.dim-j), s.rows); pivot >= 0 {
		return false
	}
	s.divideBelow(y, row)
	for stripe := first + 1; stripe*s.rows < s.dim; stripe++ {
		choleskyColumns(s.column(stripe, j), s.column(stripe, 0), numbers, j, 1)
	}
	return true
}

// divideBelow solves for what stands below the diagonal block of four columns, which is at a row of their stripe, and for the block, which
// it sets again.
func (s *stripes[F]) divideBelow(y []F, row int) {
	if row+quad == s.rows {
		return
	}
	const most = 2 * cacheLine / 4 // rows of a stripe
	var numbers [(quad-1)*most + quad]F
	copy(numbers[:], y[row:])
	choleskyColumns(y, y, numbers[:], 0, 1)
	for c := range quad {
		copy(y[c*s.rows+row:][:quad], numbers[c*s.rows:])
	}
}

// factorizeBlock is factorize of up to four columns.
func factorizeBlock[F Float](columns []F, dim, stride int) (pivot int, value F) {
	for j := range dim {
		y := columns[j*stride:][:dim]
		for k := range j {
			x := columns[k*stride:][:dim]
			for i := j; i < dim; i++ {
				y[i] -= F(x[j] * x[i])
			}
		}
		if !positive(y[j]) {
			return j, y[j]
		}
		divideByPivot(y[j:])
	}
	return -1, 0
}

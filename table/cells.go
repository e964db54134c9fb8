package table

import (
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
)

const (
	block  = 2048 // cells of a piece, at most
	stripe = 16   // columns that kernels read and write together

	fewColumns = 4 // are added up in less time than those of a stripe
)

// A piece is a rectangle of a table: whole rows, or part of a row that is longer than a block.
type piece struct{ first, last, from, to int }

// next makes it the one after it, and tells whether there is one. The first one comes after none.
func (p *piece) next(rows, cols int) bool {
	if p.last == 0 || p.to == cols {
		p.first, p.to = p.last, 0
	}
	p.from, p.to = p.to, min(p.to+block, cols)
	p.last = min(p.first+max(1, block/max(1, cols)), rows)
	return p.first < rows
}

func (p *piece) width() int { return p.to - p.from }
func (p *piece) cells() int { return (p.last - p.first) * p.width() }

// wholes is how many columns there are, with those that make a stripe of the last ones.
func wholes(columns int) int { return (columns + stripe - 1) &^ (stripe - 1) }

// cells are those of a piece, row after row: counts, and what independence makes of them. There is a stripe more.
type cells struct{ counts, expected []float64 }

// setCells sets counts to those of a piece. Where signs are not asked for, negative integers may become large ones.
func setCells[C relent.Number](c *cells, counts relent.Matrix[C], p piece, signs bool) {
	n, width := p.cells(), p.width()
	c.counts = sized(c.counts, n+stripe)
	clear(c.counts[n:]) // what is left there may be infinite
	if width == counts.Stride || p.last-p.first == 1 {
		widen(c.counts[:n], counts.Data[p.first*counts.Stride+p.from:][:n], signs)
		return
	}
	for i := p.first; i < p.last; i++ {
		widen(c.counts[(i-p.first)*width:][:width], counts.Row(i)[p.from:p.to], signs)
	}
}

// widen sets dst to x, as float64.
func widen[C relent.Number](dst []float64, x []C, signs bool) {
	if !signs {
		relent.Pass(pass.TableCounts, pass.CountsOf(x, typeOf[C]().fractions), dst)
		return
	}
	for j, n := range x {
		dst[j] = float64(n)
	}
}

// addCells adds those of a piece to the margins.
func (s *sums) addCells(p piece) {
	rows := s.rows[p.first:p.last]
	before := rows[0]
	addRows(s.margin[p.from:], rows, s.counts, p.width())
	if p.from > 0 { // there is one row
		rows[0] += before
	}
}

// addRows adds rows of x, so many columns wide, to columns, and sets sums to what they add up to. Columns are whole stripes, and
// after the rows there is one.
func addRows(columns, sums, x []float64, width int) {
	if width > fewColumns {
		relent.Pass(pass.TableMargins, numbers(float64(width)), columns[:wholes(width)], x, sums, ones[block-width:])
		return
	}
	columns = columns[:width]
	if width == 2 {
		for i := range sums {
			a, b := x[2*i], x[2*i+1]
			sums[i] = a + b
			columns[0] += a
			columns[1] += b
		}
		return
	}
	for i := range sums {
		sum := 0.0
		for j, n := range x[i*width:][:width] {
			sum += n
			columns[j] += n
		}
		sums[i] = sum
	}
}

// ones are followed by zeros.
var ones = func() (x [block + stripe]float64) {
	for i := range block {
		x[i] = 1
	}
	return x
}()

// expect sets what is expected, times the total: products of the margins.
func (s *sums) expect(p piece) {
	s.expected = sized(s.expected, p.cells()+stripe)
	multiply(s.expected, s.rows[p.first:p.last], s.margin[p.from:], p.width())
}

// multiply sets rows of dst, so many columns wide, to multiples of a row of whole stripes. After these there is one.
func multiply(dst, multiples, row []float64, width int) {
	if width > fewColumns {
		relent.Pass(pass.TableOuter, numbers(float64(width)), dst, multiples, row[:wholes(width)])
		return
	}
	row = row[:width]
	if width == 2 {
		for i, r := range multiples {
			dst[2*i], dst[2*i+1] = r*row[0], r*row[1]
		}
		return
	}
	for i, r := range multiples {
		for j, x := range row {
			dst[i*width+j] = r * x
		}
	}
}

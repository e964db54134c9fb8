package table

import (
	"iter"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
)

// cells are those of a block of rows: counts p, and q, what independence makes of them. Rows are side by side, one part
// of their width each, or, where little of it is empty, in parts that are stripes: so many columns of each row, and then the next ones. What
// is empty counts 0 in both.
type cells struct {
	p, q                []float64
	striped             bool
	cols, parts, stride int
	spread              []float64
	minus               []float64 // columns, in whole stripes
}

const (
	block       = 2048 // cells at most, unless one row has more
	cellsOfPass = 1024
	stripe      = 16 // columns
	fewRows     = 4  // are side by side
)

// layOut chooses for a table of that size.
func (c *cells) layOut(rows, cols int) {
	c.cols, c.parts, c.stride = cols, 1, cols
	stripes := (cols + stripe - 1) / stripe
	c.striped = rows > fewRows && stripes*stripe-cols <= cols/4 && stripes*stripe <= block
	if c.striped {
		c.parts, c.stride = stripes, stripe
	}
}

// width is how many cells a row takes.
func (c *cells) width() int { return c.parts * c.stride }

// blocks are the first rows of blocks, and the ends.
func (c *cells) blocks(rows int) iter.Seq2[int, int] {
	height := max(1, block/max(1, c.width()))
	return func(yield func(first, last int) bool) {
		for first := 0; first < rows; first += height {
			if !yield(first, min(first+height, rows)) {
				return
			}
		}
	}
}

// setRows sets p to some rows, and adds each up.
func setRows[C relent.Number](s *sums, counts relent.Matrix[C], first, last int) {
	n := last - first
	s.p = sized(s.p, n*s.width())
	if s.width() > s.cols {
		clear(s.p[(s.parts-1)*n*s.stride:])
	}
	jump := 0 // from stripe to stripe, beyond its width and over that
	if s.striped {
		jump = n - 1
	}
	for i := range n {
		s.rows[first+i] = widen(s.p[i*s.stride:], counts.Row(first+i), jump)
	}
}

// widen sets the first elements of dst, or of stripes of it, to x, and returns the sum.
func widen[C relent.Number](dst []float64, x []C, jump int) float64 {
	var s0, s1, s2, s3 float64 // additions of four do not wait for each other
	j := 0
	for ; j+4 <= len(x); j += 4 {
		at := j + j&^(stripe-1)*jump
		x, dst := x[j:j+4:j+4], dst[at:at+4:at+4]
		a, b, c, d := float64(x[0]), float64(x[1]), float64(x[2]), float64(x[3])
		dst[0], dst[1], dst[2], dst[3] = a, b, c, d
		s0, s1, s2, s3 = s0+a, s1+b, s2+c, s3+d
	}
	for ; j < len(x); j++ {
		n := float64(x[j])
		dst[j+j&^(stripe-1)*jump] = n
		s0 += n
	}
	return (s0 + s1) + (s2 + s3)
}

// addTo adds counts of so many rows to sums of their columns.
func (c *cells) addTo(sums []float64, rows int) {
	if !c.striped {
		for p := c.p; len(p) > 0; p = p[len(sums):] {
			row := p[:len(sums)]
			for j := range sums {
				sums[j] += row[j]
			}
		}
		return
	}
	for p := c.p; len(p) > 0; p = p[rows*stripe:] {
		var both [2 * stripe]float64 // and squares
		relent.Pass(pass.Away, numbers(float64(rows), stripe, 1), both[:], p[:rows*stripe], ones[:rows], none[:stripe])
		n := min(stripe, len(sums))
		for j, x := range both[:n] {
			sums[j] += x
		}
		sums = sums[n:]
	}
}

// ones, and none, are enough for any block.
var ones, none = func() (x [block / stripe]float64) {
	for i := range x {
		x[i] = 1
	}
	return x
}(), [block]float64{}

// expect sets q to products of sums of rows and columns.
func (c *cells) expect(rows, columns []float64) {
	if !c.striped {
		c.q = sized(c.q, len(c.p))
		for i, r := range rows {
			multiply(c.q[i*c.cols:], columns, r)
		}
		return
	}
	c.minus = zeros(c.minus, c.width())
	for j, x := range columns {
		c.minus[j] = -x
	}
	n := len(c.p)
	c.spread = sized(c.spread, 2*n+len(c.minus))
	relent.Pass(pass.Spread, numbers(float64(len(rows)), 0, float64(c.parts)), c.spread, none[:len(c.minus)], rows, c.minus)
	c.q = c.spread[n : 2*n]
}

// multiply sets the first elements of dst to x times a number.
func multiply(dst, x []float64, a float64) {
	dst = dst[:len(x)]
	j := 0
	for ; j+4 <= len(x); j += 4 {
		x, dst := x[j:j+4:j+4], dst[j:j+4:j+4]
		dst[0], dst[1], dst[2], dst[3] = a*x[0], a*x[1], a*x[2], a*x[3]
	}
	for ; j < len(x); j++ {
		dst[j] = a * x[j]
	}
}

package mvn

import (
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
)

// Kernels take columns in stripes: so many elements of a row after another, and then those of the next columns. Beyond the last column
// are zeros.
const stripe = 16

func stripesOf(columns int) int { return (columns + stripe - 1) / stripe }

// wide is how many columns their stripes have.
func wide(columns int) int { return stripesOf(columns) * stripe }

// newWide is a matrix of zeros whose rows are followed by zeros up to whole stripes.
func newWide(rows, cols int) relent.Matrix[float64] {
	m := newMatrix(rows, wide(cols))
	m.Cols = cols
	return m
}

// wideRow is row i of a wide matrix up to whole stripes.
func wideRow(m relent.Matrix[float64], i int) []float64 { return m.Data[i*m.Stride:][:wide(m.Cols)] }

// wideElements are those of all rows of a wide matrix.
func wideElements(m relent.Matrix[float64]) []float64 {
	return m.Data[:(m.Rows-1)*m.Stride+wide(m.Cols)]
}

// striped is a matrix in stripes.
func striped(m relent.Matrix[float64]) []float64 {
	data := make([]float64, m.Rows*wide(m.Cols))
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			data[atStripes(m.Rows, i, j)] = v
		}
	}
	return data
}

// atStripes is where the stripes of so many rows have column j of row i.
func atStripes(rows, i, j int) int { return (j/stripe*rows+i)*stripe + j%stripe }

// scatterRows are how many rows are multiplied at a time.
const scatterRows = 128

// A scattering adds the moments of weighted rows about a point.
type scattering struct {
	rows   relent.Matrix[float64] // those that are chosen
	shares []float64              // and how much they count
	spread []float64
}

func newScattering(d int) *scattering {
	w := wide(d)
	return &scattering{newWide(scatterRows, d), make([]float64, scatterRows), make([]float64, (2*scatterRows+1)*w)}
}

// choose adds a row, and tells whether there is room for no other one.
func (s *scattering) choose(n int, row []float64, share float64) (full bool) {
	copy(s.rows.Row(n), row)
	s.shares[n] = share
	return n+1 == scatterRows
}

// add adds Σ r(x-μ) to first, and Σ r(x-μ)(x-μ)ᵀ to the lower triangle of second, in stripes, of some wide rows and their shares r. The
// mean is wide.
func (s *scattering) add(first, second []float64, x relent.Matrix[float64], shares, mean []float64) {
	n, stripes := x.Rows, len(mean)/stripe
	if n == 0 {
		return
	}
	size := n * len(mean)
	sums := s.spread[2*size:][:len(mean)]
	copy(sums, first)
	var m pass.Numbers
	m.Set(float64(n), float64(x.Stride), float64(stripes))
	relent.Pass(pass.Spread, &m, s.spread[:2*size+len(mean)], wideElements(x), shares[:n], mean)
	copy(first, sums)
	addProducts(second, s.spread[size:2*size], s.spread[:size], n, x.Cols, stripes, 0, true)
}

// addProducts adds Σ a·b over rows to dst: see [pass.Products].
func addProducts(dst, a, b []float64, rows, columns, stripes, aStride int, lower bool) {
	addProductsAhead(dst, a, b, nil, rows, columns, stripes, aStride, lower)
}

// addProductsAhead does so while it fetches what is needed next.
func addProductsAhead(dst, a, b, ahead []float64, rows, columns, stripes, aStride int, lower bool) {
	var m pass.Numbers
	m.Set(float64(rows), float64(columns), float64(stripes), float64(aStride))
	if lower {
		m.Set(float64(rows), float64(columns), float64(stripes), float64(aStride), 1)
	}
	relent.Pass(pass.Products, &m, dst, a, ahead, b)
}

// addColumnMoments adds Σ r(x-μ) to the first half of sums, and Σ r(x-μ)² to the second, by columns, of wide rows and their shares r.
func addColumnMoments(sums []float64, x relent.Matrix[float64], shares, mean []float64) {
	if x.Rows == 0 {
		return
	}
	var m pass.Numbers
	m.Set(float64(x.Rows), float64(x.Stride), float64(len(mean)/stripe))
	relent.Pass(pass.Away, &m, sums, wideElements(x), shares[:x.Rows], mean)
}

// wideClone is a copy of a wide matrix.
func wideClone(m relent.Matrix[float64]) relent.Matrix[float64] {
	c := newWide(m.Rows, m.Cols)
	for i := range m.Rows {
		copy(c.Row(i), m.Row(i))
	}
	return c
}

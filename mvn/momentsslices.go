package mvn

import (
	"math"

	"github.com/relent-go/relent/internal/exact"
)

// Elements are cut into slices of sliceBits bits: with T a power of two that a column is below, a in multiples of 2**-21·T, b in 2**-43·T and c
// in 2**-65·T, each to the nearest, and a rest, which is nearly always 0. A slice is at most 2**21 units. Products of two of them are in those
// of sums in one unit, as abᵀ+baᵀ is in (a+b)(a+b)ᵀ, of which sliceRows rows have sums up to 2**53 units: kernels of float64 numbers compute
// them exactly. Ozaki, Ogita, Oishi and Rump, Error-free transformations of matrix multiplication, Numerical Algorithms 59 (2012), 95–118.
const (
	sliceBits = 22
	sliceRows = 512

	mostExponent = 400 // of T, and -400 is the least; an element that is not 0 has a slice that is not, or is a rest
	leastRest    = 0x1p-420
)

// The slices, and the sums of two of them in the unit of the latter.
const (
	sliceA = iota
	sliceB
	sliceC
	sliceAB
	sliceBC
	sliceAC
	sliceKinds
	sliceCount = sliceC + 1
)

// A slicer adds rows of weight 1 to moments.
type slicer struct {
	slice    [sliceKinds][]float64 // in stripes, of scatterRows at a time
	products [sliceKinds][]float64
	magic    [sliceCount][]float64 // what rounds to multiples of a unit, by column
	sums     [sliceCount][]float64 // by column
	rests    []sliceRest
	depth    int  // how many slices there are
	failed   bool // a rest is so small that products with it may not be exact
}

// A sliceRest is what slices lack of an element.
type sliceRest struct {
	row, column int
	rest        float64
}

func newSlicer(d int) *slicer {
	s, w := new(slicer), wide(d)
	for k := range s.slice {
		s.slice[k], s.products[k] = make([]float64, scatterRows*w), make([]float64, w*w)
	}
	for k := range s.sums {
		s.magic[k], s.sums[k] = make([]float64, d), make([]float64, d)
	}
	return s
}

// add adds rows, one after the other with an element 1 at the end of each, to their moments, given the largest sizes of columns. It tells whether
// it can, which it cannot with very large or small numbers, or with many that have bits far below the largest one of their column.
func (s *slicer) add(gram *exact.Gram, x, largest []float64) bool {
	d := len(largest)
	rows := len(x) / (d + 1)
	if !s.chooseUnits(largest) {
		return false
	}
	gram.Expect(append(append([]float64(nil), largest...), 1), 1)
	s.depth = s.depthOf(x, d)
	s.failed, s.rests = false, s.rests[:0]
	for k := range s.sums {
		clear(s.sums[k])
	}
	for k := range s.products {
		clear(s.products[k])
	}
	for from := 0; from < rows; from += scatterRows {
		n := min(scatterRows, rows-from)
		s.cut(x[from*(d+1):], from, n, d)
		if s.failed || len(s.rests) > rows*d/64 {
			return false
		}
		s.multiply(n, d)
	}
	s.addTo(gram, x, d)
	return true
}

// chooseUnits tells whether products of all units are normal numbers.
func (s *slicer) chooseUnits(largest []float64) bool {
	for j, v := range largest {
		_, top := math.Frexp(v)
		if top < -mostExponent || top > mostExponent {
			return false
		}
		for k := range s.magic {
			s.magic[k][j] = math.Ldexp(0x1.8p52, top-(k+1)*sliceBits+1)
		}
	}
	return true
}

// cut makes slices of rows.
func (s *slicer) cut(x []float64, first, rows, d int) {
	const unit = 1.0 / (1 << sliceBits)
	for n := range rows {
		row := x[n*(d+1):][:d]
		for from := 0; from < d; from += stripe {
			part := row[from:min(from+stripe, d)]
			var out [sliceKinds][]float64
			for k := range out {
				out[k] = s.slice[k][(from/stripe*rows+n)*stripe:][:len(part)]
			}
			var magic, sums [sliceCount][]float64
			for k := range sums {
				magic[k], sums[k] = s.magic[k][from:][:len(part)], s.sums[k][from:][:len(part)]
			}
			as, bs, cs, ab, bc, ac := out[sliceA], out[sliceB], out[sliceC], out[sliceAB], out[sliceBC], out[sliceAC]
			magicA, magicB, magicC, sumA, sumB, sumC := magic[sliceA], magic[sliceB], magic[sliceC], sums[sliceA], sums[sliceB], sums[sliceC]
			for j, v := range part {
				a := (v + magicA[j]) - magicA[j]
				v -= a
				b := (v + magicB[j]) - magicB[j]
				v -= b
				c := (v + magicC[j]) - magicC[j]
				as[j], bs[j], cs[j] = a, b, c
				ab[j], bc[j], ac[j] = float64(unit*a)+b, float64(unit*b)+c, float64(unit*unit*a)+c
				sumA[j] += a
				sumB[j] += b
				sumC[j] += c
				if v -= c; v != 0 {
					s.failed = s.failed || math.Abs(v) < leastRest
					s.rests = append(s.rests, sliceRest{first + n, from + j, v})
				}
			}
		}
	}
}

// depthOf is how many slices rows need, if they are enough.
func (s *slicer) depthOf(x []float64, d int) (depth int) {
	for depth = 1; len(x) > 0; x = x[d+1:] {
		for j, v := range x[:d] {
			for k := 0; k < sliceCount && v != 0; k++ {
				depth = max(depth, k+1)
				v -= (v + s.magic[k][j]) - s.magic[k][j]
			}
		}
		if depth == sliceCount {
			break
		}
	}
	return depth
}

// multiply adds products of so many rows.
func (s *slicer) multiply(rows, d int) {
	for _, k := range sliceKindsOf[s.depth-1] {
		addProducts(s.products[k], s.slice[k], s.slice[k], rows, d, stripesOf(d), 0, true)
	}
}

// sliceKindsOf has what so many slices take, one more than the index.
var sliceKindsOf = [sliceCount][]int{{sliceA}, {sliceA, sliceB, sliceAB}, {sliceA, sliceB, sliceC, sliceAB, sliceBC, sliceAC}}

// addTo adds what the slices have, and the rests.
func (s *slicer) addTo(gram *exact.Gram, x []float64, d int) {
	row := make([]float64, d+1)
	for i := range d {
		s.addRow(gram, i, wide(d), row[:i+1])
	}
	row[d] = float64(len(x) / (d + 1))
	for _, sums := range s.sums {
		copy(row, sums)
		gram.AddTo(d, 0, row)
		row[d] = 0
	}
	for _, r := range s.rests {
		addRest(gram, x[r.row*(d+1):][:d+1], r, row)
	}
}

// addRow adds row i of the products of slices. All sums and differences are exact.
func (s *slicer) addRow(gram *exact.Gram, i, w int, row []float64) {
	const up, unit = 1 << sliceBits, 1.0 / (1 << sliceBits)
	of := func(k, j int) float64 { return s.products[k][atStripes(w, i, j)] }
	add := func(product func(j int) float64) {
		for j := range row {
			row[j] = product(j)
		}
		gram.AddTo(i, 0, row)
	}
	add(func(j int) float64 { return of(sliceA, j) })
	if s.depth > 1 {
		add(func(j int) float64 { return up * (of(sliceAB, j) - (float64(unit*unit*of(sliceA, j)) + of(sliceB, j))) })
		add(func(j int) float64 { return of(sliceB, j) })
	}
	if s.depth > 2 {
		add(func(j int) float64 {
			return up * up * (of(sliceAC, j) - (float64(unit*unit*unit*unit*of(sliceA, j)) + of(sliceC, j)))
		})
		add(func(j int) float64 { return up * (of(sliceBC, j) - (float64(unit*unit*of(sliceB, j)) + of(sliceC, j))) })
		add(func(j int) float64 { return of(sliceC, j) })
	}
}

// addRest adds r(eyᵀ + yeᵀ) + r²eeᵀ, e the unit vector of its column, and y the row without r, which it makes it.
func addRest(gram *exact.Gram, y []float64, r sliceRest, high []float64) {
	low, at := make([]float64, len(y)), r.column
	before := y[at]
	y[at] -= r.rest
	for j, v := range y {
		high[j] = float64(r.rest * v)
		low[j] = math.FMA(r.rest, v, -high[j])
	}
	for _, part := range [][]float64{high, low} {
		gram.AddTo(at, 0, part[:at+1])
		for i := at + 1; i < len(y); i++ {
			gram.AddTo(i, at, part[i:i+1])
		}
	}
	square := float64(r.rest * before)
	gram.AddTo(at, at, []float64{square})
	gram.AddTo(at, at, []float64{math.FMA(r.rest, before, -square)})
}

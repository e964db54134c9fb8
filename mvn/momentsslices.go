package mvn

import (
	"math"

	"github.com/relent-go/relent/internal/exact"
)

// Elements are cut into slices of sliceBits bits: with T a power of two that a column is below, into multiples of 2**-21·T, 2**-43·T and
// 2**-65·T, each to the nearest, and a rest, which is nearly always 0. A slice is at most 2**21 units; so the products of sliceRows rows, three
// of which are of one unit, have sums below 2**53 units: kernels of float64 numbers compute them exactly. Ozaki, Ogita, Oishi and Rump,
// Error-free transformations of matrix multiplication, Numerical Algorithms 59 (2012), 95–118.
const (
	sliceCount = 3
	sliceBits  = 22
	sliceRows  = 512

	mostExponent = 400 // of T, and -400 is the least; an element that is not 0 has a slice that is not, or is a rest
	leastRest    = 0x1p-420
)

// A slicer adds rows of weight 1 to moments.
type slicer struct {
	slice    [sliceCount][]float64 // in stripes, of scatterRows at a time
	used     [sliceCount]bool      // not all is 0
	magic    [sliceCount][]float64 // what rounds to multiples of a unit, by column
	sums     [sliceCount][]float64 // by column
	products [2*sliceCount - 1][]float64
	rests    []sliceRest
	failed   bool // a rest is so small that products may be
}

// A sliceRest is what slices lack of an element.
type sliceRest struct {
	row, column int
	rest        float64
}

func newSlicer(d int) *slicer {
	s, w := new(slicer), wide(d)
	for k := range sliceCount {
		s.slice[k], s.magic[k], s.sums[k] = make([]float64, scatterRows*w), make([]float64, d), make([]float64, d)
	}
	for k := range s.products {
		s.products[k] = make([]float64, w*w)
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
	top, middle, low := s.slice[0], s.slice[1], s.slice[2]
	var middleBits, lowBits uint64
	for n := range rows {
		row := x[n*(d+1):][:d]
		for from := 0; from < d; from += stripe {
			at := (from/stripe*rows + n) * stripe
			part := row[from:min(from+stripe, d)]
			a, b, c := top[at:][:len(part)], middle[at:][:len(part)], low[at:][:len(part)]
			magicA, magicB, magicC := s.magic[0][from:][:len(part)], s.magic[1][from:][:len(part)], s.magic[2][from:][:len(part)]
			sumA, sumB, sumC := s.sums[0][from:][:len(part)], s.sums[1][from:][:len(part)], s.sums[2][from:][:len(part)]
			for j, v := range part {
				cut := (v + magicA[j]) - magicA[j]
				a[j], v = cut, v-cut
				sumA[j] += cut
				cut = (v + magicB[j]) - magicB[j]
				b[j], v = cut, v-cut
				sumB[j] += cut
				middleBits |= math.Float64bits(cut)
				cut = (v + magicC[j]) - magicC[j]
				c[j], v = cut, v-cut
				sumC[j] += cut
				lowBits |= math.Float64bits(cut)
				if v != 0 {
					s.failed = s.failed || math.Abs(v) < leastRest
					s.rests = append(s.rests, sliceRest{first + n, from + j, v})
				}
			}
		}
	}
	s.used = [sliceCount]bool{true, middleBits<<1 != 0, lowBits<<1 != 0}
}

// multiply adds the products of slices: those of one unit together.
func (s *slicer) multiply(rows, d int) {
	for k, a := range s.slice {
		for l, b := range s.slice {
			if s.used[k] && s.used[l] {
				addProducts(s.products[k+l], a, b, rows, d, stripesOf(d), 0, true)
			}
		}
	}
}

// addTo adds what the slices have, and the rests: with X the slices of x, and r the rest, xxᵀ is XXᵀ + rxᵀ + Xrᵀ.
func (s *slicer) addTo(gram *exact.Gram, x []float64, d int) {
	row := make([]float64, d+1)
	for _, products := range s.products {
		for i := range d {
			for j := range i + 1 {
				row[j] = products[atStripes(wide(d), i, j)]
			}
			gram.AddTo(i, 0, row[:i+1])
		}
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

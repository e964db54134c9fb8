package relent

import (
	"fmt"
	"math"
)

const (
	// shortRow is how many columns a row has at most that is computed alone in Go.
	shortRow = 64
	// shorterRow is how many one has for which that takes less time than the kernel for one row.
	shorterRow = 16
	// longestRow is how many it has at most, for a call of that kernel not to take too long.
	longestRow = 1 << 10
)

// few tells whether so many rows take less time one by one than as a part of a tile, which takes as long as if it were full.
func (f *Factor[F]) few(rows int) bool {
	most, together := shortRow, shortRow/4 // columns of one row, and of the rows together
	switch {
	case f.byColumns():
		return rows <= 2 && f.dim <= longestRow
	case !isFloat64[F]():
		return false
	case f.lower.Data == nil:
		together = shortRow / 2
	case f.inverse:
		most = shortRow / 2
	}
	return rows == 1 && f.dim <= most || rows <= 4 && rows*f.dim <= together
}

// byColumns tells whether the kernel for one row is for those of the factor.
func (f *Factor[F]) byColumns() bool { return f.lower.Data != nil && !f.inverse && f.dim > shorterRow }

// oneByOne computes the squared distances of a few rows by the operations of the tiles. It returns false if one is infinite or NaN.
func (f *Factor[F]) oneByOne(dst []F, x Matrix[F]) bool {
	for i := range dst {
		if dst[i] = f.distanceOfOne(x.Row(i)); !finite(float64(dst[i])) {
			return false
		}
	}
	return true
}

// SqMahalanobisOne is [Factor.SqMahalanobis] of one row.
func (f *Factor[F]) SqMahalanobisOne(x []F) F {
	if len(x) != f.dim {
		panic(fmt.Sprintf("relent: SqMahalanobisOne: x has %d elements, the factor %d columns", len(x), f.dim))
	}
	if f.few(1) {
		if d := f.distanceOfOne(x); finite(float64(d)) {
			return d
		}
	}
	r := f.start(nil)
	r.workspace.again = slice(r.again, r.tile)
	f.distances(nil, r.again[:1], Matrix[F]{Rows: 1, Cols: len(x), Stride: len(x), Data: x})
	d := r.again[0]
	r.end()
	return d
}

// logDensityOne is the log density of one row.
func (f *Factor[F]) logDensityOne(x []F, logNorm F) F {
	d := f.SqMahalanobisOne(x)
	if !finite(float64(d)) {
		var dst [1]F
		f.logDensity(nil, dst[:], Matrix[F]{Rows: 1, Cols: len(x), Stride: len(x), Data: x}, logNorm)
		return dst[0]
	}
	return fma(d, -0.5, logNorm)
}

// fma is x·y + z with one rounding.
func fma[F Float](x, y, z F) F {
	if isFloat64[F]() {
		return F(math.FMA(float64(x), float64(y), float64(z)))
	}
	return F(fma32(float32(x), float32(y), float32(z)))
}

// distanceOfOne is the squared distance of a row that is one of a few. Short ones have less to clear.
func (f *Factor[F]) distanceOfOne(x []F) F {
	switch n := len(x); {
	case n <= shorterRow:
		var work [shorterRow]F
		return squareNorm(f.whitenOne(work[:], x))
	case !f.byColumns():
		var work [shortRow]F
		return squareNorm(f.whitenOne(work[:], x))
	case n <= shortRow:
		var work [2*shortRow + cacheLine/4]F
		return squareNorm(f.whitenOne(work[:], x))
	}
	r := f.start(nil)
	d := squareNorm(f.whitenOne(r.workOfOne(), x))
	r.end()
	return d
}

// workOfOne is what whitenOne needs at most: zeros for y and z, and what the kernel writes after them.
func (r run[F]) workOfOne() []F {
	n := 2*wholeLines[F](r.dim) + cacheLine/size[F]()
	r.workspace.rows = slice(r.rows, n)
	clear(r.rows[:n])
	return r.rows[:n]
}

// whitenOne is the z of a row that is one of a few, in zeros.
func (f *Factor[F]) whitenOne(work, x []F) []F {
	mean, y := f.mean[:len(x)], work[:(len(x)+quad-1)/quad*quad]
	for i, v := range x {
		y[i] = v - mean[i]
	}
	switch { // quads are of float64 alone
	case f.byColumns():
		width := wholeLines[F](len(x))
		substituteRow(work[width:], work, f.columns(), width)
		return work[width:][:width]
	case len(f.quads) == 0:
		for i, s := range f.scale {
			y[i] *= s
		}
	case f.inverse:
		multiplyRow(as[float64](y), as[float64](f.quads))
	default:
		eliminateRow(as[float64](y), as[float64](f.quads))
	}
	return y
}

// wholeLines is the number of rows of a factor packed by columns, with those added that fill lines of the cache.
func wholeLines[F Float](rows int) int { return ceilDiv(rows, lineRows[F]()) * lineRows[F]() }

func lineRows[F Float]() int { return cacheLine / size[F]() }

// packColumns lays the factor out for the kernel for one row: four columns after another, first their diagonal block, then a line of rows at
// a time, from the one with the next row on, with zeros for those of the block.
func (p *packed[F]) packColumns() []F {
	dim, width, line := len(p.scale), wholeLines[F](len(p.scale)), lineRows[F]()
	columns := make([]F, width*(width+line+2*quad)/2)
	rest := columns
	for k := 0; k < width; k += quad {
		for i := k; i < min(k+quad, dim); i++ {
			for j, x := range p.lower.Row(i)[k:i] {
				rest[j*quad+i-k] = x
			}
			rest[(i-k)*(quad+1)] = p.scale[i]
		}
		rest = rest[quad*quad:]
		first := (k + quad) / line * line
		for i := k + quad; i < dim; i++ {
			lines := rest[(i/line*line-first)*quad+i%line:]
			for c, x := range p.lower.Row(i)[k:][:quad] {
				lines[c*line] = x
			}
		}
		rest = rest[(width-first)*quad:]
	}
	return columns
}

// squareOfQuads are the elements of row i and the three below it in column k and the three after it.
func squareOfQuads(quads []float64, i, k int) *[quad * quad]float64 {
	return (*[quad * quad]float64)(quads[2*i*(i/quad+1)+quad*k:])
}

// eliminateRow replaces y by L⁻¹y: four unknowns after another, which are taken out of the equations below.
func eliminateRow(y, quads []float64) {
	for k := 0; k < len(y); k += quad {
		z, l := (*[quad]float64)(y[k:]), squareOfQuads(quads, k, k)
		z0 := z[0] * l[0]
		z1 := math.FMA(-z0, l[1], z[1]) * l[5]
		z2 := math.FMA(-z1, l[6], math.FMA(-z0, l[2], z[2])) * l[10]
		z3 := math.FMA(-z2, l[11], math.FMA(-z1, l[7], math.FMA(-z0, l[3], z[3]))) * l[15]
		z[0], z[1], z[2], z[3] = z0, z1, z2, z3
		z0, z1, z2, z3 = -z0, -z1, -z2, -z3
		for i := k + quad; i < len(y); i += quad {
			rest, l := (*[quad]float64)(y[i:]), squareOfQuads(quads, i, k)
			for j, v := range rest {
				rest[j] = math.FMA(z3, l[12+j], math.FMA(z2, l[8+j], math.FMA(z1, l[4+j], math.FMA(z0, l[j], v))))
			}
		}
	}
}

// multiplyRow replaces y by My, the last rows first, which the others do not need.
func multiplyRow(y, quads []float64) {
	for i := len(y) - quad; i >= 0; i -= quad {
		var z [quad]float64
		for k := 0; k <= i; k += quad {
			y, m := (*[quad]float64)(y[k:]), squareOfQuads(quads, i, k)
			for j, v := range z {
				z[j] = math.FMA(y[3], m[12+j], math.FMA(y[2], m[8+j], math.FMA(y[1], m[4+j], math.FMA(y[0], m[j], v))))
			}
		}
		copy(y[i:], z[:])
	}
}

// squareNorm is the sum of the squares of z, as the kernels add them.
func squareNorm[F Float](z []F) F {
	var sum, excess, block F
	for i := 0; i < len(z); i += quad {
		if i > 0 && i%squareBlock == 0 {
			before := sum
			sum += block
			excess += (sum - before) - block
			block = 0
		}
		z := (*[quad]F)(z[i:])
		block += squareOfFour(z)
	}
	return sum + (block - excess)
}

// squareOfFour is a group of squares.
func squareOfFour[F Float](z *[quad]F) F {
	if isFloat64[F]() {
		z := (*[quad]float64)(as[float64](z[:]))
		return F(math.FMA(z[3], z[3], math.FMA(z[2], z[2], math.FMA(z[1], z[1], float64(z[0]*z[0])))))
	}
	return fma(z[3], z[3], fma(z[2], z[2], fma(z[1], z[1], F(z[0]*z[0]))))
}

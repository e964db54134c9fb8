package relent

import "math"

// shortRow is how many columns a row has at most that is computed alone.
const shortRow = 64

// few tells whether so many rows take less time one by one, in Go, than as a part of a tile, which takes as long as if it were full.
func (f *Factor[F]) few(rows int) bool {
	most, together := shortRow, shortRow/4 // columns of one row, and of the rows together
	switch {
	case !isFloat64[F]():
		return false
	case f.lower.Data == nil:
		together = shortRow / 2
	case f.inverse:
		most = shortRow / 2
	}
	return rows == 1 && f.dim <= most || rows <= 4 && rows*f.dim <= together
}

// oneByOne computes the squared distances of a few rows by the operations of the tiles. It returns false if one is infinite or NaN.
func (f *Factor[F]) oneByOne(dst []F, x Matrix[F]) bool {
	mean, scale, quads := as[float64](f.mean[:f.dim]), as[float64](f.scale), as[float64](f.quads)
	for i := range dst {
		d := distanceOfOne(as[float64](x.Row(i)), mean, scale, quads, f.inverse)
		if !finite(d) {
			return false
		}
		dst[i] = F(d)
	}
	return true
}

// distanceOfOne is the squared distance of a short row, given the quads of a factor, or no elements if it is diagonal.
func distanceOfOne(x, mean, scale, quads []float64, inverse bool) float64 {
	const shorter = 16 // for there to be less to clear
	if len(x) <= shorter {
		var z [shorter]float64
		return distanceIn(z[:], x, mean, scale, quads, inverse)
	}
	var z [shortRow]float64
	return distanceIn(z[:], x, mean, scale, quads, inverse)
}

func distanceIn(z, x, mean, scale, quads []float64, inverse bool) float64 {
	z = z[:(len(x)+quad-1)/quad*quad]
	mean = mean[:len(x)]
	for i, v := range x {
		z[i] = v - mean[i]
	}
	switch {
	case len(quads) == 0:
		for i, s := range scale {
			z[i] *= s
		}
	case inverse:
		multiplyRow(z, quads)
	default:
		substituteRow(z, quads)
	}
	return squareNorm(z)
}

// squareOfQuads are the elements of row i and the three below it in column k and the three after it.
func squareOfQuads(quads []float64, i, k int) *[quad * quad]float64 {
	return (*[quad * quad]float64)(quads[2*i*(i/quad+1)+quad*k:])
}

// substituteRow replaces y by L⁻¹y: four unknowns after another, which are taken out of the equations below.
func substituteRow(y, quads []float64) {
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
func squareNorm(z []float64) float64 {
	var sum, excess, block float64
	for i := 0; i < len(z); i += quad {
		if i > 0 && i%squareBlock == 0 {
			before := sum
			sum += block
			excess += (sum - before) - block
			block = 0
		}
		z := (*[quad]float64)(z[i:])
		block += math.FMA(z[3], z[3], math.FMA(z[2], z[2], math.FMA(z[1], z[1], float64(z[0]*z[0]))))
	}
	return sum + (block - excess)
}

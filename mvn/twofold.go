package mvn

import (
	"math"

	"github.com/relent-go/relent"
)

// A twofold is the unevaluated sum of a number and of what it lacks, in about twice the precision of a float64. Ogita, Rump and
// Oishi, Accurate sum and dot product, SIAM J. Sci. Comput. 26 (2005), 1955–1988.
type twofold struct{ high, low float64 }

// add adds x.
func (t *twofold) add(x float64) {
	sum := t.high + x
	taken := sum - t.high
	t.low += (t.high - (sum - taken)) + (x - taken)
	t.high = sum
}

// addProduct adds a·b.
func (t *twofold) addProduct(a, b float64) {
	product := float64(a * b)
	t.low += math.FMA(a, b, -product)
	t.add(product)
}

// value is the sum, rounded.
func (t twofold) value() float64 { return t.high + t.low }

// normal is the same sum with its rounded value in high.
func (t twofold) normal() twofold {
	high := t.high + t.low
	return twofold{high, (t.high - high) + t.low}
}

func (t twofold) plus(u twofold) twofold {
	t.add(u.high)
	t.low += u.low
	return t.normal()
}

func (t twofold) minus(u twofold) twofold { return t.plus(twofold{-u.high, -u.low}) }

func (t twofold) times(u twofold) twofold {
	p := twofold{low: float64(t.high*u.low) + float64(t.low*u.high)}
	p.addProduct(t.high, u.high)
	return p.normal()
}

func (t twofold) over(u twofold) twofold {
	q := twofold{high: t.high / u.high}
	q.low = t.minus(u.times(q)).high / u.high
	return q.normal()
}

// root is the square root of what is positive.
func (t twofold) root() twofold {
	x := twofold{high: math.Sqrt(t.high)}
	x.low = t.minus(x.times(x)).high / float64(2*x.high)
	return x.normal()
}

// A twofoldMatrix is a square matrix of twofolds.
type twofoldMatrix struct{ high, low relent.Matrix[float64] }

// twofoldZeros is the d×d matrix of zeros in buffer, of 2d² elements.
func twofoldZeros(buffer []float64, d int) twofoldMatrix {
	clear(buffer[:2*d*d])
	return twofoldMatrix{squareOf(buffer, d), squareOf(buffer[d*d:], d)}
}

// squareOf is the d×d matrix of the first elements of buffer.
func squareOf(buffer []float64, d int) relent.Matrix[float64] {
	return relent.Matrix[float64]{Rows: d, Cols: d, Stride: d, Data: buffer[:d*d]}
}

// addProducts adds c·x to the elements of row i from first on.
func (m twofoldMatrix) addProducts(i, first int, c float64, x []float64) {
	high, low := m.high.Row(i)[first:][:len(x)], m.low.Row(i)[first:][:len(x)]
	for j, v := range x {
		t := twofold{high[j], low[j]}
		t.addProduct(c, v)
		high[j], low[j] = t.high, t.low
	}
}

// mirror copies the lower triangle to the upper one.
func mirror(a relent.Matrix[float64]) {
	for i := range a.Rows {
		for j, v := range a.Row(i)[:i] {
			a.Row(j)[i] = v
		}
	}
}

// difference replaces the high parts of a by a - b, rounded, of lower triangles, and is the symmetric matrix.
func difference(a, b twofoldMatrix) relent.Matrix[float64] {
	for i := range a.high.Rows {
		high, low := a.high.Row(i)[:i+1], a.low.Row(i)[:i+1]
		bHigh, bLow := b.high.Row(i)[:len(high)], b.low.Row(i)[:len(high)]
		for j, v := range high {
			t := twofold{high: v}
			t.add(-bHigh[j])
			high[j] = t.high + (t.low + (low[j] - bLow[j]))
		}
	}
	mirror(a.high)
	return a.high
}

// residual sets dst to ab - I of symmetric a and b, given by lower triangles, and returns it. It uses low, for a row.
func residual(dst relent.Matrix[float64], low []float64, a, b twofoldMatrix) relent.Matrix[float64] {
	for _, m := range []relent.Matrix[float64]{a.high, a.low, b.high, b.low} {
		mirror(m)
	}
	for i := range dst.Rows {
		sum := twofoldMatrix{high: asRow(dst.Row(i)), low: asRow(low)}
		clear(low)
		clear(dst.Row(i))
		dst.Row(i)[i] = -1
		for k, c := range a.high.Row(i) {
			sum.addProducts(0, 0, c, b.high.Row(k))
			axpy(c, b.low.Row(k), low)
			axpy(a.low.Row(i)[k], b.high.Row(k), low)
		}
		axpy(1, low, dst.Row(i))
	}
	return dst
}

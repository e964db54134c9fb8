package mvn

import (
	"math"

	"github.com/relent-go/relent"
)

// A tridiagonal T is QᵀXQ, Q orthogonal: its diagonal, and next[i] between variables i-1 and i, of which the first is 0.
type tridiagonal struct{ diagonal, next []float64 }

// tridiagonalize makes T of the symmetric X, given by its lower triangle, which it destroys, and replaces y by Qᵀy unless it is nil. It uses p, of
// d elements. The error is within a small multiple of d·2⁻⁵³ of the norm of X. What -X and -y make has the same bits but for signs.
//
// Householder's reflections, from the last row up: of row i what stands before element i-1 is turned into that one. Golub and Van Loan,
// Matrix Computations, 8.3.1.
func tridiagonalize(t tridiagonal, x relent.Matrix[float64], y, p []float64) {
	for i := x.Rows - 1; i >= 0; i-- {
		row := x.Row(i)
		t.diagonal[i] = row[i]
		v := row[:i]
		if i == 0 {
			t.next[0] = 0
			break
		}
		last, rest := v[i-1], dot(v[:i-1], v[:i-1])
		if rest == 0 {
			t.next[i] = last
			continue
		}
		length := math.Copysign(math.Sqrt(rest+float64(last*last)), last)
		t.next[i] = -length
		v[i-1] = last + length
		reflectBoth(x, v, p[:i], 1/float64(length*v[i-1]))
		if y != nil {
			axpy(-float64(dot(v, y[:i])/float64(length*v[i-1])), v, y[:i])
		}
	}
}

// reflectBoth replaces the first rows and columns A of the lower triangle x by HAH, H = I - c·vvᵀ. It uses p.
func reflectBoth(x relent.Matrix[float64], v, p []float64, c float64) {
	for i, s := range v { // Av, of rows of the triangle and of their columns
		row := x.Row(i)
		p[i] = dot(row[:i], v[:i]) + float64(row[i]*s)
		axpy(s, row[:i], p[:i])
	}
	half := float64(0.5 * c * float64(c*dot(p, v)))
	for i, s := range v {
		p[i] = float64(c*p[i]) - float64(half*s)
	}
	for i, s := range v {
		row, w := x.Row(i)[:i+1], p[i]
		for j := range row {
			row[j] -= float64(s*p[j]) + float64(w*v[j])
		}
	}
}

// norm is the largest sum of the sizes of a row's elements, which no eigenvalue exceeds.
func (t tridiagonal) norm() float64 {
	most, before := 0.0, 0.0
	for i := len(t.diagonal) - 1; i >= 0; i-- {
		next := math.Abs(t.next[i])
		most = max(most, before+math.Abs(t.diagonal[i])+next)
		before = next
	}
	return most
}

// traceLessLogDet is s·tr T - log det(I+sT), s = ±1: never negative, and accurate relative to itself, unless I+sT is nearly singular, where
// it returns false. A pivot is 1+e, e = s·Tⱼⱼ - o, and o ≥ 0 what the one before takes from it.
func (t tridiagonal) traceLessLogDet(s float64) (sum float64, near bool) {
	before := 1.0
	for i, a := range t.diagonal {
		o := float64(t.next[i]*t.next[i]) / before
		e := float64(s*a) - o
		if !(e > -0.75) {
			return 0, false
		}
		sum += o + excess(e)
		before = 1 + e
	}
	return sum, true
}

// eigenvalues replaces the diagonal by the eigenvalues, in no order, within a small multiple of 2⁻⁵³ of the largest size of one. It destroys
// what is next to it, and returns false if it does not come to an end.
//
// The QL method without square roots, of squares between variables. Reinsch, A stable, rational QL algorithm for the computation of the
// eigenvalues of an Hermitian, tridiagonal matrix, Math. Comp. 25 (1971), 591–597.
func (t tridiagonal) eigenvalues() bool {
	const most = 60 // steps for an eigenvalue: two are usual
	a, squares := t.diagonal, t.next[1:]
	for i, b := range squares {
		squares[i] = float64(b * b)
	}
	for first, steps := 0, 0; first < len(a); {
		last := first
		for last+1 < len(a) && squares[last] > float64(0x1p-106*math.Abs(float64(a[last]*a[last+1]))) {
			last++
		}
		switch last - first {
		case 0:
			first, steps = first+1, 0
		case 1:
			middle, half := float64(0.5*(a[first]+a[last])), float64(0.5*(a[last]-a[first]))
			away := math.Sqrt(float64(half*half) + squares[first])
			a[first], a[last] = middle-away, middle+away
			first, steps = first+2, 0
		default:
			if steps++; steps > most {
				return false
			}
			qlStep(a[first:last+1], squares[first:last])
		}
	}
	return true
}

// qlStep is a step of the QL method, shifted by the eigenvalue of the first two rows that is nearer to the first element.
func qlStep(a, squares []float64) {
	next := math.Sqrt(squares[0])
	half := (a[1] - a[0]) / float64(2*next)
	shift := a[0] - next/(half+math.Copysign(length(1, half), half))
	last := len(a) - 1
	cos, sin, rest := 1.0, 0.0, a[last]-shift // cos and sin are squares, and rest what is left of an element
	square := float64(rest * rest)
	for i := last - 1; i >= 0; i-- {
		sum := square + squares[i]
		if i < last-1 {
			squares[i+1] = float64(sin * sum)
		}
		before, moved, inverse := cos, rest, sum/square
		cos, sin = square/sum, squares[i]/sum
		rest = float64(cos*(a[i]-shift)) - float64(sin*moved)
		a[i+1] = moved + (a[i] - rest)
		if cos != 0 {
			square = float64(float64(rest*rest) * inverse)
		} else {
			square = float64(before * squares[i])
		}
	}
	squares[0] = float64(sin * square)
	a[0] = shift + rest
}

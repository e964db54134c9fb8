package mvn

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/special"
)

// relativeWork is the number of elements of work of relativeDifference in d dimensions.
func relativeWork(d int) int { return 5*d*d + d }

// relativeDifference is the symmetric X, of which I+X has the eigenvalues of Σᵣ⁻¹Σₗ or, if it is inverse, of Σₗ⁻¹Σᵣ. The
// matrices as they were given are subtracted before anything is rounded, so that X is accurate relative to itself, however
// small: in norm within 2⁻⁵³ times the condition number and a small multiple of d.
//
//   - covariances, RRᵀ = Σᵣ: X = R⁻¹(Σₗ-Σᵣ)R⁻ᵀ
//   - precisions, AᵀA = Σₗ⁻¹: X = A⁻ᵀ(Σᵣ⁻¹-Σₗ⁻¹)A⁻¹
//   - a covariance S of one and a precision P = MᵀM of the other: X = M(SP-I)M⁻¹
func relativeDifference(work []float64, l, r form) (x relent.Matrix[float64], inverse bool) {
	x = compared(work, l, r)
	p, precise := l.(*precisionForm)
	q, both := r.(*precisionForm)
	switch {
	case precise && both:
		divideRows(x, p.m)
		transpose(x)
		divideRows(x, p.m)
	case precise:
		conjugate(x, p.m)
	case both:
		conjugate(x, q.m)
	default:
		white := r.whitener()
		always(white.Whiten(x, x, relent.Run{}))
		transpose(x)
		always(white.Whiten(x, x, relent.Run{}))
	}
	return x, precise && !both
}

// covarianceDifference is Σₗ-Σᵣ, likewise: of precisions it is Σₗ(Σᵣ⁻¹-Σₗ⁻¹)Σᵣ, and else (SP-I)P⁻¹ or less that.
func covarianceDifference(work []float64, l, r form) relent.Matrix[float64] {
	x := compared(work, l, r)
	p, precise := l.(*precisionForm)
	q, both := r.(*precisionForm)
	if both {
		q.solveRows(x)
	}
	if precise {
		if both {
			transpose(x)
		} else {
			scale(x, -1, x)
		}
		p.solveRows(x)
	}
	return x
}

// compared is Σₗ-Σᵣ; of precisions Σᵣ⁻¹-Σₗ⁻¹; of a covariance S and a precision P, whichever is whose, SP-I.
func compared(work []float64, l, r form) relent.Matrix[float64] {
	d := l.dim()
	a, b := twofoldZeros(work, d), twofoldZeros(work[2*d*d:], d)
	l.given(a)
	r.given(b)
	_, precise := l.(*precisionForm)
	_, both := r.(*precisionForm)
	switch {
	case precise && both:
		return difference(b, a)
	case precise:
		a, b = b, a
		fallthrough
	case both:
		return residual(squareOf(work[4*d*d:], d), work[5*d*d:][:d], a, b)
	}
	return difference(a, b)
}

// solveRows replaces x by xΣ.
func (p *precisionForm) solveRows(x relent.Matrix[float64]) {
	divideRows(x, p.m)
	for i := range x.Rows {
		p.transform(x.Row(i), x.Row(i))
	}
}

// conjugate replaces x by MxM⁻¹, M lower triangular.
func conjugate(x, m relent.Matrix[float64]) {
	for i := x.Rows - 1; i >= 0; i-- {
		row, c := x.Row(i), m.Row(i)
		for j := range row {
			row[j] *= c[i]
		}
		for k, v := range c[:i] {
			axpy(v, x.Row(k), row)
		}
	}
	divideRows(x, m)
}

// divideRows replaces x by xM⁻¹, M lower triangular.
func divideRows(x, m relent.Matrix[float64]) {
	for i := range x.Rows {
		row := x.Row(i)
		for j := len(row) - 1; j >= 0; j-- {
			row[j] /= m.Row(j)[j]
			axpy(-row[j], m.Row(j)[:j], row)
		}
	}
}

// transpose replaces a square matrix by its transpose.
func transpose(a relent.Matrix[float64]) {
	for i := range a.Rows {
		row := a.Row(i)
		for j := range row[:i] {
			row[j], a.Row(j)[i] = a.Row(j)[i], row[j]
		}
	}
}

// relativeTo replaces X by C⁻¹XC⁻ᵀ, CCᵀ = I+sX. It returns false if I+sX is nearly singular. It uses columns, of the same size.
func relativeTo(x, columns relent.Matrix[float64], s float64) bool {
	scale(columns, s, x)
	if _, near := traceLessLogDet(columns); !near {
		return false
	}
	for range 2 {
		for i := range x.Rows {
			forward(columns, x.Row(i))
		}
		transpose(x)
	}
	return true
}

// scale sets dst to s·x.
func scale(dst relent.Matrix[float64], s float64, x relent.Matrix[float64]) {
	for i := range dst.Rows {
		row := dst.Row(i)
		for j, v := range x.Row(i) {
			row[j] = float64(s * v)
		}
	}
}

// traceLessLogDet is tr X - log det(I+X) = Σ λ - log(1+λ) of a symmetric X with eigenvalues λ: never negative, and accurate
// relative to itself, unless I+X is nearly singular, where it returns false.
//
// With oⱼ and eⱼ as eachPivot has them it is Σ oⱼ + eⱼ - log(1+eⱼ). It destroys X.
func traceLessLogDet(x relent.Matrix[float64]) (sum float64, near bool) {
	near = eachPivot(x, func(o, e float64) bool {
		if !(e > -0.75) {
			return false
		}
		sum += o + excess(e)
		return true
	})
	return sum, near && finite(sum)
}

// logDetBeyond is log det(I+X), of which parts are small where X is. It destroys X.
func logDetBeyond(x relent.Matrix[float64]) (sum float64) {
	eachPivot(x, func(_, e float64) bool {
		sum += special.Log1p(e)
		return true
	})
	return sum
}

// eachPivot replaces X by the columns of C, CCᵀ = I+X, and calls do, until that is false, with what each pivot is made of: with oⱼ the sum of the
// squares of the rest of row j of C it is 1+eⱼ, eⱼ = Xⱼⱼ - oⱼ.
func eachPivot(columns relent.Matrix[float64], do func(o, e float64) bool) bool {
	for j := range columns.Rows {
		o := 0.0
		for k := range j {
			c := columns.Row(k)[j]
			o += float64(c * c)
		}
		eliminate(columns, j, j+1)
		column := columns.Row(j)[j:]
		e := column[0] - o
		if !do(o, e) {
			return false
		}
		scaleColumn(column, math.Sqrt(1+e))
	}
	return true
}

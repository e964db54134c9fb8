package mvn

import (
	"math"
	"slices"

	"github.com/relent-go/relent"
)

// Wasserstein returns the 2-Wasserstein distance of two distributions, a metric: the root of [SqWasserstein], and so of gonum's
// Wasserstein, which is the square.
func Wasserstein(l, r *Normal) float64 {
	sameDim("Wasserstein", l, r)
	return math.Sqrt(SqWasserstein(l, r))
}

// SqWasserstein returns the squared 2-Wasserstein distance ‖μₗ-μᵣ‖² + tr(Σₗ + Σᵣ - 2(Σₗ^½ΣᵣΣₗ^½)^½), which is what gonum's
// Wasserstein.DistNormal returns. It is defined for singular distributions too. It is never negative, and 0 if l and r have the
// same parameters in the same form.
//
// The relative error is at most 1e-12 times the condition number of the covariance of r, or of l if that has a larger one, also
// where l and r are nearly the same: there the trace is ‖HR‖², RRᵀ = Σᵣ, for the I+H that maps the one distribution to the other, the
// solution of HΣᵣ + ΣᵣH + HΣᵣH = Σₗ-Σᵣ, of which the right side is taken before anything is rounded. Elsewhere it is min ‖L-RQ‖²
// over the orthogonal Q, L and R any roots of the covariances, and where that loses no digits ‖L‖² + ‖R‖² less twice the singular
// values of RᵀL, in a tenth of the time and without allocations. For singular distributions the condition number is that on
// their supports, if these are the same; elsewhere the error is relative to the traces.
func SqWasserstein(l, r *Normal) float64 {
	sameDim("SqWasserstein", l, r)
	sum := 0.0
	for i, v := range l.mean {
		e := v - r.mean[i]
		sum += float64(e * e)
	}
	f, ok := l.form.(*diagonalForm)
	if g, both := r.form.(*diagonalForm); ok && both {
		for i, v := range f.v {
			e := (v - g.v[i]) / (f.s[i] + g.s[i])
			sum += float64(e * e)
		}
		return sum
	}
	if far, ok := farTransport(l, r); ok {
		return sum + far
	}
	if near, ok := nearTransport(l.form, r.form); ok {
		return sum + near
	}
	return sum + transport(l.form, r.form)
}

// farTransport is ‖L‖² + ‖R‖² - 2 Σ s, s the singular values of C = RᵀL, the roots of the eigenvalues of CᵀC. It returns false where that loses
// digits: where most of it cancels, or an eigenvalue is so small that its error counts; and for singular distributions. The relative error is
// at most 2⁻⁴⁰ times the ratio of the pivots of L or of R, of which no condition number is less than the square.
func farTransport(l, r *Normal) (float64, bool) {
	const least, most = 0x1p-120, 0x1p120
	if isSingular(l) || isSingular(r) {
		return 0, false
	}
	f, g := l.form.factor(), r.form.factor()
	left, right := f.columns, g.columns
	lost := float64(0x1p-40 * max(slices.Max(f.pivot)/slices.Min(f.pivot), slices.Max(g.pivot)/slices.Min(g.pivot)))
	all, common := 0.0, 0.0
	for j := range left.Rows {
		a, b := left.Row(j)[j:], right.Row(j)[j:]
		all += dot(a, a) + dot(b, b)
		common += dot(a, b)
	}
	d := left.Rows
	rounding := float64(d) * 0x1p-53 // of sums and eigenvalues, relative to the largest: at most

	// ‖L-R‖² is no less than the distance.
	if !(all > least && all < most && float64(lost*(all-float64(2*common))) >= float64(rounding*all)) {
		return 0, false
	}
	work := l.pairs.get(2*d*d + 3*d)
	defer l.pairs.put(work)
	vectors := work[2*d*d:]
	t := tridiagonal{vectors[:d], vectors[d:][:d]}
	tridiagonalize(t, gramOfProduct(work[:2*d*d], vectors[2*d:], left, right), nil, vectors[2*d:])
	if !t.eigenvalues() {
		return 0, false
	}
	largest, roots, inverses := 0.0, 0.0, 0.0
	for _, v := range t.diagonal {
		root := math.Sqrt(v)
		largest = max(largest, v)
		roots += root
		inverses += 1 / root
	}
	far := all - float64(2*roots)
	return far, float64(rounding*(all+float64(largest*inverses))) <= float64(lost*far)
}

// gramOfProduct is the lower triangle of CᵀC, C = RᵀL, of factors by columns, in work of 2d² elements. It uses factors, of d.
func gramOfProduct(work, factors []float64, left, right relent.Matrix[float64]) relent.Matrix[float64] {
	d := left.Rows
	rows, c := squareOf(work, d), squareOf(work[d*d:], d)
	clear(work)
	transposeTriangle(rows, left, true)
	for i := range d {
		combine(c.Row(i), right.Row(i)[i:], rows.Data[i*d:], d)
	}
	gram := rows
	for i := range d {
		for k := range factors {
			factors[k] = c.Row(k)[i]
		}
		row := gram.Row(i)[:i+1]
		clear(row)
		combine(row, factors, c.Data, d)
	}
	return gram
}

// nearTransport is ‖HR‖². In the basis of the eigenvectors of Σᵣ, of eigenvalues λ, the elements of H are those of Σₗ-Σᵣ - HΣᵣH over
// λᵢ+λⱼ: the limit of an iteration that begins with H = 0. It returns false where the two are not near.
func nearTransport(l, r form) (float64, bool) {
	const near = 0x1p-5
	d := l.dim()
	e := covarianceDifference(make([]float64, relativeWork(l.dim())), l, r)
	size, variance := norm(e.Data), 0.0
	for i := range d {
		variance += r.covariance(i, i)
	}
	if size == 0 {
		return 0, true
	}
	if !(size <= float64(2*near*variance)) { // H is at least (Σₗ-Σᵣ)/2λ
		return 0, false
	}
	if atLeast(e, r) > float64((1+0x1p-20)*near) { // and no basis is needed
		return 0, false
	}
	basis, root := identity(d), rootOf(r)
	orthogonalize(root, basis)
	eigenvalues := make([]float64, d)
	for k := range eigenvalues {
		eigenvalues[k] = dot(root.Row(k), root.Row(k))
	}
	e = product(product(basis, e), transposed(basis))
	h, half := newMatrix(d, d), newMatrix(d, d)
	for range 100 {
		for i := range d {
			for j, v := range h.Row(i) {
				half.Row(i)[j] = v * eigenvalues[j]
			}
		}
		next := lyapunov(e, product(half, h), eigenvalues)
		size = norm(next.Data)
		if !(size <= near) {
			return 0, false
		}
		subtract(h.Data, next.Data, h.Data)
		change := norm(h.Data)
		h = next
		if change <= float64(0x1p-52*size) {
			break
		}
	}
	sum := 0.0
	for i := range d {
		for j, v := range h.Row(i) {
			sum += float64(float64(v*v) * eigenvalues[j])
		}
	}
	return sum, true
}

// atLeast is a bound below ‖H‖ for HΣᵣ + ΣᵣH = E. By Cauchy's inequality ⟨W, E⟩ = ⟨WΣᵣ + ΣᵣW, H⟩ is at most ‖WΣᵣ + ΣᵣW‖·‖H‖ for any W; where
// Σᵣ is diagonal, Wᵢⱼ = Eᵢⱼ/(σᵢᵢ+σⱼⱼ)² makes it equal.
func atLeast(e relent.Matrix[float64], r form) float64 {
	w, sigma := newMatrix(e.Rows, e.Cols), newMatrix(e.Rows, e.Cols)
	for i := range sigma.Rows {
		for j := range i + 1 {
			sigma.Row(i)[j] = r.covariance(i, j)
		}
	}
	mirror(sigma)
	common := 0.0
	for i := range w.Rows {
		for j, v := range e.Row(i) {
			if s := sigma.Row(i)[i] + sigma.Row(j)[j]; s > 0 {
				w.Row(i)[j] = v / s / s
				common += float64(w.Row(i)[j] * v)
			}
		}
	}
	p := product(w, sigma)
	sum := newMatrix(p.Rows, p.Cols)
	for i := range sum.Rows {
		for j := range sum.Cols {
			sum.Row(i)[j] = p.Row(i)[j] + p.Row(j)[i]
		}
	}
	return common / norm(sum.Data)
}

// lyapunov is (e-g) over λᵢ+λⱼ; 0 where both eigenvalues are 0 but for rounding, if e is there, too.
func lyapunov(e, g relent.Matrix[float64], eigenvalues []float64) relent.Matrix[float64] {
	h := newMatrix(e.Rows, e.Cols)
	null, rounding := float64(0x1p-90*slices.Max(eigenvalues)), float64(0x1p-40*norm(e.Data))
	for i, v := range eigenvalues {
		for j, w := range eigenvalues {
			switch {
			case v+w > null:
				h.Row(i)[j] = (e.Row(i)[j] - g.Row(i)[j]) / (v + w)
			case math.Abs(e.Row(i)[j]) > rounding:
				h.Row(i)[j] = math.Inf(1)
			}
		}
	}
	return h
}

// polarRows is the number of dimensions from which on polar takes less time than orthogonalize.
const polarRows = 64

// transport is min ‖L-RQ‖².
func transport(l, r form) float64 {
	left, right := transposed(rootOf(l)), transposed(rootOf(r))
	_, exponent := math.Frexp(max(norm(left.Data), norm(right.Data))) // so that no square leaves the range of float64
	scale(left, math.Ldexp(1, -exponent), left)
	scale(right, math.Ldexp(1, -exponent), right)
	u := product(left, transposed(right))
	if u.Rows >= polarRows {
		if p, ok := polar(u); ok {
			return math.Ldexp(turnedDistance(left, right, p), 2*exponent)
		}
	}
	sum, rest := rotatedDistance(left, right, u)
	if s := left.Rows; s > l.rank() || s > r.rank() {
		sum += max(0, rest)
	}
	return math.Ldexp(sum, 2*exponent)
}

// turnedDistance is ‖Lᵀ-PRᵀ‖², LᵀR = PH, P orthogonal and H positive semidefinite. It destroys left.
func turnedDistance(left, right, p relent.Matrix[float64]) float64 {
	subtract(left.Data, left.Data, product(p, right).Data)
	return dot(left.Data, left.Data)
}

// rotatedDistance is ‖LJᵀ-RU‖², u = LᵀR = JᵀSUᵀ, for the columns of U of which S is not 0; the others are any that are orthogonal to them, and
// rest is what these leave of ‖R‖². It destroys u.
func rotatedDistance(left, right, u relent.Matrix[float64]) (sum, rest float64) {
	turn := identity(left.Rows)
	orthogonalize(u, turn)
	left = product(turn, left)
	rest = dot(right.Data, right.Data)
	image := make([]float64, right.Cols)
	for k := range u.Rows {
		row := left.Row(k)
		s := norm(u.Row(k))
		if s == 0 {
			sum += dot(row, row)
			continue
		}
		clear(image)
		for i, v := range u.Row(k) {
			axpy(v/s, right.Row(i), image)
		}
		rest -= dot(image, image)
		axpy(-1, image, row)
		sum += dot(row, row)
	}
	return sum, rest
}

// orthogonalize rotates the rows of x until they are orthogonal, and those of turned with them: one-sided Jacobi rotations.
//
// Demmel and Veselić, Jacobi's method is more accurate than QR, SIAM J. Matrix Anal. Appl. 13 (1992), 1204–1245.
func orthogonalize(x, turned relent.Matrix[float64]) {
	const sweeps = 60
	squares := make([]float64, x.Rows)
	for rotated, sweep := true, 0; rotated && sweep < sweeps; sweep++ {
		rotated = false
		for k := range squares {
			squares[k] = dot(x.Row(k), x.Row(k))
		}
		for q := range squares {
			for p := range q {
				a, b := x.Row(p), x.Row(q)
				common := dot(a, b)
				if t := rotation(squares[p], squares[q], common); t != 0 {
					rotated = true
					rotateRows(t, a, b)
					rotateRows(t, turned.Row(p), turned.Row(q))
					moved := float64(t * common)
					squares[p], squares[q] = max(0, squares[p]-moved), squares[q]+moved
				}
			}
		}
	}
}

// rotation is the tangent of the rotation that makes vectors with squares a and b and product c orthogonal; 0 if they are.
func rotation(a, b, c float64) float64 {
	if !(math.Abs(c) > float64(0x1p-50*math.Sqrt(a)*math.Sqrt(b))) {
		return 0
	}
	z := (b - a) / float64(2*c)
	return math.Copysign(1/(math.Abs(z)+length(1, z)), z)
}

// rotateRows turns a to ca - sb and b to sa + cb, of the tangent s/c.
func rotateRows(tangent float64, a, b []float64) {
	c := 1 / length(1, tangent)
	s := float64(c * tangent)
	b = b[:len(a)]
	for i, v := range a {
		a[i] = float64(c*v) - float64(s*b[i])
		b[i] = float64(s*v) + float64(c*b[i])
	}
}

// product is ab.
func product(a, b relent.Matrix[float64]) relent.Matrix[float64] {
	c := newMatrix(a.Rows, b.Cols)
	for i := range a.Rows {
		row, sum := a.Row(i), c.Row(i)
		k := 0
		for ; k+4 <= len(row); k += 4 {
			addFour(sum, [4]float64(row[k:]), b.Row(k), b.Row(k+1), b.Row(k+2), b.Row(k+3))
		}
		for ; k < len(row); k++ {
			axpy(row[k], b.Row(k), sum)
		}
	}
	return c
}

// rootOf is an A with AAᵀ = Σ.
func rootOf(f form) relent.Matrix[float64] {
	columns := identity(f.dim())
	if f, ok := f.(*covarianceForm); ok {
		for k := range columns.Rows {
			copy(columns.Row(k)[k:], f.columns.Row(k)[k:])
		}
		return transposed(columns)
	}
	for k := range columns.Rows {
		f.transform(columns.Row(k), columns.Row(k))
	}
	return transposed(columns)
}

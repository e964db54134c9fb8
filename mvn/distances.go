package mvn

import (
	"fmt"
	"math"
	"slices"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/special"
)

// Renyi returns the Rényi divergence of order alpha of l from r in nats,
//
//	alpha/2·(μₗ-μᵣ)ᵀΣ⁻¹(μₗ-μᵣ) + log(det Σ/(det Σₗ^(1-alpha)·det Σᵣ^alpha))/(2(1-alpha)), Σ = (1-alpha)Σₗ + alpha·Σᵣ.
//
// It is 0 for alpha = 0, KullbackLeibler(l, r) for alpha = 1, and +Inf if Σ is not positive definite, which may be for
// alpha > 1, or if the distributions do not have the same support. It is never negative, and accurate also if l and r are nearly
// the same or far apart, or alpha is next to 0 or 1. The first call lays covariances out, and the distributions keep that; later ones do not
// allocate where the two are not nearly the same and neither is singular.
//
// Kolchinsky and Tracey, Estimating mixture entropy with pairwise distances, Entropy 19 (2017), 361.
//
// It panics unless alpha is at least 0 and finite.
func Renyi(alpha float64, l, r *Normal) float64 {
	if !(alpha >= 0) || math.IsInf(alpha, 1) {
		panic(fmt.Sprintf("mvn: Renyi: alpha is %g", alpha))
	}
	sameDim("Renyi", l, r)
	switch alpha {
	case 0:
		return 0
	case 1:
		return KullbackLeibler(l, r)
	}
	if isSingular(l) || isSingular(r) {
		return withinSupport(l, r, func(l, r *Normal) float64 { return Renyi(alpha, l, r) })
	}
	d := l.Dim()
	buffer := l.pairs.get(d + mixedWork(d))
	defer l.pairs.put(buffer)
	difference, work := buffer[:d], buffer[d:]
	if !subtract(difference, l.mean, r.mean) {
		return math.Inf(1)
	}
	if f, ok := l.form.(*diagonalForm); ok {
		if g, ok := r.form.(*diagonalForm); ok {
			return renyiDiagonal(alpha, difference, f.v, g.v)
		}
	}
	m, ok := mix(work, alpha, l.form, r.form)
	if !ok {
		return math.Inf(1)
	}
	distance := m.sqMahalanobis(difference)
	return float64(0.5*alpha*distance) + max(0, 0.5/(1-alpha)*logRatio(alpha, m, l, r))
}

// renyiDiagonal is Renyi of variances p and q.
func renyiDiagonal(alpha float64, difference, p, q []float64) float64 {
	distance, ratio, beta := 0.0, 0.0, 1-alpha
	for i, y := range difference {
		s := float64(beta*p[i]) + float64(alpha*q[i])
		if !(s > 0) {
			return math.Inf(1)
		}
		z := y / math.Sqrt(s)
		distance += float64(z * z)
		if alpha > 0.5 {
			ratio += chordGap(beta, p[i], q[i])
		} else {
			ratio += chordGap(alpha, q[i], p[i])
		}
	}
	return float64(0.5*alpha*distance) + max(0, 0.5/beta*ratio)
}

// chordGap is log((share·v + (1-share)·base)/(v^share·base^(1-share))) for a share up to ½, which has the sign of the share, and for ½ the same
// bits for base and v. With t = (v-base)/base it is share·(t - log(1+t)) - (share·t - log(1+share·t)), and where v is much larger
// log(1+share·t) - share·log(1+t).
func chordGap(share, v, base float64) float64 {
	if share == 0.5 && v > base {
		v, base = base, v
	}
	t := (v - base) / base
	if t >= -0.5 && t <= 1 {
		return float64(share*excess(t)) - excess(float64(share*t))
	}
	ratio := v / base
	logRatio := log(ratio)
	if ratio < 0x1p-1000 || ratio > 0x1p1000 {
		logRatio = log(v) - log(base)
	}
	switch {
	case t < 0:
		return float64(share*(t-logRatio)) - excess(float64(share*t))
	case finite(t):
		return special.Log1p(float64(share*t)) - float64(share*logRatio)
	}
	return log(float64(share*v)+float64((1-share)*base)) - log(base) - float64(share*logRatio)
}

// A mixed covariance is LLᵀ = Σ.
type mixed struct {
	columns relent.Matrix[float64] // of L
	solved  []float64
	logDet  float64
}

// mixedWork is the number of elements of work of mix in d dimensions.
func mixedWork(d int) int { return d*d + d }

// mix factorises (1-alpha)Σₗ + alpha·Σᵣ in work. It returns false if that is not positive definite.
func mix(work []float64, alpha float64, l, r form) (mixed, bool) {
	d := l.dim()
	m := mixed{columns: squareOf(work, d), solved: work[d*d:][:d]}
	clear(m.columns.Data)
	l.addColumns(m.columns, 1-alpha)
	r.addColumns(m.columns, alpha)
	if pivot, _ := factorize(m.columns); pivot >= 0 {
		if alpha > 1 {
			return m, false
		}
		// Rounding: the factors are right, and cannot fail.
		m.columns = scaled(math.Sqrt(1-alpha), l.factor().columns)
		others := scaled(math.Sqrt(alpha), r.factor().columns)
		for k := range others.Rows {
			update(m.columns, others.Row(k))
		}
		if !finiteUpper(m.columns) {
			return m, false
		}
	}
	for j := range d {
		p := m.columns.Row(j)[j]
		if !(p > 0) || !finite(1/p) {
			return m, false
		}
		m.solved[j] = p
	}
	m.logDet = float64(2 * total(relent.Log(m.solved, m.solved)))
	return m, true
}

// whitener is L⁻¹.
func (m mixed) whitener() *relent.Factor[float64] {
	return sound(relent.NewFactor(make([]float64, m.columns.Rows), transposedTriangle(m.columns, true)))
}

// sqMahalanobis is yᵀΣ⁻¹y.
func (m mixed) sqMahalanobis(y []float64) float64 {
	copy(m.solved, y)
	forward(m.columns, m.solved)
	if square := dot(m.solved, m.solved); square >= 0x1p-900 && finite(square) || !slices.ContainsFunc(y, nonzero) {
		return square
	}
	return always(m.whitener().SqMahalanobis(nil, asRow(y), relent.Run{}))[0] // where squares or what they are of leave the range of float64
}

func nonzero(x float64) bool { return x != 0 }

func scaled(c float64, a relent.Matrix[float64]) relent.Matrix[float64] {
	a = clone(a)
	for i := range a.Data {
		a.Data[i] *= c
	}
	return a
}

// logRatio is log(det Σ/(det Σₗ^(1-alpha)·det Σᵣ^alpha)), from the determinants where little of them cancels. Elsewhere, with
// X = L⁻¹(Σₗ-Σᵣ)L⁻ᵀ, LLᵀ = Σ, it is -(1-alpha)·log det(I+alpha·X) - alpha·log det(I-(1-alpha)X), whose first-order terms
// cancel, unless I+alpha·X or I-(1-alpha)X is nearly singular.
func logRatio(alpha float64, m mixed, l, r *Normal) float64 {
	const cancelled = 64
	beta := 1 - alpha
	p, q := float64(beta*l.form.logDet()), float64(alpha*r.form.logDet())
	direct := m.logDet - p - q
	terms := max(float64(l.Dim()), math.Abs(m.logDet), math.Abs(p), math.Abs(q))
	if math.Abs(direct) >= terms/cancelled {
		return direct
	}
	columns := m.columns // which are no longer needed
	if near, ok := nearLogRatio(alpha, columns, l, r); ok {
		return near
	}
	far := 0.0
	if alpha > 0.5 {
		far = farLogRatio(beta, columns, l, r)
	} else {
		far = farLogRatio(alpha, columns, r, l)
	}
	if finite(far) {
		return far
	}
	return direct
}

func nearLogRatio(alpha float64, columns relent.Matrix[float64], l, r *Normal) (ratio float64, ok bool) {
	work := r.pairs.get(relativeWork(l.Dim()))
	defer r.pairs.put(work)
	beta := 1 - alpha
	x, inverse := relativeDifference(work, l.form, r.form)
	sign, share := 1.0, beta // Σ is I + share·X in the coordinates in which Σᵣ is I or, if inverse, Σₗ
	if inverse {
		sign, share = -1, alpha
	}
	if !relativeTo(x, columns, share) {
		return 0, false
	}
	scale(columns, float64(sign*alpha), x)
	p, near := traceLessLogDet(columns)
	scale(columns, float64(-sign*beta), x)
	q, nearToo := traceLessLogDet(columns)
	return float64(beta*p) + float64(alpha*q), near && nearToo
}

// farLogRatio is the same of a share, up to ½, of the one distribution, as log det(I+share·X) - share·log(det Σ/det B), X = L⁻¹(Σ-B)L⁻ᵀ,
// B = LLᵀ the covariance of the base: both are small where the share is. It is not finite where X is not. The matrix is scratch.
func farLogRatio(share float64, x relent.Matrix[float64], one, base *Normal) float64 {
	clear(x.Data)
	one.form.addColumns(x, 1)
	base.form.addColumns(x, -1)
	for j := range x.Rows {
		for i := range j {
			x.Row(j)[i] = x.Row(i)[j]
		}
	}
	lower := base.form.factor().columns
	for range 2 {
		for i := range x.Rows {
			forward(lower, x.Row(i))
		}
		transpose(x)
	}
	scale(x, share, x)
	return logDetBeyond(x) - float64(share*(one.form.logDet()-base.form.logDet()))
}

// Bhattacharyya returns the Bhattacharyya distance -log ∫√(l(x)r(x))dx of two distributions,
//
//	⅛(μₗ-μᵣ)ᵀΣ⁻¹(μₗ-μᵣ) + ½ log(det Σ/√(det Σₗ·det Σᵣ)), Σ = (Σₗ+Σᵣ)/2.
//
// It is half of the Rényi divergence of order ½, and as accurate.
func Bhattacharyya(l, r *Normal) float64 {
	sameDim("Bhattacharyya", l, r)
	return float64(0.5 * Renyi(0.5, l, r))
}

// Hellinger returns the Hellinger distance of two distributions, the root of 1 - e^-[Bhattacharyya]: from 0 to 1.
func Hellinger(l, r *Normal) float64 {
	sameDim("Hellinger", l, r)
	b := Bhattacharyya(l, r)
	if b > 1 {
		return math.Sqrt(1 - exp(-b))
	}
	return math.Sqrt(b - expMinus1MinusX(-b))
}

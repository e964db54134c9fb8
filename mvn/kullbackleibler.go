package mvn

import (
	"math"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// KullbackLeibler returns the Kullback–Leibler divergence of l from r in nats: B.11 if r is standard, B.10 if it is isotropic,
// their like if it is diagonal, all in O(d), and B.9 otherwise. It is never negative, 0 if l and r have the same parameters in
// the same form, and of good relative accuracy also if they are nearly the same.
//
// With factors L and R of the covariances and D = L - R, in which nothing is lost where they are close, twice the
// divergence is Σⱼ ‖R⁻¹D[:,j]‖² + ‖R⁻¹(μₗ-μᵣ)‖² + 2 Σⱼ (eⱼ - log(1+eⱼ)), eⱼ = Dⱼⱼ/Rⱼⱼ: no term is negative. Two
// distributions of NewPrecision are compared by their factors of the precision in the same way. One of NewPrecision beside
// another form, and one of NewLowRank unless r is diagonal, are converted to the factor of their covariance, by the first
// call that needs it; the distribution keeps it.
//
// If one is singular the result is +Inf, unless both have the same support.
//
// A call does not allocate, once conversions and buffers exist, if neither is singular.
func KullbackLeibler(l, r *Normal) float64 {
	sameDim("KullbackLeibler", l, r)
	if isSingular(l) || isSingular(r) {
		return withinSupport(l, r, KullbackLeibler)
	}
	if f, ok := r.form.(*diagonalForm); ok {
		return klFromDiagonal(l, r, f)
	}
	a, ok := l.form.(*precisionForm)
	if b, both := r.form.(*precisionForm); ok && both {
		return klPrecisions(l, r, a, b)
	}
	return klFactors(l, r)
}

// CrossEntropy returns the cross-entropy of l and r in nats, KullbackLeibler(l, r) + l.Entropy().
func CrossEntropy(l, r *Normal) float64 {
	sameDim("CrossEntropy", l, r)
	return KullbackLeibler(l, r) + l.Entropy()
}

// KullbackLeiblers computes KullbackLeibler(l[i], r[j]) into element (i, j) of dst, which is len(l)×len(r); a nil dst is
// allocated, an empty one resized. So it compares one with many, or many with many. The pairs are divided among workers
// goroutines, or computed by the caller's if workers is at most 1.
func KullbackLeiblers(dst *mat.Dense, l, r []*Normal, workers int) *mat.Dense {
	const name = "KullbackLeiblers"
	for _, side := range [][]*Normal{l, r} {
		for _, n := range side {
			sameDim(name, side[0], n)
		}
	}
	if len(l) > 0 && len(r) > 0 {
		sameDim(name, l[0], r[0])
	}
	dst = destinationDense(name, dst, len(l), len(r))
	if len(l) == 0 || len(r) == 0 {
		return dst
	}
	out := relent.Matrix[float64](dst.RawMatrix())
	d := l[0].Dim()
	inParts(len(l)*len(r), 1, float64(d)*formFlops(d), workers, func(from, to int) {
		for k := from; k < to; k++ {
			i, j := k/len(r), k%len(r)
			out.Row(i)[j] = KullbackLeibler(l[i], r[j])
		}
	})
	return dst
}

func sameDim(name string, l, r *Normal) {
	if d, e := given(name, "a distribution", l).Dim(), given(name, "a distribution", r).Dim(); d != e {
		here.Panic(name, "the distributions have %d and %d dimensions", d, e)
	}
}

// klFactors is B.9 from factors of the covariances. The last column of D is its last pivot alone: the difference of the means
// takes its place among the rows.
func klFactors(l, r *Normal) float64 {
	d := r.Dim()
	f := r.form.factor()
	buffer := r.pairs.get(d*d + d)
	rows := relent.Matrix[float64]{Rows: d, Cols: d, Stride: d, Data: buffer[:d*d]}
	distances := buffer[d*d:]
	pivot := differences(rows, l.form, f)
	last := rows.Row(d - 1)[d-1] / f.pivot[d-1]
	sum := math.Inf(1)
	if subtract(rows.Row(d-1), l.mean, r.mean) {
		sum = total(r.form.whitener().SqMahalanobis(distances, rows, 1)) + float64(last*last)
	}
	sum = float64(0.5*sum) + logExcess(distances[:d], pivot, f.pivot)
	r.pairs.put(buffer)
	return sum
}

// differences makes the rows the columns of the factors' difference, and returns the pivots of l.
func differences(rows relent.Matrix[float64], l form, r *factored) []float64 {
	if f, ok := l.(*diagonalForm); ok {
		for j, s := range f.s {
			row, column := rows.Row(j), r.columns.Row(j)
			clear(row[:j])
			for i := j; i < len(row); i++ {
				row[i] = -column[i]
			}
			row[j] += s
		}
		return f.s
	}
	f := l.factor()
	for j := range f.pivot {
		row := rows.Row(j)
		clear(row[:j])
		subtract(row[j:], f.columns.Row(j)[j:], r.columns.Row(j)[j:])
	}
	return f.pivot
}

// subtract sets dst to a - b. It tells whether all of it is finite.
func subtract(dst, a, b []float64) bool {
	a, b = a[:len(dst)], b[:len(dst)]
	zero := 0.0
	for i := range dst {
		dst[i] = a[i] - b[i]
		zero += dst[i] - dst[i]
	}
	return zero == 0
}

func total(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum
}

// logExcess is Σ (e - log(1+e)), e = p/q - 1. It uses buffer.
func logExcess(buffer, p, q []float64) float64 {
	sum := 0.0
	for i, term := range relent.GeneralizedKullbackLeiblerTerms(buffer, q, p) { // q·log(q/p) - q + p
		sum += term / q[i]
	}
	return sum
}

// klPrecisions is B.9 from factors of the precisions, A of l and B of r: twice it is ‖GA⁻¹‖² + ‖B(μₗ-μᵣ)‖² +
// 2 Σⱼ (eⱼ - log(1+eⱼ)), G = B - A and eⱼ = Gⱼⱼ/Aⱼⱼ. As R = JAᵀJ, the rows of GA⁻¹ are R⁻¹ times the reversed rows of G.
func klPrecisions(l, r *Normal, a, b *precisionForm) float64 {
	d := r.Dim()
	buffer := r.pairs.get((d+1)*d + d + 1)
	rows := relent.Matrix[float64]{Rows: d, Cols: d, Stride: d, Data: buffer[:d*d]}
	difference, distances := buffer[d*d:(d+1)*d], buffer[(d+1)*d:]
	for i := range d {
		row, p, q := rows.Row(i), a.m.Row(i), b.m.Row(i)
		clear(row)
		for j := range i + 1 {
			row[d-1-j] = q[j] - p[j]
		}
	}
	sum := math.Inf(1)
	if subtract(difference, l.mean, r.mean) {
		sum = total(a.reversed.get().SqMahalanobis(distances[:d], rows, 1))
		sum += b.white.SqMahalanobis(distances[d:], asRow(difference), 1)[0]
	}
	sum = float64(0.5*sum) + logExcess(distances[:d], b.pivot, a.pivot)
	r.pairs.put(buffer)
	return sum
}

// klFromDiagonal is B.11, B.10 and their generalisation: with LLᵀ the covariance of l and v the variances of r, twice it is
// Σ (μₗ-μᵣ)²/v + Σ oⱼ/vⱼ + Σ (Lⱼⱼ²/vⱼ - 1 - log(Lⱼⱼ²/vⱼ)), oⱼ the sum of the squares of the rest of row j of L.
func klFromDiagonal(l, r *Normal, f *diagonalForm) float64 {
	sum := 0.0
	for i, s := range f.s {
		z := (l.mean[i] - r.mean[i]) / s
		sum += float64(z * z)
	}
	var square []float64
	switch g := l.form.(type) {
	case *diagonalForm:
		square = g.v
	case *lowRankForm:
		square = g.v
		sum += g.klOfFactors(f)
	default:
		square = g.factor().square
		for i, o := range g.factor().offDiagonal {
			sum += o / f.v[i]
		}
	}
	if f.isotropic {
		return float64(0.5 * max(0, sum+relent.GeneralizedKullbackLeibler(f.v, square)/f.v[0]))
	}
	buffer := r.pairs.get(len(square))
	sum += logExcess(buffer, square, f.v)
	r.pairs.put(buffer)
	return float64(0.5 * max(0, sum))
}

// klOfFactors is what the common factors add to twice the divergence of D from r: tr BᵀB(D/v - 1) + tr BᵀB -
// log det(I+BᵀB). The first may be negative, the rest is the excess of the factor of I+BᵀB over I.
func (f *lowRankForm) klOfFactors(r *diagonalForm) float64 {
	sum := 0.0
	for i, v := range f.v {
		b := f.b.Row(i)
		sum += float64(dot(b, b) * ((v - r.v[i]) / r.v[i]))
	}
	for i, p := range f.inner.pivot {
		sum += f.inner.offDiagonal[i] + excess(float64((p-1)*(p+1)))
	}
	return sum
}

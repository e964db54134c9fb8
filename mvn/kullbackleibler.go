package mvn

import (
	"math"
	"slices"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// KullbackLeibler returns the Kullback–Leibler divergence of l from r in nats: B.11 if r is standard, B.10 if it is isotropic,
// their like if it is diagonal, all in O(d) or, of a low-rank one, O(d·r), and B.9 otherwise. It is never negative, and 0 if l
// and r have the same parameters in the same form.
//
// The relative error is at most 1e-12 times the condition number of the covariance of r, or of l if that has a larger one, also
// where l and r differ by as little as one unit in the last place of one parameter, for every pair of forms. For what
// was given is subtracted, Σₗ-Σᵣ, before anything is rounded: with RRᵀ = Σᵣ and λ the eigenvalues of R⁻¹(Σₗ-Σᵣ)R⁻ᵀ, twice
// the divergence is ‖R⁻¹(μₗ-μᵣ)‖² + Σ (λ - log(1+λ)), in which no term is negative.
//
// Where l and r are farther apart, it is Σⱼ ‖R⁻¹D[:,j]‖² + ‖R⁻¹(μₗ-μᵣ)‖² + 2 Σⱼ (eⱼ - log(1+eⱼ)), D = L-R the difference of
// the factors and eⱼ = Dⱼⱼ/Rⱼⱼ. Two distributions of NewNormalPrecision are compared by their factors of the precision in the same
// way. One of NewNormalPrecision beside another form, and one of NewNormalLowRank unless r is diagonal, are converted to the factor of
// their covariance, by the first call that needs it; the distribution keeps it. Two that are near each other take about ten times
// as long as others, a covariance and a precision O(d³) in twice the precision.
//
// If one is singular the result is +Inf, unless both have the same support.
//
// A call does not allocate, once conversions, factors of the last variables and buffers exist, if neither is singular.
func KullbackLeibler(l, r *Normal) float64 {
	sameDim("KullbackLeibler", l, r)
	if isSingular(l) || isSingular(r) {
		return withinSupport(l, r, KullbackLeibler)
	}
	mean, spread := klTerms(l, r)
	if mean+spread < float64(rounded(l.form, r.form)*float64(l.Dim())) {
		if near, ok := nearSpread(l, r); ok {
			spread = near
		}
	}
	return mean + spread
}

// rounded is the divergence, for each variable, from which on what klTerms rounds is little beside it.
func rounded(l, r form) float64 {
	_, diagonal := r.(*diagonalForm)
	switch l.(type) {
	case *lowRankForm:
		if diagonal {
			return 0x1p-10
		}
	case *precisionForm:
	default:
		if diagonal { // nothing is rounded
			return 0
		}
	}
	return 0x1p-16
}

// klTerms are what the means and what the covariances contribute to the divergence.
func klTerms(l, r *Normal) (mean, spread float64) {
	if f, ok := r.form.(*diagonalForm); ok {
		return klFromDiagonal(l, r, f)
	}
	a, ok := l.form.(*precisionForm)
	if b, both := r.form.(*precisionForm); ok && both {
		return klPrecisions(l, r, a, b)
	}
	return klFactors(l, r)
}

// nearSpread is what the covariances contribute, from the matrices as they were given. It returns false where they are not near.
func nearSpread(l, r *Normal) (float64, bool) {
	f, diagonal := r.form.(*diagonalForm)
	if _, precise := l.form.(*precisionForm); diagonal && !precise {
		return spreadFromDiagonal(l, r, f), true
	}
	work := r.pairs.get(relativeWork(l.Dim()))
	defer r.pairs.put(work)
	x, inverse := relativeDifference(work, l.form, r.form)
	if inverse { // I+X is Σₗ⁻¹Σᵣ: -(I+X)⁻¹X takes its place
		if !relativeTo(x, squareOf(work, x.Rows), 1) {
			return 0, false
		}
		scale(x, -1, x)
	}
	twice, near := traceLessLogDet(x)
	return float64(0.5 * twice), near
}

// CrossEntropy returns the cross-entropy of l and r in nats, KullbackLeibler(l, r) + l.Entropy().
func CrossEntropy(l, r *Normal) float64 {
	sameDim("CrossEntropy", l, r)
	return KullbackLeibler(l, r) + l.Entropy()
}

// KullbackLeiblers computes KullbackLeibler(l[i], r[j]) into element (i, j) of dst, which is len(l)×len(r); a nil dst is
// allocated, an empty one resized. Use it to compare one distribution with many,
// or many with many. An error is that of the run's context.
func KullbackLeiblers(dst *mat.Dense, l, r []*Normal, run relent.Run) (*mat.Dense, error) {
	return manyToMany("KullbackLeiblers", dst, l, r, 0, run, KullbackLeibler)
}

// manyToMany computes divergence(l[i], r[j]) into element (i, j) of dst. It takes so many operations for each variable, and those of as
// many triangular forms.
func manyToMany(
	name string, dst *mat.Dense, l, r []*Normal, flops float64, run relent.Run, divergence func(l, r *Normal) float64,
) (*mat.Dense, error) {
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
		return dst, nil
	}
	out := relent.Matrix[float64](dst.RawMatrix())
	pairs, d := len(l)*len(r), l[0].Dim()
	if plain(run) {
		pairsOf(out, l, r, 0, pairs, divergence)
		return dst, nil
	}
	return dst, inParts(pairs, 1, float64(d)*(flops+formFlops(d)), run, func(from, to int) { pairsOf(out, l, r, from, to, divergence) })
}

// pairsOf computes the pairs from one number up to but not including another, row by row of dst.
func pairsOf(dst relent.Matrix[float64], l, r []*Normal, from, to int, divergence func(l, r *Normal) float64) {
	for k := from; k < to; k++ {
		i, j := k/len(r), k%len(r)
		dst.Row(i)[j] = divergence(l[i], r[j])
	}
}

func sameDim(name string, l, r *Normal) {
	if d, e := given(name, "a distribution", l).Dim(), given(name, "a distribution", r).Dim(); d != e {
		here.Panic(name, "the distributions have %d and %d dimensions", d, e)
	}
}

// klFactors is B.9 from factors of the covariances. The last column of D is its last pivot alone; the difference of the means is a row
// before those of the other columns.
func klFactors(l, r *Normal) (mean, spread float64) {
	d := r.Dim()
	f, solve := r.form.factor(), tailsOf(r.form)
	buffer := r.pairs.get(d*d + d)
	rows := squareOf(buffer, d)
	distances := buffer[d*d:][:d]
	pivot := differences(rows.Slice(1, d), l.form, f)
	last := (pivot[d-1] - f.pivot[d-1]) / f.pivot[d-1]
	mean, spread = math.Inf(1), float64(last*last)
	if subtract(rows.Row(0), l.mean, r.mean) {
		solve.sqMahalanobis(distances, rows)
		mean, spread = distances[0], spread+total(distances[1:])
	}
	spread = float64(0.5*spread) + logExcess(distances, pivot, nil, f.pivot)
	r.pairs.put(buffer)
	return float64(0.5 * mean), spread
}

// differences makes the rows the first columns of the factors' difference, and returns the pivots of l.
func differences(rows relent.Matrix[float64], l form, r *factored) []float64 {
	if f, ok := l.(*diagonalForm); ok {
		for j := range rows.Rows {
			row, column := rows.Row(j), r.columns.Row(j)
			clear(row[:j])
			for i := j; i < len(row); i++ {
				row[i] = -column[i]
			}
			row[j] += f.s[j]
		}
		return f.s
	}
	f := l.factor()
	for j := range rows.Rows {
		row := rows.Row(j)
		clear(row[:j])
		setDifference(row[j:], f.columns.Row(j)[j:], r.columns.Row(j)[j:])
	}
	return f.pivot
}

// subtract sets dst to a - b. It tells whether all of it is finite.
func subtract(dst, a, b []float64) bool {
	setDifference(dst, a, b)
	return allFinite(dst)
}

// setDifference sets dst to a - b.
func setDifference(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i, v := range a {
		dst[i] = v - b[i]
	}
}

func total(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum
}

// logExcess is Σ (e - log(1+e)), e = (p+low)/q - 1, low nil or what p lacks in precision, by the first terms of Taylor's series. It
// uses buffer.
func logExcess(buffer, p, low, q []float64) float64 {
	sum := 0.0
	for i, term := range relent.GeneralizedKullbackLeiblerTerms(buffer, q, p) { // q·log(q/p) - q + p
		sum += term / q[i]
	}
	for i, c := range low {
		c /= p[i]
		sum += float64(c * ((p[i]-q[i])/q[i] + float64(0.5*c)))
	}
	return sum
}

// klPrecisions is B.9 from factors of the precisions, A of l and B of r: twice it is ‖GA⁻¹‖² + ‖B(μₗ-μᵣ)‖² +
// 2 Σⱼ (eⱼ - log(1+eⱼ)), G = B - A and eⱼ = Gⱼⱼ/Aⱼⱼ. As R = JAᵀJ, the rows of GA⁻¹ are R⁻¹ times the reversed rows of G: the last
// ones begin with the fewest zeros, and come first.
func klPrecisions(l, r *Normal, a, b *precisionForm) (mean, spread float64) {
	d := r.Dim()
	buffer := r.pairs.get((d+1)*d + d + 1)
	rows := squareOf(buffer, d)
	difference, distances := buffer[d*d:(d+1)*d], buffer[(d+1)*d:]
	for i := range d {
		row, p, q := rows.Row(d-1-i), a.m.Row(i), b.m.Row(i)
		clear(row[:d-1-i])
		for j := range i + 1 {
			row[d-1-j] = q[j] - p[j]
		}
	}
	mean = math.Inf(1)
	if subtract(difference, l.mean, r.mean) {
		a.reversed.get().sqMahalanobis(distances[:d], rows)
		slices.Reverse(distances[:d])
		always(b.whitener().SqMahalanobis(distances[d:][:1], asRow(difference), relent.Run{}))
		spread, mean = total(distances[:d]), distances[d]
	}
	spread = float64(0.5*spread) + logExcess(distances[:d], b.pivot, nil, a.pivot)
	r.pairs.put(buffer)
	return float64(0.5 * mean), spread
}

// klFromDiagonal is B.11, B.10 and their generalisation, v the variances of r: twice what the means contribute is Σ (μₗ-μᵣ)²/v.
func klFromDiagonal(l, r *Normal, f *diagonalForm) (mean, spread float64) {
	for i, s := range f.s {
		z := (l.mean[i] - r.mean[i]) / s
		mean += float64(z * z)
	}
	if g, ok := l.form.(*lowRankForm); ok {
		spread = g.spreadFromDiagonal(r, f)
	} else {
		spread = spreadFromDiagonal(l, r, f)
	}
	return float64(0.5 * mean), spread
}

// spreadFromDiagonal takes O(d): with pⱼ the variance in l of variable j given those before it, and oⱼ what these explain of its
// own variance, twice it is Σ oⱼ/vⱼ + Σ (pⱼ/vⱼ - 1 - log(pⱼ/vⱼ)).
func spreadFromDiagonal(l, r *Normal, f *diagonalForm) float64 {
	each := l.form.successive()
	sum := 0.0
	for i, o := range each.explained {
		sum += o / f.v[i]
	}
	buffer := r.pairs.get(len(f.v))
	sum += logExcess(buffer, each.high, each.low, f.v)
	r.pairs.put(buffer)
	return float64(0.5 * max(0, sum))
}

// spreadFromDiagonal is the same in O(d·r), without what has to be made first, and rounded where Σ is near v: twice it is the divergence of
// D from v and what the common factors add, tr BᵀB(D/v - 1) + tr BᵀB - log det(I+BᵀB). Of these terms the first may be
// negative, the rest is the excess of the factor of I+BᵀB over I.
func (f *lowRankForm) spreadFromDiagonal(r *Normal, v *diagonalForm) float64 {
	sum := 0.0
	for i, w := range f.v {
		b := f.b.Row(i)
		sum += float64(dot(b, b) * ((w - v.v[i]) / v.v[i]))
	}
	for i, p := range f.inner.pivot {
		sum += f.inner.successive().explained[i] + excess(float64((p-1)*(p+1)))
	}
	buffer := r.pairs.get(len(f.v))
	sum += logExcess(buffer, f.v, nil, v.v)
	r.pairs.put(buffer)
	return float64(0.5 * max(0, sum))
}

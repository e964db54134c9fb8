package mvn

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/special"
	"gonum.org/v1/gonum/mat"
)

// JensenShannon returns the Jensen–Shannon divergence of two distributions in nats, B.7: ½KL(l‖m) + ½KL(r‖m), m their mixture in equal
// parts. It has no closed form, and is computed from one integral in any dimension; see [WeightedJensenShannon].
//
// It is from 0 to log 2, has the same bits if l and r are swapped, and is 0 if they have the same parameters in the same form. With κ the
// larger condition number of the two covariances, the relative error is at most 1e-13·κ, also where l and r differ by as little as one unit in
// the last place of one parameter, and the absolute one at most 1e-14·κ, and 1e-14 for diagonal covariances.
//
// Distributions on different supports, as one of [NewNormalSingular] may have, have log 2.
//
// Two of diagonal covariances take 170·d steps of a recurrence, two of isotropic ones 170; others as many, and O(d³) for a factorisation
// and for a tridiagonal matrix.
func JensenShannon(l, r *Normal) float64 {
	sameDim("JensenShannon", l, r)
	return jensenShannon(0.5, l, r)
}

// JensenShannonDistance returns the root of [JensenShannon], a metric.
func JensenShannonDistance(l, r *Normal) float64 {
	sameDim("JensenShannonDistance", l, r)
	return math.Sqrt(jensenShannon(0.5, l, r))
}

// WeightedJensenShannon returns w·KL(l‖m) + (1-w)·KL(r‖m), m = w·l + (1-w)·r, in nats, for a weight from 0 to 1: what a sample tells of
// which distribution it is from. It is [JensenShannon] for w = ½. It is from 0 to the entropy of the weights, which distributions on
// different supports have, and has the same bits for (w, l, r) and (1-w, r, l) where 1-w is exact.
//
// The errors are at most those of JensenShannon; of the relative one 1/√(w(1-w)) times as much.
//
// With C(t) = ∫ l(x)^(½+it)·r(x)^(½-it) dx, which is closed, and c = log(w/(1-w)), it is
//
//	√(w(1-w))·∫₀^∞ Re(e^(itc)·(1-C(t)))/((¼+t²)·cosh πt) dt,
//
// as √(w(1-w)) times the Fourier transform of 1/((¼+t²)·cosh πt) is the entropy of the weights after a sample of log l/r = L, over
// √(l·r): at L+c it is e^(L/2)·log(1+e^-L) + e^(-L/2)·log(1+e^L). The integrand is analytic for |Im t| < ½, so that the
// trapezoidal rule converges exponentially.
//
// It panics unless w is from 0 to 1.
func WeightedJensenShannon(w float64, l, r *Normal) float64 {
	const name = "WeightedJensenShannon"
	if !(w >= 0 && w <= 1) {
		here.Panic(name, "the weight is %g", w)
	}
	sameDim(name, l, r)
	return jensenShannon(w, l, r)
}

// JensenShannons computes JensenShannon(l[i], r[j]) into element (i, j) of dst, which is len(l)×len(r); a nil dst is allocated, an empty
// one resized. An error is that of the run's context. With a dst and one worker it does not allocate, once buffers exist, but for singular
// distributions.
func JensenShannons(dst *mat.Dense, l, r []*Normal, run relent.Run) (*mat.Dense, error) {
	const flops = 1 << 14 // at the nodes, for each variable
	return manyToMany("JensenShannons", dst, l, r, flops, run, JensenShannon)
}

func jensenShannon(w float64, l, r *Normal) float64 {
	weight := lesser{w, w > 0.5}
	if weight.ofOther {
		weight.weight = 1 - w // which is exact
	}
	one := l.rows.get(1)
	one[0] = weight.weight
	most := relent.BinaryEntropy(one)
	l.rows.put(one)
	if isSingular(l) || isSingular(r) {
		a, b, same := project(l, r)
		switch {
		case !same:
			return most
		case a == nil:
			return 0
		}
		l, r = a, b
	}
	if compareNormals(l, r) > 0 {
		l, r, weight.ofOther = r, l, !weight.ofOther
	}
	if most == 0 {
		return 0
	}
	p := l.pairs.get(pairWork(l.Dim()))
	defer l.pairs.put(p)
	pair, ok := pairOf(p, weight.weight != 0.5, l, r)
	if !ok {
		return most
	}
	return max(0, min(pair.jensenShannon(weight), most))
}

// A lesser weight is one of at most ½: of the second distribution, if it is of the other.
type lesser struct {
	weight  float64
	ofOther bool
}

// logOdds are those of the first distribution's weight.
func (l lesser) logOdds() float64 {
	switch odds := log(l.weight) - special.Log1p(-l.weight); {
	case l.weight == 0.5:
		return 0
	case l.ofOther:
		return -odds
	default:
		return odds
	}
}

// compareNormals orders distributions by what they were given.
func compareNormals(l, r *Normal) int {
	if c := cmp.Or(slices.Compare(l.mean, r.mean), cmp.Compare(kindOf(l.form), kindOf(r.form))); c != 0 {
		return c
	}
	switch f := l.form.(type) {
	case *diagonalForm:
		return slices.Compare(f.v, r.form.(*diagonalForm).v)
	case *lowRankForm:
		g := r.form.(*lowRankForm)
		return cmp.Or(slices.Compare(f.v, g.v), cmp.Compare(f.w.Cols, g.w.Cols), slices.Compare(f.w.Data, g.w.Data))
	case *precisionForm:
		g := r.form.(*precisionForm)
		return cmp.Or(compareTriangles(f.m, g.m, false), compareTriangles(f.prec, g.prec, false))
	case *covarianceForm:
		g := r.form.(*covarianceForm)
		return cmp.Or(compareTriangles(f.columns, g.columns, true), compareKnown(f, g))
	}
	return 0
}

// compareTriangles orders upper or lower triangles; one without data is before others.
func compareTriangles(a, b relent.Matrix[float64], upper bool) int {
	c := cmp.Compare(a.Rows, b.Rows)
	for i := 0; c == 0 && i < a.Rows; i++ {
		from, to := 0, i+1
		if upper {
			from, to = i, a.Cols
		}
		c = slices.Compare(a.Row(i)[from:to], b.Row(i)[from:to])
	}
	return c
}

// compareKnown orders forms of one L by the covariances that were given; one without is before others.
func compareKnown(f, g *covarianceForm) int {
	if !f.known() || !g.known() {
		return cmp.Compare(len(f.upper.data)+len(f.sigma.Data), len(g.upper.data)+len(g.sigma.Data))
	}
	c := 0
	for i := 0; c == 0 && i < f.dim(); i++ {
		for j := 0; c == 0 && j <= i; j++ {
			c = cmp.Compare(f.covariance(i, j), g.covariance(i, j))
		}
	}
	return c
}

func kindOf(f form) int {
	switch f.(type) {
	case *diagonalForm:
		return 0
	case *lowRankForm:
		return 1
	case *precisionForm:
		return 2
	case *covarianceForm:
		return 3
	}
	return 4
}

// A pair of distributions is, in the coordinates in which (Σₗ+Σᵣ)/2 is I and X = (Σᵣ-Σₗ)/2 the tridiagonal T, how far their means are apart, η:
//
//	log C(t) = ¼ log det(I-T²) - ½ log det(I+2itT) + ½it·log(det(I+T)/det(I-T)) - ½(¼+t²)·ηᵀ(I+2itT)⁻¹η.
type pair struct {
	tridiagonal
	means  []float64 // η
	times  float64   // how often everything occurs
	spread float64   // ¼ log det(I-T²)
	near   bool      // only the first terms of the angle count: ‖T‖ is at most 1/128, and Im C is wanted
	tilt   float64   // ½ log(det(I+T)/det(I-T)), less tr T where near

	lessTilt float64 // ½ log(det(I+T)/det(I-T)) - tr T
}

func pairWork(d int) int { return relativeWork(d) + 4*d + mixedWork(d) + d*d }

// vanished is where the logarithm of |C| says that C is nothing beside 1.
const vanished = -45

// pairOf is the pair in work. It returns false where all of C vanishes, which is largest at 0.
func pairOf(work []float64, weighted bool, l, r *Normal) (pair, bool) {
	d := l.Dim()
	vectors := work[relativeWork(d):]
	p := pair{tridiagonal: tridiagonal{vectors[:d], vectors[d:][:d]}, means: vectors[2*d:][:d], times: 1}
	if !subtract(p.means, r.mean, l.mean) {
		return p, false
	}
	mixedLogDet := 0.0
	if f, ok := l.form.(*diagonalForm); ok && kindOf(r.form) == 0 {
		mixedLogDet = p.setDiagonal(vectors[3*d:][:d], f, r.form.(*diagonalForm))
	} else {
		mixedLogDet, ok = p.setFull(work, vectors[3*d:][:d], vectors[4*d:], l.form, r.form)
		if !ok {
			return p, false
		}
	}
	p.near = weighted && p.norm() <= 0x1p-7
	p.setDeterminants(l.form, r.form, mixedLogDet)
	return p, p.spread-float64(0.125*dot(p.means, p.means)) > vanished
}

// setDiagonal makes the pair of variances, of one variable if all are the same, and returns log det (Σₗ+Σᵣ)/2. It uses middle.
func (p *pair) setDiagonal(middle []float64, l, r *diagonalForm) float64 {
	const small, scale, root = 0x1p-1000, 0x1p80, 0x1p40
	scaled := 0
	for i, v := range l.v {
		w := r.v[i]
		middle[i] = float64(0.5*v) + float64(0.5*w)
		if middle[i] < small { // where halves are rounded
			v, w = v*scale, w*scale
			middle[i] = float64(0.5*v) + float64(0.5*w)
			p.means[i] *= root
			scaled++
		}
		p.diagonal[i] = (float64(0.5*w) - float64(0.5*v)) / middle[i]
		p.means[i] /= math.Sqrt(middle[i])
	}
	clear(p.next)
	logDet := logProduct(middle) - float64(float64(scaled)*(80*logOfTwo))
	if l.isotropic && r.isotropic {
		p.times = float64(len(l.v))
		p.means[0] = math.Sqrt(dot(p.means, p.means) / p.times)
		p.means, p.diagonal, p.next = p.means[:1], p.diagonal[:1], p.next[:1]
	}
	return logDet
}

// setFull makes the pair of any forms, and returns log det (Σₗ+Σᵣ)/2. It uses work, row, and a place for a mixed covariance and a matrix.
func (p *pair) setFull(work, row, place []float64, l, r form) (logDet float64, ok bool) {
	d := l.dim()
	m, ok := mix(place[:mixedWork(d)], 0.5, l, r)
	if !ok {
		return 0, false
	}
	below := squareOf(place[mixedWork(d):], d)
	for j := range d {
		for i, v := range m.columns.Row(j)[j:] {
			below.Row(j + i)[j] = -v
		}
	}
	x := covarianceDifference(work, r, l)
	if x.Data[0] != x.Data[0] { // squares of factors are out of range
		for i := range x.Rows {
			for j := range x.Row(i) {
				x.Row(i)[j] = r.covariance(i, j) - l.covariance(i, j)
			}
		}
	}
	for range 2 {
		forwardRows(below, x)
		transpose(x)
	}
	scale(x, 0.5, x)
	forward(m.columns, p.means)
	if !allFinite(p.means) || !allFinite(x.Data) {
		return 0, false
	}
	tridiagonalize(p.tridiagonal, x, p.means, row)
	return m.logDet, true
}

// forwardRows replaces X by L⁻¹X, given -L.
func forwardRows(below, x relent.Matrix[float64]) {
	for i := range x.Rows {
		row, factors := x.Row(i), below.Row(i)
		combine(row, factors[:i], x.Data, x.Stride)
		rescale(row, row, -1/factors[i], 0)
	}
}

// setDeterminants takes them from T where I+T and I-T are not nearly singular.
func (p *pair) setDeterminants(l, r form, mixed float64) {
	above, ok := p.traceLessLogDet(1)
	if below, both := p.traceLessLogDet(-1); ok && both {
		p.spread = float64(-0.25 * p.times * (above + below))
		p.lessTilt = float64(0.5 * p.times * (below - above))
		p.tilt = p.lessTilt
		if !p.near {
			p.tilt += float64(p.times * total(p.diagonal))
		}
		return
	}
	p.spread = float64(0.25*l.logDet()) + float64(0.25*r.logDet()) - float64(0.5*mixed)
	p.tilt = float64(0.5*r.logDet()) - float64(0.5*l.logDet())
	p.lessTilt = p.tilt - float64(p.times*total(p.diagonal))
}

const (
	nodeCount = 168 // of the trapezoidal rule, up to t = 12, where what is left is below 2⁻⁵³ of all
	nodeStep  = 1. / 14
	nodeBlock = 24 // nodes that are computed together

	farOdds = 12 // logarithms of odds beyond which nodes stand twice as densely: e^(it·log odds) turns too fast for the rule
)

// nodeWeights are those of the nodes, that of 0 half of it.
var nodeWeights = sync.OnceValue(func() *[nodeCount]float64 {
	var weights [nodeCount]float64
	for k := range weights {
		weights[k] = nodeWeight(float64(float64(k) * nodeStep))
	}
	weights[0] /= 2
	return &weights
})

// nodeWeight is h/((¼+t²)·cosh πt).
func nodeWeight(t float64) float64 {
	e := exp(float64(math.Pi * t))
	return float64(2*nodeStep) / (float64((0.25 + float64(t*t))) * (e + 1/e))
}

// jensenShannon is the integral, of a pair for which C does not vanish at 0.
func (p *pair) jensenShannon(w lesser) float64 {
	weights, shift := nodeWeights(), w.logOdds()
	sum := p.atNodes(0, weights, shift)
	if math.Abs(shift) > farOdds {
		var between [nodeCount]float64
		for k := range between {
			between[k] = nodeWeight(float64((float64(k) + 0.5) * nodeStep))
		}
		sum = float64(0.5 * (sum + p.atNodes(0.5, &between, shift)))
	}
	return float64(math.Sqrt(float64(w.weight*(1-w.weight))) * sum)
}

// atNodes is the sum at nodes that are offset by a part of a step.
func (p *pair) atNodes(offset float64, weights *[nodeCount]float64, shift float64) (sum float64) {
	var c coefficients
	for from := 0; from < nodeCount; from += nodeBlock {
		c.next(p, float64(from)+offset)
		for i, weight := range weights[from : from+nodeBlock] {
			real, imaginary := c.lessReal[i], c.imaginary[i]
			if shift != 0 {
				sin, cos := special.Sincos(float64(shift * c.t[i]))
				real = float64(cos*real) + float64(sin*imaginary)
			}
			sum += float64(weight * real)
		}
	}
	return sum
}

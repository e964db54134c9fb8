package mvn

import (
	"math"

	"github.com/relent-go/relent/internal/special"
)

// TotalVariation returns the total variation distance of two distributions, ½∫|l(x)-r(x)|dx, and a bound of its error: of the integral
// that it is computed from, and of rounding for well-conditioned covariances. With κ the larger condition number, add 1e-14·κ times the
// distance. The distance is from 0 to 1, symmetric to the bit, 0 for the same parameters in the same form, and 1 for distributions on
// different supports.
//
// Of equal covariances it is 2Φ(δ/2)-1, δ the Mahalanobis distance of the means. Otherwise it is the integral of [BayesError], with 1-C for C;
// the bound is about 1e-15 of the distance, also where l and r are nearly equal. It takes 20 to 300 evaluations of C, O(d) each, and what
// [JensenShannon] takes before.
func TotalVariation(l, r *Normal) (distance, uncertainty float64) {
	sameDim("TotalVariation", l, r)
	return overlap{weight: lesser{weight: 0.5}, apart: true}.of(l, r)
}

// BayesError returns the probability that the best guess of which distribution a point is from is wrong, where it is from l with the prior
// probability w: ∫ min(w·l(x), (1-w)·r(x))dx, from 0 to min(w, 1-w). The second result bounds its error as [TotalVariation] says. What is
// smaller than e⁻⁴⁵ of √(w(1-w)) is 0 within that.
//
// With C(t) = ∫ l(x)^(½+it)·r(x)^(½-it) dx, which is closed, and c = log(w/(1-w)), it is
//
//	√(w(1-w))/2π · ∫ e^(itc)·C(t)/(¼+t²) dt,
//
// because min(w·l, (1-w)·r) is √(w(1-w)·l·r)·e^(-|L+c|/2), L = log l/r, and e^(-|x|/2) has the Fourier transform 1/(¼+t²). On the real line the
// integrand may fall slowly and turn fast. C is analytic but for cuts on the imaginary axis, beyond ±½i: with t = ½ sinh(u+iθ) and
// |θ| < π/2 the integral is √(w(1-w))/π·∫ e^(itc)·C(t)/cosh(u+iθ) du, by the trapezoidal rule, and for the right θ it falls as e^-e^|u| does.
//
// It panics unless w is from 0 to 1.
func BayesError(w float64, l, r *Normal) (probability, uncertainty float64) {
	const name = "BayesError"
	if !(w >= 0 && w <= 1) {
		here.Panic(name, "the weight is %g", w)
	}
	sameDim(name, l, r)
	weight := lesser{w, w > 0.5}
	if weight.ofOther {
		weight.weight = 1 - w // which is exact
	}
	return overlap{weight: weight}.of(l, r)
}

// An overlap is ∫ min(w·l, (1-w)·r), or 1 less twice as much where how far l and r are apart is asked for, with equal weights.
type overlap struct {
	weight lesser
	apart  bool
}

// value is that of a Bayes error.
func (o overlap) value(e float64) float64 {
	if o.apart {
		return 1 - float64(2*e)
	}
	return e
}

// scale is √(w(1-w)).
func (o overlap) scale() float64 { return math.Sqrt(float64(o.weight.weight * (1 - o.weight.weight))) }

func (o overlap) of(l, r *Normal) (value, uncertainty float64) {
	if isSingular(l) || isSingular(r) {
		a, b, same := project(l, r)
		switch {
		case !same:
			return o.value(0), 0
		case a == nil:
			return o.value(o.weight.weight), 0
		}
		l, r = a, b
	}
	switch c := compareNormals(l, r); {
	case o.weight.weight == 0:
		return o.value(o.weight.weight), 0
	case c > 0:
		l, r, o.weight.ofOther = r, l, !o.weight.ofOther
	}
	work := l.pairs.get(pairWork(l.Dim()))
	defer l.pairs.put(work)
	p, ok := pairOf(work, false, l, r)
	switch {
	case !ok:
		return o.value(0), o.scale() * exp(vanished)
	case p.norm() == 0:
		value = o.ofEqualCovariances(math.Sqrt(float64(p.times * dot(p.means, p.means))))
		return value, float64(value * 0x1p-44)
	}
	return o.integral(&p)
}

// ofEqualCovariances is that of means so many deviations apart: L is normal with the mean δ²/2 under l, -δ²/2 under r, and the deviation δ.
func (o overlap) ofEqualCovariances(away float64) float64 {
	switch {
	case o.apart:
		return special.LowerGamma(0.5, float64(away*away/8))
	case away == 0:
		return o.weight.weight
	}
	half, turn := float64(away/2), math.Abs(o.weight.logOdds())/away // the lesser weight's distribution is guessed only from turn past the middle on
	w := o.weight.weight
	return float64(w*special.NormalTail(half-turn)) + float64((1-w)*special.NormalTail(half+turn))
}

// angles are those of contours to try: first the real line if C falls fast there, otherwise towards the side where C falls.
func (p *pair) angles() [5]float64 {
	at := func(angle float64) float64 {
		t, _ := contour(angle, 4)
		return p.logCoefficient(t).Re
	}
	const near, far, fallen = 0.3, 0.6, -25
	side := math.Copysign(1, at(-near)-at(near))
	if at(0) < p.logCoefficient(special.Complex{}).Re+fallen {
		return [...]float64{0, near * side, far * side, -near * side, -far * side}
	}
	return [...]float64{far * side, near * side, 0, -near * side, -far * side}
}

// contour is t = ½ sinh(u+iθ), and cosh(u+iθ).
func contour(angle, u float64) (t, cosh special.Complex) {
	sin, cos := special.Sincos(angle)
	e := exp(u)
	c, s := float64(0.5*(e+1/e)), float64(0.5*(e-1/e))
	return special.Complex{Re: float64(0.5 * s * cos), Im: float64(0.5 * c * sin)}, special.Complex{Re: float64(c * cos), Im: float64(s * sin)}
}

// integral is the best of those on several contours, and not outside of what Bhattacharyya's coefficient B allows (Kailath, The divergence and
// Bhattacharyya distance measures in signal selection, 1967): with y = 4w(1-w)B², a Bayes error from ½(1-√(1-y)) to ½√y.
func (o overlap) integral(p *pair) (value, uncertainty float64) {
	const enough = 0x1p-46 // of the value
	b := p.logCoefficient(special.Complex{}).Re
	less := -special.Expm1(float64(2 * b)) // 1 - B²
	least, most := -special.Expm1(b), math.Sqrt(less)
	if !o.apart {
		w := o.weight.weight
		both, gap := float64(4*w*(1-w)), 1-float64(2*w)
		y := both - float64(both*less)
		least = float64(0.5*y) / (1 + math.Sqrt(float64(gap*gap)+float64(both*less)))
		most = min(float64(o.scale()*exp(b)), w)
	}
	most = max(least, most)
	value, uncertainty = float64(0.5*(least+most)), float64(0.5*(most-least))+float64(rounding*most*(2-b))
	for _, angle := range p.angles() {
		v, u, ok := o.along(p, angle)
		if ok && u < uncertainty {
			value, uncertainty = max(least, min(v, most)), u
		}
		if uncertainty <= float64(enough*value) {
			break
		}
	}
	return value, uncertainty
}

// rounding is the error of C relative to itself and log C, with what cancels in that.
const rounding = 0x1p-50

const (
	contourStep  = 1. / 16
	contourNodes = 1600 // far more than there are until 1/cosh is nothing beside the smallest distance
)

// along is the integral by θ, with the difference from that of every other node, which errs more, and a bound of rounding. It gives up where C
// grows.
func (o overlap) along(p *pair, angle float64) (value, uncertainty float64, ok bool) {
	const (
		gone  = -60 // log |C| beside the first one
		grown = 3
		least = 0x1p-60 // of the sum
	)
	shift := o.weight.logOdds()
	first, away := 0.0, false
	var sum, every2nd, size float64
	for k := range contourNodes {
		t, cosh := contour(angle, float64(float64(k)*contourStep))
		c := special.Complex{Re: math.Inf(-1)}
		if !away {
			c = p.logCoefficient(t).Add(special.Complex{Re: -t.Im, Im: t.Re}.Times(shift))
			if k == 0 {
				first = c.Re
			}
			if !(c.Re <= first+grown) {
				return 0, 0, false
			}
			away = c.Re < first+gone
		}
		term := o.node(c).Mul(cosh.Inverse())
		if k > 0 {
			term = term.Times(2)
		}
		sum += term.Re
		if !away {
			size += float64(term.Size() * (2 - p.spread + c.Size()))
		} else {
			size += term.Size()
		}
		if k%2 == 0 {
			every2nd += term.Re
		}
		if away && !o.apart || term.Size() < float64(least*math.Abs(sum)) {
			scale := float64(contourStep / math.Pi)
			if !o.apart {
				scale = float64(scale * o.scale())
			}
			doubt := math.Abs(sum-float64(2*every2nd)) + float64(rounding*size)
			return float64(scale * sum), float64(scale * doubt), true
		}
	}
	return 0, 0, false
}

// node is C, or 1-C, of its logarithm.
func (o overlap) node(log special.Complex) special.Complex {
	switch {
	case !o.apart:
		return log.Exp()
	case math.IsInf(log.Re, -1):
		return special.Real(1)
	}
	return log.Add(log.ExpExcess()).Times(-1)
}

// logCoefficient is log C(t) of the pair at a complex t, off the imaginary axis or less than ½ from 0: with z = 2it and E(z) = z·tr T -
// log det(I+zT),
//
//	log C(t) = -¼(E(1)+E(-1)) + ½it·(E(-1)-E(1)) + ½E(z) - ½(¼+t²)·ηᵀ(I+zT)⁻¹η.
//
// The inverse of a pivot of I+zT is a mean of numbers 1/(1+zλ), |λ| < 1, which lie on a circle through 0 and 1: no such mean is a negative real
// number, and the principal logarithms of the pivots add up to the right branch.
func (p *pair) logCoefficient(t special.Complex) special.Complex {
	it := special.Complex{Re: -t.Im, Im: t.Re}
	z := it.Times(2)
	var sum, form, inverse, last special.Complex
	for j, a := range p.diagonal {
		beside := z.Times(p.next[j])
		taken := beside.Mul(beside).Mul(inverse)
		e := z.Times(a).Sub(taken)
		inverse = e.Plus(1).Inverse()
		eta := special.Real(p.means[j]).Sub(beside.Mul(last))
		last = eta.Mul(inverse)
		form = form.Add(eta.Mul(last))
		sum = sum.Add(taken).Add(e.Excess())
	}
	form = form.Mul(t.Mul(t).Plus(0.25))
	return sum.Sub(form).Times(float64(0.5 * p.times)).Add(it.Times(p.lessTilt)).Plus(p.spread)
}

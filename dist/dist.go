// Package dist computes divergences and entropies of univariate distributions, and of Dirichlet ones, from their parameters.
//
//	p, q := dist.Gamma{Shape: 2, Rate: 3}, dist.Gamma{Shape: 2.5, Rate: 3}
//	d := dist.KullbackLeibler(p, q)
//	js := dist.JensenShannon(p, q)
//
// A function takes two distributions of one family. Values are in nats. [KullbackLeiblerIntegral] and [JensenShannonIntegral] are of any two
// densities of one variable, [KullbackLeiblerOfSamples] of two samples, [KullbackLeiblerOfRows] of samples of
// points. Multivariate normal distributions are in package mvn.
//
// # Parameters
//
//	here                            scipy.stats                       gonum's distuv
//	Normal{Mean, Deviation}         norm(mean, deviation)             Normal{Mu, Sigma}
//	LogNormal{Mean, Deviation}      lognorm(deviation, scale=e^mean)  LogNormal{Mu, Sigma}
//	Exponential{Rate}               expon(scale=1/rate)               Exponential{Rate}
//	Gamma{Shape, Rate}              gamma(shape, scale=1/rate)        Gamma{Alpha, Beta}
//	InverseGamma{Shape, Scale}      invgamma(shape, scale=scale)      InverseGamma{Alpha, Beta}
//	Beta{Alpha, Beta}               beta(alpha, beta)                 Beta{Alpha, Beta}
//	Dirichlet{…}                    dirichlet(…)                      distmv.NewDirichlet(…)
//	Laplace{Mean, Scale}            laplace(mean, scale)              Laplace{Mu, Scale}
//	Weibull{Shape, Scale}           weibull_min(shape, scale=scale)   Weibull{K, Lambda}
//	Poisson{Mean}                   poisson(mean)                     Poisson{Lambda}
//	Bernoulli{Success}              bernoulli(success)                Bernoulli{P}
//	Binomial{Trials, Success}       binom(trials, success)            Binomial{N, P}
//	Geometric{Success}              geom(success, loc=-1)             none: failures before a success, from 0 on
//
// A parameter that is NaN or infinite, or is not positive where it has to be, gives NaN; probabilities are from 0 to 1, of a Geometric
// above 0.
//
// # Accuracy
//
// Divergences are never negative, 0 for equal parameters, and keep their digits where parameters are nearly equal: no two large numbers
// are subtracted, as differences of log Γ are. With parameters taken as exact, the relative error is at most 1e-12 for those from 1e-3 to
// 1e6, at any distance from each other, but of Beta and Dirichlet distributions that are far from each other, with a concentration that has
// nearly all of the sum, 1e-11; that of entropies is at most 1e-13 of 1 and themselves. Where parameters are from 1e-100 to 1e100,
// no rounding or overflow gives NaN, but beyond 1e18 a divergence may have lost all digits. Results have the same bits on every CPU.
package dist

import (
	"math"

	"github.com/relent-go/relent/internal/special"
)

// A Family is a family of distributions: each of this package.
type Family[D any] interface {
	valid() bool
	compare(q D) int        // 0 for equal ones, otherwise their order; what cannot meet panics
	divergence(q D) float64 // of valid ones that are not equal
	entropy() float64       // of a valid one
}

// A ChernoffFamily is one whose Chernoff coefficients are closed: each of this package but Weibull.
type ChernoffFamily[D any] interface {
	Family[D]
	chernoff(q D) coefficient // of valid ones that are not equal
}

// A coefficient is -log ∫ p^α·q^(1-α) at 0 < Re α < 1.
type coefficient func(alpha special.Complex) special.Complex

// KullbackLeibler is ∫ p·log(p/q), the relative entropy: +Inf where q is 0 and p is not. A binomial distribution of fewer trials than q's has
// no closed form, and gives NaN.
func KullbackLeibler[D Family[D]](p, q D) float64 {
	switch {
	case !p.valid() || !q.valid():
		return math.NaN()
	case p.compare(q) == 0:
		return 0
	}
	return p.divergence(q)
}

// Entropy is -∫ p·log p: of discrete distributions Shannon's, which is not negative, of others the differential one. That of Poisson and
// Binomial distributions is a sum; its time grows as their deviation does, up to that of which a series is exact enough.
func Entropy[D Family[D]](p D) float64 {
	if !p.valid() {
		return math.NaN()
	}
	return p.entropy()
}

// CrossEntropy is -∫ p·log q, the sum of [Entropy] and [KullbackLeibler].
func CrossEntropy[D Family[D]](p, q D) float64 { return Entropy(p) + KullbackLeibler(p, q) }

// Jeffreys is the sum of both [KullbackLeibler] divergences.
func Jeffreys[D Family[D]](p, q D) float64 { return KullbackLeibler(p, q) + KullbackLeibler(q, p) }

// Chernoff is -log ∫ p^α·q^(1-α) for α from 0 to 1, NaN for others, with its digits also next to these: at ½ the Bhattacharyya distance;
// divided by 1-α the Rényi divergence of order α; its largest value by α the Chernoff information.
func Chernoff[D ChernoffFamily[D]](p, q D, alpha float64) float64 {
	switch {
	case !p.valid() || !q.valid() || !(alpha >= 0 && alpha <= 1):
		return math.NaN()
	case p.compare(q) == 0 || alpha == 0 || alpha == 1:
		return 0
	}
	if alpha > 0.5 {
		p, q, alpha = q, p, 1-alpha
	}
	return max(0, p.chernoff(q)(special.Real(alpha)).Re)
}

// Hellinger is the distance √(½∫ (√p - √q)²), symmetric to the bit and at most 1.
func Hellinger[D ChernoffFamily[D]](p, q D) float64 {
	if p.compare(q) > 0 {
		p, q = q, p
	}
	return math.Sqrt(-special.Expm1(-Chernoff(p, q, 0.5)))
}

// JensenShannon is ½∫ p·log(p/m) + q·log(q/m), m = (p+q)/2: symmetric to the bit and at most log 2. Binomial distributions must have as many
// trials, others give NaN.
//
// With the Chernoff coefficient C(α) = ∫ p^α·q^(1-α) at complex α it is ¼∫ (1 - C(½+it)) / ((¼+t²)·cosh πt) dt, because
// e^(L/2)·log(1+e^-L) + e^(-L/2)·log(1+e^L) with L = log(p/q) has the Fourier transform π/((¼+t²)·cosh πt). The imaginary part is odd.
func JensenShannon[D ChernoffFamily[D]](p, q D) float64 {
	if !p.valid() || !q.valid() {
		return math.NaN()
	}
	switch order := p.compare(q); {
	case order == 0:
		return 0
	case order > 0:
		p, q = q, p
	}
	return jensenShannon(p.chernoff(q))
}

// JensenShannonDistance is the square root of [JensenShannon], a metric.
func JensenShannonDistance[D ChernoffFamily[D]](p, q D) float64 {
	return math.Sqrt(JensenShannon(p, q))
}

// The integral goes by the trapezoidal rule. Its integrand is analytic for |Im t| < ½ and falls as e^(-πt) does: a step h leaves e^(-π/h),
// 2⁻⁵⁴, and what is past the last node 2⁻⁵⁴, too.
const (
	step  = 1. / 12
	nodes = 145
)

// weights are those of the nodes t = 0, h, 2h, … for both signs of t. They sum to log 2.
var weights = func() (w [nodes]float64) {
	for i := range w {
		t := float64(float64(i) * step)
		e := special.Exp(float64(-math.Pi * t))
		w[i] = step * e / float64((0.25+float64(t*t))*(1+float64(e*e)))
	}
	w[0] /= 2
	return w
}()

// jensenShannon is the integral. |C(½+it)| is at most C(½), which rounding must not change where large parts of -log C cancel.
func jensenShannon(c coefficient) float64 {
	sum, least := 0.0, max(0, c(special.Real(0.5)).Re)
	for i := nodes - 1; i >= 0; i-- {
		alpha := special.Complex{Re: 0.5, Im: float64(float64(i) * step)}
		gap := c(alpha)
		gap.Re = max(gap.Re, least)
		sum += float64(weights[i] * gap.LostReal())
	}
	return min(sum, math.Ln2)
}

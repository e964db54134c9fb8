package mvn

import (
	"math"

	"github.com/relent-go/relent"
)

// UnivariateLogProb returns the log density at x of the normal distribution with the given mean and variance,
// -½(x-mean)²/variance - ½ log 2π - ½ log variance: B.8 with m = 1.
//
// The error is at most 2**-50 of the sum of the sizes of the three terms. An infinite x, and one so far out that the
// value overflows, give -Inf.
//
// The result is NaN if an argument is NaN, the mean is infinite, or the variance is not positive and finite.
func UnivariateLogProb(x, mean, variance float64) float64 {
	if !(variance > 0) || math.IsInf(variance, 1) || math.IsInf(mean, 0) || x != x || mean != mean {
		return math.NaN()
	}
	const logTwoPi = 0x1.d67f1c864beb5p+0
	// Divided before it is squared: then nothing overflows or underflows that matters to the sum.
	d := (x - mean) / math.Sqrt(variance)
	quadratic := float64(0.5 * d * d) // the conversion keeps it from being fused into the sum
	return -(quadratic + 0.5*(logTwoPi+log(variance)))
}

// log is the kernels' logarithm: the standard library's differs between architectures.
func log(x float64) float64 {
	return -relent.CrossEntropy([]float64{1}, []float64{x})
}

// exp is e^x with an error of at most 2 ulp, the same on every architecture: x = k·log 2 + r, |r| <= ½ log 2.
func exp(x float64) float64 {
	switch {
	case x != x:
		return math.NaN()
	case x > 710:
		return math.Inf(1)
	case x < -746:
		return 0
	}
	const log2e, log2High, log2Low = 0x1.71547652b82fep+0, 0x1.62e42feep-1, 0x1.a39ef35793c76p-33
	k := math.Floor(float64(x*log2e) + 0.5)
	r := x - float64(k*log2High) // exact: log2High has 32 bits
	r -= float64(k * log2Low)
	return math.Ldexp(1+(r+float64(r*r*expTail(r))), int(k))
}

// expMinus1MinusX is e^x - 1 - x: never negative, and with a relative error of at most 2**-48 for every x.
func expMinus1MinusX(x float64) float64 {
	switch {
	case x != x || x > 710:
		return exp(x)
	case x > 1:
		return exp(x) - (1 + x)
	case x < -1:
		return exp(x) + (-1 - x)
	}
	return x * x * expTail(x)
}

// expTail is (e^x - 1 - x)/x² for |x| <= 1, Taylor's series, even and odd powers by themselves. The remainder is below 2**-63.
func expTail(x float64) float64 {
	const last = len(inverseFactorials) - 1
	z := x * x
	even, odd := inverseFactorials[last], inverseFactorials[last-1]
	for n := last - 2; n > 0; n -= 2 {
		even = float64(even*z) + inverseFactorials[n]
		odd = float64(odd*z) + inverseFactorials[n-1]
	}
	even = float64(even*z) + inverseFactorials[0]
	return even + float64(x*odd)
}

// inverseFactorials are 1/2! to 1/20!.
var inverseFactorials = [...]float64{
	1. / 2, 1. / 6, 1. / 24, 1. / 120, 1. / 720, 1. / 5040, 1. / 40320, 1. / 362880, 1. / 3628800, 1. / 39916800,
	1. / 479001600, 1. / 6227020800, 1. / 87178291200, 1. / 1307674368000, 1. / 20922789888000, 1. / 355687428096000,
	1. / 6402373705728000, 1. / 121645100408832000, 1. / 2432902008176640000,
}

// excess is e - log(1+e) for e >= -1: never negative, and with a small relative error for every e.
//
// 1+e rounded is u, and c = e - (u-1) what it lacks. The kernels' u - 1 - log u is corrected by the first terms of Taylor's
// series, c·(u-1)/u + c²/2u².
func excess(e float64) float64 {
	u := 1 + e
	switch {
	case math.IsInf(e, 1):
		return e
	case u >= 0x1p54:
		return e - log(e)
	}
	value := relent.GeneralizedKullbackLeibler([]float64{1}, []float64{u})
	if u == 0 {
		return value
	}
	c := e - (u - 1)
	c /= u
	return value + (float64(c*(u-1)) + float64(0.5*c*c))
}

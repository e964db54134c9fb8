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

// exp is e^x with an error of at most 2 ulp, the same on every architecture: x = k·log 2 + r, |r| <= ½ log 2, and a Taylor
// polynomial of r, whose remainder is below 2**-57.
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
	sum := 0.0
	for n := 14.0; n >= 2; n-- {
		sum = float64((sum+1)*r) / n
	}
	return math.Ldexp(1+(r+float64(r*sum)), int(k))
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
	sum := 0.0 // x²/2·(1 + x/3·(1 + x/4·(…)))
	for n := 20.0; n >= 3; n-- {
		sum = float64((sum+1)*x) / n
	}
	return float64(0.5*x*x) * (1 + sum)
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

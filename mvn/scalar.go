package mvn

import (
	"math"

	"github.com/relent-go/relent/internal/special"
)

// UnivariateLogProb returns the log density at x of the normal distribution with the given mean and variance,
// -½(x-mean)²/variance - ½ log 2π - ½ log variance: B.8 with m = 1.
//
// The error is at most 2**-50 of the sum of the sizes of the three terms. An infinite x, and one so far out that the
// value is too large for a float64, give -Inf.
//
// The result is NaN if an argument is NaN, the mean is infinite, or the variance is not positive and finite.
func UnivariateLogProb(x, mean, variance float64) float64 {
	if !(variance > 0) || math.IsInf(variance, 1) || math.IsInf(mean, 0) || x != x || mean != mean {
		return math.NaN()
	}
	// Divided before it is squared: then nothing overflows or underflows that matters to the sum.
	deviation := math.Sqrt(variance)
	d := (x - mean) / deviation
	if math.IsInf(d, 0) { // the difference may be too large where its quotient is not
		d = 2 * ((float64(x/2) - float64(mean/2)) / deviation)
	}
	quadratic := float64(0.5 * d * d) // the conversion keeps it from being fused into the sum
	return -(quadratic + float64(0.5*(logTwoPi+log(variance))))
}

// log and exp are the kernels': the standard library's differ between architectures.
func log(x float64) float64 { return special.Log(x) }
func exp(x float64) float64 { return special.Exp(x) }

// excess is e - log(1+e) for e >= -1: never negative.
func excess(e float64) float64 { return special.Excess(e) }

// expMinus1MinusX is e^x - 1 - x: never negative.
func expMinus1MinusX(x float64) float64 { return special.ExpExcess(x) }

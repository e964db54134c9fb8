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

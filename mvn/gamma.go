package mvn

import (
	"math"

	"github.com/relent-go/relent/internal/special"
)

// logGammaRatio is log Γ(a+h) - log Γ(a) - h·log a, a > 0 and h >= 0, with an error of at most 2⁻⁴⁶ of 1, itself and log a. It is the sum of
// terms that are small where a is large, and of a difference of two δ.
func logGammaRatio(a, h float64) float64 {
	u := h / a
	if math.IsInf(u, 1) || a < 0x1p-1000 { // Γ(a) is 1/a but for a part that is not seen
		return float64((h-0.5)*log(h)) - h + float64(0.5*logTwoPi) + special.StirlingError(h) + float64((1-h)*log(a))
	}
	return float64((h-0.5)*special.Log1pOfPositive(u)) - float64(a*excess(u)) + (special.StirlingError(a+h) - special.StirlingError(a))
}

// chiSquareProbability is the probability that the sum of the squares of d standard normal variables is at most x, with an absolute error of
// at most 2⁻⁴⁴: with a = d/2 and y = x/2 it is y^a·e⁻ʸ/Γ(a+1)·Σ y^n/((a+1)…(a+n)), in which all terms are positive.
func chiSquareProbability(d int, x float64) float64 {
	a, y := float64(float64(d)/2), float64(x/2)
	if !(y > 0) {
		return 0
	}
	if y > a+40+float64(16*math.Sqrt(a)) { // the rest is below 2⁻⁵⁰
		return 1
	}
	sum, term := 1.0, 1.0
	for n := 1.0; term > 0x1p-56*sum; n++ {
		term = float64(term * (y / (a + n)))
		sum += term
	}
	exponent := excess(y/a - 1)
	if y < a/2 { // y/a - 1 is rounded
		exponent = y/a - 1 - log(y/a)
	}
	first := exp(-float64(a*exponent) - special.StirlingError(a))
	return min(1, first*sum/math.Sqrt(float64(a*0x1.921fb54442d18p+2)))
}

// chiSquareQuantile is the x that chiSquareProbability has as p, from 0 to below 1, by halving.
func chiSquareQuantile(d int, p float64) float64 {
	low, high := 0.0, float64(d)
	for chiSquareProbability(d, high) < p {
		low, high = high, float64(2*high)
	}
	for range 100 {
		middle := float64((low + high) / 2)
		if middle == low || middle == high {
			break
		}
		if chiSquareProbability(d, middle) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

package mvn

import "math"

// stirlingError is δ(a) = log Γ(a+1) - (a+½)log a + a - ½ log 2π, a > 0: what Stirling's formula lacks, with an absolute error of at most 2⁻⁴⁸
// of itself and 1.
//
// From 16 on it is the asymptotic series, of which the first term left out is below 2⁻⁶⁴; below, δ(a) - δ(a+1) = (a+½)·log(1+1/a) - 1.
func stirlingError(a float64) float64 {
	sum := 0.0
	for ; a < 16; a++ {
		sum += float64((a+0.5)*logOfNext(a)) - 1
	}
	r := 1 / a
	s := float64(r * r)
	series := math.FMA(s, -691./360360, 1./1188)
	for _, c := range [...]float64{-1. / 1680, 1. / 1260, -1. / 360, 1. / 12} {
		series = math.FMA(s, series, c)
	}
	return sum + float64(r*series)
}

// logOfNext is log(1+1/a).
func logOfNext(a float64) float64 {
	if a < 1 { // 1/a may overflow
		return log1p(a) - log(a)
	}
	return log1p(1 / a)
}

// log1p is log(1+x), x >= 0, with a relative error of at most 2⁻⁵⁰. With w = 1+x rounded it is log w + (x-(w-1))/w, but for the square
// of the last term.
func log1p(x float64) float64 {
	w := 1 + x
	if w > 0x1p54 {
		return log(w)
	}
	return log(w) + (x-(w-1))/w
}

// logGammaRatio is log Γ(a+h) - log Γ(a) - h·log a, a > 0 and h >= 0, with an error of at most 2⁻⁴⁶ of 1, itself and log a. It is the sum of
// terms that are small where a is large, and of a difference of two δ.
func logGammaRatio(a, h float64) float64 {
	u := h / a
	if math.IsInf(u, 1) || a < 0x1p-1000 { // Γ(a) is 1/a but for a part that is not seen
		return float64((h-0.5)*log(h)) - h + float64(0.5*logTwoPi) + stirlingError(h) + float64((1-h)*log(a))
	}
	return float64((h-0.5)*log1p(u)) - float64(a*excess(u)) + (stirlingError(a+h) - stirlingError(a))
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
	first := exp(-float64(a*exponent) - stirlingError(a))
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

package special

import "math"

// B₂ₖ/(2k(2k-1)), the coefficients of [StirlingError] as a series of a^(1-2k), and those of its first two derivatives. From farEnough on the
// first term left out is below 2⁻⁵⁶.
var (
	stirling          = [...]float64{1. / 12, -1. / 360, 1. / 1260, -1. / 1680, 1. / 1188, -691. / 360360}
	stirlingSlope     = [...]float64{-1. / 12, 1. / 120, -1. / 252, 1. / 240, -1. / 132, 691. / 32760}
	stirlingCurvature = [...]float64{1. / 6, -1. / 30, 1. / 42, -1. / 30, 5. / 66, -691. / 2730, 7. / 6}
)

const farEnough = 16

// StirlingError is δ(a) = log Γ(a+1) - (a+½)log a + a - ½ log 2π, a > 0: what Stirling's formula lacks, with an absolute error of at most 2⁻⁴⁸
// of itself and 1.
//
// From 16 on it is the asymptotic series; below, δ(a) - δ(a+1) = (a+½)·log(1+1/a) - 1.
func StirlingError(a float64) float64 {
	sum := 0.0
	for ; a < farEnough; a++ {
		sum += float64((a+0.5)*logOfNext(a)) - 1
	}
	r := 1 / a
	return sum + float64(r*polynomial(float64(r*r), stirling[:]))
}

// logOfNext is log(1+1/a).
func logOfNext(a float64) float64 {
	if a < 1 { // 1/a may overflow
		return Log1pOfPositive(a) - Log(a)
	}
	return Log1pOfPositive(1 / a)
}

// Log1pOfPositive is log(1+x), x >= 0, with a relative error of at most 2⁻⁵⁰. With w = 1+x rounded it is log w + (x-(w-1))/w, but for the
// square of the last term.
func Log1pOfPositive(x float64) float64 {
	w := 1 + x
	if w > 0x1p54 {
		return Log(w)
	}
	return Log(w) + (x-(w-1))/w
}

// StirlingSlope is δ′(a) = ψ(a) - log a + 1/2a, negative, with an error of at most 2⁻⁴⁸ of 1/a and 1.
func StirlingSlope(a float64) float64 {
	from, sum := a, 0.0
	for ; a < farEnough; a++ {
		sum -= 1/a + 1/(a+1)
	}
	r := 1 / a
	z := float64(r * r)
	return float64(sum/2) + (Log(a) - Log(from)) + float64(z*polynomial(z, stirlingSlope[:]))
}

// StirlingCurvature is δ″(a) = ψ′(a) - 1/a - 1/2a², positive, with a relative error of at most 2⁻⁴⁸.
//
// From 16 on it is the asymptotic series; below, δ″(a) - δ″(a+1) = ½/(a(a+1))².
func StirlingCurvature(a float64) float64 {
	sum := 0.0
	for ; a < farEnough; a++ {
		step := 1 / float64(a*(a+1))
		sum += float64(step * step)
	}
	r := 1 / a
	z := float64(r * r)
	return float64(sum/2) + float64(r*z*polynomial(z, stirlingCurvature[:]))
}

// LogGamma is log Γ(a), a > 0, with an absolute error of at most 2⁻⁴⁷ of itself, log a and 1.
func LogGamma(a float64) float64 {
	return float64((a-0.5)*Log(a)) - a + LogTwoPi/2 + StirlingError(a)
}

// Digamma is ψ(a), the derivative of log Γ(a), a > 0, with an error of at most 2⁻⁴⁷ of 1/a, log a and 1.
func Digamma(a float64) float64 {
	return Log(a) - 1/float64(2*a) + StirlingSlope(a)
}

// Trigamma is ψ′(a), a > 0, with a relative error of at most 2⁻⁴⁸.
func Trigamma(a float64) float64 {
	r := 1 / a
	return StirlingCurvature(a) + (r + float64(r*r/2))
}

// StirlingError is δ(a), Re a > 0, as that of a real number.
func (a Complex) StirlingError() Complex {
	var sum Complex
	for ; a.Size() < farEnough; a = a.Plus(1) {
		sum = sum.Add(a.stirlingStep())
	}
	r := Real(1).Div(a)
	return sum.Add(r.Mul(r.Mul(r).polynomial(stirling[:])))
}

// stirlingStep is (a+½)·log(1+1/a) - 1. With s = 1/(2a+1) it is (atanh s)/s - 1.
func (a Complex) stirlingStep() Complex {
	if a.Size() < 2 {
		return a.Plus(0.5).Mul(a.Plus(1).Log().Sub(a.Log())).Plus(-1)
	}
	s := a.Times(2).Plus(1).Inverse()
	z := s.Mul(s)
	return z.Mul(z.polynomial(oddParts[:])).Times(0.5)
}

// StirlingCurvature is δ″(a), Re a > 0, as that of a real number.
func (a Complex) StirlingCurvature() Complex {
	var sum Complex
	for ; a.Size() < farEnough; a = a.Plus(1) {
		step := Real(1).Div(a.Mul(a.Plus(1)))
		sum = sum.Add(step.Mul(step))
	}
	r := Real(1).Div(a)
	z := r.Mul(r)
	return sum.Times(0.5).Add(r.Mul(z).Mul(z.polynomial(stirlingCurvature[:])))
}

// UpperGamma is Γ(a, x)/Γ(a), a > 0 and x >= 0: the probability that a gamma distributed number of the shape a and the rate 1 is larger than
// x. The relative error is at most 2⁻⁴⁴ of the larger of 1 and -log of it, while it is no subnormal number; the time grows as √a.
//
// With f = x^a·e^-x/Γ(a) it is 1 - f·Σ x^n/(a(a+1)…(a+n)) up to x = a+1, and above that f times a continued fraction (Legendre's).
func UpperGamma(a, x float64) float64 {
	switch {
	case x == 0:
		return 1
	case math.IsInf(x, 1):
		return 0
	case x < a+1:
		return max(0, 1-lowerSeries(a, x))
	}
	return float64(gammaFactor(a, x) * upperFraction(a, x))
}

// LowerGamma is 1 - UpperGamma(a, x), with the relative error of [UpperGamma] also where it is small.
func LowerGamma(a, x float64) float64 {
	switch {
	case x == 0:
		return 0
	case x < a+1:
		return min(1, lowerSeries(a, x))
	}
	return 1 - UpperGamma(a, x)
}

// gammaFactor is x^a·e^-x/Γ(a).
func gammaFactor(a, x float64) float64 {
	e := (x - a) / a
	exponent := Excess(e)
	if e < -0.5 {
		exponent = e - (Log(x) - Log(a))
	}
	return float64(Exp(-float64(a*exponent)-StirlingError(a)) * math.Sqrt(a/(2*math.Pi)))
}

func lowerSeries(a, x float64) float64 {
	sum, term := 1/a, 1/a
	for n := 1.0; term > 0x1p-56*sum; n++ {
		term = float64(term * (x / (a + n)))
		sum += term
	}
	return float64(gammaFactor(a, x) * sum)
}

// NormalTail is the probability that a standard normal number is larger than x, with a relative error of at most 2⁻⁴⁴ of the larger of 1 and
// -log of it.
func NormalTail(x float64) float64 {
	tail := float64(0.5 * UpperGamma(0.5, float64(0.5*x*x)))
	if x < 0 {
		return 1 - tail
	}
	return tail
}

// upperFraction is 1/(x+1-a- 1(1-a)/(x+3-a- 2(2-a)/(x+5-a- …))), by Steed's and Lentz's way: products of ratios of successive convergents.
func upperFraction(a, x float64) float64 {
	b := x + 1 - a
	d := 1 / b
	c, value := math.Inf(1), d
	for n := 1.0; ; n++ {
		top := -float64(n * (n - a))
		b += 2
		d = 1 / math.FMA(top, d, b)
		c = b + top/c
		ratio := float64(c * d)
		value = float64(value * ratio)
		if math.Abs(ratio-1) < 0x1p-52 {
			return value
		}
	}
}

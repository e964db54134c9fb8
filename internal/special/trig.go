package special

import "math"

// π/2 in three parts, of which products of the first two with integers up to 2²⁰ are exact.
const (
	halfPiHigh   = 0x1.921fb544p+0
	halfPiMiddle = 0x1.0b4611a6p-34
	halfPiLow    = 0x1.3198a2e037073p-69
)

// Sincos is sin x and cos x, for |x| up to 2²⁰ within 2⁻⁵¹, of sin also relative to it where |x| < ¾. Beyond, x has lost the digits that
// count for most purposes; to 2⁵⁰ the results are those of a number within a relative 2⁻⁵⁰ of x, and 0 and 1 from there on.
func Sincos(x float64) (sin, cos float64) {
	if !(math.Abs(x) < 0x1p50) {
		if x != x || math.IsInf(x, 0) {
			return math.NaN(), math.NaN()
		}
		return 0, 1
	}
	n := float64((float64(x*(2/math.Pi)) + 0x1.8p52) - 0x1.8p52) // to nearest
	r := math.FMA(-n, halfPiLow, math.FMA(-n, halfPiMiddle, math.FMA(-n, halfPiHigh, x)))
	z := float64(r * r)
	s, c := 0.0, 0.0 // (sin r - r)/r³ and (cos r - 1)/r², with |r| < 0.79 to 2⁻⁵⁸ and less
	for k := 8; k >= 1; k-- {
		s = math.FMA(-z, s, inverseFactorials[2*k-1])
		c = math.FMA(-z, c, inverseFactorials[2*k-2])
	}
	s, c = math.FMA(-float64(z*s), r, r), math.FMA(-z, c, 1)
	switch int64(n) & 3 {
	case 1:
		s, c = c, -s
	case 2:
		s, c = -s, -c
	case 3:
		s, c = -c, s
	}
	return s, c
}

// Atan2 is the angle of the point (x, y), from -π to π, within a relative 2⁻⁵⁰ but for what y/x loses where it underflows. It is that of a
// number of two parts that are not both infinite or 0.
func Atan2(y, x float64) float64 {
	a, b := math.Abs(x), math.Abs(y)
	angle := 0.0
	switch {
	case a >= b && a > 0:
		angle = atan(b / a)
	case b > 0:
		angle = math.Pi/2 - atan(a/b)
	}
	if math.Signbit(x) {
		angle = math.Pi - angle
	}
	return math.Copysign(angle, y)
}

const tanEighth = math.Sqrt2 - 1 // of π

// atan is that of a number from 0 to 1: less an angle of 0, π/8 or π/4 it has a tangent up to tan π/16, and a short series.
func atan(t float64) float64 {
	from, tangent := 0.0, 0.0
	switch {
	case t > 0.67: // tan 3π/16
		from, tangent = math.Pi/4, 1
	case t > 0.199: // tan π/16
		from, tangent = math.Pi/8, tanEighth
	}
	u := (t - tangent) / math.FMA(t, tangent, 1)
	z := float64(u * u)
	sum := 0.0
	for k := 11; k >= 1; k-- {
		sum = math.FMA(-z, sum, 1/float64(2*k+1))
	}
	return from + math.FMA(-float64(z*sum), u, u)
}

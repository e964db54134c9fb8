package special

import "math"

// A Complex is a complex number. The language's own may be computed with other roundings on other architectures.
type Complex struct{ Re, Im float64 }

// Real is a number that has no imaginary part.
func Real(x float64) Complex { return Complex{Re: x} }

func (a Complex) Add(b Complex) Complex { return Complex{a.Re + b.Re, a.Im + b.Im} }

func (a Complex) Sub(b Complex) Complex { return Complex{a.Re - b.Re, a.Im - b.Im} }

// Times is a·x.
func (a Complex) Times(x float64) Complex { return Complex{float64(a.Re * x), float64(a.Im * x)} }

// Plus is a + x.
func (a Complex) Plus(x float64) Complex { return Complex{a.Re + x, a.Im} }

func (a Complex) Mul(b Complex) Complex {
	return Complex{math.FMA(a.Re, b.Re, -float64(a.Im*b.Im)), math.FMA(a.Re, b.Im, float64(a.Im*b.Re))}
}

// Inverse is 1/a, for an |a| whose square neither overflows nor underflows.
func (a Complex) Inverse() Complex {
	scale := 1 / math.FMA(a.Re, a.Re, float64(a.Im*a.Im))
	return Complex{float64(a.Re * scale), -float64(a.Im * scale)}
}

// Div is a/b (Smith, 1962).
func (a Complex) Div(b Complex) Complex {
	if math.Abs(b.Re) >= math.Abs(b.Im) {
		ratio := b.Im / b.Re
		under := math.FMA(b.Im, ratio, b.Re)
		return Complex{math.FMA(a.Im, ratio, a.Re) / under, math.FMA(-a.Re, ratio, a.Im) / under}
	}
	ratio := b.Re / b.Im
	under := math.FMA(b.Re, ratio, b.Im)
	return Complex{math.FMA(a.Re, ratio, a.Im) / under, math.FMA(a.Im, ratio, -a.Re) / under}
}

// Size is the larger of |Re a| and |Im a|.
func (a Complex) Size() float64 { return max(math.Abs(a.Re), math.Abs(a.Im)) }

// Log is the principal logarithm, within 2⁻⁴⁹ of its size and 1.
func (a Complex) Log() Complex {
	x, y := math.Abs(a.Re), math.Abs(a.Im)
	large, less := max(x, y), min(x, y)
	if large == 0 {
		return Complex{math.Inf(-1), 0}
	}
	ratio := less / large
	return Complex{Log(large) + float64(0.5*Log1p(float64(ratio*ratio))), Atan2(a.Im, a.Re)}
}

// Log1p is the principal logarithm of 1+a: within 2⁻⁴⁶ of itself where a is small.
func (a Complex) Log1p() Complex {
	if a.Size() > small {
		return a.Plus(1).Log()
	}
	return a.Sub(a.Excess())
}

// Expm1 is e^a - 1, likewise.
func (a Complex) Expm1() Complex {
	if a.Size() > 0.7 {
		return a.Exp().Plus(-1)
	}
	return a.Add(a.ExpExcess())
}

// Exp is e^a, 0 where that underflows.
func (a Complex) Exp() Complex {
	size := Exp(a.Re)
	if size == 0 {
		return Complex{}
	}
	sin, cos := Sincos(a.Im)
	return Complex{float64(size * cos), float64(size * sin)}
}

// Excess is a - log(1+a), the principal logarithm, with a relative error of at most 2⁻⁴⁶: see [Excess].
func (a Complex) Excess() Complex {
	if a.Size() > small {
		return a.Sub(a.Plus(1).Log())
	}
	s := a.Div(a.Plus(2))
	z := s.Mul(s)
	return s.Mul(a.Sub(z.Mul(z.polynomial(oddParts[:]))))
}

// ExpExcess is e^a - 1 - a, with a relative error of at most 2⁻⁴⁶.
func (a Complex) ExpExcess() Complex {
	if a.Size() > 0.7 {
		return a.Exp().Plus(-1).Sub(a)
	}
	return a.Mul(a).Mul(a.polynomial(inverseFactorials[:]))
}

// LostReal is 1 - Re e^-a, for Re a >= 0: without cancellation, also where a is small.
func (a Complex) LostReal() float64 {
	lost := -Expm1(-a.Re)
	if lost == 1 {
		return 1
	}
	sin, _ := Sincos(float64(a.Im / 2))
	across := float64(2 * float64(sin*sin))
	// 1 - (1-lost)(1-across)
	return lost + float64(across*(1-lost))
}

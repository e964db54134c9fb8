// Package special has functions of one number, real or complex, that have the same bits on every architecture: logarithms and what is made
// of them without a loss of digits, Γ and its logarithm's derivatives, sine, cosine and arc tangent.
package special

import (
	"math"

	"github.com/relent-go/relent"
)

// LogTwoPi is log 2π.
const LogTwoPi = 0x1.d67f1c864beb5p+0

// Euler is γ = -ψ(1).
const Euler = 0x1.2788cfc6fb619p-1

// Log is the kernels' logarithm, within a relative 2⁻⁵⁰: the standard library's differs between architectures. Inlined
// into another package it would allocate, as would the others.
//
//go:noinline
func Log(x float64) float64 {
	y := [1]float64{x}
	return relent.Log(y[:], y[:])[0]
}

// Exp is the kernels' e^x, within a relative 2⁻⁵².
//
//go:noinline
func Exp(x float64) float64 {
	y := [1]float64{x}
	return relent.Exp(y[:], y[:])[0]
}

// Log1p is the kernels' log(1+x), within a relative 2⁻⁵⁰.
//
//go:noinline
func Log1p(x float64) float64 {
	y := [1]float64{x}
	return relent.Log1p(y[:], y[:])[0]
}

// Expm1 is the kernels' e^x - 1, within a relative 2⁻⁵⁰.
//
//go:noinline
func Expm1(x float64) float64 {
	y := [1]float64{x}
	return relent.Expm1(y[:], y[:])[0]
}

// Excess is e - log(1+e), e >= -1: never negative, and with a relative error of at most 2⁻⁴⁸.
//
// With s = e/(2+e), log(1+e) is 2 atanh s, and e - 2s is e·s.
func Excess(e float64) float64 {
	switch {
	case math.IsInf(e, 1):
		return e
	case math.Abs(e) > small:
		return e - Log1p(e)
	case math.Abs(e) < 0x1p-500:
		return float64(e / 2 * e)
	}
	s := e / (2 + e)
	z := float64(s * s)
	return float64(s * (e - float64(z*polynomial(z, oddParts[:]))))
}

// ExpExcess is e^x - 1 - x: never negative, and with a relative error of at most 2⁻⁴⁸.
func ExpExcess(x float64) float64 {
	if math.Abs(x) > 1 {
		return Expm1(x) - x
	}
	return float64(x * float64(x*polynomial(x, inverseFactorials[:])))
}

// Determinant is ad - bc, rounded about once however close the products are (Kahan; Jeannerod, Louvet and Muller, 2013: 1.5 units).
func Determinant(a, b, c, d float64) float64 {
	bc := float64(b * c)
	lost := math.FMA(-b, c, bc)
	return math.FMA(a, d, -bc) + lost
}

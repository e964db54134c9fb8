package special

import "math"

// small is the size up to which differences are series. Beyond it a few bits are lost at most.
const small = 0.3

// oddParts are 2/(2k+3), the coefficients of what (2 atanh s - 2s)/s³ is as a series of s².
var oddParts = [...]float64{2. / 3, 2. / 5, 2. / 7, 2. / 9, 2. / 11, 2. / 13, 2. / 15, 2. / 17, 2. / 19, 2. / 21, 2. / 23}

// inverseFactorials are 1/(n+2)!.
var inverseFactorials = func() (c [19]float64) {
	factorial := 2.0 // exact up to 22!
	for n := range c {
		c[n] = 1 / factorial
		factorial = float64(factorial * float64(n+3))
	}
	return c
}()

// polynomial is that with coefficients, the constant first, by Horner's rule.
func polynomial(x float64, c []float64) float64 {
	sum := 0.0
	for i := len(c) - 1; i >= 0; i-- {
		sum = math.FMA(x, sum, c[i])
	}
	return sum
}

// polynomial is that of a complex number.
func (a Complex) polynomial(c []float64) Complex {
	var sum Complex
	for i := len(c) - 1; i >= 0; i-- {
		sum = sum.Mul(a).Plus(c[i])
	}
	return sum
}

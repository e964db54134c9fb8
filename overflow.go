package relent

import (
	"math"

	"github.com/relent-go/relent/internal/exact"
)

// What a measure is made of may be too large for a float64 where the measure is not, such as the sum of squares under a root. Then
// it is computed of elements 2**-64 times as large: these measures are homogeneous, and what small elements lose is far below the
// rounding of such a sum.
const (
	outgrown       = 64
	outgrownDigits = outgrown / exact.DigitBits // of an exact.Sum
)

// fitting is the measure of p and q given what it is made of.
func fitting[F Float](m Measure, sum float64, p, q []F) float64 {
	if sum > math.MaxFloat64 && m.outgrows() {
		return outgrownMeasure(m, p, q)
	}
	return measureValue(m, sum)
}

// outgrownMeasure is the measure of vectors whose sum is infinite.
func outgrownMeasure[F Float](m Measure, p, q []F) float64 {
	var sum exact.Sum
	for len(p) > 0 {
		n := min(chunk, len(p))
		addMeasureSum(&sum, m, p[:n], q[:n])
		p, q = p[n:], q[n:]
	}
	return measureOfExact(m, &sum)
}

// addMeasureSum adds what the measure of a chunk is made of.
func addMeasureSum[F Float](s *exact.Sum, m Measure, p, q []F) {
	sum := measureSum(m, p, q)
	if sum > math.MaxFloat64 && m.outgrows() {
		addOutgrownSum(s, m, p, q)
		return
	}
	s.Add(sum)
}

// addOutgrownSum is addMeasureSum of a chunk whose sum is infinite.
//
//go:noinline
func addOutgrownSum[F Float](s *exact.Sum, m Measure, p, q []F) {
	var less [2][chunk]float64
	for side, x := range [2][]F{p, q} {
		for i, v := range x {
			less[side][i] = float64(v) * (1. / (1 << outgrown))
		}
	}
	s.AddScaled(measureSum(m, less[0][:len(p)], less[1][:len(q)]), outgrownDigits)
}

// measureOfExact is the measure that is made of the sum, which it consumes.
func measureOfExact(m Measure, s *exact.Sum) float64 {
	sum := s.Take()
	if !s.Finite() || !(sum > math.MaxFloat64) || !m.outgrows() {
		return measureOfSum(m, sum)
	}
	less := measureOfSum(m, s.TakeScaled(outgrownDigits))
	switch m.traits().degree {
	case 1:
		return float64(less * (1 << outgrown))
	case 0.5:
		return float64(less * (1 << (outgrown / 2)))
	}
	return less - outgrown*math.Ln2 // a logarithm
}

// measureOfSum is measureValue, of Bhattacharyya where its coefficient is not near 1.
func measureOfSum(m Measure, sum float64) float64 {
	if m.traits().several {
		return canonical(negLog(sum))
	}
	return measureValue(m, sum)
}

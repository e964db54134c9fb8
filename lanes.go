package relent

import "math"

const (
	// lanes is the number of accumulators of every reduction: element i belongs to accumulator i mod lanes.
	lanes = 16
	// chunk is the most elements that one kernel call sums. It bounds the rounding error of the additions and the time of a
	// call. The sums of chunks are added exactly and rounded once, see exact.Sum.
	chunk = 1024
)

// fold adds the accumulators, halving their number in the order in which vector registers are halved.
func fold(acc *[lanes]float64) float64 {
	for half := lanes / 2; half > 0; half /= 2 {
		for i := range half {
			acc[i] += acc[i+half]
		}
	}
	return acc[0]
}

// fill sets the accumulators to what they start with.
func fill(acc *[lanes]float64, x float64) {
	for i := range acc {
		acc[i] = x
	}
}

// leastOf is the upper half of the least pattern, as an integer with a sign.
func leastOf(acc *[lanes]float64) float64 {
	low := int64(math.Float64bits(acc[0]))
	for _, x := range acc[1:] {
		low = min(low, int64(math.Float64bits(x)))
	}
	return math.Float64frombits(uint64(low) &^ math.MaxUint32)
}

// mostOf is the largest.
func mostOf(acc *[lanes]float64) float64 {
	most := acc[0]
	for _, x := range acc[1:] {
		most = max(most, x)
	}
	return most
}

// firstHalf is the float32 in the lower half of what holds two.
func firstHalf(x float64) float32 { return math.Float32frombits(uint32(math.Float64bits(x))) }

func finite(x float64) bool { return x-x == 0 }

// trusted tells whether a sum is finite and at least floor in size.
func trusted(sum, floor float64) bool {
	return finite(sum) && math.Abs(sum) >= floor
}

func choose[F float32 | float64](m bool, x, y F) F {
	if m {
		return x
	}
	return y
}

// larger is x if it is above y, otherwise y, as where x is NaN.
func larger[F float32 | float64](x, y F) F {
	if x > y {
		return x
	}
	return y
}

// counted is n, and 1 more where a mask holds.
func counted[I uint32 | uint64](n I, m bool) I {
	if m {
		return n + 1
	}
	return n
}

// fma32 is x*y + z with one rounding. The product is exact in float64; the sum is rounded to odd there, which leaves the
// second rounding, to float32, the only one that counts.
func fma32(x, y, z float32) float32 {
	product := float64(float64(x) * float64(y))
	addend := float64(z)
	sum := product + addend
	added := sum - product
	rest := (product - (sum - added)) + (addend - added)
	if rest != 0 && math.Float64bits(sum)&1 == 0 && finite(sum) {
		// rest is not a number where it does not matter. Step towards it: the neighbour of an even pattern is odd.
		if (rest > 0) == (sum > 0) {
			return float32(math.Float64frombits(math.Float64bits(sum) + 1))
		}
		return float32(math.Float64frombits(math.Float64bits(sum) - 1))
	}
	return float32(sum)
}

// partElements are cleared or copied at once: a few microseconds, during which nothing stops a goroutine.
const partElements = 1 << 14

// clearInParts is clear of what may be long.
func clearInParts[F Float](x []F) {
	for len(x) > partElements {
		clear(x[:partElements])
		x = x[partElements:]
	}
	clear(x)
}

// copyInParts is copy of what may be long.
func copyInParts[F Float](dst, src []F) int {
	n := min(len(dst), len(src))
	dst, src = dst[:n], src[:n]
	for len(dst) > partElements {
		copy(dst[:partElements], src)
		dst, src = dst[partElements:], src[partElements:]
	}
	copy(dst, src)
	return n
}

package relent

import (
	"math"
	"math/big"
	"testing"
)

// roundedOnce is the sum of x, rounded once.
func roundedOnce(x []float64) float64 {
	sum := new(big.Float).SetPrec(2300)
	for _, v := range x {
		sum.Add(sum, new(big.Float).SetFloat64(v))
	}
	got, _ := sum.Float64()
	return got
}

// sumTerms makes terms that are hard to add: of all exponents, of both signs, that cancel, near the ends of the range, halfway
// between two numbers.
func sumTerms(r *rng, n int) []float64 {
	low := -1022 + r.below(2000)
	high := min(low+1+r.below(120), 1024)
	if r.below(4) == 0 {
		low, high = -1022, 1024
	}
	subnormals, cancels, signed := r.below(4) == 0, r.below(2) == 0, r.below(2) == 0
	x := make([]float64, n)
	for i := range x {
		x[i] = wide[float64](r, low, high)
		switch {
		case subnormals && r.below(2) == 0:
			x[i] = subnormal[float64](r)
		case cancels && i > 0 && r.below(2) == 0:
			x[i] = -x[r.below(i)]
		case r.below(8) == 0:
			x[i] = power[float64](low + r.below(high-low)) // ties
		}
		if signed && r.below(2) == 0 {
			x[i] = -x[i]
		}
	}
	return x
}

// The sum is the exact one, rounded once: whatever the order, and added in parts.
func TestExactSum(t *testing.T) {
	r := seed(t.Name())
	for range short(20000) {
		x := sumTerms(r, 1+r.below(40))
		want := roundedOnce(x)
		var whole exactSum
		parts := make([]exactSum, 1+r.below(4))
		for _, v := range x {
			whole.add(v)
			parts[r.below(len(parts))].add(v)
		}
		for i := range parts[1:] {
			parts[0].merge(&parts[1+i])
		}
		if got := whole.take(); math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("sum of %x: %x, exactly %x", x, got, want)
		}
		if got := parts[0].take(); math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("sum of %x in %d parts: %x, exactly %x", x, len(parts), got, want)
		}
	}
}

// No number of additions, or merges, is too much for a digit.
func TestExactSumMany(t *testing.T) {
	for _, x := range []float64{math.MaxFloat64, -math.MaxFloat64, -0x1p-1074, 1 - 0x1p-53} {
		var sum exactSum
		for range 5000 {
			sum.add(x)
		}
		twice := 5000.
		for range 40 {
			sum.merge(&sum)
			twice *= 2
		}
		check := func(want float64) {
			t.Helper()
			if got := sum; got.take() != want {
				t.Errorf("%v times %x is not %x", twice, x, want)
			}
		}
		check(x * twice)
		for range 40 {
			sum.add(x)
		}
		negative := sum
		negative.carry()
		negative.negate()
		sum.merge(&negative)
		check(0)
	}
}

func TestExactSumSpecial(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		x    []float64
		want float64
	}{
		{nil, 0},
		{[]float64{math.Copysign(0, -1)}, 0},
		{[]float64{1, inf, 2}, inf},
		{[]float64{-inf, 1}, -inf},
		{[]float64{inf, -inf}, nan},
		{[]float64{1, nan, inf}, nan},
		{[]float64{math.MaxFloat64, math.MaxFloat64}, inf},
		{[]float64{-math.MaxFloat64, -math.MaxFloat64}, -inf},
		{[]float64{math.MaxFloat64, math.MaxFloat64, -math.MaxFloat64}, math.MaxFloat64},
		{[]float64{math.MaxFloat64, 0x1p969}, math.MaxFloat64},
		{[]float64{math.MaxFloat64, 0x1p970}, inf},
		{[]float64{0x1p-1022, -0x1p-1074}, 0x1p-1022 - 0x1p-1074},
	} {
		var sum exactSum
		for _, v := range c.x {
			sum.add(v)
		}
		if got := sum.take(); !same(got, c.want) {
			t.Errorf("sum of %x: %x, want %x", c.x, got, c.want)
		}
	}
}

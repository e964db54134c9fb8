package exact

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
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
func sumTerms(r *rand.Rand, n int) []float64 {
	low := -1022 + r.IntN(2000)
	high := min(low+1+r.IntN(120), 1024)
	if r.IntN(4) == 0 {
		low, high = -1022, 1024
	}
	subnormals, cancels, signed := r.IntN(4) == 0, r.IntN(2) == 0, r.IntN(2) == 0
	x := make([]float64, n)
	for i := range x {
		exponent := low + r.IntN(high-low)
		x[i] = math.Ldexp(1+r.Float64(), exponent)
		switch {
		case subnormals && r.IntN(2) == 0:
			x[i] = math.Float64frombits(r.Uint64() >> 12)
		case cancels && i > 0 && r.IntN(2) == 0:
			x[i] = -x[r.IntN(i)]
		case r.IntN(8) == 0:
			x[i] = math.Ldexp(1, exponent) // ties
		}
		if signed && r.IntN(2) == 0 {
			x[i] = -x[i]
		}
	}
	return x
}

func same(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) }

// The sum is the exact one, rounded once: whatever the order, and added in parts.
func TestSum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		x := sumTerms(r, 1+r.IntN(40))
		want := roundedOnce(x)
		var whole Sum
		parts := make([]Sum, 1+r.IntN(4))
		for _, v := range x {
			whole.Add(v)
			parts[r.IntN(len(parts))].Add(v)
		}
		for i := range parts[1:] {
			parts[0].Merge(&parts[1+i])
		}
		if got := whole.Take(); math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("sum of %x: %x, exactly %x", x, got, want)
		}
		if got := parts[0].Take(); math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("sum of %x in %d parts: %x, exactly %x", x, len(parts), got, want)
		}
	}
}

// No number of additions, or merges, is too much for a digit.
func TestSumMany(t *testing.T) {
	for _, x := range []float64{math.MaxFloat64, -math.MaxFloat64, -0x1p-1074, 1 - 0x1p-53} {
		var sum Sum
		for range 5000 {
			sum.Add(x)
		}
		twice := 5000.
		for range 40 {
			sum.Merge(&sum)
			twice *= 2
		}
		check := func(want float64) {
			t.Helper()
			if got := sum; got.Take() != want {
				t.Errorf("%v times %x is not %x", twice, x, want)
			}
		}
		check(x * twice)
		for range 40 {
			sum.Add(x)
		}
		negative := sum
		negative.carry()
		negative.negate()
		sum.Merge(&negative)
		check(0)
	}
}

func TestSumSpecial(t *testing.T) {
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
		var sum Sum
		for _, v := range c.x {
			sum.Add(v)
		}
		if got := sum.Take(); !same(got, c.want) {
			t.Errorf("sum of %x: %x, want %x", c.x, got, c.want)
		}
	}
}

// A sum beyond the largest number, in parts and the other way down.
func TestBeyondFloat64(t *testing.T) {
	for _, times := range []int{1, 3, 1000} {
		var sum Sum
		for range times {
			sum.AddScaled(1.5, 2)
		}
		want := 1.5 * float64(times)
		if got := sum.Take(); got != want*0x1p64 {
			t.Errorf("%d times: %v", times, got)
		}
		if got := sum.TakeScaled(2); got != want {
			t.Errorf("%d times, less: %v, want %v", times, got, want)
		}
	}
	var sum Sum
	for range 4 {
		sum.Add(math.MaxFloat64)
	}
	if got := sum.Take(); !math.IsInf(got, 1) {
		t.Errorf("four of the largest: %v", got)
	}
	if got, want := sum.TakeScaled(2), 4*(math.MaxFloat64*0x1p-64); got != want {
		t.Errorf("%x, want %x", got, want)
	}
}

// What is encoded is decoded, in one way only; no data makes it panic.
func FuzzDecode(f *testing.F) {
	for _, x := range []float64{0, 1, -1, 0x1p-1074, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN()} {
		var s Sum
		s.Add(x)
		s.Add(x)
		f.Add(append(s.AppendBinary(nil), 1, 2, 3))
	}
	for _, top := range []byte{0x7F, 0x80, 0xFF} { // in the last digit
		for kind := range kinds {
			f.Add([]byte{byte(kind), digits - 1, 1, 0xFF, 0xFF, 0xFF, top})
			f.Add([]byte{byte(kind), digits - 2, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, top})
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s Sum
		rest, err := s.Decode(data)
		if err != nil {
			return
		}
		u := s
		if got := u.AppendBinary(nil); !slices.Equal(append(got, rest...), data) {
			t.Errorf("%x is decoded, and encoded as %x", data, got)
		}
		if bits := s.BitLen(); bits > 0 && (bits > 8*len(data)+digits*DigitBits || !s.Finite()) {
			t.Errorf("%x has %d bits", data, bits)
		}
		s.Take()
	})
}

func TestBitLen(t *testing.T) {
	for x, want := range map[float64]int{0: 0, 0x1p-1074: 1, 1: 1075, -1: 1075, -3: 1076, math.MaxFloat64: 2098} {
		var s Sum
		s.Add(x)
		if got := s.BitLen(); got != want {
			t.Errorf("%v has %d bits, want %d", x, got, want)
		}
	}
}

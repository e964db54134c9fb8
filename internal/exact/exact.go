// Package exact adds float64 numbers without rounding, so that their order does not matter, nor how they are divided into parts.
package exact

import (
	"math"
	"math/bits"
)

const (
	// DigitBits is the length of a digit.
	DigitBits = 32

	// digits is the number of a Sum's digits: 2**-1074 is the unit of the first, and the last leaves room for 2**76 numbers of 2**1025.
	digits    = 68
	digitMask = 1<<DigitBits - 1
	// maxPending numbers may be added before carries: each adds less than 2**53 to a digit.
	maxPending = 1 << 8
)

// A Sum is a sum of float64 without rounding: a fixed-point number that spans all exponents (Kulisch; the digits with room for carries are Neal's, "Fast exact summation using small and large
// superaccumulators", 2015). The zero value is 0.
type Sum struct {
	digit     [digits]int64 // of weight 2**(32·i - 1074), not carried
	low, high int           // all digits but these are 0: from low to below high
	pending   int           // numbers added since the last carry
	special   float64       // the sum of what is not finite
}

// Add adds x. What is not finite makes the sum infinite or NaN, as in float64.
func (s *Sum) Add(x float64) { s.AddScaled(x, 0) }

// AddScaled adds x·2**(32·up).
func (s *Sum) AddScaled(x float64, up int) {
	pattern := math.Float64bits(x)
	position, significand := pattern>>52&0x7FF, pattern&(1<<52-1) // of the significand's last bit, in digits' bits
	if position != 0 {
		position--
		significand |= 1 << 52
	}
	if position == 0x7FE {
		s.special += x
		return
	}
	i, shift := int(position/DigitBits)+up, position%DigitBits
	sign := int64(pattern) >> 63
	s.digit[i] += (int64(significand<<shift&digitMask) ^ sign) - sign
	s.digit[i+1] += (int64(significand>>(DigitBits-shift)) ^ sign) - sign
	if i < s.low || i+2 > s.high {
		s.widen(i, i+2)
	}
	s.pend(1)
}

// Merge adds all that was added to o.
func (s *Sum) Merge(o *Sum) {
	s.special += o.special
	if o.high == 0 {
		return
	}
	for i := o.low; i < o.high; i++ {
		s.digit[i] += o.digit[i]
	}
	s.widen(o.low, o.high)
	s.pend(o.pending + 1)
}

// widen notes that digits from low to below high have been added to.
func (s *Sum) widen(low, high int) {
	if s.high == 0 {
		s.low = low
	}
	s.low, s.high = min(s.low, low), max(s.high, high)
}

// pend notes that so many numbers have been added.
func (s *Sum) pend(numbers int) {
	if s.pending += numbers; s.pending > maxPending {
		s.carry()
	}
}

// carry brings the digits into [0, 2**32), but the highest, which has the sign, into [-2**31, 2**31).
func (s *Sum) carry() {
	for i := s.low; i < s.high; i++ {
		d := s.digit[i]
		if i == s.high-1 {
			if d == int64(int32(d)) {
				break
			}
			s.high++
		}
		s.digit[i] = d & digitMask
		s.digit[i+1] += d >> DigitBits
	}
	s.pending = 0
}

// magnitude makes the sum its absolute value, with digits in [0, 2**32), the lowest and the highest not 0, and tells whether
// it was negative.
func (s *Sum) magnitude() (negative bool) {
	s.carry()
	if negative = s.high > 0 && s.digit[s.high-1] < 0; negative {
		s.negate()
		s.carry()
	}
	for s.high > s.low && s.digit[s.high-1] == 0 {
		s.high--
	}
	for s.low < s.high && s.digit[s.low] == 0 {
		s.low++
	}
	if s.low == s.high {
		s.low, s.high = 0, 0
	}
	return negative
}

func (s *Sum) negate() {
	for i := s.low; i < s.high; i++ {
		s.digit[i] = -s.digit[i]
	}
}

// Take returns the sum, rounded once, and leaves only its magnitude. A sum too large is infinite.
func (s *Sum) Take() float64 {
	switch {
	case s.special != s.special:
		return math.NaN()
	case s.special != 0:
		return s.special
	}
	negative := s.magnitude()
	if s.high == 0 {
		return 0
	}
	x := s.rounded()
	if negative {
		return -x
	}
	return x
}

// TakeScaled returns the magnitude, divided by 2**(32·down), rounded down and then to the nearest, and leaves that. It is for sums that
// are too large for a float64.
func (s *Sum) TakeScaled(down int) float64 {
	s.magnitude()
	n := copy(s.digit[:], s.digit[down:])
	clear(s.digit[n:])
	s.low, s.high = max(0, s.low-down), max(0, s.high-down)
	return s.rounded()
}

// Finite tells whether all that was added is.
func (s *Sum) Finite() bool { return s.special == 0 }

// BitLen is the length of the magnitude in units of the smallest float64.
func (s *Sum) BitLen() int {
	t := *s
	t.magnitude()
	return t.bitLen()
}

// bitLen is the length of a magnitude.
func (s *Sum) bitLen() int {
	if s.high == 0 {
		return 0
	}
	return DigitBits*(s.high-1) + bits.Len64(uint64(s.digit[s.high-1]))
}

// rounded is the nearest float64 to a magnitude that is not 0, ties to even.
func (s *Sum) rounded() float64 {
	top := s.high - 1
	var next [2]uint64 // below the highest digit
	for i := range next {
		if top-1-i >= s.low {
			next[i] = uint64(s.digit[top-1-i])
		}
	}
	// The leading 64 bits. The last of them stands for all that follow: the conversion rounds where it is not the last that counts.
	// Below 2**53 units there is nothing to round, so that the scaling is exact also where the result is subnormal.
	lead := uint64(s.digit[top])<<DigitBits | next[0]
	shift := uint(bits.LeadingZeros64(lead))
	lead = lead<<shift | next[1]>>(DigitBits-shift)
	if next[1]<<shift&digitMask != 0 || s.low < top-2 {
		lead |= 1
	}
	return scaled(float64(lead), DigitBits*(top-1)-int(shift)-1074)
}

// scaled is x·2**e, as math.Ldexp, for x of 2**63 or a little more.
func scaled(x float64, e int) float64 {
	if -1023-63 < e && e < 1023-64 {
		return math.Float64frombits(math.Float64bits(x) + uint64(e)<<52)
	}
	return math.Ldexp(x, e)
}

package relent

import (
	"math"
	"unsafe"
)

// Float16 is IEEE 754's binary16, given its bits: 11 significant, up to 65504.
type Float16 [1]uint16

// BFloat16 is the upper half of a float32: 8 significant bits.
type BFloat16 [1]uint16

// Half is the constraint of 16-bit numbers; results are those of float32s.
type Half interface{ Float16 | BFloat16 }

func (x Float16) Float32() float32  { return ofFloat16(x[0]) }
func (x BFloat16) Float32() float32 { return ofBFloat16(x[0]) }

// Halves are the numbers that are stored as bits, sharing their memory.
func Halves[H Half](bits []uint16) []H {
	return unsafe.Slice((*H)(unsafe.Pointer(unsafe.SliceData(bits))), len(bits))
}

// Widen sets dst[i] to x[i], exactly.
func Widen[H Half](dst []float32, x []H) []float32 {
	dst = sized("Widen", "dst", dst, len(x))
	reads(x)
	writes(dst)
	widen(dst, as[uint16](x), isBFloat16[H]())
	return dst
}

// Narrow sets dst[i] to x[i], rounded to nearest, ties to even.
func Narrow[H Half](dst []H, x []float32) []H {
	dst = sized("Narrow", "dst", dst, len(x))
	to, one := as[uint16](dst), toFloat16
	if isBFloat16[H]() {
		one = toBFloat16
	}
	for i, v := range x {
		to[i] = one(v)
	}
	return dst
}

// isBFloat16 tells which of the two kinds of half H is.
func isBFloat16[H any]() bool {
	_, is := any(*new(H)).(BFloat16)
	return is
}

// widen sets dst to x. The last lanes elements may be converted twice: kernels leave what is no multiple of that to plain Go.
func widen(dst []float32, x []uint16, brain bool) {
	x = x[:len(dst)]
	for len(dst) > partElements {
		widenPart(dst[:partElements], x, brain)
		dst, x = dst[partElements:], x[partElements:]
	}
	if n := len(dst) &^ (lanes - 1); n > 0 && n < len(dst) {
		widenPart(dst[:n], x, brain)
		dst, x = dst[len(dst)-lanes:], x[len(x)-lanes:]
	}
	widenPart(dst, x, brain)
}

func widenPart(dst []float32, x []uint16, brain bool) {
	if brain {
		widenBFloat16(dst, x)
	} else {
		widenFloat16(dst, x)
	}
}

// Of a binary16 number: the bits of its significand, and what its exponents are raised by, and those of a float32.
const (
	halfDigits = 10
	moreDigits = 23 - halfDigits
	moreBias   = 127 - 15
)

// ofFloat16 is the number that is stored as h. A NaN keeps its sign and payload and is made quiet, as processors do.
func ofFloat16(h uint16) float32 {
	sign, magnitude := uint32(h&0x8000)<<16, uint32(h&0x7fff)
	switch {
	case magnitude >= 0x7c00:
		rest := magnitude & 0x3ff
		if rest != 0 {
			rest |= 0x200
		}
		return math.Float32frombits(sign | 0x7f800000 | rest<<moreDigits)
	case magnitude >= 0x400:
		return math.Float32frombits(sign | (magnitude<<moreDigits + moreBias<<23))
	}
	return math.Float32frombits(sign | math.Float32bits(float32(magnitude)*0x1p-24))
}

// ofBFloat16 is the number that is stored as b.
func ofBFloat16(b uint16) float32 { return math.Float32frombits(uint32(b) << 16) }

// toFloat16 is how x is stored, rounded to nearest, ties to even; a NaN is made quiet and keeps the upper bits of its payload.
func toFloat16(x float32) uint16 {
	b := math.Float32bits(x)
	sign, magnitude := uint16(b>>16&0x8000), b&0x7fffffff
	switch {
	case magnitude > 0x7f800000:
		return sign | 0x7e00 | uint16(magnitude>>moreDigits&0x3ff)
	case magnitude >= (moreBias+31)<<23:
		return sign | 0x7c00
	case magnitude >= (moreBias+1)<<23: // rounding may carry into the exponent, and to infinity
		return sign | uint16(roundedShift(magnitude-moreBias<<23, moreDigits))
	}
	exponent := int(magnitude >> 23)
	if shift := moreBias + 1 + moreDigits - exponent; shift <= 24 {
		return sign | uint16(roundedShift(magnitude&0x7fffff|0x800000, shift))
	}
	return sign
}

// toBFloat16 is as toFloat16.
func toBFloat16(x float32) uint16 {
	b := math.Float32bits(x)
	if x != x {
		return uint16(b>>16) | 0x40
	}
	return uint16(roundedShift(b, 16))
}

// roundedShift is x·2^-by, to the nearest, ties to even.
func roundedShift(x uint32, by int) uint32 {
	return (x + 1<<(by-1) - 1 + x>>by&1) >> by
}

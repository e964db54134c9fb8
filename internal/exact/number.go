package exact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
)

// A Number is significand·2**unit, of any length. The zero value is 0.
type Number struct {
	significand big.Int
	unit        int
}

// NewNumber is a finite float64.
func NewNumber(x float64) *Number {
	s, unit := significand(x)
	n := &Number{unit: unit}
	n.significand.SetInt64(s)
	return n
}

// significand is a finite x as s·2**unit, |s| < 2**53.
func significand(x float64) (s int64, unit int) {
	pattern := math.Float64bits(x)
	position, s := int(pattern>>52&0x7FF), int64(pattern&(1<<52-1))
	if position != 0 {
		position--
		s |= 1 << 52
	}
	if int64(pattern) < 0 {
		s = -s
	}
	return s, position - 1074
}

// Sign is -1, 0 or 1.
func (a *Number) Sign() int { return a.significand.Sign() }

// add adds s·2**unit. It may change s.
func (a *Number) add(s *big.Int, unit int) {
	switch {
	case s.Sign() == 0:
	case a.significand.Sign() == 0:
		a.significand.Set(s)
		a.unit = unit
	case unit >= a.unit:
		a.significand.Add(&a.significand, s.Lsh(s, uint(unit-a.unit)))
	default:
		a.significand.Lsh(&a.significand, uint(a.unit-unit))
		a.significand.Add(&a.significand, s)
		a.unit = unit
	}
}

// Plus is a + b.
func (a *Number) Plus(b *Number) *Number {
	sum := &Number{unit: a.unit}
	sum.significand.Set(&a.significand)
	sum.add(new(big.Int).Set(&b.significand), b.unit)
	return sum
}

// Minus is a - b.
func (a *Number) Minus(b *Number) *Number {
	sum := &Number{unit: a.unit}
	sum.significand.Set(&a.significand)
	sum.add(new(big.Int).Neg(&b.significand), b.unit)
	return sum
}

// Times is a·b.
func (a *Number) Times(b *Number) *Number {
	product := &Number{unit: a.unit + b.unit}
	product.significand.Mul(&a.significand, &b.significand)
	return product
}

// Over is the float64 nearest to a/b, b not 0; infinite if that is too large.
func (a *Number) Over(b *Number) float64 {
	const bits = 64 // of the quotient, and one for all that follow
	shift := max(0, bits+1+b.significand.BitLen()-a.significand.BitLen())
	var quotient, rest big.Int
	quotient.Lsh(&a.significand, uint(shift))
	quotient.QuoRem(&quotient, &b.significand, &rest)
	unit := a.unit - b.unit - shift - 1
	quotient.Lsh(&quotient, 1)
	if rest.Sign() != 0 { // the quotient is truncated, toward 0
		if a.Sign()*b.Sign() > 0 {
			quotient.Add(&quotient, big.NewInt(1))
		} else {
			quotient.Sub(&quotient, big.NewInt(1))
		}
	}
	return rounded(&quotient, unit)
}

// Float64 is the float64 nearest to a.
func (a *Number) Float64() float64 { return rounded(&a.significand, a.unit) }

// rounded is the float64 nearest to s·2**unit.
func rounded(s *big.Int, unit int) float64 {
	f := new(big.Float).SetInt(s) // as long as it takes
	x, _ := f.SetMantExp(f, unit).Float64()
	return x
}

// The length of an encoded number without the bytes of its significand, and bounds of its bits: those of a sum of 2**64 products of
// three float64.
const (
	numberHeader = 5
	leastUnit    = -3 * 1074
	largestBit   = 3*1024 + 64
)

// AppendBinary appends the encoding of the number to b: its sign (0, 1, or 2 if it is negative), one byte; the unit of its last
// bit that is not 0, and the number of bytes of the significand, two bytes each, little-endian; and these, big-endian.
func (a *Number) AppendBinary(b []byte) []byte {
	if a.Sign() == 0 {
		return append(b, 0, 0, 0, 0, 0)
	}
	var s big.Int
	zeros := a.significand.TrailingZeroBits()
	s.Abs(&a.significand).Rsh(&s, zeros)
	sign := byte(1)
	if a.Sign() < 0 {
		sign = 2
	}
	b = append(b, sign)
	b = binary.LittleEndian.AppendUint16(b, uint16(int16(a.unit+int(zeros))))
	b = binary.LittleEndian.AppendUint16(b, uint16((s.BitLen()+7)/8))
	return append(b, s.Bytes()...)
}

// Decode makes a the number that data begins with, and returns what follows it. There is one encoding of a number; others are errors.
func (a *Number) Decode(data []byte) (rest []byte, err error) {
	if len(data) < numberHeader {
		return nil, errShort
	}
	sign, unit := data[0], int(int16(binary.LittleEndian.Uint16(data[1:])))
	n := int(binary.LittleEndian.Uint16(data[3:]))
	data = data[numberHeader:]
	switch {
	case sign > 2:
		return nil, fmt.Errorf("sign %d is unknown", sign)
	case sign == 0 && (unit != 0 || n != 0), sign > 0 && n == 0:
		return nil, fmt.Errorf("%d bytes of unit %d, sign %d", n, unit, sign)
	case unit < leastUnit || unit+8*n > largestBit+7:
		return nil, fmt.Errorf("%d bytes of unit %d are out of range", n, unit)
	case len(data) < n:
		return nil, errShort
	case n > 0 && (data[0] == 0 || data[n-1]&1 == 0):
		return nil, errors.New("the first byte or the last bit is 0")
	}
	a.unit = unit
	a.significand.SetBytes(data[:n])
	if sign == 2 {
		a.significand.Neg(&a.significand)
	}
	return data[n:], nil
}

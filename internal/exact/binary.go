package exact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Kinds of an encoded sum: its sign, or what it is besides finite numbers.
const (
	positive = iota
	negative
	isNaN
	isInf
	isMinusInf
	kinds
)

// AppendBinary appends the encoding of the sum to b, and leaves only its magnitude: the kind, the number of the first digit that is not
// 0, how many there are, a byte each, and the digits, little-endian. Of a sum that is not finite only the kind is encoded.
func (s *Sum) AppendBinary(b []byte) []byte {
	kind := positive
	switch minus := s.magnitude(); {
	case s.special != s.special:
		kind = isNaN
	case s.special > 0:
		kind = isInf
	case s.special < 0:
		kind = isMinusInf
	case minus:
		kind = negative
	}
	if s.special != 0 {
		s.low, s.high = 0, 0
	}
	b = append(b, byte(kind), byte(s.low), byte(s.high-s.low))
	for _, d := range s.digit[s.low:s.high] {
		b = binary.LittleEndian.AppendUint32(b, uint32(d))
	}
	return b
}

// Decode makes s, which is 0, the sum that data begins with, and returns what follows it. There is one encoding of a sum; others are
// errors.
func (s *Sum) Decode(data []byte) (rest []byte, err error) {
	const header = 3
	if len(data) < header {
		return nil, errShort
	}
	kind, low, n := int(data[0]), int(data[1]), int(data[2])
	data = data[header:]
	switch {
	case kind >= kinds:
		return nil, fmt.Errorf("kind %d is unknown", kind)
	case low+n > digits:
		return nil, fmt.Errorf("%d digits from digit %d, there are %d", n, low, digits)
	case n == 0 && low != 0, n == 0 && kind == negative, n > 0 && kind > negative:
		return nil, fmt.Errorf("%d digits from digit %d, kind %d", n, low, kind)
	case len(data) < 4*n:
		return nil, errShort
	}
	s.low, s.high = low, low+n
	for i := low; i < s.high; i++ {
		s.digit[i] = int64(binary.LittleEndian.Uint32(data))
		data = data[4:]
	}
	if n > 0 && (s.digit[low] == 0 || s.digit[s.high-1] == 0) {
		return nil, errors.New("the first or last digit is 0")
	}
	if s.high == digits && s.digit[digits-1] > math.MaxInt32 {
		return nil, errors.New("the sum is too large")
	}
	switch kind {
	case negative:
		s.negate()
	case isNaN:
		s.special = math.NaN()
	case isInf:
		s.special = math.Inf(1)
	case isMinusInf:
		s.special = math.Inf(-1)
	}
	return data, nil
}

var errShort = errors.New("the data ends early")

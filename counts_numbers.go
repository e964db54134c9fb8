package relent

import "unsafe"

// counts are numbers of any type.
type counts struct {
	kind numberKind
	data unsafe.Pointer
	n    int
}

type numberKind uint8

const (
	float64s numberKind = iota
	float32s
	uint64s
	uint32s
	uint16s
	uint8s
	int64s
	int32s
	int16s
	int8s
)

var numberSizes = [...]int{float64s: 8, float32s: 4, uint64s: 8, uint32s: 4, uint16s: 2, uint8s: 1, int64s: 8, int32s: 4, int16s: 2, int8s: 1}

// numbersOf is the kind that C is made from.
func numbersOf[C Number]() numberKind {
	var zero C
	half := 0.5
	size, fractions := int(unsafe.Sizeof(zero)), C(half) != 0
	if !fractions && zero-1 < zero {
		return [...]numberKind{1: int8s, 2: int16s, 4: int32s, 8: int64s}[size]
	}
	return unsigned(size, fractions)
}

// unsigned is the kind of numbers of so many bytes that have fractions, or are integers without a sign.
func unsigned(size int, fractions bool) numberKind {
	if fractions {
		return [...]numberKind{4: float32s, 8: float64s}[size]
	}
	return [...]numberKind{1: uint8s, 2: uint16s, 4: uint32s, 8: uint64s}[size]
}

func countsOf[C Number](x []C) counts {
	return counts{numbersOf[C](), unsafe.Pointer(unsafe.SliceData(x)), len(x)}
}

// slice is those from one up to but not including another.
func (c counts) slice(from, to int) counts {
	return counts{c.kind, unsafe.Add(c.data, from*numberSizes[c.kind]), to - from}
}

func (c counts) bytes() []byte { return unsafe.Slice((*byte)(c.data), c.n*numberSizes[c.kind]) }

func (c counts) float64s() []float64 {
	if c.kind != float64s {
		panic("relent: counts that are not float64")
	}
	return numbersAs[float64](c)
}

// bothAre tells that the numbers of both sides are of that kind.
func bothAre(kind numberKind, p, q counts) bool { return p.kind == kind && q.kind == kind }

// numbersAs is the numbers, which must be of that type, or one of the same size.
func numbersAs[T Number](c counts) []T {
	if uintptr(numberSizes[c.kind]) != unsafe.Sizeof(*new(T)) {
		panic("relent: counts of another size")
	}
	return unsafe.Slice((*T)(c.data), c.n)
}

// zero tells whether one of them is 0.
func (c counts) zero(i int) bool {
	var x [1]float64
	c.slice(i, i+1).convert(x[:], 0)
	return x[0] == 0
}

// convert makes them float64 and adds a number to each.
func (c counts) convert(dst []float64, plus float64) {
	switch c.kind {
	case float64s:
		convertFloat64(dst, numbersAs[float64](c), plus)
	case float32s:
		convertFloat32(dst, numbersAs[float32](c), plus)
	case uint64s:
		convertUint64(dst, numbersAs[uint64](c), plus)
	case uint32s:
		convertUint32(dst, numbersAs[uint32](c), plus)
	case uint16s:
		convertNumbers(dst, numbersAs[uint16](c), plus)
	case uint8s:
		convertNumbers(dst, numbersAs[uint8](c), plus)
	case int64s:
		if x := numbersAs[int64](c); negative(x) {
			convertNumbers(dst, x, plus)
		} else {
			convertUint64(dst, numbersAs[uint64](c), plus)
		}
	case int32s:
		if x := numbersAs[int32](c); negative(x) {
			convertNumbers(dst, x, plus)
		} else {
			convertUint32(dst, numbersAs[uint32](c), plus)
		}
	case int16s:
		convertNumbers(dst, numbersAs[int16](c), plus)
	case int8s:
		convertNumbers(dst, numbersAs[int8](c), plus)
	}
}

// convertNumbers is for numbers that no kernel converts.
func convertNumbers[C Number](dst []float64, x []C, plus float64) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = float64(x[i]) + plus
	}
}

// negative tells whether one of them is.
func negative[T int32 | int64](x []T) bool {
	all := T(0)
	for _, v := range x {
		all |= v
	}
	return all < 0
}

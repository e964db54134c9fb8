package mvn

import "math"

// The standard library's functions of angles differ between architectures.

// halfPi is π/2, in twice the precision of a float64.
var halfPi = twofold{0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54}

// sinCos are the sine and the cosine of x, within 2⁻⁵² of 1, and of the sine also of x where that is at most π/4. Beyond 2³⁰ either way they
// are those of 0.
//
// With n the multiple of π/2 that is next to x they are, but for signs, those of x - n·π/2, which is computed in twice the precision,
// or each other. Taylor's series end where what is left out is below 2⁻⁶⁰ of the first term.
func sinCos(x float64) (sin, cos float64) {
	if !(math.Abs(x) < 0x1p30) {
		return 0, 1
	}
	n := int64(float64(x*(2/math.Pi)) + math.Copysign(0.5, x))
	r := math.FMA(-float64(n), halfPi.high, x)
	r = math.FMA(-float64(n), halfPi.low, r)
	sin, cos = sinCosSmall(r)
	if n&1 != 0 {
		sin, cos = cos, -sin
	}
	if n&2 != 0 {
		sin, cos = -sin, -cos
	}
	return sin, cos
}

// sinCosSmall is sinCos of at most π/4 either way.
func sinCosSmall(r float64) (sin, cos float64) {
	s := float64(r * r)
	p := float64(s * (-1. / 1307674368000))
	p = float64(s * (1./6227020800 + p))
	p = float64(s * (-1./39916800 + p))
	p = float64(s * (1./362880 + p))
	p = float64(s * (-1./5040 + p))
	p = float64(s * (1./120 + p))
	p = float64(s * (-1./6 + p))
	q := float64(s * (1. / 20922789888000))
	q = float64(s * (-1./87178291200 + q))
	q = float64(s * (1./479001600 + q))
	q = float64(s * (-1./3628800 + q))
	q = float64(s * (1./40320 + q))
	q = float64(s * (-1./720 + q))
	q = float64(s * (1./24 + q))
	return r + float64(r*p), 1 - (float64(0.5*s) - float64(s*q))
}

// arcTangents are those of i/8.
var arcTangents = [...]float64{
	0, 0x1.fd5ba9aac2f6ep-4, 0x1.f5b75f92c80ddp-3, 0x1.6f61941e4def1p-2, 0x1.dac670561bb4fp-2, 0x1.1e00babdefeb4p-1,
	0x1.4978fa3269ee1p-1, 0x1.700a7c5784634p-1, 0x1.921fb54442d18p-1,
}

// angle is the one of x + iy, from -π to π, within 2⁻⁵¹; x and y must not both be 0, nor more than 2¹⁰⁰⁰ either way.
//
// Of the smaller coordinate's share q of the larger one, and c the next multiple of ⅛, atan q is atan c + atan((q-c)/(1+cq)), the last by
// its series, of at most 1/16.
func angle(y, x float64) float64 {
	large, small := math.Abs(x), math.Abs(y)
	steep := small > large
	if steep {
		large, small = small, large
	}
	i := int(float64(8*(small/large)) + 0.5)
	c := float64(float64(i) / 8)
	r := math.FMA(-c, large, small) / math.FMA(c, small, large)
	a := arcTangents[i] + (r + arcTangentExcess(r))
	if steep {
		a = halfPi.high - a
	}
	if math.Signbit(x) {
		a = math.Pi - a
	}
	return math.Copysign(a, y)
}

// arcTangentExcess is atan w - w for w of at most 3/16 either way, within 2⁻⁵⁰ of itself.
func arcTangentExcess(w float64) float64 {
	s := float64(w * w)
	p := float64(s * (-1. / 23))
	for _, c := range [...]float64{1. / 21, -1. / 19, 1. / 17, -1. / 15, 1. / 13, -1. / 11, 1. / 9, -1. / 7, 1. / 5, -1. / 3} {
		p = float64(s * (c + p))
	}
	return float64(w * p)
}

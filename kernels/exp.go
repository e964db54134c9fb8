package kernels

import "math"

// expNear is P in e**r = 1 + r + r²P(r) for |r| <= ½ ln 2: relative error of e**r 2**-56.3 (float64), 2**-27.9 (float32).
var expNear = coefficients{
	f64: []float64{
		0x1.000000000000ap-1, 0x1.55555555554fap-3, 0x1.5555555550889p-5, 0x1.1111111127babp-7,
		0x1.6c16c184271abp-10, 0x1.a01a012a65ac4p-13, 0x1.a0199a14ee7a8p-16, 0x1.71df25405d4b3p-19,
		0x1.28ad6a86eb4a8p-22, 0x1.ad7f75c4fb1p-26,
	},
	f32: []float64{0x1.fffffcp-2, 0x1.555492p-3, 0x1.5558f2p-5, 0x1.1239d6p-7, 0x1.6a2448p-10},
}

// exp2ExcessNear is P in 2**r - 1 - r·ln 2 = r²P(r) for |r| <= ½: relative error 2**-51.7.
var exp2ExcessNear = coefficients{
	f64: []float64{
		0x1.ebfbdff82c59p-03, 0x1.c6b08d704a0b5p-05, 0x1.3b2ab6fba3877p-07, 0x1.5d87fe78aa90bp-10, 0x1.4309130370c18p-13,
		0x1.ffcbfc40105f1p-17, 0x1.62bfe479280aep-20, 0x1.b52562ececd02p-24, 0x1.e5e9c523d15eep-28, 0x1.e91afc75c736ep-32,
	},
}

// An exponential is e**x in reduced form: x = n·ln 2 + r with an integer n and |r| <= ½ ln 2, up to 2**-44. What it has for
// an x beyond ±2**10, or for NaN, means nothing.
type exponential struct {
	n       Int // in the low bits; above them is what the rounding to an integer left there
	rounded Vec // n
	part    Vec // e**r, in [0.7, 1.5]
}

// toInteger is where the unit in the last place is 1: what is added to it is rounded to an integer, its low bits.
func (b *Builder) toInteger() Vec { return b.Const(math.Ldexp(1.5, b.Type.MantissaBits())) }

func (b *Builder) reduceExp(x Vec) exponential {
	n, rounded, r := b.modLn2(x)
	return exponential{n: n, rounded: rounded, part: b.expNearZero(r)}
}

// expNearZero is e**r for |r| <= ½ ln 2.
func (b *Builder) expNearZero(r Vec) Vec {
	square := r.Mul(r)
	return b.Const(1).Add(square.MulAdd(b.polyByHalves(r, square, expNear), r))
}

// modLn2 rounds x/ln 2 to n, as an integer and as a float, and leaves r = x - n·ln 2. ln 2 is the sum of two constants;
// x - n·ln 2 is exact with the first one, for both are multiples of the unit in the last place that the small difference needs.
func (b *Builder) modLn2(x Vec) (n Int, rounded, r Vec) {
	n, rounded, r = b.nearlyModLn2(x)
	return n, rounded, rounded.NegMulAdd(b.ln2Low(), r)
}

// nearlyModLn2 leaves what ln 2 of the type lacks, n times: n·2**-29 of float32.
func (b *Builder) nearlyModLn2(x Vec) (n Int, rounded, r Vec) {
	shifted := x.MulAdd(b.Const(math.Log2E), b.toInteger())
	rounded = shifted.Sub(b.toInteger())
	return shifted.AsInt(), rounded, rounded.NegMulAdd(b.Const(math.Ln2), x)
}

// polyByHalves evaluates P(z) = even(z²) + z·odd(z²), for two short chains of operations.
func (b *Builder) polyByHalves(z, square Vec, c coefficients) Vec {
	var halves [2]coefficients
	for i, x := range c.f64 {
		halves[i%2].f64 = append(halves[i%2].f64, x)
	}
	for i, x := range c.f32 {
		halves[i%2].f32 = append(halves[i%2].f32, x)
	}
	return z.MulAdd(b.poly(square, halves[1]), b.poly(square, halves[0]))
}

// ln2Low is what the float64 next to ln 2 lacks of it.
const ln2Low = 0x1.abc9e3b39803fp-56

// ln2Low is what ln 2 of the type lacks.
func (b *Builder) ln2Low() Vec {
	if b.Type == F32 {
		return b.Const(math.Ln2 - float64(float32(math.Ln2)))
	}
	return b.Const(ln2Low)
}

// power is 2**n as a float, for the integer in the low bits of n: a normal number if n is an exponent of one.
func (b *Builder) power(n Int) Vec { return n.ToExponent().Add(b.Const(1).AsInt()).AsFloat() }

// exp is e**x for every x, relative error below 2**-52: package relent's TestExpAgainstBig prints it. A subnormal result has half
// a unit in its last place more.
func (b *Builder) exp(x Vec) Vec {
	if b.usual {
		e := b.reduceExp(x)
		return e.part.Mul(b.power(e.n))
	}
	beyond := map[Type]float64{F64: 800, F32: 150}[b.Type] // e**±beyond overflows and underflows, and halves of its exponent do not
	e := b.reduceExp(x.Min(b.Const(beyond)).Max(b.Const(-beyond)))
	// 2**n in two factors, of which the first leaves the part exact and the second rounds it, if to a subnormal number.
	half := e.rounded.MulAdd(b.Const(0.5), b.toInteger()).AsInt()
	y := e.part.Mul(b.power(half)).Mul(b.power(e.n.Sub(half)))
	return x.Equal(x).Select(y, b.Const(math.NaN()))
}

// guardUsualExponent promises that e**x is a normal number, and with room.
func (b *Builder) guardUsualExponent(x Vec) {
	b.GuardBetween(x.Abs().Add(b.Const(1)), 0, map[Type]int{F64: 9, F32: 6}[b.Type])
}

// log is log x for every x, relative error below 2**-50: package relent's TestLogAgainstBig prints it. The text scales x to the side of 1, which cannot overflow.
func (b *Builder) log(x Vec) Vec {
	const up = 54 // makes the smallest subnormal number normal
	zero, one, inf := b.Const(0), b.Const(1), b.Const(math.Inf(1))
	value := map[Type]func(logarithm) Vec{F64: logarithm.value, F32: logarithm.inParts}[b.Type]
	if b.usual {
		k := b.exponentGap(one, x)
		near := x.AsInt().Add(k).AsFloat()
		return value(logarithm{b: b, k: zero.Sub(k.ExponentToFloat()), s: near.Sub(one).Div(near.Add(one))})
	}
	subnormal := x.Less(b.MinNormal())
	normal := subnormal.Select(x.Mul(b.PowerOfTwo(up)), x)
	k := b.exponentGap(one, normal)
	near := normal.AsInt().Add(k).AsFloat()
	down := subnormal.Select(b.Const(math.Ldexp(up, b.Type.MantissaBits())), zero)
	l := logarithm{b: b, k: zero.Sub(k.ExponentToFloat().Add(down)), s: near.Sub(one).Div(near.Add(one))}
	y := x.Less(inf).Select(value(l), inf)
	y = zero.Less(x).Select(y, b.Const(math.NaN()))
	return x.Equal(zero).Select(b.Const(math.Inf(-1)), y)
}

// Exp is e**p.
var Exp = Map{
	Name: "exp",
	Args: []string{"p"},
	Pad:  []float64{0},

	Narrow: true,
	Usual:  func(b *Builder, x ...Vec) { b.guardUsualExponent(x[0]) },
	Step:   func(b *Builder, x ...Vec) Vec { return b.exp(x[0]) },
}

// Expm1 is e**p - 1.
var Expm1 = Map{
	Name: "expm1",
	Args: []string{"p"},
	Pad:  []float64{0},
	Step: func(b *Builder, x ...Vec) Vec { return b.expm1(x[0]) },
}

// Log1p is log(1+p), -Inf at -1 and NaN below.
var Log1p = Map{
	Name: "logOnePlus",
	Args: []string{"p"},
	Pad:  []float64{0},
	Step: func(b *Builder, x ...Vec) Vec { return b.log1pAnywhere(x[0]) },
}

// Log is log(p), -Inf at 0 and NaN below.
var Log = Map{
	Name: "log",
	Args: []string{"p"},
	Pad:  []float64{0},

	Narrow: true,
	Usual:  usual,
	Step:   func(b *Builder, x ...Vec) Vec { return b.log(x[0]) },
}

// expm1 is e**x - 1 for every x, relative error below 2**-50: package relent's TestExpm1AgainstBig prints it. With x = n·ln 2 + r it is
// (2**n-1) + 2**n·(r + r²P(r)).
func (b *Builder) expm1(x Vec) Vec {
	const low, high = -50, 709 // outside, 1 does not count, or all but 1
	n, _, r := b.modLn2(x.Min(b.Const(high)).Max(b.Const(low)))
	scale := b.power(n)
	square := r.Mul(r)
	y := square.MulAdd(b.polyByHalves(r, square, expExcessNear), r)
	y = scale.MulAdd(y, scale.Sub(b.Const(1)))
	y = b.Const(high).Less(x).Select(b.exp(x), y)
	y = x.Equal(b.Const(0)).Select(x, y) // with its sign
	return x.Equal(x).Select(y, b.Const(math.NaN()))
}

// log1pAnywhere is log(1+x) for every x, relative error below 2**-50: package relent's TestLog1pAgainstBig prints it. Above 2**60, 1 does not
// count; near -1, 1+x is exact.
func (b *Builder) log1pAnywhere(x Vec) Vec {
	const large = 60
	inside := x.Min(b.PowerOfTwo(large)).Max(b.Const(-1 + 0x1p-53))
	y := b.PowerOfTwo(large).Less(x).Select(b.log(x), b.log1p(inside))
	y = x.Equal(b.Const(-1)).Select(b.Const(math.Inf(-1)), y)
	y = x.Abs().Less(b.PowerOfTwo(-large)).Select(x, y)
	return b.Const(-1).LessEqual(x).Select(y, b.Const(math.NaN()))
}

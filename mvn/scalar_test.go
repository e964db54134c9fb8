package mvn

import (
	"math"
	"math/big"
	"testing"
)

func TestUnivariateLogProbAgainstBig(t *testing.T) {
	const bound = 0x1p-50 // as documented
	values := []float64{0, 1, -1, 0.1, 3, -2.5, 1e-8, 1e8, -1e100, 1e-300, 0x1p-1074, math.MaxFloat64, -math.MaxFloat64}
	variances := []float64{
		1, 1 + 0x1p-52, 1 - 0x1p-53, 0.5, 2, 10, 0.159154943091895, 1e-10, 1e10, 1e-300, 1e300, 0x1p-1074, 0x1p-1022,
		math.MaxFloat64,
	}
	far, large := []float64{1e308, -1e308, math.MaxFloat64, -math.MaxFloat64, 1e154, 1}, []float64{1.7e308, 0.75e308, 1e308, 1e300}
	worst := max(
		univariateError(t, bound, values, variances),
		univariateError(t, bound, far, large),
	)
	t.Logf("worst error 2**%.2f", math.Log2(worst))
}

// univariateError is the worst error, of the terms, of all combinations.
func univariateError(t *testing.T, bound float64, values, variances []float64) (worst float64) {
	for _, x := range values {
		for _, mean := range values {
			for _, variance := range variances {
				got := UnivariateLogProb(x, mean, variance)
				want, size := bigLogProb(x, mean, variance)
				if w, _ := want.Float64(); math.IsInf(w, -1) || math.IsInf(got, 0) || got != got {
					if got != w {
						t.Errorf("(%g, %g, %g): %g, want %g", x, mean, variance, got, w)
					}
					continue
				}
				e := new(big.Float).Sub(number(got), want)
				relative, _ := e.Quo(e, size).Float64()
				worst = max(worst, math.Abs(relative))
				if math.Abs(relative) > bound {
					t.Errorf("(%g, %g, %g): %g, error %.3g of the terms", x, mean, variance, got, relative)
				}
			}
		}
	}
	return worst
}

func TestUnivariateLogProbSpecialValues(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct{ x, mean, variance, want float64 }{
		{nan, 0, 1, nan}, {0, nan, 1, nan}, {0, 0, nan, nan}, {inf, 0, nan, nan},
		{0, 0, 0, nan}, {0, 0, math.Copysign(0, -1), nan}, {0, 0, -1, nan}, {0, 0, inf, nan}, {0, 0, -inf, nan},
		{0, inf, 1, nan}, {0, -inf, 1, nan}, {inf, inf, 1, nan}, {inf, 0, 0, nan},
		{inf, 0, 1, -inf}, {-inf, 0, 1, -inf}, {1e200, 0, 1, -inf}, {math.MaxFloat64, -math.MaxFloat64, math.MaxFloat64, -inf},
	} {
		if got := UnivariateLogProb(c.x, c.mean, c.variance); got != c.want && (got == got || c.want == c.want) {
			t.Errorf("(%g, %g, %g): %g, want %g", c.x, c.mean, c.variance, got, c.want)
		}
	}
}

// The bits are those of every architecture, in particular of those that fuse multiplications and additions.
func TestUnivariateLogProbBits(t *testing.T) {
	for _, c := range []struct{ x, mean, variance, want float64 }{
		{0, 0, 1, -0x1.d67f1c864beb5p-01},
		{1, 0.25, 3, -0x1.8fdee2188e0ep+00},
		{0.1, 0.7, 0.3, -0x1.d57abfeda4acap-01},
		{-5, 1e-3, 1e-2, -0x1.384773276a362p+10},
		{7, 11, 1e6, -0x1.f4e8aeb7b8b8ep+02},
		{0x1p-1074, 0, 0x1p-1074, 0x1.734d14b893f64p+08},
	} {
		if got := UnivariateLogProb(c.x, c.mean, c.variance); got != c.want {
			t.Errorf("(%g, %g, %g): %x, want %x", c.x, c.mean, c.variance, got, c.want)
		}
	}
}

func TestUnivariateLogProbDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { UnivariateLogProb(1, 2, 3) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// bigLogProb is the log density, and the sum of the sizes of its three terms.
func bigLogProb(x, mean, variance float64) (value, size *big.Float) {
	const twoPi = "6.28318530717958647692528676655900576839433879875021164194988918461563281257"
	tau, _, err := big.ParseFloat(twoPi, 10, precision, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	d := new(big.Float).SetPrec(4096).Sub(number(x), number(mean)) // exact
	quadratic := zero().Quo(d.Mul(d, d), number(variance))
	value, size = zero(), zero()
	for _, term := range []*big.Float{quadratic, bigLog(tau), bigLog(number(variance))} {
		half := zero().Quo(term, number(2))
		value.Sub(value, half)
		size.Add(size, half.Abs(half))
	}
	return value, size
}

// bigLog is log(m·2**e) = e·log 2 + log m, log m = 2 atanh((m-1)/(m+1)).
func bigLog(x *big.Float) *big.Float {
	m := zero()
	e := x.MantExp(m) // m in [1/2, 1)
	one := number(1)
	sum := zero().Mul(number(float64(e)), twiceAtanh(zero().Quo(one, number(3))))
	return sum.Add(sum, twiceAtanh(zero().Quo(zero().Sub(m, one), zero().Add(m, one))))
}

// twiceAtanh is 2(s + s³/3 + s⁵/5 + …), |s| <= 1/3.
func twiceAtanh(s *big.Float) *big.Float {
	square, power, sum := zero().Mul(s, s), number(2), zero()
	power.Mul(power, s)
	for j := 1; j < precision; j += 2 { // 3**-j
		sum.Add(sum, zero().Quo(power, number(float64(j))))
		power.Mul(power, square)
	}
	return sum
}

const precision = 300

func zero() *big.Float            { return new(big.Float).SetPrec(precision) }
func number(x float64) *big.Float { return zero().SetFloat64(x) }

package mvn

import (
	"math"
	"math/big"
	"testing"
)

// Against the distribution function in exact numbers: where that is p + e at the quantile x, x is off by e over the density.
func TestStandardQuantile(t *testing.T) {
	worst := 0.0
	check := func(p float64) {
		x := standardQuantile(p)
		e := longFloat().Sub(bigDistribution(x), longFloat().SetFloat64(p))
		density := math.Exp(-x*x/2) / math.Sqrt(2*math.Pi)
		worst = max(worst, math.Abs(float(e)/density/x))
	}
	r := seed(t.Name())
	for i := range 200 {
		check(math.Ldexp(1.5+r.around()/2, -1-i%200))
		check(0.5 + 0.499*r.around())
		check(1 - math.Ldexp(1.5+r.around()/2, -2-i%50))
	}
	for _, p := range []float64{0.075, math.Nextafter(0.075, 0), 0.925, 0x1p-36, 1.388e-11, 0x1p-53} {
		check(p)
	}
	t.Logf("relative error 2**%.2f", math.Log2(worst))
	if worst > 0x1p-49 {
		t.Errorf("relative error 2**%.2f", math.Log2(worst))
	}
	inf := math.Inf(1)
	for p, want := range map[float64]float64{0: -inf, 1: inf, 0.5: 0} {
		if got := standardQuantile(p); got != want {
			t.Errorf("quantile of %g: %g, want %g", p, got, want)
		}
	}
	if got := standardQuantile(0x1p-1074); !(got < -38 && got > -39) {
		t.Errorf("quantile of the smallest number: %g", got)
	}
}

func longFloat() *big.Float { return new(big.Float).SetPrec(1000) }

// bigDistribution is ½ + Σ (-1)ⁿx²ⁿ⁺¹/(2ⁿn!(2n+1))/√2π.
func bigDistribution(at float64) *big.Float {
	x := longFloat().SetFloat64(at)
	square := longFloat().Mul(x, x)
	square.Quo(square, longFloat().SetInt64(-2))
	sum, power := longFloat(), longFloat().Set(x)
	for n := int64(0); power.Sign() != 0 && power.MantExp(nil) > -900; n++ {
		sum.Add(sum, longFloat().Quo(power, longFloat().SetInt64(2*n+1)))
		power.Mul(power, square)
		power.Quo(power, longFloat().SetInt64(n+1))
	}
	root := longFloat().Mul(longFloat().SetInt64(2), bigPi)
	sum.Quo(sum, root.Sqrt(root))
	return sum.Add(sum, longFloat().SetFloat64(0.5))
}

// bigPi is 16·arctan(1/5) - 4·arctan(1/239).
var bigPi = func() *big.Float {
	arctan := func(inverse int64) *big.Float {
		power := longFloat().Quo(longFloat().SetInt64(1), longFloat().SetInt64(inverse))
		square := longFloat().SetInt64(-inverse * inverse)
		sum := longFloat()
		for n := int64(1); power.MantExp(nil) > -1000; n += 2 {
			sum.Add(sum, longFloat().Quo(power, longFloat().SetInt64(n)))
			power.Quo(power, square)
		}
		return sum
	}
	a, b := arctan(5), arctan(239)
	a.Mul(a, longFloat().SetInt64(16))
	return a.Sub(a, b.Mul(b, longFloat().SetInt64(4)))
}()

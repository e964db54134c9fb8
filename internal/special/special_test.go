package special

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"testing"
)

//go:embed testdata/golden.jsonl
var golden []byte

type goldenValue struct {
	Name    string
	X, Want []hexFloat
}

// A hexFloat is a float64 as a hexadecimal string.
type hexFloat float64

func (f *hexFloat) UnmarshalText(text []byte) error {
	x, err := strconv.ParseFloat(string(text), 64)
	*f = hexFloat(x)
	return err
}

// A function has its value and what its error is relative to, given the value expected.
type function struct {
	value func(x []float64) Complex
	size  func(x []float64, want float64) float64
	bound float64
}

func ofReal(f func(float64) float64) func([]float64) Complex {
	return func(x []float64) Complex { return Real(f(x[0])) }
}

func ofComplex(f func(Complex) Complex) func([]float64) Complex {
	return func(x []float64) Complex { return f(Complex{x[0], x[1]}) }
}

func itself(_ []float64, want float64) float64     { return want }
func itselfAnd1(_ []float64, want float64) float64 { return max(1, want) }

// functions are with their documented bounds.
var functions = map[string]function{
	"StirlingError":     {ofReal(StirlingError), itselfAnd1, 0x1p-48},
	"StirlingSlope":     {ofReal(StirlingSlope), func(x []float64, _ float64) float64 { return max(1, 1/x[0]) }, 0x1p-48},
	"StirlingCurvature": {ofReal(StirlingCurvature), itself, 0x1p-48},
	"LogGamma":          {ofReal(LogGamma), func(x []float64, want float64) float64 { return max(1, want, math.Abs(math.Log(x[0]))) }, 0x1p-47},
	"Digamma":           {ofReal(Digamma), func(x []float64, want float64) float64 { return max(1, want, 1/x[0]) }, 0x1p-47},
	"Trigamma":          {ofReal(Trigamma), itself, 0x1p-48},
	"Excess":            {ofReal(Excess), itself, 0x1p-48},
	"ExpExcess":         {ofReal(ExpExcess), itself, 0x1p-48},
	"Sin":               {ofReal(func(x float64) float64 { s, _ := Sincos(x); return s }), itselfAnd1, 0x1p-51},
	"Cos":               {ofReal(func(x float64) float64 { _, c := Sincos(x); return c }), itselfAnd1, 0x1p-51},
	"Atan2":             {func(x []float64) Complex { return Real(Atan2(x[0], x[1])) }, itself, 0x1p-50},
	"ComplexExcess":     {ofComplex(Complex.Excess), itself, 0x1p-46},
	"ComplexLog1":       {ofComplex(func(a Complex) Complex { return a.Plus(1).Log() }), itselfAnd1, 0x1p-49},
	"ComplexExpExcess":  {ofComplex(Complex.ExpExcess), itself, 0x1p-46},
	"LostReal":          {func(x []float64) Complex { return Real(Complex{x[0], x[1]}.LostReal()) }, itself, 0x1p-46},

	"ComplexStirlingError":     {ofComplex(Complex.StirlingError), itselfAnd1, 0x1p-48},
	"ComplexStirlingCurvature": {ofComplex(Complex.StirlingCurvature), itself, 0x1p-46},
	"LowerGamma": {func(x []float64) Complex { return Real(LowerGamma(x[0], x[1])) },
		func(_ []float64, want float64) float64 { return want * max(1, -math.Log(want)) }, 0x1p-44},
	"NormalTail": {ofReal(NormalTail), func(_ []float64, want float64) float64 { return want * max(1, -math.Log(want)) }, 0x1p-44},
	"UpperGamma": {func(x []float64) Complex { return Real(UpperGamma(x[0], x[1])) },
		func(_ []float64, want float64) float64 { return want * max(1, -math.Log(want)) }, 0x1p-44},
}

func TestGolden(t *testing.T) {
	worst := map[string]float64{}
	for d := json.NewDecoder(bytes.NewReader(golden)); ; {
		var v goldenValue
		if err := d.Decode(&v); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		f, x, want := functions[v.Name], []float64{}, Complex{Re: float64(v.Want[0])}
		for _, a := range v.X {
			x = append(x, float64(a))
		}
		if len(v.Want) == 2 {
			want.Im = float64(v.Want[1])
		}
		got := f.value(x)
		if got == want {
			worst[v.Name] = max(worst[v.Name], 0)
			continue
		}
		e := got.Sub(want).Size() / f.size(x, want.Size())
		worst[v.Name] = max(worst[v.Name], e)
		if !(e <= f.bound) && want.Size() > 0x1p-1000 {
			t.Errorf("%s of %v: %v, want %v, error 2**%.1f", v.Name, x, got, want, math.Log2(e))
		}
	}
	for name, f := range functions {
		if e, ok := worst[name]; !ok {
			t.Errorf("no values of %s", name)
		} else {
			t.Logf("%-24s 2**%.1f, bound 2**%.0f", name, math.Log2(e), math.Log2(f.bound))
		}
	}
}

// Where a function is called with what it is not made for, or is at its end.
func TestEnds(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for i, c := range []struct{ got, want float64 }{
		{Excess(-1), inf}, {Excess(0), 0}, {Excess(inf), inf}, {Excess(0x1p-600), 0}, {ExpExcess(0), 0}, {ExpExcess(-inf), inf},
		{ExpExcess(800), inf}, {UpperGamma(2, 0), 1}, {UpperGamma(2, inf), 0}, {StirlingError(inf), 0}, {StirlingCurvature(inf), 0},
		{Complex{inf, 0}.LostReal(), 1}, {Complex{0, 0}.LostReal(), 0}, {Complex{800, 1e300}.LostReal(), 1}, {Atan2(0, 0), 0},
		{Atan2(inf, 1), math.Pi / 2}, {Complex{}.Log().Re, -inf}, {Complex{-1000, 3}.Exp().Im, 0},
	} {
		if c.got != c.want && (c.got == c.got || c.want == c.want) {
			t.Errorf("%d: %v, want %v", i, c.got, c.want)
		}
	}
	for _, x := range []float64{0x1p50, -1e300} {
		if s, c := Sincos(x); s != 0 || c != 1 {
			t.Errorf("sine and cosine of %v: %v and %v", x, s, c)
		}
	}
	for _, x := range []float64{inf, -inf, nan} {
		if s, c := Sincos(x); s == s || c == c {
			t.Errorf("sine and cosine of %v: %v and %v", x, s, c)
		}
	}
}

// The squares of what Sincos gives sum to 1 wherever its argument is in range.
func TestSincosFar(t *testing.T) {
	for x := 1.0; x < 0x1p50; x *= 1.37 {
		if s, c := Sincos(x); math.Abs(s*s+c*c-1) > 0x1p-50 {
			t.Errorf("sine and cosine of %v: %v and %v", x, s, c)
		}
	}
}

func TestDeterminant(t *testing.T) {
	for i := range 1000 {
		a, b := 1+float64(i)/7, 3+float64(i)/11
		d, c := b*(1+float64(i%5)*0x1p-50), a*(1-float64(i%3)*0x1p-51)
		exact := new(big.Rat).Sub(product(a, d), product(b, c))
		want, _ := exact.Float64()
		if got := Determinant(a, b, c, d); math.Abs(got-want) > 0x1p-51*math.Abs(want) {
			t.Errorf("%v·%v - %v·%v = %v, want %v", a, d, b, c, got, want)
		}
	}
}

func product(x, y float64) *big.Rat {
	return new(big.Rat).Mul(new(big.Rat).SetFloat64(x), new(big.Rat).SetFloat64(y))
}

func TestComplexDivision(t *testing.T) {
	for _, b := range []Complex{{3, 4}, {-1, 1e-3}, {1e-200, -3e-200}, {2e200, 5e199}} {
		a := Complex{1.5, -0.25}
		if back := a.Div(b).Mul(b).Sub(a); !(back.Size() < 0x1p-50) {
			t.Errorf("%v/%v·%v is off by %v", a, b, b, back)
		}
	}
	if got, want := fmt.Sprint(Complex{3, 4}.Inverse()), "{0.12 -0.16}"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

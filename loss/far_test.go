package loss

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/relent-go/relent"
)

// The bounds hold for many classes, too, where rows that are far from each other are computed another way: some whose guess is wrong are
// among them, and values have the same bits with a gradient.
func TestFarOracle(t *testing.T) {
	t.Run("f64", func(t *testing.T) { farOracle[float64](t, 0x1p-44) })
	t.Run("f32", func(t *testing.T) { farOracle[float32](t, 0x1p-18) })
}

// farPairs are rows of many classes whose logits differ by about a scale, and by more in some.
func farPairs[F relent.Float](r *rand.Rand, n int, scale float64) map[string][2]relent.Matrix[F] {
	a := random[F](r, 1, n, 2)
	b := relent.NewMatrix[F](1, n)
	for i, x := range a.Data {
		b.Data[i] = x + F(scale*r.NormFloat64())
	}
	changed := func(change func(a, b []F)) [2]relent.Matrix[F] {
		x, y := clone(a), clone(b)
		change(x.Data, y.Data)
		return [2]relent.Matrix[F]{x, y}
	}
	return map[string][2]relent.Matrix[F]{
		"as they are":                 {a, b},
		"one class has most":          changed(func(a, b []F) { a[7] += 12; b[7] += 12 }),
		"different classes have most": changed(func(a, b []F) { a[7] += 12; b[8] += 12 }),
		"a constant apart": changed(func(a, b []F) {
			for i := range b {
				b[i] += 1000
			}
		}),
		"apart in the tail": changed(func(a, b []F) {
			copy(b, a)
			for i := n / 16; i < n; i += n / 8 {
				a[i] -= 8
				b[i] -= F(50 * scale)
			}
		}),
		"masked": changed(func(a, b []F) {
			for i := 0; i < n; i += 3 {
				a[i], b[i] = F(math.Inf(-1)), F(math.Inf(-1))
			}
			a[1] = F(math.Inf(-1))
		}),
		"masked by the student": changed(func(a, b []F) { a[5] = -700; b[5] = F(math.Inf(-1)) }),
	}
}

func farOracle[F relent.Float](t *testing.T, bound float64) {
	r := rand.New(rand.NewPCG(51, 52))
	scales, temperatures := []float64{0.5, 1.5, 4, 300}, []float64{1, 3}
	if testing.Short() {
		scales, temperatures = scales[2:3], temperatures[:1]
	}
	far, worst, worstGrad := 0, 0.0, 0.0
	for _, scale := range scales {
		for family, pair := range farPairs[F](r, 256+r.IntN(64), scale) {
			for _, temperature := range temperatures {
				what := fmt.Sprintf("%s, apart by %v, T = %v", family, scale, temperature)
				l := KullbackLeibler[F]{Temperature: temperature}
				alone, err1 := l.Value(nil, pair[0], pair[1], relent.Run{})
				both, grad, err2 := l.ValueGrad(nil, relent.Matrix[F]{}, pair[0], pair[1], relent.Run{})
				if err1 != nil || err2 != nil || math.Float64bits(alone.Sum) != math.Float64bits(both.Sum) {
					t.Fatalf("%s: %v (%v) alone, %v (%v) with a gradient", what, alone.Sum, err1, both.Sum, err2)
				}
				if l.rows("", pair[0], pair[1]).areFar(pair[0].Data, pair[1].Data) {
					far++
				}
				if family == "masked by the student" {
					if !math.IsInf(alone.Sum, 1) {
						t.Errorf("%s: %v", what, alone.Sum)
					}
					continue
				}
				value, _, slopes := exactKL(softmaxOf(unmasked(pair[0].Data, temperature)), softmaxOf(unmasked(pair[1].Data, temperature)))
				for i, x := range slopes {
					slopes[i] = quo(x, number(temperature))
				}
				e, ofGrad := errorOf(alone.Sum, value, value), gradientError(grad.Data, slopes, 0x1p-126)
				if !(e <= bound && ofGrad <= bound) {
					t.Errorf("%s: %v, not %v: error 2**%.1f, of the gradient 2**%.1f", what, alone.Sum, value, math.Log2(e), math.Log2(ofGrad))
				}
				worst, worstGrad = max(worst, e), max(worstGrad, ofGrad)
			}
		}
	}
	t.Logf("%d of them far; value 2**%.1f, gradient 2**%.1f", far, math.Log2(worst), math.Log2(worstGrad))
	if far == 0 {
		t.Error("no pair is far")
	}
}

// Gradients of wide rows may take the place of either row, whose elements lie anywhere: bits of values and gradients stay, around the length from
// which rows may be far, and in several chunks. Some rows are not to be taken as far, whose elements are needed again.
func TestWideRowsInPlace(t *testing.T) {
	t.Run("f64", wideRowsInPlace[float64])
	t.Run("f32", wideRowsInPlace[float32])
}

func wideRowsInPlace[F relent.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(61, 62))
	l := KullbackLeibler[F]{}
	none := relent.Matrix[F]{}
	far, near := 0, 0
	for _, n := range []int{16, 255, 256, 257, 1023, 1024, 1025, 3001} {
		for family, pair := range farPairs[F](r, n, 4) {
			a, b := pair[0], pair[1]
			if l.rows("", a, b).areFar(a.Data, b.Data) {
				far++
			} else {
				near++
			}
			want, slopes, err := l.ValueGrad(nil, none, a, b, relent.Run{})
			if err != nil {
				t.Fatal(err)
			}
			for place := range 2 {
				moved := [2]relent.Matrix[F]{}
				for i, x := range []relent.Matrix[F]{a, b} {
					data := append(make([]F, 1+i, n+2), x.Data...)[1+i:] // not aligned, and differently
					moved[i] = relent.NewMatrix(1, n, data...)
				}
				got, grad, err := l.ValueGrad(nil, moved[place], moved[0], moved[1], relent.Run{})
				if err != nil || math.Float64bits(got.Sum) != math.Float64bits(want.Sum) {
					t.Fatalf("%s of %d: %v (%v) in the place of row %d, not %v", family, n, got.Sum, err, place, want.Sum)
				}
				for i, g := range grad.Data {
					if x := slopes.Data[i]; g != x && (g == g || x == x) {
						t.Fatalf("%s of %d: gradient %d is %v in the place of row %d, not %v", family, n, i, g, place, x)
					}
				}
			}
		}
	}
	if far == 0 || near == 0 {
		t.Errorf("%d pairs are far, %d near", far, near)
	}
}

// Rows of which the guess or the sums say nothing, such as of infinities, very high or low temperatures and tiny logits, are what they are in
// few classes, of which they are copies.
func TestFarExtremes(t *testing.T) {
	t.Run("f64", func(t *testing.T) { farExtremes[float64](t, 0x1p-44) })
	t.Run("f32", func(t *testing.T) { farExtremes[float32](t, 0x1p-18) })
}

func farExtremes[F relent.Float](t *testing.T, bound float64) {
	inf, nan := F(math.Inf(1)), F(math.NaN())
	const tiny, huge = 1e-37, 1e37
	rows := [][]F{
		{0, 0, 0}, {0, 1, 2}, {5, -5, 0}, {tiny, 0, -tiny}, {huge, -huge, 0}, {-inf, 0, 3}, {-inf, -inf, 1}, {-inf, -inf, -inf}, {inf, 0, 1}, {nan, 0, 1},
		{-100, 0, 20}, {-800, 0, 700},
	}
	for _, x := range rows {
		for _, y := range rows {
			for _, temperature := range []float64{1e-3, 1, 1e6} {
				l := KullbackLeibler[F]{Temperature: temperature}
				a, b := relent.NewMatrix(1, 3, x...), relent.NewMatrix(1, 3, y...)
				want, err1 := l.Value(nil, a, b, relent.Run{})
				got, err2 := l.Value(nil, repeated(a, 100), repeated(b, 100), relent.Run{})
				if err1 != nil || err2 != nil || !(want.Sum != want.Sum && got.Sum != got.Sum) && !close(got.Sum, want.Sum, bound, 0) {
					t.Errorf("%v and %v, T = %v: %v (%v), of 100 copies %v (%v)", x, y, temperature, want.Sum, err1, got.Sum, err2)
				}
			}
		}
	}
}

// unmasked has numbers in the place of -Inf that are as good as that.
func unmasked[F relent.Float](x []F, t float64) []*big.Float {
	y := slices.Clone(x)
	for i := range y {
		y[i] = max(y[i], -1e5)
	}
	return over(y, t)
}

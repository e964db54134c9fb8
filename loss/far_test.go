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

// unmasked has numbers in the place of -Inf that are as good as that.
func unmasked[F relent.Float](x []F, t float64) []*big.Float {
	y := slices.Clone(x)
	for i := range y {
		y[i] = max(y[i], -1e5)
	}
	return over(y, t)
}

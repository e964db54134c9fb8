package loss

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/relent-go/relent"
)

// knownOf has the k first classes of a row in turn, each 7 further on, and the logarithms of their probabilities and of the rest's.
func knownOf[F relent.Float](teacher relent.Matrix[F], k int) (classes []int, logProbs relent.Matrix[F]) {
	logs := relent.LogSoftmax(relent.Matrix[F]{}, teacher)
	logProbs = relent.NewMatrix[F](teacher.Rows, k+1)
	for i := range teacher.Rows {
		known := map[int]bool{}
		for j := range k {
			c := (i + 7*j) % teacher.Cols
			for known[c] {
				c = (c + 1) % teacher.Cols
			}
			known[c] = true
			classes = append(classes, c)
			logProbs.Row(i)[j] = logs.Row(i)[c]
		}
		rest := 0.0
		for c, x := range logs.Row(i) {
			if !known[c] {
				rest += math.Exp(float64(x))
			}
		}
		logProbs.Row(i)[k] = F(math.Log(rest))
	}
	return classes, logProbs
}

// What logarithms near 0 have of differences are the digits behind their point.
func TestTopK(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", func(t *testing.T) { topKAgainstBig[float64](t, 0x1p-40) })
		t.Run("f32", func(t *testing.T) { topKAgainstBig[float32](t, 0x1p-18) })
	})
}

func topKAgainstBig[F relent.Float](t *testing.T, bound float64) {
	r := rand.New(rand.NewPCG(13, 14))
	for _, n := range []int{1, 2, 9, 40} {
		for _, k := range []int{0, 1, 3, 9, 40} {
			if k > n {
				continue
			}
			for _, temperature := range []float64{1, 2} {
				for _, scale := range []float64{0.3, 3, 100} {
					a, b := random[F](r, 1, n, scale), random[F](r, 1, n, scale)
					classes, logProbs := knownOf(a, k)
					l := TopK[F]{Temperature: temperature}
					got, grad, err := l.ValueGrad(nil, relent.Matrix[F]{}, classes, logProbs, b, relent.Run{})
					alone, err2 := l.Value(nil, classes, logProbs, b, relent.Run{})
					if err != nil || err2 != nil || alone.Sum != got.Sum || got.Sum < 0 {
						t.Fatalf("%v %v, %v and %v", err, err2, alone, got)
					}
					value, slopes := exactTopK(classes, logProbs.Data, softmaxOf(over(b.Data, temperature)))
					if k == 0 || n == 1 {
						continue // nothing but what is rounded is left
					}
					if e := errorOf(got.Sum, value, add(value, number(0x1p-10))); !(e <= bound) {
						t.Errorf("%d of %d, within %v: %v, not %v: error 2**%.1f", k, n, scale, got.Sum, value, math.Log2(e))
					}
					for i := range slopes {
						slopes[i] = quo(slopes[i], number(temperature))
					}
					if e := gradientError(grad.Data, slopes, 0x1p-10); !(e <= bound) {
						t.Errorf("%d of %d, within %v: gradient error 2**%.1f", k, n, scale, math.Log2(e))
					}
				}
			}
		}
	}
}

func exactTopK[F relent.Float](classes []int, logProbs []F, q exactSoftmax) (value *big.Float, grad []*big.Float) {
	rest, known := number(0), map[int]bool{}
	grad = make([]*big.Float, len(q.share))
	value = number(0)
	outcome := func(logP F, q *big.Float) *big.Float {
		if q.Sign() == 0 {
			return q
		}
		p := exactExp(number(math.Max(float64(logP), -5000)))
		gap := minus(q, p)
		value = add(value, add(gap, mul(p, minus(number(math.Max(float64(logP), -5000)), exactLog(q)))))
		return gap
	}
	for j, c := range classes {
		known[c] = true
		grad[c] = outcome(logProbs[j], q.share[c])
	}
	for c := range q.share {
		if !known[c] {
			rest = add(rest, q.share[c])
		}
	}
	gap := outcome(logProbs[len(classes)], rest)
	for c := range q.share {
		if !known[c] {
			grad[c] = mul(quo(q.share[c], rest), gap)
		}
	}
	return value, grad
}

// With all classes known, or with one left, it is the divergence from the whole teacher.
func TestTopKOfAll(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	const n = 12
	a, b := random[float64](r, 3, n, 2), random[float64](r, 3, n, 2)
	want, slopes, _ := KullbackLeibler[float64]{}.ValueGrad(nil, relent.Matrix[float64]{}, a, b, relent.Run{})
	for _, k := range []int{n, n - 1} {
		classes, logProbs := knownOf(a, k)
		for _, workers := range []int{1, 3} {
			place := relent.NewMatrix(3, n, append([]float64(nil), b.Data...)...)
			got, grad, err := TopK[float64]{}.ValueGrad(nil, place, classes, logProbs, place, relent.Run{Workers: workers})
			if err != nil || !close(got.Sum, want.Sum, 0x1p-44, 0) {
				t.Errorf("%d classes: %v, not %v, %v", k, got.Sum, want.Sum, err)
			}
			for i := range grad.Data {
				if !close(grad.Data[i], slopes.Data[i], 0x1p-40, 1e-14) {
					t.Errorf("%d classes: gradient %d is %v, not %v", k, i, grad.Data[i], slopes.Data[i])
				}
			}
		}
	}
}

func TestTopKConventions(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		classes     []int
		logProbs, b []float64
		want        float64
	}{
		{[]int{0}, []float64{0, -inf}, []float64{0, 0}, math.Ln2},
		{[]int{0}, []float64{-inf, 0}, []float64{0, 0}, math.Ln2},
		{[]int{1}, []float64{-math.Ln2, -math.Ln2}, []float64{0, -inf}, inf},
		{[]int{0}, []float64{-math.Ln2, -math.Ln2}, []float64{0, -inf}, inf},
		{[]int{0}, []float64{0, -inf}, []float64{0, -inf}, 0},
		{[]int{0}, []float64{0, -inf}, []float64{-inf, -inf}, math.NaN()},
		{[]int{0}, []float64{0, -inf}, []float64{math.NaN(), 0}, math.NaN()},
		{nil, []float64{0}, []float64{1, 2}, 0},
	} {
		got, err := TopK[float64]{}.Value(nil, c.classes, matrixOf[float64](c.logProbs), matrixOf[float64](c.b), relent.Run{})
		if err != nil || !close(got.Sum, c.want, 0x1p-50, 0x1p-50) {
			t.Errorf("%v %v %v: %v, not %v, %v", c.classes, c.logProbs, c.b, got.Sum, c.want, err)
		}
	}
	dst := []float64{-77, -77}
	for _, bad := range [][]int{{0, 1, 2, 3}, {0, 1, 1, 1}, {0, 1, -1, 2}} {
		_, err := TopK[float64]{}.Value(dst, bad, relent.NewMatrix[float64](2, 3), relent.NewMatrix[float64](2, 3), relent.Run{})
		if err == nil || !strings.Contains(err.Error(), "row 1") || dst[0] != -77 {
			t.Errorf("%v: %v, %v", bad, err, dst)
		}
	}
}

func TestTopKDoesNotAllocate(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	a, b := random[float32](r, 20, 100, 3), random[float32](r, 20, 100, 3)
	classes, logProbs := knownOf(a, 5)
	grad, dst := relent.NewMatrix[float32](20, 100), make([]float64, 20)
	if n := testing.AllocsPerRun(10, func() { TopK[float32]{}.ValueGrad(dst, grad, classes, logProbs, b, relent.Run{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

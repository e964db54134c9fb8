package loss

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/relent-go/relent"
)

// Short rows have the same bits side by side as one after the other, which is how plain Go has them: of any number and stride, in place, and
// with rows among them that have to be looked at more closely.
func TestSideBySide(t *testing.T) {
	t.Run("f64", sideBySide[float64])
	t.Run("f32", sideBySide[float32])
}

func sideBySide[F relent.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(33, 34))
	lengths, many := []int{1, 2, 3, 4, 7, 8, 9, 10, 11, 15, 16}, []int{4, 17, 64, 131}
	if testing.Short() {
		lengths, many = []int{2, 3, 10, 15}, []int{5, 70}
	}
	for _, n := range lengths {
		for _, rows := range many {
			x, y := padded[F](rows, n, n+2), padded[F](rows, n, n+1)
			classes := make([]int, rows)
			for i := range rows {
				for k := range n {
					x.Row(i)[k], y.Row(i)[k] = F(8*r.Float64()-4), F(8*r.Float64()-4)
				}
				unusual(r, x.Row(i), y.Row(i))
				if classes[i] = r.IntN(n); r.IntN(8) == 0 {
					classes[i] = -100
				}
			}
			for _, c := range sideCalls[F](classes) {
				compareSides(t, c, x, y)
			}
		}
	}
}

// unusual makes some rows nearly the same but for a constant, the same, masked, or none of numbers.
func unusual[F relent.Float](r *rand.Rand, x, y []F) {
	k := r.IntN(len(x))
	switch r.IntN(16) {
	case 0:
		for i := range x {
			y[i] = x[i] + F(1+1e-9*r.Float64())
		}
	case 1:
		copy(y, x)
	case 2:
		x[k] = F(math.Inf(-1))
	case 3:
		y[k] = F(math.Inf(-1))
	case 4:
		fill(x, math.Inf(-1))
	case 5:
		y[k] = F(math.NaN())
	case 6:
		y[k] = F(math.Inf(1))
	case 7:
		x[k], y[k] = 300, -700
	}
}

func sideCalls[F relent.Float](classes []int) []call[F] {
	valueOf := func(l KullbackLeibler[F]) func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
		return func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
			all, err := l.Value(dst, x, y, run)
			return all, grad, err
		}
	}
	entropy := func(l CrossEntropy[F]) func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
		return func(dst []float64, grad, _, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
			if l.Weights != nil {
				l.Weights = l.Weights[:y.Cols]
			}
			all, err := l.Value(nil, y, classes, run)
			if err != nil {
				return all, grad, err
			}
			with, slopes, err := l.ValueGrad(dst, grad, y, classes, run)
			if err == nil && math.Float64bits(all.Sum) != math.Float64bits(with.Sum) {
				err = fmt.Errorf("the sum is %v alone, %v with a gradient", all.Sum, with.Sum)
			}
			return with, slopes, err
		}
	}
	targets := func(l func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error)) func(
		dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
		return func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
			return l(dst, grad, relent.Softmax(relent.Matrix[F]{}, x), y, run)
		}
	}
	divergence := func(l JensenShannon[F]) func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
		return func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
			all, err := l.Value(dst, x, y, run)
			return all, grad, err
		}
	}
	weights := make([]F, 16)
	for i := range weights {
		weights[i] = F(i%3) / 2
	}
	return []call[F]{
		{"KullbackLeibler", KullbackLeibler[F]{}.ValueGrad},
		{"KullbackLeibler, T = 3", KullbackLeibler[F]{Temperature: 3, Scale: 0.1}.ValueGrad},
		{"KullbackLeibler, value", valueOf(KullbackLeibler[F]{})},
		{"KullbackLeibler, reverse", KullbackLeibler[F]{Reverse: true, Temperature: 2}.ValueGrad},
		{"KullbackLeibler, teacher", KullbackLeibler[F]{}.TeacherGrad},
		{"KullbackLeibler, reverse, value", valueOf(KullbackLeibler[F]{Reverse: true})},
		{"JensenShannon", JensenShannon[F]{}.ValueGrad},
		{"JensenShannon, β = 0.1", JensenShannon[F]{Beta: 0.1, Temperature: 0.5}.ValueGrad},
		{"JensenShannon, teacher", JensenShannon[F]{Beta: 0.1}.TeacherGrad},
		{"JensenShannon, value", divergence(JensenShannon[F]{})},
		{"SoftCrossEntropy", targets(SoftCrossEntropy[F]{Scale: 3}.ValueGrad)},
		{"SoftCrossEntropy, raw", SoftCrossEntropy[F]{}.ValueGrad},
		{"Binary", targets(Binary[F]{}.ValueGrad)},
		{"Binary, raw", Binary[F]{PositiveWeight: 3}.ValueGrad},
		{"Binary, far", targets(Binary[F]{PositiveWeight: 1e-8, Scale: 2}.ValueGrad)},
		{"Focal", targets(Focal[F]{Alpha: 0.25, Gamma: 2}.ValueGrad)},
		{"CrossEntropy", entropy(CrossEntropy[F]{})},
		{"CrossEntropy, weights and z", entropy(CrossEntropy[F]{Weights: weights, Z: 1e-3, Scale: 2})},
	}
}

func compareSides[F relent.Float](t *testing.T, c call[F], x, y relent.Matrix[F]) {
	t.Helper()
	before := relent.ISA()
	defer relent.SetISA(before)
	relent.SetISA("generic")
	want, slopes, err := c.run(nil, padded[F](x.Rows, x.Cols, x.Cols), x, y, relent.Run{})
	if err != nil {
		t.Fatal(err)
	}
	for _, isa := range relent.ISAs() {
		relent.SetISA(isa)
		for _, in := range []relent.Matrix[F]{padded[F](x.Rows, x.Cols, x.Cols), padded[F](x.Rows, x.Cols, x.Cols+3), clone(y)} {
			logits := y
			if in.Stride == y.Stride {
				logits = in // in place
			}
			got, grad, err := c.run(nil, in, x, logits, relent.Run{})
			if err != nil {
				t.Fatal(err)
			}
			for i := range x.Rows {
				if math.Float64bits(got.Rows[i]) != math.Float64bits(want.Rows[i]) {
					t.Fatalf("%s on %s, row %d of %d×%d: %v, not %v", c.name, isa, i, x.Rows, x.Cols, got.Rows[i], want.Rows[i])
				}
				for k, g := range slopes.Row(i) {
					if v := grad.Row(i)[k]; math.Float64bits(float64(v)) != math.Float64bits(float64(g)) && !strings.HasSuffix(c.name, "value") {
						t.Fatalf("%s on %s, gradient %d of row %d of %d×%d: %v, not %v", c.name, isa, k, i, x.Rows, x.Cols, v, g)
					}
				}
			}
			for i, v := range grad.Data {
				if i%grad.Stride >= grad.Cols && v != 7 {
					t.Fatalf("%s on %s wrote between rows of %d×%d", c.name, isa, x.Rows, x.Cols)
				}
			}
		}
	}
}

// padded is a matrix of sevens.
func padded[F relent.Float](rows, cols, stride int) relent.Matrix[F] {
	m := relent.Matrix[F]{Rows: rows, Cols: cols, Stride: stride, Data: make([]F, rows*stride)}
	fill(m.Data, 7)
	return m
}

func clone[F relent.Float](x relent.Matrix[F]) relent.Matrix[F] {
	x.Data = append([]F(nil), x.Data...)
	return x
}

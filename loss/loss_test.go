package loss

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent"
)

var bitsUpdate = flag.Bool("bits.update", false, "write testdata/bits.txt, after a change that is meant to change results")

// A call is a loss of rows x and y, with gradients unless grad has none.
type call[F relent.Float] struct {
	name string
	run  func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error)
}

func calls[F relent.Float]() []call[F] {
	classes := func(x relent.Matrix[F]) []int {
		list := make([]int, x.Rows)
		for i := range list {
			list[i] = i * 7 % x.Cols
		}
		return list
	}
	return []call[F]{
		{"KullbackLeibler", KullbackLeibler[F]{}.ValueGrad},
		{"KullbackLeibler, T = 2", KullbackLeibler[F]{Temperature: 2}.ValueGrad},
		{"JensenShannon", JensenShannon[F]{}.ValueGrad},
		{"JensenShannon, β = 0.1", JensenShannon[F]{Beta: 0.1, Scale: 0.5}.ValueGrad},
		{"KullbackLeibler, reverse", KullbackLeibler[F]{Reverse: true}.ValueGrad},
		{"SoftCrossEntropy", func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
			return SoftCrossEntropy[F]{}.ValueGrad(dst, grad, relent.Softmax(relent.Matrix[F]{}, x), y, run)
		}},
		{"CrossEntropy", func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
			return CrossEntropy[F]{}.ValueGrad(dst, grad, y, classes(y), run)
		}},
		{"CrossEntropy, smoothed", func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
			return CrossEntropy[F]{Smoothing: 0.1}.ValueGrad(dst, grad, y, classes(y), run)
		}},
		{"CrossEntropy, smoothed and weighted", func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
			weights := make([]F, y.Cols)
			for i := range weights {
				weights[i] = F(i % 4)
			}
			return CrossEntropy[F]{Smoothing: 0.1, Weights: weights, Z: 1e-3}.ValueGrad(dst, grad, y, classes(y), run)
		}},
		{"Binary", func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
			return Binary[F]{PositiveWeight: 3}.ValueGrad(dst, grad, relent.Softmax(relent.Matrix[F]{}, x), y, run)
		}},
		{"Focal", func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
			return Focal[F]{Alpha: 0.25, Gamma: 2}.ValueGrad(dst, grad, relent.Softmax(relent.Matrix[F]{}, x), y, run)
		}},
		{"StandardNormal", func(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
			l, _, g, err := StandardNormal[F]{}.ValueGrad(dst, relent.Matrix[F]{}, grad, x, y, run)
			return l, g, err
		}},
	}
}

var lengths = []int{1, 2, 3, 10, 16, 17, 100, 1023, 1024, 1025, 3000}

func random[F relent.Float](r *rand.Rand, rows, cols int, scale float64) relent.Matrix[F] {
	m := relent.NewMatrix[F](rows, cols)
	for i := range m.Data {
		m.Data[i] = F((2*r.Float64() - 1) * scale)
	}
	return m
}

// Results have the same bits on every instruction set, and those of testdata/bits.txt.
func TestSameBits(t *testing.T) {
	const file = "testdata/bits.txt"
	if *bitsUpdate {
		if err := os.WriteFile(file, []byte(allBits()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	eachISA(t, func(t *testing.T) {
		if got := allBits(); got != string(want) {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	})
}

func allBits() string { return bitsOf[float64]("f64") + bitsOf[float32]("f32") }

func bitsOf[F relent.Float](kind string) string {
	var lines strings.Builder
	for _, c := range calls[F]() {
		hash, r := fnv.New64a(), rand.New(rand.NewPCG(1, 2))
		record := func(x float64) {
			if x != x {
				x = math.NaN()
			}
			hash.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(x)))
		}
		for _, n := range lengths {
			for _, scale := range []float64{1e-6, 0.1, 3, 100, 2000} {
				x, y := random[F](r, 3, n, scale), random[F](r, 3, n, scale)
				if n > 3 {
					x.Data[r.IntN(n)] = F(math.Inf(-1))
				}
				l, grad, err := c.run(nil, relent.Matrix[F]{}, x, y, relent.Run{})
				if err != nil {
					panic(err)
				}
				for _, v := range append(l.Rows, l.Sum, l.Mean) {
					record(v)
				}
				for _, v := range grad.Data {
					record(float64(v))
				}
			}
		}
		fmt.Fprintf(&lines, "%s %s %016x\n", c.name, kind, hash.Sum64())
	}
	return lines.String()
}

// Rows are the same for any number of workers, and with the gradient in place of the logits.
func TestRuns(t *testing.T) {
	t.Run("f64", runs[float64])
	t.Run("f32", runs[float32])
}

func runs[F relent.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x, y := random[F](r, 700, 130, 5), random[F](r, 700, 130, 5)
	for _, c := range calls[F]() {
		want, slopes, _ := c.run(nil, relent.Matrix[F]{}, x, y, relent.Run{})
		place := relent.NewMatrix[F](y.Rows, y.Cols)
		copy(place.Data, y.Data)
		got, grad, err := c.run(make([]float64, 700), place, x, place, relent.Run{Workers: 3})
		if err != nil || got.Sum != want.Sum || got.Mean != want.Mean {
			t.Errorf("%s: %v %v, not %v: %v", c.name, got.Sum, got.Mean, want.Sum, err)
		}
		for i := range want.Rows {
			if got.Rows[i] != want.Rows[i] {
				t.Fatalf("%s: row %d is %v, not %v", c.name, i, got.Rows[i], want.Rows[i])
			}
		}
		for i := range slopes.Data {
			if grad.Data[i] != slopes.Data[i] {
				t.Fatalf("%s: gradient %d is %v, not %v", c.name, i, grad.Data[i], slopes.Data[i])
			}
		}
	}
}

// Divergences are not negative, 0 for rows that differ by a constant, and of pairs that are hardly apart not 0 either.
func TestNeverNegative(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", func(t *testing.T) { neverNegative[float64](t, 52) })
		t.Run("f32", func(t *testing.T) { neverNegative[float32](t, 23) })
	})
}

func neverNegative[F relent.Float](t *testing.T, bits int) {
	r := rand.New(rand.NewPCG(5, 6))
	pairs := 300
	if os.Getenv("RELENT_DEEP") == "1" && !testing.Short() {
		pairs = 1e6
	}
	for range pairs {
		n := 1 + r.IntN(40)
		a := random[F](r, 1, n, 3)
		near, shifted := relent.NewMatrix[F](1, n), relent.NewMatrix[F](1, n)
		for i, v := range a.Data {
			a.Data[i] = F(math.Round(float64(v)*1024) / 1024)
			shifted.Data[i] = a.Data[i] + 8
			near.Data[i] = a.Data[i] * F(1+math.Ldexp(float64(r.IntN(1000)), -bits))
		}
		for _, d := range []interface {
			Value(dst []float64, x, y relent.Matrix[F], run relent.Run) (Losses, error)
		}{KullbackLeibler[F]{}, KullbackLeibler[F]{Temperature: 3}, KullbackLeibler[F]{Reverse: true}, JensenShannon[F]{}, JensenShannon[F]{Beta: 0.9}} {
			if l, err := d.Value(nil, a, near, relent.Run{}); err != nil || !(l.Sum >= 0) {
				t.Errorf("%T of %v and %v: %v, %v", d, a.Data, near.Data, l.Sum, err)
			}
			if l, err := d.Value(nil, a, shifted, relent.Run{}); err != nil || l.Sum != 0 {
				t.Errorf("%T of %v and that plus 8: %v, %v", d, a.Data, l.Sum, err)
			}
		}
	}
}

// Gradients are the slopes of values, by differences of float64, whose error is of the order of their square.
func TestGradientsAreSlopes(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const h = 1e-4
	for _, c := range calls[float64]() {
		x, y := random[float64](r, 1, 6, 2), random[float64](r, 1, 6, 2)
		_, grad, _ := c.run(nil, relent.Matrix[float64]{}, x, y, relent.Run{})
		scale := 1.0
		if strings.HasSuffix(c.name, "0.1") {
			scale = 0.5
		}
		at := func(i int, d float64) float64 {
			moved := relent.NewMatrix[float64](1, 6)
			copy(moved.Data, y.Data)
			moved.Data[i] += d
			l, _, _ := c.run(nil, relent.Matrix[float64]{}, x, moved, relent.Run{})
			return l.Sum
		}
		for i, got := range grad.Data {
			if want := scale * (at(i, h) - at(i, -h)) / (2 * h); math.Abs(got-want) > 1e-6 {
				t.Errorf("%s: gradient %d is %v, the slope %v", c.name, i, got, want)
			}
		}
	}
}

func TestConventions(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", conventions[float64])
		t.Run("f32", conventions[float32])
	})
}

func conventions[F relent.Float](t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	m := func(x ...float64) relent.Matrix[F] { return matrixOf[F](x) }
	for _, row := range []struct {
		a, b   relent.Matrix[F]
		kl, js float64
	}{
		{m(0, 0), m(0, -inf), inf, 0.21576155433883565},
		{m(0, -inf), m(0, -inf), 0, 0},
		{m(0, -inf), m(0, 0), math.Ln2, 0.21576155433883565},
		{m(-inf, -inf), m(0, 0), nan, nan},
		{m(0, 0), m(-inf, -inf), nan, nan},
		{m(0, nan), m(0, 0), nan, nan},
		{m(0, 0), m(0, nan), nan, nan},
		{m(inf, 0), m(0, 0), nan, nan},
		{m(0, 0), m(inf, nan), nan, nan},
		{m(5), m(-7), 0, 0},
		{m(0, 0), m(0, -1000), 499.30685281944005, 0.21576155433883565},
	} {
		kl, _ := KullbackLeibler[F]{}.Value(nil, row.a, row.b, relent.Run{})
		js, grad, _ := JensenShannon[F]{}.ValueGrad(nil, relent.Matrix[F]{}, row.a, row.b, relent.Run{})
		if !close(kl.Sum, row.kl, 0x1p-50, 0) || !close(js.Sum, row.js, 0x1p-50, 0) {
			t.Errorf("%v and %v: %v %v, not %v %v", row.a.Data, row.b.Data, kl.Sum, js.Sum, row.kl, row.js)
		}
		for _, g := range grad.Data {
			if (g != g) != (row.js != row.js) {
				t.Errorf("%v and %v: gradient %v", row.a.Data, row.b.Data, grad.Data)
			}
		}
	}
	// A confident right answer keeps its digits; ignored rows do not count, and no row gives 0.
	l := CrossEntropy[F]{Weights: []F{2, 3}}
	got, grad, err := l.ValueGrad(nil, relent.Matrix[F]{}, relent.NewMatrix[F](3, 2, 60, 0, 0, 0, 1, 1), []int{0, 1, -100}, relent.Run{})
	if err != nil || !close(got.Rows[0], 2*math.Exp(-60), 0x1p-20, 0) || got.Rows[2] != 0 || got.Count != 2 || got.Weight != 5 {
		t.Errorf("cross-entropy: %+v, %v", got, err)
	}
	if !close(float64(grad.Data[0]), -2*math.Exp(-60), 0x1p-20, 0) || grad.Data[4] != 0 {
		t.Errorf("gradient: %v", grad.Data)
	}
	if none, err := l.Value(nil, relent.NewMatrix[F](1, 2), []int{-100}, relent.Run{}); err != nil || none.Mean != 0 || none.Count != 0 {
		t.Errorf("no rows: %+v, %v", none, err)
	}
	dst := []float64{-77}
	if _, err := l.Value(dst, relent.NewMatrix[F](1, 2), []int{2}, relent.Run{}); err == nil || !strings.Contains(err.Error(), "row 0") || dst[0] != -77 {
		t.Errorf("class 2 of 2: %v, %v", err, dst)
	}
	if got, err := (CrossEntropy[F]{Ignore: ClassZero}).Value(nil, relent.NewMatrix[F](2, 2), []int{0, 1}, relent.Run{}); err != nil || got.Count != 1 || got.Rows[0] != 0 {
		t.Errorf("class 0 ignored: %+v, %v", got, err)
	}
	if _, err := (CrossEntropy[F]{Ignore: ClassZero}).Value(nil, relent.NewMatrix[F](1, 2), []int{-100}, relent.Run{}); err == nil {
		t.Error("class -100 is none that is ignored")
	}
	if got, _ := (Binary[F]{PositiveWeight: Zero}).Value(nil, m(1, 1), m(3, -700), relent.Run{}); got.Sum > 1e-300 {
		t.Errorf("positives of no weight: %v", got.Sum)
	}
	if got, _ := (Focal[F]{Alpha: Zero}).Value(nil, m(1, 0), m(3, 0), relent.Run{}); !close(got.Sum, math.Ln2, 0x1p-40, 0) {
		t.Errorf("α = 0: %v", got.Sum)
	}
	if bad, _ := (Binary[F]{}).Value(nil, m(1.5), m(0), relent.Run{}); bad.Sum == bad.Sum {
		t.Errorf("target 1.5: %v", bad.Sum)
	}
}

// At its ends, β makes the Jensen–Shannon divergence one of Kullback–Leibler, with the gradients of both sides; near them, it is β(1-β) times
// that.
func TestJensenShannonEnds(t *testing.T) {
	r := rand.New(rand.NewPCG(35, 36))
	x, y := random[float64](r, 5, 20, 3), random[float64](r, 5, 20, 3)
	none := relent.Matrix[float64]{}
	for beta, kl := range map[float64]KullbackLeibler[float64]{Zero: {}, 1: {Reverse: true}} {
		near := math.Abs(beta - 1e-7)
		limit, _ := JensenShannon[float64]{Beta: near}.Value(nil, x, y, relent.Run{})
		type both func(dst []float64, grad, x, y relent.Matrix[float64], run relent.Run) (Losses, relent.Matrix[float64], error)
		js := JensenShannon[float64]{Beta: beta}
		for i, f := range []struct{ js, kl both }{{js.ValueGrad, kl.ValueGrad}, {js.TeacherGrad, kl.TeacherGrad}} {
			got, slopes, err := f.js(nil, none, x, y, relent.Run{})
			want, wanted, _ := f.kl(nil, none, x, y, relent.Run{})
			if err != nil || !slices.Equal(got.Rows, want.Rows) || !slices.Equal(slopes.Data, wanted.Data) {
				t.Errorf("β = %v, gradient %d: %v, not %v", beta, i, got.Rows, want.Rows)
			}
			if !close(limit.Sum/(near*(1-near)), got.Sum, 1e-4, 0) {
				t.Errorf("β = %v: %v, near it %v", beta, got.Sum, limit.Sum/(near*(1-near)))
			}
		}
	}
}

func TestShapes(t *testing.T) {
	x, y := relent.NewMatrix[float64](2, 3), relent.NewMatrix[float64](2, 4)
	dst, grad := []float64{-77, -77}, relent.NewMatrix[float64](2, 2)
	for name, f := range map[string]func(){
		"KullbackLeibler.Value":                        func() { KullbackLeibler[float64]{}.Value(dst, x, y, relent.Run{}) },
		"KullbackLeibler.ValueGrad":                    func() { KullbackLeibler[float64]{}.ValueGrad(dst, grad, x, x, relent.Run{}) },
		"KullbackLeibler.Value: Temperature is 5e-324": func() { KullbackLeibler[float64]{Temperature: Zero}.Value(dst, x, x, relent.Run{}) },
		"JensenShannon.Value":                          func() { JensenShannon[float64]{Beta: 1.5}.Value(dst, x, x, relent.Run{}) },
		"CrossEntropy.Value":                           func() { CrossEntropy[float64]{}.Value(dst, x, []int{0}, relent.Run{}) },
		"SoftCrossEntropy.Value":                       func() { SoftCrossEntropy[float64]{}.Value(dst[:1], x, x, relent.Run{}) },
		"Binary.Value":                                 func() { Binary[float64]{PositiveWeight: -1}.Value(dst, x, x, relent.Run{}) },
		"Focal.Value":                                  func() { Focal[float64]{Gamma: -1}.Value(dst, x, x, relent.Run{}) },
		"StandardNormal.Value":                         func() { StandardNormal[float64]{}.Value(dst, x, y, relent.Run{}) },

		"StandardNormalKullbackLeibler: lengths 6 and 8": func() { StandardNormalKullbackLeibler(x.Data, y.Data) },
		"DiagonalNormalKullbackLeibler: lengths 6 and 8": func() { DiagonalNormalKullbackLeibler(x.Data, x.Data, x.Data, y.Data) },
	} {
		func() {
			defer func() {
				if message := fmt.Sprint(recover()); !strings.Contains(message, name) || dst[0] != -77 {
					t.Errorf("%s: %s, %v", name, message, dst)
				}
			}()
			f()
		}()
	}
}

func TestDoesNotAllocate(t *testing.T) {
	t.Run("rows of 100", func(t *testing.T) { doesNotAllocate(t, 20, 100) })
	t.Run("rows of 10", func(t *testing.T) { doesNotAllocate(t, 20, 10) })
	t.Run("few rows of 10", func(t *testing.T) { doesNotAllocate(t, 2, 10) })
}

func doesNotAllocate(t *testing.T, rows, cols int) {
	r := rand.New(rand.NewPCG(9, 10))
	x, y := random[float32](r, rows, cols, 3), random[float32](r, rows, cols, 3)
	grad, dst, classes, other := relent.NewMatrix[float32](rows, cols), make([]float64, rows), make([]int, rows), relent.NewMatrix[float32](rows, cols)
	for name, f := range map[string]func(){
		"KullbackLeibler":  func() { KullbackLeibler[float32]{}.ValueGrad(dst, grad, x, y, relent.Run{}) },
		"JensenShannon":    func() { JensenShannon[float32]{}.ValueGrad(dst, grad, x, y, relent.Run{}) },
		"CrossEntropy":     func() { CrossEntropy[float32]{Smoothing: 0.1}.ValueGrad(dst, grad, y, classes, relent.Run{}) },
		"SoftCrossEntropy": func() { SoftCrossEntropy[float32]{}.ValueGrad(dst, grad, x, y, relent.Run{}) },
		"Binary":           func() { Binary[float32]{}.ValueGrad(dst, grad, x, y, relent.Run{}) },
		"Focal":            func() { Focal[float32]{Gamma: 2}.ValueGrad(dst, grad, x, y, relent.Run{}) },
		"StandardNormal":   func() { StandardNormal[float32]{}.ValueGrad(dst, grad, other, x, y, relent.Run{}) },
	} {
		if n := testing.AllocsPerRun(10, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// Any two rows: divergences are not negative, and one value alone is that with a gradient.
func FuzzDivergences(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 1.0)
	f.Add([]byte("logits of many sizes, and -Inf"), 0.01)
	f.Fuzz(func(t *testing.T, text []byte, scale float64) {
		n := len(text) / 2
		if n == 0 {
			return
		}
		a, b := relent.NewMatrix[float64](1, n), relent.NewMatrix[float64](1, n)
		for i := range n {
			a.Data[i], b.Data[i] = float64(int8(text[i]))*scale, float64(int8(text[n+i]))*scale
		}
		kl, _ := KullbackLeibler[float64]{}.Value(nil, a, b, relent.Run{})
		with, _, _ := KullbackLeibler[float64]{}.ValueGrad(nil, relent.Matrix[float64]{}, a, b, relent.Run{})
		js, _ := JensenShannon[float64]{}.Value(nil, a, b, relent.Run{})
		if kl.Sum < 0 || js.Sum < 0 || math.Float64bits(kl.Sum) != math.Float64bits(with.Sum) {
			t.Errorf("%v and %v: %v, %v with its gradient, %v", a.Data, b.Data, kl.Sum, with.Sum, js.Sum)
		}
	})
}

// Binary losses of logits and targets at the edges: infinite, of either zero, tiny and huge, single ones and in rows of any length.
func TestBinaryEdges(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", binaryEdges[float64])
		t.Run("f32", binaryEdges[float32])
	})
}

func binaryEdges[F relent.Float](t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, x := range []float64{inf, -inf, nan, 0, math.Copysign(0, -1), 1e-40, -1e-40, 1e-3, -40, 86, -88, 200, -800, 1e30, -1e30} {
		for _, y := range []float64{0, math.Copysign(0, -1), 1, 0.5, 1e-40, 1 - 0x1p-24, -1e-3, 1.5, nan, inf} {
			x, y := float64(F(x)), float64(F(y))
			zero := func(a, b float64) float64 { // 0 where the factor is
				if a == 0 {
					return 0
				}
				return a * b
			}
			log := math.Log1p(math.Exp(-math.Abs(x)))
			value := zero(y, max(-x, 0)+log) + zero(1-y, max(x, 0)+log)
			slope := 1/(1+math.Exp(-x)) - y
			if x != x || !(y >= 0 && y <= 1) {
				value, slope = nan, nan
			}
			for _, n := range []int{1, 7, 16, 65, 1030} {
				a, b := repeated(relent.NewMatrix(1, 1, F(x)), n), repeated(relent.NewMatrix(1, 1, F(y)), n)
				got, grad, err := Binary[F]{}.ValueGrad(nil, relent.Matrix[F]{}, b, a, relent.Run{})
				if err != nil || !close(got.Sum, value*float64(n), 0x1p-20, 0) {
					t.Fatalf("%d of logit %v, target %v: %v (%v), not %v", n, x, y, got.Sum, err, value*float64(n))
				}
				for _, g := range grad.Data {
					if !close(float64(g), slope, 0, 0x1p-20) {
						t.Fatalf("%d of logit %v, target %v: gradient %v, not %v", n, x, y, g, slope)
					}
				}
			}
		}
	}
}

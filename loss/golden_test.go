package loss

import (
	"fmt"
	"math"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/golden"
)

// eachISA runs a test on every instruction set of this CPU.
func eachISA(t *testing.T, f func(t *testing.T)) {
	before := relent.ISA()
	defer relent.SetISA(before)
	for _, name := range relent.ISAs() {
		if err := relent.SetISA(name); err != nil {
			t.Fatal(err)
		}
		t.Run(name, f)
	}
}

func matrixOf[F relent.Float](x []float64) relent.Matrix[F] {
	m := relent.NewMatrix[F](1, len(x))
	for i, v := range x {
		m.Data[i] = F(v)
	}
	return m
}

// close tells whether got is want within a relative bound, and some room below.
func close(got, want, bound, least float64) bool {
	return got == want || math.IsNaN(got) && math.IsNaN(want) || math.Abs(got-want) <= bound*math.Abs(want)+least
}

// The documented bounds, against 60 digits.
func TestGolden(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for i, c := range golden.Logits() { // a value that is absent is infinite, or none
			what := fmt.Sprintf("case %d, %s %s of %d", i, c.Type, c.Family, len(c.B)+len(c.X))
			if c.Type == "float64" {
				against[float64](t, what, c, 0x1p-44)
			} else {
				against[float32](t, what, c, 0x1p-18)
			}
		}
	})
}

func against[F relent.Float](t *testing.T, what string, c golden.LogitCase, bound float64) {
	t.Helper()
	if c.Family == "binary" {
		binaryAgainst[F](t, what, c, bound)
		return
	}
	a, b := matrixOf[F](c.A), matrixOf[F](c.B)
	value := func(name string, got float64, bound float64) {
		t.Helper()
		if want, ok := c.Want[name]; ok && !close(got, want, bound, 0) {
			t.Errorf("%s: %s %v, not %v (2**%.1f)", what, name, got, want, math.Log2(math.Abs(got-want)/want))
		}
	}
	gradient := func(name string, got relent.Matrix[F]) {
		t.Helper()
		want, largest := c.Gradients[name], 0.0
		for _, x := range want {
			largest = max(largest, math.Abs(x))
		}
		for i, x := range want {
			if !close(float64(got.Data[i]), x, 0, bound*largest+1e-45) {
				t.Errorf("%s: gradient %d of %s is %v, not %v (largest %v)", what, i, name, got.Data[i], x, largest)
				return
			}
		}
	}
	none := relent.Matrix[F]{}
	both := func(name string, bound float64, value1 Losses, err1 error, value2 Losses, grad relent.Matrix[F], err2 error) {
		t.Helper()
		if err1 != nil || err2 != nil || math.Float64bits(value1.Rows[0]) != math.Float64bits(value2.Rows[0]) {
			t.Errorf("%s: %s is %v alone (%v), with a gradient %v (%v)", what, name, value1.Rows, err1, value2.Rows, err2)
		}
		value(name, value1.Rows[0], bound)
		if c.Gradients[name] != nil {
			gradient(name, grad)
		}
	}
	kl := KullbackLeibler[F]{Temperature: c.Temperature}
	v1, err1 := kl.Value(nil, a, b, relent.Run{})
	v2, grad, err2 := kl.ValueGrad(nil, none, a, b, relent.Run{})
	both("kl", bound, v1, err1, v2, grad, err2)
	for _, beta := range []float64{0.125, 0.5, 0.875} {
		js := JensenShannon[F]{Beta: beta, Temperature: c.Temperature}
		v1, err1 := js.Value(nil, a, b, relent.Run{})
		v2, grad, err2 := js.ValueGrad(nil, none, a, b, relent.Run{})
		both(fmt.Sprintf("js%v", beta), bound, v1, err1, v2, grad, err2)
	}
	if c.Temperature != 1 {
		return // the others have none
	}
	ce := CrossEntropy[F]{}
	v1, err1 = ce.Value(nil, b, []int{c.Class}, relent.Run{})
	v2, grad, err2 = ce.ValueGrad(nil, none, b, []int{c.Class}, relent.Run{})
	both("crossEntropyClass", bound, v1, err1, v2, grad, err2)
	ce.Smoothing = c.Smoothing
	v1, err1 = ce.Value(nil, b, []int{c.Class}, relent.Run{})
	v2, grad, err2 = ce.ValueGrad(nil, none, b, []int{c.Class}, relent.Run{})
	both("crossEntropySmoothed", bound, v1, err1, v2, grad, err2)
	if _, ok := any(F(0)).(float64); ok && c.Family != "masked" && c.Family != "masked-q" && c.Family != "far" && c.Family != "large" {
		targets := relent.Softmax(none, a) // rounded: only of moderate logits does the loss not depend on it
		v1, err1 = SoftCrossEntropy[F]{}.Value(nil, targets, b, relent.Run{})
		v2, grad, err2 = SoftCrossEntropy[F]{}.ValueGrad(nil, none, targets, b, relent.Run{})
		both("crossEntropySoft", bound, v1, err1, v2, grad, err2)
	}
}

func binaryAgainst[F relent.Float](t *testing.T, what string, c golden.LogitCase, bound float64) {
	t.Helper()
	l := Binary[F]{PositiveWeight: c.PosWeight}
	for i := range c.X {
		x, y := matrixOf[F](c.X[i:i+1]), matrixOf[F](c.Y[i:i+1])
		got, grad, err := l.ValueGrad(nil, relent.Matrix[F]{}, y, x, relent.Run{})
		if err != nil || !close(got.Sum, c.Terms[i], bound, 0) || !close(float64(grad.Data[0]), c.BinaryGradient[i], bound, bound*1e-3) {
			t.Errorf("%s: element %d is %v with gradient %v, not %v with %v", what, i, got.Sum, grad.Data[0], c.Terms[i], c.BinaryGradient[i])
		}
	}
	got, err := l.Value(nil, matrixOf[F](c.Y), matrixOf[F](c.X), relent.Run{})
	if err != nil || !close(got.Sum, c.Want["sum"], bound, 0) {
		t.Errorf("%s: %v, not %v", what, got.Sum, c.Want["sum"])
	}
}

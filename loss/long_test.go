package loss

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/relent-go/relent"
)

// Rows of up to 262,144 classes that are copies of a short one have its divergences, and gradients that are shared out.
func TestLongRows(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", func(t *testing.T) { longRows[float64](t, 0x1p-44) })
		t.Run("f32", func(t *testing.T) { longRows[float32](t, 0x1p-18) })
	})
}

func longRows[F relent.Float](t *testing.T, bound float64) {
	r := rand.New(rand.NewPCG(19, 20))
	none := relent.Matrix[F]{}
	for _, copies := range []int{64, 4096, 16384} {
		if copies > 64 && testing.Short() {
			continue
		}
		const n = 16
		x, y := random[F](r, 1, n, 3), random[F](r, 1, n, 3)
		a, b := repeated(x, copies), repeated(y, copies)
		for _, c := range calls[F]() {
			want, slopes, _ := c.run(nil, none, x, y, relent.Run{})
			got, grad, err := c.run(nil, none, a, b, relent.Run{})
			if err != nil {
				t.Fatal(err)
			}
			value, share := want.Sum, 1/float64(copies)
			switch c.name {
			case "CrossEntropy", "CrossEntropy, smoothed":
				value += math.Log(float64(copies)) // its class is one of so many
			case "SoftCrossEntropy":
				value += math.Log(float64(copies))
			case "StandardNormal":
				value, share = want.Sum*float64(copies), 1
			case "CrossEntropy, smoothed and weighted", "Binary", "Focal":
				continue // targets or weights are others
			}
			if !close(got.Sum, value, bound, 0) {
				t.Errorf("%s of %d copies: %v, not %v", c.name, copies, got.Sum, value)
			}
			if c.name == "CrossEntropy" || c.name == "CrossEntropy, smoothed" {
				continue // it has one class
			}
			for i, g := range grad.Data {
				if want := float64(slopes.Data[i%n]) * share; !close(float64(g), want, 0, bound*share) {
					t.Fatalf("%s of %d copies: gradient %d is %v, not %v", c.name, copies, i, g, want)
				}
			}
		}
	}
}

func repeated[F relent.Float](x relent.Matrix[F], times int) relent.Matrix[F] {
	m := relent.NewMatrix[F](1, x.Cols*times)
	for i := range m.Data {
		m.Data[i] = x.Data[i%x.Cols]
	}
	return m
}

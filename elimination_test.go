package relent

import (
	"math"
	"testing"

	"github.com/relent-go/relent/internal/pass"
)

// What is left of a column has the bits of products that are rounded, and added in one order: four columns' at a time, neighbours first.
func TestElimination(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		r := seed(t.Name())
		for n := range 11 {
			for _, length := range []int{0, 1, 2, 3, 4, 5, 15, 16, 17, 33, 100} {
				for first := range 3 {
					eliminated(t, n, length, first, func() float64 { return balanced[float64](r) })
				}
			}
		}
	})
}

func eliminated(t *testing.T, n, length, first int, draw func() float64) {
	t.Helper()
	stride := length + first + 3
	x, y := make([]float64, (n+1)*stride), make([]float64, length+1)
	for i := range x {
		x[i] = draw()
	}
	for i := range y {
		y[i] = draw()
	}
	want := make([]float64, length)
	for i := range want {
		want[i] = y[i]
		product := func(k int) float64 { return float64(x[k*stride] * x[k*stride+first+i]) }
		k := 0
		for ; k+4 <= n; k += 4 {
			want[i] -= (product(k) + product(k+1)) + (product(k+2) + product(k+3))
		}
		for ; k < n; k++ {
			want[i] -= product(k)
		}
	}
	end := y[length]
	var m pass.Numbers
	m.Set(float64(stride), float64(n), float64(first))
	Pass(pass.Eliminate, &m, y[:length], x)
	agreeAll(t, "eliminate", y[:length], want)
	if y[length] != end {
		t.Errorf("%d columns of %d: element %d was %v, is %v", n, length, length, end, y[length])
	}
}

// Its terms that are infinite or NaN are in the result, and nowhere else.
func TestEliminationOfSpecials(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, n := range []int{1, 4, 5, 7} {
			for k := range n {
				for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
					const length, stride, at = 19, 24, 13
					x, y := make([]float64, n*stride), make([]float64, length)
					for i := range x {
						x[i] = 1
					}
					x[k*stride+2+at] = bad
					var m pass.Numbers
					m.Set(stride, float64(n), 2)
					Pass(pass.Eliminate, &m, y, x)
					for i, got := range y {
						want := -float64(n)
						if i == at {
							want = -bad
						}
						if !same(got, want) {
							t.Errorf("%d columns, element %d of number %d is %v: %d is %v, not %v", n, at, k, bad, i, got, want)
						}
					}
				}
			}
		}
	})
}

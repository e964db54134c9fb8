package relent

import (
	"math"
	"testing"
)

// Factors have the bits of the operations that are documented, one element after the other, and nothing else is written.
func TestCholesky(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, dim := range []int{0, 1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 17, 19, 20, 31, 32, 33, 36, 48, 49, 63, 64, 65, 100} {
			factorized[float64](t, dim, dim+3)
			factorized[float32](t, dim, dim)
		}
	})
}

func factorized[F float](t *testing.T, dim, stride int) {
	t.Helper()
	got := choleskyMatrix[F](dim, stride)
	want := append([]F(nil), got...)
	if pivot, value := factorize(got, dim, stride); pivot != -1 || value != 0 {
		t.Fatalf("%d columns: pivot %d is %v", dim, pivot, value)
	}
	if pivot, _ := choleskyOneByOne(want, dim, stride); pivot != -1 {
		t.Fatalf("%d columns: want pivot %d", dim, pivot)
	}
	agreeAll(t, "factorize", got, want)
}

// choleskyMatrix is positive definite; above the diagonal it has marks.
func choleskyMatrix[F float](dim, stride int) []F {
	a := make([]F, dim*stride)
	for i := range a {
		a[i] = F(i + 1)
	}
	for j := range dim {
		for i := j; i < dim; i++ {
			a[j*stride+i] = F((i*7+j*3)%11-5) / F(16+4*dim)
		}
		a[j*stride+j] = 1 + F(j%5)/8
	}
	return a
}

// choleskyOneByOne is factorize as it is documented.
func choleskyOneByOne[F float](a []F, dim, stride int) (pivot int, value F) {
	for j := range dim {
		y := a[j*stride:]
		for i := j; i < dim; i++ {
			product := func(k int) F { return F(a[k*stride+j] * a[k*stride+i]) }
			k := 0
			for ; k+4 <= j; k += 4 {
				y[i] -= F(product(k)+product(k+1)) + F(product(k+2)+product(k+3))
			}
			for ; k < j; k++ {
				y[i] -= product(k)
			}
		}
		if !(y[j] > 0) || !finite(float64(y[j])) {
			return j, y[j]
		}
		y[j] = F(math.Sqrt(float64(y[j])))
		for i := j + 1; i < dim; i++ {
			y[i] /= y[j]
		}
	}
	return -1, 0
}

// A pivot that is not positive, or not finite, is found, and its value is what is left of it.
func TestCholeskyFails(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, dim := range []int{1, 3, 4, 6, 17, 40} {
			for _, at := range []int{0, dim / 2, dim - 1} {
				for _, bad := range []float64{-3, 0, math.NaN(), math.Inf(1), math.Inf(-1)} {
					a := choleskyMatrix[float64](dim, dim)
					a[at*dim+at] = bad
					b := append([]float64(nil), a...)
					pivot, value := factorize(a, dim, dim)
					wantPivot, want := choleskyOneByOne(b, dim, dim)
					agreeAll(t, "factorize", a, b)
					if pivot != wantPivot || pivot != at || !same(value, want) {
						t.Errorf("%d columns, pivot %d of %v: pivot %d is %v, want pivot %d of %v", dim, at, bad, pivot, value, wantPivot, want)
					}
				}
			}
		}
	})
}

// What is not finite off the diagonal makes a pivot fail: nothing that comes out is infinite or NaN.
func TestCholeskyFailsOffTheDiagonal(t *testing.T) {
	const dim = 21
	for j := range dim {
		for i := j + 1; i < dim; i++ {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				a := choleskyMatrix[float64](dim, dim)
				a[j*dim+i] = bad
				if pivot, _ := factorize(a, dim, dim); pivot < 0 || pivot > i {
					t.Errorf("element (%d, %d) is %v: pivot %d fails", i, j, bad, pivot)
				}
			}
		}
	}
}

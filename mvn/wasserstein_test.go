package mvn

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// partWay is a + s·(b-a).
func partWay(a, b *mat.SymDense, s float64) *mat.SymDense {
	d := a.SymmetricDim()
	c := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			c.SetSym(i, j, (1-s)*a.At(i, j)+s*b.At(i, j))
		}
	}
	return c
}

// From near to far, digits are lost on neither side of where another way is taken: those of Wasserstein's distance and of Rényi's divergences.
func TestDivergencesBothWays(t *testing.T) {
	dims, conds := []int{2, 3, 5, 8}, []float64{2, 100, 1e4, 1e8}
	if !deep() {
		dims, conds = []int{2, 6}, []float64{3, 100, 1e6}
	}
	worst, ways := nearErrors{}, map[bool]int{}
	for _, d := range dims {
		for _, cond := range conds {
			for _, apart := range []float64{1, 0.3, 0.1, 0.03, 0.01, 1e-3} {
				r := seed(fmt.Sprint(t.Name(), d, cond, apart))
				sigma, m, zeros := r.covariance(d, cond), makers["NewNormal"], make([]float64, d)
				left, right := m.make(zeros, m.fit(sigma)), m.make(zeros, m.fit(partWay(sigma, r.covariance(d, cond), apart)))
				name := fmt.Sprintf("apart by %g, d = %d, condition %g", apart, d, cond)
				p := nearPair{name, left, right, cond}
				want := left.sqWasserstein(right)
				worst.check(t, p, SqWasserstein(left.Normal, right.Normal), want)
				worst.check(t, p, Bhattacharyya(left.Normal, right.Normal), left.renyi(0.5, right)/2)
				got, far := farTransport(left.Normal, right.Normal)
				ways[far]++
				if far { // better than promised
					near(t, name, got, want, 1e-12*math.Sqrt(cond))
				}
			}
		}
	}
	worst.log(t)
	if ways[true] < 8 || ways[false] < 8 {
		t.Errorf("ways: %v", ways)
	}
}

// Eigenvalues lie where Sturm's sequences say that so many are below.
func TestEigenvaluesOfTridiagonal(t *testing.T) {
	r := seed(t.Name())
	for trial := range 60 {
		d := 1 + trial%17
		a, b := r.vector(d), append([]float64{0}, r.vector(d-1)...)
		switch trial % 4 {
		case 1: // falls apart
			b[d/2] = 0
		case 2: // eigenvalues of every size
			for i := range a {
				scale := math.Ldexp(1, -6*i)
				a[i], b[i] = a[i]*scale, b[i]*scale
			}
		case 3: // all the same but for the last one
			a, b = slices.Repeat([]float64{3}, d), make([]float64, d)
			b[d-1] = 0x1p-30 * float64(d-1)
		}
		below := func(x float64) (count int) {
			before := 1.0
			for i, v := range a {
				before = v - x - b[i]*b[i]/before
				if before == 0 {
					before = 0x1p-500
				}
				if before < 0 {
					count++
				}
			}
			return count
		}
		T := tridiagonal{slices.Clone(a), slices.Clone(b)}
		tolerance := 0x1p-50 * float64(d) * T.norm()
		if !T.eigenvalues() {
			t.Fatalf("%v, %v: no end", a, b)
		}
		slices.Sort(T.diagonal)
		for k, v := range T.diagonal {
			if less, more := below(v-tolerance), below(v+tolerance); less > k || more < k+1 {
				t.Errorf("%v, %v: eigenvalue %d is not %g: %d and %d are below", a, b, k, v, less, more)
			}
		}
	}
}

// Once buffers and what distributions keep exist, what is far apart does not allocate.
func TestDistancesDoNotAllocate(t *testing.T) {
	r := seed(t.Name())
	for _, d := range []int{2, 9, 20} {
		l, m := must(NewNormal(r.vector(d), r.covariance(d, 10))), must(NewNormal(r.vector(d), r.covariance(d, 10)))
		for what, f := range divergences {
			switch what {
			case "JensenShannon", "TotalVariation", "Renyi 1.1":
				continue
			}
			if n := testing.AllocsPerRun(20, func() { f(l, m) }); n != 0 && !racing {
				t.Errorf("%s, d = %d: %v allocations", what, d, n)
			}
		}
	}
}

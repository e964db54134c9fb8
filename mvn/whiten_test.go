package mvn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distmv"
)

// Whitening is the inverse of TransformNormal, has the squared distance as its length, and is the same for a row and for rows.
func TestWhiten(t *testing.T) {
	for _, d := range []int{1, 2, 3, 7, 20, 70} {
		r := seed(fmt.Sprint(t.Name(), d))
		for name, n := range inOrder(anyForm(r, d)) {
			name := fmt.Sprintf("%s, d = %d", name, d)
			const rows = 9
			x, want := mat.NewDense(rows, d, nil), mat.NewDense(rows, n.Rank(), nil)
			for i := range rows {
				z := r.vector(d)
				n.TransformNormal(x.RawRowView(i), z)
				want.SetRow(i, z[:n.Rank()])
			}
			for _, run := range []relent.Run{{}, {Workers: 3}} {
				got := must(n.WhitenRows(nil, x, run))
				single := must(WhitenRows(relent.Matrix[float32]{}, n, singleMatrix(relent.Matrix[float64](x.RawMatrix())), run))
				for i := range rows {
					nearAll(t, name, got.RawRowView(i), want.RawRowView(i), 1e-10)
					requireSameBits(t, name, n.Whiten(nil, x.RawRowView(i)), got.RawRowView(i))
					near(t, name+": length", dot(got.RawRowView(i), got.RawRowView(i)), n.SqMahalanobis(x.RawRowView(i)), 1e-10)
					for k, v := range single.Row(i) {
						if got := float64(v) - want.At(i, k); !(math.Abs(got) <= 1e-3) {
							t.Errorf("%s, float32: row %d, element %d is %v, want %v", name, i, k, v, want.At(i, k))
						}
					}
				}
			}
			for _, bad := range []float64{math.NaN(), math.Inf(1)} {
				y := n.Mean(nil)
				y[d/2] = bad
				requireAllNaN(t, name, n.Whiten(nil, y))
			}
			if n.Rank() == d {
				far := constant(d, 1e308)
				for i, v := range n.Whiten(nil, far) {
					if v != v {
						t.Errorf("%s: far out, element %d is NaN", name, i)
					}
				}
			} else {
				requireAllNaN(t, name+", off the support", n.Whiten(nil, constant(d, 1e3)))
			}
		}
	}
}

func requireSameBits(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if !same(got[i], want[i]) {
			t.Errorf("%s: element %d is %x, want %x", what, i, got[i], want[i])
		}
	}
}

func requireAllNaN(t *testing.T, what string, x []float64) {
	t.Helper()
	for i, v := range x {
		if v == v {
			t.Errorf("%s: element %d is %v, not NaN", what, i, v)
		}
	}
}

// The precision matrix is the inverse of the covariance, the pseudo-inverse of a singular one, and what was given.
func TestPrecisionMatrix(t *testing.T) {
	const tolerance = 1e-12
	for _, d := range []int{1, 2, 5, 20} {
		r := seed(fmt.Sprint(t.Name(), d))
		for name, n := range inOrder(anyForm(r, d)) {
			name := fmt.Sprintf("%s, d = %d", name, d)
			var precision, covariance mat.SymDense
			n.PrecisionMatrix(&precision)
			n.CovarianceMatrix(&covariance)
			for i, v := range n.Variances(nil) {
				near(t, name+": variance", v, covariance.At(i, i), 0)
			}
			var half, back mat.Dense // ΣPΣ = Σ
			half.Mul(&covariance, &precision)
			back.Mul(&half, &covariance)
			scale := mat.Norm(&covariance, 2)
			for i := range d {
				for j := range d {
					if off := back.At(i, j) - covariance.At(i, j); !(math.Abs(off) <= 1e3*tolerance*scale) {
						t.Errorf("%s: (%d, %d) of ΣPΣ is off by %g", name, i, j, off)
					}
				}
			}
		}
		given := r.covariance(d, 30)
		var back mat.SymDense
		must(NewNormalPrecision(r.vector(d), given)).PrecisionMatrix(&back)
		requireSameBits(t, "as given", elements(&back), elements(given))
	}
}

// The same source gives gonum's random numbers, and the same ones again.
func TestSeeded(t *testing.T) {
	const d = 5
	r := seed(t.Name())
	mu, sigma := r.vector(d), r.covariance(d, 30)
	g, _ := distmv.NewNormal(mu, sigma, rand.NewPCG(1, 2))
	n := must(NewNormal(mu, sigma))
	first, again := n.Seeded(rand.NewPCG(1, 2)), n.Seeded(rand.NewPCG(1, 2))
	src := rand.NewPCG(1, 2)
	for i := range 20 {
		x := first.Rand(nil)
		nearAll(t, fmt.Sprint("sample ", i), x, g.Rand(nil), 1e-12)
		requireSameBits(t, "again", again.Rand(make([]float64, d)), x)
		nearAll(t, "by NormalRand", NormalRand(nil, mu, cholesky(sigma), src), x, 1e-12)
	}
	if a, b := n.Seeded(nil).Rand(nil), NormalRand(nil, mu, cholesky(sigma), nil); a[0] == b[0] {
		t.Error("the same numbers twice without a source")
	}
}

func TestOneShot(t *testing.T) {
	for _, d := range []int{1, 2, 5, 40} {
		r := seed(fmt.Sprint(t.Name(), d))
		x, mu, chol := r.vector(d), r.vector(d), cholesky(r.covariance(d, 30))
		v, w := mat.NewVecDense(d, x), mat.NewVecDense(d, mu)
		near(t, "Mahalanobis", Mahalanobis(v, w, chol), stat.Mahalanobis(v, w, chol), 1e-12)
		near(t, "Mahalanobis of itself", Mahalanobis(v, v, chol), 0, 0)
		near(t, "NormalLogProb", NormalLogProb(x, mu, chol), distmv.NormalLogProb(x, mu, chol), 1e-12)
	}
	{
		v, w, chol := mat.NewVecDense(3, []float64{1, 2, 3}), mat.NewVecDense(3, []float64{3, 2, 5}), cholesky(seed(t.Name()).covariance(3, 10))
		x, mu := []float64{1, 2, 3}, []float64{3, 2, 5}
		if n := testing.AllocsPerRun(10, func() { Mahalanobis(v, w, chol); NormalLogProb(x, mu, chol) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
	chol := cholesky(mat.NewSymDense(1, []float64{4}))
	point := func(x float64) mat.Vector { return mat.NewVecDense(1, []float64{x}) }
	inf64, nan := math.Inf(1), math.NaN()
	for _, c := range []struct{ x, y, distance, density float64 }{
		{inf64, 1, inf64, -inf64}, {1, inf64, inf64, nan}, {inf64, inf64, nan, nan}, {nan, 1, nan, nan}, {1, nan, nan, nan},
		{inf64, nan, nan, nan}, {nan, inf64, nan, nan}, {1.7e308, -1.7e308, 1.7e308, -inf64},
	} {
		if got := Mahalanobis(point(c.x), point(c.y), chol); !same(got, c.distance) {
			t.Errorf("Mahalanobis of %v and %v is %v, want %v", c.x, c.y, got, c.distance)
		}
		if got := NormalLogProb([]float64{c.x}, []float64{c.y}, chol); !same(got, c.density) {
			t.Errorf("NormalLogProb of %v, mean %v, is %v, want %v", c.x, c.y, got, c.density)
		}
	}
	for want, call := range map[string]func(){
		"mvn: Mahalanobis: x has length 1, y 2":                                     func() { Mahalanobis(point(1), mat.NewVecDense(2, nil), chol) },
		"mvn: Mahalanobis: y has length 2, the factorisation has dimension 1":       func() { two := mat.NewVecDense(2, nil); Mahalanobis(two, two, chol) },
		"mvn: Mahalanobis: the Cholesky factorisation is empty":                     func() { Mahalanobis(point(1), point(2), nil) },
		"mvn: Mahalanobis: y is nil":                                                func() { Mahalanobis(point(1), nil, chol) },
		"mvn: NormalLogProb: x has length 2, mu 1":                                  func() { NormalLogProb(make([]float64, 2), make([]float64, 1), chol) },
		"mvn: NormalRand: dst has 2 elements, the result has 1 elements":            func() { NormalRand(make([]float64, 2), make([]float64, 1), chol, nil) },
		"mvn: NormalRand: mean has length 3, the factorisation has dimension 1":     func() { NormalRand(nil, make([]float64, 3), chol, nil) },
		"mvn: Whiten: x has length 1, the distribution has dimension 2":             func() { NewNormalStandard(2).Whiten(nil, make([]float64, 1)) },
		"mvn: PrecisionMatrix: dst has length 3, the distribution has dimension 2":  func() { NewNormalStandard(2).PrecisionMatrix(mat.NewSymDense(3, nil)) },
		"mvn: CovarianceMatrix: dst has length 3, the distribution has dimension 2": func() { NewNormalStandard(2).CovarianceMatrix(mat.NewSymDense(3, nil)) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panics with %v, want %v", got, want)
				}
			}()
			call()
		}()
	}
}

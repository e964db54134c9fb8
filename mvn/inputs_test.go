package mvn

import (
	"iter"
	"maps"
	"math"
	"math/big"
	"os"
	"slices"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// rng is splitmix64; inputs are made from its integers, the same on every architecture.
type rng uint64

func seed(name string) *rng {
	r := rng(len(name))
	for _, c := range []byte(name) {
		r = rng(r.next()) + rng(c)
	}
	return &r
}

func (r *rng) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// Uint64 makes it a source of math/rand/v2.
func (r *rng) Uint64() uint64 { return r.next() }

// around is from -1 to below 1.
func (r *rng) around() float64 { return float64(int64(r.next())>>11) * 0x1p-52 }

// bell is a sum of uniform numbers, with mean 0 and variance 1.
func (r *rng) bell() float64 {
	return r.around() + r.around() + r.around()
}

func (r *rng) vector(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = r.bell()
	}
	return x
}

func (r *rng) positive(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1.5 + r.around()
	}
	return x
}

func (r *rng) dense(rows, cols int) *mat.Dense { return mat.NewDense(rows, cols, r.vector(rows*cols)) }

// covariance has eigenvalues from 1 down to 1/cond, evenly spaced logarithmically, turned by reflections.
func (r *rng) covariance(d int, cond float64) *mat.SymDense {
	a := mat.NewDense(d, d, nil)
	for i := range d {
		e := 1.0
		if d > 1 {
			e = math.Pow(cond, -float64(i)/float64(d-1))
		}
		a.Set(i, i, e)
	}
	for range 3 {
		v := mat.NewVecDense(d, r.vector(d))
		h := mat.NewDense(d, d, nil)
		h.Outer(-2/mat.Dot(v, v), v, v)
		for i := range d {
			h.Set(i, i, h.At(i, i)+1)
		}
		a.Mul(h, a)
		a.Mul(a, h)
	}
	s := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			s.SetSym(i, j, (a.At(i, j)+a.At(j, i))/2)
		}
	}
	return s
}

// near differs from s by about the given relative size.
func (r *rng) near(s *mat.SymDense, by float64) *mat.SymDense {
	d := s.SymmetricDim()
	t := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			t.SetSym(i, j, s.At(i, j)+float64(by*r.around()*math.Sqrt(s.At(i, i)*s.At(j, j))))
		}
	}
	return t
}

// deep tells whether tests are to take all the time they need: RELENT_DEEP=1, and not short mode.
func deep() bool { return os.Getenv("RELENT_DEEP") == "1" && !testing.Short() }

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

func inverse(s mat.Symmetric) *mat.SymDense {
	var c mat.Cholesky
	if !c.Factorize(s) {
		panic("not positive definite")
	}
	var p mat.SymDense
	if err := c.InverseTo(&p); err != nil {
		panic(err)
	}
	return &p
}

func cholesky(s mat.Symmetric) *mat.Cholesky {
	var c mat.Cholesky
	if !c.Factorize(s) {
		panic("not positive definite")
	}
	return &c
}

// forms are the distributions of the same mean and covariance, from every constructor that makes it.
func forms(mu []float64, sigma *mat.SymDense) map[string]*Normal {
	d := len(mu)
	f := map[string]*Normal{
		"NewNormal":          must(NewNormal(mu, sigma)),
		"NewNormalChol":      must(NewNormalChol(mu, cholesky(sigma))),
		"NewNormalPrecision": must(NewNormalPrecision(mu, inverse(sigma))),
		"NewNormalSingular":  must(NewNormalSingular(mu, sigma, 0)),
	}
	full := relent.Matrix[float64]{Rows: d, Cols: d, Stride: d + 1, Data: make([]float64, d*(d+1))}
	for i := range d {
		for j := range d {
			full.Row(i)[j] = sigma.At(i, j)
		}
	}
	f["NewNormalMatrix"] = must(NewNormalMatrix(mu, full))
	// Σ = m/2·I + WWᵀ, m the smallest eigenvalue.
	var e mat.EigenSym
	if !e.Factorize(sigma, true) {
		panic("no eigenvalues")
	}
	half := e.Values(nil)[0] / 2
	var w mat.Dense
	e.VectorsTo(&w)
	for k, v := range e.Values(nil) {
		for i := range d {
			w.Set(i, k, w.At(i, k)*math.Sqrt(v-half))
		}
	}
	variance := make([]float64, d)
	for i := range variance {
		variance[i] = half
	}
	f["NewNormalLowRank"] = must(NewNormalLowRank(mu, &w, variance))
	return f
}

func relativeError(got, want float64) float64 {
	if got == want {
		return 0
	}
	return math.Abs(got-want) / math.Abs(want)
}

// near fails unless got is want with the given relative error.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(relativeError(got, want) <= tolerance) {
		t.Errorf("%s: %v, want %v, relative error %.3g > %.3g", what, got, want, relativeError(got, want), tolerance)
	}
}

// inOrder goes through what is named in the order of the names: what is drawn at random on the way is the same each time.
func inOrder[V any](named map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, name := range slices.Sorted(maps.Keys(named)) {
			if !yield(name, named[name]) {
				return
			}
		}
	}
}

// nearAll does so relative to the largest element.
func nearAll(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d elements, want %d", what, len(got), len(want))
		return
	}
	size := norm(want)
	for i := range got {
		if got[i] != want[i] && !(math.Abs(got[i]-want[i]) <= tolerance*size) {
			t.Errorf("%s: element %d is %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

// The same in big numbers.

type bigMatrix [][]*big.Float

func bigOf(d int, at func(i, j int) float64) bigMatrix {
	a := make(bigMatrix, d)
	for i := range a {
		a[i] = make([]*big.Float, d)
		for j := range a[i] {
			a[i][j] = number(at(i, j))
		}
	}
	return a
}

// cholesky is L of LLᵀ.
func (a bigMatrix) cholesky() bigMatrix {
	l := bigOf(len(a), func(int, int) float64 { return 0 })
	for i := range a {
		for j := range i + 1 {
			sum := zero().Set(a[i][j])
			for k := range j {
				sum.Sub(sum, zero().Mul(l[i][k], l[j][k]))
			}
			if i == j {
				l[i][i].Sqrt(sum)
			} else {
				l[i][j].Quo(sum, l[j][j])
			}
		}
	}
	return l
}

// whiten is L⁻¹y.
func (a bigMatrix) whiten(y []*big.Float) []*big.Float {
	z := make([]*big.Float, len(y))
	for i := range y {
		sum := zero().Set(y[i])
		for k := range i {
			sum.Sub(sum, zero().Mul(a[i][k], z[k]))
		}
		z[i] = sum.Quo(sum, a[i][i])
	}
	return z
}

func (a bigMatrix) column(j int) []*big.Float {
	c := make([]*big.Float, len(a))
	for i := range a {
		c[i] = a[i][j]
	}
	return c
}

// logDet is that of LLᵀ.
func (a bigMatrix) logDet() *big.Float {
	det := number(1)
	for i := range a {
		det.Mul(det, a[i][i])
	}
	return det.Mul(bigLog(det), number(2))
}

func bigDifference(a, b []float64) []*big.Float {
	y := make([]*big.Float, len(a))
	for i := range a {
		y[i] = zero().Sub(number(a[i]), number(b[i]))
	}
	return y
}

func bigSquares(z []*big.Float) *big.Float {
	sum := zero()
	for _, v := range z {
		sum.Add(sum, zero().Mul(v, v))
	}
	return sum
}

// bigKL is B.9 from factors.
func bigKL(mu1 []float64, l1 bigMatrix, mu2 []float64, l2 bigMatrix) *big.Float {
	sum := bigSquares(l2.whiten(bigDifference(mu1, mu2)))
	for j := range l1 {
		sum.Add(sum, bigSquares(l2.whiten(l1.column(j))))
	}
	sum.Sub(sum, number(float64(len(l1))))
	sum.Add(sum, l2.logDet())
	sum.Sub(sum, l1.logDet())
	return sum.Quo(sum, number(2))
}

func float(x *big.Float) float64 { v, _ := x.Float64(); return v }

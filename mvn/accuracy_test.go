package mvn

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// Errors relative to the given factor, which do not grow as the condition number does.
func TestDistancesGivenTheFactor(t *testing.T) {
	for _, c := range []struct{ cond, bound float64 }{{10, 2e-15}, {1e8, 1e-13}, {1e12, 1e-10}} {
		worst := 0.0
		for _, d := range []int{1, 2, 3, 5, 8, 16, 33, 64} {
			r := seed(fmt.Sprint(t.Name(), d, c.cond))
			mu, chol := r.vector(d), cholesky(r.covariance(d, c.cond))
			n := must(NewNormalChol(mu, chol))
			l := bigOf(d, func(i, j int) float64 {
				if j > i {
					return 0
				}
				return chol.RawU().At(j, i)
			})
			near(t, fmt.Sprintf("log det, d = %d, condition %g", d, c.cond), n.LogDet()-100, float(l.logDet())-100, 1e-15)
			for range 10 {
				x := r.vector(d)
				want := float(bigSquares(l.whiten(bigDifference(x, mu))))
				got := n.SqMahalanobis(x)
				worst = max(worst, relativeError(got, want))
			}
		}
		t.Logf("condition %g: %.3g", c.cond, worst)
		if worst > c.bound {
			t.Errorf("condition %g: error %.3g > %.3g", c.cond, worst, c.bound)
		}
	}
}

// Errors relative to the given covariance or precision are those of the factorisation, a multiple of the condition number.
func TestDistancesGivenTheMatrix(t *testing.T) {
	for _, cond := range []float64{10, 1e4, 1e8, 1e12} {
		covariance, precise := 0.0, 0.0
		for _, d := range []int{1, 2, 3, 8, 16, 33} {
			r := seed(fmt.Sprint(t.Name(), d, cond))
			mu, sigma := r.vector(d), r.covariance(d, cond)
			a := bigOf(d, sigma.At)
			l := a.cholesky()
			n, p := must(NewNormal(mu, sigma)), must(NewNormalPrecision(mu, sigma))
			for range 5 {
				x := r.vector(d)
				y := bigDifference(x, mu)
				covariance = max(covariance, relativeError(n.SqMahalanobis(x), float(bigSquares(l.whiten(y)))))
				want := zero() // yᵀAy
				for i := range y {
					for j := range y {
						want.Add(want, zero().Mul(zero().Mul(a[i][j], y[i]), y[j]))
					}
				}
				precise = max(precise, relativeError(p.SqMahalanobis(x), float(want)))
			}
		}
		t.Logf("condition %g: covariance %.3g, precision %.3g", cond, covariance, precise)
		bound := max(2e-15, 2e-16*cond)
		if covariance > bound {
			t.Errorf("condition %g: error %.3g > %.3g", cond, covariance, bound)
		}
		if precise > 4e-15 { // a quadratic form of positive terms of x that is not special
			t.Errorf("precision of condition %g: error %.3g", cond, precise)
		}
	}
}

func TestLowRankAgainstBig(t *testing.T) {
	for _, size := range []float64{1e-6, 1, 1e3, 1e6} { // of W, beside variances of about 1
		worst := 0.0
		for _, shape := range [][2]int{{1, 1}, {3, 1}, {5, 2}, {20, 3}, {4, 6}} {
			d, k := shape[0], shape[1]
			r := seed(fmt.Sprint(t.Name(), d, k, size))
			mu, v, w := r.vector(d), r.positive(d), r.dense(d, k)
			w.Scale(size, w)
			n := must(NewNormalLowRank(mu, w, v))
			l := bigLowRank(w, v).cholesky()
			near(t, "log det", n.LogDet()-100, float(l.logDet())-100, 1e-14)
			for range 10 {
				x := r.vector(d)
				worst = max(worst, relativeError(n.SqMahalanobis(x), float(bigSquares(l.whiten(bigDifference(x, mu))))))
			}
		}
		t.Logf("W of size %g: %.3g", size, worst)
		// The condition number of the covariance is of the order of size².
		if bound := 1e-14 + 2e-16*size*size; worst > bound {
			t.Errorf("W of size %g: error %.3g > %.3g", size, worst, bound)
		}
	}
}

// bigLowRank is diag(v) + wwᵀ.
func bigLowRank(w *mat.Dense, v []float64) bigMatrix {
	d, k := w.Dims()
	a := bigOf(d, func(i, j int) float64 { return 0 })
	for i := range d {
		a[i][i].SetFloat64(v[i])
		for j := range d {
			for c := range k {
				a[i][j].Add(a[i][j], zero().Mul(number(w.At(i, c)), number(w.At(j, c))))
			}
		}
	}
	return a
}

func TestDivergencesAreNotNegative(t *testing.T) {
	dims := []int{1, 2, 5}
	if !deep() {
		dims = []int{3}
	}
	eachNearPair(dims, []float64{10}, []float64{0, 0x1p-50, 0x1p-40, 0x1p-30, 0x1p-20}, func(p nearPair) {
		for _, pair := range [][2]*Normal{{p.l.Normal, p.r.Normal}, {p.r.Normal, p.l.Normal}} {
			for what, f := range divergences {
				if got := f(pair[0], pair[1]); !(got >= 0) {
					t.Errorf("%s: %s %g", p.name, what, got)
				}
			}
		}
	})
}

var divergences = map[string]func(l, r *Normal) float64{
	"KullbackLeibler": KullbackLeibler,
	"Bhattacharyya":   Bhattacharyya,
	"Hellinger":       Hellinger,
	"SqWasserstein":   SqWasserstein,
	"Wasserstein":     Wasserstein,
	"Renyi 0.3":       func(l, r *Normal) float64 { return Renyi(0.3, l, r) },
	"JensenShannon":   func(l, r *Normal) float64 { return JensenShannon(l, r) },
	"TotalVariation":  func(l, r *Normal) float64 { return first(TotalVariation(l, r)) },
	"Renyi 1.1":       func(l, r *Normal) float64 { return Renyi(1.1, l, r) },
}

// Of identical distributions all are 0.
func TestDivergencesOfEqual(t *testing.T) {
	for _, d := range []int{1, 2, 5, 12} {
		all, twins := anyForm(seed(fmt.Sprint(t.Name(), d)), d), anyForm(seed(fmt.Sprint(t.Name(), d)), d)
		for name, l := range inOrder(all) {
			for what, f := range divergences {
				if got := f(l, twins[name]); got != 0 {
					t.Errorf("%s, d = %d: %s of itself is %g", name, d, what, got)
				}
			}
		}
	}
}

func TestWassersteinOfNearEqual(t *testing.T) {
	r := seed(t.Name())
	for range 20 {
		// In one dimension it is (μₗ-μᵣ)² + (σₗ-σᵣ)².
		v := 1 + r.next()%1000
		a, b := float64(v*v), float64((v+1)*(v+1))*0x1p-20
		l, rn := must(NewNormalDiagonal([]float64{1}, []float64{a})), must(NewNormalDiagonal([]float64{1}, []float64{b}))
		e := float64(v) - float64(v+1)*0x1p-10
		near(t, "diagonal", SqWasserstein(l, rn), e*e, 1e-14)
	}
	// Moved by 1e-8 in one variance of a turned covariance: dΣ = 2σ dσ along an eigenvector.
	l := must(NewNormal([]float64{0, 0}, mat.NewSymDense(2, []float64{5, 3, 3, 5}))) // eigenvalues 8, 2
	const by = 0x1p-27
	rn := must(NewNormal([]float64{0, 0}, mat.NewSymDense(2, []float64{5 + by, 3 + by, 3 + by, 5 + by}))) // 8+2by, 2
	e := 2 * by / (math.Sqrt(8) + math.Sqrt(8+2*by))
	near(t, "turned", SqWasserstein(l, rn), e*e, 1e-14)
}

// The standard library's functions judge exp, and big numbers what cancels.
func TestScalars(t *testing.T) {
	r := seed(t.Name())
	for range 20000 {
		x := r.around() * math.Ldexp(1, int(r.next()%20)-9)
		want := math.Exp(x)
		if got := exp(x); !(math.Abs(got-want) <= 3*(math.Nextafter(want, math.Inf(1))-want)) && got != want {
			t.Fatalf("exp(%g) = %g, want %g", x, got, want)
		}
	}
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range [][2]float64{{nan, nan}, {inf, inf}, {-inf, 0}, {0, 1}, {-1000, 0}, {1000, inf}} {
		if got := exp(c[0]); got != c[1] && got == got {
			t.Errorf("exp(%g) = %g, want %g", c[0], got, c[1])
		}
	}
	worst, worstExcess := 0.0, 0.0
	for i := range 1500 {
		x := r.around() * math.Ldexp(1, 6-i%70)
		worst = max(worst, relativeError(expMinus1MinusX(x), float(bigExpMinus1MinusX(number(x)))))
		if x > -1 {
			e := zero().Sub(number(x), bigLog(zero().Add(number(1), number(x))))
			worstExcess = max(worstExcess, relativeError(excess(x), float(e)))
		}
	}
	t.Logf("e^x - 1 - x: 2**%.2f, e - log(1+e): 2**%.2f", math.Log2(worst), math.Log2(worstExcess))
	if worst > 0x1p-48 || worstExcess > 0x1p-48 {
		t.Errorf("e^x - 1 - x: 2**%.2f, e - log(1+e): 2**%.2f", math.Log2(worst), math.Log2(worstExcess))
	}
	for _, c := range [][2]float64{{0, 0}, {-1, inf}, {inf, inf}, {nan, nan}, {1e300, 1e300}} {
		if got := excess(c[0]); got != c[1] && (got == got || c[1] == c[1]) {
			t.Errorf("excess(%g) = %g, want %g", c[0], got, c[1])
		}
	}
}

// bigExpMinus1MinusX sums the series, whose terms are at most e^64.
func bigExpMinus1MinusX(x *big.Float) *big.Float {
	term, sum := number(1), zero()
	for n := 1; term.Sign() != 0 && term.MantExp(nil) > -2*precision-2*max(0, -x.MantExp(nil)); n++ {
		term.Mul(term, x)
		term.Quo(term, number(float64(n)))
		if n >= 2 {
			sum.Add(sum, term)
		}
	}
	return sum
}

func TestKullbackLeiblerRows(t *testing.T) {
	r := seed(t.Name())
	const rows, d = 9, 5
	matrix := func() relent.Matrix[float64] {
		return relent.Matrix[float64]{Rows: rows, Cols: d, Stride: d + 2, Data: r.vector(rows * (d + 2))}
	}
	m1, v1, m2, v2 := matrix(), matrix(), matrix(), matrix()
	copy(v2.Row(3), v1.Row(3)) // near equal rows, and equal ones
	copy(m2.Row(3), m1.Row(3))
	copy(v2.Row(4), v1.Row(4))
	copy(m2.Row(4), m1.Row(4))
	for j := range d {
		v2.Row(4)[j] += 1e-8 * r.around()
		v1.Row(5)[j] = 1e-9 * r.around()
		m1.Row(5)[j] = 1e-9 * r.around()
	}
	standard := must(KullbackLeiblerStandardRows(nil, m1, v1, relent.Run{}))
	pairs := must(KullbackLeiblerDiagonalRows(nil, m1, v1, m2, v2, relent.Run{}))
	for i := range rows {
		wantStandard, want := zero(), zero()
		for j := range d {
			p, q := v1.Row(i)[j], v2.Row(i)[j]
			m := number(m1.Row(i)[j])
			wantStandard.Add(wantStandard, zero().Mul(m, m))
			wantStandard.Add(wantStandard, bigExpMinus1MinusX(number(p)))
			y := zero().Sub(m, number(m2.Row(i)[j]))
			e := zero().Add(bigExpMinus1MinusX(number(-q)), number(1))
			e.Sub(e, number(q))
			want.Add(want, y.Mul(y.Mul(y, y), e))
			want.Add(want, bigExpMinus1MinusX(zero().Sub(number(p), number(q))))
		}
		near(t, fmt.Sprint("standard, row ", i), standard[i], float(wantStandard)/2, 1e-14)
		near(t, fmt.Sprint("pairs, row ", i), pairs[i], float(want)/2, 1e-14)
	}
	if pairs[3] != 0 {
		t.Errorf("equal rows: %g", pairs[3])
	}
	for _, workers := range []int{2, 3, 20} {
		nearAll(t, "workers", must(KullbackLeiblerStandardRows(nil, m1, v1, relent.Run{Workers: workers})), standard, 0)
		nearAll(t, "workers", must(KullbackLeiblerDiagonalRows(nil, m1, v1, m2, v2, relent.Run{Workers: workers})), pairs, 0)
	}
	s := singleMatrix(m1)
	for i, got := range must(KullbackLeiblerStandardRows(nil, s, singleMatrix(v1), relent.Run{})) {
		near(t, "float32", float64(got), standard[i], 1e-6)
	}
	inf := math.Inf(1)
	one := func(x float64) relent.Matrix[float64] { return asRow([]float64{x}) }
	for _, c := range []struct{ m, v, want float64 }{
		{inf, 0, inf}, {-inf, 0, inf}, {0, inf, inf}, {0, -inf, inf}, {1e200, 0, inf}, {0, 2000, inf}, {0, -2000, 1999.0 / 2},
	} {
		if got := must(KullbackLeiblerStandardRows(nil, one(c.m), one(c.v), relent.Run{}))[0]; got != c.want {
			t.Errorf("(%g, %g): %g, want %g", c.m, c.v, got, c.want)
		}
		if got := must(KullbackLeiblerDiagonalRows(nil, one(c.m), one(c.v), one(0), one(0), relent.Run{}))[0]; got != c.want {
			t.Errorf("(%g, %g) from the standard: %g, want %g", c.m, c.v, got, c.want)
		}
	}
}

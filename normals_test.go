package relent

import (
	"fmt"
	"math"
	"math/big"
	"testing"
)

// exactExpExcess is e**x - 1 - x to more than 100 bits.
func exactExpExcess(x *big.Float) *big.Float {
	switch far := number(3000); {
	case x.Cmp(far) > 0:
		return infinite() // beyond the largest number
	case x.Cmp(neg(far)) < 0:
		return sub(number(-1), x)
	case x.MantExp(nil) >= -6:
		return sub(sub(exponential(x), number(1)), x)
	}
	term, sum := half(mul(x, x)), number(0)
	for n := 3.0; n < 30; n++ { // |x| < 2**-6
		sum = add(sum, term)
		term = quo(mul(term, x), number(n))
	}
	return sum
}

// exactPrecisionSquare is p²·e**-q.
func exactPrecisionSquare(p, q *big.Float) *big.Float {
	limited := number(5000) // beyond it nothing is left to tell
	switch {
	case p.Sign() == 0:
		return number(0)
	case q.Cmp(limited) > 0:
		q = limited
	case q.Cmp(neg(limited)) < 0:
		q = neg(limited)
	}
	return mul(mul(p, p), exponential(neg(q)))
}

// normalMeasures are the divergences of normal distributions as functions of two arrays, which between them reach every term.
func normalMeasures[F float]() []measure[F] {
	zeros := func(x []F) []F { return make([]F, len(x)) }
	return []measure[F]{
		{name: "StandardNormalKullbackLeibler", compute: standardNormalDivergence[F],
			term: func(p, q *big.Float) *big.Float { return half(add(mul(p, p), exactExpExcess(q))) }},
		{name: "DiagonalNormalKullbackLeibler, variances",
			compute: func(p, q []F) float64 { return diagonalNormalDivergence(zeros(p), p, zeros(p), q) },
			term:    func(p, q *big.Float) *big.Float { return half(exactExpExcess(sub(p, q))) }},
		{name: "DiagonalNormalKullbackLeibler, means",
			compute: func(p, q []F) float64 { return diagonalNormalDivergence(p, q, zeros(p), q) },
			term:    func(p, q *big.Float) *big.Float { return half(exactPrecisionSquare(p, q)) }},
		{name: "DiagonalNormalKullbackLeibler",
			compute: func(p, q []F) float64 { return diagonalNormalDivergence(p, q, zeros(p), p) },
			term: func(p, q *big.Float) *big.Float {
				return half(add(exactPrecisionSquare(p, p), exactExpExcess(sub(q, p))))
			}},
	}
}

// Every kind of element, float32 too, keeps the bound of float64: all is computed in float64.
func TestNormalsAgainstBig(t *testing.T) {
	t.Run("f64", normalsAgainstBig[float64])
	t.Run("f32", normalsAgainstBig[float32])
}

func normalsAgainstBig[F float](t *testing.T) {
	for _, m := range normalMeasures[F]() {
		r, largest, where := seed(t.Name()+m.name), 0.0, ""
		for _, kind := range signedFamilies[F]() {
			worst := 0.0
			var worstP, worstQ F
			for i := range short(300) {
				p, q := kind.pair(r)
				if i%2 == 1 && worst > 0 {
					p, q = beside(r, worstP), beside(r, worstQ)
				}
				if p-p != 0 || q-q != 0 {
					continue // see TestNormalsConventions
				}
				if err := m.errorOf([]F{p}, []F{q}); err > worst {
					worst, worstP, worstQ = err, p, q
				}
			}
			if worst > largest {
				largest, where = worst, fmt.Sprintf("%x, %x, %s", worstP, worstQ, kind.name)
			}
		}
		t.Logf("%-40s 2**%.3f at %s", m.name, math.Log2(largest), where)
		if largest > ErrorBound64 {
			t.Errorf("%s: relative error %.3g at %s", m.name, largest, where)
		}
	}
}

// beside is a number of the sign of x that differs in some of its last bits.
func beside[F float](r *rng, x F) F {
	size := step(F(math.Abs(float64(x))), r.around(r.below(mantissaBits[F]())))
	return F(math.Copysign(float64(size), float64(x)))
}

// Sums of every length at which the pieces of a long one meet.
func TestNormalsSums(t *testing.T) {
	t.Run("f64", normalsSums[float64])
	t.Run("f32", normalsSums[float32])
}

func normalsSums[F float](t *testing.T) {
	r := seed(t.Name())
	kind := signedFamilies[F]()[0]
	lengths := []int{0, 1, 15, 16, 17, differenceBlock - 1, differenceBlock, differenceBlock + 1, 2*differenceBlock + 1}
	if deep() {
		lengths = append(lengths, chunk, chunk+1, 2*chunk+differenceBlock+3)
	}
	for _, n := range lengths {
		p, q := pairs(r, n, kind.pair)
		for _, m := range normalMeasures[F]() {
			if n == 0 {
				requireBits(t, m.name, 0, m.compute(p, q), 0)
			} else if err := m.errorOf(p, q); err > errorBound[float64](n) {
				t.Errorf("%s of %d: relative error %.3g", m.name, n, err)
			}
		}
	}
}

// The reductions over numbers of both signs.
func TestAgreeNormals(t *testing.T) {
	eachAssembly(t, func(t *testing.T) {
		t.Run("f64", agreeNormals[float64])
		t.Run("f32", agreeNormals[float32])
	})
}

func agreeNormals[F float](t *testing.T) {
	r := seed(t.Name())
	for _, kind := range signedFamilies[F]() {
		for range short(100) {
			p, q := pairs(r, r.below(600), kind.pair)
			m, s := pairs(r, len(p), kind.pair)
			for _, c := range []func() float64{
				func() float64 { return standardNormalDivergence(p, q) },
				func() float64 { return diagonalNormalDivergence(p, q, m, s) },
			} {
				if got, want := c(), withGeneric(c); math.Float64bits(got) != math.Float64bits(want) {
					t.Errorf("%d %s: %x, generic %x", len(p), kind.name, got, want)
				}
			}
		}
	}
}

func TestNormalsConventions(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", normalsConventions[float64])
		t.Run("f32", normalsConventions[float32])
	})
}

func normalsConventions[F float](t *testing.T) {
	for _, c := range []struct{ mean, logVariance, want float64 }{
		{0, 0, 0}, {minusZero, minusZero, 0}, {2, 0, 2}, {0, -2000, 1999. / 2},
		{inf, 0, inf}, {-inf, 0, inf}, {0, inf, inf}, {0, -inf, inf}, {inf, inf, inf}, {-inf, -inf, inf}, {0, 2000, inf},
		{nan, 0, nan}, {0, nan, nan}, {nan, inf, nan}, {inf, nan, nan},
	} {
		requireNormal(t, c.want, F(c.mean), F(c.logVariance))
		requireNormal(t, c.want, F(c.mean), F(c.logVariance), 0, 0)
	}
	for _, c := range []struct{ lMean, lLogVariance, rMean, rLogVariance, want float64 }{
		{3, 5, 3, 5, 0}, {3, 5, 1, 5, 2 * math.Exp(-5)}, {3, 0, 3, -2000, inf}, {3, 0, 3, 2000, 1999. / 2}, {3, 0, 1, -2000, inf},
		{1, 0, 1, -inf, inf}, {1, 0, 1, inf, inf}, {1, inf, 1, 0, inf}, {1, -inf, 1, 0, inf},
		{1, -inf, 1, inf, inf}, {1, inf, 1, -inf, inf}, {inf, 0, 1, inf, inf}, {1, 0, -inf, -inf, inf},
		{inf, 0, inf, 0, nan}, {0, inf, 0, inf, nan}, {0, -inf, 1, -inf, nan},
		{0, 0, nan, 0, nan}, {0, 0, 0, nan, nan}, {0, 0, 1, nan, nan}, {inf, 0, 0, nan, nan},
	} {
		requireNormal(t, c.want, F(c.lMean), F(c.lLogVariance), F(c.rMean), F(c.rLogVariance))
	}
}

// requireNormal wants the divergence of one variable, from the standard distribution or another, at every place among equal
// distributions.
func requireNormal[F float](t *testing.T, want float64, x ...F) {
	t.Helper()
	for _, n := range []int{1, 3, 8, 37, 200} {
		for at := 0; at < n; at += 1 + n/40 {
			arrays := make([][]F, len(x))
			for i := range x {
				arrays[i] = make([]F, n)
				arrays[i][at] = x[i]
			}
			got := 0.0
			if len(x) == 2 {
				got = standardNormalDivergence(arrays[0], arrays[1])
			} else {
				got = diagonalNormalDivergence(arrays[0], arrays[1], arrays[2], arrays[3])
			}
			if wrong := !(math.Abs(got-want) <= 0x1p-50*want); wrong && math.Float64bits(got) != math.Float64bits(want) {
				t.Errorf("%v at %d of %d: %v, want %v", x, at, n, got, want)
			}
		}
	}
}

func TestNormalsDoNotAllocate(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", normalsDoNotAllocate[float64])
		t.Run("f32", normalsDoNotAllocate[float32])
	})
}

func normalsDoNotAllocate[F float](t *testing.T) {
	if n := testing.AllocsPerRun(10, func() {
		var p, q [chunk + 5]F
		result += standardNormalDivergence(p[:], q[:]) + diagonalNormalDivergence(p[:], q[:], q[:], p[:])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

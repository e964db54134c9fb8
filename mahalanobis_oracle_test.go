package relent

import (
	"flag"
	"fmt"
	"math"
	"math/big"
	"testing"
)

var mahalanobisReport = flag.Bool("mahalanobis.report", false, "print the largest error found for each test of squared Mahalanobis distances")

// solveExactly is z, and its sum of squares, for the given factor.
func (m *distribution[F]) solveExactly(x []F) (z []*big.Float, sum *big.Float) {
	const bits = 200
	at := func(v F) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(float64(v)) }
	sum = new(big.Float).SetPrec(bits)
	product := new(big.Float).SetPrec(bits)
	y := make([]*big.Float, len(x))
	for i := range x {
		y[i] = at(x[i])
		y[i].Sub(y[i], at(m.mean[i]))
		row, pivot := m.lower.Row(i), at(m.lower.Row(i)[i])
		v := new(big.Float).SetPrec(bits).Set(y[i])
		switch m.constructor {
		case "NewFactor":
			for k, zk := range z {
				v.Sub(v, product.Mul(at(row[k]), zk))
			}
			v.Quo(v, pivot)
		case "NewPrecisionFactor":
			v.Mul(v, pivot)
			for k := range i {
				v.Add(v, product.Mul(at(row[k]), y[k]))
			}
		case "NewDiagonalFactor":
			v.Quo(v, pivot)
		}
		z = append(z, v)
		sum.Add(sum, product.Mul(v, v))
	}
	return z, sum
}

// relativeTo is |x - exact| / exact.
func relativeTo(x float64, exact *big.Float) float64 {
	ratio, _ := quo(sub(number(x), exact), exact).Float64()
	return math.Abs(ratio)
}

// The documented bounds: the relative error of a squared distance for well-conditioned factors.
func wellConditionedBound[F float]() float64 {
	if isFloat64[F]() {
		return 2e-15
	}
	return 1e-6
}

func oracleDims() []int {
	if !deep() {
		return []int{1, 2, 3, 5, 8, 13, 17, 33}
	}
	return []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 24, 33, 64, 70, 100, 128, 256, 512}
}

// Squared distances for well-conditioned factors, of rows anywhere.
func TestMahalanobisOracle(t *testing.T) {
	t.Run("f64", mahalanobisOracle[float64])
	t.Run("f32", mahalanobisOracle[float32])
}

func mahalanobisOracle[F float](t *testing.T) {
	r := seed(t.Name())
	for _, constructor := range constructors {
		worst := 0.0
		for _, d := range oracleDims() {
			m := ordinary[F](t, r, constructor, d)
			x := filled(r, 2+400/(d+10), d, func(r *rng) F { return 4 * balanced[F](r) })
			worst = max(worst, m.compare(t, x, wellConditionedBound[F]()))
		}
		if *mahalanobisReport {
			t.Logf("%s: %.2g", constructor, worst)
		}
	}
}

// compare gives the largest relative error of the squared distances, which must not be above the bound.
func (m *distribution[F]) compare(t *testing.T, x Matrix[F], bound float64) (worst float64) {
	t.Helper()
	for i, d := range must(m.factor.SqMahalanobis(nil, x, Run{})) {
		_, exact := m.solveExactly(x.Row(i))
		e := relativeTo(float64(d), exact)
		if !(e <= bound) {
			t.Errorf("%s, d = %d, row %d: %v has relative error %.2g, above %.2g", m.constructor, x.Cols, i, d, e, bound)
		}
		worst = max(worst, e)
	}
	return worst
}

// For any factor, z is exact for a factor and a row that differ a little: each element of L by at most d+2 roundings, of x-μ by
// one. (Higham, Accuracy and Stability of Numerical Algorithms, theorem 8.5, and one rounding each for the inverse of the pivot and for the difference.)
func TestMahalanobisBackwardError(t *testing.T) {
	t.Run("f64", backwardError[float64])
	t.Run("f32", backwardError[float32])
}

func backwardError[F float](t *testing.T) {
	r := seed(t.Name())
	const bits = 400
	worst := 0.0
	for _, d := range oracleDims() {
		if d > 128 {
			break
		}
		for _, spread := range []int{0, 4, 12, 24} { // from well-conditioned to hopeless
			lower := wellConditioned[F](r, d)
			for i := range d {
				for j := range i {
					lower.Row(i)[j] *= power[F](r.below(spread/2 + 1))
				}
				lower.Row(i)[i] *= power[F](-r.below(spread + 1))
			}
			mean := filled(r, 1, d, balanced[F]).Data
			f, err := NewFactor(mean, lower)
			if err != nil {
				t.Fatal(err)
			}
			x := filled(r, 3, d, balanced[F])
			z := must(f.Whiten(Matrix[F]{}, x, Run{}))
			for row := range x.Rows {
				if !allFinite(z.Row(row)) {
					continue // beyond the largest number
				}
				for i := range d {
					residual := new(big.Float).SetPrec(bits).Sub(number(float64(x.Row(row)[i])), number(float64(mean[i])))
					size := abs(residual)
					for k := range i + 1 {
						p := new(big.Float).SetPrec(bits).Mul(number(float64(lower.Row(i)[k])), number(float64(z.Row(row)[k])))
						residual.Sub(residual, p)
						size.Add(size, p.Abs(p))
					}
					ratio, _ := quo(abs(residual), size).Float64()
					e := ratio / unitRoundoff[F]() / float64(d+2)
					worst = max(worst, e)
					if e > 1.0001 { // the squares of roundings
						t.Errorf("d = %d, element %d: the residual is %.3g times the bound", d, i, e)
					}
				}
			}
		}
	}
	if *mahalanobisReport {
		t.Logf("%.2g of the bound", worst)
	}
}

// conditioned makes the L, rounded to F, of a covariance H diag(λ) H with a reflection H = I - 2vvᵀ/vᵀv, of which the eigenvalues λ
// fall geometrically from 1 to 1/condition.
func conditioned[F float](r *rng, d, decades int) Matrix[F] {
	const bits = 200
	num := func(x float64) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(x) }
	prod := func(x ...*big.Float) *big.Float {
		p := num(1)
		for _, x := range x {
			p.Mul(p, x)
		}
		return p
	}
	v, lambda := make([]*big.Float, d), make([]*big.Float, d)
	length, weighted := num(0), num(0) // vᵀv, vᵀdiag(λ)v
	for i := range d {
		v[i] = num(float64(1 + r.below(1000)))
		// The powers of ten between are rounded to integers, the same everywhere.
		e := 0
		if d > 1 {
			e = decades * i / (d - 1)
		}
		lambda[i] = num(1)
		for range e {
			lambda[i].Quo(lambda[i], num(10))
		}
		length.Add(length, prod(v[i], v[i]))
		weighted.Add(weighted, prod(v[i], v[i], lambda[i]))
	}
	s := make([][]*big.Float, d)
	for i := range s {
		for j := range i + 1 {
			x := num(0)
			if i == j {
				x.Set(lambda[i])
			}
			vv := new(big.Float).SetPrec(bits).Quo(prod(num(2), v[i], v[j]), length)
			x.Sub(x, prod(vv, new(big.Float).SetPrec(bits).Add(lambda[i], lambda[j])))
			x.Add(x, prod(vv, num(2), new(big.Float).SetPrec(bits).Quo(weighted, length)))
			s[i] = append(s[i], x)
		}
	}
	// Cholesky, in place.
	for i := range s {
		for j := range i + 1 {
			for k := range j {
				s[i][j].Sub(s[i][j], prod(s[i][k], s[j][k]))
			}
			if i == j {
				s[i][i].Sqrt(s[i][i])
			} else {
				s[i][j].Quo(s[i][j], s[j][j])
			}
		}
	}
	lower := NewMatrix[F](d, d)
	for i := range s {
		for j := range i + 1 {
			x, _ := s[i][j].Float64()
			lower.Row(i)[j] = F(x)
		}
	}
	return lower
}

// Squared distances relative to the given L, of covariances that are ever closer to singular: of rows anywhere, and of rows as the
// distribution has them, x = μ + Lu, where all z are of a size. A rounding of x alone moves those distances by
// as much as the bound, which is a unit of rounding times the root of the condition number.
func TestMahalanobisIllConditioned(t *testing.T) {
	t.Run("f64", func(t *testing.T) {
		illConditioned[float64](t, 0, 2e-15)
		illConditioned[float64](t, 8, 1e-13)
		illConditioned[float64](t, 12, 1e-10)
	})
	t.Run("f32", func(t *testing.T) {
		illConditioned[float32](t, 0, 1e-6)
		illConditioned[float32](t, 4, 1e-5)
		illConditioned[float32](t, 8, 1e-4)
	})
}

func illConditioned[F float](t *testing.T, decades int, anywhere float64) {
	r := seed(t.Name() + fmt.Sprint(decades))
	drawn := max(wellConditionedBound[F](), math.Sqrt(math.Pow10(decades))*unitRoundoff[F]())
	worst, worstDrawn := 0.0, 0.0
	for _, d := range oracleDims() {
		if d > 64 {
			break
		}
		lower := conditioned[F](r, d, decades)
		mean := filled(r, 1, d, balanced[F]).Data
		m, err := newDistribution("NewFactor", mean, lower, NewMatrix[F](0, d))
		if err != nil {
			t.Fatal(err)
		}
		rows := 2 + 400/(d+10)
		worst = max(worst, m.compare(t, filled(r, rows, d, balanced[F]), anywhere))
		worstDrawn = max(worstDrawn, m.compare(t, m.draw(r, rows), drawn))
	}
	if *mahalanobisReport {
		t.Logf("condition 1e%d: %.2g, of drawn rows %.2g", decades, worst, worstDrawn)
	}
}

// draw makes rows μ + Lu.
func (m *distribution[F]) draw(r *rng, rows int) Matrix[F] {
	x := filled(r, rows, len(m.mean), func(*rng) F { return 0 })
	u := make([]F, len(m.mean))
	for i := range rows {
		for j := range u {
			u[j] = 2 * balanced[F](r)
			row := m.mean[j]
			for k := range j + 1 {
				row = fused(m.lower.Row(j)[k], u[k], row)
			}
			x.Row(i)[j] = row
		}
	}
	return x
}

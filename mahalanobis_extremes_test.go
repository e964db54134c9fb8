package relent

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"
)

// Every result that fits into F comes out, where a difference, a z, a square or a sum of squares does not: of rows, means and L
// of all sizes, against math/big.
func TestMahalanobisResultsThatFit(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", resultsThatFit[float64])
		t.Run("f32", resultsThatFit[float32])
	})
}

func resultsThatFit[F float](t *testing.T) {
	least, most := exponents[F]()
	r := seed("results that fit")
	for _, constructor := range constructors {
		for _, d := range []int{1, 3, 9, 40, 2, 5, 17}[:3+short(4)] {
			for _, far := range []int{least / 2, -50, 0, most / 2, most * 2 / 3, most - 8} { // of z
				for _, size := range []int{least / 2, 0, most/2 - 10} { // of L
					m := ofSize[F](t, r, constructor, d, size)
					at := far + size // of x and the mean
					if constructor == "NewPrecisionFactor" {
						at = far - size
					}
					if at < least+40 || at > most-2 {
						continue
					}
					x := filled(r, 5, d, func(r *rng) F { return balanced[F](r) * power[F](at) })
					for j := range m.mean {
						m.mean[j] = balanced[F](r) * power[F](at)
					}
					if at > most-4 {
						copy(x.Row(1), times(mostFinite[F](), d))
						m.mean[d-1] = -mostFinite[F]() // the difference overflows
					}
					var err error
					if m.factor, err = m.factor.WithMean(m.mean); err != nil {
						t.Fatal(err)
					}
					m.packed = m.factor.Centers(Matrix[F]{Rows: 1, Cols: d, Stride: d, Data: m.mean})
					m.requireAll(t, fmt.Sprintf("%s, d = %d, z about 2^%d, L about 2^%d", constructor, d, far, size), x)
				}
			}
		}
	}
}

func times[F float](x F, n int) []F { return slices.Repeat([]F{x}, n) }

// ofSize is a well-conditioned distribution of which L, or its inverse, is about 2^size.
func ofSize[F float](t *testing.T, r *rng, constructor string, d, size int) *distribution[F] {
	lower := wellConditioned[F](r, d)
	for i := range lower.Data {
		lower.Data[i] *= power[F](size)
	}
	m, err := newDistribution(constructor, make([]F, d), lower, NewMatrix[F](0, d))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// requireAll compares what all methods give for rows with exact values.
func (m *distribution[F]) requireAll(t *testing.T, what string, x Matrix[F]) {
	t.Helper()
	bound := 1e-13
	if !isFloat64[F]() {
		bound = 1e-5
	}
	half := func(sum *big.Float, logNorm F) *big.Float {
		return new(big.Float).Sub(big.NewFloat(float64(logNorm)), new(big.Float).Quo(sum, big.NewFloat(2)))
	}
	f, c, norm := m.factor, m.packed, F(-3)
	squares, roots, densities := must(f.SqMahalanobis(nil, x, Run{})), must(f.Mahalanobis(nil, x, Run{})), must(f.LogDensity(nil, x, norm, Run{}))
	whitened, solved := must(f.Whiten(Matrix[F]{}, x, Run{})), must(f.Solve(copyOf(x), x, Run{}))
	between, fromCentre := must(c.SqMahalanobis(Matrix[F]{}, x, Run{})), must(c.LogDensity(Matrix[F]{}, x, []F{norm}, Run{}))
	for i := range x.Rows {
		z, sum := m.solveExactly(x.Row(i))
		require := func(method string, got F, want *big.Float, size *big.Float) {
			t.Helper()
			if !comesOut(got, want, size, bound) {
				t.Errorf("%s: %s of row %d, %v from %v, is %v, not %.17g", what, method, i, x.Row(i), m.mean, got, want)
			}
		}
		root := new(big.Float).Sqrt(sum)
		require("SqMahalanobis", squares[i], sum, sum)
		require("Mahalanobis", roots[i], root, root)
		require("LogDensity", densities[i], half(sum, norm), half(sum, norm))
		require("Centers.SqMahalanobis", between.Row(0)[i], sum, sum)
		require("Centers.LogDensity", fromCentre.Row(0)[i], half(sum, norm), half(sum, norm))
		for j := range z {
			require("Whiten", whitened.Row(i)[j], z[j], root)
		}
		w := m.backwardExactly(z)
		for j := range w {
			require("Solve", solved.Row(i)[j], w[j], greatest(w))
		}
	}
}

// comesOut tells whether got is want within a bound of the size, or of F's least numbers, or infinite as that is.
func comesOut[F float](got F, want, size *big.Float, bound float64) bool {
	most := new(big.Float).Mul(big.NewFloat(float64(mostFinite[F]())), big.NewFloat(1-bound))
	if new(big.Float).Abs(want).Cmp(most) > 0 && math.IsInf(float64(got), want.Sign()) {
		return true
	}
	if !finite(float64(got)) {
		return false
	}
	least, _ := exponents[F]()
	allowed := new(big.Float).Mul(new(big.Float).Abs(size), big.NewFloat(bound))
	allowed.Add(allowed, new(big.Float).SetMantExp(big.NewFloat(1), least-mantissaBits[F]()+8))
	e := new(big.Float).Sub(big.NewFloat(float64(got)), want)
	return e.Abs(e).Cmp(allowed) <= 0
}

func greatest(x []*big.Float) *big.Float {
	most := new(big.Float)
	for _, v := range x {
		if v := new(big.Float).Abs(v); v.Cmp(most) > 0 {
			most = v
		}
	}
	return most
}

// backwardExactly is L⁻ᵀz.
func (m *distribution[F]) backwardExactly(z []*big.Float) []*big.Float {
	at := func(v F) *big.Float { return new(big.Float).SetPrec(200).SetFloat64(float64(v)) }
	w := make([]*big.Float, len(z))
	for i := len(z) - 1; i >= 0; i-- {
		pivot, v := at(m.lower.Row(i)[i]), new(big.Float).Set(z[i])
		if m.constructor == "NewPrecisionFactor" {
			v.Mul(v, pivot)
		}
		for k := i + 1; k < len(z) && m.constructor != "NewDiagonalFactor"; k++ {
			if m.constructor == "NewFactor" {
				v.Sub(v, new(big.Float).Mul(at(m.lower.Row(k)[i]), w[k]))
			} else {
				v.Add(v, new(big.Float).Mul(at(m.lower.Row(k)[i]), z[k]))
			}
		}
		if m.constructor != "NewPrecisionFactor" {
			v.Quo(v, pivot)
		}
		w[i] = v
	}
	return w
}

// Differences between elements of L, and between those of rows, are as large as F allows.
func TestMahalanobisUnequalScales(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, constructor := range constructors {
			lower := NewMatrix(3, 3, 0x1p1000, 0, 0, 0, 1, 0, 0, 0, 0x1p-1000)
			if constructor == "NewPrecisionFactor" {
				lower = NewMatrix(3, 3, 0x1p-1000, 0, 0, 0, 1, 0, 0, 0, 0x1p1000)
			}
			m, err := newDistribution(constructor, make([]float64, 3), lower, NewMatrix[float64](1, 3))
			if err != nil {
				t.Fatal(err)
			}
			x := NewMatrix(5, 3,
				3*0x1p1000, 4, 0,
				3*0x1p1000, 4, 12*0x1p-1000,
				3*0x1p400, 4*0x1p-600, 0, // z = (3, 4)·2^-600
				0, 3*0x1p600, 4*0x1p-400, // z = (0, 3, 4)·2^600
				0, 0, 0x1p-30, // z = (0, 0, 2^970)
			)
			want := []float64{5, 13, 5 * 0x1p-600, 5 * 0x1p600, 0x1p970}
			for i, got := range must(m.factor.Mahalanobis(nil, x, Run{})) {
				if got != want[i] {
					t.Errorf("%s: the distance of %v is %v, not %v", constructor, x.Row(i), got, want[i])
				}
			}
			inOrder(t, constructor, m, x)
		}
	})
}

// inOrder requires of finite rows that twice as far is twice the distance.
func inOrder(t *testing.T, what string, m *distribution[float64], x Matrix[float64]) {
	t.Helper()
	twice := copyOf(x)
	for i := range twice.Data {
		twice.Data[i] *= 2
	}
	near, far := must(m.factor.Mahalanobis(nil, x, Run{})), must(m.factor.Mahalanobis(nil, twice, Run{}))
	for i := range near {
		if far[i] != 2*near[i] {
			t.Errorf("%s: row %d is %v from the mean, and twice as far out %v", what, i, near[i], far[i])
		}
	}
}

// A distance from a mean is the same whatever the other rows and means are, and wherever the row stands, by any number of
// workers and on every instruction set: NaN for a NaN in the row, or a mean that is not finite; +Inf for an infinite row.
func TestCentersInAnyCompany(t *testing.T) {
	t.Run("f64", centersInAnyCompany[float64])
	t.Run("f32", centersInAnyCompany[float32])
}

func centersInAnyCompany[F float](t *testing.T) {
	r := seed(t.Name())
	_, most := exponents[F]()
	for _, constructor := range constructors {
		for _, d := range []int{1, 2, 3, 8, 9, 17} {
			m := ordinary[F](t, r, constructor, d)
			with := func(x F) []F {
				row := filled(r, 1, d, balanced[F]).Data
				row[r.below(d)] = x
				return row
			}
			points := [][]F{
				times(F(0), d), with(1), with(F(nan)), with(F(inf)), with(F(-inf)), times(F(nan), d), times(F(-inf), d),
				with(power[F](most / 2)), with(power[F](most - 1)), with(-mostFinite[F]()), times(mostFinite[F](), d), with(power[F](most * 2 / 3)),
			}
			if d > 1 {
				mixed := with(F(nan))
				mixed[slices.IndexFunc(mixed, func(x F) bool { return x == x })] = F(inf)
				points = append(points, mixed)
			}
			means := NewMatrix[F](len(points), d)
			for k, p := range points {
				copy(means.Row(k), p)
			}
			norms := logNorms[F](means.Rows)
			norms[1] = F(-inf) // of a component without weight
			all := m.factor.Centers(means)
			type pair struct{ square, density F }
			alone := withGeneric(func() (values [][]pair) {
				for k := range points {
					one := m.factor.Centers(means.Slice(k, k+1))
					values = append(values, nil)
					for _, p := range points {
						x := NewMatrix(1, d, p...)
						values[k] = append(values[k], pair{must(one.SqMahalanobis(Matrix[F]{}, x, Run{})).Data[0], must(one.LogDensity(Matrix[F]{}, x, norms[k:k+1], Run{})).Data[0]})
					}
				}
				return values
			})
			for k, mean := range points {
				for i, x := range points {
					if got := alone[k][i].square; !allFinite(mean) && got == got || allFinite(mean) && !allFinite(x) && toBits(got) != toBits(distanceOfUnbounded(x)) || allFinite(mean) && allFinite(x) && got != got {
						t.Errorf("%s: %v is %v from %v", constructor, x, got, mean)
					}
					if got := alone[k][i].density; allFinite(mean) && slices.Contains(x, F(inf)) && !slices.ContainsFunc(x, func(v F) bool { return v != v }) && got != F(-inf) {
						t.Errorf("%s: the density of %v about %v is %v", constructor, x, mean, got)
					}
				}
			}
			eachISA(t, func(t *testing.T) {
				for range short(16) {
					which := make([]int, 1+r.below(200))
					x := NewMatrix[F](len(which), d)
					for i := range which {
						if r.below(3) == 0 {
							which[i] = r.below(len(points))
						}
						copy(x.Row(i), points[which[i]])
					}
					workers := 1 + r.below(3)
					squares, densities := must(all.SqMahalanobis(Matrix[F]{}, x, Run{Workers: workers})), must(all.LogDensity(Matrix[F]{}, x, norms, Run{Workers: workers}))
					for k := range points {
						for i, p := range which {
							want := alone[k][p]
							if got := (pair{squares.Row(k)[i], densities.Row(k)[i]}); toBits(got.square) != toBits(want.square) || toBits(got.density) != toBits(want.density) {
								t.Errorf("%s, d = %d: row %d of %d, %v, from %v: %v, alone %v", constructor, d, i, len(which), points[p], points[k], got, want)
								return
							}
						}
					}
				}
			})
		}
	}
}

// Rows that are far out take no memory, once there are the buffers.
func TestFarRowsDoNotAllocate(t *testing.T) {
	for _, constructor := range constructors {
		m := ordinary[float64](t, seed(t.Name()), constructor, 9)
		x := filled(seed(t.Name()), 50, 9, func(*rng) float64 { return 1e200 })
		x.Data[100], x.Data[200] = inf, nan
		dst, rows, between := make([]float64, 50), NewMatrix[float64](50, 9), NewMatrix[float64](m.centers.Rows, 50)
		for name, call := range map[string]func(){
			"SqMahalanobis":         func() { m.factor.SqMahalanobis(dst, x, Run{}) },
			"Mahalanobis":           func() { m.factor.Mahalanobis(dst, x, Run{}) },
			"LogDensity":            func() { m.factor.LogDensity(dst, x, 0, Run{}) },
			"Whiten":                func() { m.factor.Whiten(rows, x, Run{}) },
			"Solve":                 func() { m.factor.Solve(rows, x, Run{}) },
			"Centers.SqMahalanobis": func() { m.packed.SqMahalanobis(between, x, Run{}) },
		} {
			if n := testing.AllocsPerRun(10, call); n != 0 {
				t.Errorf("%s, %s: %v allocations", constructor, name, n)
			}
		}
	}
}

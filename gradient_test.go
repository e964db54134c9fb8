package relent

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// An exactGradient is the derivatives of a measure's terms, each a sum of terms of its own; of a measure that is a function of the sum, the
// function and its slope.
type exactGradient struct {
	term   func(p, q *big.Float) *big.Float
	dp, dq func(p, q *big.Float) []*big.Float
	value  func(sum *big.Float) *big.Float // nil: the sum
	slope  func(sum *big.Float) *big.Float
	unit   bool // of probabilities of success
}

func terms(x ...*big.Float) []*big.Float { return x }

// logWithLimits is log(a/b), infinite where one of them is 0.
func logWithLimits(a, b *big.Float) *big.Float {
	switch {
	case a.Sign() == 0:
		return new(big.Float).SetInf(true)
	case b.Sign() == 0:
		return infinite()
	}
	return logRatio(a, b)
}

// over is a/b, infinite where b is 0.
func over(a, b *big.Float) *big.Float {
	if b.Sign() == 0 {
		return new(big.Float).SetInf(a.Sign() < 0)
	}
	return quo(a, b)
}

type derivative = func(p, q *big.Float) []*big.Float

func swapped(f derivative) derivative {
	return func(p, q *big.Float) []*big.Float { return f(q, p) }
}

// exactGradients has a row for each measure.
func exactGradients() map[Measure]exactGradient {
	one := number(1)
	minusRatio := func(p, q *big.Float) []*big.Float { return terms(neg(over(p, q))) }
	overMean := func(p, q *big.Float) []*big.Float { return terms(half(logWithLimits(p, half(add(p, q))))) }
	jeffreys := func(p, q *big.Float) []*big.Float { return terms(logWithLimits(p, q), over(sub(p, q), p)) }
	roots := func(p, q *big.Float) []*big.Float {
		return terms(half(over(quo(sub(p, q), add(sqrt(p), sqrt(q))), sqrt(p))))
	}
	otherRoot := func(p, q *big.Float) []*big.Float {
		if q.Sign() == 0 {
			return terms(number(0))
		}
		return terms(half(over(sqrt(q), sqrt(p))))
	}
	sign := func(p, q *big.Float) []*big.Float { return terms(number(0.5 * float64(p.Cmp(q)))) }
	perVariance := func(p, q *big.Float) []*big.Float { return terms(over(over(sub(q, p), q), complement(q))) }
	halfRoot := func(sum *big.Float) *big.Float { return quo(number(0.5), sqrt(sum)) }
	return map[Measure]exactGradient{
		MeasureKullbackLeibler: {term: exactKL, dq: minusRatio,
			dp: func(p, q *big.Float) []*big.Float { return terms(logWithLimits(p, q), one) }},
		MeasureGeneralizedKullbackLeibler: {term: exactGeneralizedKL,
			dp: func(p, q *big.Float) []*big.Float { return terms(logWithLimits(p, q)) },
			dq: func(p, q *big.Float) []*big.Float { return terms(over(sub(q, p), q)) }},
		MeasureEntropy: {term: exactEntropy,
			dp: func(p, _ *big.Float) []*big.Float { return terms(logWithLimits(one, p), neg(one)) }},
		MeasureCrossEntropy: {term: exactCrossEntropy, dq: minusRatio,
			dp: func(_, q *big.Float) []*big.Float { return terms(logWithLimits(one, q)) }},
		MeasureJensenShannon:         {term: exactJensenShannon, dp: overMean, dq: swapped(overMean)},
		MeasureJensenShannonDistance: {term: exactJensenShannon, dp: overMean, dq: swapped(overMean), value: sqrt, slope: halfRoot},
		MeasureJeffreys:              {term: exactJeffreys, dp: jeffreys, dq: swapped(jeffreys)},
		MeasureHellinger:             {term: exactHellinger, dp: roots, dq: swapped(roots), value: sqrt, slope: halfRoot},
		MeasureBhattacharyya: {dp: otherRoot, dq: swapped(otherRoot),
			term:  func(p, q *big.Float) *big.Float { return mul(sqrt(p), sqrt(q)) },
			value: func(sum *big.Float) *big.Float { return logWithLimits(one, sum) },
			slope: func(sum *big.Float) *big.Float { return neg(over(one, sum)) }},
		MeasureTotalVariation: {term: exactTotalVariation, dp: sign, dq: swapped(sign)},
		MeasureChiSquare: {term: exactChiSquare,
			dp: func(p, q *big.Float) []*big.Float { return terms(over(mul(number(2), sub(p, q)), q)) },
			dq: func(p, q *big.Float) []*big.Float { return terms(over(mul(over(sub(q, p), q), add(p, q)), q)) }},
		MeasureBinaryEntropy: {term: exactBinaryEntropy, unit: true,
			dp: func(p, _ *big.Float) []*big.Float { return terms(logWithLimits(complement(p), p)) }},
		MeasureBinaryCrossEntropy: {term: exactBinaryCrossEntropy, unit: true, dq: perVariance,
			dp: func(_, q *big.Float) []*big.Float { return terms(logWithLimits(complement(q), q)) }},
		MeasureBinaryKullbackLeibler: {term: exactBinaryKL, unit: true, dq: perVariance,
			dp: func(p, q *big.Float) []*big.Float {
				return terms(logWithLimits(p, q), neg(logWithLimits(complement(p), complement(q))))
			}},
	}
}

// exactGradientOf is the row of a measure.
func exactGradientOf(t testing.TB, m Measure) exactGradient {
	g, ok := exactGradients()[m]
	if !ok || m.ofOne() != (g.dq == nil) {
		t.Fatalf("%v: no exact gradient, or one of another number of vectors", m)
	}
	return g
}

// valid tells whether the measure is defined for an element.
func (g exactGradient) valid(x float64) bool {
	return x >= 0 && x <= math.MaxFloat64 && (!g.unit || x <= 1)
}

// allValid tells whether it is for all.
func allValid[F float](g exactGradient, x []F) bool {
	return !slices.ContainsFunc(x, func(x F) bool { return !g.valid(float64(x)) })
}

// constant tells where the derivatives are 0 by convention.
func (g exactGradient) constant(p, q float64) bool { return p == q && (p == 0 || g.unit && p == 1) }

// exactly is the measure, before the function of the sum.
func (g exactGradient) exactly(p, q []*big.Float) *big.Float {
	sum := number(0)
	for i := range p {
		sum = add(sum, g.term(p[i], q[i]))
	}
	return sum
}

func bigs[F float](x []F) (list []*big.Float) {
	for _, v := range x {
		list = append(list, number(float64(v)))
	}
	return list
}

// slopeAt is that of the whole measure: 1 for a sum, 0 for a distance that is, or comes out, 0.
func slopeAt[F float](g exactGradient, m Measure, p, q []F) *big.Float {
	if g.slope == nil || !allValid(g, p) || !allValid(g, q) {
		return number(1)
	}
	if m != MeasureBhattacharyya && measureOf(m, p, q) == 0 {
		return number(0)
	}
	return g.slope(g.exactly(bigs(p), bigs(q)))
}

// timesSlope is x·slope, 0 where x is.
func timesSlope(x, slope *big.Float) *big.Float {
	if x.Sign() == 0 || slope.Sign() == 0 {
		return number(0)
	}
	return mul(x, slope)
}

// gradientError is the error of a derivative relative to the sizes of its terms, beyond what is granted near underflow.
func gradientError[F float](got F, sum, size *big.Float, bound float64) float64 {
	if got != got {
		return math.Inf(1)
	}
	if sum.IsInf() || math.IsInf(float64(got), 0) {
		most := number(float64(fromBits[F](infinityBits[F]()-1)) * (1 - bound))
		if math.IsInf(float64(got), sum.Sign()) && abs(sum).Cmp(most) >= 0 {
			return 0
		}
		return math.Inf(1)
	}
	difference := sub(abs(sub(number(float64(got)), sum)), number(4*leastUnit[F]()))
	if difference.Sign() <= 0 {
		return 0
	}
	ratio, _ := quo(difference, size).Float64()
	return ratio
}

// Derivatives are within the documented bound of the exact ones, and NaN where there are none.
func TestGradientOracle(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		largest := worst{}
		gradientOracle[float64](t, largest)
		gradientOracle[float32](t, largest)
		largest.log(t)
	})
}

func gradientOracle[F float](t *testing.T, largest worst) {
	r := seed("gradient oracle")
	for _, kind := range families[F]() {
		for range max(1, short(16)) {
			p, q := pairs(r, 1+r.below(12), kind.pair)
			for _, m := range allMeasures() {
				checkGradient(t, largest, m, kind.name, p, q)
			}
		}
	}
}

func checkGradient[F float](t *testing.T, largest worst, m Measure, kind string, p, q []F) {
	t.Helper()
	g := exactGradientOf(t, m)
	dp, dq := make([]F, len(p)), make([]F, len(q))
	if m.ofOne() {
		q, dq = p, nil
	}
	if got, want := Gradient(dp, dq, m, p, q), measureOf(m, p, q); math.Float64bits(got) != math.Float64bits(want) {
		t.Errorf("%v of %d %s: %x, not %x", m, len(p), kind, got, want)
	}
	whole := g.slope == nil || allValid(g, p) && allValid(g, q)
	slope, bound := slopeAt(g, m, p, q), errorBound[F](len(p))
	for side, d := range [][]F{dp, dq} {
		for i, got := range d {
			x, y := float64(p[i]), float64(q[i])
			if !whole || !g.valid(x) || !g.valid(y) {
				if got == got {
					t.Errorf("%v of %d %s, side %d: %x, %x gives %v, not NaN", m, len(p), kind, side, x, y, got)
				}
				continue
			}
			sum, size := number(0), number(0)
			if m.ofOne() || !g.constant(x, y) {
				for _, term := range []derivative{g.dp, g.dq}[side](number(x), number(y)) {
					term = timesSlope(term, slope)
					sum, size = add(sum, term), add(size, abs(term))
				}
			}
			e := gradientError(got, sum, size, bound)
			if e > bound || got == 0 && math.Signbit(float64(got)) && sum.Sign() >= 0 {
				t.Errorf("%v of %d %s, side %d: %x, %x gives %v, want %.20g: relative error %.3g", m, len(p), kind, side, x, y, got, sum, e)
			}
			key := fmt.Sprintf("%T %v", got, m)
			largest[key] = max(largest[key], e)
		}
	}
}

// The factor of roots and of logarithms has its digits also where the sum has lost them to terms that are subnormal.
func TestGradientOfSmallElements(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", gradientOfSmall[float64])
		t.Run("f32", gradientOfSmall[float32])
	})
}

func gradientOfSmall[F float](t *testing.T) {
	r := seed("gradient of small elements")
	unit := leastUnit[F]()
	for range short(32) {
		n := 1 + r.below(2*chunk/16)
		most := 1 + r.below(1<<r.below(31))
		large := r.below(2) == 0 // an element that is equal, or meets a 0
		p, q := pairs(r, n, func(r *rng) (p, q F) {
			return F(unit * float64(r.below(most))), F(unit * float64(r.below(most)))
		})
		for _, m := range allMeasures() {
			checkGradient(t, worst{}, m, "small", p, q)
			if large {
				x, y := slices.Clone(p), slices.Clone(q)
				x[0], y[0] = 1, choose[F](m == MeasureBhattacharyya, 0, 1)
				checkGradient(t, worst{}, m, "small but one", x, y)
			}
		}
	}
}

// The formulas are the slopes of the measures: differences at high precision, and Euler's identity Σ p·∂p + q·∂q = degree · measure.
func TestGradientFormulas(t *testing.T) {
	r := seed(t.Name())
	for _, m := range allMeasures() {
		g := exactGradientOf(t, m)
		for range 5 {
			x, y := pairs(r, 3, func(r *rng) (p, q float64) { return 0.01 + 0.9*unit[float64](r), 0.01 + 0.9*unit[float64](r) })
			p, q := bigs(x), bigs(y)
			value := func() *big.Float {
				sum := g.exactly(p, q)
				if g.value == nil {
					return sum
				}
				return g.value(sum)
			}
			slope, euler := number(1), number(0)
			if g.slope != nil {
				slope = g.slope(g.exactly(p, q))
			}
			for i := range p {
				for side, of := range []derivative{g.dp, g.dq} {
					if of == nil {
						continue
					}
					want := number(0)
					for _, term := range of(p[i], q[i]) {
						want = add(want, timesSlope(term, slope))
					}
					at := [][]*big.Float{p, q}[side]
					middle := at[i]
					euler = add(euler, mul(middle, want))
					h := number(0x1p-60)
					at[i] = add(middle, h)
					above := value()
					at[i] = sub(middle, h)
					got := quo(sub(above, value()), mul(number(2), h))
					at[i] = middle
					if e, _ := quo(sub(got, want), add(abs(want), number(1))).Float64(); math.Abs(e) > 0x1p-90 {
						t.Errorf("%v of %v, %v: element %d of side %d has the slope %.20g, not %.20g", m, x, y, i, side, got, want)
					}
				}
			}
			if degree := m.traits().degree; degree > 0 {
				if e, _ := sub(euler, mul(number(degree), value())).Float64(); math.Abs(e) > 0x1p-90 {
					t.Errorf("%v of %v, %v: Euler's sum is off by %v", m, x, y, e)
				}
			}
		}
	}
}

// Euler's identity for what is computed: Σ p·∂p + q·∂q is the measure times its degree, -1 of Bhattacharyya.
func TestGradientEuler(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", gradientEuler[float64])
		t.Run("f32", gradientEuler[float32])
	})
}

func gradientEuler[F float](t *testing.T) {
	r := seed(t.Name())
	for range short(80) {
		n := 1 + r.below(2*chunk)
		p, q := pairs(r, n, func(r *rng) (p, q F) { return unit[F](r) + 0x1p-20, unit[F](r) + 0x1p-20 })
		dp, dq := make([]F, n), make([]F, n)
		for _, m := range allMeasures() {
			degree := m.traits().degree
			if degree == 0 && m != MeasureBhattacharyya {
				continue
			}
			want := number(degree * Gradient(dp, dq, m, p, q))
			if m == MeasureBhattacharyya {
				want = number(-1)
			}
			sum, size := number(0), abs(want)
			for i := range p {
				for _, x := range []*big.Float{mul(number(float64(p[i])), number(float64(dp[i]))), mul(number(float64(q[i])), number(float64(dq[i])))} {
					sum, size = add(sum, x), add(size, abs(x))
				}
			}
			if e, _ := quo(sub(sum, want), size).Float64(); math.Abs(e) > errorBound[F](n) {
				t.Errorf("%v of %d: Σ p·∂p + q·∂q is %g, not %g", m, n, sum, want)
			}
		}
	}
}

// The derivatives at zeros, and at certain outcomes.
func TestGradientSpecial(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", gradientSpecial[float64])
		t.Run("f32", gradientSpecial[float32])
	})
}

func gradientSpecial[F float](t *testing.T) {
	inf := math.Inf(1)
	type want struct{ dp, dq float64 }
	table := map[Measure]struct{ noP, noQ, neither want }{ // of (0, ½), (½, 0), (0, 0)
		MeasureKullbackLeibler:            {want{-inf, 0}, want{inf, -inf}, want{}},
		MeasureGeneralizedKullbackLeibler: {want{-inf, 1}, want{inf, -inf}, want{}},
		MeasureEntropy:                    {want{dp: inf}, want{dp: math.Ln2 - 1}, want{dp: inf}},
		MeasureCrossEntropy:               {want{math.Ln2, 0}, want{inf, -inf}, want{}},
		MeasureJensenShannon:              {want{-inf, math.Ln2 / 2}, want{math.Ln2 / 2, -inf}, want{}},
		MeasureJensenShannonDistance: {want{-inf, math.Ln2 / 4 / math.Sqrt(math.Ln2/4)}, want{math.Ln2 / 4 / math.Sqrt(math.Ln2/4), -inf},
			want{}},
		MeasureJeffreys:              {want{-inf, inf}, want{inf, -inf}, want{}},
		MeasureHellinger:             {want{-inf, 0.5}, want{0.5, -inf}, want{}},
		MeasureBhattacharyya:         {want{-inf, 0}, want{0, -inf}, want{}},
		MeasureTotalVariation:        {want{-0.5, 0.5}, want{0.5, -0.5}, want{}},
		MeasureChiSquare:             {want{-2, 1}, want{inf, -inf}, want{}},
		MeasureBinaryEntropy:         {want{dp: inf}, want{}, want{dp: inf}},
		MeasureBinaryCrossEntropy:    {want{0, 2}, want{inf, -inf}, want{}},
		MeasureBinaryKullbackLeibler: {want{-inf, 2}, want{inf, -inf}, want{}},
	}
	for _, m := range allMeasures() {
		row, ok := table[m]
		if !ok {
			t.Errorf("%v is not tested", m)
		}
		for _, negative := range []bool{false, true} {
			zero := F(0)
			if negative {
				zero = F(math.Copysign(0, -1))
			}
			for i, want := range []want{row.noP, row.noQ, row.neither} {
				p, q := [][]F{{zero}, {0.5}, {zero}}[i], [][]F{{0.5}, {zero}, {zero}}[i]
				var dp, dq [1]F
				other := dq[:]
				if m.ofOne() {
					other, q = nil, nil
				}
				Gradient(dp[:], other, m, p, q)
				for side, pair := range [][2]float64{{float64(dp[0]), want.dp}, {float64(dq[0]), want.dq}} {
					got, want := pair[0], pair[1]
					near := math.Abs(got-want) <= errorBound[F](1)*math.Abs(want) || got == want
					if !near || got == 0 && math.Signbit(got) {
						t.Errorf("%v of %v, %v, side %d: %v, want %v", m, p, q, side, got, want)
					}
				}
			}
		}
		if m.ofOne() {
			continue
		}
		for _, x := range []F{0, F(math.Copysign(0, -1)), 0.3, 1, fromBits[F](1)} { // the same on both sides
			p, q, dp, dq := []F{0.25, x, 0.5}, []F{0.25, x, 0.5}, make([]F, 3), make([]F, 3)
			Gradient(dp, dq, m, p, q)
			switch m {
			case MeasureKullbackLeibler, MeasureCrossEntropy, MeasureBinaryCrossEntropy, MeasureBhattacharyya:
			default:
				for i := range dp {
					if toBits(dp[i]) != 0 || toBits(dq[i]) != 0 {
						t.Errorf("%v of equal %v: %v, %v", m, p, dp, dq)
					}
				}
			}
		}
	}
}

// Derivatives may take the place of p and q, either way, or be left out; the reversed measure has them the other way round.
func TestGradientForms(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", gradientForms[float64])
		t.Run("f32", gradientForms[float32])
	})
}

func gradientForms[F float](t *testing.T) {
	r := seed(t.Name())
	kinds := families[F]()
	for _, n := range []int{0, 1, 5, 33, chunk, chunk + 1, 3*chunk + 7} {
		for _, kind := range []family[F]{kinds[0], kinds[1], kinds[r.below(len(kinds))]} {
			p, q := pairs(r, n, kind.pair)
			for _, m := range allMeasures() {
				dp, dq := make([]F, n), make([]F, n)
				if m.ofOne() {
					dq, q = nil, p
				}
				value := Gradient(dp, dq, m, p, q)
				check := func(what string, got float64, gotP, gotQ []F) {
					t.Helper()
					requireSame(t, m.String(), what, got, value)
					if gotP != nil {
						agreeAll(t, m.String()+what+" by p", gotP, dp)
					}
					if gotQ != nil {
						agreeAll(t, m.String()+what+" by q", gotQ, dq)
					}
				}
				x, y := slices.Clone(p), slices.Clone(q)
				if m.ofOne() {
					check(" in place", Gradient(x, nil, m, x, nil), x, nil)
					check(" reversed", Gradient(nil, y, m.Reversed(), nil, y), y, nil)
					continue
				}
				check(" in place", Gradient(x, y, m, x, y), x, y)
				x, y = slices.Clone(p), slices.Clone(q)
				check(" crosswise", Gradient(y, x, m, x, y), y, x)
				x, y = make([]F, n), make([]F, n)
				check(" by one", Gradient(x, nil, m, p, q), x, nil)
				check(" by the other", Gradient(nil, y, m, p, q), nil, y)
				check(" by none", Gradient(nil, nil, m, p, q), nil, nil)
				x, y = make([]F, n), make([]F, n)
				check(" reversed", Gradient(y, x, m.Reversed(), q, p), x, y)
			}
		}
	}
}

// Rows of every kind have the bits of each pair alone, for any number of goroutines.
func TestGradientRows(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", gradientRows[float64])
		t.Run("f32", gradientRows[float32])
	})
}

func gradientRows[F float](t *testing.T) {
	r := seed(t.Name())
	const rows, cols = 40, 37
	p, q := randomMatrices[F](r, rows, cols, cols+3)
	for i := range rows {
		for j := range cols {
			if r.below(2) == 0 {
				p.Row(i)[j] = 0
			}
		}
	}
	v := Vector[F](q.Row(3))
	every := NewMatrix(rows, cols, slices.Repeat(v, rows)...)
	sparse := sparseOf[F, int32](t, r, p)
	ragged, null := raggedOf[F, int64](t, r, p, true)
	some := func(i int) bool { return !null[i] }
	all := func(int) bool { return true }
	for _, m := range everyMeasure() {
		gradientRowsAgree(t, m, p, q, p, q, all)
		gradientRowsAgree(t, m, sparse, q, p, q, all)
		gradientRowsAgree(t, m, q, sparse, q, p, all)
		gradientRowsAgree(t, m, sparse, sparse, p, p, all)
		gradientRowsAgree(t, m, ragged, ragged, p, p, some)
		if !m.ofOne() {
			gradientRowsAgree(t, m, ragged, q, p, q, some)
			gradientRowsAgree(t, m, sparse, ragged, p, p, some)
			gradientRowsAgree(t, m, v, p, every, p, all)
			gradientRowsAgree(t, m, ragged, v, p, every, some)
		}
	}
}

// gradientRowsAgree compares with the rows as dense ones, those that are there.
func gradientRowsAgree[F float, P, Q Rows[F]](t *testing.T, m Measure, p P, q Q, densePs, denseQs Matrix[F], there func(i int) bool) {
	t.Helper()
	dense, wanted := [2]Matrix[F]{densePs, denseQs}, [2]bool{true, true}
	if m.ofOne() {
		other := 1
		if m > m.Reversed() {
			other = 0
		}
		dense[other], wanted[other] = dense[1-other], false
	}
	rows, cols := densePs.Rows, densePs.Cols
	for _, run := range []Run{{}, {Workers: 3}} {
		var d [2]Matrix[F]
		for side := range d {
			if wanted[side] {
				d[side] = NewMatrix(rows, cols, slices.Repeat([]F{7}, rows*cols)...)
			}
		}
		values, err := RunGradientRows(run, make([]float64, rows), d[0], d[1], m, p, q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			want, value := [2][]F{}, math.NaN()
			for side := range want {
				if wanted[side] {
					want[side] = make([]F, cols)
				}
			}
			if there(i) {
				value = Gradient(want[0], want[1], m, dense[0].Row(i), dense[1].Row(i))
			}
			requireSame(t, m.String(), "a row", values[i], value)
			for side := range want {
				if wanted[side] {
					agreeAll(t, fmt.Sprintf("%v of %T and %T, row %d, side %d", m, p, q, i, side), d[side].Row(i), want[side])
				}
			}
		}
	}
}

// Ragged rows of unlike lengths have zeros past their ends, and rows that are null zeros only; shares are expanded.
func TestGradientRowsOfOtherKinds(t *testing.T) {
	ragged, err := NewRagged([]float64{0.5, 0.25, 0.25, 0.75, 0.5, 0.5}, []int32{0, 3, 5, 6}, []byte{0b101}, 0)
	if err != nil {
		t.Fatal(err)
	}
	d := NewMatrix(3, 3, slices.Repeat([]float64{7}, 9)...)
	values := GradientRows(nil, d, Matrix[float64]{}, MeasureEntropy, ragged, ragged)
	want := NewMatrix[float64](3, 3)
	Gradient(want.Row(0), nil, MeasureEntropy, []float64{0.5, 0.25, 0.25}, nil)
	Gradient(want.Row(2)[:1], nil, MeasureEntropy, []float64{0.5}, nil)
	if !slices.Equal(d.Data, want.Data) || !math.IsNaN(values[1]) || values[0] != 1.5*math.Ln2 {
		t.Errorf("%v, %v, not %v", values, d.Data, want.Data)
	}

	counts := NewMatrix(2, 2, 1, 3, 2, 2)
	reference := Vector[float64]{0.5, 0.5}
	dp, dq := NewMatrix[float64](2, 2), NewMatrix[float64](2, 2)
	GradientRows(nil, dp, dq, MeasureKullbackLeibler, counts.Shares(Strict), reference)
	for i, shares := range [][]float64{{0.25, 0.75}, {0.5, 0.5}} {
		x, y := make([]float64, 2), make([]float64, 2)
		Gradient(x, y, MeasureKullbackLeibler, shares, reference)
		if !slices.Equal(dp.Row(i), x) || !slices.Equal(dq.Row(i), y) {
			t.Errorf("row %d: %v and %v, not %v and %v", i, dp.Row(i), dq.Row(i), x, y)
		}
	}
}

// What is refused leaves everything as it was.
func TestGradientRefuses(t *testing.T) {
	p, q := []float64{0.5, 0.5}, []float64{0.25, 0.75}
	d, wrong := []float64{7, 7}, []float64{7}
	m := NewMatrix(2, 2, 0.5, 0.5, 0.25, 0.75)
	none := Matrix[float64]{}
	for want, call := range map[string]func(){
		"relent: Gradient: lengths 2 and 1":                     func() { Gradient(d, d, MeasureHellinger, p, q[:1]) },
		"relent: Gradient: dp has 1 elements, the result has 2": func() { Gradient(wrong, d, MeasureHellinger, p, q) },
		"relent: Gradient: dq has 1 elements, the result has 2": func() { Gradient(d, wrong, MeasureHellinger.Reversed(), p, q) },
		"no second vector":                            func() { Gradient(d, d, MeasureEntropy, p, q) },
		"unknown":                                     func() { Gradient(d, d, 99, p, q) },
		"dp is 2×2, the result 1×2":                   func() { GradientRows(nil, m, none, MeasureHellinger, m.Slice(0, 1), m.Slice(0, 1)) },
		"dq is 2×2, the result 1×2":                   func() { GradientRows(nil, none, m, MeasureChiSquare.Reversed(), m.Slice(0, 1), m.Slice(0, 1)) },
		"relent: GradientRows: p has 2 rows":          func() { GradientRows(nil, none, none, MeasureHellinger, m, m.Slice(0, 1)) },
		"there is no second vector for BinaryEntropy": func() { GradientRows(nil, none, m, MeasureBinaryEntropy, m, m) },
	} {
		func() {
			defer func() {
				if message := fmt.Sprint(recover()); !strings.Contains(message, want) {
					t.Errorf("%q, not %q", message, want)
				}
			}()
			call()
		}()
	}
	if d[0] != 7 || d[1] != 7 || wrong[0] != 7 || m.Data[0] != 0.5 || m.Data[3] != 0.75 {
		t.Errorf("dst has become %v, %v", d, wrong)
	}
}

// No rows are allocated for derivatives.
func TestGradientRowsAllocateNothing(t *testing.T) {
	r := seed(t.Name())
	p, q := randomMatrices[float64](r, 5, chunk+3, chunk+3)
	sparse := sparseOf[float64, int64](t, r, p)
	dp, dq, dst := NewMatrix[float64](5, chunk+3), NewMatrix[float64](5, chunk+3), make([]float64, 5)
	for _, m := range measuresOfTwo() {
		calls := []func(){
			func() { GradientRows(dst, dp, dq, m, p, q) },
			func() { GradientRows(dst, dp, Matrix[float64]{}, m, sparse, q) },
			func() { GradientRows(dst, dp, dq, m, Vector[float64](p.Row(0)), q) },
		}
		for i, call := range calls {
			call()
			if n := testing.AllocsPerRun(5, call); n != 0 && !racing {
				t.Errorf("%v, call %d: %v allocations", m, i, n)
			}
		}
	}
}

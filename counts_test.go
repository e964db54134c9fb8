package relent

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"
)

// scaledEntry is a row of the generated list: a reduction of a chunk with a model's numbers, and the same in plain Go.
type scaledEntry struct {
	name         string
	ordinary     bool // the elements must be
	sum, generic func(m *numbers, x ...[]float64) float64
}

func wrapScaled1(f func(p []float64, m *numbers) float64) func(m *numbers, x ...[]float64) float64 {
	return func(m *numbers, x ...[]float64) float64 { return f(x[0], m) }
}

func wrapScaled2(f func(p, q []float64, m *numbers) float64) func(m *numbers, x ...[]float64) float64 {
	return func(m *numbers, x ...[]float64) float64 { return f(x[0], x[1], m) }
}

func TestAgreeOnShares(t *testing.T) {
	eachAssembly(t, func(t *testing.T) {
		r := seed("shares")
		for _, kind := range families[float64]() {
			for _, n := range agreeLengths() {
				if n == 0 || n > chunk {
					continue
				}
				p, q := pairs(r, n, kind.pair)
				x := [][2][]float64{{p, q}, {placed(p, r.below(8)), placed(q, 1+r.below(31))}}
				var m numbers
				m.set(0, wide[float64](r, -3, 3))
				m.set(1, wide[float64](r, -3, 3))
				ordinary := isOrdinary(p, q)
				for _, k := range scaledList {
					if k.ordinary && !ordinary {
						continue
					}
					want := k.generic(&m, p, q)
					for _, x := range x {
						if got := k.sum(&m, x[0], x[1]); !same(got, want) {
							t.Fatalf("%s of %d %s: %x, generic %x", k.name, n, kind.name, got, want)
						}
					}
				}
				agreeTally(t, kind.name, p, q)
			}
		}
	})
}

// isOrdinary tells whether elements are what texts without guards are for.
func isOrdinary(p, q []float64) bool {
	t := totalsOf(p, q)
	return t.positive() && t.quick()
}

func agreeTally(t *testing.T, kind string, p, q []float64) {
	got, want := totalsOf(p, q), withGeneric(func() totals { return totalsOf(p, q) })
	for side, sum := range want.sums {
		if !same(got.sums[side], sum) || sum == sum && got.least[side] != want.least[side] || got.signed != want.signed {
			t.Errorf("side %d of %d %s: %v, generic %v", side, len(p), kind, got, want)
		}
	}
}

// A shareMeasure is one that counts have, with the exact form of its terms.
type shareMeasure struct {
	Measure
	term func(p, q *big.Float) *big.Float
	root bool
}

// shareMeasures are those of two vectors that are declared to be measures of shares.
var shareMeasures = func() (list []shareMeasure) {
	terms := map[string]measure[float64]{"Bhattacharyya": {term: func(p, q *big.Float) *big.Float { return sqrt(mul(p, q)) }}}
	for _, m := range measures[float64]() {
		terms[m.name] = m
	}
	for _, m := range allMeasures() {
		if !m.ofOne() && m.traits().shares.form != notOfShares {
			exact, ok := terms[m.String()]
			if !ok {
				panic(fmt.Sprintf("there is no exact form of %v", m))
			}
			list = append(list, shareMeasure{m, exact.term, exact.root})
		}
	}
	return list
}()

// exactTotal is the sum of counts.
func exactTotal[C Number](x []C) *big.Float {
	sum := number(0)
	for _, c := range x {
		sum = add(sum, number(float64(c)))
	}
	return sum
}

// exactOnShares is the sum of the terms of the shares.
func exactOnShares[C Number](term func(p, q *big.Float) *big.Float, p, q []C) *big.Float {
	sum, totalP, totalQ := number(0), exactTotal(p), exactTotal(q)
	for i := range p {
		sum = add(sum, term(quo(number(float64(p[i])), totalP), quo(number(float64(q[i])), totalQ)))
	}
	return sum
}

// countErrors compares every measure with the exact shares; beside the bound a result may be off by slack.
func countErrors[C Number](t *testing.T, what string, p, q []C, slack float64) {
	t.Helper()
	for _, m := range shareMeasures {
		got, touched := BetweenCounts(m.Measure, p, q, Strict)
		if touched != (Touched{}) {
			t.Errorf("%s: %v touched", what, touched)
		}
		want, value, share := exactOnShares(m.term, p, q), number(got), 1.0
		if m.Measure == MeasureBhattacharyya {
			if want.Sign() == 0 {
				want = infinite()
			} else {
				want = neg(logOf(want))
			}
		}
		if m.root {
			value, share = mul(value, value), 0.5
		}
		if want.IsInf() || math.IsInf(got, 0) {
			if !want.IsInf() || !math.IsInf(got, 1) {
				t.Errorf("%s %v: %v, want %v", what, m.Measure, got, want)
			}
			continue
		}
		bound := errorBound[float64](len(p)) + 0x1p-52
		allowed := add(mul(want, number(bound/share)), number(slack*slack))
		if m.Measure == MeasureTotalVariation || m.Measure == MeasureCrossEntropy {
			allowed = add(allowed, number(slack))
		}
		// Quotients have precision bits, and so shares that are the same may come out different.
		allowed = add(allowed, number(0x1p-240))
		if got < 0 || math.Signbit(got) || abs(sub(value, want)).Cmp(allowed) > 0 {
			t.Errorf("%s, %d bins, %v: %v, want %v", what, len(p), m.Measure, got, want)
		}
	}
}

// logOf is log(x) for x > 0.
func logOf(x *big.Float) *big.Float { return logRatio(x, number(1)) }

// countLengths are lengths about a vector, a stripe, and a chunk.
var countLengths = []int{1, 2, 3, 10, 16, 17, 100}

func randomCounts[C Number](r *rng, n, below int) []C {
	x := make([]C, n)
	for i := range x {
		x[i] = C(r.below(below))
	}
	x[r.below(n)]++ // one at least
	return x
}

func TestCountsExactly(t *testing.T) {
	t.Run("float64", countsExactly[float64])
	if deep() { // the bits of float64, see TestCountsAgree
		t.Run("float32", countsExactly[float32])
		t.Run("uint32", countsExactly[uint32])
		t.Run("int64", countsExactly[int64])
	}
}

func countsExactly[C Number](t *testing.T) {
	r := seed(t.Name())
	for _, n := range countLengths {
		for i, below := range []int{2, 10, 1000, 1 << 24} {
			if !deep() && i%2 != n%2 {
				continue
			}
			p, q := randomCounts[C](r, n, below), randomCounts[C](r, n, below)
			countErrors(t, "with zeros", p, q, 0)
			for i := range p {
				q[i]++
			}
			countErrors(t, "with zeros on the one side", p, q, 0)
			countErrors(t, "with zeros on the other side", q, p, 0)
			for i := range p {
				if p[i] == 0 {
					q[i] = 0
				}
			}
			countErrors(t, "with zeros on both sides", p, q, 0)
			for i := range p {
				p[i]++
				q[i]++
			}
			countErrors(t, "counts", p, q, 0)
			for i := range q {
				q[i] = 3 * p[i]
			}
			q[r.below(n)]++
			countErrors(t, "near", p, q, 0)
		}
	}
	many := chunk + 17
	if deep() {
		many += 2 * chunk
	}
	p, q := randomCounts[C](r, many, 1000), randomCounts[C](r, many, 1<<20)
	countErrors(t, "many", p, q, 0)
}

// Shares that are the same give 0, also where the totals are so large that products with them are rounded, and shares that are
// nearly the same keep the relative accuracy.
func TestCountsOfNearlyTheSameShares(t *testing.T) {
	r := seed(t.Name())
	for _, n := range countLengths {
		for _, times := range []uint64{1, 2, 3, 7, 1e6, 1e6 + 3} {
			for _, below := range []int{10, 1 << 20, 1 << 28} {
				p := randomCounts[uint64](r, n, below)
				q := slices.Clone(p)
				for i := range q {
					q[i] *= times
				}
				for _, m := range shareMeasures {
					got, _ := BetweenCounts(m.Measure, p, q, Strict)
					if m.Measure != MeasureCrossEntropy && (got != 0 || math.Signbit(got)) {
						t.Errorf("%v of %d, %d times: %v", m.Measure, n, times, got)
					}
				}
				q[r.below(n)]++
				slack := 0.0
				if exactTotal(q).Cmp(number(0x1p53)) > 0 {
					slack = 16 * 0x1p-53
				}
				countErrors(t, fmt.Sprintf("%d times and 1 more", times), p, q, slack)
			}
		}
	}
}

// Totals without a common factor, whose product is far beyond 2⁵³: products are rounded, differences are not.
func TestCountsWithRoundedShares(t *testing.T) {
	r := seed(t.Name())
	for _, n := range countLengths {
		p, q := make([]uint64, n), make([]uint64, n)
		for i := range p {
			p[i] = 1 + r.next()>>24
			q[i] = p[i] + r.next()>>uint(28+r.below(30))
		}
		countErrors(t, "large", p, q, 0)
		q[0] += q[0] / 3 // apart, but for the other shares
		countErrors(t, "large, one apart", p, q, 0)
		p[n/2], q[n-1] = 0, 0
		p[0], q[0] = p[0]+1, q[0]+1
		countErrors(t, "large, zeros", p, q, 0)
	}
}

// Totals too small or too far apart for the quick texts, with counts of all sizes whose products with the totals are rounded.
func TestCountsPrecisely(t *testing.T) {
	r := seed(t.Name())
	for _, n := range countLengths {
		for _, spread := range []int{1, 8, 24} {
			for _, units := range [][2]float64{{0x1p-80, 0x1p-80}, {1, 0x1p-90}, {0x1p-90, 1}} {
				p, q := make([]float64, n), make([]float64, n)
				for i := range p {
					p[i] = float64(1+r.next()>>30>>r.below(spread)) * units[0]
					q[i] = float64(1+r.next()>>30>>r.below(spread)) * units[1]
				}
				countErrors(t, fmt.Sprintf("in units of %g", units), p, q, 0)
			}
		}
	}
}

// Weights have totals that are rounded: what that costs is documented.
func TestCountsOfWeights(t *testing.T) {
	r := seed(t.Name())
	lengths := append(countLengths, chunk+9)
	if deep() {
		lengths = append(lengths, chunk, 2*chunk+3)
	}
	for _, n := range lengths {
		slack := 4 * (float64(min(n, chunk))/lanes + 4) * 0x1p-53
		for _, spread := range []int{1, 30} {
			if n > chunk && (spread == 1 && !deep() || testing.Short()) {
				continue
			}
			p, q := make([]float64, n), make([]float64, n)
			for i := range p {
				p[i] = wide[float64](r, -spread, spread)
				q[i] = wide[float64](r, -spread, spread)
			}
			countErrors(t, "weights", p, q, slack)
			for i := range q {
				q[i] = 3 * p[i] * (1 + unit[float64](r)*0x1p-26)
			}
			countErrors(t, "near weights", p, q, slack)
		}
	}
}

// Very small counts among others, and zeros; the shares are normal numbers.
func TestCountsOfAllSizes(t *testing.T) {
	r := seed(t.Name())
	for _, n := range countLengths {
		for _, small := range []float64{0x1p-990, 0x1p-601, 0x1p-300, 0x1p-199} {
			for _, among := range []int{2, 1000} {
				p, q := randomCounts[float64](r, n, among), randomCounts[float64](r, n, among)
				p[r.below(n)], q[r.below(n)] = 7, 5
				x, y := slices.Clone(p), slices.Clone(q)
				for i := range n / 3 {
					x[3*i] *= small
					y[3*i+1] *= small
				}
				slack := 4 * (float64(n)/lanes + 4) * 0x1p-53 // of the totals
				countErrors(t, fmt.Sprintf("%g on both sides", small), x, y, slack)
				countErrors(t, fmt.Sprintf("%g in p", small), x, q, slack)
				countErrors(t, fmt.Sprintf("%g in q", small), p, y, slack)
			}
		}
	}
}

// Sums about the least that the quick texts are good for.
func TestCountsAboutLeastQuick(t *testing.T) {
	r := seed(t.Name())
	for _, n := range countLengths {
		for shift := 16; shift < 32; shift++ {
			p, q := make([]uint64, n), make([]uint64, n)
			for i := range p {
				p[i] = 1<<40 + r.next()>>24
				q[i] = p[i] + p[i]>>shift*uint64(r.below(3))
			}
			countErrors(t, fmt.Sprintf("differences of 2**-%d", shift), p, q, 0)
		}
	}
}

// Numbers of other names.
type (
	votes  int
	weight float32
)

// Conversions are those of Go, at any place.
func TestConversions(t *testing.T) {
	t.Run("int", conversions[int])
	t.Run("int8", conversions[int8])
	t.Run("int16", conversions[int16])
	t.Run("int32", conversions[int32])
	t.Run("int64", conversions[int64])
	t.Run("uint", conversions[uint])
	t.Run("uint8", conversions[uint8])
	t.Run("uint16", conversions[uint16])
	t.Run("uint32", conversions[uint32])
	t.Run("uint64", conversions[uint64])
	t.Run("uintptr", conversions[uintptr])
	t.Run("float32", conversions[float32])
	t.Run("float64", conversions[float64])
	t.Run("votes", conversions[votes])
	t.Run("weight", conversions[weight])
}

func conversions[C Number](t *testing.T) {
	eachISA(t, func(t *testing.T) {
		r := seed(t.Name())
		for n := 1; n < 100; n++ {
			x := make([]C, n+8)[r.below(8):][:n]
			for i := range x {
				x[i] = C(r.next() >> r.below(64))
				if i%5 == 0 { // halfway between numbers of float64, or next to that
					x[i] = C((1<<53|r.next()>>11)<<11 + 1<<10 + uint64(r.below(3)) - 1)
				}
				if n%2 > 0 && x[i] < 0 {
					x[i] = -(x[i] + 1)
				}
			}
			for _, plus := range []float64{0, 0.5, 1e300} {
				got := make([]float64, n+1)
				got[n] = -1
				countsOf(x).convert(got[:n], plus)
				for i, c := range x {
					if want := float64(c) + plus; !same(got[i], want) {
						t.Fatalf("%v + %v, %d of %d: %x, want %x", c, plus, i, n, got[i], want)
					}
					if countsOf(x).zero(i) != (c == 0) {
						t.Fatalf("%v is taken for 0, or the other way", c)
					}
				}
				if got[n] != -1 {
					t.Fatalf("%d: written beyond", n)
				}
			}
		}
	})
}

func TestEntropyOfCounts(t *testing.T) {
	r := seed(t.Name())
	for _, n := range append(countLengths, chunk+5) {
		for _, below := range []int{2, 1000, 1 << 30} {
			p := randomCounts[uint32](r, n, below)
			p[0] += 1 << 31 // nearly all
			got, _ := EntropyOfCounts(p, Strict)
			want := exactOnShares(exactEntropy, p, p)
			allowed := mul(want, number(errorBound[float64](n)+0x1p-52))
			if got < 0 || abs(sub(number(got), want)).Cmp(allowed) > 0 {
				t.Errorf("%d below %d: %v, want %v", n, below, got, want)
			}
		}
	}
}

// Powers of two change nothing, unless they decide about the text.
func TestCountsOfAnySize(t *testing.T) {
	r := seed(t.Name())
	p, q := randomCounts[float64](r, 100, 1000), randomCounts[float64](r, 100, 1000)
	for _, m := range shareMeasures {
		want, _ := BetweenCounts(m.Measure, p, q, Strict)
		for _, e := range [][2]int{{-1074, 0}, {-1074, 1013}, {0, 1013}, {1013, 1013}, {1010, -1000}, {-1000, -1000}, {500, -500}, {-500, 500}, {100, 100}, {-20, -20}} {
			x, y := slices.Clone(p), slices.Clone(q)
			for i := range x {
				x[i], y[i] = math.Ldexp(x[i], e[0]), math.Ldexp(y[i], e[1])
			}
			allowed := 0x1p-50 * want
			if e[0] == e[1] && max(e[0], -e[0]) <= 100 {
				allowed = 0
			}
			if got, _ := BetweenCounts(m.Measure, x, y, Strict); !(math.Abs(got-want) <= allowed) {
				t.Errorf("%v at 2**%d: %v, want %v", m.Measure, e, got, want)
			}
		}
	}
}

func TestCountConventions(t *testing.T) {
	policies := []ZeroPolicy{Strict, Skip, Additive(0), Additive(0.5), Floor(0), Floor(1e-4)}
	eachISA(t, func(t *testing.T) {
		for _, m := range shareMeasures {
			for _, zeros := range policies {
				for _, bad := range []float64{nan, inf, -inf, -1, -0x1p-1074} {
					for _, beside := range []float64{0, 1, nan} {
						for _, n := range []int{1, 5, 40} {
							p, q := make([]float64, n), make([]float64, n)
							for i := range p {
								p[i], q[i] = float64(i+1), float64(n+i)
							}
							p[n/2], q[n/2] = bad, beside
							if got, _ := BetweenCounts(m.Measure, p, q, zeros); got == got {
								t.Errorf("%v %v of %v beside %v: %v", m.Measure, zeros, bad, beside, got)
							}
							if got, _ := BetweenCounts(m.Measure, q, p, zeros); got == got {
								t.Errorf("%v %v of %v beside %v: %v", m.Measure, zeros, beside, bad, got)
							}
						}
					}
				}
				if got, touched := BetweenCounts(m.Measure, []uint32{}, nil, zeros); got != 0 || touched != (Touched{}) {
					t.Errorf("%v %v of nothing: %v, %v", m.Measure, zeros, got, touched)
				}
			}
			for _, zeros := range []ZeroPolicy{Strict, Skip, Floor(0.1)} {
				if got, _ := BetweenCounts(m.Measure, []uint32{0, 0}, []uint32{1, 2}, zeros); got == got {
					t.Errorf("%v %v without a total: %v", m.Measure, zeros, got)
				}
			}
		}
		minus, plus := []float64{minusZero, 3, 1, minusZero}, []float64{0, 3, 1, 0}
		for _, m := range shareMeasures {
			got, _ := BetweenCounts(m.Measure, minus, minus, Strict)
			want, _ := BetweenCounts(m.Measure, plus, plus, Strict)
			if !same(got, want) {
				t.Errorf("%v of -0: %v, of 0: %v", m.Measure, got, want)
			}
		}
	})
}

// emptyBins are the bins with a count of 0 on either side.
func emptyBins(p, q []uint32) (n Touched) {
	for i := range p {
		switch {
		case p[i] == 0 && q[i] == 0:
			n.BothSides++
		case p[i] == 0 || q[i] == 0:
			n.OneSide++
		}
	}
	return n
}

func TestSkip(t *testing.T) {
	r := seed(t.Name())
	for _, n := range append(countLengths, chunk) {
		p, q := randomCounts[uint32](r, n, 3), randomCounts[uint32](r, n, 3)
		q[slices.Index(p, slices.Max(p))]++ // both sides have something somewhere
		var x, y []uint32
		wantTouched := emptyBins(p, q)
		for i := range p {
			if p[i] > 0 && q[i] > 0 {
				x, y = append(x, p[i]), append(y, q[i])
			}
		}
		for _, m := range shareMeasures {
			got, touched := BetweenCounts(m.Measure, p, q, Skip)
			want, _ := BetweenCounts(m.Measure, x, y, Strict)
			if !same(got, want) || touched != wantTouched {
				t.Errorf("%v of %d: %v, %v touched; want %v, %v", m.Measure, n, got, touched, want, wantTouched)
			}
		}
	}
}

func TestAdditive(t *testing.T) {
	r := seed(t.Name())
	for _, n := range append(countLengths, chunk+9) {
		p, q := randomCounts[uint32](r, n, 3), randomCounts[uint32](r, n, 3)
		for _, alpha := range []float64{0, 0.5, 1, 0.1} {
			x, y, wantTouched := make([]float64, n), make([]float64, n), emptyBins(p, q)
			for i := range p {
				x[i], y[i] = float64(p[i])+alpha, float64(q[i])+alpha
			}
			if alpha == 0 {
				wantTouched = Touched{}
			}
			for _, m := range shareMeasures {
				got, touched := BetweenCounts(m.Measure, p, q, Additive(alpha))
				want, _ := BetweenCounts(m.Measure, x, y, Strict)
				if !same(got, want) || touched != wantTouched {
					t.Errorf("%v of %d, %v: %v, %v touched; want %v, %v", m.Measure, n, alpha, got, touched, want, wantTouched)
				}
			}
		}
	}
}

// Floored shares are rounded, and are no distributions: the measures are those of vectors.
func TestFloor(t *testing.T) {
	r := seed(t.Name())
	for _, n := range append(countLengths, chunk+9) {
		p, q := randomCounts[uint32](r, n, 4), randomCounts[uint32](r, n, 4)
		for _, epsilon := range []float64{0, 1e-4, 0.3 / float64(n), 0.5} {
			x, y, wantTouched := floorShares(p, q, epsilon)
			for _, m := range shareMeasures {
				got, touched := BetweenCounts(m.Measure, p, q, Floor(epsilon))
				want := measureOf(m.Measure, x, y)
				if touched != wantTouched || !(math.Abs(got-want) <= 1e-13*(1+math.Abs(want))) && got != want {
					t.Errorf("%v of %d, %v: %v, %v touched; want %v, %v", m.Measure, n, epsilon, got, touched, want, wantTouched)
				}
			}
			got, _ := EntropyOfCounts(p, Floor(epsilon))
			if want := Entropy(x); math.Abs(got-want) > 1e-13*(1+want) {
				t.Errorf("entropy of %d, %v: %v, want %v", n, epsilon, got, want)
			}
		}
	}
}

func floorShares(p, q []uint32, epsilon float64) (x, y []float64, touched Touched) {
	totalP, _ := exactTotal(p).Float64()
	totalQ, _ := exactTotal(q).Float64()
	for i := range p {
		a, b := float64(p[i])/totalP, float64(q[i])/totalQ
		switch {
		case a < epsilon && b < epsilon:
			touched.BothSides++
		case a < epsilon || b < epsilon:
			touched.OneSide++
		}
		x, y = append(x, max(a, epsilon)), append(y, max(b, epsilon))
	}
	return x, y, touched
}

// Symmetric measures are so to the bit.
func TestCountsSymmetric(t *testing.T) {
	r := seed(t.Name())
	for _, n := range append(countLengths, chunk+9) {
		p, q := randomCounts[float64](r, n, 1000), randomCounts[float64](r, n, 1<<20)
		for _, m := range shareMeasures {
			if !m.Symmetric() {
				continue
			}
			a, _ := BetweenCounts(m.Measure, p, q, Strict)
			if b, _ := BetweenCounts(m.Measure, q, p, Strict); !same(a, b) {
				t.Errorf("%v of %d: %x, the other way round %x", m.Measure, n, a, b)
			}
		}
	}
}

// All instruction sets and types of counts give the same bits.
func TestCountsAgree(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		r := seed("counts agree")
		for _, n := range []int{1, 7, 16, 33, 100, chunk, 2*chunk + 7} {
			for _, below := range []int{3, 1000, 1 << 24} {
				p, q := randomCounts[uint32](r, n, below), randomCounts[uint32](r, n, below)
				for _, zeros := range []ZeroPolicy{Strict, Skip, Additive(0.5), Additive(0.1), Floor(1e-3)} {
					for _, m := range shareMeasures {
						want := withGeneric(func() countResult { return resultOf(BetweenCounts(m.Measure, p, q, zeros)) })
						what := fmt.Sprintf("%v %v of %d below %d", m.Measure, zeros, n, below)
						for name, got := range asEveryNumber(p, q, func(x, y counts) countResult {
							return resultOf(measureCounts(nil, m.Measure, x, y, zeros))
						}) {
							if !same(got.value, want.value) || got.touched != want.touched {
								t.Errorf("%s %s: %x, %v, generic %x, %v", what, name, got.value, got.touched, want.value, want.touched)
							}
						}
						if back := resultOf(BetweenCounts(m.Reversed(), q, p, zeros)); !same(back.value, want.value) || back.touched != want.touched {
							t.Errorf("%s reversed: %x, %v, want %x, %v", what, back.value, back.touched, want.value, want.touched)
						}
					}
				}
			}
		}
	})
}

type countResult struct {
	value   float64
	touched Touched
}

func resultOf(value float64, touched Touched) countResult { return countResult{value, touched} }

func first(x float64, _ Touched) float64 { return x }

// asEveryNumber has results of the counts as numbers of every type that they fit.
func asEveryNumber(p, q []uint32, f func(x, y counts) countResult) map[string]countResult {
	results := map[string]countResult{}
	addAs[int](results, p, q, f)
	addAs[int8](results, p, q, f)
	addAs[int16](results, p, q, f)
	addAs[int32](results, p, q, f)
	addAs[int64](results, p, q, f)
	addAs[uint](results, p, q, f)
	addAs[uint8](results, p, q, f)
	addAs[uint16](results, p, q, f)
	addAs[uint32](results, p, q, f)
	addAs[uint64](results, p, q, f)
	addAs[uintptr](results, p, q, f)
	addAs[float32](results, p, q, f)
	addAs[float64](results, p, q, f)
	addAs[votes](results, p, q, f)
	addAs[weight](results, p, q, f)
	return results
}

func addAs[C Number](results map[string]countResult, p, q []uint32, f func(x, y counts) countResult) {
	if most := max(slices.Max(p), slices.Max(q)); C(most) >= 0 && uint32(C(most)) == most {
		results[fmt.Sprintf("%T", C(0))] = f(countsOf(numbersOfType[C](p)), countsOf(numbersOfType[C](q)))
	}
}

func numbersOfType[C Number](x []uint32) []C {
	y := make([]C, len(x))
	for i, c := range x {
		y[i] = C(c)
	}
	return y
}

// A negative count gives NaN, of every signed type and wherever it stands.
func TestNegativeCounts(t *testing.T) {
	t.Run("int", negativeCounts[int])
	t.Run("int8", negativeCounts[int8])
	t.Run("int16", negativeCounts[int16])
	t.Run("int32", negativeCounts[int32])
	t.Run("int64", negativeCounts[int64])
	t.Run("float32", negativeCounts[float32])
	t.Run("votes", negativeCounts[votes])
}

func negativeCounts[C Number](t *testing.T) {
	for _, n := range []int{1, 17, 200, chunk + 3} {
		p, q := make([]C, n), make([]C, n)
		for i := range p {
			p[i], q[i] = C(i%7), C(1+i%5)
		}
		for _, at := range []int{0, n / 2, n - 1} {
			before := p[at]
			p[at] = zeroOf[C]() - 1
			for _, zeros := range []ZeroPolicy{Strict, Skip, Additive(0.5), Additive(2), Floor(1e-3)} {
				for _, m := range shareMeasures {
					for _, got := range []float64{first(BetweenCounts(m.Measure, p, q, zeros)), first(BetweenCounts(m.Measure, q, p, zeros))} {
						if got == got {
							t.Errorf("%v %v of %d, -1 at %d: %v", m.Measure, zeros, n, at, got)
						}
					}
				}
				if got, _ := EntropyOfCounts(p, zeros); got == got {
					t.Errorf("entropy, %v of %d, -1 at %d: %v", zeros, n, at, got)
				}
			}
			p[at] = before
		}
	}
}

func zeroOf[C Number]() (zero C) { return zero }

func TestPopulationStabilityIndex(t *testing.T) {
	r := seed(t.Name())
	p, q := randomCounts[uint32](r, 10, 1000), randomCounts[uint32](r, 10, 5)
	for _, zeros := range []ZeroPolicy{Strict, Skip, Additive(1), Floor(1e-4)} {
		got, touched := PopulationStabilityIndex(p, q, zeros)
		want, wantTouched := BetweenCounts(MeasureJeffreys, p, q, zeros)
		if got != want || touched != wantTouched {
			t.Errorf("%v: %v, %v touched; want %v, %v", zeros, got, touched, want, wantTouched)
		}
	}
}

func TestCountPanics(t *testing.T) {
	x := []uint32{1, 2, 3}
	for want, f := range map[string]func(){
		"relent: BetweenCounts: lengths 3 and 2 differ":                                 func() { BetweenCounts(MeasureKullbackLeibler, x, x[:2], Strict) },
		"relent: PopulationStabilityIndex: lengths 3 and 2 differ":                      func() { PopulationStabilityIndex(x, x[:2], Strict) },
		"relent: BetweenCounts: BinaryCrossEntropy is not a measure of shares":          func() { BetweenCounts(MeasureBinaryCrossEntropy, x, x, Strict) },
		"relent: BetweenCounts: BinaryKullbackLeibler is not a measure of shares":       func() { BetweenCounts(MeasureBinaryKullbackLeibler, x, x, Strict) },
		"relent: BetweenCounts: Entropy is a measure of one vector, not of two vectors": func() { BetweenCounts(MeasureEntropy, x, x, Strict) },
		"relent: Additive: -1 is not a finite number >= 0":                              func() { Additive(-1) },
		"relent: Additive: +Inf is not a finite number >= 0":                            func() { Additive(inf) },
		"relent: Floor: NaN is not in [0, 1]":                                           func() { Floor(nan) },
		"relent: Floor: 1.5 is not in [0, 1]":                                           func() { Floor(1.5) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panics with %v, want %v", got, want)
				}
			}()
			f()
		}()
	}
}

func TestCountsDoNotAllocate(t *testing.T) {
	t.Run("float64", countsDoNotAllocate[float64])
	t.Run("int", countsDoNotAllocate[int])
	t.Run("uint8", countsDoNotAllocate[uint8])
	t.Run("weight", countsDoNotAllocate[weight])
}

func countsDoNotAllocate[C Number](t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, zeros := range []ZeroPolicy{Strict, Skip, Additive(0.5), Floor(1e-3)} {
			for _, m := range shareMeasures {
				n := testing.AllocsPerRun(5, func() {
					var p, q [chunk + 5]C
					p[1], p[2], q[2], q[3] = 1, 2, 3, 4
					result += first(BetweenCounts(m.Measure, p[:], q[:], zeros))
					result += first(EntropyOfCounts(p[:], zeros))
				})
				if n != 0 {
					t.Errorf("%v %v: %v allocations", m.Measure, zeros, n)
				}
			}
		}
	})
}

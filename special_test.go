package relent

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
)

var (
	inf       = math.Inf(1)
	nan       = math.NaN()
	minusZero = math.Copysign(0, -1)
)

// symmetric and asymmetric name the measures that are infinite for p = 0 < q, and for q = 0 < p.
var (
	symmetric  = []string{"Jeffreys", "Bhattacharyya"}
	asymmetric = append([]string{"KullbackLeibler", "GeneralizedKullbackLeibler", "CrossEntropy", "ChiSquare",
		"BinaryCrossEntropy", "BinaryKullbackLeibler"}, symmetric...)
	bernoulli = namesOf(func(m measure[float64]) bool { return m.unit })
	all       = namesOf(func(measure[float64]) bool { return true })
)

// namesOf are the names of the measures that are as wanted.
func namesOf(wanted func(m measure[float64]) bool) (names []string) {
	for _, m := range special[float64]() {
		if wanted(m) {
			names = append(names, m.name)
		}
	}
	return names
}

// Every measure has an exact form, by which tests judge it, and is computed by the function of its name.
func TestEveryMeasureHasAnOracle(t *testing.T) {
	judged := map[string]measure[float64]{}
	for _, m := range special[float64]() {
		judged[m.name] = m
	}
	p, q := []float64{0.5, 0.25}, []float64{0.25, 0.5}
	for _, m := range allMeasures() {
		oracle, ok := judged[m.String()]
		if !ok || !same(oracle.compute(p, q), measureOf(m, p, q)) || oracle.alone != m.ofOne() {
			t.Errorf("%v has no oracle, or another one's", m)
		}
		delete(judged, m.String())
	}
	if len(judged) > 0 {
		t.Errorf("there are no such measures: %v", judged)
	}
}

// conventions lists pairs and the measures that are +Inf or NaN for them; the others have the value of their formula.
var conventions = []struct {
	what          string
	p, q          float64
	infinite, nan []string
}{
	{"0, 0", 0, 0, []string{"Bhattacharyya"}, nil},
	{"-0, -0", minusZero, minusZero, []string{"Bhattacharyya"}, nil},
	{"-0, 0", minusZero, 0, []string{"Bhattacharyya"}, nil},
	{"0, q", 0, 0.375, symmetric, nil},
	{"-0, q", minusZero, 0.375, symmetric, nil},
	{"p, 0", 0.375, 0, asymmetric, nil},
	{"p, -0", 0.375, minusZero, asymmetric, nil},
	{"p, p", 0.375, 0.375, nil, nil},
	{"p, q", 0.375, 0.75, nil, nil},
	{"1, 1", 1, 1, nil, nil},
	{"0, 1", 0, 1, append(symmetric, "BinaryCrossEntropy", "BinaryKullbackLeibler"), nil},
	{"1, 0", 1, 0, asymmetric, nil},
	{"p, 1", 0.375, 1, []string{"BinaryCrossEntropy", "BinaryKullbackLeibler"}, nil},
	{"p above 1", 1.5, 0.375, nil, bernoulli},
	{"q above 1", 0.375, 1.5, nil, bernoulli},
	{"negative p", -0.375, 0.375, nil, all},
	{"negative p, 0", -0.375, 0, nil, all},
	{"negative q", 0.375, -0.375, nil, all},
	{"0, negative q", 0, -0.375, nil, all},
	{"both negative", -0.375, -0.375, nil, all},
	{"infinite p", inf, 0.375, nil, all},
	{"infinite p, 0", inf, 0, nil, all},
	{"infinite q", 0.375, inf, nil, all},
	{"0, infinite q", 0, inf, nil, all},
	{"both infinite", inf, inf, nil, all},
	{"-Inf, 0", -inf, 0, nil, all},
	{"NaN, q", nan, 0.375, nil, all},
	{"NaN, 0", nan, 0, nil, all},
	{"p, NaN", 0.375, nan, nil, all},
	{"0, NaN", 0, nan, nil, all},
	{"both NaN", nan, nan, nil, all},
}

// special is every measure, Bhattacharyya with the term that gives a single pair's value.
func special[F float]() []measure[F] {
	term := func(p, q *big.Float) *big.Float {
		return half(neg(logRatio(new(big.Float).SetPrec(exactBits).Mul(p, q), number(1))))
	}
	return append(measures[F](), measure[F]{name: "Bhattacharyya", compute: Bhattacharyya[F], term: term})
}

func TestConventions(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", conventional[float64])
		t.Run("f32", conventional[float32])
	})
}

func conventional[F float](t *testing.T) {
	for _, c := range conventions {
		p, q := F(c.p), F(c.q)
		for _, m := range special[F]() {
			var sum *big.Float
			switch {
			case slices.Contains(c.nan, m.name) && (!m.alone || !m.defined([]F{p}, []F{q})):
				sum = nil
			case slices.Contains(c.infinite, m.name):
				sum = infinite()
			default:
				sum, _ = m.exactly([]F{p}, []F{q})
			}
			conventionalEverywhere(t, c.what, m, sum, p, q)
		}
	}
}

// conventionalEverywhere puts the pair alone and into vectors whose other terms are 0: in the body, in the tail, in a later
// chunk.
func conventionalEverywhere[F float](t *testing.T, what string, m measure[F], sum *big.Float, p, q F) {
	var rest F = 1
	if m.name == "Bhattacharyya" {
		rest = 0
	}
	lengths := []int{1, 2, 17, 33, 100, chunk + 3, 15, 16, 64}
	if !deep() {
		lengths = lengths[:5]
	}
	for _, n := range lengths {
		x, y := slices.Repeat([]F{rest}, n), slices.Repeat([]F{rest}, n)
		for _, at := range []int{0, n / 2, n - 1} {
			x[at], y[at] = p, q
			if got := m.compute(x, y); !m.conventional(got, sum) {
				t.Errorf("%s, at %d of %d: %s is %v (%x), not %.20g", what, at, n, m.name, got, math.Float64bits(got), sum)
			}
			x[at], y[at] = rest, rest
		}
	}
}

// conventional is exact for 0, Inf and NaN (sum = nil), which has fixed bits.
func (m measure[F]) conventional(got float64, sum *big.Float) bool {
	switch {
	case sum == nil:
		return math.Float64bits(got) == math.Float64bits(nan)
	case sum.Sign() == 0:
		return math.Float64bits(got) == 0
	case sum.IsInf():
		return got == inf
	}
	size := abs(sum)
	if m.name == "Bhattacharyya" {
		size = add(size, number(1))
	}
	return m.relativeError(got, sum, size, 0) <= errorBound[F](chunk)
}

// The element-wise functions keep to scipy.special's entr, rel_entr and kl_div outside their domain.
func TestTermConventions(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", termConventions[float64])
		t.Run("f32", termConventions[float32])
	})
}

var termRows = []struct{ p, q, entr, relEntr, klDiv float64 }{
	{0, 0, 0, 0, 0},
	{minusZero, minusZero, 0, 0, 0},
	{0, 0.5, 0, 0, 0.5},
	{1, 1, 0, 0, 0},
	{0.5, 0.5, math.Ln2 / 2, 0, 0},
	{1, 0, 0, inf, inf},
	{1, minusZero, 0, inf, inf},
	{2, 1, -2 * math.Ln2, 2 * math.Ln2, 2*math.Ln2 - 1},
	{-1, 1, -inf, inf, inf},
	{-1, 0, -inf, inf, inf},
	{1, -1, 0, inf, inf},
	{0, -1, 0, inf, inf},
	{-1, -1, -inf, inf, inf},
	{0, 1, 0, 0, 1},
	{minusZero, 1, 0, 0, 1},
	{inf, 0, -inf, inf, inf},
	{inf, minusZero, -inf, inf, inf},
	{inf, 1, -inf, inf, nan},
	{1, inf, 0, -inf, inf},
	{0, inf, 0, 0, inf},
	{inf, inf, -inf, nan, nan},
	{-inf, 1, -inf, inf, inf},
	{nan, 1, nan, nan, nan},
	{nan, 0, nan, nan, nan},
	{1, nan, 0, nan, nan},
	{0, nan, 0, nan, nan},
	{-1, nan, -inf, nan, nan},
	{nan, -1, nan, nan, nan},
}

func termConventions[F float](t *testing.T) {
	for _, row := range termRows {
		for _, n := range []int{1, 7, 16, 37} {
			for at := range n {
				p, q := slices.Repeat([]F{1}, n), slices.Repeat([]F{1}, n)
				p[at], q[at] = F(row.p), F(row.q)
				conventionalTerm(t, "EntropyTerms", row.p, row.q, EntropyTerms(nil, p), at, row.entr)
				conventionalTerm(t, "KullbackLeiblerTerms", row.p, row.q, KullbackLeiblerTerms(nil, p, q), at, row.relEntr)
				conventionalTerm(t, "GeneralizedKullbackLeiblerTerms", row.p, row.q, GeneralizedKullbackLeiblerTerms(nil, p, q), at, row.klDiv)
			}
		}
	}
}

func conventionalTerm[F float](t *testing.T, name string, p, q float64, terms []F, at int, want float64) {
	t.Helper()
	for i, got := range terms {
		if i != at && got != 0 {
			t.Errorf("%s(1, 1) beside %v, %v is %v", name, p, q, got)
		}
	}
	got := float64(terms[at])
	if !same(got, want) && !(math.Abs(got-want) <= errorBound[F](1)*math.Abs(want)) || got == 0 && math.Signbit(got) {
		t.Errorf("%s(%v, %v) is %v, not %v", name, p, q, got, want)
	}
}

func TestEmpty(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", empty[float64])
		t.Run("f32", empty[float32])
	})
}

func empty[F float](t *testing.T) {
	for _, m := range special[F]() {
		for _, p := range [][]F{nil, {}} {
			if got := m.compute(p, []F{}); math.Float64bits(got) != 0 {
				t.Errorf("%s of nothing is %v", m.name, got)
			}
		}
	}
	for _, terms := range [][]F{EntropyTerms[F](nil, nil), KullbackLeiblerTerms[F](nil, nil, nil), GeneralizedKullbackLeiblerTerms([]F{}, nil, nil)} {
		if len(terms) != 0 {
			t.Errorf("terms of nothing: %v", terms)
		}
	}
}

func TestLengthsDiffer(t *testing.T) {
	t.Run("f64", lengthsDiffer[float64])
	t.Run("f32", lengthsDiffer[float32])
}

func lengthsDiffer[F float](t *testing.T) {
	p, q, dst := make([]F, 7), make([]F, 11), []F{-3, -3, -3, -3, -3}
	for _, m := range special[F]() {
		if !m.alone {
			requirePanic(t, m.name, 7, 11, func() { m.compute(p, q) })
			requirePanic(t, m.name, 7, 0, func() { m.compute(p, nil) })
		}
	}
	requirePanic(t, "EntropyTerms", 5, 7, func() { EntropyTerms(dst, p) })
	requirePanic(t, "EntropyTerms", 0, 7, func() { EntropyTerms([]F{}, p) })
	requirePanic(t, "KullbackLeiblerTerms", 5, 7, func() { KullbackLeiblerTerms(dst, p, p) })
	requirePanic(t, "KullbackLeiblerTerms", 5, 11, func() { KullbackLeiblerTerms(dst, dst, q) })
	requirePanic(t, "GeneralizedKullbackLeiblerTerms", 5, 7, func() { GeneralizedKullbackLeiblerTerms(dst, p, p) })
	requirePanic(t, "GeneralizedKullbackLeiblerTerms", 5, 11, func() { GeneralizedKullbackLeiblerTerms(dst, dst, q) })
	for i, x := range dst {
		if x != -3 {
			t.Errorf("dst[%d] was written: %v", i, x)
		}
	}
}

// requirePanic wants a message with the package, the function and both lengths.
func requirePanic(t *testing.T, name string, m, n int, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		message := fmt.Sprint(recover())
		for _, part := range []string{"relent: " + name + ":", fmt.Sprintf(" %d ", m), fmt.Sprintf(" %d ", n)} {
			if !strings.Contains(message, part) {
				t.Errorf("%s of %d and %d: panic %q has no %q", name, m, n, message, part)
			}
		}
	}()
	f()
}

func TestValidate(t *testing.T) {
	t.Run("f64", validate[float64])
	t.Run("f32", validate[float32])
}

func validate[F float](t *testing.T) {
	least := step[F](0, 1)
	most := fromBits[F](infinityBits[F]() - 1)
	for _, p := range [][]F{nil, {}, {0, F(minusZero), least, 1, most}} {
		if err := Validate(p); err != nil {
			t.Errorf("%v: %v", p, err)
		}
	}
	for _, c := range []struct {
		x      F
		reason string
	}{{F(nan), "NaN"}, {F(inf), "infinite"}, {-1, "negative"}, {-least, "negative"}, {F(-inf), "negative"}} {
		var invalid *InvalidValueError
		err := Validate([]F{0.5, 0, c.x, F(nan), -2})
		if !errors.As(err, &invalid) {
			t.Errorf("%v: %v", c.x, err)
			continue
		}
		if invalid.Index != 2 || !same(invalid.Value, float64(c.x)) || invalid.Reason != c.reason {
			t.Errorf("%v: %+v", c.x, invalid)
		}
		if message := fmt.Sprintf("relent: element 2 is %s: %v", c.reason, float64(c.x)); err.Error() != message {
			t.Errorf("%q, not %q", err, message)
		}
	}
}

// The scalar forms are those of vectors of one.
func TestBernoulli(t *testing.T) {
	list := []float64{0, minusZero, 0x1p-1074, 0.25, 0.5, 1, 1.5, -1, inf, nan}
	for _, p := range list {
		for _, q := range list {
			for _, pair := range [][2]float64{
				{BernoulliEntropy(p), BinaryEntropy([]float64{p})},
				{BernoulliCrossEntropy(p, q), BinaryCrossEntropy([]float64{p}, []float64{q})},
				{BernoulliKullbackLeibler(p, q), BinaryKullbackLeibler([]float64{p}, []float64{q})},
			} {
				if math.Float64bits(pair[0]) != math.Float64bits(pair[1]) {
					t.Errorf("%v, %v: %v, not %v", p, q, pair[0], pair[1])
				}
			}
		}
	}
}

// An element that is negative, in one chunk among others, is one of the whole, also where vectors are the same.
func TestInvalidInOneChunk(t *testing.T) {
	t.Run("f64", invalidInOneChunk[float64])
	t.Run("f32", invalidInOneChunk[float32])
}

func invalidInOneChunk[F float](t *testing.T) {
	eachISA(t, func(t *testing.T) {
		bads, places := []float64{-1e-30, nan, -1, math.Inf(-1), inf}, []int{7, 2*chunk + 3, 0, chunk}
		if testing.Short() {
			bads, places = bads[:2], places[:2]
		}
		for _, bad := range bads {
			for _, at := range places {
				for _, rest := range []float64{0, 1. / (3 * chunk)} {
					p := make([]F, 3*chunk)
					for i := range p {
						p[i] = F(rest)
					}
					p[chunk-1], p[3*chunk-1], p[at] = F(0.5), F(0.5), F(bad)
					for _, m := range measuresOfTwo() {
						for name, got := range map[string]float64{
							"Between":  Between(m, p, slices.Clone(p)),
							"RowByRow": RowByRow(nil, m, Vector[F](p), Vector[F](slices.Clone(p)))[0],
							"AllPairs": AllPairs(Matrix[float64]{}, m, Vector[F](p)).Data[0],
							"Measures": Measures(nil, []Measure{m}, p, slices.Clone(p))[0],
							"Stream":   fed(m, p, p).Value(),
							"Index":    NewIndex(m, NewMatrix(1, len(p), p...)).Nearest(nil, p, 1)[0].Distance,
						} {
							if got == got {
								t.Errorf("%s: %v of a vector with %v at %d is %v", name, m, bad, at, got)
							}
						}
					}
				}
			}
		}
	})
}

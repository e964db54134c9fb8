package relent

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The reference: math/big, with sums and differences of inputs exact and everything else to precision bits.
const (
	precision = 256
	exactBits = 2300 // bits: from the top of the largest float64 to the end of the smallest
)

func number(x float64) *big.Float { return new(big.Float).SetPrec(exactBits).SetFloat64(x) }
func infinite() *big.Float        { return new(big.Float).SetInf(false) }

func add(x, y *big.Float) *big.Float { return new(big.Float).SetPrec(exactBits).Add(x, y) }
func sub(x, y *big.Float) *big.Float { return new(big.Float).SetPrec(exactBits).Sub(x, y) }
func mul(x, y *big.Float) *big.Float { return new(big.Float).SetPrec(precision).Mul(x, y) }
func quo(x, y *big.Float) *big.Float { return new(big.Float).SetPrec(precision).Quo(x, y) }
func sqrt(x *big.Float) *big.Float   { return new(big.Float).SetPrec(precision).Sqrt(x) }
func abs(x *big.Float) *big.Float    { return new(big.Float).Abs(x) }
func neg(x *big.Float) *big.Float    { return new(big.Float).Neg(x) }
func half(x *big.Float) *big.Float   { return new(big.Float).SetMantExp(x, -1) }

// atanh2 is 2 atanh(s), by its series.
func atanh2(s *big.Float) *big.Float {
	sum, power, z := mul(s, number(1)), mul(s, number(1)), mul(s, s)
	for n := 3.0; ; n += 2 {
		power = mul(power, z)
		if power.Sign() == 0 || power.MantExp(nil) < sum.MantExp(nil)-precision {
			return mul(sum, number(2))
		}
		sum.Add(sum, quo(power, number(n)))
	}
}

// ln2 is 2 atanh(1/3).
var ln2 = sync.OnceValue(func() *big.Float { return atanh2(quo(number(1), number(3))) })

// logRatio is log(a/b) for a, b > 0, as k·ln 2 + 2 atanh((a-c)/(a+c)), c = b·2**k, a/c in [2/3, 4/3].
func logRatio(a, b *big.Float) *big.Float {
	k := a.MantExp(nil) - b.MantExp(nil)
	c := new(big.Float).SetMantExp(b, k)
	if three := mul(a, number(3)); three.Cmp(mul(c, number(2))) < 0 {
		k--
	} else if three.Cmp(mul(c, number(4))) > 0 {
		k++
	}
	c.SetMantExp(b, k)
	l := atanh2(quo(sub(a, c), add(a, c)))
	return l.Add(l, mul(ln2(), number(float64(k))))
}

// timesLog is p·log(a/b), 0 for p = 0 and +Inf for b = 0.
func timesLog(p, a, b *big.Float) *big.Float {
	switch {
	case p.Sign() == 0:
		return number(0)
	case b.Sign() == 0:
		return infinite()
	}
	return mul(p, logRatio(a, b))
}

func complement(p *big.Float) *big.Float { return sub(number(1), p) }

// A measure is an exported function with the exact form of its terms.
type measure[F float] struct {
	name    string
	compute func(p, q []F) float64
	term    func(p, q *big.Float) *big.Float
	root    bool // the function is the root of the sum
	alone   bool // q is ignored
	unit    bool // defined for [0, 1] only
	single  bool // the result is an element
}

// only ignores q.
func only[F float](f func(p []F) float64) func(p, q []F) float64 {
	return func(p, q []F) float64 { return f(p) }
}

func measures[F float]() []measure[F] {
	return []measure[F]{
		{name: "KullbackLeibler", compute: KullbackLeibler[F], term: exactKL},
		{name: "GeneralizedKullbackLeibler", compute: GeneralizedKullbackLeibler[F], term: exactGeneralizedKL},
		{name: "Entropy", compute: only(Entropy[F]), term: exactEntropy, alone: true},
		{name: "CrossEntropy", compute: CrossEntropy[F], term: exactCrossEntropy},
		{name: "JensenShannon", compute: JensenShannon[F], term: exactJensenShannon},
		{name: "JensenShannonDistance", compute: JensenShannonDistance[F], term: exactJensenShannon, root: true},
		{name: "Jeffreys", compute: Jeffreys[F], term: exactJeffreys},
		{name: "Hellinger", compute: Hellinger[F], term: exactHellinger, root: true},
		{name: "TotalVariation", compute: TotalVariation[F], term: exactTotalVariation},
		{name: "ChiSquare", compute: ChiSquare[F], term: exactChiSquare},
		{name: "BinaryEntropy", compute: only(BinaryEntropy[F]), term: exactBinaryEntropy, alone: true, unit: true},
		{name: "BinaryCrossEntropy", compute: BinaryCrossEntropy[F], term: exactBinaryCrossEntropy, unit: true},
		{name: "BinaryKullbackLeibler", compute: BinaryKullbackLeibler[F], term: exactBinaryKL, unit: true},
	}
}

// termMeasures are the element-wise functions, for a single element.
func termMeasures[F float]() []measure[F] {
	return []measure[F]{
		{name: "EntropyTerms", term: exactEntropy, alone: true, single: true,
			compute: func(p, q []F) float64 { return float64(EntropyTerms(nil, p)[0]) }},
		{name: "KullbackLeiblerTerms", term: exactKL, single: true,
			compute: func(p, q []F) float64 { return float64(KullbackLeiblerTerms(nil, p, q)[0]) }},
		{name: "GeneralizedKullbackLeiblerTerms", term: exactGeneralizedKL, single: true,
			compute: func(p, q []F) float64 { return float64(GeneralizedKullbackLeiblerTerms(nil, p, q)[0]) }},
	}
}

func exactKL(p, q *big.Float) *big.Float            { return timesLog(p, p, q) }
func exactGeneralizedKL(p, q *big.Float) *big.Float { return add(exactKL(p, q), sub(q, p)) }
func exactEntropy(p, _ *big.Float) *big.Float       { return timesLog(p, number(1), p) }
func exactCrossEntropy(p, q *big.Float) *big.Float  { return timesLog(p, number(1), q) }

func exactJensenShannon(p, q *big.Float) *big.Float {
	m := half(add(p, q))
	return half(add(exactKL(p, m), exactKL(q, m)))
}

func exactJeffreys(p, q *big.Float) *big.Float {
	return add(exactKL(p, q), exactKL(q, p))
}

func exactHellinger(p, q *big.Float) *big.Float {
	if p.Cmp(q) == 0 {
		return number(0)
	}
	gap := quo(sub(p, q), add(sqrt(p), sqrt(q)))
	return half(mul(gap, gap))
}

func exactTotalVariation(p, q *big.Float) *big.Float { return half(abs(sub(p, q))) }

func exactChiSquare(p, q *big.Float) *big.Float {
	diff := sub(p, q)
	switch {
	case diff.Sign() == 0:
		return number(0)
	case q.Sign() == 0:
		return infinite()
	}
	return quo(mul(diff, diff), q)
}

func exactBinaryEntropy(p, _ *big.Float) *big.Float { return exactBinaryCrossEntropy(p, p) }

func exactBinaryCrossEntropy(p, q *big.Float) *big.Float {
	return add(exactCrossEntropy(p, q), exactCrossEntropy(complement(p), complement(q)))
}

func exactBinaryKL(p, q *big.Float) *big.Float {
	return add(exactKL(p, q), exactKL(complement(p), complement(q)))
}

// defined tells if the convention gives a number for every pair.
func (m measure[F]) defined(p, q []F) bool {
	outside := func(x F) bool { return !(x >= 0) || x > fromBits[F](infinityBits[F]()-1) || m.unit && x > 1 }
	return !slices.ContainsFunc(p, outside) && (m.alone || !slices.ContainsFunc(q, outside))
}

// exactly sums the terms and their sizes.
func (m measure[F]) exactly(p, q []F) (sum, size *big.Float) {
	if m.alone {
		q = p
	}
	sum, size = number(0), number(0)
	for i := range p {
		term := m.term(number(float64(p[i])), number(float64(q[i])))
		sum, size = add(sum, term), add(size, abs(term))
	}
	return sum, size
}

// errorBound is the documented bound for n elements of type F, and leastUnit the unit in the last place of the smallest
// normal number.
func errorBound[F float](n int) float64 {
	additions := (float64(min(n, chunk))/lanes + 4) * 0x1p-53
	if n == 1 {
		additions = 0
	}
	if isFloat64[F]() {
		return ErrorBound64 + additions
	}
	return ErrorBound32 + additions
}

func leastUnit[F float]() float64 { return float64(step[F](0, 1)) }

// relativeError is |got - sum|/size, beyond what the documentation grants each of n elements near underflow. For a root it is
// got's own relative error.
func (m measure[F]) relativeError(got float64, sum, size *big.Float, n int) float64 {
	if sum.Sign() != 0 && size.Cmp(number(math.MaxFloat64)) > 0 && !size.IsInf() && abs(sum).Cmp(size) < 0 {
		return 0 // terms of both signs, beyond the largest number
	}
	if math.IsNaN(got) {
		return math.Inf(1)
	}
	if sum.IsInf() || math.IsInf(got, 0) {
		if m.overflows(sum, got) {
			return 0
		}
		return math.Inf(1)
	}
	value, share := number(got), 1.0
	if m.root {
		value, share = mul(value, value), 0.5
	}
	difference := sub(abs(sub(value, sum)), number(4*float64(n)*leastUnit[F]()))
	if difference.Sign() <= 0 {
		return 0
	}
	ratio, _ := quo(difference, size).Float64() // +Inf for size 0
	return ratio * share
}

// overflows tells if got = ±Inf stands for sum: the result is at the largest number but for the error.
func (m measure[F]) overflows(sum *big.Float, got float64) bool {
	limit := math.MaxFloat64
	if m.single {
		limit = float64(fromBits[F](infinityBits[F]() - 1))
	}
	most := number(limit * (1 - errorBound[F](chunk)))
	if m.root {
		most = mul(most, most)
	}
	return math.IsInf(got, sum.Sign()) && abs(sum).Cmp(most) >= 0
}

func (m measure[F]) errorOf(p, q []F) float64 {
	sum, size := m.exactly(p, q)
	return m.relativeError(m.compute(p, q), sum, size, len(p))
}

type goldenCase struct {
	Type, Family string
	P, Q         []string
	Want         map[string]string
}

func goldenCases(t *testing.T) (cases []goldenCase) {
	file, err := os.Open("internal/golden/testdata/discrete.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c goldenCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if lines.Err() != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), lines.Err())
	}
	return cases
}

func parsed[F float](t *testing.T, list []string) (x []F) {
	for _, s := range list {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || float64(F(v)) != v {
			t.Fatalf("%s: %v", s, err)
		}
		x = append(x, F(v))
	}
	return x
}

// The reference agrees with independent values of 60 digits, to the bit.
func TestOracle(t *testing.T) {
	for i, c := range goldenCases(t) {
		if !deep() && len(c.P) > 20 {
			continue
		}
		p, q := parsed[float64](t, c.P), parsed[float64](t, c.Q)
		for _, m := range measures[float64]() {
			name := strings.ToLower(m.name[:1]) + m.name[1:]
			if m.unit {
				continue
			}
			value, _ := m.exactly(p, q)
			if m.root && !value.IsInf() {
				value = sqrt(value)
			}
			got, _ := value.Float64()
			if want := parsed[float64](t, []string{c.Want[name]})[0]; got != want {
				t.Errorf("case %d, %s: %x, want %x", i, m.name, got, want)
			}
		}
	}
}

func TestGolden(t *testing.T) {
	cases := goldenCases(t)
	eachISA(t, func(t *testing.T) {
		report := worst{}
		for _, c := range cases {
			if c.Type == "float64" {
				golden[float64](t, c, report)
			} else {
				golden[float32](t, c, report)
			}
		}
		report.log(t)
	})
}

// worst holds the largest relative error for each key.
type worst map[string]float64

func (w worst) log(t *testing.T) {
	for _, key := range slices.Sorted(maps.Keys(w)) {
		t.Logf("%-60s %.2g", key, w[key])
	}
}

func golden[F float](t *testing.T, c goldenCase, report worst) {
	p, q := parsed[F](t, c.P), parsed[F](t, c.Q)
	for _, m := range measures[F]() {
		if m.unit {
			continue
		}
		name := strings.ToLower(m.name[:1]) + m.name[1:]
		want := parsed[float64](t, []string{c.Want[name]})[0]
		got := m.compute(p, q)
		limit, scale := accuracy[F](m.name, c, p, q)
		err := math.Abs(got-want) / scale(want)
		if got == want {
			err = 0
		}
		if !(err <= limit) {
			t.Errorf("%s %s n=%d %s: %v, want %v, error %.3g, limit %.3g", c.Type, c.Family, len(p), m.name, got, want, err, limit)
		}
		key := fmt.Sprintf("%s %s %s", c.Type, m.name, c.Family)
		report[key] = max(report[key], err)
	}
}

// accuracy is the largest error granted, and what it is relative to: itself, but Σ|p-q| for KullbackLeibler of near
// distributions. These limits are tighter than the documented bounds.
func accuracy[F float](name string, c goldenCase, p, q []F) (limit float64, scale func(want float64) float64) {
	scale = math.Abs
	near := strings.HasPrefix(c.Family, "near")
	if near && name == "KullbackLeibler" {
		scale = func(float64) float64 { return 2 * TotalVariation(p, q) }
	}
	switch {
	case isFloat64[F]():
		return 4e-16, scale
	case near || name == "GeneralizedKullbackLeibler" || strings.HasPrefix(name, "JensenShannon"):
		return 2e-7, scale
	}
	return 1e-7, scale
}

var oracleElements = flag.Int("oracle.elements", 1500, "elements per measure and type that TestWorstElement tries")

// The largest error of a single element, by search: half of the elements come from a family, half lie next to the worst one
// so far.
func TestWorstElement(t *testing.T) {
	t.Run("f64", worstElements[float64])
	t.Run("f32", worstElements[float32])
}

func worstElements[F float](t *testing.T) {
	kinds := families[F]()
	tries := (short(*oracleElements) + len(kinds) - 1) / len(kinds)
	for _, m := range append(measures[F](), termMeasures[F]()...) {
		largest, where := 0.0, "none"
		for _, kind := range kinds {
			err, p, q := m.worstElement(seed(t.Name()+m.name), kind, tries)
			if err > errorBound[F](1) {
				t.Errorf("%s(%x, %x) = %x, of %s: relative error %.3g", m.name, p, q, m.compute([]F{p}, []F{q}), kind.name, err)
			} else if err >= largest {
				largest, where = err, fmt.Sprintf("%x, %x", p, q)
			}
		}
		bits := mantissaBits[F]() + 1
		t.Logf("%-32s %.2f × 2**-%d at %s", m.name, math.Ldexp(largest, bits), bits, where)
	}
}

func (m measure[F]) worstElement(r *rng, kind family[F], tries int) (largest float64, worstP, worstQ F) {
	for i := range tries {
		p, q := kind.pair(r)
		if i%2 == 1 && largest > 0 {
			bits := r.below(mantissaBits[F]())
			p, q = step(worstP, r.around(bits)), step(worstQ, r.around(bits))
		}
		if !m.defined([]F{p}, []F{q}) {
			continue
		}
		if err := m.errorOf([]F{p}, []F{q}); err > largest {
			largest, worstP, worstQ = err, p, q
		}
	}
	return largest, worstP, worstQ
}

// Many elements: a block that repeats, so that the exact sum is a multiple of the block's.
func TestLongSums(t *testing.T) {
	t.Run("f64", longSums[float64])
	t.Run("f32", longSums[float32])
}

func longSums[F float](t *testing.T) {
	block, repeats := short(64), float64(1000)
	for _, kind := range families[F]() {
		p, q := pairs(seed(t.Name()), block, kind.pair)
		var long [2][]F
		for range int(repeats) {
			long[0], long[1] = append(long[0], p...), append(long[1], q...)
		}
		for _, m := range measures[F]() {
			if !m.defined(p, q) {
				continue
			}
			sum, size := m.exactly(p, q)
			got := m.compute(long[0], long[1])
			err := m.relativeError(got, mul(sum, number(repeats)), mul(size, number(repeats)), len(long[0]))
			if err > errorBound[F](len(long[0])) {
				t.Errorf("%s of %d %s: %v, relative error %.3g", m.name, len(long[0]), kind.name, got, err)
			}
		}
	}
}

// One term of 1 in each lane and all others just too small to change it alone: the worst that rounding can do to a chunk.
func TestWorstSum(t *testing.T) {
	t.Run("f64", worstSum[float64])
	t.Run("f32", worstSum[float32])
}

func worstSum[F float](t *testing.T) {
	p, q := make([]F, chunk), make([]F, chunk)
	for i := range p {
		p[i] = power[F](-54)
		if i < 2*lanes {
			p[i] = 1
		}
	}
	want := 2*lanes + (chunk-2*lanes)*0x1p-54
	got := 2 * TotalVariation(p, q)
	err := (want - got) / want
	t.Logf("relative error %.3g × 2**-53", err*0x1p53)
	if err > errorBound[F](len(p)) {
		t.Errorf("TotalVariation of %d: relative error %.3g", len(p), err)
	}
}

// Bhattacharyya has an error relative to 1 + |log Σ √(pq)|, or, where that is less, to the parts it is made of near 0.
func TestBhattacharyya(t *testing.T) {
	t.Run("f64", bhattacharyyas[float64])
	t.Run("f32", bhattacharyyas[float32])
}

func bhattacharyyas[F float](t *testing.T) {
	r := seed(t.Name())
	for _, kind := range families[F]() {
		largest, where := 0.0, ""
		for range short(60) {
			p, q := pairs(r, 1+r.below(40), kind.pair)
			if !(measure[F]{}).defined(p, q) {
				continue
			}
			if r.below(2) == 0 {
				normalise(p)
				normalise(q)
			}
			if err, is := bhattacharyyaError(p, q); err > largest {
				largest, where = err, is
			}
		}
		t.Logf("%-24s %.2g", kind.name, largest)
		if largest > errorBound[F](40) {
			t.Errorf("%s: %s, error %.3g", kind.name, where, largest)
		}
	}
}

func bhattacharyyaError[F float](p, q []F) (err float64, where string) {
	root := measure[F]{term: func(p, q *big.Float) *big.Float { return sqrt(new(big.Float).SetPrec(exactBits).Mul(p, q)) }}
	hellinger := measure[F]{term: exactHellinger}
	got := Bhattacharyya(p, q)
	coefficient, _ := root.exactly(p, q)
	if coefficient.Sign() == 0 {
		return infiniteUnless(got == math.Inf(1)), fmt.Sprintf("%v for coefficient 0", got)
	}
	want := neg(logRatio(coefficient, number(1)))
	size := add(number(1), abs(want))
	if c, _ := coefficient.Float64(); math.Abs(c-1) < 1.0/65 {
		apart, _ := hellinger.exactly(p, q)
		if parts := add(apart, abs(add(coefficient, sub(apart, number(1))))); parts.Cmp(size) < 0 {
			size = parts
		}
	}
	return root.relativeError(got, want, size, len(p)), fmt.Sprintf("%d elements: %v, want %.20g", len(p), got, want)
}

func infiniteUnless(ok bool) float64 {
	if ok {
		return 0
	}
	return math.Inf(1)
}

// normalise makes the sum of x about 1, where it can.
func normalise[F float](x []F) {
	var sum F
	for _, v := range x {
		sum += v
	}
	for i := range x {
		if scaled := x[i] / sum; scaled >= 0 && scaled <= 1 {
			x[i] = scaled
		}
	}
}

// A million pairs one unit in the last place apart: no sum of terms >= 0 may come out negative, none NaN.
func TestOneUlpApart(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", oneUlpApart[float64])
		t.Run("f32", oneUlpApart[float32])
	})
}

func oneUlpApart[F float](t *testing.T) {
	r := seed(t.Name())
	kinds := map[string]func(r *rng) F{
		"unit":          unit[F],
		"all exponents": anyFinite[F],
		"below one":     func(r *rng) F { return fromBits[F](r.next() % toBits[F](1)) },
	}
	for name, x := range kinds {
		pair := func(r *rng) (p, q F) { p = x(r); return p, step(p, 2*r.around(0)+1) }
		for left := short(1e6) / len(kinds); left > 0; {
			p, q := pairs(r, 1+r.below(20), pair)
			left -= len(p)
			for _, m := range measures[F]() {
				got := m.compute(p, q)
				mayBeNegative := m.name == "KullbackLeibler" || strings.HasSuffix(m.name, "Entropy")
				if m.unit && name == "all exponents" {
					continue
				}
				if got != got || got < 0 && !mayBeNegative {
					t.Fatalf("%s of %s %x, %x is %v", m.name, name, p, q, got)
				}
			}
		}
	}
}

package order

import (
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/relent-go/relent"
)

const precision = 256

func bigOf(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

func newBig() *big.Float { return new(big.Float).SetPrec(precision) }

// bigLog is log x = e·log 2 + 2 atanh((m-1)/(m+1)) for x = m·2**e.
func bigLog(x *big.Float) *big.Float {
	m := newBig()
	e := x.MantExp(m)
	if m.Cmp(bigOf(0.7)) < 0 {
		m.Mul(m, bigOf(2))
		e--
	}
	one := bigOf(1)
	log := bigAtanh2(newBig().Quo(newBig().Sub(m, one), newBig().Add(m, one)))
	return log.Add(log, newBig().Mul(bigOf(float64(e)), ln2))
}

var ln2 = bigAtanh2(newBig().Quo(bigOf(1), bigOf(3)))

func bigAtanh2(s *big.Float) *big.Float {
	sum, power, square := newBig(), newBig().Mul(s, bigOf(2)), newBig().Mul(s, s)
	for i := 1; i < 400 && power.Sign() != 0 && power.MantExp(nil) > s.MantExp(nil)-precision; i += 2 {
		sum.Add(sum, newBig().Quo(power, bigOf(float64(i))))
		power.Mul(power, square)
	}
	return sum
}

// bigExp is e**x = 2**n·e**(r/2**12)**(2**12) of the series of a small number.
func bigExp(x *big.Float) *big.Float {
	quotient, _ := newBig().Quo(x, ln2).Float64()
	n := math.Round(quotient)
	r := newBig().Sub(x, newBig().Mul(bigOf(n), ln2))
	r.SetMantExp(r, -12)
	sum, term := bigOf(1), bigOf(1)
	for i := 1; i < 20; i++ {
		term.Quo(term.Mul(term, r), bigOf(float64(i)))
		sum.Add(sum, term)
	}
	for range 12 {
		sum.Mul(sum, sum)
	}
	return sum.SetMantExp(sum, int(n))
}

// power is p^α·q^β of positive numbers, and bigPowers the sum of it where p and q are.
func bigPowers(p, q []float64, alpha, beta *big.Float) *big.Float {
	sum := newBig()
	for i := range p {
		if p[i] == 0 || q[i] == 0 {
			continue // the orders that are asked have no more there
		}
		log := newBig().Mul(alpha, bigLog(bigOf(p[i])))
		log.Add(log, newBig().Mul(beta, bigLog(bigOf(q[i]))))
		sum.Add(sum, bigExp(log))
	}
	return sum
}

func bigSum(x []float64) *big.Float {
	sum := newBig()
	for _, v := range x {
		sum.Add(sum, bigOf(v))
	}
	return sum
}

// excessOf is Σ p·log(p/m) - p + m.
func excessOf(p []float64, m []*big.Float) *big.Float {
	sum := newBig()
	for i, x := range p {
		sum.Add(sum, m[i])
		if x != 0 {
			log := newBig().Sub(bigLog(bigOf(x)), bigLog(m[i]))
			sum.Add(sum, log.Mul(log.Sub(log, bigOf(1)), bigOf(x)))
		}
	}
	return sum
}

// mixed is u·p + v·q.
func mixed(u float64, p, q []float64) (m []*big.Float) {
	v := newBig().Sub(bigOf(1), bigOf(u))
	for i := range p {
		x := newBig().Mul(bigOf(u), bigOf(p[i]))
		m = append(m, x.Add(x, newBig().Mul(v, bigOf(q[i]))))
	}
	return m
}

// inBig is a measure as its definition has it, of vectors for which it is finite.
func inBig(m Measure, p, q []float64) *big.Float {
	one, a := bigOf(1), bigOf(m.parameter)
	if m.kind == cressieRead {
		a.Add(a, one)
	}
	b := newBig().Sub(one, a)
	kl := func() *big.Float {
		var all []*big.Float
		for _, x := range q {
			all = append(all, bigOf(x))
		}
		return excessOf(p, all)
	}
	switch m.kind {
	case renyi, tsallis:
		if b.Sign() == 0 {
			sum := kl()
			return sum.Add(sum, newBig().Sub(bigSum(p), bigSum(q)))
		}
		powers := bigPowers(p, q, a, b)
		if m.kind == renyi {
			return powers.Quo(bigLog(powers), b.Neg(b))
		}
		return powers.Quo(powers.Sub(powers, one), b.Neg(b))
	case alpha, cressieRead:
		switch {
		case b.Sign() == 0:
			return twice(m, kl())
		case a.Sign() == 0:
			return twice(m, inBig(Alpha(1), q, p))
		}
		sum := newBig().Mul(a, bigSum(p))
		sum.Add(sum, newBig().Mul(b, bigSum(q)))
		sum.Sub(sum, bigPowers(p, q, a, b))
		return twice(m, sum.Quo(sum, a.Mul(a, b)))
	case triangular:
		sum := newBig()
		for i := range p {
			gap, total := newBig().Sub(bigOf(p[i]), bigOf(q[i])), newBig().Add(bigOf(p[i]), bigOf(q[i]))
			if total.Sign() != 0 {
				sum.Add(sum, gap.Quo(gap.Mul(gap, gap), total))
			}
		}
		return sum
	case weightedJensenShannon:
		mean := mixed(m.parameter, p, q)
		left, right := excessOf(p, mean), excessOf(q, mean)
		return left.Add(left.Mul(left, a), right.Mul(right, b))
	case skewKullbackLeibler:
		u, _ := b.Float64()
		sum := excessOf(p, mixed(u, p, q))
		return sum.Add(sum, a.Mul(a, newBig().Sub(bigSum(p), bigSum(q))))
	}
	u, _ := b.Float64()
	left, right := excessOf(p, mixed(u, p, q)), excessOf(q, mixed(u, q, p))
	return left.Quo(left.Add(left, right), bigOf(2))
}

func twice(m Measure, x *big.Float) *big.Float {
	if m.kind == cressieRead {
		return x.Add(x, x)
	}
	return x
}

// vectors are pairs of different kinds, all of which sum to one exactly: multiples of 2**-40.
func vectors(r *rand.Rand, n int, apart float64) (p, q []float64) {
	p, q = make([]float64, n), make([]float64, n)
	fill := func(x []float64, of func(i int) float64) {
		rest := 1.0
		for i := range x[1:] {
			x[i] = math.Floor(of(i)*0x1p40/float64(n)) * 0x1p-40
			rest -= x[i]
		}
		x[n-1] = rest
	}
	size := func(int) float64 { return math.Ldexp(1+r.Float64(), -r.IntN(4)) / 2 }
	fill(p, size)
	if apart == 0 {
		fill(q, size)
		return p, q
	}
	fill(q, func(i int) float64 { return p[i] * float64(n) * (1 + apart*(r.Float64()-0.5)) })
	return p, q
}

var oracleOrders = []float64{
	0x1p-60, 1e-9, 0.1, 0.3, 0.5, 0.7, 1 - 1e-3, 1 - 1e-9, 1 - 0x1p-53, 1, 1 + 0x1p-52, 1 + 1e-9, 1.2, 2, 3.7, 50,
}

func oracleMeasures() (list []Measure) {
	for _, a := range oracleOrders {
		list = append(list, Renyi(a), Tsallis(a), Alpha(a))
	}
	for _, a := range []float64{-3, -1, -0.5, -1e-9, 0, 2. / 3, 1} {
		list = append(list, Alpha(a), CressieRead(a), CressieRead(-1-a))
	}
	for _, w := range []float64{0.25, 0.5, 1e-3} {
		list = append(list, WeightedJensenShannon(w), SkewKullbackLeibler(w), SkewJensenShannon(w))
	}
	return append(list, Triangular, SkewJensenShannon(1), SkewKullbackLeibler(1))
}

// units is the error in units of 2**-53 of the exact value.
func units(got float64, want *big.Float) float64 {
	gap := newBig().Sub(bigOf(got), want)
	if gap.Sign() == 0 {
		return 0
	}
	e, _ := gap.Quo(gap, want).Float64()
	return math.Abs(e) * 0x1p53
}

// bound is what the package documents.
func bound(m Measure, n int) float64 {
	order := math.Abs(m.parameter)
	if m.kind == cressieRead {
		order++
	}
	return 40 + 8*order + float64(n)/8
}

func TestAgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	lengths := []int{2, 37}
	if testing.Short() {
		lengths = lengths[:1]
	}
	worst := map[string]float64{}
	for _, n := range lengths {
		for i, apart := range []float64{0, 0.5, 1e-3, 1e-6} {
			p, q := vectors(r, n, apart)
			for j, m := range oracleMeasures() {
				if n > 2 && (i+j)%3 > 0 && os.Getenv("RELENT_DEEP") != "1" {
					continue
				}
				want := inBig(m, p, q)
				e := units(Between(m, p, q), want)
				worst[kinds[m.kind].name] = max(worst[kinds[m.kind].name], e/bound(m, n))
				if !(e <= bound(m, n)) {
					t.Errorf("%v of %d, apart %v: %v, want %v, off by %.1f units", m, n, apart, Between(m, p, q), want, e)
				}
			}
		}
	}
	t.Log("largest errors over the bound:", worst)
}

// Elements far from each other, of small sizes and zeros, and unequal sums.
func TestAgainstBigFarApart(t *testing.T) {
	cases := [][2][]float64{
		{{0x1p-30, 1 - 0x1p-30}, {1 - 0x1p-40, 0x1p-40}},
		{{0x1p-300, 1}, {1, 0x1p-200}},
		{{0.25, 0.75, 0}, {0.5, 0.25, 0.25}},
		{{0.5, 3, 7}, {2, 0.25, 0x1p-10}},
		{{0x1p-1060, 0.5, 0.5}, {0x1p-1050, 0.25, 0.75}},
	}
	for i, c := range cases {
		for _, m := range oracleMeasures() {
			p, q := c[0], c[1]
			got := Between(m, p, q)
			if math.IsInf(got, 1) {
				value, _ := inBig(m, p, q).Float64()
				if zeros := p[len(p)-1] == 0; !math.IsInf(value, 1) && !zeros {
					t.Errorf("case %d, %v: %v, want %v", i, m, got, value)
				}
				continue
			}
			if e := units(got, inBig(m, p, q)); !(e <= 2*bound(m, 3)) {
				t.Errorf("case %d, %v: %v, want %v, off by %.1f units", i, m, got, inBig(m, p, q), e)
			}
		}
	}
}

// Divergences are finite where the sum of powers is not.
func TestNextToInfinity(t *testing.T) {
	p, q := []float64{2.125, 1.75}, []float64{0x1.1p-39, 0x1p-23}
	for _, m := range []Measure{Tsallis(26.6), Alpha(26.65), CressieRead(25.6)} {
		if e := units(Between(m, p, q), inBig(m, p, q)); !(e <= bound(m, 2)) {
			t.Errorf("%v: %v, off by %.1f units", m, Between(m, p, q), e)
		}
	}
}

// At the order 1 it does not matter how far sums are from 1.
func TestOrder1OfAnySums(t *testing.T) {
	for _, c := range [][2][]float64{
		{{3e-20, 5e-21}, {2e-20, 6e-21}}, {{4, 3}, {4.00000004, 3}}, {{1000.25}, {1000}}, {{0x1p-900, 0x1p-800}, {0x1p-901, 0x1p-801}},
	} {
		for _, m := range []Measure{Renyi(1), Tsallis(1)} {
			if e := units(Between(m, c[0], c[1]), inBig(m, c[0], c[1])); !(e <= bound(m, len(c[0]))) {
				t.Errorf("%v of %v: %v, off by %.1f units", m, c, Between(m, c[0], c[1]), e)
			}
		}
	}
}

// Orders for which powers overflow and underflow.
func TestHugeOrders(t *testing.T) {
	p, q := []float64{0.125, 0.375, 0.5}, []float64{0.25, 0.5, 0.25}
	limit := Between(Renyi(math.Inf(1)), p, q)
	if e := units(limit, ln2); e > 4 {
		t.Errorf("of the order +Inf: %v", limit)
	}
	last := 0.0
	for _, a := range []float64{10, 1e3, 1e6, 1e12, 1e300, math.MaxFloat64} {
		got := Between(Renyi(a), p, q)
		if got < last || got > limit {
			t.Errorf("order %v: %v, after %v, the limit is %v", a, got, last, limit)
		}
		if a <= 1e6 {
			if e := units(got, inBig(Renyi(a), p, q)); e > 40 { // the logarithm of the powers has the error of one
				t.Errorf("order %v: %v, off by %.1f units", a, got, e)
			}
		}
		last = got
	}
	far, other := []float64{0x1p-1000, 1}, []float64{1, 0x1p-1000}
	for _, a := range []float64{0.3, 0.5, 0.9, 3} {
		if e := units(Between(Renyi(a), far, other), inBig(Renyi(a), far, other)); e > 40 {
			t.Errorf("order %v far apart: off by %.1f units", a, e)
		}
	}
	if got := Between(Tsallis(5), far, other); got != math.Inf(1) {
		t.Errorf("Tsallis beyond a float64: %v", got)
	}
	if got := Between(Renyi(0.5), []float64{1, 0}, []float64{0, 1}); got != math.Inf(1) {
		t.Errorf("nothing in common: %v", got)
	}
}

func TestEntropiesAgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for _, n := range []int{2, 33} {
		p, _ := vectors(r, n, 0)
		ones := make([]float64, n)
		for i := range ones {
			ones[i] = 1
		}
		for _, a := range oracleOrders {
			one := bigOf(1)
			order := bigOf(a)
			rest := newBig().Sub(one, order)
			powers := bigPowers(p, ones, order, rest)
			wantRenyi, wantTsallis := newBig(), newBig()
			if rest.Sign() == 0 {
				for _, x := range p {
					wantRenyi.Sub(wantRenyi, newBig().Mul(bigOf(x), bigLog(bigOf(x))))
				}
				wantTsallis = wantRenyi
			} else {
				wantRenyi.Quo(bigLog(powers), rest)
				wantTsallis.Quo(newBig().Sub(powers, one), rest)
			}
			limit := bound(Renyi(a), n)
			if e := units(RenyiEntropy(a, p), wantRenyi); !(e <= limit) {
				t.Errorf("RenyiEntropy(%v) of %d: off by %.1f units", a, n, e)
			}
			if e := units(TsallisEntropy(a, p), wantTsallis); !(e <= limit) {
				t.Errorf("TsallisEntropy(%v) of %d: off by %.1f units", a, n, e)
			}
			entropy, _ := wantRenyi.Float64()
			if e := units(Hill(a, p), bigExp(wantRenyi)); !(e <= limit*entropy+4) {
				t.Errorf("Hill(%v) of %d: off by %.1f units", a, n, e)
			}
		}
		for _, a := range []float64{1e3, 1e6, 1e300} {
			if got, least := RenyiEntropy(a, p), RenyiEntropy(math.Inf(1), p); !(got >= least && got <= least*(1+2/a)+1e-15) {
				t.Errorf("RenyiEntropy(%v): %v, of +Inf %v", a, got, least)
			}
		}
	}
}

// Of counts: shares as rational numbers.
func TestCountsAgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 17))
	for _, scale := range []int{3, 1000, 1 << 30} {
		p, q := make([]int64, 20), make([]int64, 20)
		for i := range p {
			p[i] = 1 + r.Int64N(int64(scale))
			q[i] = 3*p[i] + r.Int64N(2)
		}
		x, y := make([]float64, 20), make([]float64, 20)
		for _, m := range []Measure{Renyi(0.3), Renyi(1 + 1e-9), Renyi(2), Tsallis(1 - 1e-9), Alpha(-1), CressieRead(2. / 3)} {
			// Shares rounded to 120 bits stand for those: sums of parts.
			want := exactShares(m, p, q)
			got, touched := BetweenCounts(m, p, q, relent.Strict)
			if e := units(got, want); !(e <= bound(m, 20)) || touched != (relent.Touched{}) {
				t.Errorf("%v of counts up to %d: %v, want %v, off by %.1f units", m, scale, got, want, e)
			}
		}
		for i := range p {
			x[i], y[i] = float64(p[i]), 3*float64(p[i])
		}
		for _, m := range oracleMeasures() {
			if got, _ := BetweenCounts(m, x, y, relent.Strict); got != 0 {
				t.Errorf("%v of proportional counts: %v", m, got)
			}
		}
	}
}

// exactShares is a measure with an order of p/Σp and q/Σq.
func exactShares(m Measure, p, q []int64) *big.Float {
	total := func(x []int64) *big.Float {
		sum := int64(0)
		for _, v := range x {
			sum += v
		}
		return bigOf(float64(sum))
	}
	a := bigOf(m.parameter)
	if m.kind == cressieRead {
		a.Add(a, bigOf(1))
	}
	b := newBig().Sub(bigOf(1), a)
	powers, logP, logQ := newBig(), bigLog(total(p)), bigLog(total(q))
	for i := range p {
		log := newBig().Mul(a, newBig().Sub(bigLog(bigOf(float64(p[i]))), logP))
		log.Add(log, newBig().Mul(b, newBig().Sub(bigLog(bigOf(float64(q[i]))), logQ)))
		powers.Add(powers, bigExp(log))
	}
	minusB := newBig().Neg(b)
	switch m.kind {
	case renyi:
		return powers.Quo(bigLog(powers), minusB)
	case tsallis:
		return powers.Quo(powers.Sub(powers, bigOf(1)), minusB)
	}
	sum := powers.Sub(bigOf(1), powers)
	return twice(m, sum.Quo(sum, a.Mul(a, b)))
}

func TestJensenShannonOfAgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 23))
	for _, apart := range []float64{0, 0.5, 1e-6, 1e-9} {
		p, q := vectors(r, 9, apart)
		third, _ := vectors(r, 9, apart)
		if apart > 0 {
			third = p
		}
		for _, weights := range [][]float64{{0.25, 0.5, 0.25}, {0x1p-20, 0.5, 0.5 - 0x1p-20}, {0, 0.5, 0.5}} {
			rows := relent.Matrix[float64]{Rows: 3, Cols: 9, Stride: 9, Data: append(append(append([]float64{}, p...), q...), third...)}
			mean := make([]*big.Float, 9)
			for j := range mean {
				mean[j] = newBig()
				for i, w := range weights {
					mean[j].Add(mean[j], newBig().Mul(bigOf(w), bigOf(rows.Row(i)[j])))
				}
			}
			want := newBig()
			for i, w := range weights {
				want.Add(want, newBig().Mul(bigOf(w), excessOf(rows.Row(i), mean)))
			}
			if e := units(JensenShannonOf(weights, rows), want); !(e <= 60) {
				t.Errorf("apart %v, weights %v: off by %.1f units", apart, weights, e)
			}
		}
	}
}

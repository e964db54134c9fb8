// Package order computes divergences and entropies of any order of discrete distributions, with the kernels of package relent: Rényi's and
// Tsallis's, α-divergences and the Cressie–Read family, skew and weighted Jensen–Shannon divergences, also of many distributions, Hill
// numbers and perplexity.
//
// A [Measure] is a divergence as a value, such as Renyi(2); [Between], [RowByRow], [ManyToMany], [AllPairs] and [BetweenCounts] take it, as
// those of package relent do theirs. Values are in nats, have the same bits on every CPU and for any [relent.Run], and are computed without
// a difference of large sums: they keep their relative accuracy where p and q are nearly the same, and at every order, those next to 0 and 1
// included. With ε = 2⁻⁵³ the relative error is at most (40 + 8|order| + n/8)·ε; of what is added for the sums of p and q, of its parts. That
// is of float64; elements of float32 are computed in float64.
//
// Vectors are taken as they are, never normalised. Rényi's and Tsallis's divergences have a pole at order 1 where p does not sum to one: a
// rounding of Σp by δ adds about δ/(order-1). The sums are computed to some 2⁻⁹⁴ an element, before that. What is to be normalised is
// counts: the shares that [BetweenCounts] takes sum to one exactly, whatever the counts are, numbers of float64 included. At the order 1
// itself there is no pole: it is Σ p·log(p/q).
//
// Zeros: a p of 0 has a term of no more than q. Where p > 0 = q, divergences of orders from 1 on are +Inf, those below are finite; of
// [Alpha] and [CressieRead] with orders of at most 0 likewise for q > 0 = p. Negative elements, NaN and infinities give NaN, elements
// of 2¹⁰⁰⁰ or more may; -0 is 0. No elements give 0.
//
// There is no index of these measures, as relent.Index is one: candidates would need a bound for each order.
//
//	elsewhere                                  here
//	scipy.stats.power_divergence(p, q, lambda_=λ)
//	                                           CressieRead(λ) for equal sums
//	Distances.jl renyi_divergence(p, q, α)     Renyi(α)
//	skbio.diversity.alpha.hill(counts, order)  HillOfCounts(order, counts)
//	scipy.stats.entropy(p), exponential        Perplexity(p)
package order

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
	"github.com/relent-go/relent/internal/sizes"
	"github.com/relent-go/relent/internal/special"
)

const here = sizes.Package("order")

// A Measure is a divergence of two distributions, with its parameter; values can be compared. The zero value is none.
type Measure struct {
	kind      kind
	parameter float64
}

type kind uint8

const (
	none kind = iota
	renyi
	tsallis
	alpha
	cressieRead
	triangular
	weightedJensenShannon
	skewKullbackLeibler
	skewJensenShannon
)

// kinds have the parameters from least to most.
var kinds = [...]struct {
	name        string
	least, most float64
}{
	none:                  {name: "none"},
	renyi:                 {"Renyi", 0, math.Inf(1)},
	tsallis:               {"Tsallis", 0, math.MaxFloat64},
	alpha:                 {"Alpha", -math.MaxFloat64, math.MaxFloat64},
	cressieRead:           {"CressieRead", -math.MaxFloat64, math.MaxFloat64},
	triangular:            {name: "Triangular"},
	weightedJensenShannon: {"WeightedJensenShannon", 0, 1},
	skewKullbackLeibler:   {"SkewKullbackLeibler", 0, 1},
	skewJensenShannon:     {"SkewJensenShannon", 0, 1},
}

// Triangular is the triangular discrimination Σ (p-q)²/(p+q), the symmetric χ² of Vincze and Le Cam: from 0 to Σp + Σq, the same bits for
// q and p.
var Triangular = Measure{kind: triangular}

// Renyi is Rényi's divergence log(Σ p^α·q^(1-α))/(α-1) of an order from 0 to +Inf; it panics for others. Limits are -log of Σ q where p > 0
// for the order 0, Σ p·log(p/q) for 1, and the logarithm of the largest p/q for +Inf.
func Renyi(order float64) Measure { return measureOf(renyi, order) }

// Tsallis is Tsallis's divergence (Σ p^α·q^(1-α) - 1)/(α-1) of a finite order from 0; it panics for others. It is 1 less Σ q where p > 0
// for the order 0, Σ p·log(p/q) for 1.
func Tsallis(order float64) Measure { return measureOf(tsallis, order) }

// Alpha is the α-divergence Σ (αp + (1-α)q - p^α·q^(1-α))/(α(1-α)) of positive measures (Cichocki and Amari, 2010), of any finite order; it
// panics for others. No term is negative. Of the order 1 it is the generalised Kullback–Leibler divergence of p from q, of 0 that of q from
// p, of ½ four times the squared Hellinger distance.
func Alpha(order float64) Measure { return measureOf(alpha, order) }

// CressieRead is the power divergence 2/(λ(λ+1)) Σ p·((p/q)^λ - 1) of p observed and q expected (Cressie and Read, 1984), any finite λ; it
// panics for others. It is twice [Alpha] of λ+1, which is the same where p and q have the same sum, and otherwise has no negative term: λ = 1
// is Pearson's χ² always, λ = 0 is 2 Σ (p·log(p/q) - p + q).
func CressieRead(lambda float64) Measure { return measureOf(cressieRead, lambda) }

// WeightedJensenShannon is w·KL(p‖m) + (1-w)·KL(q‖m), m = w·p + (1-w)·q, for a weight of p from 0 to 1; it panics for others.
func WeightedJensenShannon(weight float64) Measure {
	return measureOf(weightedJensenShannon, weight)
}

// SkewKullbackLeibler is KL(p‖(1-a)·p + a·q) (Lee, 1999), for an a from 0 to 1; it panics for others.
func SkewKullbackLeibler(a float64) Measure { return measureOf(skewKullbackLeibler, a) }

// SkewJensenShannon is the mean of [SkewKullbackLeibler] of p and q and of q and p (Nielsen, 2010): for a = ½ the Jensen–Shannon divergence,
// for 1 half that of Jeffreys.
func SkewJensenShannon(a float64) Measure { return measureOf(skewJensenShannon, a) }

func measureOf(k kind, parameter float64) Measure {
	return Measure{k, k.parameter(kinds[k].name, parameter)}
}

// parameter is x, of a function's argument, which is not -0.
func (k kind) parameter(function string, x float64) float64 {
	if !k.takes(x) {
		here.Panic(function, "%v is not from %v to %v", x, kinds[k].least, kinds[k].most)
	}
	return x + 0
}

func (k kind) takes(parameter float64) bool {
	return parameter >= kinds[k].least && parameter <= kinds[k].most
}

func (m Measure) check(function string) {
	if m.kind == none {
		here.Panic(function, "the measure is none")
	}
}

// Between is the measure of p and q, of the same length.
func Between[F relent.Float](m Measure, p, q []F) float64 {
	m.check("Between")
	if len(p) != len(q) {
		here.Panic("Between", "lengths %d and %d differ", len(p), len(q))
	}
	return between(m, p, q)
}

func between[F relent.Float](m Measure, p, q []F) float64 {
	if len(p) == 0 {
		return 0
	}
	x := pair[F]{p: side[F]{x: p, factor: 1, total: 1}, q: side[F]{x: q, factor: 1, total: 1}, multiple: 1}
	return x.value(m)
}

// A side is the elements of either distribution: shares of a total are elements times a factor, all divided by the pair's multiple.
type side[F relent.Float] struct {
	x             []F
	factor, total float64
}

// A pair is what a measure is of. Shares sum to one, elements as they do.
type pair[F relent.Float] struct {
	p, q     side[F]
	multiple float64
	shares   bool
}

func (x *pair[F]) value(m Measure) float64 {
	a := m.parameter
	var v float64
	switch m.kind {
	case renyi:
		v = x.renyi(a)
	case tsallis:
		v = x.tsallis(a)
	case alpha:
		v = x.alpha(orderOf(a))
	case cressieRead:
		v = float64(2 * x.alpha(orderBeyond(a)))
	case triangular:
		var n pass.Numbers
		n.Set(x.p.factor, x.q.factor)
		v = x.pass(pass.OrderTriangular, &n)[0] / x.multiple
	case weightedJensenShannon:
		v = x.weighted(a)
	case skewKullbackLeibler:
		v = x.skew(a)
	default:
		overP, _ := x.mixture(1-a, a)
		_, overQ := x.mixture(a, 1-a)
		v = float64((overP + overQ) / 2)
	}
	return float64(v) + 0
}

func (x *pair[F]) pass(k pass.Kernel, n *pass.Numbers) pass.Sums {
	return relent.Pass(k, n, nil, x.p.x, x.q.x)
}

// swapped is the pair with p and q in each other's place.
func (x *pair[F]) swapped() pair[F] { return pair[F]{x.q, x.p, x.multiple, x.shares} }

// An order is A >= ½ and c = 1-A <= ½ of p and q or, swapped, of q and p: p^α·q^(1-α) is P^A·Q^c. c is exact, and A rounded.
type order struct {
	a, c float64
	swap bool
}

// orderOf is that of α, and orderBeyond that of 1+λ.
func orderOf(alpha float64) order {
	if alpha < 0.5 {
		return order{1 - alpha, negligible(alpha), true}
	}
	return order{alpha, 1 - alpha, false}
}

func orderBeyond(lambda float64) order {
	if lambda < -0.5 {
		return order{-lambda, negligible(1 + lambda), true}
	}
	return order{1 + lambda, negligible(-lambda), false}
}

// negligible is x, but 0 where 1/x might overflow: no result differs by that.
func negligible(x float64) float64 {
	if math.Abs(x) < 0x1p-1000 {
		return 0
	}
	return x
}

// numbers are the kernels', see kernels/orders.go.
func (x *pair[F]) numbers(o order, shift float64) (n pass.Numbers) {
	// Of a c of a smaller size, 0 included, terms differ from the least one's by nothing, but those where Q is 0; of a larger one not at all.
	const least, most = 0x1p-80, 0x1p1000
	c, apart, term, power := max(o.c, least), math.Inf(1), math.Inf(1), 0.0
	switch {
	case o.c > 0:
		apart, term = 2, o.a/o.c
	case o.c < 0:
		c, power = max(-most, min(o.c, -least)), math.Inf(1)
	}
	const digits = 1<<12 - 1
	octave := math.Float64frombits(math.Float64bits(-c) &^ digits)
	n.Set(octave, -c-octave, -c/math.Ln2, 1/c, -c, apart, term, power, shift, x.p.factor, x.q.factor)
	return n
}

// sums are A times the α-divergence, and Σ P^A·Q^c, of x that is swapped where the order is.
func (x *pair[F]) sums(o order) (divergence, power float64) {
	const steepest = 100 // of OrderTerms
	n, kernel := x.numbers(o, 0), pass.OrderTerms
	switch {
	case x.shares:
		kernel = pass.OrderTermsOfShares
	case o.c < -steepest:
		kernel = pass.OrderTermsAnywhere
	}
	s := x.pass(kernel, &n)
	divergence, power = s[0]/x.multiple, s[1]/x.multiple
	if o.c < 0 && math.IsInf(divergence, 1) {
		if shift, log := x.logPower(o); !math.IsInf(shift, 1) { // the largest term may be finite where its factors are not
			divergence = exponentialOver(-o.c, shift, log)
		}
	}
	return divergence, power
}

// exponentialOver is e^(c·shift + log)/c, where that may be finite and the power not. The exponent, of some hundreds, is a sum of two.
func exponentialOver(c, shift, log float64) float64 {
	product := float64(c * shift)
	exponent := product + log
	rest := math.FMA(c, shift, -product) + (log - (exponent - product)) // no logarithm is larger than the product
	root := special.Exp(0.5 * exponent)
	return float64(float64(float64(root/c)*root) * (1 + rest))
}

// logPower is the logarithm of Σ P^A·Q^c as log - c·shift: the shift is log(P/Q) where the power of that is largest. It is +Inf, or -Inf, if
// that is 0 or infinite.
func (x *pair[F]) logPower(o order) (shift, log float64) {
	if o.c < 0 {
		shift = x.most(math.Inf(1))
	} else {
		s := x.swapped()
		shift = -s.most(math.Inf(-1))
	}
	if math.IsInf(shift, 0) {
		return shift, 0
	}
	// Of a c that is larger, the logarithm is over it, and what counts beside the largest powers is the same.
	o.c = max(o.c, -0x1p50)
	sum := x.powerBeside(o, shift)
	// An error of some units in the shift's last place may make powers too large or too small, times c. What is next to it does not.
	const step = 600
	switch {
	case math.IsInf(sum, 1):
		shift -= step / o.c
		sum = x.powerBeside(o, shift)
	case sum == 0:
		shift += step / o.c
		sum = x.powerBeside(o, shift)
	}
	return shift, special.Log(sum)
}

// powerBeside is Σ P^A·Q^c over e**(-c·shift).
func (x *pair[F]) powerBeside(o order, shift float64) float64 {
	n, kernel := x.numbers(o, shift), pass.OrderTermsAnywhere
	if x.shares {
		kernel = pass.OrderTermsOfShares
	}
	return x.pass(kernel, &n)[1] / x.multiple
}

// most is the largest log(P/Q), of which those where Q is 0 are infinite, or NaN.
func (x *pair[F]) most(infinite float64) float64 {
	var n pass.Numbers
	n.Set(x.p.factor, x.q.factor, infinite)
	s := x.pass(pass.OrderMost, &n)
	return s[0] + s[1]
}

// beyond is what P and Q sum to beyond 1.
func (x *pair[F]) beyond() (p, q float64) {
	if x.shares {
		return 0, 0
	}
	s := x.pass(pass.OrderTotals, nil)
	return s[0] - 1 + s[1], s[2] - 1 + s[3]
}

// supported is what Q sums to where P is not 0, and that beyond 1.
func (x *pair[F]) supported() (sum, beyond float64) {
	s := x.swapped()
	sums := s.pass(pass.OrderSupport, nil)
	valid := float64(0 * sums[2])
	return (sums[0]+sums[1])/x.q.total + valid, (sums[0]-x.q.total+sums[1])/x.q.total + valid
}

// kullbackLeibler is Σ p·log(p/q), the excess of it over Σ (p-q) and that.
func (x *pair[F]) kullbackLeibler() float64 {
	excess, _ := x.sums(order{1, 0, false})
	if x.shares {
		return excess
	}
	s := x.pass(pass.OrderTotals, nil)
	return excess + ((s[0] - s[2]) + (s[1] - s[3]))
}

// powerBeyond1 is Σ p^α·q^(1-α) - 1 over -over, which is c or A, and that sum itself: of parts A·Σ(P-1) + c·Σ(Q-1) - c·divergence, unless the
// last one is so large that the sum has the digits. The size is that of the parts, times over, or +Inf.
func (x *pair[F]) powerBeyond1(o order, over float64) (value, power, size float64) {
	divergence, power := x.sums(o)
	if !(math.Abs(o.c*divergence) <= 1) && power <= math.MaxFloat64 {
		return (1 - power) / over, power, math.Inf(1)
	}
	p, q := x.beyond()
	rest := divergence - q
	return float64(rest*(o.c/over)) - float64(p*(o.a/over)), power, math.Abs(float64(rest*o.c)) + math.Abs(float64(p*o.a))
}

func (x *pair[F]) renyi(alpha float64) float64 {
	o := orderOf(alpha)
	switch {
	case math.IsInf(alpha, 1):
		return x.most(math.Inf(1))
	case alpha == 1:
		return x.kullbackLeibler()
	case o.c == 0:
		if sum, beyond := x.supported(); math.Abs(beyond) <= 0.5 {
			return -special.Log1p(beyond)
		} else {
			return -special.Log(sum)
		}
	}
	y, over := *x, o.c // α-1 is -c, or -A
	if o.swap {
		y, over = x.swapped(), o.a
	}
	value, power, size := y.powerBeyond1(o, over)
	if power != power {
		return power
	}
	switch gap := float64(-over * value); {
	case math.Abs(gap) <= 0.5 && size <= 4+math.Abs(o.c): // else the sum of powers has no larger error
		return special.Log1p(gap) / -over
	case 0x1p-600 <= power && power <= 0x1p600:
		return special.Log(power) / -over
	}
	shift, log := y.logPower(o)
	return float64(o.c/over*shift) - log/over
}

func (x *pair[F]) tsallis(alpha float64) float64 {
	o := orderOf(alpha)
	switch {
	case alpha == 1:
		return x.kullbackLeibler()
	case o.c == 0:
		_, beyond := x.supported()
		return -beyond
	case o.swap:
		y := x.swapped()
		value, _, _ := y.powerBeyond1(o, o.a)
		return value
	}
	value, _, _ := x.powerBeyond1(o, o.c)
	return value
}

func (x *pair[F]) alpha(o order) float64 {
	y := *x
	if o.swap {
		y = x.swapped()
	}
	divergence, _ := y.sums(o)
	return divergence / o.a
}

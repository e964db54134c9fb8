package relent

import (
	"fmt"
	"math"
	"math/bits"
	"unsafe"
)

// Count is the constraint of counts: the numbers in the bins of a histogram, or weights.
type Count interface {
	~float32 | ~float64 | ~uint32 | ~uint64
}

// A ZeroPolicy says what becomes of bins that hold nothing. It treats both sides alike. The zero value is [Strict].
type ZeroPolicy struct {
	kind   zeroKind
	amount float64
}

type zeroKind uint8

const (
	strict zeroKind = iota
	skip
	additive
	floored
)

var (
	// Strict leaves zeros as they are: a measure is infinite where its definition says so.
	Strict = ZeroPolicy{}
	// Skip leaves out the bins in which either count is 0, as if there were no such bins: the totals are those of the other bins.
	Skip = ZeroPolicy{kind: skip}
)

// Additive adds alpha to each count, and so alpha for each bin to each total (Laplace's rule of succession for 1, the estimate
// of Krichevsky and Trofimov for 1/2). It panics if alpha is not a finite number >= 0.
func Additive(alpha float64) ZeroPolicy {
	if !(alpha >= 0 && finite(alpha)) {
		panic(fmt.Sprintf("relent: Additive: %v is not a finite number >= 0", alpha))
	}
	return ZeroPolicy{kind: additive, amount: alpha}
}

// Floor raises shares below epsilon to epsilon. The others stay, so that the shares of a side then sum to more than 1, by
// epsilon for each bin that was raised at most; no measure but [GeneralizedKL] makes up for that. It panics if epsilon is not in [0, 1].
func Floor(epsilon float64) ZeroPolicy {
	if !(epsilon >= 0 && epsilon <= 1) {
		panic(fmt.Sprintf("relent: Floor: %v is not in [0, 1]", epsilon))
	}
	return ZeroPolicy{kind: floored, amount: epsilon}
}

func (z ZeroPolicy) String() string {
	switch z.kind {
	case strict:
		return "Strict"
	case skip:
		return "Skip"
	case additive:
		return fmt.Sprintf("Additive(%v)", z.amount)
	}
	return fmt.Sprintf("Floor(%v)", z.amount)
}

// BetweenCounts returns the measure of the shares p/Σp and q/Σq of counts, and the number of bins in which the policy changed
// a count or a share on either side. For Skip these are the bins in which one count is 0 and the other is not.
//
// The counts are read where they are, twice: for the totals, and for the measure. What they are made into by Additive, and
// numbers above 2⁵³, are rounded to float64; float32 is computed in float64.
//
// The shares themselves are not rounded. The totals are exact where they are below 2⁵³ times what all counts are multiples
// of (1 for whole numbers), and the measure then has the relative error of the function that it names, also where the
// shares are nearly the same, whatever the totals are: shares that are the same give 0. [KL] is not negative, and has the
// accuracy of [GeneralizedKL], which it equals here. Otherwise the relative error ε of a total is at most
// (min(n, 1024)/16 + 4)·2⁻⁵³, and adds a few ε² to the measure, but a few ε to [TV], [CE] and the entropy; and
// shares whose differences are below 2⁻⁹⁴ of the whole may count as the same. Shares below 2⁻¹⁰²² are subnormal numbers.
//
// A total of 0, and a count that is negative, infinite or NaN, give NaN; no bins at all give 0. Slices of different lengths
// panic, and so do the measures of probabilities of success ([BCE], [BinaryKL]).
func BetweenCounts[C Count](m Measure, p, q []C, zeros ZeroPolicy) (value float64, touched int) {
	const name = "BetweenCounts"
	m.check(name, false)
	if m == BCE || m == BinaryKL {
		panic(fmt.Sprintf("relent: %s: %v is not a measure of shares", name, m))
	}
	if len(p) != len(q) {
		panicLengths(name, len(p), len(q))
	}
	return measureCounts(m, p, q, zeros)
}

// EntropyOfCounts returns the entropy of the shares p/Σp of counts. See [BetweenCounts].
func EntropyOfCounts[C Count](p []C, zeros ZeroPolicy) (value float64, touched int) {
	return measureCounts(ShannonEntropy, p, p, zeros)
}

// PopulationStabilityIndex returns the population stability index Σ (a-e)·log(a/e) of the shares e of the expected and a of the
// actual counts, which is [Jeffreys] of them, and the number of bins in which the policy changed something. See [BetweenCounts].
//
// By the rule of thumb of credit scoring the population has not changed below 0.1, and has changed for good above 0.25 (N.
// Siddiqi, Credit Risk Scorecards, Wiley 2006); it does not regard the number of bins, nor of observations.
func PopulationStabilityIndex[C Count](expected, actual []C, zeros ZeroPolicy) (psi float64, touched int) {
	if len(expected) != len(actual) {
		panicLengths("PopulationStabilityIndex", len(expected), len(actual))
	}
	return measureCounts(PSI, expected, actual, zeros)
}

func measureCounts[C Count](m Measure, p, q []C, zeros ZeroPolicy) (value float64, touched int) {
	if len(p) == 0 {
		return 0, 0
	}
	if isFloat64Slice(p) && zeros.kind == strict {
		x, y := asFloat64(p), asFloat64(q)
		var t totals
		t.addAll(x, y)
		if !t.extreme() {
			return measureDirectly(m, x, y, &t), 0
		}
	}
	return measureThroughBuffers(m, p, q, zeros)
}

// isFloat64Slice tells whether C is made from float64.
func isFloat64Slice[C Count](p []C) bool {
	half := 0.5
	return unsafe.Sizeof(p[0]) == 8 && C(half) != 0
}

func asFloat64[C Count](p []C) []float64 {
	return unsafe.Slice((*float64)(unsafe.Pointer(unsafe.SliceData(p))), len(p))
}

// measureDirectly is for counts that can be taken as they are.
func measureDirectly(m Measure, p, q []float64, t *totals) float64 {
	if !t.valid() || t.signs() && (negative(p) || negative(q)) {
		return math.NaN()
	}
	var s shares
	s.init(m, t, t)
	value := s.value(m, s.sumAll(m, p, q))
	if m == BhattacharyyaDistance && value > farBhattacharyya {
		value = t.bhattacharyya(bhattacharyya(p, q))
	}
	return canonical(value)
}

// farBhattacharyya is the distance from which Σ √(pq) is more accurate than 1 without the squared Hellinger distance.
const farBhattacharyya = 0.5

// totals are what is to be known of all counts.
type totals struct {
	sums [2]float64
	bits [2]uint64 // of all counts, or-ed
}

// A tally is what tallyChunk finds.
type tally struct {
	sums [2][8]float64 // each the first; the others are rests
	bits [2][8]uint64  // each the or of all
}

// add takes in a chunk, at least one count.
func (t *totals) add(p, q []float64) (sums [2]float64) {
	var part tally
	tallyChunk(&part, p, q)
	for side, b := range &part.bits {
		t.bits[side] |= b[0] | b[1] | b[2] | b[3] | b[4] | b[5] | b[6] | b[7]
	}
	return [2]float64{part.sums[0][0], part.sums[1][0]}
}

// addAll takes in all counts.
func (t *totals) addAll(p, q []float64) {
	if len(p) <= chunk {
		t.sums = t.add(p, q)
		return
	}
	var sums [2]exactSum
	for len(p) > chunk {
		part := t.add(p[:chunk], q[:chunk])
		sums[0].add(part[0])
		sums[1].add(part[1])
		p, q = p[chunk:], q[chunk:]
	}
	part := t.add(p, q)
	sums[0].add(part[0])
	sums[1].add(part[1])
	t.sums = [2]float64{sums[0].take(), sums[1].take()}
}

// Totals within these bounds leave the arithmetic of shares room.
const leastTotal, mostTotal = 0x1p-900, 0x1p+900

// extreme tells that a total is too small or too large, but can be helped.
func (t *totals) extreme() bool {
	return tooSmall(t.sums[0]) || tooLarge(t.sums[0]) || tooSmall(t.sums[1]) || tooLarge(t.sums[1])
}

func tooSmall(total float64) bool { return total > 0 && total < leastTotal }
func tooLarge(total float64) bool { return total > mostTotal }

func (t *totals) valid() bool {
	return t.sums[0] > 0 && finite(t.sums[0]) && t.sums[1] > 0 && finite(t.sums[1])
}

// signs tells that a sign bit is set, of a negative number or of -0.
func (t *totals) signs() bool { return int64(t.bits[0]|t.bits[1]) < 0 }

// negative tells whether a count is: as a share it may be too small to show.
func negative[C Count](x []C) bool {
	for _, c := range x {
		if c < 0 {
			return true
		}
	}
	return false
}

// bhattacharyya is the distance, given Σ √(xy) of the counts.
func (t *totals) bhattacharyya(sum float64) float64 {
	return negLog(sum / math.Sqrt(t.sums[0]) / math.Sqrt(t.sums[1]))
}

// measureThroughBuffers is for counts that must be made into something else first.
func measureThroughBuffers[C Count](m Measure, p, q []C, zeros ZeroPolicy) (value float64, touched int) {
	var b buffers
	r := countReader[C]{p: p, q: q, zeros: zeros, scale: [2]float64{1, 1}}
	whole := r.totals(&b)
	if whole.extreme() {
		r.rescale(&whole)
		whole = r.totals(&b)
	}
	if !whole.valid() || r.invalid || whole.signs() && (negative(p) || negative(q)) {
		return math.NaN(), r.touched
	}
	t := whole
	if zeros.kind == floored {
		r.floors = [2]float64{zeros.amount * whole.sums[0], zeros.amount * whole.sums[1]}
		t = r.totals(&b)
	}
	var s shares
	s.init(m, &whole, &t)
	value = s.value(m, r.sum(&b, &s, m))
	if m == BhattacharyyaDistance && value > farBhattacharyya {
		value = whole.bhattacharyya(r.sum(&b, nil, m))
	}
	return canonical(value), r.touched
}

// buffers are for a chunk of counts of each side.
type buffers [2][chunk]float64

// A countReader gives counts as float64, a chunk at a time.
type countReader[C Count] struct {
	p, q    []C
	zeros   ZeroPolicy
	scale   [2]float64 // powers of two
	floors  [2]float64 // of counts
	touched int
	invalid bool
}

// rescale asks for counts times a power of two where a total is too small or too large.
func (r *countReader[C]) rescale(t *totals) {
	for side, sum := range t.sums {
		switch {
		case tooSmall(sum):
			r.scale[side] = 0x1p+600
		case tooLarge(sum):
			r.scale[side] = 0x1p-600
		}
	}
}

// read fills the buffers from bin i on, with as many bins as there are in a chunk, and returns what is filled.
func (r *countReader[C]) read(i int, b *buffers) (p, q []float64) {
	n := 0
	end := min(i+chunk, len(r.p))
	if r.zeros.kind == strict && r.scale == [2]float64{1, 1} { // what is invalid shows in the totals or in a sum
		return convert(b[0][:end-i], r.p[i:end]), convert(b[1][:end-i], r.q[i:end])
	}
	for j, c := range r.p[i:end] {
		x, y := float64(c), float64(r.q[i+j])
		if !(x >= 0 && y >= 0 && finite(x) && finite(y)) {
			r.invalid = true
		}
		if r.zeros.kind == skip && (x == 0 || y == 0) {
			r.touch(x != y)
			continue
		}
		if r.zeros.kind == additive {
			r.touch(r.zeros.amount > 0)
			x, y = x+r.zeros.amount, y+r.zeros.amount
		}
		x, y = x*r.scale[0], y*r.scale[1]
		if x < r.floors[0] || y < r.floors[1] {
			r.touch(true)
			x, y = max(x, r.floors[0]), max(y, r.floors[1])
		}
		b[0][n], b[1][n] = x, y
		n++
	}
	return b[0][:n], b[1][:n]
}

func convert[C Count](dst []float64, counts []C) []float64 {
	for i, c := range counts {
		dst[i] = float64(c)
	}
	return dst
}

func (r *countReader[C]) touch(changed bool) {
	if changed {
		r.touched++
	}
}

func (r *countReader[C]) totals(b *buffers) (t totals) {
	r.touched = 0
	var sums [2]exactSum
	for i := 0; i < len(r.p); i += chunk {
		if p, q := r.read(i, b); len(p) > 0 {
			part := t.add(p, q)
			sums[0].add(part[0])
			sums[1].add(part[1])
		}
	}
	t.sums = [2]float64{sums[0].take(), sums[1].take()}
	return t
}

// sum adds the measure's terms on shares or, without them, √(pq) of the counts.
func (r *countReader[C]) sum(b *buffers, s *shares, m Measure) float64 {
	r.touched = 0
	var sum exactSum
	for i := 0; i < len(r.p); i += chunk {
		switch p, q := r.read(i, b); {
		case len(p) == 0:
		case s == nil:
			sum.add(bhattacharyya(p, q))
		default:
			sum.add(s.chunkSum(m, p, q))
		}
	}
	return sum.take()
}

// Shares are counts times factors that make them the same multiple of their shares of the whole: m[0] on the one side, and
// m[1] + m[2] on the other.
type shares struct {
	m        numbers
	multiple float64
	rounded  bool       // where products are not exact
	beyond   [2]float64 // what the shares of a side sum to but for 1
}

// numbers of a kernel's model, each twice, for a vector of two.
type numbers [3][2]float64

func (n *numbers) set(i int, x float64) { n[i] = [2]float64{x, x} }

// init makes the shares those of the whole, for counts of these totals.
func (s *shares) init(m Measure, whole, t *totals) {
	p, q := whole.sums[0], whole.sums[1]
	if t != whole {
		s.beyond = [2]float64{(t.sums[0] - p) / p, (t.sums[1] - q) / q}
	}
	switch m {
	case ShannonEntropy:
		s.m.set(0, p)
		s.multiple = p
	case CE:
		s.m.set(0, q)
		s.multiple = p
	default:
		if !s.exact(p, q, t.bits) {
			s.round(p, q)
		}
	}
}

// exact finds factors with products that are exact, if there are any: x·Q' and y·P' where P'/Q' is P/Q in whole numbers.
func (s *shares) exact(p, q float64, counted [2]uint64) bool {
	pOdd, pExponent := oddPart(p)
	qOdd, qExponent := oddPart(q)
	a, b := qOdd, pOdd
	fit := func() bool { return fits(a, counted[0]) && fits(b, counted[1]) }
	if !fit() {
		common := gcd(a, b)
		a, b = a/common, b/common
		if !fit() {
			return false
		}
	}
	// The multiple is p·m[0] = pOdd·a·2**-length, between 1/4 and 1.
	length := bits.Len64(pOdd) + bits.Len64(a)
	s.m.set(0, float64(a)*powerOfTwo(-length-pExponent))
	s.m.set(1, float64(b)*powerOfTwo(-length-qExponent))
	s.multiple = float64(pOdd) * float64(a) * powerOfTwo(-length)
	return true
}

// round takes a power of two for the one side, and the quotient of the totals, to twice the precision, for the other.
func (s *shares) round(p, q float64) {
	s.rounded = true
	power := powerOfTwo(-math.Ilogb(p))
	s.multiple = p * power
	quotient := s.multiple / q
	s.m.set(0, power)
	s.m.set(1, quotient)
	s.m.set(2, math.FMA(-quotient, q, s.multiple)/q)
}

// oddPart is x, positive and normal, as an odd number times a power of two.
func oddPart(x float64) (odd uint64, exponent int) {
	b := math.Float64bits(x)
	odd = b&(1<<52-1) | 1<<52
	zeros := bits.TrailingZeros64(odd)
	return odd >> zeros, int(b>>52) - 1023 - 52 + zeros
}

// fits tells whether products of a factor and numbers with these bits, or-ed, are exact.
func fits(factor, numbers uint64) bool {
	free := bits.TrailingZeros64(numbers | 1<<52)
	return factor == 1 || bits.Len64(factor) <= free
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// powerOfTwo is 2**e, a normal number.
func powerOfTwo(e int) float64 { return math.Float64frombits(uint64(e+1023) << 52) }

// sumAll is the sum of all terms, on shares times the multiple.
func (s *shares) sumAll(m Measure, p, q []float64) float64 {
	if len(p) <= chunk {
		return s.chunkSum(m, p, q)
	}
	var sum exactSum
	for len(p) > chunk {
		sum.add(s.chunkSum(m, p[:chunk], q[:chunk]))
		p, q = p[chunk:], q[chunk:]
	}
	sum.add(s.chunkSum(m, p, q))
	return sum.take()
}

// chunkSum is sumAll of a chunk.
func (s *shares) chunkSum(m Measure, p, q []float64) float64 {
	switch m {
	case ShannonEntropy:
		return entropyOfCounts(p, &s.m)
	case CE:
		return crossEntropyOfCounts(p, q, &s.m)
	case JS, JSDistance:
		if s.rounded {
			return jensenShannonRoundedShares(p, q, &s.m)
		}
		return jensenShannonShares(p, q, &s.m)
	case PSI:
		if s.rounded {
			return jeffreysRoundedShares(p, q, &s.m)
		}
		return jeffreysShares(p, q, &s.m)
	case HellingerDistance, BhattacharyyaDistance:
		if s.rounded {
			return squaredHellingerRoundedShares(p, q, &s.m)
		}
		return squaredHellingerShares(p, q, &s.m)
	case TV:
		if s.rounded {
			return totalVariationRoundedShares(p, q, &s.m)
		}
		return totalVariationShares(p, q, &s.m)
	case Chi2:
		if s.rounded {
			return chiSquareRoundedShares(p, q, &s.m)
		}
		return chiSquareShares(p, q, &s.m)
	}
	if s.rounded {
		return generalizedKLRoundedShares(p, q, &s.m)
	}
	return generalizedKLShares(p, q, &s.m)
}

// value is the measure, given the sum.
func (s *shares) value(m Measure, sum float64) float64 {
	sum /= s.multiple
	if s.rounded && sum < leastOf(m) {
		sum = 0 // what rounding leaves of shares that are the same
	}
	switch m {
	case KL: // every measure that is left is homogeneous without it
		return sum + (s.beyond[0] - s.beyond[1])
	case JS:
		return sum / 4
	case JSDistance:
		return math.Sqrt(sum / 4)
	case HellingerDistance:
		return math.Sqrt(sum / 2)
	case BhattacharyyaDistance: // Σ √(pq) is the mean of both sums of shares but for half the sum
		return -log1p((s.beyond[0]+s.beyond[1])/2 - sum/2)
	case TV:
		return sum / 2
	}
	return sum
}

// leastOf is what a sum can tell from 0 where shares are rounded: their differences are known to 2**-105.
func leastOf(m Measure) float64 {
	switch m {
	case TV:
		return 0x1p-94
	case ShannonEntropy, CE:
		return 0
	}
	return 0x1p-188
}

package relent

import (
	"fmt"
	"math"
	"slices"
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
// epsilon for each bin that was raised at most; no measure but [MeasureGeneralizedKullbackLeibler] makes up for that. A side without any counts has no
// shares to raise, and the measure is NaN, as under every policy but [Additive]. It panics if epsilon is not in [0, 1].
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
// The counts are read where they are, twice: for the totals, and for the measure; once more where shares are nearly the same, or
// 0. What they are made into by Additive, and numbers above 2⁵³, are rounded to float64; float32 is computed in float64. A policy
// that has nothing to change, but for Additive, costs nothing.
//
// The shares themselves are not rounded. The totals are exact where they are below 2⁵³ times what all counts are multiples
// of (1 for whole numbers), and the measure then has the relative error of the function that it names, also where the
// shares are nearly the same, whatever the totals are: shares that are the same give 0. [MeasureKullbackLeibler] is not negative, and has the
// accuracy of [MeasureGeneralizedKullbackLeibler], which it equals here. Otherwise the relative error ε of a total is at most
// (min(n, 1024)/16 + 4)·2⁻⁵³, and adds a few ε² to the measure, but a few ε to [MeasureTotalVariation], [MeasureCrossEntropy] and the entropy.
// Shares below 2⁻¹⁰²² are subnormal numbers.
//
// A total of 0, and a count that is negative, infinite or NaN, give NaN; no bins at all give 0. Slices of different lengths
// panic, and so do the measures of probabilities of success ([MeasureBinaryCrossEntropy], [MeasureBinaryKullbackLeibler]).
func BetweenCounts[C Count](m Measure, p, q []C, zeros ZeroPolicy) (value float64, touched int) {
	const name = "BetweenCounts"
	m.check(name, false)
	if m.traits().shares.form == notOfShares {
		panic(fmt.Sprintf("relent: %s: %v is not a measure of shares", name, m))
	}
	if len(p) != len(q) {
		panicLengths(name, len(p), len(q))
	}
	return measureCounts(m, p, q, zeros)
}

// EntropyOfCounts returns the entropy of the shares p/Σp of counts. See [BetweenCounts].
func EntropyOfCounts[C Count](p []C, zeros ZeroPolicy) (value float64, touched int) {
	return measureCounts(MeasureEntropy, p, p, zeros)
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
	return measureCounts(MeasureJeffreys, expected, actual, zeros)
}

func measureCounts[C Count](m Measure, p, q []C, zeros ZeroPolicy) (value float64, touched int) {
	if len(p) == 0 {
		return 0, 0
	}
	readsBoth(p, q)
	if isFloat64Slice(p) {
		if value, ok := measureDirectly(m, madeFrom[float64](p), madeFrom[float64](q), zeros); ok {
			return value, 0
		}
	}
	return measureThroughBuffers(m, p, q, zeros)
}

// measureDirectly is for counts that are taken as they are.
func measureDirectly(m Measure, p, q []float64, zeros ZeroPolicy) (value float64, ok bool) {
	if len(p) > chunk {
		r := countReader[float64]{p: p, q: q, asTheyAre: true}
		t := r.totals()
		return r.measureDirectly(m, &t, zeros)
	}
	t := totalsOf(p, q)
	if t.positive() && t.quick() && !zeros.changes(&t) {
		if value, ok := measureQuickly(m, p, q, t); ok {
			return value, true
		}
	}
	r := countReader[float64]{p: p, q: q, asTheyAre: true}
	return r.measureDirectly(m, &t, zeros)
}

func (r *countReader[C]) measureDirectly(m Measure, t *totals, zeros ZeroPolicy) (value float64, ok bool) {
	if t.extreme() || t.valid() && zeros.changes(t) {
		return 0, false
	}
	return r.value(m, t, t), true
}

// measureQuickly is for a chunk of counts that are all positive, of totals t.
func measureQuickly(m Measure, p, q []float64, t totals) (value float64, ok bool) {
	if m.Symmetric() && t.sums[0] < t.sums[1] {
		p, q = q, p
		t.swap()
	}
	var s shares
	s.init(m, &t, &t, 0)
	sum := s.chunkSum(m, p, q) / s.multiple
	value = s.value(m, sum)
	return value, s.good(sum) && (s.finish != finishCoefficient || value <= farBhattacharyya)
}

// isFloat64Slice tells whether C is made from float64.
func isFloat64Slice[C Count](p []C) bool {
	half := 0.5
	return unsafe.Sizeof(p[0]) == 8 && C(half) != 0
}

// madeFrom is p as a slice of the type that C is made from.
func madeFrom[T, C Count](p []C) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(p))), len(p))
}

// totals are what is to be known of all counts.
type totals struct {
	sums   [2]float64
	least  [2]float64 // without the lower half of the pattern; says nothing where a sum is NaN
	signed bool       // there is a negative number, or -0
}

// A tally is what tallyChunk finds: the first of each, the others are rests.
type tally struct {
	sums  [2][8]float64
	least [2][8]uint64 // the upper halves of patterns
}

// totalsOf takes in a chunk, at least one count. Where p is q, as for an entropy, its halves are looked at side by side.
func totalsOf(p, q []float64) totals {
	half := len(p) / 2
	if &p[0] != &q[0] || half == 0 {
		return tallied(p, q)
	}
	t := tallied(p[:half], p[half:2*half])
	sum, least := t.sums[0]+t.sums[1], min(t.least[0], t.least[1])
	if half < len(p)-half {
		last := p[len(p)-1]
		sum, least, t.signed = sum+last, min(least, last), t.signed || math.Signbit(last)
	}
	t.sums, t.least = [2]float64{sum, sum}, [2]float64{least, least}
	return t
}

func tallied(p, q []float64) (found totals) {
	var t tally
	tallyChunk(&t, p, q)
	found.sums = [2]float64{t.sums[0][0], t.sums[1][0]}
	const upperHalf = 1<<64 - 1<<32
	least := [2]uint64{t.least[0][0] & upperHalf, t.least[1][0] & upperHalf}
	found.least = [2]float64{math.Float64frombits(least[0]), math.Float64frombits(least[1])}
	if found.signed = int64(least[0]|least[1]) < 0; found.signed { // negative numbers are in another order
		found.least = [2]float64{slices.Min(p), slices.Min(q)}
	}
	return found
}

// Totals within these bounds leave the arithmetic of shares room.
const leastTotal, mostTotal = 0x1p-900, 0x1p+900

// extreme tells that a total is too small or too large, but can be helped.
func (t *totals) extreme() bool {
	return tooSmall(t.sums[0]) || tooLarge(t.sums[0]) || tooSmall(t.sums[1]) || tooLarge(t.sums[1])
}

func tooSmall(total float64) bool { return total > 0 && total < leastTotal }
func tooLarge(total float64) bool { return total > mostTotal }

// valid tells that the counts are finite and not negative.
func (t *totals) valid() bool {
	return finite(t.sums[0]) && finite(t.sums[1]) && t.least[0] >= 0 && t.least[1] >= 0
}

// empty tells that a side has nothing.
func (t *totals) empty() bool { return t.sums[0] == 0 || t.sums[1] == 0 }

// leastPositive is the least count that no text has trouble with.
const leastPositive = 0x1p-200

// positive tells that every count is, and not very small.
func (t *totals) positive() bool { return min(t.least[0], t.least[1]) >= leastPositive && !t.signed }

// quick tells that the totals suit the quick texts, if the counts are valid.
func (t *totals) quick() bool {
	const least, most, apart = 0x1p-30, 0x1p+200, 0x1p+60
	p, q := t.sums[0], t.sums[1]
	return min(p, q) >= least && max(p, q) <= most && p <= q*apart && q <= p*apart && !t.signed
}

// swap makes the one side the other.
func (t *totals) swap() {
	t.sums[0], t.sums[1] = t.sums[1], t.sums[0]
	t.least[0], t.least[1] = t.least[1], t.least[0]
}

// changes tells whether the policy does anything to counts of these totals.
func (z ZeroPolicy) changes(t *totals) bool {
	switch z.kind {
	case skip:
		return t.least[0] == 0 || t.least[1] == 0
	case additive:
		return z.amount > 0
	case floored:
		return t.least[0] < shareOf(t.sums[0], z.amount).least || t.least[1] < shareOf(t.sums[1], z.amount).least
	}
	return false
}

// buffers are for a chunk of counts of each side.
type buffers [2][]float64

// A countReader gives counts as float64, a chunk at a time.
type countReader[C Count] struct {
	p, q    []C
	swapped bool       // q comes first
	zeros   ZeroPolicy // in force
	scale   [2]float64 // powers of two
	floors  [2]floor
	touched int

	// Bins in which both sides are raised, to the same share, differ in nothing: they are left out, and counted, where differences
	// are all that matters.
	differences bool
	paired      int

	asTheyAre bool // C is float64, and nothing is to be changed
	buffers   buffers
	kept      bool // all counts are in the buffers, as many as
	lengths   int
}

// measureThroughBuffers is for counts that must be made into something else first.
func measureThroughBuffers[C Count](m Measure, p, q []C, zeros ZeroPolicy) (value float64, touched int) {
	if len(p) <= smallChunk { // less to clear
		var b [2][smallChunk]float64
		r := countReader[C]{p: p, q: q, buffers: buffers{b[0][:], b[1][:]}}
		return r.measure(m, zeros)
	}
	return measureThroughLargeBuffers(m, p, q, zeros)
}

func measureThroughLargeBuffers[C Count](m Measure, p, q []C, zeros ZeroPolicy) (value float64, touched int) {
	var b [2][chunk]float64
	r := countReader[C]{p: p, q: q, buffers: buffers{b[0][:], b[1][:]}}
	return r.measure(m, zeros)
}

const smallChunk = 128

func (r *countReader[C]) measure(m Measure, zeros ZeroPolicy) (value float64, touched int) {
	whole := r.moderateTotals()
	if !whole.valid() || !zeros.changes(&whole) {
		return r.value(m, &whole, &whole), 0
	}
	r.zeros = zeros
	if zeros.kind == floored {
		r.floors = [2]floor{shareOf(whole.sums[0], zeros.amount), shareOf(whole.sums[1], zeros.amount)}
		r.differences = m.traits().shares.form == shareOfDifferences
		r.change()
		t := r.totals()
		touched = r.touched
		return r.value(m, &whole, &t), touched
	}
	whole = r.moderateTotals()
	touched = r.touched
	return r.value(m, &whole, &whole), touched
}

// moderateTotals are the totals, of counts times a power of two where one would be too small or too large.
func (r *countReader[C]) moderateTotals() totals {
	r.scale = [2]float64{1, 1}
	r.change()
	t := r.totals()
	if !t.extreme() || min(t.least[0], t.least[1]) < 0 { // a negative count might become 0
		return t
	}
	for side, sum := range t.sums {
		switch {
		case tooSmall(sum):
			r.scale[side] = 0x1p+600
		case tooLarge(sum):
			r.scale[side] = 0x1p-600
		}
	}
	r.change()
	return r.totals()
}

// change tells that the counts are to be made into something else than before.
func (r *countReader[C]) change() {
	r.kept = false
	r.asTheyAre = isFloat64Slice(r.p) && r.zeros.kind == strict && r.scale == [2]float64{1, 1}
}

// single tells that both sides are one.
func (r *countReader[C]) single() bool { return &r.p[0] == &r.q[0] }

// chunkAt gives the bins from i on, with as many as there are in a chunk, but for those that the policy leaves out.
func (r *countReader[C]) chunkAt(i int) (p, q []float64) {
	n := min(chunk, len(r.p)-i)
	if r.asTheyAre {
		p, q = madeFrom[float64](r.p[i:i+n]), madeFrom[float64](r.q[i:i+n])
	} else {
		if !r.kept {
			r.lengths = r.fill(r.p[i:i+n], r.q[i:i+n])
			r.kept = n == len(r.p)
		}
		p, q = r.buffers[0][:r.lengths], r.buffers[1][:r.lengths]
		if r.single() {
			q = p
		}
	}
	if r.swapped {
		p, q = q, p
	}
	return p, q
}

// fill brings counts into the buffers, changed, and returns how many they are.
func (r *countReader[C]) fill(p, q []C) int {
	x, y, plus := r.buffers[0][:len(p)], r.buffers[1][:len(p)], 0.0
	if r.zeros.kind == additive {
		plus = r.zeros.amount
		r.touched += len(p)
	}
	convert(x, p, plus)
	if r.single() {
		y = x
	} else {
		convert(y, q, plus)
	}
	if r.zeros.kind == skip {
		x, y = r.leaveOut(x, y)
	}
	scale(x, r.scale[0])
	if !r.single() {
		scale(y, r.scale[1])
	}
	if r.zeros.kind == floored {
		return r.raise(x, y)
	}
	return len(x)
}

// convert makes counts float64 and adds a number to each.
func convert[C Count](dst []float64, counts []C, plus float64) {
	half := 0.5
	switch whole := C(half) == 0; {
	case unsafe.Sizeof(counts[0]) == 4 && whole:
		convertUint32(dst, madeFrom[uint32](counts), plus)
	case unsafe.Sizeof(counts[0]) == 4:
		convertFloat32(dst, madeFrom[float32](counts), plus)
	case whole:
		convertUint64(dst, madeFrom[uint64](counts), plus)
	default:
		convertFloat64(dst, madeFrom[float64](counts), plus)
	}
}

func scale(x []float64, by float64) {
	if by == 1 {
		return
	}
	for i := range x {
		x[i] *= by
	}
}

// leaveOut moves the bins that stay to the front. Counts are not negative. No branch depends on them: which bins are empty, nobody
// foresees.
func (r *countReader[C]) leaveOut(x, y []float64) (p, q []float64) {
	n, touched := 0, 0
	y = y[:len(x)]
	for i, p := range x {
		q := y[i]
		x[n], y[n] = p, q
		fullP, fullQ := isPositive(p), isPositive(q)
		n += fullP & fullQ
		touched += fullP ^ fullQ
	}
	r.touched += touched
	return x[:n], y[:n]
}

// isPositive is 1 for x > 0 and 0 for x = 0, of either sign.
func isPositive(x float64) int { return one(math.Float64bits(x)<<1 != 0) }

// one is 1 for true, 0 for false.
func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A floor is what a share of a total is, as a count.
type floor struct {
	least float64 // the least number that is not below the share
	value float64 // rounded
}

func shareOf(total, share float64) floor {
	f := floor{share * total, share * total}
	if math.FMA(-share, total, f.value) < 0 {
		f.least = math.Nextafter(f.value, math.Inf(1))
	}
	return f
}

func (f floor) patterns() (p struct{ least, value uint64 }) {
	p.least, p.value = math.Float64bits(f.least), math.Float64bits(f.value)
	return p
}

// raise brings counts up to the floors, and returns how many bins there are then.
func (r *countReader[C]) raise(x, y []float64) int {
	n, touched, paired, drop := 0, 0, 0, one(r.differences)
	floorP, floorQ := r.floors[0].patterns(), r.floors[1].patterns()
	y = y[:len(x)]
	for i := range x {
		p, q := math.Float64bits(x[i]), math.Float64bits(y[i]) // in the order of the numbers
		lowP, lowQ := one(p < floorP.least), one(q < floorQ.least)
		x[n], y[n] = math.Float64frombits(max(p, floorP.value)), math.Float64frombits(max(q, floorQ.value))
		both := lowP & lowQ & drop
		n += 1 - both
		paired += both
		touched += lowP | lowQ
	}
	r.touched += touched
	r.paired += paired
	return n
}

func (r *countReader[C]) totals() (t totals) {
	r.touched, r.paired = 0, 0
	if len(r.p) <= chunk {
		if p, q := r.chunkAt(0); len(p) > 0 {
			t = totalsOf(p, q)
		}
		return t
	}
	return r.longTotals()
}

func (r *countReader[C]) longTotals() totals {
	var sums [2]exactSum
	t := totals{least: [2]float64{math.Inf(1), math.Inf(1)}}
	for i := 0; i < len(r.p); i += chunk {
		p, q := r.chunkAt(i)
		if len(p) == 0 {
			continue
		}
		part := totalsOf(p, q)
		for side := range sums {
			sums[side].add(part.sums[side])
			t.least[side] = min(t.least[side], part.least[side])
		}
		t.signed = t.signed || part.signed
	}
	t.sums = [2]float64{sums[0].take(), sums[1].take()}
	return t
}

// value is the measure, of shares of the whole, for counts of totals t.
func (r *countReader[C]) value(m Measure, whole, t *totals) float64 {
	if !whole.valid() || whole.empty() {
		return math.NaN()
	}
	if m.Symmetric() && whole.sums[0] < whole.sums[1] { // which one has the larger total decides what comes first
		r.swapped = true
		whole.swap()
		if t != whole {
			t.swap()
		}
	}
	var s shares
	s.init(m, whole, t, float64(float64(r.paired)*r.zeros.amount))
	if s.way == quick {
		switch sum := r.regard(m, &s, t); {
		case sum >= 0x1p+220:
			return math.Inf(1)
		case sum > 0:
			s.precise(whole)
		}
	}
	value := r.sum(m, &s) / s.multiple
	if !s.good(value) {
		s.precise(whole)
		value = r.sum(m, &s) / s.multiple
	}
	value = s.value(m, value)
	if s.finish == finishCoefficient && !(value <= farBhattacharyya) { // NaN where the squared Hellinger distance is rounded to more than 1
		s.way = roots
		value = negLog(r.sum(m, &s)/math.Sqrt(whole.sums[0])/math.Sqrt(whole.sums[1]) + s.paired)
	}
	return canonical(value)
}

// regard takes the text for counts that may be 0, if a measure has one, unless all are positive. It returns 0 if that is right for all of
// them, and 2**220 or more if the measure is infinite, since one is 0 beside another that is not.
func (r *countReader[C]) regard(m Measure, s *shares, t *totals) (irregular float64) {
	if t.positive() || !s.zeros {
		return 0
	}
	if t.least[1] < leastPositive || m.Symmetric() {
		s.way = looking
		irregular = r.sum(m, s)
	}
	s.way = quickWithZeros
	return irregular
}

// good tells whether the sum over shares is so large that the way was good enough.
func (s *shares) good(sum float64) bool {
	return s.way != quick && s.way != quickWithZeros || s.form != shareOfDifferences ||
		max(leastQuick, math.Abs(s.beyond[0]-s.beyond[1])) <= sum && sum <= math.MaxFloat64
}

// farBhattacharyya is the distance from which Σ √(pq) is more accurate than 1 without the squared Hellinger distance.
const farBhattacharyya = 0.5

// leastQuick is the least that the sum of a quick text, relative to all counts, is good for: its absolute error is below 2**-104, or
// for TV 2**-105. Where the shares of the sides do not sum to the same, it is 2**-53 of that difference besides.
const leastQuick = 0x1p-48

// sum adds the measure's terms on shares, times the multiple.
func (r *countReader[C]) sum(m Measure, s *shares) float64 {
	if len(r.p) <= chunk {
		if p, q := r.chunkAt(0); len(p) > 0 {
			return s.chunkSum(m, p, q)
		}
		return 0
	}
	var sum exactSum
	for i := 0; i < len(r.p); i += chunk {
		if p, q := r.chunkAt(i); len(p) > 0 {
			sum.add(s.chunkSum(m, p, q))
		}
	}
	return sum.take()
}

// shareTraits are what a measure declares of shares, see package kernels.
type shareTraits struct {
	form   shareForm
	zeros  bool // there is a quick text for zeros
	second second
	finish finish
}

type (
	shareForm uint8
	second    uint8
	finish    uint8
)

const (
	notOfShares shareForm = iota
	shareOfOne
	shareOfLogarithms
	shareOfDifferences
)

const (
	secondNone second = iota
	secondRest
	secondRoot
	secondPerRatio
)

const (
	finishValue finish = iota
	finishExcess
	finishCoefficient
)

// Shares are counts times factors that make them the same multiple of their shares of the whole.
type shares struct {
	shareTraits
	way
	m        numbers // the kernel's
	multiple float64
	beyond   [2]float64 // what the shares of a side sum to but for 1, without those in bins that are left out
	paired   float64    // the shares of either side in those
}

// A way is the kind of text that counts are measured by, see package kernels.
type way uint8

const (
	precise way = iota
	quick
	quickWithZeros // where a measure has a text for them
	equal          // the totals are: the texts of vectors apply
	looking        // for what quickWithZeros is not right for
	roots          // of products, not of shares
)

// numbers of a kernel's model, each twice, for a vector of two.
type numbers [2][2]float64

func (n *numbers) set(i int, x float64) { n[i] = [2]float64{x, x} }

// init makes the shares those of the whole, for counts of these totals and bins of the same shares that are left out.
func (s *shares) init(m Measure, whole, t *totals, paired float64) {
	p, q := whole.sums[0], whole.sums[1]
	s.shareTraits, s.multiple, s.paired = m.traits().shares, p, paired
	if t != whole {
		s.beyond = [2]float64{(t.sums[0] - p) / p, (t.sums[1] - q) / q}
	}
	switch {
	case s.form == shareOfOne:
		s.m.set(0, p)
	case s.form == shareOfLogarithms:
		s.m.set(0, q)
		if t.quick() && t.least[1] >= leastPositive {
			s.way = quick
		}
	case p == q:
		s.way = equal
	case t.quick():
		s.quick(p, q)
	default:
		s.precise(whole)
	}
}

// quick takes the first counts as they are, and the second ones times the ratio of the totals.
func (s *shares) quick(p, q float64) {
	s.way = quick
	ratio := p / q
	s.m.set(0, ratio)
	switch s.second {
	case secondRest:
		s.m.set(1, math.FMA(-ratio, q, p)/q)
	case secondRoot:
		s.m.set(1, 2*math.Sqrt(ratio))
	case secondPerRatio:
		s.multiple = p * ratio
	}
}

// precise takes factors whose quotient is that of the totals, exactly.
func (s *shares) precise(whole *totals) {
	s.way = precise
	p, pPower := significand(whole.sums[0])
	q, qPower := significand(whole.sums[1])
	s.m.set(0, q*pPower)
	s.m.set(1, p*qPower)
	s.multiple = p * q
}

// significand is x, positive and normal, between 1/2 and 1, as x times a power of two.
func significand(x float64) (s, power float64) {
	power = math.Float64frombits((2045 - math.Float64bits(x)>>52) << 52)
	return float64(x * power), power
}

// chunkSum is the sum of the measure's terms of a chunk.
func (s *shares) chunkSum(m Measure, p, q []float64) float64 {
	switch {
	case s.form == shareOfOne:
		return entropyOfCounts(p, &s.m)
	case s.form == shareOfLogarithms && s.way == quick:
		return quickCrossEntropy(p, q, &s.m)
	case s.form == shareOfLogarithms:
		return crossEntropyOfCounts(p, q, &s.m)
	}
	switch s.way {
	case quick:
		return quickSum(m, p, q, &s.m)
	case quickWithZeros:
		return zerosSum(m, p, q, &s.m)
	case looking:
		return irregularSum(m, p, q, &s.m)
	case equal:
		return equalSum(m, p, q, &s.m)
	case roots:
		return bhattacharyya(p, q)
	}
	return preciseSum(m, p, q, &s.m)
}

// value is the measure made out of the sum over shares.
func (s *shares) value(m Measure, sum float64) float64 {
	switch s.finish {
	case finishExcess: // the generalised divergence, less what the shares of one side sum to beyond the other's
		return sum + (s.beyond[0] - s.beyond[1])
	case finishCoefficient: // Σ √(pq) is the mean of both sums of shares but for half the sum
		return -log1p(s.paired + float64((s.beyond[0]+s.beyond[1])/2) - float64(sum/2))
	}
	return measureValue(m, sum)
}

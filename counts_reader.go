package relent

import (
	"math"
	"slices"

	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/parallel"
	"github.com/relent-go/relent/internal/policy"
)

// measureDirectly is for counts that are taken as they are.
func measureDirectly(by *parallel.Worker, m Measure, p, q []float64, zeros ZeroPolicy) (value float64, ok bool) {
	if len(p) > chunk {
		r := countReader{by: by, p: countsOf(p), q: countsOf(q), asTheyAre: true}
		t := r.totals()
		return r.measureDirectly(m, &t, zeros)
	}
	t := totalsOf(p, q)
	if t.positive() && t.quick() && !zeros.changes(&t) {
		if value, ok := measureQuickly(m, p, q, t); ok {
			return value, true
		}
	}
	r := countReader{by: by, p: countsOf(p), q: countsOf(q), asTheyAre: true}
	return r.measureDirectly(m, &t, zeros)
}

func (r *countReader) measureDirectly(m Measure, t *totals, zeros ZeroPolicy) (value float64, ok bool) {
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

// totals are what is to be known of all counts.
type totals struct {
	sums   [2]float64
	least  [2]float64 // without the lower half of the pattern; says nothing where a sum is NaN
	signed bool       // there is a negative number, or -0
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
	var t tallySums
	tally(&t, p, q)
	found.sums = [2]float64{t[tallySumP], t[tallySumQ]}
	found.least = [2]float64{t[tallyLeastP], t[tallyLeastQ]}
	if found.signed = math.Signbit(found.least[0]) || math.Signbit(found.least[1]); found.signed { // negative numbers are in another order
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
	switch z.kind() {
	case policy.Skip:
		return t.least[0] == 0 || t.least[1] == 0
	case policy.Additive:
		return z.amount() > 0
	case policy.Floor:
		return t.least[0] < shareOf(t.sums[0], z.amount()).least || t.least[1] < shareOf(t.sums[1], z.amount()).least
	}
	return false
}

// countBuffers are for a chunk of counts of each side.
type countBuffers [2][]float64

// A countReader gives counts as float64, a chunk at a time.
type countReader struct {
	by      *parallel.Worker // who stops it
	p, q    counts
	swapped bool       // q comes first
	zeros   ZeroPolicy // in force
	scale   [2]float64 // powers of two
	floors  [2]floor
	touched Touched

	// Bins in which both sides are raised, to the same share, differ in nothing: they are left out, and counted, where differences
	// are all that matters.
	differences bool
	paired      int

	asTheyAre bool // counts are float64, and nothing is to be changed
	buffers   countBuffers
	kept      bool // all counts are in the buffers, as many as
	lengths   int
}

// measureThroughBuffers is for counts that must be made into something else first.
func measureThroughBuffers(by *parallel.Worker, m Measure, p, q counts, zeros ZeroPolicy) (value float64, touched Touched) {
	if p.n <= smallChunk { // less to clear
		var b [2][smallChunk]float64
		r := countReader{by: by, p: p, q: q, buffers: countBuffers{b[0][:], b[1][:]}}
		return r.measure(m, zeros)
	}
	return measureThroughLargeBuffers(by, m, p, q, zeros)
}

func measureThroughLargeBuffers(by *parallel.Worker, m Measure, p, q counts, zeros ZeroPolicy) (value float64, touched Touched) {
	var b [2][chunk]float64
	r := countReader{by: by, p: p, q: q, buffers: countBuffers{b[0][:], b[1][:]}}
	return r.measure(m, zeros)
}

const smallChunk = 128

func (r *countReader) measure(m Measure, zeros ZeroPolicy) (value float64, touched Touched) {
	whole := r.moderateTotals()
	if !whole.valid() || !zeros.changes(&whole) {
		return r.value(m, &whole, &whole), Touched{}
	}
	r.zeros = zeros
	if zeros.kind() == policy.Floor {
		r.floors = [2]floor{shareOf(whole.sums[0], zeros.amount()), shareOf(whole.sums[1], zeros.amount())}
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
func (r *countReader) moderateTotals() totals {
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
func (r *countReader) change() {
	r.kept = false
	r.asTheyAre = bothAre(float64s, r.p, r.q) && r.zeros.kind() == policy.Strict && r.scale == [2]float64{1, 1}
}

// single tells that both sides are one.
func (r *countReader) single() bool { return r.p.data == r.q.data && r.p.kind == r.q.kind }

// chunkAt gives the bins from i on, with as many as there are in a chunk, but for those that the policy leaves out.
func (r *countReader) chunkAt(i int) (p, q []float64) {
	n := min(chunk, r.p.n-i)
	if r.asTheyAre {
		p, q = r.p.slice(i, i+n).float64s(), r.q.slice(i, i+n).float64s()
	} else {
		if !r.kept {
			r.lengths = r.fill(r.p.slice(i, i+n), r.q.slice(i, i+n))
			r.kept = n == r.p.n
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
func (r *countReader) fill(p, q counts) int {
	x, y, plus := r.buffers[0][:p.n], r.buffers[1][:p.n], 0.0
	if r.zeros.kind() == policy.Additive {
		plus = r.zeros.amount()
	}
	p.convert(x, plus)
	if r.single() {
		y = x
	} else {
		q.convert(y, plus)
	}
	switch r.zeros.kind() {
	case policy.Skip:
		x, y = r.leaveOut(x, y)
	case policy.Additive:
		r.filled(p, q, x, y)
	}
	scale(x, r.scale[0])
	if !r.single() {
		scale(y, r.scale[1])
	}
	if r.zeros.kind() == policy.Floor {
		return r.raise(x, y)
	}
	return len(x)
}

// filled counts the bins that nothing but Additive is in.
func (r *countReader) filled(p, q counts, x, y []float64) {
	plus := r.zeros.amount()
	for i := range x {
		if x[i] == plus || y[i] == plus {
			r.touched.count(x[i] == plus && p.zero(i), y[i] == plus && q.zero(i))
		}
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
func (r *countReader) leaveOut(x, y []float64) (p, q []float64) {
	n, one, both := 0, 0, 0
	y = y[:len(x)]
	for i, p := range x {
		q := y[i]
		x[n], y[n] = p, q
		fullP, fullQ := isPositive(p), isPositive(q)
		n += fullP & fullQ
		one += fullP ^ fullQ
		both += 1 - (fullP | fullQ)
	}
	r.touched.OneSide += one
	r.touched.BothSides += both
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
func (r *countReader) raise(x, y []float64) int {
	n, onlyOne, pairs, drop := 0, 0, 0, one(r.differences)
	floorP, floorQ := r.floors[0].patterns(), r.floors[1].patterns()
	y = y[:len(x)]
	for i := range x {
		p, q := math.Float64bits(x[i]), math.Float64bits(y[i]) // in the order of the numbers
		lowP, lowQ := one(p < floorP.least), one(q < floorQ.least)
		x[n], y[n] = math.Float64frombits(max(p, floorP.value)), math.Float64frombits(max(q, floorQ.value))
		both := lowP & lowQ
		n += 1 - both&drop
		pairs += both
		onlyOne += lowP ^ lowQ
	}
	r.touched.OneSide += onlyOne
	r.touched.BothSides += pairs
	r.paired += pairs * drop
	return n
}

func (r *countReader) totals() (t totals) {
	r.touched, r.paired = Touched{}, 0
	if r.p.n <= chunk {
		if p, q := r.chunkAt(0); len(p) > 0 {
			t = totalsOf(p, q)
		}
		return t
	}
	return r.longTotals()
}

func (r *countReader) longTotals() totals {
	var sums [2]exact.Sum
	t := totals{least: [2]float64{math.Inf(1), math.Inf(1)}}
	for i := 0; i < r.p.n && !r.by.Stopped(); i += chunk {
		p, q := r.chunkAt(i)
		if len(p) == 0 {
			continue
		}
		part := totalsOf(p, q)
		for side := range sums {
			sums[side].Add(part.sums[side])
			t.least[side] = min(t.least[side], part.least[side])
		}
		t.signed = t.signed || part.signed
	}
	t.sums = [2]float64{sums[0].Take(), sums[1].Take()}
	return t
}

// value is the measure, of shares of the whole, for counts of totals t.
func (r *countReader) value(m Measure, whole, t *totals) float64 {
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
	s.init(m, whole, t, float64(float64(r.paired)*r.zeros.amount()))
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
func (r *countReader) regard(m Measure, s *shares, t *totals) (irregular float64) {
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
func (r *countReader) sum(m Measure, s *shares) float64 {
	if r.p.n <= chunk {
		if p, q := r.chunkAt(0); len(p) > 0 {
			return s.chunkSum(m, p, q)
		}
		return 0
	}
	var sum exact.Sum
	for i := 0; i < r.p.n && !r.by.Stopped(); i += chunk {
		if p, q := r.chunkAt(i); len(p) > 0 {
			sum.Add(s.chunkSum(m, p, q))
		}
	}
	return sum.Take()
}

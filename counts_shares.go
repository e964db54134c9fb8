package relent

import "math"

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

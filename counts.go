package relent

import (
	"fmt"

	"github.com/relent-go/relent/internal/parallel"
	"github.com/relent-go/relent/internal/policy"
)

// A ZeroPolicy specifies how empty bins are treated. The zero value is [Strict].
type ZeroPolicy policy.Zeros

func (z ZeroPolicy) kind() policy.Kind { return policy.Zeros(z).Kind() }
func (z ZeroPolicy) amount() float64   { return policy.Zeros(z).Amount() }

var (
	// Strict leaves zeros as they are: a measure is infinite where its definition says so.
	Strict = ZeroPolicy{}
	// Skip leaves out the bins in which either count is 0, from the totals, too.
	Skip = ZeroPolicy(policy.New(policy.Skip, 0))
)

// Additive adds alpha to each count, or panics if it is not finite and >= 0.
func Additive(alpha float64) ZeroPolicy {
	if !(alpha >= 0 && finite(alpha)) {
		panic(fmt.Sprintf("relent: Additive: %v is not a finite number >= 0", alpha))
	}
	return ZeroPolicy(policy.New(policy.Additive, alpha))
}

// Floor raises shares below epsilon, in [0, 1] or it panics, to that; a side then sums to more than 1, which only
// [GeneralizedKullbackLeibler] corrects for. A side without any counts gives NaN, as under all but Additive.
func Floor(epsilon float64) ZeroPolicy {
	if !(epsilon >= 0 && epsilon <= 1) {
		panic(fmt.Sprintf("relent: Floor: %v is not in [0, 1]", epsilon))
	}
	return ZeroPolicy(policy.New(policy.Floor, epsilon))
}

// Touched is the number of bins that a [ZeroPolicy] has left out ([Skip]), filled ([Additive]) or raised ([Floor]) because of the count
// on one side, or of both.
type Touched struct{ OneSide, BothSides int }

func (t *Touched) count(p, q bool) {
	switch {
	case p && q:
		t.BothSides++
	case p || q:
		t.OneSide++
	}
}

func (z ZeroPolicy) String() string {
	switch z.kind() {
	case policy.Strict:
		return "Strict"
	case policy.Skip:
		return "Skip"
	case policy.Additive:
		return fmt.Sprintf("Additive(%v)", z.amount())
	}
	return fmt.Sprintf("Floor(%v)", z.amount())
}

// BetweenCounts returns the measure of the shares p/Σp and q/Σq of counts, and the number of bins in which the policy had to do something.
// Counts above 2⁵³ are rounded to float64, as are the sums that Additive makes.
// The shares themselves are not rounded. The totals are exact where they are below 2⁵³ times the largest common unit of the counts (1 for
// integers), and the measure then has the relative error of the function that it names, also where the shares are nearly the same: the same
// give 0. [KullbackLeibler] is not negative, and has the accuracy of [GeneralizedKullbackLeibler]. Otherwise the relative error ε of a
// total is at most (min(n, 1024)/16 + 4)·2⁻⁵³, and adds a few ε² to the measure, but a few ε to TotalVariation and entropies.
// A total of 0, and a count that is negative, infinite or NaN, give NaN; no bins give 0. The binary measures panic.
func BetweenCounts[C Number](m Measure, p, q []C, zeros ZeroPolicy) (value float64, touched Touched) {
	const name = "BetweenCounts"
	base, reversed := m.check(name, 2)
	base.checkShares(name)
	sameLength(name, p, q)
	if reversed {
		p, q = q, p
	}
	return measureCounts(nil, base, countsOf(p), countsOf(q), zeros)
}

// EntropyOfCounts returns the entropy of the shares p/Σp of counts, as [BetweenCounts]. The bins touched are those of one side.
func EntropyOfCounts[C Number](p []C, zeros ZeroPolicy) (value float64, touched Touched) {
	value, touched = measureCounts(nil, MeasureEntropy, countsOf(p), countsOf(p), zeros)
	return value, Touched{OneSide: touched.BothSides}
}

// PopulationStabilityIndex is [BetweenCounts] of [MeasureJeffreys], Σ (a-e)·log(a/e) of shares e expected, a actual. Rule of
// thumb: stable below 0.1, shifted above 0.25 (Siddiqi, Credit Risk Scorecards, 2006).
func PopulationStabilityIndex[C Number](expected, actual []C, zeros ZeroPolicy) (psi float64, touched Touched) {
	sameLength("PopulationStabilityIndex", expected, actual)
	return measureCounts(nil, MeasureJeffreys, countsOf(expected), countsOf(actual), zeros)
}

// measureCounts is of no use once by is stopped.
func measureCounts(by *parallel.Worker, m Measure, p, q counts, zeros ZeroPolicy) (value float64, touched Touched) {
	if p.n == 0 {
		return 0, Touched{}
	}
	readsBoth(p.bytes(), q.bytes())
	if bothAre(float64s, p, q) {
		if value, ok := measureDirectly(by, m, p.float64s(), q.float64s(), zeros); ok {
			return value, Touched{}
		}
	}
	return measureThroughBuffers(by, m, p, q, zeros)
}

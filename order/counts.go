package order

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
	"github.com/relent-go/relent/internal/policy"
)

// BetweenCounts is the measure of the shares p/Σp and q/Σq of counts, and the number of bins in which the policy had to do something, as
// [relent.BetweenCounts] has them. Under Strict and Skip shares are not rounded, sum to one exactly, and of proportional counts that are
// integers the divergence is 0; under Additive they are those of counts and alpha, rounded before, and under Floor the shares are rounded,
// and sum to more than one. Counts above 2⁵³ are rounded. A total of 0, and a count that is negative, infinite or NaN, give NaN.
func BetweenCounts[C relent.Number](m Measure, p, q []C, zeros relent.ZeroPolicy) (value float64, touched relent.Touched) {
	const name = "BetweenCounts"
	m.check(name)
	if len(p) != len(q) {
		here.Panic(name, "lengths %d and %d differ", len(p), len(q))
	}
	if len(p) == 0 {
		return 0, touched
	}
	if zeros == relent.Strict || zeros == relent.Skip {
		x, y := make([]float64, 0, len(p)), make([]float64, 0, len(p))
		for i, u := range p {
			v := q[i]
			if zeros == relent.Skip && (u == 0 || v == 0) {
				touch(&touched, u == 0 && v == 0)
				continue
			}
			x, y = append(x, float64(u)), append(y, float64(v))
		}
		return ofShares(m, x, y), touched
	}
	_, touched = relent.BetweenCounts(relent.MeasureTotalVariation, p, q, zeros)
	x, y := sharesUnder(zeros, p), sharesUnder(zeros, q)
	if policy.Zeros(zeros).Kind() == policy.Floor {
		return between(m, x, y), touched
	}
	return ofShares(m, x, y), touched
}

func touch(t *relent.Touched, both bool) {
	if both {
		t.BothSides++
	} else {
		t.OneSide++
	}
}

// sharesUnder are the rounded shares of counts under a policy.
func sharesUnder[C relent.Number](zeros relent.ZeroPolicy, counts []C) []float64 {
	row := relent.Matrix[C]{Rows: 1, Cols: len(counts), Stride: len(counts), Data: counts}
	shares := make([]float64, len(counts))
	err := relent.DenseBlocks(relent.Run{}, row.Shares(zeros), func(_ int, block relent.Matrix[float64]) error {
		copy(shares, block.Row(0))
		return nil
	})
	if err != nil {
		panic(err) // there is one row, of one length
	}
	return shares
}

// ofShares is the measure of x and y over their totals, P and Q. With both as significands s and powers of two, factors are s(Q)·2**-e(P)
// and s(P)·2**-e(Q), whose quotient is that of the totals exactly, and the shares are multiplied by s(P)·s(Q).
func ofShares(m Measure, x, y []float64) float64 {
	p, q := total(x), total(y)
	if !(p > 0 && q > 0 && p <= math.MaxFloat64 && q <= math.MaxFloat64) {
		return math.NaN()
	}
	pShare, pPower := math.Frexp(p)
	qShare, qPower := math.Frexp(q)
	shares := pair[float64]{
		p:        side[float64]{x, math.Ldexp(qShare, -pPower), p},
		q:        side[float64]{y, math.Ldexp(pShare, -qPower), q},
		multiple: pShare * qShare,
		shares:   true,
	}
	return shares.value(m)
}

// total is that of counts. Those of an unusual total are scaled first: of it and its inverse, float64 has all digits.
func total(counts []float64) float64 {
	sum := func() float64 {
		s := relent.Pass(pass.OrderTotals, nil, nil, counts, counts)
		return s[0] + s[1]
	}
	scale, t := 1.0, sum()
	switch {
	case t > 0 && t < 0x1p-900:
		scale = 0x1p900
	case t > 0x1p900:
		scale = 0x1p-900
	default:
		return t
	}
	for i := range counts {
		counts[i] *= scale
	}
	return sum()
}

// RenyiEntropyOfCounts is [RenyiEntropy] of the shares p/Σp of counts, which are not rounded. A total of 0, and a count that is negative,
// infinite or NaN, give NaN.
func RenyiEntropyOfCounts[C relent.Number](order float64, p []C) float64 {
	renyi.parameter("RenyiEntropyOfCounts", order)
	v := vectorOf(p)
	return v.renyi(order) + 0
}

// TsallisEntropyOfCounts is [TsallisEntropy], likewise.
func TsallisEntropyOfCounts[C relent.Number](order float64, p []C) float64 {
	tsallis.parameter("TsallisEntropyOfCounts", order)
	v := vectorOf(p)
	return v.tsallis(order) + 0
}

// HillOfCounts is [Hill], likewise: the diversity of a community of species that were counted.
func HillOfCounts[C relent.Number](order float64, p []C) float64 {
	renyi.parameter("HillOfCounts", order)
	v := vectorOf(p)
	return v.hill(order)
}

func vectorOf[C relent.Number](counts []C) vector[float64] {
	x := make([]float64, len(counts))
	for i, n := range counts {
		x[i] = float64(n)
	}
	if len(x) == 0 {
		return vector[float64]{}
	}
	t := total(x)
	if !(t > 0) {
		t = math.NaN()
	}
	return vector[float64]{x, t, true}
}

package table

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/special"
)

// sample is counts with their total, their entropy as if the shares were the distribution, and how many are not 0.
func sample[C relent.Number](function string, counts []C) (s *sums, entropy float64, seen int) {
	s = sum(function, relent.NewMatrix(1, len(counts), counts...))
	entropy, _ = relent.EntropyOfCounts(s.columns, relent.Strict)
	if !(s.total > 0) {
		entropy = math.NaN()
	}
	return s, entropy, full(s.columns)
}

// EntropyMillerMadow estimates the entropy of what counts are a sample of: that of the shares, which is too small on average, plus (m-1)/2N
// for m categories seen (Miller, 1955).
func EntropyMillerMadow[C relent.Number](counts []C) float64 {
	s, entropy, seen := sample("EntropyMillerMadow", counts)
	defer free.Put(s)
	return entropy + float64(seen-1)/float64(2*s.total)
}

// EntropyChaoShen is the estimate of a sample of which some categories were not seen: each term -p·log p is over the probability that it was,
// and the shares are times the coverage 1 - f₁/N, f₁ the number of categories with a count of 1 (Chao and Shen, 2003). Where all have, it is
// taken as one less.
func EntropyChaoShen[C relent.Number](counts []C) float64 {
	s, entropy, _ := sample("EntropyChaoShen", counts)
	defer free.Put(s)
	if entropy != entropy {
		return entropy
	}
	once := 0.0
	for _, n := range s.columns {
		if n == 1 {
			once++
		}
	}
	once = min(once, s.total-1)
	coverage, estimate := 1-once/s.total, 0.0
	for _, n := range s.columns {
		if p := float64(coverage * n / s.total); p > 0 {
			seen := -special.Expm1(float64(s.total * special.Log1p(-p)))
			estimate -= float64(p*special.Log(p)) / seen
		}
	}
	return estimate
}

// EntropyJamesStein is the entropy of the shares shrunk towards the uniform distribution, by what minimises the expected squared error (Hausser
// and Strimmer, 2009). Categories that were not seen are to be among the counts, as 0.
func EntropyJamesStein[C relent.Number](counts []C) float64 {
	s, entropy, _ := sample("EntropyJamesStein", counts)
	defer free.Put(s)
	if entropy != entropy || s.total == 1 {
		return uniformOr(entropy, len(counts))
	}
	uniform, squares, away := 1/float64(len(counts)), 0.0, 0.0
	for _, n := range s.columns {
		p := n / s.total
		squares += float64(p * p)
		away += float64((uniform - p) * (uniform - p))
	}
	weight := 1.0
	if lost := 1 - squares; lost < float64((s.total-1)*away) {
		weight = lost / float64((s.total-1)*away)
	}
	for i, n := range s.columns {
		s.columns[i] = float64(weight*uniform) + float64((1-weight)*n)/s.total
	}
	entropy, _ = relent.EntropyOfCounts(s.columns, relent.Strict)
	return entropy
}

// uniformOr is the entropy of n categories, which a sample of 1 is shrunk to, unless the other is NaN.
func uniformOr(entropy float64, n int) float64 {
	if entropy != entropy {
		return entropy
	}
	return special.Log(float64(n))
}

// EntropyGrassberger is log N - Σ n·G(n)/N with G(n) = ψ(⌊n/2⌋+½) + log 2, which has the smallest bias of those that are sums over
// categories (Grassberger, Entropy estimates from insufficient samplings, 2003, equation 35).
func EntropyGrassberger[C relent.Number](counts []C) float64 {
	s, entropy, _ := sample("EntropyGrassberger", counts)
	defer free.Put(s)
	if entropy != entropy {
		return entropy
	}
	sum := 0.0
	for _, n := range s.columns {
		if n > 0 {
			half := float64(int64(n/2)) + 0.5
			sum += float64(n * (special.Digamma(half) + math.Ln2))
		}
	}
	return special.Log(s.total) - sum/s.total
}

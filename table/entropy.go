package table

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/special"
)

// EntropyMillerMadow estimates the entropy of what counts are a sample of: that of the shares, which is too small on average, plus (m-1)/2N
// for m categories seen (Miller, 1955).
func EntropyMillerMadow[C relent.Number](counts []C) float64 {
	return estimate("EntropyMillerMadow", counts, (*sums).millerMadow)
}

// EntropyChaoShen is the estimate for samples that miss some categories: each term -p·log p is over the probability that its category was
// seen, and the shares are times the coverage 1 - f₁/N, f₁ the number of categories with a count of 1 (Chao and Shen, 2003). If all have, it
// is taken as one less.
func EntropyChaoShen[C relent.Number](counts []C) float64 {
	return estimate("EntropyChaoShen", counts, (*sums).chaoShen)
}

// EntropyJamesStein is the entropy of the shares shrunk towards the uniform distribution, by what minimises the expected squared error
// (Hausser and Strimmer, 2009). Categories that were not seen are to be among the counts, as 0.
func EntropyJamesStein[C relent.Number](counts []C) float64 {
	return estimate("EntropyJamesStein", counts, (*sums).jamesStein)
}

// EntropyGrassberger is log N - Σ n·G(n)/N with G(n) = ψ(⌊n/2⌋+½) + log 2 (Grassberger, Entropy estimates from insufficient samplings, 2003,
// equation 35), of which the bias falls fastest with N.
func EntropyGrassberger[C relent.Number](counts []C) float64 {
	return estimate("EntropyGrassberger", counts, (*sums).grassberger)
}

// estimate calls an estimator with counts that are valid, as columns.
func estimate[C relent.Number](function string, counts []C, estimator func(s *sums) float64) float64 {
	s := sum(function, relent.NewMatrix(1, len(counts), counts...))
	defer free.Put(s)
	if !(s.total > 0 && s.total <= math.MaxFloat64) || s.shannon() != s.shannon() {
		return math.NaN()
	}
	return estimator(s)
}

// shannon is the entropy of the shares.
func (s *sums) shannon() float64 {
	entropy, _ := relent.EntropyOfCounts(s.columns, relent.Strict)
	return entropy
}

func (s *sums) millerMadow() float64 {
	return s.shannon() + float64(full(s.columns)-1)/float64(2*s.total)
}

func (s *sums) chaoShen() (entropy float64) {
	once := 0.0
	for _, n := range s.columns {
		if n == 1 {
			once++
		}
	}
	coverage := 1 - max(0, min(once, s.total-1))/s.total
	n := len(s.columns)
	s.row = sized(s.row, 2*n)
	terms, missed := s.row[:n], s.row[n:][:n]
	for i, count := range s.columns {
		terms[i] = float64(coverage * count / s.total)
		missed[i] = -terms[i]
	}
	relent.Log1p(missed, missed)
	for i := range missed {
		missed[i] *= s.total
	}
	relent.Expm1(missed, missed) // less 1
	relent.EntropyTerms(terms, terms)
	for i, term := range terms {
		if term > 0 {
			entropy -= term / missed[i]
		}
	}
	return entropy
}

func (s *sums) jamesStein() float64 {
	uniform, squares, away := 1/float64(len(s.columns)), 0.0, 0.0
	for _, n := range s.columns {
		p := n / s.total
		squares += float64(p * p)
		away += float64((uniform - p) * (uniform - p))
	}
	weight := 1.0
	if lost := 1 - squares; lost < float64((s.total-1)*away) {
		weight = lost / float64((s.total-1)*away)
	}
	if s.total == 1 {
		weight = 1
	}
	for i, n := range s.columns {
		s.columns[i] = float64(weight*uniform) + float64((1-weight)*n)/s.total
	}
	return s.shannon()
}

func (s *sums) grassberger() float64 {
	sum := 0.0
	for _, n := range s.columns {
		if n > 0 {
			psi := special.Digamma(float64(floorHalf(n)) + 0.5)
			sum += float64(n * (psi + math.Ln2))
		}
	}
	return special.Log(s.total) - sum/s.total
}

// floorHalf is ⌊n/2⌋: a number that is too large for an int64 has no fraction.
func floorHalf(n float64) float64 {
	if half := n / 2; half >= 1<<53 {
		return half
	}
	return float64(int64(n / 2))
}

package dist

import (
	"cmp"
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/special"
)

// A Poisson distribution has this mean, and variance.
type Poisson struct{ Mean float64 }

func (p Poisson) valid() bool           { return positive(p.Mean) }
func (p Poisson) compare(q Poisson) int { return cmp.Compare(p.Mean, q.Mean) }

func (p Poisson) divergence(q Poisson) float64 {
	return float64(p.Mean * excess(relative(q.Mean, p.Mean), logRatio(q.Mean, p.Mean)))
}

func (p Poisson) chernoff(q Poisson) coefficient { return newPower(p.Mean, q.Mean).at }

// entropy is a sum, from the mode to both sides, and for large means a series (Evans and Boersma, The entropy of a Poisson distribution,
// 1988), of which the first term left out is 9/80·m⁻⁴.
func (p Poisson) entropy() float64 {
	if p.Mean >= 1<<12 {
		r := 1 / p.Mean
		return float64(0.5*(1+special.LogTwoPi+special.Log(p.Mean))) - float64(r*math.FMA(r, math.FMA(r, 19./360, 1./24), 1./12))
	}
	mode := float64(int(p.Mean))
	return entropyAbout(
		func(k float64) float64 { return p.Mean / (mode + k + 1) },
		func(k float64) float64 { return (mode - k) / p.Mean },
	)
}

// entropyAbout is the entropy of a distribution of integers from its mode. up has the ratio of the probabilities of the integers k+1 and k
// above the mode, and down likewise below; both fall, and end with 0 if there are no more.
//
// With w = 1 at the mode it is log Σw - (Σ w·log w)/Σw. All terms have the same sign.
func entropyAbout(up, down func(k float64) float64) float64 {
	var others, terms float64
	for _, ratio := range []func(float64) float64{up, down} {
		w, logarithm := 1.0, 0.0
		for k := 0.0; ; k++ {
			r := ratio(k)
			if w = float64(w * r); !(w > 0x1p-60*others) {
				break
			}
			logarithm += special.Log(r)
			others += w
			terms -= float64(w * logarithm)
		}
	}
	return special.Log1p(others) + terms/(1+others)
}

// probability tells whether x is one.
func probability(x float64) bool { return x >= 0 && x <= 1 }

// A Bernoulli distribution has 1 with the probability Success, otherwise 0.
type Bernoulli struct{ Success float64 }

func (p Bernoulli) valid() bool             { return probability(p.Success) }
func (p Bernoulli) compare(q Bernoulli) int { return cmp.Compare(p.Success, q.Success) }
func (p Bernoulli) entropy() float64        { return relent.BernoulliEntropy(p.Success) }
func (p Bernoulli) divergence(q Bernoulli) float64 {
	return relent.BernoulliKullbackLeibler(p.Success, q.Success)
}
func (p Bernoulli) chernoff(q Bernoulli) coefficient { return p.repeated(q, 1) }

// repeated is the coefficient of n trials: n times -log(1 - what one's coefficient lacks of 1).
func (p Bernoulli) repeated(q Bernoulli, n float64) coefficient {
	successes, failures := newPower(p.Success, q.Success), newFailures(p.Success, q.Success)
	return func(alpha number) number {
		lost := successes.at(alpha).Add(failures.at(alpha))
		return lost.Add(lost.Times(-1).Excess()).Times(n)
	}
}

// A Binomial distribution is that of the number of successes in trials.
type Binomial struct {
	Trials  int
	Success float64
}

func (p Binomial) valid() bool { return p.Trials > 0 && probability(p.Success) }

func (p Binomial) compare(q Binomial) int {
	return cmp.Or(cmp.Compare(p.Trials, q.Trials), cmp.Compare(p.Success, q.Success))
}

func (p Binomial) one() Bernoulli { return Bernoulli{p.Success} }

func (p Binomial) divergence(q Binomial) float64 {
	switch {
	case p.Success == 0: // none of q's trials may succeed
		return float64(float64(q.Trials) * p.one().divergence(q.one()))
	case p.Trials < q.Trials:
		return math.NaN()
	case p.Trials > q.Trials:
		return math.Inf(1)
	}
	return float64(float64(p.Trials) * p.one().divergence(q.one()))
}

func (p Binomial) chernoff(q Binomial) coefficient {
	if p.Trials != q.Trials {
		return func(number) number { return special.Real(math.NaN()) }
	}
	return p.one().repeated(q.one(), float64(p.Trials))
}

func (p Binomial) entropy() float64 {
	success := min(p.Success, 1-p.Success)
	if success == 0 {
		return 0
	}
	n, odds := float64(p.Trials), success/(1-success)
	if variance := float64(n * success * (1 - success)); variance >= 1<<16 {
		return wideBinomialEntropy(variance, float64(success*(1-success)))
	}
	mode := float64(int((n + 1) * success))
	return entropyAbout(
		func(k float64) float64 { return (n - mode - k) / (mode + k + 1) * odds },
		func(k float64) float64 { return (mode - k) / (n - mode + k + 1) / odds },
	)
}

// wideBinomialEntropy is a series in 1/V, the variance, for pq of the probabilities of success and failure: that of E log n!/(k!·(n-k)!) by
// Stirling's and the moments of k. The first term left out is at most 19/360·V⁻³.
func wideBinomialEntropy(variance, pq float64) float64 {
	r := 1 / variance
	second := (1 - float64(4*pq) + float64(2*pq*pq)) / 24
	return float64(0.5*(1+special.LogTwoPi+special.Log(variance))) - float64(r*math.FMA(r, second, (1-float64(4*pq))/12))
}

// A Geometric distribution is that of the number of failures before the first success.
type Geometric struct{ Success float64 }

func (p Geometric) valid() bool             { return p.Success > 0 && p.Success <= 1 }
func (p Geometric) compare(q Geometric) int { return cmp.Compare(p.Success, q.Success) }

func (p Geometric) entropy() float64 { return relent.BernoulliEntropy(p.Success) / p.Success }

func (p Geometric) divergence(q Geometric) float64 {
	return relent.BernoulliKullbackLeibler(p.Success, q.Success) / p.Success
}

// chernoff is that of the numbers of failures, with x the larger and y the smaller probability of success: their gap over the larger one is
// what the gap of -log has more.
func (p Geometric) chernoff(q Geometric) coefficient {
	successes, failures := newLogarithmic(p.Success, q.Success), newFailures(p.Success, q.Success)
	larger := max(p.Success, q.Success)
	return func(alpha number) number {
		return successes.with(alpha, one.Sub(alpha), failures.at(alpha).Times(1/larger))
	}
}

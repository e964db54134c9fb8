package dist

import (
	"cmp"
	"math"

	"github.com/relent-go/relent/internal/special"
)

// A Normal distribution has a mean and a standard deviation.
type Normal struct{ Mean, Deviation float64 }

func (p Normal) valid() bool { return finite(p.Mean) && positive(p.Deviation) }

func (p Normal) compare(q Normal) int {
	return cmp.Or(cmp.Compare(p.Deviation, q.Deviation), cmp.Compare(p.Mean, q.Mean))
}

func (p Normal) entropy() float64 { return special.Log(p.Deviation) + (0.5 + special.LogTwoPi/2) }

// away is the distance of the means in deviations of p.
func (p Normal) away(q Normal) float64 {
	d := q.Mean - p.Mean
	if math.IsInf(d, 0) {
		return 2 * ((float64(q.Mean/2) - float64(p.Mean/2)) / p.Deviation)
	}
	return d / p.Deviation
}

// squareLess1 is (p's deviation over q's)² - 1.
func (p Normal) squareLess1(q Normal) float64 {
	return float64(relative(p.Deviation, q.Deviation) * (p.Deviation/q.Deviation + 1))
}

func (p Normal) divergence(q Normal) float64 {
	away := q.away(p)
	return float64(0.5 * (excess(p.squareLess1(q), float64(2*logRatio(p.Deviation, q.Deviation))) + float64(away*away)))
}

func (p Normal) chernoff(q Normal) coefficient {
	// The smaller variance is larger·(1+e).
	small, large, swapped := p, q, false
	if p.Deviation > q.Deviation {
		small, large, swapped = q, p, true
	}
	variances := logarithmic{small.squareLess1(large), large.squareLess1(small), float64(2 * logRatio(small.Deviation, large.Deviation)), swapped}
	away := large.away(small)
	if math.IsInf(float64(away*away), 1) {
		return infinite
	}
	ratio := small.Deviation / large.Deviation
	return func(alpha number) number {
		// The coefficient has the variance of the weights' places exchanged, ασ₂² + (1-α)σ₁²: here over the larger one.
		beta := one.Sub(alpha)
		ofSmall, ofLarge := beta, alpha
		if swapped {
			ofSmall, ofLarge = alpha, beta
		}
		variance := ofLarge.Add(ofSmall.Times(ratio).Times(ratio))
		between := alpha.Mul(beta).Times(float64(0.5 * float64(away*away))).Div(variance)
		return variances.with(beta, alpha, number{}).Times(0.5).Add(between)
	}
}

// infinite is the coefficient of distributions that a float64 cannot tell from disjoint ones.
func infinite(number) number { return special.Real(math.Inf(1)) }

// A LogNormal distribution is that of e^x for a normal x of this mean and standard deviation.
type LogNormal struct{ Mean, Deviation float64 }

func (p LogNormal) valid() bool                      { return Normal(p).valid() }
func (p LogNormal) compare(q LogNormal) int          { return Normal(p).compare(Normal(q)) }
func (p LogNormal) divergence(q LogNormal) float64   { return Normal(p).divergence(Normal(q)) }
func (p LogNormal) chernoff(q LogNormal) coefficient { return Normal(p).chernoff(Normal(q)) }
func (p LogNormal) entropy() float64                 { return Normal(p).entropy() + p.Mean }

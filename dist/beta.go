package dist

import (
	"fmt"
	"math"
	"slices"

	"github.com/relent-go/relent/internal/special"
)

// A Beta distribution has the density proportional to x^(Alpha-1)·(1-x)^(Beta-1).
type Beta struct{ Alpha, Beta float64 }

func (p Beta) dirichlet() Dirichlet        { return Dirichlet{p.Alpha, p.Beta} }
func (p Beta) valid() bool                 { return p.dirichlet().valid() }
func (p Beta) compare(q Beta) int          { return p.dirichlet().compare(q.dirichlet()) }
func (p Beta) entropy() float64            { return p.dirichlet().entropy() }
func (p Beta) divergence(q Beta) float64   { return p.dirichlet().divergence(q.dirichlet()) }
func (p Beta) chernoff(q Beta) coefficient { return p.dirichlet().chernoff(q.dirichlet()) }

// A Dirichlet distribution has a concentration for each component; one of none, or whose sum is not finite, gives NaN. Two that meet have
// as many components, otherwise functions panic.
type Dirichlet []float64

func (p Dirichlet) sum() (sum float64) {
	for _, a := range p {
		sum += a
	}
	return sum
}

func (p Dirichlet) valid() bool {
	for _, a := range p {
		if !positive(a) {
			return false
		}
	}
	return positive(p.sum())
}

func (p Dirichlet) compare(q Dirichlet) int {
	if len(p) != len(q) {
		panic(fmt.Sprintf("dist: Dirichlet distributions of %d and of %d components", len(p), len(q)))
	}
	return slices.Compare(p, q)
}

// entropy is log B(a) + (s-n)ψ(s) - Σ (a-1)ψ(a), s = Σ a, in which a·log a would cancel.
func (p Dirichlet) entropy() float64 {
	n, s := float64(len(p)), p.sum()
	stirling, above := aboveDigamma(s)
	sum := float64((n-1)*(special.LogTwoPi/2)) + float64((0.5-n)*special.Log(s)) - stirling - float64((s-n)*above)
	for _, a := range p {
		stirling, above := aboveDigamma(a)
		sum += float64(0.5*special.Log(a)) + stirling + float64((a-1)*above)
	}
	return sum
}

// growth is what the concentrations of q add up to more than those of p.
func (p Dirichlet) growth(q Dirichlet) (sum float64) {
	for i, a := range p {
		sum += q[i] - a
	}
	return sum
}

// crossed is a·qSum - b·pSum, of the differences where these are smaller: they are rounded less.
func crossed(a, pSum, b, qSum, growth float64) float64 {
	if math.Abs(b-a) < b && math.Abs(growth) < qSum {
		return special.Determinant(a, pSum, b-a, growth)
	}
	return special.Determinant(a, pSum, b, qSum)
}

// divergence is as that of gamma distributions, with the sums for rates.
func (p Dirichlet) divergence(q Dirichlet) float64 {
	pSum, qSum, growth := p.sum(), q.sum(), p.growth(q)
	sum := -stirlingTangent(pSum, qSum, growth) - float64(0.5*excess(growth/pSum, logRatio(qSum, pSum)))
	for i, a := range p {
		b := q[i]
		shares := crossed(a, pSum, b, qSum, growth) / pSum / b
		sum += float64(b*excess(shares, logRatio(a, b)+logRatio(qSum, pSum))) + float64(0.5*ratioExcess(b, a)) + stirlingTangent(a, b, b-a)
	}
	return max(0, sum)
}

func (p Dirichlet) chernoff(q Dirichlet) coefficient {
	type parts struct {
		share     proportion
		logarithm logarithmic
		error     stirling
	}
	pSum, qSum, growth := p.sum(), q.sum(), p.growth(q)
	all := make([]parts, len(p))
	for i, a := range p {
		b := q[i]
		all[i] = parts{newProportion(a, pSum, b, qSum, crossed(a, pSum, b, qSum, growth)), newLogarithmic(a, b), newStirling(a, b, a-b)}
	}
	logarithm, errors := newLogarithmicOf(pSum, qSum, -growth), newStirling(pSum, qSum, -growth)
	return func(alpha number) number {
		gap := number{}.Sub(logarithm.at(alpha).Times(0.5)).Sub(errors.at(alpha))
		for _, x := range all {
			gap = gap.Add(x.share.at(alpha)).Add(x.logarithm.at(alpha).Times(0.5)).Add(x.error.at(alpha))
		}
		return gap
	}
}

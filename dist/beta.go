package dist

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
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

func (p Dirichlet) sum() float64 { return sumOf(p) }

// sumOf is Σ x, in four parts that do not wait for each other.
func sumOf(x []float64) float64 {
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s0 += x[i]
		s1 += x[i+1]
		s2 += x[i+2]
		s3 += x[i+3]
	}
	for _, v := range x[i:] {
		s0 += v
	}
	return (s0 + s1) + (s2 + s3)
}

func (p Dirichlet) valid() bool {
	for _, a := range p {
		if !(a > 0) {
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

func (p Dirichlet) divergence(q Dirichlet) float64 {
	pSum, qSum := p.sum(), q.sum()
	if excess, ok := p.excess(q, pSum, qSum); ok {
		return excess
	}
	return p.divergenceOfGammas(q, pSum, qSum)
}

// divergenceOfGammas is the divergence as that of gamma distributions, with the sums for rates: right wherever it is asked for.
func (p Dirichlet) divergenceOfGammas(q Dirichlet, pSum, qSum float64) float64 {
	growth := p.growth(q)
	sum := -stirlingTangent(pSum, qSum, growth) - float64(0.5*excess(growth/pSum, logRatio(qSum, pSum)))
	for i, a := range p {
		b := q[i]
		shares := crossed(a, pSum, b, qSum, growth) / pSum / b
		sum += float64(b*excess(shares, logRatio(a, b)+logRatio(qSum, pSum))) + float64(0.5*ratioExcess(b, a)) + stirlingTangent(a, b, b-a)
	}
	return max(0, sum)
}

// excesses are buffers for what log Γ exceeds its tangents by.
type excesses struct{ p, q, difference, terms [128]float64 }

var excessPool = sync.Pool{New: func() any { return new(excesses) }}

// excess is the divergence as what log Γ exceeds its tangents by at the concentrations, less what it does at their sums. It returns false where
// most of that cancels, and beyond the range of the kernel.
func (p Dirichlet) excess(q Dirichlet, pSum, qSum float64) (divergence float64, ok bool) {
	const cancelled = 4
	x := excessPool.Get().(*excesses)
	defer excessPool.Put(x)
	var m pass.Numbers
	sum, growth := 0.0, 0.0
	for last := false; !last; {
		n := copy(x.p[:], p)
		copy(x.q[:], q)
		for i, a := range x.p[:n] {
			x.difference[i] = x.q[i] - a
		}
		growth += sumOf(x.difference[:n])
		p, q = p[n:], q[n:]
		if last = n < len(x.p); last {
			x.p[n], x.q[n], x.difference[n] = pSum, qSum, growth
			n++
		}
		relent.Pass(pass.GammaExcesses, &m, x.terms[:n], x.p[:n], x.q[:n], x.difference[:n])
		if last {
			n--
			divergence = -x.terms[n]
		}
		sum += sumOf(x.terms[:n])
	}
	divergence += sum
	return divergence, divergence >= sum/cancelled
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

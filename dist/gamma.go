package dist

import (
	"cmp"
	"math"

	"github.com/relent-go/relent/internal/special"
)

// An Exponential distribution has the mean 1/Rate.
type Exponential struct{ Rate float64 }

func (p Exponential) valid() bool               { return positive(p.Rate) }
func (p Exponential) compare(q Exponential) int { return cmp.Compare(p.Rate, q.Rate) }
func (p Exponential) entropy() float64          { return 1 - special.Log(p.Rate) }

func (p Exponential) divergence(q Exponential) float64 { return ratioExcess(q.Rate, p.Rate) }

func (p Exponential) chernoff(q Exponential) coefficient { return newLogarithmic(p.Rate, q.Rate).at }

// A Gamma distribution has the mean Shape/Rate.
type Gamma struct{ Shape, Rate float64 }

func (p Gamma) valid() bool { return positive(p.Shape) && positive(p.Rate) }

func (p Gamma) compare(q Gamma) int {
	return cmp.Or(cmp.Compare(p.Shape, q.Shape), cmp.Compare(p.Rate, q.Rate))
}

// entropy is a - log b + log Γ(a) + (1-a)ψ(a), in which a·log a would cancel.
func (p Gamma) entropy() float64 {
	stirling, above := aboveDigamma(p.Shape)
	return float64(0.5*(special.LogTwoPi+special.Log(p.Shape))) - special.Log(p.Rate) + stirling + float64((p.Shape-1)*above)
}

// aboveDigamma has Stirling's error, and log a - ψ(a).
func aboveDigamma(a float64) (stirling, above float64) {
	return special.StirlingError(a), 0.5/a - special.StirlingSlope(a)
}

// determinant is that of the shapes and rates over q's shape and p's rate, p's mean over q's less 1; rates count by their ratio only.
func (p Gamma) determinant(q Gamma) (determinant, pRate, qRate float64) {
	_, exponent := math.Frexp(q.Rate)
	pRate, qRate = math.Ldexp(p.Rate, -exponent), math.Ldexp(q.Rate, -exponent)
	return special.Determinant(p.Shape, pRate, q.Shape, qRate), pRate, qRate
}

// divergence has the parts of log Γ(a) apart: a·log a, which goes with the rates, -½·log a, and Stirling's error.
func (p Gamma) divergence(q Gamma) float64 {
	determinant, pRate, _ := p.determinant(q)
	means := logRatio(p.Shape, q.Shape) + logRatio(q.Rate, p.Rate)
	return float64(q.Shape*excess(determinant/pRate/q.Shape, means)) +
		float64(0.5*ratioExcess(q.Shape, p.Shape)) + stirlingTangent(p.Shape, q.Shape, q.Shape-p.Shape)
}

func (p Gamma) chernoff(q Gamma) coefficient {
	determinant, pRate, qRate := p.determinant(q)
	means := newProportion(p.Shape, pRate, q.Shape, qRate, determinant)
	shapes, errors := newLogarithmic(p.Shape, q.Shape), newStirling(p.Shape, q.Shape, p.Shape-q.Shape)
	return func(alpha number) number {
		return means.at(alpha).Add(shapes.at(alpha).Times(0.5)).Add(errors.at(alpha))
	}
}

// An InverseGamma distribution is that of 1/x for an x of a gamma distribution with the rate Scale.
type InverseGamma struct{ Shape, Scale float64 }

func (p InverseGamma) inverse() Gamma                      { return Gamma{p.Shape, p.Scale} }
func (p InverseGamma) valid() bool                         { return p.inverse().valid() }
func (p InverseGamma) compare(q InverseGamma) int          { return p.inverse().compare(q.inverse()) }
func (p InverseGamma) divergence(q InverseGamma) float64   { return p.inverse().divergence(q.inverse()) }
func (p InverseGamma) chernoff(q InverseGamma) coefficient { return p.inverse().chernoff(q.inverse()) }

// entropy is a + log b + log Γ(a) - (1+a)ψ(a).
func (p InverseGamma) entropy() float64 {
	stirling, above := aboveDigamma(p.Shape)
	return 0.5*special.LogTwoPi - float64(1.5*special.Log(p.Shape)) + special.Log(p.Scale) + stirling + float64((p.Shape+1)*above)
}

// A Weibull distribution has the density k/s·(x/s)^(k-1)·e^-(x/s)^k for a shape k and a scale s.
type Weibull struct{ Shape, Scale float64 }

func (p Weibull) valid() bool { return positive(p.Shape) && positive(p.Scale) }

func (p Weibull) compare(q Weibull) int {
	return cmp.Or(cmp.Compare(p.Shape, q.Shape), cmp.Compare(p.Scale, q.Scale))
}

func (p Weibull) entropy() float64 {
	return float64(special.Euler*(1-1/p.Shape)) + (special.Log(p.Scale) - special.Log(p.Shape)) + 1
}

// divergence is e^w - 1 - w + log Γ(c) + (c-1)γ with w = k′·log(s/s′) + log Γ(1+c) and c = k′/k: log Γ(c) less its tangent at 1, where the
// slope is -γ, and in w log Γ less that at 2, where it is 1-γ.
func (p Weibull) divergence(q Weibull) float64 {
	c, e := q.Shape/p.Shape, relative(q.Shape, p.Shape)
	w := float64(q.Shape*logRatio(p.Scale, q.Scale)) + float64((1-special.Euler)*e) + gammaTangent(2, 1+c, e)
	return special.ExpExcess(w) + gammaTangent(1, c, e)
}

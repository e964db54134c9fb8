package order

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
	"github.com/relent-go/relent/internal/special"
)

// RenyiEntropy is Rényi's entropy log(Σ p^α)/(1-α) of an order from 0 to +Inf; it panics for others. Limits are the logarithm of how many p
// are not 0 for the order 0, -Σ p·log(p) for 1, and -log of the largest p for +Inf.
func RenyiEntropy[F relent.Float](order float64, p []F) float64 {
	v := vector[F]{p, 1, false}
	return v.renyi(renyi.parameter("RenyiEntropy", order)) + 0
}

// TsallisEntropy is Tsallis's entropy (1 - Σ p^α)/(α-1) of a finite order from 0; it panics for others. It is how many p are not 0, less 1,
// for the order 0, -Σ p·log(p) for 1, and for 2 the Gini–Simpson index.
func TsallisEntropy[F relent.Float](order float64, p []F) float64 {
	v := vector[F]{p, 1, false}
	return v.tsallis(tsallis.parameter("TsallisEntropy", order)) + 0
}

// Hill is the Hill number (Σ p^α)^(1/(1-α)) of an order from 0 to +Inf; it panics for others: the number of equal shares that have the same
// diversity, e to the power of [RenyiEntropy]. Of the order 0 it is the richness, of 1 [Perplexity], of 2 Simpson's inverse index, and of
// +Inf that of Berger and Parker. No elements have 1. The relative error is at most that of [RenyiEntropy] times the entropy, and 4ε.
func Hill[F relent.Float](order float64, p []F) float64 {
	v := vector[F]{p, 1, false}
	return v.hill(renyi.parameter("Hill", order))
}

// Perplexity is e to the power of the entropy -Σ p·log(p).
func Perplexity[F relent.Float](p []F) float64 {
	v := vector[F]{p, 1, false}
	return v.hill(1)
}

// A vector is shares of a total of their own or, of 1, as they are.
type vector[F relent.Float] struct {
	p      []F
	total  float64
	shares bool
}

// sums are Σ p·((t/p)^c - 1)/c, which is Σ p·log(t/p) for c = 0, and Σ p^A·t^c, both over t: of shares p/t.
func (v *vector[F]) sums(order, t float64) (term, power float64) {
	c := 1 - order
	perC := 0.0
	if c != 0 {
		perC = 1 / c
	}
	var n pass.Numbers
	n.Set(-c, order-(1-c), perC, t)
	s := relent.Pass(pass.OrderPowers, &n, nil, v.p)
	return s[0] / t, s[1] / t
}

// beyond is what p sums to beyond 1.
func (v *vector[F]) beyond() float64 {
	if v.shares {
		return 0
	}
	s := relent.Pass(pass.OrderTotals, nil, nil, v.p, v.p)
	return s[0] - 1 + s[1]
}

// richness is how many p are not 0, or NaN.
func (v *vector[F]) richness() float64 {
	return relent.Pass(pass.OrderSupport, nil, nil, v.p, v.p)[2]
}

// largest is that of p, or NaN where one is not valid, as a richness is.
func (v *vector[F]) largest(richness float64) float64 {
	return relent.Pass(pass.Largest, new(pass.Numbers), nil, v.p, v.p)[0] + float64(0*richness)
}

// perC is (Σ p^α - 1)/(1-α), and Σ p^α.
func (v *vector[F]) perC(order float64) (over, power float64) {
	term, power := v.sums(order, v.total)
	return term + v.beyond()/(1-order), power
}

func (v *vector[F]) tsallis(order float64) float64 {
	switch {
	case len(v.p) == 0:
		return 0
	case order == 0:
		return v.richness() - 1
	case order == 1:
		entropy, _ := v.sums(1, v.total)
		return entropy
	}
	value, _ := v.perC(order)
	return value
}

func (v *vector[F]) renyi(order float64) float64 {
	switch {
	case len(v.p) == 0:
		return 0
	case order == 0:
		return special.Log(v.richness())
	case order == 1:
		return v.tsallis(1)
	case math.IsInf(order, 1):
		return -special.Log(v.largest(v.richness()) / v.total)
	}
	over, power := v.perC(order)
	if over != over {
		return over
	}
	switch gap := float64(over * (1 - order)); {
	case math.Abs(gap) <= 0.5 && power >= 0.25: // terms of a huge order may be nothing, and the gap then is
		return special.Log1p(gap) / (1 - order)
	case 0x1p-600 <= power && power <= 0x1p600:
		return special.Log(power) / (1 - order)
	}
	// Of powers that are too small: of what is p over the largest.
	largest := v.largest(0)
	if largest == 0 {
		return special.Log(0) / (1 - order)
	}
	_, power = v.sums(order, largest)
	return float64(special.Log(largest/v.total)*(order/(1-order))) + special.Log(power)/(1-order)
}

func (v *vector[F]) hill(order float64) float64 {
	if order == 0 && len(v.p) > 0 {
		return v.richness()
	}
	return special.Exp(v.renyi(order))
}

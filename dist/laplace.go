package dist

import (
	"cmp"
	"math"

	"github.com/relent-go/relent/internal/special"
)

// A Laplace distribution has the density e^(-|x-Mean|/Scale)/(2·Scale).
type Laplace struct{ Mean, Scale float64 }

func (p Laplace) valid() bool { return finite(p.Mean) && positive(p.Scale) }

func (p Laplace) compare(q Laplace) int {
	return cmp.Or(cmp.Compare(p.Scale, q.Scale), cmp.Compare(p.Mean, q.Mean))
}

func (p Laplace) entropy() float64 { return 1 + math.Ln2 + special.Log(p.Scale) }

// away is the distance of the means in scales of p.
func (p Laplace) away(q Laplace) float64 {
	return math.Abs(Normal{p.Mean, p.Scale}.away(Normal{Mean: q.Mean}))
}

// divergence is r - 1 - log r + r(e^-d - 1 + d), r the ratio of the scales and d the distance of the means in p's.
func (p Laplace) divergence(q Laplace) float64 {
	apart := special.ExpExcess(-p.away(q))
	return ratioExcess(p.Scale, q.Scale) + float64(p.Scale/q.Scale*apart)
}

// chernoff is that of exponential distributions with the rates 1/Scale, and of the distance d of the means: with x = αd/s and y = (1-α)d/s′
// it is e^-m·(cosh δ + m·(sinh δ)/δ), m = (x+y)/2 and δ = (x-y)/2.
func (p Laplace) chernoff(q Laplace) coefficient {
	scales := newLogarithmic(q.Scale, p.Scale)
	dp, dq := p.away(q), q.away(p)
	return func(alpha number) number {
		x, y := alpha.Times(dp), one.Sub(alpha).Times(dq)
		return scales.at(alpha).Add(meansGap(x, y))
	}
}

// meansGap is that of the distance.
func meansGap(x, y number) number {
	if math.Abs(x.Re) > math.Abs(y.Re) {
		x, y = y, x
	}
	if x.Size() < y.Size()/4 { // C is (x·e^-y - y·e^-x)/(x-y)
		if lost := y.Mul(x.Times(-1).ExpExcess()).Sub(x.Mul(y.Times(-1).ExpExcess())).Div(x.Sub(y)); lost.Size() < 0.5 {
			return lost.Add(lost.Times(-1).Excess())
		}
	}
	m, delta := x.Add(y).Times(0.5), x.Sub(y).Times(0.5)
	if max(m.Size(), delta.Size()) > 0.5 {
		return farMeansGap(x, y, m)
	}
	// What the coefficient lacks of 1, without the terms of first order.
	up, down := delta.ExpExcess(), delta.Times(-1).ExpExcess()
	lost := m.ExpExcess().Sub(up.Add(down).Times(0.5))
	if delta.Size() > 0 {
		lost = lost.Sub(m.Mul(up.Sub(down).Div(delta)).Times(0.5))
	}
	lost = lost.Mul(m.Times(-1).Exp())
	return lost.Add(lost.Times(-1).Excess())
}

// farMeansGap has e to the smaller of -x and -y as a factor apart: then it does not underflow. (e^-y - e^-x)/(x-y) is symmetric.
func farMeansGap(x, y, m number) number {
	if x.Re < y.Re {
		x, y = y, x
	}
	d := x.Sub(y)
	slope := one
	if d.Size() > 0 {
		slope = d.Times(-1).Expm1().Div(d).Times(-1)
	}
	return y.Sub(d.Times(-1).Exp().Plus(1).Times(0.5).Add(m.Mul(slope)).Log())
}

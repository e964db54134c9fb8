package kernels

import "math"

// stirlingTerms are B₂ₖ/(2k(2k-1)): Stirling's formula lacks their sum times s^(1-2k) of log Γ(s). With eight of them, for s of at least 8, what
// is left out is below 2**-46 of the excess.
var stirlingTerms = []float64{1. / 12, -1. / 360, 1. / 1260, -1. / 1680, 1. / 1188, -691. / 360360, 1. / 156, -3617. / 122400}

// gammaSteps is how far arguments are moved up, by Γ(a+1) = a·Γ(a), for Stirling's formula.
const gammaSteps = 8

// gammaExcess is what log Γ(b), b = a+d, exceeds the tangent at a by. Arguments are from 2**-100 to 2**100: others give NaN.
//
// With s = a+8, t = b+8 and P(a) = a(a+1)…(a+7) it is the excess of log Γ at t over the tangent at s, and Σ x - log(1+x) of x = d/(a+k), which is
// d·P′(a)/P(a) - log P(b)/P(a). No terms of first order are left to cancel where d is small.
func (b *Builder) gammaExcess(p, q, d Vec) Vec {
	low, high := b.PowerOfTwo(-100), b.PowerOfTwo(100)
	valid := low.LessEqual(p).And(p.Less(high)).And(low.LessEqual(q)).And(q.Less(high))
	return valid.Select(b.stirlingExcess(p, q, d).Add(b.risingExcess(p, q, d)), b.Const(math.NaN()))
}

// stirlingExcess is that of log Γ at t over the tangent at s: with f = t·log(t/s) - d it is f + ½(d² - s·f)/st, and what the terms of Stirling's
// series exceed their tangents by. That of s^-m is d²·s^-m/st·S, with w = s/t and S = m + (m-1)w + … + w^(m-1): no term is negative.
func (b *Builder) stirlingExcess(p, q, d Vec) Vec {
	up := b.Const(gammaSteps)
	s, t := p.Add(up), q.Add(up)
	f := b.ratioOf(t, s, d).excess(t, s)
	square := d.Mul(d)
	inverse := b.Const(1).Div(s.Mul(t))
	u := t.Mul(inverse)
	z, w := u.Mul(u), s.Mul(s).Mul(inverse)
	sum, power := b.Const(stirlingTerms[0]), z
	partial := w.Add(b.Const(2))
	for k, c := range stirlingTerms[1:] {
		m := float64(2*k + 3)
		partial = partial.MulAdd(w, b.Const(m))
		sum = power.Mul(b.Const(c)).MulAdd(partial, sum)
		if k+2 < len(stirlingTerms) {
			power = power.Mul(z)
			partial = partial.MulAdd(w, b.Const(m+1))
		}
	}
	rest := sum.MulAdd(u, b.Const(0.5)).Mul(square)
	return inverse.MulAdd(s.Mul(b.Const(0.5)).NegMulAdd(f, rest), f)
}

// risingExcess is that of -log P. With y = a(a+7) it is P = y(y+6)(y+10)(y+12), and with y+g = b(b+7) the divided differences
// D = (P(b)-P(a))/g and Q = (D-S)/g, S the derivative by y, are sums of positive numbers. With E = g·D/P(a) the excess is
// E - log(1+E) - (g²·Q + d²·S)/P(a); beyond some distance d(2a+7)·S/P(a) - log P(b)/P(a).
func (b *Builder) risingExcess(p, q, d Vec) Vec {
	one, seven := b.Const(1), b.Const(gammaSteps-1)
	up := p.Add(seven)
	g := d.Mul(up.Add(q))
	y, other := p.Mul(up), q.Mul(q.Add(seven))
	atP, atQ, difference, slope, second := y, other, one, one, b.Const(0)
	for k := 1; k < gammaSteps/2; k++ {
		c := b.Const(float64(k * (gammaSteps - 1 - k)))
		factor := y.Add(c)
		second = second.MulAdd(factor, difference)
		difference = difference.MulAdd(factor, atQ)
		slope = slope.MulAdd(factor, atP)
		atP, atQ = atP.Mul(factor), atQ.Mul(other.Add(c))
	}
	inverse := one.Div(atP)
	gap := g.Mul(difference)
	l := b.ratioOf(atQ, atP, gap)
	z := l.s.Mul(l.s)
	poly := b.poly(z, atanhNear)
	near := l.s.Mul(z.NegMulAdd(poly, gap.Mul(inverse)))
	near = g.Mul(g).MulAdd(second, d.Mul(d).Mul(slope)).NegMulAdd(inverse, near)
	log := l.k.MulAdd(b.ln2(), z.Mul(l.s).MulAdd(poly, l.s.Add(l.s)))
	far := d.Mul(up.Add(p)).Mul(slope).MulAdd(inverse, log.Mul(b.Const(-1)))
	return l.k.Equal(b.Const(0)).Select(near, far)
}

// ratioOf is log(p/q) of positive numbers, given p-q, which counts where they are close.
func (b *Builder) ratioOf(p, q, difference Vec) logarithm {
	k := b.exponentGap(p, q)
	scaled := q.AsInt().Add(k).AsFloat()
	steps := k.ExponentToFloat()
	diff := steps.Equal(b.Const(0)).Select(difference, p.Sub(scaled))
	return logarithm{b: b, k: steps, s: diff.Div(p.Add(scaled)), diff: diff, q: scaled}
}

// gammaExcesses is that of each element q, over the tangent at p; d is q-p.
var _ = Declare(Kernel{
	Name: "gammaExcesses", Func: "KullbackLeibler", Args: []string{"p", "q", "d"}, Pad: []float64{1, 1, 0},
	Outputs: []Output{{Name: "dst", Element: true}},
	Step:    func(b *Builder, _ []Vec, x ...Vec) []Vec { return []Vec{b.gammaExcess(x[0], x[1], x[2])} },
})

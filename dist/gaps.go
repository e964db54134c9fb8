package dist

import (
	"math"

	"github.com/relent-go/relent/internal/special"
)

// The divergences of an exponential family are those of its log normaliser F: Kullback–Leibler what F(η₂) exceeds its tangent at η₁ by, and
// -log C(α) what the chord αF(η₁) + (1-α)F(η₂) exceeds F(αη₁ + (1-α)η₂) by. Both are sums of gaps of simple convex functions, each of which
// is computed as the small number that it is where the parameters are nearly the same.

// A number is a complex one.
type number = special.Complex

var one = special.Real(1)

// positive tells whether x is a positive number, and finite.
func positive(x float64) bool { return x > 0 && x <= math.MaxFloat64 }

// finite tells whether x is neither infinite nor NaN.
func finite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }

// relative is (x-y)/y.
func relative(x, y float64) float64 { return (x - y) / y }

// logRatio is log(x/y).
func logRatio(x, y float64) float64 {
	if e := relative(x, y); math.Abs(e) < 0.5 {
		return special.Log1p(e)
	}
	return special.Log(x) - special.Log(y)
}

// excess is r - 1 - log r for r = 1+e, given log r, too, which counts where e is rounded to -1.
func excess(e, logarithm float64) float64 {
	if e < -0.5 {
		return e - logarithm
	}
	return special.Excess(e)
}

// ratioExcess is x/y - 1 - log(x/y).
func ratioExcess(x, y float64) float64 { return excess(relative(x, y), logRatio(x, y)) }

// A logarithmic is the gap of -log: log(αx + (1-α)y) - α·log x - (1-α)·log y.
type logarithmic struct {
	e, up, log float64 // of the ratio of the smaller to the larger: it less 1, its inverse less 1, and its logarithm
	swapped    bool    // y is the smaller
}

func newLogarithmic(x, y float64) logarithmic { return newLogarithmicOf(x, y, x-y) }

// newLogarithmicOf has x-y from its caller.
func newLogarithmicOf(x, y, d float64) logarithmic {
	if d > 0 {
		return logarithmic{-d / x, d / y, logRatio(y, x), true}
	}
	return logarithmic{d / y, -d / x, logRatio(x, y), false}
}

func (g logarithmic) at(alpha number) number { return g.with(alpha, one.Sub(alpha), number{}) }

// with has both weights, and is the gap where αx + (1-α)y is larger by a multiple of the larger of x and y. The one with the smaller share is
// compared with the other.
func (g logarithmic) with(alpha, beta, more number) number {
	share, other := alpha, beta // of the smaller
	if g.swapped {
		share, other = beta, alpha
	}
	if share.Re <= 0.5 || !finite(g.up) {
		return chordGap(share, more, g.e, g.log)
	}
	return chordGap(other, more.Times(1+g.up), g.up, -g.log)
}

// chordGap is log(1 + share·e + more) - share·log(1+e), of which the logarithm is given.
func chordGap(share, more number, e, logarithm float64) number {
	x := share.Times(e).Add(more)
	if x.Size() > 0.3 || math.Abs(e) > 0.3 {
		return x.Log1p().Sub(share.Times(logarithm))
	}
	return more.Add(share.Times(special.Excess(e))).Sub(x.Excess())
}

// A power is the gap of e^x: αx + (1-α)y - x^α·y^(1-α).
type power struct {
	large, log float64 // the larger, and the logarithm of the ratio of the smaller to it
	swapped    bool    // y is the smaller
}

func newPower(x, y float64) power {
	if x > y {
		return power{x, logRatio(y, x), true}
	}
	return power{y, logRatio(x, y), false}
}

// newFailures is newPower of 1-x and 1-y.
func newFailures(x, y float64) power {
	if x < y {
		return power{1 - x, -special.Log1p((y - x) / (1 - y)), true}
	}
	return power{1 - y, -special.Log1p((x - y) / (1 - x)), false}
}

// at compares with the one that has the larger share, x^α·y^(1-α) too, but where that is all that counts.
func (g power) at(alpha number) number {
	share, other := alpha, one.Sub(alpha) // of the smaller
	if g.swapped {
		share, other = other, share
	}
	var gap number
	switch back := other.Times(-g.log); {
	case math.IsInf(g.log, -1):
		gap = other
	case share.Re > 0.5 && back.Size() <= 1 && g.log < -1:
		gap = other.Times(-special.Expm1(g.log)).Sub(back.Expm1().Times(special.Exp(g.log)))
	case share.Re > 0.5 && back.Size() <= 1:
		gap = other.Times(special.ExpExcess(-g.log)).Sub(back.ExpExcess()).Times(special.Exp(g.log))
	case g.log < -1:
		gap = share.Times(special.Expm1(g.log)).Sub(share.Times(g.log).Expm1())
	default:
		gap = share.Times(special.ExpExcess(g.log)).Sub(share.Times(g.log).ExpExcess())
	}
	return gap.Times(g.large)
}

// A proportion is the gap of a·log(a/b): αa·log(a/b) + (1-α)a′·log(a′/b′) - a″·log(a″/b″), where a″ and b″ are αa + (1-α)a′ and so on.
type proportion struct {
	a, other           float64 // a, a′
	growth, underneath float64 // a/a′ - 1, b/b′ - 1
	log                float64 // log(a/b) - log(a′/b′)
	up, upper          float64 // (ab′ - a′b)/ba′ and /b′a′
}

// newProportion has the determinant ab′ - a′b from its caller.
func newProportion(a, b, other, under, determinant float64) proportion {
	return proportion{
		a: a, other: other, growth: relative(a, other), underneath: relative(b, under), log: logRatio(a, other) - logRatio(b, under),
		up: determinant / b / other, upper: determinant / under / other,
	}
}

// at is αa·log(1+x) + (1-α)a′·log(1+y), where x is (1-α)(ab′ - a′b)/ba″, and y -α(ab′ - a′b)/b′a″. The parts of first order are of second
// order together.
func (g proportion) at(alpha number) number {
	beta := one.Sub(alpha)
	above := alpha.Times(g.growth).Plus(1) // a″/a′
	x, y := beta.Times(g.up).Div(above), alpha.Times(-g.upper).Div(above)
	mine, others := alpha.Times(g.a), beta.Times(g.other)
	if !(max(x.Size(), y.Size()) <= 0.3) {
		base := alpha.Times(g.underneath).Log1p().Sub(alpha.Times(g.growth).Log1p()) // log(a′/b′) - log(a″/b″)
		return mine.Mul(logOf(x, base.Plus(g.log))).Add(others.Mul(logOf(y, base)))
	}
	both := alpha.Mul(beta).Times(float64(g.other * float64(g.up*g.upper))).Div(above)
	return both.Sub(mine.Mul(x.Excess())).Sub(others.Mul(y.Excess()))
}

// logOf is log(1+x), which is given with an error of the logarithm's parts, of an x that is given with one of its own.
func logOf(x, logarithm number) number {
	if x.Size() <= 0.3 {
		return x.Log1p()
	}
	return logarithm
}

// Gauss's rule of 8 nodes for ∫₀¹ (1-u)·f(u) du: as Legendre's, with 1-u in its weights.
var gauss = [...]struct{ node, weight float64 }{
	{0x1.454e34f533998p-6, 0x1.966647ea8d315p-5},
	{0x1.a06d536d82f88p-4, 0x1.992234db003a2p-4},
	{0x1.e5dad4f9af698p-3, 0x1.ea0e29eccc9fcp-4},
	{0x1.a214dac30e32fp-2, 0x1.b7837ee1a0933p-4},
	{0x1.2ef5929e78e69p-1, 0x1.2f43428191d53p-4},
	{0x1.86894ac19425ap-1, 0x1.30d4eeafbc45dp-5},
	{0x1.cbf255924fa0fp-1, 0x1.726c02b693fa0p-7},
	{0x1.f5d58e5856633p-1, 0x1.07710c4260beep-10},
}

// tiny is below where Stirling's error is -½·log a and a constant.
const tiny = 0x1p-200

// stirlingTangent is what Stirling's error at b = a+d exceeds its tangent at a by: d²·∫₀¹ (1-u)·δ″(a+ud) du where d is small beside a.
func stirlingTangent(a, b, d float64) float64 {
	switch least := min(a, b); {
	case max(a, b) < tiny:
		return float64(ratioExcess(b, a) / 2)
	case math.Abs(d) > least/2:
		return special.StirlingError(b) - special.StirlingError(a) - float64(special.StirlingSlope(a)*d)
	}
	sum := 0.0
	for _, g := range gauss {
		sum += float64(g.weight * special.StirlingCurvature(a+float64(g.node*d)))
	}
	return float64(float64(d*sum) * d)
}

// stirlingStep is what Stirling's error at b+z exceeds that at b by, for a z up to b/8.
func stirlingStep(b float64, z number) number {
	if b < tiny {
		return z.Times(1 / b).Log1p().Times(-0.5)
	}
	var sum number
	for _, g := range gauss {
		sum = sum.Add(z.Times(g.node).Plus(b).StirlingCurvature().Times(g.weight))
	}
	return z.Times(special.StirlingSlope(b)).Add(z.Mul(sum.Mul(z)))
}

// gammaTangent is what log Γ at b = a+d exceeds its tangent at a by.
func gammaTangent(a, b, d float64) float64 {
	up, down := d/a, -d/b
	return float64(b*excess(down, logRatio(a, b))) + float64(0.5*excess(up, logRatio(b, a))) + stirlingTangent(a, b, d)
}

// A stirling is the gap of Stirling's error: αδ(a) + (1-α)δ(b) - δ(αa + (1-α)b).
type stirling struct{ a, b, d, atA, atB float64 }

// newStirling has a-b from its caller.
func newStirling(a, b, d float64) stirling {
	return stirling{a, b, d, special.StirlingError(a), special.StirlingError(b)}
}

func (g stirling) at(alpha number) number {
	beta, d := one.Sub(alpha), g.d
	middle := alpha.Times(d).Plus(g.b)
	if math.Abs(d)*max(alpha.Size(), 1) > min(g.a, g.b)/2 {
		if step := alpha.Times(d); step.Size() <= g.b/8 {
			return alpha.Times(g.atA - g.atB).Sub(stirlingStep(g.b, step))
		}
		return alpha.Times(g.atA).Add(beta.Times(g.atB)).Sub(middle.StirlingError())
	}
	// With f(s) = δ(b+sd) it is α(1-α)·d²·[(1-α)·∫(1-u)·δ″ du on the way to a + α·∫(1-u)·δ″ du on that to b].
	toA, toB := beta.Times(d), alpha.Times(-d)
	var sum number
	for _, x := range gauss {
		a, b := middle.Add(toA.Times(x.node)).StirlingCurvature(), middle.Add(toB.Times(x.node)).StirlingCurvature()
		sum = sum.Add(beta.Mul(a).Add(alpha.Mul(b)).Times(x.weight))
	}
	return alpha.Mul(beta).Mul(sum.Times(d)).Times(d)
}

package mvn

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/special"
)

// coefficients are those of a pair at the nodes of a block.
type coefficients struct {
	t, lessReal, imaginary [nodeBlock]float64 // 1 - Re C and Im C
	vanished               bool               // C is nothing beside 1 from here on

	// Of every node:
	x, y           [nodeBlock]float64 // the last pivot d
	re, im         [nodeBlock]float64 // 1/d
	wRe, wIm       [nodeBlock]float64 // the last element of what the means are eliminated to, over d
	formRe, formIm [nodeBlock]float64 // ηᵀ(I+2itT)⁻¹η
	growth         [nodeBlock]float64 // Π|d|² - 1
	px, py         [nodeBlock]float64 // Πd
	logs, angles   [nodeBlock]float64 // log Π|d|² and the angle of Πd of pivots before
}

// productSteps is how many pivots are multiplied at most; one is below 2¹⁰.
const productSteps = 32

// next computes the coefficients of the nodes from a number on. |C| falls with t.
func (c *coefficients) next(p *pair, from float64) {
	for i := range c.t {
		c.t[i] = float64((from + float64(i)) * nodeStep)
		c.lessReal[i], c.imaginary[i] = 1, 0
	}
	if c.vanished {
		return
	}
	c.eliminate(p)
	var real [nodeBlock]float64
	for i, t := range c.t {
		half := float64(0.5 * (0.25 + float64(t*t)))
		real[i] = p.spread - float64(0.25*p.times*c.logs[i]) - float64(half*p.times*c.formRe[i])
		c.angles[i] = float64(t*p.tilt) - float64(0.5*p.times*c.angles[i]) - float64(half*p.times*c.formIm[i])
	}
	c.vanished = real[nodeBlock-1] < vanished
	relent.Expm1(real[:], real[:])
	for i, less := range real {
		if less == -1 {
			continue // the angle may be anything
		}
		sin, cos := special.Sincos(float64(0.5 * c.angles[i]))
		s := float64(2 * sin * sin)
		c.lessReal[i] = s - float64(less*(1-s))
		c.imaginary[i] = float64(2 * sin * cos * (1 + less))
	}
}

// eliminate computes log |det(I+2itT)|² and the angle of det(I+2itT), the sum of those of the pivots, and the form of the means, which it
// eliminates in the same steps. Every pivot d has a real part of at least 1, and |d|² - 1 is a sum of squares and of what is not negative:
// nothing cancels. The angle is less 2t·tr T where only the first terms of it count.
//
// With o = 4t²·nextⱼ², dⱼ = 1 + 2it·Tⱼⱼ + o/dⱼ₋₁.
func (c *coefficients) eliminate(p *pair) {
	c.begin()
	for j, a := range p.diagonal {
		if p.near {
			c.addSmallAngles(a, p.next[j])
		}
		c.step(a, p.next[j], p.means[j])
		if !p.near {
			c.multiply()
		}
		if j%productSteps == productSteps-1 {
			c.flush(p.near)
		}
	}
	c.flush(p.near)
}

func (c *coefficients) begin() {
	for i := range c.t {
		c.re[i], c.im[i], c.wRe[i], c.wIm[i], c.formRe[i], c.formIm[i] = 0, 0, 0, 0, 0, 0
		c.growth[i], c.px[i], c.py[i] = 0, 1, 0
		c.logs[i], c.angles[i] = 0, 0
	}
}

// step eliminates a variable.
func (c *coefficients) step(a, b, eta float64) {
	for i, t := range c.t {
		s := float64(2 * t)
		sb := float64(s * b)
		o := float64(sb * sb)
		above := float64(o * c.re[i]) // Re d - 1
		x, y := 1+above, float64(s*a)+float64(o*c.im[i])
		growth := float64(above*(2+above)) + float64(y*y)
		over := 1 / (1 + growth)
		re, im := float64(x*over), -float64(y*over)
		c.x[i], c.y[i], c.re[i], c.im[i] = x, y, re, im
		c.growth[i] += growth + float64(c.growth[i]*growth)

		etaRe, etaIm := eta+float64(sb*c.wIm[i]), -float64(sb*c.wRe[i])
		wRe, wIm := float64(etaRe*re)-float64(etaIm*im), float64(etaRe*im)+float64(etaIm*re)
		c.wRe[i], c.wIm[i] = wRe, wIm
		c.formRe[i] += float64(etaRe*wRe) - float64(etaIm*wIm)
		c.formIm[i] += float64(etaRe*wIm) + float64(etaIm*wRe)
	}
}

// multiply takes the pivots into the products. One turns a product by less than a right angle: where that comes through the negative real
// axis it has gone round.
func (c *coefficients) multiply() {
	for i, px := range c.px {
		py, x, y := c.py[i], c.x[i], c.y[i]
		qx, qy := float64(px*x)-float64(py*y), float64(px*y)+float64(py*x)
		c.px[i], c.py[i] = qx, qy
		if qx < 0 && (py < 0) != (qy < 0) {
			c.angles[i] += math.Copysign(2*math.Pi, y)
		}
	}
}

// addSmallAngles adds atan(y/x) - 2ta of the coming pivots x + iy, of which the terms of first order cancel.
func (c *coefficients) addSmallAngles(a, b float64) {
	for i, t := range c.t {
		s := float64(2 * t)
		sb := float64(s * b)
		o := float64(sb * sb)
		above, turned := float64(o*c.re[i]), float64(o*c.im[i])
		y := float64(s*a) + turned
		w := y / (1 + above)
		c.angles[i] += turned - float64(w*above) + arcTangentExcess(w)
	}
}

// flush takes what the products tell, and begins new ones.
func (c *coefficients) flush(near bool) {
	relent.Log1p(c.growth[:], c.growth[:])
	for i, l := range c.growth {
		c.logs[i] += l
		c.growth[i] = 0
		if !near {
			c.angles[i] += special.Atan2(c.py[i]+0, c.px[i]) // +0 is above the axis, -0 too
			c.px[i], c.py[i] = 1, 0
		}
	}
}

// arcTangentExcess is atan w - w for w of at most 3/16 either way, within 2⁻⁵⁰ of itself.
func arcTangentExcess(w float64) float64 {
	s := float64(w * w)
	p := float64(s * (-1. / 23))
	for _, c := range [...]float64{1. / 21, -1. / 19, 1. / 17, -1. / 15, 1. / 13, -1. / 11, 1. / 9, -1. / 7, 1. / 5, -1. / 3} {
		p = float64(s * (c + p))
	}
	return float64(w * p)
}

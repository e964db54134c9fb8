package relent

import "math"

// An extended number is m·2^e, |m| from ½ to below 1, or 0. Its exponent has no bounds: distances are computed of such numbers
// where a difference, a z or a square does not fit into a float64, and the result may.
type extended struct {
	m float64
	e int
}

func newExtended(x float64) extended {
	m, e := math.Frexp(x)
	return extended{m, e}
}

// shifted is a·2^n.
func (a extended) shifted(n int) extended {
	if a.m != 0 {
		a.e += n
	}
	return a
}

// plus is a + b with one rounding.
func (a extended) plus(b extended) extended {
	if a.e < b.e && b.m != 0 || a.m == 0 {
		a, b = b, a
	}
	const beyond = 64 // what is so far below a rounds to nothing
	if b.m == 0 || a.e-b.e >= beyond {
		return a
	}
	return newExtended(a.m + float64(b.m/float64(uint64(1)<<(a.e-b.e)))).shifted(a.e)
}

// minus is a - b with one rounding.
func (a extended) minus(b extended) extended { return a.plus(extended{-b.m, b.e}) }

// times is a·b with one rounding.
func (a extended) times(b extended) extended { return newExtended(a.m * b.m).shifted(a.e + b.e) }

// root is √a with one rounding.
func (a extended) root() extended {
	odd := a.e & 1
	return newExtended(math.Sqrt(math.Ldexp(a.m, odd))).shifted((a.e - odd) / 2)
}

// float is the nearest float64, infinite if a is too large.
func (a extended) float() float64 { return math.Ldexp(a.m, a.e) }

// sumOfSquares has a relative error of three units of rounding, for any number of z.
func sumOfSquares(z []extended) extended {
	most := math.MinInt
	for _, v := range z {
		if v.m != 0 {
			most = max(most, v.e)
		}
	}
	sum, lost := 0.0, 0.0
	for _, v := range z {
		if v.m != 0 {
			v := math.Ldexp(v.m, v.e-most)
			sum, lost = twoSum(sum, lost, float64(v*v))
		}
	}
	return newExtended(sum + lost).shifted(2 * most)
}

// extendedWhiten replaces y by z = L⁻¹y.
func (p *packed[F]) extendedWhiten(y []extended) {
	element := func(x F) extended { return newExtended(float64(x)) }
	switch {
	case p.lower.Data == nil:
		for i, s := range p.scale {
			y[i] = y[i].times(element(s))
		}
	case p.inverse:
		for i := len(y) - 1; i >= 0; i-- {
			sum := extended{}
			for k, m := range p.lower.Row(i)[:i+1] {
				sum = sum.plus(element(m).times(y[k]))
			}
			y[i] = sum
		}
	default:
		for i, s := range p.scale {
			for k, l := range p.lower.Row(i)[:i] {
				y[i] = y[i].minus(element(l).times(y[k]))
			}
			y[i] = y[i].times(element(s))
		}
	}
}

// extendedZ is L⁻¹(x-mean) of a finite x.
func (r run[F]) extendedZ(x, mean []F) []extended {
	if cap(r.workspace.extended) < len(x) {
		r.workspace.extended = make([]extended, len(x))
	}
	z, equal := r.workspace.extended[:len(x)], true
	for i, v := range x {
		z[i] = newExtended(float64(v)).minus(newExtended(float64(mean[i])))
		equal = equal && z[i].m == 0
	}
	if !equal {
		r.extendedWhiten(z)
	}
	return z
}

// extendedDistance is the squared distance of a finite x from a mean.
func (r run[F]) extendedDistance(x, mean []F) extended { return sumOfSquares(r.extendedZ(x, mean)) }

// whitenExtended computes 2^-by times the z of a finite row; by is 0 unless z is to be solved further, and large.
func (r run[F]) whitenExtended(dst, x []F, solving bool) (by int) {
	const before = 120 // powers of two that what follows may be large without overflow
	z := r.extendedZ(x, r.mean)
	if solving {
		for _, v := range z {
			by = max(by, v.e-before)
		}
	}
	for j, v := range z {
		dst[j] = F(v.shifted(-by).float())
	}
	return by
}

// extendedElement is (x-μ)/σ of a diagonal factor.
func (f *Factor[F]) extendedElement(j int, x F) extended {
	return newExtended(float64(x)).minus(newExtended(float64(f.mean[j]))).times(newExtended(float64(f.scale[j])))
}

// logDensityOf is logNorm - d/2, with one rounding.
func logDensityOf[F Float](d extended, logNorm F) F {
	half := newExtended(float64(logNorm)) // of what may be too large
	if !finite(float64(logNorm)) {
		return logNorm
	}
	return F(half.minus(d.shifted(-1)).float())
}

// distanceOfUnbounded is the distance of a row that is not finite: NaN if it holds a NaN, or else +Inf.
func distanceOfUnbounded[F Float](x []F) F {
	for _, v := range x {
		if v != v {
			return F(math.NaN())
		}
	}
	return F(math.Inf(1))
}

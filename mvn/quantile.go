package mvn

import "math"

// A rational function is a quotient of polynomials, given by their coefficients from the highest power down.
type rational struct{ above, below [8]float64 }

func (r *rational) at(x float64) float64 {
	above, below := r.above[0], r.below[0]
	for i := 1; i < len(r.above); i++ {
		above, below = math.FMA(above, x, r.above[i]), math.FMA(below, x, r.below[i])
	}
	return above / below
}

// standardQuantile is the x that a standard normal variable is at most with probability p, from 0 to 1, with a relative error of at
// most 2⁻⁴⁹.
//
// Wichura, Algorithm AS 241: The percentage points of the normal distribution, Applied Statistics 37 (1988), 477–484.
func standardQuantile(p float64) float64 {
	q := p - 0.5
	if math.Abs(q) <= 0.425 {
		return float64(q * quantileMiddle.at(0.180625-float64(q*q)))
	}
	tail := min(p, 1-p)
	if tail == 0 {
		return math.Copysign(math.Inf(1), q)
	}
	r := math.Sqrt(-log(tail))
	if r <= 5 {
		return math.Copysign(quantileSide.at(r-1.6), q)
	}
	return math.Copysign(quantileTail.at(r-5), q)
}

var (
	quantileMiddle = rational{
		[8]float64{
			2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
			1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0,
		},
		[8]float64{
			5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
			5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1,
		},
	}
	quantileSide = rational{
		[8]float64{
			7.7454501427834140764e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
			3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0,
		},
		[8]float64{
			1.05075007164441684324e-9, 5.4759380849953449460e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
			6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1,
		},
	}
	quantileTail = rational{
		[8]float64{
			2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
			2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0,
		},
		[8]float64{
			2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
			1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1,
		},
	}
)

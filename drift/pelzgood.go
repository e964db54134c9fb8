package drift

import "math"

// pelzGood is the distribution of √n·D at z for Kolmogorov's statistic D of n values, with the first terms of its expansion in 1/√n, up to the one of
// an order (Pelz and Good 1976; equation 5 of Simard and L'Ecuyer, Journal of Statistical Software 39.11, 2011).
func pelzGood(order int, z, n float64) float64 {
	const (
		pi2 = math.Pi * math.Pi
		pi4 = pi2 * pi2
		pi6 = pi4 * pi2
	)
	z2 := float64(z * z)
	z4 := float64(z2 * z2)
	z6 := float64(z4 * z2)
	z8 := float64(z4 * z4)
	var sums [4]float64  // over halves k + ½ of odd numbers, of the four terms
	var other [2]float64 // over positive k, of the last two
	for k := 24; k >= 0; k-- {
		h := float64(k) + 0.5
		h2 := float64(h * h)
		h4 := float64(h2 * h2)
		h6 := float64(h4 * h2)
		e := exp(-float64(pi2*h2) / (2 * z2))
		terms := [4]float64{
			1,
			float64(pi2*h2) - z2,
			float64(6*z6) + float64(2*z4) + float64(pi2*h2*(float64(2*z4)-float64(5*z2))) + float64(pi4*h4*(1-float64(2*z2))),
			float64(pi6*h6*(5-float64(30*z2))) + float64(pi4*h4*(float64(212*z4)-float64(60*z2))) +
				float64(pi2*h2*(float64(135*z4)-float64(96*z6))) - float64(30*z6) - float64(90*z8),
		}
		for i, term := range terms {
			sums[i] += float64(2 * e * term)
		}
		w := float64(k)
		w2 := float64(w * w)
		e = exp(-float64(pi2*w2) / (2 * z2))
		other[0] += float64(e * pi2 * w2)
		other[1] += float64(e * (float64(3*pi2*w2*z2) - float64(pi4*w2*w2)))
	}
	root := math.Sqrt(math.Pi / 2)
	parts := [4]float64{
		root / z * sums[0],
		root / (6 * z4) * sums[1],
		float64(root/(72*z6*z)*sums[2]) - float64(root/(18*z2*z)*other[0]),
		float64(root/(6480*z8*z2)*sums[3]) + float64(root/(108*z6)*other[1]),
	}
	total := 0.0
	for i := order; i >= 0; i-- {
		total = total/math.Sqrt(n) + parts[i]
	}
	return min(1, max(0, total))
}

package mvn

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// Mean computes the mean, which is the location, into dst and returns it; NaN if ν <= 1, when there is none. A nil dst is allocated.
func (s *StudentT) Mean(dst []float64) []float64 {
	dst = destination("Mean", "dst", dst, s.Dim())
	s.normal.Mean(dst)
	if s.nu <= 1 {
		for i := range dst {
			dst[i] = math.NaN()
		}
	}
	return dst
}

// ConditionStudentT returns the distribution of the variables that are not in observed, in their order, given that those have the values. With δ the
// squared Mahalanobis distance of the r observed ones it has ν+r degrees of freedom, the location of [Normal.ConditionNormal], and its
// covariance times (ν+δ)/(ν+r) for the scale (Ding, On the conditional distribution of the multivariate t distribution, 2016); of a singular
// distribution r is the rank. Errors are those of ConditionNormal, or that the values are so far out that the scale is not finite.
func (s *StudentT) ConditionStudentT(observed []int, values []float64) (*StudentT, error) {
	rest, err := s.normal.ConditionNormal(observed, values)
	if err != nil {
		return nil, err
	}
	given, err := s.normal.MarginalNormal(observed)
	if err != nil {
		return nil, err
	}
	nu := s.nu + float64(given.Rank())
	by := math.Sqrt(s.nu/nu + given.SqMahalanobis(values)/nu)
	if !finite(by) {
		return nil, fmt.Errorf("mvn: the values are too far from their location: the scale is %g² times that of the normal distribution", by)
	}
	f, err := scaledForm(rest.form, by)
	if err != nil {
		return nil, err
	}
	return newNormal(rest.mean, f).StudentT(nu)
}

// scaledForm is the covariance times the square of a number.
func scaledForm(f form, by float64) (form, error) {
	square := float64(by * by)
	switch f := f.(type) {
	case *covarianceForm:
		return asForm(newCovarianceForm(scaledMatrix(f.sigma, square), scaledMatrix(f.columns, by)))
	case *precisionForm:
		return asForm(precisionOf(scaledMatrix(f.prec, 1/square), scaledMatrix(f.m, 1/by)))
	case *diagonalForm:
		return asForm(newDiagonalForm(multiplied(f.v, square)))
	case *lowRankForm:
		return asForm(newLowRankForm(scaledMatrix(f.w, by), multiplied(f.v, square)))
	case *singularForm:
		return asForm(newSingularOf(scaledMatrix(f.sigma, square), multiplied(f.scale, square), f.tolerance, f.free, scaledMatrix(f.columns, by)))
	}
	panic("mvn: a form that cannot be scaled")
}

func scaledMatrix(a relent.Matrix[float64], by float64) relent.Matrix[float64] {
	if a.Data != nil {
		a.Data = multiplied(a.Data, by)
	}
	return a
}

func multiplied(x []float64, by float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v * by
	}
	return y
}

// Rand returns a random sample in dst; a nil dst is allocated. With src, it is the same whenever that begins in the same state, on every CPU; a nil
// src is math/rand/v2. Where ν is so small that an element does not fit, it is infinite, or NaN.
func (s *StudentT) Rand(dst []float64, src rand.Source) []float64 {
	dst = destination("Rand", "dst", dst, s.Dim())
	if src == nil {
		src = globalSource{}
	}
	r := rand.New(src)
	seeded := Seeded{s.normal, r.NormFloat64}
	seeded.centred(dst)
	// log ν/χ², where χ² is twice a variable of the gamma distribution of ν/2
	by := exp(0.5 * (log(0.5*s.nu) - logGammaVariate(float64(0.5*s.nu), r)))
	for i := range dst {
		dst[i] *= by
	}
	s.normal.addMean(dst)
	return dst
}

// RandRows fills the rows of dst, which has d columns, with random samples, as Rand.
func (s *StudentT) RandRows(dst *mat.Dense, src rand.Source) {
	rows := denseRows("RandRows", dst, s.Dim())
	for i := range rows.Rows {
		s.Rand(rows.Row(i), src)
	}
}

// logGammaVariate is the logarithm of a variable of the gamma distribution of shape a: d·v of which v = (1+z/√(9d))³, d = a-1/3, is accepted with
// the density's share of what a standard normal z gives; for a < 1 that of a+1, times a uniform number to the power of 1/a.
//
// Marsaglia and Tsang, A simple method for generating gamma variables, ACM Trans. Math. Softw. 26 (2000), 363–372.
func logGammaVariate(a float64, r *rand.Rand) float64 {
	boost := 0.0
	if a < 1 {
		boost = log(1-r.Float64()) / a
		a++
	}
	d := a - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		z := r.NormFloat64()
		root := 1 + float64(c*z)
		if !(root > 0) {
			continue
		}
		logV := float64(3 * log(root))
		v := float64(root * root * root)
		if log(1-r.Float64()) < float64(0.5*z*z)+d-float64(d*v)+float64(d*logV) {
			return log(d) + logV + boost
		}
	}
}

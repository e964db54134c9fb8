package mvn

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Mahalanobis returns the Mahalanobis distance of x and y given the Cholesky factorisation of the covariance, as gonum's
// stat.Mahalanobis. Of several points, [Normal.Mahalanobis] and [Normal.MahalanobisRows] are many times faster. A vector that holds
// an infinity, and no NaN, is infinitely far from one that is finite; from another such one, and of a NaN, it is NaN.
func Mahalanobis(x, y mat.Vector, chol *mat.Cholesky) float64 {
	const name = "Mahalanobis"
	from, to := elementsOf(name, "x", x), elementsOf(name, "y", y)
	if !allFinite(to) { // the distance is symmetric
		from, to = to, from
	}
	if len(from) != len(to) {
		here.Panic(name, "x has length %d, y %d", x.Len(), y.Len())
	}
	n, err := ofCholesky(name, "y", to, chol)
	if err != nil {
		return math.NaN()
	}
	return n.Mahalanobis(from)
}

// NormalLogProb returns the log density at x of the normal distribution with mean mu and the covariance that chol is the
// factorisation of, as gonum's distmv.NormalLogProb; NaN for a mean that is not finite.
// Of several points, [Normal.LogProb] and
// [Normal.LogProbRows] are many times faster.
func NormalLogProb(x, mu []float64, chol *mat.Cholesky) float64 {
	const name = "NormalLogProb"
	if len(x) != len(mu) {
		here.Panic(name, "x has length %d, mu %d", len(x), len(mu))
	}
	n, err := ofCholesky(name, "mu", mu, chol)
	if err != nil {
		return math.NaN()
	}
	return n.LogProb(x)
}

// NormalRand returns, in dst, a random sample of the normal distribution with the mean and the covariance that chol is the
// factorisation of, as gonum's distmv.NormalRand: with numbers from src, or from math/rand/v2 if it is nil. A nil dst is allocated.
// A mean that is not finite gives NaN.
func NormalRand(dst, mean []float64, chol *mat.Cholesky, src rand.Source) []float64 {
	const name = "NormalRand"
	dst = destination(name, "dst", dst, len(mean))
	n, err := ofCholesky(name, "mean", mean, chol)
	if err != nil {
		fill(dst, math.NaN())
		return dst
	}
	if src == nil {
		return n.Rand(dst)
	}
	return n.Seeded(src).Rand(dst)
}

// ofCholesky is a distribution for one call; an error says what is not finite.
func ofCholesky(name, which string, mean []float64, chol *mat.Cholesky) (*Normal, error) {
	if chol == nil || chol.IsEmpty() {
		here.Panic(name, "the Cholesky factorisation is empty")
	}
	if d := chol.SymmetricDim(); len(mean) != d {
		here.Panic(name, "%s has length %d, the factorisation %d dimensions", which, len(mean), d)
	}
	return NewNormalChol(mean, chol)
}

func elementsOf(name, which string, x mat.Vector) []float64 {
	if isNil(x) {
		here.Panic(name, "%s is nil", which)
	}
	elements := make([]float64, x.Len())
	for i := range elements {
		elements[i] = x.AtVec(i)
	}
	return elements
}

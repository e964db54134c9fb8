package mvn

import (
	"math"
	"math/rand/v2"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// Mahalanobis returns the Mahalanobis distance of x and y given the Cholesky factorisation of the covariance, as gonum's
// stat.Mahalanobis. Of several points, [Normal.Mahalanobis] and [Normal.MahalanobisRows] are faster. A vector that holds an infinity, and
// no NaN, is infinitely far from one that is finite; from another such one, and of a NaN, it is NaN.
func Mahalanobis(x, y mat.Vector, chol *mat.Cholesky) float64 {
	const name = "Mahalanobis"
	n, m := lengthOf(name, "x", x), lengthOf(name, "y", y)
	if n != m {
		here.Panic(name, "x has length %d, y %d", n, m)
	}
	factor := factorOf(name, "y", m, chol)
	buffer := oneShots.get(3 * n)
	defer oneShots.put(buffer)
	from, to := buffer[n:2*n], buffer[2*n:]
	for i := range n {
		from[i], to[i] = x.AtVec(i), y.AtVec(i)
	}
	if !allFinite(to) { // the distance is symmetric
		from, to = to, from
	}
	if d := squares(buffer[:n], from, to, factor); d >= leastOneShot && finite(d) {
		return math.Sqrt(d)
	}
	exact, err := NewNormalChol(to, chol)
	if err != nil {
		return math.NaN()
	}
	return exact.Mahalanobis(from)
}

// NormalLogProb returns the log density at x of the normal distribution with mean mu and the covariance that chol is the
// factorisation of, as gonum's distmv.NormalLogProb; NaN for a mean that is not finite. Of several points, [Normal.LogProb] and
// [Normal.LogProbRows] are faster.
func NormalLogProb(x, mu []float64, chol *mat.Cholesky) float64 {
	const name = "NormalLogProb"
	if len(x) != len(mu) {
		here.Panic(name, "x has length %d, mu %d", len(x), len(mu))
	}
	factor := factorOf(name, "mu", len(mu), chol)
	buffer := oneShots.get(len(x))
	defer oneShots.put(buffer)
	if d := squares(buffer, x, mu, factor); finite(d) {
		for i := range buffer {
			buffer[i] = factor.Data[i*factor.Stride+i]
		}
		logs := total(relent.Log(buffer, buffer))
		return -(float64(0.5*float64(float64(len(x))*logTwoPi)) + logs + float64(0.5*d))
	}
	exact, err := NewNormalChol(mu, chol)
	if err != nil {
		return math.NaN()
	}
	return exact.LogProb(x)
}

// NormalRand returns, in dst, a random sample of the normal distribution with the mean and the covariance that chol is the
// factorisation of, as gonum's distmv.NormalRand: with numbers from src, or from math/rand/v2 if it is nil. A nil dst is allocated.
func NormalRand(dst, mean []float64, chol *mat.Cholesky, src rand.Source) []float64 {
	const name = "NormalRand"
	factor := factorOf(name, "mean", len(mean), chol)
	dst = destination(name, "dst", dst, len(mean))
	next := rand.NormFloat64
	if src != nil {
		next = rand.New(src).NormFloat64
	}
	for i := range dst {
		dst[i] = next()
	}
	for j := len(dst) - 1; j >= 0; j-- { // what stands above is needed no more
		column := factor.Data[j*factor.Stride+j:][:len(dst)-j]
		z := dst[j]
		dst[j] = 0
		axpy(z, column, dst[j:])
	}
	for i, m := range mean {
		if dst[i] += m; dst[i] != dst[i] {
			dst[i] = math.NaN() // canonical
		}
	}
	return dst
}

// oneShots are the buffers of past calls.
var oneShots buffers

// leastOneShot is the least sum of squares that has lost nothing to those that are subnormal.
const leastOneShot = 0x1p-960

// factorOf is U, UᵀU the covariance, by rows.
func factorOf(name, which string, dim int, chol *mat.Cholesky) blas64.Triangular {
	if chol == nil || chol.IsEmpty() {
		here.Panic(name, "the Cholesky factorisation is empty")
	}
	if d := chol.SymmetricDim(); dim != d {
		here.Panic(name, "%s has length %d, the factorisation has dimension %d", which, dim, d)
	}
	return chol.RawU().(*mat.TriDense).RawTriangular()
}

// squares is ‖U⁻ᵀ(x-mu)‖², by columns of the factor. It uses z.
func squares(z, x, mu []float64, factor blas64.Triangular) (sum float64) {
	subtract(z, x, mu)
	for j := range z {
		column := factor.Data[j*factor.Stride+j:][:len(z)-j]
		z[j] /= column[0]
		axpy(-z[j], column[1:], z[j+1:])
		sum += float64(z[j] * z[j])
	}
	return sum
}

func lengthOf(name, which string, x mat.Vector) int {
	if isNil(x) {
		here.Panic(name, "%s is nil", which)
	}
	return x.Len()
}

package loss

import (
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
)

// StandardNormalKullbackLeibler returns ½ Σ (mean² + e^ρ - 1 - ρ), the Kullback–Leibler divergence from the standard normal distribution
// of one of independent variables, given the means and the logarithms ρ of the variances (B.11): the term of a variational autoencoder's
// loss. No term is negative, and each is accurate also near ρ = 0. An infinite mean or ρ gives +Inf.
func StandardNormalKullbackLeibler[F relent.Float](mean, logVariance []F) float64 {
	sameLength("StandardNormalKullbackLeibler", mean, logVariance)
	return relent.Pass(pass.StandardNormal, nil, nil, mean, logVariance)[0]
}

// DiagonalNormalKullbackLeibler returns ½ Σ ((μₗ-μᵣ)²/e^ρᵣ + e^(ρₗ-ρᵣ) - 1 - (ρₗ-ρᵣ)), the Kullback–Leibler divergence of normal
// distributions of independent variables, given the means and the logarithms ρ of the variances. It is as
// [StandardNormalKullbackLeibler]; differences of means are rounded to F, and infinities of which a difference is NaN give NaN.
func DiagonalNormalKullbackLeibler[F relent.Float](lMean, lLogVariance, rMean, rLogVariance []F) float64 {
	sameLength("DiagonalNormalKullbackLeibler", lMean, lLogVariance, rMean, rLogVariance)
	return relent.Pass(pass.DiagonalNormal, nil, nil, lMean, lLogVariance, rMean, rLogVariance)[0]
}

func sameLength[F any](name string, x ...[]F) {
	for _, other := range x[1:] {
		if len(other) != len(x[0]) {
			here.Panic(name, "lengths %d and %d differ", len(x[0]), len(other))
		}
	}
}

// StandardNormal is the Kullback–Leibler divergence ½ Σ (m² + e^ρ - 1 - ρ) from the standard normal distribution of one with means m and
// logarithms ρ of variances, a row of each: a variational autoencoder's term. The gradients are m and ½(e^ρ - 1).
type StandardNormal[F relent.Float] struct {
	Scale float64 // of gradients; 0 is 1
}

// Value is the loss of each row.
func (l StandardNormal[F]) Value(dst []float64, means, logVariances relent.Matrix[F], run relent.Run) (Losses, error) {
	dst = check("StandardNormal.Value", dst, nil, "means", means, "logVariances", logVariances)
	return compute(normals[F]{means: means, logVariances: logVariances}, dst, nil, means.Cols, run)
}

// ValueGrad is [StandardNormal.Value] and the gradients with respect to both, which may take the place of the arguments.
func (l StandardNormal[F]) ValueGrad(dst []float64, gradMeans, gradLogVariances, means, logVariances relent.Matrix[F], run relent.Run) (
	total Losses, ofMeans, ofLogVariances relent.Matrix[F], err error) {
	const name = "StandardNormal.ValueGrad"
	dst = check(name, dst, &gradMeans, "means", means, "logVariances", logVariances)
	checkResults(name, dst, &gradLogVariances, logVariances)
	each := normals[F]{means: means, logVariances: logVariances, grad: gradLogVariances, scale: orOne(l.Scale)}
	total, err = compute(each, dst, &gradMeans, means.Cols, run)
	return total, gradMeans, gradLogVariances, err
}

type normals[F relent.Float] struct {
	rowsOnly[F]
	means, logVariances, grad relent.Matrix[F]
	scale                     float64
}

func (n normals[F]) row(i int, grad []F) float64 {
	mean, logVariance := n.means.Row(i), n.logVariances.Row(i)
	value := StandardNormalKullbackLeibler(mean, logVariance)
	if grad == nil {
		return value
	}
	var m pass.Numbers
	m.Set(n.scale, 0)
	relent.Pass(pass.Scaled, &m, grad, mean)
	slopes := relent.Expm1(n.grad.Row(i), logVariance)
	m.Set(n.scale/2, 0)
	relent.Pass(pass.Scaled, &m, slopes, slopes)
	return value
}

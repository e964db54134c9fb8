package relent

import (
	"math"

	"github.com/relent-go/relent/internal/exact"
)

// StandardNormalKullbackLeibler returns ½ Σ (mean² + e^ρ - 1 - ρ), the Kullback–Leibler divergence from the standard normal distribution
// of one of independent variables, given the means and the logarithms ρ of the variances (B.11): the term of a variational autoencoder's
// loss. No term is negative, nor inaccurate near ρ = 0. An infinite mean, and a ρ of ±Inf, give +Inf.
func StandardNormalKullbackLeibler[F Float](mean, logVariance []F) float64 {
	readsBoth(mean, logVariance)
	sum := standardNormalKL(mean, logVariance)
	if sum <= math.MaxFloat64 || sum != sum {
		return float64(sum / 2)
	}
	var halves exact.Sum
	for i, m := range mean {
		addHalf(&halves, float64(m), 0, float64(logVariance[i]), 0)
	}
	return halves.Take()
}

// DiagonalNormalKullbackLeibler returns ½ Σ ((μₗ-μᵣ)²/e^ρᵣ + e^(ρₗ-ρᵣ) - 1 - (ρₗ-ρᵣ)), the Kullback–Leibler divergence of normal
// distributions of independent variables, given the means and the logarithms ρ of the variances. It is as
// [StandardNormalKullbackLeibler]; differences of means are rounded to F, and infinities of which a difference is NaN give NaN.
func DiagonalNormalKullbackLeibler[F Float](lMean, lLogVariance, rMean, rLogVariance []F) float64 {
	const name = "DiagonalNormalKullbackLeibler"
	sameLength(name, lMean, lLogVariance)
	sameLength(name, lMean, rMean)
	readsBoth(lMean, rMean)
	readsBoth(lLogVariance, rLogVariance)
	sum := logVarianceKL(lLogVariance, rLogVariance)
	var differences [differenceBlock]F
	squares := func(lMean, rMean, rLogVariance []F) float64 {
		d := differences[:len(lMean)]
		difference(d, lMean, rMean)
		return precisionSquares(d, rLogVariance)
	}
	if len(lMean) <= differenceBlock {
		sum += squares(lMean, rMean, rLogVariance)
	} else {
		var total exact.Sum
		for from := 0; from < len(lMean); from += differenceBlock {
			to := min(from+differenceBlock, len(lMean))
			total.Add(squares(lMean[from:to], rMean[from:to], rLogVariance[from:to]))
		}
		sum += total.Take()
	}
	if sum <= math.MaxFloat64 || sum != sum {
		return float64(canonical(sum) / 2)
	}
	var halves exact.Sum
	for i, rho := range rLogVariance {
		addHalf(&halves, float64(lMean[i]-rMean[i]), float64(rho), float64(lLogVariance[i]), float64(rho))
	}
	return halves.Take()
}

// addHalf adds ½z²e^-q and ½(e^(l-r) - 1 - (l-r)): the divergence of one variable, also where twice it is too large for a float64.
func addHalf(sum *exact.Sum, z, q, l, r float64) {
	sum.Add(float64(2 * precisionSquares([]float64{z / 2}, []float64{q})))
	excess := logVarianceKL([]float64{l}, []float64{r})
	if excess <= math.MaxFloat64 || math.IsInf(l-r, 0) {
		sum.Add(float64(excess / 2))
		return
	}
	root := logVarianceKL([]float64{l / 2}, []float64{r / 2}) + (float64(l/2) - float64(r/2)) + 1 // e^((l-r)/2)
	sum.Add(float64(root * (root / 2)))
}

// differenceBlock is how many differences of means are kept at once: few for few variables to be cheap, too.
const differenceBlock = 128

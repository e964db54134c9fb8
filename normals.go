package relent

// StandardNormalKullbackLeibler returns the Kullback–Leibler divergence of a normal distribution of independent variables,
// given the means and the logarithms ρ of the variances, from the standard normal distribution:
// ½ Σ (mean² + e^ρ - 1 - ρ) (B.11), the term of a variational autoencoder's loss.
//
// No term is negative, and each keeps its relative accuracy where ρ is near 0. An infinite mean, and a ρ of ±Inf, which
// is a variance of 0 or +Inf, give +Inf; NaN gives NaN.
func StandardNormalKullbackLeibler[F Float](mean, logVariance []F) float64 {
	return standardNormalKL(mean, logVariance) / 2
}

// DiagonalNormalKullbackLeibler returns the Kullback–Leibler divergence of one normal distribution of independent variables from
// another, given the means and the logarithms ρ of the variances:
// ½ Σ ((μₗ-μᵣ)²/e^ρᵣ + e^(ρₗ-ρᵣ) - 1 - (ρₗ-ρᵣ)).
//
// It computes as [StandardNormalKullbackLeibler]; differences of means are rounded to F. Infinities of which a difference is
// NaN give NaN. All four slices have the same length.
func DiagonalNormalKullbackLeibler[F Float](lMean, lLogVariance, rMean, rLogVariance []F) float64 {
	const name = "DiagonalNormalKullbackLeibler"
	sameLength(name, lMean, lLogVariance)
	sameLength(name, lMean, rMean)
	sum := logVarianceKL(lLogVariance, rLogVariance)
	var differences [differenceBlock]F
	squares := func(lMean, rMean, rLogVariance []F) float64 {
		d := differences[:len(lMean)]
		difference(d, lMean, rMean)
		return precisionSquares(d, rLogVariance)
	}
	if len(lMean) <= differenceBlock {
		return canonical(sum+squares(lMean, rMean, rLogVariance)) / 2
	}
	var total exactSum
	for from := 0; from < len(lMean); from += differenceBlock {
		to := min(from+differenceBlock, len(lMean))
		total.add(squares(lMean[from:to], rMean[from:to], rLogVariance[from:to]))
	}
	return canonical(sum+total.take()) / 2
}

// differenceBlock is how many differences of means are kept at once: few for few variables to be cheap, too.
const differenceBlock = 128

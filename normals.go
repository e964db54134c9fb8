package relent

import (
	"math"

	"github.com/relent-go/relent/internal/exact"
)

// standardNormalDivergence is the Kullback–Leibler divergence that package loss exports, for means and logarithms of variances of the same
// length.
func standardNormalDivergence[F Float](mean, logVariance []F) float64 {
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

// diagonalNormalDivergence is that from another such distribution.
func diagonalNormalDivergence[F Float](lMean, lLogVariance, rMean, rLogVariance []F) float64 {
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

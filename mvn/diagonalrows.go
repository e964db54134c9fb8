package mvn

import (
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
)

// klTermFlops are about what the time of a term amounts to.
const klTermFlops = 64

// KullbackLeiblerStandardRows computes the Kullback–Leibler divergence from the standard normal distribution (B.11) of the
// diagonal distributions whose means and logarithms of variances are the rows of mean and logVariance:
// ½ Σ (μ² + e^ρ - 1 - ρ), the term of a variational autoencoder's loss. It is computed in float64, never negative, and
// accurate also near ρ = 0. A nil dst is allocated.
// An error is that of the run's context.
//
// An infinite mean, and a ρ of ±Inf, which is a variance of 0 or +Inf, give +Inf.
func KullbackLeiblerStandardRows[F float32 | float64](dst []F, mean, logVariance relent.Matrix[F], run relent.Run) ([]F, error) {
	const name = "KullbackLeiblerStandardRows"
	checkShape(name, "mean", mean, mean.Rows, mean.Cols)
	checkShape(name, "logVariance", logVariance, mean.Rows, mean.Cols)
	dst = destination(name, "dst", dst, mean.Rows)
	if plain(run) {
		klStandardRows(dst, mean, logVariance)
		return dst, nil
	}
	return dst, inParts(len(dst), 1, klTermFlops*float64(mean.Cols), run, func(from, to int) {
		klStandardRows(dst[from:to], mean.Slice(from, to), logVariance.Slice(from, to))
	})
}

func klStandardRows[F float32 | float64](dst []F, mean, logVariance relent.Matrix[F]) {
	for i := range dst {
		dst[i] = F(standardDivergence(mean.Row(i), logVariance.Row(i)))
	}
}

func standardDivergence[F float32 | float64](mean, logVariance []F) float64 {
	return relent.Pass(pass.StandardNormal, nil, nil, mean, logVariance)[0]
}

// KullbackLeiblerDiagonalRows computes the Kullback–Leibler divergence of diagonal distributions from others, row by row:
// ½ Σ ((μₗ-μᵣ)²/e^ρᵣ + e^(ρₗ-ρᵣ) - 1 - (ρₗ-ρᵣ)), with the logarithms of the variances ρ. All four matrices have the same
// shape. It computes as [KullbackLeiblerStandardRows], but for differences of means, which are rounded to F.
func KullbackLeiblerDiagonalRows[F float32 | float64](
	dst []F, lMean, lLogVariance, rMean, rLogVariance relent.Matrix[F], run relent.Run,
) ([]F, error) {
	const name = "KullbackLeiblerDiagonalRows"
	checkShape(name, "lMean", lMean, lMean.Rows, lMean.Cols)
	checkShape(name, "lLogVariance", lLogVariance, lMean.Rows, lMean.Cols)
	checkShape(name, "rMean", rMean, lMean.Rows, lMean.Cols)
	checkShape(name, "rLogVariance", rLogVariance, lMean.Rows, lMean.Cols)
	dst = destination(name, "dst", dst, lMean.Rows)
	if plain(run) {
		klDiagonalRows(dst, lMean, lLogVariance, rMean, rLogVariance)
		return dst, nil
	}
	return dst, inParts(len(dst), 1, klTermFlops*float64(lMean.Cols), run, func(from, to int) {
		klDiagonalRows(dst[from:to], lMean.Slice(from, to), lLogVariance.Slice(from, to),
			rMean.Slice(from, to), rLogVariance.Slice(from, to))
	})
}

func klDiagonalRows[F float32 | float64](dst []F, lMean, lLogVariance, rMean, rLogVariance relent.Matrix[F]) {
	for i := range dst {
		dst[i] = F(relent.Pass(pass.DiagonalNormal, nil, nil, lMean.Row(i), lLogVariance.Row(i), rMean.Row(i), rLogVariance.Row(i))[0])
	}
}

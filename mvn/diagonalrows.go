package mvn

import (
	"github.com/relent-go/relent"
)

// KullbackLeiblerStandardRows computes the Kullback–Leibler divergence from the standard normal distribution (B.11) of the
// diagonal distributions whose means and logarithms of variances are the rows of mean and logVariance:
// ½ Σ (μ² + e^ρ - 1 - ρ), the term of a variational autoencoder's loss. It is computed in float64, never negative, and
// accurate also near 0. A nil dst is allocated. The rows are divided among workers goroutines, or computed by the
// caller's if workers is at most 1.
//
// An infinite mean, and a ρ of ±Inf, which is a variance of 0 or +Inf, give +Inf.
func KullbackLeiblerStandardRows[F float32 | float64](dst []F, mean, logVariance relent.Matrix[F], workers int) []F {
	const name = "KullbackLeiblerStandardRows"
	checkShape(name, "mean", mean, mean.Rows, mean.Cols)
	checkShape(name, "logVariance", logVariance, mean.Rows, mean.Cols)
	dst = destination(name, dst, mean.Rows)
	if workers <= 1 {
		klStandardRows(dst, mean, logVariance)
		return dst
	}
	out := dst
	inParts(len(dst), workers, func(from, to int) {
		klStandardRows(out[from:to], mean.Slice(from, to), logVariance.Slice(from, to))
	})
	return dst
}

func klStandardRows[F float32 | float64](dst []F, mean, logVariance relent.Matrix[F]) {
	for i := range dst {
		sum := 0.0
		logs := logVariance.Row(i)
		for j, m := range mean.Row(i) {
			sum += float64(float64(m)*float64(m)) + expMinus1MinusX(float64(logs[j]))
		}
		dst[i] = F(0.5 * sum)
	}
}

// KullbackLeiblerDiagonalRows computes the Kullback–Leibler divergence of diagonal distributions from others, row by row:
// ½ Σ ((μₗ-μᵣ)²/e^ρᵣ + e^(ρₗ-ρᵣ) - 1 - (ρₗ-ρᵣ)), with the logarithms of the variances ρ. All four matrices have the same
// shape. It computes as [KullbackLeiblerStandardRows].
func KullbackLeiblerDiagonalRows[F float32 | float64](
	dst []F, lMean, lLogVariance, rMean, rLogVariance relent.Matrix[F], workers int,
) []F {
	const name = "KullbackLeiblerDiagonalRows"
	checkShape(name, "lMean", lMean, lMean.Rows, lMean.Cols)
	checkShape(name, "lLogVariance", lLogVariance, lMean.Rows, lMean.Cols)
	checkShape(name, "rMean", rMean, lMean.Rows, lMean.Cols)
	checkShape(name, "rLogVariance", rLogVariance, lMean.Rows, lMean.Cols)
	dst = destination(name, dst, lMean.Rows)
	if workers <= 1 {
		klDiagonalRows(dst, lMean, lLogVariance, rMean, rLogVariance)
		return dst
	}
	out := dst
	inParts(len(dst), workers, func(from, to int) {
		klDiagonalRows(out[from:to], lMean.Slice(from, to), lLogVariance.Slice(from, to),
			rMean.Slice(from, to), rLogVariance.Slice(from, to))
	})
	return dst
}

func klDiagonalRows[F float32 | float64](dst []F, lMean, lLogVariance, rMean, rLogVariance relent.Matrix[F]) {
	for i := range dst {
		sum := 0.0
		p, m, q := lLogVariance.Row(i), rMean.Row(i), rLogVariance.Row(i)
		for j, l := range lMean.Row(i) {
			if y := float64(l) - float64(m[j]); y != 0 {
				z := y * exp(-0.5*float64(q[j]))
				sum += float64(z * z)
			}
			sum += expMinus1MinusX(float64(p[j]) - float64(q[j]))
		}
		dst[i] = F(0.5 * sum)
	}
}

func destination[F float32 | float64](name string, dst []F, length int) []F {
	if dst == nil {
		return make([]F, length)
	}
	if len(dst) != length {
		panicLength(name, "dst", len(dst), length)
	}
	return dst
}

package mvn

import (
	"math"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// LogProb returns the log density at x (B.8). Its bits are those of the same row in LogProbRows. A point so far out that the
// value is too large for a float64, an infinite one, and one off the support of a singular distribution give -Inf; one that
// holds a NaN gives NaN.
func (n *Normal) LogProb(x []float64) float64 {
	n.checkLength("LogProb", "x", len(x))
	if f, ok := n.doubles().(*relent.Factor[float64]); ok {
		if d := f.SqMahalanobisOne(x); finite(d) {
			return math.FMA(d, -0.5, n.norm)
		}
	}
	buffer := n.rows.get(1)
	always(n.doubles().LogDensity(buffer, asRow(x), n.norm, relent.Run{}))
	return n.give(buffer)
}

// Prob returns the density at x.
func (n *Normal) Prob(x []float64) float64 { return exp(n.LogProb(x)) }

// SqMahalanobis returns the squared Mahalanobis distance (x-μ)ᵀΣ⁻¹(x-μ) of x from the mean. It is never negative; +Inf where
// LogProb is -Inf, and NaN where that is.
func (n *Normal) SqMahalanobis(x []float64) float64 {
	n.checkLength("SqMahalanobis", "x", len(x))
	if f, ok := n.doubles().(*relent.Factor[float64]); ok {
		return f.SqMahalanobisOne(x)
	}
	buffer := n.rows.get(1)
	always(n.doubles().SqMahalanobis(buffer, asRow(x), relent.Run{}))
	return n.give(buffer)
}

// Mahalanobis returns the Mahalanobis distance of x from the mean, the root of SqMahalanobis, also where that is too large or too
// small for a float64.
func (n *Normal) Mahalanobis(x []float64) float64 {
	n.checkLength("Mahalanobis", "x", len(x))
	buffer := n.rows.get(1)
	always(n.doubles().Mahalanobis(buffer, asRow(x), relent.Run{}))
	return n.give(buffer)
}

// give returns the buffer of one number, and the number.
func (n *Normal) give(buffer []float64) float64 {
	value := buffer[0]
	n.rows.put(buffer)
	return value
}

// ScoreInput returns the gradient of the log density with respect to x, -Σ⁻¹(x-μ), in dst. A nil dst is allocated. An x that is
// not finite gives NaN.
func (n *Normal) ScoreInput(dst, x []float64) []float64 {
	n.checkLength("ScoreInput", "x", len(x))
	dst = n.vector("ScoreInput", dst)
	always(n.doubles().Solve(asRow(dst), asRow(x), relent.Run{}))
	negate(asRow(dst))
	return dst
}

// LogProbRows computes the log density at every row of x into dst, which has as many elements as x has rows, or is nil
// and allocated. The bits do not depend on the run; an error is that of its context. [LogProbRows] does the same for raw elements.
func (n *Normal) LogProbRows(dst []float64, x *mat.Dense, run relent.Run) ([]float64, error) {
	return LogProbRows(dst, n, denseRows("LogProbRows", x, n.Dim()), run)
}

// SqMahalanobisRows computes the squared Mahalanobis distance of every row of x from the mean, as LogProbRows.
func (n *Normal) SqMahalanobisRows(dst []float64, x *mat.Dense, run relent.Run) ([]float64, error) {
	return SqMahalanobisRows(dst, n, denseRows("SqMahalanobisRows", x, n.Dim()), run)
}

// MahalanobisRows computes the Mahalanobis distance of every row of x from the mean, as LogProbRows.
func (n *Normal) MahalanobisRows(dst []float64, x *mat.Dense, run relent.Run) ([]float64, error) {
	return MahalanobisRows(dst, n, denseRows("MahalanobisRows", x, n.Dim()), run)
}

// ScoreRows computes the gradient -Σ⁻¹(x-μ) for every row of x into the rows of dst, of the same shape; a nil dst is
// allocated, an empty one resized. dst must not overlap x.
func (n *Normal) ScoreRows(dst, x *mat.Dense, run relent.Run) (*mat.Dense, error) {
	const name = "ScoreRows"
	rows := denseRows(name, x, n.Dim())
	dst = destinationDense(name, dst, rows.Rows, n.Dim())
	if rows.Rows == 0 {
		return dst, nil
	}
	_, err := ScoreRows(relent.Matrix[float64](dst.RawMatrix()), n, rows, run)
	return dst, err
}

// LogProbRows computes the log density of n at every row of x. It computes in the precision of the elements, unless a
// standard deviation is out of float32's range; low-rank and singular distributions compute in float64.
//
// A nil dst is allocated. The bits do not depend on the run; an error is that of its context.
func LogProbRows[F float32 | float64](dst []F, n *Normal, x relent.Matrix[F], run relent.Run) ([]F, error) {
	s, dst := prepare("LogProbRows", dst, n, x)
	return s.LogDensity(dst, x, F(n.norm), run)
}

// SqMahalanobisRows computes the squared Mahalanobis distance of every row of x from the mean of n, as [LogProbRows].
func SqMahalanobisRows[F float32 | float64](dst []F, n *Normal, x relent.Matrix[F], run relent.Run) ([]F, error) {
	s, dst := prepare("SqMahalanobisRows", dst, n, x)
	return s.SqMahalanobis(dst, x, run)
}

// MahalanobisRows computes the Mahalanobis distance of every row of x from the mean of n, as [LogProbRows].
func MahalanobisRows[F float32 | float64](dst []F, n *Normal, x relent.Matrix[F], run relent.Run) ([]F, error) {
	s, dst := prepare("MahalanobisRows", dst, n, x)
	return s.Mahalanobis(dst, x, run)
}

// ScoreRows computes the gradient -Σ⁻¹(x-μ) of the log density for every row of x into the rows of dst, as [LogProbRows]. A
// dst that is the zero Matrix is allocated. dst must not overlap x.
func ScoreRows[F float32 | float64](dst relent.Matrix[F], n *Normal, x relent.Matrix[F], run relent.Run) (relent.Matrix[F], error) {
	checkShape("ScoreRows", "x", x, x.Rows, given("ScoreRows", "n", n).Dim())
	dst = destinationMatrix("ScoreRows", dst, x.Rows, x.Cols)
	_, err := scorerOf[F](n).Solve(dst, x, run)
	negate(dst)
	return dst, err
}

// prepare checks shapes, allocates a nil dst, and finds the scorer.
func prepare[F float32 | float64](name string, dst []F, n *Normal, x relent.Matrix[F]) (scorer[F], []F) {
	checkShape(name, "x", x, x.Rows, given(name, "n", n).Dim())
	return scorerOf[F](n), destination(name, "dst", dst, x.Rows)
}

// scorerOf is the scorer of n for elements of type F.
func scorerOf[F float32 | float64](n *Normal) scorer[F] {
	if s, ok := any(n.doubles()).(scorer[F]); ok {
		return s
	}
	return any(n.singles()).(scorer[F])
}

func negate[F float32 | float64](a relent.Matrix[F]) {
	for i := range a.Rows {
		row := a.Row(i)
		for j, v := range row {
			row[j] = -v
		}
	}
}

package mvn

import (
	"math"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// Whiten returns z = A⁻¹(x-μ) in dst, AAᵀ = Σ: uncorrelated, of variance 1, and ‖z‖² the squared Mahalanobis distance. It has Rank
// elements, and is the inverse of TransformNormal. A nil dst is allocated. An x that is not finite, or off the support of a singular
// distribution, gives NaN. Distributions of [NewNormalLowRank] make the d×d factor, once.
func (n *Normal) Whiten(dst, x []float64) []float64 {
	n.checkLength("Whiten", "x", len(x))
	dst = destination("Whiten", "dst", dst, n.Rank())
	always(n.doubles().Whiten(asRow(dst), asRow(x), relent.Run{}))
	return dst
}

// WhitenRows computes Whiten for every row of x into the rows of dst, which has Rank columns; a nil dst is allocated, an empty one
// resized. The bits do not depend on the run; an error is that of its context. dst must not overlap x.
func (n *Normal) WhitenRows(dst, x *mat.Dense, run relent.Run) (*mat.Dense, error) {
	const name = "WhitenRows"
	rows := denseRows(name, x, n.Dim())
	dst = destinationDense(name, dst, rows.Rows, n.Rank())
	if rows.Rows == 0 || n.Rank() == 0 {
		return dst, nil
	}
	_, err := WhitenRows(relent.Matrix[float64](dst.RawMatrix()), n, rows, run)
	return dst, err
}

// WhitenRows computes [Normal.Whiten] for every row of x into the rows of dst, which has Rank columns, as [LogProbRows]. A dst that is
// the zero Matrix is allocated. dst must not overlap x.
func WhitenRows[F float32 | float64](dst relent.Matrix[F], n *Normal, x relent.Matrix[F], run relent.Run) (relent.Matrix[F], error) {
	const name = "WhitenRows"
	checkShape(name, "x", x, x.Rows, given(name, "n", n).Dim())
	dst = destinationMatrix(name, dst, x.Rows, n.Rank())
	if n.Rank() == 0 {
		return dst, nil
	}
	return scorerOf[F](n).Whiten(dst, x, run)
}

// whiten is 2^-by·A⁻¹(x-mean), in b: NaN of an x that is not finite. by is 0 unless something is too large for a float64 otherwise.
func (s *rowScorer[F]) whiten(b rowBuffer, x []F) (z []float64, by int) {
	const large = 600
	widen(b.row, x)
	finite := allFinite(b.row)
	z = s.form.whiten(b.row, s.mean, b.work)
	if finite && allFinite(z) {
		return z, 0
	}
	if finite && !s.isOffSupport(b, x) {
		s.scale(b, x, large)
		return s.form.whiten(b.row, b.mean, b.work), large
	}
	fill(z, math.NaN())
	return z, 0
}

func fill(x []float64, value float64) {
	for i := range x {
		x[i] = value
	}
}

func (f *lowRankForm) whiten(x, mean, _ []float64) []float64 {
	always(f.whitener().Whiten(asRow(x), centred(x, mean), relent.Run{}))
	return x
}

// whiten takes the free variables, which determine the others on the support.
func (f *singularForm) whiten(x, mean, work []float64) []float64 {
	y := f.freeOf(work, x, mean)
	if !f.holds(x, mean, y) {
		fill(y, math.NaN())
		return y
	}
	always(f.inner.whitener().Whiten(asRow(y), asRow(y), relent.Run{}))
	return y
}

func (w whitened) whiten(x, mean, _ []float64) []float64 {
	always(w.white.Whiten(asRow(x), centred(x, mean), relent.Run{}))
	return x
}

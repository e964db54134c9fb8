package mvn

import (
	"math"

	"github.com/relent-go/relent"
)

// A rowForm computes with one row at a time, in float64.
type rowForm interface {
	// workspace is the number of elements of work.
	workspace() int
	// sqMahalanobis is the squared distance of x from the mean.
	sqMahalanobis(x, mean, work []float64) float64
	// solve replaces x by Σ⁻¹(x-mean).
	solve(x, mean, work []float64)
}

// A rowScorer scores rows of float64 or float32 elements with a rowForm.
type rowScorer[F float32 | float64] struct {
	form rowForm
	mean []float64
	free *buffers
}

func newRowScorer[F float32 | float64](f rowForm, mean []float64) *rowScorer[F] {
	return &rowScorer[F]{f, mean, &buffers{}}
}

func (s *rowScorer[F]) SqMahalanobis(dst []F, x relent.Matrix[F], workers int) []F {
	return s.score(dst, x, affine{scale: 1}, workers)
}

func (s *rowScorer[F]) Mahalanobis(dst []F, x relent.Matrix[F], workers int) []F {
	return s.score(dst, x, affine{scale: 1, root: true}, workers)
}

func (s *rowScorer[F]) LogDensity(dst []F, x relent.Matrix[F], logNorm F, workers int) []F {
	return s.score(dst, x, affine{scale: -0.5, shift: float64(logNorm)}, workers)
}

// affine is what becomes of a squared distance.
type affine struct {
	scale, shift float64
	root         bool
}

func (s *rowScorer[F]) score(dst []F, x relent.Matrix[F], to affine, workers int) []F {
	if workers <= 1 {
		s.scorePart(dst, x, to)
		return dst
	}
	inParts(x.Rows, 1, formFlops(x.Cols), workers, func(from, until int) { s.scorePart(dst[from:until], x.Slice(from, until), to) })
	return dst
}

func (s *rowScorer[F]) scorePart(dst []F, x relent.Matrix[F], to affine) {
	buffer := s.free.get(len(s.mean) + s.form.workspace())
	row, work := buffer[:len(s.mean)], buffer[len(s.mean):]
	for i := range dst {
		widen(row, x.Row(i))
		d := s.form.sqMahalanobis(row, s.mean, work)
		if to.root {
			d = math.Sqrt(d)
		}
		dst[i] = F(float64(to.scale*d) + to.shift)
	}
	s.free.put(buffer)
}

func (s *rowScorer[F]) Solve(dst, x relent.Matrix[F], workers int) relent.Matrix[F] {
	if workers <= 1 {
		s.solvePart(dst, x)
		return dst
	}
	inParts(x.Rows, 1, formFlops(x.Cols), workers, func(from, until int) { s.solvePart(dst.Slice(from, until), x.Slice(from, until)) })
	return dst
}

func (s *rowScorer[F]) solvePart(dst, x relent.Matrix[F]) {
	buffer := s.free.get(len(s.mean) + s.form.workspace())
	row, work := buffer[:len(s.mean)], buffer[len(s.mean):]
	for i := range x.Rows {
		widen(row, x.Row(i))
		s.form.solve(row, s.mean, work)
		to := dst.Row(i)
		for j, v := range row {
			to[j] = F(v)
		}
	}
	s.free.put(buffer)
}

func widen[F float32 | float64](dst []float64, x []F) {
	for i, v := range x {
		dst[i] = float64(v)
	}
}

// whitened is the rowForm of a factor of mean 0, for float32 rows of a distribution whose factor is out of float32's range.
type whitened struct{ white *relent.Factor[float64] }

func (w whitened) workspace() int { return w.white.Dim() }

func (w whitened) sqMahalanobis(x, mean, work []float64) float64 {
	return w.white.SqMahalanobis(work[:1], centred(x, mean), 1)[0]
}

func (w whitened) solve(x, mean, work []float64) {
	w.white.Solve(asRow(work), centred(x, mean), 1)
	copy(x, work)
}

// centred subtracts the mean from x, and is that as a row.
func centred(x, mean []float64) relent.Matrix[float64] {
	for i, m := range mean {
		x[i] -= m
	}
	return asRow(x)
}

// asRow is the matrix of one row.
func asRow(x []float64) relent.Matrix[float64] {
	return relent.Matrix[float64]{Rows: 1, Cols: len(x), Stride: len(x), Data: x}
}

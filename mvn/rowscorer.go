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
	// whiten returns A⁻¹(x-mean), in the memory of x or of work, NaN for an x off the support.
	whiten(x, mean, work []float64) []float64
}

// A supported form has rows that are infinitely far from the mean because they are off its support.
type supported interface {
	rowForm
	onSupport(x, mean, work []float64) bool
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

func (s *rowScorer[F]) SqMahalanobis(dst []F, x relent.Matrix[F], run relent.Run) ([]F, error) {
	return s.score(dst, x, result{scale: 1}, run)
}

func (s *rowScorer[F]) Mahalanobis(dst []F, x relent.Matrix[F], run relent.Run) ([]F, error) {
	return s.score(dst, x, result{root: true}, run)
}

func (s *rowScorer[F]) LogDensity(dst []F, x relent.Matrix[F], logNorm F, run relent.Run) ([]F, error) {
	return s.score(dst, x, result{scale: -0.5, shift: float64(logNorm)}, run)
}

// result is what becomes of a squared distance: its root, or shift + scale·d.
type result struct {
	scale, shift float64
	root         bool
}

// of is the result for the squared distance d·4^by.
func (r result) of(d float64, by int) float64 {
	if r.root {
		return math.Ldexp(math.Sqrt(d), by)
	}
	return float64(math.Ldexp(r.scale*d, 2*by)) + r.shift
}

func (s *rowScorer[F]) score(dst []F, x relent.Matrix[F], to result, run relent.Run) ([]F, error) {
	if plain(run) {
		s.scorePart(dst, x, to)
		return dst, nil
	}
	return dst, inParts(x.Rows, 1, formFlops(x.Cols), run, func(from, until int) {
		s.scorePart(dst[from:until], x.Slice(from, until), to)
	})
}

func (s *rowScorer[F]) scorePart(dst []F, x relent.Matrix[F], to result) {
	b := s.buffer()
	for i := range dst {
		d, by := s.distance(b, x.Row(i), to.root)
		if d == d { // a NaN is canonical
			d = to.of(d, by)
		}
		dst[i] = F(d)
	}
	s.free.put(b.all)
}

// A rowBuffer has the places for a row, for a mean, and for what a form needs.
type rowBuffer struct{ all, row, mean, work []float64 }

func (s *rowScorer[F]) buffer() rowBuffer {
	d := len(s.mean)
	all := s.free.get(2*d + s.form.workspace())
	return rowBuffer{all, all[:d], all[d : 2*d], all[2*d:]}
}

// distance is d, the squared distance of x divided by 4^by. by is 0 unless something is too large for a float64 otherwise, or, if
// a root is wanted, too small.
func (s *rowScorer[F]) distance(b rowBuffer, x []F, root bool) (d float64, by int) {
	const (
		least       = 0x1p-960 // a squared distance below it has lost digits
		small       = -600
		large, more = 600, 1000
	)
	widen(b.row, x)
	if !allFinite(b.row) {
		return distanceOfUnbounded(b.row), 0
	}
	d = s.form.sqMahalanobis(b.row, s.mean, b.work)
	switch {
	case !finite(d):
		if s.isOffSupport(b, x) {
			return math.Inf(1), 0
		}
		if d = s.scaledDistance(b, x, large); finite(d) {
			return d, large
		}
		if d = s.scaledDistance(b, x, more); d != d {
			d = math.Inf(1) // of a finite row
		}
		return d, more
	case root && d < least && !s.isMean(x):
		if larger := s.scaledDistance(b, x, small); finite(larger) {
			return larger, small
		}
	}
	return d, 0
}

// isOffSupport scales x and the mean so that their difference does not overflow.
func (s *rowScorer[F]) isOffSupport(b rowBuffer, x []F) bool {
	f, ok := s.form.(supported)
	if ok {
		s.scale(b, x, 2)
	}
	return ok && !f.onSupport(b.row, b.mean, b.work)
}

// scaledDistance is the squared distance of x divided by 4^by.
func (s *rowScorer[F]) scaledDistance(b rowBuffer, x []F, by int) float64 {
	s.scale(b, x, by)
	return s.form.sqMahalanobis(b.row, b.mean, b.work)
}

// scale divides x and the mean by 2^by. Where they become larger, it is their difference that does, and the mean becomes 0.
func (s *rowScorer[F]) scale(b rowBuffer, x []F, by int) {
	factor := math.Ldexp(1, -by)
	for i, m := range s.mean {
		if v := float64(x[i]); by > 0 {
			b.row[i], b.mean[i] = v*factor, m*factor
		} else {
			b.row[i], b.mean[i] = (v-m)*factor, 0
		}
	}
}

func (s *rowScorer[F]) isMean(x []F) bool {
	for i, m := range s.mean {
		if float64(x[i]) != m {
			return false
		}
	}
	return true
}

func (s *rowScorer[F]) Solve(dst, x relent.Matrix[F], run relent.Run) (relent.Matrix[F], error) {
	return s.eachRow(dst, x, false, run)
}

func (s *rowScorer[F]) Whiten(dst, x relent.Matrix[F], run relent.Run) (relent.Matrix[F], error) {
	return s.eachRow(dst, x, true, run)
}

// eachRow whitens rows, or solves for them.
func (s *rowScorer[F]) eachRow(dst, x relent.Matrix[F], whiten bool, run relent.Run) (relent.Matrix[F], error) {
	if plain(run) {
		s.rowsPart(dst, x, whiten)
		return dst, nil
	}
	return dst, inParts(x.Rows, 1, formFlops(x.Cols), run, func(from, until int) {
		s.rowsPart(dst.Slice(from, until), x.Slice(from, until), whiten)
	})
}

func (s *rowScorer[F]) rowsPart(dst, x relent.Matrix[F], whiten bool) {
	of := s.solve
	if whiten {
		of = s.whiten
	}
	b := s.buffer()
	for i := range x.Rows {
		scaled, by := of(b, x.Row(i))
		to := dst.Row(i)
		for j, v := range scaled {
			to[j] = F(math.Ldexp(v, by))
		}
	}
	s.free.put(b.all)
}

// solve is 2^-by·Σ⁻¹(x-mean), in b: NaN of an x that is not finite. by is 0 unless something is too large for a float64
// otherwise.
func (s *rowScorer[F]) solve(b rowBuffer, x []F) (solved []float64, by int) {
	const large = 600
	widen(b.row, x)
	if !allFinite(b.row) {
		fill(b.row, math.NaN())
		return b.row, 0
	}
	if s.form.solve(b.row, s.mean, b.work); allFinite(b.row) {
		return b.row, 0
	}
	s.scale(b, x, large)
	s.form.solve(b.row, b.mean, b.work)
	return b.row, large
}

func allFinite(x []float64) bool {
	for _, v := range x {
		if !finite(v) {
			return false
		}
	}
	return true
}

// distanceOfUnbounded is the distance of a point that is not finite: NaN if it holds a NaN, or else +Inf.
func distanceOfUnbounded(x []float64) float64 {
	for _, v := range x {
		if v != v {
			return math.NaN()
		}
	}
	return math.Inf(1)
}

func widen[F float32 | float64](dst []float64, x []F) {
	if doubles, ok := any(x).([]float64); ok {
		copy(dst, doubles)
		return
	}
	for i, v := range x {
		dst[i] = float64(v)
	}
}

// whitened is the rowForm of a factor of mean 0, for float32 rows of a distribution whose factor is out of float32's range.
type whitened struct{ white *relent.Factor[float64] }

func (w whitened) workspace() int { return w.white.Dim() }

func (w whitened) sqMahalanobis(x, mean, work []float64) float64 {
	always(w.white.SqMahalanobis(work[:1], centred(x, mean), relent.Run{}))
	return work[0]
}

func (w whitened) solve(x, mean, work []float64) {
	always(w.white.Solve(asRow(work), centred(x, mean), relent.Run{}))
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

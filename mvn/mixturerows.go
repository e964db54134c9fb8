package mvn

import (
	"math"
	"slices"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/freelist"
	"gonum.org/v1/gonum/mat"
)

// LogProb returns the log density at x, log Σ w_k·N(x; μ_k, Σ_k). Its bits are those of the same row in LogProbRows.
func (m *Mixture) LogProb(x []float64) float64 {
	row := asRow(x)
	checkShape("LogProb", "x", row, 1, m.dim)
	b := m.double.buffer()
	m.double.score(b, mixtureResults[float64]{}, row)
	value := b.sums[0]
	m.double.free.Put(b)
	return value
}

// LogProbRows computes the log density at every row of x into dst, which has as many elements as x has rows, or is nil and
// allocated. A row too far out for every component gives -Inf.
func (m *Mixture) LogProbRows(dst []float64, x *mat.Dense, run relent.Run) ([]float64, error) {
	return mixtureLogProb("LogProbRows", dst, m, denseRows("LogProbRows", x, m.dim), run)
}

// ResponsibilitiesRows computes the posterior probability of every component for every row of x, into the N×K dst: a nil dst
// is allocated, an empty one resized. Components of weight 0 have 0. A row so far out that all densities are 0 is wholly of the
// component, of those that have a weight, from which its Mahalanobis distance is least; of equally near ones, of that with the
// larger weight/√det Σ, or the first. A row that is not finite, or is off the support of every component, gives NaN.
func (m *Mixture) ResponsibilitiesRows(dst, x *mat.Dense, run relent.Run) (*mat.Dense, error) {
	const name = "ResponsibilitiesRows"
	rows := denseRows(name, x, m.dim)
	dst = destinationDense(name, dst, rows.Rows, m.Components())
	if rows.Rows == 0 {
		return dst, nil
	}
	_, err := mixtureResponsibilities(name, relent.Matrix[float64](dst.RawMatrix()), nil, m, rows, run, true)
	return dst, err
}

// PredictRows computes the component of the largest posterior probability, which ResponsibilitiesRows computes, for every row
// of x into dst, as LogProbRows. Of equal ones it is the first; a row whose posterior probabilities are NaN gives -1.
func (m *Mixture) PredictRows(dst []int, x *mat.Dense, run relent.Run) ([]int, error) {
	return mixturePredict("PredictRows", dst, m, denseRows("PredictRows", x, m.dim), run)
}

// MixtureLogProbRows is [Mixture.LogProbRows] of raw elements. It computes in their precision, unless a parameter is out of
// float32's range.
func MixtureLogProbRows[F float32 | float64](dst []F, m *Mixture, x relent.Matrix[F], run relent.Run) ([]F, error) {
	return mixtureLogProb("MixtureLogProbRows", dst, m, x, run)
}

func mixtureLogProb[F float32 | float64](name string, dst []F, m *Mixture, x relent.Matrix[F], run relent.Run) ([]F, error) {
	checkShape(name, "x", x, x.Rows, given(name, "m", m).dim)
	dst = destination(name, "dst", dst, x.Rows)
	return dst, mixtureScorerOf[F](m).scoreRows(mixtureResults[F]{logProb: dst}, x, run)
}

// MixtureResponsibilitiesRows is [Mixture.ResponsibilitiesRows] of raw elements, as [MixtureLogProbRows]; a dst that is the
// zero Matrix is allocated. If logProb is not nil it receives the log density of every row.
func MixtureResponsibilitiesRows[F float32 | float64](
	dst relent.Matrix[F], logProb []F, m *Mixture, x relent.Matrix[F], run relent.Run,
) (relent.Matrix[F], error) {
	return mixtureResponsibilities("MixtureResponsibilitiesRows", dst, logProb, m, x, run, true)
}

// MixtureResponsibilitiesColumns is [MixtureResponsibilitiesRows] with a K×N dst, a column for every row of x.
func MixtureResponsibilitiesColumns[F float32 | float64](
	dst relent.Matrix[F], logProb []F, m *Mixture, x relent.Matrix[F], run relent.Run,
) (relent.Matrix[F], error) {
	return mixtureResponsibilities("MixtureResponsibilitiesColumns", dst, logProb, m, x, run, false)
}

func mixtureResponsibilities[F float32 | float64](
	name string, dst relent.Matrix[F], logProb []F, m *Mixture, x relent.Matrix[F], run relent.Run, byRow bool,
) (relent.Matrix[F], error) {
	checkShape(name, "x", x, x.Rows, given(name, "m", m).dim)
	rows, cols := x.Rows, m.Components()
	if !byRow {
		rows, cols = cols, rows
	}
	dst = destinationMatrix(name, dst, rows, cols)
	if logProb != nil {
		logProb = destination(name, "logProb", logProb, x.Rows)
	}
	return dst, mixtureScorerOf[F](m).scoreRows(mixtureResults[F]{logProb: logProb, shares: dst, byRow: byRow}, x, run)
}

// MixturePredictRows is [Mixture.PredictRows] of raw elements, as [MixtureLogProbRows].
func MixturePredictRows[F float32 | float64](dst []int, m *Mixture, x relent.Matrix[F], run relent.Run) ([]int, error) {
	return mixturePredict("MixturePredictRows", dst, m, x, run)
}

func mixturePredict[F float32 | float64](name string, dst []int, m *Mixture, x relent.Matrix[F], run relent.Run) ([]int, error) {
	checkShape(name, "x", x, x.Rows, given(name, "m", m).dim)
	dst = destination(name, "dst", dst, x.Rows)
	return dst, mixtureScorerOf[F](m).scoreRows(mixtureResults[F]{best: dst}, x, run)
}

// NearestRows computes the component from which the squared Mahalanobis distance is least for every row of x into dst, as LogProbRows, with
// the meaning of Nearest. If squared is not nil it receives these distances.
func (m *Mixture) NearestRows(dst []int, squared []float64, x *mat.Dense, run relent.Run) ([]int, error) {
	return mixtureNearest("NearestRows", dst, squared, m, denseRows("NearestRows", x, m.dim), run)
}

// MixtureNearestRows is [Mixture.NearestRows] of raw elements, as [MixtureLogProbRows].
func MixtureNearestRows[F float32 | float64](dst []int, squared []F, m *Mixture, x relent.Matrix[F], run relent.Run) ([]int, error) {
	return mixtureNearest("MixtureNearestRows", dst, squared, m, x, run)
}

func mixtureNearest[F float32 | float64](name string, dst []int, squared []F, m *Mixture, x relent.Matrix[F], run relent.Run) ([]int, error) {
	checkShape(name, "x", x, x.Rows, given(name, "m", m).dim)
	dst = destination(name, "dst", dst, x.Rows)
	if squared != nil {
		squared = destination(name, "squared", squared, x.Rows)
	}
	return dst, mixtureScorerOf[F](m).scoreRows(mixtureResults[F]{best: dst, nearest: true, logProb: squared}, x, run)
}

// SqMahalanobisRows computes the squared Mahalanobis distance of every row of x from every component into the N×K dst, as
// ResponsibilitiesRows. Those from the components of a tied covariance have errors relative to the distance from the middle of the means.
func (m *Mixture) SqMahalanobisRows(dst, x *mat.Dense, run relent.Run) (*mat.Dense, error) {
	const name = "SqMahalanobisRows"
	rows := denseRows(name, x, m.dim)
	dst = destinationDense(name, dst, rows.Rows, m.Components())
	if rows.Rows == 0 {
		return dst, nil
	}
	_, err := MixtureSqMahalanobisRows(relent.Matrix[float64](dst.RawMatrix()), m, rows, run)
	return dst, err
}

// MixtureSqMahalanobisRows is [Mixture.SqMahalanobisRows] of raw elements, as [MixtureLogProbRows]; a dst that is the zero Matrix is
// allocated.
func MixtureSqMahalanobisRows[F float32 | float64](dst relent.Matrix[F], m *Mixture, x relent.Matrix[F], run relent.Run) (relent.Matrix[F], error) {
	const name = "MixtureSqMahalanobisRows"
	checkShape(name, "x", x, x.Rows, given(name, "m", m).dim)
	dst = destinationMatrix(name, dst, x.Rows, m.Components())
	return dst, mixtureScorerOf[F](m).scoreRows(mixtureResults[F]{shares: dst, byRow: true, nearest: true}, x, run)
}

// mixtureTerms computes log(w_k·N(x; μ_k, Σ_k)) for the rows x into the K rows of dst, or squared Mahalanobis distances.
type mixtureTerms[F float32 | float64] interface {
	compute(dst, x relent.Matrix[F])
	distances(dst, x relent.Matrix[F])
}

// separateTerms have a form for each component.
type separateTerms[F float32 | float64] struct {
	scorers []scorer[F]
	logNorm []F
}

func separateTermsOf[F float32 | float64](p *mixtureParts) mixtureTerms[F] {
	t := &separateTerms[F]{}
	var factors []*relent.Factor[F]
	for k := range p.components {
		s := scorerOf[F](&p.components[k])
		if f, ok := s.(*relent.Factor[F]); ok {
			factors = append(factors, f)
		}
		t.scorers = append(t.scorers, s)
		t.logNorm = append(t.logNorm, F(p.logNorm[k]))
	}
	if len(factors) == len(t.scorers) {
		return &centerTerms[F]{relent.Together(factors...), t.logNorm}
	}
	return t
}

func (t *separateTerms[F]) compute(dst, x relent.Matrix[F]) {
	for k, s := range t.scorers {
		always(s.LogDensity(dst.Row(k), x, t.logNorm[k], relent.Run{}))
	}
}

func (t *separateTerms[F]) distances(dst, x relent.Matrix[F]) {
	for k, s := range t.scorers {
		always(s.SqMahalanobis(dst.Row(k), x, relent.Run{}))
	}
}

// centerTerms share one, or have factors.
type centerTerms[F float32 | float64] struct {
	centers *relent.Centers[F]
	logNorm []F
}

func tiedDoubles(p *mixtureParts) mixtureTerms[float64] {
	white, err := p.components[0].form.whitener().WithMean(p.middle())
	if err != nil { // the means are finite
		panic(err)
	}
	return &centerTerms[float64]{white.Centers(p.means()), p.logNorm}
}

// tiedSingles leaves it to the components if a parameter is out of float32's range.
func tiedSingles(p *mixtureParts) mixtureTerms[float32] {
	factor, means := p.components[0].form.factor(), singleMatrix(p.means())
	if fitsSingle(factor.pivot) && !slices.ContainsFunc(means.Data, func(v float32) bool { return v-v != 0 }) {
		white, err := relent.NewFactor(singles(p.middle()), singleMatrix(transposed(factor.columns)))
		if err == nil {
			return &centerTerms[float32]{white.Centers(means), singles(p.logNorm)}
		}
	}
	return separateTermsOf[float32](p)
}

func (t *centerTerms[F]) compute(dst, x relent.Matrix[F]) {
	always(t.centers.LogDensity(dst, x, t.logNorm, relent.Run{}))
}

func (t *centerTerms[F]) distances(dst, x relent.Matrix[F]) {
	always(t.centers.SqMahalanobis(dst, x, relent.Run{}))
}

// mixtureBlock is how many rows are scored at once, for their terms to stay in the cache.
const mixtureBlock = 256

// A mixtureScorer scores rows of elements of type F, a block after the other.
type mixtureScorer[F float32 | float64] struct {
	*mixtureParts
	terms *lazy[mixtureTerms[F]]
	free  freelist.List[*mixtureBuffer[F]]
}

func newMixtureScorer[F float32 | float64](p *mixtureParts, terms func(p *mixtureParts) mixtureTerms[F]) *mixtureScorer[F] {
	return &mixtureScorer[F]{mixtureParts: p, terms: newLazy(func() mixtureTerms[F] { return terms(p) })}
}

// mixtureScorerOf is the scorer of m for elements of type F.
func mixtureScorerOf[F float32 | float64](m *Mixture) *mixtureScorer[F] {
	if s, ok := any(m.double).(*mixtureScorer[F]); ok {
		return s
	}
	return any(m.single).(*mixtureScorer[F])
}

// mixtureResults is where the results of some rows go: the components of the largest terms, if there is a place for them, or the nearest ones,
// with squared distances for log densities; else the responsibilities, by row or by column, and the log densities, or all squared distances,
// by row.
type mixtureResults[F float32 | float64] struct {
	best    []int
	nearest bool
	shares  relent.Matrix[F]
	byRow   bool
	logProb []F
}

// part is the place for rows from up to but not including to.
func (r mixtureResults[F]) part(from, to int) mixtureResults[F] {
	if r.best != nil {
		r.best = r.best[from:to]
	}
	if r.logProb != nil {
		r.logProb = r.logProb[from:to]
	}
	switch {
	case r.shares.Data == nil:
	case r.byRow:
		r.shares = r.shares.Slice(from, to)
	default:
		r.shares.Data, r.shares.Cols = r.shares.Data[from:], to-from
	}
	return r
}

// scoreRows scores the rows under a run.
func (s *mixtureScorer[F]) scoreRows(results mixtureResults[F], x relent.Matrix[F], run relent.Run) error {
	if plain(run) {
		s.scoreBlocks(results, x)
		return nil
	}
	flops := float64(len(s.components)) * formFlops(x.Cols)
	return inParts(x.Rows, mixtureBlock, flops, run, func(from, to int) { s.scoreBlocks(results.part(from, to), x.Slice(from, to)) })
}

func (s *mixtureScorer[F]) scoreBlocks(results mixtureResults[F], x relent.Matrix[F]) {
	b := s.buffer()
	for from := 0; from < x.Rows; from += mixtureBlock {
		to := min(from+mixtureBlock, x.Rows)
		s.score(b, results.part(from, to), x.Slice(from, to))
	}
	s.free.Put(b)
}

// score scores the rows of a block. Log densities that nobody wants go to the buffer.
func (s *mixtureScorer[F]) score(b *mixtureBuffer[F], results mixtureResults[F], x relent.Matrix[F]) {
	logProb, terms := results.logProb, b.matrix(x.Rows)
	if logProb == nil {
		logProb = b.sums[:x.Rows]
	}
	wanted := results.shares.Data != nil
	if results.nearest {
		s.terms.get().distances(terms, x)
		if wanted {
			transposeTerms(results.shares, terms)
		} else {
			s.leastDistances(results.best, logProb, terms)
		}
		return
	}
	if wanted && !results.byRow {
		terms = results.shares
	}
	s.terms.get().compute(terms, x)
	switch {
	case results.best != nil:
		largestTerms(results.best, logProb, terms)
	case wanted:
		relent.SoftmaxColumns(terms, logProb, terms, relent.Run{})
		if results.byRow {
			transposeTerms(results.shares, terms)
		}
	default:
		relent.LogSumExpColumns(logProb, terms, relent.Run{})
		return
	}
	for i, l := range logProb[:x.Rows] { // of the best component, or of all
		if math.IsInf(float64(l), -1) {
			s.settle(b, results, x.Row(i), i)
		}
	}
}

// settle finds the component of row i of a block, of which all terms are -Inf.
func (s *mixtureScorer[F]) settle(b *mixtureBuffer[F], results mixtureResults[F], row []F, i int) {
	k, d := len(s.components), len(row)
	if b.far == nil {
		b.far = make([]float64, k+1+d)
	}
	shares, work, wide := b.far[:k], b.far[k:][:1], b.far[k+1:]
	widen(wide, row)
	best := s.mixtureParts.settle(shares, work, wide)
	if results.best != nil {
		results.best[i] = best
		return
	}
	for k, share := range shares {
		if results.byRow {
			results.shares.Row(i)[k] = F(share)
		} else {
			results.shares.Row(k)[i] = F(share)
		}
	}
}

// largestTerms finds the row of the largest element of every column, with the largest in work; -1 for a column of NaN.
func largestTerms[F float32 | float64](best []int, work []F, terms relent.Matrix[F]) {
	for j, v := range terms.Row(0) {
		best[j], work[j] = 0, v
		if v != v {
			best[j] = -1
		}
	}
	for k := 1; k < terms.Rows; k++ {
		for j, v := range terms.Row(k) {
			if v > work[j] {
				best[j], work[j] = k, v
			}
		}
	}
}

// leastDistances finds the row of the least finite element of every column, of components with a weight, and the element; -1 where there is
// none, and +Inf, or NaN where all are.
func (s *mixtureScorer[F]) leastDistances(nearest []int, squared []F, distances relent.Matrix[F]) {
	for j := range nearest {
		nearest[j], squared[j] = -1, F(math.NaN())
	}
	for k, weight := range s.weights {
		if weight == 0 {
			continue
		}
		for j, v := range distances.Row(k) {
			if v < squared[j] || squared[j] != squared[j] {
				squared[j] = v
				if v-v == 0 {
					nearest[j] = k
				}
			}
		}
	}
}

func transposeTerms[F float32 | float64](dst, terms relent.Matrix[F]) {
	for j := range dst.Rows {
		row := dst.Row(j)
		for k := range row {
			row[k] = terms.Data[k*terms.Stride+j]
		}
	}
}

// A mixtureBuffer holds the terms of a block and their sums.
type mixtureBuffer[F float32 | float64] struct {
	terms relent.Matrix[F]
	sums  []F
	far   []float64 // for a row that is far out
	score relent.Matrix[F]
	best  [1]int
}

// matrix is the place for the terms of some rows of a block.
func (b *mixtureBuffer[F]) matrix(rows int) relent.Matrix[F] {
	m := b.terms
	m.Cols = rows
	return m
}

func (s *mixtureScorer[F]) buffer() *mixtureBuffer[F] {
	if b, ok := s.free.Take(); ok {
		return b
	}
	const stride = mixtureBlock + 8 // no power of two, for the elements of a column to be in different sets of the cache
	data := make([]F, len(s.components)*stride)
	return &mixtureBuffer[F]{
		terms: relent.Matrix[F]{Rows: len(s.components), Cols: mixtureBlock, Stride: stride, Data: data},
		sums:  make([]F, mixtureBlock),
	}
}

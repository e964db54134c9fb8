package mvn

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// Weights copies the weights, which sum to 1, to dst and returns it. A nil dst is allocated.
func (m *Mixture) Weights(dst []float64) []float64 {
	dst = destination("Weights", "dst", dst, m.Components())
	copy(dst, m.weights)
	return dst
}

// Component is a copy of component k: its mean, its covariance, distances from it, and all else that a Normal has.
func (m *Mixture) Component(k int) *Normal {
	m.checkComponent("Component", k)
	n := m.double.components[k]
	n.rows, n.pairs = &buffers{}, &buffers{}
	return &n
}

func (m *Mixture) checkComponent(method string, k int) {
	if k < 0 || k >= len(m.weights) {
		here.Panic(method, "there is no component %d among %d", k, len(m.weights))
	}
}

// Means copies the means of the components to the rows of dst, which is K×d, and returns it; a nil dst is allocated, an empty one resized.
func (m *Mixture) Means(dst *mat.Dense) *mat.Dense {
	dst = destinationDense("Means", dst, m.Components(), m.dim)
	rows := relent.Matrix[float64](dst.RawMatrix())
	for k, n := range m.double.components {
		copy(rows.Row(k), n.mean)
	}
	return dst
}

// Mean computes the mean of the mixture, Σ w_k·μ_k, into dst and returns it. A nil dst is allocated.
func (m *Mixture) Mean(dst []float64) []float64 {
	dst = destination("Mean", "dst", dst, m.dim)
	copy(dst, m.double.middle())
	return dst
}

// CovarianceMatrix stores the covariance matrix of the mixture, Σ w_k·(Σ_k + (μ_k-μ)(μ_k-μ)ᵀ), in dst, which is resized if it is empty.
func (m *Mixture) CovarianceMatrix(dst *mat.SymDense) {
	const name = "CovarianceMatrix"
	if given(name, "dst", dst).IsEmpty() {
		here.Allocate(name, m.dim, m.dim, func(int) { dst.ReuseAsSym(m.dim) })
	}
	if d := dst.SymmetricDim(); d != m.dim {
		here.Panic(name, "dst is %d×%d, the mixture has %d dimensions", d, d, m.dim)
	}
	mean := m.double.middle()
	for i := range m.dim {
		for j := range i + 1 {
			sum := 0.0
			for k, n := range m.double.components {
				apart := float64((n.mean[i] - mean[i]) * (n.mean[j] - mean[j]))
				sum += float64(m.weights[k] * (n.form.covariance(i, j) + apart))
			}
			dst.SetSym(i, j, sum)
		}
	}
}

// Prob returns the density at x.
func (m *Mixture) Prob(x []float64) float64 { return exp(m.LogProb(x)) }

// Predict returns the component of the largest posterior probability at x, with the meaning of PredictRows. It does not allocate.
func (m *Mixture) Predict(x []float64) int {
	row := m.row("Predict", x)
	b := m.double.buffer()
	m.double.score(b, mixtureResults[float64]{best: b.best[:]}, row)
	best := b.best[0]
	m.double.free.Put(b)
	return best
}

// Responsibilities computes the posterior probability of every component at x into dst, of K elements, and returns it, with the meaning
// of ResponsibilitiesRows. A nil dst is allocated.
func (m *Mixture) Responsibilities(dst, x []float64) []float64 {
	row := m.row("Responsibilities", x)
	dst = destination("Responsibilities", "dst", dst, m.Components())
	b := m.double.buffer()
	m.double.score(b, mixtureResults[float64]{shares: asRow(dst), byRow: true}, row)
	m.double.free.Put(b)
	return dst
}

// SqMahalanobis computes the squared Mahalanobis distance of x from every component into dst, of K elements, and returns it. A nil dst is
// allocated.
func (m *Mixture) SqMahalanobis(dst, x []float64) []float64 {
	row := m.row("SqMahalanobis", x)
	dst = destination("SqMahalanobis", "dst", dst, m.Components())
	for k := range dst {
		always(m.double.components[k].doubles().SqMahalanobis(dst[k:k+1], row, relent.Run{}))
	}
	return dst
}

// Nearest returns the component with a weight from which the squared Mahalanobis distance of x is least, the first of equal ones, and this
// distance; -1, and NaN or +Inf, where no distance is finite. It does not allocate.
func (m *Mixture) Nearest(x []float64) (k int, squared float64) {
	row := m.row("Nearest", x)
	b := m.double.buffer()
	m.double.score(b, mixtureResults[float64]{best: b.best[:], nearest: true}, row)
	k, squared = b.best[0], b.sums[0]
	m.double.free.Put(b)
	return k, squared
}

// row is x as a matrix of one row.
func (m *Mixture) row(method string, x []float64) relent.Matrix[float64] {
	row := asRow(x)
	checkShape(method, "x", row, 1, m.dim)
	return row
}

// ScoreInput returns the gradient of the log density with respect to x, -Σ r_k·Σ_k⁻¹(x-μ_k), r the responsibilities, in dst. A nil dst is
// allocated. An x that is not finite gives NaN.
func (m *Mixture) ScoreInput(dst, x []float64) []float64 {
	row := m.row("ScoreInput", x)
	dst = destination("ScoreInput", "dst", dst, m.dim)
	m.double.gradients(asRow(dst), row)
	return dst
}

// ScoreRows computes ScoreInput for every row of x into the rows of dst, of the same shape; a nil dst is allocated, an empty one
// resized. dst must not overlap x.
func (m *Mixture) ScoreRows(dst, x *mat.Dense, run relent.Run) (*mat.Dense, error) {
	const name = "ScoreRows"
	rows := denseRows(name, x, m.dim)
	dst = destinationDense(name, dst, rows.Rows, m.dim)
	if rows.Rows == 0 {
		return dst, nil
	}
	_, err := MixtureScoreRows(relent.Matrix[float64](dst.RawMatrix()), m, rows, run)
	return dst, err
}

// MixtureScoreRows is [Mixture.ScoreRows] of raw elements, as [MixtureLogProbRows]; a dst that is the zero Matrix is allocated.
func MixtureScoreRows[F float32 | float64](dst relent.Matrix[F], m *Mixture, x relent.Matrix[F], run relent.Run) (relent.Matrix[F], error) {
	const name = "MixtureScoreRows"
	checkShape(name, "x", x, x.Rows, given(name, "m", m).dim)
	dst = destinationMatrix(name, dst, x.Rows, x.Cols)
	s := mixtureScorerOf[F](m)
	if plain(run) {
		s.gradients(dst, x)
		return dst, nil
	}
	flops := float64(3*len(s.components)) * formFlops(x.Cols)
	return dst, inParts(x.Rows, mixtureBlock, flops, run, func(from, to int) { s.gradients(dst.Slice(from, to), x.Slice(from, to)) })
}

func (s *mixtureScorer[F]) gradients(dst, x relent.Matrix[F]) {
	b := s.buffer()
	if b.score.Data == nil {
		data := make([]F, len(s.components)*mixtureBlock+mixtureBlock*x.Cols)
		b.score = relent.Matrix[F]{Rows: mixtureBlock, Cols: x.Cols, Stride: x.Cols, Data: data}
	}
	for from := 0; from < x.Rows; from += mixtureBlock {
		to := min(from+mixtureBlock, x.Rows)
		s.gradientsOf(b, dst.Slice(from, to), x.Slice(from, to))
	}
	s.free.Put(b)
}

// gradientsOf are those of a block.
func (s *mixtureScorer[F]) gradientsOf(b *mixtureBuffer[F], dst, x relent.Matrix[F]) {
	solved := b.score.Slice(0, x.Rows)
	shares := relent.Matrix[F]{Rows: len(s.components), Cols: x.Rows, Stride: mixtureBlock, Data: b.score.Data[mixtureBlock*x.Cols:]}
	s.score(b, mixtureResults[F]{shares: shares}, x)
	for i := range dst.Rows {
		clear(dst.Row(i))
	}
	for k := range s.components {
		always(scorerOf[F](&s.components[k]).Solve(solved, x, relent.Run{}))
		for i := range dst.Rows {
			share := shares.Row(k)[i]
			if share == 0 {
				continue
			}
			row := dst.Row(i)
			for j, v := range solved.Row(i) {
				row[j] -= F(share * v)
			}
		}
	}
}

// MarginalMixture returns the mixture of the variables vars, in that order. An index that is out of range or there twice is an error, and so is none.
func (m *Mixture) MarginalMixture(vars []int) (*Mixture, error) {
	if len(vars) == 0 {
		return nil, errors.New("mvn: there are no variables")
	}
	return m.mapped(func(n *Normal) (*Normal, error) { return n.MarginalNormal(vars) }, m.weights)
}

// ConditionMixture returns the mixture of the variables that are not in observed, in their order, given that those have the values: of the
// conditional distributions of the components, weighted by their posterior probabilities given the observed ones. An index that
// is out of range or there twice is an error, so are a value that is not finite and observing all variables.
func (m *Mixture) ConditionMixture(observed []int, values []float64) (*Mixture, error) {
	if len(values) != len(observed) {
		return nil, fmt.Errorf("mvn: there are %d values for %d observed variables", len(values), len(observed))
	}
	given, err := m.MarginalMixture(observed)
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		if !finite(v) {
			return nil, fmt.Errorf("mvn: value %d is %g", i, v)
		}
	}
	weights := given.Responsibilities(nil, values)
	if weights[0] != weights[0] {
		return nil, fmt.Errorf("mvn: the values are off the support of every component")
	}
	return m.mapped(func(n *Normal) (*Normal, error) { return n.ConditionNormal(observed, values) }, weights)
}

// mapped is the mixture of what f makes of the components.
func (m *Mixture) mapped(f func(n *Normal) (*Normal, error), weights []float64) (*Mixture, error) {
	components := make([]*Normal, len(weights))
	for k := range components {
		var err error
		if components[k], err = f(&m.double.components[k]); err != nil {
			return nil, &partError{fmt.Sprintf("component %d", k), err}
		}
	}
	return NewMixture(weights, components)
}

// Rand returns a random sample in dst; a nil dst is allocated. With src, it is the same whenever that begins in the same state, on every
// CPU; a nil src is math/rand/v2.
func (m *Mixture) Rand(dst []float64, src rand.Source) []float64 {
	dst = destination("Rand", "dst", dst, m.dim)
	if src == nil {
		src = globalSource{}
	}
	left, k := rand.New(src).Float64(), 0
	for c, w := range m.weights {
		if w > 0 {
			k = c
			if left -= w; left < 0 {
				break
			}
		}
	}
	return m.double.components[k].Seeded(src).Rand(dst)
}

// RandRows fills the rows of dst, which has d columns, with random samples, as Rand.
func (m *Mixture) RandRows(dst *mat.Dense, src rand.Source) {
	rows := denseRows("RandRows", dst, m.dim)
	for i := range rows.Rows {
		m.Rand(rows.Row(i), src)
	}
}

// globalSource is that of math/rand/v2.
type globalSource struct{}

func (globalSource) Uint64() uint64 { return rand.Uint64() }

package mvn

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// A Mixture is a mixture of K weighted normal distributions in d dimensions, of density Σ w_k·N(x; μ_k, Σ_k).
//
// The constructors differ in what the covariances share, and in cost: computing with N rows takes about N·K·d² operations
// for full covariances, N·d² + N·K·d for a tied one, and N·K·d for diagonal and spherical ones. Weights must be at least
// 0 and add up to 1 within 1e-8; they are used as given. A component of weight 0 has no part in any result.
//
// Constructors return an error, and no mixture, for arguments of the wrong size, an element that is not finite, and a
// covariance that is not positive definite; it says which component and element or pivot. However ill-conditioned a
// covariance is, nothing else is refused.
//
// A Mixture never changes; all methods may be called concurrently. Rows are divided among workers goroutines, or scored by
// the caller's if workers is at most 1; a row's results have the same bits for any number of them, and wherever the row
// stands among others. Calls by one worker, given a dst, do not allocate once the buffers that concurrent calls need
// exist: a Mixture keeps those of past calls, about 256·K elements each.
//
// A row that holds a NaN or an infinity gives NaN. Methods panic if the shape of an argument is wrong; the message says both.
type Mixture struct {
	dim     int
	weights []float64
	double  *mixtureScorer[float64]
	single  *mixtureScorer[float32]
}

// NewFullMixture returns the mixture with a covariance matrix for each component. means is K×d, a row a component. Of the
// covariances it takes the lower triangles.
func NewFullMixture(weights []float64, means mat.Matrix, covariances []mat.Symmetric) (*Mixture, error) {
	b, err := newMixtureBuilder(weights, means)
	if err != nil {
		return nil, err
	}
	if len(covariances) != b.components() {
		return nil, fmt.Errorf("mvn: %d covariances for %d weights", len(covariances), b.components())
	}
	for k, sigma := range covariances {
		lower, err := b.factorize(sigma)
		if err != nil {
			return nil, fmt.Errorf("mvn: component %d: %w", k, err)
		}
		b.lowers = append(b.lowers, lower)
		b.setLogDet(k, 2, mixtureDiagonal(lower))
	}
	return b.build()
}

// NewTiedMixture returns the mixture with one covariance matrix for all components. means is K×d, a row a component. A row's
// distances from all of the means take one substitution; their errors are relative to its distance from the middle of the
// means.
func NewTiedMixture(weights []float64, means mat.Matrix, covariance mat.Symmetric) (*Mixture, error) {
	b, err := newMixtureBuilder(weights, means)
	if err != nil {
		return nil, err
	}
	lower, err := b.factorize(covariance)
	if err != nil {
		return nil, fmt.Errorf("mvn: the tied covariance: %w", err)
	}
	b.lowers, b.tied = []relent.Matrix[float64]{lower}, true
	for k := range b.logNorm {
		b.setLogDet(k, 2, mixtureDiagonal(lower))
	}
	return b.build()
}

// NewDiagonalMixture returns the mixture of components with uncorrelated variables. means and variances are K×d, a row a
// component.
func NewDiagonalMixture(weights []float64, means, variances mat.Matrix) (*Mixture, error) {
	b, err := newMixtureBuilder(weights, means)
	if err != nil {
		return nil, err
	}
	if rows, cols := variances.Dims(); rows != b.components() || cols != b.dim() {
		return nil, fmt.Errorf("mvn: the variances are %d×%d, the means %d×%d", rows, cols, b.components(), b.dim())
	}
	for k := range b.logNorm {
		if err := b.setVariances(k, mat.Row(nil, k, variances)); err != nil {
			return nil, err
		}
	}
	return b.build()
}

// NewSphericalMixture returns the mixture of components with one variance each, the same for all of their variables, which are
// uncorrelated. means is K×d, a row a component.
func NewSphericalMixture(weights []float64, means mat.Matrix, variances []float64) (*Mixture, error) {
	b, err := newMixtureBuilder(weights, means)
	if err != nil {
		return nil, err
	}
	if len(variances) != b.components() {
		return nil, fmt.Errorf("mvn: %d variances for %d weights", len(variances), b.components())
	}
	for k, v := range variances {
		all := make([]float64, b.dim())
		for i := range all {
			all[i] = v
		}
		if err := b.setVariances(k, all); err != nil {
			return nil, err
		}
	}
	return b.build()
}

// Dim is the number d of dimensions.
func (m *Mixture) Dim() int { return m.dim }

// Components is the number K of components.
func (m *Mixture) Components() int { return len(m.weights) }

// Weight is the weight of component k.
func (m *Mixture) Weight(k int) float64 { return m.weights[k] }

// mixtureBuilder collects what a mixture is made of.
type mixtureBuilder struct {
	weights []float64
	means   relent.Matrix[float64]
	logNorm []float64 // log w_k - ½(d log 2π + log det Σ_k)

	// One of the two: the factors of the covariances, a single one if it is tied, or the standard deviations.
	lowers     []relent.Matrix[float64]
	tied       bool
	deviations [][]float64
}

func newMixtureBuilder(weights []float64, means mat.Matrix) (*mixtureBuilder, error) {
	rows, cols := means.Dims()
	if len(weights) == 0 {
		return nil, errors.New("mvn: a mixture has at least one component; there are no weights")
	}
	if rows != len(weights) || cols == 0 {
		return nil, fmt.Errorf("mvn: the means are %d×%d for %d weights", rows, cols, len(weights))
	}
	if err := checkWeights(weights); err != nil {
		return nil, err
	}
	b := &mixtureBuilder{
		weights: append([]float64(nil), weights...),
		means:   relent.Matrix[float64]{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)},
		logNorm: make([]float64, rows),
	}
	for k := range rows {
		for i, v := range mat.Row(b.means.Row(k), k, means) {
			if v-v != 0 {
				return nil, fmt.Errorf("mvn: component %d: element %d of the mean is %g", k, i, v)
			}
		}
	}
	return b, nil
}

func checkWeights(weights []float64) error {
	const tolerance = 1e-8
	sum := 0.0
	for k, w := range weights {
		if !(w >= 0) {
			return fmt.Errorf("mvn: component %d: the weight is %g", k, w)
		}
		sum += w
	}
	if !(math.Abs(sum-1) <= tolerance) {
		return fmt.Errorf("mvn: the weights of %d components add up to %g, not 1", len(weights), sum)
	}
	return nil
}

func (b *mixtureBuilder) components() int { return b.means.Rows }
func (b *mixtureBuilder) dim() int        { return b.means.Cols }

// factorize is the lower triangular L of sigma = LLᵀ, by columns. The conversions keep products from being fused with a sum,
// for the bits to be the same on every architecture.
func (b *mixtureBuilder) factorize(sigma mat.Symmetric) (l relent.Matrix[float64], err error) {
	d := sigma.SymmetricDim()
	if d != b.dim() {
		return l, fmt.Errorf("the covariance is %d×%d, the means have %d elements", d, d, b.dim())
	}
	l = relent.Matrix[float64]{Rows: d, Cols: d, Stride: d, Data: make([]float64, d*d)}
	for i := range d {
		for j := range i + 1 {
			v := sigma.At(i, j)
			if v-v != 0 {
				return l, fmt.Errorf("element (%d, %d) of the covariance is %g", i, j, v)
			}
			l.Row(i)[j] = v
		}
	}
	column := make([]float64, d)
	for j := range d {
		pivot := l.Row(j)[j]
		if !(pivot > 0) || math.IsInf(pivot, 1) {
			return l, fmt.Errorf("the covariance is not positive definite: pivot %d is %g", j, pivot)
		}
		root := math.Sqrt(pivot)
		l.Row(j)[j] = root
		for i := j + 1; i < d; i++ {
			row := l.Row(i)
			row[j] /= root
			column[i] = row[j]
			for k, v := range column[j+1 : i+1] {
				row[j+1+k] -= float64(column[i] * v)
			}
		}
	}
	return l, nil
}

func mixtureDiagonal(a relent.Matrix[float64]) []float64 {
	diagonal := make([]float64, a.Rows)
	for i := range diagonal {
		diagonal[i] = a.Row(i)[i]
	}
	return diagonal
}

// setVariances makes the variances those of component k, the next one.
func (b *mixtureBuilder) setVariances(k int, variances []float64) error {
	deviation := make([]float64, len(variances))
	for i, v := range variances {
		if !(v > 0) || math.IsInf(v, 1) {
			return fmt.Errorf("mvn: component %d: variance %d is %g: it must be positive and finite", k, i, v)
		}
		deviation[i] = math.Sqrt(v)
	}
	b.deviations = append(b.deviations, deviation)
	b.setLogDet(k, 1, variances)
	return nil
}

// setLogDet sets the constant of component k, whose log determinant is the sum of the logarithms of the pivots, times times.
func (b *mixtureBuilder) setLogDet(k int, times float64, pivots []float64) {
	const logTwoPi = 0x1.d67f1c864beb5p+0
	sum := 0.0
	for _, l := range relent.Log(nil, pivots) {
		sum += logTwoPi + float64(times*l)
	}
	b.logNorm[k] = relent.Log(nil, b.weights[k:k+1])[0] - float64(0.5*sum)
}

func (b *mixtureBuilder) build() (*Mixture, error) {
	double, err := newMixtureScorer[float64](b)
	if err != nil {
		return nil, err
	}
	single := &mixtureScorer[float32]{terms: &widenedTerms{double: double}, components: b.components()}
	if b.fitsSingle() {
		if s, err := newMixtureScorer[float32](b); err == nil {
			single = s
		}
	}
	return &Mixture{dim: b.dim(), weights: b.weights, double: double, single: single}, nil
}

// fitsSingle tells if all parameters are in the range of float32, and the pivots normal numbers there.
func (b *mixtureBuilder) fitsSingle() bool {
	const least = 0x1p-126
	all := [][]float64{b.means.Data}
	pivots := b.deviations
	for _, l := range b.lowers {
		all, pivots = append(all, l.Data), append(pivots, mixtureDiagonal(l))
	}
	for _, list := range pivots {
		if slices.Min(list) < least {
			return false
		}
	}
	for _, list := range append(all, pivots...) {
		if slices.ContainsFunc(list, func(v float64) bool { return math.Abs(v) > math.MaxFloat32 }) {
			return false
		}
	}
	return true
}

// factorOf is the packed factor of component k, with its mean among those of all.
func factorOf[F float32 | float64](b *mixtureBuilder, k int, means relent.Matrix[F]) (*relent.Factor[F], error) {
	if b.lowers != nil {
		return relent.NewFactor(means.Row(k), convertedMatrix[F](b.lowers[k]))
	}
	return relent.NewDiagonalFactor(means.Row(k), converted[F](b.deviations[k]))
}

func converted[F float32 | float64](x []float64) []F {
	y := make([]F, len(x))
	for i, v := range x {
		y[i] = F(v)
	}
	return y
}

func convertedMatrix[F float32 | float64](a relent.Matrix[float64]) relent.Matrix[F] {
	return relent.Matrix[F]{Rows: a.Rows, Cols: a.Cols, Stride: a.Stride, Data: converted[F](a.Data)}
}

// middle is the weighted mean of the means: distances between what is measured from there are small.
func (b *mixtureBuilder) middle() []float64 {
	sum := make([]float64, b.dim())
	for k, w := range b.weights {
		for i, v := range b.means.Row(k) {
			sum[i] += float64(w * v)
		}
	}
	return sum
}

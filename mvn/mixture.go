package mvn

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// A Mixture is a mixture of K weighted normal distributions in d dimensions, of density Σ w_k·N(x; μ_k, Σ_k).
//
// The constructors differ in what the covariances share, and in cost: computing with N rows takes about N·K·d² operations
// for full covariances, N·d² + N·K·d for a tied one, N·K·d for diagonal and spherical ones, and the sum of what the
// distributions take for [NewMixture]. Weights must be at least 0 and add up to 1 within 1e-6, as float32 numbers do; they are
// divided by their sum. A component of weight 0 has no part in any result.
//
// Constructors return an error, and no mixture, for arguments of the wrong size, an element that is not finite, and a
// covariance that is not positive definite, a [*NotPositiveDefiniteError]; it says which component and element or pivot.
// However ill-conditioned a covariance is, nothing else is refused.
//
// A Mixture never changes; all methods may be called concurrently. A row's results have the same bits under any [relent.Run], and wherever the row
// stands among others. Calls by one worker, given a dst, do not allocate once a first call has laid
// the components out for the kernels, and the buffers that concurrent calls need exist: a Mixture keeps those of past calls, about 256·K elements each.
//
// A row that holds a NaN gives NaN. The log density of one that holds an infinity and no NaN is -Inf, and it is of no component.
// Methods panic if the shape of an argument is wrong; the message says both.
type Mixture struct {
	dim     int
	sharing sharing
	weights []float64
	double  *mixtureScorer[float64]
	single  *mixtureScorer[float32]
}

// NewMixture returns the mixture of distributions, of any forms. What SetMean does to one of them later does not change it.
//
// All must have the same rank: densities on supports of different dimensions cannot be added.
func NewMixture(weights []float64, components []*Normal) (*Mixture, error) {
	if err := checkWeights(weights); err != nil {
		return nil, err
	}
	if len(components) != len(weights) {
		return nil, fmt.Errorf("mvn: %d components for %d weights", len(components), len(weights))
	}
	for k, n := range components {
		if n == nil {
			return nil, fmt.Errorf("mvn: component %d is nil", k)
		}
		if d, rank := components[0].Dim(), components[0].Rank(); n.Dim() != d || n.Rank() != rank {
			return nil, fmt.Errorf("mvn: component %d has %d dimensions and rank %d, component 0 %d and %d", k, n.Dim(), n.Rank(), d, rank)
		}
	}
	return newMixture(weights, components, separate), nil
}

// NewFullMixture returns the mixture with a covariance matrix for each component. means is K×d, a row a component.
func NewFullMixture(weights []float64, means mat.Matrix, covariances []mat.Symmetric) (*Mixture, error) {
	return mixtureOf(weights, means, "covariances", len(covariances), func(k int, mean []float64) (*Normal, error) {
		return NewNormal(mean, covariances[k])
	})
}

// NewTiedMixture returns the mixture with one covariance matrix for all components. means is K×d, a row a component. A row's
// distances from all of the means take one substitution; their errors are relative to its distance from the middle of the
// means.
func NewTiedMixture(weights []float64, means mat.Matrix, covariance mat.Symmetric) (*Mixture, error) {
	rows, err := meansOf(weights, means)
	if err != nil {
		return nil, err
	}
	first, err := NewNormal(rows[0], covariance)
	if err != nil {
		return nil, &partError{"the tied covariance", err}
	}
	components := []*Normal{first}
	for _, mean := range rows[1:] {
		components = append(components, newNormal(mean, first.form))
	}
	return newMixture(weights, components, tied), nil
}

// NewDiagonalMixture returns the mixture of components with uncorrelated variables. means and variances are K×d, a row a
// component.
func NewDiagonalMixture(weights []float64, means, variances mat.Matrix) (*Mixture, error) {
	if isNil(variances) {
		return nil, errors.New("mvn: the variances are nil")
	}
	rows, cols := variances.Dims()
	return mixtureOf(weights, means, "rows of variances", rows, func(k int, mean []float64) (*Normal, error) {
		if cols != len(mean) {
			return nil, fmt.Errorf("mvn: the variances are %d×%d, the means have %d elements", rows, cols, len(mean))
		}
		return NewNormalDiagonal(mean, mat.Row(nil, k, variances))
	})
}

// NewSphericalMixture returns the mixture of components with one variance each, the same for all of their variables, which are
// uncorrelated. means is K×d, a row a component.
func NewSphericalMixture(weights []float64, means mat.Matrix, variances []float64) (*Mixture, error) {
	return mixtureOf(weights, means, "variances", len(variances), func(k int, mean []float64) (*Normal, error) {
		return NewNormalIsotropic(mean, variances[k])
	})
}

// mixtureOf makes each component of its mean and of one of count things of a name.
func mixtureOf(
	weights []float64, means mat.Matrix, name string, count int, component func(k int, mean []float64) (*Normal, error),
) (*Mixture, error) {
	rows, err := meansOf(weights, means)
	if err != nil {
		return nil, err
	}
	if count != len(weights) {
		return nil, fmt.Errorf("mvn: %d %s for %d weights", count, name, len(weights))
	}
	components := make([]*Normal, count)
	for k, mean := range rows {
		if components[k], err = component(k, mean); err != nil {
			return nil, &partError{fmt.Sprintf("component %d", k), err}
		}
	}
	return newMixture(weights, components, separate), nil
}

// A partError is of a part of a mixture.
type partError struct {
	part string
	err  error
}

func (e *partError) Error() string {
	return "mvn: " + e.part + ": " + strings.TrimPrefix(e.err.Error(), "mvn: ")
}

func (e *partError) Unwrap() error { return e.err }

// meansOf are the rows of means, one for each weight.
func meansOf(weights []float64, means mat.Matrix) ([][]float64, error) {
	if err := checkWeights(weights); err != nil {
		return nil, err
	}
	if isNil(means) {
		return nil, errors.New("mvn: the means are nil")
	}
	n, d := means.Dims()
	if n != len(weights) || d == 0 {
		return nil, fmt.Errorf("mvn: the means are %d×%d for %d weights", n, d, len(weights))
	}
	rows := make([][]float64, n)
	for k := range rows {
		rows[k] = mat.Row(nil, k, means)
		if err := checkMean(rows[k], "mean", d); err != nil {
			return nil, &partError{fmt.Sprintf("component %d", k), err}
		}
	}
	return rows, nil
}

func checkWeights(weights []float64) error {
	const tolerance = 1e-6
	if len(weights) == 0 {
		return errors.New("mvn: a mixture has at least one component; there are no weights")
	}
	sum := 0.0
	for k, w := range weights {
		if !(w >= 0) {
			return fmt.Errorf("mvn: component %d: the weight is %g", k, w)
		}
		sum += w
	}
	if !(math.Abs(sum-1) <= tolerance) {
		return fmt.Errorf("mvn: the weights of %d components add up to %g, not to 1 within %g", len(weights), sum, tolerance)
	}
	return nil
}

// normalized are weights divided by their sum.
func normalized(weights []float64) []float64 {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	shares := make([]float64, len(weights))
	for k, w := range weights {
		shares[k] = w / sum
	}
	return shares
}

// Dim is the number d of dimensions.
func (m *Mixture) Dim() int { return m.dim }

// Components is the number K of components.
func (m *Mixture) Components() int { return len(m.weights) }

// Weight is the weight of component k, a share of 1.
func (m *Mixture) Weight(k int) float64 {
	m.checkComponent("Weight", k)
	return m.weights[k]
}

// sharing is what the components have in common.
type sharing bool

const (
	separate sharing = false
	tied     sharing = true // the covarianceForm
)

func newMixture(weights []float64, components []*Normal, s sharing) *Mixture {
	return newMixtureOf(normalized(weights), components, s)
}

// newMixtureOf is newMixture of weights that are shares.
func newMixtureOf(weights []float64, components []*Normal, s sharing) *Mixture {
	p := &mixtureParts{weights: weights}
	for k, l := range relent.Log(nil, p.weights) {
		p.components = append(p.components, *components[k]) // SetMean replaces what it changes
		p.logNorm = append(p.logNorm, l+components[k].norm)
	}
	double, single := separateTermsOf[float64], separateTermsOf[float32]
	if s == tied {
		double, single = tiedDoubles, tiedSingles
	}
	return &Mixture{
		dim:     components[0].Dim(),
		sharing: s,
		weights: p.weights,
		double:  newMixtureScorer(p, double),
		single:  newMixtureScorer(p, single),
	}
}

// mixtureParts are what a mixture is made of.
type mixtureParts struct {
	weights    []float64
	components []Normal
	logNorm    []float64 // log w_k - ½(d log 2π + log det Σ_k)
}

// middle is the weighted mean of the means: distances between what is measured from there are small.
func (p *mixtureParts) middle() []float64 {
	sum := make([]float64, len(p.components[0].mean))
	for k, w := range p.weights {
		axpy(w, p.components[k].mean, sum)
	}
	for i, v := range sum {
		sum[i] = max(-math.MaxFloat64, min(v, math.MaxFloat64)) // which rounding may be beyond
	}
	return sum
}

func (p *mixtureParts) means() relent.Matrix[float64] {
	means := newMatrix(len(p.components), len(p.components[0].mean))
	for k, n := range p.components {
		copy(means.Row(k), n.mean)
	}
	return means
}

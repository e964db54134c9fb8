package mvn

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/pass"
	"gonum.org/v1/gonum/mat"
)

// An Estimate says what distribution to make of [Moments]. The zero value is that of [Fit].
type Estimate struct {
	Structure Structure // of the covariance: not TiedCovariance

	// MaximumLikelihood divides by the sum of the weights, where else it is by 1 less.
	MaximumLikelihood bool

	// Mean is known, unless it is nil: then second moments are those about it, divided by the sum of the weights.
	Mean []float64
}

// A Structure is that of a covariance matrix.
type Structure uint8

const (
	FullCovariance      Structure = iota // any
	TiedCovariance                       // any, the same for all components of a mixture
	DiagonalCovariance                   // variables are uncorrelated
	SphericalCovariance                  // and have the same variance
)

func (s Structure) String() string {
	names := []string{"full", "tied", "diagonal", "spherical"}
	if int(s) >= len(names) {
		return fmt.Sprintf("Structure(%d)", s)
	}
	return names[s]
}

// Mean computes the mean of the rows into dst, each element rounded once, and returns it; NaN if there are none. A nil dst is allocated.
func (m *Moments) Mean(dst []float64) []float64 {
	dst = destination("Mean", "dst", dst, m.Dim())
	weight := m.weight()
	for j := range dst {
		if dst[j] = math.NaN(); weight.Sign() > 0 {
			dst[j] = m.sum(j).Over(weight)
		}
	}
	return dst
}

// Normal returns the distribution of an estimate. Elements of the mean and of a full or diagonal covariance are rounded once, the
// variance of a spherical one too. Errors are as those of [Fit]; a full covariance needs d+1 rows, or d if the mean is known, others
// two, or one.
func (m *Moments) Normal(e Estimate) (*Normal, error) {
	mean := e.Mean
	if mean == nil {
		mean = m.Mean(nil)
	}
	s, err := m.scatter(e)
	if err != nil {
		return nil, err
	}
	switch e.Structure {
	case FullCovariance:
		needed := uint64(m.Dim())
		if e.Mean == nil {
			needed++
		}
		if m.rows < needed {
			return nil, fmt.Errorf("mvn: the covariance of %d rows is singular in %d dimensions, which need %d rows: use FitShrunk or NewNormalSingular",
				m.rows, m.Dim(), needed)
		}
		sigma, err := s.covariance()
		if err != nil {
			return nil, err
		}
		return fitted(mean, sigma, m.largest, "FitShrunk or NewNormalSingular")
	case DiagonalCovariance:
		variances, err := s.variances()
		if err != nil {
			return nil, err
		}
		return NewNormalDiagonal(mean, variances)
	case SphericalCovariance:
		return NewNormalIsotropic(mean, s.meanVariance())
	}
	return nil, fmt.Errorf("mvn: a single covariance cannot be %v", e.Structure)
}

// A scatter is a covariance before its elements are divided.
type scatter struct {
	element   func(i, j int) *exact.Number // j <= i
	divisor   *exact.Number
	comoments *exact.Comoments // of a mean that is not known
	dim       int
}

// scatter is Σ w·(x-μ)(x-μ)ᵀ, times the sum of the weights unless μ is known, of which the mean is a quotient.
func (m *Moments) scatter(e Estimate) (s scatter, err error) {
	s.dim = m.Dim()
	weight := m.weight()
	if total := weight.Float64(); !(total > 0) || !finite(total) {
		if m.rows == 0 {
			return s, errors.New("mvn: there are no rows with a weight: the weights have a sum of 0")
		}
		return s, fmt.Errorf("mvn: the weights have a sum of %g", total)
	}
	if e.Mean != nil {
		if err := checkMean(e.Mean, "rows", s.dim); err != nil {
			return s, err
		}
		mean := make([]*exact.Number, s.dim)
		for j, v := range e.Mean {
			mean[j] = exactly(v)
		}
		s.divisor = weight
		s.element = func(i, j int) *exact.Number {
			cross := mean[i].Times(m.sum(j)).Plus(mean[j].Times(m.sum(i)))
			return m.gram.Sum(i, j).Minus(cross).Plus(mean[i].Times(mean[j]).Times(weight))
		}
		return s, nil
	}
	sums := make([]*exact.Number, s.dim)
	for j := range sums {
		sums[j] = m.sum(j)
	}
	s.element = func(i, j int) *exact.Number { return m.gram.Sum(i, j).Times(weight).Minus(sums[i].Times(sums[j])) }
	divisor := weight
	if !e.MaximumLikelihood {
		if divisor = weight.Minus(exactly(1)); divisor.Sign() <= 0 {
			return s, fmt.Errorf("mvn: the weights have a sum of %g: the covariance needs more than 1", weight.Float64())
		}
	}
	s.divisor = weight.Times(divisor)
	s.comoments = m.gram.Comoments(s.divisor)
	return s, nil
}

// quotient is an element divided, rounded once.
func (s scatter) quotient(i, j int) float64 {
	if s.comoments != nil {
		if v, ok := s.comoments.Quotient(i, j); ok {
			return v
		}
	}
	return s.element(i, j).Over(s.divisor)
}

// variance is the quotient of a diagonal element.
func (s scatter) variance(j int) (float64, error) {
	v := s.quotient(j, j)
	if v == 0 && s.element(j, j).Sign() != 0 {
		return 0, fmt.Errorf("mvn: the variance of column %d is too small for a float64", j)
	}
	return v, nil
}

func (s scatter) variances() (v []float64, err error) {
	v = make([]float64, s.dim)
	for j := range v {
		if v[j], err = s.variance(j); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// covariance is the lower triangle of the quotients.
func (s scatter) covariance() (sigma relent.Matrix[float64], err error) {
	sigma = newMatrix(s.dim, s.dim)
	for i := range s.dim {
		for j := range i {
			sigma.Row(i)[j] = s.quotient(i, j)
		}
		if sigma.Row(i)[i], err = s.variance(i); err != nil {
			return sigma, err
		}
	}
	return sigma, nil
}

// meanVariance is that of the columns.
func (s scatter) meanVariance() float64 {
	sum := new(exact.Number)
	for j := range s.dim {
		sum = sum.Plus(s.element(j, j))
	}
	return sum.Over(s.divisor.Times(exactly(float64(s.dim))))
}

// NormalOAS returns the distribution with the mean of the rows and the oracle approximating shrinkage estimate of their covariance,
// (1-s)S + s·(tr S/d)·I, with the s from 0 to 1 that it returns: that of scikit-learn's OAS, which takes no second pass over
// the rows, as [LedoitWolf] does, but takes them for normally distributed. S is the covariance divided by the sum of the weights.
//
// Chen, Wiesel, Eldar and Hero, Shrinkage algorithms for MMSE covariance estimation, IEEE Transactions on Signal Processing 58
// (2010), 5016–5029.
func (m *Moments) NormalOAS() (n *Normal, shrinkage float64, err error) {
	s, err := m.shrinkable()
	if err != nil {
		return nil, 0, err
	}
	d := float64(m.Dim())
	mean := float64(s.mean * s.mean)
	numerator := s.square/float64(d*d) + mean // of which both are divided by d²
	denominator := float64((m.Weight()+1)*s.apart) / float64(d*d)
	shrinkage = 1
	if numerator < denominator {
		shrinkage = numerator / denominator
	}
	n, err = s.shrunk(shrinkage)
	return n, shrinkage, err
}

// A shrinkable is a covariance S that may be shrunk. All but sigma and target are in units where the mean variance m is near 1.
type shrinkable struct {
	moments       *Moments
	sigma         relent.Matrix[float64] // the lower triangle
	target        float64
	root          float64                // rows are multiplied by it
	scaled        relent.Matrix[float64] // S
	mean          float64                // m
	square, apart float64                // ‖S‖² and ‖S - mI‖²
}

func (m *Moments) shrinkable() (*shrinkable, error) {
	e, err := m.scatter(Estimate{MaximumLikelihood: true})
	if err != nil {
		return nil, err
	}
	s := &shrinkable{moments: m}
	if s.sigma, err = e.covariance(); err != nil {
		return nil, err
	}
	if s.target = meanVariance(s.sigma); s.target == 0 {
		return nil, errors.New("mvn: the rows are all the same")
	}
	_, exponent := math.Frexp(s.target)
	s.root = math.Ldexp(1, -(exponent / 2)) // rows are divided by its inverse, S twice
	s.scaled = clone(s.sigma)
	for i := range s.scaled.Data {
		s.scaled.Data[i] = float64(float64(s.scaled.Data[i]*s.root) * s.root)
	}
	s.mean = float64(float64(s.target*s.root) * s.root)
	for i := range s.scaled.Rows {
		row := s.scaled.Row(i)
		off, last := float64(2*dot(row[:i], row[:i])), row[i]-s.mean
		s.square += off + float64(row[i]*row[i])
		s.apart += off + float64(last*last)
	}
	return s, nil
}

// shrunk is the distribution of a shrinkage.
func (s *shrinkable) shrunk(shrinkage float64) (*Normal, error) {
	const instead = "NewNormalSingular"
	mean := s.moments.Mean(nil)
	if shrinkage == 0 {
		return fitted(mean, s.sigma, s.moments.largest, instead)
	}
	sigma := clone(s.sigma)
	for i := range sigma.Rows {
		row := sigma.Row(i)
		for j := range i + 1 {
			row[j] *= 1 - shrinkage
		}
		row[i] += float64(shrinkage * s.target)
	}
	return fitted(mean, sigma, nil, instead)
}

// A LedoitWolf computes the shrinkage of [FitShrunk] for [Moments], by a second pass over the rows that these are of, in any parts and
// any order: sums are exact, and results have the same bits. Methods must not be called at the same time as one that changes it.
type LedoitWolf struct {
	*shrinkable
	high, low []float64              // the mean
	matrix    relent.Matrix[float64] // S as the kernel takes it, wide
	total     float64                // weight
	variance  exact.Sum              // of S: Σ p²‖xxᵀ - S‖², p the normalised weights
}

// NewLedoitWolf begins the second pass over the rows of m, which must not change any more.
func NewLedoitWolf(m *Moments) (*LedoitWolf, error) {
	s, err := given("NewLedoitWolf", "m", m).shrinkable()
	if err != nil {
		return nil, err
	}
	l := &LedoitWolf{
		shrinkable: s, high: m.Mean(nil), low: make([]float64, m.Dim()), matrix: newWide(m.Dim(), m.Dim()), total: m.Weight(),
	}
	for i := range m.Dim() {
		for j, v := range s.scaled.Row(i)[:i+1] {
			l.matrix.Row(i)[j], l.matrix.Row(j)[i] = v, v
		}
	}
	weight := m.weight()
	for j, v := range l.high {
		if !finite(v) {
			return nil, fmt.Errorf("mvn: element %d of the mean is %g", j, v)
		}
		l.low[j] = m.sum(j).Minus(exactly(v).Times(weight)).Over(weight)
	}
	return l, nil
}

// AddRows adds rows, with the weights that they have in the moments, as [Moments.AddRows] does.
func (l *LedoitWolf) AddRows(x *mat.Dense, weights []float64, run relent.Run) error {
	return LedoitWolfAddRows(l, rawRows(given("AddRows", "x", x), l.moments.Dim()), weights, run)
}

// LedoitWolfAddRows is [LedoitWolf.AddRows] of raw elements.
func LedoitWolfAddRows[F float32 | float64](l *LedoitWolf, x relent.Matrix[F], weights []float64, run relent.Run) error {
	const name = "LedoitWolfAddRows"
	checkShape(name, "x", x, x.Rows, given(name, "l", l).moments.Dim())
	if weights != nil && len(weights) != x.Rows {
		here.Panic(name, "%d weights for %d rows", len(weights), x.Rows)
	}
	if err := checkRows(0, x, weights, l.moments.missing); err != nil {
		return err
	}
	var all exact.Sum
	var adding sync.Mutex
	err := inParts(x.Rows, 1, 2*formFlops(x.Cols), run, func(from, to int) {
		var sum exact.Sum
		wideRow := make([]float64, wide(x.Cols))
		row := wideRow[:x.Cols]
		for i := from; i < to; i++ {
			weight := 1.0
			if weights != nil {
				weight = weights[i]
			}
			if !widenedNumbers(row, x.Row(i)) || weight == 0 {
				continue
			}
			for j, v := range row {
				row[j] = float64(((v - l.high[j]) - l.low[j]) * l.root)
			}
			p := weight / l.total
			sum.Add(float64(float64(p*p) * l.squareApart(wideRow)))
		}
		adding.Lock()
		all.Merge(&sum)
		adding.Unlock()
	})
	if err == nil {
		l.variance.Merge(&all)
	}
	return err
}

// Merge adds all that was added to o, of the same moments, and leaves o as it is. It panics if those have another number of columns.
func (l *LedoitWolf) Merge(o *LedoitWolf) {
	if given("Merge", "o", o).moments.Dim() != l.moments.Dim() {
		here.Panic("Merge", "the moments are of %d columns, the others of %d", l.moments.Dim(), o.moments.Dim())
	}
	variance := o.variance
	l.variance.Merge(&variance)
}

// Normal returns the distribution, and the shrinkage.
func (l *LedoitWolf) Normal() (n *Normal, shrinkage float64, err error) {
	const rounding = 0x1p-80 // of a sum of squares of differences, relative to that of squares
	sum := l.variance
	variance := sum.Take()
	if variance > float64(rounding*l.square) && l.apart > float64(rounding*l.square) {
		shrinkage = min(1, variance/l.apart)
	}
	n, err = l.shrunk(shrinkage)
	return n, shrinkage, err
}

// squareApart is ‖xxᵀ - S‖² of a wide row, of differences: those of products would be of sums that cancel.
func (l *LedoitWolf) squareApart(x []float64) float64 {
	var sums [stripe]float64
	var m pass.Numbers
	m.Set(float64(l.matrix.Rows), float64(l.matrix.Stride), float64(stripesOf(l.matrix.Cols)))
	relent.Pass(pass.OuterSquares, &m, sums[:], x, wideElements(l.matrix))
	for n := stripe / 2; n > 0; n /= 2 {
		for i := range n {
			sums[i] += sums[n+i]
		}
	}
	return sums[0]
}

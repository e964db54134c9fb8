package mvn

import (
	"math"
	"slices"

	"github.com/relent-go/relent"
)

// factored is Σ = LLᵀ.
type factored struct {
	columns    relent.Matrix[float64] // row j is column j of L, from element j on
	pivot      []float64              // the diagonal of L
	successive successive
}

func newFactored(columns relent.Matrix[float64]) *factored {
	d := columns.Rows
	f := &factored{columns: columns, successive: newSuccessive(d)}
	for j := range d {
		column := columns.Row(j)
		f.pivot = append(f.pivot, column[j])
		var square twofold
		square.addProduct(column[j], column[j])
		f.successive.high[j], f.successive.low[j] = square.high, square.low
		for i := j + 1; i < d; i++ {
			f.successive.explained[i] += float64(column[i] * column[i])
		}
	}
	return f
}

// successive are the variances of each variable given those before it, and what these explain of its own variance. The
// explained part is accurate relative to itself. The rest is twofold: where little is explained, it is so close to the
// variance minus the explained part as that part is accurate.
type successive struct{ explained, high, low []float64 }

func newSuccessive(d int) successive {
	return successive{make([]float64, d), make([]float64, d), make([]float64, d)}
}

// take makes the rest of variable j the variance minus the explained part, unless the pivot, as it is, is as accurate.
func (s *successive) take(j int, variance twofold) {
	if s.explained[j] <= variance.high/2 {
		variance.add(-s.explained[j])
		high := variance.value()
		s.high[j], s.low[j] = high, (variance.high-high)+variance.low
	}
}

// covariance is an element of LLᵀ.
func (f *factored) covariance(i, j int) float64 {
	sum := 0.0
	for k := range min(i, j) + 1 {
		column := f.columns.Row(k)
		sum += float64(column[i] * column[j])
	}
	return sum
}

// transform computes Lx. dst may be x.
func (f *factored) transform(dst, x []float64) {
	copy(dst, x)
	for j := len(dst) - 1; j >= 0; j-- {
		xj := dst[j]
		column := f.columns.Row(j)
		dst[j] = column[j] * xj
		axpy(xj, column[j+1:], dst[j+1:])
	}
}

// A covarianceForm is Σ = LLᵀ.
type covarianceForm struct {
	*factored
	sigma relent.Matrix[float64] // its lower triangle as given, or no data
	white *relent.Factor[float64]
	log   float64      // det Σ
	tails *lazy[tails] // of which row 0 has no zeros, and row k the k-1 of a column of a triangle
}

// newCovarianceForm is the form of L by columns, with sigma if that is known.
func newCovarianceForm(sigma, columns relent.Matrix[float64]) (*covarianceForm, error) {
	return covarianceFormOf(sigma, columns, transposedTriangle(columns, true))
}

// covarianceFormOf is newCovarianceForm of L by columns and by rows.
func covarianceFormOf(sigma, columns, lower relent.Matrix[float64]) (*covarianceForm, error) {
	white, err := relent.NewFactor(make([]float64, columns.Rows), lower)
	if err != nil {
		return nil, err
	}
	f := newFactored(columns)
	if sigma.Data != nil {
		for j := range sigma.Rows {
			f.successive.take(j, twofold{high: sigma.Row(j)[j]})
		}
	}
	tails := newLazy(func() tails { return newTails(white, transposedTriangle(columns, true), 1, relent.NewFactor[float64]) })
	return &covarianceForm{f, sigma, white, float64(2 * logProduct(f.pivot)), tails}, nil
}

func (t *covarianceForm) dim() int                          { return len(t.pivot) }
func (t *covarianceForm) rank() int                         { return t.dim() }
func (t *covarianceForm) logDet() float64                   { return t.log }
func (t *covarianceForm) factor() *factored                 { return t.factored }
func (t *covarianceForm) whitener() *relent.Factor[float64] { return t.white }
func (t *covarianceForm) successive() successive            { return t.factored.successive }

func (t *covarianceForm) covariance(i, j int) float64 {
	if t.sigma.Data == nil {
		return t.factored.covariance(i, j)
	}
	return t.sigma.Row(max(i, j))[min(i, j)]
}

func (t *covarianceForm) given(to twofoldMatrix) {
	if t.sigma.Data == nil {
		t.addProducts(to)
		return
	}
	copyTriangle(to.high, t.sigma)
}

// addProducts adds LLᵀ, or makes it NaN if squares of pivots leave the range of float64.
func (f *factored) addProducts(to twofoldMatrix) {
	if !squaresFit(f.pivot) {
		to.high.Data[0] = math.NaN()
		return
	}
	for k := range f.columns.Rows {
		column := f.columns.Row(k)
		for i := k; i < len(column); i++ {
			to.addProducts(i, k, column[i], column[k:i+1])
		}
	}
}

// squaresFit tells whether squares of pivots are exact as twofolds.
func squaresFit(pivot []float64) bool {
	for _, p := range pivot {
		if !(p >= 0x1p-480 && p <= 0x1p510) {
			return false
		}
	}
	return true
}

// copyTriangle copies a lower triangle.
func copyTriangle(dst, a relent.Matrix[float64]) {
	for i := range a.Rows {
		copy(dst.Row(i), a.Row(i)[:i+1])
	}
}

func (t *covarianceForm) subset(vars []int) (form, error) { return subsetByCovariance(t, vars) }

// subsetByCovariance factorises the covariance of some variables.
func subsetByCovariance(f form, vars []int) (form, error) {
	sigma := newMatrix(len(vars), len(vars))
	for i := range vars {
		for j := range i + 1 {
			sigma.Row(i)[j] = f.covariance(vars[i], vars[j])
		}
	}
	columns := transposedTriangle(sigma, false)
	if pivot, value := factorize(columns); pivot >= 0 {
		return nil, &NotPositiveDefiniteError{"covariance", vars[pivot], value}
	}
	return newCovarianceForm(sigma, columns)
}

// condition factorises the covariance with the observed variables first. Then the last rows and columns of L are the
// factor of what remains: the Schur complement is never subtracted.
func (t *covarianceForm) condition(observed, rest []int, y []float64) ([]float64, form, error) {
	order := append(append([]int(nil), observed...), rest...)
	f, err := t.subset(order)
	if err != nil {
		return nil, nil, err
	}
	columns, o := f.factor().columns, len(observed)
	moved := append(append([]float64(nil), y...), make([]float64, len(rest))...)
	for j := range observed { // forward substitution of y; the rest collects -L_ro z
		z := moved[j] / columns.Row(j)[j]
		axpy(-z, columns.Row(j)[j+1:], moved[j+1:])
	}
	for i := o; i < len(moved); i++ {
		moved[i] = -moved[i]
	}
	r, err := newCovarianceForm(relent.Matrix[float64]{}, lastBlock(columns, o))
	return moved[o:], r, err
}

// lastBlock copies the rows and columns from o on.
func lastBlock(a relent.Matrix[float64], o int) relent.Matrix[float64] {
	b := newMatrix(a.Rows-o, a.Cols-o)
	for i := range b.Rows {
		copy(b.Row(i), a.Row(i + o)[o:])
	}
	return b
}

func (t *covarianceForm) doubleScorer(mean []float64) scorer[float64] { return withMean(t.white, mean) }

func (t *covarianceForm) singleScorer(mean []float64) scorer[float32] {
	return singleScorer(mean, t.pivot, t.white, func() (*relent.Factor[float32], error) {
		return relent.NewFactor(singles(mean), singleMatrix(transposed(t.columns)))
	})
}

// singleScorer is the factor that narrow makes, or, where the pivots or the mean are out of float32's range, computes with white.
func singleScorer(
	mean, pivot []float64, white *relent.Factor[float64], narrow func() (*relent.Factor[float32], error),
) scorer[float32] {
	if fitsSingle(pivot) {
		if f, err := narrow(); err == nil {
			return f
		}
	}
	return newRowScorer[float32](whitened{white}, mean)
}

// withMean is the scorer of a factor for a mean, which is finite.
func withMean(white *relent.Factor[float64], mean []float64) scorer[float64] {
	f, err := white.WithMean(mean)
	if err != nil {
		panic(err)
	}
	return f
}

// fitsSingle tells whether the pivots of L, and what they are the inverses of, are normal float32 numbers.
func fitsSingle(pivot []float64) bool {
	for _, p := range pivot {
		if !(p >= 0x1p-126 && p <= 0x1p126) {
			return false
		}
	}
	return true
}

// A precisionForm is Σ⁻¹ = MᵀM, M lower triangular. With J the matrix that reverses the order, JΣ⁻¹J = RRᵀ is a Cholesky
// factorisation, R = JMᵀJ.
type precisionForm struct {
	prec     relent.Matrix[float64] // its lower triangle as given, or no data
	m        relent.Matrix[float64]
	pivot    []float64 // the diagonal of M
	white    *relent.Factor[float64]
	log      float64          // det Σ
	covered  *lazy[*factored] // L = M⁻¹
	tails    *lazy[tails]     // likewise
	reversed *lazy[tails]     // R⁻¹; row k has k zeros
}

// newPrecisionForm factorises the lower triangle of a precision matrix.
func newPrecisionForm(prec relent.Matrix[float64]) (*precisionForm, error) {
	columns := reversed(prec)
	if pivot, value := factorize(columns); pivot >= 0 {
		return nil, &NotPositiveDefiniteError{"precision", prec.Rows - 1 - pivot, value}
	}
	return precisionOf(prec, reversed(columns))
}

// reversed is JAJ of a triangle: of the lower one as rows it makes the columns, and the other way round.
func reversed(a relent.Matrix[float64]) relent.Matrix[float64] {
	r := clone(a)
	slices.Reverse(r.Data)
	return r
}

// precisionOf is the form of M, with the precision if that is known.
func precisionOf(prec, m relent.Matrix[float64]) (*precisionForm, error) {
	d := m.Rows
	white, err := relent.NewPrecisionFactor(make([]float64, d), m)
	if err != nil {
		return nil, err
	}
	p := &precisionForm{prec: prec, m: m, white: white}
	for i := range d {
		p.pivot = append(p.pivot, m.Row(i)[i])
	}
	p.log = float64(-2 * logProduct(p.pivot))
	p.covered = newLazy(func() *factored { return newFactored(invertLower(m)) })
	p.tails = newLazy(func() tails { return newTails(white, m, 1, relent.NewPrecisionFactor[float64]) })
	p.reversed = newLazy(func() tails {
		lower := reverseTranspose(m)
		f, err := relent.NewFactor(make([]float64, d), lower)
		if err != nil { // the pivots are those of m
			panic(err)
		}
		return newTails(f, lower, 0, relent.NewFactor[float64])
	})
	return p, nil
}

// reverseTranspose is JMᵀJ of the lower triangle M, and lower triangular too.
func reverseTranspose(m relent.Matrix[float64]) relent.Matrix[float64] {
	d := m.Rows
	r := newMatrix(d, d)
	for i := range d {
		for j := range i + 1 {
			r.Row(i)[j] = m.Row(d - 1 - j)[d-1-i]
		}
	}
	return r
}

func (p *precisionForm) dim() int                          { return len(p.pivot) }
func (p *precisionForm) rank() int                         { return p.dim() }
func (p *precisionForm) logDet() float64                   { return p.log }
func (p *precisionForm) factor() *factored                 { return p.covered.get() }
func (p *precisionForm) whitener() *relent.Factor[float64] { return p.white }
func (p *precisionForm) covariance(i, j int) float64       { return p.factor().covariance(i, j) }
func (p *precisionForm) subset(vars []int) (form, error)   { return subsetByCovariance(p, vars) }
func (p *precisionForm) successive() successive            { return p.factor().successive }

// given is the precision; MᵀM if that is all that is known, or NaN if squares of pivots leave the range of float64.
func (p *precisionForm) given(to twofoldMatrix) {
	if p.prec.Data != nil {
		copyTriangle(to.high, p.prec)
		return
	}
	if !squaresFit(p.pivot) {
		to.high.Data[0] = math.NaN()
		return
	}
	for k := range p.m.Rows {
		row := p.m.Row(k)[:k+1]
		for i, v := range row {
			to.addProducts(i, 0, v, row[:i+1])
		}
	}
}

// transform solves M·dst = x.
func (p *precisionForm) transform(dst, x []float64) {
	for i := range dst {
		row := p.m.Row(i)
		dst[i] = (x[i] - dot(row[:i], dst[:i])) / row[i]
	}
}

// condition factorises the precision with the observed variables first: the last rows and columns of M are the factor of
// the precision of the rest.
func (p *precisionForm) condition(observed, rest []int, y []float64) ([]float64, form, error) {
	order := append(append([]int(nil), observed...), rest...)
	prec := newMatrix(len(order), len(order))
	for i, a := range order {
		for j, b := range order[:i+1] {
			sum := 0.0
			for k := max(a, b); k < p.m.Rows; k++ {
				sum += float64(p.m.Row(k)[a] * p.m.Row(k)[b])
			}
			prec.Row(i)[j] = sum
		}
	}
	f, err := newPrecisionForm(prec)
	if err != nil {
		return nil, nil, err
	}
	o := len(observed)
	r, err := precisionOf(relent.Matrix[float64]{}, lastBlock(f.m, o))
	if err != nil {
		return nil, nil, err
	}
	shift := make([]float64, len(rest))
	for i := range shift {
		shift[i] = -dot(y, f.m.Row(o + i)[:o])
	}
	r.transform(shift, shift)
	return shift, r, nil
}

func (p *precisionForm) doubleScorer(mean []float64) scorer[float64] { return withMean(p.white, mean) }

func (p *precisionForm) singleScorer(mean []float64) scorer[float32] {
	return singleScorer(mean, p.pivot, p.white, func() (*relent.Factor[float32], error) {
		return relent.NewPrecisionFactor(singles(mean), singleMatrix(p.m))
	})
}

// A diagonalForm has independent variables.
type diagonalForm struct {
	v         []float64 // the variances
	s         []float64 // their roots
	isotropic bool      // all variances are the same
	white     *relent.Factor[float64]
	log       float64 // det Σ
	full      *lazy[*factored]
}

// newDiagonalForm keeps v.
func newDiagonalForm(v []float64) (*diagonalForm, error) {
	f := &diagonalForm{v: v, isotropic: true, log: 0}
	for i, x := range v {
		if !(x > 0) || math.IsInf(x, 1) {
			return nil, &NotPositiveDefiniteError{"variance", i, x}
		}
		f.s = append(f.s, math.Sqrt(x))
		f.isotropic = f.isotropic && x == v[0]
	}
	var err error
	if f.white, err = relent.NewDiagonalFactor(make([]float64, len(v)), f.s); err != nil {
		return nil, err
	}
	f.log = logProduct(v)
	f.full = newLazy(func() *factored {
		columns := newMatrix(len(v), len(v))
		for i, s := range f.s {
			columns.Row(i)[i] = s
		}
		return newFactored(columns)
	})
	return f, nil
}

func (f *diagonalForm) dim() int                          { return len(f.v) }
func (f *diagonalForm) rank() int                         { return f.dim() }
func (f *diagonalForm) logDet() float64                   { return f.log }
func (f *diagonalForm) factor() *factored                 { return f.full.get() }
func (f *diagonalForm) whitener() *relent.Factor[float64] { return f.white }
func (f *diagonalForm) successive() successive            { return successive{high: f.v} }

func (f *diagonalForm) given(to twofoldMatrix) {
	for i, v := range f.v {
		to.high.Row(i)[i] = v
	}
}

func (f *diagonalForm) covariance(i, j int) float64 {
	if i != j {
		return 0
	}
	return f.v[i]
}

func (f *diagonalForm) transform(dst, x []float64) {
	for i, s := range f.s {
		dst[i] = s * x[i]
	}
}

func (f *diagonalForm) subset(vars []int) (form, error) { return newDiagonalForm(selected(f.v, vars)) }

func (f *diagonalForm) condition(_, rest []int, _ []float64) ([]float64, form, error) {
	r, err := newDiagonalForm(selected(f.v, rest))
	return make([]float64, len(rest)), r, err
}

func selected(x []float64, which []int) []float64 {
	y := make([]float64, len(which))
	for i, k := range which {
		y[i] = x[k]
	}
	return y
}

func (f *diagonalForm) doubleScorer(mean []float64) scorer[float64] { return withMean(f.white, mean) }

func (f *diagonalForm) singleScorer(mean []float64) scorer[float32] {
	return singleScorer(mean, f.s, f.white, func() (*relent.Factor[float32], error) {
		return relent.NewDiagonalFactor(singles(mean), singles(f.s))
	})
}

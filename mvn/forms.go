package mvn

import (
	"math"
	"slices"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
)

// factored is Σ = LLᵀ.
type factored struct {
	columns relent.Matrix[float64] // row j is column j of L, from element j on
	pivot   []float64              // the diagonal of L
	each    late[successive]
	square  late[relent.Matrix[float64]] // the columns of Σ
}

func newFactored(columns relent.Matrix[float64]) *factored {
	return &factored{columns: columns, pivot: diagonalOf(columns)}
}

func (f *factored) successive() successive { return f.each.get(f.newSuccessive) }

func (f *factored) newSuccessive() successive {
	s := newSuccessive(len(f.pivot))
	for j, p := range f.pivot {
		var square twofold
		square.addProduct(p, p)
		s.high[j], s.low[j] = square.high, square.low
		column := f.columns.Row(j)
		for i := j + 1; i < len(column); i++ {
			s.explained[i] += float64(column[i] * column[i])
		}
	}
	return s
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

// addColumns adds c·LLᵀ.
func (f *factored) addColumns(columns relent.Matrix[float64], c float64) {
	addTriangle(columns, c, f.square.get(f.newSquare))
}

// newSquare has the elements that covariance has.
func (f *factored) newSquare() relent.Matrix[float64] {
	square := newMatrix(f.columns.Rows, f.columns.Rows)
	for j := range square.Rows {
		column := square.Row(j)[j:]
		for k := range j + 1 {
			l := f.columns.Row(k)[j:]
			axpy(l[0], l, column)
		}
	}
	return square
}

// addTriangle adds c times the columns of another lower triangle. Neither has anything between its rows, and what stands before columns counts
// for nothing. No product is rounded.
func addTriangle(columns relent.Matrix[float64], c float64, a relent.Matrix[float64]) {
	var m pass.Numbers
	m.Set(float64(len(a.Data)))
	relent.Pass(pass.Combine, &m, columns.Data, a.Data, []float64{c})
}

// addElements adds c·Σ, of what has no columns.
func addElements(columns relent.Matrix[float64], c float64, f form) {
	for j := range columns.Rows {
		column := columns.Row(j)
		for i := j; i < len(column); i++ {
			column[i] += float64(c * f.covariance(i, j))
		}
	}
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
	factored
	sigma  relent.Matrix[float64] // its lower triangle as given, or no data
	upper  sharedUpper            // or its upper one
	log    float64                // det Σ
	white  late[*relent.Factor[float64]]
	solver late[tails] // of which row 0 has no zeros, and row k the k-1 of a column of a triangle
}

// newCovarianceForm is the form of L by columns, with sigma if that is known.
func newCovarianceForm(sigma, columns relent.Matrix[float64]) (*covarianceForm, error) {
	if !finiteUpper(columns) {
		return nil, unsound(columns)
	}
	t := &covarianceForm{sigma: sigma}
	t.columns, t.pivot = columns, make([]float64, columns.Rows)
	if err := t.begin(); err != nil {
		return nil, err
	}
	return t, nil
}

// begin sets what follows from L.
func (t *covarianceForm) begin() error {
	for j := range t.pivot {
		p := t.columns.Row(j)[j]
		if !(p > 0) || !finite(1/p) {
			return unsound(t.columns)
		}
		t.pivot[j] = p
	}
	t.log = float64(2 * logProduct(t.pivot))
	return nil
}

// sharedUpper is the upper triangle of a d×d matrix in a block of d rows of d+1, which it shares with L: before column j of L, in row j,
// stands the triangle's row d-1-j.
type sharedUpper struct {
	dim  int
	data []float64 // or nil
}

func (u sharedUpper) row(i int) []float64 { return u.data[(u.dim-1-i)*(u.dim+1):][:u.dim-i] }

// columns are for those of L.
func (u sharedUpper) columns() relent.Matrix[float64] {
	return relent.Matrix[float64]{Rows: u.dim, Cols: u.dim, Stride: u.dim + 1, Data: u.data[1:]}
}

// toLower sets the lower triangle of zeros.
func (u sharedUpper) toLower(a relent.Matrix[float64]) {
	for j := range u.dim {
		for i, v := range u.row(j) {
			a.Data[(j+i)*a.Stride+j] = v
		}
	}
}

// unsound says why L is no factor for scoring.
func unsound(columns relent.Matrix[float64]) error {
	_, err := relent.NewFactor(make([]float64, columns.Rows), transposedTriangle(columns, true))
	return err
}

func (t *covarianceForm) dim() int               { return len(t.pivot) }
func (t *covarianceForm) rank() int              { return t.dim() }
func (t *covarianceForm) logDet() float64        { return t.log }
func (t *covarianceForm) factor() *factored      { return &t.factored }
func (t *covarianceForm) successive() successive { return t.each.get(t.newSuccessive) }
func (t *covarianceForm) tails() tails           { return t.solver.get(t.newTails) }

func (t *covarianceForm) whitener() *relent.Factor[float64] { return t.white.get(t.newWhitener) }

// newWhitener cannot fail: L is sound.
func (t *covarianceForm) newWhitener() *relent.Factor[float64] {
	return sound(relent.NewFactor(make([]float64, t.dim()), transposedTriangle(t.columns, true)))
}

// sound is a factor whose values have been checked.
func sound(f *relent.Factor[float64], err error) *relent.Factor[float64] {
	if err != nil {
		panic(err)
	}
	return f
}

func (t *covarianceForm) newTails() tails {
	return newTails(t.whitener(), transposedTriangle(t.columns, true), 1, relent.NewFactor[float64])
}

func (t *covarianceForm) newSuccessive() successive {
	s := t.factored.newSuccessive()
	if t.known() {
		for j := range t.pivot {
			s.take(j, twofold{high: t.covariance(j, j)})
		}
	}
	return s
}

func (t *covarianceForm) covariance(i, j int) float64 {
	i, j = max(i, j), min(i, j)
	switch {
	case t.upper.data != nil:
		return t.upper.row(j)[i-j]
	case t.sigma.Data != nil:
		return t.sigma.Row(i)[j]
	}
	return t.factored.covariance(i, j)
}

func (t *covarianceForm) addColumns(columns relent.Matrix[float64], c float64) {
	addTriangle(columns, c, t.square.get(t.newSquare))
}

func (t *covarianceForm) newSquare() relent.Matrix[float64] {
	if !t.known() {
		return t.factored.newSquare()
	}
	square := newMatrix(t.dim(), t.dim())
	addElements(square, 1, t)
	return square
}

// known tells whether there is more than L.
func (t *covarianceForm) known() bool { return t.upper.data != nil || t.sigma.Data != nil }

// lower is the lower triangle as given, or no data.
func (t *covarianceForm) lower() relent.Matrix[float64] {
	if t.upper.data == nil {
		return t.sigma
	}
	a := newMatrix(t.dim(), t.dim())
	t.upper.toLower(a)
	return a
}

func (t *covarianceForm) given(to twofoldMatrix) {
	switch {
	case t.upper.data != nil:
		t.upper.toLower(to.high)
	case t.sigma.Data != nil:
		copyTriangle(to.high, t.sigma)
	default:
		t.addProducts(to)
	}
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

func (t *covarianceForm) doubleScorer(mean []float64) scorer[float64] {
	return withMean(t.whitener(), mean)
}

func (t *covarianceForm) singleScorer(mean []float64) scorer[float32] {
	return singleScorer(mean, t.pivot, t.whitener(), func() (*relent.Factor[float32], error) {
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
	white    late[*relent.Factor[float64]]
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
	p := &precisionForm{prec: prec, m: m, pivot: diagonalOf(m)}
	for i, v := range p.pivot {
		if !(v > 0) || !allFinite(m.Row(i)[:i+1]) {
			_, err := relent.NewPrecisionFactor(make([]float64, m.Rows), m)
			return nil, err
		}
	}
	p.log = float64(-2 * logProduct(p.pivot))
	p.covered = newLazy(func() *factored { return newFactored(invertLower(m)) })
	p.tails = newLazy(func() tails { return newTails(p.whitener(), m, 1, relent.NewPrecisionFactor[float64]) })
	p.reversed = newLazy(func() tails {
		lower := reverseTranspose(m)
		f := sound(relent.NewFactor(make([]float64, m.Rows), lower)) // the pivots are those of m
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

func (p *precisionForm) dim() int                    { return len(p.pivot) }
func (p *precisionForm) rank() int                   { return p.dim() }
func (p *precisionForm) logDet() float64             { return p.log }
func (p *precisionForm) factor() *factored           { return p.covered.get() }
func (p *precisionForm) covariance(i, j int) float64 { return p.factor().covariance(i, j) }
func (p *precisionForm) addColumns(columns relent.Matrix[float64], c float64) {
	p.factor().addColumns(columns, c)
}

func (p *precisionForm) subset(vars []int) (form, error) { return subsetByCovariance(p, vars) }
func (p *precisionForm) successive() successive          { return p.factor().successive() }

func (p *precisionForm) whitener() *relent.Factor[float64] {
	return p.white.get(func() *relent.Factor[float64] {
		return sound(relent.NewPrecisionFactor(make([]float64, p.dim()), p.m))
	})
}

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

func (p *precisionForm) doubleScorer(mean []float64) scorer[float64] {
	return withMean(p.whitener(), mean)
}

func (p *precisionForm) singleScorer(mean []float64) scorer[float32] {
	return singleScorer(mean, p.pivot, p.whitener(), func() (*relent.Factor[float32], error) {
		return relent.NewPrecisionFactor(singles(mean), singleMatrix(p.m))
	})
}

// A diagonalForm has independent variables.
type diagonalForm struct {
	v         []float64 // the variances
	s         []float64 // their roots
	isotropic bool      // all variances are the same
	log       float64   // det Σ
	white     late[*relent.Factor[float64]]
	full      late[*factored]
}

// newDiagonalForm keeps v.
func newDiagonalForm(v []float64) (*diagonalForm, error) {
	f := &diagonalForm{v: v, s: make([]float64, len(v)), isotropic: true}
	for i, x := range v {
		if !(x > 0) || math.IsInf(x, 1) {
			return nil, &NotPositiveDefiniteError{"variance", i, x}
		}
		f.s[i] = math.Sqrt(x)
		f.isotropic = f.isotropic && x == v[0]
	}
	f.log = logProduct(v)
	return f, nil
}

func (f *diagonalForm) newFull() *factored {
	columns := newMatrix(len(f.v), len(f.v))
	for i, s := range f.s {
		columns.Row(i)[i] = s
	}
	return newFactored(columns)
}

// newWhitener cannot fail: the root of a variance has a finite inverse.
func (f *diagonalForm) newWhitener() *relent.Factor[float64] {
	return sound(relent.NewDiagonalFactor(make([]float64, len(f.v)), f.s))
}

func (f *diagonalForm) dim() int                          { return len(f.v) }
func (f *diagonalForm) rank() int                         { return f.dim() }
func (f *diagonalForm) logDet() float64                   { return f.log }
func (f *diagonalForm) factor() *factored                 { return f.full.get(f.newFull) }
func (f *diagonalForm) whitener() *relent.Factor[float64] { return f.white.get(f.newWhitener) }
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

func (f *diagonalForm) addColumns(columns relent.Matrix[float64], c float64) {
	for j, v := range f.v {
		columns.Row(j)[j] += float64(c * v)
	}
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

func (f *diagonalForm) doubleScorer(mean []float64) scorer[float64] {
	return withMean(f.whitener(), mean)
}

func (f *diagonalForm) singleScorer(mean []float64) scorer[float32] {
	return singleScorer(mean, f.s, f.whitener(), func() (*relent.Factor[float32], error) {
		return relent.NewDiagonalFactor(singles(mean), singles(f.s))
	})
}

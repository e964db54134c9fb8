package mvn

import (
	"errors"
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// NewNormalLowRank returns the distribution with mean mu and covariance diag(variance) + WWᵀ, W the d×r matrix factor: the
// variables are independent given r common factors. A row is scored in O(d·r), without a d×d matrix.
//
// With y = x-μ, B = D^-½W and t = (I+BᵀB)⁻¹BᵀD^-½y, the squared distance is ‖D^-½y - Bt‖² + ‖t‖² (Woodbury's identity as a
// minimum over t): never negative, and an error of t counts only squared.
//
// CovarianceMatrix, MarginalNormal and ConditionNormal keep to this structure where they can. Divergences, except
// KullbackLeibler from a diagonal one, Quantile and TransformNormal make the d×d factor, once.
func NewNormalLowRank(mu []float64, factor *mat.Dense, variance []float64) (*Normal, error) {
	if err := checkMean(mu, "variance", len(variance)); err != nil {
		return nil, err
	}
	if factor == nil {
		return nil, errors.New("mvn: the factor is nil")
	}
	rows, cols := factor.Dims()
	if rows != len(mu) {
		return nil, fmt.Errorf("mvn: the factor is %d×%d, the mean has length %d", rows, cols, len(mu))
	}
	w := newMatrix(rows, cols)
	for i := range rows {
		for j := range cols {
			v := factor.At(i, j)
			if !finite(v) {
				return nil, fmt.Errorf("mvn: element (%d, %d) of the factor is %g", i, j, v)
			}
			w.Row(i)[j] = v
		}
	}
	f, err := newLowRankForm(w, append([]float64(nil), variance...))
	if err != nil {
		return nil, err
	}
	return newNormal(mu, f), nil
}

// A lowRankForm is Σ = D + WWᵀ.
type lowRankForm struct {
	w       relent.Matrix[float64]
	v       []float64              // the diagonal of D
	s       []float64              // its roots
	b       relent.Matrix[float64] // D^-½W
	inner   *factored              // of I + BᵀB
	log     float64                // det Σ
	covered *lazy[*covarianceForm]
	each    *lazy[successive]
}

// newLowRankForm keeps w and v.
func newLowRankForm(w relent.Matrix[float64], v []float64) (*lowRankForm, error) {
	d, r := w.Rows, w.Cols
	f := &lowRankForm{w: w, v: v, b: newMatrix(d, r)}
	columns := identity(r)
	rotated := make([]float64, r)
	for i, x := range v {
		if !(x > 0) || math.IsInf(x, 1) {
			return nil, &NotPositiveDefiniteError{"variance", i, x}
		}
		f.s = append(f.s, math.Sqrt(x))
		for k, value := range w.Row(i) {
			f.b.Row(i)[k] = value / f.s[i]
		}
		copy(rotated, f.b.Row(i))
		update(columns, rotated)
	}
	f.inner = newFactored(columns)
	f.log = logProduct(v) + float64(2*logProduct(f.inner.pivot))
	if !finite(f.log) {
		return nil, fmt.Errorf("mvn: the factor is too large for the variances: log det Σ is %g", f.log)
	}
	f.covered = newLazy(f.cover)
	f.each = newLazy(f.newSuccessive)
	return f, nil
}

// cover makes the d×d factor, by updates that cannot fail.
func (f *lowRankForm) cover() *covarianceForm {
	columns := newMatrix(f.dim(), f.dim())
	for i, s := range f.s {
		columns.Row(i)[i] = s
	}
	w := transposed(f.w)
	for k := range w.Rows {
		update(columns, w.Row(k))
	}
	t, err := newCovarianceForm(relent.Matrix[float64]{}, columns)
	if err != nil {
		panic(err)
	}
	return t
}

func (f *lowRankForm) dim() int                          { return len(f.v) }
func (f *lowRankForm) rank() int                         { return f.dim() }
func (f *lowRankForm) logDet() float64                   { return f.log }
func (f *lowRankForm) factor() *factored                 { return f.covered.get().factor() }
func (f *lowRankForm) whitener() *relent.Factor[float64] { return f.covered.get().whitener() }
func (f *lowRankForm) successive() successive            { return f.each.get() }
func (f *lowRankForm) transform(dst, x []float64)        { f.factor().transform(dst, x) }

func (f *lowRankForm) given(to twofoldMatrix) {
	for i, v := range f.v {
		for j := range i + 1 {
			var sum twofold
			if i == j {
				sum.high = v
			}
			for k, a := range f.w.Row(i) {
				sum.addProduct(a, f.w.Row(j)[k])
			}
			to.high.Row(i)[j], to.low.Row(i)[j] = sum.high, sum.low
		}
	}
}

// newSuccessive takes O(d·r²). Given variables, the common factors have the covariance I - FFᵀ; so of the variance wᵀw + v of the
// next one, these explain tᵀt, t = Fᵀw, and FFᵀ grows by ggᵀ/p, g = w - Ft and p what was left of the variance. All of it is in
// twice the precision: rows of W that are orthogonal but for rounding explain nearly nothing of each other.
func (f *lowRankForm) newSuccessive() successive {
	d, r := f.dim(), f.w.Cols
	s := newSuccessive(d)
	columns := make([][]twofold, r) // of F, which is lower triangular: column k from element k on
	for k := range columns {
		columns[k] = make([]twofold, r-k)
	}
	g := make([]twofold, r)
	for j, v := range f.v {
		w := f.w.Row(j)
		left := twofold{high: v}
		for k, a := range w {
			g[k] = twofold{high: a}
			left.addProduct(a, a)
		}
		for k, column := range columns {
			t := twofold{}
			for i, c := range column {
				t = t.plus(c.times(twofold{high: w[k+i]}))
			}
			for i, c := range column {
				g[k+i] = g[k+i].minus(c.times(t))
			}
			square := t.times(t)
			s.explained[j] += square.high
			left = left.minus(square)
		}
		s.high[j], s.low[j] = left.high, left.low
		root := left.root()
		for k := range g {
			g[k] = g[k].over(root)
		}
		rotate(columns, g)
	}
	return s
}

// rotate is update of columns in twice the precision: column k from element k on.
func rotate(columns [][]twofold, w []twofold) {
	for k, column := range columns {
		rest := w[k:]
		square := column[0].times(column[0]).plus(rest[0].times(rest[0]))
		if square.high < 0x1p-900 { // nothing, beside 1
			continue
		}
		r := square.root()
		c, s := column[0].over(r), rest[0].over(r)
		for i, l := range column {
			column[i] = c.times(l).plus(s.times(rest[i]))
			rest[i] = c.times(rest[i]).minus(s.times(l))
		}
	}
}

func (f *lowRankForm) covariance(i, j int) float64 {
	c := dot(f.w.Row(i), f.w.Row(j))
	if i == j {
		c += f.v[i]
	}
	return c
}

func (f *lowRankForm) addColumns(columns relent.Matrix[float64], c float64) {
	addElements(columns, c, f)
}

func (f *lowRankForm) subset(vars []int) (form, error) {
	return newLowRankForm(selectedRows(f.w, vars), selected(f.v, vars))
}

func selectedRows(a relent.Matrix[float64], which []int) relent.Matrix[float64] {
	b := newMatrix(len(which), a.Cols)
	for i, k := range which {
		copy(b.Row(i), a.Row(k))
	}
	return b
}

// condition keeps the structure: given the observed, the common factors are normal with mean t and covariance CCᵀ,
// C = R⁻ᵀ, RRᵀ = I + BᵀB of the observed.
func (f *lowRankForm) condition(observed, rest []int, y []float64) ([]float64, form, error) {
	o, err := newLowRankForm(selectedRows(f.w, observed), selected(f.v, observed))
	if err != nil {
		return nil, nil, err
	}
	t := make([]float64, f.w.Cols)
	y = append([]float64(nil), y...)
	o.common(t, y)
	shift, w := make([]float64, len(rest)), selectedRows(f.w, rest)
	for i := range rest {
		shift[i] = dot(w.Row(i), t)
		forward(o.inner.columns, w.Row(i))
	}
	r, err := newLowRankForm(w, selected(f.v, rest))
	return shift, r, err
}

// forward replaces x by L⁻¹x, L by columns.
func forward(columns relent.Matrix[float64], x []float64) {
	for k := range x {
		column := columns.Row(k)
		x[k] /= column[k]
		axpy(-x[k], column[k+1:], x[k+1:])
	}
}

// backward replaces x by L⁻ᵀx.
func backward(columns relent.Matrix[float64], x []float64) {
	for k := len(x) - 1; k >= 0; k-- {
		column := columns.Row(k)
		x[k] = (x[k] - dot(column[k+1:], x[k+1:])) / column[k]
	}
}

// common replaces y by D^-½y and computes t, the mean of the common factors given y.
func (f *lowRankForm) common(t, y []float64) {
	clear(t)
	for i, s := range f.s {
		y[i] /= s
		axpy(y[i], f.b.Row(i), t)
	}
	forward(f.inner.columns, t)
	backward(f.inner.columns, t)
}

func (f *lowRankForm) workspace() int { return f.w.Cols }

// sqMahalanobis computes with a scaled down row what would overflow; a result that is too large becomes +Inf.
func (f *lowRankForm) sqMahalanobis(x, mean, t []float64) float64 {
	largest := 0.0
	for i, m := range mean {
		if !finite(x[i]) {
			return math.NaN()
		}
		x[i] -= m
		largest = max(largest, math.Abs(x[i])/f.s[i])
	}
	const large, down = 0x1p400, 0x1p-600
	scale := 1.0
	if largest > large {
		scale = down
		if math.IsInf(largest, 1) {
			return largest
		}
		for i := range x {
			x[i] *= down
		}
	}
	f.common(t, x)
	sum := dot(t, t)
	for i, y := range x {
		e := y - dot(f.b.Row(i), t)
		sum += float64(e * e)
	}
	return sum / scale / scale
}

// solve is D^-½(D^-½y - Bt).
func (f *lowRankForm) solve(x, mean, t []float64) {
	for i, m := range mean {
		x[i] -= m
	}
	f.common(t, x)
	for i, y := range x {
		x[i] = (y - dot(f.b.Row(i), t)) / f.s[i]
	}
}

func (f *lowRankForm) doubleScorer(mean []float64) scorer[float64] {
	return newRowScorer[float64](f, mean)
}
func (f *lowRankForm) singleScorer(mean []float64) scorer[float32] {
	return newRowScorer[float32](f, mean)
}

package relent

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/parallel"
)

// A Factor computes squared Mahalanobis distances (x-μ)ᵀΣ⁻¹(x-μ) of many rows x from a mean μ under a covariance Σ = LLᵀ, which it
// packs once.
// With z = L⁻¹(x-μ), by forward substitution, the distance is the sum of the squares of z: never negative, and accurate relative to the
// given L. The z are the exact solution for an L perturbed by at most d+2 units of rounding (2^-53, or 2^-24 for float32) and an x-μ
// perturbed by one. The distance has a relative error of at most 2e-15 (float32: 1e-6) for a diagonal L of any size and a well-conditioned
// one of up to 512 columns; otherwise of about a unit of rounding times the root of Σ's condition number.
// A row with a NaN gives NaN; one with an infinity and no NaN distance +Inf, log density -Inf, and NaN for z.
// A result that fits into F comes out, also if x-μ, z or a square does not; squared distances below 2^-960 (float32: 2^-100) lose digits.
type Factor[F Float] struct {
	dim   int
	mean  []F
	model []F // of the unrolled kernels, or of a diagonal L
	*packed[F]
	free freelist.List[*workspace[F]]
}

// packed is L for the kernels.
type packed[F Float] struct {
	lower   Matrix[F] // L, or its inverse; no data if it is diagonal
	inverse bool
	scale   []F               // the inverses of L's diagonal
	quads   []F               // lower, four rows after another, column by column with the inverse pivots, and zeros
	columns func() []F        // lower, for one row at a time
	upper   func() *Factor[F] // Lᵀ with rows and columns reversed, and so lower triangular, without a mean
}

// NewFactor packs a mean and L, whose lower triangle is read. A pivot not positive, or without finite inverse, or a value not finite, is
// an error.
func NewFactor[F Float](mean []F, lower Matrix[F]) (*Factor[F], error) {
	return newFactor("NewFactor", mean, lower, false)
}

// NewPrecisionFactor is [NewFactor] given M = L⁻¹: the precision Σ⁻¹ is MᵀM.
func NewPrecisionFactor[F Float](mean []F, lower Matrix[F]) (*Factor[F], error) {
	return newFactor("NewPrecisionFactor", mean, lower, true)
}

// NewDiagonalFactor is [NewFactor] of a diagonal L, the standard deviations.
func NewDiagonalFactor[F Float](mean, deviation []F) (*Factor[F], error) {
	const name = "NewDiagonalFactor"
	if len(mean) != len(deviation) {
		panic(fmt.Sprintf("relent: %s: the mean has %d elements, the deviations are %d", name, len(mean), len(deviation)))
	}
	p := &packed[F]{scale: make([]F, 0, len(deviation))}
	for i, d := range deviation {
		if err := p.addPivot(name, i, d, false); err != nil {
			return nil, err
		}
	}
	return p.factor(name, mean)
}

func newFactor[F Float](name string, mean []F, lower Matrix[F], inverse bool) (*Factor[F], error) {
	lower.check(name, "lower")
	if lower.Rows != lower.Cols || lower.Rows != len(mean) {
		panic(fmt.Sprintf("relent: %s: lower is %d×%d, the mean has %d elements", name, lower.Rows, lower.Cols, len(mean)))
	}
	p := &packed[F]{lower: NewMatrix[F](len(mean), len(mean)), inverse: inverse}
	for i := range mean {
		row := lower.Row(i)
		if !allFinite(row[:i]) {
			j := slices.IndexFunc(row[:i], func(x F) bool { return !finite(float64(x)) })
			return nil, fmt.Errorf("relent: %s: lower[%d][%d] is %v", name, i, j, row[j])
		}
		if err := p.addPivot(name, i, row[i], inverse); err != nil {
			return nil, err
		}
		copy(p.lower.Row(i), row[:i+1])
	}
	p.quads = p.pack()
	p.columns = sync.OnceValue(p.packColumns)
	p.upper = sync.OnceValue(p.reverse)
	return p.factor(name, mean)
}

func (p *packed[F]) addPivot(name string, i int, pivot F, inverse bool) error {
	scale, and := 1/pivot, ", and its inverse too"
	if inverse {
		scale, and = pivot, ""
	}
	if !(pivot > 0) || !finite(float64(pivot)) || !finite(float64(scale)) {
		return fmt.Errorf("relent: %s: pivot %d is %v: it must be positive and finite%s", name, i, pivot, and)
	}
	p.scale = append(p.scale, scale)
	return nil
}

// pack lays the factor out for the tiles.
func (p *packed[F]) pack() []F {
	dim := len(p.scale)
	rows := wholeTiles(dim)
	quads := make([]F, 2*rows*(rows/quad+1))
	rest := quads
	for first := 0; first < rows; first += quad {
		whole := 0 // columns of four rows
		if first+quad <= dim {
			whole = first
			p.packRows(rest[:quad*whole], first)
		}
		for i := first; i < min(first+quad, dim); i++ {
			column := rest[i-first:]
			for j, x := range p.lower.Row(i)[whole:i] {
				column[(whole+j)*quad] = x
			}
			column[i*quad] = p.scale[i]
		}
		rest = rest[quad*(first+quad):]
	}
	return quads
}

// packRows lays out the columns of four rows that come before their diagonal block.
func (p *packed[F]) packRows(columns []F, first int) {
	n := len(columns) / quad
	a, b, c, d := p.lower.Row(first)[:n], p.lower.Row(first + 1)[:n], p.lower.Row(first + 2)[:n], p.lower.Row(first + 3)[:n]
	for j, x := range a {
		column := (*[quad]F)(columns[quad*j:])
		column[0], column[1], column[2], column[3] = x, b[j], c[j], d[j]
	}
}

// reverse is the factor of z ↦ L⁻ᵀz for reversed vectors.
func (p *packed[F]) reverse() *Factor[F] {
	n := len(p.scale)
	lower := NewMatrix[F](n, n)
	for i := range n {
		for j := range i + 1 {
			lower.Row(i)[j] = p.lower.Row(n - 1 - j)[n-1-i]
		}
	}
	f, err := newFactor("reverse", make([]F, n), lower, p.inverse)
	if err != nil {
		panic(err) // its values are those of a factor
	}
	return f
}

func (p *packed[F]) factor(name string, mean []F) (*Factor[F], error) {
	for i, x := range mean {
		if !finite(float64(x)) {
			return nil, fmt.Errorf("relent: %s: mean[%d] is %v", name, i, x)
		}
	}
	f := &Factor[F]{dim: len(mean), packed: p}
	f.mean = make([]F, wholeTiles(f.dim))
	copyInParts(f.mean, mean)
	if p.lower.Data == nil {
		f.model = f.deviationModel()
	} else if f.dim > 0 && f.dim <= maxUnrolled && !p.inverse {
		f.model = f.unrolledModel()
	}
	return f, nil
}

// deviationModel holds for each group of columns their means and scales. The last group of a row goes back to where
// it is whole, and the scales of the columns that were in another one are 0.
func (f *Factor[F]) deviationModel() []F {
	width := deviations.width(f.dim, size[F]())
	model := make([]F, 0, 2*(width+quad))
	group := func(first, counted int) {
		means, scales := [quad]F{}, [quad]F{}
		for i := range quad {
			if j := first + i; j >= counted && j < f.dim {
				means[i], scales[i] = f.mean[j], f.scale[j]
			}
		}
		model = append(append(model, means[:]...), scales[:]...)
	}
	for first := 0; first < width; first += quad {
		group(min(first, width-quad), first)
	}
	return model
}

// unrolledModel holds the mean, and for each column of L the inverse pivot and what stands below it.
func (f *Factor[F]) unrolledModel() []F {
	width := unrolled.width(f.dim, size[F]())
	model := append([]F(nil), f.mean[:width]...)
	for j := range width {
		for i := j; i < width; i++ {
			var x F
			switch {
			case i >= f.dim:
			case i == j:
				x = f.scale[i]
			default:
				x = f.lower.Row(i)[j]
			}
			model = append(model, x)
		}
	}
	return model
}

// WithMean is the same L with another mean, which must be finite.
func (f *Factor[F]) WithMean(mean []F) (*Factor[F], error) {
	if len(mean) != f.dim {
		panic(fmt.Sprintf("relent: WithMean: the mean has %d elements, the factor %d columns", len(mean), f.dim))
	}
	return f.packed.factor("WithMean", mean)
}

// Dim is the number of columns of the rows.
func (f *Factor[F]) Dim() int { return f.dim }

// SqMahalanobis computes the squared Mahalanobis distance of every row of x.
func (f *Factor[F]) SqMahalanobis(dst []F, x Matrix[F], run Run) ([]F, error) {
	dst = f.sized("SqMahalanobis", dst, x)
	if run.plain() {
		f.distances(nil, dst, x)
		return dst, nil
	}
	return dst, f.eachRow(run, rowsJob[F]{result: squaredDistance, dst: dst, x: x})
}

// Mahalanobis computes roots of [Factor.SqMahalanobis], which need not fit.
func (f *Factor[F]) Mahalanobis(dst []F, x Matrix[F], run Run) ([]F, error) {
	dst = f.sized("Mahalanobis", dst, x)
	return dst, f.eachRow(run, rowsJob[F]{result: rootOfSquared, dst: dst, x: x})
}

// LogDensity computes logNorm - ½(x-μ)ᵀΣ⁻¹(x-μ) for rows of x, the difference rounded once: the log density (B.8) for logNorm =
// -½(d log 2π + log det Σ).
func (f *Factor[F]) LogDensity(dst []F, x Matrix[F], logNorm F, run Run) ([]F, error) {
	dst = f.sized("LogDensity", dst, x)
	if run.plain() {
		f.logDensity(nil, dst, x, logNorm)
		return dst, nil
	}
	return dst, f.eachRow(run, rowsJob[F]{result: densityOfNormal, dst: dst, x: x, logNorm: logNorm})
}

// Whiten computes z = L⁻¹(x-μ) for every row of x. dst may be x.
func (f *Factor[F]) Whiten(dst, x Matrix[F], run Run) (Matrix[F], error) {
	f.checkRows("Whiten", x)
	dst = dst.sized("Whiten", "dst", x.Rows, f.dim)
	if f.dim == 0 {
		return dst, nil
	}
	return dst, f.eachRow(run, rowsJob[F]{result: whitenedRow, rows: dst, x: x})
}

// Solve computes Σ⁻¹(x-μ), minus the log density's gradient. dst may be x.
func (f *Factor[F]) Solve(dst, x Matrix[F], run Run) (Matrix[F], error) {
	f.checkRows("Solve", x)
	dst = dst.sized("Solve", "dst", x.Rows, f.dim)
	if f.dim == 0 {
		return dst, nil
	}
	return dst, f.eachRow(run, rowsJob[F]{result: solvedRow, rows: dst, x: x})
}

// A rowsJob computes something of each row of x: a number, in dst, or a row.
type rowsJob[F Float] struct {
	parallel.Parts
	factor  *Factor[F]
	result  rowResult
	dst     []F
	rows    Matrix[F]
	x       Matrix[F]
	logNorm F
}

type rowResult uint8

const (
	squaredDistance rowResult = iota
	rootOfSquared
	densityOfNormal
	whitenedRow
	solvedRow
)

// eachRow does a job; under no [Run], at once.
func (f *Factor[F]) eachRow(run Run, j rowsJob[F]) error {
	j.factor = f
	if run.plain() {
		j.compute(nil, 0, j.x.Rows)
		return nil
	}
	by := run.parallel()
	j.Parts = f.parts(by, j.x.Rows, 0)
	return parallel.Do(by, j)
}

// Tile computes a part.
func (j rowsJob[F]) Tile(by *parallel.Worker, t int) error {
	from, to := j.Part(t)
	j.compute(by, from, to)
	by.Done(to - from)
	return nil
}

func (j *rowsJob[F]) compute(by *parallel.Worker, from, to int) {
	f, x := j.factor, j.x.Slice(from, to)
	switch j.result {
	case squaredDistance:
		f.distances(by, j.dst[from:to], x)
	case rootOfSquared:
		f.distances(by, j.dst[from:to], x)
		f.takeRoots(by, j.dst[from:to], x)
	case densityOfNormal:
		f.logDensity(by, j.dst[from:to], x, j.logNorm)
	case whitenedRow:
		f.whiten(by, j.rows.Slice(from, to), x, nil)
	case solvedRow:
		f.solve(by, j.rows.Slice(from, to), x)
	}
}

// parts cuts rows, which are measured from so many centres besides, into parts of about half a millisecond at most, and of whole tiles
// of every kernel, or of this one.
func (f *Factor[F]) parts(run parallel.Run, rows, centers int) parallel.Parts {
	const (
		whole     = 192
		partFlops = 16 * callFlops
	)
	d := float64(f.dim)
	flops := float64(d * (d + 16))
	if f.lower.Data == nil {
		flops = float64(16 * d)
	}
	most := int(partFlops / max(1, flops+float64(2*float64(centers)*d)))
	if most >= whole {
		return run.Parts(rows, whole, most)
	}
	s := panelShape[F]()
	return run.Parts(rows, s.lanes*s.group, most)
}

// densityRows are few enough for their distances to stay in the cache.
const densityRows = 1024

func (f *Factor[F]) logDensity(by *parallel.Worker, dst []F, x Matrix[F], logNorm F) {
	for from := 0; from < x.Rows; from += densityRows {
		to := min(from+densityRows, x.Rows)
		unbounded := f.distances(by, dst[from:to], x.Slice(from, to))
		logDensities(dst[from:to], dst[from:to], logNorm)
		if unbounded {
			f.mendDensities(by, dst[from:to], x.Slice(from, to), logNorm)
		}
	}
}

// mendDensities computes the densities of finite rows whose distance is too large for F: half of it may fit.
func (f *Factor[F]) mendDensities(by *parallel.Worker, dst []F, x Matrix[F], logNorm F) {
	r := f.start(by)
	for i, d := range dst {
		if by.Stopped() {
			break
		}
		if !finite(float64(d)) && allFinite(x.Row(i)) {
			dst[i] = logDensityOf(r.extendedDistance(x.Row(i), f.mean), logNorm)
		}
	}
	r.end()
}

// logDensities computes logNorm - ½d for every distance d. NaNs stay as they are.
func logDensities[F Float](dst, distance []F, logNorm F) {
	reads(distance)
	writes(dst)
	model := [2]F{-0.5, logNorm}
	lanes := panelShape[F]().lanes
	for len(dst) >= lanes {
		panels := min(len(dst), callElements) / lanes
		affine(dst, distance, model[:], panels)
		dst, distance = dst[panels*lanes:], distance[panels*lanes:]
	}
	if isFloat64[F]() {
		affineF64Generic(as[float64](dst), as[float64](distance), as[float64](model[:]), len(dst))
	} else {
		affineF32Generic(as[float32](dst), as[float32](distance), as[float32](model[:]), len(dst))
	}
}

// takeRoots takes the roots of the squared distances of rows, and computes again where those are out of range.
func (f *Factor[F]) takeRoots(by *parallel.Worker, distances []F, x Matrix[F]) {
	least, most := leastSquares[F](), mostFinite[F]()
	for i := 0; i < len(distances); i++ {
		if d := distances[i]; d >= least && d <= most {
			distances[i] = F(math.Sqrt(float64(d)))
		} else if f.dim > 0 && d == d {
			f.mendRoots(by, distances[i:], x.Slice(i, x.Rows))
			return
		}
	}
}

// mendRoots is takeRoots of rows of which the first is out of range.
func (f *Factor[F]) mendRoots(by *parallel.Worker, distances []F, x Matrix[F]) {
	least, most := leastSquares[F](), mostFinite[F]()
	r := f.start(by)
	for i, d := range distances {
		switch {
		case d >= least && d <= most:
			distances[i] = F(math.Sqrt(float64(d)))
		case by.Stopped(), d != d, !allFinite(x.Row(i)): // as it is, canonical
		default:
			distances[i] = F(r.extendedDistance(x.Row(i), f.mean).root().float())
		}
	}
	r.end()
}

// leastSquares is the least sum of squares that has lost nothing to those that are subnormal.
func leastSquares[F Float]() F {
	if isFloat64[F]() {
		least := 0x1p-960
		return F(least)
	}
	return 0x1p-100
}

// mostFinite is the largest number.
func mostFinite[F Float]() F {
	if isFloat64[F]() {
		most := math.MaxFloat64
		return F(most)
	}
	return math.MaxFloat32
}

func (f *Factor[F]) solve(by *parallel.Worker, dst, x Matrix[F]) {
	if f.lower.Data == nil {
		f.solveDiagonal(dst, x)
		return
	}
	r := f.start(by)
	r.workspace.scaled = r.scaled[:0]
	f.whiten(by, dst, x, &r.workspace.scaled)
	reverseRows(dst)
	f.upper().whiten(by, dst, dst, nil)
	reverseRows(dst)
	for _, s := range r.scaled {
		for j, v := range dst.Row(s.row) {
			dst.Row(s.row)[j] = F(math.Ldexp(float64(v), s.by))
		}
	}
	r.end()
}

func reverseRows[F Float](m Matrix[F]) {
	for i := range m.Rows {
		slices.Reverse(m.Row(i))
	}
}

func (f *Factor[F]) checkRows(method string, x Matrix[F]) {
	x.check(method, "x")
	if x.Cols != f.dim {
		panic(fmt.Sprintf("relent: %s: x has %d columns, the factor %d", method, x.Cols, f.dim))
	}
}

// sized is dst for the rows of x.
func (f *Factor[F]) sized(method string, dst []F, x Matrix[F]) []F {
	f.checkRows(method, x)
	return sized(method, "dst", dst, x.Rows)
}

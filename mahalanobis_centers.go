package relent

import (
	"fmt"
	"math"

	"github.com/relent-go/relent/internal/parallel"
)

// Centers holds K means that share a covariance, for distances from each, as in mixtures with a tied one and linear discriminant
// analysis. Methods are as those of [Factor]. Distances are those between whitened rows and means, as accurate as Factor has them; adding d
// squares has a relative error of at most d/32+36 units of rounding. A mean that is not finite gives NaN.
type Centers[F Float] struct {
	factor *Factor[F]
	means  Matrix[F]
	quads  []F   // the whitened means, four after another, column by column, with zeros
	apart  []int // the means that are not finite, or so far out that distances are computed of extended numbers

	each    []*Factor[F] // if covariances are not shared
	models  []F          // of these, if all are diagonal
	abreast func() []F   // of these, side by side, if all have lower triangles

	triangles bool // whether they have
}

// centerBlock is how many columns are added one after the other, and then to the sum of the blocks before.
const centerBlock = 32

// Centers are the rows of means under the same covariance.
func (f *Factor[F]) Centers(means Matrix[F]) *Centers[F] {
	f.checkRows("Centers", means)
	g := f.full()
	c := &Centers[F]{factor: g, means: NewMatrix[F](means.Rows, f.dim), quads: make([]F, 0, wholeTiles(means.Rows)*wholeTiles(f.dim))}
	if f.dim == 0 {
		return c
	}
	whitened, _ := g.Whiten(Matrix[F]{}, means, Run{})
	for k := range means.Rows {
		copy(c.means.Row(k), means.Row(k))
		if z := whitened.Row(k); !nearer(z, farOut[F]()) {
			c.apart = append(c.apart, k)
			clear(z)
		}
	}
	for first := 0; first < wholeTiles(means.Rows); first += quad {
		for j := range wholeTiles(f.dim) {
			for i := first; i < first+quad; i++ {
				var x F
				if i < means.Rows && j < f.dim {
					x = whitened.Row(i)[j]
				}
				c.quads = append(c.quads, x)
			}
		}
	}
	return c
}

// farOut is a squared distance of two points from the mean such that their squared distance from each other fits, if they are
// nearer.
func farOut[F Float]() F { return mostFinite[F]() / 8 }

// nearer tells whether the sum of the squares of z is below a bound.
func nearer[F Float](z []F, bound F) bool {
	var sum F
	for _, v := range z {
		sum += F(v * v)
	}
	return sum < bound
}

// full is f with a lower triangle also where it is diagonal.
func (f *Factor[F]) full() *Factor[F] {
	if f.lower.Data != nil {
		return f
	}
	lower := Matrix[F]{}.sized("Centers", "lower", f.dim, f.dim)
	for i, s := range f.scale {
		lower.Row(i)[i] = s
	}
	g, err := newFactor("Centers", f.mean[:f.dim], lower, true)
	if err != nil {
		panic(err) // its values are those of a factor
	}
	return g
}

// Len is the number of means.
func (c *Centers[F]) Len() int { return c.means.Rows }

// Dim is the number of columns of the rows.
func (c *Centers[F]) Dim() int { return c.factor.dim }

// SqMahalanobis computes squared Mahalanobis distances from mean k into row k.
func (c *Centers[F]) SqMahalanobis(dst Matrix[F], x Matrix[F], run Run) (Matrix[F], error) {
	return c.distances("SqMahalanobis", dst, x, nil, run)
}

// LogDensity computes logNorm[k] - ½(x-μₖ)ᵀΣ⁻¹(x-μₖ) of rows of x into row k.
func (c *Centers[F]) LogDensity(dst Matrix[F], x Matrix[F], logNorm []F, run Run) (Matrix[F], error) {
	if len(logNorm) != c.Len() {
		panic(fmt.Sprintf("relent: LogDensity: logNorm has length %d, there are %d means", len(logNorm), c.Len()))
	}
	return c.distances("LogDensity", dst, x, logNorm, run)
}

func (c *Centers[F]) distances(method string, dst, x Matrix[F], logNorm []F, run Run) (Matrix[F], error) {
	c.factor.checkRows(method, x)
	dst = dst.sized(method, "dst", c.Len(), x.Rows)
	if run.plain() {
		c.walk(nil, dst, 0, x.Rows, x, logNorm)
		return dst, nil
	}
	by := run.parallel()
	return dst, parallel.Do(by, centersJob[F]{c.factor.parts(by, x.Rows, c.costs()), c, dst, x, logNorm})
}

// costs is of how many centers under one covariance the time is about that of these.
func (c *Centers[F]) costs() int {
	if c.each != nil && c.models == nil {
		return c.Len() * max(1, c.Dim()/2)
	}
	return c.Len()
}

// centersJob is the job of the distances, or the densities, of rows from all means.
type centersJob[F Float] struct {
	parallel.Parts
	centers *Centers[F]
	dst, x  Matrix[F]
	logNorm []F
}

// Tile computes a part.
func (j centersJob[F]) Tile(by *parallel.Worker, t int) error {
	from, to := j.Part(t)
	j.centers.walk(by, j.dst, from, to, j.x, j.logNorm)
	by.Done(to - from)
	return nil
}

// walk computes columns from..to of dst.
func (c *Centers[F]) walk(by *parallel.Worker, dst Matrix[F], from, to int, x Matrix[F], logNorm []F) {
	if from == to || c.Len() == 0 {
		return
	}
	if c.factor.dim == 0 {
		for k := range c.Len() {
			out := dst.Row(k)[from:to]
			clearInParts(out)
			if logNorm != nil {
				logDensities(out, out, logNorm[k])
			}
		}
		return
	}
	if c.each != nil {
		c.walkEach(by, dst, from, to, x, logNorm)
		return
	}
	if to-from == 1 && c.ofOne(dst, from, x.Row(from), logNorm) {
		return
	}
	r := c.factor.start(by)
	part := x.Slice(from, to)
	whole := r.whole(part)
	for first := 0; first < part.Rows && !by.Stopped(); {
		rows, end := r.rowsFrom(part, first, whole)
		if n := end - first; !c.rows(r, dst, from+first, n, rows, logNorm) {
			clear(r.panel)
			for i, s := range r.sums[:n] {
				if !(s < farOut[F]()) {
					c.mend(dst, from+first+i, x, logNorm)
				}
			}
		}
		first = end
	}
	for _, k := range c.apart {
		for i := from; i < to && !by.Stopped(); i++ {
			c.computeExtended(r, dst, k, i, x.Row(i), logNorm)
		}
	}
	r.end()
}

// ofOne computes a column of dst, of a row that takes less time alone, unless it is far out or that is for no row, or a mean is.
func (c *Centers[F]) ofOne(dst Matrix[F], column int, x, logNorm []F) bool {
	if !isFloat64[F]() || !c.factor.few(1) || len(c.apart) > 0 {
		return false
	}
	r := c.factor.start(nil)
	z := c.factor.whitenOne(r.workOfOne(), x)
	near := squareNorm(z) < farOut[F]()
	if near {
		width, padded := wholeTiles(r.width), wholeTiles(c.Len())
		r.workspace.between = slice(r.between, padded)
		squareDistancesF64Generic(as[float64](r.between), as[float64](z[:width]), as[float64](c.quads), 0, 1, width, padded, centerBlock)
		for k, d := range r.between[:c.Len()] {
			if logNorm != nil {
				d = fma(d, -0.5, logNorm[k])
			}
			dst.Row(k)[column] = d
		}
	}
	r.end()
	return near
}

// rows computes n columns of dst, from the one given, for whole tiles of rows. It tells whether none of these is far out.
func (c *Centers[F]) rows(r run[F], dst Matrix[F], from, n int, rows Matrix[F], logNorm []F) bool {
	r.workspace.sums = slice(r.sums, rows.Rows)
	r.workspace.between = slice(r.between, wholeTiles(c.Len())*gathered)
	r.whitenAll(r.sums[:rows.Rows], rows, func(panel []F, tile int) {
		c.between(r, r.between[tile%gathered:], panel)
		c.gather(r, dst, from, tile, rows.Slice(0, n), logNorm)
	})
	for _, s := range r.sums[:rows.Rows] {
		if !(s < farOut[F]()) {
			return false
		}
	}
	return true
}

// between computes the squared distances of a tile's rows from all centres, by calls for some of them.
func (c *Centers[F]) between(r run[F], dst, panel []F) {
	width, padded := wholeTiles(r.width), wholeTiles(c.Len())
	step := centersTogether(r.tile, width)
	for from := 0; from < padded && !r.by.Stopped(); from += step {
		to := min(from+step, padded)
		squareDistances(dst[from*gathered:], panel, c.quads[from*width:], r.span(), gathered, width, to-from, centerBlock)
	}
}

// centersTogether is how many centres the kernel is called for, with a tile of rows.
func centersTogether(tile, width int) int {
	return max(2*quad, callFlops/2/tile/width/(2*quad)*(2*quad))
}

// mend computes column i of dst, of a row that holds a value that is not finite, or is far out, or came after such a one.
func (c *Centers[F]) mend(dst Matrix[F], i int, x Matrix[F], logNorm []F) {
	row := x.Slice(i, i+1)
	bounded := allFinite(row.Row(0))
	r := c.factor.start(nil) // a workspace of its own
	if bounded && !c.rows(r, dst, i, 1, r.copied(row), logNorm) {
		clear(r.panel)
	}
	for k := range c.Len() {
		if !bounded || !finite(float64(dst.Row(k)[i])) {
			c.computeExtended(r, dst, k, i, row.Row(0), logNorm)
		}
	}
	r.end()
}

// computeExtended computes element (k, i) of dst of extended numbers.
func (c *Centers[F]) computeExtended(r run[F], dst Matrix[F], k, i int, x []F, logNorm []F) {
	d, mean := &dst.Row(k)[i], c.means.Row(k)
	switch {
	case !allFinite(mean):
		*d = F(math.NaN())
	case allFinite(x) && logNorm != nil:
		*d = logDensityOf(r.extendedDistance(x, mean), logNorm[k])
	case allFinite(x):
		*d = F(r.extendedDistance(x, mean).float())
	case logNorm != nil:
		*d = logNorm[k] - distanceOfUnbounded(x)
	default:
		*d = distanceOfUnbounded(x)
	}
	if *d != *d {
		*d = F(math.NaN())
	}
}

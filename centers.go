package relent

import (
	"fmt"
	"math"

	"github.com/relent-go/relent/internal/parallel"
)

// Centers holds K means that share a covariance, for squared Mahalanobis distances from each of them: the components of a mixture
// with a tied covariance, or classes of a linear discriminant analysis. It never changes; methods may be called
// concurrently, and are as those of [Factor]. Distances are those between whitened rows z and whitened means, each as accurate as
// Factor has it; adding the squares of d differences has a relative error of at most d/32+36 units of rounding.
type Centers[F Float] struct {
	factor *Factor[F]
	count  int
	quads  []F // the whitened means, four after another, column by column, with zeros
}

// centerBlock is how many columns are added one after the other, and then to the sum of the blocks before.
const centerBlock = 32

// Centers whitens the rows of means. Distances from a mean that is not finite are NaN.
func (f *Factor[F]) Centers(means Matrix[F]) *Centers[F] {
	f.checkRows("Centers", means)
	g := f.full()
	c := &Centers[F]{factor: g, count: means.Rows, quads: make([]F, 0, wholeTiles(means.Rows)*wholeTiles(f.dim))}
	if f.dim == 0 {
		return c
	}
	whitened := g.Whiten(Matrix[F]{}, means, 1)
	for first := 0; first < wholeTiles(means.Rows); first += quad {
		for j := range wholeTiles(f.dim) {
			for i := first; i < first+quad; i++ {
				var x F
				if i < means.Rows && j < f.dim {
					x = whitened.Row(i)[j]
					if x != x && allFinite(means.Row(i)) {
						x = F(math.Inf(1)) // as far out as what it comes from
					}
				}
				c.quads = append(c.quads, x)
			}
		}
	}
	return c
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
func (c *Centers[F]) Len() int { return c.count }

// Dim is the number of columns of the rows.
func (c *Centers[F]) Dim() int { return c.factor.dim }

// SqMahalanobis computes the squared Mahalanobis distances of the rows of x from mean k into row k of dst. The substitution is done
// once for each row of x.
func (c *Centers[F]) SqMahalanobis(dst Matrix[F], x Matrix[F], workers int) Matrix[F] {
	return c.distances("SqMahalanobis", dst, x, nil, workers)
}

// LogDensity computes logNorm[k] - ½(x-μₖ)ᵀΣ⁻¹(x-μₖ) of the rows of x into row k of dst, as [Factor.LogDensity] does.
func (c *Centers[F]) LogDensity(dst Matrix[F], x Matrix[F], logNorm []F, workers int) Matrix[F] {
	if len(logNorm) != c.count {
		panic(fmt.Sprintf("relent: LogDensity: logNorm has length %d, there are %d means", len(logNorm), c.count))
	}
	return c.distances("LogDensity", dst, x, logNorm, workers)
}

func (c *Centers[F]) distances(method string, dst, x Matrix[F], logNorm []F, workers int) Matrix[F] {
	c.factor.checkRows(method, x)
	dst = dst.sized(method, "dst", c.count, x.Rows)
	if workers <= 1 {
		c.walk(nil, dst, 0, x.Rows, x, logNorm)
		return dst
	}
	run := parallel.Run{Workers: workers}
	parallel.Do(run, centersJob[F]{c.factor.parts(run, x.Rows, c.count), c, dst, x, logNorm})
	return dst
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
	if from == to || c.count == 0 {
		return
	}
	if c.factor.dim == 0 {
		for k := range c.count {
			out := dst.Row(k)[from:to]
			clearInParts(out)
			if logNorm != nil {
				logDensities(out, out, logNorm[k])
			}
		}
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
				if !finite(float64(s)) {
					c.mend(dst, from+first+i, x, logNorm)
				}
			}
		}
		first = end
	}
	r.end()
}

// rows computes n columns of dst, from the one given, for whole tiles of rows. It tells whether their z are finite.
func (c *Centers[F]) rows(r run[F], dst Matrix[F], from, n int, rows Matrix[F], logNorm []F) bool {
	padded := wholeTiles(c.count)
	r.workspace.sums = slice(r.sums, rows.Rows)
	r.workspace.between = slice(r.between, padded*r.tile)
	r.whitenAll(r.sums[:rows.Rows], rows, func(panel []F, first int) {
		here := min(r.tile, n-first)
		c.between(r, panel)
		for k := range c.count {
			d := r.between[k*r.tile:][:here]
			out := dst.Data[k*dst.Stride+from+first:][:here]
			if logNorm == nil {
				copy(out, d)
			} else {
				logDensities(out, d, logNorm[k])
			}
		}
	})
	return allFinite(r.sums[:rows.Rows])
}

// between computes the squared distances of a tile's rows from all centres, by calls for some of them.
func (c *Centers[F]) between(r run[F], panel []F) {
	width, padded := wholeTiles(r.width), wholeTiles(c.count)
	step := centersTogether(r.tile, width)
	for from := 0; from < padded && !r.by.Stopped(); from += step {
		to := min(from+step, padded)
		squareDistances(r.workspace.between[from*r.tile:], panel, c.quads[from*width:], r.span(), r.tile, width, to-from, centerBlock)
	}
}

// centersTogether is how many centres the kernel is called for, with a tile of rows.
func centersTogether(tile, width int) int {
	return max(2*quad, callFlops/2/tile/width/(2*quad)*(2*quad))
}

// mend computes column i of dst, of a row that holds a value that is not finite, or is too far out, or came after such a one.
func (c *Centers[F]) mend(dst Matrix[F], i int, x Matrix[F], logNorm []F) {
	row := x.Slice(i, i+1)
	if allFinite(row.Row(0)) {
		r := c.factor.start(nil) // a workspace of its own
		if !c.rows(r, dst, i, 1, r.copied(row), logNorm) {
			clear(r.panel)
		}
		r.end()
	}
	for k := range c.count {
		d := &dst.Row(k)[i]
		switch {
		case !allFinite(row.Row(0)):
			*d = F(math.NaN())
		case *d == *d:
		case logNorm == nil:
			*d = F(math.Inf(1))
		default:
			*d = F(math.Inf(-1))
		}
	}
}

package relent

import (
	"fmt"
	"slices"
	"sync"

	"github.com/relent-go/relent/internal/parallel"
)

// Together has the means of factors, each with a covariance of its own.
func Together[F Float](factors ...*Factor[F]) *Centers[F] {
	if len(factors) == 0 {
		panic("relent: Together: there are no factors")
	}
	c := &Centers[F]{factor: factors[0], each: slices.Clone(factors)}
	c.means = Matrix[F]{Rows: len(factors), Cols: c.factor.dim}
	diagonal := c.factor.dim > 0 && c.factor.dim <= longRow
	c.triangles = c.factor.dim > 0
	for k, f := range factors {
		if f.dim != c.factor.dim {
			panic(fmt.Sprintf("relent: Together: factor %d has %d columns, factor 0 %d", k, f.dim, c.factor.dim))
		}
		diagonal = diagonal && f.lower.Data == nil
		c.triangles = c.triangles && f.lower.Data != nil && !f.inverse
	}
	if diagonal {
		c.models = modelsOf(factors)
	}
	if c.triangles && len(factors) >= leastAbreast && c.factor.dim <= longestRow {
		c.abreast = sync.OnceValue(func() []F { return packAbreast(c.each) })
	}
	return c
}

// modelsTogether is how many models the kernel takes at a time, at most.
const modelsTogether = 2

// modelsOf are the models of diagonal factors, one after another, with zeros: for each group of columns their means and scales.
func modelsOf[F Float](factors []*Factor[F]) []F {
	apart := modelSize(factors[0].dim)
	models := make([]F, ceilDiv(len(factors), modelsTogether)*modelsTogether*apart)
	for k, f := range factors {
		for j, s := range f.scale {
			group := models[k*apart+j/quad*2*quad:]
			group[j%quad], group[quad+j%quad] = f.mean[j], s
		}
	}
	return models
}

// modelSize is the length of a model of so many columns.
func modelSize(dim int) int { return ceilDiv(dim, quad) * 2 * quad }

// worthTransposing is how many rows are transposed for all factors.
const worthTransposing = 8

// walkEach is walk for factors with covariances of their own.
func (c *Centers[F]) walkEach(by *parallel.Worker, dst Matrix[F], from, to int, x Matrix[F], logNorm []F) {
	part := x.Slice(from, to)
	if part.Rows == 1 || c.abreast != nil && part.Rows <= fewAbreast && part.Rows*c.factor.dim <= shortAbreast {
		for i := range part.Rows {
			c.eachOfOne(dst, from+i, part.Row(i), logNorm)
		}
		return
	}
	if part.Rows < worthTransposing || c.models == nil && !c.solvesPanels() {
		for k := range c.each {
			c.eachAlone(by, k, dst.Row(k)[from:to], part, logNorm)
		}
		return
	}
	r := c.factor.start(by)
	whole := r.whole(part)
	for first := 0; first < part.Rows && !by.Stopped(); {
		rows, end := r.rowsFrom(part, first, whole)
		c.rowsTogether(r, dst, from+first, rows, part.Slice(first, end), logNorm)
		first = end
	}
	r.end()
}

// rowsTogether computes the columns of dst from the one given on, of rows in whole tiles, which have those of x at first. They are
// transposed once for all factors.
func (c *Centers[F]) rowsTogether(r run[F], dst Matrix[F], column int, rows, x Matrix[F], logNorm []F) {
	readsRows(rows.Data, rows.Cols, rows.Stride, rows.Rows)
	r.workspace.between = slice(r.between, wholeTiles(c.Len())*gathered)
	if c.models != nil {
		c.diagonalRows(r, dst, column, rows, x, logNorm)
	} else {
		c.triangleRows(r, dst, column, rows, x, logNorm)
	}
}

// solvesPanels tells whether the rows of all factors, with lower triangles, are for the kernel that leaves panels as they are, by one call
// for all columns. Narrower rows stay in registers.
func (c *Centers[F]) solvesPanels() bool {
	r := run[F]{Factor: c.factor, shape: panelShape[F]()}
	r.use(tiles, r.group)
	rows := wholeTiles(r.width)
	return c.triangles && r.dim > r.unrolled && r.rowsOfCall(0, rows, r.tile) == rows
}

// triangleRows are rowsTogether under factors with lower triangles.
func (c *Centers[F]) triangleRows(r run[F], dst Matrix[F], column int, rows, x Matrix[F], logNorm []F) {
	part := r.group * r.span()
	r.workspace.panel = slice(r.panel, part)
	r.workspace.given = slice(r.given, gathered/r.tile*part)
	r.workspace.excess = slice(r.excess, gathered)
	r.workspace.blocks = slice(r.blocks, r.tile)
	clear(r.blocks) // a call that was stopped may have left some
	for first := 0; first < rows.Rows; first += gathered {
		end := min(first+gathered, rows.Rows)
		for i := first; i < end; i += r.tile {
			r.transpose(r.given[(i-first)/r.tile*part:], rows.Slice(i, i+r.tile))
		}
		for k, f := range c.each {
			if r.by.Stopped() {
				return
			}
			f.solvePanels(r, r.between[k*gathered:][:end-first])
		}
		c.hand(r, dst, column+first, x.Slice(first, min(end, x.Rows)), logNorm)
	}
}

// solvePanels sets sums to the squared distances of the rows in the panels of a run, which may be another factor's of as many columns.
func (f *Factor[F]) solvePanels(r run[F], sums []F) {
	rows, part := wholeTiles(r.width), r.group*r.span()
	clear(sums)
	clear(r.excess[:len(sums)])
	groups := max(1, callFlops/r.tile/r.width/r.width)
	for from := 0; from*r.tile < len(sums); from += groups {
		n := min(groups, len(sums)/r.tile-from)
		substituteGiven(sums[from*r.tile:], r.excess, r.blocks, r.panel, f.quads, f.mean, r.given[from*part:], r.span(), 0, rows, n, squareBlock, 0, 0)
	}
}

// eachOfOne computes a column of dst, of one row.
func (c *Centers[F]) eachOfOne(dst Matrix[F], column int, x, logNorm []F) {
	if c.abreast == nil {
		for k := range c.each {
			c.oneOfOne(&dst.Row(k)[column], k, x, logNorm)
		}
		return
	}
	r := c.factor.start(nil)
	for k, distance := range c.distancesAbreast(r, x) {
		switch d := &dst.Row(k)[column]; {
		case !finite(float64(distance)):
			c.oneOfOne(d, k, x, logNorm)
		case logNorm == nil:
			*d = distance
		default:
			*d = fma(distance, -0.5, logNorm[k])
		}
	}
	r.end()
}

// oneOfOne computes with one row and one factor.
func (c *Centers[F]) oneOfOne(dst *F, k int, x, logNorm []F) {
	if logNorm == nil {
		*dst = c.each[k].SqMahalanobisOne(x)
	} else {
		*dst = c.each[k].logDensityOne(x, logNorm[k])
	}
}

// eachAlone computes with the rows of one factor.
func (c *Centers[F]) eachAlone(by *parallel.Worker, k int, dst []F, x Matrix[F], logNorm []F) {
	if logNorm == nil {
		c.each[k].distances(by, dst, x)
	} else {
		c.each[k].logDensity(by, dst, x, logNorm[k])
	}
}

// diagonalRows are rowsTogether under diagonal factors.
func (c *Centers[F]) diagonalRows(r run[F], dst Matrix[F], column int, rows, x Matrix[F], logNorm []F) {
	r.workspace.panel = slice(r.panel, r.group*r.span())
	for from := 0; from < rows.Rows && !r.by.Stopped(); from += r.tile {
		r.transpose(r.panel, rows.Slice(from, from+r.tile))
		c.deviations(r, r.between[from%gathered:], r.panel)
		c.gather(r, dst, column, from, x, logNorm)
	}
}

// deviations computes the squared distances of a tile's rows under all diagonal factors, by calls for some of them.
func (c *Centers[F]) deviations(r run[F], dst, panel []F) {
	models, apart := ceilDiv(c.Len(), modelsTogether)*modelsTogether, modelSize(r.dim)
	r.workspace.excess = slice(r.excess, modelsTogether*r.tile)
	step := max(1, callFlops/4/r.tile/r.dim/modelsTogether) * modelsTogether
	for from := 0; from < models && !r.by.Stopped(); from += step {
		rows := min(step, models-from)
		panelDeviations(dst[from*gathered:], r.excess, panel, c.models[from*apart:], r.span(), gathered, apart/2, apart, rows, squareBlock)
	}
}

// gathered is how many rows' distances from all centers are gathered, whole tiles of every kernel, before they go where they belong.
const gathered = 192

// gather hands on the distances of the rows of x up to a tile's, if they are all that there is place for, or all.
func (c *Centers[F]) gather(r run[F], dst Matrix[F], column, tile int, x Matrix[F], logNorm []F) {
	place, to := tile%gathered, min(tile+r.tile, x.Rows)
	if place+r.tile == gathered || to == x.Rows {
		c.hand(r, dst, column+tile-place, x.Slice(tile-place, to), logNorm)
	}
}

// hand takes the distances of the rows of x, or the densities, to dst.
func (c *Centers[F]) hand(r run[F], dst Matrix[F], column int, x Matrix[F], logNorm []F) {
	for k := range c.Len() {
		d, out := r.between[k*gathered:][:x.Rows], dst.Row(k)[column:][:x.Rows]
		if logNorm == nil {
			copy(out, d)
		} else {
			logDensities(out, d, logNorm[k])
		}
		if c.each != nil && !allFinite(d) {
			c.mendEach(r, k, out, d, x, logNorm)
		}
	}
}

// mendEach sets what came out infinite or NaN of diagonal factors: the kernels for one have seen to all that it may be of.
func (c *Centers[F]) mendEach(r run[F], k int, dst, d []F, x Matrix[F], logNorm []F) {
	clear(r.panel)
	for i, v := range d {
		if !finite(float64(v)) {
			c.eachAlone(nil, k, dst[i:i+1], x.Slice(i, i+1), logNorm)
		}
	}
}

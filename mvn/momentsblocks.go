package mvn

import (
	"math"
	"slices"
	"sync"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/pass"
	"gonum.org/v1/gonum/mat"
)

// MomentsBlockRows is how many rows make a block of [Moments.AddBlocks].
const MomentsBlockRows = 8192

// AddBlocks adds the rows of x, block by block, in a small part of the time that AddRows takes: products within a block of
// MomentsBlockRows rows, of which the last one may have fewer, are those of float64 numbers about its mean, by kernels, and sums of blocks are
// exact.
//
// An element (i, j) of the covariance has an error of at most 2⁻⁴⁴·√(σ_ii·σ_jj), a mean one of 2⁻⁴⁵·√σ_jj, beside its rounding. A deviation √σ_jj
// below 2⁻⁵⁵ of its column's mean, as of very many rows of which a few differ in the last place, counts as that here.
//
// The results have the same bits for any number of workers, for data that are divided where a block begins, and for any order of their
// parts and of merging. Errors are those of AddRows; so is what is added of rows whose products do not fit into a float64.
func (m *Moments) AddBlocks(x *mat.Dense, run relent.Run) error {
	return addBlocks("AddBlocks", m, denseRows("AddBlocks", x, m.Dim()), run)
}

// MomentsAddBlocks is [Moments.AddBlocks] of raw elements. Moments are the same of float32 elements and of these as float64.
func MomentsAddBlocks[F float32 | float64](m *Moments, x relent.Matrix[F], run relent.Run) error {
	const name = "MomentsAddBlocks"
	checkShape(name, "x", x, x.Rows, given(name, "m", m).Dim())
	return addBlocks(name, m, x, run)
}

func addBlocks[F float32 | float64](name string, m *Moments, x relent.Matrix[F], run relent.Run) error {
	if uint64(x.Rows) > math.MaxUint64-m.rows-m.skipped {
		return errTooManyRows
	}
	var free freelist.List[*blockGatherer]
	var all []*blockGatherer
	var adding sync.Mutex
	blocks := (x.Rows + MomentsBlockRows - 1) / MomentsBlockRows
	err := inParts(blocks, 1, partFlops, run, func(from, to int) {
		g, ok := free.Take()
		if !ok {
			g = newBlockGatherer(m.Dim(), m.missing)
			adding.Lock()
			all = append(all, g)
			adding.Unlock()
		}
		for ; from < to; from++ {
			gatherBlock(g, x.Slice(from*MomentsBlockRows, min(x.Rows, (from+1)*MomentsBlockRows)))
		}
		free.Put(g)
	})
	if err != nil {
		return err
	}
	for _, g := range all {
		if g.wrong {
			return checkRows(0, x, nil, m.missing)
		}
	}
	for _, g := range all {
		g.addMeans()
		if err := m.absorb(g.moments); err != nil { // there are no more rows than are checked above
			panic(err)
		}
	}
	return nil
}

// A blockGatherer adds blocks to moments of its own.
type blockGatherer struct {
	moments              *Moments
	rows                 relent.Matrix[float64] // copies of some, wide
	spread               []float64              // what some are away from the middle, in stripes; the sums of that; and the largest sizes
	first, largest       []float64              // these two
	products             []float64              // by whole stripes, a lower triangle
	middle, row          []float64              // wide
	means, rests, counts []float64              // of some blocks: rows and how many they stand for, as a Gram takes them
	wrong                bool                   // a row is to be refused
}

func newBlockGatherer(d int, missing MissingPolicy) *blockGatherer {
	w := wide(d)
	g := &blockGatherer{
		moments: newMoments(d, missing), rows: newWide(scatterRows, d), spread: make([]float64, (scatterRows+2)*w),
		products: make([]float64, w*w), middle: make([]float64, w), row: make([]float64, w),
	}
	last := g.spread[scatterRows*w:]
	g.first, g.largest = last[:w], last[w:]
	return g
}

// gatherBlock adds a block of rows, unless one is to be refused.
func gatherBlock[F float32 | float64](g *blockGatherer, x relent.Matrix[F]) {
	rows := wideRows(g, x)
	g.chooseMiddle(rows)
	if g.scatter(rows); !g.centered(x.Rows) {
		g.shiftMiddle(x.Rows)
		g.scatter(rows)
	}
	m := g.moments
	switch {
	case allFinite(g.first) && fitFloats(g, x):
		g.add(x.Rows)
	case allFinite(g.first):
		gatherExactly(m, x)
	case checkRows(0, x, nil, m.missing) != nil:
		g.wrong = true
	default:
		y := withoutNaN(x)
		m.skipped += uint64(x.Rows - y.Rows)
		if y.Rows == x.Rows {
			gatherExactly(m, x) // of sums that are too large
		} else if y.Rows > 0 {
			gatherBlock(g, y)
		}
	}
}

func gatherExactly[F float32 | float64](m *Moments, x relent.Matrix[F]) {
	g := newGatherer(m, x.Rows)
	gather(g, x, nil)
	g.flush()
}

// withoutNaN are the rows without a NaN.
func withoutNaN[F float32 | float64](x relent.Matrix[F]) relent.Matrix[F] {
	y := relent.Matrix[F]{Cols: x.Cols, Stride: x.Cols}
	for i := range x.Rows {
		if row := x.Row(i); !slices.ContainsFunc(row, func(v F) bool { return v != v }) {
			y.Data = append(y.Data, row...)
			y.Rows++
		}
	}
	return y
}

// blockRows are those of a block, of which some at a time are wide.
type blockRows struct {
	rows   int
	some   func(from, to int) relent.Matrix[float64]
	data   []float64 // of the rows, if it is worth to fetch it
	stride int
}

func wideRows[F float32 | float64](g *blockGatherer, x relent.Matrix[F]) blockRows {
	b := blockRows{rows: x.Rows}
	if y, ok := any(x).(relent.Matrix[float64]); ok {
		b.data, b.stride = y.Data, y.Stride
		if x.Cols == wide(x.Cols) {
			b.some = y.Slice
			return b
		}
	}
	b.some = func(from, to int) relent.Matrix[float64] {
		g.rows.Rows = to - from
		for i := range g.rows.Rows {
			widen(g.rows.Row(i), x.Row(from+i))
		}
		return g.rows
	}
	return b
}

// each is for scatterRows at a time, up to a row, and for the data of those that follow.
func (b blockRows) each(end int, do func(x relent.Matrix[float64], ahead []float64)) {
	for from := 0; from < end; from += scatterRows {
		to := min(from+scatterRows, end)
		next := b.data[min(to*b.stride, len(b.data)):]
		do(b.some(from, to), next[:min(scatterRows*b.stride, len(next))])
	}
}

// chooseMiddle takes the mean of the first rows, about; of a constant column it is that number.
func (g *blockGatherer) chooseMiddle(b blockRows) {
	const rows = 512
	n := min(b.rows, rows)
	clear(g.first)
	copy(g.row, wideRow(b.some(0, 1), 0))
	copy(g.middle, g.row)
	b.each(n, func(x relent.Matrix[float64], _ []float64) { g.setApart(x) })
	g.shiftMiddle(n)
}

// shiftMiddle makes it the mean, about, given the sums of so many rows.
func (g *blockGatherer) shiftMiddle(rows int) {
	for j, a := range g.first {
		g.middle[j] += a / float64(rows)
	}
}

// setApart computes what rows are away from the middle.
func (g *blockGatherer) setApart(x relent.Matrix[float64]) {
	var m pass.Numbers
	m.Set(float64(x.Rows), float64(x.Stride), float64(len(g.middle)/stripe))
	relent.Pass(pass.SetApart, &m, g.spread, wideElements(x), g.middle)
}

// scatter computes the sums of what the rows are away from the middle, and of the products of that.
func (g *blockGatherer) scatter(b blockRows) {
	clear(g.first)
	clear(g.largest)
	clear(g.products)
	b.each(b.rows, func(x relent.Matrix[float64], ahead []float64) {
		g.setApart(x)
		addProductsAhead(g.products, g.spread, g.spread, ahead, x.Rows, x.Cols, len(g.middle)/stripe, 0, true)
	})
}

// centered tells whether the middle is the mean to about a third of a standard deviation.
func (g *blockGatherer) centered(rows int) bool {
	for j, a := range g.first[:g.moments.Dim()] {
		if float64(8*a)*a > float64(float64(rows)*g.product(j, j)) {
			return false
		}
	}
	return true
}

// product is the sum of those of columns, j <= i.
func (g *blockGatherer) product(i, j int) float64 { return g.products[atStripes(len(g.middle), i, j)] }

// scattered are the sums of products of row i about the mean of so many rows, up to column i.
func (g *blockGatherer) scattered(i, rows int) []float64 {
	shift := -g.first[i] / float64(rows)
	for j, a := range g.first[:i+1] {
		g.row[j] = math.FMA(shift, a, g.product(i, j))
	}
	return g.row[:i+1]
}

// fitFloats tells whether products fit into float64 numbers, and are not so small that these have few bits.
func fitFloats[F float32 | float64](g *blockGatherer, x relent.Matrix[F]) bool {
	const least, most = 0x1p-450, 0x1p450
	for j := range x.Cols {
		square, size := g.scattered(j, x.Rows)[j], math.Abs(g.middle[j])
		if !(square <= most*most && size <= most) || size != 0 && size < least || square < least*least && !constantColumn(x, j) {
			return false
		}
	}
	return true
}

func constantColumn[F float32 | float64](x relent.Matrix[F], j int) bool {
	for i := range x.Rows {
		if x.Row(i)[j] != x.Row(0)[j] {
			return false
		}
	}
	return true
}

// add adds the block: Σxxᵀ is n·ccᵀ and the sum of products about c, the mean that was computed.
func (g *blockGatherer) add(rows int) {
	m, n := g.moments, float64(rows)
	for j, v := range g.largest[:m.Dim()] {
		m.largest[j] = max(m.largest[j], v)
	}
	if m.rows == 0 { // the first block tells of what size numbers are: its mean may be near 0 by chance
		m.gram.Expect(append(slices.Clone(m.largest), 1), MomentsBlockRows)
	}
	m.rows += uint64(rows)
	for i, a := range g.first[:m.Dim()] {
		s := g.scattered(i, rows)
		m.gram.AddTo(i, 0, s)
		mean, rest := twoPartMean(g.middle[i], a/n, math.Sqrt(s[i]/n))
		g.means, g.rests = append(g.means, mean), append(g.rests, rest)
	}
	g.means, g.rests, g.counts = append(g.means, 1), append(g.rests, 0), append(g.counts, n)
	if len(g.counts) == exact.BlockRows {
		g.addMeans()
	}
}

// twoPartMean is the mean c+a of a column in two parts, without bits that are far below it and the standard deviation, for which a Gram has
// no room.
func twoPartMean(c, a, deviation float64) (mean, rest float64) {
	mean = c + a
	taken := mean - c
	rest = (c - (mean - taken)) + (a - taken)
	_, exponent := math.Frexp(max(math.Abs(mean), deviation))
	round := math.Ldexp(0x1.8p52, exponent-100)
	rest = (rest + round) - round
	if math.Abs(mean) < round/4 { // else it has no such bits
		mean = (mean + round) - round
	}
	return mean, rest
}

// addMeans adds those of blocks.
func (g *blockGatherer) addMeans() {
	if len(g.counts) == 0 {
		return
	}
	g.moments.gram.AddWithRests(g.means, g.rests, g.counts)
	g.means, g.rests, g.counts = g.means[:0], g.rests[:0], g.counts[:0]
}

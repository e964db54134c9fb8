package mvn

import (
	"math"
	"slices"
	"sync"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/freelist"
	"gonum.org/v1/gonum/mat"
)

// MomentsBlockRows is how many rows make a block of [Moments.AddBlocks].
const MomentsBlockRows = 2048

// AddBlocks adds the rows of x, block by block, in a small part of the time that AddRows takes: products within a block of
// MomentsBlockRows rows, of which the last one may have fewer, are those of float64 numbers about its mean, by kernels. All else is exact.
// An element (i, j) of the covariance has an error of at most 2⁻⁴⁴·√(σ_ii·σ_jj), a mean one of 2⁻⁴⁵·√σ_jj, beside its rounding.
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
	moments *Moments
	rows    relent.Matrix[float64] // of a block, wide
	ones    []float64
	mean    []float64 // wide
	sums    []float64 // by whole stripes, of columns, and of a lower triangle
	scattering
	means, weights []float64 // of some blocks: rows and how many they stand for, as a Gram takes them
	wrong          bool      // a row is to be refused
}

func newBlockGatherer(d int, missing MissingPolicy) *blockGatherer {
	w := wide(d)
	g := &blockGatherer{
		moments: newMoments(d, missing), rows: newWide(MomentsBlockRows, d), ones: make([]float64, MomentsBlockRows),
		mean: make([]float64, w), sums: make([]float64, w+w*w), scattering: *newScattering(d),
	}
	fill(g.ones, 1)
	return g
}

// gatherBlock adds a block of rows, unless one is to be refused.
func gatherBlock[F float32 | float64](g *blockGatherer, x relent.Matrix[F]) {
	m := g.moments
	g.rows.Rows = 0
	for i := range x.Rows {
		g.rows.Rows++
		if !widenedNumbers(g.rows.Row(g.rows.Rows-1), x.Row(i)) {
			g.rows.Rows--
			m.skipped++
			g.wrong = g.wrong || checkRows(0, x.Slice(i, i+1), nil, m.missing) != nil
		}
	}
	if g.rows.Rows == 0 || g.wrong {
		return
	}
	g.scatter()
	if !g.sound() {
		gather(newGatherer(m), g.rows, nil)
		return
	}
	g.add()
}

// scatter computes the mean of the rows, about, and the sums of what they are away from it, and of the products of that.
func (g *blockGatherer) scatter() {
	n, w := g.rows.Rows, len(g.mean)
	away := g.sums[:2*w]
	clear(away)
	first := wideRow(g.rows, 0)
	addColumnMoments(away, g.rows, g.ones, first) // of a constant column there is nothing
	for j, v := range first {
		g.mean[j] = v + away[j]/float64(n)
	}
	clear(g.sums)
	for from := 0; from < n; from += scatterRows {
		to := min(from+scatterRows, n)
		g.scattering.add(g.sums[:w], g.sums[w:], g.rows.Slice(from, to), g.ones[:to-from], g.mean)
	}
}

// sound tells whether products fit into float64 numbers, and are not so small that these have few bits.
func (g *blockGatherer) sound() bool {
	const least, most = 0x1p-450, 0x1p450
	w := len(g.mean)
	for j := range g.moments.largest {
		square, size := g.sums[w:][atStripes(w, j, j)], math.Abs(g.mean[j])
		if !(square <= most*most && size <= most) || size != 0 && size < least || square < least*least && !g.constant(j) {
			return false
		}
	}
	return true
}

func (g *blockGatherer) constant(j int) bool {
	for i := range g.rows.Rows {
		if g.rows.Row(i)[j] != g.rows.Row(0)[j] {
			return false
		}
	}
	return true
}

// add adds the block: with c the mean that was computed, a the sum of x-c and S that of the products of these, Σxxᵀ is S + caᵀ + acᵀ + n·ccᵀ.
func (g *blockGatherer) add() {
	m, d, w := g.moments, g.rows.Cols, len(g.mean)
	for i := range g.rows.Rows {
		for j, v := range g.rows.Row(i) {
			if v = math.Abs(v); v > m.largest[j] {
				m.largest[j] = v
			}
		}
	}
	m.rows += uint64(g.rows.Rows)
	g.means = append(append(g.means, g.mean[:d]...), 1)
	g.weights = append(g.weights, float64(g.rows.Rows))
	if len(g.weights) == exact.BlockRows {
		g.addMeans()
	}
	if m.rows == uint64(g.rows.Rows) { // the first block tells of what size numbers are: its mean may be near 0 by chance
		m.gram.Expect(append(slices.Clone(m.largest), 1), MomentsBlockRows)
	}
	away, second := g.sums[:d], g.sums[w:]
	for i, a := range away {
		m.gram.AddTo(d, i, a)
		for j, b := range away[:i+1] {
			var sum twofold
			sum.addProduct(g.mean[i], b)
			sum.addProduct(a, g.mean[j])
			sum.add(second[atStripes(w, i, j)])
			high := sum.value()
			m.gram.AddTo(i, j, high)
			m.gram.AddTo(i, j, (sum.high-high)+sum.low)
		}
	}
}

// addMeans adds those of blocks.
func (g *blockGatherer) addMeans() {
	if len(g.weights) == 0 {
		return
	}
	g.moments.gram.Add(g.means, g.weights)
	g.means, g.weights = g.means[:0], g.weights[:0]
}

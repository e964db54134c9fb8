package relent

import (
	"fmt"
	"math"
	"sync"

	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/parallel"
	"github.com/relent-go/relent/internal/sizes"
)

// A Neighbor is a row of an [Index], and the measure of a query and that row.
type Neighbor struct {
	Index    int
	Distance float64
}

// after tells whether n is the worse neighbour: the order of distances, NaN after all others, then that of indexes.
func (n Neighbor) after(other Neighbor) bool {
	x, y := n.Distance, other.Distance
	if x == y || x != x && y != y {
		return n.Index > other.Index
	}
	return x > y || x != x
}

// An Index finds the nearest of many rows by a measure, and takes the memory of the rows and about four bytes more an
// element. The result is exactly that of sorting all rows by the measure of the query and the row; ties go by index, NaN last. A row is
// passed over only where a lower bound of its measure, less room for every rounding error, proves it farther than k others: Σ p·(-log q)
// for [KullbackLeibler] and the like; Σ (√p-√q)², which is at most 1/4 of [Jeffreys] and 2/ln 2 of [JensenShannon] (Topsøe, J. Inequal.
// Pure Appl. Math. 2(2), 2001), for most others. Nothing is passed over by TotalVariation, most
// reversed measures, and where all are about as far.
type Index[F Float] struct {
	measure  Measure
	reversed bool // the measure is of a row and the query
	rows     Matrix[F]
	bound    bound[F]
	panels   [avx512 + 1]func() []float32 // sketches of the rows, for each instruction set, made when it is first in force
	free     freelist.List[*search[F]]
}

// NewIndex makes an index of rows, which it copies, by a measure of a pair.
func NewIndex[F Float](m Measure, rows Matrix[F]) *Index[F] {
	const name = "NewIndex"
	base, reversed := m.check(name, 2)
	rows.check(name, "rows")
	x := &Index[F]{measure: base, reversed: reversed, rows: NewMatrix[F](rows.Rows, rows.Cols)}
	if rows.Cols > 0 {
		for i := range rows.Rows {
			copyInParts(x.rows.Row(i), rows.Row(i))
		}
	}
	x.sketch()
	x.panels[isa]()
	return x
}

// sketch sets what bounds are computed by.
func (x *Index[F]) sketch() {
	x.bound = newBound(x.measure, x.reversed, x.rows)
	for l := range x.panels {
		x.panels[l] = sync.OnceValue(func() []float32 { return x.bound.pack(x.rows) })
	}
}

// Measure is the measure that rows are compared by.
func (x *Index[F]) Measure() Measure {
	if x.reversed {
		return x.measure.Reversed()
	}
	return x.measure
}

// Len is the number of rows.
func (x *Index[F]) Len() int { return x.rows.Rows }

// Dim is the number of elements of a row.
func (x *Index[F]) Dim() int { return x.rows.Cols }

// Nearest sets dst, of length k, to the rows nearest to the query, nearest first; of fewer rows it is shorter. A query that is not as long
// panics.
func (x *Index[F]) Nearest(dst []Neighbor, query []F, k int) []Neighbor {
	dst = x.sized("Nearest", dst, repeated(query, 1), k)
	x.find(nil, dst, repeated(query, 1))
	return dst
}

// NearestRows is [Index.Nearest] of every row of queries, one after the other in dst. Progress counts pairs of a query and a row.
func (x *Index[F]) NearestRows(dst []Neighbor, queries Matrix[F], k int, run Run) ([]Neighbor, error) {
	const name = "NearestRows"
	queries.check(name, "queries")
	dst = x.sized(name, dst, queries, k)
	if len(dst) == 0 {
		return dst, nil
	}
	by := run.parallel()
	group := min(groupQueries, ceilDiv(queries.Rows, by.Goroutines(queries.Rows)))
	return dst, parallel.Do(by, lookup[F]{index: x, dst: dst, queries: queries, group: group})
}

// A lookup is the job of finding the neighbours of queries, a group of them by a goroutine.
type lookup[F Float] struct {
	index   *Index[F]
	dst     []Neighbor
	queries Matrix[F]
	group   int
}

// Size is that of the job; results are pairs of a query and a row.
func (l lookup[F]) Size() (tiles, results int) {
	return ceilDiv(l.queries.Rows, l.group), l.queries.Rows * l.index.Len()
}

// Tile finds the neighbours of a group of queries.
func (l lookup[F]) Tile(w *parallel.Worker, t int) error {
	from, to := t*l.group, min((t+1)*l.group, l.queries.Rows)
	k := len(l.dst) / l.queries.Rows
	l.index.find(w, l.dst[from*k:to*k], l.queries.Slice(from, to))
	return nil
}

// sized is dst for the neighbours of the queries.
func (x *Index[F]) sized(method string, dst []Neighbor, queries Matrix[F], k int) []Neighbor {
	if queries.Cols != x.Dim() {
		panic(fmt.Sprintf("relent: %s: a query has %d elements, a row of the index %d", method, queries.Cols, x.Dim()))
	}
	if k < 0 {
		panic(fmt.Sprintf("relent: %s: k is %d", method, k))
	}
	found := min(k, x.Len())
	if dst == nil {
		return sizes.Make[Neighbor](here, method, queries.Rows, found)
	}
	n, fits := sizes.Product(queries.Rows, found)
	if room, ok := sizes.Product(queries.Rows, k); fits && ok && len(dst) == room {
		dst = dst[:n]
	}
	if !fits || len(dst) != n {
		here.Panic(method, "dst has %d elements, for %d neighbours of each of %d queries", len(dst), found, queries.Rows)
	}
	return dst
}

const (
	// groupQueries is how many queries meet the rows at once.
	groupQueries = 16
	// blockRows is how many rows, at most and about, are bounded, and then visited: their bounds stay in the cache.
	blockRows = 1 << 11
	// blockElements is about how many elements their sketches have at most: less than a millisecond for a group of queries.
	blockElements = 1 << 20
	// stretch is how many rows are visited together if more than half of them may be near.
	stretch = 16
)

// A search is what a goroutine needs to find neighbours.
type search[F Float] struct {
	sketch    []float64 // of a query
	quads     []float32 // sketches of the queries
	bounds    []float32 // of the distances of the queries from the rows of a block; NaN of a row that has been visited
	pitch     int       // of those of a query from those of the next
	targets   [groupQueries]target
	distances [kernelElements / leastRow]float64
}

// find finds the neighbours of at most groupQueries queries, block of rows by block, unless the worker is stopped.
func (x *Index[F]) find(w *parallel.Worker, dst []Neighbor, queries Matrix[F]) {
	k := len(dst) / queries.Rows
	if k == 0 {
		return
	}
	s, ok := x.free.Take()
	if !ok {
		s = new(search[F])
	}
	x.findBy(s, w, dst, queries, k)
	x.free.Put(s)
}

func (x *Index[F]) findBy(s *search[F], w *parallel.Worker, dst []Neighbor, queries Matrix[F], k int) {
	block := x.block()
	s.pitch = pitch(block)
	s.bounds = slice(s.bounds, groupQueries*s.pitch)
	x.bound.target(s, w, queries)
	for from := 0; from < x.Len(); from += block {
		to := min(from+block, x.Len())
		if targets := s.targets[:queries.Rows]; wake(targets) {
			x.bound.block(s, x.panels[isa](), targets, from, to)
		}
		if !x.visitBlock(s, w, dst, queries, from, to) {
			return
		}
	}
	for i := range queries.Rows {
		sortHeap(dst[i*k:][:k])
	}
}

// visitBlock visits the rows of a block, and tells whether it has come to all of them: the worker may be stopped. So few rows at a time
// meet all queries that they stay in a cache near the core.
func (x *Index[F]) visitBlock(s *search[F], w *parallel.Worker, dst []Neighbor, queries Matrix[F], from, to int) bool {
	k := len(dst) / queries.Rows
	at := func(i int) visit[F] {
		return visit[F]{index: x, search: s, target: &s.targets[i], by: w, query: queries.Row(i), found: dst[i*k:][:k]}
	}
	for i := range queries.Rows {
		v := at(i)
		if v.measured = 0; v.bounded && v.count == 0 && k < to-from && !v.likely(s.boundsOf(i, to-from), from) {
			return false
		}
	}
	few := rowsWithin(tableElements/queries.Rows, x.Dim())
	for first := from; first < to; first += few {
		if w.Stopped() {
			return false
		}
		until := min(first+few, to)
		for i := range queries.Rows {
			v := at(i)
			v.rows(s.boundsOf(i, until-from)[first-from:], first)
		}
		w.Done((until - first) * queries.Rows)
	}
	for i := range queries.Rows {
		s.targets[i].judge(to - from)
	}
	return true
}

// boundsOf are those of the distances of query i from rows of a block.
func (s *search[F]) boundsOf(i, rows int) []float32 { return s.bounds[i*s.pitch:][:rows] }

// block is how many rows are bounded at once: whole tiles.
func (x *Index[F]) block() int {
	tile := panelTile()
	return ceilDiv(min(blockRows, rowsWithin(blockElements, x.bound.width), max(1, x.Len())), tile) * tile
}

// pitch is how far the bounds of a query are from those of the next: not a power of two, whose multiples share a place in
// the cache.
func pitch(block int) int { return block + cacheLine/4 }

// A visit computes the measure of a query and those rows that may be among the nearest.
type visit[F Float] struct {
	index *Index[F]
	*search[F]
	*target
	by    *parallel.Worker
	query []F
	found []Neighbor // a heap of the nearest so far, the worst first
}

// rows visits the rows from one on.
func (v *visit[F]) rows(bounds []float32, from int) {
	if !v.bounded || countWithin(bounds, v.limit) > len(bounds)/2 {
		v.together(bounds, from)
		return
	}
	for i := 0; i < len(bounds); i += stretch {
		part := bounds[i:min(i+stretch, len(bounds))]
		switch n := countWithin(part, v.limit); {
		case n == 0:
		case n > stretch/2:
			v.together(part, from+i)
		default:
			v.oneByOne(part, from+i)
		}
	}
}

// countWithin is how many bounds do not exceed the limit.
func countWithin(bounds []float32, limit float32) (n int) {
	for _, b := range bounds {
		if b <= limit {
			n++
		}
	}
	return n
}

// likely begins with the rows of the least bounds, which are most likely near, and tells whether it has not been stopped.
func (v *visit[F]) likely(bounds []float32, from int) bool {
	k, part := len(v.found), rowsWithin(tableElements, v.index.Dim())
	for i, b := range bounds[:k] {
		v.found[i] = Neighbor{i, float64(b)}
	}
	makeHeap(v.found)
	worst := float32(v.found[0].Distance)
	for i, b := range bounds[k:] {
		if b < worst {
			v.found[0] = Neighbor{k + i, float64(b)}
			siftDown(v.found, 0)
			worst = float32(v.found[0].Distance)
		}
	}
	for i, n := range v.found {
		if i%part == part-1 && v.by.Stopped() {
			return false
		}
		bounds[n.Index] = float32(nan32)
		row := from + n.Index
		v.found[i] = Neighbor{row, v.distance(row)}
	}
	makeHeap(v.found)
	v.count = k
	v.narrow()
	return true
}

func (v *visit[F]) oneByOne(bounds []float32, from int) {
	for i, b := range bounds {
		if b <= v.limit {
			v.measured++
			if v.offer(Neighbor{from + i, v.distance(from + i)}) {
				v.narrow()
			}
		}
	}
}

// together computes the distances of all rows, and leaves out those visited before.
func (v *visit[F]) together(bounds []float32, from int) {
	better := false
	v.measured += len(bounds)
	most := min(len(v.distances), rowsWithin(kernelElements, v.index.Dim()))
	for len(bounds) > 0 {
		distances := v.distances[:min(most, len(bounds))]
		v.measure(distances, from)
		worst := v.worst()
		for i, d := range distances {
			if d > worst || v.bounded && bounds[i] != bounds[i] {
				continue
			}
			if v.offer(Neighbor{from + i, d}) {
				better, worst = true, v.worst()
			}
		}
		bounds, from = bounds[len(distances):], from+len(distances)
	}
	if better && v.aimed {
		v.narrow()
	}
}

// worst is a distance beyond which no row is wanted.
func (v *visit[F]) worst() float64 {
	if v.count < len(v.found) {
		return math.Inf(1)
	}
	return v.found[0].Distance
}

// measure sets dst to the distances of rows from one on.
func (v *visit[F]) measure(dst []float64, from int) {
	x := v.index.rows
	if x.Cols == 0 {
		clear(dst)
		return
	}
	if v.index.reversed {
		measureEach(v.by, v.index.measure, dst, x.Data[from*x.Stride:], v.query, x.Cols, x.Stride, 0)
	} else {
		measureEach(v.by, v.index.measure, dst, v.query, x.Data[from*x.Stride:], x.Cols, 0, x.Stride)
	}
}

func (v *visit[F]) distance(row int) float64 {
	p, q := v.query, v.index.rows.Row(row)
	if v.index.reversed {
		p, q = q, p
	}
	return measureLong(v.by, v.index.measure, p, q)
}

// narrow sets the limit by the worst neighbour.
func (v *visit[F]) narrow() {
	if v.count == len(v.found) {
		v.limit = v.index.bound.limit(v.target, v.found[0].Distance)
	}
}

// offer adds a neighbour if there is room or a worse one, and tells whether it has.
func (v *visit[F]) offer(n Neighbor) bool {
	switch {
	case v.count < len(v.found):
		v.append(n)
	case v.found[0].after(n):
		v.found[0] = n
		siftDown(v.found, 0)
	default:
		return false
	}
	return true
}

func (v *visit[F]) append(n Neighbor) {
	v.found[v.count] = n
	v.count++
	if v.count == len(v.found) {
		makeHeap(v.found)
	}
}

// makeHeap puts the worst neighbour first, and each before two that are no worse.
func makeHeap(h []Neighbor) {
	for i := len(h)/2 - 1; i >= 0; i-- {
		siftDown(h, i)
	}
}

func siftDown(h []Neighbor, i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h[child+1].after(h[child]) {
			child++
		}
		if !h[child].after(h[i]) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

// sortHeap puts the neighbours of a heap in order, the nearest first.
func sortHeap(h []Neighbor) {
	for n := len(h) - 1; n > 0; n-- {
		h[0], h[n] = h[n], h[0]
		siftDown(h[:n], 0)
	}
}

package relent

import (
	"math"
	"unsafe"

	"github.com/relent-go/relent/internal/parallel"
)

// shape is what an instruction set's kernels work on.
type shape struct {
	lanes    int // rows of a panel
	group    int // panels of a tile
	unrolled int // columns up to which panels stay in registers
	side     [maxUnrolled + 1]uint8
}

const (
	maxUnrolled = 16
	// quad is how many rows of a factor are packed together.
	quad = 4
	// squareBlock is how many squares make a block: calls begin where one does.
	squareBlock = 16
	// fetchBytes is about what comes from memory while the first of it is under way.
	fetchBytes = 4 << 10
	// callFlops and callRows bound the time of a call: some 20 to 50 µs, during which nothing stops a goroutine. One is longer:
	// that for the fewest rows of a factor of more than 10,000 columns.
	callFlops = 1 << 20
	callRows  = 1 << 14
)

// wholeTiles is the number of rows of a factor with those added that the largest tile needs.
func wholeTiles(rows int) int { return (rows + 2*quad - 1) / (2 * quad) * (2 * quad) }

// width is the number of columns with those added that a kernel needs at least.
func (k kernel) width(dim, size int) int {
	return max(dim, [...]int{tiles: 2 * quad, unrolled: 16 / size, deviations: quad}[k])
}

// workspace is what a goroutine needs to walk over rows.
type workspace[F Float] struct {
	lanes   int
	panel   []F
	given   []F // panels of rows that several factors see
	rows    []F // copies of rows, where they do not make a whole tile
	sums    []F
	excess  []F // what sums came out too large by
	blocks  []F // of squares, of a tile; 0 between tiles
	again   []F // sums of a row that is computed alone
	between []F // distances from centres, of a tile

	extended []extended  // z of a row that is computed alone
	scaled   []scaledRow // those whose z solve has scaled
}

const cacheLine = 64

// slice is s with a length of at least n, at the beginning of a cache line; with elements 0 if it is new.
func slice[F Float](s []F, n int) []F {
	if len(s) >= n {
		return s
	}
	return aligned(make([]F, n+cacheLine/size[F]()))[:n]
}

// aligned is s from where a cache line begins.
func aligned[F Float](s []F) []F {
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(s)))) & (cacheLine - 1)
	return s[skip/size[F]():]
}

// A run is one walk over rows.
type run[F Float] struct {
	*Factor[F]
	*workspace[F]
	shape
	by     *parallel.Worker // who walks, and may be stopped
	kernel kernel
	tile   int // rows that it takes at once
	width  int // columns that it takes
}

// kernel is how a run computes distances.
type kernel uint8

const (
	tiles kernel = iota
	unrolled
	deviations
)

func (f *Factor[F]) start(by *parallel.Worker) run[F] {
	w, ok := f.free.Take()
	if !ok {
		w = new(workspace[F])
	}
	r := run[F]{Factor: f, workspace: w, shape: panelShape[F](), by: by}
	if r.workspace.lanes != r.shape.lanes {
		*r.workspace = workspace[F]{lanes: r.shape.lanes} // nothing is where it was
	}
	r.use(tiles, r.group)
	return r
}

// use chooses the kernel, which takes so many panels at once.
func (r *run[F]) use(k kernel, panels int) {
	r.kernel, r.tile, r.width = k, r.shape.lanes*panels, k.width(r.dim, size[F]())
}

func size[F Float]() int {
	var x F
	return int(unsafe.Sizeof(x))
}

// end gives the workspace back. A panic leaves it in a state that nobody knows, and keeps it.
func (r run[F]) end() { r.free.Put(r.workspace) }

// distances computes the squared distances of rows, and tells whether one of them is infinite or NaN.
func (f *Factor[F]) distances(by *parallel.Worker, dst []F, x Matrix[F]) (unbounded bool) {
	if x.Rows == 0 {
		return false
	}
	if f.dim == 0 {
		clearInParts(dst)
		return false
	}
	if f.few(x.Rows) && f.oneByOne(dst, x) {
		return false
	}
	r := f.start(by)
	switch {
	case f.lower.Data == nil:
		r.use(deviations, 1)
	case f.dim <= r.unrolled && !f.inverse:
		r.use(unrolled, int(r.side[unrolled.width(f.dim, size[F]())]))
	}
	unbounded = r.walk(dst, x)
	r.end()
	return unbounded
}

// walk runs the kernel on as many rows as whole tiles have, within the time of a call, and on copies of the rest. It tells
// whether a distance is infinite or NaN.
func (r run[F]) walk(dst []F, x Matrix[F]) (unbounded bool) {
	step := r.together()
	whole := r.whole(x)
	for from := 0; from < whole && !r.by.Stopped(); from += step {
		to := min(from+step, whole)
		if r.refuses(dst[from:to], x.Slice(from, to)) && r.mend(dst[from:to], x.Slice(from, to)) {
			unbounded = true
		}
	}
	for from := whole; from < x.Rows; from += r.tile {
		to := min(from+r.tile, x.Rows)
		rows := r.copied(x.Slice(from, to))
		r.workspace.sums = slice(r.sums, rows.Rows)
		if r.refuses(r.sums[:rows.Rows], rows) && r.mend(r.sums[:to-from], x.Slice(from, to)) {
			unbounded = true
		}
		copy(dst[from:to], r.sums)
	}
	return unbounded
}

// together is how many rows the kernel is called for.
func (r run[F]) together() int {
	return max(r.tile, min(callRows, callFlops/r.dim/(r.dim+16))/r.tile*r.tile)
}

// whole is how many rows make whole tiles where they are. Of rows that are narrower than the kernel's columns it sees what
// follows them in the data, and weighs it with 0.
func (r run[F]) whole(x Matrix[F]) int {
	rows := x.Rows
	if r.dim < r.width {
		rows = min(rows, max(0, len(x.Data)-r.width+x.Stride)/x.Stride)
	}
	return rows / r.tile * r.tile
}

// copied is whole tiles of rows: those of x, and its last one again, with zeros after rows that are too narrow.
func (r run[F]) copied(x Matrix[F]) Matrix[F] {
	rows := (x.Rows + r.tile - 1) / r.tile * r.tile
	r.workspace.rows = slice(r.rows, rows*r.width)
	for i := range rows {
		row := r.rows[i*r.width:][:r.width]
		clear(row[copy(row, x.Row(min(i, x.Rows-1))):])
	}
	return Matrix[F]{Rows: rows, Cols: r.width, Stride: r.width, Data: r.rows}
}

// refuses computes the distances of rows, and tells whether one of them is infinite or NaN.
func (r run[F]) refuses(dst []F, x Matrix[F]) bool {
	if r.kernel != tiles {
		readsRows(x.Data, x.Cols, x.Stride, x.Rows)
		writes(dst)
	}
	switch r.kernel {
	case unrolled:
		r.workspace.panel = slice(r.panel, r.tile*r.width)
		return sqMahalanobisUnrolled(r.width, dst, x.Data, r.model, r.panel, x.Stride, x.Rows/r.shape.lanes) != 0
	case deviations:
		if r.width > longRow {
			return r.refusesLong(dst, x)
		}
		return r.refusesPart(dst, x, 0, r.width)
	}
	r.whitenAll(dst, x, nil)
	return !allFinite(dst)
}

// longRow is how many columns are for one call of the kernel for diagonal factors.
const longRow = 1 << 13

// refusesPart is refuses for the columns from up to but not including to of a diagonal factor.
func (r run[F]) refusesPart(dst []F, x Matrix[F], from, to int) bool {
	whole, back := split(to-from, quad)
	fetch, panels := r.fetch(x.Stride), x.Rows/r.shape.lanes
	return sqDeviations(dst, x.Data[from:], r.model[2*from:], x.Stride, fetch, whole, back, panels) != 0
}

// refusesLong is refuses for long rows and a diagonal factor, part by part, and tile by tile.
func (r run[F]) refusesLong(dst []F, x Matrix[F]) (refused bool) {
	const mostRows = 16
	var part [mostRows]F
	for first := 0; first < x.Rows; first += r.tile {
		var sums, lost [mostRows]float64
		for from := 0; from < r.width; {
			to := from + longRow
			if r.width-to < quad {
				to = r.width
			}
			if r.refusesPart(part[:r.tile], x.Slice(first, first+r.tile), from, to) {
				refused = true
			}
			for i, d := range part[:r.tile] {
				sums[i], lost[i] = twoSum(sums[i], lost[i], float64(d))
			}
			from = to
		}
		for i := range r.tile {
			dst[first+i] = F(sums[i] + lost[i])
			refused = refused || !finite(float64(dst[first+i]))
		}
	}
	return refused
}

// twoSum adds x, and to lost what the sum lost (Knuth).
func twoSum(sum, lost, x float64) (sumAfter, lostAfter float64) {
	sumAfter = sum + x
	added := sumAfter - sum
	return sumAfter, lost + ((sum - (sumAfter - added)) + (x - added))
}

// split is the part of n that is a multiple of m, and how far back from it the last m begin.
func split(n, m int) (whole, back int) {
	whole = n / m * m
	if whole < n {
		back = m - (n - whole)
	}
	return whole, back
}

func allFinite[F Float](x []F) bool {
	var a, b, c, d F // 0 or NaN
	for ; len(x) >= 4; x = x[4:] {
		v := (*[4]F)(x)
		a, b, c, d = a+(v[0]-v[0]), b+(v[1]-v[1]), c+(v[2]-v[2]), d+(v[3]-v[3])
	}
	for _, v := range x {
		a += v - v
	}
	return a == 0 && b == 0 && c == 0 && d == 0
}

// mend sets the distances that came out infinite or NaN, and tells whether one of them is. A row is not finite, the distance or
// something on the way to it is too large for F, a row before it has left a NaN in the columns that are added to a panel, or one
// stands after a narrow row.
func (r run[F]) mend(dst []F, x Matrix[F]) (unbounded bool) {
	clear(r.panel)
	for i, d := range dst {
		switch {
		case finite(float64(d)):
			continue
		case !allFinite(x.Row(i)):
			dst[i] = distanceOfUnbounded(x.Row(i))
		default:
			dst[i] = r.alone(x.Slice(i, i+1))
		}
		unbounded = unbounded || !finite(float64(dst[i]))
	}
	return unbounded
}

// alone is the distance of one row, which is finite; +Inf if it is too large.
func (r run[F]) alone(x Matrix[F]) F {
	r.workspace.again = slice(r.again, r.tile)
	if r.refuses(r.again[:r.tile], r.copied(x)) {
		clear(r.panel)
		return F(r.extendedDistance(x.Row(0), r.mean).float())
	}
	return r.again[0]
}

// span is the length of a panel. One more column keeps panels from being powers of two apart, where they would have to share
// sets of the cache.
func (r run[F]) span() int { return (wholeTiles(r.width) + 1) * r.shape.lanes }

// whitenAll computes the z of whole tiles of rows in panels, and the sums of their squares. It hands each tile's panels over, if there
// is somebody to take them.
func (r run[F]) whitenAll(sums []F, x Matrix[F], take func(panel []F, from int)) {
	readsRows(x.Data, x.Cols, x.Stride, x.Rows)
	clear(sums)
	r.workspace.excess = slice(r.excess, len(sums))
	excess := r.excess[:len(sums)]
	clear(excess)
	r.workspace.blocks = slice(r.blocks, r.tile)
	clear(r.blocks) // a call that was stopped may have left some
	part := r.group * r.span()
	r.workspace.panel = slice(r.panel, 2*part)
	panel, ahead := r.panel[:part], r.panel[part:]
	if !r.inverse {
		r.transpose(panel, x)
	}
	for from := 0; from < x.Rows && !r.by.Stopped(); {
		groups := 1
		if take == nil && !r.inverse {
			groups = max(1, min((x.Rows-from)/r.tile-1, callFlops/r.tile/r.width/r.width))
		}
		to := from + groups*r.tile
		next := x.Slice(min(to, x.Rows-r.tile)-(groups-1)*r.tile, x.Rows) // the last rows once more
		result := panel
		if r.inverse {
			r.multiply(sums[from:to], excess[from:to], x.Slice(from, to))
			result = r.panel[part:]
		} else {
			r.substitute(sums[from:to], excess[from:to], panel, ahead, next, groups)
		}
		if groups%2 == 1 {
			panel, ahead = ahead, panel
		}
		if take != nil {
			take(result, from)
		}
		from = to
	}
}

// transpose fills a tile's panels with rows, by calls for some columns.
func (r run[F]) transpose(panel []F, x Matrix[F]) {
	const columns, least = 1 << 11, 2 * quad
	from := 0
	for ; r.width-from > columns+least; from += columns {
		transpose(panel[from*r.shape.lanes:], x.Data[from:], x.Stride, columns, r.span(), r.group)
	}
	transpose(panel[from*r.shape.lanes:], x.Data[from:], x.Stride, r.width-from, r.span(), r.group)
}

// substitute solves panels, and transposes the next rows.
func (r run[F]) substitute(sums, excess, panel, ahead []F, next Matrix[F], groups int) {
	rows := wholeTiles(r.width)
	for from := 0; from < rows && !r.by.Stopped(); {
		to := r.rowsOfCall(from, rows, groups*r.tile)
		substitute(sums, excess, r.blocks, panel, ahead, r.quads[2*from*(from/quad+1):], r.mean, next.Data, r.span(), next.Stride, r.width, r.fetch(next.Stride), from, to, groups, max(squareBlock, from), 0, rows-to)
		from = to
	}
}

// fetch is how many elements ahead of those at hand others are fetched: tiles go through a row slowly, diagonal factors fast.
func (r run[F]) fetch(stride int) int {
	if r.kernel == deviations {
		return 4 * fetchBytes / size[F]()
	}
	return r.tile*stride + fetchBytes/size[F]()
}

// multiply computes the products for a tile of rows, and leaves them where the panels ahead would be.
func (r run[F]) multiply(sums, excess []F, x Matrix[F]) {
	r.transpose(r.panel, x)
	rows := wholeTiles(r.width)
	for from := 0; from < rows && !r.by.Stopped(); {
		to := r.rowsOfCall(from, rows, r.tile)
		multiply(sums, excess, r.blocks, r.panel, r.quads[2*from*(from/quad+1):], r.mean, r.span(), from, to, 1, r.group*r.span(), max(squareBlock, from), 0, rows-to)
		from = to
	}
}

// rowsOfCall is up to which row of the factor a call for so many rows of data goes from another one.
func (r run[F]) rowsOfCall(from, rows, of int) int {
	reach := int(math.Sqrt(float64(from*from) + float64(2*callFlops/of)))
	return min(rows, max(from+squareBlock, reach/squareBlock*squareBlock))
}

// whiten computes z for every row. If there is a list, it scales z that are too large for F, and adds them to it.
func (f *Factor[F]) whiten(by *parallel.Worker, dst, x Matrix[F], scaled *[]scaledRow) {
	if x.Rows == 0 || f.dim == 0 {
		return
	}
	if f.lower.Data == nil {
		f.whitenDiagonal(dst, x)
		return
	}
	r := f.start(by)
	whole := r.whole(x)
	if r.dim < r.width {
		whole = 0 // what follows the row may be NaN, which 0·NaN brings into a product, or another worker's result
	}
	for from := 0; from < x.Rows && !by.Stopped(); {
		rows, to := r.rowsFrom(x, from, whole)
		r.workspace.sums = slice(r.sums, rows.Rows)
		r.whitenAll(r.sums[:rows.Rows], rows, func(panel []F, first int) {
			begin, end := from+first, min(from+first+r.tile, to)
			r.unpack(dst.Slice(begin, end), x.Slice(begin, end), r.sums[first:], panel, begin, scaled)
		})
		if !allFinite(r.sums[:rows.Rows]) {
			clear(r.panel)
		}
		from = to
	}
	r.end()
}

// A scaledRow is one of which 2^-by times its z is kept, for that to be finite.
type scaledRow struct{ row, by int }

// rowsFrom is the rows from one on that are whitened together, and where the next ones begin: a block of those that are whole tiles, or
// copies of a few others.
func (r run[F]) rowsFrom(x Matrix[F], from, whole int) (rows Matrix[F], to int) {
	const block = 1536 // a multiple of every tile
	if from < whole {
		to = min(from+block, whole)
		return x.Slice(from, to), to
	}
	to = min(from+r.tile, x.Rows)
	return r.copied(x.Slice(from, to)), to
}

func (f *Factor[F]) whitenDiagonal(dst, x Matrix[F]) {
	for i := range x.Rows {
		z, row := dst.Row(i), x.Row(i)
		if !allFinite(row) {
			setNaN(z)
			continue
		}
		for j, v := range row {
			z[j] = (v - f.mean[j]) * f.scale[j]
			if !finite(float64(z[j])) {
				z[j] = F(f.extendedElement(j, v).float())
			}
		}
	}
}

func (f *Factor[F]) solveDiagonal(dst, x Matrix[F]) {
	for i := range x.Rows {
		w, row := dst.Row(i), x.Row(i)
		if !allFinite(row) {
			setNaN(w)
			continue
		}
		for j, v := range row {
			s := f.scale[j]
			w[j] = (v - f.mean[j]) * s * s
			if !finite(float64(w[j])) {
				w[j] = F(f.extendedElement(j, v).times(newExtended(float64(s))).float())
			}
		}
	}
}

// unpack copies the z of the rows of x, of which sums are the squared lengths, from their panels; before is how many rows were
// before them. A row that is not finite gets NaN, and one of which something overflows is computed again.
func (r run[F]) unpack(dst, x Matrix[F], sums, panel []F, before int, scaled *[]scaledRow) {
	span, lanes := r.span(), r.shape.lanes
	for i := range dst.Rows {
		row := dst.Row(i)
		z := panel[i/lanes*span+i%lanes:]
		switch {
		case finite(float64(sums[i])):
		case !allFinite(x.Row(i)):
			setNaN(row)
			continue
		case !everyFinite(z, lanes, len(row)):
			by := r.whitenExtended(row, x.Row(i), scaled != nil)
			if scaled != nil {
				*scaled = append(*scaled, scaledRow{before + i, by})
			}
			continue
		}
		for j := range row {
			row[j] = z[j*lanes]
		}
	}
}

// everyFinite tells whether n elements, each so far from the one before, are finite.
func everyFinite[F Float](x []F, apart, n int) bool {
	for j := range n {
		if !finite(float64(x[j*apart])) {
			return false
		}
	}
	return true
}

func setNaN[F Float](x []F) {
	for i := range x {
		x[i] = F(math.NaN())
	}
}

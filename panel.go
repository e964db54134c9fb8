package relent

import (
	"math"
	"unsafe"
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
	// panelBytes is the memory for panels that are worked on together. It should stay in the first cache.
	panelBytes = 16 << 10
	// callFlops bounds the time of a call: some 20 µs.
	callFlops = 1 << 20
)

// wholeTiles is the number of rows of a factor with those added that the largest tile needs.
func wholeTiles(rows int) int { return (rows + 2*quad - 1) / (2 * quad) * (2 * quad) }

// narrowest is the number of columns that kernels load at once.
func narrowest[F Float]() int {
	var x F
	return 16 / int(unsafe.Sizeof(x))
}

// width is the number of columns with those added that kernels need at least.
func (f *Factor[F]) width() int {
	least := narrowest[F]()
	if f.lower.Data == nil {
		least = quad
	}
	return max(f.dim, least)
}

// workspace is what a goroutine needs to walk over rows.
type workspace[F Float] struct {
	lanes int
	panel []F
	rows  []F // copies of rows, where they do not make a whole tile
	sums  []F
}

const cacheLine = 64

// slice is s with a length of at least n, at the beginning of a cache line; with elements 0 if it is new.
func slice[F Float](s []F, n int) []F {
	if len(s) >= n {
		return s
	}
	var x F
	size := int(unsafe.Sizeof(x))
	s = make([]F, n+cacheLine/size)
	skip := (-int(uintptr(unsafe.Pointer(unsafe.SliceData(s)))) & (cacheLine - 1)) / size
	return s[skip:][:n]
}

// A run is one walk over rows.
type run[F Float] struct {
	*Factor[F]
	*workspace[F]
	shape
	tile   int // rows that a kernel takes at once
	kernel kernel
}

// kernel is how a run computes distances.
type kernel uint8

const (
	tiles kernel = iota
	unrolled
	deviations
)

func (f *Factor[F]) start() run[F] {
	r := run[F]{Factor: f, workspace: f.buffers.Get().(*workspace[F]), shape: panelShape[F]()}
	if r.workspace.lanes != r.shape.lanes {
		*r.workspace = workspace[F]{lanes: r.shape.lanes} // nothing is where it was
	}
	r.tile = r.shape.lanes * r.group
	return r
}

func (r run[F]) end() { r.buffers.Put(r.workspace) }

// distances computes the squared distances of rows.
func (f *Factor[F]) distances(dst []F, x Matrix[F]) {
	if x.Rows == 0 {
		return
	}
	if f.dim == 0 {
		clear(dst)
		return
	}
	r := f.start()
	defer r.end()
	switch {
	case f.lower.Data == nil:
		r.kernel, r.tile = deviations, r.shape.lanes
	case f.width() <= r.unrolled && !f.inverse:
		r.kernel, r.tile = unrolled, r.shape.lanes*int(r.side[f.width()])
	}
	r.walk(dst, x)
}

// walk runs the kernel on as many rows as whole tiles have, within the time of a call, and on copies of the rest.
func (r run[F]) walk(dst []F, x Matrix[F]) {
	step := max(1, callFlops/(r.dim*(r.dim+16)*r.tile)) * r.tile
	whole := r.whole(x.Rows)
	for from := 0; from < whole; from += step {
		to := min(from+step, whole)
		if r.refuses(dst[from:to], x.Slice(from, to)) {
			r.mend(dst[from:to], x.Slice(from, to))
		}
	}
	for from := whole; from < x.Rows; from += r.tile {
		to := min(from+r.tile, x.Rows)
		r.workspace.sums = slice(r.sums, r.tile)
		if r.refuses(r.sums[:r.tile], r.copied(x.Slice(from, to))) {
			r.mend(r.sums[:to-from], x.Slice(from, to))
		}
		copy(dst[from:to], r.sums)
	}
}

// whole is how many of so many rows make whole tiles where they are.
func (r run[F]) whole(rows int) int {
	if r.dim < r.width() {
		return 0
	}
	return rows / r.tile * r.tile
}

// copied is a whole tile of rows: those of x, and its last one again.
func (r run[F]) copied(x Matrix[F]) Matrix[F] {
	width := r.width()
	r.workspace.rows = slice(r.rows, r.tile*width)
	for i := range r.tile {
		copy(r.rows[i*width:], x.Row(min(i, x.Rows-1)))
	}
	return Matrix[F]{Rows: r.tile, Cols: width, Stride: width, Data: r.rows}
}

// refuses computes the distances of rows, and tells whether one of them is infinite or NaN.
func (r run[F]) refuses(dst []F, x Matrix[F]) bool {
	width, lanes := r.width(), r.shape.lanes
	switch r.kernel {
	case unrolled:
		return sqMahalanobisUnrolled(width, dst, x.Data, r.model, x.Stride, x.Rows/lanes) != 0
	case deviations:
		whole, back := split(width, quad)
		return sqDeviations(dst, x.Data, r.model, x.Stride, whole, back, x.Rows/lanes) != 0
	}
	r.whitenAll(dst, x, nil)
	return !allFinite(dst)
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
	var bad [4]F // 0 or NaN
	for ; len(x) >= 4; x = x[4:] {
		for i, v := range x[:4] {
			bad[i] += v - v
		}
	}
	for _, v := range x {
		bad[0] += v - v
	}
	return bad == [4]F{}
}

// mend sets the distances that came out infinite or NaN: to NaN if a value of the row is, or else to infinity, as they are too
// large for F.
func (r run[F]) mend(dst []F, x Matrix[F]) {
	clear(r.panel) // a NaN among the zeros added to a panel would stay
	for i, d := range dst {
		if !finite(float64(d)) {
			dst[i] = F(math.Inf(1))
			if !allFinite(x.Row(i)) {
				dst[i] = F(math.NaN())
			}
		}
	}
}

// whitenAll adds the squares of whole tiles of rows to sums that begin with 0, a batch of panels at a time, and hands over each
// batch with its z in the panels.
func (r run[F]) whitenAll(sums []F, x Matrix[F], done func(from, to int)) {
	clear(sums)
	batch := r.batch()
	for from := 0; from < x.Rows; from += batch {
		to := min(from+batch, x.Rows)
		r.whiten(sums[from:to], x.Slice(from, to), x.Slice(to, x.Rows))
		if done != nil {
			done(from, to)
		}
	}
}

// batch is how many rows have room in the memory for panels.
func (r run[F]) batch() int {
	var x F
	return max(1, panelBytes/(r.tile*wholeTiles(r.width())*int(unsafe.Sizeof(x)))) * r.tile
}

// span is the length of a panel.
func (r run[F]) span() int { return wholeTiles(r.width()) * r.shape.lanes }

// whiten leaves the z of rows in the panels and adds their squares to sums. The rows that come next are fetched meanwhile.
func (r run[F]) whiten(sums []F, x, next Matrix[F]) {
	width, span, panels := r.width(), r.span(), x.Rows/r.shape.lanes
	out := 0
	if r.inverse {
		out = panels * span
	}
	r.workspace.panel = slice(r.panel, panels*span+out)
	whole, back := split(width, narrowest[F]())
	center(r.panel, x.Data, r.mean, x.Stride, whole, back, span-width*r.shape.lanes, panels)
	if next.Rows < x.Rows {
		next = x
	}
	rows := wholeTiles(width)
	for from := 0; from < rows; {
		to := r.rowsOfCall(from, rows, x.Rows)
		ahead := next.Data[min(from, width-1):]
		factor := r.quads[2*from*(from/quad+1):]
		if r.inverse {
			multiply(sums, r.panel, factor, ahead, span, x.Stride, from, to, panels/r.group, out)
		} else {
			substitute(sums, r.panel, factor, ahead, span, x.Stride, from, to, panels/r.group)
		}
		from = to
	}
}

// rowsOfCall is up to which row of the factor a call goes from another one.
func (r run[F]) rowsOfCall(from, rows, panelRows int) int {
	reach := int(math.Sqrt(float64(from)*float64(from) + float64(2*callFlops/panelRows)))
	return min(rows, max(from+2*quad, reach/(2*quad)*(2*quad)))
}

// whiten computes z for every row.
func (f *Factor[F]) whiten(dst, x Matrix[F]) {
	if x.Rows == 0 || f.dim == 0 {
		return
	}
	if f.lower.Data == nil {
		for i := range x.Rows {
			z := dst.Row(i)
			for j, v := range x.Row(i) {
				z[j] = (v - f.mean[j]) * f.scale[j]
			}
		}
		return
	}
	r := f.start()
	defer r.end()
	whole, batch := r.whole(x.Rows), r.batch()
	for from := 0; from < x.Rows; {
		to := min(from+batch, whole)
		rows := x.Slice(from, to)
		if from >= whole {
			to = min(from+r.tile, x.Rows)
			rows = r.copied(x.Slice(from, to))
		}
		r.workspace.sums = slice(r.sums, batch)
		clear(r.sums[:rows.Rows])
		r.whiten(r.sums, rows, rows)
		r.unpack(dst.Slice(from, to), rows.Rows)
		if !allFinite(r.sums[:rows.Rows]) {
			clear(r.panel)
		}
		from = to
	}
}

// unpack copies the z of rows from the panels.
func (r run[F]) unpack(dst Matrix[F], rows int) {
	span, lanes := r.span(), r.shape.lanes
	panel := r.panel
	if r.inverse {
		panel = panel[rows/lanes*span:]
	}
	for i := range dst.Rows {
		z := panel[i/lanes*span+i%lanes:]
		for j := range r.dim {
			dst.Row(i)[j] = z[j*lanes]
		}
	}
}

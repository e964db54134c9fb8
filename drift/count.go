package drift

import (
	"math"
	"unsafe"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/parallel"
	"github.com/relent-go/relent/internal/pass"
)

// A kernel compares a stripe of 128 bytes of some rows at a time with a limit for each lane, and counts in each lane what reaches it. Rows that
// follow each other in memory are as many as fill whole stripes, so that the lanes of any number of columns are all in use: those of five
// columns of float64 are in use with sixteen rows that are one of five stripes. What is counted in a bin is the difference of two counts.

const (
	stripeBytes = 128
	group       = 8       // rows that the kernel takes at a time
	mostReached = 1 << 30 // rows in lanes at most, so that no count looks like a NaN
)

// lanesOf is how many elements a stripe has.
func lanesOf[F relent.Float]() int { return stripeBytes / int(unsafe.Sizeof(F(0))) }

// compared is up to how many limits it is faster to compare with all than to search, by the width of vectors: where a sieve does not pay.
func compared() int {
	switch relent.ISA() {
	case "avx512", "avx2":
		return MaxBins + 1
	case "neon":
		return 64
	}
	return 0
}

// plan is the limits of columns as the kernel reads them.
type plan[F relent.Float] struct {
	columns []Column
	most    int   // limits of a column in the table
	rows    int   // that make whole stripes
	stripes []int // where the limits of each begin, in stripes, and the end of all
	table   []F
	limits  [][]F       // of each column, without what counts numbers; nil for one that is not in the table
	sieves  []*sieve[F] // of columns that are sifted
	places  []int       // where the bins of each column begin, and the end of all
	spare   freelist.List[*partial[F]]
}

// partial is what one goroutine has counted.
type partial[F relent.Float] struct {
	lanes    []F
	compared uint64 // rows, in lanes
	bins     []uint64
	sifted   *sifted[F] // if there is a sieve
}

func newPlan[F relent.Float](columns []Column, most int) *plan[F] {
	lanes, cols := lanesOf[F](), len(columns)
	p := &plan[F]{
		columns: columns, most: most, rows: lanes / commonDivisor(lanes, cols),
		limits: make([][]F, cols), sieves: make([]*sieve[F], cols), stripes: []int{0}, places: []int{0},
	}
	tall := tileElements/cols >= 4*leastSifted
	for j, c := range columns {
		switch limits := len(c.Bins.limits); {
		case !c.Bins.ordered() || most == 0:
		case limits > directly && tall:
			p.sieves[j] = newSieve(limitsOf[F](c.Bins))
		case limits <= most:
			p.limits[j] = limitsOf[F](c.Bins)
		}
		p.places = append(p.places, p.places[j]+c.Bins.Len())
	}
	for s := range cols * p.rows / lanes {
		longest := 0
		for l := range lanes {
			if j := (s*lanes + l) % cols; p.tabled(j) {
				longest = max(longest, 1+len(p.limits[j]))
			}
		}
		for e := range longest {
			for l := range lanes {
				p.table = append(p.table, p.limit((s*lanes+l)%cols, e))
			}
		}
		p.stripes = append(p.stripes, len(p.table)/lanes)
	}
	return p
}

// tabled tells whether a column is compared with all its limits.
func (p *plan[F]) tabled(j int) bool { return p.limits[j] != nil }

// limit is a column's e-th in the table: -Inf, which every number reaches, then its own, then NaN, which none does.
func (p *plan[F]) limit(j, e int) F {
	switch {
	case !p.tabled(j) || e > len(p.limits[j]):
		return F(math.NaN())
	case e == 0:
		return F(math.Inf(-1))
	}
	return p.limits[j][e-1]
}

// limitsOf are bins' limits in a type: the least numbers of it that reach them.
func limitsOf[F relent.Float](b Bins) []F {
	limits := make([]F, len(b.limits))
	for i, limit := range b.limits {
		limits[i] = F(limit)
		if float64(limits[i]) < limit {
			limits[i] = F(math.Nextafter32(float32(limits[i]), float32(math.Inf(1))))
		}
	}
	return limits
}

func commonDivisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// tally counts rows: whole groups by the kernel in lanes, the others in bins.
type tally[F relent.Float] struct {
	*plan[F]
	x       relent.Matrix[F]
	perTile int // rows
	used    *freelist.List[*partial[F]]
}

// tileElements are about those of a tile: limits and counts of many columns come from far, and are worth some hundred rows.
const tileElements = 3 << 17

// count adds to counts those of rows; where there is an error it adds nothing.
func (p *plan[F]) count(counts []uint64, x relent.Matrix[F], run relent.Run) error {
	step := group * p.rows
	t := tally[F]{plan: p, x: x, used: new(freelist.List[*partial[F]])}
	t.perTile = max(1, tileElements/len(p.columns)/step) * step
	err := parallel.Do(parallel.Run{Workers: run.Workers, Context: run.Context, Progress: run.Progress}, t)
	for part, ok := t.used.Take(); ok; part, ok = t.used.Take() {
		p.fold(part)
		if err == nil {
			for i, n := range part.bins {
				counts[i] += n
			}
		}
		clear(part.bins)
		p.spare.Put(part)
	}
	return err
}

// Size is that of the job.
func (t tally[F]) Size() (tiles, results int) {
	return (t.x.Rows + t.perTile - 1) / t.perTile, t.x.Rows
}

// Tile counts some rows.
func (t tally[F]) Tile(by *parallel.Worker, tile int) error {
	part, ok := t.used.Take()
	if !ok {
		if part, ok = t.spare.Take(); !ok {
			part = t.newPartial()
		}
	}
	from, to := tile*t.perTile, min((tile+1)*t.perTile, t.x.Rows)
	whole := from
	if step := group * t.rows; len(t.table) > 0 {
		whole += (to - from) / step * step
		t.compare(part, from, whole)
	}
	for j, s := range t.sieves {
		switch bins := part.bins[t.places[j]:t.places[j+1]]; {
		case t.tabled(j):
			t.search(bins, j, whole, to)
		case s != nil && to-from >= leastSifted:
			s.count(part.sifted, bins, t.x, j, from, to)
		default:
			t.search(bins, j, from, to)
		}
	}
	t.used.Put(part)
	by.Done(to - from)
	return nil
}

func (p *plan[F]) newPartial() *partial[F] {
	part := &partial[F]{lanes: make([]F, len(p.table)), bins: make([]uint64, p.places[len(p.columns)])}
	for _, s := range p.sieves {
		if s != nil && part.sifted == nil {
			part.sifted = newSifted[F]()
		}
	}
	return part
}

// near is how many rows of a stripe fit into the nearest cache, beside limits and counts: the kernel comes to them once for each vector.
const near = 16 * group

// compare counts rows in lanes.
func (t tally[F]) compare(part *partial[F], from, to int) {
	if from == to {
		return
	}
	if part.compared+uint64(to-from) > mostReached {
		t.fold(part)
	}
	lanes, stride, rows := lanesOf[F](), len(t.columns)*t.rows, (to-from)/t.rows
	x := t.contiguous(from, to)
	var m pass.Numbers
	for s, first := range t.stripes[:len(t.stripes)-1] {
		end := t.stripes[s+1]
		if end == first {
			continue
		}
		counts, limits := part.lanes[first*lanes:end*lanes], t.table[first*lanes:end*lanes]
		for row := 0; row < rows; row += near {
			many := min(near, rows-row)
			m.Set(float64(stride), float64(end-first), float64(many/group))
			from := row*stride + s*lanes
			relent.Pass(pass.Reached, &m, counts, limits, x[from:from+(many-1)*stride+lanes])
		}
	}
	part.compared += uint64(to - from)
}

// contiguous are the elements of rows, one after the other.
func (t tally[F]) contiguous(from, to int) []F {
	cols := len(t.columns)
	if t.x.Stride == cols {
		return t.x.Data[from*cols : to*cols]
	}
	x := make([]F, 0, (to-from)*cols)
	for i := from; i < to; i++ {
		x = append(x, t.x.Row(i)...)
	}
	return x
}

// search counts elements of a column, one after the other.
func (t tally[F]) search(bins []uint64, j, from, to int) {
	b := &t.columns[j].Bins
	for i := from; i < to; i++ {
		bins[b.find(float64(t.x.Data[i*t.x.Stride+j]))]++
	}
}

// fold brings what is counted in lanes to the bins.
func (p *plan[F]) fold(part *partial[F]) {
	if part.compared == 0 {
		return
	}
	lanes := lanesOf[F]()
	for j := range p.columns {
		if p.tabled(j) {
			part.bins[p.places[j+1]-1] += part.compared // less the numbers, below: missing
		}
	}
	for s, first := range p.stripes[:len(p.stripes)-1] {
		for l := range lanes {
			j := (s*lanes + l) % len(p.columns)
			if !p.tabled(j) {
				continue
			}
			bins := part.bins[p.places[j]:p.places[j+1]]
			at := first*lanes + l
			reach := countIn(part.lanes[at])
			bins[len(bins)-1] -= reach
			for e := range bins[:len(bins)-2] {
				at += lanes
				next := countIn(part.lanes[at])
				bins[e] += reach - next
				reach = next
			}
			bins[len(bins)-2] += reach
		}
	}
	clear(part.lanes)
	part.compared = 0
}

// countIn is the integer in the place of an element.
func countIn[F relent.Float](x F) uint64 {
	if unsafe.Sizeof(x) == 4 {
		return uint64(math.Float32bits(float32(x)))
	}
	return math.Float64bits(float64(x))
}

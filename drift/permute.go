package drift

import "math/rand/v2"

// P-values by χ² want bins put together, and with few values on a side that leaves next to none of them. Then the verdict goes by the tables
// that are as probable as the one at hand if nothing has drifted: those of the same totals of rows and columns, whose cells have a multivariate
// hypergeometric distribution (Fisher; Patefield 1981). They are drawn, from integers of a generator with a fixed seed.
const (
	fewValues      = 200  // on one side: from there on χ² serves
	expectedDrawn  = 2    // values of each side of a cell, at least
	mostTables     = 2000 // drawn
	extremeTables  = 50   // are enough to know a large P
	sameStatistic  = 1 + 0x1p-30
	seedOfTables   = 0x9e3779b97f4a7c15
	streamOfTables = 16
)

// few tells whether a table of all cells has to be judged by drawing others, as one of cells that have enough has fewer.
func (t table) few(enough table) bool {
	return t.n > 0 && t.m > 0 && min(t.n, t.m) < fewValues && len(enough.cells) < len(t.pooled(expectedDrawn).cells)
}

// permute sets P to the share of tables that are at least as extreme as t: of k+1 in N+1, the one at hand among them, with k of N tables drawn; or, once
// k is extremeTables, of k in the tables until then (Besag and Clifford, Biometrika 78, 1991). In either case it is at most α in at most a
// share α of the cases without drift. Where no table is as extreme, P by χ², which r has, may be smaller, and is kept.
func (r *ColumnReport) permute(t table) {
	var observed, drawn ColumnReport
	observed.test(t)
	source := rand.New(rand.NewPCG(seedOfTables, streamOfTables))
	other := table{cells: make([]cell, len(t.cells)), n: t.n, m: t.m, ordered: t.ordered}
	extreme := 0
	for tables := 1; tables <= mostTables; tables++ {
		t.draw(other.cells, source)
		drawn.test(other)
		if drawn.P > observed.P*sameStatistic {
			continue
		}
		if extreme++; extreme == extremeTables {
			r.P = float64(extreme) / float64(tables)
			return
		}
	}
	if p := float64(extreme+1) / (mostTables + 1); extreme > 0 || p < r.P {
		r.P = p
	}
}

// draw fills cells with a table of the same totals as t: the smaller side takes its values, one after the other, out of those of both.
func (t table) draw(cells []cell, source *rand.Rand) {
	for i, c := range t.cells {
		cells[i] = cell{ref: c.both(), missing: c.missing}
	}
	left := uint64(t.n + t.m)
	for range int(min(t.n, t.m)) {
		at, i := float64(source.Uint64N(left)), 0
		for ; at >= cells[i].ref; i++ {
			at -= cells[i].ref
		}
		cells[i].ref--
		cells[i].live++
		left--
	}
	if t.n < t.m {
		for i, c := range cells {
			cells[i].ref, cells[i].live = c.live, c.ref
		}
	}
}

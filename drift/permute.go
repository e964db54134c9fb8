package drift

import (
	"math"
	"math/rand/v2"

	"github.com/relent-go/relent"
)

// P-values by χ² want bins put together, and with few values on a side that leaves next to none of them. Then they go by the tables
// that are as probable as the one at hand if nothing has drifted: those of the same totals of rows and columns, whose cells have a multivariate
// hypergeometric distribution (Fisher; Patefield 1981). They are drawn, from integers of a generator with a fixed seed.
const (
	fewValues      = 200     // on one side: from there on χ² serves
	expectedDrawn  = 2       // values of each side of a cell, at least
	mostTables     = 2000    // drawn
	extremeTables  = 50      // are enough to know a large P
	sameStatistic  = 0x1p-30 // relative differences that are of rounding
	seedOfTables   = 0x9e3779b97f4a7c15
	streamOfTables = 16
)

// few tells whether a table of all cells has to be judged by drawing others, as one of cells that have enough has fewer.
func (t table) few(enough table) bool {
	return t.n > 0 && t.m > 0 && min(t.n, t.m) < fewValues && len(enough.cells) < len(t.pooled(expectedDrawn).cells)
}

// The statistics that tables are drawn for: of the verdict and its parts, and of shares.
const (
	ofVerdict, ofShares, ofAll = 0, 3, 7
)

// statistics are larger the more a table looks like drift; of p-values they have the opposite.
func (t table) statistics(from int) (s [ofAll]float64) {
	var r ColumnReport
	if from == ofVerdict {
		r.test(t)
	}
	r.measure(t, relent.Additive(0.5))
	return [ofAll]float64{-r.P, r.ChiSquare.Value, -r.Superiority.P, r.PSI.Value, r.JensenShannon.Value, r.KullbackLeibler.Value, r.Hellinger.Value}
}

// permute sets the p-values of the statistics from one of them on to the share of tables that are at least as extreme as t: of k+1 in N+1, the one at
// hand among them, with k of N tables drawn; or, once k is extremeTables, of k in the tables until then (Besag and Clifford, Biometrika 78, 1991).
// In either case it is at most α in at most a share α of the cases without drift. Where no table is as extreme, P by χ², which r has, may be smaller,
// and is kept.
func (r *ColumnReport) permute(t table, from int) {
	p := [ofAll]*float64{&r.P, &r.ChiSquare.P, &r.Superiority.P, &r.PSI.P, &r.JensenShannon.P, &r.KullbackLeibler.P, &r.Hellinger.P}
	observed := t.statistics(from)
	if from == ofVerdict {
		r.ChiSquare.Value = observed[1]
	}
	source := rand.New(rand.NewPCG(seedOfTables, streamOfTables))
	other := table{cells: make([]cell, len(t.cells)), n: t.n, m: t.m, ordered: t.ordered}
	var extreme [ofAll]int
	open := ofAll - from
	for tables := 1; tables <= mostTables && open > 0; tables++ {
		t.draw(other.cells, source)
		drawn := other.statistics(from)
		for i := from; i < ofAll; i++ {
			if extreme[i] == extremeTables || drawn[i] < observed[i]-float64(sameStatistic*math.Abs(observed[i])) {
				continue
			}
			if extreme[i]++; extreme[i] == extremeTables {
				*p[i] = float64(extremeTables) / float64(tables)
				open--
			}
		}
	}
	for i := from; i < ofAll; i++ {
		if k := extreme[i]; k < extremeTables {
			if share := float64(k+1) / (mostTables + 1); k > 0 || share < *p[i] {
				*p[i] = share
			}
		}
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

package drift

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/relent-go/relent"
)

// nullRuns is how many runs without drift a setting has, unless a test is to be quick: 10⁵ in 24 settings if it is to be deep.
func nullRuns(usual int) int {
	switch {
	case deep():
		return 4200
	case os.Getenv("RELENT_EMULATED") == "1":
		return 4
	case testing.Short():
		return 20
	}
	return usual
}

// above tells whether n cases are more than a share, but for four standard deviations and two cases more.
func above(n, of int, share float64) bool {
	expected := share * float64(of)
	return float64(n) > 2+expected+4*math.Sqrt(expected)
}

// Without drift p-values are at most 1 % in at most 1 % of cases, with few values too: in each setting, and in all together.
func TestFalseAlarmsOfFew(t *testing.T) {
	runs := nullRuns(150)
	r := rand.New(rand.NewPCG(9, 10))
	all := 0
	var alarms [ofAll]int
	for _, sizes := range [][2]int{{20, 20}, {1000, 20}, {50, 50}, {50, 200}, {100, 100}, {199, 199}} {
		for _, bins := range []int{5, 50} {
			for _, skewed := range []bool{false, true} {
				guide := shares(bins, skewed)
				c := columnOf(bins)
				var few [ofAll]int
				for range runs {
					compareColumn(c, sample(r, &guide, bins, sizes[0]), sample(r, &guide, bins, sizes[1]), relent.Additive(0.5)).alarm(&few)
				}
				all += runs
				for i, n := range few {
					if above(n, runs, 0.01) {
						t.Errorf("%v values, %d bins, skewed %v: %d alarms of %s in %d", sizes, bins, skewed, n, statisticNames[i], runs)
					}
					alarms[i] += n
				}
			}
		}
	}
	for i, n := range alarms {
		t.Logf("%d alarms of %s in %d", n, statisticNames[i], all)
		if above(n, all, 0.01) {
			t.Errorf("%d alarms of %s in %d", n, statisticNames[i], all)
		}
	}
}

// Of two bins the probabilities of tables are those of Fisher's exact test.
func TestPermuted(t *testing.T) {
	choose := func(n, k int) float64 {
		c := 1.0
		for i := range k {
			c *= float64(n-i) / float64(i+1)
		}
		return c
	}
	c, err := IntegerCategories(0, 1)
	must(t, err)
	for _, at := range []int{5, 6, 7, 8, 9, 15} { // of 15 values on either side, and 15 in the first category
		want := 0.0
		for k := range 16 {
			if other := 15 - at; min(k, 15-k) <= min(at, other) {
				want += choose(15, k) * choose(15, 15-k) / choose(30, 15)
			}
		}
		r := compareColumn(Column{"x", c}, []uint64{uint64(at), uint64(15 - at), 0, 0}, []uint64{uint64(15 - at), uint64(at), 0, 0}, relent.Strict)
		again := compareColumn(Column{"x", c}, r.ReferenceCounts, r.LiveCounts, relent.Strict)
		if again.P != r.P {
			t.Errorf("%d: P %v, and again %v", at, r.P, again.P)
		}
		p := max(want, 1./(mostTables+1))
		if deviation := 5 * math.Max(p/math.Sqrt(extremeTables), math.Sqrt(p/mostTables)); math.Abs(r.P-p) > deviation {
			t.Errorf("%d: P %v, exactly %v", at, r.P, want)
		}
	}
}

// A drawn table has the totals of the one at hand, and counts on average as many values as the hypergeometric distribution.
func TestDraw(t *testing.T) {
	for _, flipped := range []bool{false, true} {
		from := table{cells: []cell{{ref: 40, live: 2}, {ref: 0, live: 7}, {ref: 60, live: 1, missing: true}}}
		if flipped {
			for i, c := range from.cells {
				from.cells[i].ref, from.cells[i].live = c.live, c.ref
			}
		}
		from.total()
		source, cells := rand.New(rand.NewPCG(1, 1)), make([]cell, 3)
		const draws = 4000
		sums := make([]float64, 3)
		for range draws {
			from.draw(cells, source)
			drawn := table{cells: cells}
			drawn.total()
			if drawn.n != from.n || drawn.m != from.m {
				t.Fatalf("%v values of the reference and %v live, of %v and %v", drawn.n, drawn.m, from.n, from.m)
			}
			for i, c := range cells {
				if c.both() != from.cells[i].both() || c.missing != from.cells[i].missing {
					t.Fatalf("cell %d is %v, of %v", i, c, from.cells[i])
				}
				sums[i] += c.live
			}
		}
		for i, c := range from.cells {
			within(t, "mean", sums[i]/draws, c.both()*from.m/(from.n+from.m), 0.1)
		}
	}
}

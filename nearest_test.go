package relent

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// bruteForce is all measures of a query and the rows, sorted.
func bruteForce[F float](m Measure, query []F, rows Matrix[F]) []Neighbor {
	all := make([]Neighbor, rows.Rows)
	for i := range all {
		all[i] = Neighbor{i, Between(m, query, rows.Row(i))}
	}
	slices.SortStableFunc(all, func(a, b Neighbor) int {
		switch {
		case a.Distance < b.Distance || b.Distance != b.Distance && a.Distance == a.Distance:
			return -1
		case a.Distance > b.Distance || a.Distance != a.Distance && b.Distance == b.Distance:
			return 1
		}
		return 0
	})
	return all
}

func sameNeighbors(got, want []Neighbor) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d neighbours, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].Index != want[i].Index || !same(got[i].Distance, want[i].Distance) {
			return fmt.Errorf("neighbour %d is row %d at %x, want %d at %x",
				i, got[i].Index, got[i].Distance, want[i].Index, want[i].Distance)
		}
	}
	return nil
}

// measuresOfTwo are those of two vectors, both ways where that makes a difference.
func measuresOfTwo() []Measure {
	return slices.DeleteFunc(everyMeasure(), Measure.ofOne)
}

// A collection makes rows, and queries that are like them.
type collection[F float] struct {
	name string
	row  func(r *rng, dst []F)
}

func collections[F float]() []collection[F] {
	var list []collection[F]
	for _, kind := range families[F]() {
		list = append(list, collection[F]{kind.name, func(r *rng, dst []F) {
			for i := range dst {
				dst[i], _ = kind.pair(r)
			}
		}})
	}
	some := families[F]()
	blocks := func(r *rng, dst []F) { // mass in a part: rows near each other and far
		for i, at := range dst {
			_ = at
			dst[i] = unit[F](r) / 64
		}
		for range 1 + len(dst)/3 {
			dst[r.below(len(dst))] += unit[F](r)
		}
	}
	return append(list,
		collection[F]{"clusters", blocks},
		collection[F]{"distributions", func(r *rng, dst []F) { blocks(r, dst); normalised(dst) }},
		collection[F]{"with zeros", func(r *rng, dst []F) {
			blocks(r, dst)
			for i := range dst {
				if r.below(3) == 0 {
					dst[i] = 0
				}
			}
			normalised(dst)
		}},
		collection[F]{"few values", func(r *rng, dst []F) { // many ties
			for i := range dst {
				dst[i] = F(r.below(2)) / 2
			}
		}},
		collection[F]{"of any scale", func(r *rng, dst []F) {
			scale := power[F](r.below(60) - 30)
			for i := range dst {
				dst[i] = scale * unit[F](r)
			}
		}},
		collection[F]{"mixed", func(r *rng, dst []F) {
			kind := some[r.below(len(some))]
			for i := range dst {
				dst[i], _ = kind.pair(r)
			}
		}})
}

func normalised[F float](x []F) {
	sum := sumOf(x)
	if sum == 0 {
		x[0], sum = 1, 1
	}
	for i := range x {
		x[i] = F(float64(x[i]) / sum)
	}
}

func (c collection[F]) matrix(r *rng, rows, cols, stride int) Matrix[F] {
	m := Matrix[F]{Rows: rows, Cols: cols, Stride: stride, Data: make([]F, rows*stride)}
	for i := range m.Data {
		m.Data[i] = F(nan)
	}
	for i := range rows {
		if cols > 0 {
			c.row(r, m.Row(i))
		}
	}
	return m
}

// The nearest are those of the brute force, to the bit: for every measure, kind of rows, number of neighbours.
func TestNearest(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", nearest[float64])
		t.Run("f32", nearest[float32])
	})
}

func nearest[F float](t *testing.T) {
	r := seed(t.Name())
	for i, c := range collections[F]() {
		for j, size := range []struct{ rows, cols int }{{1, 1}, {40, 5}, {150, 10}, {99, 64}} {
			rows := c.matrix(r, short(size.rows), size.cols, size.cols+r.below(3))
			queries := c.matrix(r, 5, size.cols, size.cols+1)
			copy(queries.Row(0), rows.Row(r.below(rows.Rows)))
			for range rows.Rows / 10 {
				copy(rows.Row(r.below(rows.Rows)), rows.Row(r.below(rows.Rows)))
			}
			for k, m := range measuresOfTwo() {
				if deep() || (i+j+k)%3 == 0 {
					checkNearest(t, c.name, m, rows, queries)
				}
			}
		}
	}
}

func checkNearest[F float](t *testing.T, name string, m Measure, rows, queries Matrix[F]) {
	t.Helper()
	x := NewIndex(m, rows)
	var all [][]Neighbor
	for i := range queries.Rows {
		all = append(all, bruteForce(m, queries.Row(i), rows))
	}
	for _, k := range []int{0, 1, 10, rows.Rows, rows.Rows + 7} {
		found, err := x.NearestRows(nil, queries, k, Run{})
		if err != nil {
			t.Fatal(err)
		}
		each := min(k, rows.Rows)
		for i := range queries.Rows {
			if err := sameNeighbors(found[i*each:][:each], all[i][:each]); err != nil {
				t.Errorf("%v of %d rows of %d, %s, k = %d, query %d: %v", m, rows.Rows, rows.Cols, name, k, i, err)
			}
			if err := sameNeighbors(x.Nearest(nil, queries.Row(i), k), all[i][:each]); err != nil {
				t.Errorf("%v of %d rows of %d, %s, k = %d, query %d alone: %v", m, rows.Rows, rows.Cols, name, k, i, err)
			}
		}
	}
}

// More rows than a block has, more neighbours than a block has rows, and rows whose sketches are of groups of columns.
func TestNearestOfManyRows(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		r := seed(t.Name())
		for _, size := range []struct{ rows, cols int }{{2*blockRows + 100, 3}, {60, sketchWidth + 1}, {30, 3 * sketchWidth}} {
			for _, c := range collections[float64]() {
				if c.name != "mixed" && (!deep() || c.name != "clusters" && c.name != "with zeros") {
					continue
				}
				rows, queries := c.matrix(r, size.rows, size.cols, size.cols), c.matrix(r, 2, size.cols, size.cols)
				for _, m := range []Measure{MeasureJensenShannon, MeasureKullbackLeibler, MeasureGeneralizedKullbackLeibler, MeasureCrossEntropy, MeasureBhattacharyya, MeasureTotalVariation}[:short(6)] {
					checkNearest(t, c.name, m, rows, queries)
				}
				if rows.Rows > blockRows {
					want := bruteForce(MeasureJensenShannon, queries.Row(1), rows)[:blockRows+50]
					if err := sameNeighbors(NewIndex(MeasureJensenShannon, rows).Nearest(nil, queries.Row(1), len(want)), want); err != nil {
						t.Errorf("%s, k = %d: %v", c.name, len(want), err)
					}
				}
			}
		}
	})
}

// Many blocks: the parts of some columns prove one query's rows far, and bounds that prove nothing rest and wake again.
func TestNearestOfManyBlocks(t *testing.T) {
	const cols, k = 33, 3
	r := seed(t.Name())
	near := filled(r, 10, cols, unit[float64])
	rows := filled(r, 8*blockRows+5, cols, unit[float64])
	for i := range rows.Rows {
		if i/blockRows%3 == 0 { // in some blocks, rows in ten clusters
			for j, c := range near.Row(i % near.Rows) {
				rows.Row(i)[j] = c * c * c * (1 + rows.Row(i)[j]/64)
			}
		}
	}
	queries := NewMatrix(3, cols, slices.Concat(rows.Row(4), rows.Row(blockRows+1), rows.Row(3*blockRows+7))...)
	var want []Neighbor
	for i := range queries.Rows {
		want = append(want, bruteForce(MeasureJensenShannon, queries.Row(i), rows)[:k]...)
	}
	eachISA(t, func(t *testing.T) {
		x := NewIndex(MeasureJensenShannon, rows)
		together, _ := x.NearestRows(nil, queries, k, Run{})
		if err := sameNeighbors(together, want); err != nil {
			t.Errorf("together: %v", err)
		}
		for i := range queries.Rows {
			if err := sameNeighbors(x.Nearest(nil, queries.Row(i), k), want[i*k:][:k]); err != nil {
				t.Errorf("query %d alone: %v", i, err)
			}
		}
	})
}

// Bounds that do not pay are computed in fewer and fewer blocks, and again in all once they do.
func TestBoundsRest(t *testing.T) {
	target := []target{{aimed: true}, {}}
	pattern := func(blocks, measured int) (woken string) {
		for range blocks {
			if target[1].bounded {
				t.Fatal("without a sketch there is no bound")
			}
			if !wake(target) {
				woken += "."
				continue
			}
			woken += "B"
			target[0].measured = measured
			target[0].judge(80)
		}
		return woken
	}
	rests := ""
	for _, rest := range []int{3, 7, 15, 31, 31} {
		rests += "B" + strings.Repeat(".", rest)
	}
	for _, c := range []struct {
		measured int // of 80 rows
		want     string
	}{
		{0, "BBB"}, {70, "BBB"}, {80, rests}, {70, "BBB"}, {71, "B...B......."}, {0, "B"}, {80, "B..."},
	} {
		if got := pattern(len(c.want), c.measured); got != c.want {
			t.Errorf("%d of 80 rows measured: %s, want %s", c.measured, got, c.want)
		}
	}
}

func TestNearestWithoutElements(t *testing.T) {
	x := NewIndex(MeasureJensenShannon, Matrix[float64]{Rows: 3})
	if err := sameNeighbors(x.Nearest(nil, nil, 2), []Neighbor{{0, 0}, {1, 0}}); err != nil {
		t.Error(err)
	}
	none := NewIndex(MeasureJensenShannon, Matrix[float32]{Cols: 4, Stride: 4})
	if got := none.Nearest(nil, make([]float32, 4), 2); got == nil || len(got) != 0 {
		t.Errorf("of no rows: %v", got)
	}
	if got, err := none.NearestRows(nil, NewMatrix[float32](3, 4), 2, Run{Workers: 2}); len(got) != 0 || err != nil {
		t.Errorf("of no rows: %v, %v", got, err)
	}
	if none.Len() != 0 || none.Dim() != 4 || none.Measure() != MeasureJensenShannon {
		t.Error(none.Len(), none.Dim(), none.Measure())
	}
}

// The index keeps copies.
func TestIndexKeepsItsRows(t *testing.T) {
	rows := NewMatrix[float64](4, 3)
	for i := range rows.Data {
		rows.Data[i] = float64(1 + i*i%7)
	}
	x, want := NewIndex(MeasureJeffreys, rows), bruteForce(MeasureJeffreys, []float64{1, 2, 3}, rows)
	clear(rows.Data)
	if err := sameNeighbors(x.Nearest(nil, []float64{1, 2, 3}, 4), want); err != nil {
		t.Error(err)
	}
}

func TestNearestForAnyNumberOfWorkers(t *testing.T) {
	r := seed(t.Name())
	c := collections[float64]()[0]
	rows, queries := c.matrix(r, 300, 20, 20), c.matrix(r, 70, 20, 23)
	x := NewIndex(MeasureJensenShannon, rows)
	for _, n := range []int{0, 1, 5, 70} {
		var want []Neighbor
		for i := range n {
			want = append(want, bruteForce(MeasureJensenShannon, queries.Row(i), rows)[:7]...)
		}
		for _, workers := range []int{-1, 1, 2, 3, 8, 100} {
			dst := make([]Neighbor, 7*n)
			got, err := x.NearestRows(dst, queries.Slice(0, n), 7, Run{Workers: workers})
			if err == nil {
				err = sameNeighbors(got, want)
			}
			if err != nil || n > 0 && &got[0] != &dst[0] {
				t.Errorf("%d workers, %d queries: %v", workers, n, err)
			}
		}
	}
}

// countedContext is done after it has been asked so many times.
type countedContext struct {
	context.Context
	left atomic.Int64
}

func (c *countedContext) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func TestNearestEndsWithTheContext(t *testing.T) {
	r := seed(t.Name())
	c := collections[float64]()[0]
	x, queries := NewIndex(MeasureJensenShannon, c.matrix(r, 2*blockRows, 4, 4)), c.matrix(r, 40, 4, 4)
	before := runtime.NumGoroutine()
	for _, workers := range []int{1, 3} {
		for _, calls := range []int64{0, 1, 17, 50} { // 3 groups, 40 queries, 10 times some rows of 2 blocks
			ctx := &countedContext{Context: context.Background()}
			ctx.left.Store(calls)
			if _, err := x.NearestRows(nil, queries, 3, Run{Workers: workers, Context: ctx}); !errors.Is(err, context.Canceled) {
				t.Errorf("%d workers, done after %d: error %v", workers, calls, err)
			}
			if left := ctx.left.Load(); left < -int64(workers)-1 {
				t.Errorf("%d workers, done after %d: asked %d times more", workers, calls, -left)
			}
		}
		ctx := &countedContext{Context: context.Background()}
		ctx.left.Store(123)
		if _, err := x.NearestRows(nil, queries, 3, Run{Workers: workers, Context: ctx}); err != nil {
			t.Errorf("%d workers, done after all: error %v", workers, err)
		}
	}
	requireGoroutines(t, before)
}

// Progress rises to all pairs; a search that it ends says so.
func TestNearestTellsOfItsProgress(t *testing.T) {
	r := seed(t.Name())
	c := collections[float64]()[0]
	rows, queries := c.matrix(r, 2*blockRows+300, 4, 4), c.matrix(r, 40, 4, 4)
	x := NewIndex(MeasureJensenShannon, rows)
	want, err := x.NearestRows(nil, queries, 3, Run{})
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{0, 1, 3} {
		done, calls := 0, 0
		run := Run{Workers: workers, Progress: func(now, of int) {
			if now <= done || of != queries.Rows*rows.Rows {
				t.Errorf("%d workers: progress is %d after %d of %d", workers, now, done, of)
			}
			done, calls = now, calls+1
		}}
		got, err := x.NearestRows(make([]Neighbor, 3*queries.Rows), queries, 3, run)
		if err == nil {
			err = sameNeighbors(got, want)
		}
		if err != nil || done != queries.Rows*rows.Rows || calls < 2 {
			t.Errorf("%d workers: %v, progress up to %d in %d calls", workers, err, done, calls)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := 0
		run.Context, run.Progress = ctx, func(now, of int) { ended++; cancel() }
		if _, err := x.NearestRows(nil, queries, 3, run); !errors.Is(err, context.Canceled) || ended < 1 || ended > max(1, workers) {
			t.Errorf("%d workers: %v after %d calls", workers, err, ended)
		}
		if got, err := x.NearestRows(nil, queries, 0, run); err != nil || len(got) != 0 {
			t.Errorf("nothing to find: %v, %v", got, err)
		}
	}
}

// Concurrent calls on one index do not disturb each other.
func TestIndexIsSafeForConcurrentUse(t *testing.T) {
	r := seed(t.Name())
	c := collections[float32]()[0]
	rows, queries := c.matrix(r, 200, 12, 12), c.matrix(r, 8, 12, 12)
	x := NewIndex(MeasureHellinger, rows)
	var all sync.WaitGroup
	for i := range queries.Rows {
		all.Add(1)
		go func() {
			defer all.Done()
			want := bruteForce(MeasureHellinger, queries.Row(i), rows)[:5]
			for range 20 {
				if err := sameNeighbors(x.Nearest(nil, queries.Row(i), 5), want); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	all.Wait()
}

// With one worker and dst given nothing is allocated but the workspace of the first call; neither dst nor the query escapes
// from Nearest.
func TestNearestDoesNotAllocate(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", nearestDoesNotAllocate[float64])
		t.Run("f32", nearestDoesNotAllocate[float32])
	})
}

func nearestDoesNotAllocate[F float](t *testing.T) {
	r := seed(t.Name())
	c := collections[F]()[0]
	rows, queries := c.matrix(r, 100, 9, 9), c.matrix(r, 20, 9, 9)
	queries.Row(3)[4] = F(nan)
	for _, m := range measuresOfTwo() {
		x := NewIndex(m, rows)
		found := make([]Neighbor, 20*3)
		x.Nearest(found[:3], queries.Row(0), 3)
		if n := testing.AllocsPerRun(10, func() {
			var query [9]F
			var dst [3]Neighbor
			copy(query[:], queries.Row(1))
			result += x.Nearest(dst[:], query[:], 3)[0].Distance
		}); n != 0 {
			t.Errorf("Nearest by %v: %v allocations", m, n)
		}
		if n := testing.AllocsPerRun(10, func() { x.NearestRows(found, queries, 3, Run{}) }); n != 0 {
			t.Errorf("NearestRows by %v: %v allocations", m, n)
		}
	}
}

// What does not fit panics, names the sizes, and leaves dst as it is.
func TestNearestPanics(t *testing.T) {
	x := NewIndex(MeasureJensenShannon, NewMatrix[float64](5, 3))
	dst := slices.Repeat([]Neighbor{{-7, -7}}, 4)
	for want, f := range map[string]func(){
		"NewIndex: Entropy is a measure of one vector, not of two vectors":      func() { NewIndex(MeasureEntropy, NewMatrix[float64](2, 2)) },
		"NewIndex: rows is 2×3 with stride 3, which takes 6 elements; it has 5": func() { NewIndex(MeasureJensenShannon, Matrix[float64]{2, 3, make([]float64, 5), 3}) },
		"Nearest: a query has 2 elements, a row of the index 3":                 func() { x.Nearest(dst, make([]float64, 2), 4) },
		"Nearest: dst has 4 elements, for 3 neighbours of each of 1 queries":    func() { x.Nearest(dst, make([]float64, 3), 3) },
		"Nearest: dst has 4 elements, for 5 neighbours of each of 1 queries":    func() { x.Nearest(dst, make([]float64, 3), 9) },
		"Nearest: k is -1": func() { x.Nearest(dst, make([]float64, 3), -1) },
		"NearestRows: a query has 4 elements, a row of the index 3":                   func() { x.NearestRows(dst, NewMatrix[float64](4, 4), 1, Run{}) },
		"NearestRows: dst has 4 elements, for 2 neighbours of each of 3 queries":      func() { x.NearestRows(dst, NewMatrix[float64](3, 3), 2, Run{Workers: 2}) },
		"NearestRows: queries is 2×3 with stride 3, which takes 6 elements; it has 5": func() { x.NearestRows(dst, Matrix[float64]{2, 3, make([]float64, 5), 3}, 2, Run{}) },
		"NearestRows: k is -2": func() { x.NearestRows(dst, NewMatrix[float64](3, 3), -2, Run{}) },
		"NearestRows: queries has stride 2, less than its 3 columns": func() { x.NearestRows(dst, Matrix[float64]{2, 3, make([]float64, 6), 2}, 2, Run{}) },
	} {
		message := ""
		func() {
			defer func() { message = fmt.Sprint(recover()) }()
			f()
		}()
		if message != "relent: "+want {
			t.Errorf("panic %q, want %q", message, "relent: "+want)
		}
		for _, n := range dst {
			if n != (Neighbor{-7, -7}) {
				t.Errorf("%s: dst is %v", want, dst)
			}
		}
	}
}

// Every term is at least the slope times (√p-√q)², in exact arithmetic.
func TestSlopes(t *testing.T) {
	t.Run("f64", slopes[float64])
	t.Run("f32", slopes[float32])
}

func slopes[F float](t *testing.T) {
	r := seed(t.Name())
	terms := map[Measure]func(p, q *big.Float) *big.Float{
		MeasureGeneralizedKullbackLeibler: exactGeneralizedKL, MeasureJensenShannon: exactJensenShannon, MeasureJeffreys: exactJeffreys, MeasureChiSquare: exactChiSquare, MeasureBinaryKullbackLeibler: exactBinaryKL,
		MeasureHellinger:       exactHellinger,
		MeasureKullbackLeibler: func(p, q *big.Float) *big.Float { return add(exactKL(p, q), sub(q, p)) },
	}
	// The slope of the doubled or halved forms is what the function's value is of the sum of terms.
	for _, kind := range families[F]() {
		for range short(300) {
			p, q := kind.pair(r)
			if !measurable([]F{p, q}) {
				continue
			}
			x, y := number(float64(p)), number(float64(q))
			gap := sub(sqrtExact(x), sqrtExact(y))
			square := new(big.Float).SetPrec(precision).Mul(gap, gap)
			for m, term := range terms {
				if m == MeasureBinaryKullbackLeibler && (p > 1 || q > 1) {
					continue
				}
				value := term(x, y)
				floor := mul(square, number(m.traits().bound.slope*(1-0x1p-50))) // the slope of JS is rounded
				if value.Cmp(floor) < 0 {
					t.Errorf("%v of %x and %x is %v, less than %v", m, p, q, value, floor)
				}
			}
		}
	}
}

// sqrtExact has bits enough for differences of roots that are near each other.
func sqrtExact(x *big.Float) *big.Float { return new(big.Float).SetPrec(1000).Sqrt(x) }

// No row is passed over that is as near as the worst neighbour: the bound of a distance, as computed, is not less than the
// squared distance of the sketches, as computed.
func TestLimit(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", limits[float64])
		t.Run("f32", limits[float32])
	})
}

func limits[F float](t *testing.T) {
	r := seed(t.Name())
	useful := map[Measure]bool{}
	for _, kind := range families[F]() {
		for _, n := range []int{10, 1, 2, 64, 300}[:short(5)] {
			rows, queries := NewMatrix[F](12, n), NewMatrix[F](12, n)
			for i := range rows.Rows {
				for j := range n {
					p, q := kind.pair(r)
					if i%3 == 0 && measurable([]F{p}) { // near each other
						q = step(p, r.around(r.below(mantissaBits[F]())))
					}
					if i%2 == 0 { // far smaller than the others
						scale := power[F](-(mantissaBits[F]()/5 + 5) * i)
						p, q = p*scale, q*scale
					}
					queries.Row(i)[j], rows.Row(i)[j] = p, q
				}
			}
			for _, m := range measuresOfTwo() {
				checkLimits(t, kind.name, m, rows, queries, useful)
				for _, i := range []int{0, 3, 5} { // an index of one row has no other's sum and size
					checkLimits(t, kind.name, m, rows.Slice(i, i+1), queries.Slice(i, i+1), useful)
				}
			}
		}
	}
	for _, m := range measuresOfTwo() {
		if b := m.traits().bound; b.slope > 0 && (m&reverse == 0 || b.part == boundNothing) && !useful[m] {
			t.Errorf("%v: no row would ever be passed over", m)
		}
	}
}

// The same of rows whose sketches are of the logarithms of groups of columns.
func TestLimitOfGroups(t *testing.T) {
	r := seed(t.Name())
	const n = sketchWidth + 5
	useful := map[Measure]bool{}
	for _, kind := range families[float64]()[:short(len(families[float64]()))] {
		rows, queries := NewMatrix[float64](4, n), NewMatrix[float64](4, n)
		for i := range rows.Data {
			queries.Data[i], rows.Data[i] = kind.pair(r)
		}
		for _, m := range measuresOfTwo() {
			if m.traits().bound.logarithms {
				checkLimits(t, kind.name, m, rows, queries, useful)
			}
		}
	}
}

// The bounds of logarithms are near: within 0.01 nats and one in a hundred for distributions.
func TestLimitIsNear(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		r := seed(t.Name())
		for _, c := range collections[float32]() {
			if c.name != "distributions" {
				continue
			}
			rows, queries := c.matrix(r, 60, 100, 100), c.matrix(r, groupQueries, 100, 100)
			for _, m := range []Measure{MeasureKullbackLeibler, MeasureGeneralizedKullbackLeibler, MeasureCrossEntropy} {
				x := NewIndex(m, rows)
				s := search[float32]{pitch: pitch(x.block())}
				s.bounds = slice(s.bounds, groupQueries*s.pitch)
				x.bound.target(&s, nil, queries)
				x.bound.block(&s, x.panels[isa](), s.targets[:queries.Rows], 0, rows.Rows)
				for i := range queries.Rows {
					for j := range rows.Rows {
						d := Between(m, queries.Row(i), rows.Row(j))
						if b := s.bounds[i*s.pitch+j]; !(b > x.bound.limit(&s.targets[i], 0.99*d-0.01)) {
							t.Fatalf("%v of query %d and row %d: distance %v would be less", m, i, j, d)
						}
					}
				}
			}
		}
	})
}

func checkLimits[F float](t *testing.T, kind string, m Measure, rows, queries Matrix[F], useful map[Measure]bool) {
	x := NewIndex(m, rows)
	if x.bound.slope == 0 {
		return
	}
	s := search[F]{pitch: pitch(x.block())}
	s.bounds = slice(s.bounds, groupQueries*s.pitch)
	x.bound.target(&s, nil, queries)
	if !wake(s.targets[:queries.Rows]) {
		return
	}
	x.bound.block(&s, x.panels[isa](), s.targets[:queries.Rows], 0, rows.Rows)
	for i := range queries.Rows {
		for j := range rows.Rows {
			d := Between(m, queries.Row(i), rows.Row(j))
			if b := s.bounds[i*s.pitch+j]; s.targets[i].bounded && d == d {
				limit := x.bound.limit(&s.targets[i], d)
				if !(b <= limit) {
					t.Errorf("%v of %d %s: distance %x, bound %x, limit %x", m, rows.Cols, kind, d, b, limit)
				}
				useful[m] = useful[m] || b > x.bound.limit(&s.targets[i], d/4)
			}
		}
	}
}

// The index is the brute force for rows of any bits.
func FuzzNearest(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, l := range levels() {
			useISA(t, l)
			fuzzNearest[float64](t, data)
			fuzzNearest[float32](t, data)
		}
	})
}

func fuzzNearest[F float](t *testing.T, data []byte) {
	if len(data) < 2 {
		return
	}
	cols, k := 1+int(data[0])%20, 1+int(data[1])%9
	x, y := fuzzed[F](data, 400)
	n := len(x) / cols
	if n == 0 {
		return
	}
	rows, queries := Matrix[F]{n, cols, x, cols}, Matrix[F]{min(n, 3), cols, y, cols}
	for _, m := range measuresOfTwo() {
		index := NewIndex(m, rows)
		for i := range queries.Rows {
			want := bruteForce(m, queries.Row(i), rows)[:min(k, n)]
			if err := sameNeighbors(index.Nearest(nil, queries.Row(i), k), want); err != nil {
				t.Errorf("%v of %v in %v: %v", m, queries.Row(i), rows, err)
			}
		}
	}
}

// The kernel of one query has the bits of that of many: of as many panels as it takes at once.
func TestSquareDistancesFromOne(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		r := seed(t.Name())
		shape := panelShape[float32]()
		tile := panelTile()
		for _, width := range []int{quad, 3 * quad, 100} {
			span := shape.lanes * width
			panels, queries := make([]float32, tile*width), make([]float32, 2*quad*width)
			for _, x := range [][]float32{panels, queries} {
				for i := range x {
					x[i] = wide[float32](r, -10, 2)
				}
			}
			want, got := make([]float32, 2*quad*tile), make([]float32, tile)
			for from := 0; from < tile; from += shape.lanes * shape.group {
				squareDistances(want[from:], panels[from*width:], queries, span, tile, width, queriesOfTile(), width)
			}
			for from := 0; from < tile; from += shape.lanes * panelsFromOne {
				squareDistancesFromOne(got[from:], panels[from*width:], queries, span, tile, width, 1, width)
			}
			for i, x := range got {
				if x != want[i] {
					t.Errorf("%d columns, row %d: %x, want %x", width, i, x, want[i])
				}
			}
		}
	})
}

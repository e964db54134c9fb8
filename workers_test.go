package relent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/parallel"
	"github.com/relent-go/relent/internal/sources"
)

// requireGoroutines waits for those that have done their work to end, which takes them a moment.
func requireGoroutines(t *testing.T, atMost int) {
	t.Helper()
	for range 1000 {
		if runtime.NumGoroutine() <= atMost {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), atMost)
}

// A runCall is a function or method that takes a Run: it writes to dst, unless that is nil.
type runCall func(run Run, dst []float64) ([]float64, error)

// requireRun wants the results for any number of workers, in dst and without one, and progress that rises to their number.
func requireRun(t *testing.T, what string, want []float64, call runCall) {
	t.Helper()
	for _, workers := range []int{-1, 1, 2, 3, 8} {
		done := 0
		progress := func(now, of int) {
			if now <= done || of != len(want) {
				t.Errorf("%s with %d workers: progress is %d after %d of %d, which are %d", what, workers, now, done, of, len(want))
			}
			done = now
		}
		dst := make([]float64, len(want))
		if workers == 2 {
			dst = nil
		}
		got, err := call(Run{Workers: workers, Progress: progress}, dst)
		if err != nil || done != len(want) || len(got) != len(want) || dst != nil && len(got) > 0 && &got[0] != &dst[0] {
			t.Errorf("%s with %d workers: error %v, %d of %d done, %d results", what, workers, err, done, len(want), len(got))
			continue
		}
		for i := range got {
			if !same(got[i], want[i]) {
				t.Errorf("%s with %d workers: result %d is %x, want %x", what, workers, i, got[i], want[i])
				break
			}
		}
	}
}

// requireEnding wants a call to end with its context: one that is done before leaves dst as it is; one that is done on the
// way ends it there. There are n results, in several tiles.
func requireEnding(t *testing.T, what string, n int, call runCall) {
	t.Helper()
	before := runtime.NumGoroutine()
	for _, workers := range []int{1, 3} {
		dst := make([]float64, n)
		for i := range dst {
			dst[i] = unwritten
		}
		leftOut := func() (n int) {
			for _, x := range dst {
				if x == unwritten {
					n++
				}
			}
			return n
		}
		ctx, cancel := context.WithCancel(context.Background())
		var calls atomic.Int64
		progress := func(done, total int) { calls.Add(1); cancel() }
		_, err := call(Run{Workers: workers, Context: ctx, Progress: progress}, dst)
		for tries := 0; err == nil && leftOut() == 0 && workers > 1 && tries < 50; tries++ { // others were faster than the one that tells
			for i := range dst {
				dst[i] = unwritten
			}
			ctx, cancel = context.WithCancel(context.Background())
			calls.Store(0)
			_, err = call(Run{Workers: workers, Context: ctx, Progress: progress}, dst)
			cancel()
		}
		defer cancel()
		if !errors.Is(err, context.Canceled) || leftOut() == 0 || leftOut() == n {
			t.Errorf("%s with %d workers: error %v, %d of %d results left out", what, workers, err, leftOut(), n)
		}
		if told := calls.Load(); told < 1 || told > int64(workers) {
			t.Errorf("%s with %d workers: %d tiles", what, workers, told)
		}
		left := leftOut()
		if _, err := call(Run{Workers: workers, Context: ctx, Progress: progress}, dst); !errors.Is(err, context.Canceled) || leftOut() != left {
			t.Errorf("%s with %d workers, the context done: error %v", what, workers, err)
		}
	}
	requireGoroutines(t, before)
}

// However few cores there are, some goroutines run at a time.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0)))
	debug.SetGCPercent(400) // heaps are small, and memory is there
	os.Exit(m.Run())
}

// A namedCall is a function that takes a Run, and how many results it has of what it is given here: several tiles.
type namedCall struct {
	name     string
	function string
	results  int
	call     runCall
}

// everyRun is every function that takes a Run, those of rows with operands of every kind.
func everyRun(t *testing.T) (calls []namedCall) {
	r := seed(t.Name())
	lists, tables := manyTiles[float64](r, 10)
	for _, c := range callsOfMatrices(t, r, lists) {
		if c.function.ofList() && c.cols > 1 {
			calls = append(calls, c.named())
		}
	}
	for _, c := range callsOfMatrices(t, r, tables) {
		if !c.function.ofList() && c.rows > 1 && c.cols > 1 { // else there are few tiles
			calls = append(calls, c.named())
		}
	}
	few, more, lengths := manyRagged(t, t.Name())
	calls = append(calls, namedCall{"RowByRow of ragged rows of all lengths", "RunRowByRow", len(lengths), raggedRun(MeasureTotalVariation, few, more)})
	columns, _ := randomMatrices[float64](r, 3, 5000, 5000)
	calls = append(calls, namedCall{"LogSumExpColumns", "LogSumExpColumns", columns.Cols, func(run Run, dst []float64) ([]float64, error) {
		return LogSumExpColumns(dst, columns, run)
	}}, namedCall{"SoftmaxColumns", "SoftmaxColumns", columns.Cols, func(run Run, dst []float64) ([]float64, error) {
		_, sums, err := SoftmaxColumns(Matrix[float64]{}, dst, columns, run)
		return sums, err
	}})
	pairs, others := randomMatrices[float64](r, 3000, 20, 20)
	calls = append(calls, namedCall{"GradientRows", "RunGradientRows", pairs.Rows, func(run Run, dst []float64) ([]float64, error) {
		dp, dq := NewMatrix[float64](pairs.Rows, pairs.Cols), NewMatrix[float64](pairs.Rows, pairs.Cols)
		return RunGradientRows(run, dst, dp, dq, MeasureHellinger, pairs, others)
	}})
	logits, _ := randomMatrices[float64](r, 4000, 200, 200)
	inRow := func(name string, run func(Run, Matrix[float64], Matrix[float64]) (Matrix[float64], error)) namedCall {
		return namedCall{name, "Run" + name, logits.Rows, func(r Run, dst []float64) ([]float64, error) {
			if dst == nil {
				dst = make([]float64, logits.Rows)
			}
			out := NewMatrix[float64](logits.Rows, logits.Cols)
			for i, x := range dst {
				out.Row(i)[7] = x
			}
			_, err := run(r, out, logits)
			for i := range dst {
				dst[i] = out.Row(i)[7]
			}
			return dst, err
		}}
	}
	calls = append(calls, inRow("Softmax", RunSoftmax[float64]), inRow("LogSoftmax", RunLogSoftmax[float64]),
		namedCall{"LogSumExp", "RunLogSumExp", logits.Rows, func(run Run, dst []float64) ([]float64, error) {
			return RunLogSumExp(run, dst, logits)
		}})
	const found, among = 40, blockRows + 100
	calls = append(calls, factorRuns(t, r)...)
	blocks, _ := randomMatrices[float64](r, 6000, 16, 16)
	sparse := sparseOf[float64, int32](t, r, blocks)
	calls = append(calls, namedCall{"DenseBlocks", "DenseBlocks", blocks.Rows, func(run Run, dst []float64) ([]float64, error) {
		if dst == nil {
			dst = make([]float64, blocks.Rows)
		}
		return dst, DenseBlocks(run, sparse, func(from int, block Matrix[float64]) error {
			for range 30 { // work for some milliseconds, so that there is a way to end on
				EachRow(dst[from:from+block.Rows], MeasureEntropy, block)
			}
			return nil
		})
	}})
	rows, queries := randomMatrices[float64](r, among, 4, 4)
	index := NewIndex(MeasureTotalVariation, rows)
	queries = queries.Slice(0, found)
	return append(calls, namedCall{"Index.NearestRows", nearestRows, found * among, func(run Run, dst []float64) ([]float64, error) {
		nearest, err := index.NearestRows(nil, queries, 2, run)
		return distancesOf(nearest), err
	}})
}

const nearestRows = "Index.NearestRows"

// factorRuns are the methods of a Factor and of its Centers.
func factorRuns(t *testing.T, r *rng) (calls []namedCall) {
	const d, rows = 100, 5000
	m := ordinary[float64](t, r, "NewFactor", d)
	f, c := m.factor, m.packed
	x, norms := filled(r, rows, d, balanced[float64]), logNorms[float64](c.Len())
	add := func(name string, call runCall, results int) {
		calls = append(calls, namedCall{name, name, results, call})
	}
	list := func(name string, method func(dst []float64, x Matrix[float64], run Run) ([]float64, error)) {
		add(name, func(run Run, dst []float64) ([]float64, error) { return method(dst, x, run) }, rows)
	}
	table := func(name string, rows, cols int, method func(dst, x Matrix[float64], run Run) (Matrix[float64], error)) {
		add(name, func(run Run, dst []float64) ([]float64, error) {
			to := Matrix[float64]{}
			if dst != nil {
				to = NewMatrix(rows, cols, dst...)
				to.Data = dst
			}
			to, err := method(to, x, run)
			return to.Data, err
		}, rows*cols)
	}
	list("Factor.SqMahalanobis", f.SqMahalanobis)
	list("Factor.Mahalanobis", f.Mahalanobis)
	list("Factor.LogDensity", func(dst []float64, x Matrix[float64], run Run) ([]float64, error) {
		return f.LogDensity(dst, x, norms[0], run)
	})
	table("Factor.Whiten", rows, d, f.Whiten)
	table("Factor.Solve", rows, d, f.Solve)
	table("Centers.SqMahalanobis", c.Len(), rows, c.SqMahalanobis)
	table("Centers.LogDensity", c.Len(), rows, func(dst, x Matrix[float64], run Run) (Matrix[float64], error) {
		return c.LogDensity(dst, x, norms, run)
	})
	return calls
}

func (c rowsCall[F]) named() namedCall {
	m := MeasureTotalVariation
	if c.function == eachRow {
		m = MeasureEntropy
	}
	return namedCall{c.name, "Run" + string(c.function), c.rows * c.cols, c.run(m)}
}

// fewRuns are as many of them as there is time for, another part for each test, and at least one of every function.
func fewRuns(t *testing.T) (calls []namedCall) {
	seen := map[string]bool{}
	r := seed(t.Name())
	for _, c := range everyRun(t) {
		if deep() || !seen[c.function] || r.below(8) == 0 {
			calls = append(calls, c)
		}
		seen[c.function] = true
	}
	return calls
}

func distancesOf(found []Neighbor) (distances []float64) {
	for _, n := range found {
		distances = append(distances, n.Distance)
	}
	return distances
}

// askedContext calls a function when it has been asked so many times, before anybody else asks.
type askedContext struct {
	context.Context
	mutex sync.Mutex
	left  int
	then  func()
}

func (c *askedContext) Err() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.left--; c.left == 0 {
		c.then()
	}
	return c.Context.Err()
}

var someWorkers = []int{1, 2, 4}

// requirePanicWith wants a call to panic with a value, the very same, and no goroutine to be left.
func requirePanicWith(t *testing.T, what string, want any, call func()) {
	t.Helper()
	before := runtime.NumGoroutine()
	func() {
		defer func() {
			if got := recover(); got != want {
				t.Errorf("%s: panics with %v, want %v", what, got, want)
			}
		}()
		call()
	}()
	requireGoroutines(t, before)
}

// requireExit wants a call to end its goroutine, and no other to be left.
func requireExit(t *testing.T, what string, call func()) {
	t.Helper()
	before := runtime.NumGoroutine()
	exits := make(chan bool)
	go func() {
		returns := false
		defer func() { exits <- !returns }()
		call()
		returns = true
	}()
	if !<-exits {
		t.Errorf("%s: does not exit", what)
	}
	requireGoroutines(t, before)
}

// A panic of Progress, or of a context, is that of the call, and so is an exit. Everything can be used afterwards.
func TestPanicsReachTheCaller(t *testing.T) {
	reason := errors.New("a reason to panic")
	numbers, often := someWorkers, 3
	if testing.Short() {
		numbers, often = []int{1, 4}, 1
	}
	for _, c := range fewRuns(t) {
		want, err := c.call(Run{}, nil)
		if err != nil {
			t.Fatal(c.name, err)
		}
		for _, workers := range numbers {
			what := fmt.Sprintf("%s with %d workers", c.name, workers)
			var calls atomic.Int64
			requirePanicWith(t, what+", the first progress", reason, func() {
				c.call(Run{Workers: workers, Progress: func(int, int) { calls.Add(1); panic(reason) }}, nil)
			})
			if n := calls.Load(); n != 1 {
				t.Errorf("%s: %d calls of a Progress that panics", what, n)
			}
			requireExit(t, what+", the first progress", func() {
				c.call(Run{Workers: workers, Progress: func(int, int) { runtime.Goexit() }}, nil)
			})
			requirePanicWith(t, what+", the last progress", reason, func() {
				c.call(Run{Workers: workers, Progress: func(done, total int) {
					if done == total {
						panic(reason)
					}
				}}, nil)
			})
			for asked := range often {
				asking := &askedContext{Context: context.Background(), left: asked + 1, then: func() { panic(reason) }}
				requirePanicWith(t, fmt.Sprintf("%s, the context asked %d times", what, asked), reason, func() {
					c.call(Run{Workers: workers, Context: asking}, nil)
				})
			}
			got, err := c.call(Run{Workers: workers}, nil)
			if at := differing(got, want); err != nil || at >= 0 {
				t.Errorf("%s, after panics: %v, result %d differs", what, err, at)
			}
		}
	}
}

// Whatever ends with its context ends in the middle of its work, and leaves no goroutine.
func TestEveryRunEndsWithTheContext(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, c := range fewRuns(t) {
		if c.function != nearestRows { // it has another dst
			requireEnding(t, c.name, c.results, c.call)
		}
		for _, workers := range someWorkers {
			for _, asked := range []int{1, 2, 3} {
				ctx, cancel := context.WithCancel(context.Background())
				asking := &askedContext{Context: ctx, left: asked, then: cancel}
				if _, err := c.call(Run{Workers: workers, Context: asking}, nil); err != context.Canceled {
					t.Errorf("%s with %d workers, ended when asked %d times: %v", c.name, workers, asked, err)
				}
				if left := asking.left; left < -workers {
					t.Errorf("%s with %d workers: asked %d times more", c.name, workers, -left)
				}
			}
		}
	}
	requireGoroutines(t, before)
}

// Rows that are changed after they were checked, so that computing them panics in the middle.
func TestPanicsOfWorkersReachTheCaller(t *testing.T) {
	r := seed(t.Name())
	lists, tables := manyTiles[float64](r, 10)
	for _, x := range [][2]Matrix[float64]{lists, tables} {
		rows := sparseOf[float64, int32](t, r, x[0])
		at := len(rows.columns) / 2
		column := rows.columns[at]
		spoilt := side[float64, *Sparse[float64, int32]]{"spoilt rows", rows, rows.Rows(), nil}
		ragged, _ := raggedOf[float64, int32](t, r, x[1], false)
		dense := side[float64, Matrix[float64]]{"dense rows", x[1], x[1].Rows, nil}
		vector := side[float64, Vector[float64]]{vectorKind, x[1].Row(0), 1, nil}
		for _, c := range slices.Concat(callsOfPair(spoilt, dense), callsOfPair(dense, spoilt), callsOfPair(spoilt, vector),
			callsOfPair(spoilt, side[float64, *Ragged[float64, int32]]{"ragged rows", ragged, ragged.Rows(), nil})) {
			if c.function.ofList() != (x[0].Rows == lists[0].Rows) {
				continue
			}
			call, kept := c.run(MeasureTotalVariation), new(Scratch)
			want, err := call(Run{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, workers := range someWorkers {
				rows.columns[at] = 1 << 30
				requireRuntimePanic(t, fmt.Sprintf("%s with %d workers", c.name, workers), func() { call(Run{Workers: workers, Scratch: kept}, nil) })
				rows.columns[at] = column
				got, err := call(Run{Workers: workers, Scratch: kept}, nil)
				if at := differing(got, want); err != nil || at >= 0 {
					t.Errorf("%s with %d workers, after panics: %v, result %d differs", c.name, workers, err, at)
				}
			}
		}
	}
	p, _, _ := manyRagged(t, t.Name())
	p.values = slices.Clip(p.values[:len(p.values)/2]) // whole rows, and the offsets of more
	for _, workers := range someWorkers {
		for _, m := range []Measure{MeasureEntropy, MeasureJensenShannon} {
			requireRuntimePanic(t, fmt.Sprintf("%v of ragged rows with %d workers", m, workers), func() { raggedRun(m, p, p)(Run{Workers: workers}, nil) })
		}
	}
}

func requireRuntimePanic(t *testing.T, what string, call func()) {
	t.Helper()
	before := runtime.NumGoroutine()
	func() {
		defer func() {
			if err, ok := recover().(runtime.Error); !ok {
				t.Errorf("%s: %v, not a panic of the run-time system", what, err)
			}
		}()
		call()
	}()
	requireGoroutines(t, before)
}

// A Factor whose buffers are spoilt panics in every method and goroutine, and can be used afterwards.
func TestPanicsOfFactorsReachTheCaller(t *testing.T) {
	r := seed(t.Name())
	for _, constructor := range constructors {
		for _, d := range []int{3, 20} {
			m := ordinary[float64](t, r, constructor, d)
			x := filled(r, 1500, d, balanced[float64])
			for _, s := range m.scorings() {
				f := m.factor
				if strings.HasPrefix(s.name, "Centers") {
					f = m.packed.factor
				} else if f.lower.Data == nil && !strings.HasSuffix(s.name, "Mahalanobis") && s.name != "LogDensity" {
					continue // it needs no buffers
				}
				want := s.rows(x, 1)
				for _, workers := range someWorkers {
					for range 8 {
						f.free.Put(nil)
					}
					what := fmt.Sprintf("%s of %s, d = %d, with %d workers", s.name, constructor, d, workers)
					requireRuntimePanic(t, what, func() { s.rows(x, workers) })
					f.free = freelist.List[*workspace[float64]]{}
					if got := s.rows(x, workers); !slices.Equal(got.Data, want.Data) {
						t.Errorf("%s: other results after a panic", what)
					}
				}
			}
		}
	}
}

// A job of a Factor, or of Centers, ends where its worker is stopped: after about a call of a kernel.
func TestFactorsStop(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		r := seed(t.Name())
		for _, constructor := range constructors {
			const d, rows = 200, 3000
			m := ordinary[float64](t, r, constructor, d)
			f, x := m.factor, filled(r, rows, d, balanced[float64])
			parts := f.parts(parallel.Run{Workers: 1}, rows, 0)
			job := rowsJob[float64]{Parts: parts, factor: f, dst: make([]float64, rows), rows: NewMatrix[float64](rows, d), x: x}
			centers := centersJob[float64]{parts, m.packed, NewMatrix[float64](m.packed.Len(), rows), x, nil}
			for result := squaredDistance; result <= solvedRow; result++ {
				job.result = result
				requireStop(t, fmt.Sprintf("result %d of %s", result, constructor), job)
			}
			requireStop(t, "Centers of "+constructor, centers)
		}
	})
}

func requireStop[J parallel.Job](t *testing.T, what string, j J) {
	t.Helper()
	for _, asked := range []int{1, 2, 5} {
		ctx, cancel := context.WithCancel(context.Background())
		asking := &askedContext{Context: ctx, left: asked, then: cancel}
		if err := parallel.Do(parallel.Run{Context: asking}, j); err != context.Canceled || asking.left < 0 {
			t.Errorf("%s, stopped when asked %d times: %v, %d times left", what, asked, err, asking.left)
		}
	}
}

// Every function that takes a Run is in the table above.
func TestEveryRunIsTested(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range everyRun(t) {
		tested[c.function] = true
	}
	names, err := sources.ExportedWith(".", "run")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !tested[name] {
			t.Errorf("%s is not tested", name)
		}
		delete(tested, name)
	}
	for name := range tested {
		t.Errorf("there is no %s that takes a Run", name)
	}
}

// A million workers for a few rows take no more memory than one.
func TestWorkersTakeNoMemory(t *testing.T) {
	r := seed(t.Name())
	few, others := thinMatrices[float64](r, 3, 300)
	for _, c := range callsOfMatrices(t, r, [2]Matrix[float64]{few, others}) {
		n, dst := c.named(), make([]float64, c.rows*c.cols)
		requireMemory(t, n.name, 1<<17, func() { n.call(Run{Workers: 1e6}, dst) })
	}
	m := ordinary[float64](t, r, "NewFactor", 20)
	rows := filled(r, 100, 20, balanced[float64])
	for _, s := range m.scorings() {
		requireMemory(t, s.name, 1<<18, func() { s.rows(rows, 1e6) })
	}
	p, q := randomMatrices[float64](r, 100, 20, 20)
	index := NewIndex(MeasureJensenShannon, p)
	requireMemory(t, "NearestRows", 1<<21, func() { index.NearestRows(nil, q, 3, Run{Workers: 1e6}) })
}

func requireMemory(t *testing.T, what string, most uint64, call func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > most {
		t.Errorf("%s: %d bytes", what, n)
	}
}

// Rows that are far longer than a tile are measured as short ones are, to the bit, and the context is asked in their midst.
func TestLongRowsEndWithTheContext(t *testing.T) {
	const n = 2*tableElements + 17
	r := seed(t.Name())
	p, q := randomMatrices[float64](r, 1, n, n)
	x, y := kindsOf(t, r, p), kindsOf(t, r, q)
	rows := slices.Concat(callsOf(x.dense), callsOf(x.sparse), callsOfPair(x.dense, y.vector), callsOfPair(x.sparse, y.sparse),
		callsOfPair(x.sparse, y.dense), callsOfPair(x.largerRagged, y.dense), callsOfPair(x.largerRagged, y.widerSparse))
	measures := allMeasures()
	if !deep() {
		measures = []Measure{MeasureTotalVariation, MeasureBhattacharyya}
	}
	for _, m := range measures {
		want, calls := measureOf(m, p.Row(0), q.Row(0)), map[string]runCall{}
		for _, c := range rows {
			if c.function.fits(m) && c.function != allPairs {
				calls[c.name] = c.run(m)
			}
		}
		for name, call := range calls {
			asking := &askedContext{Context: context.Background()}
			got, err := call(Run{Context: asking}, nil)
			if err != nil || len(got) != 1 || !same(got[0], want) {
				t.Errorf("%s of %v: %x, %v, want %x", name, m, got, err, want)
			}
			if asked := -asking.left; asked < n/tableElements {
				t.Errorf("%s of %v: the context is asked %d times", name, m, asked)
			}
			ctx, cancel := context.WithCancel(context.Background())
			asking = &askedContext{Context: ctx, left: 3, then: cancel} // before the tile, and twice in it
			if _, err := call(Run{Context: asking}, nil); err != context.Canceled || asking.left != 0 {
				t.Errorf("%s of %v: error %v, %d times left", name, m, err, asking.left)
			}
		}
	}
}

// A search asks its context, and so may tell of its progress, after about as many elements, however long the rows are.
func TestSearchesOfLongRowsEndWithTheContext(t *testing.T) {
	r := seed(t.Name())
	for _, n := range []int{1000, 50_000} {
		rows, queries := randomMatrices[float64](r, 600_000/n, n, n)
		queries = queries.Slice(0, 3)
		for _, m := range []Measure{MeasureTotalVariation, MeasureJensenShannon, MeasureKullbackLeibler}[:short(3)] {
			x := NewIndex(m, rows)
			for _, k := range []int{1, rows.Rows / 2} {
				asking := &askedContext{Context: context.Background()}
				if _, err := x.NearestRows(nil, queries, k, Run{Context: asking}); err != nil {
					t.Fatal(err)
				}
				blocks := ceilDiv(rows.Rows, x.block())
				least := queries.Rows * blocks * (n * min(rows.Rows, x.block()) / tableElements)
				if asked := -asking.left; asked < least {
					t.Errorf("%v of %d rows of %d elements, k = %d: asked %d times, want %d", m, rows.Rows, n, k, asked, least)
				}
			}
		}
	}
}

// Rows that are not measured are no work, whatever is on the other side.
func TestNullRowsAreNoWork(t *testing.T) {
	const rows = 100_000
	null, err := NewRagged([]float64{}, make([]int32, rows+1), make([]byte, rows/8+1), 0)
	if err != nil {
		t.Fatal(err)
	}
	one := make(Vector[float64], 1<<20)
	for _, list := range []bool{true, false} {
		for _, turned := range []bool{true, false} {
			w := pairing[float64]{measure: MeasureKullbackLeibler, p: one.operand("", ""), q: null.operand("", ""), list: list}
			if list {
				w.p.times(rows)
			}
			if turned {
				w.p, w.q = w.q, w.p
			}
			dst := Matrix[float64]{w.p.rows, w.q.rows, make([]float64, rows), w.q.rows}
			if list {
				dst.Rows = 1
			}
			if tiles, _ := newMeeting(&w, dst, nil).Size(); tiles > rows*leastRow/listElements+1 {
				t.Errorf("list %v, turned %v: %d tiles", list, turned, tiles)
			}
		}
	}
	got, err := RunRowByRow(Run{Workers: 2}, nil, MeasureKullbackLeibler, one, null)
	if err != nil || len(got) != rows || slices.ContainsFunc(got, func(x float64) bool { return x == x }) {
		t.Errorf("%v, %d results", err, len(got))
	}
}

// Buffers do not grow with the number of rows.
func TestBuffersAreOfAFewRows(t *testing.T) {
	r := seed(t.Name())
	const rows = 20_000
	x := filled(r, rows, 9, balanced[float64])
	for _, constructor := range constructors {
		m := ordinary[float64](t, r, constructor, 9)
		for _, s := range m.scorings() {
			s.rows(x, 1)
			for _, f := range []*Factor[float64]{m.factor, m.packed.factor} {
				w, ok := f.free.Take()
				if !ok {
					continue
				}
				if n := len(w.sums) + len(w.rows) + len(w.panel) + len(w.between); n > rows {
					t.Errorf("%s of %s: buffers of %d elements for %d rows", s.name, constructor, n, rows)
				}
				f.free.Put(w)
			}
		}
	}
}

// Panels are the same whether rows are transposed by one call or by several.
func TestTransposeInParts(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", transposeInParts[float64])
		t.Run("f32", transposeInParts[float32])
	})
}

func transposeInParts[F float](t *testing.T) {
	r := seed(t.Name())
	for _, width := range []int{8, 13, 2047, 2048, 2049, 2056, 2057, 2063, 2064, 2065, 4096, 4111, 4112, 4113, 6000} {
		w := run[F]{shape: panelShape[F](), width: width}
		rows := w.shape.lanes * w.group
		x := filled(r, rows, width+3, balanced[F])
		x.Cols = width
		panel := make([]F, w.group*w.span())
		w.transpose(panel, x)
		for i := range rows {
			for j, want := range x.Row(i) {
				if got := panel[i/w.shape.lanes*w.span()+j*w.shape.lanes+i%w.shape.lanes]; got != want {
					t.Fatalf("%d columns: element (%d, %d) is %v, want %v", width, i, j, got, want)
				}
			}
		}
	}
}

// Goroutines that take tiles along strands compute each once, and one that takes every so manyth goes on where it has been.
func TestStrands(t *testing.T) {
	for strands := range 6 {
		for tiles := range 40 {
			seen := make([]bool, tiles)
			for number := range tiles {
				tile := along(strands, tiles, number)
				if tile < 0 || tile >= tiles || seen[tile] {
					t.Fatalf("%d strands of %d tiles: number %d is tile %d, out of range or a second time", strands, tiles, number, tile)
				}
				seen[tile] = true
				if before := number - max(1, strands); before >= 0 && tile != along(strands, tiles, before)+1 {
					t.Errorf("%d strands of %d tiles: number %d is tile %d, which does not follow that of number %d", strands, tiles, number, tile, before)
				}
			}
		}
	}
}

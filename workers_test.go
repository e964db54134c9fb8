package relent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/parallel"
	"github.com/relent-go/relent/internal/sources"
)

// A batchCall is a method of a batch of any kind: it writes to dst, unless that is nil.
type batchCall func(ctx context.Context, workers int, progress func(done, total int), dst []float64) ([]float64, error)

// requireBatch wants the results for any number of workers, in dst and without one, and progress that rises to their number.
func requireBatch(t *testing.T, what string, want []float64, call batchCall) {
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
		got, err := call(context.Background(), workers, progress, dst)
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
func requireEnding(t *testing.T, what string, n int, call batchCall) {
	t.Helper()
	before := runtime.NumGoroutine()
	for _, workers := range []int{1, 3} {
		dst := make([]float64, n)
		for i := range dst {
			dst[i] = -7
		}
		untouched := func() (left int) {
			for _, x := range dst {
				if x == -7 {
					left++
				}
			}
			return left
		}
		ctx, cancel := context.WithCancel(context.Background())
		var calls atomic.Int64
		progress := func(done, total int) { calls.Add(1); cancel() }
		if _, err := call(ctx, workers, progress, dst); !errors.Is(err, context.Canceled) || untouched() == 0 || untouched() == n {
			t.Errorf("%s with %d workers: error %v, %d of %d results left out", what, workers, err, untouched(), n)
		}
		if told := calls.Load(); told < 1 || told > int64(workers) {
			t.Errorf("%s with %d workers: %d tiles", what, workers, told)
		}
		left := untouched()
		if _, err := call(ctx, workers, progress, dst); !errors.Is(err, context.Canceled) || untouched() != left {
			t.Errorf("%s with %d workers, the context done: error %v", what, workers, err)
		}
	}
	requireGoroutines(t, before)
}

// However few cores there are, some goroutines run at a time.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0)))
	os.Exit(m.Run())
}

// A namedCall is a method with a context and progress, and how many results it has of what it is given here: several tiles.
type namedCall struct {
	name    string
	results int
	call    batchCall
}

func everyBatch(t *testing.T) (calls []namedCall) {
	r := seed(t.Name())
	p, q := randomMatrices[float64](r, 3*listElements/leastRow, 2, 2)
	table, other := randomMatrices[float64](r, 5*tileRows/2, 500, 500)
	for _, s := range shapes[float64]() {
		m, x, y := MeasureTotalVariation, p, q
		if s.ofOne {
			m = MeasureEntropy
		}
		if s.results(2) == 4 {
			x, y = table, other
		}
		calls = append(calls, namedCall{"Batch." + s.name, s.results(x.Rows),
			func(ctx context.Context, workers int, progress func(done, total int), dst []float64) ([]float64, error) {
				return s.compute(Batch[float64]{Measure: m, Workers: workers, Progress: progress}, ctx, dst, x, y)
			}})
	}
	lists, tables := manySparse(t)
	methods := map[string]string{"EachSparseRow": "EachRow", "SparseRowByRow": "RowByRow", "SparseOneToMany": "OneToMany",
		"SparseManyToOne": "ManyToOne", "SparseManyToMany": "ManyToMany", "SparseAllPairs": "AllPairs", "SparseToDense": "ToDense",
		"DenseToSparse": "FromDense", "SparseToDenseRowByRow": "ToDenseRowByRow", "DenseToSparseRowByRow": "FromDenseRowByRow",
		"SparseToVector": "ToVector", "VectorToSparse": "FromVector"}
	w := NewSparseWorkspace[float64](1)
	for _, s := range sparseShapes[float64, int32]() {
		m, x := MeasureTotalVariation, lists
		if s.ofOne {
			m = MeasureEntropy
		}
		if s.results(2) == 4 {
			x = tables
		}
		calls = append(calls, namedCall{"SparseBatch." + methods[s.name], s.results(x.p.Rows()), s.call(m, x, w)})
	}
	few, more, lengths := manyRagged(t, t.Name())
	many, _, _ := raggedSample[float64, int32](t, r, slices.Repeat([]int{50}, 6000))
	oneToMany, manyToOne := raggedOneCalls(MeasureTotalVariation, make([]float64, 50), many)
	calls = append(calls, namedCall{"RaggedBatch.EachRow", len(lengths), raggedCall(MeasureEntropy, few, more)},
		namedCall{"RaggedBatch.RowByRow", len(lengths), raggedCall(MeasureTotalVariation, few, more)},
		namedCall{"RaggedBatch.OneToMany", 6000, oneToMany}, namedCall{"RaggedBatch.ManyToOne", 6000, manyToOne})
	const found, among = 40, blockRows + 100
	rows, queries := randomMatrices[float64](r, among, 4, 4)
	index := NewIndex(MeasureTotalVariation, rows)
	queries = queries.Slice(0, found)
	return append(calls, namedCall{"Search.Nearest", found * among,
		func(ctx context.Context, workers int, progress func(done, total int), dst []float64) ([]float64, error) {
			nearest, err := Search[float64]{Index: index, K: 2, Workers: workers, Progress: progress}.Nearest(ctx, nil, queries)
			return distancesOf(nearest), err
		}}, namedCall{"Index.NearestRows", found * among,
		func(ctx context.Context, workers int, progress func(done, total int), dst []float64) ([]float64, error) {
			if progress != nil {
				ctx = &reportingContext{ctx, progress} // it has no progress: this panics, exits and ends as Progress does elsewhere
			}
			nearest, err := index.NearestRows(ctx, nil, queries, 2, workers)
			return distancesOf(nearest), err
		}})
}

func distancesOf(found []Neighbor) (distances []float64) {
	for _, n := range found {
		distances = append(distances, n.Distance)
	}
	return distances
}

// reportingContext calls progress whenever it is asked.
type reportingContext struct {
	context.Context
	progress func(done, total int)
}

func (c *reportingContext) Err() error {
	c.progress(1, 1)
	return c.Context.Err()
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
	ctx := context.Background()
	for _, c := range everyBatch(t) {
		want, err := c.call(ctx, 1, nil, nil)
		if err != nil {
			t.Fatal(c.name, err)
		}
		for _, workers := range someWorkers {
			what := fmt.Sprintf("%s with %d workers", c.name, workers)
			var calls atomic.Int64
			requirePanicWith(t, what+", the first progress", reason, func() {
				c.call(ctx, workers, func(int, int) { calls.Add(1); panic(reason) }, nil)
			})
			if n := calls.Load(); n != 1 && c.name != "Index.NearestRows" {
				t.Errorf("%s: %d calls of a Progress that panics", what, n)
			}
			requireExit(t, what+", the first progress", func() {
				c.call(ctx, workers, func(int, int) { runtime.Goexit() }, nil)
			})
			if c.name != "Index.NearestRows" {
				requirePanicWith(t, what+", the last progress", reason, func() {
					c.call(ctx, workers, func(done, total int) {
						if done == total {
							panic(reason)
						}
					}, nil)
				})
			}
			for asked := range 3 {
				asking := &askedContext{Context: ctx, left: asked + 1, then: func() { panic(reason) }}
				requirePanicWith(t, fmt.Sprintf("%s, the context asked %d times", what, asked), reason, func() {
					c.call(asking, workers, nil, nil)
				})
			}
			got, err := c.call(ctx, workers, nil, nil)
			if at := differing(got, want); err != nil || at >= 0 {
				t.Errorf("%s, after panics: %v, result %d differs", what, err, at)
			}
		}
	}
}

// Whatever ends with its context ends in the middle of its work, and leaves no goroutine.
func TestEveryBatchEndsWithTheContext(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, c := range everyBatch(t) {
		for _, workers := range someWorkers {
			for _, asked := range []int{1, 2, 3} {
				ctx, cancel := context.WithCancel(context.Background())
				asking := &askedContext{Context: ctx, left: asked, then: cancel}
				if _, err := c.call(asking, workers, nil, nil); err != context.Canceled {
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
	lists, tables := manySparse(t)
	w := NewSparseWorkspace[float64](4)
	for _, s := range sparseShapes[float64, int32]() {
		x := lists
		if s.results(2) == 4 {
			x = tables
		}
		if !strings.Contains(s.name, "Dense") && !strings.Contains(s.name, "Vector") {
			continue // the columns are compared only
		}
		want, _ := s.call(MeasureTotalVariation, x, w)(context.Background(), 1, nil, nil)
		for _, workers := range someWorkers {
			for _, side := range []*Sparse[float64, int32]{x.p, x.q} {
				row := side.Rows() / 2
				columns, _ := side.Row(row)
				for len(columns) == 0 {
					row++
					columns, _ = side.Row(row)
				}
				last := &columns[len(columns)-1]
				column := *last
				*last = int32(side.Cols())
				if side == x.p == strings.HasPrefix(s.name, "Sparse") {
					requireRuntimePanic(t, fmt.Sprintf("%s with %d workers", s.name, workers), func() {
						s.call(MeasureTotalVariation, x, w)(context.Background(), workers, nil, nil)
					})
				}
				*last = column
			}
			got, err := s.call(MeasureTotalVariation, x, w)(context.Background(), workers, nil, nil)
			if at := differing(got, want); err != nil || at >= 0 {
				t.Errorf("%s with %d workers, after panics: %v, result %d differs", s.name, workers, err, at)
			}
		}
	}
	p, _, lengths := manyRagged(t, t.Name())
	offset := p.offsets[len(lengths)/2]
	p.offsets[len(lengths)/2] = 1 << 30
	for _, workers := range someWorkers {
		for name, call := range map[string]func(){
			"EachRaggedRow":  func() { EachRaggedRow(nil, MeasureEntropy, p, workers) },
			"RaggedRowByRow": func() { RaggedRowByRow(nil, MeasureJensenShannon, p, p, workers) },
		} {
			requireRuntimePanic(t, fmt.Sprintf("%s with %d workers", name, workers), call)
		}
	}
	p.offsets[len(lengths)/2] = offset
	many, _, _ := raggedSample[float64, int32](t, seed(t.Name()), slices.Repeat([]int{50}, 6000))
	many.values = slices.Clip(many.values[:len(many.values)/2]) // whole rows, and the offsets of more
	for _, workers := range someWorkers {
		for name, call := range map[string]func(){
			"RaggedOneToMany": func() { RaggedOneToMany(nil, MeasureJensenShannon, make([]float64, 50), many, workers) },
			"RaggedManyToOne": func() { RaggedManyToOne(nil, MeasureJensenShannon, many, make([]float64, 50), workers) },
		} {
			requireRuntimePanic(t, fmt.Sprintf("%s with %d workers", name, workers), call)
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

// Every function with workers is in one of the tables above.
func TestEveryFunctionWithWorkersIsTested(t *testing.T) {
	tested := map[string]bool{"NewSparseWorkspace": true} // it does not compute
	for _, c := range everyBatch(t) {
		tested[c.name] = true
	}
	for _, s := range ordinary[float64](t, seed(t.Name()), "NewFactor", 3).scorings() {
		name, _, _ := strings.Cut(s.name, " ")
		if !strings.Contains(name, ".") {
			name = "Factor." + name
		}
		tested[name] = true
	}
	for _, name := range []string{"EachRaggedRow", "RaggedRowByRow", "RaggedOneToMany", "RaggedManyToOne"} {
		tested[name] = true
	}
	names, err := sources.ExportedWith(".", "workers", "ctx")
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
		t.Errorf("there is no %s with workers", name)
	}
}

// A million workers for a few rows take no more memory than one.
func TestWorkersTakeNoMemory(t *testing.T) {
	r := seed(t.Name())
	few := sparseSample[float64, int32](t, r, 3, 300, 100)
	x := sparseRows[float64, int32]{few, few, randomDense[float64](r, 3, 300)}
	dst := make([]float64, 9)
	for _, s := range sparseShapes[float64, int32]() {
		m := MeasureTotalVariation
		if s.ofOne {
			m = MeasureEntropy
		}
		requireMemory(t, s.name, 1<<16, func() { s.call(m, x, nil)(context.Background(), 1e6, nil, dst[:s.results(3)]) })
	}
	m := ordinary[float64](t, r, "NewFactor", 20)
	rows := filled(r, 100, 20, balanced[float64])
	for _, s := range m.scorings() {
		requireMemory(t, s.name, 1<<18, func() { s.rows(rows, 1e6) })
	}
	p, q := randomMatrices[float64](r, 100, 20, 20)
	index := NewIndex(MeasureJensenShannon, p)
	requireMemory(t, "NearestRows", 1<<21, func() { index.NearestRows(context.Background(), nil, q, 3, 1e6) })
	requireMemory(t, "EachRow", 1<<16, func() { Batch[float64]{Measure: MeasureEntropy, Workers: 1e6}.EachRow(context.Background(), nil, p) })
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
	p, q := randomMatrices[float64](seed(t.Name()), 1, n, n)
	long := sparseRows[float64, int32]{dense: q}
	columns := make([]int32, n)
	for i := range columns {
		columns[i] = int32(i)
	}
	var err error
	if long.p, err = NewSparse(n, []int32{0, n}, columns, p.Data); err != nil {
		t.Fatal(err)
	}
	long.q, _ = NewSparse(n, []int32{0, n}, columns, q.Data)
	measures := allMeasures()
	if !deep() {
		measures = []Measure{MeasureTotalVariation, MeasureBhattacharyya}
	}
	for _, m := range measures {
		want, calls := measureOf(m, p.Row(0), q.Row(0)), map[string]batchCall{}
		for _, s := range shapes[float64]() {
			if s.ofOne == m.ofOne() && s.name != "AllPairs" {
				calls[s.name] = func(ctx context.Context, workers int, progress func(done, total int), dst []float64) ([]float64, error) {
					return s.compute(Batch[float64]{Measure: m, Workers: workers}, ctx, dst, p, q)
				}
			}
		}
		for _, s := range sparseShapes[float64, int32]() {
			if s.ofOne == m.ofOne() && s.name != "SparseAllPairs" && !strings.HasPrefix(s.name, "Dense") && !strings.Contains(s.name, "Vector") {
				calls[s.name] = s.call(m, long, nil)
			}
		}
		for name, call := range calls {
			asking := &askedContext{Context: context.Background()}
			got, err := call(asking, 1, nil, nil)
			if err != nil || len(got) != 1 || !same(got[0], want) {
				t.Errorf("%s of %v: %x, %v, want %x", name, m, got, err, want)
			}
			if asked := -asking.left; asked < n/tableElements {
				t.Errorf("%s of %v: the context is asked %d times", name, m, asked)
			}
			ctx, cancel := context.WithCancel(context.Background())
			asking = &askedContext{Context: ctx, left: 3, then: cancel} // before the tile, and twice in it
			if _, err := call(asking, 1, nil, nil); err != context.Canceled || asking.left != 0 {
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
				if _, err := x.NearestRows(asking, nil, queries, k, 1); err != nil {
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
	one := make([]float64, 1<<20)
	oneToMany := raggedRows[float64, int32]{make([]float64, rows), MeasureKullbackLeibler, raggedSide[float64, int32]{one: one}, null.side()}
	manyToOne := oneToMany
	manyToOne.p, manyToOne.q = oneToMany.q, oneToMany.p
	for _, r := range []raggedRows[float64, int32]{oneToMany, manyToOne} {
		if tiles, _ := r.Size(); tiles > rows*leastRow/listElements+1 {
			t.Errorf("%d tiles", tiles)
		}
	}
	got, err := RaggedOneToMany(nil, MeasureKullbackLeibler, one, null, 2)
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

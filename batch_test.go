package relent

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func allMeasures() (list []Measure) {
	for m := range Measure(len(measureTable)) {
		if m > 0 {
			list = append(list, m)
		}
	}
	return list
}

// randomMatrix has rows of pairs of the families in turn, so that what is decided for one row is not for the next, and
// NaN between the rows.
func randomMatrices[F float](r *rng, rows, cols, stride int) (p, q Matrix[F]) {
	kinds := families[F]()
	fresh := func() Matrix[F] {
		m := Matrix[F]{Rows: rows, Cols: cols, Stride: stride, Data: make([]F, max(0, (rows-1)*stride+cols))}
		for i := range m.Data {
			m.Data[i] = F(nan)
		}
		return m
	}
	p, q = fresh(), fresh()
	for i := range rows {
		kind := kinds[0]
		if r.below(2) == 0 {
			kind = kinds[r.below(len(kinds))]
		}
		for j := range cols {
			p.Row(i)[j], q.Row(i)[j] = kind.pair(r)
		}
	}
	return p, q
}

// A shape is one of the methods of Batch, all results in a list, and the pair that each is the measure of.
type batchShape[F float] struct {
	name    string
	ofOne   bool
	results func(rows int) int
	compute func(b Batch[F], ctx context.Context, dst []float64, p, q Matrix[F]) ([]float64, error)
	simple  func(dst []float64, m Measure, p, q Matrix[F]) []float64
	pair    func(p, q Matrix[F], i int) (x, y []F)
}

func square(dst []float64, n int) Matrix[float64] {
	if dst == nil {
		return Matrix[float64]{}
	}
	return Matrix[float64]{Rows: n, Cols: n, Stride: n, Data: dst}
}

func shapes[F float]() []batchShape[F] {
	linear := func(rows int) int { return rows }
	squared := func(rows int) int { return rows * rows }
	return []batchShape[F]{
		{"EachRow", true, linear,
			func(b Batch[F], ctx context.Context, dst []float64, p, q Matrix[F]) ([]float64, error) {
				return b.EachRow(ctx, dst, p)
			},
			func(dst []float64, m Measure, p, q Matrix[F]) []float64 { return EachRow(dst, m, p) },
			func(p, q Matrix[F], i int) (x, y []F) { return p.Row(i), nil }},
		{"OneToMany", false, linear,
			func(b Batch[F], ctx context.Context, dst []float64, p, q Matrix[F]) ([]float64, error) {
				return b.OneToMany(ctx, dst, p.Row(0), q)
			},
			func(dst []float64, m Measure, p, q Matrix[F]) []float64 { return OneToMany(dst, m, p.Row(0), q) },
			func(p, q Matrix[F], i int) (x, y []F) { return p.Row(0), q.Row(i) }},
		{"ManyToOne", false, linear,
			func(b Batch[F], ctx context.Context, dst []float64, p, q Matrix[F]) ([]float64, error) {
				return b.ManyToOne(ctx, dst, p, q.Row(0))
			},
			func(dst []float64, m Measure, p, q Matrix[F]) []float64 { return ManyToOne(dst, m, p, q.Row(0)) },
			func(p, q Matrix[F], i int) (x, y []F) { return p.Row(i), q.Row(0) }},
		{"RowByRow", false, linear,
			func(b Batch[F], ctx context.Context, dst []float64, p, q Matrix[F]) ([]float64, error) {
				return b.RowByRow(ctx, dst, p, q)
			},
			func(dst []float64, m Measure, p, q Matrix[F]) []float64 { return RowByRow(dst, m, p, q) },
			func(p, q Matrix[F], i int) (x, y []F) { return p.Row(i), q.Row(i) }},
		{"ManyToMany", false, squared,
			func(b Batch[F], ctx context.Context, dst []float64, p, q Matrix[F]) ([]float64, error) {
				d, err := b.ManyToMany(ctx, square(dst, p.Rows), p, q)
				return d.Data, err
			},
			func(dst []float64, m Measure, p, q Matrix[F]) []float64 {
				return ManyToMany(square(dst, p.Rows), m, p, q).Data
			},
			func(p, q Matrix[F], i int) (x, y []F) { return p.Row(i / p.Rows), q.Row(i % p.Rows) }},
		{"AllPairs", false, squared,
			func(b Batch[F], ctx context.Context, dst []float64, p, q Matrix[F]) ([]float64, error) {
				d, err := b.AllPairs(ctx, square(dst, p.Rows), p)
				return d.Data, err
			},
			func(dst []float64, m Measure, p, q Matrix[F]) []float64 {
				return AllPairs(square(dst, p.Rows), m, p).Data
			},
			func(p, q Matrix[F], i int) (x, y []F) { return p.Row(i / p.Rows), p.Row(i % p.Rows) }},
	}
}

// fits tells whether a measure is one of as many vectors as the shape takes.
func (s batchShape[F]) fits(m Measure) bool { return m.ofOne() == s.ofOne }

// Every result has the bits of the function's on the pair: for every measure, shape, length, stride, and beside rows of
// every kind.
func TestRowsAreThePairs(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", rowsAreThePairs[float64])
		t.Run("f32", rowsAreThePairs[float32])
	})
}

func rowsAreThePairs[F float](t *testing.T) {
	r := seed(t.Name())
	for n := range short(150) {
		rowsOfLength[F](t, r, 1+r.below(12), n)
	}
	long := []int{chunk + 1, 255, 256, chunk - 1, chunk, 2*chunk + 5}
	for _, n := range long[:short(len(long))] {
		rowsOfLength[F](t, r, 3, n)
	}
}

func rowsOfLength[F float](t *testing.T, r *rng, rows, n int) {
	p, q := randomMatrices[F](r, rows, n, n+[]int{0, 1, 7, 16}[r.below(4)])
	for _, s := range shapes[F]() {
		for _, m := range allMeasures() {
			if s.fits(m) {
				checkRows(t, s, m, s.simple(make([]float64, s.results(rows)), m, p, q), p, q)
			}
		}
	}
}

func checkRows[F float](t *testing.T, s batchShape[F], m Measure, got []float64, p, q Matrix[F]) {
	t.Helper()
	if len(got) != s.results(p.Rows) {
		t.Fatalf("%s: %d results for %d rows", s.name, len(got), p.Rows)
	}
	for i := range got {
		x, y := s.pair(p, q, i)
		if want := measureOf(m, x, y); !same(got[i], want) {
			t.Fatalf("%s of %v, %d rows of %d with stride %d: result %d is %x, of the pair %x",
				s.name, m, p.Rows, p.Cols, p.Stride, i, got[i], want)
		}
	}
}

// NaN results have the same bits, too, wherever they come from.
func TestRowsNaN(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		rows := Matrix[float64]{Rows: 3, Cols: 2, Stride: 2, Data: []float64{1, -1, 1, nan, 1, math.Inf(1)}}
		for _, m := range allMeasures() {
			if m.ofOne() {
				continue
			}
			for i, x := range OneToMany(nil, m, []float64{1, 1}, rows) {
				if want := measureOf(m, []float64{1, 1}, rows.Row(i)); math.Float64bits(x) != math.Float64bits(want) || x == x {
					t.Errorf("%v of row %d: %x, of the pair %x", m, i, math.Float64bits(x), math.Float64bits(want))
				}
			}
		}
		huge := []float64{math.MaxFloat64, 1}
		for _, x := range []float64{kl(append(make([]float64, 2*chunk), huge...), append(make([]float64, 2*chunk), 1, math.NaN())), kl([]float64{1}, []float64{-1})} {
			if math.Float64bits(x) != math.Float64bits(math.NaN()) {
				t.Errorf("a kernel's NaN is %x", math.Float64bits(x))
			}
		}
	})
}

// Sizes around those of tiles and kernel calls, for any number of workers.
func TestWorkersGiveTheSameBits(t *testing.T) {
	t.Run("f64", workersAgree[float64])
	t.Run("f32", workersAgree[float32])
}

func workersAgree[F float](t *testing.T) {
	r := seed(t.Name())
	for _, size := range []struct{ rows, cols int }{{1, 10}, {17, 1500}, {70, 300}} {
		p, q := randomMatrices[F](r, short(size.rows), size.cols, size.cols+1)
		for _, s := range shapes[F]() {
			for _, m := range []Measure{MeasureKullbackLeibler, MeasureJensenShannon, MeasureEntropy, MeasureBhattacharyya} {
				if s.fits(m) {
					workersOf(t, s, m, p, q)
				}
			}
		}
	}
	p, q := randomMatrices[F](r, listElements/leastRow+5, 1, 1) // tiles of a list
	for _, s := range shapes[F]()[:4] {
		m := map[bool]Measure{true: MeasureEntropy, false: MeasureJensenShannon}[s.ofOne]
		workersOf(t, s, m, p, q)
	}
}

func workersOf[F float](t *testing.T, s batchShape[F], m Measure, p, q Matrix[F]) {
	t.Helper()
	for _, workers := range []int{-1, 1, 2, 3, 8} {
		done := 0
		b := Batch[F]{Measure: m, Workers: workers}
		total := s.results(p.Rows)
		b.Progress = func(now, of int) {
			if now <= done || of != total {
				t.Errorf("%s with %d workers: progress is %d after %d of %d, which are %d", s.name, workers, now, done, of, total)
			}
			done = now
		}
		got, err := s.compute(b, context.Background(), make([]float64, total), p, q)
		if err != nil || done != total {
			t.Errorf("%s with %d workers: error %v, %d of %d done", s.name, workers, err, done, total)
		}
		checkRows(t, s, m, got, p, q)
	}
}

// A table of more than one tile each way, and one that is not square and has gaps.
func TestTablesOfManyTiles(t *testing.T) {
	r := seed(t.Name())
	p, _ := randomMatrices[float64](r, 2*tileRows+3, 700, 701)
	for _, m := range []Measure{MeasureKullbackLeibler, MeasureJensenShannon} { // one is mirrored
		for _, workers := range []int{1, 3} {
			got, err := Batch[float64]{Measure: m, Workers: workers}.AllPairs(context.Background(), Matrix[float64]{}, p)
			if err != nil {
				t.Error(err)
			}
			checkTable(t, m, got, p, p)
		}
	}
	q, _ := randomMatrices[float64](r, 3, 700, 700)
	dst := Matrix[float64]{Rows: p.Rows, Cols: q.Rows, Stride: q.Rows + 2, Data: make([]float64, p.Rows*(q.Rows+2))}
	for i := range dst.Data {
		dst.Data[i] = -7
	}
	checkTable(t, MeasureJensenShannon, ManyToMany(dst, MeasureJensenShannon, p, q), p, q)
	for i, x := range dst.Data {
		if i%dst.Stride >= q.Rows && x != -7 {
			t.Errorf("element %d of dst, between its rows, is %v", i, x)
		}
	}
}

func checkTable[F float](t *testing.T, m Measure, got Matrix[float64], p, q Matrix[F]) {
	t.Helper()
	if got.Rows != p.Rows || got.Cols != q.Rows {
		t.Fatalf("%v: a table of %d×%d", m, got.Rows, got.Cols)
	}
	for i := range p.Rows {
		for j := range q.Rows {
			if want := measureOf(m, p.Row(i), q.Row(j)); !same(got.Row(i)[j], want) {
				t.Fatalf("%v of %d and %d: %x, of the pair %x", m, i, j, got.Row(i)[j], want)
			}
		}
	}
}

func TestEmptyRows(t *testing.T) {
	for _, s := range shapes[float64]() {
		for _, m := range allMeasures() {
			if !s.fits(m) {
				continue
			}
			none := Matrix[float64]{Rows: 3, Stride: 5}
			dst := make([]float64, s.results(3))
			for i := range dst {
				dst[i] = 1
			}
			var p, q Matrix[float64] = none, none
			if s.name == "OneToMany" || s.name == "ManyToOne" { // Row needs data
				p.Data, q.Data = make([]float64, 10), make([]float64, 10)
			}
			for i, x := range s.simple(dst, m, p, q) {
				if x != 0 {
					t.Errorf("%s of %v, rows without elements: result %d is %v", s.name, m, i, x)
				}
			}
		}
	}
	if got := RowByRow(nil, MeasureKullbackLeibler, Matrix[float32]{}, Matrix[float32]{}); got == nil || len(got) != 0 {
		t.Errorf("of no rows: %v", got)
	}
	if got := AllPairs(Matrix[float64]{}, MeasureKullbackLeibler, Matrix[float32]{Cols: 3, Stride: 3}); got.Rows != 0 || got.Data == nil {
		t.Errorf("of no rows: %v", got)
	}
}

// What does not fit panics, names the sizes, and leaves dst as it is.
func TestRowsPanics(t *testing.T) {
	dst := []float64{-7, -7, -7, -7}
	m := func(rows, cols int) Matrix[float64] { return NewMatrix[float64](rows, cols) }
	table := func(rows, cols int) Matrix[float64] {
		return Matrix[float64]{Rows: rows, Cols: cols, Stride: cols, Data: dst}
	}
	for want, f := range map[string]func(){
		"OneToMany: dst has 4 elements, the result has 3 elements":             func() { OneToMany(dst, MeasureKullbackLeibler, make([]float64, 2), m(3, 2)) },
		"OneToMany: p has 5 elements in a row, q has 2":                        func() { OneToMany(dst, MeasureKullbackLeibler, make([]float64, 5), m(4, 2)) },
		"ManyToOne: p has 2 elements in a row, q has 5":                        func() { ManyToOne(dst, MeasureKullbackLeibler, m(4, 2), make([]float64, 5)) },
		"ManyToOne: dst has 4 elements, the result has 6 elements":             func() { ManyToOne(dst, MeasureKullbackLeibler, m(6, 5), make([]float64, 5)) },
		"RowByRow: p has 4 rows, q has 3":                                      func() { RowByRow(dst, MeasureKullbackLeibler, m(4, 2), m(3, 2)) },
		"RowByRow: p has 2 elements in a row, q has 3":                         func() { RowByRow(dst, MeasureKullbackLeibler, m(4, 2), m(4, 3)) },
		"EachRow: dst has 4 elements, the result has 5 elements":               func() { EachRow(dst, MeasureEntropy, m(5, 2)) },
		"ManyToMany: dst is 2×2, the result 3×2":                               func() { ManyToMany(table(2, 2), MeasureKullbackLeibler, m(3, 2), m(2, 2)) },
		"ManyToMany: p has 2 elements in a row, q has 3":                       func() { ManyToMany(table(2, 2), MeasureKullbackLeibler, m(2, 2), m(2, 3)) },
		"AllPairs: dst is 1×4, the result 2×2":                                 func() { AllPairs(table(1, 4), MeasureKullbackLeibler, m(2, 2)) },
		"AllPairs: dst is 2×3 with stride 3, which takes 6 elements; it has 4": func() { AllPairs(table(2, 3), MeasureKullbackLeibler, m(2, 2)) },
		"AllPairs: x has stride 1, less than its 2 columns":                    func() { AllPairs(table(2, 2), MeasureKullbackLeibler, Matrix[float64]{Rows: 2, Cols: 2, Stride: 1}) },
		"NewMatrix: 4 elements for 2×3":                                        func() { NewMatrix(2, 3, dst...) },
		"OneToMany: q is -1×2":                                                 func() { OneToMany(dst, MeasureKullbackLeibler, dst[:2], Matrix[float64]{Rows: -1, Cols: 2}) },
		"OneToMany: Entropy is a measure of one vector, not of two":            func() { OneToMany(dst, MeasureEntropy, dst[:2], m(4, 2)) },
		"Between: BinaryEntropy is a measure of one vector, not of two":        func() { Between(MeasureBinaryEntropy, dst, dst) },
		"EachRow: JensenShannon is a measure of two vectors, not of one":       func() { EachRow(dst, MeasureJensenShannon, m(4, 2)) },
		"RowByRow: Measure(200) is unknown":                                    func() { RowByRow(dst, 200, m(4, 2), m(4, 2)) },
	} {
		message := ""
		func() {
			defer func() { message = fmt.Sprint(recover()) }()
			f()
		}()
		if message != "relent: "+want {
			t.Errorf("panic %q, want %q", message, "relent: "+want)
		}
		for _, x := range dst {
			if x != -7 {
				t.Errorf("%s: dst is %v", want, dst)
			}
		}
	}
}

// A context that is done before leaves dst as it is; one that is done on the way ends it there.
func TestRowsEndWithTheContext(t *testing.T) {
	p, q := randomMatrices[float64](seed(t.Name()), 5*listElements/leastRow, 2, 2) // 5 tiles
	table, other := randomMatrices[float64](seed(t.Name()), 5*tileRows, 3000, 3000)
	before := runtime.NumGoroutine()
	for _, s := range shapes[float64]() {
		if s.results(2) == 4 {
			p, q = table, other
		}
		m := map[bool]Measure{true: MeasureEntropy, false: MeasureJeffreys}[s.ofOne]
		for _, workers := range []int{1, 3} {
			dst := make([]float64, s.results(p.Rows))
			for i := range dst {
				dst[i] = -7
			}
			untouched := func() (n int) {
				for _, x := range dst {
					if x == -7 {
						n++
					}
				}
				return n
			}
			ctx, cancel := context.WithCancel(context.Background())
			var calls atomic.Int64
			b := Batch[float64]{Measure: m, Workers: workers, Progress: func(done, total int) { calls.Add(1); cancel() }}
			if _, err := s.compute(b, ctx, dst, p, q); !errors.Is(err, context.Canceled) || untouched() == 0 || untouched() == len(dst) {
				t.Errorf("%s with %d workers: error %v, %d of %d results left out", s.name, workers, err, untouched(), len(dst))
			}
			if n := calls.Load(); n < 1 || n > int64(workers) {
				t.Errorf("%s with %d workers: %d tiles", s.name, workers, n)
			}
			left := untouched()
			if _, err := s.compute(b, ctx, dst, p, q); !errors.Is(err, context.Canceled) || untouched() != left {
				t.Errorf("%s with %d workers, the context done: error %v", s.name, workers, err)
			}
		}
	}
	requireGoroutines(t, before)
}

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

// One worker does not allocate; from the functions neither the rows nor dst escape.
func TestRowsDoNotAllocate(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", rowsDoNotAllocate[float64])
		t.Run("f32", rowsDoNotAllocate[float32])
	})
}

func rowsDoNotAllocate[F float](t *testing.T) {
	if n := testing.AllocsPerRun(10, func() { allShapesOnce[F]() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	p, q := randomMatrices[F](seed(t.Name()), 10, 10, 10)
	dst := make([]float64, 100)
	for _, s := range shapes[F]() {
		for _, m := range allMeasures() {
			if !s.fits(m) {
				continue
			}
			b := Batch[F]{Measure: m, Workers: 1, Progress: func(done, total int) {}}
			n := testing.AllocsPerRun(10, func() { s.compute(b, context.Background(), dst[:s.results(10)], p, q) })
			if n != 0 {
				t.Errorf("%s of %v: %v allocations", s.name, m, n)
			}
		}
	}
}

func allShapesOnce[F float]() {
	var p, q [24]F
	var dst [16]float64
	p[5], q[5], q[9] = 0.5, 0.25, F(nan)
	x, y := Matrix[F]{4, 6, p[:], 6}, Matrix[F]{4, 6, q[:], 6}
	EachRow(dst[:4], MeasureEntropy, x)
	OneToMany(dst[:4], MeasureJensenShannon, p[:6], y)
	ManyToOne(dst[:4], MeasureKullbackLeibler, x, q[:6])
	RowByRow(dst[:4], MeasureBhattacharyya, x, y)
	ManyToMany(Matrix[float64]{4, 4, dst[:], 4}, MeasureJensenShannonDistance, x, y)
	AllPairs(Matrix[float64]{4, 4, dst[:], 4}, MeasureJeffreys, x)
	result += dst[0] + Between(MeasureBinaryCrossEntropy, p[:], q[:])
}

func TestMeasure(t *testing.T) {
	p, q := []float64{0.5, 0.5}, []float64{0.25, 0.75}
	for _, m := range allMeasures() {
		if name := m.String(); name == "" || strings.Contains(name, "(") {
			t.Errorf("measure %d is called %q", uint8(m), name)
		}
		if m.ofOne() {
			continue
		}
		if got, want := Between(m, p, q), measureOf(m, p, q); !same(got, want) {
			t.Errorf("%v: %v, not %v", m, got, want)
		}
		if m.Symmetric() != same(Between(m, p, q), Between(m, q, p)) {
			t.Errorf("%v: symmetric %v; %v and %v", m, m.Symmetric(), Between(m, p, q), Between(m, q, p))
		}
	}
	if got := Measure(200).String(); got != "Measure(200)" {
		t.Error(got)
	}
}

// Rows of any bits, of any length and stride, are the pairs.
func FuzzRows(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, l := range levels() {
			useISA(t, l)
			fuzzRows[float64](t, data)
			fuzzRows[float32](t, data)
		}
	})
}

func fuzzRows[F float](t *testing.T, data []byte) {
	if len(data) < 2 {
		return
	}
	n, gap := 1+int(data[0])%40, int(data[1])%5
	x, y := fuzzed[F](data, 500)
	rows := min((len(x)+gap)/(n+gap), 12)
	if rows == 0 {
		return
	}
	p, q := Matrix[F]{rows, n, x, n + gap}, Matrix[F]{rows, n, y, n + gap}
	for _, s := range shapes[F]() {
		for _, m := range allMeasures() {
			if s.fits(m) {
				checkRows(t, s, m, s.simple(make([]float64, s.results(rows)), m, p, q), p, q)
			}
		}
	}
}

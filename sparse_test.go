package relent

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
)

// sparseSample has rows of any number of entries up to most, one of them empty and one full where that is allowed.
func sparseSample[F float, I Offset](t *testing.T, r *rng, rows, cols, most int) *Sparse[F, I] {
	t.Helper()
	offsets, columns, values := []I{0}, []I{}, []F{}
	for i := range rows {
		entries := r.below(min(most, cols) + 1)
		if i == 1 {
			entries = 0
		}
		left := entries
		for c := 0; c < cols && left > 0; c++ {
			if r.below(cols-c) < left {
				columns, values = append(columns, I(c)), append(values, unit[F](r))
				left--
			}
		}
		offsets = append(offsets, I(len(values)))
	}
	s, err := NewSparse(cols, offsets, columns, values)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func randomDense[F float](r *rng, rows, cols int) Matrix[F] {
	x := Matrix[F]{Rows: rows, Cols: cols, Stride: cols + 3, Data: make([]F, rows*(cols+3))}
	for i := range rows {
		for j := range x.Row(i) {
			if r.below(3) > 0 {
				x.Row(i)[j] = unit[F](r)
			}
		}
	}
	return x
}

// denseRow is row i in full.
func denseRow[F float, I Offset](s *Sparse[F, I], i int) []F {
	x := make([]F, s.Cols())
	columns, values := s.Row(i)
	for k, c := range columns {
		x[c] = values[k]
	}
	return x
}

// compacted are the columns in which either row has an entry.
func compacted[F float, I Offset](p *Sparse[F, I], i int, q *Sparse[F, I], j int) (x, y []F) {
	a, b := denseRow(p, i), denseRow(q, j)
	pColumns, _ := p.Row(i)
	qColumns, _ := q.Row(j)
	for c := range a {
		if slices.Contains(pColumns, I(c)) || slices.Contains(qColumns, I(c)) {
			x, y = append(x, a[c]), append(y, b[c])
		}
	}
	return x, y
}

// A sparseShape is one of the methods of SparseBatch, all results in a list, and the pair that each is the measure of.
type sparseShape[F float, I Offset] struct {
	name    string
	ofOne   bool
	results func(rows int) int
	compute func(b SparseBatch[F, I], ctx context.Context, dst []float64, s sparseRows[F, I]) ([]float64, error)
	simple  func(m Measure, s sparseRows[F, I], w *SparseWorkspace[F]) []float64
	pair    func(s sparseRows[F, I], i int) (x, y []F)
}

// sparseRows are sparse rows on two sides, and as many dense ones.
type sparseRows[F float, I Offset] struct {
	p, q  *Sparse[F, I]
	dense Matrix[F]
}

// sparseTable is dst as a square matrix, or none.
func sparseTable(dst []float64, n int) Matrix[float64] {
	if dst == nil {
		return Matrix[float64]{}
	}
	return square(dst, n)
}

func last[F Float, I Offset](s *Sparse[F, I]) *Sparse[F, I] { return s.Slice(s.Rows()-1, s.Rows()) }

func sparseShapes[F float, I Offset]() []sparseShape[F, I] {
	type rows = sparseRows[F, I]
	type batch = SparseBatch[F, I]
	type workspace = *SparseWorkspace[F]
	linear := func(rows int) int { return rows }
	squared := func(rows int) int { return rows * rows }
	type ctx = context.Context
	list := func(x []float64, err error) ([]float64, error) { return x, err }
	flat := func(x Matrix[float64], err error) ([]float64, error) { return x.Data, err }
	none := Matrix[float64]{}
	return []sparseShape[F, I]{
		{"EachSparseRow", true, linear,
			func(b batch, c ctx, dst []float64, s rows) ([]float64, error) { return list(b.EachRow(c, dst, s.p)) },
			func(m Measure, s rows, w workspace) []float64 { return EachSparseRow(nil, m, s.p) },
			func(s rows, i int) (x, y []F) { _, x = s.p.Row(i); return x, nil }},
		{"SparseRowByRow", false, linear,
			func(b batch, c ctx, dst []float64, s rows) ([]float64, error) {
				return list(b.RowByRow(c, dst, s.p, s.q))
			},
			func(m Measure, s rows, w workspace) []float64 { return SparseRowByRow(nil, m, s.p, s.q, w) },
			func(s rows, i int) (x, y []F) { return compacted(s.p, i, s.q, i) }},
		{"SparseOneToMany", false, linear,
			func(b batch, c ctx, dst []float64, s rows) ([]float64, error) {
				return list(b.OneToMany(c, dst, s.p.Slice(s.p.Rows()-1, s.p.Rows()), s.q))
			},
			func(m Measure, s rows, w workspace) []float64 { return SparseOneToMany(nil, m, last(s.p), s.q, w) },
			func(s rows, i int) (x, y []F) { return compacted(s.p, s.p.Rows()-1, s.q, i) }},
		{"SparseManyToOne", false, linear,
			func(b batch, c ctx, dst []float64, s rows) ([]float64, error) {
				return list(b.ManyToOne(c, dst, s.p, s.q.Slice(s.q.Rows()-1, s.q.Rows())))
			},
			func(m Measure, s rows, w workspace) []float64 { return SparseManyToOne(nil, m, s.p, last(s.q), w) },
			func(s rows, i int) (x, y []F) { return compacted(s.p, i, s.q, s.q.Rows()-1) }},
		{"SparseManyToMany", false, squared,
			func(b batch, c ctx, dst []float64, s rows) ([]float64, error) {
				return flat(b.ManyToMany(c, sparseTable(dst, s.p.Rows()), s.p, s.q))
			},
			func(m Measure, s rows, w workspace) []float64 { return SparseManyToMany(none, m, s.p, s.q, w).Data },
			func(s rows, i int) (x, y []F) { return compacted(s.p, i/s.p.Rows(), s.q, i%s.p.Rows()) }},
		{"SparseAllPairs", false, squared,
			func(b batch, c ctx, dst []float64, s rows) ([]float64, error) {
				return flat(b.AllPairs(c, sparseTable(dst, s.p.Rows()), s.p))
			},
			func(m Measure, s rows, w workspace) []float64 { return SparseAllPairs(none, m, s.p, w).Data },
			func(s rows, i int) (x, y []F) { return compacted(s.p, i/s.p.Rows(), s.p, i%s.p.Rows()) }},
		{"SparseToDense", false, squared,
			func(b batch, c ctx, dst []float64, s rows) ([]float64, error) {
				return flat(b.ToDense(c, sparseTable(dst, s.p.Rows()), s.p, s.dense))
			},
			func(m Measure, s rows, w workspace) []float64 { return SparseToDense(none, m, s.p, s.dense, w).Data },
			func(s rows, i int) (x, y []F) { return denseRow(s.p, i/s.p.Rows()), s.dense.Row(i % s.p.Rows()) }},
		{"DenseToSparse", false, squared,
			func(b batch, c ctx, dst []float64, s rows) ([]float64, error) {
				return flat(b.FromDense(c, sparseTable(dst, s.p.Rows()), s.dense, s.q))
			},
			func(m Measure, s rows, w workspace) []float64 { return DenseToSparse(none, m, s.dense, s.q, w).Data },
			func(s rows, i int) (x, y []F) { return s.dense.Row(i / s.p.Rows()), denseRow(s.q, i%s.p.Rows()) }},
		{"SparseToDenseRowByRow", false, linear,
			func(b batch, c ctx, dst []float64, s rows) ([]float64, error) {
				return list(b.ToDenseRowByRow(c, dst, s.p, s.dense))
			},
			func(m Measure, s rows, w workspace) []float64 { return SparseToDenseRowByRow(nil, m, s.p, s.dense, w) },
			func(s rows, i int) (x, y []F) { return denseRow(s.p, i), s.dense.Row(i) }},
		{"DenseToSparseRowByRow", false, linear,
			func(b batch, c ctx, dst []float64, s rows) ([]float64, error) {
				return list(b.FromDenseRowByRow(c, dst, s.dense, s.q))
			},
			func(m Measure, s rows, w workspace) []float64 { return DenseToSparseRowByRow(nil, m, s.dense, s.q, w) },
			func(s rows, i int) (x, y []F) { return s.dense.Row(i), denseRow(s.q, i) }},
		{"SparseToVector", false, linear,
			func(b batch, c ctx, dst []float64, s rows) ([]float64, error) {
				return list(b.ToVector(c, dst, s.p, s.dense.Row(1)))
			},
			func(m Measure, s rows, w workspace) []float64 { return SparseToVector(nil, m, s.p, s.dense.Row(1), w) },
			func(s rows, i int) (x, y []F) { return denseRow(s.p, i), s.dense.Row(1) }},
		{"VectorToSparse", false, linear,
			func(b batch, c ctx, dst []float64, s rows) ([]float64, error) {
				return list(b.FromVector(c, dst, s.dense.Row(1), s.q))
			},
			func(m Measure, s rows, w workspace) []float64 { return VectorToSparse(nil, m, s.dense.Row(1), s.q, w) },
			func(s rows, i int) (x, y []F) { return s.dense.Row(1), denseRow(s.q, i) }},
	}
}

// call is the method for a measure.
func (s sparseShape[F, I]) call(m Measure, x sparseRows[F, I], w *SparseWorkspace[F]) batchCall {
	return func(ctx context.Context, workers int, progress func(done, total int), dst []float64) ([]float64, error) {
		return s.compute(SparseBatch[F, I]{Measure: m, Workers: workers, Progress: progress, Workspace: w}, ctx, dst, x)
	}
}

// pairs are those whose measures are wanted.
func (s sparseShape[F, I]) pairs(x sparseRows[F, I]) (list [][2][]F) {
	for i := range s.results(x.p.Rows()) {
		p, q := s.pair(x, i)
		list = append(list, [2][]F{p, q})
	}
	return list
}

func measuresOf[F float](m Measure, pairs [][2][]F) (want []float64) {
	for _, pair := range pairs {
		want = append(want, measureOf(m, pair[0], pair[1]))
	}
	return want
}

// Every result has the bits of the function's on the compacted, or the dense, rows: for every measure, shape, number of
// workers.
func TestSparse(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", sparse[float64, int32])
		t.Run("f32", sparse[float32, int64])
	})
}

func sparse[F float, I Offset](t *testing.T) {
	r := seed(t.Name())
	w := NewSparseWorkspace[F](2) // used for what is larger and what is smaller
	for _, size := range [][3]int{{3, 1, 1}, {19, 40, 12}, {4, 3000, 2500}, {23, 200, 30}, {2, 0, 0}}[:max(2, short(5))] {
		x := sparseRows[F, I]{
			sparseSample[F, I](t, r, size[0], size[1], size[2]), sparseSample[F, I](t, r, size[0], size[1], size[2]),
			randomDense[F](r, size[0], size[1]),
		}
		for _, s := range sparseShapes[F, I]() {
			pairs := s.pairs(x)
			for _, m := range allMeasures() {
				if m.ofOne() != s.ofOne {
					continue
				}
				what, want := fmt.Sprintf("%s of %v, %v", s.name, m, size), measuresOf(m, pairs)
				for i, got := range s.simple(m, x, w) {
					if !same(got, want[i]) {
						t.Errorf("%s: result %d is %x, want %x", what, i, got, want[i])
					}
				}
				requireBatch(t, what, want, s.call(m, x, w))
			}
		}
	}
}

// Zeros that are not stored are zeros: the value, but for rounding, is that of the dense rows, for every measure.
func TestSparseIsTheDenseCall(t *testing.T) {
	t.Run("f64", func(t *testing.T) { sparseIsTheDenseCall[float64](t, 1e-13) })
	t.Run("f32", func(t *testing.T) { sparseIsTheDenseCall[float32](t, 1e-6) })
}

func sparseIsTheDenseCall[F float](t *testing.T, tolerance float64) {
	r := seed(t.Name())
	infinite := 0
	for _, most := range []int{2, 5, 60} {
		p, q := sparseSample[F, int32](t, r, 25, 60, most), sparseSample[F, int32](t, r, 25, 60, most)
		for _, m := range allMeasures() {
			if m.ofOne() {
				for i, x := range EachSparseRow(nil, m, p) {
					requireNear(t, fmt.Sprintf("%v of row %d", m, i), x, measureOf(m, denseRow(p, i), nil), tolerance)
				}
				continue
			}
			table := SparseManyToMany(Matrix[float64]{}, m, p, q, nil)
			for i := range p.Rows() {
				for j := range q.Rows() {
					x, want := table.Row(i)[j], measureOf(m, denseRow(p, i), denseRow(q, j))
					pColumns, _ := p.Row(i)
					qColumns, _ := q.Row(j)
					if len(pColumns)+len(qColumns) == 0 {
						want = 0
					}
					if math.IsInf(want, 1) {
						infinite++
					}
					requireNear(t, fmt.Sprintf("%v of rows %d and %d", m, i, j), x, want, tolerance)
				}
			}
		}
	}
	if infinite == 0 {
		t.Error("no measure was infinite")
	}
}

func requireNear(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if got != want && !(math.Abs(got-want) <= tolerance*(1+math.Abs(want))) {
		t.Errorf("%s: %v, of the dense rows %v", what, got, want)
	}
}

// manySparse is enough for several tiles of each shape, with rows of a few entries and one of very many.
func manySparse(t *testing.T) (lists, tables sparseRows[float64, int32]) {
	r := seed(t.Name())
	sample := func(rows, cols, most, long int) *Sparse[float64, int32] {
		s := sparseSample[float64, int32](t, r, rows, cols, most)
		offsets, columns, values := []int32{0}, []int32{}, []float64{}
		for i := range rows {
			c, v := s.Row(i)
			if i == rows/3 {
				c, v = make([]int32, long), make([]float64, long)
				for k := range c {
					c[k], v[k] = int32(k), unit[float64](r)
				}
			}
			columns, values = append(columns, c...), append(values, v...)
			offsets = append(offsets, int32(len(columns)))
		}
		x, err := NewSparse(cols, offsets, columns, values)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	lists = sparseRows[float64, int32]{sample(16000, 30, 9, 25), sample(16000, 30, 9, 25), randomDense[float64](r, 16000, 30)}
	tables = sparseRows[float64, int32]{sample(60, 300, 30, 250), sample(60, 300, 30, 250), randomDense[float64](r, 60, 300)}
	return lists, tables
}

func TestSparseOfManyTiles(t *testing.T) {
	lists, tables := manySparse(t)
	w := NewSparseWorkspace[float64](1)
	for _, s := range sparseShapes[float64, int32]() {
		x := lists
		if s.results(2) == 4 {
			x = tables
		}
		pairs := s.pairs(x)
		for _, m := range []Measure{MeasureChiSquare, MeasureTotalVariation, MeasureEntropy} { // one is mirrored; none takes long in plain Go
			if m.ofOne() == s.ofOne {
				requireBatch(t, s.name+" of "+m.String(), measuresOf(m, pairs), s.call(m, x, w))
			}
		}
	}
}

func TestSparseEndsWithTheContext(t *testing.T) {
	lists, tables := manySparse(t)
	for _, s := range sparseShapes[float64, int32]() {
		x, m := lists, MeasureJeffreys
		if s.results(2) == 4 {
			x = tables
		}
		if s.ofOne {
			m = MeasureEntropy
		}
		requireEnding(t, s.name, s.results(x.p.Rows()), s.call(m, x, nil))
	}
}

// One worker does not allocate once there is a workspace.
func TestSparseDoesNotAllocate(t *testing.T) {
	t.Run("f64", sparseDoesNotAllocate[float64, int32])
	t.Run("f32", sparseDoesNotAllocate[float32, int64])
}

func sparseDoesNotAllocate[F float, I Offset](t *testing.T) {
	r := seed(t.Name())
	const rows = 10
	x := sparseRows[F, I]{sparseSample[F, I](t, r, rows, 200, 20), sparseSample[F, I](t, r, rows, 200, 20), randomDense[F](r, rows, 200)}
	w := NewSparseWorkspace[F](1)
	for _, s := range sparseShapes[F, I]() {
		m, dst := MeasureTotalVariation, make([]float64, s.results(rows))
		if s.ofOne {
			m = MeasureEntropy
		}
		call, progress := s.call(m, x, w), func(done, total int) {}
		call(context.Background(), 1, progress, dst)
		if n := testing.AllocsPerRun(10, func() { call(context.Background(), 1, progress, dst) }); n != 0 {
			t.Errorf("%s: %v allocations", s.name, n)
		}
	}
}

// Calls at the same time may share a workspace, whatever their rows.
func TestSparseWorkspaceIsSafeForConcurrentUse(t *testing.T) {
	r := seed(t.Name())
	w := NewSparseWorkspace[float64](2)
	var all sync.WaitGroup
	for _, cols := range []int{20, 200, 2000} {
		x := sparseRows[float64, int32]{sparseSample[float64, int32](t, r, 30, cols, 15),
			sparseSample[float64, int32](t, r, 30, cols, 15), randomDense[float64](r, 30, cols)}
		for _, s := range sparseShapes[float64, int32]() {
			if s.ofOne {
				continue
			}
			want := measuresOf(MeasureTotalVariation, s.pairs(x))
			all.Add(1)
			go func() {
				defer all.Done()
				for range 20 {
					got, err := s.call(MeasureTotalVariation, x, w)(context.Background(), 2, nil, nil)
					if at := differing(got, want); err != nil || at >= 0 {
						t.Errorf("%s: %v, result %d differs", s.name, err, at)
					}
				}
			}()
		}
	}
	all.Wait()
}

// Elements that are 0 on both sides contribute nothing to any measure, not even the sign of a zero.
func TestAbsentColumnsContributeNothing(t *testing.T) {
	for _, m := range allMeasures() {
		for n := 1; n <= 40; n++ {
			zeros := make([]float64, n)
			if got := measureOf(m, zeros, zeros); got != 0 && m != MeasureBhattacharyya {
				t.Errorf("%v of %d zeros: %v", m, n, got)
			}
			with := make([]float64, n+1)
			p, q := slices.Clone(with), slices.Clone(with)
			p[n/2], q[n/2] = 0.5, 0.25
			if got, want := measureOf(m, p, q), measureOf(m, p[n/2:][:1], q[n/2:][:1]); got != want {
				t.Errorf("%v with %d zeros: %v, want %v", m, n, got, want)
			}
		}
	}
}

var sparseLayouts = []struct {
	cols             int
	offsets, columns []int32
	values           int
	want             string
}{
	{4, []int32{0, 2, 2, 3}, []int32{1, 3, 0}, 3, ""},
	{0, []int32{0, 0}, nil, 0, ""},
	{4, []int32{1, 2}, []int32{9, 3}, 2, ""}, // what no row has is not looked at
	{4, []int32{0, 2}, []int32{1, 3}, 3, "relent: 2 columns for 3 values"},
	{-1, []int32{0}, nil, 0, "relent: -1 columns"},
	{4, nil, nil, 0, ""},
	{4, []int32{0, 2, 1}, []int32{1, 3}, 2, "relent: row 1: offset 1 comes after 2"},
	{4, []int32{0, 1, 3}, []int32{1, 3}, 2, "relent: row 1: offset 3 is beyond the 2 values"},
	{4, []int32{0, 0, 2}, []int32{1, 4}, 2, "relent: row 1: column 4, entry 1, is not in [0, 4)"},
	{4, []int32{0, 1, 2}, []int32{1, -1}, 2, "relent: row 1: column -1, entry 1, is not in [0, 4)"},
	{4, []int32{0, 0, 2}, []int32{3, 3}, 2, "relent: row 1: column 3, entry 1, is there twice"},
	{4, []int32{0, 0, 2}, []int32{3, 2}, 2, "relent: row 1: column 2, entry 1, comes after column 3"},
}

func TestSparseLayout(t *testing.T) {
	for _, c := range sparseLayouts {
		_, err := NewSparse(c.cols, c.offsets, c.columns, make([]float64, c.values))
		if got := fmt.Sprint(err); got != c.want && !(err == nil && c.want == "") {
			t.Errorf("%v %v: %v, want %v", c.offsets, c.columns, got, c.want)
		}
	}
	p, _ := NewSparse(4, []int32{0, 1}, []int32{3}, make([]float64, 1))
	q, _ := NewSparse(5, []int32{0, 1}, []int32{3}, make([]float64, 1))
	two, _ := NewSparse(4, []int32{0, 1, 1}, []int32{3}, make([]float64, 1))
	expectPanic(t, "relent: SparseRowByRow: p has 4 elements in a row, q has 5", func() { SparseRowByRow(nil, MeasureKullbackLeibler, p, q, nil) })
	expectPanic(t, "relent: SparseRowByRow: p has 1 rows, q has 2", func() { SparseRowByRow(nil, MeasureKullbackLeibler, p, two, nil) })
	expectPanic(t, "relent: SparseRowByRow: dst has 2 elements, the result has 1 elements", func() { SparseRowByRow(make([]float64, 2), MeasureKullbackLeibler, p, p, nil) })
	expectPanic(t, "relent: SparseManyToMany: dst is 2×2, the result 1×2", func() { SparseManyToMany(NewMatrix[float64](2, 2), MeasureKullbackLeibler, p, two, nil) })
	expectPanic(t, "relent: SparseOneToMany: p has 2 rows, not 1", func() { SparseOneToMany(nil, MeasureKullbackLeibler, two, p, nil) })
	expectPanic(t, "relent: SparseManyToOne: q has 2 rows, not 1", func() { SparseManyToOne(nil, MeasureKullbackLeibler, p, two, nil) })
	expectPanic(t, "relent: SparseOneToMany: p has 4 elements in a row, q has 5", func() { SparseOneToMany(nil, MeasureKullbackLeibler, p, q, nil) })
	expectPanic(t, "relent: SparseManyToOne: dst has 3 elements, the result has 2 elements", func() { SparseManyToOne(make([]float64, 3), MeasureKullbackLeibler, two, p, nil) })
	expectPanic(t, "relent: SparseAllPairs: dst is 1×2, the result 2×2", func() { SparseAllPairs(NewMatrix[float64](1, 2), MeasureJensenShannon, two, nil) })
	expectPanic(t, "relent: SparseToVector: p has 4 elements in a row, q has 3", func() { SparseToVector(nil, MeasureKullbackLeibler, p, make([]float64, 3), nil) })
	expectPanic(t, "relent: VectorToSparse: p has 3 elements in a row, q has 4", func() { VectorToSparse(nil, MeasureKullbackLeibler, make([]float64, 3), p, nil) })
	expectPanic(t, "relent: SparseToDenseRowByRow: p has 2 rows, q has 1", func() {
		SparseToDenseRowByRow(nil, MeasureKullbackLeibler, two, NewMatrix[float64](1, 4), nil)
	})
	expectPanic(t, "relent: DenseToSparseRowByRow: p has 3 rows, q has 2", func() {
		DenseToSparseRowByRow(nil, MeasureKullbackLeibler, NewMatrix[float64](3, 4), two, nil)
	})
	expectPanic(t, "relent: EachSparseRow: KullbackLeibler is a measure of two vectors, not of one", func() { EachSparseRow(nil, MeasureKullbackLeibler, p) })
	expectPanic(t, "relent: SparseToDense: p has 4 elements in a row, q has 5", func() {
		SparseToDense(Matrix[float64]{}, MeasureKullbackLeibler, p, NewMatrix[float64](1, 5), nil)
	})
	expectPanic(t, "relent: DenseToSparse: p has 5 elements in a row, q has 4", func() {
		DenseToSparse(Matrix[float64]{}, MeasureKullbackLeibler, NewMatrix[float64](1, 5), p, nil)
	})
	expectPanic(t, "relent: SparseRowByRow: Entropy is a measure of one vector, not of two", func() {
		SparseRowByRow(nil, MeasureEntropy, p, p, nil)
	})
}

// Whatever NewSparse takes can be measured; whatever it refuses is malformed.
func FuzzSparse(f *testing.F) {
	for _, c := range sparseLayouts {
		var data []byte
		for _, o := range c.offsets {
			data = binary.LittleEndian.AppendUint16(data, uint16(o))
		}
		for _, o := range c.columns {
			data = binary.LittleEndian.AppendUint16(data, uint16(o))
		}
		f.Add(int16(c.cols), uint8(len(c.offsets)), uint8(c.values), data)
	}
	f.Fuzz(func(t *testing.T, cols int16, offsets, values uint8, data []byte) {
		var numbers []int32
		for ; len(data) >= 2; data = data[2:] {
			numbers = append(numbers, int32(int16(binary.LittleEndian.Uint16(data))))
		}
		split := min(int(offsets), len(numbers))
		v := make([]float64, values)
		for i := range v {
			v[i] = float64(i + 1)
		}
		s, err := NewSparse(int(cols), numbers[:split], numbers[split:], v)
		if wellFormed := isCSR(int(cols), numbers[:split], numbers[split:], len(v)); wellFormed != (err == nil) {
			t.Fatalf("%d %v: %v, well-formed: %v", cols, numbers, err, wellFormed)
		}
		if err == nil {
			dense := NewMatrix[float64](s.Rows(), int(cols))
			for i := range s.Rows() {
				copy(dense.Row(i), denseRow(s, i))
			}
			w := NewSparseWorkspace[float64](1)
			for _, m := range []Measure{MeasureJensenShannon, MeasureJeffreys} {
				want := ManyToMany(Matrix[float64]{}, m, dense, dense)
				for i, x := range SparseToDense(Matrix[float64]{}, m, s, dense, w).Data {
					if !same(x, want.Data[i]) {
						t.Fatalf("%v %v: result %d of %v is %x, of the dense rows %x", cols, numbers, i, m, x, want.Data[i])
					}
				}
				table := SparseManyToMany(Matrix[float64]{}, m, s, s, w)
				for i, x := range SparseAllPairs(Matrix[float64]{}, m, s, w).Data {
					if !same(x, table.Data[i]) || math.Abs(x-want.Data[i]) > 1e-12*math.Abs(x) {
						t.Fatalf("%v %v: result %d of %v is %x, %x, of the dense rows %x", cols, numbers, i, m, x, table.Data[i], want.Data[i])
					}
				}
			}
		}
	})
}

// isCSR says it another way: every row's columns are its own sorted set of numbers below cols.
func isCSR(cols int, offsets, columns []int32, values int) bool {
	if cols < 0 || len(columns) != values {
		return false
	}
	if len(offsets) == 0 {
		return true
	}
	if !slices.IsSorted(offsets) || offsets[0] < 0 || int(offsets[len(offsets)-1]) > values {
		return false
	}
	for i, from := range offsets[:len(offsets)-1] {
		row := columns[from:offsets[i+1]]
		set := slices.Clone(row)
		slices.Sort(set)
		set = slices.Compact(set)
		if !slices.Equal(set, row) || len(set) > 0 && (set[0] < 0 || int(set[len(set)-1]) >= cols) {
			return false
		}
	}
	return true
}

package relent

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/relent-go/relent/internal/sources"
)

// Every function with a parameter either works or panics, or returns an error, with words of its own, whatever the shapes are: no
// run-time error, nothing read or written outside, and dst as it was. A function that is not in the table fails the test.
func TestHostileShapes(t *testing.T) {
	names, err := sources.ExportedWithAny(".")
	if err != nil || len(names) < 90 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if hostileCalls[float64]()[name] == nil {
			t.Errorf("%s is not tried", name)
		}
	}
	for name := range hostileCalls[float64]() {
		if !slices.Contains(names, name) {
			t.Errorf("there is no %s", name)
		}
	}
	t.Run("f64", tryAll[float64])
	t.Run("f32", tryAll[float32])
}

func tryAll[F float](t *testing.T) {
	memory := make([][]byte, 16)
	for i := range memory {
		memory[i] = fencedMemory(t)
	}
	for name, call := range hostileCalls[F]() {
		h := &hostile[F]{rng: seed(t.Name() + name), memory: memory}
		worked := 0
		for range short(3000) {
			what, err := h.try(call)
			if err != nil {
				t.Errorf("%s of %s: %v", name, what, err)
				break
			}
			if h.returned {
				worked++
			}
		}
		if worked == 0 {
			t.Errorf("%s never works", name)
		}
	}
}

// fencedMemory is a stretch of memory: where the system can, between two without access.
var fencedMemory = func(*testing.T) []byte { return make([]byte, 1<<16) }

// hostile makes arguments: most of a small size of the trial's, some of none, of negative and of wrapping sizes.
type hostile[F float] struct {
	*rng
	memory     [][]byte
	rows, cols int // of the trial

	used     int           // of memory
	kept     []func() bool // whether each dst is as it was
	args     []string
	returned bool // the last call
}

// try makes a call, and an error of what must not be.
func (h *hostile[F]) try(call func(h *hostile[F]) error) (what string, err error) {
	h.rows, h.cols, h.used, h.kept, h.args, h.returned = h.below(6), h.below(5), 0, nil, nil, false
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		what = strings.Join(h.args, ", ")
		switch message := recover().(type) {
		case nil:
			if err != nil && !strings.HasPrefix(err.Error(), "relent: ") && err != context.Canceled {
				err = fmt.Errorf("error %w", err)
				return
			}
			err = nil
		case string:
			if !strings.HasPrefix(message, "relent: ") {
				err = fmt.Errorf("panic %q", message)
			}
			for _, same := range h.kept {
				if !same() {
					err = fmt.Errorf("panic %q after dst was written", message)
				}
			}
		default:
			err = fmt.Errorf("panic %T %v\n%s", message, message, debug.Stack())
		}
	}()
	err = call(h)
	h.returned = true
	return "", err
}

// note keeps an argument for messages.
func note[T any, F float](h *hostile[F], x T) T {
	text := fmt.Sprintf("%+v", x)
	h.args = append(h.args, text[:min(len(text), 120)])
	return x
}

// size is n, or seldom another one. Large ones are more than memory can be, or little.
func (h *hostile[F]) size(n int) int {
	switch h.below(24) {
	case 0:
		return n + 1
	case 1:
		return max(0, n-1)
	case 2:
		large := []int{math.MaxInt, math.MinInt, -1, -3, math.MaxInt/2 + 1, math.MaxInt/2 + 2, math.MaxInt - 1}
		if bits.UintSize == 32 {
			large = append(large, 1<<16, 1<<16+1, 46341)
		} else {
			large = append(large, math.MaxInt/4+1, 1<<(bits.UintSize-14), 1<<(bits.UintSize-14)+1)
		}
		return large[h.below(len(large))]
	}
	return n
}

// fenced are n elements at the end of memory.
func fenced[E any](memory []byte, n int) []E {
	var e E
	start := len(memory) - n*int(unsafe.Sizeof(e))
	return unsafe.Slice((*E)(unsafe.Pointer(unsafe.SliceData(memory[start:]))), n)
}

// alive are n elements that end where memory does, with values of all kinds.
func alive[E any, F float](h *hostile[F], n int, value func() E) []E {
	x := fenced[E](h.memory[h.used], n)
	h.used++
	for i := range x {
		x[i] = value()
	}
	return x
}

func (h *hostile[F]) value() F {
	switch h.below(12) {
	case 0:
		return F(math.NaN())
	case 1:
		return F(math.Inf(1))
	case 2:
		return 0
	}
	return unit[F](h.rng)
}

// vector has about n elements, or is nil.
func (h *hostile[F]) vector(n int) []F {
	if h.below(24) == 0 {
		return note(h, []F(nil))
	}
	if n = h.size(n); n < 0 || n > 100 {
		n = 100
	}
	return note(h, alive(h, n, h.value))
}

// results is a dst of about n elements, or is nil.
func results[E comparable, F float](h *hostile[F], n int) []E {
	if h.below(6) == 0 {
		return note(h, []E(nil))
	}
	if n = h.size(n); n < 0 || n > 100 {
		n = 3
	}
	var mark E
	x := alive(h, n, func() E { return mark })
	h.kept = append(h.kept, func() bool { return !slices.ContainsFunc(x, func(e E) bool { return e != mark }) })
	return note(h, x)
}

// matrixOfAbout has about so many rows and columns. The data may be too few, or the stride.
func matrixOfAbout[E float, F float](h *hostile[F], rows, cols int, value func() E) Matrix[E] {
	m := Matrix[E]{Rows: h.size(rows), Cols: h.size(cols)}
	m.Stride = m.Cols
	if h.below(3) == 0 {
		m.Stride = h.size(m.Cols + h.below(3))
	}
	need := 0
	if m.Rows > 0 && m.Rows < 10 && m.Cols > 0 && m.Cols < 10 && m.Stride >= 0 && m.Stride < 20 {
		need = (m.Rows-1)*m.Stride + m.Cols
	}
	switch h.below(20) {
	case 0:
		need = max(0, need-1)
	case 1:
		need += h.below(5)
	case 2:
		need = 4
	}
	if need > 0 {
		m.Data = alive(h, need, value)
	}
	return m
}

func (h *hostile[F]) matrix(rows, cols int) Matrix[F] {
	return note(h, matrixOfAbout(h, rows, cols, h.value))
}

// table is a dst of about so many rows and columns, or the zero Matrix.
func table[E float, F float](h *hostile[F], rows, cols int) Matrix[E] {
	if h.below(6) == 0 {
		return note(h, Matrix[E]{})
	}
	m := matrixOfAbout(h, rows, cols, func() E { return 0 })
	h.kept = append(h.kept, func() bool { return !slices.ContainsFunc(m.Data, func(e E) bool { return e != 0 }) })
	return note(h, m)
}

func (h *hostile[F]) number() int { return note(h, h.size(h.below(4))) }

// workers are few: what many take is another test's.
func (h *hostile[F]) workers() int { return note(h, h.below(5)-1) }

func (h *hostile[F]) measure() Measure {
	if h.below(20) == 0 {
		return note(h, Measure(h.below(256)))
	}
	return note(h, Measure(h.below(len(measureFuncs))))
}

func (h *hostile[F]) ofOne() Measure {
	if h.below(8) > 0 {
		return note(h, []Measure{ShannonEntropy, BinaryShannonEntropy}[h.below(2)])
	}
	return h.measure()
}

func (h *hostile[F]) offsets(n, rows int) []int64 {
	switch h.below(12) {
	case 0:
		return nil
	case 1:
		return []int64{int64(h.size(0)), int64(h.size(n))}
	}
	x := alive(h, rows+1, func() int64 { return int64(h.below(n + 1)) })
	slices.Sort(x)
	return x
}

// sparse is rows that fit the trial or nearly do, the zero Sparse, or nil.
func (h *hostile[F]) sparse(rows, cols int) *Sparse[F, int64] {
	switch h.below(16) {
	case 0:
		return note(h, (*Sparse[F, int64])(nil))
	case 1:
		return note(h, &Sparse[F, int64]{})
	case 2:
		rows, cols = rows+h.below(2), h.size(cols)
	}
	offsets, columns := []int64{0}, []int64(nil)
	for range rows {
		for c := range min(cols, 5) {
			if h.below(2) == 0 {
				columns = append(columns, int64(c))
			}
		}
		offsets = append(offsets, int64(len(columns)))
	}
	s, err := NewSparse(max(0, cols), offsets, columns, alive(h, len(columns), h.value))
	if err != nil {
		panic(err)
	}
	return note(h, s)
}

// ragged is rows that fit the trial or do not, the zero Ragged, or nil.
func (h *hostile[F]) ragged(rows, cols int) *Ragged[F, int64] {
	switch h.below(16) {
	case 0:
		return note(h, (*Ragged[F, int64])(nil))
	case 1:
		return note(h, &Ragged[F, int64]{})
	}
	offsets := []int64{0}
	for i := range rows {
		n := cols
		if h.below(24) == 0 {
			n++
		}
		offsets = append(offsets, offsets[i]+int64(n))
	}
	r, err := NewRagged(alive(h, int(offsets[rows]), h.value), offsets, nil, 0)
	if err != nil {
		panic(err)
	}
	return note(h, r)
}

// factor is one that there is: of the trial's columns, by any constructor.
func (h *hostile[F]) factor() *Factor[F] {
	d := h.cols
	switch h.below(6) {
	case 0:
		d = 0
	case 1:
		d = h.below(40)
		h.cols = d
	}
	lower := NewMatrix[F](d, d)
	for i := range d {
		lower.Row(i)[i] = 1 + F(i)
	}
	var f *Factor[F]
	var err error
	switch h.below(3) {
	case 0:
		f, err = NewFactor(make([]F, d), lower)
	case 1:
		f, err = NewPrecisionFactor(make([]F, d), lower)
	default:
		f, err = NewDiagonalFactor(make([]F, d), slices.Repeat([]F{2}, d))
	}
	if err != nil {
		panic(err)
	}
	return f
}

func (h *hostile[F]) centers(count int) *Centers[F] {
	f := h.factor()
	return f.Centers(NewMatrix[F](count, f.Dim()))
}

func (h *hostile[F]) index() *Index[F] {
	rows := NewMatrix[F](h.below(8), h.cols)
	for i := range rows.Data {
		rows.Data[i] = h.value()
	}
	return NewIndex(Measure(h.below(2)*int(JS)), rows)
}

func (h *hostile[F]) stream() *Stream[F] {
	s := NewStream[F]([]Measure{KL, JS, ShannonEntropy}[h.below(3)])
	s.add(make([]F, h.below(3)), make([]F, 2)[:h.below(3)])
	return s
}

func (h *hostile[F]) context() context.Context {
	if h.below(8) > 0 {
		return context.Background()
	}
	ended, end := context.WithCancel(context.Background())
	end()
	return note(h, ended)
}

// The calls, by the names of the functions and methods.
func hostileCalls[F float]() map[string]func(h *hostile[F]) error {
	calls := map[string]func(h *hostile[F]) error{}
	// of makes calls of what returns no error.
	of := func(name string, call func(h *hostile[F])) {
		calls[name] = func(h *hostile[F]) error { call(h); return nil }
	}
	for name, f := range map[string]func(p, q []F) float64{
		"KullbackLeibler": KullbackLeibler[F], "GeneralizedKullbackLeibler": GeneralizedKullbackLeibler[F],
		"CrossEntropy": CrossEntropy[F], "JensenShannon": JensenShannon[F], "JensenShannonDistance": JensenShannonDistance[F],
		"Jeffreys": Jeffreys[F], "Hellinger": Hellinger[F], "Bhattacharyya": Bhattacharyya[F], "TotalVariation": TotalVariation[F],
		"ChiSquare": ChiSquare[F], "BinaryCrossEntropy": BinaryCrossEntropy[F], "BinaryKullbackLeibler": BinaryKullbackLeibler[F],
		"StandardNormalKullbackLeibler": StandardNormalKullbackLeibler[F],
	} {
		of(name, func(h *hostile[F]) { f(h.vector(h.cols), h.vector(h.cols)) })
	}
	of("DiagonalNormalKullbackLeibler", func(h *hostile[F]) {
		DiagonalNormalKullbackLeibler(h.vector(h.cols), h.vector(h.cols), h.vector(h.cols), h.vector(h.cols))
	})
	of("Entropy", func(h *hostile[F]) { Entropy(h.vector(h.cols)) })
	of("BinaryEntropy", func(h *hostile[F]) { BinaryEntropy(h.vector(h.cols)) })
	calls["Validate"] = func(h *hostile[F]) error { return Validate(h.vector(h.cols)) }
	of("BernoulliEntropy", func(h *hostile[F]) { BernoulliEntropy(float64(h.value())) })
	of("BernoulliCrossEntropy", func(h *hostile[F]) { BernoulliCrossEntropy(float64(h.value()), float64(h.value())) })
	of("BernoulliKullbackLeibler", func(h *hostile[F]) { BernoulliKullbackLeibler(float64(h.value()), float64(h.value())) })
	of("Between", func(h *hostile[F]) { Between(h.measure(), h.vector(h.cols), h.vector(h.cols)) })
	of("EntropyTerms", func(h *hostile[F]) { EntropyTerms(results[F](h, h.cols), h.vector(h.cols)) })
	of("KullbackLeiblerTerms", func(h *hostile[F]) {
		KullbackLeiblerTerms(results[F](h, h.cols), h.vector(h.cols), h.vector(h.cols))
	})
	of("GeneralizedKullbackLeiblerTerms", func(h *hostile[F]) {
		GeneralizedKullbackLeiblerTerms(results[F](h, h.cols), h.vector(h.cols), h.vector(h.cols))
	})
	of("Exp", func(h *hostile[F]) { Exp(results[F](h, h.cols), h.vector(h.cols)) })
	of("Log", func(h *hostile[F]) { Log(results[F](h, h.cols), h.vector(h.cols)) })
	of("Measures", func(h *hostile[F]) {
		list := make([]Measure, h.below(4))
		for i := range list {
			list[i] = h.measure()
		}
		Measures(results[float64](h, len(list)), list, h.vector(h.cols), h.vector(h.cols))
	})

	of("LogSumExp", func(h *hostile[F]) { LogSumExp(results[F](h, h.cols), h.matrix(h.rows, h.cols)) })
	of("Softmax", func(h *hostile[F]) {
		Softmax(table[F](h, h.rows, h.cols), results[F](h, h.cols), h.matrix(h.rows, h.cols))
	})

	of("NewMatrix", func(h *hostile[F]) {
		NewMatrix(note(h, h.size(h.rows)), note(h, h.size(h.cols)), h.vector(h.rows*h.cols)...)
	})
	of("Matrix.Row", func(h *hostile[F]) { h.matrix(h.rows, h.cols).Row(h.number()) })
	of("Matrix.Slice", func(h *hostile[F]) {
		m := h.matrix(h.rows, h.cols).Slice(h.number(), h.number())
		for i := range min(m.Rows, 5) {
			m.Row(i)
		}
	})

	of("EachRow", func(h *hostile[F]) { EachRow(results[float64](h, h.rows), h.ofOne(), h.matrix(h.rows, h.cols)) })
	of("OneToMany", func(h *hostile[F]) {
		OneToMany(results[float64](h, h.rows), h.measure(), h.vector(h.cols), h.matrix(h.rows, h.cols))
	})
	of("ManyToOne", func(h *hostile[F]) {
		ManyToOne(results[float64](h, h.rows), h.measure(), h.matrix(h.rows, h.cols), h.vector(h.cols))
	})
	of("RowByRow", func(h *hostile[F]) {
		RowByRow(results[float64](h, h.rows), h.measure(), h.matrix(h.rows, h.cols), h.matrix(h.rows, h.cols))
	})
	of("ManyToMany", func(h *hostile[F]) {
		n := h.below(4)
		ManyToMany(table[float64](h, h.rows, n), h.measure(), h.matrix(h.rows, h.cols), h.matrix(n, h.cols))
	})
	of("AllPairs", func(h *hostile[F]) {
		AllPairs(table[float64](h, h.rows, h.rows), h.measure(), h.matrix(h.rows, h.cols))
	})
	batch := func(h *hostile[F], m Measure) Batch[F] { return Batch[F]{Measure: m, Workers: h.workers()} }
	calls["Batch.EachRow"] = func(h *hostile[F]) error {
		return failed(batch(h, h.ofOne()).EachRow(h.context(), results[float64](h, h.rows), h.matrix(h.rows, h.cols)))
	}
	calls["Batch.OneToMany"] = func(h *hostile[F]) error {
		return failed(batch(h, h.measure()).OneToMany(h.context(), results[float64](h, h.rows), h.vector(h.cols), h.matrix(h.rows, h.cols)))
	}
	calls["Batch.ManyToOne"] = func(h *hostile[F]) error {
		return failed(batch(h, h.measure()).ManyToOne(h.context(), results[float64](h, h.rows), h.matrix(h.rows, h.cols), h.vector(h.cols)))
	}
	calls["Batch.RowByRow"] = func(h *hostile[F]) error {
		return failed(batch(h, h.measure()).RowByRow(h.context(), results[float64](h, h.rows), h.matrix(h.rows, h.cols), h.matrix(h.rows, h.cols)))
	}
	calls["Batch.ManyToMany"] = func(h *hostile[F]) error {
		return failed(batch(h, h.measure()).ManyToMany(h.context(), table[float64](h, h.rows, 2), h.matrix(h.rows, h.cols), h.matrix(2, h.cols)))
	}
	calls["Batch.AllPairs"] = func(h *hostile[F]) error {
		return failed(batch(h, h.measure()).AllPairs(h.context(), table[float64](h, h.rows, h.rows), h.matrix(h.rows, h.cols)))
	}

	addSparseCalls(calls, of)
	addRaggedCalls(calls, of)
	addFactorCalls(calls, of)
	addNearestCalls(calls, of)
	addCountCalls(of)
	addStreamCalls(calls, of)
	calls["SetISA"] = func(h *hostile[F]) error { return SetISA(note(h, []string{"mmx", "", ISA()}[h.below(3)])) }
	return calls
}

func failed[T any](_ T, err error) error { return err }

type addCall[F float] = func(name string, call func(h *hostile[F]))

func addSparseCalls[F float](calls map[string]func(h *hostile[F]) error, of addCall[F]) {
	type workspace = *SparseWorkspace[F]
	w := func(h *hostile[F]) workspace {
		if h.below(2) == 0 {
			return nil
		}
		return NewSparseWorkspace[F](h.workers())
	}
	type sparse = *Sparse[F, int64]
	type shape struct {
		plain func(dst []float64, m Measure, h *hostile[F])
		batch func(b SparseBatch[F, int64], dst []float64, h *hostile[F]) error
	}
	one := func(h *hostile[F]) sparse { return h.sparse(1, h.cols) }
	many := func(h *hostile[F]) sparse { return h.sparse(h.rows, h.cols) }
	dense := func(h *hostile[F]) Matrix[F] { return h.matrix(h.rows, h.cols) }
	list := func(h *hostile[F]) []float64 { return results[float64](h, h.rows) }
	square := func(h *hostile[F]) Matrix[float64] { return table[float64](h, h.rows, h.rows) }
	of("EachSparseRow", func(h *hostile[F]) { EachSparseRow(list(h), h.ofOne(), many(h)) })
	of("SparseRowByRow", func(h *hostile[F]) { SparseRowByRow(list(h), h.measure(), many(h), many(h), w(h)) })
	of("SparseOneToMany", func(h *hostile[F]) { SparseOneToMany(list(h), h.measure(), one(h), many(h), w(h)) })
	of("SparseManyToOne", func(h *hostile[F]) { SparseManyToOne(list(h), h.measure(), many(h), one(h), w(h)) })
	of("SparseManyToMany", func(h *hostile[F]) { SparseManyToMany(square(h), h.measure(), many(h), many(h), w(h)) })
	of("SparseAllPairs", func(h *hostile[F]) { SparseAllPairs(square(h), h.measure(), many(h), w(h)) })
	of("SparseToDense", func(h *hostile[F]) { SparseToDense(square(h), h.measure(), many(h), dense(h), w(h)) })
	of("DenseToSparse", func(h *hostile[F]) { DenseToSparse(square(h), h.measure(), dense(h), many(h), w(h)) })
	of("SparseToDenseRowByRow", func(h *hostile[F]) { SparseToDenseRowByRow(list(h), h.measure(), many(h), dense(h), w(h)) })
	of("DenseToSparseRowByRow", func(h *hostile[F]) { DenseToSparseRowByRow(list(h), h.measure(), dense(h), many(h), w(h)) })
	of("SparseToVector", func(h *hostile[F]) { SparseToVector(list(h), h.measure(), many(h), h.vector(h.cols), w(h)) })
	of("VectorToSparse", func(h *hostile[F]) { VectorToSparse(list(h), h.measure(), h.vector(h.cols), many(h), w(h)) })

	batch := func(h *hostile[F], m Measure) SparseBatch[F, int64] {
		return SparseBatch[F, int64]{Measure: m, Workers: h.workers(), Workspace: w(h)}
	}
	for name, call := range map[string]func(b SparseBatch[F, int64], h *hostile[F]) error{
		"RowByRow": func(b SparseBatch[F, int64], h *hostile[F]) error {
			return failed(b.RowByRow(h.context(), list(h), many(h), many(h)))
		},
		"OneToMany": func(b SparseBatch[F, int64], h *hostile[F]) error {
			return failed(b.OneToMany(h.context(), list(h), one(h), many(h)))
		},
		"ManyToOne": func(b SparseBatch[F, int64], h *hostile[F]) error {
			return failed(b.ManyToOne(h.context(), list(h), many(h), one(h)))
		},
		"ManyToMany": func(b SparseBatch[F, int64], h *hostile[F]) error {
			return failed(b.ManyToMany(h.context(), square(h), many(h), many(h)))
		},
		"AllPairs": func(b SparseBatch[F, int64], h *hostile[F]) error {
			return failed(b.AllPairs(h.context(), square(h), many(h)))
		},
		"ToDense": func(b SparseBatch[F, int64], h *hostile[F]) error {
			return failed(b.ToDense(h.context(), square(h), many(h), dense(h)))
		},
		"FromDense": func(b SparseBatch[F, int64], h *hostile[F]) error {
			return failed(b.FromDense(h.context(), square(h), dense(h), many(h)))
		},
		"ToDenseRowByRow": func(b SparseBatch[F, int64], h *hostile[F]) error {
			return failed(b.ToDenseRowByRow(h.context(), list(h), many(h), dense(h)))
		},
		"FromDenseRowByRow": func(b SparseBatch[F, int64], h *hostile[F]) error {
			return failed(b.FromDenseRowByRow(h.context(), list(h), dense(h), many(h)))
		},
		"ToVector": func(b SparseBatch[F, int64], h *hostile[F]) error {
			return failed(b.ToVector(h.context(), list(h), many(h), h.vector(h.cols)))
		},
		"FromVector": func(b SparseBatch[F, int64], h *hostile[F]) error {
			return failed(b.FromVector(h.context(), list(h), h.vector(h.cols), many(h)))
		},
	} {
		calls["SparseBatch."+name] = func(h *hostile[F]) error { return call(batch(h, h.measure()), h) }
	}
	calls["SparseBatch.EachRow"] = func(h *hostile[F]) error {
		return failed(batch(h, h.ofOne()).EachRow(h.context(), list(h), many(h)))
	}

	calls["NewSparse"] = func(h *hostile[F]) error {
		n := h.below(4)
		columns := alive(h, n, func() int64 { return int64(h.below(1 + h.cols)) })
		s, err := NewSparse(note(h, h.size(h.cols)), note(h, h.offsets(n, h.rows)), note(h, columns), h.vector(n))
		if err == nil && s.Cols() < 10 {
			SparseAllPairs(Matrix[float64]{}, JS, s, nil)
		}
		return err
	}
	of("Sparse.Row", func(h *hostile[F]) { h.sparse(h.rows, h.cols).given("Row", "s").Row(h.number()) })
	of("Sparse.Slice", func(h *hostile[F]) {
		s := h.sparse(h.rows, h.cols).given("Slice", "s").Slice(h.number(), h.number())
		for i := range s.Rows() {
			s.Row(i)
		}
		SparseAllPairs(Matrix[float64]{}, JS, s.Slice(0, s.Rows()), nil)
	})
	of("NewSparseWorkspace", func(h *hostile[F]) { NewSparseWorkspace[F](h.number()) })
}

func addRaggedCalls[F float](calls map[string]func(h *hostile[F]) error, of addCall[F]) {
	many := func(h *hostile[F]) *Ragged[F, int64] { return h.ragged(h.rows, h.cols) }
	list := func(h *hostile[F]) []float64 { return results[float64](h, h.rows) }
	of("EachRaggedRow", func(h *hostile[F]) { EachRaggedRow(list(h), h.ofOne(), many(h), h.workers()) })
	calls["RaggedRowByRow"] = func(h *hostile[F]) error {
		return failed(RaggedRowByRow(list(h), h.measure(), many(h), many(h), h.workers()))
	}
	calls["RaggedOneToMany"] = func(h *hostile[F]) error {
		return failed(RaggedOneToMany(list(h), h.measure(), h.vector(h.cols), many(h), h.workers()))
	}
	calls["RaggedManyToOne"] = func(h *hostile[F]) error {
		return failed(RaggedManyToOne(list(h), h.measure(), many(h), h.vector(h.cols), h.workers()))
	}
	batch := func(h *hostile[F], m Measure) RaggedBatch[F, int64] {
		return RaggedBatch[F, int64]{Measure: m, Workers: h.workers()}
	}
	calls["RaggedBatch.EachRow"] = func(h *hostile[F]) error {
		return failed(batch(h, h.ofOne()).EachRow(h.context(), list(h), many(h)))
	}
	calls["RaggedBatch.RowByRow"] = func(h *hostile[F]) error {
		return failed(batch(h, h.measure()).RowByRow(h.context(), list(h), many(h), many(h)))
	}
	calls["RaggedBatch.OneToMany"] = func(h *hostile[F]) error {
		return failed(batch(h, h.measure()).OneToMany(h.context(), list(h), h.vector(h.cols), many(h)))
	}
	calls["RaggedBatch.ManyToOne"] = func(h *hostile[F]) error {
		return failed(batch(h, h.measure()).ManyToOne(h.context(), list(h), many(h), h.vector(h.cols)))
	}
	calls["NewRagged"] = func(h *hostile[F]) error {
		n, valid := h.below(20), []byte(nil)
		if h.below(2) == 0 {
			valid = note(h, alive(h, h.below(3), func() byte { return byte(h.next()) }))
		}
		r, err := NewRagged(alive(h, n, h.value), note(h, h.offsets(n, h.rows)), valid, note(h, h.size(h.below(8))))
		if err == nil {
			for i := range r.Rows() {
				r.Row(i)
				r.Null(i)
			}
			EachRaggedRow(nil, ShannonEntropy, r, 2)
		}
		return err
	}
	of("Ragged.Row", func(h *hostile[F]) { many(h).given("Row", "r").Row(h.number()) })
	of("Ragged.Null", func(h *hostile[F]) { many(h).given("Null", "r").Null(h.number()) })
}

func addFactorCalls[F float](calls map[string]func(h *hostile[F]) error, of addCall[F]) {
	list := func(h *hostile[F]) []F { return results[F](h, h.rows) }
	x := func(h *hostile[F]) Matrix[F] { return h.matrix(h.rows, h.cols) }
	square := func(h *hostile[F]) Matrix[F] { return h.matrix(h.cols, h.cols) }
	calls["NewFactor"] = func(h *hostile[F]) error { return failed(NewFactor(h.vector(h.cols), square(h))) }
	calls["NewPrecisionFactor"] = func(h *hostile[F]) error { return failed(NewPrecisionFactor(h.vector(h.cols), square(h))) }
	calls["NewDiagonalFactor"] = func(h *hostile[F]) error { return failed(NewDiagonalFactor(h.vector(h.cols), h.vector(h.cols))) }
	calls["Factor.WithMean"] = func(h *hostile[F]) error { return failed(h.factor().WithMean(h.vector(h.cols))) }
	of("Factor.SqMahalanobis", func(h *hostile[F]) { h.factor().SqMahalanobis(list(h), x(h), h.workers()) })
	of("Factor.Mahalanobis", func(h *hostile[F]) { h.factor().Mahalanobis(list(h), x(h), h.workers()) })
	of("Factor.LogDensity", func(h *hostile[F]) { h.factor().LogDensity(list(h), x(h), h.value(), h.workers()) })
	of("Factor.Whiten", func(h *hostile[F]) { h.factor().Whiten(table[F](h, h.rows, h.cols), x(h), h.workers()) })
	of("Factor.Solve", func(h *hostile[F]) { h.factor().Solve(table[F](h, h.rows, h.cols), x(h), h.workers()) })
	of("Factor.Centers", func(h *hostile[F]) {
		c := h.factor().Centers(x(h))
		c.SqMahalanobis(Matrix[F]{}, NewMatrix[F](h.below(3), c.Dim()), 1)
	})
	of("Centers.SqMahalanobis", func(h *hostile[F]) {
		h.centers(2).SqMahalanobis(table[F](h, 2, h.rows), x(h), h.workers())
	})
	of("Centers.LogDensity", func(h *hostile[F]) {
		h.centers(2).LogDensity(table[F](h, 2, h.rows), x(h), h.vector(2), h.workers())
	})
}

func addNearestCalls[F float](calls map[string]func(h *hostile[F]) error, of addCall[F]) {
	of("NewIndex", func(h *hostile[F]) {
		x := NewIndex(h.measure(), h.matrix(h.rows, h.cols))
		if x.Len() < 10 {
			x.Nearest(nil, make([]F, min(10, x.Dim())), 3)
		}
	})
	of("Index.Nearest", func(h *hostile[F]) {
		k := h.number()
		h.index().Nearest(results[Neighbor](h, k), h.vector(h.cols), k)
	})
	calls["Index.NearestRows"] = func(h *hostile[F]) error {
		k, n := h.number(), h.below(3)
		return failed(h.index().NearestRows(h.context(), results[Neighbor](h, n*max(0, k)), h.matrix(n, h.cols), k, h.workers()))
	}
	calls["Search.Nearest"] = func(h *hostile[F]) error {
		k, n := h.number(), h.below(3)
		s := Search[F]{Index: h.index(), K: k, Workers: h.workers()}
		if h.below(20) == 0 {
			s.Index = nil
		}
		return failed(s.Nearest(h.context(), results[Neighbor](h, n*max(0, k)), h.matrix(n, h.cols)))
	}
}

func addCountCalls[F float](of addCall[F]) {
	counts := func(h *hostile[F]) []uint32 {
		return note(h, alive(h, max(0, min(h.size(h.cols), 9)), func() uint32 { return uint32(h.below(5)) }))
	}
	zeros := func(h *hostile[F]) ZeroPolicy {
		return []ZeroPolicy{Strict, Skip, Additive(0.5), Floor(0.01)}[h.below(4)]
	}
	of("BetweenCounts", func(h *hostile[F]) { BetweenCounts(h.measure(), counts(h), counts(h), zeros(h)) })
	of("EntropyOfCounts", func(h *hostile[F]) { EntropyOfCounts(counts(h), zeros(h)) })
	of("PopulationStabilityIndex", func(h *hostile[F]) { PopulationStabilityIndex(counts(h), counts(h), zeros(h)) })
	of("Additive", func(h *hostile[F]) { Additive(float64(h.value()) - 0.1) })
	of("Floor", func(h *hostile[F]) { Floor(float64(h.value()) - 0.1) })
}

func addStreamCalls[F float](calls map[string]func(h *hostile[F]) error, of addCall[F]) {
	of("NewStream", func(h *hostile[F]) { NewStream[F](h.measure()) })
	of("Stream.Add", func(h *hostile[F]) { h.stream().Add(h.vector(h.cols), h.vector(h.cols)) })
	of("Stream.AddVector", func(h *hostile[F]) { h.stream().AddVector(h.vector(h.cols)) })
	of("Stream.Merge", func(h *hostile[F]) { h.stream().Merge(h.stream()) })
	calls["Stream.AppendBinary"] = func(h *hostile[F]) error { return failed(h.stream().AppendBinary(nil)) }
	calls["Stream.UnmarshalBinary"] = func(h *hostile[F]) error {
		data := []byte(encoded(h.stream()))
		if h.below(2) == 0 {
			data = data[:h.below(len(data))]
		}
		return h.stream().UnmarshalBinary(data)
	}
}

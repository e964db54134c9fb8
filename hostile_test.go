package relent

import (
	"slices"
	"testing"

	"github.com/relent-go/relent/internal/hostile"
	"github.com/relent-go/relent/internal/pass"
)

// Every function with a parameter either works or refuses, see package hostile.
func TestHostileShapes(t *testing.T) {
	memory := make([][]byte, 16)
	for i := range memory {
		memory[i] = fencedMemory(t)
	}
	t.Run("f64", func(t *testing.T) { hostile.Run(t, ".", "relent: ", short(1000), memory, hostileCalls[float64]()) })
	t.Run("f32", func(t *testing.T) { hostile.Run(t, ".", "relent: ", short(1000), memory, hostileCalls[float32]()) })
}

// fencedMemory is a stretch of memory: where the system can, between two without access.
var fencedMemory = func(*testing.T) []byte { return make([]byte, 1<<16) }

// arguments are those of a trial, for elements of a type.
type arguments[F float] struct{ *hostile.Trial }

func (h arguments[F]) value() F             { return hostile.Float[F](h.Trial) }
func (h arguments[F]) vector(n int) []F     { return hostile.Vector[F](h.Trial, n) }
func (h arguments[F]) results(n int) []F    { return hostile.Dst[F](h.Trial, n) }
func (h arguments[F]) list(n int) []float64 { return hostile.Dst[float64](h.Trial, n) }
func (h arguments[F]) matrix(rows, cols int) Matrix[F] {
	return Matrix[F](hostile.Matrix[F](h.Trial, rows, cols))
}
func (h arguments[F]) resultRows(rows, cols int) Matrix[F] {
	return Matrix[F](hostile.DstMatrix[F](h.Trial, rows, cols))
}
func (h arguments[F]) table(rows, cols int) Matrix[float64] {
	return Matrix[float64](hostile.DstMatrix[float64](h.Trial, rows, cols))
}

func (h arguments[F]) measure() Measure {
	if h.Below(20) == 0 {
		return hostile.Note(h.Trial, Measure(h.Below(256)))
	}
	return hostile.Note(h.Trial, everyMeasure()[h.Below(len(everyMeasure()))])
}

func (h arguments[F]) ofOne() Measure {
	if h.Below(8) > 0 {
		return hostile.Note(h.Trial, []Measure{MeasureEntropy, MeasureBinaryEntropy}[h.Below(2)])
	}
	return h.measure()
}

func (h arguments[F]) offsets(n, rows int) []int64 {
	switch h.Below(12) {
	case 0:
		return nil
	case 1:
		return []int64{int64(h.Size(0)), int64(h.Size(n))}
	}
	x := hostile.Slice(h.Trial, rows+1, func() int64 { return int64(h.Below(n + 1)) })
	slices.Sort(x)
	return x
}

// sparse is rows that fit the trial or nearly do, the zero Sparse, or nil.
func (h arguments[F]) sparse(rows, cols int) *Sparse[F, int64] {
	switch h.Below(16) {
	case 0:
		return hostile.Note(h.Trial, (*Sparse[F, int64])(nil))
	case 1:
		return hostile.Note(h.Trial, &Sparse[F, int64]{})
	case 2:
		rows, cols = rows+h.Below(2), h.Size(cols)
	}
	offsets, columns := []int64{0}, []int64(nil)
	for range rows {
		for c := range min(cols, 5) {
			if h.Below(2) == 0 {
				columns = append(columns, int64(c))
			}
		}
		offsets = append(offsets, int64(len(columns)))
	}
	s, err := NewSparse(max(0, cols), offsets, columns, hostile.Slice(h.Trial, len(columns), h.value))
	if err != nil {
		panic(err)
	}
	return hostile.Note(h.Trial, s)
}

// ragged is rows that fit the trial or do not, the zero Ragged, or nil.
func (h arguments[F]) ragged(rows, cols int) *Ragged[F, int64] {
	switch h.Below(16) {
	case 0:
		return hostile.Note(h.Trial, (*Ragged[F, int64])(nil))
	case 1:
		return hostile.Note(h.Trial, &Ragged[F, int64]{})
	}
	offsets := []int64{0}
	for i := range rows {
		n := cols
		if h.Below(24) == 0 {
			n++
		}
		offsets = append(offsets, offsets[i]+int64(n))
	}
	r, err := NewRagged(hostile.Slice(h.Trial, int(offsets[rows]), h.value), offsets, nil, 0)
	if err != nil {
		panic(err)
	}
	return hostile.Note(h.Trial, r)
}

// operand is rows of any kind, and perhaps a vector or, of float64, shares of counts.
func (h arguments[F]) operand(rows, cols int) Rows[F] {
	switch h.Below(7) {
	case 4:
		if x, ok := any(h.halves(rows, cols)).(Rows[F]); ok {
			return x
		}
	case 0:
		return Vector[F](h.vector(cols))
	case 1:
		return h.sparse(rows, cols)
	case 2:
		return h.ragged(rows, cols)
	case 3:
		if x, ok := any(h.shares(rows, cols)).(Rows[F]); ok {
			return x
		}
	}
	return h.matrix(rows, cols)
}

// halves is a matrix of halves, whose rows are of float32.
func (h arguments[F]) halves(rows, cols int) HalfMatrix[BFloat16] {
	m := hostile.Matrix[float32](h.Trial, rows, cols)
	return HalfMatrix[BFloat16]{Rows: m.Rows, Cols: m.Cols, Data: Narrow[BFloat16](nil, m.Data), Stride: m.Stride}
}

// shares is those of counts, under any policy.
func (h arguments[F]) shares(rows, cols int) Shares {
	counts := Matrix[uint16]{rows, cols, make([]uint16, rows*cols), cols}
	for i := range counts.Data {
		counts.Data[i] = uint16(h.Below(5))
	}
	return counts.Shares(h.zeros())
}

func (h arguments[F]) zeros() ZeroPolicy {
	return []ZeroPolicy{Strict, Skip, Additive(0.5), Floor(0.01)}[h.Below(4)]
}

func (h arguments[F]) run() Run {
	run := Run{Workers: h.Workers(), Context: h.Context()}
	if h.Below(2) == 0 {
		run.Scratch = new(Scratch)
	}
	if h.Below(8) == 0 {
		run.Progress = func(done, total int) {}
	}
	return run
}

// factor is one that there is: of the trial's columns, by any constructor.
func (h arguments[F]) factor() *Factor[F] {
	d := h.Cols
	switch h.Below(6) {
	case 0:
		d = 0
	case 1:
		d = h.Below(40)
		h.Cols = d
	}
	lower := NewMatrix[F](d, d)
	for i := range d {
		lower.Row(i)[i] = 1 + F(i)
	}
	var f *Factor[F]
	var err error
	switch h.Below(3) {
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

func (h arguments[F]) centers(count int) *Centers[F] {
	f := h.factor()
	return f.Centers(NewMatrix[F](count, f.Dim()))
}

func (h arguments[F]) index() *Index[F] {
	rows := NewMatrix[F](h.Below(8), h.Cols)
	for i := range rows.Data {
		rows.Data[i] = h.value()
	}
	return NewIndex(Measure(h.Below(2)*int(MeasureJensenShannon)), rows)
}

func (h arguments[F]) stream() *Stream[F] {
	s := NewStream[F]([]Measure{MeasureKullbackLeibler, MeasureJensenShannon, MeasureEntropy}[h.Below(3)])
	s.add(make([]F, h.Below(3)), make([]F, 2)[:h.Below(3)])
	return s
}

// The calls, by the names of the functions and methods.
func hostileCalls[F float]() map[string]hostile.Call {
	calls := map[string]hostile.Call{}
	// of makes calls of what returns an error, plain of what does not.
	of := func(name string, call func(h arguments[F]) error) {
		calls[name] = func(t *hostile.Trial) error { return call(arguments[F]{t}) }
	}
	plain := func(name string, call func(h arguments[F])) {
		of(name, func(h arguments[F]) error { call(h); return nil })
	}
	for name, f := range map[string]func(p, q []F) float64{
		"KullbackLeibler": KullbackLeibler[F], "GeneralizedKullbackLeibler": GeneralizedKullbackLeibler[F],
		"CrossEntropy": CrossEntropy[F], "JensenShannon": JensenShannon[F], "JensenShannonDistance": JensenShannonDistance[F],
		"Jeffreys": Jeffreys[F], "Hellinger": Hellinger[F], "Bhattacharyya": Bhattacharyya[F], "TotalVariation": TotalVariation[F],
		"ChiSquare": ChiSquare[F], "BinaryCrossEntropy": BinaryCrossEntropy[F], "BinaryKullbackLeibler": BinaryKullbackLeibler[F],
	} {
		plain(name, func(h arguments[F]) { f(h.vector(h.Cols), h.vector(h.Cols)) })
	}
	plain("Halves", func(h arguments[F]) { Halves[Float16](make([]uint16, h.Cols)) })
	plain("AddHalves", func(h arguments[F]) {
		AddHalves(NewStream[float32](MeasureJensenShannon), make([]Float16, h.Cols), make([]Float16, h.Cols+h.Below(2)))
	})
	plain("Widen", func(h arguments[F]) { Widen(hostile.Dst[float32](h.Trial, h.Cols), make([]BFloat16, h.Cols)) })
	plain("Narrow", func(h arguments[F]) {
		Narrow(make([]Float16, h.Cols+h.Below(2)), hostile.Vector[float32](h.Trial, h.Cols))
	})
	of("DenseBlocks", func(h arguments[F]) error {
		return DenseBlocks(h.run(), h.operand(h.Rows, h.Cols), func(int, Matrix[F]) error { return nil })
	})
	plain("Entropy", func(h arguments[F]) { Entropy(h.vector(h.Cols)) })
	plain("BinaryEntropy", func(h arguments[F]) { BinaryEntropy(h.vector(h.Cols)) })
	of("Validate", func(h arguments[F]) error { return Validate(h.vector(h.Cols)) })
	plain("BernoulliEntropy", func(h arguments[F]) { BernoulliEntropy(float64(h.value())) })
	plain("BernoulliCrossEntropy", func(h arguments[F]) { BernoulliCrossEntropy(float64(h.value()), float64(h.value())) })
	plain("BernoulliKullbackLeibler", func(h arguments[F]) { BernoulliKullbackLeibler(float64(h.value()), float64(h.value())) })
	plain("Between", func(h arguments[F]) { Between(h.measure(), h.vector(h.Cols), h.vector(h.Cols)) })
	plain("Gradient", func(h arguments[F]) {
		Gradient(h.results(h.Cols), h.results(h.Cols), h.measure(), h.vector(h.Cols), h.vector(h.Cols))
	})
	of("RunGradientRows", func(h arguments[F]) error {
		return failed(RunGradientRows(h.run(), h.list(h.Rows), h.resultRows(h.Rows, h.Cols), h.resultRows(h.Rows, h.Cols), h.measure(),
			h.operand(h.Rows, h.Cols), h.operand(h.Rows, h.Cols)))
	})
	plain("GradientRows", func(h arguments[F]) {
		GradientRows(h.list(h.Rows), h.resultRows(h.Rows, h.Cols), h.resultRows(h.Rows, h.Cols), h.measure(),
			h.operand(h.Rows, h.Cols), h.operand(h.Rows, h.Cols))
	})
	plain("EntropyTerms", func(h arguments[F]) { EntropyTerms(h.results(h.Cols), h.vector(h.Cols)) })
	plain("KullbackLeiblerTerms", func(h arguments[F]) {
		KullbackLeiblerTerms(h.results(h.Cols), h.vector(h.Cols), h.vector(h.Cols))
	})
	plain("GeneralizedKullbackLeiblerTerms", func(h arguments[F]) {
		GeneralizedKullbackLeiblerTerms(h.results(h.Cols), h.vector(h.Cols), h.vector(h.Cols))
	})
	plain("Exp", func(h arguments[F]) { Exp(h.results(h.Cols), h.vector(h.Cols)) })
	plain("Log", func(h arguments[F]) { Log(h.results(h.Cols), h.vector(h.Cols)) })
	plain("Measures", func(h arguments[F]) {
		list := make([]Measure, h.Below(4))
		for i := range list {
			list[i] = h.measure()
		}
		Measures(h.list(len(list)), list, h.vector(h.Cols), h.vector(h.Cols))
	})

	plain("Pass", func(h arguments[F]) { // package loss checks sizes
		x := h.vector(h.Cols)
		Pass(pass.Scaled, new(pass.Numbers), x, x)
	})
	plain("Expm1", func(h arguments[F]) { Expm1(h.results(h.Cols), h.vector(h.Cols)) })
	plain("Log1p", func(h arguments[F]) { Log1p(h.results(h.Cols), h.vector(h.Cols)) })
	plain("LogSumExp", func(h arguments[F]) { LogSumExp(h.results(h.Rows), h.operand(h.Rows, h.Cols)) })
	plain("Softmax", func(h arguments[F]) { Softmax(h.resultRows(h.Rows, h.Cols), h.operand(h.Rows, h.Cols)) })
	plain("LogSoftmax", func(h arguments[F]) { LogSoftmax(h.resultRows(h.Rows, h.Cols), h.operand(h.Rows, h.Cols)) })
	of("RunLogSumExp", func(h arguments[F]) error {
		return failed(RunLogSumExp(h.run(), h.results(h.Rows), h.operand(h.Rows, h.Cols)))
	})
	of("RunSoftmax", func(h arguments[F]) error {
		return failed(RunSoftmax(h.run(), h.resultRows(h.Rows, h.Cols), h.operand(h.Rows, h.Cols)))
	})
	of("RunLogSoftmax", func(h arguments[F]) error {
		return failed(RunLogSoftmax(h.run(), h.resultRows(h.Rows, h.Cols), h.operand(h.Rows, h.Cols)))
	})
	of("LogSumExpColumns", func(h arguments[F]) error {
		return failed(LogSumExpColumns(h.results(h.Cols), h.matrix(h.Rows, h.Cols), h.run()))
	})
	of("SoftmaxColumns", func(h arguments[F]) error {
		_, _, err := SoftmaxColumns(h.resultRows(h.Rows, h.Cols), h.results(h.Cols), h.matrix(h.Rows, h.Cols), h.run())
		return err
	})
	of("Normalize", func(h arguments[F]) error {
		return failed(Normalize(h.resultRows(h.Rows, h.Cols), h.matrix(h.Rows, h.Cols)))
	})
	of("ValidateDistribution", func(h arguments[F]) error {
		return ValidateDistribution(h.matrix(h.Rows, h.Cols), hostile.Note(h.Trial, float64(h.value())))
	})

	plain("NewMatrix", func(h arguments[F]) {
		NewMatrix(hostile.Note(h.Trial, h.Size(h.Rows)), hostile.Note(h.Trial, h.Size(h.Cols)), h.vector(h.Rows*h.Cols)...)
	})
	plain("Matrix.Row", func(h arguments[F]) { h.matrix(h.Rows, h.Cols).Row(h.Number()) })
	plain("Matrix.Slice", func(h arguments[F]) {
		m := h.matrix(h.Rows, h.Cols).Slice(h.Number(), h.Number())
		for i := range min(m.Rows, 5) {
			m.Row(i)
		}
	})

	of("RunEachRow", func(h arguments[F]) error {
		return failed(RunEachRow(h.run(), h.list(h.Rows), h.ofOne(), h.operand(h.Rows, h.Cols)))
	})
	of("RunRowByRow", func(h arguments[F]) error {
		return failed(RunRowByRow(h.run(), h.list(h.Rows), h.measure(), h.operand(h.Rows, h.Cols), h.operand(h.Rows, h.Cols)))
	})
	of("RunManyToMany", func(h arguments[F]) error {
		n := h.Below(4)
		return failed(RunManyToMany(h.run(), h.table(h.Rows, n), h.measure(), h.operand(h.Rows, h.Cols), h.operand(n, h.Cols)))
	})
	of("RunAllPairs", func(h arguments[F]) error {
		return failed(RunAllPairs(h.run(), h.table(h.Rows, h.Rows), h.measure(), h.operand(h.Rows, h.Cols)))
	})
	plain("EachRow", func(h arguments[F]) { EachRow(h.list(h.Rows), h.ofOne(), h.operand(h.Rows, h.Cols)) })
	plain("RowByRow", func(h arguments[F]) {
		RowByRow(h.list(h.Rows), h.measure(), h.operand(h.Rows, h.Cols), h.operand(h.Rows, h.Cols))
	})
	plain("ManyToMany", func(h arguments[F]) {
		n := h.Below(4)
		ManyToMany(h.table(h.Rows, n), h.measure(), h.operand(h.Rows, h.Cols), h.operand(n, h.Cols))
	})
	plain("AllPairs", func(h arguments[F]) {
		AllPairs(h.table(h.Rows, h.Rows), h.measure(), h.operand(h.Rows, h.Cols))
	})
	plain("Matrix.Shares", func(h arguments[F]) {
		EachRow(nil, MeasureEntropy, h.matrix(h.Rows, h.Cols).Shares(h.zeros()))
	})
	plain("Vector.Shares", func(h arguments[F]) {
		EachRow(nil, MeasureEntropy, Vector[F](h.vector(h.Cols)).Shares(h.zeros()))
	})

	addSparseCalls(of, plain)
	addRaggedCalls(of, plain)
	addFactorCalls(of, plain)
	addNearestCalls(of, plain)
	addCountCalls(plain)
	addStreamCalls(of, plain)
	of("SetISA", func(h arguments[F]) error {
		return SetISA(hostile.Note(h.Trial, []string{"mmx", "", ISA()}[h.Below(3)]))
	})
	return calls
}

// given is x, which has no methods if it is nil.
func given[T any](x *T) *T {
	if x == nil {
		panic("relent: nil has no rows")
	}
	return x
}

func failed[T any](_ T, err error) error { return err }

type (
	adder[F float]      = func(name string, call func(h arguments[F]) error)
	plainAdder[F float] = func(name string, call func(h arguments[F]))
)

func addSparseCalls[F float](of adder[F], plain plainAdder[F]) {
	of("NewSparse", func(h arguments[F]) error {
		n := h.Below(4)
		columns := hostile.Slice(h.Trial, n, func() int64 { return int64(h.Below(1 + h.Cols)) })
		s, err := NewSparse(hostile.Note(h.Trial, h.Size(h.Cols)), hostile.Note(h.Trial, h.offsets(n, h.Rows)), hostile.Note(h.Trial, columns), h.vector(n))
		if err == nil && s.Cols() < 10 {
			AllPairs(Matrix[float64]{}, MeasureJensenShannon, s)
		}
		return err
	})
	plain("Sparse.Row", func(h arguments[F]) { given(h.sparse(h.Rows, h.Cols)).Row(h.Number()) })
	plain("Sparse.Slice", func(h arguments[F]) {
		s := given(h.sparse(h.Rows, h.Cols)).Slice(h.Number(), h.Number())
		for i := range s.Rows() {
			s.Row(i)
		}
		AllPairs(Matrix[float64]{}, MeasureJensenShannon, s.Slice(0, s.Rows()))
	})
}

func addRaggedCalls[F float](of adder[F], plain plainAdder[F]) {
	many := func(h arguments[F]) *Ragged[F, int64] { return h.ragged(h.Rows, h.Cols) }
	of("NewRagged", func(h arguments[F]) error {
		n, valid := h.Below(20), []byte(nil)
		if h.Below(2) == 0 {
			valid = hostile.Note(h.Trial, hostile.Slice(h.Trial, h.Below(3), func() byte { return byte(h.Below(256)) }))
		}
		r, err := NewRagged(hostile.Slice(h.Trial, n, h.value), hostile.Note(h.Trial, h.offsets(n, h.Rows)), valid, hostile.Note(h.Trial, h.Size(h.Below(8))))
		if err == nil {
			for i := range r.Rows() {
				r.Row(i)
				r.Null(i)
			}
			RunEachRow(Run{Workers: 2}, nil, MeasureEntropy, r)
		}
		return err
	})
	plain("Ragged.Row", func(h arguments[F]) { given(many(h)).Row(h.Number()) })
	plain("Ragged.Null", func(h arguments[F]) { given(many(h)).Null(h.Number()) })
}

func addFactorCalls[F float](of adder[F], plain plainAdder[F]) {
	list := func(h arguments[F]) []F { return h.results(h.Rows) }
	x := func(h arguments[F]) Matrix[F] { return h.matrix(h.Rows, h.Cols) }
	square := func(h arguments[F]) Matrix[F] { return h.matrix(h.Cols, h.Cols) }
	of("NewFactor", func(h arguments[F]) error { return failed(NewFactor(h.vector(h.Cols), square(h))) })
	of("NewPrecisionFactor", func(h arguments[F]) error { return failed(NewPrecisionFactor(h.vector(h.Cols), square(h))) })
	of("NewDiagonalFactor", func(h arguments[F]) error { return failed(NewDiagonalFactor(h.vector(h.Cols), h.vector(h.Cols))) })
	of("Factor.WithMean", func(h arguments[F]) error { return failed(h.factor().WithMean(h.vector(h.Cols))) })
	plain("Factor.SqMahalanobis", func(h arguments[F]) { h.factor().SqMahalanobis(list(h), x(h), Run{Workers: h.Workers()}) })
	plain("Factor.SqMahalanobisOne", func(h arguments[F]) { h.factor().SqMahalanobisOne(h.vector(h.Cols)) })
	plain("Factor.Mahalanobis", func(h arguments[F]) { h.factor().Mahalanobis(list(h), x(h), Run{Workers: h.Workers()}) })
	plain("Factor.LogDensity", func(h arguments[F]) { h.factor().LogDensity(list(h), x(h), h.value(), Run{Workers: h.Workers()}) })
	plain("Factor.Whiten", func(h arguments[F]) { h.factor().Whiten(h.resultRows(h.Rows, h.Cols), x(h), Run{Workers: h.Workers()}) })
	plain("Factor.Solve", func(h arguments[F]) { h.factor().Solve(h.resultRows(h.Rows, h.Cols), x(h), Run{Workers: h.Workers()}) })
	plain("Factor.Centers", func(h arguments[F]) {
		c := h.factor().Centers(x(h))
		c.SqMahalanobis(Matrix[F]{}, NewMatrix[F](h.Below(3), c.Dim()), Run{})
	})
	plain("Together", func(h arguments[F]) {
		c := Together([]*Factor[F]{h.factor(), h.factor(), h.factor()}[:h.Below(4)]...)
		c.SqMahalanobis(h.resultRows(c.Len(), h.Rows), x(h), Run{Workers: h.Workers()})
	})
	plain("Centers.SqMahalanobis", func(h arguments[F]) {
		h.centers(2).SqMahalanobis(h.resultRows(2, h.Rows), x(h), Run{Workers: h.Workers()})
	})
	plain("Centers.LogDensity", func(h arguments[F]) {
		h.centers(2).LogDensity(h.resultRows(2, h.Rows), x(h), h.vector(2), Run{Workers: h.Workers()})
	})
}

func addNearestCalls[F float](of adder[F], plain plainAdder[F]) {
	plain("NewIndex", func(h arguments[F]) {
		x := NewIndex(h.measure(), h.matrix(h.Rows, h.Cols))
		if x.Len() < 10 {
			x.Nearest(nil, make([]F, min(10, x.Dim())), 3)
		}
	})
	plain("Index.Nearest", func(h arguments[F]) {
		k := h.Number()
		h.index().Nearest(hostile.Dst[Neighbor](h.Trial, k), h.vector(h.Cols), k)
	})
	of("Index.NearestRows", func(h arguments[F]) error {
		k, n := h.Number(), h.Below(3)
		return failed(h.index().NearestRows(hostile.Dst[Neighbor](h.Trial, n*max(0, k)), h.matrix(n, h.Cols), k, h.run()))
	})
}

func addCountCalls[F float](plain plainAdder[F]) {
	counts := func(h arguments[F]) []uint32 {
		return hostile.Note(h.Trial, hostile.Slice(h.Trial, max(0, min(h.Size(h.Cols), 9)), func() uint32 { return uint32(h.Below(5)) }))
	}
	zeros := arguments[F].zeros
	plain("BetweenCounts", func(h arguments[F]) { BetweenCounts(h.measure(), counts(h), counts(h), zeros(h)) })
	plain("EntropyOfCounts", func(h arguments[F]) { EntropyOfCounts(counts(h), zeros(h)) })
	plain("PopulationStabilityIndex", func(h arguments[F]) { PopulationStabilityIndex(counts(h), counts(h), zeros(h)) })
	plain("Additive", func(h arguments[F]) { Additive(float64(h.value()) - 0.1) })
	plain("Floor", func(h arguments[F]) { Floor(float64(h.value()) - 0.1) })
}

func addStreamCalls[F float](of adder[F], plain plainAdder[F]) {
	names := func(h arguments[F]) string {
		return hostile.Note(h.Trial, []string{"JensenShannon", "KullbackLeibler reversed", "", " reversed", "KL"}[h.Below(5)])
	}
	of("ParseMeasure", func(h arguments[F]) error { return failed(ParseMeasure(names(h))) })
	of("Measure.UnmarshalText", func(h arguments[F]) error { return new(Measure).UnmarshalText([]byte(names(h))) })
	plain("NewStream", func(h arguments[F]) { NewStream[F](h.measure()) })
	plain("Stream.Add", func(h arguments[F]) { h.stream().Add(h.vector(h.Cols), h.vector(h.Cols)) })
	plain("Stream.AddVector", func(h arguments[F]) { h.stream().AddVector(h.vector(h.Cols)) })
	plain("Stream.Merge", func(h arguments[F]) { h.stream().Merge(h.stream()) })
	of("Stream.AppendBinary", func(h arguments[F]) error { return failed(h.stream().AppendBinary(nil)) })
	part := func(h arguments[F], data []byte, err error) []byte {
		if err != nil {
			panic(err)
		}
		if h.Below(2) == 0 {
			data = data[:h.Below(len(data))]
		}
		return data
	}
	of("Stream.UnmarshalBinary", func(h arguments[F]) error {
		data, err := h.stream().MarshalBinary()
		return h.stream().UnmarshalBinary(part(h, data, err))
	})
	of("Factor.AppendBinary", func(h arguments[F]) error { return failed(h.factor().AppendBinary(nil)) })
	of("Factor.UnmarshalBinary", func(h arguments[F]) error {
		data, err := h.factor().MarshalBinary()
		return new(Factor[F]).UnmarshalBinary(part(h, data, err))
	})
	of("Index.AppendBinary", func(h arguments[F]) error { return failed(h.index().AppendBinary(nil)) })
	of("Index.UnmarshalBinary", func(h arguments[F]) error {
		data, err := NewIndex(MeasureJeffreys, NewMatrix[F](2, 3)).MarshalBinary()
		return h.index().UnmarshalBinary(part(h, data, err))
	})
}

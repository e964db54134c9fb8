package relent

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"testing"
)

// What was tried and went wrong.
func TestShapesRefused(t *testing.T) {
	const half = bits.UintSize / 2
	one := uint(1)
	wrapping := Matrix[float64]{Rows: int(one<<(bits.UintSize-2)) + 1, Cols: 4, Stride: 4, Data: make([]float64, 4)} // Rows·4 is 4
	square := Matrix[float64]{Rows: int(one<<half) + 1, Cols: int(one << half), Stride: int(one << half), Data: make([]float64, 9)}
	small := NewMatrix[float64](2, 4)
	for want, f := range map[string]func(){
		"ManyToMany: p is":     func() { ManyToMany(Matrix[float64]{}, MeasureKullbackLeibler, wrapping, small) },
		"ManyToMany: q is":     func() { ManyToMany(Matrix[float64]{}, MeasureKullbackLeibler, small, wrapping) },
		"AllPairs: dst is":     func() { AllPairs(wrapping, MeasureKullbackLeibler, small) },
		"NewIndex: rows is":    func() { NewIndex(MeasureKullbackLeibler, square) },
		"SoftmaxColumns: x is": func() { SoftmaxColumns(Matrix[float64]{}, nil, square, Run{}) },
		fmt.Sprintf("NewMatrix: %d×%[1]d", square.Cols): func() { NewMatrix[float64](square.Cols, square.Cols) },
		fmt.Sprintf("NewMatrix: 0 elements for %d×%[1]d", square.Cols): func() {
			NewMatrix(square.Cols, square.Cols, []float64{}...)
		},
		"NewMatrix: -1×3":  func() { NewMatrix[float64](-1, 3) },
		"NewMatrix: -2×-3": func() { NewMatrix(-2, -3, 1.0, 2, 3, 4, 5, 6) },
		fmt.Sprintf("ManyToMany: %d×%[1]d elements are more than memory can hold", square.Cols): func() {
			empty := Matrix[float32]{Rows: square.Cols}
			ManyToMany(Matrix[float64]{}, MeasureKullbackLeibler, empty, empty)
		},
		"ManyToMany: dst is 2×2 with stride 2, which takes 4 elements; it has 0": func() {
			ManyToMany(Matrix[float64]{Rows: 2, Cols: 2, Stride: 2}, MeasureKullbackLeibler, small, small)
		},
		"Whiten: dst is 3×2 with stride 2, which takes 6 elements; it has 0": func() {
			zeroFactor(2).Whiten(Matrix[float64]{Rows: 3, Cols: 2, Stride: 2}, NewMatrix[float64](2, 2), Run{})
		},
		"Nearest: dst has 5 elements, for 3 neighbours of each of 1 queries": func() {
			NewIndex(MeasureKullbackLeibler, NewMatrix[float64](3, 2)).Nearest(make([]Neighbor, 5), make([]float64, 2), 7)
		},
		"AddHalves: lengths 2 and 1 differ": func() {
			AddHalves(NewStream[float32](MeasureKullbackLeibler), make([]Float16, 2), make([]Float16, 1))
		},
		"AddHalves: Entropy is a measure of one vector": func() {
			AddHalves(NewStream[float32](MeasureEntropy), make([]Float16, 2), make([]Float16, 2))
		},
		"RowByRow: q is nil": func() {
			RowByRow(nil, MeasureKullbackLeibler, &Sparse[float64, int32]{}, (*Sparse[float64, int64])(nil))
		},
		"AllPairs: x is nil":   func() { AllPairs(Matrix[float64]{}, MeasureKullbackLeibler, (*Sparse[float64, int32])(nil)) },
		"ManyToMany: p is nil": func() { ManyToMany(Matrix[float64]{}, MeasureKullbackLeibler, (*Ragged[float64, int32])(nil), small) },
		"ManyToMany: q is 1073": func() { // of those that are not dense
			ManyToMany(Matrix[float64]{}, MeasureKullbackLeibler, &Sparse[float64, int32]{}, Matrix[float64]{Rows: 1 << 30, Cols: 4, Stride: 4})
		},
		"Row: there is no such row":         func() { small.Row(2) },
		"Matrix.Slice: rows 1 up to 3 of 2": func() { small.Slice(1, 3) },
	} {
		message := ""
		func() {
			defer func() { message = fmt.Sprint(recover()) }()
			f()
		}()
		if !strings.HasPrefix(message, "relent: "+want) {
			t.Errorf("panic %q, want %q", message, "relent: "+want)
		}
	}
	for _, first := range []int{math.MaxInt, math.MaxInt - 1, -1, math.MinInt, 8} {
		if _, err := NewRagged([]float64{1}, []int32{0, 1}, []byte{255}, first); err == nil {
			t.Errorf("NewRagged takes bit %d of 8", first)
		}
	}
}

func zeroFactor(d int) *Factor[float64] {
	f, err := NewDiagonalFactor(make([]float64, d), []float64{1, 1, 1}[:d])
	if err != nil {
		panic(err)
	}
	return f
}

// Nothing is something: rows without elements, no rows, and what is not there.
func TestEmptyShapes(t *testing.T) {
	narrow := Matrix[float64]{Rows: 30, Stride: 1}
	x := NewIndex(MeasureKullbackLeibler, Matrix[float64]{Rows: 3, Stride: 1})
	if got := x.Nearest(nil, nil, 2); x.Len() != 3 || len(got) != 2 || got[1] != (Neighbor{1, 0}) {
		t.Errorf("an index of %d rows without elements finds %v", x.Len(), got)
	}
	for _, workers := range []int{1, 4} {
		f := zeroFactor(0)
		if got := must(f.SqMahalanobis(nil, narrow, Run{Workers: workers})); len(got) != 30 || got[29] != 0 {
			t.Errorf("distances without columns: %v", got)
		}
		if got := must(f.Solve(must(f.Whiten(Matrix[float64]{}, narrow, Run{Workers: workers})), narrow, Run{Workers: workers})); got.Rows != 30 || got.Cols != 0 {
			t.Errorf("%d×%d", got.Rows, got.Cols)
		}
	}
	if got := narrow.Slice(7, 30); got.Rows != 23 || len(got.Row(22)) != 0 {
		t.Errorf("%v", got)
	}
	most := Matrix[float64]{Rows: math.MaxInt, Stride: 2}
	if got := ManyToMany(Matrix[float64]{Rows: math.MaxInt}, MeasureKullbackLeibler, most, Matrix[float64]{}); got.Rows != math.MaxInt || got.Cols != 0 {
		t.Errorf("%v", got)
	}
	if len(most.Row(math.MaxInt-1)) != 0 || NewIndex(MeasureKullbackLeibler, most).Len() != math.MaxInt {
		t.Error("rows without elements are not as many as they are")
	}

	var s Sparse[float64, int32]
	var r Ragged[float64, int64]
	s2, err2 := NewSparse[float64, int32](0, nil, nil, nil)
	r2, err3 := NewRagged[float64, int64]([]float64{1}, nil, nil, 0)
	if err2 != nil || err3 != nil {
		t.Fatal(err2, err3)
	}
	for _, s := range []*Sparse[float64, int32]{&s, s2, s.Slice(0, 0)} {
		if got := RowByRow(nil, MeasureKullbackLeibler, s, s); s.Rows() != 0 || s.Cols() != 0 || len(got) != 0 || got == nil {
			t.Errorf("%d rows, %v", s.Rows(), got)
		}
		if got := ManyToMany(Matrix[float64]{}, MeasureKullbackLeibler, s, s); got.Rows != 0 || got.Cols != 0 || got.Data == nil {
			t.Errorf("%v", got)
		}
		ManyToMany(Matrix[float64]{}, MeasureKullbackLeibler, s, Matrix[float64]{Rows: 5})
		EachRow(nil, MeasureEntropy, s)
	}
	for _, r := range []*Ragged[float64, int64]{&r, r2} {
		got, err := RunRowByRow(Run{Workers: 3}, nil, MeasureKullbackLeibler, r, r)
		if r.Rows() != 0 || len(got) != 0 || err != nil {
			t.Errorf("%d rows, %v, %v", r.Rows(), got, err)
		}
		if got, err := RunRowByRow(Run{Workers: 3}, nil, MeasureKullbackLeibler, r, Vector[float64]{1}); len(got) != 0 || err != nil {
			t.Errorf("%v, %v", got, err)
		}
	}
	// A row longer than memory, of which there is none.
	wide, err := NewSparse[float64, int32](math.MaxInt, []int32{0, 1}, []int32{3}, []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	if got := ManyToMany(Matrix[float64]{}, MeasureKullbackLeibler, wide, Matrix[float64]{Cols: math.MaxInt, Stride: math.MaxInt}); got.Rows != 1 || got.Cols != 0 {
		t.Errorf("%v", got)
	}
}

// A dst for k neighbours is used as far as there are rows.
func TestNearestUsesAPrefix(t *testing.T) {
	x := NewIndex(MeasureKullbackLeibler, NewMatrix(3, 2, 0.5, 0.5, 0.25, 0.75, 0.125, 0.875))
	queries := NewMatrix(2, 2, 0.25, 0.75, 0.5, 0.5)
	want, err := x.NearestRows(nil, queries, 5, Run{})
	if err != nil || len(want) != 6 {
		t.Fatal(want, err)
	}
	dst := make([]Neighbor, 10)
	got, err := x.NearestRows(dst, queries, 5, Run{Workers: 2})
	if err != nil || len(got) != 6 || &got[0] != &dst[0] || fmt.Sprint(got) != fmt.Sprint(want) || dst[6] != (Neighbor{}) {
		t.Errorf("%v in %v, %v, want %v", got, dst, err, want)
	}
	if got := x.Nearest(dst[:5], queries.Row(1), 5); len(got) != 3 || fmt.Sprint(got) != fmt.Sprint(want[3:]) {
		t.Errorf("%v, want %v", got, want[3:])
	}
}

// A matrix without columns may have any stride: rows of nothing are equal.
func TestRowsWithoutColumns(t *testing.T) {
	const rows = 5
	wide := Matrix[float32]{Rows: rows, Stride: math.MaxInt/2 + 2}
	sparse, err := NewSparse(0, make([]int32, rows+1), []int32{}, []float32{})
	if err != nil {
		t.Fatal(err)
	}
	half := HalfMatrix[Float16]{Rows: rows, Stride: math.MaxInt/2 + 2}
	rowsOfNothing(t, wide, wide)
	rowsOfNothing(t, wide, sparse)
	rowsOfNothing(t, sparse, wide)
	rowsOfNothing(t, half, wide)
	rowsOfNothing(t, sparse, half)
	rowsOfNothing(t, wide, Vector[float32]{})
	counts := Matrix[uint8]{Rows: rows, Stride: math.MaxInt/2 + 2}.Shares(Strict)
	rowsOfNothing(t, counts, counts)
	rowsOfNothing(t, counts, Matrix[float64]{Rows: rows, Stride: math.MaxInt/2 + 2})
}

func rowsOfNothing[F Float, P, Q Rows[F]](t *testing.T, p P, q Q) {
	const rows = 5
	m := MeasureGeneralizedKullbackLeibler.Reversed()
	results := slices.Concat(RowByRow(nil, m, p, q), ManyToMany(Matrix[float64]{}, m, p, q).Data, AllPairs(Matrix[float64]{}, m, p).Data,
		EachRow(nil, MeasureEntropy, p), GradientRows(nil, Matrix[F]{Rows: rows}, Matrix[F]{}, m, p, q))
	if len(results) < 4*rows || slices.ContainsFunc(results, func(x float64) bool { return math.Float64bits(x) != 0 }) {
		t.Errorf("%T and %T: %v", p, q, results)
	}
}

// Sparse rows longer than any memory are refused where they have to be expanded.
func TestRowsBeyondMemory(t *testing.T) {
	t.Run("f64", rowsBeyondMemory[float64])
	t.Run("f32", rowsBeyondMemory[float32])
}

func rowsBeyondMemory[F float](t *testing.T) {
	for _, cols := range []int{math.MaxInt, math.MaxInt/2 + 1} {
		s, err := NewSparse(cols, []int64{0, 1}, []int64{5}, []F{1})
		if err != nil {
			t.Fatal(err)
		}
		const says = "elements are more than memory can hold"
		requirePanicOf(t, func() { DenseBlocks(Run{}, s, func(int, Matrix[F]) error { return nil }) }, "relent: DenseBlocks:", says)
		requirePanicOf(t, func() { GradientRows(nil, Matrix[F]{}, Matrix[F]{}, MeasureHellinger, s, s) }, "relent: GradientRows:", fmt.Sprint(cols), says)
	}
}

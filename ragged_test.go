package relent

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
)

// raggedSample is rows of the lengths, some of them null and of any length, beginning at any offset, with the rows
// themselves.
func raggedSample[F float, O Offset](t *testing.T, r *rng, lengths []int) (*Ragged[F, O], [][]F, []bool) {
	t.Helper()
	values := make([]F, r.below(5))
	offsets := []O{O(len(values))}
	first := r.below(20)
	valid := make([]byte, (first+len(lengths)+7)/8)
	var rows [][]F
	null := make([]bool, len(lengths))
	for i, n := range lengths {
		if null[i] = r.below(4) == 0; null[i] {
			n = r.below(2*n + 3)
		} else {
			valid[(first+i)/8] |= 1 << ((first + i) % 8)
		}
		row, _ := pairs(r, n, families[F]()[0].pair)
		rows, values = append(rows, row), append(values, row...)
		offsets = append(offsets, O(len(values)))
	}
	x, err := NewRagged(values, offsets, valid, first)
	if err != nil {
		t.Fatal(err)
	}
	return x, rows, null
}

func raggedLengths(r *rng) []int {
	lengths := []int{0, 1, 16, 17, chunk, chunk + 1, 0}
	for range 60 {
		lengths = append(lengths, r.below(40))
	}
	return lengths
}

func TestRagged(t *testing.T) {
	t.Run("f64", ragged[float64, int32])
	t.Run("f32", ragged[float32, int64])
}

func ragged[F float, O Offset](t *testing.T) {
	r := seed(t.Name())
	lengths := raggedLengths(r)
	p, pRows, pNull := raggedSample[F, O](t, r, lengths)
	q, qRows, qNull := raggedSample[F, O](t, r, lengths)
	if p.Rows() != len(lengths) {
		t.Fatalf("%d rows, not %d", p.Rows(), len(lengths))
	}
	for _, m := range allMeasures() {
		want := make([]float64, len(lengths))
		for i := range want {
			want[i] = math.NaN()
			if !pNull[i] && (m.ofOne() || !qNull[i]) {
				want[i] = measureOf(m, pRows[i], qRows[i])
			}
		}
		requireBatch(t, m.String(), want, raggedCall(m, p, q))
		if m.ofOne() {
			requireResults(t, m.String(), EachRaggedRow(nil, m, p, 1), want)
			continue
		}
		got, err := RaggedRowByRow(nil, m, p, q, 1)
		if err != nil {
			t.Error(err)
		}
		requireResults(t, m.String(), got, want)
	}
}

// raggedCall is EachRow or RowByRow.
func raggedCall[F float, O Offset](m Measure, p, q *Ragged[F, O]) batchCall {
	return func(ctx context.Context, workers int, progress func(done, total int), dst []float64) ([]float64, error) {
		b := RaggedBatch[F, O]{Measure: m, Workers: workers, Progress: progress}
		if m.ofOne() {
			return b.EachRow(ctx, dst, p)
		}
		return b.RowByRow(ctx, dst, p, q)
	}
}

// raggedOneCalls are OneToMany and ManyToOne.
func raggedOneCalls[F float, O Offset](m Measure, one []F, many *Ragged[F, O]) (oneToMany, manyToOne batchCall) {
	batch := func(workers int, progress func(done, total int)) RaggedBatch[F, O] {
		return RaggedBatch[F, O]{Measure: m, Workers: workers, Progress: progress}
	}
	oneToMany = func(ctx context.Context, workers int, progress func(done, total int), dst []float64) ([]float64, error) {
		return batch(workers, progress).OneToMany(ctx, dst, one, many)
	}
	manyToOne = func(ctx context.Context, workers int, progress func(done, total int), dst []float64) ([]float64, error) {
		return batch(workers, progress).ManyToOne(ctx, dst, many, one)
	}
	return oneToMany, manyToOne
}

func requireResults(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if at := differing(got, want); len(got) != len(want) || at >= 0 {
		t.Errorf("%s: %d results, not %d, or result %d differs", what, len(got), len(want), at)
	}
}

// One vector against rows that are as long, but for null ones.
func TestRaggedOneToMany(t *testing.T) {
	t.Run("f64", raggedOneToMany[float64, int32])
	t.Run("f32", raggedOneToMany[float32, int64])
}

func raggedOneToMany[F float, O Offset](t *testing.T) {
	r := seed(t.Name())
	for _, n := range []int{0, 1, 10, 17, chunk + 3} {
		many, rows, null := raggedSample[F, O](t, r, slices.Repeat([]int{n}, 30))
		one, _ := pairs(r, n, families[F]()[0].pair)
		for _, m := range measuresOfTwo() {
			from, to := make([]float64, len(rows)), make([]float64, len(rows))
			for i := range rows {
				from[i], to[i] = math.NaN(), math.NaN()
				if !null[i] {
					from[i], to[i] = measureOf(m, one, rows[i]), measureOf(m, rows[i], one)
				}
			}
			what := fmt.Sprintf("%v of %d", m, n)
			oneToMany, manyToOne := raggedOneCalls(m, one, many)
			requireBatch(t, what, from, oneToMany)
			requireBatch(t, what+", turned", to, manyToOne)
			got, err := RaggedOneToMany(nil, m, one, many, 2)
			turned, otherErr := RaggedManyToOne(nil, m, many, one, 2)
			if err != nil || otherErr != nil {
				t.Error(err, otherErr)
			}
			requireResults(t, what, got, from)
			requireResults(t, what+", turned", turned, to)
		}
	}
}

func TestRaggedWithoutNulls(t *testing.T) {
	values := []float64{0.5, 0.5, 1, 0.25, 0.75}
	p, err := NewRagged(values, []int32{0, 2, 2, 3, 5}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := EachRaggedRow(make([]float64, 4), ShannonEntropy, p, 1)
	want := []float64{Entropy(values[:2]), 0, 0, Entropy(values[3:])}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestRaggedLayout(t *testing.T) {
	values := make([]float64, 10)
	for _, c := range []struct {
		offsets []int32
		valid   []byte
		first   int
		want    string
	}{
		{[]int32{0, 3, 10}, nil, 0, ""},
		{[]int32{4}, nil, 0, ""},
		{[]int32{0, 3, 10}, []byte{0}, 6, ""},
		{nil, nil, 0, ""},
		{[]int32{-1, 3}, nil, 0, "relent: row 0: offset -1 is negative"},
		{[]int32{0, 3, 2, 10}, nil, 0, "relent: row 1: offset 2 comes after 3"},
		{[]int32{0, 3, 11}, nil, 0, "relent: row 1: offset 11 is beyond the 10 values"},
		{[]int32{11}, nil, 0, "relent: row 0: offset 11 is beyond the 10 values"},
		{[]int32{0, 3, 10}, []byte{0}, 7, "relent: 2 bits from bit 7 on are not in a validity bitmap of 8"},
		{[]int32{0, 3, 10}, []byte{0}, -1, "relent: 2 bits from bit -1 on are not in a validity bitmap of 8"},
	} {
		_, err := NewRagged(values, c.offsets, c.valid, c.first)
		if got := fmt.Sprint(err); got != c.want && !(err == nil && c.want == "") {
			t.Errorf("%v: %v, want %v", c.offsets, got, c.want)
		}
	}
	p, _ := NewRagged(values, []int32{0, 2, 5, 10}, []byte{0b101}, 0)
	q, _ := NewRagged(values, []int32{0, 2, 3, 9}, nil, 0)
	dst := []float64{7, 7, 7}
	refused := func(want string, got []float64, err error) {
		t.Helper()
		var layout *LayoutError
		if fmt.Sprint(err) != want || !errors.As(err, &layout) || !slices.Equal(dst, []float64{7, 7, 7}) {
			t.Errorf("%v, want %v; dst is %v", err, want, dst)
		}
		if &got[0] != &dst[0] {
			t.Error("what is returned is not dst")
		}
	}
	got, err := RaggedRowByRow(dst, KL, p, q, 1)
	refused("relent: row 2: 5 values of p, 6 of q", got, err)
	got, err = RaggedOneToMany(dst, KL, values[:2], p, 1) // row 1 is null
	refused("relent: row 2: 2 values of p, 5 of q", got, err)
	got, err = RaggedManyToOne(dst, KL, q, values[:2], 1)
	refused("relent: row 1: 1 values of p, 2 of q", got, err)
	expectPanic(t, "relent: RaggedOneToMany: dst has 2 elements, the result has 3 elements", func() { RaggedOneToMany(dst[:2], KL, values[:2], p, 1) })
	expectPanic(t, "relent: RaggedManyToOne: Entropy is a measure of one vector, not of two", func() {
		RaggedManyToOne(dst, ShannonEntropy, p, values[:2], 1)
	})
	expectPanic(t, "relent: EachRaggedRow: dst has 2 elements, the result has 3 elements", func() { EachRaggedRow(dst[:2], ShannonEntropy, p, 1) })
	expectPanic(t, "relent: EachRaggedRow: KullbackLeibler is a measure of two vectors, not of one", func() { EachRaggedRow(dst, KL, p, 1) })
	short, _ := NewRagged(values, []int32{0, 2}, nil, 0)
	expectPanic(t, "relent: RaggedRowByRow: p has 3 rows, q has 1", func() { RaggedRowByRow(dst, KL, p, short, 1) })
}

// manyRagged is enough for several tiles, with rows of a few elements and one of very many.
func manyRagged(t *testing.T, name string) (p, q *Ragged[float64, int32], lengths []int) {
	r := seed(name)
	for i := range 20000 {
		lengths = append(lengths, r.below(30))
		if i == 2000 {
			lengths[i] = 3 * listElements
		}
	}
	p, _, _ = raggedSample[float64, int32](t, r, lengths)
	q, _, _ = raggedSample[float64, int32](t, r, lengths)
	return p, q, lengths
}

func TestRaggedOfManyTiles(t *testing.T) {
	p, q, lengths := manyRagged(t, t.Name())
	for _, m := range []Measure{ShannonEntropy, JS} {
		want := make([]float64, len(lengths))
		for i := range want {
			want[i] = math.NaN()
			if !p.Null(i) && (m.ofOne() || !q.Null(i)) {
				want[i] = measureOf(m, p.Row(i), q.Row(i))
			}
		}
		requireBatch(t, m.String(), want, raggedCall(m, p, q))
	}
}

func TestRaggedEndsWithTheContext(t *testing.T) {
	p, q, lengths := manyRagged(t, t.Name())
	requireEnding(t, "EachRow", len(lengths), raggedCall(ShannonEntropy, p, q))
	requireEnding(t, "RowByRow", len(lengths), raggedCall(JS, p, q))
	many, _, _ := raggedSample[float64, int32](t, seed(t.Name()), slices.Repeat([]int{50}, 6000))
	oneToMany, manyToOne := raggedOneCalls(KL, make([]float64, 50), many)
	requireEnding(t, "OneToMany", 6000, oneToMany)
	requireEnding(t, "ManyToOne", 6000, manyToOne)
}

// One worker does not allocate.
func TestRaggedDoesNotAllocate(t *testing.T) {
	r := seed(t.Name())
	p, _, _ := raggedSample[float64, int32](t, r, raggedLengths(r))
	many, _, _ := raggedSample[float64, int32](t, r, slices.Repeat([]int{20}, p.Rows()))
	dst, one := make([]float64, p.Rows()), make([]float64, 20)
	n := testing.AllocsPerRun(10, func() {
		EachRaggedRow(dst, ShannonEntropy, p, 1)
		RaggedRowByRow(dst, JS, p, p, 1)
		RaggedOneToMany(dst, JS, one, many, 1)
		RaggedManyToOne(dst, JS, many, one, 1)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Whatever NewRagged takes can be measured, and is what its rows are; whatever it refuses is malformed.
func FuzzRagged(f *testing.F) {
	f.Add([]byte{0, 3, 3, 5}, []byte{5}, int8(1), uint8(7), uint8(3))
	f.Add([]byte{0, 2, 4, 255}, []byte(nil), int8(0), uint8(4), uint8(2))
	f.Add([]byte{2, 2, 4, 6}, []byte{0xFF, 1}, int8(5), uint8(6), uint8(2))
	f.Add([]byte{}, []byte{}, int8(-1), uint8(0), uint8(0))
	f.Add([]byte{}, []byte{0x44, 0xFA}, int8(12), uint8(10), uint8(0))
	f.Fuzz(func(t *testing.T, offsetBytes, valid []byte, first int8, size, length uint8) {
		var offsets []int32
		for _, o := range offsetBytes {
			offsets = append(offsets, int32(int8(o)))
		}
		values := make([]float64, size)
		for i := range values {
			values[i] = float64(i%7) / 8
		}
		x, err := NewRagged(values, offsets, valid, int(first))
		rows := max(1, len(offsets)) - 1
		wellFormed := slices.IsSorted(offsets) && (valid == nil || first >= 0 && int(first)+rows <= 8*len(valid)) &&
			(len(offsets) == 0 || offsets[0] >= 0 && int(offsets[rows]) <= len(values))
		if wellFormed != (err == nil) {
			t.Fatalf("%v, %x from %d, %d values: %v, well-formed: %v", offsets, valid, first, size, err, wellFormed)
		}
		if err != nil {
			return
		}
		want, fits := make([]float64, x.Rows()), true
		one := make([]float64, length)
		for i := range want {
			want[i] = math.NaN()
			switch fits = fits && (x.Null(i) || len(x.Row(i)) == len(one)); {
			case x.Null(i):
			case fits:
				want[i] = JensenShannon(one, x.Row(i))
			}
		}
		got, err := RaggedOneToMany(nil, JS, one, x, 2)
		if fits != (err == nil) {
			t.Fatalf("%v, %d elements: %v", offsets, length, err)
		}
		if fits {
			requireResults(t, "JensenShannon", got, want)
		}
		for i, y := range EachRaggedRow(nil, ShannonEntropy, x, 1) {
			if y != y != x.Null(i) || y == y && y != Entropy(x.Row(i)) {
				t.Errorf("%v: entropy of row %d is %v", offsets, i, y)
			}
		}
	})
}

func expectPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		if got := recover(); got != want {
			t.Errorf("panics with %v, want %v", got, want)
		}
	}()
	f()
}

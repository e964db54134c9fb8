package relent

import (
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

// Rows of all lengths on both sides.
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
	for _, m := range everyMeasure() {
		if m.ofOne() && m&reverse != 0 {
			continue
		}
		want := make([]float64, len(lengths))
		for i := range want {
			want[i] = math.NaN()
			if !pNull[i] && (m.ofOne() || !qNull[i]) {
				want[i] = single(m, pRows[i], qRows[i])
			}
		}
		requireRun(t, m.String(), want, raggedRun(m, p, q))
	}
}

// raggedRun is EachRow or RowByRow.
func raggedRun[F float, O Offset](m Measure, p, q *Ragged[F, O]) runCall {
	return func(run Run, dst []float64) ([]float64, error) {
		if m.ofOne() {
			return RunEachRow(run, dst, m, p)
		}
		return RunRowByRow(run, dst, m, p, q)
	}
}

func TestRaggedWithoutNulls(t *testing.T) {
	values := []float64{0.5, 0.5, 1, 0.25, 0.75}
	p, err := NewRagged(values, []int32{0, 2, 2, 3, 5}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := EachRow(make([]float64, 4), MeasureEntropy, p)
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
}

// Rows that meet and differ in length are an error of a Run, and a panic with the same words otherwise; dst stays as it is. Null rows
// meet all.
func TestRaggedLengths(t *testing.T) {
	values := make([]float64, 20)
	ragged := func(offsets []int32, valid []byte) *Ragged[float64, int32] {
		r, err := NewRagged(values, offsets, valid, 0)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	p, q := ragged([]int32{0, 2, 5, 10}, []byte{0b101}), ragged([]int32{0, 2, 3, 9}, nil) // row 1 of p is null
	even, uneven := ragged([]int32{0, 2, 3, 5}, []byte{0b101}), ragged([]int32{0, 2, 4, 7}, nil)
	two := Vector[float64](values[:2])
	list := slices.Repeat([]float64{unwritten}, 3)
	table := Matrix[float64]{3, 3, slices.Repeat([]float64{unwritten}, 9), 3}
	const m = MeasureKullbackLeibler
	for _, c := range []struct {
		want string
		row  int
		f    func(run *Run) error
	}{
		{"relent: RowByRow: row 2: 5 values of p, 6 of q", 2, func(run *Run) error { return failed(rowByRowBy(run, list, m, p, q)) }},
		{"relent: RowByRow: row 2: 2 values of p, 5 of q", 2, func(run *Run) error { return failed(rowByRowBy(run, list, m, two, p)) }},
		{"relent: RowByRow: row 1: 1 values of p, 2 of q", 1, func(run *Run) error { return failed(rowByRowBy(run, list, m, q, two)) }},
		{"relent: RowByRow: row 0: 2 values of p, 4 of q", 0, func(run *Run) error { return failed(rowByRowBy(run, list, m, q, NewMatrix[float64](3, 4))) }},
		{"relent: ManyToMany: row 2: 5 values, 2 of rows that it meets", 2, func(run *Run) error { return failed(manyToManyBy(run, table, m, p, even)) }},
		{"relent: ManyToMany: row 2: 3 values, 2 of rows that it meets", 2, func(run *Run) error { return failed(manyToManyBy(run, table, m, even, uneven)) }},
		{"relent: ManyToMany: row 0: 2 values of p, 4 of row 0 of q", 0, func(run *Run) error { return failed(manyToManyBy(run, table, m, even, NewMatrix[float64](3, 4))) }},
	} {
		for _, run := range someRuns() {
			var err error
			text := message(func() { err = c.f(run) })
			var layout *LayoutError
			if run != nil && (text != "" || !errors.As(err, &layout) || err.Error() != c.want || layout.Row != c.row) || run == nil && text != c.want {
				t.Errorf("%+v: %v, panic %q, want %q", run, err, text, c.want)
			}
			if slices.ContainsFunc(append(list, table.Data...), func(x float64) bool { return x != unwritten }) {
				t.Errorf("%s: dst is %v, %v", c.want, list, table)
			}
		}
	}
	if got, err := RunManyToMany(Run{}, Matrix[float64]{}, m, even, NewMatrix[float64](1, 2)); err != nil || got.Data[1] == got.Data[1] {
		t.Errorf("%v, %v", got, err)
	}
	none := ragged([]int32{0, 2, 5, 10}, []byte{0})
	got, err := RunManyToMany(Run{}, Matrix[float64]{}, m, none, q) // all are null
	if err != nil || len(got.Data) != 9 || slices.ContainsFunc(got.Data, func(x float64) bool { return x == x }) {
		t.Errorf("%v, %v", got, err)
	}
	if got := RowByRow(nil, m, none, Vector[float64](values)); len(got) != 3 || slices.ContainsFunc(got, func(x float64) bool { return x == x }) {
		t.Error(got)
	}
}

func rowByRowBy[P, Q Rows[float64]](run *Run, dst []float64, m Measure, p P, q Q) ([]float64, error) {
	if run == nil {
		return RowByRow(dst, m, p, q), nil
	}
	return RunRowByRow(*run, dst, m, p, q)
}

func manyToManyBy[P, Q Rows[float64]](run *Run, dst Matrix[float64], m Measure, p P, q Q) (Matrix[float64], error) {
	if run == nil {
		return ManyToMany(dst, m, p, q), nil
	}
	return RunManyToMany(*run, dst, m, p, q)
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
	for _, m := range []Measure{MeasureEntropy, MeasureJensenShannon} {
		want := make([]float64, len(lengths))
		for i := range want {
			want[i] = math.NaN()
			if !p.Null(i) && (m.ofOne() || !q.Null(i)) {
				want[i] = measureOf(m, p.Row(i), q.Row(i))
			}
		}
		requireRun(t, m.String(), want, raggedRun(m, p, q))
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
		got, err := RunRowByRow(Run{Workers: 2}, nil, MeasureJensenShannon, Vector[float64](one), x)
		if fits != (err == nil) {
			t.Fatalf("%v, %d elements: %v", offsets, length, err)
		}
		if fits {
			if at := differing(got, want); at >= 0 {
				t.Errorf("%v, %d elements: result %d is %v, want %v", offsets, length, at, got[at], want[at])
			}
		}
		for i, y := range EachRow(nil, MeasureEntropy, x) {
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

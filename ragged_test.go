package relent

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// raggedSample is rows of lengths about a stripe and a chunk, some empty, some null, beginning at any offset, with
// the rows themselves.
func raggedSample[F float, O Offset](t *testing.T, r *rng, lengths []int) (*Ragged[F, O], [][]F, []bool) {
	t.Helper()
	values := make([]F, r.below(5))
	offsets := []O{O(len(values))}
	first := r.below(20)
	valid := make([]byte, (first+len(lengths)+7)/8)
	var rows [][]F
	null := make([]bool, len(lengths))
	for i, n := range lengths {
		row, _ := pairs(r, n, families[F]()[0].pair)
		rows, values = append(rows, row), append(values, row...)
		offsets = append(offsets, O(len(values)))
		if null[i] = r.below(4) == 0; !null[i] {
			valid[(first+i)/8] |= 1 << ((first + i) % 8)
		}
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
	for _, workers := range []int{0, 1, 3} {
		for m := range Measure(len(measureFuncs)) {
			var got []float64
			if m.ofOne() {
				got = EachRaggedRow(nil, m, p, workers)
			} else {
				var err error
				if got, err = RaggedRowByRow(nil, m, p, q, workers); err != nil {
					t.Fatal(err)
				}
			}
			for i, x := range got {
				want := math.NaN()
				if !pNull[i] && (m.ofOne() || !qNull[i]) {
					want = measureOf(m, pRows[i], qRows[i])
				}
				if math.Float64bits(x) != math.Float64bits(want) {
					t.Errorf("%v, %d workers, row %d of %d: %x, want %x", m, workers, i, lengths[i], x, want)
				}
			}
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
		{nil, nil, 0, "relent: no offsets: there is one more than rows"},
		{[]int32{-1, 3}, nil, 0, "relent: row 0: offset -1 is negative"},
		{[]int32{0, 3, 2, 10}, nil, 0, "relent: row 1: offset 2 comes after 3"},
		{[]int32{0, 3, 11}, nil, 0, "relent: row 1: offset 11 is beyond the 10 values"},
		{[]int32{11}, nil, 0, "relent: row 0: offset 11 is beyond the 10 values"},
		{[]int32{0, 3, 10}, []byte{0}, 7, "relent: bits 7 up to 9 are not in a validity bitmap of 8"},
		{[]int32{0, 3, 10}, []byte{0}, -1, "relent: bits -1 up to 1 are not in a validity bitmap of 8"},
	} {
		_, err := NewRagged(values, c.offsets, c.valid, c.first)
		if got := fmt.Sprint(err); got != c.want && !(err == nil && c.want == "") {
			t.Errorf("%v: %v, want %v", c.offsets, got, c.want)
		}
	}
	p, _ := NewRagged(values, []int32{0, 2, 5, 10}, []byte{0b101}, 0)
	q, _ := NewRagged(values, []int32{0, 2, 3, 9}, nil, 0)
	dst := []float64{7, 7, 7}
	_, err := RaggedRowByRow(dst, KL, p, q, 1)
	if want := "relent: row 2: 5 values of p, 6 of q"; fmt.Sprint(err) != want || !slices.Equal(dst, []float64{7, 7, 7}) {
		t.Errorf("%v, want %v; dst is %v", err, want, dst)
	}
	expectPanic(t, "relent: EachRaggedRow: dst has 2 elements, for 3 rows", func() { EachRaggedRow(dst[:2], ShannonEntropy, p, 1) })
	expectPanic(t, "relent: EachRaggedRow: KullbackLeibler is a measure of two vectors, not of one", func() { EachRaggedRow(dst, KL, p, 1) })
	short, _ := NewRagged(values, []int32{0, 2}, nil, 0)
	expectPanic(t, "relent: RaggedRowByRow: p has 3 rows, q has 1", func() { RaggedRowByRow(dst, KL, p, short, 1) })
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

func TestSparseAndRaggedRowsDoNotAllocate(t *testing.T) {
	r := seed(t.Name())
	p, _, _ := raggedSample[float64, int32](t, r, raggedLengths(r))
	dst := make([]float64, p.Rows())
	s := sparseSample[float64, int32](t, r, 40, 300, 20)
	dense := randomDense[float64](r, 5, 300)
	many, wide, tall := NewMatrix[float64](40, 40), NewMatrix[float64](40, 5), NewMatrix[float64](5, 40)
	w := NewSparseWorkspace[float64](1).sized(300)
	list := make([]float64, 40)
	n := testing.AllocsPerRun(10, func() {
		EachRaggedRow(dst, ShannonEntropy, p, 1)
		RaggedRowByRow(dst, JS, p, p, 1)
		SparseRowByRow(list, JS, s, s, w)
		SparseManyToMany(many, KL, s, s, w)
		SparseToDense(wide, KL, s, dense, w)
		DenseToSparse(tall, KL, dense, s, w)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

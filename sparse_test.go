package relent

import (
	"encoding/binary"
	"fmt"
	"slices"
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

func TestSparse(t *testing.T) {
	t.Run("f64", sparse[float64, int32])
	t.Run("f32", sparse[float32, int64])
}

func sparse[F float, I Offset](t *testing.T) {
	r := seed(t.Name())
	for _, size := range [][3]int{{3, 1, 1}, {25, 40, 12}, {4, 3000, 2500}, {33, 200, 30}, {2, 0, 0}} {
		p, q := sparseSample[F, I](t, r, size[0], size[1], size[2]), sparseSample[F, I](t, r, size[0], size[1], size[2])
		dense := randomDense[F](r, 19, size[1])
		for _, workers := range []int{1, 3} {
			w := NewSparseWorkspace[F](workers)
			for m := range Measure(len(measureFuncs)) {
				if m.ofOne() {
					continue
				}
				list := SparseRowByRow(nil, m, p, q, w)
				table := SparseManyToMany(Matrix[float64]{}, m, p, q, w)
				toDense := SparseToDense(Matrix[float64]{}, m, p, dense, w)
				toSparse := DenseToSparse(Matrix[float64]{}, m, dense, q, w)
				what := fmt.Sprintf("%v of %v, %d workers", m, size, workers)
				for i := range p.Rows() {
					for j := range q.Rows() {
						x, y := compacted(p, i, q, j)
						agreeSparse(t, what, table.Row(i)[j], measureOf(m, x, y))
						if i == j {
							agreeSparse(t, what, list[i], measureOf(m, x, y))
						}
					}
					for j := range dense.Rows {
						agreeSparse(t, what+", dense q", toDense.Row(i)[j], measureOf(m, denseRow(p, i), dense.Row(j)))
						agreeSparse(t, what+", dense p", toSparse.Row(j)[i], measureOf(m, dense.Row(j), denseRow(q, i)))
					}
				}
			}
		}
	}
}

func agreeSparse(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !same(got, want) {
		t.Errorf("%s: %x, want %x", what, got, want)
	}
}

// Elements that are 0 on both sides contribute nothing to any measure, not even the sign of a zero.
func TestAbsentColumnsContributeNothing(t *testing.T) {
	for m := range Measure(len(measureFuncs)) {
		for n := 1; n <= 40; n++ {
			zeros := make([]float64, n)
			if got := measureOf(m, zeros, zeros); got != 0 && m != BhattacharyyaDistance {
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
	{4, nil, nil, 0, "relent: no offsets: there is one more than rows"},
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
	expectPanic(t, "relent: SparseRowByRow: p has 4 elements in a row, q has 5", func() { SparseRowByRow(nil, KL, p, q, nil) })
	expectPanic(t, "relent: SparseRowByRow: p has 1 rows, q has 2", func() { SparseRowByRow(nil, KL, p, two, nil) })
	expectPanic(t, "relent: SparseRowByRow: dst has 2 elements, for 1 rows", func() { SparseRowByRow(make([]float64, 2), KL, p, p, nil) })
	expectPanic(t, "relent: SparseManyToMany: dst is 2×2, the result 1×2", func() { SparseManyToMany(NewMatrix[float64](2, 2), KL, p, two, nil) })
	expectPanic(t, "relent: SparseToDense: p has 4 elements in a row, q has 5", func() {
		SparseToDense(Matrix[float64]{}, KL, p, NewMatrix[float64](1, 5), nil)
	})
	expectPanic(t, "relent: DenseToSparse: p has 5 elements in a row, q has 4", func() {
		DenseToSparse(Matrix[float64]{}, KL, NewMatrix[float64](1, 5), p, nil)
	})
	expectPanic(t, "relent: SparseRowByRow: Entropy is a measure of one vector, not of two", func() {
		SparseRowByRow(nil, ShannonEntropy, p, p, nil)
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
			SparseManyToMany(Matrix[float64]{}, JS, s, s, nil)
			SparseToDense(Matrix[float64]{}, JS, s, NewMatrix[float64](2, int(cols)), nil)
		}
	})
}

// isCSR says it another way: every row's columns are its own sorted set of numbers below cols.
func isCSR(cols int, offsets, columns []int32, values int) bool {
	if cols < 0 || len(columns) != values || len(offsets) == 0 || !slices.IsSorted(offsets) ||
		offsets[0] < 0 || int(offsets[len(offsets)-1]) > values {
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

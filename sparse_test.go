package relent

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
)

// Rows of many columns and few entries, or all in one stretch, have the bits of dense ones, for every measure.
func TestSparseOfManyColumns(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", sparseOfManyColumns[float64, int32])
		t.Run("f32", sparseOfManyColumns[float32, int64])
	})
}

func sparseOfManyColumns[F float, I Offset](t *testing.T) {
	r := seed(t.Name())
	for range short(60) {
		cols := []int{100, 500, chunk, 2*chunk - 3, 5*chunk + 1, 9*chunk + 700}[r.below(6)]
		p, q := scattered[F](r, cols), scattered[F](r, cols)
		rows, others := sparseOf[F, I](t, r, p), sparseOf[F, I](t, r, q)
		for _, m := range measuresOfTwo() {
			table := ManyToMany(Matrix[float64]{}, m, rows, others)
			for i := range p.Rows {
				for j := range q.Rows {
					if x, want := table.Row(i)[j], Between(m, p.Row(i), q.Row(j)); !same(x, want) {
						t.Fatalf("%v of rows %d and %d of %d: %x, of the dense rows %x", m, i, j, cols, x, want)
					}
				}
			}
		}
	}
}

// scattered are rows of elements that are not 0: a few of them, anywhere, in a stretch or at distances that are multiples of a number,
// or all of the columns, or of every other block of 2·lanes of them: what remains without the zeros of both has none.
func scattered[F float](r *rng, cols int) Matrix[F] {
	x, kinds := NewMatrix[F](4, cols), families[F]()
	for i := range x.Rows {
		from, step := r.below(cols), []int{1, lanes, 7, chunk, chunk - 1, 2 * lanes}[r.below(6)]
		kind := kinds[r.below(2)*r.below(len(kinds))]
		for k := range []int{1, 10, 100, 1500}[r.below(4)] {
			at := (from + k*step) % cols
			if step == 7 {
				at = r.below(cols)
			}
			x.Row(i)[at], _ = kind.pair(r)
		}
		if r.below(3) > 0 {
			continue
		}
		every := r.below(4)
		for j := range cols {
			if x.Row(i)[j], _ = kind.pair(r); j/(2*lanes)%2 == every {
				x.Row(i)[j] = 0
			}
		}
	}
	return x
}

// Calls at the same time may share scratch memory, whatever their rows.
func TestScratchIsSafeForConcurrentUse(t *testing.T) {
	r, kept := seed(t.Name()), new(Scratch)
	var all sync.WaitGroup
	for _, cols := range []int{20, 200, 2000} {
		p, q := thinMatrices[float64](r, 20, cols)
		e, x, y := expect(MeasureTotalVariation, p, q), kindsOf(t, r, p), kindsOf(t, r, q)
		for _, c := range slices.Concat(callsOfPair(x.sparse, y.widerSparse), callsOfPair(x.sparse, y.dense), callsOfPair(x.ragged, y.sparse)) {
			all.Add(1)
			go func() {
				defer all.Done()
				for range 20 {
					c.check(t, "at the same time", &Run{Workers: 2, Scratch: kept}, MeasureTotalVariation, e)
				}
			}()
		}
	}
	all.Wait()
}

// Elements that are 0 on both sides contribute nothing to any measure, not even to the last bit, of elements of any size and by any
// path of a kernel: this is why sparse rows have the bits of dense ones.
func TestAbsentColumnsContributeNothing(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", absentColumns[float64])
		t.Run("f32", absentColumns[float32])
	})
}

func absentColumns[F float](t *testing.T) {
	r := seed(t.Name())
	least, most := exponents[F]()
	for e := least - 20; e < most; e += 1 + r.below(max(1, (most-least)/short(2000))) {
		for _, other := range []func(x F) F{
			func(x F) F { return F(math.Ldexp(1+unit[float64](r), e)) },
			func(x F) F { return F(math.Ldexp(1+unit[float64](r), max(least-20, e-r.below(60)))) },
			func(x F) F { return step(x, r.around(3)) },
			func(x F) F { return step(x, r.around(12)) },
			func(x F) F { return x * F(r.below(2)) },
		} {
			var p, q, dense, denseOther []F
			for range 1 + r.below(10) {
				for range 2 * lanes {
					x := F(math.Ldexp(1+unit[float64](r), e))
					y := other(x)
					if r.below(2) == 0 {
						x, y = y, x
					}
					p, q = append(p, x), append(q, y)
				}
				n := len(p) - 2*lanes
				dense = append(append(dense, p[n:]...), make([]F, 2*lanes)...)
				denseOther = append(append(denseOther, q[n:]...), make([]F, 2*lanes)...)
			}
			for _, m := range allMeasures() {
				if got, want := measureOf(m, dense, denseOther), measureOf(m, p, q); !same(got, want) {
					t.Errorf("%v of %d elements near 2**%d: %x, with as many zeros %x", m, len(p), e, want, got)
				}
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
}

// Zeros that are not stored are zeros, also where there is nothing else.
func TestSparseRowsWithoutEntries(t *testing.T) {
	for _, cols := range []int{1, 17, chunk, chunk + 1, 3 * chunk} {
		none, err := NewSparse(cols, []int32{0, 0}, nil, []float64{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range measuresOfTwo() {
			want := 0.0
			if m == MeasureBhattacharyya {
				want = inf
			}
			if got := RowByRow(nil, m, none, none); got[0] != want || math.Signbit(got[0]) {
				t.Errorf("%v of %d columns: %v", m, cols, got)
			}
		}
	}
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
		if err != nil || cols > 3*chunk {
			return
		}
		dense := NewMatrix[float64](s.Rows(), int(cols))
		for i := range s.Rows() {
			columns, values := s.Row(i)
			for k, c := range columns {
				dense.Row(i)[c] = values[k]
			}
		}
		for _, m := range []Measure{MeasureJensenShannon, MeasureJeffreys, MeasureKullbackLeibler.Reversed(), MeasureBhattacharyya} {
			want := ManyToMany(Matrix[float64]{}, m, dense, dense).Data
			for name, got := range map[string]Matrix[float64]{
				"sparse and dense": ManyToMany(Matrix[float64]{}, m, s, dense), "sparse and sparse": ManyToMany(Matrix[float64]{}, m, s, s),
				"all pairs": AllPairs(Matrix[float64]{}, m, s),
			} {
				if at := differing(got.Data, want); at >= 0 {
					t.Fatalf("%v %v: result %d of %v, %s, is %x, of the dense rows %x", cols, numbers, at, m, name, got.Data[at], want[at])
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

package relent

import (
	"math"
	"testing"
)

// A measure that a float64 can hold comes out, whatever it is made of, from every shape of data with the same bits.
func TestResultsThatFit(t *testing.T) {
	most := math.MaxFloat64
	if got, want := ChiSquare([]float64{0x1p-50}, []float64{0x1p-1074}), 0x1p974; got != want {
		t.Errorf("ChiSquare: %x, want %x", got, want)
	}
	if got := ChiSquare([]float64{0x1p-50}, []float64{0}); got != inf {
		t.Errorf("ChiSquare beside 0: %x", got)
	}
	eachISA(t, func(t *testing.T) {
		for _, n := range []int{1, 3, 40, chunk + 3, 3*chunk + 1} {
			p, q := make([]float64, n), make([]float64, n)
			for i := range p {
				p[i], q[i] = most/float64(1+i%3), most*float64(i%2)/2
			}
			for _, m := range allMeasures() {
				if m.outgrows() && (n == 1 || m.traits().degree != 1) { // else the measure is too large, too
					fits(t, m, p, q)
				}
			}
		}
		fits(t, MeasureTotalVariation, []float64{most, most, 0}, []float64{0, 0, 1})
		fits(t, MeasureJensenShannon, []float64{most, most}, []float64{0, most})
	})
}

func fits(t *testing.T, m Measure, p, q []float64) {
	const down = 0x1p-200
	smaller := func(x []float64) []float64 {
		y := make([]float64, len(x))
		for i := range x {
			y[i] = x[i] * down
		}
		return y
	}
	want := Between(m, smaller(p), smaller(q))
	if m == MeasureBhattacharyya {
		want += math.Log(down)
	} else {
		want *= math.Pow(1/down, m.traits().degree)
	}
	got := Between(m, p, q)
	if got != want && !(math.Abs(got-want) <= 0x1p-49*math.Abs(want)) {
		t.Errorf("%v of %d: %v, want %v", m, len(p), got, want)
	}
	rows := Matrix[float64]{2, len(p), append(append([]float64(nil), q...), q...), len(p)}
	s := NewStream[float64](m)
	s.Add(p, q)
	sparse, err := NewSparse(len(p), []int32{0, int32(len(p)), 2 * int32(len(p))}, append(indices[int32](len(p)), indices[int32](len(p))...), rows.Data)
	if err != nil {
		t.Fatal(err)
	}
	first, err := NewSparse(len(p), []int64{0, int64(len(p))}, indices[int64](len(p)), p)
	if err != nil {
		t.Fatal(err)
	}
	table, err := RunManyToMany(Run{Workers: 2}, Matrix[float64]{}, m, rows.Slice(0, 1), rows)
	if err != nil || table.Data[1] != Between(m, q, q) {
		t.Errorf("%v of equal rows: %v, %v", m, table.Data, err)
	}
	for name, x := range map[string]float64{
		"Measures":     Measures(nil, []Measure{m}, p, q)[0],
		"all Measures": Measures(nil, append(allMeasures(), m), p, q)[len(allMeasures())],
		"dense rows":   RowByRow(nil, m, Vector[float64](p), rows)[1],
		"sparse rows":  RowByRow(nil, m, Vector[float64](p), sparse)[1],
		"two sparse":   ManyToMany(Matrix[float64]{}, m.Reversed(), sparse, first).Data[1],
		"Stream":       s.Value(),
	} {
		if math.Float64bits(x) != math.Float64bits(got) {
			t.Errorf("%s of %v of %d: %v, not %v", name, m, len(p), x, got)
		}
	}
}

func indices[I Offset](n int) (list []I) {
	for i := range n {
		list = append(list, I(i))
	}
	return list
}

// The divergences of normal distributions are halves of sums.
func TestNormalsThatFit(t *testing.T) {
	for _, c := range []struct{ got, want float64 }{
		{standardNormalDivergence([]float64{1.8e154, 0}, []float64{0, 0}), 1.62e308},
		{standardNormalDivergence([]float64{0}, []float64{710}), math.Exp(709) * (math.E / 2)},
		{diagonalNormalDivergence([]float64{1.8e154}, []float64{0}, []float64{0}, []float64{0}), 1.62e308},
		{diagonalNormalDivergence([]float64{0}, []float64{700}, []float64{0}, []float64{-10}), math.Exp(709) * (math.E / 2)},
		{diagonalNormalDivergence([]float64{1.8e134}, []float64{0}, []float64{0}, []float64{-40 * math.Ln10}), inf},
	} {
		if c.got != c.want && !(math.Abs(c.got-c.want) <= 1e-12*c.want) {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
}

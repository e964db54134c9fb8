package relent

import (
	"fmt"
	"testing"
)

// Factors together give what each gives, to the bit: diagonal ones, which rows are transposed once for, and others.
func TestTogether(t *testing.T) {
	for _, kinds := range [][]string{{"NewDiagonalFactor"}, {"NewFactor"}, {"NewDiagonalFactor", "NewPrecisionFactor", "NewFactor"}} {
		t.Run(fmt.Sprint(kinds), func(t *testing.T) {
			t.Run("f64", func(t *testing.T) { together[float64](t, kinds) })
			t.Run("f32", func(t *testing.T) { together[float32](t, kinds) })
		})
	}
}

func together[F float](t *testing.T, kinds []string) {
	r := seed(t.Name())
	dims, counts, sizes := []int{1, 2, 3, 4, 7, 8, 13, 16, 17, 31, 32, 33, 64, 67}, []int{1, 2, 3, 5, 8}, []int{0, 1, 2, 7, 8, 9, 71, 191, 192, 193, 401}
	if testing.Short() {
		dims, counts, sizes = []int{1, 4, 17, 33}, []int{1, 3}, []int{1, 2, 8, 193}
	}
	for _, d := range dims {
		for _, count := range counts {
			var factors []*Factor[F]
			for k := range count {
				factors = append(factors, ordinary[F](t, r, kinds[k%len(kinds)], d).factor)
			}
			x := filled(r, sizes[len(sizes)-1], d, balanced[F])
			x.Row(7)[r.below(d)] = F(nan)
			x.Row(50)[r.below(d)] = F(inf)
			x.Row(70)[r.below(d)] = mostFinite[F]()
			eachISA(t, func(t *testing.T) { requireTogether(t, factors, x, sizes) })
		}
	}
}

// requireTogether compares the first rows, so many at a time, with what each factor gives them all.
func requireTogether[F float](t *testing.T, factors []*Factor[F], x Matrix[F], sizes []int) {
	t.Helper()
	norms, all := logNorms[F](len(factors)), Together(factors...)
	squares, densities := make([][]F, len(factors)), make([][]F, len(factors))
	for k, f := range factors {
		squares[k], densities[k] = must(f.SqMahalanobis(nil, x, Run{})), must(f.LogDensity(nil, x, norms[k], Run{}))
	}
	for i, rows := range sizes {
		x, run := x.Slice(0, rows), Run{Workers: i % 3}
		gotSquares := requireGaps(must(all.SqMahalanobis(newResults[F](len(factors), rows), x, run)))
		gotDensities := requireGaps(must(all.LogDensity(newResults[F](len(factors), rows), x, norms, run)))
		for k := range factors {
			what := fmt.Sprintf("d = %d, factor %d of %d, %d rows", x.Cols, k, len(factors), rows)
			requireEqualRow(t, "distances, "+what, gotSquares.Row(k), squares[k][:rows])
			requireEqualRow(t, "densities, "+what, gotDensities.Row(k), densities[k][:rows])
		}
	}
	for i := range min(x.Rows, 100) {
		requireEqualRow(t, fmt.Sprintf("one row of %d columns", x.Cols), []F{factors[0].SqMahalanobisOne(x.Row(i))}, squares[0][i:i+1])
	}
}

func requireEqualRow[F float](t *testing.T, what string, got, want []F) {
	t.Helper()
	if at := differing(got, want); at >= 0 {
		t.Fatalf("%s: element %d is %x, want %x", what, at, got[at], want[at])
	}
}

// A row alone has the distances from centers that it has among others.
func TestCentersOfOneRow(t *testing.T) {
	t.Run("f64", centersOfOneRow[float64])
	t.Run("f32", centersOfOneRow[float32])
}

func centersOfOneRow[F float](t *testing.T) {
	r := seed(t.Name())
	for _, constructor := range constructors {
		for _, d := range []int{1, 2, 5, 8, 9, 16, 17, 33, 64, 65, 100} {
			if testing.Short() && d > 33 {
				continue
			}
			m := ordinary[F](t, r, constructor, d)
			x := filled(r, 30, d, balanced[F])
			x.Row(7)[r.below(d)] = F(nan)
			x.Row(20)[r.below(d)] = F(inf)
			x.Row(27)[r.below(d)] = mostFinite[F]()
			norms := logNorms[F](m.packed.Len())
			eachISA(t, func(t *testing.T) {
				want := transposed(must(m.packed.LogDensity(Matrix[F]{}, x, norms, Run{})))
				for i := range x.Rows {
					got := transposed(must(m.packed.LogDensity(Matrix[F]{}, x.Slice(i, i+1), norms, Run{})))
					requireEqualRow(t, fmt.Sprintf("%s, d = %d, row %d", constructor, d, i), got.Row(0), want.Row(i))
				}
			})
		}
	}
}

func TestTogetherPanics(t *testing.T) {
	two, _ := NewDiagonalFactor([]float64{0, 0}, []float64{1, 1})
	three, _ := NewDiagonalFactor([]float64{0, 0, 0}, []float64{1, 1, 1})
	requirePanicParts(t, func() { Together(two, three) }, "Together:", "factor 1", "3 columns", "2")
	requirePanicParts(t, func() { Together[float64]() }, "Together:", "no factors")
	requirePanicParts(t, func() { two.SqMahalanobisOne(make([]float64, 3)) }, "SqMahalanobisOne:", "3", "2 columns")
}

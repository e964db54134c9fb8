package relent

import (
	"fmt"
	"slices"
	"testing"
)

// Rows that are computed one by one have the bits that they have among others, in tiles.
func TestMahalanobisOfFewRows(t *testing.T) {
	for _, constructor := range constructors {
		t.Run(constructor, func(t *testing.T) {
			t.Run("f64", func(t *testing.T) { fewRows[float64](t, constructor) })
			t.Run("f32", func(t *testing.T) { fewRows[float32](t, constructor) })
		})
	}
}

func fewRows[F float](t *testing.T, constructor string) {
	r := seed(t.Name())
	for _, d := range []int{1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 80, 129} {
		m := ordinary[F](t, r, constructor, d)
		x := filled(r, 100, d, balanced[F]) // whole tiles of them, and a rest
		x.Row(7)[r.below(d)] = F(nan)
		x.Row(50)[r.below(d)] = F(inf)
		x.Row(70)[r.below(d)] = mostFinite[F]()
		eachISA(t, func(t *testing.T) {
			for name, compute := range map[string]func(dst []F, x Matrix[F]) ([]F, error){
				"SqMahalanobis": func(dst []F, x Matrix[F]) ([]F, error) { return m.factor.SqMahalanobis(dst, x, Run{}) },
				"Mahalanobis":   func(dst []F, x Matrix[F]) ([]F, error) { return m.factor.Mahalanobis(dst, x, Run{}) },
				"LogDensity":    func(dst []F, x Matrix[F]) ([]F, error) { return m.factor.LogDensity(dst, x, 1, Run{}) },
			} {
				want, _ := compute(nil, x)
				for few := 1; few <= 4; few++ {
					for from := 0; from < x.Rows; from += few {
						to := min(from+few, x.Rows)
						got, _ := compute(nil, x.Slice(from, to))
						if at := differing(got, want[from:to]); at >= 0 {
							t.Fatalf("%s, d = %d: row %d of rows %d to %d is %x, among all %x", name, d, from+at, from, to, got[at], want[from+at])
						}
					}
				}
			}
		})
	}
}

// Both ways are taken: rows one by one where they are few and short, and by tiles elsewhere.
func TestFewRows(t *testing.T) {
	r := seed(t.Name())
	var taken []string
	for _, constructor := range constructors {
		for _, d := range []int{2, 8, 64, 65, 1025} {
			f := ordinary[float64](t, r, constructor, d).factor
			most := 0
			for rows := 1; rows <= 1000 && f.few(rows); rows++ {
				most = rows
			}
			taken = append(taken, fmt.Sprintf("%s %d: %d", constructor, d, most))
		}
	}
	want := []string{
		"NewFactor 2: 4", "NewFactor 8: 2", "NewFactor 64: 2", "NewFactor 65: 2", "NewFactor 1025: 0",
		"NewPrecisionFactor 2: 4", "NewPrecisionFactor 8: 2", "NewPrecisionFactor 64: 0", "NewPrecisionFactor 65: 0", "NewPrecisionFactor 1025: 0",
		"NewDiagonalFactor 2: 4", "NewDiagonalFactor 8: 4", "NewDiagonalFactor 64: 1", "NewDiagonalFactor 65: 0", "NewDiagonalFactor 1025: 0",
	}
	if !slices.Equal(taken, want) {
		t.Errorf("at most so many rows are computed one by one:\n%q, not\n%q", taken, want)
	}
}

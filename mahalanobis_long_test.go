package relent

import (
	"fmt"
	"math/big"
	"testing"
)

// The documented bound holds for every number of columns: rows that are all one number, where every rounding goes the same way,
// and others.
func TestLongRows(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", func(t *testing.T) { longRows[float64](t, 2e-15) })
		t.Run("f32", func(t *testing.T) { longRows[float32](t, 1e-6) })
	})
}

func longRows[F float](t *testing.T, bound float64) {
	lengths := []int{280, 1000, longRow + 3, 3*longRow + 1, 100_000}
	if deep() && isa != generic {
		lengths = append(lengths, 1_000_000)
	}
	r := seed(t.Name())
	for _, d := range lengths {
		x := NewMatrix[F](3, d)
		for i := range d {
			x.Row(0)[i], x.Row(1)[i], x.Row(2)[i] = 1.1, 1.491, balanced[F](r)
		}
		mean, deviation := make([]F, d), make([]F, d)
		for i := range d {
			deviation[i] = 1
		}
		diagonal, err := NewDiagonalFactor(mean, deviation)
		if err != nil {
			t.Fatal(err)
		}
		requireSquares(t, fmt.Sprintf("diagonal, d = %d", d), must(diagonal.SqMahalanobis(nil, x, Run{})), x, bound)
		if d > 1000 {
			continue
		}
		full, err := NewFactor(mean, identity[F](d))
		if err != nil {
			t.Fatal(err)
		}
		requireSquares(t, fmt.Sprintf("full, d = %d", d), must(full.SqMahalanobis(nil, x, Run{})), x, bound)
		precision, err := NewPrecisionFactor(mean, identity[F](d))
		if err != nil {
			t.Fatal(err)
		}
		requireSquares(t, fmt.Sprintf("precision, d = %d", d), must(precision.SqMahalanobis(nil, x, Run{})), x, bound)
		centers := full.Centers(NewMatrix[F](1, d))
		centersBound := (float64(d)/32 + 36) * unitRoundoff[F]()
		requireSquares(t, fmt.Sprintf("centers, d = %d", d), must(centers.SqMahalanobis(Matrix[F]{}, x, Run{})).Row(0), x, centersBound)
	}
}

// requireSquares wants the sums of the squares of the rows.
func requireSquares[F float](t *testing.T, what string, got []F, x Matrix[F], bound float64) {
	t.Helper()
	for i, d := range got {
		sum := new(big.Float).SetPrec(200)
		for _, v := range x.Row(i) {
			square := new(big.Float).SetPrec(200).SetFloat64(float64(v))
			sum.Add(sum, square.Mul(square, square))
		}
		if e := relativeTo(float64(d), sum); !(e <= bound) {
			t.Errorf("%s, row %d: %v, relative error %.3g", what, i, d, e)
		}
	}
}

package relent

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"
)

// Rows divided by their sums, each element with an error of two roundings, of sums of any size; into dst and in place.
func TestNormalize(t *testing.T) {
	t.Run("f64", normalize[float64])
	t.Run("f32", normalize[float32])
}

func normalize[F float](t *testing.T) {
	r := seed(t.Name())
	least, most := exponents[F]()
	for _, n := range []int{1, 17, chunk + 5, 3 * chunk} {
		for _, middle := range []int{least + 60, 0, most - 20} {
			x := Matrix[F]{3, n, make([]F, 3*(n+2)), n + 2}
			for i := range x.Data {
				x.Data[i] = wide[F](r, middle-5, middle+5)
			}
			x.Row(1)[n/2] = F(r.below(2)) * x.Row(1)[n/2] // perhaps 0
			if n == 1 {
				x.Row(1)[0] = 1
			}
			got, err := Normalize(Matrix[F]{}, x)
			if err != nil {
				t.Fatal(err)
			}
			for i := range x.Rows {
				total := number(0)
				for _, v := range x.Row(i) {
					total = add(total, number(float64(v)))
				}
				for j, v := range x.Row(i) {
					want := quo(number(float64(v)), total)
					ulp := math.Ldexp(1, -mantissaBits[F]())
					bound := add(mul(want, number(ulp+(float64(min(n, chunk))/lanes+4)*0x1p-53)), number(leastUnit[F]()))
					if abs(new(big.Float).Sub(number(float64(got.Row(i)[j])), want)).Cmp(bound) > 0 {
						t.Fatalf("%d of %d near 2**%d: %v, want %v", j, n, middle, got.Row(i)[j], want)
					}
				}
			}
			if err := ValidateDistribution(got, 0x1p-20); err != nil {
				t.Error(err)
			}
			if in, err := Normalize(x, x); err != nil || &in.Data[0] != &x.Data[0] || differing(in.Row(2), got.Row(2)) >= 0 {
				t.Errorf("in place: %v", err)
			}
			if allocations := testing.AllocsPerRun(10, func() { Normalize(got, x); ValidateDistribution(x, 1) }); allocations != 0 && !racing {
				t.Errorf("%v allocations", allocations)
			}
		}
	}
}

// What is no distribution is told by row, and dst stays as it is.
func TestDistributionErrors(t *testing.T) {
	for _, c := range []struct {
		row                   []float64
		normalize, validation string // "" where there is no error
	}{
		{[]float64{0.5, 0.5, 0}, "", ""},
		{[]float64{0.5, 0.25, 0.125}, "", "relent: row 1 sums to 0.875"},
		{[]float64{0, 0, minusZero}, "relent: row 1 sums to 0", "relent: row 1 sums to 0"},
		{[]float64{-1, 2, 0}, "relent: row 1: element 0 is negative: -1", "relent: row 1: element 0 is negative: -1"},
		{[]float64{0, 1, nan}, "relent: row 1: element 2 is NaN: NaN", "relent: row 1: element 2 is NaN: NaN"},
		{[]float64{0, inf, 1}, "relent: row 1: element 1 is infinite: +Inf", "relent: row 1: element 1 is infinite: +Inf"},
	} {
		x := NewMatrix(2, 3, append([]float64{1, 0, 0}, c.row...)...)
		dst := NewMatrix[float64](2, 3)
		_, err := Normalize(dst, x)
		requireDistributionError(t, err, c.normalize)
		if err != nil && dst.Data[0] != 0 {
			t.Errorf("%v: dst is %v", c.row, dst.Data)
		}
		requireDistributionError(t, ValidateDistribution(x, 1e-9), c.validation)
	}
	var element *InvalidValueError
	if err := ValidateDistribution(NewMatrix(1, 2, -1.0, 1), 5); !errors.As(err, &element) || element.Index != 0 {
		t.Errorf("a negative element: %v", err)
	}
	if got := message(func() { ValidateDistribution(NewMatrix(1, 1, 1.0), nan) }); got != "relent: ValidateDistribution: the tolerance is NaN" {
		t.Error(got)
	}
	if got := message(func() { Normalize(NewMatrix[float64](1, 2), NewMatrix(2, 1, 1.0, 1)) }); got != "relent: Normalize: dst is 1×2, the result 2×1" {
		t.Error(got)
	}
}

func requireDistributionError(t *testing.T, err error, want string) {
	t.Helper()
	var row *DistributionError
	if got := fmt.Sprint(err); want == "" && err != nil || want != "" && (got != want || !errors.As(err, &row) || row.Row != 1) {
		t.Errorf("%v, want %q", err, want)
	}
}

// Rows of nothing sum to 0, however many they are, and are looked at once.
func TestManyRowsOfNothing(t *testing.T) {
	if err := ValidateDistribution(Matrix[float64]{Rows: math.MaxInt}, 1); err != nil {
		t.Error(err)
	}
	var e *DistributionError
	if err := ValidateDistribution(Matrix[float64]{Rows: math.MaxInt}, 0.5); !errors.As(err, &e) || e.Row != 0 || e.Sum != 0 {
		t.Error(err)
	}
}

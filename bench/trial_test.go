package main

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

func smallDataset() dataset {
	return dataset{name: "small", labels: []int{0, 1, 1, 1, 1, 0, 0}, rows: [][]float64{
		{1, 10}, {2, 30}, {3, 99}, {4, 20}, {5, 20}, {6, 99}, {7, 40},
	}}
}

func TestTrialHoldsOutEveryThird(t *testing.T) {
	trial := newTrial(smallDataset(), false)
	if want := []float64{3, 99, 6, 99}; !slices.Equal(trial.heldOut.Data, want) || trial.heldOut.Rows != 2 {
		t.Errorf("held out %v, want %v", trial.heldOut, want)
	}
	if want := []int{1, 0}; !slices.Equal(trial.labels, want) {
		t.Errorf("labels %v, want %v", trial.labels, want)
	}
	if want := []float64{1, 10, 7, 40}; !slices.Equal(trial.fit[0].Data, want) || trial.fit[0].Rows != 2 {
		t.Errorf("class 0 is fitted to %v, want %v", trial.fit[0], want)
	}
	if got := trial.priors(); !slices.Equal(got, []float64{2. / 5, 3. / 5}) {
		t.Errorf("priors %v", got)
	}
	if got := trial.accuracy([]int{1, 1}); got != 0.5 {
		t.Errorf("accuracy %v, want 0.5", got)
	}
}

func TestTrialStandardisesByTheRowsToFit(t *testing.T) {
	trial := newTrial(smallDataset(), true)
	for k := range 2 {
		var column []float64
		for _, x := range trial.fit {
			for i := range x.Rows {
				column = append(column, x.Row(i)[k])
			}
		}
		squares := 0.0
		for _, v := range column {
			squares += v * v
		}
		if math.Abs(sum(column)) > 1e-14 || math.Abs(squares-4) > 1e-14 {
			t.Errorf("column %d: sum %v, squares %v, want 0 and 4", k, sum(column), squares)
		}
	}
	// 99 has a distance of 75 from the mean 24; the standard deviation is √130.
	if got := trial.heldOut.Row(0)[1]; math.Abs(got-75/math.Sqrt(130)) > 1e-14 {
		t.Errorf("held out %v, want %v", got, 75/math.Sqrt(130))
	}
}

func TestClassifier(t *testing.T) {
	constant := func(v float64) scorer[float64] {
		return func(dst []float64, x relent.Matrix[float64]) {
			for i := range dst {
				dst[i] = v * x.Row(i)[0]
			}
		}
	}
	c := newClassifier([]scorer[float64]{constant(1), constant(2), constant(-1)}, []float64{0, -3, 0}, 4)
	got := make([]int, 4)
	c.predict(got, relent.Matrix[float64]{Rows: 4, Cols: 1, Stride: 1, Data: []float64{1, 4, -1, 3}})
	if want := []int{0, 1, 2, 0}; !slices.Equal(got, want) {
		t.Errorf("classes %v, want %v", got, want)
	}
}

// TestShrunk compares with the definition in rational numbers: the squared distance of the covariance from the average
// variance times the identity, and the mean squared distance of the rows' outer products from the covariance.
func TestShrunk(t *testing.T) {
	x := mat.NewDense(5, 3, []float64{1, 2, 0, 3, 1, 0, 4, 4, 0, 2, 9, 0, 0, 4, 0})
	mean, sigma := shrunk(x)
	if want := []float64{2, 4, 0}; !slices.Equal(mean, want) {
		t.Fatalf("mean %v, want %v", mean, want)
	}
	want, shrinkage := shrunkInRationals(x, mean)
	if !(shrinkage > 0.1 && shrinkage < 0.9) {
		t.Fatalf("shrinkage %v tests nothing", shrinkage)
	}
	for i := range 3 {
		for k := range 3 {
			if got := sigma.At(i, k); math.Abs(got-want[i][k]) > 1e-14 {
				t.Errorf("covariance (%d, %d) is %v, want %v", i, k, got, want[i][k])
			}
		}
	}
}

func shrunkInRationals(x *mat.Dense, mean []float64) (sigma [3][3]float64, shrinkage float64) {
	n, d := x.Dims()
	number := func(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }
	times := func(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }
	minus := func(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
	outer := func(r, i, k int) *big.Rat { return number((x.At(r, i) - mean[i]) * (x.At(r, k) - mean[k])) }
	share := big.NewRat(1, int64(n))

	var s [3][3]*big.Rat
	average := new(big.Rat)
	for i := range d {
		for k := range d {
			s[i][k] = new(big.Rat)
			for r := range n {
				s[i][k].Add(s[i][k], times(share, outer(r, i, k)))
			}
		}
		average.Add(average, times(big.NewRat(1, int64(d)), s[i][i]))
	}
	distance, spread := new(big.Rat), new(big.Rat)
	for i := range d {
		for k := range d {
			gap := s[i][k]
			if i == k {
				gap = minus(gap, average)
			}
			distance.Add(distance, times(gap, gap))
			for r := range n {
				gap := minus(outer(r, i, k), s[i][k])
				spread.Add(spread, times(times(share, share), times(gap, gap)))
			}
		}
	}
	weight := new(big.Rat).Quo(spread, distance)
	shrinkage, _ = weight.Float64()
	for i := range d {
		for k := range d {
			v := times(minus(number(1), weight), s[i][k])
			if i == k {
				v.Add(v, times(weight, average))
			}
			sigma[i][k], _ = v.Float64()
		}
	}
	return sigma, shrinkage
}

func TestAUC(t *testing.T) {
	odd := func(i int) bool { return i < 2 }
	for _, c := range []struct {
		scores []float32
		want   float64
	}{
		{[]float32{1, 2, 3, 4}, 1},
		{[]float32{3, 4, 1, 2}, 0},
		{[]float32{1, 3, 2, 4}, 0.75},
		{[]float32{1, 2, 2, 3}, 0.875},
	} {
		if got := auc(c.scores, odd); got != c.want {
			t.Errorf("%v: %v, want %v", c.scores, got, c.want)
		}
	}
}

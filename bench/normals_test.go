package main

import (
	"math"
	"testing"

	"github.com/relent-go/relent"
)

// handModel is a model whose distances are by hand: L = [2 0; 3 4], mean (1, -1), x = (5, 9): z = (2, (10 - 3·2)/4) = (2, 1) for its first row.
func handModel() model[float64] {
	return model[float64]{
		mean:  []float64{1, -1},
		lower: relent.Matrix[float64]{Rows: 2, Cols: 2, Stride: 2, Data: []float64{2, 0, 3, 4}},
		rows:  relent.Matrix[float64]{Rows: 3, Cols: 2, Stride: 2, Data: []float64{5, 9, 1, -1, 3, -1 + 3}},
	}
}

var handDistances = []float64{5, 0, 1}

func TestDistancesByHand(t *testing.T) {
	m := handModel()
	for name, f := range distanceScorers(m) {
		got := make([]float64, m.rows.Rows)
		f(got, m.rows)
		for i, want := range handDistances {
			if !(math.Abs(got[i]-want) <= 1e-14*(1+want)) {
				t.Errorf("%s: row %d: %v, want %v", name, i, got[i], want)
			}
		}
	}
}

// distanceScorers are all ways to the squared distances for float64.
func distanceScorers(m model[float64]) map[string]scorer[float64] {
	logNorm := gonumLogNorm(m)
	all := map[string]scorer[float64]{
		"relent":  sqMahalanobis(m.factor(), 1),
		"workers": sqMahalanobis(m.factor(), 2),
		"LogProb": after(gonumLogProb(m), func(x float64) float64 { return 2 * (logNorm - x) }),
		"gonum":   after(gonumMahalanobis(m), func(x float64) float64 { return x * x }),
	}
	for _, p := range trsmPrograms() {
		all[p.String()] = p.scorer(m)
	}
	return all
}

// gonumLogNorm is the log density at the mean.
func gonumLogNorm(m model[float64]) float64 {
	sum := -float64(m.dim()) / 2 * math.Log(2*math.Pi)
	for i := range m.dim() {
		sum -= math.Log(m.lower.Row(i)[i])
	}
	return sum
}

func after(f scorer[float64], g func(float64) float64) scorer[float64] {
	return func(dst []float64, x relent.Matrix[float64]) {
		f(dst, x)
		for i, v := range dst {
			dst[i] = g(v)
		}
	}
}

func TestDistancesAgree(t *testing.T) {
	for _, d := range []int{1, 2, 3, 8, 33, 64} {
		// More rows than the largest chunk, and not a multiple of any.
		m := newModel[float64](d, 1030)
		want := make([]float64, m.rows.Rows)
		gonumMahalanobis(m)(want, m.rows)
		for name, f := range distanceScorers(m) {
			got := make([]float64, m.rows.Rows)
			f(got, m.rows)
			for i := range got {
				if want := want[i] * want[i]; !(math.Abs(got[i]-want) <= 1e-12*(want+float64(d))) {
					t.Fatalf("d = %d: %s: row %d: %v, want %v", d, name, i, got[i], want)
				}
			}
		}
		narrow := newModel[float32](d, 1030)
		distances, _ := narrow.factor().SqMahalanobis(nil, narrow.rows, relent.Run{})
		for i, got := range distances {
			if want := want[i] * want[i]; !(math.Abs(float64(got)-want) <= 1e-5*(want+float64(d))) {
				t.Fatalf("d = %d: float32: row %d: %v, want %v", d, i, got, want)
			}
		}
	}
}

func TestDiagonalAgrees(t *testing.T) {
	for _, d := range []int{1, 2, 8, 33} {
		m := newModel[float64](d, 77)
		want := make([]float64, m.rows.Rows)
		naiveDiagonal(m.mean, m.deviations())(want, m.rows)
		distances, _ := m.diagonal().SqMahalanobis(nil, m.rows, relent.Run{})
		for i, got := range distances {
			if !(math.Abs(got-want[i]) <= 1e-13*want[i]) {
				t.Fatalf("d = %d: row %d: %v, want %v", d, i, got, want[i])
			}
		}
	}
}

func TestModel(t *testing.T) {
	m, again := newModel[float64](3, period), newModel[float64](3, period)
	last := m.rows.Rows - 1
	if m.rows.Row(last)[2] != again.rows.Row(last)[2] || m.rows.Row(last)[2] == 0 {
		t.Errorf("last rows are %v and %v", m.rows.Row(last), again.rows.Row(last))
	}
	if m.rows.Row(0)[1] != m.rows.Row(period / 3)[1] || m.rows.Row(0)[1] == m.rows.Row(1)[1] {
		t.Error("the rows are not repeated after the period, or before")
	}
	for i := range last {
		for k, v := range m.rows.Row(i) {
			if !(math.Abs(v-m.mean[k]) <= 2) {
				t.Fatalf("row %d is %v, the mean %v", i, m.rows.Row(i), m.mean)
			}
		}
	}
	if n := rowsOf[float32](cachedBytes, 64) * 64 * 4; n != cachedBytes {
		t.Errorf("the rows take %d bytes, want %d", n, cachedBytes)
	}
	if n := few(m.rows).Rows; n < 1 || n > m.rows.Rows {
		t.Errorf("few rows are %d", n)
	}
}

func TestReaders(t *testing.T) {
	x := make([]uint64, 5000)
	want := uint64(0)
	for i := range x {
		x[i] = uint64(i+1) << 20
		want += x[i]
	}
	for name, read := range readers {
		if got := read(x); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

func TestPeakIsOperationsOverTime(t *testing.T) {
	defer func(old func(isa, typeName string) (peakLoop, bool)) { fmaPeak = old }(fmaPeak)
	ran := 0
	fmaPeak = func(isa, typeName string) (peakLoop, bool) {
		return peakLoop{flops: 32, run: func(iterations int) { ran += iterations }}, isa == "one" && typeName == "float64"
	}
	p := newCeiling("one", "float64")
	p.runners[0].call(3)
	p.runners[0].best = 0.5
	if want := 32 * float64(ran) / 3 / 0.5; ran == 0 || p.speed() != want {
		t.Errorf("speed %v, want %v", p.speed(), want)
	}
	if speed := newCeiling("other", "float64").speed(); !math.IsNaN(speed) {
		t.Errorf("speed %v without a loop, want NaN", speed)
	}
}

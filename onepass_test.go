package relent

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// everyMeasure is every measure, both ways where that makes a difference.
func everyMeasure() (list []Measure) {
	for _, m := range allMeasures() {
		list = append(list, m)
		if m.Reversed() != m {
			list = append(list, m.Reversed())
		}
	}
	return list
}

// Every measure has the bits of its own function, whichever are computed with it.
func TestMeasures(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", measuresAgree[float64])
		t.Run("f32", measuresAgree[float32])
	})
}

func measuresAgree[F float](t *testing.T) {
	r := seed(t.Name())
	for _, kind := range families[F]() {
		for _, n := range onePassLengths() {
			p, q := pairs(r, n, kind.pair)
			checkMeasures(t, kind.name, everyMeasure(), p, q)
			checkMeasures(t, kind.name, someMeasures(r), p, q)
		}
	}
}

func onePassLengths() (list []int) {
	for n := range 101 {
		list = append(list, n)
	}
	switch {
	case testing.Short():
		return []int{0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, chunk + 1, 3*chunk + 7}
	case !deep():
		return append(list[:40], 100, chunk+1, 3*chunk+7)
	}
	return append(list, 255, chunk-1, chunk, chunk+1, 2*chunk, 3*chunk+7)
}

// someMeasures are any number in any order, and some of them twice.
func someMeasures(r *rng) (list []Measure) {
	all := everyMeasure()
	for range r.below(len(all)) {
		list = append(list, all[r.below(len(all))])
	}
	return list
}

func checkMeasures[F float](t *testing.T, kind string, measures []Measure, p, q []F) {
	t.Helper()
	dst := make([]float64, len(measures))
	for i, got := range Measures(dst, measures, p, q) {
		if want := single(measures[i], p, q); math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%v of %d %s, among %v: %x, want %x", measures[i], len(p), kind, measures, got, want)
		}
	}
}

// The kernel of many sums itself computes what is ordinary: no set of the single ones stands in for it.
func TestDivergencesOfOrdinaryElements(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", ordinaryDivergences[float64])
		t.Run("f32", ordinaryDivergences[float32])
	})
}

func ordinaryDivergences[F float](t *testing.T) {
	r := seed(t.Name())
	for n := 1; n <= chunk; n += 1 + n/3 {
		p, q := pairs(r, n, func(r *rng) (p, q F) { return wide[F](r, -20, 5), wide[F](r, -20, 5) })
		p[n/2], q[n/2] = 1, 4 // far apart
		sums := undefinedSums()
		divergences(&sums, p, q)
		for i, got := range sums {
			switch {
			case i == sumFar:
				if !(got > 0) {
					t.Errorf("%d elements, far from each other: %x", n, got)
				}
			case i == sumChiSquare && !isFloat64[F]():
				if got == got {
					t.Errorf("χ² in float32: %x", got)
				}
			default:
				if want := divergencesSum(i, p, q); !same(got, want) {
					t.Errorf("sum %d of %d elements: %x, want %x", i, n, got, want)
				}
			}
		}
	}
}

// Where the kernel of many sums would need more than one path it gives none.
func TestDivergencesOfOtherElements(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", otherDivergences[float64])
		t.Run("f32", otherDivergences[float32])
	})
}

func otherDivergences[F float](t *testing.T) {
	small, large := F(0x1p-59), F(0x1p28)
	if isFloat64[F]() {
		small, large = F(math.Ldexp(1, -701)), F(math.Ldexp(1, 248))
	}
	for _, x := range []F{0, -1, F(math.NaN()), F(math.Inf(1)), F(math.Inf(-1)), small, large, 1.5} {
		for _, n := range []int{1, 5, 16, 40, 100} {
			for i := range n {
				p, q := make([]F, n), make([]F, n)
				for j := range p {
					p[j], q[j] = 1, 3+step(F(1), 5)
				}
				p[i], q[n-1-i] = x, 1 // 1.5 : 1 is as far from 1 : 1 as from 2 : 1
				if i != n-1-i {
					q[i] = 1
				}
				sums := undefinedSums()
				divergences(&sums, p, q)
				for k, got := range sums {
					if got == got {
						t.Fatalf("%v at %d of %d: sum %d is %x", x, i, n, k, got)
					}
				}
			}
		}
	}
}

// Ties: the exponent gaps of p and q, and of q and p, are both rounded up.
func TestMeasuresOfTies(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		r := seed(t.Name())
		for n := 1; n < 100; n++ {
			p, q := pairs(r, n, func(r *rng) (p, q float64) { return float64(1 + r.below(8)), float64(1 + r.below(8)) })
			checkMeasures(t, "small counts", everyMeasure(), p, q)
		}
	})
}

func TestReversed(t *testing.T) {
	for _, m := range allMeasures() {
		if r := m.Reversed(); r.Reversed() != m || (r == m) != m.Symmetric() {
			t.Errorf("%v reversed is %v", m, r)
		}
	}
	if got, want := MeasureKullbackLeibler.Reversed().String(), "KullbackLeibler reversed"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p, q := []float64{0.25, 0.75}, []float64{0.5, 0.5}
	got := Measures(nil, []Measure{MeasureKullbackLeibler.Reversed(), MeasureEntropy.Reversed(), MeasureBinaryCrossEntropy.Reversed()}, p, q)
	want := []float64{KullbackLeibler(q, p), Entropy(q), BinaryCrossEntropy(q, p)}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMeasuresRefuse(t *testing.T) {
	p := []float64{0.5, 0.5}
	for want, f := range map[string]func(dst []float64){
		"relent: Measures: lengths 2 and 1 differ":                        func(dst []float64) { Measures(dst, []Measure{MeasureKullbackLeibler, MeasureJensenShannon}, p, p[:1]) },
		"relent: Measures: dst has 2 elements, the result has 1 elements": func(dst []float64) { Measures(dst, []Measure{MeasureKullbackLeibler}, p, p) },
		"relent: Measures: Measure(100) is unknown":                       func(dst []float64) { Measures(dst, []Measure{MeasureKullbackLeibler, 100}, p, p) },
		"relent: Between: Entropy reversed is a measure of one vector":    func([]float64) { Between(MeasureEntropy.Reversed(), p, p) },
	} {
		dst := []float64{7, 8}
		got := func() (message string) {
			defer func() { message = fmt.Sprint(recover()) }()
			f(dst)
			return ""
		}()
		if !strings.HasPrefix(got, want) || dst[0] != 7 || dst[1] != 8 {
			t.Errorf("got %q and %v, want %q", got, dst, want)
		}
	}
}

// Every set of the measures that share a pass.
func TestMeasuresOfEverySet(t *testing.T) {
	var shared []Measure
	for _, m := range everyMeasure() {
		if divergencesSumOf(m) >= 0 && m != MeasureJensenShannonDistance {
			shared = append(shared, m)
		}
	}
	eachISA(t, func(t *testing.T) {
		r := seed(t.Name())
		p, q := pairs(r, 37, func(r *rng) (p, q float32) { return 1 + unit[float32](r), 5*unit[float32](r) + 1 })
		p64, q64 := pairs(r, 37, func(r *rng) (p, q float64) { return 1 + unit[float64](r), 5*unit[float64](r) + 1 })
		step := 1
		if testing.Short() {
			step = 7
		}
		for set := 0; set < 1<<len(shared); set += step {
			var measures []Measure
			for i, m := range shared {
				if set>>i&1 != 0 {
					measures = append(measures, m)
				}
			}
			checkMeasures(t, "ordinary", measures, p, q)
			checkMeasures(t, "ordinary", measures, p64, q64)
		}
	})
}

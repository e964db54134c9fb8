package main

import (
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/golden"
)

func TestContestantsAgree(t *testing.T) {
	for _, m := range measures {
		// The naive loops lose about six digits where p and q are near each other. A float32 has seven.
		tolerance64, tolerance32 := 1e-12, 1e-6
		if m.inputs == near {
			tolerance64, tolerance32 = 1e-6, 1e-5
		}
		for _, n := range []int{1, 10, 1000} {
			agree(t, m, "float64", m.f64, n, tolerance64)
			agree(t, m, "float32", m.f32, n, tolerance32)
		}
	}
}

func agree[F relent.Float](t *testing.T, m measure, typeName string, c contestants[F], n int, tolerance float64) {
	p, q := new(source[F]).get(m.inputs, n)
	got := c.relent(p, q)
	for name, f := range map[string]function[F]{"naive": c.naive, "gonum": c.gonum} {
		if f == nil {
			continue
		}
		// Hellinger by gonum is a difference of numbers near 1, as are all for a single element.
		if want := f(p, q); !(math.Abs(got-want) <= tolerance*max(math.Abs(want), 0.01)) {
			t.Errorf("%s %s, n = %d: relent %v, %s %v", m.name, typeName, n, got, name, want)
		}
	}
}

func TestErrorsAreWithinTheBounds(t *testing.T) {
	for _, m := range measures {
		if m.golden == "" {
			continue
		}
		if _, ok := golden.Discrete()[0].Want[m.golden]; !ok {
			t.Errorf("%s: no golden value is called %s", m.name, m.golden)
		}
		if err, fail := worstError(m, m.f64.relent, "float64"); fail != nil || !(err <= relent.ErrorBound64) {
			t.Errorf("%s float64: error %v, %v", m.name, err, fail)
		}
		if err, fail := worstError(m, m.f32.relent, "float32"); fail != nil || !(err <= relent.ErrorBound32) {
			t.Errorf("%s float32: error %v, %v", m.name, err, fail)
		}
	}
}

func TestErrorSeesAWrongValue(t *testing.T) {
	m := find(t, "TotalVariation")
	wrong := func(p, q []float64) float64 { return relent.TotalVariation(p, q) * (1 + 1e-9) }
	if err, fail := worstError(m, wrong, "float64"); fail != nil || !(err > 0.9e-9 && err < 1.1e-9) {
		t.Errorf("error %v, %v, want 1e-9", err, fail)
	}
	differs := func(p, q []float64) float64 {
		return float64(len(relent.ISA())) + math.Float64frombits(uint64(relent.ISA()[0]))
	}
	if _, fail := worstError(m, differs, "float64"); fail == nil && len(relent.ISAs()) > 1 {
		t.Error("no error for instruction sets that differ")
	}
}

// TestEveryMeasureIsThere holds the list of measures and the benchmarks against the functions of package relent.
func TestEveryMeasureIsThere(t *testing.T) {
	api, benchmarks := read(t, "../relent.go"), read(t, "bench_test.go")
	functions := regexp.MustCompile(`(?m)^func ([A-Z]\w*)\[F Float\]`).FindAllStringSubmatch(api, -1)
	if len(functions) < 10 {
		t.Fatalf("found %d functions of package relent", len(functions))
	}
	for _, f := range functions {
		if f[1] != "Validate" {
			find(t, f[1])
		}
	}
	for _, m := range measures {
		if !strings.Contains(benchmarks, "func Benchmark"+m.name+"(") {
			t.Errorf("%s has no benchmark", m.name)
		}
	}
}

func read(t *testing.T, name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestInputs(t *testing.T) {
	for _, n := range []int{1, 10, 1024, 2 * period, 2*period + 100} {
		p, q := new(source[float64]).get(dirichlet, n)
		again, _ := new(source[float64]).get(dirichlet, n)
		for _, x := range [][]float64{p, q} {
			if total := sum(x); math.Abs(total-1) > 0.001 {
				t.Errorf("n = %d: the sum is %v", n, total)
			}
		}
		if p[n/2] != again[n/2] || p[n-1] == 0 {
			t.Errorf("n = %d: elements %v and %v, then %v", n, p[n/2], p[n-1], again[n/2])
		}
		p, q = new(source[float64]).get(near, n)
		for i := range p {
			if !(math.Abs(p[i]-q[i]) <= 1.01e-4*(1+1./float64(n))*p[i]) && n > 100 {
				t.Fatalf("n = %d: %v and %v are not near", n, p[i], q[i])
			}
		}
	}
}

func TestReadTwoStreams(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 511, 512, 513, 1025, 5000} {
		p, q := make([]uint64, n), make([]uint64, n)
		want := uint64(0)
		for i := range p {
			p[i], q[i] = uint64(i+1), uint64(3*i+1)<<32
			want += p[i] + q[i]
		}
		if got := readTwoStreams(p, q); got != want {
			t.Errorf("n = %d: %d, want %d", n, got, want)
		}
	}
	if n := len(words(make([]float32, 11))); n != 5 {
		t.Errorf("11 float32 are %d words", n)
	}
}

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}

package main

import "testing"

// What is slower by more than the limit is told of, whatever else is faster; what only one binary has is left out.
func TestReport(t *testing.T) {
	before := map[string]float64{"BenchmarkA": 100, "BenchmarkB": 100, "BenchmarkGone": 1}
	for _, c := range []struct {
		a, b float64
		ok   bool
	}{{101, 50, true}, {103, 50, false}, {90, 100, true}} {
		if ok := report(before, map[string]float64{"BenchmarkA": c.a, "BenchmarkB": c.b, "BenchmarkNew": 1000}, 0.02); ok != c.ok {
			t.Errorf("%+v: %v", c, ok)
		}
	}
}

func TestResult(t *testing.T) {
	out := "goos: linux\nBenchmarkKernels/kl/float64/n=16-4 \t 300\t  12.5 ns/op\nBenchmarkB\t1\t3 ns/op\t 0 B/op\nPASS\n"
	found := result.FindAllStringSubmatch(out, -1)
	if len(found) != 2 || found[0][1] != "BenchmarkKernels/kl/float64/n=16" || found[0][2] != "12.5" || found[1][1] != "BenchmarkB" {
		t.Errorf("%q", found)
	}
}

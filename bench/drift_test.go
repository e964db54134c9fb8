package main

import (
	"bytes"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/stat"
)

func tumours(t *testing.T) []column {
	t.Helper()
	d, err := readDataset("breast cancer", bytes.NewReader(breastCancerFile))
	if err != nil {
		t.Fatal(err)
	}
	return tumourColumns(d)
}

// plainDrift is that of a column as one writes it first: counts by comparing each value with each bound, shares, and a loop over
// the formula.
func plainDrift(c column, reference, live []int) (psi, kl, distance float64) {
	edges := c.edges(c.pick(reference))
	shares := func(rows []int) (raw, floored []float64) {
		raw = make([]float64, len(edges)+1)
		for _, x := range c.pick(rows) {
			bin := 0
			for _, edge := range edges {
				if x >= edge {
					bin++
				}
			}
			raw[bin] += 1 / float64(len(rows))
		}
		for _, x := range raw {
			floored = append(floored, max(x, 1e-4))
		}
		return raw, floored
	}
	e, eFloored := shares(reference)
	a, aFloored := shares(live)
	for i := range eFloored {
		psi += (aFloored[i] - eFloored[i]) * math.Log(aFloored[i]/eFloored[i])
		kl += aFloored[i] * math.Log(aFloored[i]/eFloored[i])
	}
	return psi, kl, math.Sqrt(stat.JensenShannon(a, e))
}

func TestDriftsAgreeWithALoop(t *testing.T) {
	columns := tumours(t)
	defer use(relent.ISA())
	for _, isa := range relent.ISAs() {
		use(isa)
		for _, live := range [][]int{rowList(284, 569, 1), rowList(284, 310, 1)} {
			reference, floored := rowList(0, 284, 1), 0
			for _, d := range drifts(columns, reference, live) {
				i := slices.IndexFunc(columns, func(c column) bool { return c.name == d.column })
				psi, kl, distance := plainDrift(columns[i], reference, live)
				if math.Abs(d.psi-psi) > 1e-12 || math.Abs(d.kl-kl) > 1e-12 || math.Abs(d.distance-distance) > 1e-12 {
					t.Errorf("%s, %d live rows, %s: %v, want %v, %v and %v", isa, len(live), d.column, d, psi, kl, distance)
				}
				floored += d.floored
			}
			if few := len(live) < 100; few != (floored > 0) {
				t.Errorf("%d live rows: %d shares are floored", len(live), floored)
			}
		}
	}
}

// The share of malignant tumours falls in the file, and with it what measures their size; a control has nothing to report.
func TestDriftOfTumours(t *testing.T) {
	columns := tumours(t)
	found := drifts(columns, rowList(0, 284, 1), rowList(284, 569, 1))
	if len(found) != 31 || found[0].column != "diagnosis" || found[0].reading() != "drifted" || found[0].bins != 2 {
		t.Errorf("%d columns, the first %v", len(found), found[0])
	}
	for i, d := range found[1:] {
		if d.psi > found[i].psi {
			t.Errorf("%s, of %v, comes after %v", d.column, d.psi, found[i].psi)
		}
	}
	index := func(name string) int {
		return slices.IndexFunc(found, func(d drift) bool { return d.column == name })
	}
	if index("worst concave points") > index("mean texture") || found[index("worst concave points")].reading() != "drifted" ||
		found[index("smoothness error")].reading() != "stable" {
		t.Errorf("the order is %v", found)
	}
	control := summarize(drifts(columns, rowList(0, 569, 2), rowList(1, 569, 2)), 285, 284)
	if control.drifted != 0 || control.mean > 1.5*control.chance {
		t.Errorf("the control is %+v", control)
	}
}

func TestReadings(t *testing.T) {
	for psi, want := range map[float64]string{0: "stable", 0.0999: "stable", 0.1: "shifted", 0.25: "shifted", 0.2501: "drifted",
		math.Inf(1): "drifted"} {
		if got := (drift{psi: psi}).reading(); got != want {
			t.Errorf("%v is %s, want %s", psi, got, want)
		}
	}
}

func TestBins(t *testing.T) {
	for _, c := range []struct {
		sample []float64
		parts  int
		want   []float64
	}{
		{[]float64{4, 1, 3, 2}, 2, []float64{3}},
		{[]float64{6, 5, 4, 3, 2, 1, 0, 9, 8, 7}, 5, []float64{2, 4, 6, 8}},
		{[]float64{0, 0, 0, 0, 0, 0, 1, 2}, 4, []float64{1}}, // ties
		{[]float64{1, 1, 2, 2, 2, 2, 3, 3}, 4, []float64{2, 3}},
		{[]float64{5, 5, 5}, 10, nil},
	} {
		edges := quantiles(c.sample, c.parts)
		if !slices.Equal(edges, c.want) {
			t.Errorf("%v in %d parts: %v, want %v", c.sample, c.parts, edges, c.want)
		}
		if counts := histogram(c.sample, edges); slices.Contains(counts, 0) {
			t.Errorf("%v in %d parts: %v, an empty part", c.sample, c.parts, counts)
		}
	}
	if got := histogram([]float64{-9, 1, 1.5, 2, 2, 2.5, 99}, []float64{1, 2}); !slices.Equal(got, []uint32{1, 2, 4}) {
		t.Errorf("counts %v", got)
	}
}

// The index of samples of one population is, on average, what is due to chance.
func TestChance(t *testing.T) {
	const n, bins, samples = 400, 10, 200
	state, mean := uint64(1), 0.0
	sample := func() []float64 {
		x := make([]float64, n)
		for i := range x {
			state = state*6364136223846793005 + 1442695040888963407
			x[i] = float64(state >> 40)
		}
		return x
	}
	for range samples {
		reference, live := sample(), sample()
		edges := quantiles(reference, bins)
		mean += driftOf("", histogram(reference, edges), histogram(live, edges)).psi / samples
	}
	if want := chance(bins, n, n); math.Abs(mean/want-1) > 0.1 {
		t.Errorf("mean %v, want about %v", mean, want)
	}
}

// BENCHMARKS.md has the report as it is printed, on every machine.
func TestBenchmarksHaveTheDriftReport(t *testing.T) {
	benchmarks, err := os.ReadFile("../BENCHMARKS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, isa := range relent.ISAs() {
		t.Run(isa, func(t *testing.T) {
			defer use(relent.ISA())
			use(isa)
			var b strings.Builder
			if err := driftPart.print(page{&b, true}, ""); err != nil {
				t.Fatal(err)
			}
			if want := strings.TrimSpace(b.String()); !strings.Contains(string(benchmarks), want) {
				t.Errorf("BENCHMARKS.md lacks what go run ./bench -md drift prints:\n%s", want)
			}
		})
	}
}

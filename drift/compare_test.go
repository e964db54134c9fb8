package drift

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/relent-go/relent"
)

// A planted shift is found at least as often as by the Kolmogorov–Smirnov test of the values themselves, with the same share of false alarms.
func TestPower(t *testing.T) {
	runs := 100
	if deep() {
		runs = 4000
	} else if testing.Short() {
		runs = 20
	}
	r := rand.New(rand.NewPCG(3, 4))
	bell := func() float64 { // a sum of 12 uniform numbers has the variance 1
		sum := 0.0
		for range 12 {
			sum += r.Float64()
		}
		return sum
	}
	skewed := func() float64 { // of three squares, each of the variance 4/45
		sum := 0.0
		for range 3 {
			u := r.Float64()
			sum += float64(u * u)
		}
		return sum * 1.94
	}
	for _, data := range []struct {
		name string
		draw func() float64
	}{{"bell", bell}, {"skewed", skewed}} {
		name, draw := data.name, data.draw
		for _, n := range []int{200, 1000, 50} {
			for _, bins := range []int{10, 30} {
				shift := 4 / math.Sqrt(float64(n))
				var binned, exact int
				for range runs {
					x, y := make([]float64, n), make([]float64, n)
					for i := range x {
						x[i], y[i] = draw(), draw()+shift
					}
					ref, err := NewReference(relent.NewMatrix(n, 1, x...), bins, nil, relent.Run{})
					must(t, err)
					live := ref.NewProfile()
					must(t, AddColumn(live, 0, y, relent.Run{}))
					report, err := Compare(ref, live, Options{})
					must(t, err)
					if report.Columns[0].P <= 0.01 {
						binned++
					}
					if KolmogorovSmirnov(NewSample(x), NewSample(y)).P <= 0.01 {
						exact++
					}
				}
				t.Logf("%s, %d values, %d bins: power %v, of the values %v", name, n, bins, float64(binned)/float64(runs), float64(exact)/float64(runs))
				slack := 0.0
				if n < fewValues && !deep() { // about two standard deviations of the difference: that of powers is only 0.05
					slack = math.Sqrt(float64(runs))
				}
				if float64(binned)+slack < float64(exact) {
					t.Errorf("%s, %d values, %d bins: power %v, below %v", name, n, bins, float64(binned)/float64(runs), float64(exact)/float64(runs))
				}
			}
		}
	}
}

// What the package's documentation says of a fixed threshold.
func TestFixedThreshold(t *testing.T) {
	const runs = 300
	r := rand.New(rand.NewPCG(5, 6))
	exceeding := func(rows int) float64 {
		above := 0
		for range runs {
			x, y := make([]float64, rows), make([]float64, rows)
			for i := range x {
				x[i], y[i] = r.Float64(), r.Float64()
			}
			ref, err := NewReference(relent.NewMatrix(rows, 1, x...), 30, nil, relent.Run{})
			must(t, err)
			live := ref.NewProfile()
			must(t, AddColumn(live, 0, y, relent.Run{}))
			report, err := Compare(ref, live, Options{})
			must(t, err)
			if report.Columns[0].PSI.Value > 0.25 {
				above++
			}
		}
		return float64(above) / runs
	}
	if few, many := exceeding(200), exceeding(10000); few <= 0.5 || few > 0.67 || many > 0 {
		t.Errorf("without drift %v of the indexes of 200 rows exceed 0.25, and %v of those of 10,000", few, many)
	}
}

// Measures are those of the counts, by their definitions.
func TestMeasuresOfBins(t *testing.T) {
	b, err := Edges(0, 1, 2, 4)
	must(t, err)
	// below, three bins, above, missing
	ref, live := []uint64{0, 50, 30, 20, 0, 0}, []uint64{0, 20, 30, 45, 0, 5}
	c := compareColumn(Column{"x", b}, ref, live, relent.Strict)
	r, l := []float64{.5, .3, .2, 0}, []float64{.2, .3, .45, .05}
	within(t, "JS", c.JensenShannon.Value, relent.JensenShannon(r, l), 1e-15)
	within(t, "TV", c.TotalVariation, relent.TotalVariation(r, l), 1e-15)
	within(t, "Hellinger", c.Hellinger.Value, relent.Hellinger(r, l), 1e-15)
	if !math.IsInf(c.PSI.Value, 1) || !math.IsInf(c.KullbackLeibler.Value, 1) {
		t.Errorf("PSI %v, KL %v", c.PSI.Value, c.KullbackLeibler.Value)
	}
	additive := compareColumn(Column{"x", b}, ref, live, relent.Additive(0.5))
	psi, _ := relent.PopulationStabilityIndex([]int{50, 30, 20, 0}, []int{20, 30, 45, 5}, relent.Additive(0.5))
	within(t, "PSI", additive.PSI.Value, psi, 1e-15)
	within(t, "KS", c.KolmogorovSmirnov.Value, 0.5-20./95, 1e-15)
	// Middles are 0.5, 1.5 and 3.
	within(t, "W1", c.Wasserstein, (0.5-20./95)*1+(0.8-50./95)*1.5, 1e-15)
	within(t, "superiority", c.Superiority.Value, (20*25+30*65+45*90.)/(95*100), 1e-15)
	same := compareColumn(Column{"x", b}, ref, ref, relent.Additive(0.5))
	if same.P != 1 || same.PSI != (Statistic{0, 1}) || same.Superiority != (Statistic{0.5, 1}) {
		t.Errorf("of the same: %+v", same)
	}
	none := compareColumn(Column{"x", b}, ref, make([]uint64, 6), relent.Additive(0.5))
	if none.P != 1 || none.PSI.Value == none.PSI.Value || none.Wasserstein == none.Wasserstein {
		t.Errorf("of nothing: %+v", none)
	}
}

// A column that has values on one side only has drifted, though nothing has shifted.
func TestOnlyMissing(t *testing.T) {
	for _, counts := range [][2][]uint64{{{0, 1000}, {500, 500}}, {{500, 500}, {0, 1000}}} {
		c := compareColumn(Column{"x", Bins{}}, counts[0], counts[1], relent.Strict)
		if c.P > 1e-100 || c.P != c.ChiSquare.P || c.Superiority.P != 1 {
			t.Errorf("%v: P %v, χ² %v, shift %v", counts, c.P, c.ChiSquare, c.Superiority)
		}
	}
}

// scipy.stats.chi2.sf.
func TestChiSquareTail(t *testing.T) {
	for _, c := range []struct {
		freedom int
		x, want float64
	}{
		{1, 3.84, 0.05004352124870519}, {1, 1e-9, 0.999974768674784}, {2, 10, 0.006737946999085468}, {9, 9, 0.43727418891386693},
		{29, 100, 9.783455552333214e-10}, {255, 255, 0.48822252177040637}, {255, 2000, 6.879590201140631e-268}, {1, 1400, 2.1010145162644003e-306},
		{50, 20, 0.9999530506185732}, {50, 120, 1.0958807112599678e-07},
	} {
		got := chiSquareTail(c.freedom, c.x)
		within(t, fmt.Sprint(c.freedom, " ", c.x), got, c.want, 1e-12*c.want)
	}
}

// Of p-values 0.001, 0.008, 0.039, 0.041 and 0.3 the first two are below their levels.
func TestJudge(t *testing.T) {
	r := Report{Level: 0.025}
	for _, p := range []float64{0.041, 0.3, 0.001, 0.008, 0.039} {
		r.Columns = append(r.Columns, ColumnReport{P: p})
	}
	r.judge()
	var drifted []bool
	for j, want := range []float64{0.05125, 0.3, 0.005, 0.02, 0.05125} {
		within(t, "adjusted", r.Columns[j].Adjusted, want, 1e-15)
		drifted = append(drifted, r.Columns[j].Drifted)
	}
	if !slices.Equal(drifted, []bool{false, false, true, true, false}) || r.Drifted != 2 {
		t.Errorf("drifted: %v", drifted)
	}
}

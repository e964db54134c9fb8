package drift

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/relent-go/relent"
)

// deep asks for the tests that take their time.
func deep() bool { return os.Getenv("RELENT_DEEP") == "1" }

// shares of bins, in 65536ths: uniform, or each about a tenth less than the one before.
func shares(bins int, skewed bool) (guide [1 << 16]uint8) {
	p, total := make([]float64, bins), 0.0
	for i := range p {
		p[i] = 1
		if skewed {
			p[i] = math.Pow(0.9, float64(i))
		}
		total += p[i]
	}
	bin, upTo := 0, p[0]
	for i := range guide {
		for bin < bins-1 && float64(i)*total > upTo*float64(len(guide)) {
			bin++
			upTo += p[bin]
		}
		guide[i] = uint8(bin)
	}
	return guide
}

// columnOf is one with so many bins of numbers.
func columnOf(bins int) Column {
	edges := make([]float64, bins-1)
	for i := range edges {
		edges[i] = float64(i)
	}
	return Column{"x", numberBins(open, edges, edges)}
}

// sample counts n values in so many bins, none of which is missing.
func sample(r *rand.Rand, guide *[1 << 16]uint8, bins, n int) []uint64 {
	counts := make([]uint64, bins+1)
	for i := 0; i < n; i += 4 {
		for u, k := r.Uint64(), 0; k < min(4, n-i); u, k = u>>16, k+1 {
			counts[guide[uint16(u)]]++
		}
	}
	return counts
}

var statisticNames = [ofAll]string{"P", "χ²", "shift", "PSI", "JS", "KL", "Hellinger"}

// alarm counts the p-values that are at most 1 %.
func (r ColumnReport) alarm(alarms *[ofAll]int) {
	for i, p := range [ofAll]float64{r.P, r.ChiSquare.P, r.Superiority.P, r.PSI.P, r.JensenShannon.P, r.KullbackLeibler.P, r.Hellinger.P} {
		if p <= 0.01 {
			alarms[i]++
		}
	}
}

// Without drift a p-value is at most 1 % in 1 % of cases.
func TestFalseAlarms(t *testing.T) {
	runs, tolerance := 4000, 4*math.Sqrt(0.01/4000) // four standard deviations
	if deep() {
		runs, tolerance = 100_000, 0.002
	} else if testing.Short() || os.Getenv("RELENT_EMULATED") == "1" {
		runs, tolerance = 1000, 4*math.Sqrt(0.01/1000)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, sizes := range [][2]int{{200, 200}, {2000, 200}, {1000, 1000}} {
		for _, bins := range []int{5, 10, 30, 50} {
			for _, skewed := range []bool{false, true} {
				guide := shares(bins, skewed)
				c := columnOf(bins)
				var alarms [ofAll]int
				for range runs {
					report := compareColumn(c, sample(r, &guide, bins, sizes[0]), sample(r, &guide, bins, sizes[1]), relent.Additive(0.5))
					report.alarm(&alarms)
				}
				for i, n := range alarms {
					if rate := float64(n) / float64(runs); math.Abs(rate-0.01) > tolerance {
						t.Errorf("%v values, %d bins, skewed %v: %s alarms in %.2f %%", sizes, bins, skewed, statisticNames[i], 100*rate)
					}
				}
				if deep() {
					t.Log(fmt.Sprint(sizes, bins, skewed, alarms))
				}
			}
		}
	}
}

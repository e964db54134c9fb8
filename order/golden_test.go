package order

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

type goldenCase struct {
	Family string
	P, Q   []float64
	Want   map[string]float64
}

func golden(t testing.TB) (cases []goldenCase) {
	t.Helper()
	file, err := os.Open("testdata/orders.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c struct {
			Family string
			P, Q   []string
			Want   map[string]string
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		number := func(s string) float64 {
			x, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		g := goldenCase{Family: c.Family, Want: map[string]float64{}}
		for i := range c.P {
			g.P, g.Q = append(g.P, number(c.P[i])), append(g.Q, number(c.Q[i]))
		}
		for name, s := range c.Want {
			g.Want[name] = number(s)
		}
		cases = append(cases, g)
	}
	if len(cases) != 7 {
		t.Fatalf("%d cases", len(cases))
	}
	return cases
}

// compute is what a name stands for, of a golden case or another one.
func compute(name string, p, q []float64) (value float64, ok bool) {
	digits := strings.IndexAny(name, "0123456789")
	order := math.Inf(1)
	if digits >= 0 {
		order, _ = strconv.ParseFloat(name[digits:], 64)
		name = name[:digits]
	}
	switch name {
	case "renyiDivergence", "maxDivergence":
		return Between(Renyi(order), p, q), true
	case "tsallisDivergence":
		return Between(Tsallis(order), p, q), true
	case "renyiEntropy", "minEntropy":
		return RenyiEntropy(order, p), true
	case "tsallisEntropy":
		return TsallisEntropy(order, p), true
	case "weightedJS":
		return Between(WeightedJensenShannon(order), p, q), true
	}
	return 0, false
}

// The golden values are those of the vectors as they are, of 60 digits.
func TestGolden(t *testing.T) {
	count, worst := 0, 0.0
	for _, c := range golden(t) {
		for name, want := range c.Want {
			got, ok := compute(name, c.P, c.Q)
			if !ok {
				continue // of package relent, or of none
			}
			count++
			e := math.Abs(got-want) / math.Abs(want) * 0x1p53
			if got == want {
				e = 0
			}
			worst = max(worst, e)
			if !(e <= 60) {
				t.Errorf("%s, %d elements, %s: %v, want %v, off by %.1f", c.Family, len(c.P), name, got, want, e)
			}
		}
	}
	if count != 7*32 {
		t.Errorf("%d values", count)
	}
	t.Logf("the largest error is %.1f units of 2**-53", worst)
}

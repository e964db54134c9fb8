package golden

import (
	"math"
	"strings"
	"testing"
)

func TestDiscrete(t *testing.T) {
	types := map[string]int{}
	for i, c := range Discrete() {
		types[c.Type]++
		if len(c.Want) != 13 {
			t.Errorf("case %d: %d expected values, want 13", i, len(c.Want))
		}
		for name, x := range map[string][]float64{"sumP": c.P, "sumQ": c.Q} {
			if got, want := sum(x), c.Want[name]; math.Abs(got-want) > 1e-13*want {
				t.Errorf("case %d (%s): %s = %v, expected value %v", i, c.Family, name, got, want)
			}
		}
		for _, x := range append(c.P, c.Q...) {
			if c.Type == "float32" && float64(float32(x)) != x {
				t.Errorf("case %d (%s): %v is not a float32", i, c.Family, x)
			}
		}
	}
	if types["float64"] == 0 || types["float32"] == 0 || len(types) != 2 {
		t.Errorf("cases by type: %v", types)
	}
}

func TestParseReportsTheCase(t *testing.T) {
	const good = `{"n": 1, "p": ["0x1p-1"], "q": ["+Inf"]}`
	for _, bad := range []string{`{"n": 1, "p": ["half"], "q": ["0x1p0"]}`, `{"n": 2, "p": ["0x1p-1"], "q": ["0x1p0"]}`} {
		if _, err := parse([]byte(good + bad)); err == nil || !strings.Contains(err.Error(), "case 1") {
			t.Errorf("%s: error %v, want one that names case 1", bad, err)
		}
	}
}

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}

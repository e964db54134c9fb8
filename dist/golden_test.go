package dist

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

//go:embed testdata/golden.jsonl
var golden []byte

// A goldenPair is two distributions and what is known of them.
type goldenPair struct {
	Family string
	P, Q   []string
	Want   map[string]string
}

func goldenPairs(t *testing.T, file []byte) (pairs []goldenPair) {
	for d := json.NewDecoder(bytes.NewReader(file)); ; {
		var pair goldenPair
		if err := d.Decode(&pair); err == io.EOF {
			return pairs
		} else if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, pair)
	}
}

func parse(t *testing.T, text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func parseAll(t *testing.T, texts []string) (x []float64) {
	for _, text := range texts {
		x = append(x, parse(t, text))
	}
	return x
}

// values are those of the functions.
func values[D Family[D]](p, q D) map[string]float64 {
	return map[string]float64{"kullbackLeibler": KullbackLeibler(p, q), "entropy": Entropy(p), "crossEntropy": CrossEntropy(p, q)}
}

func closedValues[D ChernoffFamily[D]](p, q D) map[string]float64 {
	v := values(p, q)
	v["jensenShannon"] = JensenShannon(p, q)
	for _, order := range []string{"0x1p-50", "0x1p-30", "0x1p-10", "0x1p-2", "0x1p-1", "0x1.8p-1", "0x1.ffcp-1", "0x1.fffffffffff8p-1"} {
		alpha, err := strconv.ParseFloat(order, 64)
		if err != nil {
			panic(err)
		}
		v["chernoff "+order] = Chernoff(p, q, alpha)
	}
	return v
}

// of makes two distributions of parameters, and has the values of them.
var of = map[string]func(p, q []float64) map[string]float64{
	"normal": func(p, q []float64) map[string]float64 { return closedValues(Normal{p[0], p[1]}, Normal{q[0], q[1]}) },
	"lognormal": func(p, q []float64) map[string]float64 {
		return closedValues(LogNormal{p[0], p[1]}, LogNormal{q[0], q[1]})
	},
	"exponential": func(p, q []float64) map[string]float64 { return closedValues(Exponential{p[0]}, Exponential{q[0]}) },
	"laplace":     func(p, q []float64) map[string]float64 { return closedValues(Laplace{p[0], p[1]}, Laplace{q[0], q[1]}) },
	"gamma":       func(p, q []float64) map[string]float64 { return closedValues(Gamma{p[0], p[1]}, Gamma{q[0], q[1]}) },
	"inversegamma": func(p, q []float64) map[string]float64 {
		return closedValues(InverseGamma{p[0], p[1]}, InverseGamma{q[0], q[1]})
	},
	"beta":      func(p, q []float64) map[string]float64 { return closedValues(Beta{p[0], p[1]}, Beta{q[0], q[1]}) },
	"dirichlet": func(p, q []float64) map[string]float64 { return closedValues(Dirichlet(p), Dirichlet(q)) },
	"poisson":   func(p, q []float64) map[string]float64 { return closedValues(Poisson{p[0]}, Poisson{q[0]}) },
	"bernoulli": func(p, q []float64) map[string]float64 { return closedValues(Bernoulli{p[0]}, Bernoulli{q[0]}) },
	"geometric": func(p, q []float64) map[string]float64 { return closedValues(Geometric{p[0]}, Geometric{q[0]}) },
	"weibull":   func(p, q []float64) map[string]float64 { return values(Weibull{p[0], p[1]}, Weibull{q[0], q[1]}) },
	"binomial": func(p, q []float64) map[string]float64 {
		return closedValues(Binomial{int(p[0]), p[1]}, Binomial{int(q[0]), q[1]})
	},
}

// The documented bounds, against values that golden.py has from 50 digits.
func TestGolden(t *testing.T) {
	notEmulated(t)
	bounds := map[string]float64{"kullbackLeibler": 1e-12, "jensenShannon": 1e-12, "entropy": 1e-13, "crossEntropy": 1e-13}
	worst := map[string]float64{}
	families := map[string]bool{}
	for _, pair := range goldenPairs(t, golden) {
		families[pair.Family] = true
		got := of[pair.Family](parseAll(t, pair.P), parseAll(t, pair.Q))
		for name, bound := range bounds {
			x, ok := got[name]
			if !ok { // no Jensen–Shannon divergence of the family
				continue
			}
			want := parse(t, pair.Want[name])
			scale := math.Abs(want)
			if name == "entropy" || name == "crossEntropy" {
				scale = max(scale, 1)
			}
			e := math.Abs(x-want) / scale
			worst[pair.Family+" "+name] = max(worst[pair.Family+" "+name], e)
			if !(e <= bound) {
				t.Errorf("%s of %s %v and %v: %v, want %v, error %.3g", name, pair.Family, parseAll(t, pair.P), parseAll(t, pair.Q), x, want, e)
			}
		}
	}
	for name := range of {
		if !families[name] {
			t.Errorf("no values of %s", name)
		}
	}
	t.Log(worst)
}

//go:embed testdata/random.jsonl
var random []byte

// Pairs of a file that random.py writes, among them nearly equal ones, have the documented error: of the one in testdata, or of RELENT_PAIRS.
func TestRandomPairs(t *testing.T) {
	notEmulated(t)
	file := random
	if name := os.Getenv("RELENT_PAIRS"); name != "" {
		var err error
		if file, err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	worst, families := map[string]float64{}, map[string]int{}
	for _, pair := range goldenPairs(t, file) {
		families[pair.Family]++
		p, q := parseAll(t, pair.P), parseAll(t, pair.Q)
		far := false
		for i := range p {
			far = far || math.Abs(p[i]/q[i]-1) > 0.1
		}
		got := of[pair.Family](p, q)
		for _, name := range slices.Sorted(maps.Keys(pair.Want)) {
			text := pair.Want[name]
			want, bound := parse(t, text), 1e-12
			scale := want
			switch {
			case name == "entropy":
				scale, bound = max(math.Abs(want), 1), 1e-13
			case far && (pair.Family == "beta" || pair.Family == "dirichlet"):
				bound = 1e-11
			}
			e := 0.0
			if got[name] != want {
				e = math.Abs(got[name]-want) / scale
			}
			kind, _, _ := strings.Cut(name, " ")
			worst[pair.Family+" "+kind] = max(worst[pair.Family+" "+kind], e)
			if !(e <= bound) {
				t.Errorf("%s of %s %v and %v: %v, want %v, error %.3g", name, pair.Family, p, q, got[name], want, e)
			}
		}
	}
	if len(families) != len(of) {
		t.Errorf("pairs of %v", families)
	}
	t.Log(worst)
}

package dist

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/special"
)

var bitsUpdate = flag.Bool("bits.update", false, "write testdata/bits.txt, after a change that is meant to change results")

// measures are all values of a pair, in a fixed order.
func measures[D ChernoffFamily[D]](p, q D) []float64 {
	return []float64{
		KullbackLeibler(p, q), KullbackLeibler(q, p), Entropy(p), CrossEntropy(p, q), Jeffreys(p, q), Chernoff(p, q, 0.5), Chernoff(p, q, 0.125),
		Hellinger(p, q), JensenShannon(p, q), JensenShannonDistance(p, q),
	}
}

// scales are sizes of parameters: usual, and up to the ends of what a float64 holds.
var (
	usual   = []float64{0.7, 0.7 * (1 + 1e-9), 3.5, 120}
	extreme = []float64{1e-100, 1e-20, 1e-3, 1, 17, 1e6, 1e20, 1e100}
)

// eachPair has the values of pairs of distributions of each family, with parameters of these sizes.
func eachPair(sizes []float64, f func(family string, p, q any, values []float64)) {
	for i, a := range sizes {
		for j, b := range sizes {
			c, d := sizes[(i+2*j+1)%len(sizes)], sizes[(3*i+j)%len(sizes)]
			chance := func(x float64) float64 { return x / (1 + x) }
			pair(f, "normal", Normal{a - c, b}, Normal{d, c})
			pair(f, "lognormal", LogNormal{a, b}, LogNormal{-d, c})
			pair(f, "exponential", Exponential{a}, Exponential{b})
			pair(f, "laplace", Laplace{a, b}, Laplace{d, c})
			pair(f, "gamma", Gamma{a, b}, Gamma{d, c})
			pair(f, "inverse gamma", InverseGamma{a, b}, InverseGamma{d, c})
			pair(f, "beta", Beta{a, b}, Beta{d, c})
			pair(f, "dirichlet", Dirichlet{a, b, c}, Dirichlet{d, c, a})
			pair(f, "bernoulli", Bernoulli{chance(a)}, Bernoulli{chance(b)})
			pair(f, "binomial", Binomial{30, chance(a)}, Binomial{30, chance(b)})
			pair(f, "geometric", Geometric{chance(a)}, Geometric{chance(b)})
			pair(f, "poisson", Poisson{a}, Poisson{b})
			p, q := Weibull{a, b}, Weibull{d, c}
			f("weibull", p, q, []float64{KullbackLeibler(p, q), KullbackLeibler(q, p), Entropy(p), CrossEntropy(p, q), Jeffreys(p, q)})
		}
	}
}

func pair[D ChernoffFamily[D]](f func(family string, p, q any, values []float64), family string, p, q D) {
	f(family, p, q, measures(p, q))
}

// The results have the bits of every architecture: a hash for each family stands in testdata/bits.txt.
func TestSameBits(t *testing.T) {
	const file = "testdata/bits.txt"
	var families []string
	hashes := map[string]uint64{}
	record := func(family string, _, _ any, values []float64) {
		if _, ok := hashes[family]; !ok {
			families = append(families, family)
		}
		hash := fnv.New64a()
		_ = binary.Write(hash, binary.LittleEndian, hashes[family])
		_ = binary.Write(hash, binary.LittleEndian, values)
		hashes[family] = hash.Sum64()
	}
	eachPair(usual, record)
	record("integrals and samples", nil, nil, valuesOfDensities(t))
	var got strings.Builder
	for _, family := range families {
		fmt.Fprintf(&got, "%016x %s\n", hashes[family], family)
	}
	if *bitsUpdate {
		if err := os.WriteFile(file, []byte(got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || string(want) != got.String() {
		t.Errorf("got\n%s%s has\n%s(%v)", &got, file, want, err)
	}
}

// valuesOfDensities are those of two triangles, which no architecture computes otherwise, and of points.
func valuesOfDensities(t *testing.T) []float64 {
	triangle := func(peak float64) LogDensity {
		return func(x float64) float64 {
			if x < peak {
				return special.Log(2 * x / peak)
			}
			return special.Log(2 * (1 - x) / (1 - peak))
		}
	}
	kl, err := KullbackLeiblerIntegral(triangle(0.25), triangle(0.375), 0, 1, 1e-6)
	if err != nil {
		t.Error(err)
	}
	js, err := JensenShannonIntegral(triangle(0.25), triangle(0.75), 0, 1, 1e-6)
	if err != nil {
		t.Error(err)
	}
	return []float64{kl, js, KullbackLeiblerOfSamples(usual, extreme, 2),
		KullbackLeiblerOfRows(relent.NewMatrix(2, 2, usual...), relent.NewMatrix(2, 2, 1, 3, 0.25, 7.), 1)}
}

// notEmulated leaves out a test of many values.
func notEmulated(t *testing.T) {
	if os.Getenv("RELENT_EMULATED") == "1" {
		t.Skip("RELENT_EMULATED=1: values are the same everywhere, as TestSameBits shows")
	}
}

// Whatever the parameters, divergences are neither negative nor NaN, and stay below their limits; only invalid ones give NaN.
func TestExtremes(t *testing.T) {
	notEmulated(t)
	failures := 0
	eachPair(extreme, func(family string, p, q any, values []float64) {
		if strings.Contains(fmt.Sprint(p, q), "Inf") || strings.Contains(fmt.Sprint(p, q), "{0}") {
			return
		}
		for i, x := range values {
			signed := i == 2 || i == 3 // entropies
			limit := math.Inf(1)
			switch i {
			case 7:
				limit = 1
			case 8:
				limit = math.Ln2
			case 9:
				limit = math.Sqrt(math.Ln2)
			}
			if x != x && !(signed && family == "dirichlet") || x < 0 && !signed || x > limit {
				if failures++; failures < 40 {
					t.Errorf("%s %v and %v: value %d is %v", family, p, q, i, x)
				}
			}
		}
	})
}

// Symmetric measures have the same bits in either order, equal parameters give 0, and Rényi-like ones are between the others.
func TestLaws(t *testing.T) {
	notEmulated(t)
	eachPair(usual, func(family string, p, q any, v []float64) {
		if len(v) < 10 {
			return
		}
		kl, reverse, bhattacharyya, hellinger, js, distance := v[0], v[1], v[5], v[7], v[8], v[9]
		const room = 1 + 1e-12
		if distance != math.Sqrt(js) || v[4] != kl+reverse {
			t.Errorf("%s %v and %v: %v", family, p, q, v)
		}
		// -2 log ∫√pq ≤ KL; H² ≤ -log ∫√pq; JS ≤ ½·Jeffreys/2; H²/2·… ≤ JS ≤ 2 log 2·H² (Lin, 1991; Topsøe, 2000).
		if 2*bhattacharyya > min(kl, reverse)*room || hellinger*hellinger > bhattacharyya*room || js > (kl+reverse)/4*room ||
			js > 2*math.Ln2*hellinger*hellinger*room || js*room < hellinger*hellinger/2 {
			t.Errorf("%s %v and %v: bounds of %v", family, p, q, v)
		}
	})
	same(t, Normal{1, 2}, Normal{1.5, 2})
	same(t, LogNormal{1, 2}, LogNormal{1, 2.5})
	same(t, Exponential{1}, Exponential{2})
	same(t, Laplace{1, 2}, Laplace{1.5, 1})
	same(t, Gamma{1, 2}, Gamma{1.5, 1})
	same(t, InverseGamma{1, 2}, InverseGamma{1.5, 1})
	same(t, Beta{1, 2}, Beta{1.5, 1})
	same(t, Dirichlet{1, 2, 3}, Dirichlet{3, 2, 2})
	same(t, Poisson{1}, Poisson{2})
	same(t, Bernoulli{0.25}, Bernoulli{0.5})
	same(t, Binomial{9, 0.25}, Binomial{9, 0.5})
	same(t, Geometric{0.25}, Geometric{0.5})
}

func same[D ChernoffFamily[D]](t *testing.T, p, q D) {
	if JensenShannon(p, q) != JensenShannon(q, p) || Hellinger(p, q) != Hellinger(q, p) {
		t.Errorf("%T is not symmetric", p)
	}
	for _, x := range []float64{
		KullbackLeibler(p, p), JensenShannon(p, p), Chernoff(q, q, 0.25), Hellinger(p, p), Jeffreys(q, q), Chernoff(p, q, 0), Chernoff(p, q, 1),
	} {
		if x != 0 {
			t.Errorf("%T, equal: %v", p, x)
		}
	}
	for _, alpha := range []float64{-0.1, 1.5, math.NaN()} {
		if x := Chernoff(p, q, alpha); x == x {
			t.Errorf("%T, α = %v: %v", p, alpha, x)
		}
	}
}

func TestInvalid(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, bad := range []float64{0, -1, nan, inf, -inf} {
		invalid(t, Normal{1, bad}, Normal{1, 2})
		invalid(t, Exponential{bad}, Exponential{1})
		invalid(t, Laplace{0, bad}, Laplace{0, 1})
		invalid(t, Gamma{bad, 1}, Gamma{1, 1})
		invalid(t, Gamma{1, bad}, Gamma{1, 1})
		invalid(t, InverseGamma{1, bad}, InverseGamma{1, 1})
		invalid(t, Beta{1, bad}, Beta{1, 1})
		invalid(t, Dirichlet{1, bad, 1}, Dirichlet{1, 1, 1})
		invalid(t, Poisson{bad}, Poisson{1})
		invalid(t, Geometric{bad}, Geometric{0.5})
		if x := KullbackLeibler(Weibull{bad, 1}, Weibull{1, 1}); x == x {
			t.Errorf("Weibull of shape %v: %v", bad, x)
		}
	}
	for _, bad := range []float64{-0.25, 1.5, nan, inf} {
		invalid(t, Bernoulli{bad}, Bernoulli{0.5})
		invalid(t, Binomial{3, bad}, Binomial{3, 0.5})
	}
	invalid(t, Normal{nan, 1}, Normal{1, 2})
	invalid(t, LogNormal{inf, 1}, LogNormal{1, 2})
	invalid(t, Binomial{0, 0.5}, Binomial{3, 0.5})
	invalid(t, Geometric{1.5}, Geometric{0.5})
	invalid(t, Dirichlet{}, Dirichlet{})
	invalid(t, Dirichlet{math.MaxFloat64, math.MaxFloat64}, Dirichlet{1, 1})
}

func invalid[D ChernoffFamily[D]](t *testing.T, bad, good D) {
	for i, x := range append(measures(bad, good), KullbackLeibler(good, bad), JensenShannon(good, bad), Hellinger(good, bad)) {
		if x == x {
			t.Errorf("%T %v: value %d is %v", bad, bad, i, x)
		}
	}
}

// Where a probability is 0 or 1, and where supports differ.
func TestSupports(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	half := relent.JensenShannon([]float64{0.5, 0.5}, []float64{0, 1})
	for i, c := range []struct{ got, want float64 }{
		{KullbackLeibler(Bernoulli{0}, Bernoulli{0.5}), math.Ln2},
		{KullbackLeibler(Bernoulli{0.5}, Bernoulli{0}), inf},
		{KullbackLeibler(Bernoulli{0.5}, Bernoulli{1}), inf},
		{JensenShannon(Bernoulli{0}, Bernoulli{1}), math.Ln2},
		{JensenShannon(Bernoulli{0.5}, Bernoulli{1}), half},
		{JensenShannon(Bernoulli{0}, Bernoulli{0.5}), half},
		{Chernoff(Bernoulli{0}, Bernoulli{1}, 0.5), inf},
		{Hellinger(Bernoulli{0}, Bernoulli{1}), 1},
		{KullbackLeibler(Binomial{5, 0.5}, Binomial{4, 0.5}), inf},
		{KullbackLeibler(Binomial{4, 0.5}, Binomial{5, 0.5}), nan},
		{KullbackLeibler(Binomial{4, 0}, Binomial{5, 0}), 0},
		{KullbackLeibler(Binomial{5, 0}, Binomial{4, 0.5}), 4 * math.Ln2},
		{JensenShannon(Binomial{4, 0.5}, Binomial{5, 0.5}), nan},
		{Hellinger(Binomial{4, 0.5}, Binomial{5, 0.5}), nan},
		{KullbackLeibler(Geometric{1}, Geometric{0.5}), math.Ln2},
		{KullbackLeibler(Geometric{0.5}, Geometric{1}), inf},
		{JensenShannon(Geometric{1}, Geometric{0.5}), half},
		{Entropy(Bernoulli{1}), 0}, {Entropy(Binomial{7, 1}), 0}, {Entropy(Geometric{1}), 0},
	} {
		if math.Abs(c.got-c.want) > 1e-14 && c.got != c.want || (c.got == c.got) != (c.want == c.want) {
			t.Errorf("%d: %v, want %v", i, c.got, c.want)
		}
	}
	defer func() {
		if got, want := recover(), "dist: Dirichlet distributions of 2 and of 3 components"; got != want {
			t.Errorf("panic %v, want %v", got, want)
		}
	}()
	KullbackLeibler(Dirichlet{1, 2}, Dirichlet{1, 2, 3})
}

// Where the sum of an entropy gives way to a series, both agree.
func TestEntropyOfPoisson(t *testing.T) {
	below, above := Entropy(Poisson{math.Nextafter(1<<12, 0)}), Entropy(Poisson{1 << 12})
	if math.Abs(below-above) > 1e-13 {
		t.Errorf("%v below the mean of 4096, %v from it on", below, above)
	}
}

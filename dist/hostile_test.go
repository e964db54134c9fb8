package dist

import (
	"math"
	"os"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/hostile"
)

// Every function with a parameter either works or refuses, see package hostile; a divergence is NaN or in its range.
func TestHostileShapes(t *testing.T) {
	memory := make([][]byte, 8)
	for i := range memory {
		memory[i] = make([]byte, 1<<16)
	}
	times := 1000
	switch {
	case os.Getenv("RELENT_DEEP") == "1":
		times = 20_000
	case testing.Short():
		times = 100
	}
	hostile.Run(t, ".", "dist: ", times, memory, hostileCalls())
}

// TestEndsOfParameters takes them all, and those of a pair that differ by one parameter.
func TestEndsOfParameters(t *testing.T) {
	ends := []float64{
		math.NaN(), math.Inf(1), math.Inf(-1), -1, math.Copysign(0, -1), 0, 5e-324, 0x1p-1022, 1e-100, 0.5, 1, 1e100, math.MaxFloat64,
	}
	if testing.Short() {
		ends = []float64{math.NaN(), math.Inf(1), -1, 0, 5e-324, 1, math.MaxFloat64}
	}
	trials := []int{math.MinInt, -1, 0, 1, 1 << 30, math.MaxInt}
	for _, x := range ends {
		for _, y := range ends {
			for _, z := range ends {
				inRange(t, Normal{x, y}, Normal{x, z}, 0.5)
				inRange(t, Normal{y, x}, Normal{z, x}, 0.5)
				inRange(t, LogNormal{y, x}, LogNormal{z, x}, 0.5)
				inRange(t, Gamma{x, y}, Gamma{x, z}, 0.5)
				inRange(t, Gamma{y, x}, Gamma{z, x}, 0.5)
				inRange(t, InverseGamma{x, y}, InverseGamma{z, y}, 0.5)
				inRange(t, Beta{x, y}, Beta{x, z}, 0.5)
				inRange(t, Dirichlet{x, y, z}, Dirichlet{y, z, x}, 0.5)
				inRange(t, Laplace{x, y}, Laplace{x, z}, 0.5)
				inRange(t, Laplace{y, x}, Laplace{z, x}, 0.5)
				divergenceInRange(t, Weibull{x, y}, Weibull{x, z})
				divergenceInRange(t, Weibull{y, x}, Weibull{z, x})
			}
			inRange(t, Exponential{x}, Exponential{y}, 0.5)
			inRange(t, Poisson{x}, Poisson{y}, 0.5)
			inRange(t, Bernoulli{x}, Bernoulli{y}, 0.5)
			inRange(t, Geometric{x}, Geometric{y}, 0.5)
			for _, n := range trials {
				inRange(t, Binomial{n, x}, Binomial{n, y}, 0.5)
				inRange(t, Binomial{n, x}, Binomial{1, x}, 0.5)
			}
		}
	}
}

// inRange fails where a divergence is neither NaN nor in its range, or a NaN is missing.
func inRange[D ChernoffFamily[D]](t *testing.T, p, q D, alpha float64) {
	t.Helper()
	divergenceInRange(t, p, q)
	valid := p.valid() && q.valid()
	for name, v := range map[string]struct{ value, most float64 }{
		"Chernoff":              {Chernoff(p, q, alpha), math.Inf(1)},
		"Hellinger":             {Hellinger(p, q), 1},
		"JensenShannon":         {JensenShannon(p, q), math.Ln2},
		"JensenShannonDistance": {JensenShannonDistance(p, q), math.Sqrt(math.Ln2)},
	} {
		if v.value < 0 || v.value > v.most || !valid && v.value == v.value {
			t.Errorf("%s of %v and %v: %v", name, p, q, v.value)
		}
	}
}

func divergenceInRange[D Family[D]](t *testing.T, p, q D) {
	t.Helper()
	valid := p.valid() && q.valid()
	for name, v := range map[string]float64{"KullbackLeibler": KullbackLeibler(p, q), "Jeffreys": Jeffreys(p, q)} {
		if v < 0 || !valid && v == v {
			t.Errorf("%s of %v and %v: %v", name, p, q, v)
		}
	}
	if h := Entropy(p); !p.valid() && h == h {
		t.Errorf("Entropy of %v: %v", p, h)
	}
	CrossEntropy(p, q)
}

// ofFamily calls every function of two distributions by its name.
func ofFamily[D Family[D]](p, q D) map[string]func() {
	return map[string]func(){
		"KullbackLeibler": func() { KullbackLeibler(p, q) },
		"Jeffreys":        func() { Jeffreys(p, q) },
		"CrossEntropy":    func() { CrossEntropy(p, q) },
		"Entropy":         func() { Entropy(p) },
	}
}

func ofChernoffFamily[D ChernoffFamily[D]](p, q D, alpha float64) map[string]func() {
	calls := ofFamily(p, q)
	calls["Chernoff"] = func() { Chernoff(p, q, alpha) }
	calls["Hellinger"] = func() { Hellinger(p, q) }
	calls["JensenShannon"] = func() { JensenShannon(p, q) }
	calls["JensenShannonDistance"] = func() { JensenShannonDistance(p, q) }
	return calls
}

// anyPair is two of any family.
func anyPair(h *hostile.Trial) map[string]func() {
	x := func() float64 { return hostile.Extreme[float64](h) }
	families := []func() map[string]func(){
		func() map[string]func() { return ofFamily(Weibull{x(), x()}, Weibull{x(), x()}) },
		func() map[string]func() { return ofChernoffFamily(Normal{x(), x()}, Normal{x(), x()}, x()) },
		func() map[string]func() { return ofChernoffFamily(LogNormal{x(), x()}, LogNormal{x(), x()}, x()) },
		func() map[string]func() { return ofChernoffFamily(Exponential{x()}, Exponential{x()}, x()) },
		func() map[string]func() { return ofChernoffFamily(Gamma{x(), x()}, Gamma{x(), x()}, x()) },
		func() map[string]func() { return ofChernoffFamily(InverseGamma{x(), x()}, InverseGamma{x(), x()}, x()) },
		func() map[string]func() { return ofChernoffFamily(Beta{x(), x()}, Beta{x(), x()}, x()) },
		func() map[string]func() { return ofChernoffFamily(Laplace{x(), x()}, Laplace{x(), x()}, x()) },
		func() map[string]func() { return ofChernoffFamily(Poisson{x()}, Poisson{x()}, x()) },
		func() map[string]func() { return ofChernoffFamily(Bernoulli{x()}, Bernoulli{x()}, x()) },
		func() map[string]func() { return ofChernoffFamily(Geometric{x()}, Geometric{x()}, x()) },
		func() map[string]func() {
			return ofChernoffFamily(Binomial{h.Number(), x()}, Binomial{h.Number(), x()}, x())
		},
		func() map[string]func() {
			return ofChernoffFamily[Dirichlet](hostile.Vector[float64](h, h.Cols), hostile.Vector[float64](h, h.Cols), x())
		},
	}
	return families[h.Below(len(families))]()
}

func hostileCalls() map[string]hostile.Call {
	calls := map[string]hostile.Call{}
	for name := range ofChernoffFamily(Normal{}, Normal{}, 0) {
		calls[name] = func(h *hostile.Trial) error {
			if call := anyPair(h)[name]; call != nil {
				call()
			}
			return nil
		}
	}
	for name, integral := range map[string]func(p, q LogDensity, low, high, tolerance float64) (float64, error){
		"KullbackLeiblerIntegral": KullbackLeiblerIntegral, "JensenShannonIntegral": JensenShannonIntegral,
	} {
		calls[name] = func(h *hostile.Trial) error {
			x := func() float64 { return hostile.Extreme[float64](h) }
			p, q := LogDensity(func(x float64) float64 { return -x * x }), LogDensity(func(x float64) float64 { return -math.Abs(x) })
			if odd := x(); h.Below(4) == 0 {
				p = func(float64) float64 { return odd }
			}
			_, err := integral(p, q, x(), x(), x())
			return err
		}
	}
	calls["KullbackLeiblerOfSamples"] = func(h *hostile.Trial) error {
		KullbackLeiblerOfSamples(hostile.Vector[float64](h, h.Rows), hostile.Vector[float64](h, h.Rows), h.Number())
		return nil
	}
	calls["KullbackLeiblerOfRows"] = func(h *hostile.Trial) error {
		rows := func() relent.Matrix[float64] {
			return relent.Matrix[float64](hostile.Matrix[float64](h, h.Rows, h.Cols))
		}
		KullbackLeiblerOfRows(rows(), rows(), h.Number())
		return nil
	}
	return calls
}

// The entropies of binomial distributions of many trials are those of the sum, by 40 digits of mpmath, and take no time.
func TestEntropyOfManyTrials(t *testing.T) {
	for _, c := range []struct {
		p    Binomial
		want float64
	}{
		{Binomial{1 << 18, 0.5}, 6.964115977683022548264},
		{Binomial{330_000, 0.25}, 6.935373946436345667536},
		{Binomial{330_000, 0.75}, 6.935373946436345667536},
		{Binomial{600_000, 0.125}, 6.964793818860247141313},
		{Binomial{math.MaxInt32, 0x1p-14}, 7.310658413553001762599},
	} {
		if h := Entropy(c.p); math.Abs(h-c.want) > 1e-13 {
			t.Errorf("of %v: %v, want %v", c.p, h, c.want)
		}
	}
	p := Binomial{math.MaxInt, 0.5}
	want := Entropy(Normal{0, math.Sqrt(float64(p.Trials)) / 2})
	if h := Entropy(p); math.Abs(h-want) > 1e-13*want {
		t.Errorf("of %v: %v, want %v", p, h, want)
	}
}

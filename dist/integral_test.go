package dist

import (
	"errors"
	"github.com/relent-go/relent"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func logNormalDensity(p Normal) LogDensity {
	return func(x float64) float64 {
		z := (x - p.Mean) / p.Deviation
		return -z*z/2 - math.Log(p.Deviation) - math.Log(2*math.Pi)/2
	}
}

func logLaplaceDensity(p Laplace) LogDensity {
	return func(x float64) float64 { return -math.Abs(x-p.Mean)/p.Scale - math.Log(2*p.Scale) }
}

func logExponentialDensity(p Exponential) LogDensity {
	return func(x float64) float64 { return math.Log(p.Rate) - p.Rate*x }
}

func logWeibullDensity(p Weibull) LogDensity {
	return func(x float64) float64 {
		y := math.Log(x / p.Scale)
		return math.Log(p.Shape/p.Scale) + (p.Shape-1)*y - math.Exp(p.Shape*y)
	}
}

// Integrals are the closed forms, on the line, on half of it and where densities have a corner.
func TestIntegrals(t *testing.T) {
	inf := math.Inf(1)
	near := Normal{1 + 1e-6, 2 * (1 - 3e-6)}
	check := func(what string, p, q LogDensity, low, high, kl, js, bound float64) {
		t.Helper()
		for name, c := range map[string]struct {
			f    func(p, q LogDensity, low, high, tolerance float64) (float64, error)
			want float64
		}{"KullbackLeibler": {KullbackLeiblerIntegral, kl}, "JensenShannon": {JensenShannonIntegral, js}} {
			got, err := c.f(p, q, low, high, 1e-10)
			if err != nil || !(math.Abs(got-c.want) <= bound*c.want) {
				t.Errorf("%s of %s: %v, want %v: %v", name, what, got, c.want, err)
			}
		}
	}
	for _, c := range [][2]Normal{{{0, 1}, {1, 2}}, {{0, 1}, {30, 5}}, {{-3, 0.125}, {-2, 0.25}}} {
		check("normal", logNormalDensity(c[0]), logNormalDensity(c[1]), -inf, inf, KullbackLeibler(c[0], c[1]), JensenShannon(c[0], c[1]), 1e-10)
	}
	// A logarithm of a density has an error of a unit in its last place, which is 1e-10 of what the two differ by.
	from := Normal{1, 2}
	check("near normal", logNormalDensity(from), logNormalDensity(near), -inf, inf, KullbackLeibler(from, near), JensenShannon(from, near), 1e-8)
	l, m := Laplace{0, 1}, Laplace{0.7, 2}
	check("Laplace", logLaplaceDensity(l), logLaplaceDensity(m), -inf, inf, KullbackLeibler(l, m), JensenShannon(l, m), 1e-10)
	e, f := Exponential{1}, Exponential{3}
	check("exponential", logExponentialDensity(e), logExponentialDensity(f), 0, inf, KullbackLeibler(e, f), JensenShannon(e, f), 1e-10)
	mirrored := func(p Exponential) LogDensity { return func(x float64) float64 { return logExponentialDensity(p)(-x) } }
	check("exponential, mirrored", mirrored(e), mirrored(f), -inf, 0, KullbackLeibler(e, f), JensenShannon(e, f), 1e-10)
	step := func(high float64) LogDensity {
		return func(x float64) float64 {
			if x >= high {
				return math.Inf(-1)
			}
			return -math.Log(high)
		}
	}
	check("uniform", step(1), step(4), 0, 4, math.Log(4), 0.5*(math.Log(2/1.25)+0.25*math.Log(0.5/1.25)+0.75*math.Log(2)), 1e-9)
	same := logNormalDensity(Normal{0, 1})
	check("equal", same, same, -inf, inf, 0, 0, 0)
}

// The Jensen–Shannon divergences of Weibull distributions, which have no closed form.
func TestIntegralsOfWeibull(t *testing.T) {
	notEmulated(t)
	for _, pair := range goldenPairs(t, golden) {
		if p, q, want := parseAll(t, pair.P), parseAll(t, pair.Q), parse(t, pair.Want["jensenShannon"]); pair.Family == "weibull" && want > 1e-8 {
			got, err := JensenShannonIntegral(logWeibullDensity(Weibull{p[0], p[1]}), logWeibullDensity(Weibull{q[0], q[1]}), 0, math.Inf(1), 1e-9)
			if err != nil || math.Abs(got-want) > 1e-8*want {
				t.Errorf("%v and %v: %v, want %v: %v", p, q, got, want, err)
			}
		}
	}
}

func TestIntegralsThatDoNotConverge(t *testing.T) {
	normal := logNormalDensity(Normal{0, 1})
	for what, q := range map[string]LogDensity{
		"NaN":                 func(float64) float64 { return math.NaN() },
		"disjoint":            func(x float64) float64 { return map[bool]float64{true: 0, false: math.Inf(-1)}[x > 0] },
		"too heavy for p / q": func(x float64) float64 { return -x * x * x * x / 1e-300 },
		"noise":               func(x float64) float64 { return normal(x) + rand.Float64() },
	} {
		value, err := KullbackLeiblerIntegral(normal, q, math.Inf(-1), math.Inf(1), 1e-9)
		var notConverged *IntegralError
		if !errors.As(err, &notConverged) || notConverged.Value != value && value == value {
			t.Errorf("%s: %v, %v", what, value, err)
		}
	}
	defer func() {
		if got, want := recover(), "dist: an integral from 1 to 0 with the tolerance 0.1"; got != want {
			t.Errorf("panic %v, want %v", got, want)
		}
	}()
	_, _ = KullbackLeiblerIntegral(normal, normal, 1, 0, 0.1)
}

// Kronrod's rule is exact for polynomials up to degree 22, Gauss's up to 13.
func TestRules(t *testing.T) {
	for n := 0; n <= 22; n++ {
		var kronrod, gauss float64
		for i, x := range kronrodNodes {
			both := math.Pow(x, float64(n)) + math.Pow(-x, float64(n))
			if i == 0 {
				both /= 2
			}
			kronrod += kronrodWeights[i] * both
			gauss += gaussWeights[i] * both
		}
		want := float64(1+(n+1)%2*2-1) / float64(n+1) // 2/(n+1) for even n, otherwise 0
		if math.Abs(kronrod-want) > 1e-15 || n <= 13 && math.Abs(gauss-want) > 1e-15 {
			t.Errorf("degree %d: %v and %v, want %v", n, kronrod, gauss, want)
		}
	}
	for n := 0; n < 15; n++ { // ∫ (1-u)·uⁿ du = 1/(n+1) - 1/(n+2)
		sum := 0.0
		for _, g := range gauss {
			sum += g.weight * math.Pow(g.node, float64(n))
		}
		if want := 1/float64(n+1) - 1/float64(n+2); math.Abs(sum-want) > 1e-15 {
			t.Errorf("the rule with the weight 1-u, degree %d: %v, want %v", n, sum, want)
		}
	}
}

func TestKullbackLeiblerOfSamples(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sample := func(n int, d Normal) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = d.Mean + d.Deviation*r.NormFloat64()
		}
		return x
	}
	for _, c := range [][2]Normal{{{0, 1}, {1, 2}}, {{0, 1}, {0, 1}}, {{2, 0.5}, {1, 1}}} {
		p, q := sample(20000, c[0]), sample(15000, c[1])
		before := slices.Clone(p)
		for _, k := range []int{1, 5, 50} {
			got, want := KullbackLeiblerOfSamples(p, q, k), KullbackLeibler(c[0], c[1])
			if math.Abs(got-want) > 0.06/math.Sqrt(float64(k))+0.01 {
				t.Errorf("%v, k = %d: %v, want about %v", c, k, got, want)
			}
		}
		if !slices.Equal(p, before) {
			t.Error("the sample has changed")
		}
	}
	// Against all distances, sorted.
	p, q := sample(60, Normal{0, 1}), sample(40, Normal{0, 2})
	for k := 1; k <= 40; k++ {
		sum := 0.0
		for i, x := range p {
			sum += math.Log(distances(x, q, -1)[k-1] / distances(x, p, i)[k-1])
		}
		want := sum/60 + math.Log(40./59)
		if got := KullbackLeiblerOfSamples(p, q, k); math.Abs(got-want) > 1e-12 {
			t.Errorf("k = %d: %v, want %v", k, got, want)
		}
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if x := KullbackLeiblerOfSamples([]float64{1, bad, 2}, []float64{1, 2}, 1); x == x {
			t.Errorf("%v: %v", bad, x)
		}
	}
	defer func() {
		if got, want := recover(), "dist: KullbackLeiblerOfSamples: the 2 nearest of 2 and of 5"; got != want {
			t.Errorf("panic %v, want %v", got, want)
		}
	}()
	KullbackLeiblerOfSamples(make([]float64, 2), make([]float64, 5), 2)
}

// In one dimension it is that of samples; in three, normal samples have about the divergence of their distributions.
func TestKullbackLeiblerOfRows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	points := func(n, d int, mean, deviation float64) relent.Matrix[float64] {
		x := relent.NewMatrix[float64](n, d)
		for i := range x.Data {
			x.Data[i] = mean + deviation*r.NormFloat64()
		}
		return x
	}
	p, q := points(60, 1, 0, 1), points(40, 1, 0, 2)
	for _, k := range []int{1, 3, 40} {
		got, want := KullbackLeiblerOfRows(p, q, k), KullbackLeiblerOfSamples(p.Data, q.Data, k)
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("k = %d: %v, want %v", k, got, want)
		}
	}
	want := 3 * KullbackLeibler(Normal{0, 1}, Normal{0.5, 1.25})
	p, q = points(1500, 3, 0, 1), points(1500, 3, 0.5, 1.25)
	if got := KullbackLeiblerOfRows(p, q, 5); math.Abs(got-want) > 0.1 {
		t.Errorf("%v, want about %v", got, want)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), 1e200} {
		for _, x := range []relent.Matrix[float64]{p, q} {
			was := x.Data[10]
			x.Data[10] = bad
			if got := KullbackLeiblerOfRows(p, q, 5); got == got {
				t.Errorf("%v: %v", bad, got)
			}
			x.Data[10] = was
		}
	}
	same := relent.NewMatrix[float64](4, 2)
	if got := KullbackLeiblerOfRows(same, points(4, 2, 0, 1), 2); !math.IsInf(got, 1) {
		t.Errorf("the same points: %v", got)
	}
	for _, c := range []struct {
		q    relent.Matrix[float64]
		k    int
		want string
	}{
		{same, 4, "dist: KullbackLeiblerOfRows: the 4 nearest of 4×2 and of 4×2"},
		{points(5, 3, 0, 1), 1, "dist: KullbackLeiblerOfRows: the 1 nearest of 4×2 and of 5×3"},
		{same, 0, "dist: KullbackLeiblerOfRows: the 0 nearest of 4×2 and of 4×2"},
	} {
		func() {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("panic %v, want %v", got, c.want)
				}
			}()
			KullbackLeiblerOfRows(same, c.q, c.k)
		}()
	}
}

func distances(x float64, from []float64, but int) (d []float64) {
	for i, y := range from {
		if i != but {
			d = append(d, math.Abs(x-y))
		}
	}
	slices.Sort(d)
	return d
}

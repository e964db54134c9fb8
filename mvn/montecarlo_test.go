package mvn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// randomMixture has k components in d dimensions, about so far apart.
func (r *rng) randomMixture(k, d int, apart float64) *Mixture {
	weights, sum := r.positive(k), 0.0
	for _, w := range weights {
		sum += w
	}
	var components []*Normal
	for i := range weights {
		weights[i] /= sum
		mu := r.vector(d)
		for j := range mu {
			mu[j] *= apart
		}
		components = append(components, must(NewNormal(mu, r.covariance(d, 10))))
	}
	return must(NewMixture(weights, components))
}

// lineIntegrals are the divergences of mixtures in one dimension by the trapezoidal rule, which converges exponentially.
func lineIntegrals(l, r *Mixture) (kl, js float64) {
	const step = 1. / 64
	var x []float64
	for v := -40.0; v <= 40; v += step {
		x = append(x, v)
	}
	rows := mat.NewDense(len(x), 1, x)
	p, q := must(l.LogProbRows(nil, rows, relent.Run{})), must(r.LogProbRows(nil, rows, relent.Run{}))
	for i, a := range p {
		b := q[i]
		pa, qb := math.Exp(a), math.Exp(b)
		m := math.Log((pa + qb) / 2)
		if pa > 1e-300 {
			kl += step * pa * (a - b)
			js += step * pa * (a - m) / 2
		}
		if qb > 1e-300 {
			js += step * qb * (b - m) / 2
		}
	}
	return kl, js
}

func estimates(l, r *Mixture, o MonteCarlo, run relent.Run) map[string]MonteCarloEstimate {
	return map[string]MonteCarloEstimate{
		"MixtureKullbackLeibler": must(MixtureKullbackLeibler(l, r, o, run)),
		"MixtureJensenShannon":   must(MixtureJensenShannon(l, r, o, run)),
	}
}

// Of one component there are closed forms; near each other and apart.
func TestMonteCarloOfNormals(t *testing.T) {
	r := seed(t.Name())
	for _, by := range []float64{1e-6, 1e-3, 0.05, 1} {
		const d = 3
		mu, sigma := r.vector(d), r.covariance(d, 10)
		a, b := must(NewNormal(mu, sigma)), must(NewNormal(mu, r.near(sigma, by/30)))
		l, o := must(NewMixture([]float64{1}, []*Normal{a})), must(NewMixture([]float64{1}, []*Normal{b}))
		wants := map[string]float64{"MixtureKullbackLeibler": KullbackLeibler(a, b), "MixtureJensenShannon": JensenShannon(a, b)}
		for name, e := range estimates(l, o, MonteCarlo{Seed: 1, Samples: 20000}, relent.Run{}) {
			want := wants[name]
			if math.Abs(e.Value-want) > 4.5*e.StandardError || e.StandardError > 0.05*want {
				t.Errorf("%s, near %g: %g ± %g, want %g", name, by, e.Value, e.StandardError, want)
			}
		}
		low, high := MixtureKullbackLeiblerBounds(l, o)
		if want := wants["MixtureKullbackLeibler"]; low > want || high < want || high > want*(1+1e-9)+1e-9 {
			t.Errorf("near %g: bounds %g and %g, want %g", by, low, high, want)
		}
		for name, got := range map[string]float64{
			"variational": MixtureKullbackLeiblerVariational(l, o), "unscented": MixtureKullbackLeiblerUnscented(l, o),
		} {
			if want := wants["MixtureKullbackLeibler"]; math.Abs(got-want) > 1e-12+1e-6*want {
				t.Errorf("near %g: the %s approximation is %g, want %g", by, name, got, want)
			}
		}
	}
}

// Intervals of 1.96 standard errors hold the value in 95 of 100 runs, bounds in all.
func TestMonteCarloCovers(t *testing.T) {
	runs, samples, least, most := 400, 1000, 0.91, 0.985
	if deep() { // of fewer samples, whose terms have a long tail, 93 % may
		runs, samples, least, most = 10000, 4000, 0.94, 0.96
	} else if testing.Short() {
		runs, least, most = 60, 0.85, 1
	}
	for _, apart := range []float64{0.3, 2} {
		r := seed(fmt.Sprint(t.Name(), apart))
		l, o := r.randomMixture(3, 1, apart), r.randomMixture(4, 1, apart)
		kl, js := lineIntegrals(l, o)
		wants := map[string]float64{"MixtureKullbackLeibler": kl, "MixtureJensenShannon": js}
		covered := map[string]int{}
		for s := range runs {
			for name, e := range estimates(l, o, MonteCarlo{Seed: uint64(s), Samples: samples}, relent.Run{}) {
				if math.Abs(e.Value-wants[name]) <= 1.96*e.StandardError {
					covered[name]++
				}
			}
		}
		for name := range wants {
			if share := float64(covered[name]) / float64(runs); share < least || share > most {
				t.Errorf("%s, apart by %g: %g of the intervals hold the value", name, apart, share)
			}
		}
	}
}

func TestMixtureBounds(t *testing.T) {
	pairs := 60
	if deep() {
		pairs = 100_000
	}
	r := seed(t.Name())
	for i := range pairs {
		apart := math.Ldexp(1, int(r.next()%6)-2)
		l, o := r.randomMixture(1+int(r.next()%4), 1, apart), r.randomMixture(1+int(r.next()%4), 1, apart)
		if i%7 == 0 {
			o = l
		}
		kl, js := lineIntegrals(l, o)
		if low, high := MixtureKullbackLeiblerBounds(l, o); !(low >= 0 && low <= kl+1e-12 && high >= kl-1e-12) || i%7 == 0 && high > 10 {
			t.Errorf("pair %d: the divergence is %g, bounds are %g and %g", i, kl, low, high)
		}
		if low, high := MixtureJensenShannonBounds(l, o); !(low >= 0 && low <= js+1e-12 && high >= js-1e-12 && high <= math.Ln2) {
			t.Errorf("pair %d: the Jensen–Shannon divergence is %g, bounds are %g and %g", i, js, low, high)
		}
		if got := MixtureKullbackLeiblerVariational(l, o); i%7 == 0 && math.Abs(got) > 1e-12 {
			t.Errorf("pair %d: the variational approximation of a mixture from itself is %g", i, got)
		}
	}
}

// The same for any number of workers, and as many samples as it takes.
func TestMonteCarloStops(t *testing.T) {
	r := seed(t.Name())
	l, o := r.randomMixture(3, 2, 0.5), r.randomMixture(2, 2, 0.5)
	const enough = 8e-3
	first, second := MonteCarlo{Seed: 3, StandardError: enough}, MonteCarlo{Seed: 4, StandardError: enough}
	three, others := estimates(l, o, first, relent.Run{Workers: 3}), estimates(l, o, second, relent.Run{})
	for name, want := range estimates(l, o, first, relent.Run{}) {
		if want.StandardError > enough || want.Samples >= 1_000_000 {
			t.Errorf("%s: %+v", name, want)
		}
		if three[name] != want {
			t.Errorf("%s: %+v by three workers, %+v by one", name, three[name], want)
		}
		if others[name].Value == want.Value {
			t.Errorf("%s: seeds 3 and 4 give %g", name, want.Value)
		}
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if _, err := MixtureJensenShannon(l, o, MonteCarlo{}, relent.Run{Context: stopped}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
}

// Mixtures that are too far apart for any sample have an infinite divergence, or log 2.
func TestMonteCarloOfFarMixtures(t *testing.T) {
	at := func(mean float64) *Mixture {
		return must(NewMixture([]float64{1}, []*Normal{must(NewNormalIsotropic([]float64{mean}, 1))}))
	}
	for _, samples := range []int{500, 5000} {
		kl := must(MixtureKullbackLeibler(at(0), at(1e200), MonteCarlo{Samples: samples}, relent.Run{}))
		if !math.IsInf(kl.Value, 1) || kl.StandardError != 0 {
			t.Errorf("%d samples: %+v", samples, kl)
		}
	}
	for _, samples := range []int{1000, 100_000} {
		if js := must(MixtureJensenShannon(at(0), at(100), MonteCarlo{Samples: samples}, relent.Run{})); !(js.Value <= math.Ln2 && js.Value > 0.69314) {
			t.Errorf("%d samples: %+v", samples, js)
		}
	}
}

// Of a single number each, in exact numbers.
func TestTermsOfMonteCarlo(t *testing.T) {
	for _, x := range []float64{0, 1e-300, 1e-9, -1e-9, 0.01, -0.03, 0.03126, -0.2, 0.249, 0.26, 3, -3, 40, -40, 800} {
		excess, information := []float64{x}, []float64{x}
		relativeExcesses(excess)
		informations(information)
		want := expMinus1MinusX(-x)
		near(t, fmt.Sprintf("e^-x - 1 + x at %g", x), excess[0], want, 1e-13)
		// The divergence of Bernoulli variables ±: ½KL of 1/(1+e^-x) and its complement from ½.
		p := 1 / (1 + math.Exp(-x))
		kl := relent.JensenShannon([]float64{p, 1 - p}, []float64{1 - p, p})
		if math.Abs(x) > 1e-3 {
			near(t, fmt.Sprintf("information at %g", x), information[0], kl, 1e-12)
		} else {
			near(t, fmt.Sprintf("information at %g", x), information[0], x*x/8, 1e-6)
		}
	}
}

// BenchmarkMonteCarlo is for a sample.
func BenchmarkMonteCarlo(b *testing.B) {
	const samples = 1 << 16
	for _, c := range []struct{ k, d int }{{1, 16}, {32, 64}} {
		r := seed("monte carlo")
		l, o := r.randomMixture(c.k, c.d, 1), r.randomMixture(c.k, c.d, 1)
		b.Run(fmt.Sprintf("k=%d/d=%d", c.k, c.d), func(b *testing.B) {
			for b.Loop() {
				must(MixtureJensenShannon(l, o, MonteCarlo{Samples: samples}, relent.Run{}))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/samples, "ns/sample")
		})
	}
}

// A component may have so small a part in a bound that 1 over it overflows.
func TestMixtureBoundsOfFarComponents(t *testing.T) {
	one := func(mean, variance float64) *Normal {
		return must(NewNormalDiagonal([]float64{mean}, []float64{variance}))
	}
	p := must(NewMixture([]float64{1}, []*Normal{one(6.14, 0.14)}))
	for far := 37.0; far < 39; far += 0.001 { // e^(-far²/2) passes through the subnormal numbers
		q := must(NewMixture([]float64{0.5, 0.5}, []*Normal{one(6.14+far, 1), one(0, 5000)}))
		lower, upper := MixtureKullbackLeiblerBounds(p, q)
		if want := KullbackLeibler(one(6.14, 0.14), one(0, 5000)) + math.Ln2; !(lower >= 0 && lower <= want && upper >= lower && upper <= 1.001*want) {
			t.Fatalf("components %g apart: between %g and %g, the nearest alone %g", far, lower, upper, want)
		}
	}
}

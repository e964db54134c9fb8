package relent

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// eachDefined runs f for each measure and a vector of each family that it is defined for, with each instruction set.
func eachDefined[F float](t *testing.T, f func(m measure[F], kind string, p, q []F)) {
	r := seed(t.Name())
	defined := 0
	for _, kind := range families[F]() {
		for range short(10) {
			p, q := pairs(r, 1+r.below(300), kind.pair)
			for _, m := range measures[F]() {
				if m.defined(p, q) {
					f(m, kind.name, p, q)
					defined++
				}
			}
		}
	}
	if defined == 0 {
		t.Error("no measure is defined for any vector")
	}
}

// signed names the measures that may be negative for any input; entropies may be above 1.
var signed = []string{"KullbackLeibler", "Entropy", "CrossEntropy"}

func TestNotNegative(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", notNegative[float64])
		t.Run("f32", notNegative[float32])
	})
}

func notNegative[F float](t *testing.T) {
	eachDefined(t, func(m measure[F], kind string, p, q []F) {
		least := slices.Max(p) <= 1 && slices.Max(q) <= 1 && m.name != "KullbackLeibler"
		if got := m.compute(p, q); !(got >= 0) && (least || !slices.Contains(signed, m.name)) {
			t.Errorf("%s of %d %s is %v", m.name, len(p), kind, got)
		}
	})
}

func TestZeroWhereEqual(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", zeroWhereEqual[float64])
		t.Run("f32", zeroWhereEqual[float32])
	})
}

func zeroWhereEqual[F float](t *testing.T) {
	eachDefined(t, func(m measure[F], kind string, p, _ []F) {
		if strings.HasSuffix(m.name, "Entropy") {
			return
		}
		if got := m.compute(p, p); math.Float64bits(got) != 0 {
			t.Errorf("%s of %d equal %s is %v", m.name, len(p), kind, got)
		}
	})
}

func TestSymmetry(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", symmetry[float64])
		t.Run("f32", symmetry[float32])
	})
}

func symmetry[F float](t *testing.T) {
	names := []string{"JensenShannon", "JensenShannonDistance", "Jeffreys", "Hellinger", "TotalVariation"}
	eachDefined(t, func(m measure[F], kind string, p, q []F) {
		if m.name == "TotalVariation" {
			requireSame(t, "Bhattacharyya", kind, Bhattacharyya(p, q), Bhattacharyya(q, p))
		}
		if slices.Contains(names, m.name) {
			requireSame(t, m.name, kind, m.compute(p, q), m.compute(q, p))
		}
	})
}

func requireSame(t *testing.T, name, kind string, x, y float64) {
	t.Helper()
	if math.Float64bits(x) != math.Float64bits(y) {
		t.Errorf("%s of %s: %x and %x", name, kind, x, y)
	}
}

// Scaling p and q by a power of two scales the divergences, without a rounding.
func TestScaling(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", scaling[float64])
		t.Run("f32", scaling[float32])
	})
}

func scaling[F float](t *testing.T) {
	degree := map[string]int{"KullbackLeibler": 2, "GeneralizedKullbackLeibler": 2, "JensenShannon": 2, "Jeffreys": 2,
		"TotalVariation": 2, "ChiSquare": 2, "JensenShannonDistance": 1, "Hellinger": 1} // of √factor
	r := seed(t.Name())
	for range short(200) {
		p, q := pairs(r, 1+r.below(100), func(r *rng) (p, q F) { return wide[F](r, -20, 20), wide[F](r, -20, 20) })
		e := r.below(41) - 20
		factor := power[F](2 * e)
		ps, qs := slices.Clone(p), slices.Clone(q)
		for i := range p {
			ps[i] *= factor
			qs[i] *= factor
		}
		for _, m := range measures[F]() {
			if d, ok := degree[m.name]; ok {
				got, want := m.compute(ps, qs), m.compute(p, q)*math.Ldexp(1, d*e)
				if isFloat64[F]() {
					requireSame(t, m.name, "scaled", got, want)
					continue
				}
				scale := math.Abs(want)
				if m.name == "KullbackLeibler" {
					_, size := m.exactly(ps, qs)
					scale, _ = size.Float64()
				}
				if !(math.Abs(got-want) <= 2*errorBound[F](len(p))*scale) { // small sums are computed in float64
					t.Errorf("%s of scaled: %x and %x", m.name, got, want)
				}
			}
		}
	}
}

// JensenShannon is at most log 2 times the mean of the totals, and its root keeps the triangle inequality.
func TestJensenShannonIsMetric(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", metric[float64])
		t.Run("f32", metric[float32])
	})
}

func metric[F float](t *testing.T) {
	r := seed(t.Name())
	kinds := families[F]()
	for i := range short(2000) {
		p, q := pairs(r, 1+r.below(40), kinds[i%3].pair) // in [0, 1), with zeros
		_, between := pairs(r, len(p), kinds[0].pair)
		if i%2 == 0 {
			for j := range between {
				between[j] = p[j]/2 + q[j]/2
			}
		}
		rounding := 1 + 4*errorBound[F](chunk)
		var totals float64
		for j := range p {
			totals += float64(p[j]) + float64(q[j])
		}
		if js := JensenShannon(p, q); js > math.Ln2*totals/2*rounding {
			t.Errorf("JensenShannon %v for totals of %v", js, totals)
		}
		direct := JensenShannonDistance(p, q)
		if way := JensenShannonDistance(p, between) + JensenShannonDistance(between, q); direct > way*rounding {
			t.Errorf("JensenShannonDistance %v directly, %v by a third", direct, way)
		}
	}
}

// CrossEntropy is Entropy + KullbackLeibler.
func TestCrossEntropyIsSum(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", crossEntropyIsSum[float64])
		t.Run("f32", crossEntropyIsSum[float32])
	})
}

func crossEntropyIsSum[F float](t *testing.T) {
	r := seed(t.Name())
	for range short(500) {
		p, q := pairs(r, 1+r.below(300), families[F]()[0].pair)
		h, cross, kl := Entropy(p), CrossEntropy(p, q), KullbackLeibler(p, q)
		// The sizes of kl's terms sum to at most h + cross.
		if gap := math.Abs(cross - (h + kl)); !(gap <= 2.5*errorBound[F](chunk)*(h+cross)) {
			t.Errorf("cross-entropy %v, entropy %v and divergence %v, of %d: gap %.3g", cross, h, kl, len(p), gap)
		}
	}
}

// Sums of several chunks are those of the chunks, rounded once.
func TestChunks(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", chunks[float64])
		t.Run("f32", chunks[float32])
	})
}

func chunks[F float](t *testing.T) {
	names := []string{"unit", "zeros", "one ulp apart"}
	for _, kind := range names[:short(len(names))] {
		kinds := families[F]()
		pair := kinds[slices.IndexFunc(kinds, func(f family[F]) bool { return f.name == kind })].pair
		p, q := pairs(seed(t.Name()), 5*chunk, pair)
		for _, n := range []int{chunk - 1, chunk, chunk + 1, 2*chunk - 1, 2 * chunk, 2*chunk + 1, 5*chunk - 3} {
			for _, k := range reductions[F]() {
				sum := number(0)
				for at := 0; at < n; at += chunk {
					end := min(at+chunk, n)
					sum = add(sum, number(k.sum(p[at:end], q[at:end])))
				}
				want, _ := sum.Float64()
				if got := k.sum(p[:n], q[:n]); math.Abs(got-want) > math.Abs(want)*0x1p-52 {
					t.Errorf("%s of %d %s: %x, the chunks' sum is %x", k.name, n, kind, got, want)
				}
			}
		}
	}
}

// float32 results are near the float64 results of the same values.
func TestFloat32NearFloat64(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		wider := measures[float64]()
		eachDefined(t, func(m measure[float32], kind string, p, q []float32) {
			m64 := wider[slices.IndexFunc(wider, func(w measure[float64]) bool { return w.name == m.name })]
			x, y := widened(p), widened(q)
			want, got := m64.compute(x, y), m.compute(p, q)
			size := want
			if slices.Contains(signed, m.name) {
				return // TestCrossEntropyIsSum and the oracle know the size of the terms
			}
			if m.root { // of a sum that may underflow
				want, got, size = want*want, got*got, 2*size*size
			}
			if !(math.Abs(got-want) <= size*1.01*ErrorBound32+4*float64(len(p))*leastUnit[float32]()) && got != want {
				t.Errorf("%s of %d %s: float32 %v, float64 %v", m.name, len(p), kind, got, want)
			}
		})
	})
}

func widened(p []float32) []float64 {
	x := make([]float64, len(p))
	for i := range p {
		x[i] = float64(p[i])
	}
	return x
}

type (
	probability float64
	share       float32
)

// Types made from float64 and float32 are taken as these.
func TestNamedTypes(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		namedTypes[probability, float64](t)
		namedTypes[share, float32](t)
	})
}

func namedTypes[N Float, F float](t *testing.T) {
	p, q := pairs(seed(t.Name()), 37, families[F]()[0].pair)
	x, y := make([]N, len(p)), make([]N, len(q))
	for i := range p {
		x[i], y[i] = N(p[i]), N(q[i])
	}
	for _, pair := range [][2]float64{
		{KullbackLeibler(x, y), KullbackLeibler(p, q)},
		{GeneralizedKullbackLeibler(x, y), GeneralizedKullbackLeibler(p, q)},
		{Entropy(x), Entropy(p)},
		{CrossEntropy(x, y), CrossEntropy(p, q)},
		{JensenShannon(x, y), JensenShannon(p, q)},
		{Jeffreys(x, y), Jeffreys(p, q)},
		{Hellinger(x, y), Hellinger(p, q)},
		{Bhattacharyya(x, y), Bhattacharyya(p, q)},
		{TotalVariation(x, y), TotalVariation(p, q)},
		{ChiSquare(x, y), ChiSquare(p, q)},
		{BinaryEntropy(x), BinaryEntropy(p)},
		{BinaryCrossEntropy(x, y), BinaryCrossEntropy(p, q)},
		{BinaryKullbackLeibler(x, y), BinaryKullbackLeibler(p, q)},
		{float64(KullbackLeiblerTerms(nil, x, y)[36]), float64(KullbackLeiblerTerms(nil, p, q)[36])},
	} {
		requireSame(t, "a measure", "named types", pair[0], pair[1])
	}
}

package kernels

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Usual elements have the same bits by the quick text; ordinary ones and, where the check is said to hold for them, zeros are usual; and
// nothing that is not a number is.
func TestQuickTextsHaveTheSameBits(t *testing.T) {
	for _, elem := range Elements {
		t.Run(elem.String(), func(t *testing.T) { quickTextsHaveTheSameBits(t, elem) })
	}
}

func quickTextsHaveTheSameBits(t *testing.T, elem Type) {
	random := rand.New(rand.NewPCG(1, 2))
	edges := []float64{0, math.Copysign(0, -1), 1, 0.5, -1, 0x1p-1074, 0x1p-1022, 0x1p-901, 0x1p-900, 0x1.fffffffffffffp-901, 0x1p1019,
		0x1.fffffffffffffp1019, 0x1p1020, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(), 700, -510, 511, -511, 0x1p-200,
		0x1p-149, 0x1p-126, 0x1p-101, 0x1p-100, 0x1p123, 0x1p124, math.MaxFloat32, 88, -87, 63, -63, 64}
	element := func() float64 {
		switch random.IntN(8) {
		case 0:
			return edges[random.IntN(len(edges))]
		case 1:
			return math.Ldexp(random.Float64(), (random.IntN(2200)-1100)*elem.MaxExponent()/F64.MaxExponent())
		case 2:
			return random.NormFloat64() * map[Type]float64{F64: 300, F32: 40}[elem]
		}
		return random.Float64()
	}
	for _, k := range All().Passes() {
		check, quick := k.Quick(elem)
		if quick == nil {
			continue
		}
		held, text := 0, k.Record(elem)
		for range 30000 {
			x := make([]float64, len(k.Args))
			for i := range x {
				x[i] = decode(elem, elem.Bits(element()))
			}
			if random.IntN(4) == 0 {
				x[len(x)-1] = x[0]
			}
			if _, holds, _ := run(*check, 0, x); !holds {
				continue
			}
			held++
			if slices.ContainsFunc(x, math.IsNaN) {
				t.Fatalf("%s: %v is usual", k.Name, x)
			}
			if got, want := results(*quick, x), results(text, x); !slices.Equal(got, want) {
				t.Fatalf("%s of %x: %x, not %x", k.Name, x, got, want)
			}
		}
		if held < 3000 {
			t.Errorf("%s: of 30000 random elements %d are usual", k.Name, held)
		}
	}
	for _, k := range []Map{EntropyTerms, KLTerms, GeneralizedKLTerms} {
		check, _ := k.Kernel().Quick(elem)
		for _, x := range [][]float64{{0, 0}, {0, .5}, {.25, .5}} {
			if _, holds, _ := run(*check, 0, x[:len(k.Args)]); !holds {
				t.Errorf("%s: %v is not usual", k.Name, x)
			}
		}
	}
}

// results are the bits of all outputs.
func results(p Program, x []float64) (bits []uint64) {
	v, _, _ := run(p, 0, x)
	for _, id := range p.Results {
		bits = append(bits, v[id])
	}
	return bits
}

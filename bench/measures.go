package main

import (
	"math"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// A function computes a measure of p and q, or of p alone.
type function[F relent.Float] func(p, q []F) float64

// contestants are the ways to compute a measure. Gonum is nil where it has no such function; it has none for float32.
type contestants[F relent.Float] struct {
	relent, naive, gonum function[F]
}

// A measure is what the benchmarks and the report compare.
type measure struct {
	name   string
	inputs family
	arrays int // that are read
	writes bool

	golden     string                // its name in the golden values, if it is there
	fromGolden func(float64) float64 // from the golden value to the measure; nil: the same
	scale      function[float64]     // what its error is relative to; nil: its value

	f64 contestants[float64]
	f32 contestants[float32]
}

// measures lists every function of package relent that takes slices and gives a measure of them.
var measures = []measure{
	{
		name: "KullbackLeibler", arrays: 2, golden: "kullbackLeibler", scale: sizeOfKullbackLeibler,
		f64: of64(relent.KullbackLeibler, naiveKullbackLeibler, stat.KullbackLeibler),
		f32: of32(relent.KullbackLeibler, naiveKullbackLeibler),
	}, {
		name: "GeneralizedKullbackLeibler", arrays: 2, golden: "generalizedKullbackLeibler",
		f64: of64(relent.GeneralizedKullbackLeibler, naiveGeneralizedKullbackLeibler, nil),
		f32: of32(relent.GeneralizedKullbackLeibler, naiveGeneralizedKullbackLeibler),
	}, {
		name: "Entropy", arrays: 1, golden: "entropy", scale: sizeOfEntropy,
		f64: of64(first(relent.Entropy[float64]), naiveEntropy, first(stat.Entropy)),
		f32: of32(first(relent.Entropy[float32]), naiveEntropy),
	}, {
		name: "CrossEntropy", arrays: 2, golden: "crossEntropy", scale: sizeOfCrossEntropy,
		f64: of64(relent.CrossEntropy, naiveCrossEntropy, stat.CrossEntropy),
		f32: of32(relent.CrossEntropy, naiveCrossEntropy),
	}, {
		name: "JensenShannon", arrays: 2, golden: "jensenShannon",
		f64: of64(relent.JensenShannon, naiveJensenShannon, stat.JensenShannon),
		f32: of32(relent.JensenShannon, naiveJensenShannon),
	}, {
		name: "JensenShannonNear", inputs: near, arrays: 2, golden: "jensenShannon",
		f64: of64(relent.JensenShannon, naiveJensenShannon, stat.JensenShannon),
		f32: of32(relent.JensenShannon, naiveJensenShannon),
	}, {
		name: "JensenShannonDistance", arrays: 2, golden: "jensenShannonDistance",
		f64: of64(relent.JensenShannonDistance, naiveJensenShannonDistance, gonumJensenShannonDistance),
		f32: of32(relent.JensenShannonDistance, naiveJensenShannonDistance),
	}, {
		name: "Jeffreys", arrays: 2, golden: "jeffreys",
		f64: of64(relent.Jeffreys, naiveJeffreys, nil),
		f32: of32(relent.Jeffreys, naiveJeffreys),
	}, {
		name: "Hellinger", arrays: 2, golden: "hellinger",
		f64: of64(relent.Hellinger, naiveHellinger, stat.Hellinger),
		f32: of32(relent.Hellinger, naiveHellinger),
	}, {
		name: "Bhattacharyya", arrays: 2, golden: "bhattacharyyaCoefficient", fromGolden: negativeLog, scale: atLeastOne,
		f64: of64(relent.Bhattacharyya, naiveBhattacharyya, stat.Bhattacharyya),
		f32: of32(relent.Bhattacharyya, naiveBhattacharyya),
	}, {
		name: "TotalVariation", arrays: 2, golden: "totalVariation",
		f64: of64(relent.TotalVariation, naiveTotalVariation, gonumTotalVariation),
		f32: of32(relent.TotalVariation, naiveTotalVariation),
	}, {
		name: "ChiSquare", arrays: 2, golden: "chiSquare",
		f64: of64(relent.ChiSquare, naiveChiSquare, stat.ChiSquare),
		f32: of32(relent.ChiSquare, naiveChiSquare),
	}, {
		name: "BinaryEntropy", inputs: probabilities, arrays: 1,
		f64: of64(first(relent.BinaryEntropy[float64]), naiveBinaryEntropy, nil),
		f32: of32(first(relent.BinaryEntropy[float32]), naiveBinaryEntropy),
	}, {
		name: "BinaryCrossEntropy", inputs: probabilities, arrays: 2,
		f64: of64(relent.BinaryCrossEntropy, naiveBinaryCrossEntropy, nil),
		f32: of32(relent.BinaryCrossEntropy, naiveBinaryCrossEntropy),
	}, {
		name: "BinaryKullbackLeibler", inputs: probabilities, arrays: 2,
		f64: of64(relent.BinaryKullbackLeibler, naiveBinaryKullbackLeibler, nil),
		f32: of32(relent.BinaryKullbackLeibler, naiveBinaryKullbackLeibler),
	}, {
		name: "EntropyTerms", arrays: 1, writes: true,
		f64: of64(terms(&terms64, entropyTerms), terms(&terms64, naiveEntropyTerms), nil),
		f32: of32(terms(&terms32, entropyTerms), terms(&terms32, naiveEntropyTerms)),
	}, {
		name: "KullbackLeiblerTerms", arrays: 2, writes: true,
		f64: of64(terms(&terms64, relent.KullbackLeiblerTerms), terms(&terms64, naiveKullbackLeiblerTerms), nil),
		f32: of32(terms(&terms32, relent.KullbackLeiblerTerms), terms(&terms32, naiveKullbackLeiblerTerms)),
	}, {
		name: "GeneralizedKullbackLeiblerTerms", arrays: 2, writes: true,
		f64: of64(
			terms(&terms64, relent.GeneralizedKullbackLeiblerTerms), terms(&terms64, naiveGeneralizedKullbackLeiblerTerms), nil,
		),
		f32: of32(
			terms(&terms32, relent.GeneralizedKullbackLeiblerTerms), terms(&terms32, naiveGeneralizedKullbackLeiblerTerms),
		),
	},
}

// of64 and of32 are here because a call infers what its generic arguments are instances of, and a literal does not.

func of64(relent, naive, gonum function[float64]) contestants[float64] {
	return contestants[float64]{relent, naive, gonum}
}

func of32(relent, naive function[float32]) contestants[float32] {
	return contestants[float32]{relent, naive, nil}
}

// first makes a function of one slice one of two.
func first[F relent.Float](f func(p []F) float64) function[F] {
	return func(p, _ []F) float64 { return f(p) }
}

// terms64 and terms32 are where elementwise functions write.
var (
	terms64 []float64
	terms32 []float32
)

// terms makes an elementwise function one that returns the last term.
func terms[F relent.Float](dst *[]F, f func(dst, p, q []F) []F) function[F] {
	return func(p, q []F) float64 {
		if len(*dst) < len(p) {
			*dst = make([]F, len(p))
		}
		return float64(f((*dst)[:len(p)], p, q)[len(p)-1])
	}
}

func entropyTerms[F relent.Float](dst, p, _ []F) []F { return relent.EntropyTerms(dst, p) }

func gonumJensenShannonDistance(p, q []float64) float64 { return math.Sqrt(stat.JensenShannon(p, q)) }

func gonumTotalVariation(p, q []float64) float64 { return floats.Distance(p, q, 1) / 2 }

func negativeLog(x float64) float64 { return -math.Log(x) }

// atLeastOne is the Bhattacharyya distance or 1: the coefficient, rounded, says no more of a small distance.
func atLeastOne(p, q []float64) float64 { return max(1, math.Abs(stat.Bhattacharyya(p, q))) }

// The sizes are sums of the sizes of terms that have both signs.

func sizeOfKullbackLeibler(p, q []float64) float64 {
	return sizes(p, q, func(p, q float64) float64 { return p * math.Log(p/q) })
}

func sizeOfEntropy(p, q []float64) float64 {
	return sizes(p, q, func(p, _ float64) float64 { return p * math.Log(p) })
}

func sizeOfCrossEntropy(p, q []float64) float64 {
	return sizes(p, q, func(p, q float64) float64 { return p * math.Log(q) })
}

func sizes(p, q []float64, term func(p, q float64) float64) float64 {
	sum := 0.0
	for i := range p {
		if p[i] > 0 {
			sum += math.Abs(term(p[i], q[i]))
		}
	}
	return sum
}

// Package relent computes information measures of discrete distributions with SIMD kernels: entropy, cross-entropy, Kullback–Leibler,
// Jensen–Shannon and others, of pairs of vectors, many rows, counts and streams; and squared Mahalanobis distances of many rows.
// It takes float64 and float32, counts of any type, and dense, sparse and ragged rows.
//
//	p, q := []float64{0.5, 0.5}, []float64{0.9, 0.1}
//	d := relent.KullbackLeibler(p, q)                                                       // one pair
//	d3 := relent.RowByRow(nil, relent.MeasureKullbackLeibler, relent.Vector[float64](p), m) // p and each row of a Matrix m
//	psi, _ := relent.PopulationStabilityIndex([]int{90, 10}, []int{85, 15}, relent.Floor(1e-4))
//
// Each measure of a pair of vectors is a function, such as [KullbackLeibler], and a value, such as [MeasureKullbackLeibler]. The value is
// what [EachRow], [RowByRow], [ManyToMany] and [AllPairs] take for many [Rows] of any kind, [Measures] for several in one pass,
// [BetweenCounts] for raw counts, [NewIndex] for the nearest rows, [NewStream] for vectors in pieces. A [Run] adds goroutines,
// cancellation and progress. [Factor] and [Centers] compute Mahalanobis distances; package mvn builds normal distributions on them.
//
// # Values
//
// Results are float64, in nats; multiply by [BitsPerNat] for bits. The elements of p and q are used as given and never normalised: raw
// counts belong to [BetweenCounts] and Shares. B.1 to B.11 are the equations of appendix B of "Mathematical Engineering of Deep Learning".
//
//   - p = 0 contributes 0 for any finite q >= 0 (to GeneralizedKullbackLeibler q).
//   - p > 0 = q makes KullbackLeibler, GeneralizedKullbackLeibler, CrossEntropy, Jeffreys and ChiSquare +Inf;
//     Jeffreys is +Inf also for q > 0 = p.
//   - A NaN, a negative value (-0 counts as 0) or an infinity in any element gives NaN, also beside a 0; [Validate] finds it.
//   - A measure that a float64 can hold is returned even if an intermediate sum overflows. One too large is infinite, or NaN where
//     terms have both signs.
//   - Empty slices give 0. Slices of different lengths panic and name both.
//
// # Accuracy
//
// The relative error of a term, and so of a sum of terms that are not negative, is at most [ErrorBound64] for float64 and
// [ErrorBound32] for float32 elements, also where p and q are close to each other. The additions of n elements add at most
// (min(n, 1024)/16 + 4)·2⁻⁵³ to it, usually a few units of 2⁻⁵³. This holds for
// GeneralizedKullbackLeibler, JensenShannon, Jeffreys, Hellinger, TotalVariation, ChiSquare, the binary forms, and
// Entropy and CrossEntropy of values up to 1, none of which is ever negative. Sums whose terms have both signs, such as KullbackLeibler,
// have these errors relative to the sum of the sizes of their terms. Near the smallest normal number four units in its last place are
// added.
//
// A result depends on the elements alone: it has the same bits on every CPU, in assembly and in plain Go (build tag purego), alone and
// among other rows of any kind, and for any number of goroutines.
//
// # Memory and goroutines
//
// A dst comes first and is returned; one that is nil, or the zero Matrix, is allocated, any other of the wrong
// size panics and stays as it is, as do sizes that no int holds. What UnmarshalBinary refuses, all but one whole encoding of the type for F,
// is an error and leaves its receiver as it is. dst must not overlap what is read, unless a function says so. With one
// goroutine nothing else is allocated after the first calls, which create reusable buffers. Only NewMatrix, NewSparse,
// NewRagged and Shares keep, and share, the memory that they are given.
//
// Everything may be used concurrently, but for a [Stream] and [SetISA]. Goroutines that a function starts have ended when it returns, or
// panics. No assembly call, which the garbage collector cannot interrupt, runs longer than about 100 µs, except for rows of more than
// 10,000 columns in a Factor.
package relent

import (
	"fmt"
	"math"
	"unsafe"
)

//go:generate go run ./asmgen

// Float is the constraint of the elements.
type Float interface{ ~float32 | ~float64 }

const (
	ErrorBound64 = 0x1p-49      // of the relative error of a term, for float64 elements
	ErrorBound32 = 0x1p-20      // likewise, for float32
	BitsPerNat   = 1 / math.Ln2 // nats times BitsPerNat are bits
)

// KullbackLeibler returns the Kullback–Leibler divergence Σ p·log(p/q) (B.1). It may be negative if the sums of p and q differ.
func KullbackLeibler[F Float](p, q []F) float64 {
	readsBoth(p, q)
	return kl(p, q)
}

// GeneralizedKullbackLeibler returns the I-divergence Σ p·log(p/q) - p + q, never negative: [KullbackLeibler] where p and q have the same
// sum.
func GeneralizedKullbackLeibler[F Float](p, q []F) float64 {
	readsBoth(p, q)
	return generalizedKL(p, q)
}

// Entropy returns the Shannon entropy -Σ p·log(p) (B.3).
func Entropy[F Float](p []F) float64 {
	reads(p)
	return entropy(p)
}

// CrossEntropy returns the cross-entropy -Σ p·log(q) (B.2).
func CrossEntropy[F Float](p, q []F) float64 {
	readsBoth(p, q)
	return crossEntropy(p, q)
}

// JensenShannon returns ½ Σ p·log(p/m) + q·log(q/m), m = (p+q)/2 (B.7), symmetric to the bit and, for distributions, at most log 2.
func JensenShannon[F Float](p, q []F) float64 {
	readsBoth(p, q)
	return fitting(MeasureJensenShannon, jensenShannon(p, q), p, q)
}

// JensenShannonDistance returns the square root of [JensenShannon], a metric.
func JensenShannonDistance[F Float](p, q []F) float64 {
	readsBoth(p, q)
	sameLength("JensenShannonDistance", p, q)
	return fitting(MeasureJensenShannonDistance, jensenShannon(p, q), p, q)
}

// Jeffreys returns Σ (p-q)·log(p/q): [KullbackLeibler] both ways, symmetric to the bit; of shares it is the [PopulationStabilityIndex].
func Jeffreys[F Float](p, q []F) float64 {
	readsBoth(p, q)
	return jeffreys(p, q)
}

// Hellinger returns √(½ Σ (√p - √q)²), a distance symmetric to the bit.
func Hellinger[F Float](p, q []F) float64 {
	readsBoth(p, q)
	return fitting(MeasureHellinger, squaredHellinger(p, q), p, q)
}

// Bhattacharyya returns the Bhattacharyya distance -log Σ √(pq). Symmetric to the bit, and negative if the sum is greater than 1.
// Its error is the bound relative to the larger of 1 and itself, near equality to itself.
func Bhattacharyya[F Float](p, q []F) float64 {
	readsBoth(p, q)
	if d, ok := bhattacharyyaOfEqual(p, q); ok {
		return d
	}
	return bhattacharyyaDistance(bhattacharyya(p, q), p, q)
}

// TotalVariation returns the total variation distance ½ Σ |p-q|.
func TotalVariation[F Float](p, q []F) float64 {
	readsBoth(p, q)
	return fitting(MeasureTotalVariation, totalVariation(p, q), p, q)
}

// ChiSquare returns the χ² distance Σ (obs-exp)²/exp, where 0/0 counts as 0.
func ChiSquare[F Float](obs, exp []F) float64 {
	readsBoth(obs, exp)
	return chiSquare(obs, exp)
}

// BinaryEntropy returns -Σ p·log(p) + (1-p)·log(1-p), of Bernoulli distributions with success rates p (B.4); NaN outside [0, 1].
func BinaryEntropy[F Float](p []F) float64 {
	reads(p)
	return binaryEntropy(p)
}

// BinaryCrossEntropy returns the cross-entropy -Σ p·log(q) + (1-p)·log(1-q) of Bernoulli distributions with the probabilities of success p
// and q (B.5). Values outside [0, 1] give NaN; q = 0 < p and q = 1 > p +Inf.
func BinaryCrossEntropy[F Float](p, q []F) float64 {
	readsBoth(p, q)
	return binaryCrossEntropy(p, q)
}

// BinaryKullbackLeibler returns the divergence Σ p·log(p/q) + (1-p)·log((1-p)/(1-q)); otherwise it is as [BinaryCrossEntropy].
func BinaryKullbackLeibler[F Float](p, q []F) float64 {
	readsBoth(p, q)
	return binaryKL(p, q)
}

// BernoulliEntropy is [BinaryEntropy] of one probability of success (B.4).
func BernoulliEntropy(p float64) float64 { return BinaryEntropy([]float64{p}) }

// BernoulliCrossEntropy is [BinaryCrossEntropy] of one pair (B.5).
func BernoulliCrossEntropy(p, q float64) float64 {
	return BinaryCrossEntropy([]float64{p}, []float64{q})
}

// BernoulliKullbackLeibler is [BinaryKullbackLeibler] of one pair.
func BernoulliKullbackLeibler(p, q float64) float64 {
	return BinaryKullbackLeibler([]float64{p}, []float64{q})
}

// EntropyTerms sets dst[i], which may be p[i], to -p[i]·log(p[i]), 0 at 0. As scipy.special.entr it gives -Inf for negative and infinite
// values.
func EntropyTerms[F Float](dst, p []F) []F {
	dst = sized("EntropyTerms", "dst", dst, len(p))
	reads(p)
	writes(dst)
	entropyTerms(dst, p)
	return dst
}

// KullbackLeiblerTerms sets dst[i], which may be p[i] or q[i], to p[i]·log(p[i]/q[i]), 0 at p[i] = 0;
// as scipy's rel_entr +Inf for p > 0 = q and below 0.
func KullbackLeiblerTerms[F Float](dst, p, q []F) []F {
	sameLength("KullbackLeiblerTerms", p, q)
	dst = sized("KullbackLeiblerTerms", "dst", dst, len(p))
	readsBoth(p, q)
	writes(dst)
	klTerms(dst, p, q)
	return dst
}

// GeneralizedKullbackLeiblerTerms sets dst[i], which may be p[i] or q[i], to p[i]·log(p[i]/q[i]) - p[i] + q[i], q[i] at p[i] = 0. As
// scipy.special.kl_div it gives +Inf for p > 0 = q and for negative values.
func GeneralizedKullbackLeiblerTerms[F Float](dst, p, q []F) []F {
	sameLength("GeneralizedKullbackLeiblerTerms", p, q)
	dst = sized("GeneralizedKullbackLeiblerTerms", "dst", dst, len(p))
	readsBoth(p, q)
	writes(dst)
	generalizedKLTerms(dst, p, q)
	return dst
}

// InvalidValueError reports an element that no measure is defined for.
type InvalidValueError struct {
	Index  int
	Value  float64
	Reason string // "negative", "NaN" or "infinite"
}

func (e *InvalidValueError) Error() string {
	return fmt.Sprintf("relent: element %d is %s: %v", e.Index, e.Reason, e.Value)
}

// Validate returns an [*InvalidValueError] with the first element of p that is negative or not finite, nil if there is none.
func Validate[F Float](p []F) error {
	for i, x := range p {
		reason := ""
		switch {
		case x != x:
			reason = "NaN"
		case x < 0:
			reason = "negative"
		case x-x != 0:
			reason = "infinite"
		default:
			continue
		}
		return &InvalidValueError{Index: i, Value: float64(x), Reason: reason}
	}
	return nil
}

func sameLength[F any](name string, p, q []F) {
	if len(p) != len(q) {
		panicLengths(name, len(p), len(q))
	}
}

func panicLengths(name string, m, n int) {
	panic(fmt.Sprintf("relent: %s: lengths %d and %d differ", name, m, n))
}

// canonical gives every NaN the same bits.
func canonical(x float64) float64 {
	if x != x {
		return math.NaN()
	}
	return x
}

// kindOf is 0 for float64, 1 for float32: the place in the tables that have both.
func kindOf[F Float]() int {
	if isFloat64[F]() {
		return 0
	}
	return 1
}

// isFloat64 tells which of the two kinds of element F is.
func isFloat64[F Float]() bool { return unsafe.Sizeof(F(0)) == 8 }

// as is x as a slice of the type it is made from.
func as[T float32 | float64 | uint16, F any](x []F) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// pointer is the first element of x, as the type it is made from.
func pointer[T float32 | float64, F Float](x []F) *T {
	return (*T)(unsafe.Pointer(unsafe.SliceData(x)))
}

// negLog is -log(x), from the kernels: the standard library's logarithm differs between architectures.
func negLog(x float64) float64 { return crossEntropy([]float64{1}, []float64{x}) }

// negLogs replaces each x by negLog(x).
func negLogs(x []float64) {
	const most = 512 // for a call
	for len(x) > 0 {
		n := min(most, len(x))
		crossEntropyRows(x[:n], []float64{1}, x, 1, 0, 1)
		x = x[n:]
	}
}

// log1p is log(1+x) for x > -1, likewise.
func log1p(x float64) float64 {
	if x > 0 {
		return binaryCrossEntropy([]float64{0}, []float64{x / (1 + x)})
	}
	return -binaryCrossEntropy([]float64{0}, []float64{-x})
}

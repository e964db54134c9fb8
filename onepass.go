package relent

import (
	"math"

	"github.com/relent-go/relent/internal/exact"
)

// Measures sets dst[i] to measures[i] of p and q, or of p if it is of one vector, and returns dst. Each has the bits of the function
// that it names. Most are computed in one pass.
func Measures[F Float](dst []float64, measures []Measure, p, q []F) []float64 {
	const name = "Measures"
	sameLength(name, p, q)
	dst = sized(name, "dst", dst, len(measures))
	var w onePass[F]
	for _, m := range measures {
		m.check(name, max(1, m.traits().vectors))
		w.want(divergencesSumOf(m))
	}
	pays := w.pays(len(p))
	if pays {
		w.pass(p, q)
	}
	for i, m := range measures {
		if sum := divergencesSumOf(m); pays && sum >= 0 {
			dst[i] = fitting(m&^reverse, w.result[sum], p, q)
		} else {
			dst[i] = single(m, p, q)
		}
	}
	return dst
}

// single is the measure by its own function.
func single[F Float](m Measure, p, q []F) float64 {
	if m&reverse != 0 {
		return measureOf(m^reverse, q, p)
	}
	return measureOf(m, p, q)
}

// onePass computes sums of p and q chunk by chunk.
type onePass[F Float] struct {
	wanted [divergencesSumsCount]bool
	calls  float64 // of single kernels, for the wanted sums that have a part in the pass
	cost   float64 // of them, an element
	result divergencesSums
}

func (w *onePass[F]) want(sum int) {
	if sum < 0 || w.wanted[sum] {
		return
	}
	w.wanted[sum] = true
	if cost := divergencesCosts[kindOf[F]()][sum]; cost > 0 {
		w.calls++
		w.cost += cost
	}
}

// pass sets the wanted results.
func (w *onePass[F]) pass(p, q []F) {
	readsBoth(p, q)
	if len(p) > chunk {
		w.long(p, q)
		return
	}
	w.result = w.chunk(p, q)
	for i, x := range w.result {
		w.result[i] = canonical(x)
	}
}

// long is pass for more elements than a chunk has.
func (w *onePass[F]) long(p, q []F) {
	var totals [divergencesSumsCount]exact.Sum
	for len(p) > 0 {
		n := min(chunk, len(p))
		for i, x := range w.chunk(p[:n], q[:n]) {
			if w.wanted[i] {
				totals[i].Add(x)
			}
		}
		p, q = p[n:], q[n:]
	}
	for i := range totals {
		w.result[i] = totals[i].Take()
	}
}

// The pass takes as long as this an element of float64, or of float32, and a call besides, as one of a single kernel does.
const (
	jointCost64 = 40
	jointCost32 = 46
	jointCall   = 1300
	singleCall  = 150
)

// pays tells whether one pass over n elements is faster than one for each sum.
func (w *onePass[F]) pays(n int) bool {
	saved := w.cost - jointCost32
	if isFloat64[F]() {
		saved = w.cost - jointCost64
	}
	return float64(saved*float64(n))+float64(singleCall*w.calls) > jointCall
}

// chunk is the wanted sums of a chunk.
func (w *onePass[F]) chunk(p, q []F) divergencesSums {
	sums := undefinedSums()
	divergences(&sums, p, q)
	if !(sums[sumFar] > 0) {
		sums[sumJensenShannon] = math.NaN() // its own kernel takes a path of its own
	}
	floors := &divergencesFloors[kindOf[F]()]
	for i, wanted := range w.wanted {
		if wanted && !trusted(sums[i], floors[i]) {
			sums[i] = divergencesSum(i, p, q)
		}
	}
	return sums
}

func undefinedSums() (sums divergencesSums) {
	for i := range sums {
		sums[i] = math.NaN()
	}
	return sums
}

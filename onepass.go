package relent

import (
	"fmt"
	"math"
)

// reverse marks the measure of q and p.
const reverse Measure = 1 << 7

// Reversed is the measure of q and p or, of one vector, of q, for [Measures]: KL.Reversed() is the divergence of p from q,
// ShannonEntropy.Reversed() the entropy of q. Reversing twice, and reversing what is symmetric, leaves a measure as it was.
func (m Measure) Reversed() Measure {
	if m.Symmetric() {
		return m
	}
	return m ^ reverse
}

// Measures sets dst[i] to measures[i] of p and q, and returns dst; a nil dst is allocated. Those of one vector are of p;
// [Measure.Reversed] is of q and p, or of q.
//
// All are computed in one pass over p and q: measures share the divisions and logarithms that they have in common. Each has the
// bits of the function that it names. This is for KL and ShannonEntropy, both ways, CE, GeneralizedKL, JS, JSDistance, PSI,
// HellingerDistance, TV and Chi2; others may be among the measures, but are computed by themselves. The gain is lost on
// 1024 elements of which one is zero, or below 1e-240 or above 1e74 (1e-17 and 1e8 in float32), and partly where no element of p
// is more than twice that of q or less than half of it.
func Measures[F Float](dst []float64, measures []Measure, p, q []F) []float64 {
	const name = "Measures"
	sameLength(name, p, q)
	if dst == nil {
		dst = make([]float64, len(measures))
	}
	if len(dst) != len(measures) {
		panic(fmt.Sprintf("relent: %s: dst has %d elements, for %d measures", name, len(dst), len(measures)))
	}
	var w onePass[F]
	for _, m := range measures {
		(m &^ reverse).check(name, (m &^ reverse).ofOne())
		w.want(divergencesSumOf(m))
	}
	w.pass(p, q)
	for i, m := range measures {
		if sum := divergencesSumOf(m); sum >= 0 {
			dst[i] = divergencesValue(m, w.result[sum])
		} else if m&reverse != 0 {
			dst[i] = measureOf(m^reverse, q, p)
		} else {
			dst[i] = measureOf(m, p, q)
		}
	}
	return dst
}

// onePass computes sums of p and q chunk by chunk.
type onePass[F Float] struct {
	wanted [divergencesSumsCount]bool
	count  int // of the wanted
	totals [divergencesSumsCount]compensated
	result divergencesSums
}

func (w *onePass[F]) want(sum int) {
	if sum >= 0 && !w.wanted[sum] {
		w.wanted[sum] = true
		w.count++
	}
}

// pass sets the wanted results.
func (w *onePass[F]) pass(p, q []F) {
	for len(p) > chunk {
		sums := w.chunk(p[:chunk], q[:chunk])
		for i, x := range sums {
			if w.wanted[i] {
				w.totals[i].add(x)
			}
		}
		p, q = p[chunk:], q[chunk:]
	}
	w.result = w.chunk(p, q)
	for i, x := range w.result {
		if w.wanted[i] {
			w.result[i] = canonical(w.totals[i].last(x))
		}
	}
}

// leastJoint is how many measures it takes for one kernel of all to be faster than one of each.
const leastJoint = 4

// chunk is the wanted sums of a chunk.
func (w *onePass[F]) chunk(p, q []F) divergencesSums {
	sums := undefinedSums()
	if w.count >= leastJoint {
		divergences(&sums, p, q)
		if !(sums[sumFar] > 0) {
			sums[sumJensenShannon] = math.NaN() // its own kernel takes a path of its own
		}
	}
	floors := &divergencesFloors[0]
	if !isFloat64[F]() {
		floors = &divergencesFloors[1]
	}
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

package table

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/special"
)

// A Test is one of independence of rows and columns.
type Test struct {
	Statistic        float64
	DegreesOfFreedom int     // (rows - 1)·(columns - 1), of those that are not empty
	PValue           float64 // of the χ² distribution; 1 without degrees of freedom
}

// GTest is the likelihood-ratio test: the statistic is 2N times the mutual information. SciPy's is chi2_contingency(lambda_="log-likelihood",
// correction=False).
func GTest[C relent.Number](counts relent.Matrix[C]) Test {
	return test("GTest", counts, mutualInformation, 2)
}

// ChiSquareTest is Pearson's: the statistic is Σ (n-e)²/e with e = rc/N, without Yates's correction. SciPy's is
// chi2_contingency(correction=False).
func ChiSquareTest[C relent.Number](counts relent.Matrix[C]) Test {
	return test("ChiSquareTest", counts, chiSquare, 1)
}

// test has a statistic that is a multiple of N times a comparison.
func test[C relent.Number](function string, counts relent.Matrix[C], by comparison, multiple float64) Test {
	s := sum(function, counts)
	defer free.Put(s)
	t := Test{Statistic: float64(multiple * float64(s.total*independence(s, counts, by))), PValue: math.NaN()}
	t.DegreesOfFreedom = max(0, full(s.rows)-1) * max(0, full(s.columns)-1)
	switch {
	case t.Statistic != t.Statistic:
		t.DegreesOfFreedom = 0
	case t.DegreesOfFreedom == 0:
		t.PValue = 1
	default:
		t.PValue = special.UpperGamma(float64(float64(t.DegreesOfFreedom)/2), float64(t.Statistic/2))
	}
	return t
}

// full is how many sums are not 0.
func full(sums []float64) (n int) {
	for _, x := range sums {
		if x != 0 {
			n++
		}
	}
	return n
}

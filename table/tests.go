package table

import (
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/sizes"
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
	var f few
	if sizes.Matrix[C](counts).Check(here, function, "counts"); addFew(&f, counts) {
		value := f.compare(counts.Rows, counts.Cols, by.cells)
		return testOf(float64(multiple*float64(f.total*value)), f.rows[:], f.columns[:])
	}
	s := sum(function, counts)
	defer free.Put(s)
	return testOf(float64(multiple*float64(s.total*independence(s, counts, by))), s.rows, s.columns)
}

// testOf is the test with a statistic, of a table with these sums.
func testOf(statistic float64, rows, columns []float64) Test {
	if statistic != statistic {
		return Test{Statistic: statistic, PValue: statistic}
	}
	degrees := max(0, full(rows)-1) * max(0, full(columns)-1)
	if degrees == 0 {
		return Test{Statistic: statistic, PValue: 1}
	}
	return Test{statistic, degrees, special.UpperGamma(float64(float64(degrees)/2), float64(statistic/2))}
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

// Package drift tells whether live data still look like those of a reference: columns of numbers and categories are counted in bins by the
// kernels of package relent, and the counts compared.
//
//	ref, err := drift.NewReference(training, 30, names, relent.Run{}) // bins of about as many values each, and their counts
//	live := ref.NewProfile()
//	err = drift.AddRows(live, batch, relent.Run{}) // as often as there are batches
//	report, err := drift.Compare(ref, live, drift.Options{})
//
// A [Reference] has the [Bins] of every column and the counts of the data that it was made from; a [Profile] has counts in the same bins. Counts
// are exact: a profile is the same for any order of its rows, any split into batches and machines, which [Profile.Merge] puts together, and any
// [relent.Run]; [Profile.Subtract] takes away what has left a window, and a [Window] is a ring of them. Both are kept as bytes.
//
// A [Report] has, for every column, measures of how far the shares of bins are apart, with their p-values if there is no drift, and a verdict: the
// smallest p-values that Benjamini and Hochberg's procedure picks among all columns. A fixed threshold of the population stability index
// is none: without any drift, 30 bins of 200 rows on either side exceed 0.25 more often than not, and of 10,000 rows never.
//
// Of two samples themselves, [KolmogorovSmirnov], [Wasserstein] and [Energy] are distances, without bins.
//
// Results have the same bits on every CPU and for any number of goroutines. A [Profile], and a [Window], serve one goroutine at a time; a Reference
// that nothing is added to, and what is made of it, may be used concurrently.
package drift

import (
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/sizes"
)

const here = sizes.Package("drift")

// Integer is any type of integers.
type Integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// log is the kernels' logarithm: the standard library's differs between architectures.
func log(x float64) float64 {
	y := [1]float64{x}
	return relent.Log(y[:], y[:])[0]
}

// exp is the kernels' e^x, likewise.
func exp(x float64) float64 {
	y := [1]float64{x}
	return relent.Exp(y[:], y[:])[0]
}

// log1p is the kernels' log(1+x), likewise.
func log1p(x float64) float64 {
	y := [1]float64{x}
	return relent.Log1p(y[:], y[:])[0]
}

package drift

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/relent-go/relent"
)

// MaxBins is how many bins a column may have, besides those of values outside, unseen and missing.
const MaxBins = 256

// Bins say in which bin a value is counted. They are immutable, and the zero value is a single bin for all numbers.
//
// Values are compared with the edges themselves; nothing is scaled and truncated. One equal to an edge belongs to the bin above it, as
// numpy.digitize has it; but [Edges] and [Uniform] count one equal to the last edge in the last bin, as numpy.histogram does.
// A float32 is compared as the float64 that it is. The last bin of all is that of missing values: NaN, or what [Profile.AddMissing] says.
type Bins struct {
	kind kind
	// limits are what bins of numbers begin at: the bin of x is how many of them are at most x.
	limits   []float64
	keys     []uint64       // integers in the order of the limits, or of the integers
	edges    []float64      // as they were given, or found: for labels
	integers []int64        // ascending
	strings  []string       // ascending
	index    map[string]int // of each string
}

type kind byte

const (
	open    kind = iota // numbers; the outer bins have no end
	closed              // numbers; the outer bins are of values below and above all edges
	integer             // categories; the last bin but one is of unseen ones
	text                // likewise
)

// Quantiles are bins, at most so many, that have about as many values of a sample each: bin i begins with element n·i/bins of the n sorted
// ones. The first and the last bin have no end. Where a value makes up more than one bin, bins are fewer. NaN and infinite values are
// left out of the sample.
func Quantiles[F relent.Float](sample []F, bins int) (Bins, error) {
	if err := checkBins("Quantiles", bins); err != nil {
		return Bins{}, err
	}
	sorted := sortedFinite(sample)
	if len(sorted) == 0 {
		return Bins{}, fmt.Errorf("drift: Quantiles: none of %d values is a finite number", len(sample))
	}
	var edges []float64
	for i := 1; i < bins; i++ {
		edge := sorted[int(int64(len(sorted))*int64(i)/int64(bins))] + 0 // no -0
		if edge > sorted[0] && (len(edges) == 0 || edge > edges[len(edges)-1]) {
			edges = append(edges, edge)
		}
	}
	if len(edges) == 0 { // a constant: what is below, and what is above
		edges = []float64{sorted[0] + 0}
		if above := math.Nextafter(sorted[0], math.Inf(1)); !math.IsInf(above, 1) {
			edges = append(edges, above)
		}
	}
	return numberBins(open, edges, edges), nil
}

// Edges are the bins from each edge to the next, the last edge included, and two bins of what is below and above.
func Edges(edges ...float64) (Bins, error) {
	if err := checkBins("Edges", len(edges)-1); err != nil {
		return Bins{}, err
	}
	for i, e := range edges {
		if math.IsInf(e, 0) || e != e || i > 0 && !(edges[i-1] < e) {
			return Bins{}, fmt.Errorf("drift: Edges: edge %d is %v, which is not finite, or not above the one before", i, e)
		}
	}
	limits, last := slices.Clone(edges), len(edges)-1
	limits[last] = math.Nextafter(edges[last], math.Inf(1))
	return numberBins(closed, slices.Clone(edges), limits), nil
}

// Uniform are [Edges] that are about equally far apart: edge i is low·(1-i/bins) + high·i/bins.
func Uniform(low, high float64, bins int) (Bins, error) {
	if err := checkBins("Uniform", bins); err != nil {
		return Bins{}, err
	}
	edges := make([]float64, bins+1)
	for i := range edges {
		share := float64(i) / float64(bins)
		edges[i] = float64(low*(1-share)) + float64(high*share)
	}
	edges[0], edges[bins] = low, high
	b, err := Edges(edges...)
	if err != nil {
		return Bins{}, fmt.Errorf("drift: Uniform: there are no %d bins from %v to %v", bins, low, high)
	}
	return b, nil
}

// Categories have a bin for each of the given strings, in ascending order, and one for those that are not among them.
func Categories(values ...string) (Bins, error) {
	sorted, err := categories("Categories", values)
	b := Bins{kind: text, strings: sorted, index: make(map[string]int, len(sorted))}
	for i, s := range sorted {
		b.index[s] = i
	}
	return b, err
}

// IntegerCategories have a bin for each of the given integers, in ascending order, and one for those that are not among them. In rows
// of numbers a fraction is not among them.
func IntegerCategories(values ...int64) (Bins, error) {
	sorted, err := categories("IntegerCategories", values)
	b := Bins{kind: integer, integers: sorted}
	for _, n := range sorted {
		b.keys = append(b.keys, orderOfInteger(n))
	}
	return b, err
}

func categories[C int64 | string](function string, values []C) ([]C, error) {
	sorted := slices.Compact(slices.Sorted(slices.Values(values)))
	return sorted, checkBins(function, len(sorted))
}

func checkBins(function string, bins int) error {
	if bins < 1 || bins > MaxBins {
		return fmt.Errorf("drift: %s: %d bins; there may be 1 to %d", function, bins, MaxBins)
	}
	return nil
}

// Len is the number of all bins: those of values outside, or unseen, and missing are among them.
func (b Bins) Len() int { return b.missing() + 1 }

// missing is the bin of missing values.
func (b *Bins) missing() int {
	switch b.kind {
	case integer:
		return len(b.integers) + 1
	case text:
		return len(b.strings) + 1
	}
	return len(b.limits) + 1
}

// ordered tells whether bins, but for the last one, are in an order.
func (b *Bins) ordered() bool { return b.kind == open || b.kind == closed }

// Edges are the edges of bins of numbers; nil for categories.
func (b Bins) Edges() []float64 { return slices.Clone(b.edges) }

// Find is the bin of a number. In categories of strings it is unseen.
func (b Bins) Find(x float64) int { return b.find(x) }

func (b *Bins) find(x float64) int {
	switch {
	case x != x:
		return b.missing()
	case b.kind == text:
		return len(b.strings)
	case b.kind == integer:
		if n := int64(x); x >= -0x1p63 && x < 0x1p63 && float64(n) == x {
			return b.findInteger(n)
		}
		return len(b.integers)
	}
	return reached(b.keys, orderOf(x))
}

// FindString is the bin of a string. In other bins than categories of strings it is that of missing values.
func (b Bins) FindString(s string) int { return b.findString(s) }

func (b *Bins) findString(s string) int {
	if b.kind != text {
		return b.missing()
	}
	if i, found := b.index[s]; found {
		return i
	}
	return len(b.strings)
}

func (b *Bins) findInteger(n int64) int {
	if i := reached(b.keys, orderOfInteger(n)) - 1; i >= 0 && b.integers[i] == n {
		return i
	}
	return len(b.integers)
}

// orderOfInteger is an integer without sign in the same order.
func orderOfInteger(n int64) uint64 { return uint64(n) ^ 1<<63 }

// numberBins has limits in ascending order.
func numberBins(k kind, edges, limits []float64) Bins {
	b := Bins{kind: k, edges: edges, limits: limits}
	for _, limit := range limits {
		b.keys = append(b.keys, orderOf(limit))
	}
	return b
}

// orderOf is an integer in the order of the numbers: the same for -0 and 0.
func orderOf(x float64) uint64 { return keyOf(x + 0) }

// reached is how many limits are at most x. No branch depends on x, as half of those would be predicted wrong.
func reached(limits []uint64, x uint64) int {
	from, n := 0, len(limits)
	for n > 0 {
		half := (n + 1) / 2
		_, less := bits.Sub64(x, limits[from+half-1], 0)
		from += half & (int(less) - 1)
		n -= half
	}
	return from
}

// Label says in words what is in a bin.
func (b Bins) Label(bin int) string {
	if last := len(b.edges) - 1; b.ordered() && bin > 0 && bin <= last {
		return b.number(bin-1) + " … " + b.number(bin)
	}
	return b.from(bin)
}

// from is the label of a bin, or for one between two edges where it begins.
func (b Bins) from(bin int) string {
	switch last := len(b.edges) - 1; {
	case bin < 0 || bin > b.missing():
		here.Panic("Label", "bin %d of %d", bin, b.Len())
	case bin == b.missing():
		return "missing"
	case b.kind == text && bin < len(b.strings):
		return b.strings[bin]
	case b.kind == integer && bin < len(b.integers):
		return strconv.FormatInt(b.integers[bin], 10)
	case !b.ordered():
		return "unseen"
	case last < 0:
		return "any"
	case bin == 0:
		return "< " + b.number(0)
	case bin == last+1 && b.kind == closed:
		return "> " + b.number(last)
	}
	return "≥ " + b.number(bin-1)
}

// number is an edge in at least six digits, and in as many as tell it from the ones beside it.
func (b Bins) number(edge int) string {
	for digits := 6; ; digits++ {
		in := func(i int) string { return strconv.FormatFloat(b.edges[i], 'g', digits, 64) }
		s := in(edge)
		if digits == 17 || (edge == 0 || in(edge-1) != s) && (edge == len(b.edges)-1 || in(edge+1) != s) {
			return s
		}
	}
}

func (b Bins) equal(o Bins) bool {
	return b.kind == o.kind && slices.Equal(b.limits, o.limits) && slices.Equal(b.integers, o.integers) && slices.Equal(b.strings, o.strings)
}

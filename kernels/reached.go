package kernels

// RowsReached is how many rows of values a step of [Reached] takes, and LanesReached of how many columns of float64: of float32 twice as many.
const (
	RowsReached  = 8
	LanesReached = 16
)

// Reached adds, to a count that is an integer in the place of an element, the values that are at least a threshold: the first of with, and
// then they. NaN reaches none. Counts of values in bins are differences of two such.
func Reached(_ *Builder, count Vec, with ...Vec) Vec {
	n := count.AsInt()
	for _, x := range with[1:] {
		n = n.Count(with[0].LessEqual(x))
	}
	return n.AsFloat()
}

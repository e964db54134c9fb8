package relent

// kernelEntry is a row of the generated list: a reduction for the instruction set in force, whole and for one chunk, and in
// plain Go.
type kernelEntry struct {
	name               string
	args               int
	sumF64, genericF64 func(x ...[]float64) float64
	sumF32, genericF32 func(x ...[]float32) float64
}

type mapEntry struct {
	name               string
	args               int
	mapF64, genericF64 func(dst []float64, x ...[]float64)
	mapF32, genericF32 func(dst []float32, x ...[]float32)
}

func wrap1[F any](f func(p []F) float64) func(x ...[]F) float64 {
	return func(x ...[]F) float64 { return f(x[0]) }
}

func wrap2[F any](f func(p, q []F) float64) func(x ...[]F) float64 {
	return func(x ...[]F) float64 { return f(x[0], x[1]) }
}

func wrapMap1[F any](f func(dst, p []F)) func(dst []F, x ...[]F) {
	return func(dst []F, x ...[]F) { f(dst, x[0]) }
}

func wrapMap2[F any](f func(dst, p, q []F)) func(dst []F, x ...[]F) {
	return func(dst []F, x ...[]F) { f(dst, x[0], x[1]) }
}

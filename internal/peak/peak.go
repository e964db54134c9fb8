// Package peak has loops that do nothing but fused multiply-adds, as many as an instruction set can, for benchmarks to show
// shares of. Their assembly is written by asmgen.
package peak

// chains of FMAs run independently of each other, once each in an iteration.
const chains = 12

// FMA runs so many iterations with an instruction set, of relent.ISAs(), and tells how many floating-point operations they were:
// two for each lane and multiply-add. It is 0 where there is no loop for the set.
func FMA[F float32 | float64](isa string, iterations int) (operations float64) {
	lanes := run[F](isa, max(1, iterations))
	return 2 * chains * float64(lanes) * float64(max(1, iterations))
}

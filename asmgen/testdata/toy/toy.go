// Package relent is a package of kernels that only the generator's test has: see toykernel_test.go in asmgen. The instruction sets and
// lanes.go are the library's own; what else the generated files call stands here.
package relent

import (
	"fmt"
	"math"
	"unsafe"
)

// Float is as in the library.
type Float interface{ ~float32 | ~float64 }

func isFloat64[F Float]() bool { return unsafe.Sizeof(F(0)) == 8 }

func as[T float32 | float64, F Float](x []F) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

func pointer[T float32 | float64, F Float](x []F) *T {
	return (*T)(unsafe.Pointer(unsafe.SliceData(x)))
}

func panicLengths(name string, m, n int) {
	panic(fmt.Sprintf("relent: %s: lengths %d and %d differ", name, m, n))
}

func canonical(x float64) float64 {
	if x != x {
		return math.NaN()
	}
	return x
}

// Loss is all that a kernel of a value and a gradient takes besides its text: Σ (p-q)², of which gradient has 2(p-q).
func Loss[F Float](gradient, p, q []F) float64 {
	var sums toyLossSums
	toyLoss(&sums, gradient, p, q)
	return sums[toyLossValue]
}

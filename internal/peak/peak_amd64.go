//go:build !purego

package peak

// run returns the number of lanes.
func run[F float32 | float64](isa string, n int) int {
	var narrow [16]float32
	var wide [8]float64
	var x F
	_, double := any(x).(float64)
	switch {
	case isa == "avx512" && double:
		fmaF64AVX512(&wide[0], n)
		return 8
	case isa == "avx512":
		fmaF32AVX512(&narrow[0], n)
		return 16
	case isa == "avx2" && double:
		fmaF64AVX2(&wide[0], n)
		return 4
	case isa == "avx2":
		fmaF32AVX2(&narrow[0], n)
		return 8
	}
	return 0
}

//go:noescape
func fmaF64AVX512(sink *float64, n int)

//go:noescape
func fmaF32AVX512(sink *float32, n int)

//go:noescape
func fmaF64AVX2(sink *float64, n int)

//go:noescape
func fmaF32AVX2(sink *float32, n int)

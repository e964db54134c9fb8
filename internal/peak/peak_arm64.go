//go:build !purego

package peak

// run returns the number of lanes.
func run[F float32 | float64](isa string, n int) int {
	var narrow [4]float32
	var wide [2]float64
	var x F
	switch _, double := any(x).(float64); {
	case isa != "neon":
		return 0
	case double:
		fmaF64NEON(&wide[0], n)
		return 2
	}
	fmaF32NEON(&narrow[0], n)
	return 4
}

//go:noescape
func fmaF64NEON(sink *float64, n int)

//go:noescape
func fmaF32NEON(sink *float32, n int)

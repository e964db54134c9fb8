//go:build purego || !(amd64 || arm64)

package peak

func run[F float32 | float64](string, int) int { return 0 }

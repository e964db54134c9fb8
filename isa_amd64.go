//go:build !purego

package relent

import "github.com/klauspost/cpuid/v2"

func detect() []level {
	switch {
	case !cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3, cpuid.BMI2, cpuid.F16C):
		return nil
	case !cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512VL, cpuid.AVX512BW):
		return []level{avx2}
	}
	return []level{avx512, avx2}
}

//go:build !purego

package relent

import "github.com/klauspost/cpuid/v2"

func detect() []level {
	var found []level
	if cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512VL, cpuid.AVX512BW, cpuid.BMI2) {
		found = append(found, avx512)
	}
	if cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3, cpuid.BMI2, cpuid.F16C) {
		found = append(found, avx2)
	}
	return found
}

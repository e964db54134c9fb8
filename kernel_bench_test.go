package relent

import (
	"fmt"
	"math"
	"testing"
)

// BenchmarkKernels times every kernel by the instruction set in force. Two versions are compared by ./bench/compare.
func BenchmarkKernels(b *testing.B) {
	for _, n := range []int{16, 64, 1024} {
		benchmarkKernels(b, n, func(k kernelEntry) func(x ...[]float64) float64 { return k.sumF64 },
			func(k jointEntry) func(p, q []float64) []float64 { return k.sumsF64 },
			func(k mapEntry) func(dst []float64, x ...[]float64) { return k.mapF64 },
			func(k outputsEntry) func(out, in [][]float64) []float64 { return k.computeF64 })
		benchmarkKernels(b, n, func(k kernelEntry) func(x ...[]float32) float64 { return k.sumF32 },
			func(k jointEntry) func(p, q []float32) []float64 { return k.sumsF32 },
			func(k mapEntry) func(dst []float32, x ...[]float32) { return k.mapF32 },
			func(k outputsEntry) func(out, in [][]float32) []float64 { return k.computeF32 })
		in := distant[float64](n, 2)
		for _, k := range scaledList {
			if k.ordinary {
				m := numbers{{.75, .75}, {.5, .5}}
				loop[float64](b, k.name, n, func() { k.sum(&m, in...) })
			}
		}
	}
}

func benchmarkKernels[F Float](b *testing.B, n int, sum func(kernelEntry) func(x ...[]F) float64, sums func(jointEntry) func(p, q []F) []float64,
	each func(mapEntry) func(dst []F, x ...[]F), compute func(outputsEntry) func(out, in [][]F) []float64) {
	in, out := distant[F](n, 8), distant[F](n, 8)
	for _, k := range kernelList {
		f := sum(k)
		loop[F](b, k.name, n, func() { f(in[:k.args]...) })
	}
	tiny := distant[F](n, 2) // for the careful path
	tiny[0][0], tiny[1][0] = F(math.Ldexp(1, -140)), F(math.Ldexp(1, -140))
	if isFloat64[F]() {
		tiny[0][0], tiny[1][0] = F(math.Ldexp(1, -1070)), F(math.Ldexp(1, -1070))
	}
	for _, k := range kernelList {
		f := sum(k)
		loop[F](b, k.name+"/careful", n, func() { f(tiny[:k.args]...) })
	}
	for _, k := range jointList {
		f := sums(k)
		loop[F](b, k.name, n, func() { f(in[0], in[1]) })
	}
	for _, k := range mapList {
		f := each(k)
		loop[F](b, k.name, n, func() { f(out[0], in[:k.args]...) })
	}
	for _, k := range outputsList {
		f := compute(k)
		loop[F](b, k.name, n, func() { f(out[:k.elements], in[:k.args]) })
	}
}

func loop[F Float](b *testing.B, name string, n int, f func()) {
	b.Run(fmt.Sprintf("%s/%T/n=%d", name, F(0), n), func(b *testing.B) {
		for range b.N {
			f()
		}
	})
}

// distant are arrays of numbers between 0 and 1, not close to each other, for which no path is taken but the first that is for all.
func distant[F Float](n, arrays int) [][]F {
	list := make([][]F, arrays)
	for j := range list {
		list[j] = make([]F, n)
		for i := range list[j] {
			list[j][i] = F(1+(i*(7+2*j)+3*j)%31) / 33
		}
	}
	return list
}

package table

import (
	"fmt"
	"testing"

	"github.com/relent-go/relent"
)

func BenchmarkMutualInformation(b *testing.B) {
	for _, size := range [][2]int{{2, 2}, {40, 30}} {
		ints, floats := relent.NewMatrix[int](size[0], size[1]), relent.NewMatrix[float64](size[0], size[1])
		for i := range ints.Data {
			ints.Data[i] = (i*i*31 + i*7) % 29
			floats.Data[i] = float64(ints.Data[i])
		}
		name := fmt.Sprintf("%dx%d", size[0], size[1])
		b.Run("int/"+name, func(b *testing.B) { benchmark(b, ints) })
		b.Run("f64/"+name, func(b *testing.B) { benchmark(b, floats) })
	}
}

func benchmark[C relent.Number](b *testing.B, counts relent.Matrix[C]) {
	b.ReportAllocs()
	for b.Loop() {
		MutualInformation(counts)
	}
}

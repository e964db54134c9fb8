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

// BenchmarkInformationGain has the time of 1000 candidates.
func BenchmarkInformationGain(b *testing.B) {
	for _, classes := range []int{2, 10, 100} {
		total, left := make([]int, classes), relent.NewMatrix[int](1000, classes)
		for j := range total {
			total[j] = 29
		}
		for i := range left.Data {
			left.Data[i] = (i*i*31 + i*7) % 29
		}
		dst := make([]float64, left.Rows)
		b.Run(fmt.Sprintf("int/classes=%d", classes), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				InformationGain(dst, total, left)
			}
		})
	}
}

package mvn

import (
	"testing"

	"github.com/relent-go/relent"
)

// One core: a tenth of the rows is far out.
func BenchmarkFitRobust(b *testing.B) {
	const rows, d = 100000, 16
	r := seed("robust")
	x := r.dense(rows, d)
	for i := 0; i < rows; i += 10 {
		x.Set(i, i%d, 20)
	}
	for b.Loop() {
		if _, _, err := FitRobust(x, RobustOptions{}, relent.Run{}); err != nil {
			b.Fatal(err)
		}
	}
}

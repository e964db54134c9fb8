package dist

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/relent-go/relent"
)

// A tree finds the squares, to the bit, that a search of all points finds.
func TestPointTree(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{1, 7, 8, 9, 17, 64, 333} {
		for _, d := range []int{1, 2, 5} {
			for _, steps := range []int{2, 1000000} { // few values, of which many points are the same, and many
				points, queries := relent.NewMatrix[float64](n, d), relent.NewMatrix[float64](20, d)
				for _, x := range []relent.Matrix[float64]{points, queries} {
					for i := range x.Data {
						x.Data[i] = float64(r.IntN(steps)) / float64(steps)
					}
				}
				copy(queries.Row(3), points.Row(n/2))
				tree := newPointTree(points)
				for i := range queries.Rows {
					var all []float64
					for j := range n {
						all = append(all, sqDistance(queries.Row(i), points.Row(j)))
					}
					slices.Sort(all)
					for _, k := range []int{1, min(2, n), min(8, n), n} {
						name := fmt.Sprintf("%d points of %d, %d steps, query %d", n, d, steps, i)
						if got := tree.sqToNearest(make(nearestSquares, k), queries.Row(i)); got != all[k-1] {
							t.Errorf("%s: nearest %d is %v away, want %v", name, k, got, all[k-1])
						}
					}
				}
			}
		}
	}
}

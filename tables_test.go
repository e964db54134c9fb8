package relent

import (
	"fmt"
	"math"
	"testing"
)

// tableSet is a table of rows of so many columns, as the kernels of tables take it: with a stripe more than there is.
func tableSet(t *testing.T, rows, width int) (x, columns, sums, ones []float64) {
	r := seed(t.Name())
	draw := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = balanced[float64](r)
		}
		return x
	}
	wide := (width + lanes - 1) / lanes * lanes
	ones = make([]float64, wide)
	fillWith(ones[:width], 1)
	return draw((rows-1)*width + wide), draw(wide), draw(rows), ones
}

// Rows and columns are added up, and margins multiplied, in the order that is promised, on every instruction set.
func TestAgreeTables(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, rows := range []int{1, 2, 3, 4, 5, 9, 40} {
			for _, width := range []int{1, 3, 16, 17, 30, 70} {
				x, columns, sums, ones := tableSet(t, rows, width)
				name := fmt.Sprintf("%d×%d", rows, width)
				wantColumns, products := append([]float64(nil), columns...), make([]float64, len(x))
				outerTable(products, sums, columns, width)
				for i := range rows {
					row := x[i*width:]
					for j := range width {
						if want := sums[i] * columns[j]; products[i*width+j] != want {
							t.Errorf("%s: product %v, want %v", name, products[i*width+j], want)
						}
						wantColumns[j] += row[j]
					}
				}
				addTable(columns, sums, x, ones, width)
				for j, got := range columns[:width] {
					if got != wantColumns[j] {
						t.Errorf("%s: column %v, want %v", name, got, wantColumns[j])
					}
				}
				for i, got := range sums {
					var acc [lanes]float64
					for j, v := range x[i*width:][:width] {
						acc[j%lanes] += v
					}
					if want := fold(&acc); math.Float64bits(got) != math.Float64bits(want) {
						t.Errorf("%s: row %v, want %v", name, got, want)
					}
				}
			}
		}
	})
}

package relent

import (
	"fmt"
	"math"
	"testing"

	"github.com/relent-go/relent/internal/pass"
)

// Sums of products of columns, and moments, have the bits of the same operations in plain Go, and nothing beside them is written.
func TestAgreeProducts(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		agreeProducts[float64](t)
		agreeProducts[float32](t)
	})
}

func agreeProducts[F float](t *testing.T) {
	r := seed(t.Name())
	draw := func(n int) []F {
		x := make([]F, n)
		for i := range x {
			x[i] = balanced[F](r)
		}
		return x
	}
	wide := stripeColumns[F]()
	for _, rows := range []int{1, 2, 9, 40} {
		for stripes := 1; stripes <= 3; stripes++ {
			stride, columns := wide*stripes+rows%3, wide*stripes
			x, shares, mean := draw((rows-1)*stride+columns), draw(rows), draw(max(rows, columns))
			name := fmt.Sprintf("%T, %d rows, %d stripes", x, rows, stripes)

			sums := draw(2*columns + 1)
			want := append([]F(nil), sums...)
			apart, scaled := make([]F, rows*columns), make([]F, rows*columns)
			alone := append(append(apart[:0:0], make([]F, rows*columns)...), draw(2*columns+1)...)
			wantAlone := append([]F(nil), alone...)
			for j := range columns {
				var first, second, plain F
				largest := &wantAlone[(rows+1)*columns+j]
				for n := range rows {
					y := x[n*stride+j] - mean[j]
					z := F(y * shares[n])
					at := (j/wide*rows+n)*wide + j%wide
					apart[at], scaled[at] = y, z
					first, second = first+z, fma(z, y, second)
					wantAlone[at] = y
					plain += y
					*largest = max(*largest, F(math.Abs(float64(x[n*stride+j]))))
				}
				wantAlone[rows*columns+j] += plain
				want[j] += first
				want[columns+j] += second
			}
			var m pass.Numbers
			m.Set(float64(rows), float64(stride), float64(stripes))
			spread := append(make([]F, 2*rows*columns), sums[:columns]...)
			spread = append(spread, 7)
			Pass(pass.Away, &m, sums[:2*columns], x, shares, mean)
			agreeAll(t, name+": moments", sums, want)
			Pass(pass.Spread, &m, spread[:len(spread)-1], x, shares, mean)
			agreeAll(t, name+": spread", spread, append(append(append(apart, scaled...), want[:columns]...), 7))

			Pass(pass.SetApart, &m, alone[:len(alone)-1], x, mean)
			agreeAll(t, name+": apart", alone, wantAlone)

			squares := draw(wide + 1)
			wantSquares := append([]F(nil), squares...)
			for j := range columns {
				var sum F
				for n := range rows {
					rest := fma(-mean[n], mean[j], x[n*stride+j])
					sum = fma(rest, rest, sum)
				}
				wantSquares[j%wide] += sum
			}
			Pass(pass.OuterSquares, &m, squares[:wide], mean, x)
			agreeAll(t, name+": squares", squares, wantSquares)

			for _, lower := range []bool{false, true} {
				agreeColumns(t, name, rows, stripes, apart, scaled, draw(columns*columns+1), lower)
			}
		}
	}
}

// agreeColumns compares the products of all columns of a with those of b, the former from stripes and side by side.
func agreeColumns[F float](t *testing.T, name string, rows, stripes int, a, b, dst []F, lower bool) {
	wide := stripeColumns[F]()
	columns := stripes * wide
	want := append([]F(nil), dst...)
	beside := make([]F, rows*columns)
	for n := range rows {
		for i := range columns {
			beside[n*columns+i] = a[(i/wide*rows+n)*wide+i%wide]
		}
	}
	for i := range columns {
		for j := range columns {
			if half := wide / 2; lower && j/half*half >= i/productColumns*productColumns+productColumns {
				continue
			}
			var sum F
			for n := range rows {
				sum = fma(beside[n*columns+i], b[(j/wide*rows+n)*wide+j%wide], sum)
			}
			want[(j/wide*columns+i)*wide+j%wide] += sum
		}
	}
	var m pass.Numbers
	for _, stride := range []int{0, columns} {
		from, got, ahead := a, append([]F(nil), dst...), b[:len(b)/2]
		if stride > 0 {
			from, ahead = beside, nil
		}
		m.Set(float64(rows), float64(columns), float64(stripes), float64(stride), map[bool]float64{true: 1}[lower])
		Pass(pass.Products, &m, got[:columns*columns], from, ahead, b)
		agreeAll(t, fmt.Sprintf("%s, stride %d, lower %v: products", name, stride, lower), got, want)
	}
}

func BenchmarkProducts(b *testing.B) {
	const rows, stripes = 128, 4
	wide := stripeColumns[float64]()
	columns := stripes * wide
	x, dst := make([]float64, rows*columns), make([]float64, columns*columns)
	for b.Loop() {
		columnProducts(dst, x, x, nil, rows, columns, stripes, 0, false)
	}
	b.ReportMetric(float64(b.N)*rows*float64(columns*columns)/float64(b.Elapsed().Nanoseconds()), "FMA/ns")
}

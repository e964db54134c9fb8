package mvn

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// blocks are the elements (0,0), (1,0) and (1,1) of 2×2 blocks on the diagonal of a matrix.
type blocks [][3]int64

func (r *rng) blocks(n int, most uint64) blocks {
	b := make(blocks, n)
	for i := range b {
		p, q := int64(1+r.next()%most), int64(1+r.next()%8)
		c := int64(r.next()%7) - 3
		b[i] = [3]int64{p, p * c, p*c*c + q} // positive definite
	}
	return b
}

// turned is HBH, H Hadamard's matrix over √d, d a power of 4: all of its elements are exact.
func (b blocks) turned() *mat.SymDense {
	d := 2 * len(b)
	sign := func(i, j int) float64 { return float64(1 - 2*(bits.OnesCount(uint(i&j))&1)) }
	s := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			sum := 0.0
			for k, e := range b {
				x, y := sign(i, 2*k), sign(i, 2*k+1)
				u, v := sign(j, 2*k), sign(j, 2*k+1)
				sum += x*u*float64(e[0]) + (x*v+y*u)*float64(e[1]) + y*v*float64(e[2])
			}
			s.SetSym(i, j, sum/float64(d))
		}
	}
	return s
}

// sqWasserstein is Σ tr A + tr B - 2√(tr AB + 2√(det A·det B)) over 2×2 blocks A and B.
func (b blocks) sqWasserstein(c blocks) float64 {
	number := func(x int64) *big.Float { return zero().SetInt64(x) }
	sum := zero()
	for k, x := range b {
		y := c[k]
		dets := zero().Mul(number(x[0]*x[2]-x[1]*x[1]), number(y[0]*y[2]-y[1]*y[1]))
		inner := zero().Add(number(x[0]*y[0]+2*x[1]*y[1]+x[2]*y[2]), zero().Mul(number(2), dets.Sqrt(dets)))
		sum.Add(sum, number(x[0]+x[2]+y[0]+y[2]))
		sum.Sub(sum, zero().Mul(number(2), inner.Sqrt(inner)))
	}
	return float(sum)
}

func TestWassersteinOfManyDimensions(t *testing.T) {
	dims := []int{16, 64}
	if deep() {
		dims = append(dims, 256)
	}
	for _, d := range dims {
		for _, most := range []uint64{4, 1 << 10, 1 << 20} {
			r := seed(fmt.Sprint(t.Name(), d, most))
			a, b := r.blocks(d/2, most), r.blocks(d/2, most)
			mu := make([]float64, d)
			l, m := must(NewNormal(mu, a.turned())), must(NewNormal(mu, b.turned()))
			what := fmt.Sprintf("d = %d, up to %d", d, most)
			cond := float64(20 * most)
			near(t, what, SqWasserstein(l, m), a.sqWasserstein(b), 1e-12*cond)
			near(t, what+", of r and l", SqWasserstein(m, l), a.sqWasserstein(b), 1e-12*cond)
			for k := range d / 8 { // of lower rank
				a[k], b[k] = [3]int64{}, [3]int64{}
			}
			s, u := must(NewNormalSingular(mu, a.turned(), 1e-12)), must(NewNormalSingular(mu, b.turned(), 1e-12))
			if rank := d - d/4; s.Rank() != rank || u.Rank() != rank {
				t.Errorf("%s: ranks %d and %d, want %d", what, s.Rank(), u.Rank(), rank)
			}
			near(t, what+", singular", SqWasserstein(s, u), a.sqWasserstein(b), 1e-12*cond)
		}
	}
}

// Both ways to the distance find the same one.
func TestPolarAndRotations(t *testing.T) {
	for _, d := range []int{1, 2, 3, 5, 64, 67} {
		for _, cond := range []float64{10, 1e6, 1e12} {
			r := seed(fmt.Sprint(t.Name(), d, cond))
			of := func() relent.Matrix[float64] {
				return transposed(rootOf(must(NewNormal(r.vector(d), r.covariance(d, cond))).form))
			}
			left, right := of(), of()
			u := product(left, transposed(right))
			p, ok := polar(u)
			if !ok {
				t.Errorf("d = %d, condition %g: singular", d, cond)
				continue
			}
			if off := offOrthogonal(p); off > 1e-14*float64(d) {
				t.Errorf("d = %d, condition %g: PPᵀ is off I by %g", d, cond, off)
			}
			want, _ := rotatedDistance(left, right, clone(u))
			near(t, fmt.Sprintf("d = %d, condition %g", d, cond), turnedDistance(clone(left), right, p), want, 1e-13*math.Max(1, 1e-3*cond))
		}
	}
}

// offOrthogonal is the largest element of PPᵀ - I.
func offOrthogonal(p relent.Matrix[float64]) (most float64) {
	square := product(p, transposed(p))
	for i := range square.Rows {
		square.Row(i)[i]--
	}
	for _, v := range square.Data {
		most = math.Max(most, math.Abs(v))
	}
	return most
}

func TestPolarOfSingular(t *testing.T) {
	r := seed(t.Name())
	for _, d := range []int{1, 2, 4, 6, 9} {
		a := relent.Matrix[float64]{Rows: d, Cols: d, Stride: d, Data: r.vector(d * d)}
		if p, ok := polar(a); !ok || offOrthogonal(p) > 1e-14*float64(d) {
			t.Errorf("d = %d: %v of a regular matrix", d, ok)
		}
		clear(a.Row(d - 1))
		if _, ok := polar(a); ok {
			t.Errorf("d = %d: a singular matrix has a polar factor", d)
		}
		for i := range d {
			a.Row(i)[0] = math.NaN()
		}
		if _, ok := polar(a); ok {
			t.Errorf("d = %d: a matrix of NaN has a polar factor", d)
		}
	}
}

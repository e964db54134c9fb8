package mvn

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
)

// philox is the generator Philox 4×32-10: 128 random bits of each counter, under a key.
//
// Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, SC11 (2011).
func philox(x0, x1, x2, x3, k0, k1 uint32) (y0, y1, y2, y3 uint32) {
	for range 10 {
		p, q := uint64(x0)*0xD2511F53, uint64(x2)*0xCD9E8D57
		x0, x1, x2, x3 = uint32(q>>32)^x1^k0, uint32(q), uint32(p>>32)^x3^k1, uint32(p)
		k0, k1 = k0+0x9E3779B9, k1+0xBB67AE85
	}
	return x0, x1, x2, x3
}

// A stream is of random numbers for samples that are counted from 0. Streams of other seeds or numbers have nothing in common.
type stream struct {
	seed   uint64
	number uint32
}

// words are 128 random bits of sample i, the j-th ones.
func (s stream) words(i uint64, j int) (a, b uint64) {
	x0, x1, x2, x3 := philox(uint32(i), uint32(i>>32), uint32(j), s.number, uint32(s.seed), uint32(s.seed>>32))
	return uint64(x0)<<32 | uint64(x1), uint64(x2)<<32 | uint64(x3)
}

// uniform is the first number of sample i, from 0 to below 1.
func (s stream) uniform(i uint64) float64 {
	a, _ := s.words(i, 0)
	return float64(float64(a>>11) * 0x1p-53)
}

// normals fills the rows of z, an even number of them, with standard normal numbers: column i has those of sample first+positions[i], of which
// every block of random bits makes two.
func (s stream) normals(z relent.Matrix[float64], first uint64, positions []float64) {
	numbers := pass.NewStream(s.seed, s.number)
	for j := 0; j < z.Rows; j += 2 {
		numbers.At(first, j/2)
		relent.Pass(pass.Normals, numbers, z.Row(j), positions, z.Row(j+1))
	}
}

// gamma is a number of the gamma distribution of shape a, over a, for sample i: its mean is 1.
//
// Marsaglia, Tsang: A simple method for generating gamma variables, ACM Transactions on Mathematical Software 26 (2000), 363–372. Every attempt
// takes a block; block 0 makes a shape below 1 of one above.
func (s stream) gamma(i uint64, a float64) float64 {
	shape := a
	if a < 1 {
		shape = a + 1
	}
	d := shape - 1./3
	c := 1 / math.Sqrt(float64(9*d))
	for attempt := 1; ; attempt++ {
		x, y := s.words(i, attempt)
		z := standardQuantile(between(x))
		root := 1 + float64(c*z)
		v := float64(root * root * root)
		if v <= 0 || !(log(between(y)) < float64(z*z/2)+float64(d*(log(v)-(v-1)))) {
			continue
		}
		g := float64(d / a * v)
		if a < 1 {
			u, _ := s.words(i, 0)
			g *= exp(log(between(u)) / a)
		}
		return g
	}
}

// between is the upper 52 bits as a number above 0 and below 1.
func between(word uint64) float64 { return float64((float64(int64(word>>12)) + 0.5) * 0x1p-52) }

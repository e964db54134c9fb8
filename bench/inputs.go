package main

import (
	"math"
	"math/rand/v2"
	"unsafe"

	"github.com/relent-go/relent"
)

// family is a kind of inputs.
type family int

const (
	dirichlet     family = iota // two independent distributions, uniform among all
	near                        // a distribution and one that differs by up to 1e-4 in each element, relatively
	probabilities               // numbers between 0 and 1
)

func (f family) String() string { return [...]string{"dirichlet", "near", "probabilities"}[f] }

// A source holds the inputs last asked for.
type source[F relent.Float] struct {
	family family
	p, q   []F
}

// get returns n elements of a family; p and q of one family and length are always the same.
func (s *source[F]) get(f family, n int) (p, q []F) {
	if s.family != f || len(s.p) != n {
		s.p, s.q = nil, nil // not to have two in memory
		s.family = f
		s.p, s.q = make([]F, n), make([]F, n)
		fill(f, s.p, s.q)
	}
	return s.p, s.q
}

// period is after how many elements inputs are repeated: random numbers would take longer than what is measured.
const period = 1 << 18

func fill[F relent.Float](f family, p, q []F) {
	random := rand.New(rand.NewPCG(1, uint64(f)))
	for i := range min(len(p), period) {
		switch f {
		case dirichlet:
			p[i], q[i] = F(exponential(random)), F(exponential(random))
		case near:
			p[i] = F(exponential(random))
			q[i] = p[i] * F(1+1e-4*(2*random.Float64()-1))
		case probabilities:
			p[i], q[i] = F(0.001+0.998*random.Float64()), F(0.001+0.998*random.Float64())
		}
	}
	for _, x := range [][]F{p, q} {
		if f != probabilities {
			normalise(x[:min(len(x), period)], float64(max(1, len(x)/period)))
		}
		repeat(x, period)
	}
}

// repeat fills x with copies of its first elements, unless it has no more.
func repeat[F relent.Float](x []F, first int) {
	for done := first; done < len(x); {
		done += copy(x[done:], x[:done])
	}
}

func exponential(random *rand.Rand) float64 { return -math.Log(1 - random.Float64()) }

// normalise makes the sum of repeats copies of x 1.
func normalise[F relent.Float](x []F, repeats float64) {
	total := 0.0
	for _, v := range x {
		total += float64(v)
	}
	for i := range x {
		x[i] = F(float64(x[i]) / (total * repeats))
	}
}

// readTwoStreams reads p and q and does next to nothing with them: its time is the roof for whatever reads them both. It
// takes 4 KiB of one and of the other in turn, which reads main memory faster than taking an element of each; there it
// comes to within about a tenth of the best loop in C with vector registers, but not in a cache. A kernel that does
// better belongs here.
func readTwoStreams(p, q []uint64) uint64 {
	const block = 512
	sum := uint64(0)
	for len(p) > block && len(q) > block {
		sum += sumWords(p[:block]) + sumWords(q[:block])
		p, q = p[block:], q[block:]
	}
	return sum + sumWords(p) + sumWords(q)
}

// sumWords adds in eight accumulators: additions do not wait for each other.
func sumWords(x []uint64) uint64 {
	var a, b, c, d, e, f, g, h uint64
	for len(x) >= 8 {
		w := (*[8]uint64)(x)
		a, b, c, d = a+w[0], b+w[1], c+w[2], d+w[3]
		e, f, g, h = e+w[4], f+w[5], g+w[6], h+w[7]
		x = x[8:]
	}
	for _, w := range x {
		a += w
	}
	return a + b + c + d + e + f + g + h
}

// words is x as words of 8 bytes. An odd float32 at the end is left out.
func words[F relent.Float](x []F) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*elementBytes(x)/8)
}

func elementBytes[F relent.Float](x []F) int { return int(unsafe.Sizeof(*unsafe.SliceData(x))) }

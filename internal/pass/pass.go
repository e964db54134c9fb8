// Package pass names the passes over rows that package relent computes for packages loss, mvn and order.
package pass

import "math"

// A Kernel is a pass over one row, p, or two, p and q, or more. Package kernels has its text and the meaning of its numbers.
type Kernel int

// What each gives as sums, and as elements.
const (
	Sum              Kernel = iota // the largest of p, how often it is there, and the rest of the sum of exponentials; the number is 1/T
	Terms                          // likewise, and the exponentials
	Scaled                         // elements p times the first number, plus the second
	Largest                        // the largest of p, and of q
	KLOnce                         // Σe, Σf, Σ(f-e) and G, in the type of elements
	KLOnceTerms                    // likewise, and the elements e and, in the second array, f-e
	KLFar                          // Σe, Σf, Σ e·log e and Σ e·log(e/f), in the type of elements
	KLFarTerms                     // likewise, but Σ(f-e) in the third place, and the elements
	FewKL                          // as KLOnce, of rows of fewer than 16
	FewKLTerms                     // likewise, and the elements
	KLOnceSlopes                   // the gradient, of elements
	Pair                           // Σe, Σf, Σ(f-e)
	KL                             // the divergence
	KLSlopes                       // likewise, and its gradient
	Apart                          // Σe, and Σ e·(p-q-shift)/T
	ApartSlopes                    // the gradient with respect to p
	JS                             // the divergence
	Tilt                           // Σf, and Σ f·y
	TiltSlopes                     // the gradient
	SoftTargets                    // the cross-entropy, and Σt
	SoftSlopes                     // the gradient
	Gaps                           // Σ (m-p)/T
	Binary                         // the cross-entropy
	BinarySlopes                   // likewise, and its gradient
	Nearest                        // minus the least |p|
	BinaryOnce                     // as Binary, in the type of elements
	BinaryOnceSlopes               // as BinarySlopes, likewise
	Focal                          // the loss
	FocalSlopes                    // likewise, and its gradient
	Eliminate                      // elements less those of rows in p, each times p's first one; the numbers are the stride, how many, and where they begin
	Cholesky                       // L of a matrix, by columns; the numbers are the dimension and the stride, the sums the pivot that fails, or -1, and its value
	StandardNormal                 // the divergence of means p and logarithms of variances q
	Reached                        // counts of rows that reach thresholds, see package kernels; the numbers are the stride, thresholds and groups of rows
	Ranks                          // how many of the thresholds in p each element of q reaches; the numbers are these, and stripes of elements
	DiagonalNormal                 // the divergence of such from others: four rows
	Combine                        // elements plus multiples, the numbers in q, of rows in p; the number is the stride of these
	Normals                        // of the positions in p, and a Stream, pairs of normal numbers; the second ones go to q

	GammaExcesses // what log Γ at elements of the second row exceeds its tangent at p by, given what they exceed p by

	// Of divergences of other orders, package order's.
	OrderTerms         // Σ A·T and Σ P^A·Q^c
	OrderTermsAnywhere // likewise, with a shift
	OrderTermsOfShares // likewise, of counts
	OrderTotals        // Σp and Σq, as two numbers each
	OrderSupport       // Σp where q is not 0, as two numbers, and how many those are
	OrderMost          // 0 or NaN, and the largest log(p/q)
	OrderPowers        // Σ p·(e^y-1)/c and Σ p·e^y
	OrderMixture       // the excesses of p and q over u·p + v·q
	OrderExcess        // that of p over the second row, given the gaps in the third
	OrderTriangular    // Σ (p-q)²/(p+q)

	// Of tables, package table's.
	TableExcess    // the generalised divergence of the number times counts p from q; NaN if one is negative or -0
	TableTerms     // each of its terms, for counts that are not negative
	TableFractions // Σ|p - ⌊p⌉|

	// Of mixtures that are fitted, package mvn's.
	MixtureShares // the products p·q that count, their sum, and how many there are

	// Of rows, the first of x, whose columns are whole stripes; the numbers are how many, the stride, and stripes.
	Away   // Σ r(x-μ), and Σ r(x-μ)², added to elements, given r and μ
	Spread // the differences x-μ in stripes, after these r(x-μ), and after those Σ r(x-μ), to which it is added
	// Σ a·b over rows, added to elements, given a and b; the numbers are the rows, columns of a and stripes of b, the stride of a, or 0 for
	// stripes, and whether the lower triangle is enough.
	Products

	FinishKL    // the divergence, and Σ(f-e)/Σe and 1/Σf in place of the last two rows, given Σe, Σf, Σ(f-e) and G of many
	FinishFewKL // likewise, of sums up to 16

	// Of blocks: elements become panels of the rows in p, and the other way round.
	Pack
	Unpack
)

// Arguments are the numbers of a row, or a block of rows.
type Arguments interface{ arguments() }

// Lanes is how many elements rows have that are not side by side.
const Lanes = 16

// BlockRows is how many rows a block has at most.
const BlockRows = 64

// A Block is rows of few elements, side by side: fewer than 16, at least 2. Its arrays are panels.
type Block struct {
	Rows, Cols int
	Stride     int             // of the rows to pack, or unpack
	Some       bool            // of Alone are set
	Alone      [BlockRows]bool // rows that are not unpacked
	Numbers    [len(Numbers{})][BlockRows]float64
	Sums       [len(Sums{})][BlockRows]float64
}

// Set is the same number for all rows.
func (b *Block) Set(number int, x float64) {
	for i := range b.Rows {
		b.Numbers[number][i] = x
	}
}

// A Stream is the numbers of Normals, integers in the place of float64: see package kernels.
type Stream [3 + 2*rounds][2]float64

const rounds = 10

// NewStream is the one of a number under a key of two words.
func NewStream(seed uint64, number uint32) *Stream {
	s := new(Stream)
	s.set(2, uint64(number))
	low, high := uint32(seed), uint32(seed>>32)
	for round := range rounds {
		s.set(3+2*round, uint64(low))
		s.set(4+2*round, uint64(high))
		low, high = low+0x9E3779B9, high+0xBB67AE85
	}
	return s
}

// At chooses the sample that is at position 0, and which block of its random bits is meant.
func (s *Stream) At(first uint64, block int) {
	const offset = 0x433 << 52 // the pattern of 2**52
	s.set(0, first-offset)
	s.set(1, uint64(block))
}

func (s *Stream) set(number int, x uint64) {
	v := math.Float64frombits(x)
	s[number] = [2]float64{v, v}
}

func (*Stream) arguments()  {}
func (*Numbers) arguments() {}
func (*Block) arguments()   {}

// Sums are up to five, and Numbers up to eleven.
type (
	Sums    [5]float64
	Numbers [11][2]float64
)

// Set sets the first numbers.
func (n *Numbers) Set(x ...float64) {
	for i, v := range x {
		n[i] = [2]float64{v, v}
	}
}

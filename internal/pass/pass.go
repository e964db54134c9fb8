// Package pass names the passes over rows that package relent computes for packages loss and mvn.
package pass

// A Kernel is a pass over one row, p, or two, p and q, or more. Package kernels has its text and the meaning of its numbers.
type Kernel int

// What each gives as sums, and as elements.
const (
	Sum              Kernel = iota // the largest of p, how often it is there, and the rest of the sum of exponentials; the number is 1/T
	Terms                          // likewise, and the exponentials
	Scaled                         // elements p times the first number, plus the second
	Largest                        // the largest of p, and of q
	KLOnce                         // Σe, Σf, Σ(f-e) and G, in the type of elements
	KLOnceSlopes                   // the gradient, likewise
	FewKL                          // likewise of rows of fewer than 16
	FewKLTerms                     // likewise, and the elements e and, in the second array, f-e
	FewKLSlopes                    // the gradient of those
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
	DiagonalNormal                 // the divergence of such from others: four rows

	FinishKL    // the divergence, and log(Σf/Σe) in place of the last row, given Σe, Σf, Σ(f-e) and G of many
	FinishFewKL // likewise, but Σ(f-e)/Σe and 1/Σf in place of the last two

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

func (*Numbers) arguments() {}
func (*Block) arguments()   {}

// Sums are up to four, and Numbers up to eleven.
type (
	Sums    [4]float64
	Numbers [11][2]float64
)

// Set sets the first numbers.
func (n *Numbers) Set(x ...float64) {
	for i, v := range x {
		n[i] = [2]float64{v, v}
	}
}

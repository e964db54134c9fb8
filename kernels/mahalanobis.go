package kernels

// Squared Mahalanobis distances ‖L⁻¹(x-μ)‖² have the rows x of data in the lanes, so that the arithmetic of a row is one chain
// whatever the width of a vector. The unknowns z of Lz = x-μ are found one after the other; a distance is the sum of
// their squares: of four at a time, then of blocks of sixteen. What the sum lost when a block was added is kept beside it, but for the last
// block (Dekker's fast two-sum, exact where the block is not the larger one; where it is, what was there before counts half as much
// from then on), so that the error does not grow with the number of columns.

// Group is how many squares are added before they are added to the sum: a quarter of the roundings relative to the sum.
const Group = 4

// Block is how many squares are added before what is lost is kept.
const Block = 16

// A Substep is one operation of the substitution: what becomes of x.
type Substep func(b *Builder, x Vec, with ...Vec) Vec

// Center is x - μ.
func Center(_ *Builder, x Vec, with ...Vec) Vec { return x.Sub(with[0]) }

// Apart is z - μ, and leaves z.
func Apart(_ *Builder, _ Vec, with ...Vec) Vec { return with[1].Sub(with[0]) }

// Times is a product, and leaves what it is of.
func Times(_ *Builder, _ Vec, with ...Vec) Vec { return with[0].Mul(with[1]) }

// Eliminate takes a known unknown z out of an equation: x - l·z.
func Eliminate(_ *Builder, x Vec, with ...Vec) Vec { return with[1].NegMulAdd(with[0], x) }

// Multiply adds one product: x + m·y.
func Multiply(_ *Builder, x Vec, with ...Vec) Vec { return with[1].MulAdd(with[0], x) }

// Scale is x times the inverse of the pivot.
func Scale(_ *Builder, x Vec, with ...Vec) Vec { return x.Mul(with[0]) }

// Square extends a sum of squares.
func Square(_ *Builder, x Vec, with ...Vec) Vec { return with[0].MulAdd(with[0], x) }

// LargestSize is that of an element so far.
func LargestSize(_ *Builder, x Vec, with ...Vec) Vec { return x.Max(with[0].Abs()) }

// Accumulate adds a part to a sum.
func Accumulate(_ *Builder, x Vec, with ...Vec) Vec { return x.Add(with[0]) }

// Excess makes of a part what the sum came out too large by, given it after and before.
func Excess(_ *Builder, x Vec, with ...Vec) Vec { return with[0].Sub(with[1]).Sub(x) }

// Correct takes from a part what the sum that it is added to came out too large by.
func Correct(_ *Builder, x Vec, with ...Vec) Vec { return x.Sub(with[0]) }

// PanelsFromOne is how many panels squareDistancesFromOne takes at once: as many sums grow side by side.
const PanelsFromOne = 3

// SquareDifference extends a sum of squared differences z - c.
func SquareDifference(_ *Builder, x Vec, with ...Vec) Vec {
	d := with[1].Sub(with[0])
	return d.MulAdd(d, x)
}

// Affine is x times a slope and a rise more.
func Affine(_ *Builder, x Vec, with ...Vec) Vec { return x.MulAdd(with[0], with[1]) }

// Record is the step's program: the value that changes is its Sum, what it is done with are its inputs.
func (s Substep) Record(t Type, inputs int) Program {
	b := newBuilder(t, true)
	x := Vec{b, b.emit(Sum)}
	b.Results = []int{s(b, x, b.inputs(inputs)...).id}
	return b.Program
}

// A Tile extends the accumulators of a few rows of a packed factor by column after column.
type Tile struct {
	Name string
	Step Substep // with the factor's element and the panel's vector
	// Solve makes the accumulators start at the panel's rows and finds the unknowns of the rows themselves; otherwise they start
	// at 0 and the columns go up to the diagonal.
	Solve bool
	// Given panels hold the rows; the kernel leaves them as they are. Otherwise one that solves transposes the rows ahead meanwhile.
	Given bool
}

// Transposes tells whether the kernel transposes rows ahead.
func (t Tile) Transposes() bool { return t.Solve && !t.Given }

// Tiles list the kernels of packed factors.
var Tiles = []Tile{
	{Name: "substitute", Step: Eliminate, Solve: true},
	{Name: "multiply", Step: Multiply},
	{Name: "substituteGiven", Step: Eliminate, Solve: true, Given: true},
}

// SqMahalanobis is the whole of the distance for rows of dim columns, the kernel's inputs. The model is the mean, then for each
// column of L the inverse of the pivot and what stands below it.
func SqMahalanobis(t Type, dim int) Program {
	b := newBuilder(t, false)
	model := 0
	next := func() Vec {
		model++
		return b.Element(model - 1)
	}
	y := b.inputs(dim)
	for i := range y {
		y[i] = Center(b, y[i], next())
	}
	var sum, group Vec
	for k := range y {
		z := Scale(b, y[k], next())
		for i := k + 1; i < dim; i++ {
			y[i] = Eliminate(b, y[i], next(), z)
		}
		if k%Group == 0 {
			group = z.Mul(z)
		} else {
			group = Square(b, group, z)
		}
		if k%Group == Group-1 || k == dim-1 {
			if k < Group {
				sum = group
			} else {
				sum = sum.Add(group)
			}
		}
	}
	b.guardFinite(sum)
	b.Results = []int{sum.id}
	return b.Program
}

// Finite is a guard that its Sum, which is not negative, is neither infinite nor NaN.
func Finite(t Type) Program {
	b := newBuilder(t, false)
	sum := Vec{b, b.emit(Sum)}
	b.guardFinite(sum)
	b.Results = []int{sum.id}
	return b.Program
}

// guardFinite promises that x, which is not negative, is neither infinite nor NaN.
func (b *Builder) guardFinite(x Vec) {
	b.GuardSignClear(x) // a NaN may have it set
	b.GuardBelow(x, b.Type.MaxExponent()+1)
}

// SqDeviation is the part of the distance for a diagonal L that one group of columns adds. The model holds their means, then the
// inverses of their deviations.
func SqDeviation(t Type) Program {
	b := newBuilder(t, true)
	var group Vec
	for i, x := range b.inputs(Group) {
		z := Scale(b, Center(b, x, b.Element(i)), b.Element(Group+i))
		if i == 0 {
			group = z.Mul(z)
		} else {
			group = Square(b, group, z)
		}
	}
	b.Results = []int{group.id}
	return b.Program
}

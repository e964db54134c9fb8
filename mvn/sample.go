package mvn

import (
	"math"
	"slices"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
	"gonum.org/v1/gonum/mat"
)

// SampleRows fills the rows of dst with independent samples: row i is sample number first+i, counted from 0, of those that seed determines.
// It depends on nothing else, and has the same bits on every CPU, for any number of workers, and wherever it stands: later calls
// continue with a first that is larger by the number of rows.
//
// The random numbers are of the counter-based generator Philox 4×32-10, and normal by the method of Box and Muller, of 104 random bits for
// two, each to a relative 2⁻⁵⁰ and none farther out than 8.58. They are not those of [Normal.Seeded].
//
// A row takes time for each variable, and for its product with a factor, of d²/2 multiplications or, of [NewNormalLowRank], d·r. An error is
// that of the run's context.
func (n *Normal) SampleRows(dst *mat.Dense, seed, first uint64, run relent.Run) error {
	return sampleNormal("SampleRows", denseRows("SampleRows", dst, n.Dim()), n, seed, first, run)
}

// SampleRows is [Normal.SampleRows] of raw elements.
func SampleRows(dst relent.Matrix[float64], n *Normal, seed, first uint64, run relent.Run) error {
	return sampleNormal("SampleRows", dst, n, seed, first, run)
}

func sampleNormal(name string, dst relent.Matrix[float64], n *Normal, seed, first uint64, run relent.Run) error {
	checkShape(name, "dst", dst, dst.Rows, given(name, "n", n).Dim())
	return inParts(dst.Rows, sampleBlock, sampleFlops(n), run, func(from, to int) {
		n.sample(dst.Slice(from, to), stream{seed: seed}, first+uint64(from))
	})
}

// SampleRows is [Normal.SampleRows] of a Student t distribution: samples of the normal one divided by √(χ²/ν). Elements that are too large for a
// float64, of few degrees of freedom, are infinite.
func (s *StudentT) SampleRows(dst *mat.Dense, seed, first uint64, run relent.Run) error {
	return sampleStudentT("SampleRows", denseRows("SampleRows", dst, s.Dim()), s, seed, first, run)
}

// StudentTSampleRows is [StudentT.SampleRows] of raw elements.
func StudentTSampleRows(dst relent.Matrix[float64], s *StudentT, seed, first uint64, run relent.Run) error {
	return sampleStudentT("StudentTSampleRows", dst, s, seed, first, run)
}

func sampleStudentT(name string, dst relent.Matrix[float64], s *StudentT, seed, first uint64, run relent.Run) error {
	n := given(name, "s", s).normal
	checkShape(name, "dst", dst, dst.Rows, n.Dim())
	return inParts(dst.Rows, sampleBlock, 600+sampleFlops(n), run, func(from, to int) {
		n.sampleStretched(dst.Slice(from, to), stream{seed: seed}, first+uint64(from), func(factors []float64, first uint64) {
			for i := range factors {
				factors[i] = min(math.MaxFloat64, 1/math.Sqrt(stream{seed, gammaStream}.gamma(first+uint64(i), float64(s.nu/2))))
			}
		})
	})
}

// SampleRows is [Normal.SampleRows] of a mixture: the component of a sample depends on the seed and the sample's number, too.
func (m *Mixture) SampleRows(dst *mat.Dense, seed, first uint64, run relent.Run) error {
	return sampleMixture("SampleRows", denseRows("SampleRows", dst, m.dim), m, seed, first, run)
}

// MixtureSampleRows is [Mixture.SampleRows] of raw elements.
func MixtureSampleRows(dst relent.Matrix[float64], m *Mixture, seed, first uint64, run relent.Run) error {
	return sampleMixture("MixtureSampleRows", dst, m, seed, first, run)
}

// The numbers of streams.
const (
	numbersStream    = iota // standard normal
	componentsStream        // which component a sample of a mixture is of
	strataStream            // of component k it is this one and 2k, for the first of two mixtures, or 2k+1

	gammaStream = 1 << 30 // how far samples are stretched
)

func sampleMixture(name string, dst relent.Matrix[float64], m *Mixture, seed, first uint64, run relent.Run) error {
	checkShape(name, "dst", dst, dst.Rows, given(name, "m", m).dim)
	flops := 0.0
	for k := range m.double.components {
		flops = max(flops, sampleFlops(&m.double.components[k]))
	}
	return inParts(dst.Rows, sampleBlock, flops, run, func(from, to int) {
		m.sample(dst.Slice(from, to), seed, first+uint64(from))
	})
}

// sampleBlock is how many rows are sampled together.
const sampleBlock = 64

// sampleFlops are about those of a row.
func sampleFlops(n *Normal) float64 { return float64(40*n.numbers()) + formFlops(n.Dim()) }

// numbers is how many standard normal ones make a sample.
func (n *Normal) numbers() int {
	if f, ok := n.form.(*lowRankForm); ok {
		return n.Dim() + f.w.Cols
	}
	return n.Dim()
}

// sample fills rows with those of a stream from a number on.
func (n *Normal) sample(rows relent.Matrix[float64], s stream, first uint64) {
	n.sampleStretched(rows, s, first, nil)
}

// sampleStretched is likewise, with what samples are apart from the mean times the factors that stretch sets, if it is not nil.
func (n *Normal) sampleStretched(rows relent.Matrix[float64], s stream, first uint64, stretch func(factors []float64, first uint64)) {
	b := n.takeSamples()
	for from := 0; from < rows.Rows; from += sampleBlock {
		part := rows.Slice(from, min(from+sampleBlock, rows.Rows))
		for i := range part.Rows {
			b.positions[i] = float64(i)
		}
		b.factors = nil
		if stretch != nil {
			b.factors = b.room[:part.Rows]
			stretch(b.factors, first+uint64(from))
		}
		b.fill(part, n, s, first+uint64(from))
	}
	n.scorers.samples.Put(b)
}

// samples is what it takes to make a block of them: columns, a row for each number, or variable.
type samples struct {
	positions, room [sampleBlock]float64
	factors         []float64 // of the parts apart from the mean, or nil
	white, coloured relent.Matrix[float64]
}

func (n *Normal) takeSamples() *samples {
	if b, ok := n.scorers.samples.Take(); ok {
		return b
	}
	return &samples{white: newMatrix((n.numbers()+1)/2*2, sampleBlock), coloured: newMatrix(n.Dim(), sampleBlock)}
}

// fill makes samples of a stream, of the numbers that are first and more by the positions that b has.
func (b *samples) fill(rows relent.Matrix[float64], n *Normal, s stream, first uint64) {
	white, coloured := b.white, b.coloured
	white.Cols, coloured.Cols = rows.Rows, rows.Rows
	s.normals(white, first, b.positions[:rows.Rows])
	n.scorers.colours.get(func() colours { return coloursOf(n.form) }).colour(coloured, white)
	for j, mean := range n.mean {
		column := coloured.Row(j)
		for i, factor := range b.factors {
			column[i] *= factor
		}
		if mean != 0 {
			rescale(column, column, 1, mean)
		}
	}
	transposeInto(rows, coloured)
}

// rescale sets y, which may be x, to x·factor + plus, rounded once.
func rescale(y, x []float64, factor, plus float64) {
	var m pass.Numbers
	m.Set(factor, plus)
	relent.Pass(pass.Scaled, &m, y, x)
}

// transposeInto makes columns rows, of which eight, four columns at a time, lie near each other.
func transposeInto(rows, columns relent.Matrix[float64]) {
	const together = 8
	column := func(i, j int) *[together]float64 { return (*[together]float64)(columns.Data[j*columns.Stride+i:]) }
	whole, four := rows.Rows/together*together, rows.Cols/4*4
	for i := 0; i < whole; i += together {
		for j := 0; j < four; j += 4 {
			a, b, c, d := column(i, j), column(i, j+1), column(i, j+2), column(i, j+3)
			at := i*rows.Stride + j
			for k, v := range a {
				*(*[4]float64)(rows.Data[at:]) = [4]float64{v, b[k], c[k], d[k]}
				at += rows.Stride
			}
		}
	}
	for j := range columns.Rows {
		from := whole
		if j >= four {
			from = 0
		}
		for i, v := range columns.Row(j)[from:] {
			rows.Data[(from+i)*rows.Stride+j] = v
		}
	}
}

// mixtureBlocks is how many rows of a mixture are sampled together, of which those of a component are together.
const mixtureBlocks = 16 * sampleBlock

// sample fills rows likewise: first it is found which component each is of, then, component by component, what it is.
func (m *Mixture) sample(rows relent.Matrix[float64], seed, first uint64) {
	part := newMatrix(sampleBlock, rows.Cols)
	of := make([][]int, len(m.weights)) // rows, by component
	for from := 0; from < rows.Rows; from += mixtureBlocks {
		block := rows.Slice(from, min(from+mixtureBlocks, rows.Rows))
		number := first + uint64(from)
		for i := range block.Rows {
			k := m.componentAt(stream{seed, componentsStream}.uniform(number + uint64(i)))
			of[k] = append(of[k], i)
		}
		for k, all := range of {
			m.double.components[k].sampleSome(block, all, part, stream{seed: seed}, number)
			of[k] = all[:0]
		}
	}
}

// sampleSome fills some rows of a block, of which the first is of the sample of a number. It uses part.
func (n *Normal) sampleSome(block relent.Matrix[float64], rows []int, part relent.Matrix[float64], s stream, first uint64) {
	b := n.takeSamples()
	b.factors = nil
	for some := range slices.Chunk(rows, sampleBlock) {
		for i, row := range some {
			b.positions[i] = float64(row)
		}
		made := part.Slice(0, len(some))
		b.fill(made, n, s, first)
		for i, row := range some {
			copy(block.Row(row), made.Row(i))
		}
	}
	n.scorers.samples.Put(b)
}

// componentAt is the component that a share of the weights, in order, ends in; one with a weight.
func (m *Mixture) componentAt(share float64) (k int) {
	sum := 0.0
	for i, w := range m.weights {
		if w > 0 {
			k = i
			if sum += w; share < sum {
				break
			}
		}
	}
	return k
}

// colours makes columns of standard normal numbers samples of a form, but for its mean. The bits of one do not depend on others.
type colours interface {
	colour(dst, white relent.Matrix[float64])
}

func coloursOf(f form) colours {
	switch f := f.(type) {
	case *singularForm:
		columns := f.columns
		columns.Rows = len(f.free)
		return products{factors: transposed(columns)}
	case *lowRankForm:
		return products{own: f.s, factors: f.w, skip: f.dim()}
	case *diagonalForm:
		return products{own: f.s, factors: newMatrix(f.dim(), 0)}
	case *precisionForm:
		return newSubstitution(f.m)
	}
	return products{factors: transposedTriangle(f.factor().columns, true), lower: true}
}

// products are multiples of a variable's own number, if there are such, plus those of the numbers after some that are skipped: all of them, or
// of a lower triangle.
type products struct {
	own     []float64
	factors relent.Matrix[float64]
	lower   bool
	skip    int
}

func (p products) colour(dst, white relent.Matrix[float64]) {
	rest := white.Data[p.skip*white.Stride:]
	for i := range dst.Rows {
		row, factors := dst.Row(i), p.factors.Row(i)
		if p.own != nil {
			rescale(row, white.Row(i), p.own[i], 0)
		} else {
			clear(row)
		}
		if p.lower {
			factors = factors[:i+1]
		}
		combine(row, factors, rest, white.Stride)
	}
}

// combine adds to y rows of x, times the factors.
func combine(y, factors, x []float64, stride int) {
	var m pass.Numbers
	m.Set(float64(stride))
	relent.Pass(pass.Combine, &m, y, x, factors)
}

// A substitution solves Mx = z, M lower triangular.
type substitution struct {
	below   relent.Matrix[float64] // -M
	inverse []float64              // of the diagonal
}

func newSubstitution(m relent.Matrix[float64]) substitution {
	s := substitution{below: clone(m), inverse: make([]float64, m.Rows)}
	for i, v := range s.below.Data {
		s.below.Data[i] = -v
	}
	for i, v := range diagonalOf(m) {
		s.inverse[i] = 1 / v
	}
	return s
}

func (s substitution) colour(dst, white relent.Matrix[float64]) {
	for i, inverse := range s.inverse {
		row := dst.Row(i)
		copy(row, white.Row(i))
		combine(row, s.below.Row(i)[:i], dst.Data, dst.Stride)
		rescale(row, row, inverse, 0)
	}
}

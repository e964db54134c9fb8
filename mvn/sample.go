package mvn

import (
	"errors"
	"slices"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// SampleRows fills the rows of dst with independent samples: row i is sample number first+i, counted from 0, of those that seed determines.
// It depends on nothing else, and has the same bits on every CPU, for any number of workers, and wherever it stands: later calls
// continue with a first that is larger by the number of rows.
//
// The random numbers are of the counter-based generator Philox 4×32-10, and normal by the method of Box and Muller; no sample is farther
// out than 7.6 standard deviations in a variable of the standard normal distribution. They are not those of [Normal.Seeded].
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
func sampleFlops(n *Normal) float64 { return float64(60*n.numbers()) + formFlops(n.Dim()) }

// numbers is how many standard normal ones make a sample.
func (n *Normal) numbers() int {
	if f, ok := n.form.(*lowRankForm); ok {
		return n.Dim() + f.w.Cols
	}
	return n.Dim()
}

// sample fills rows with those of a stream from a number on.
func (n *Normal) sample(rows relent.Matrix[float64], s stream, first uint64) {
	b := newSamples(n.numbers())
	for from := 0; from < rows.Rows; from += sampleBlock {
		part := rows.Slice(from, min(from+sampleBlock, rows.Rows))
		for i := range part.Rows {
			b.numbers[i] = first + uint64(from+i)
		}
		b.fill(part, n, s)
	}
}

// samples is what it takes to make a block of them.
type samples struct {
	numbers     [sampleBlock]uint64
	white, logs []float64
}

func newSamples(width int) *samples {
	return &samples{white: make([]float64, sampleBlock*width), logs: make([]float64, sampleBlock*((width+3)/4*2))}
}

// fill makes samples of a stream, of the numbers that b has.
func (b *samples) fill(rows relent.Matrix[float64], n *Normal, s stream) {
	width := n.numbers()
	white := relent.Matrix[float64]{Rows: rows.Rows, Cols: width, Stride: width, Data: b.white}
	s.normals(white, b.numbers[:rows.Rows], b.logs)
	n.scorers.colours.get(func() colours { return coloursOf(n.form) }).colour(rows, white)
	for i := range rows.Rows {
		n.addMean(rows.Row(i))
	}
}

// mixtureBlocks is how many rows of a mixture are sampled together, of which those of a component are together.
const mixtureBlocks = 16 * sampleBlock

// sample fills rows likewise: first it is found which component each is of, then, component by component, what it is.
func (m *Mixture) sample(rows relent.Matrix[float64], seed, first uint64) {
	width := 0
	for k := range m.double.components {
		width = max(width, m.double.components[k].numbers())
	}
	b, part := newSamples(width), newMatrix(sampleBlock, rows.Cols)
	of := make([][]int, len(m.weights)) // rows, by component
	for from := 0; from < rows.Rows; from += mixtureBlocks {
		block := rows.Slice(from, min(from+mixtureBlocks, rows.Rows))
		number := first + uint64(from)
		for i := range block.Rows {
			k := m.componentAt(stream{seed, componentsStream}.uniform(number + uint64(i)))
			of[k] = append(of[k], i)
		}
		for k, all := range of {
			for some := range slices.Chunk(all, sampleBlock) {
				for i, row := range some {
					b.numbers[i] = number + uint64(row)
				}
				made := part.Slice(0, len(some))
				b.fill(made, &m.double.components[k], stream{seed: seed})
				for i, row := range some {
					copy(block.Row(row), made.Row(i))
				}
			}
			of[k] = all[:0]
		}
	}
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

// colours makes rows of standard normal numbers samples of a form, but for its mean. A row's bits do not depend on others.
type colours interface {
	colour(dst, white relent.Matrix[float64])
}

func coloursOf(f form) colours {
	var factor *relent.Factor[float64]
	err := errNoFactor
	switch f := f.(type) {
	case *covarianceForm: // as if it were a factor of a precision: what whitens multiplies by it
		factor, err = relent.NewPrecisionFactor(make([]float64, f.dim()), transposedTriangle(f.columns, true))
	case *precisionForm:
		factor, err = relent.NewFactor(make([]float64, f.dim()), f.m)
	}
	if err != nil {
		return formColours{f}
	}
	return factorColours{factor}
}

var errNoFactor = errors.New("mvn: the form has no factor")

type factorColours struct{ *relent.Factor[float64] }

func (f factorColours) colour(dst, white relent.Matrix[float64]) {
	always(f.Whiten(dst, white, relent.Run{}))
}

type formColours struct{ form }

func (f formColours) colour(dst, white relent.Matrix[float64]) {
	g, low := f.form.(*lowRankForm)
	for i := range dst.Rows {
		row, z := dst.Row(i), white.Row(i)
		if !low {
			f.transform(row, z)
			continue
		}
		for j, s := range g.s {
			row[j] = float64(s*z[j]) + dot(g.w.Row(j), z[len(row):])
		}
	}
}

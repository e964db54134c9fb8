package mvn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/sealed"
	"gonum.org/v1/gonum/mat"
)

// Moments are the number of rows, the sum of their weights, and their first and second moments: all that estimates of a mean and a
// covariance take. They may be of parts of the data, on many machines, that are merged: sums are exact, so that the results have the same
// bits for any division of the rows, any order of them and of merging, and any number of workers.
//
// Feeding rows of weight 1 costs as much as six products of float64 matrices, those of integers up to 2²¹ or so one: that is what exactness
// takes. Other weights, fewer than 48 rows at a time, and columns of which more than a few elements have bits 65 places below the largest are
// slower by far: d²/2 multiplications of integers a row and up to four times as many. AddBlocks is for the many rows of which products may be
// rounded. Moments of d columns take about 60·d² bytes, and twice as many more for each worker while it adds rows.
//
// Methods must not be called at the same time as one that changes the Moments.
type Moments struct {
	gram          *exact.Gram // of rows and a last column of ones
	missing       MissingPolicy
	rows, skipped uint64
	largest       []float64 // the largest size of an element, by column, of rows with a weight
}

// A MissingPolicy says what to do with rows that hold a NaN.
type MissingPolicy uint8

const (
	RefuseNaN MissingPolicy = iota // return an error that names the row and the column
	SkipNaN                        // leave the row out, and count it
)

// NewMoments returns those of no rows, of d columns. It panics unless d >= 1.
func NewMoments(d int, missing MissingPolicy) *Moments {
	const name = "NewMoments"
	if d < 1 {
		here.Panic(name, "%d columns", d)
	}
	if missing > SkipNaN {
		here.Panic(name, "there is no policy %d", missing)
	}
	var m *Moments
	here.Allocate(name, d, d, func(int) { m = newMoments(d, missing) })
	return m
}

func newMoments(d int, missing MissingPolicy) *Moments {
	return &Moments{gram: exact.NewGram(d + 1), missing: missing, largest: make([]float64, d)}
}

// Dim is the number of columns.
func (m *Moments) Dim() int { return len(m.largest) }

// Rows is the number of rows with a weight above 0, but for skipped ones.
func (m *Moments) Rows() uint64 { return m.rows }

// Skipped is the number of rows that were left out because they hold a NaN.
func (m *Moments) Skipped() uint64 { return m.skipped }

// Weight is the sum of the weights.
func (m *Moments) Weight() float64 { return m.weight().Float64() }

func (m *Moments) weight() *exact.Number   { return m.gram.Sum(m.Dim(), m.Dim()) }
func (m *Moments) sum(j int) *exact.Number { return m.gram.Sum(m.Dim(), j) }
func exactly(x float64) (n *exact.Number)  { return exact.NewNumber(x) }

// AddRows adds the rows of x, with weights, which count how often a row occurs; nil ones are all 1. A row of weight 0 has no part in
// anything. It returns an error, and adds nothing, for a weight that is negative or not finite, and for an element that is infinite, or NaN
// unless such rows are skipped. After an error of the run's context, too, nothing has been added.
func (m *Moments) AddRows(x *mat.Dense, weights []float64, run relent.Run) error {
	return m.add("AddRows", denseRows("AddRows", x, m.Dim()), weights, run)
}

// MomentsAddRows is [Moments.AddRows] of raw elements. Moments are the same of float32 elements and of these as float64.
func MomentsAddRows[F float32 | float64](m *Moments, x relent.Matrix[F], weights []float64, run relent.Run) error {
	const name = "MomentsAddRows"
	checkShape(name, "x", x, x.Rows, given(name, "m", m).Dim())
	if rows, ok := any(x).(relent.Matrix[float64]); ok {
		return m.add(name, rows, weights, run)
	}
	return addMoments(name, m, x, weights, run)
}

func (m *Moments) add(name string, x relent.Matrix[float64], weights []float64, run relent.Run) error {
	return addMoments(name, m, x, weights, run)
}

func addMoments[F float32 | float64](name string, m *Moments, x relent.Matrix[F], weights []float64, run relent.Run) error {
	if weights != nil && len(weights) != x.Rows {
		here.Panic(name, "%d weights for %d rows", len(weights), x.Rows)
	}
	if err := checkRows(0, x, weights, m.missing); err != nil {
		return err
	}
	if uint64(x.Rows) > math.MaxUint64-m.rows-m.skipped {
		return errTooManyRows
	}
	var gatherers freelist.List[*gatherer]
	var all []*gatherer
	var adding sync.Mutex
	err := inParts(x.Rows, exact.BlockRows, 2*formFlops(x.Cols), run, func(from, to int) {
		g, ok := gatherers.Take()
		if !ok {
			g = newGatherer(newMoments(m.Dim(), m.missing), x.Rows)
			adding.Lock()
			all = append(all, g)
			adding.Unlock()
		}
		var w []float64
		if weights != nil {
			w = weights[from:to]
		}
		gather(g, x.Slice(from, to), w)
		gatherers.Put(g)
	})
	if err != nil {
		return err
	}
	for _, g := range all {
		g.flush()
		if err := m.absorb(g.moments); err != nil { // there are no more rows than are checked above
			panic(err)
		}
	}
	return nil
}

var errTooManyRows = fmt.Errorf("mvn: there are more than %d rows", uint64(math.MaxUint64))

// checkRows returns an error with the first weight or element that is wrong, of rows that are numbered from first.
func checkRows[F float32 | float64](first uint64, x relent.Matrix[F], weights []float64, missing MissingPolicy) error {
	for i, w := range weights {
		if !(w >= 0) || !finite(w) {
			return fmt.Errorf("mvn: weight %d is %g", first+uint64(i), w)
		}
	}
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			if v-v != 0 && (missing == RefuseNaN || v == v) {
				return fmt.Errorf("mvn: element (%d, %d) of the data is %g", first+uint64(i), j, float64(v))
			}
		}
	}
	return nil
}

// A gatherer adds rows to moments of its own, some at a time.
type gatherer struct {
	moments *Moments
	rows    int
	x       []float64 // of the rows, with a column of ones
	weights []float64
	largest []float64
	slicer  *slicer // when there is one
}

// newGatherer is for as many rows, or more.
func newGatherer(m *Moments, rows int) *gatherer {
	some := min(rows, sliceRows)
	return &gatherer{moments: m, x: make([]float64, some*(m.Dim()+1)), weights: make([]float64, some), largest: make([]float64, m.Dim())}
}

// gather adds rows that are checked; the last ones wait to be flushed.
func gather[F float32 | float64](g *gatherer, x relent.Matrix[F], weights []float64) {
	m := g.moments
	for i := range x.Rows {
		weight := 1.0
		if weights != nil {
			weight = weights[i]
		}
		row := g.x[g.rows*(x.Cols+1):][:x.Cols+1]
		switch {
		case !widenedNumbers(row, x.Row(i)):
			m.skipped++
			continue
		case weight == 0:
			continue
		}
		row[x.Cols] = 1
		for j, v := range row[:x.Cols] {
			g.largest[j] = max(g.largest[j], math.Abs(v))
		}
		g.weights[g.rows] = weight
		if g.rows++; g.rows == len(g.weights) {
			g.flush()
		}
		m.rows++
	}
}

// flush adds the rows that wait: many of weight 1 by slices.
func (g *gatherer) flush() {
	const many = 48
	m, wide := g.moments, g.moments.Dim()+1
	if g.rows >= many && !slices.ContainsFunc(g.weights[:g.rows], func(w float64) bool { return w != 1 }) {
		if g.slicer == nil {
			g.slicer = newSlicer(m.Dim())
		}
		if g.slicer.add(m.gram, g.x[:g.rows*wide], g.largest) {
			g.rows = 0
		}
	}
	for from := 0; from < g.rows; from += exact.BlockRows {
		to := min(from+exact.BlockRows, g.rows)
		m.gram.Add(g.x[from*wide:to*wide], g.weights[from:to])
	}
	g.rows = 0
	for j, v := range g.largest {
		m.largest[j] = max(m.largest[j], v)
	}
	clear(g.largest)
}

// widenedNumbers makes dst the elements of x, and tells whether none is NaN.
func widenedNumbers[F float32 | float64](dst []float64, x []F) bool {
	sum := F(0)
	for j, v := range x {
		dst[j] = float64(v)
		sum += v - v // which is 0 for what is finite
	}
	return sum == 0
}

// Merge adds all that was added to o, of as many columns, or it panics, and leaves o as it is. More rows than a uint64 counts, as of
// forged moments, are an error and leave m as it is.
func (m *Moments) Merge(o *Moments) error {
	if given("Merge", "o", o).Dim() != m.Dim() {
		here.Panic("Merge", "the moments are of %d columns, the others of %d", m.Dim(), o.Dim())
	}
	if o.rows+o.skipped > math.MaxUint64-m.rows-m.skipped {
		return errTooManyRows
	}
	if m == o {
		o = &Moments{gram: o.gram.Clone(), rows: o.rows, skipped: o.skipped}
	}
	m.gram.Merge(o.gram)
	m.rows += o.rows
	m.skipped += o.skipped
	for j, v := range o.largest {
		m.largest[j] = max(m.largest[j], v)
	}
	return nil
}

// absorb is Merge of moments that nobody else has, of the same policy.
func (m *Moments) absorb(o *Moments) error {
	if m.rows == 0 && m.skipped == 0 {
		*m = *o
		return nil
	}
	return m.Merge(o)
}

// MarshalBinary returns the encoding of the moments, the same on every machine and for any way that they were gathered: about 15·d²
// bytes. Moments that neither NewMoments nor UnmarshalBinary has made are an error.
func (m *Moments) MarshalBinary() ([]byte, error) { return m.AppendBinary(nil) }

// AppendBinary is [Moments.MarshalBinary], appended to b.
func (m *Moments) AppendBinary(b []byte) ([]byte, error) {
	if m.gram == nil {
		return b, errors.New("mvn: Moments that NewMoments has not made cannot be encoded")
	}
	return momentsKind.Append(b, func(b []byte) []byte {
		b = binary.LittleEndian.AppendUint32(b, uint32(m.Dim()))
		b = append(b, byte(m.missing))
		b = binary.LittleEndian.AppendUint64(b, m.rows)
		b = binary.LittleEndian.AppendUint64(b, m.skipped)
		return m.gram.AppendBinary(sealed.AppendFloats(b, m.largest))
	}), nil
}

// UnmarshalBinary makes m the moments that were encoded. Data that is not the whole encoding of moments, or of some that no rows have, gives
// an error and leaves m as it is.
func (m *Moments) UnmarshalBinary(data []byte) error {
	return unseal("Moments.UnmarshalBinary", data, momentsKind, func(r *reader) error {
		t, err := decodeMoments(r)
		if err == nil {
			*m = *t
		}
		return err
	})
}

func decodeMoments(r *reader) (*Moments, error) {
	d := r.count(8)
	m := &Moments{missing: MissingPolicy(r.Uint(1)), rows: r.Uint(8), skipped: r.Uint(8), largest: r.floats(d)}
	switch {
	case r.Err != nil:
		return nil, r.Err
	case d == 0:
		return nil, errors.New("moments of no columns")
	case m.missing > SkipNaN:
		return nil, fmt.Errorf("there is no policy %d", m.missing)
	case m.rows > math.MaxUint64-m.skipped:
		return nil, errTooManyRows
	}
	var err error
	if m.gram, r.Data, err = exact.DecodeGram(r.Data, d+1); err != nil {
		return nil, err
	}
	if err := r.End(); err != nil {
		return nil, err
	}
	return m, m.check()
}

// check returns an error for moments that no rows have: with variances below 0, or of no weight.
func (m *Moments) check() error {
	weight := m.weight()
	if weight.Sign() < 0 || (weight.Sign() > 0) != (m.rows > 0) {
		return fmt.Errorf("%d rows of weight %g", m.rows, weight.Float64())
	}
	for j, v := range m.largest {
		square, sum := m.gram.Sum(j, j), m.sum(j)
		switch {
		case !(v >= 0) || !finite(v):
			return fmt.Errorf("the largest size of column %d is %g", j, v)
		case square.Times(weight).Minus(sum.Times(sum)).Sign() < 0, weight.Sign() == 0 && square.Sign() != 0:
			return fmt.Errorf("the variance of column %d is below 0", j)
		}
	}
	return nil
}

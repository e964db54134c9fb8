package drift

import (
	"errors"
	"slices"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/sizes"
)

// A Profile has the counts of values in the bins of a [Reference]: for each column those of its bins, in which missing values have one, too.
type Profile struct {
	schema *schema
	counts []uint64
}

func (s *schema) newProfile() *Profile {
	return &Profile{s, make([]uint64, s.places[len(s.columns)])}
}

func matrixOf[F relent.Float](x relent.Matrix[F]) sizes.Matrix[F] { return sizes.Matrix[F](x) }

// AddRows counts rows, which have a number for every column: for categories of integers that integer, in those of strings it is unseen.
// A matrix of another number of columns panics. The error is that of the run's context, and nothing is counted then.
func AddRows[F relent.Float](p *Profile, x relent.Matrix[F], run relent.Run) error {
	const name = "AddRows"
	requireMatrix(name, x)
	if columns := len(p.columns(name)); x.Cols != columns {
		here.Panic(name, "x has %d columns, the profile %d", x.Cols, columns)
	}
	return planOf[F](p.schema, -1).count(p.counts, x, run)
}

// AddColumn counts numbers of one column, as AddRows does. A column that there is not panics.
func AddColumn[F relent.Float](p *Profile, column int, x []F, run relent.Run) error {
	bins := p.of("AddColumn", column)
	return planOf[F](p.schema, column).count(bins, relent.Matrix[F]{Rows: len(x), Cols: 1, Stride: 1, Data: x}, run)
}

// AddIntegers counts integers of one column: of categories, or as the numbers that they are. A column that there is not panics.
func AddIntegers[I Integer](p *Profile, column int, x []I) {
	counts := p.of("AddIntegers", column)
	b := &p.schema.columns[column].Bins
	for _, n := range x {
		switch {
		case b.kind != integer:
			counts[b.find(float64(n))]++
		case n > 0 && uint64(n) > 1<<63-1:
			counts[len(b.integers)]++
		default:
			counts[b.findInteger(int64(n))]++
		}
	}
}

// AddStrings counts strings of one column, which are missing values in another than one of categories of strings. A column that there
// is not panics.
func (p *Profile) AddStrings(column int, x []string) {
	counts := p.of("AddStrings", column)
	b := &p.schema.columns[column].Bins
	for _, s := range x {
		counts[b.findString(s)]++
	}
}

// AddMissing counts so many missing values of one column. A column that there is not, and a negative number, or one that makes more than 2⁶³-1
// values, panic.
func (p *Profile) AddMissing(column, n int) {
	counts := p.of("AddMissing", column)
	if total := p.Total(column); n < 0 || uint64(n) > mostValues-total {
		here.Panic("AddMissing", "%d values, beside %d", n, total)
	}
	counts[len(counts)-1] += uint64(n)
}

// columns are those of a profile that a reference has made.
func (p *Profile) columns(function string) []Column {
	if p.schema == nil {
		here.Panic(function, "no Reference has made the profile")
	}
	return p.schema.columns
}

// of are the counts of a column.
func (p *Profile) of(function string, column int) []uint64 {
	if columns := len(p.columns(function)); column < 0 || column >= columns {
		here.Panic(function, "column %d of %d", column, columns)
	}
	return p.counts[p.schema.places[column]:p.schema.places[column+1]]
}

// Counts are those of a column's bins, in the order of [Bins.Find]. A column that there is not panics.
func (p *Profile) Counts(column int) []uint64 { return slices.Clone(p.of("Counts", column)) }

// Total is the number of a column's values, missing ones among them. A column that there is not panics.
func (p *Profile) Total(column int) (total uint64) {
	for _, n := range p.of("Total", column) {
		total += n
	}
	return total
}

// Reset leaves no counts.
func (p *Profile) Reset() { clear(p.counts) }

// Clone is a copy.
func (p *Profile) Clone() *Profile { return &Profile{p.schema, slices.Clone(p.counts)} }

var (
	errOtherBins = errors.New("drift: the profiles have other columns or bins")
	errTooMany   = errors.New("drift: a column would have more than 2⁶³-1 values")
	errTooFew    = errors.New("drift: what is to be subtracted was not all counted here")
)

// mostValues are how many values a column may have.
const mostValues = 1<<63 - 1

// Merge adds the counts of another profile, which may have come from another machine. Other columns or bins are an error, as are more than
// 2⁶³-1 values of a column, as of forged data; nothing is added then.
func (p *Profile) Merge(o *Profile) error {
	if !p.schema.equal(o.schema) {
		return errOtherBins
	}
	for j := range p.schema.columns {
		if o.Total(j) > mostValues-p.Total(j) {
			return errTooMany
		}
	}
	for i, n := range o.counts {
		p.counts[i] += n
	}
	return nil
}

// Subtract takes away the counts of another profile, which were merged, or added as well. Other columns or bins are an error, as are counts
// below 0; nothing is taken away then.
func (p *Profile) Subtract(o *Profile) error {
	if !p.schema.equal(o.schema) {
		return errOtherBins
	}
	for i, n := range o.counts {
		if n > p.counts[i] {
			return errTooFew
		}
	}
	for i, n := range o.counts {
		p.counts[i] -= n
	}
	return nil
}

// A Window is a ring of profiles of which the oldest is left when a new one begins: of hours of a day, for instance.
type Window struct {
	parts []*Profile
	now   int
	total *Profile // of the others than the current one
}

// NewWindow is of so many parts, at least 1, all of them empty. Fewer panic.
func (r *Reference) NewWindow(parts int) *Window {
	if parts < 1 {
		here.Panic("NewWindow", "%d parts", parts)
	}
	w := &Window{total: r.newProfile()}
	for range parts {
		w.parts = append(w.parts, r.newProfile())
	}
	return w
}

// Current is the part to which live data are added.
func (w *Window) Current() *Profile { return w.parts[w.now] }

// Advance begins a new part, in place of the oldest one.
func (w *Window) Advance() error {
	if err := w.total.Merge(w.Current()); err != nil {
		return err
	}
	w.now = (w.now + 1) % len(w.parts)
	err := w.total.Subtract(w.Current())
	w.Current().Reset()
	return err
}

// Total is the counts of all parts.
func (w *Window) Total() (*Profile, error) {
	total := w.total.Clone()
	err := total.Merge(w.Current())
	return total, err
}

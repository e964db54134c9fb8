package drift

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"math"
	"slices"

	"github.com/relent-go/relent/internal/sealed"
)

// The kinds of what is kept, see package sealed.
var (
	referenceKind = sealed.Kind{Magic: "relent\x00R", Version: 1}
	profileKind   = sealed.Kind{Magic: "relent\x00P", Version: 1}
	windowKind    = sealed.Kind{Magic: "relent\x00W", Version: 1}
)

var (
	errEmpty  = errors.New("there are no columns")
	errBins   = errors.New("the bins are none that can be made")
	errOthers = errors.New("the profile is of other columns or bins")
)

// MarshalBinary returns the encoding of the columns, the bins and the counts, the same on every machine. The zero Reference is an error.
func (r *Reference) MarshalBinary() ([]byte, error) {
	if r.schema == nil {
		return nil, fmt.Errorf("drift: Reference.MarshalBinary: %w", errEmpty)
	}
	return referenceKind.Append(nil, func(b []byte) []byte { return appendCounts(r.schema.append(b), r.counts.counts) }), nil
}

// UnmarshalBinary makes r the reference that was encoded. Data that are not one whole encoding are an error and leave r as it is.
func (r *Reference) UnmarshalBinary(data []byte) error {
	body, err := referenceKind.Open(data)
	in := reader{body}
	var made *Reference
	if err == nil {
		made = in.reference()
		err = in.End()
	}
	if err != nil {
		return fmt.Errorf("drift: Reference.UnmarshalBinary: %w", err)
	}
	*r = *made
	return nil
}

// MarshalBinary returns the encoding of the counts, the same on every machine. The bins are not part of it: those of the reference are.
// The zero Profile is an error.
func (p *Profile) MarshalBinary() ([]byte, error) {
	if p.schema == nil {
		return nil, fmt.Errorf("drift: Profile.MarshalBinary: %w", errEmpty)
	}
	return profileKind.Append(nil, func(b []byte) []byte {
		return appendCounts(binary.LittleEndian.AppendUint64(b, p.schema.fingerprint()), p.counts)
	}), nil
}

// UnmarshalBinary sets the counts to those that were encoded, of a profile that [Reference.NewProfile] has made. Data that are not one whole encoding,
// and those of a profile of other columns or bins, are an error and leave p as it is.
func (p *Profile) UnmarshalBinary(data []byte) error {
	body, err := profileKind.Open(data)
	in := reader{body}
	var counts []uint64
	switch {
	case err != nil:
	case p.schema == nil:
		err = errEmpty
	case in.Uint(8) != p.schema.fingerprint():
		err = errOthers
	default:
		counts = in.counts(p.schema)
		err = in.End()
	}
	if err != nil {
		return fmt.Errorf("drift: Profile.UnmarshalBinary: %w", err)
	}
	p.counts = counts
	return nil
}

// MarshalBinary returns the encoding of all parts, as [Profile.MarshalBinary].
func (w *Window) MarshalBinary() ([]byte, error) {
	if w.total == nil {
		return nil, fmt.Errorf("drift: Window.MarshalBinary: %w", errEmpty)
	}
	return windowKind.Append(nil, func(b []byte) []byte {
		b = appendLength(binary.LittleEndian.AppendUint64(b, w.total.schema.fingerprint()), len(w.parts))
		for i := range w.parts { // the oldest first
			b = appendCounts(b, w.parts[(w.now+1+i)%len(w.parts)].counts)
		}
		return b
	}), nil
}

// UnmarshalBinary sets the parts to those that were encoded, as many as there are, as [Profile.UnmarshalBinary].
func (w *Window) UnmarshalBinary(data []byte) error {
	body, err := windowKind.Open(data)
	in := reader{body}
	var made *Window
	switch {
	case err != nil:
	case w.total == nil:
		err = errEmpty
	case in.Uint(8) != w.total.schema.fingerprint():
		err = errOthers
	default:
		made = in.window(w)
		err = in.End()
	}
	if err != nil {
		return fmt.Errorf("drift: Window.UnmarshalBinary: %w", err)
	}
	*w = *made
	return nil
}

// window is one like w.
func (r *reader) window(w *Window) *Window {
	if n := r.Uint(4); r.Err == nil && n != uint64(len(w.parts)) {
		r.Fail(fmt.Errorf("there are %d parts, the window has %d", n, len(w.parts)))
		return nil
	}
	schema := w.total.schema
	made := &Window{total: schema.newProfile(), now: len(w.parts) - 1}
	for range w.parts {
		made.parts = append(made.parts, &Profile{schema, r.counts(schema)})
	}
	for _, part := range made.parts[:made.now] {
		if r.Err == nil {
			r.Err = made.total.Merge(part)
		}
	}
	return made
}

// fingerprint tells schemas from each other.
func (s *schema) fingerprint() uint64 {
	return crc64.Checksum(s.append(nil), crc64.MakeTable(crc64.ECMA))
}

func (s *schema) append(b []byte) []byte {
	b = appendLength(b, len(s.columns))
	for _, c := range s.columns {
		b = appendString(b, c.Name)
		b = append(b, byte(c.Bins.kind))
		switch c.Bins.kind {
		case text:
			b = appendLength(b, len(c.Bins.strings))
			for _, s := range c.Bins.strings {
				b = appendString(b, s)
			}
		case integer:
			b = appendLength(b, len(c.Bins.integers))
			for _, n := range c.Bins.integers {
				b = binary.LittleEndian.AppendUint64(b, uint64(n))
			}
		default:
			b = appendLength(b, len(c.Bins.edges))
			for _, e := range c.Bins.edges {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(e))
			}
		}
	}
	return b
}

func appendLength(b []byte, n int) []byte { return binary.LittleEndian.AppendUint32(b, uint32(n)) }

func appendString(b []byte, s string) []byte { return append(appendLength(b, len(s)), s...) }

func appendCounts(b []byte, counts []uint64) []byte {
	for _, n := range counts {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return b
}

// A reader reads what references and profiles are made of.
type reader struct{ sealed.Reader }

// length is a number of things that take at least so many bytes each, of what is left.
func (r *reader) length(bytes int) int {
	n := r.Uint(4)
	if r.Err == nil && n > uint64(len(r.Data)/bytes) {
		r.Fail(fmt.Errorf("%d of something: %w", n, sealed.ErrShort))
		return 0
	}
	return int(n)
}

func (r *reader) string() string { return string(r.Bytes(r.length(1))) }

func (r *reader) reference() *Reference {
	columns := make([]Column, r.length(4+1+4))
	for j := range columns {
		columns[j] = Column{r.string(), r.bins()}
		if r.Err != nil {
			return nil
		}
	}
	made, err := ReferenceOf(columns...)
	if err != nil {
		r.Fail(err)
		return nil
	}
	made.counts.counts = r.counts(made.schema)
	return made
}

// bins are those that constructors can make.
func (r *reader) bins() Bins {
	b, err := Bins{}, errBins
	switch k := kind(r.Uint(1)); k {
	case text:
		values := make([]string, r.length(4))
		for i := range values {
			values[i] = r.string()
		}
		if b, err = Categories(values...); err == nil && len(b.strings) != len(values) {
			err = errBins
		}
	case integer:
		values := make([]int64, r.length(8))
		for i := range values {
			values[i] = int64(r.Uint(8))
		}
		if b, err = IntegerCategories(values...); err == nil && len(b.integers) != len(values) {
			err = errBins
		}
	case open, closed:
		edges := make([]float64, r.length(8))
		for i := range edges {
			edges[i] = math.Float64frombits(r.Uint(8))
		}
		if k == closed {
			b, err = Edges(edges...)
		} else if ascending(edges) && len(edges) <= MaxBins {
			b, err = numberBins(open, edges, edges), nil
		}
	}
	if err != nil && r.Err == nil {
		r.Fail(err)
	}
	return b
}

// ascending tells whether each number is finite and above the one before.
func ascending(x []float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return v-v != 0 }) && slices.IsSortedFunc(x, func(a, b float64) int {
		if a < b {
			return -1
		}
		return 1
	})
}

// counts are those of all bins, of which no column has more than 2⁶³-1 values.
func (r *reader) counts(s *schema) []uint64 {
	n := s.places[len(s.columns)]
	if r.Err == nil && n > len(r.Data)/8 {
		r.Fail(sealed.ErrShort)
	}
	if r.Err != nil {
		return nil
	}
	counts := make([]uint64, n)
	for j := range s.columns {
		total := uint64(0)
		for i := s.places[j]; i < s.places[j+1]; i++ {
			counts[i] = r.Uint(8)
			if counts[i] > 1<<63-1-total {
				r.Fail(errTooMany)
				return nil
			}
			total += counts[i]
		}
	}
	return counts
}

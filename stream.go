package relent

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/sealed"
)

// A Stream computes a measure of vectors that come in pieces, or lie in many places: what distributed engines combine. The
// zero value has no measure until decoded into. A copy is a stream of its own. It takes 19 KB (11 KB for float32), encoded
// about 50 bytes and a part of a chunk, and serves one goroutine at a time.
// A measure is a sum over chunks of 1024 elements, added exactly and rounded once. So a stream has the bits of the single call with all
// elements in the order in which it was fed. Streams merged in any order and grouping have the same bits, and those of the single
// call if all but the last were fed multiples of 1024 elements; otherwise merging closes chunks that are not full, and the value may differ
// by twice the error.
type Stream[F Float] struct {
	measure Measure
	count   uint64 // of elements, all that were fed
	open    int    // of them, in the last chunk: less than chunk
	p, q    [chunk]F
	sums    chunkSums // of the chunks that are closed
}

// mostElements is how many a stream holds at most. The digits of its sums are enough for them.
const mostElements = math.MaxInt64

// chunkSums are the sums that a measure is made of: one, but for Bhattacharyya, which takes, after its coefficient, what
// bhattacharyyaNear needs.
type chunkSums [2 + exactTotalsSumsCount]exact.Sum

// NewStream returns an empty stream of the measure.
func NewStream[F Float](m Measure) *Stream[F] {
	const name = "NewStream"
	if base, reversed := m.check(name, max(1, m.traits().vectors)); reversed && base.ofOne() {
		here.Panic(name, "there is no second vector for %v", m)
	}
	return &Stream[F]{measure: m}
}

// Measure is what the stream computes.
func (s *Stream[F]) Measure() Measure { return s.measure }

// Count is the number of elements, or pairs, fed and merged.
func (s *Stream[F]) Count() uint64 { return s.count }

// Reset makes the stream an empty one of the same measure.
func (s *Stream[F]) Reset() { *s = Stream[F]{measure: s.measure} }

// Add feeds elements of p and q to a stream of two vectors, at most 2⁶³-1.
func (s *Stream[F]) Add(p, q []F) {
	_, reversed := s.measure.check("Stream.Add", 2)
	sameLength("Stream.Add", p, q)
	s.checkRoom("Stream.Add", len(p))
	if reversed {
		p, q = q, p
	}
	s.feed(p, q)
}

// AddVector feeds elements of p to a stream of a measure of one vector.
func (s *Stream[F]) AddVector(p []F) {
	s.measure.check("Stream.AddVector", 1)
	s.checkRoom("Stream.AddVector", len(p))
	s.feed(p, p)
}

// checkRoom panics unless there is room for so many elements more.
func (s *Stream[F]) checkRoom(name string, elements int) {
	if uint64(elements) > mostElements-s.count {
		here.Panic(name, "%d elements and %d more, a stream holds %d", s.count, elements, uint64(mostElements))
	}
}

func (s *Stream[F]) feed(p, q []F) {
	s.count += uint64(len(p))
	if s.open > 0 {
		n := copy(s.p[s.open:], p)
		copy(s.q[s.open:], q)
		p, q = p[n:], q[n:]
		if s.open += n; s.open == chunk {
			s.closeOpen()
		}
	}
	for len(p) >= chunk {
		addChunk(&s.sums, s.measure&^reverse, p[:chunk], q[:chunk])
		p, q = p[chunk:], q[chunk:]
	}
	if len(p) > 0 {
		s.open = copy(s.p[:], p)
		copy(s.q[:], q)
	}
}

// addChunk adds a chunk, or a part of one.
func addChunk[F Float](sums *chunkSums, m Measure, p, q []F) {
	readsBoth(p, q)
	addMeasureSum(&sums[0], m, p, q)
	if m.traits().several {
		sums[1].Add(squaredHellinger(p, q))
		for i, x := range totalsOfBoth(p, q) {
			sums[2+i].Add(x)
		}
	}
}

func (s *Stream[F]) closeOpen() {
	if s.open > 0 {
		addChunk(&s.sums, s.measure&^reverse, s.p[:s.open], s.q[:s.open])
		s.open = 0
	}
}

// Merge adds to s what o was fed, and leaves o as it is. Streams of different measures panic with the names of both. More elements than
// 2⁶³-1, as of forged streams, are an error and leave s as it is.
func (s *Stream[F]) Merge(o *Stream[F]) error {
	const name = "Stream.Merge"
	if o == nil {
		here.Panic(name, "the other stream is nil")
	}
	if s.measure != o.measure {
		here.Panic(name, "one stream is of %v, the other of %v", s.measure, o.measure)
	}
	if o.count > mostElements-s.count {
		return fmt.Errorf("relent: %s: %d and %d elements, a stream holds %d", name, s.count, o.count, uint64(mostElements))
	}
	s.count += o.count
	for i := range s.sums {
		s.sums[i].Merge(&o.sums[i])
	}
	switch {
	case o.open == 0:
	case s.open == 0:
		s.open = copy(s.p[:], o.p[:o.open])
		copy(s.q[:], o.q[:o.open])
	default:
		addChunk(&s.sums, s.measure&^reverse, o.p[:o.open], o.q[:o.open])
		s.closeOpen()
	}
	return nil
}

// Value is the measure of all that the stream was fed so far.
func (s *Stream[F]) Value() float64 {
	if s.count == 0 {
		return 0
	}
	sums := s.sums
	if s.open > 0 {
		addChunk(&sums, s.measure&^reverse, s.p[:s.open], s.q[:s.open])
	}
	return sums.take(s.measure &^ reverse)
}

// take is the measure; it consumes the sums.
func (sums *chunkSums) take(m Measure) float64 {
	if coefficient := sums[0]; m.traits().several && nearOne(coefficient.Take()) {
		var totals exactTotalsSums
		for i := range totals {
			totals[i] = sums[2+i].Take()
		}
		if d, ok := bhattacharyyaNear(totals, sums[1].Take()); ok {
			return d
		}
	}
	return measureOfExact(m, &sums[0])
}

// The encoding, all numbers little-endian:
//
//	magic, and the version
//	size of an element in bytes: 4 or 8
//	length of the measure's name, and the name: that of its function, which no version changes
//	count, 8 bytes
//	open, 2 bytes
//	each sum (5 for Bhattacharyya): kind, lowest digit, number of digits, 1 byte each; the digits, 4 bytes each
//	the open elements of p, then, for a measure of two vectors, those of q
//	CRC-64 (ECMA) of all before, 8 bytes
var streamKind = sealed.Kind{Magic: "relent\x00S", Version: 1, Slow: 1}

// sumCount is the number of the sums that the measure is made of.
func (m Measure) sumCount() int {
	if m.traits().several {
		return len(chunkSums{})
	}
	return 1
}

// MarshalBinary returns the encoding; it is an error without a measure.
func (s *Stream[F]) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

// AppendBinary is [Stream.MarshalBinary], appended to b.
func (s *Stream[F]) AppendBinary(b []byte) ([]byte, error) {
	if s.measure.traits().name == "" {
		return b, errors.New("relent: Stream.AppendBinary: the stream has no measure")
	}
	start := len(b)
	b = append(b, streamKind.Magic...)
	b = append(b, streamKind.Version, byte(size[F]()), 0)
	name := len(b)
	b = s.measure.appendName(b)
	b[name-1] = byte(len(b) - name)
	b = binary.LittleEndian.AppendUint64(b, s.count)
	b = binary.LittleEndian.AppendUint16(b, uint16(s.open))
	for _, sum := range s.sums[:s.measure.sumCount()] {
		b = sum.AppendBinary(b)
	}
	b = sealed.AppendFloats(b, s.p[:s.open])
	if s.measure.traits().vectors == 2 {
		b = sealed.AppendFloats(b, s.q[:s.open])
	}
	return streamKind.Close(b, start), nil
}

// UnmarshalBinary makes s the stream that was encoded, its measure included.
func (s *Stream[F]) UnmarshalBinary(data []byte) error {
	var t Stream[F]
	if err := t.decode(data); err != nil {
		return fmt.Errorf("relent: Stream.UnmarshalBinary: %w", err)
	}
	*s = t
	return nil
}

// decode checks before all else that the data is whole.
func (s *Stream[F]) decode(data []byte) error {
	r, err := streamKind.Open(data)
	if err != nil {
		return err
	}
	return s.decodeBody(&r)
}

func (s *Stream[F]) decodeBody(r *sealed.Reader) error {
	width := int(r.Uint(1))
	name := r.Bytes(int(r.Uint(1)))
	count, open := r.Uint(8), int(r.Uint(2))
	if r.Err != nil {
		return r.Err
	}
	measure, known := measureNamed(name)
	switch {
	case width != size[F]():
		return fmt.Errorf("elements of %d bytes, not of %d", width, size[F]())
	case !known || measure.ofOne() && measure&reverse != 0:
		return fmt.Errorf("measure %q is unknown", name)
	case count > mostElements:
		return fmt.Errorf("%d elements, a stream holds %d", count, uint64(mostElements))
	case open >= chunk || uint64(open) > count:
		return fmt.Errorf("%d of %d elements are in a chunk that is not full", open, count)
	}
	s.measure, s.count, s.open = measure, count, open
	for i := range s.sums[:measure.sumCount()] {
		if err := decodeSum(&s.sums[i], r, count-uint64(open)); err != nil {
			return fmt.Errorf("sum %d: %w", i, err)
		}
	}
	sealed.Floats(r, s.p[:open])
	if measure.traits().vectors == 2 {
		sealed.Floats(r, s.q[:open])
	} else {
		copy(s.q[:open], s.p[:open])
	}
	return r.End()
}

// decodeSum reads the sum of so many terms.
func decodeSum(s *exact.Sum, r *sealed.Reader, terms uint64) error {
	if r.Err != nil {
		return r.Err
	}
	rest, err := s.Decode(r.Data)
	if err != nil {
		return err
	}
	r.Data = rest
	switch {
	case terms == 0 && *s != (exact.Sum{}):
		return errors.New("a sum of no elements that is not 0")
	case s.BitLen() > largestBits+bits.Len64(terms):
		return fmt.Errorf("too large for %d elements", terms)
	}
	return nil
}

// largestBits is the length of the largest term in units of the smallest float64: JensenShannon is a quarter of a sum of terms that
// are up to 2 ln 2 times the largest float64.
const largestBits = 1 + 1024 + 1074

package relent

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent/internal/exact"
)

// Kinds of an encoded sum.
const (
	positiveSum = iota
	negativeSum
)

// A forgery is a stream's encoding with any numbers, in the order of the encoding.
type forgery struct {
	measure Measure
	count   uint64
	open    uint16
	kind    byte
	low     byte
	digits  []uint32
}

// sum is the forged one in units of the smallest number.
func (f forgery) sum() *big.Int {
	sum := new(big.Int)
	for i, d := range f.digits {
		digit := new(big.Int).SetUint64(uint64(d))
		sum.Add(sum, digit.Lsh(digit, exact.DigitBits*uint(int(f.low)+i)))
	}
	if f.kind == negativeSum {
		sum.Neg(sum)
	}
	return sum
}

func (f forgery) encode() []byte {
	b := append([]byte(streamKind.Magic), streamKind.Version, 8, byte(len(f.measure.String())))
	b = append(b, f.measure.String()...)
	b = binary.LittleEndian.AppendUint64(b, f.count)
	b = binary.LittleEndian.AppendUint16(b, f.open)
	for range f.measure.sumCount() {
		b = append(b, f.kind, f.low, byte(len(f.digits)))
		for _, d := range f.digits {
			b = binary.LittleEndian.AppendUint32(b, d)
		}
	}
	for range int(f.open) * f.measure.traits().vectors {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(0.5))
	}
	return resealed(b)
}

// mostForged has as large a sum as so many elements may.
func mostForged(elements uint64, kind byte) forgery {
	f := forgery{measure: MeasureKullbackLeibler, count: elements, kind: kind}
	for left := largestBits + bits.Len64(elements); left > 0; left -= exact.DigitBits {
		f.digits = append(f.digits, uint32(1<<min(left, exact.DigitBits)-1))
	}
	return f
}

func forged(t *testing.T, f forgery) *Stream[float64] {
	t.Helper()
	var s Stream[float64]
	if err := s.UnmarshalBinary(f.encode()); err != nil {
		t.Fatalf("%+v: %v", f, err)
	}
	return &s
}

// No forged sums, nor many merges of them, overflow: the sums stay exact, or Merge refuses and leaves the stream as it is.
func TestStreamForgedSums(t *testing.T) {
	for _, c := range []struct {
		elements uint64
		merges   int
	}{{1, 20000}, {1 << 40, 20000}, {1 << 50, 20000}, {mostElements / 2, 3}, {mostElements, 2}} {
		total, want, refused := NewStream[float64](MeasureKullbackLeibler), new(big.Int), 0
		plus, minus := mostForged(c.elements, positiveSum), mostForged(c.elements, negativeSum)
		p, m := forged(t, plus), forged(t, minus)
		sums := []*big.Int{plus.sum(), plus.sum(), minus.sum()}
		for i := range c.merges {
			before := *total
			if err := total.Merge([]*Stream[float64]{p, p, m}[i%3]); err != nil {
				if !strings.HasPrefix(err.Error(), "relent: Stream.Merge: ") || *total != before {
					t.Fatalf("%v, or the stream has changed", err)
				}
				refused++
				continue
			}
			want.Add(want, sums[i%3])
		}
		fits := min(uint64(c.merges), mostElements/c.elements)
		if total.Count() != fits*c.elements || uint64(refused) != uint64(c.merges)-fits {
			t.Errorf("%d elements after %d merges of %d, %d refused", total.Count(), c.merges, c.elements, refused)
		}
		requireExactSum(t, &total.sums[0], want)
	}
}

// requireExactSum wants the digits of a sum.
func requireExactSum(t *testing.T, s *exact.Sum, want *big.Int) {
	t.Helper()
	sum := *s
	encoded := sum.AppendBinary(nil)
	f := forgery{kind: encoded[0], low: encoded[1]}
	for digits := encoded[3:]; len(digits) > 0; digits = digits[4:] {
		f.digits = append(f.digits, binary.LittleEndian.Uint32(digits))
	}
	if got := f.sum(); got.Cmp(want) != 0 {
		t.Errorf("the sum is %x, want %x", got, want)
	}
}

// A stream that is merged with itself doubles until it is full; then nothing more is taken.
func TestStreamIsFull(t *testing.T) {
	s := fed(MeasureKullbackLeibler, []float64{0.5, 0.25}, []float64{0.25, 0.5})
	for range 61 {
		if err := s.Merge(s); err != nil {
			t.Fatal(err)
		}
	}
	before := *s
	const want = "relent: Stream.Merge: 4611686018427387904 and 4611686018427387904 elements, a stream holds 9223372036854775807"
	if err := s.Merge(s); err == nil || err.Error() != want || *s != before {
		t.Errorf("%v, want %s", err, want)
	}
	if v := s.Value(); s.Count() != 1<<62 || !(math.Abs(v-0.25*math.Ln2*0x1p61) <= 0x1p-49*v) {
		t.Errorf("%v of %d", v, s.Count())
	}

	var got Stream[float64]
	if err := got.UnmarshalBinary([]byte(encoded(s))); err != nil || got.Value() != s.Value() {
		t.Errorf("%v, %v", got.Value(), err)
	}
	for _, count := range []uint64{mostElements + 1, math.MaxUint64} {
		err := got.UnmarshalBinary(forgery{measure: MeasureKullbackLeibler, count: count}.encode())
		if want := fmt.Sprintf("relent: Stream.UnmarshalBinary: %d elements, a stream holds 9223372036854775807", count); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}

	full := forged(t, forgery{measure: MeasureEntropy, count: mostElements - 1, open: 3})
	full.AddVector([]float64{0.5})
	before = *full
	expectPanic(t, "relent: Stream.AddVector: 9223372036854775807 elements and 1 more, a stream holds 9223372036854775807", func() {
		full.AddVector([]float64{0.5})
	})
	if *full != before {
		t.Error("a full stream has changed")
	}
	if err := full.UnmarshalBinary([]byte(encoded(full))); err != nil {
		t.Error(err)
	}
}

// The largest terms that there are travel.
func TestStreamOfLargestTerms(t *testing.T) {
	for _, m := range streamMeasures() {
		for n := 1; n <= 9; n++ {
			s := NewStream[float64](m)
			p, q := slices.Repeat([]float64{math.MaxFloat64}, n), make([]float64, n)
			for i := range n {
				one := NewStream[float64](m)
				one.add(p[i:i+1], q[i:i+1])
				if err := s.Merge(one); err != nil {
					t.Fatal(err)
				}
			}
			var got Stream[float64]
			if err := got.UnmarshalBinary([]byte(encoded(s))); err != nil {
				t.Errorf("%d of %v: %v", n, m, err)
			} else {
				requireSameValue(t, fmt.Sprintf("%d of %v", n, m), got.Value(), s.Value())
			}
		}
	}
}

// Forged or not, streams are refused, or decoded and merged without losing count, and travel on. The data is a list of
// streams, each with a byte for what becomes of it.
func FuzzStreamMerges(f *testing.F) {
	for _, n := range []int{0, 1, 3, 40} {
		p, q := pairs(seed(f.Name()), n, families[float64]()[0].pair)
		f.Add(uint64(1), uint16(n), byte(positiveSum), byte(3), []byte(encoded(fed(MeasureKullbackLeibler, p, q))), []byte{0, 1, 2, 3, 4, 5})
	}
	for measure := range streamMeasures() {
		f.Add(uint64(0), uint16(0), byte(8*measure+positiveSum), byte(0), []byte(nil), []byte{2, 0, 3, 4, 1, 8, 4, 5, 2})
	}
	for _, elements := range []uint64{1, 1 << 62, mostElements, math.MaxUint64} {
		x := mostForged(elements, negativeSum)
		f.Add(elements, uint16(0), x.kind, x.low, x.encode(), []byte{1, 0, 0, 3, 1, 4, 2, 5, 0, 0})
	}
	f.Fuzz(func(t *testing.T, count uint64, open uint16, kind, low byte, digits, steps []byte) {
		x := forgery{measure: streamMeasures()[int(kind/8)%len(streamMeasures())], count: count, open: open % (chunk + 1), kind: kind % 8, low: low}
		for ; len(digits) >= 4 && len(x.digits) < 255; digits = digits[4:] {
			x.digits = append(x.digits, binary.LittleEndian.Uint32(digits))
		}
		var o Stream[float64]
		switch err := o.UnmarshalBinary(x.encode()); {
		case err != nil && !strings.HasPrefix(err.Error(), "relent: Stream.UnmarshalBinary: "):
			t.Errorf("%+v: %v", x, err)
		case err != nil:
			return
		case encoded(&o) != string(x.encode()):
			t.Errorf("%+v is encoded as another stream", x)
		}
		s := *NewStream[float64](o.measure)
		for _, step := range steps[:min(len(steps), 200)] {
			stepStream(t, &s, &o, step)
		}
	})
}

func stepStream(t *testing.T, s, o *Stream[float64], step byte) {
	before := *s
	changed := func() bool { return *s != before && encoded(s) != encoded(&before) } // a NaN is not itself
	merge := func(o *Stream[float64]) {
		added := o.count
		fits := added <= mostElements-before.count
		if err := s.Merge(o); fits != (err == nil) || err != nil && changed() || err == nil && s.count != before.count+added {
			t.Errorf("%d and %d elements make %d: %v", before.count, added, s.count, err)
		}
	}
	switch step % 6 {
	case 0:
		merge(o)
	case 1:
		merge(s)
	case 2:
		if s.count < mostElements-8 {
			s.add([]float64{0.5, 0}[:step/6%3%2+1], []float64{0.25, 1}[:step/6%3%2+1])
		}
	case 3:
		s.Value()
		if changed() {
			t.Error("Value changes the stream")
		}
	case 4:
		data := encoded(s)
		if err := s.UnmarshalBinary([]byte(data)); err != nil || encoded(s) != data {
			t.Errorf("what was merged does not travel: %v", err)
		}
	case 5:
		s.Reset()
	}
}

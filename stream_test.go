package relent

import (
	"bytes"
	"encoding"
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent/internal/sealed"
)

var (
	_ encoding.BinaryMarshaler   = (*Stream[float64])(nil)
	_ encoding.BinaryAppender    = (*Stream[float64])(nil)
	_ encoding.BinaryUnmarshaler = (*Stream[float64])(nil)
)

// streamMeasures are all, both ways where that makes a difference and there is a second vector.
func streamMeasures() []Measure {
	return slices.DeleteFunc(everyMeasure(), func(m Measure) bool { return m.ofOne() && m&reverse != 0 })
}

// fed is a stream that was fed p and q, at once.
func fed[F Float](m Measure, p, q []F) *Stream[F] {
	s := NewStream[F](m)
	s.add(p, q)
	return s
}

// add feeds a stream of any measure.
func (s *Stream[F]) add(p, q []F) {
	if s.measure.ofOne() {
		s.AddVector(p)
	} else {
		s.Add(p, q)
	}
}

// pieces feeds p and q in pieces of any length.
func (s *Stream[F]) pieces(r *rng, p, q []F) {
	for len(p) > 0 {
		n := min(len(p), r.below(2+r.below(1+r.below(3*chunk))))
		s.add(p[:n], q[:n])
		p, q = p[n:], q[n:]
	}
}

// mergeAll merges streams in an order and a grouping by chance, and gives one of them.
func mergeAll[F Float](r *rng, leaves []*Stream[F]) *Stream[F] {
	list := make([]*Stream[F], len(leaves))
	for i, s := range leaves {
		c := *s
		list[i] = &c
	}
	for len(list) > 1 {
		i := r.below(len(list))
		o := list[i]
		list = slices.Delete(list, i, i+1)
		list[r.below(len(list))].Merge(o)
	}
	return list[0]
}

// shards cuts p and q at multiples of unit, with empty ones among them, and feeds each to a stream.
func shards[F Float](r *rng, m Measure, p, q []F, unit int) (list []*Stream[F]) {
	for {
		n := min(len(p), unit*r.below(1+(1+r.below(4))*chunk/unit))
		s := NewStream[F](m)
		s.pieces(r, p[:n], q[:n])
		list = append(list, s)
		if p, q = p[n:], q[n:]; len(p) == 0 {
			return list
		}
	}
}

func requireSameValue(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Float64bits(got) != math.Float64bits(canonical(want)) {
		t.Errorf("%s: %x, want %x", what, got, want)
	}
}

func eachMeasure[F float](t *testing.T, lengths []int, f func(m Measure, what string, p, q []F)) {
	r := seed(t.Name())
	for i, kind := range families[F]() {
		for j, n := range lengths {
			if !deep() && (i+j)%5 > 0 {
				continue
			}
			p, q := pairs(r, n, kind.pair)
			for _, m := range streamMeasures() {
				f(m, fmt.Sprintf("%v of %d %s", m, n, kind.name), p, q)
			}
		}
	}
}

// A stream fed in pieces has the bits of the single call, for every measure, also when it is asked in between.
func TestStreamIsTheCall(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", streamIsTheCall[float64])
		t.Run("f32", streamIsTheCall[float32])
	})
}

func streamIsTheCall[F float](t *testing.T) {
	r := seed(t.Name() + "pieces")
	lengths := []int{0, 1, 2, 17, chunk - 1, chunk, chunk + 1, 2 * chunk, 3*chunk + 100}
	eachMeasure(t, lengths, func(m Measure, what string, p, q []F) {
		s := NewStream[F](m)
		at := r.below(len(p) + 1)
		s.pieces(r, p[:at], q[:at])
		requireSameValue(t, what+", a part", s.Value(), single(m, p[:at], q[:at]))
		s.pieces(r, p[at:], q[at:])
		requireSameValue(t, what, s.Value(), single(m, p, q))
		if s.Count() != uint64(len(p)) || s.Measure() != m {
			t.Errorf("%s: a stream of %d of %v", what, s.Count(), s.Measure())
		}
		s.Reset()
		s.add(p, q)
		requireSameValue(t, what+", at once", s.Value(), single(m, p, q))
	})
}

// One element at a time.
func TestStreamOfElements(t *testing.T) {
	p, q := pairs(seed(t.Name()), 2*chunk+5, families[float64]()[0].pair)
	for _, m := range streamMeasures() {
		s := NewStream[float64](m)
		for i := range p {
			s.add(p[i:i+1], q[i:i+1])
		}
		requireSameValue(t, m.String(), s.Value(), single(m, p, q))
	}
}

// Streams cut at chunks, all but one, merged in any order and grouping: the bits of the single call.
func TestStreamMergesChunks(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", streamMergesChunks[float64])
		t.Run("f32", streamMergesChunks[float32])
	})
}

func streamMergesChunks[F float](t *testing.T) {
	r := seed(t.Name() + "trees")
	eachMeasure(t, []int{chunk, 4 * chunk, 7*chunk + 100}, func(m Measure, what string, p, q []F) {
		leaves := shards(r, m, p, q, chunk)
		for range 2 {
			requireSameValue(t, what, mergeAll(r, leaves).Value(), single(m, p, q))
		}
	})
}

// Sums of chunks that are as hard to add as can be: many, of all sizes.
func TestStreamMergesManyChunks(t *testing.T) {
	r := seed(t.Name())
	p, q := make([]float64, short(200)*chunk), make([]float64, short(200)*chunk)
	for at := range p {
		if at%chunk < 3 {
			p[at] = wide[float64](r, -300, 300)
		}
	}
	want := TotalVariation(p, q)
	for range 20 {
		requireSameValue(t, "TotalVariation", mergeAll(r, shards(r, MeasureTotalVariation, p, q, chunk)).Value(), want)
	}
}

// Streams cut anywhere: the same bits in any order and grouping, within the documented bound of the exact value.
func TestStreamMergesAnywhere(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", streamMergesAnywhere[float64])
		t.Run("f32", streamMergesAnywhere[float32])
	})
}

func streamMergesAnywhere[F float](t *testing.T) {
	oracle := map[string]measure[F]{}
	for _, m := range measures[F]() {
		oracle[m.name] = m
	}
	r := seed(t.Name() + "trees")
	eachMeasure(t, []int{2, 60}, func(m Measure, what string, p, q []F) {
		var leaves []*Stream[F]
		for at := 0; at < len(p); {
			n := min(len(p)-at, r.below(20))
			leaves = append(leaves, fed(m, p[at:at+n], q[at:at+n]))
			at += n
		}
		got := requireSameBits(t, what, r, leaves)
		base, isReversed := m&^reverse, m&reverse != 0
		if isReversed && !deep() {
			requireSameValue(t, what, got, mergedInOrder(base, q, p, leaves))
			return
		}
		if isReversed {
			p, q = q, p
		}
		exact, ok := oracle[base.String()]
		switch {
		case !ok && base.traits().several:
			requireNearBhattacharyya(t, what, got, p, q)
			return
		case !ok:
			t.Fatalf("%s: there is no oracle of %v", what, base)
		}
		if !exact.defined(p, q) {
			if got == got {
				t.Errorf("%s: %v, not NaN", what, got)
			}
			return
		}
		sum, size := exact.exactly(p, q)
		err := exact.relativeError(got, sum, size, len(p))
		if err > errorBound[F](len(p)) && !(got != got && exact.overflowsBothWays(p, q)) {
			t.Errorf("%s: %v, relative error %.3g", what, got, err)
		}
	})
}

// mergedInOrder is the measure of p and q cut as others are.
func mergedInOrder[F Float](m Measure, p, q []F, cut []*Stream[F]) float64 {
	s := NewStream[F](m)
	for _, c := range cut {
		s.Merge(fed(m, p[:c.Count()], q[:c.Count()]))
		p, q = p[c.Count():], q[c.Count():]
	}
	return s.Value()
}

// requireSameBits wants all ways to merge to give the same bits, and gives them.
func requireSameBits[F Float](t *testing.T, what string, r *rng, leaves []*Stream[F]) float64 {
	t.Helper()
	left, right := NewStream[F](leaves[0].measure), NewStream[F](leaves[0].measure)
	for i := range leaves {
		left.Merge(leaves[i])
		right.Merge(leaves[len(leaves)-1-i])
	}
	want := left.Value()
	requireSameValue(t, what+", backwards", right.Value(), want)
	for range 4 {
		requireSameValue(t, what+", as a tree", mergeAll(r, leaves).Value(), want)
	}
	return want
}

func requireNearBhattacharyya[F float](t *testing.T, what string, got float64, p, q []F) {
	t.Helper()
	want := Bhattacharyya(p, q)
	if err := math.Abs(got-want) / (1 + math.Abs(want)); !same(got, want) && !(err <= 2*errorBound[F](len(p))) {
		t.Errorf("%s: %v, the single call gives %v", what, got, want)
	}
}

// Streams of many chunks cut anywhere, and fed after a merge: within the documented distance of the single call.
func TestStreamNearTheCall(t *testing.T) {
	t.Run("f64", streamNearTheCall[float64])
	t.Run("f32", streamNearTheCall[float32])
}

func streamNearTheCall[F float](t *testing.T) {
	r := seed(t.Name())
	p, q := pairs(r, 9*chunk+77, families[F]()[0].pair)
	for _, m := range streamMeasures() {
		leaves := shards(r, m, p, q, 1)
		requireSameBits(t, m.String(), r, leaves)
		at := r.below(len(p))
		later := fed(m, p[at/2:at], q[at/2:at])
		later.Merge(fed(m, p[at:], q[at:]))
		later.pieces(r, p[:at/2], q[:at/2])
		want := single(m, p, q)
		size := math.Abs(want)
		switch m &^ reverse {
		case MeasureKullbackLeibler:
			size = 2 * Between(MeasureGeneralizedKullbackLeibler|m&reverse, p, q)
			for i := range p {
				size += math.Abs(float64(p[i]) - float64(q[i]))
			}
		case MeasureBhattacharyya:
			size++
		}
		for _, s := range []*Stream[F]{mergeAll(r, leaves), later} {
			if got := s.Value(); math.Abs(got-want) > 2*errorBound[F](len(p))*size || s.Count() != uint64(len(p)) {
				t.Errorf("%v: %v of %d, the single call gives %v of %d", m, got, s.Count(), want, len(p))
			}
		}
	}
}

// Merging leaves the other stream as it is; an empty one changes nothing; a stream can be merged with itself.
func TestStreamMerge(t *testing.T) {
	r := seed(t.Name())
	for _, n := range []int{0, 3, chunk - 1, chunk, 2*chunk + 600} {
		p, q := pairs(r, n, families[float64]()[0].pair)
		for _, m := range streamMeasures() {
			s, o := fed(m, p[:n/2], q[:n/2]), fed(m, p[n/2:], q[n/2:])
			before := *o
			s.Merge(o)
			if *o != before {
				t.Errorf("%v of %d: the other stream has changed", m, n)
			}
			twice := *s
			twice.Merge(s)
			s.Merge(s)
			if *s != twice && encoded(s) != encoded(&twice) {
				t.Errorf("%v of %d: merging with itself is not merging with its copy", m, n)
			}
			whole := fed(m, p[:n/3], q[:n/3])
			whole.Merge(NewStream[float64](m))
			empty := NewStream[float64](m)
			empty.Merge(whole)
			empty.add(p[n/3:], q[n/3:])
			requireSameValue(t, fmt.Sprintf("%v of %d, merged with nothing", m, n), empty.Value(), single(m, p, q))
		}
	}
}

func encoded[F Float](s *Stream[F]) string {
	data, err := s.MarshalBinary()
	if err != nil {
		panic(err)
	}
	return string(data)
}

// What is decoded is the stream that was encoded: its bits now and later, and its encoding.
func TestStreamEncoding(t *testing.T) {
	t.Run("f64", streamEncoding[float64])
	t.Run("f32", streamEncoding[float32])
}

func streamEncoding[F float](t *testing.T) {
	eachMeasure(t, []int{0, 1, 40, chunk, 2*chunk + 3}, func(m Measure, what string, p, q []F) {
		s := fed(m, p, q)
		s.Merge(fed(m, p[:len(p)/2], q[:len(q)/2]))
		data, err := s.AppendBinary([]byte("before"))
		if err != nil || string(data) != "before"+encoded(s) {
			t.Fatalf("%s: appended %q, %v, marshalled %q", what, data, err, encoded(s))
		}
		got := fed(MeasureEntropy, p, p) // something else
		if err := got.UnmarshalBinary(data[len("before"):]); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got.Measure() != m || got.Count() != s.Count() || encoded(got) != encoded(s) {
			t.Errorf("%s: decoded as a stream of %d of %v, encoded as %q", what, got.Count(), got.Measure(), encoded(got))
		}
		requireSameValue(t, what, got.Value(), s.Value())
		got.add(p, q)
		s.add(p, q)
		got.Merge(s)
		s.Merge(s)
		requireSameValue(t, what+", fed further", got.Value(), s.Value())
	})
}

// The encoding of version 1, by bytes: other versions must read it.
func TestStreamEncodingIsFixed(t *testing.T) {
	s := fed(MeasureKullbackLeibler, []float64{0.5, 0.25}, []float64{0.25, 0.75})
	s.Merge(fed(MeasureKullbackLeibler, []float64{1}, []float64{0.5}))
	s.Add([]float64{0.125}, []float64{1})
	const want = "" +
		"72656c656e740053" + "01" + "08" + "0f" + "4b756c6c6261636b4c6569626c6572" + // magic, version, size, KullbackLeibler
		"0400000000000000" + "0100" + // 4 pairs, 1 of them open
		"00" + "1f" + "03" + "00000030" + "ac1a24e8" + "6d0f0300" + // the sum of the others: positive, 3 digits from 31
		"000000000000c03f" + "000000000000f03f" + // the open pair
		"c193e0ad7af505f0"
	if got := hex.EncodeToString([]byte(encoded(s))); got != want {
		t.Errorf("encoded as %s, want %s", got, want)
	}
	data, _ := hex.DecodeString(want)
	var decoded Stream[float64]
	if err := decoded.UnmarshalBinary(data); err != nil || decoded.Value() != s.Value() {
		t.Errorf("decoded: %v, %v, want %v", decoded.Value(), err, s.Value())
	}
}

// damagedStream has an encoding with all there is in it.
func damagedStream[F float](m Measure) *Stream[F] {
	p, q := pairs(seed("damaged"), chunk+3, families[F]()[0].pair)
	return fed(m, p, q)
}

// Every bit that is another, every end that is missing and every byte too many gives an error, and changes nothing.
func TestStreamDamaged(t *testing.T) {
	t.Run("f64", streamDamaged[float64])
	t.Run("f32", streamDamaged[float32])
}

func streamDamaged[F float](t *testing.T) {
	for _, m := range []Measure{MeasureKullbackLeibler, MeasureEntropy, MeasureBhattacharyya, MeasureChiSquare.Reversed()} {
		data := []byte(encoded(damagedStream[F](m)))
		into := fed(MeasureJensenShannon, []F{0.25}, []F{0.5})
		before := *into
		refuse := func(what string, damaged []byte) {
			t.Helper()
			err := into.UnmarshalBinary(damaged)
			if err == nil || !strings.HasPrefix(err.Error(), "relent: Stream.UnmarshalBinary: ") {
				t.Errorf("%v, %s: error %v", m, what, err)
			}
			if *into != before {
				t.Fatalf("%v, %s: the stream has changed", m, what)
			}
		}
		for i := range 8 * len(data) {
			damaged := bytes.Clone(data)
			damaged[i/8] ^= 1 << (i % 8)
			refuse(fmt.Sprintf("bit %d", i), damaged)
		}
		for n := range data {
			refuse(fmt.Sprintf("the first %d bytes", n), data[:n])
		}
		refuse("a byte more", append(bytes.Clone(data), 0))
		refuse("twice", append(bytes.Clone(data), data...))
	}
}

// resealed is an encoding with a checksum that holds, whatever is in it.
func resealed(data []byte) []byte { return streamKind.Close(bytes.Clone(data), 0) }

// Data that no stream is encoded as gives an error that says what is wrong, although its checksum holds.
func TestStreamForged(t *testing.T) {
	const size, name, count, open, kind, low, n, digit = 9, 11, 26, 34, 36, 37, 38, 39
	whole := []byte(encoded(damagedStream[float64](MeasureKullbackLeibler)))
	whole = whole[:len(whole)-sealed.ChecksumBytes]
	set := func(at int, values ...byte) func([]byte) []byte {
		return func(b []byte) []byte { copy(b[at:], values); return b }
	}
	var s Stream[float64]
	if err := s.UnmarshalBinary(resealed(whole)); err != nil {
		t.Fatal(err)
	}
	digitsEnd := digit + 4*int(whole[n])
	for _, c := range []struct {
		what string
		edit func(b []byte) []byte
	}{
		{"begins with", set(0, 'R')},
		{"version 2 is unknown", set(8, 2)},
		{"elements of 4 bytes, not of 8", set(size, 4)},
		{`measure "MullbackLeibler" is unknown`, set(name, 'M')},
		{`measure "Entropy reversed" is unknown`, func(b []byte) []byte {
			return append(append(append(b[:name-1:name-1], 16), "Entropy reversed"...), b[name+15:]...)
		}},
		{"ends early", set(name-1, 255)},
		{"1024 of 1027 elements are in a chunk", set(open, 0, 4)},
		{"3 of 2 elements are in a chunk", set(count, 2, 0)},
		{"no elements that is not 0", set(count, 3, 0)},
		{"too large for 1 elements", set(count, 4, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 66, 1, 255, 255, 255, 255)},
		{"kind 5 is unknown", set(kind, 5)},
		{"kind 2", set(kind, 2)},
		{"digits from digit 68", set(low, 68)},
		{"0 digits from digit", set(n, 0)},
		{"first or last digit is 0", set(digit, 0, 0, 0, 0)},
		{"first or last digit is 0", set(digitsEnd-4, 0, 0, 0, 0)},
		{"ends early", func(b []byte) []byte { return b[:len(b)-1] }},
		{"ends early", func(b []byte) []byte { return b[:digit] }},
		{"ends early", func(b []byte) []byte { return b[:size] }},
		{"1 bytes too many", func(b []byte) []byte { return append(b, 0) }},
	} {
		err := s.UnmarshalBinary(resealed(c.edit(bytes.Clone(whole))))
		if err == nil || !strings.Contains(err.Error(), c.what) {
			t.Errorf("error %v, want one with %q", err, c.what)
		}
	}
	var narrow Stream[float32]
	if err := narrow.UnmarshalBinary(resealed(whole)); err == nil || !strings.Contains(err.Error(), "8 bytes, not of 4") {
		t.Errorf("float64 read as float32: %v", err)
	}
}

// encoding/gob, and all that takes a BinaryMarshaler.
func TestStreamGob(t *testing.T) {
	var wire bytes.Buffer
	s := damagedStream[float32](MeasureJensenShannonDistance)
	if err := gob.NewEncoder(&wire).Encode(s); err != nil {
		t.Fatal(err)
	}
	var got Stream[float32]
	if err := gob.NewDecoder(&wire).Decode(&got); err != nil {
		t.Fatal(err)
	}
	requireSameValue(t, "JensenShannonDistance", got.Value(), s.Value())
}

func TestStreamPanics(t *testing.T) {
	two, one := NewStream[float64](MeasureKullbackLeibler), NewStream[float64](MeasureEntropy)
	for _, c := range []struct {
		want string
		f    func()
	}{
		{"relent: NewStream: Measure(200) is unknown", func() { NewStream[float32](200) }},
		{"relent: NewStream: there is no second vector for Entropy reversed", func() { NewStream[float64](MeasureEntropy.Reversed()) }},
		{"relent: Stream.Add: Measure(0) is unknown", func() { new(Stream[float64]).Add(nil, nil) }},
		{"relent: Stream.Add: lengths 1 and 2 differ", func() { two.Add(make([]float64, 1), make([]float64, 2)) }},
		{"relent: Stream.Add: Entropy is a measure of one vector, not of two vectors", func() { one.Add(nil, nil) }},
		{"relent: Stream.AddVector: KullbackLeibler is a measure of two vectors, not of one vector", func() { two.AddVector(nil) }},
		{"relent: Stream.Merge: one stream is of KullbackLeibler, the other of Entropy", func() { two.Merge(one) }},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); got != c.want {
					t.Errorf("panic %q, want %q", got, c.want)
				}
			}()
			c.f()
		}()
	}
	if *two != *NewStream[float64](MeasureKullbackLeibler) || *one != *NewStream[float64](MeasureEntropy) {
		t.Error("what panicked has changed a stream")
	}
}

// Nothing allocates, and what is fed does not escape: here it is local.
func TestStreamNoAllocation(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", streamNoAllocation[float64])
		t.Run("f32", streamNoAllocation[float32])
	})
}

func streamNoAllocation[F float](t *testing.T) {
	for _, m := range streamMeasures() {
		s, o, data := NewStream[F](m), damagedStream[F](m), make([]byte, 0, 1<<16)
		var err error
		allocations := testing.AllocsPerRun(10, func() {
			var p, q [chunk + 5]F
			p[3], q[3] = 0.5, 0.25
			s.add(p[:], q[:])
			s.add(p[:1], q[:1])
			s.Merge(o)
			result += s.Value()
			data, _ = s.AppendBinary(data[:0])
			err = s.UnmarshalBinary(data)
		})
		if allocations != 0 || err != nil {
			t.Errorf("%v: %v allocations, %v", m, allocations, err)
		}
	}
}

package relent

import (
	"bytes"
	"encoding"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/relent-go/relent/internal/sealed"
)

// A keepable thing is encoded and decoded.
type keepable interface {
	encoding.BinaryMarshaler
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
}

// encodingOf is the encoding, by both methods.
func encodingOf(t *testing.T, x keepable) []byte {
	t.Helper()
	data, err := x.MarshalBinary()
	appended, err2 := x.AppendBinary([]byte("before"))
	if err != nil || err2 != nil || string(appended) != "before"+string(data) {
		t.Fatalf("%v, %v, or what is appended differs", err, err2)
	}
	return data
}

// keptFactors are of every constructor.
func keptFactors[F float](r *rng, d int) []*Factor[F] {
	mean, lower := make([]F, d), NewMatrix[F](d, d)
	for i := range d {
		mean[i] = wide[F](r, -4, 4)
		for j := range i {
			lower.Row(i)[j] = unit[F](r) - 0.5
		}
		lower.Row(i)[i] = wide[F](r, -1, 2)
	}
	var list []*Factor[F]
	for _, c := range constructors {
		m, err := newDistribution(c, mean, lower, NewMatrix[F](0, d))
		if err != nil {
			panic(err)
		}
		list = append(list, m.factor)
	}
	return list
}

func TestFactorsAreKept(t *testing.T) {
	t.Run("f64", factorsAreKept[float64])
	t.Run("f32", factorsAreKept[float32])
}

func factorsAreKept[F float](t *testing.T) {
	r := seed(t.Name())
	for _, d := range []int{0, 1, 3, 16, 17, 40} {
		x := NewMatrix[F](9, d)
		for i := range x.Data {
			x.Data[i] = wide[F](r, -2, 5)
		}
		var got Factor[F]
		for k, f := range keptFactors[F](r, d) {
			data := encodingOf(t, f)
			if err := got.UnmarshalBinary(data); err != nil { // into what another one was in use for
				t.Fatalf("%s of %d: %v", constructors[k], d, err)
			}
			if !bytes.Equal(encodingOf(t, &got), data) || got.Dim() != d {
				t.Errorf("%s of %d is encoded otherwise after decoding", constructors[k], d)
			}
			a, _ := f.SqMahalanobis(nil, x, Run{})
			b, _ := got.SqMahalanobis(nil, x, Run{})
			z, _ := f.Solve(Matrix[F]{}, x, Run{})
			w, _ := got.Solve(Matrix[F]{}, x, Run{})
			if differing(a, b) >= 0 || differing(z.Data, w.Data) >= 0 {
				t.Errorf("%s of %d has other results after decoding", constructors[k], d)
			}
		}
	}
	_, largest := exponents[F]()
	far, err := NewDiagonalFactor([]F{0, 0}, []F{2 * power[F](largest-1), fromBits[F](infinityBits[F]() - 1)})
	if err != nil {
		t.Fatal(err)
	}
	if err := new(Factor[F]).UnmarshalBinary(encodingOf(t, far)); err != nil {
		t.Errorf("the largest deviations: %v", err)
	}
}

func TestIndexesAreKept(t *testing.T) {
	t.Run("f64", indexesAreKept[float64])
	t.Run("f32", indexesAreKept[float32])
}

func indexesAreKept[F float](t *testing.T) {
	r := seed(t.Name())
	for i, m := range measuresOfTwo() {
		for _, shape := range [][2]int{{0, 0}, {0, 5}, {1, 1}, {30, 7}, {50, 20}} {
			rows := NewMatrix[F](shape[0], shape[1])
			for j := range rows.Data {
				rows.Data[j] = unit[F](r)
			}
			if i%2 == 0 && len(rows.Data) > 0 {
				rows.Data[len(rows.Data)/2] = F(nan)
			}
			x, got := NewIndex(m, rows), new(Index[F])
			data := encodingOf(t, x)
			if err := got.UnmarshalBinary(data); err != nil {
				t.Fatalf("%v, %v: %v", m, shape, err)
			}
			if !bytes.Equal(encodingOf(t, got), data) || got.Measure() != m || got.Len() != shape[0] || got.Dim() != shape[1] {
				t.Errorf("%v, %v is another one after decoding", m, shape)
			}
			query := make([]F, shape[1])
			for j := range query {
				query[j] = unit[F](r)
			}
			if err := sameNeighbors(got.Nearest(nil, query, 3), x.Nearest(nil, query, 3)); err != nil {
				t.Errorf("%v, %v: %v", m, shape, err)
			}
		}
	}
}

// The encodings, by bytes: other versions must read them.
func TestEncodingsAreFixed(t *testing.T) {
	diagonal, _ := NewDiagonalFactor([]float32{1}, []float32{2})
	lower, _ := NewFactor([]float64{1, -1}, NewMatrix(2, 2, 2.0, 9, 0.5, 4))
	inverse, _ := NewPrecisionFactor([]float32{0}, NewMatrix(1, 1, float32(4)))
	for want, x := range map[string]keepable{
		"72656c656e740046" + "01" + "04" + "02" + "0100000000000000" + "0000803f" + "0000003f" + "cec7f8501617ff2c": diagonal,
		"72656c656e740046" + "01" + "08" + "00" + "0200000000000000" + "000000000000f03f" + "000000000000f0bf" +
			"0000000000000040" + "000000000000e03f" + "0000000000001040" + "b4e45c71c7da7ecb": lower,
		"72656c656e740046" + "01" + "04" + "01" + "0100000000000000" + "00000000" + "00008040" + "78570e81fb839db9": inverse,
		"72656c656e740049" + "01" + "04" + "12" + "436869537175617265207265766572736564" + "0100000000000000" + "0200000000000000" +
			"0000003f" + "0000803f" + "1dde538cf4cbf757": NewIndex(MeasureChiSquare.Reversed(), NewMatrix(1, 2, float32(0.5), 1)),
	} {
		if got := hex.EncodeToString(encodingOf(t, x)); got != want {
			t.Errorf("encoded as %s, want %s", got, want)
		}
	}
}

// Every bit that is another, every end that is missing and every byte too many gives an error, and changes nothing.
func TestEncodingsDamaged(t *testing.T) {
	for _, x := range append(asKeepable(keptFactors[float64](seed(t.Name()), 3)), NewIndex(MeasureJeffreys, NewMatrix(2, 2, 0.25, 0.75, 0.5, 0.5))) {
		data := encodingOf(t, x)
		prefix := fmt.Sprintf("relent: %T.UnmarshalBinary: ", x)
		prefix = strings.Replace(strings.Replace(prefix, "*relent.", "", 1), "[float64]", "", 1)
		for i := range data {
			damaged := bytes.Clone(data)
			damaged[i] ^= 1 << (i % 8)
			for _, other := range [][]byte{data[:i], damaged, append(bytes.Clone(data), 0)} {
				if err := x.UnmarshalBinary(other); err == nil || !strings.HasPrefix(err.Error(), prefix) {
					t.Fatalf("%x: %v, want %s…", other, err, prefix)
				}
			}
		}
		if !bytes.Equal(encodingOf(t, x), data) {
			t.Errorf("a %T has changed", x)
		}
	}
}

func asKeepable[F float](list []*Factor[F]) (all []keepable) {
	for _, f := range list {
		all = append(all, f)
	}
	return all
}

// Data that nothing is encoded as give an error that says what is wrong, although their checksum holds.
func TestEncodingsForged(t *testing.T) {
	factors := keptFactors[float64](seed(t.Name()), 3)
	const width, kind, dim, mean, rest = 9, 10, 11, 19, 19 + 24
	infinity := []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x7f}
	index := NewIndex(MeasureJeffreys, NewMatrix(2, 2, 0.25, 0.75, 0.5, 0.5))
	const name, rows, cols = 11, 19, 27
	for _, c := range []struct {
		what string
		of   keepable
		at   int
		set  []byte
	}{
		{`begins with "relent\x00I"`, factors[0], 7, []byte("I")},
		{"version 2 is unknown, this is version 1", factors[0], 8, []byte{2}},
		{"elements of 4 bytes, not of 8", factors[0], width, []byte{4}},
		{"kind 3 is unknown", factors[0], kind, []byte{3}},
		{"ends early", factors[0], kind, nil},
		{"ends early", factors[0], dim, []byte{4}},
		{"ends early", factors[2], dim, []byte{0, 0, 0, 0, 0, 0, 0, 0x80}},
		{"ends early", factors[1], dim, []byte{255, 255, 255, 255, 255, 255, 255, 255}},
		{"bytes too many", factors[0], dim, []byte{2}},
		{"mean[0] is +Inf", factors[0], mean, infinity},
		{"mean[2] is +Inf", factors[2], mean + 16, infinity},
		{"pivot 0 is +Inf", factors[0], rest, infinity},
		{"pivot 1 is 0", factors[1], rest + 16, make([]byte, 8)},
		{"lower[2][1] is +Inf", factors[0], rest + 32, infinity},
		{"pivot 1 is 1/0", factors[2], rest + 8, make([]byte, 8)},
		{"pivot 1 is 1/+Inf", factors[2], rest + 8, infinity},
		{"pivot 0 is 1/5e-324", factors[2], rest, []byte{1, 0, 0, 0, 0, 0, 0, 0}},
		{"elements of 4 bytes, not of 8", index, width, []byte{4}},
		{`"keffreys" is no measure of two vectors`, index, name, []byte("k")},
		{"ends early", index, name - 1, []byte{255}},
		{"ends early", index, rows, []byte{3}},
		{"ends early", index, cols, []byte{255, 255, 255, 255, 255, 255, 255, 255}},
		{"2 rows of 0 elements", index, cols, []byte{0}},
		{"0 rows of 281474976710658 elements", index, rows, []byte{0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0}},
		{"bytes too many", index, cols, []byte{1}},
	} {
		data := encodingOf(t, c.of)
		data = data[:len(data)-sealed.ChecksumBytes]
		if copy(data[c.at:], c.set); len(c.set) == 0 {
			data = data[:c.at]
		}
		if err := c.of.UnmarshalBinary(resealedAs(factorKind, data)); err == nil || !strings.Contains(err.Error(), c.what) {
			t.Errorf("%v, want %s", err, c.what)
		}
	}
	for want, x := range map[string]keepable{
		"relent: Factor.AppendBinary: no constructor has made the factor": new(Factor[float64]),
		"relent: Index.AppendBinary: NewIndex has not made the index":     new(Index[float32]),
		"relent: Index.AppendBinary: 3 rows of 0 elements":                NewIndex(MeasureJeffreys, NewMatrix[float64](3, 0)),
	} {
		if _, err := x.MarshalBinary(); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// resealedAs has the checksum of a kind; those of factors and of indexes are computed alike.
func resealedAs(k sealed.Kind, data []byte) []byte { return k.Close(bytes.Clone(data), 0) }

// What a decoder allocates is in proportion to the data, also if these claim to be of much.
func TestDecodersAllocateLittle(t *testing.T) {
	r := seed(t.Name())
	all := append(asKeepable(keptFactors[float64](r, 9)), NewIndex(MeasureKullbackLeibler, NewMatrix[float64](9, 7)))
	for range short(300) {
		for _, x := range all {
			data := encodingOf(t, x)
			for range 1 + r.below(3) {
				data[9+r.below(20)] = byte(r.next()) << r.below(8)
			}
			data = resealedAs(factorKind, data[:len(data)-r.below(2)*r.below(len(data)/2)])
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_ = new(Factor[float64]).UnmarshalBinary(data)
			_ = new(Index[float64]).UnmarshalBinary(data)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 1<<15+8*uint64(len(data)) {
				t.Fatalf("%d bytes for %d bytes of data: %x", used, len(data), data)
			}
		}
	}
}

// What is decoded, damaged or forged, can be used, and is encoded as it was; all else is refused.
func FuzzEncodings(f *testing.F) {
	r := seed(f.Name())
	for _, d := range []int{0, 1, 5, 18} {
		for k := range constructors {
			for _, x := range []keepable{keptFactors[float64](r, d)[k], keptFactors[float32](r, d)[k]} {
				data, _ := x.MarshalBinary()
				f.Add(data)
			}
		}
		for _, m := range measuresOfTwo() {
			for _, x := range []keepable{NewIndex(m, NewMatrix[float64](min(3, d), d)), NewIndex(m, NewMatrix[float32](min(9, d), d))} {
				data, _ := x.MarshalBinary()
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		body := data[:max(0, len(data)-sealed.ChecksumBytes)]
		for _, data := range [][]byte{data, resealedAs(factorKind, body)} {
			decodeAny[float64](t, data)
			decodeAny[float32](t, data)
		}
	})
}

// decodeAny tries every decoder for elements of a type.
func decodeAny[F float](t *testing.T, data []byte) {
	t.Helper()
	var f Factor[F]
	if f.UnmarshalBinary(data) == nil {
		if !bytes.Equal(encodingOf(t, &f), data) {
			t.Errorf("%x is encoded as %x", data, encodingOf(t, &f))
		}
		f.SqMahalanobisOne(make([]F, f.Dim()))
	}
	var x Index[F]
	if x.UnmarshalBinary(data) == nil {
		if !bytes.Equal(encodingOf(t, &x), data) {
			t.Errorf("%x is encoded as %x", data, encodingOf(t, &x))
		}
		x.Nearest(nil, make([]F, x.Dim()), 2)
	}
}

// 10⁷ bytes, most of them damaged, go through the decoders without a panic; with RELENT_DEEP=1, 10⁸.
func TestDecodersStandDamage(t *testing.T) {
	r := seed(t.Name())
	all := append(asKeepable(keptFactors[float64](r, 17)), asKeepable(keptFactors[float32](r, 5))...)
	for i, m := range measuresOfTwo() {
		all = append(all, NewIndex(m, NewMatrix[float64](3, 1+i)), NewIndex(m, NewMatrix[float32](9, 3)))
	}
	left := short(1_000_000)
	if deep() {
		left = 100_000_000
	}
	for left > 0 {
		data := encodingOf(t, all[r.below(len(all))])
		for range r.below(4) {
			data[9+r.below(len(data)-9)] = byte(r.next()) >> r.below(8)
		}
		data = resealedAs(factorKind, data[:len(data)-sealed.ChecksumBytes-r.below(2)*r.below(9)])
		decodeAny[float64](t, data)
		decodeAny[float32](t, data)
		left -= len(data)
	}
	if err := new(Factor[float64]).UnmarshalBinary(nil); !errors.Is(err, sealed.ErrShort) {
		t.Error(err)
	}
}

package sealed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

var kind = Kind{Magic: "sealed\x00T", Version: 3, Slow: 1}

func whole() []byte {
	return kind.Append([]byte("before"), func(b []byte) []byte { return append(b, 1, 0x34, 0x12) })[len("before"):]
}

func TestReader(t *testing.T) {
	r, err := kind.Open(whole())
	if err != nil {
		t.Fatal(err)
	}
	if a, b := r.Uint(1), r.Uint(2); a != 1 || b != 0x1234 || r.End() != nil {
		t.Errorf("%x, %x, %v", a, b, r.End())
	}
	if x := r.Uint(1); x != 0 || !errors.Is(r.End(), ErrShort) {
		t.Errorf("%x of nothing, %v", x, r.End())
	}
	r, _ = kind.Open(whole())
	if r.Uint(2); r.End() == nil || !strings.Contains(r.End().Error(), "1 bytes too many") {
		t.Error(r.End())
	}
	if b := r.Bytes(-1); b != nil || r.End() == nil {
		t.Errorf("%x: -1 bytes, %v", b, r.End())
	}
}

// No byte can be lost, added or changed.
func TestDamage(t *testing.T) {
	data := whole()
	for i := range data {
		damaged := bytes.Clone(data)
		damaged[i] ^= 0x10
		for _, other := range [][]byte{data[:i], damaged, append(bytes.Clone(data), 0)} {
			if r, err := kind.Open(other); err == nil || r.Data != nil {
				t.Errorf("%x is opened", other)
			}
		}
	}
	if _, err := (Kind{kind.Magic, 2, 1}).Open(data); err == nil || !strings.Contains(err.Error(), "version 3 is unknown, this is version 2") {
		t.Error(err)
	}
}

// Earlier versions are read, each with its checksum, and no others.
func TestVersions(t *testing.T) {
	for version := byte(1); version <= kind.Version; version++ {
		for slow := byte(0); slow <= kind.Version; slow++ {
			data := Kind{kind.Magic, version, slow}.Append(nil, func(b []byte) []byte { return append(b, 7) })
			r, err := kind.Open(data)
			if right := (version <= slow) == (version <= kind.Slow); right != (err == nil) || right && r.Uint(1) != 7 {
				t.Errorf("version %d, the last one of a CRC-64 %d: %v", version, slow, err)
			}
		}
	}
	if _, err := kind.Open(Kind{Magic: kind.Magic}.Append(nil, func(b []byte) []byte { return b })); err == nil {
		t.Error("version 0 is read")
	}
}

func TestFloats(t *testing.T) {
	t.Run("f64", floats[float64])
	t.Run("f32", floats[float32])
}

func floats[F float32 | float64](t *testing.T) {
	x := []F{1, -0.5, 0, F(math.Inf(-1)), F(math.NaN())}
	r := Reader{Data: append(AppendFloats([]byte(nil), x), 1)}
	y := make([]F, len(x))
	if Floats(&r, y); r.Err != nil || len(r.Data) != 1 || fmt.Sprint(y) != fmt.Sprint(x) {
		t.Errorf("%v, %v, %d bytes left", y, r.Err, len(r.Data))
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} { // the latter if memory were the other way round
		littleEndian = (order == binary.LittleEndian) == littleEndian
		want, err := binary.Append(nil, order, x)
		if got := AppendFloats(nil, x); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%x, want %x, %v", got, want, err)
		}
		if again := (Reader{Data: want}); !sameFloats(&again, x) {
			t.Errorf("%x is read otherwise", want)
		}
	}
	littleEndian = !littleEndian
	if Floats(&r, y[:1]); r.Err != ErrShort || y[0] != 1 {
		t.Errorf("%v, %v of one byte", y[0], r.Err)
	}
	size := floatBytes[F]()
	for _, n := range [][3]uint64{{0, 1 << 63, 1}, {1 << 63, 0, 1}, {2, 3, 1}, {3, 2, 1}, {7, 1, 0}, {1 << 32, 1 << 32, 0}, {1, 7, 0}, {math.MaxUint64, 2, 0}} {
		r := Reader{Data: make([]byte, 6*size+size-1)}
		if fits := r.Need(n[0], n[1], size); fits != (n[2] == 1) || fits != (r.Err == nil) {
			t.Errorf("%d of %d: %v, %v", n[0], n[1], fits, r.Err)
		}
	}
}

// sameFloats tells whether these are the next numbers.
func sameFloats[F float32 | float64](r *Reader, x []F) bool {
	y := make([]F, len(x))
	Floats(r, y)
	return fmt.Sprint(y) == fmt.Sprint(x)
}

package sealed

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

var kind = Kind{Magic: "sealed\x00T", Version: 3}

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
	if _, err := (Kind{kind.Magic, 4}).Open(data); err == nil || !strings.Contains(err.Error(), "version 3 is unknown, this is version 4") {
		t.Error(err)
	}
}

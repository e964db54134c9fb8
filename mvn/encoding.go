package mvn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"math"

	"github.com/relent-go/relent"
)

// Every encoding begins with a magic that says of what it is, and a version, and ends with the CRC-64 (ECMA) of all before, 8 bytes. All
// numbers are little-endian.
const (
	momentsMagic = "relent\x00M"
	normalMagic  = "relent\x00N"
	mixtureMagic = "relent\x00X"

	encodingVersion = 1
	checksumBytes   = 8
)

func checksum(b []byte) uint64 { return crc64.Checksum(b, crc64.MakeTable(crc64.ECMA)) }

// sealed is b, to which body appends what follows the magic and the version.
func sealed(b []byte, magic string, body func(b []byte) []byte) []byte {
	start := len(b)
	b = body(append(append(b, magic...), encodingVersion))
	return binary.LittleEndian.AppendUint64(b, checksum(b[start:]))
}

// unseal decodes the body of data that are whole.
func unseal(name string, data []byte, magic string, decode func(r *reader) error) error {
	r, err := opened(data, magic)
	if err == nil {
		err = decode(r)
	}
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return fmt.Errorf("mvn: %s: %w", name, err)
	}
	return nil
}

var errShort = errors.New("the data ends early")

func opened(data []byte, magic string) (*reader, error) {
	if len(data) < len(magic)+1+checksumBytes {
		return nil, fmt.Errorf("%d bytes: %w", len(data), errShort)
	}
	if string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("the data begins with %q, not with %q", data[:len(magic)], magic)
	}
	if version := data[len(magic)]; version != encodingVersion {
		return nil, fmt.Errorf("version %d is unknown, this is version %d", version, encodingVersion)
	}
	body := data[:len(data)-checksumBytes]
	if got, want := checksum(body), binary.LittleEndian.Uint64(data[len(body):]); got != want {
		return nil, fmt.Errorf("the checksum of %d bytes is %016x, not %016x: the data is damaged", len(body), got, want)
	}
	return &reader{data: body[len(magic)+1:]}, nil
}

// A reader takes numbers off the front of data, until there is too little.
type reader struct {
	data []byte
	err  error
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.data) {
		r.data, r.err = nil, errShort
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

// uint is a number of so many bytes.
func (r *reader) uint(size int) (x uint64) {
	for i, b := range r.bytes(size) {
		x |= uint64(b) << (8 * i)
	}
	return x
}

// count is a number of four bytes of things that take at least so many bytes each, of what is left.
func (r *reader) count(bytes int) int {
	n := r.uint(4)
	if r.err == nil && n > uint64(len(r.data)/bytes) {
		r.data, r.err = nil, fmt.Errorf("%d of something: %w", n, errShort)
		return 0
	}
	return int(n)
}

// floats are so many numbers.
func (r *reader) floats(n int) []float64 {
	if n < 0 || n > len(r.data)/8 {
		r.data, r.err = nil, errShort
		return nil
	}
	x := make([]float64, n)
	for i := range x {
		x[i] = math.Float64frombits(binary.LittleEndian.Uint64(r.data[8*i:]))
	}
	r.data = r.data[8*n:]
	return x
}

// triangle is a lower triangle, row by row, in the memory of a square matrix.
func (r *reader) triangle(d int) relent.Matrix[float64] {
	if n := int64(d) * (int64(d) + 1) / 2; n > int64(len(r.data)/8) {
		r.data, r.err = nil, errShort
	}
	if r.err != nil {
		return relent.Matrix[float64]{}
	}
	x := r.floats(d * (d + 1) / 2)
	a := newMatrix(d, d)
	for i := range d {
		copy(a.Row(i), x[:i+1])
		x = x[i+1:]
	}
	return a
}

// end is the error there was, or that of data that is left.
func (r *reader) end() error {
	if r.err == nil && len(r.data) > 0 {
		return fmt.Errorf("there are %d bytes too many", len(r.data))
	}
	return r.err
}

func appendFloats(b []byte, x []float64) []byte {
	for _, v := range x {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// appendTriangle appends the lower triangle of a, row by row.
func appendTriangle(b []byte, a relent.Matrix[float64]) []byte {
	for i := range a.Rows {
		b = appendFloats(b, a.Row(i)[:i+1])
	}
	return b
}

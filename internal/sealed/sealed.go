// Package sealed is the frame of what the library keeps as bytes: a magic that says what it is, a version, the body, and the checksum of all
// before. All numbers are little-endian.
package sealed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/crc64"
	"slices"
	"unsafe"
)

// ChecksumBytes is how many end the data.
const ChecksumBytes = 8

// ErrShort is of data that end early.
var ErrShort = errors.New("the data ends early")

// A Kind is what data are of.
type Kind struct {
	Magic   string
	Version byte // what is written; the ones before, from 1 on, are read
	Slow    byte // the last version whose checksum is the CRC-64 (ECMA)
}

// Append appends a magic and a version, what body appends, and the checksum.
func (k Kind) Append(b []byte, body func(b []byte) []byte) []byte {
	start := len(b)
	return k.Close(body(append(append(b, k.Magic...), k.Version)), start)
}

// Close appends the checksum of what begins at start.
func (k Kind) Close(b []byte, start int) []byte {
	return binary.LittleEndian.AppendUint64(b, k.checksum(k.Version, b[start:]))
}

// checksum is that of a version: the CRC-32C and the CRC-32 (IEEE), which CPUs have instructions for. Together they find what the CRC of 64 bits
// does that has the product of their polynomials.
func (k Kind) checksum(version byte, b []byte) uint64 {
	if version <= k.Slow {
		return crc64.Checksum(b, crc64.MakeTable(crc64.ECMA)) // which makes no table but the first time
	}
	return uint64(crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))) | uint64(crc32.ChecksumIEEE(b))<<32
}

// AppendFloats appends the bits of numbers.
func AppendFloats[F ~float32 | ~float64](b []byte, x []F) []byte {
	at := len(b)
	b = append(b, memory(x)...)
	reorder[F](b[at:])
	return b
}

// memory is that of numbers, byte by byte.
func memory[F ~float32 | ~float64](x []F) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*floatBytes[F]())
}

// littleEndian tells how this machine has numbers in memory.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// reorder makes numbers in memory little-endian ones, or the other way round.
func reorder[F ~float32 | ~float64](b []byte) {
	if littleEndian {
		return
	}
	for size := floatBytes[F](); len(b) > 0; b = b[size:] {
		slices.Reverse(b[:size])
	}
}

// floatBytes is the size of a number.
func floatBytes[F ~float32 | ~float64]() int {
	var x F
	return int(unsafe.Sizeof(x))
}

// Open reads the body, after it has checked that the data are whole.
func (k Kind) Open(data []byte) (Reader, error) {
	head := len(k.Magic)
	if len(data) < head+1+ChecksumBytes {
		return Reader{}, fmt.Errorf("%d bytes: %w", len(data), ErrShort)
	}
	if string(data[:head]) != k.Magic {
		return Reader{}, fmt.Errorf("the data begins with %q, not with %q", data[:head], k.Magic)
	}
	version := data[head]
	if version == 0 || version > k.Version {
		return Reader{}, fmt.Errorf("version %d is unknown, this is version %d", version, k.Version)
	}
	body := data[:len(data)-ChecksumBytes]
	if got, want := k.checksum(version, body), binary.LittleEndian.Uint64(data[len(body):]); got != want {
		return Reader{}, fmt.Errorf("the checksum of %d bytes is %016x, not %016x: the data is damaged", len(body), got, want)
	}
	return Reader{Data: body[head+1:]}, nil
}

// A Reader takes numbers off the front of data, until there is too little.
type Reader struct {
	Data []byte
	Err  error
}

// Bytes are the next n, or none if there are not so many.
func (r *Reader) Bytes(n int) []byte {
	if n < 0 || n > len(r.Data) {
		r.Fail(ErrShort)
		return nil
	}
	b := r.Data[:n]
	r.Data = r.Data[n:]
	return b
}

// Fail ends the data with an error.
func (r *Reader) Fail(err error) { r.Data, r.Err = nil, err }

// Uint is a number of so many bytes.
func (r *Reader) Uint(size int) (x uint64) {
	for i, b := range r.Bytes(size) {
		x |= uint64(b) << (8 * i)
	}
	return x
}

// End is the error there was, or that of data that are left.
func (r *Reader) End() error {
	if r.Err == nil && len(r.Data) > 0 {
		return fmt.Errorf("there are %d bytes too many", len(r.Data))
	}
	return r.Err
}

// Need ends the data, unless so many rows of so many numbers of a size are left, and tells whether they are.
func (r *Reader) Need(rows, cols uint64, size int) bool {
	left := uint64(len(r.Data) / size)
	if r.Err == nil && (cols > 0 && rows > left/cols) {
		r.Fail(ErrShort)
	}
	return r.Err == nil
}

// Floats sets x to the next numbers, or leaves it if there are not so many.
func Floats[F ~float32 | ~float64](r *Reader, x []F) {
	size := floatBytes[F]()
	if !r.Need(1, uint64(len(x)), size) {
		return
	}
	data := memory(x)
	copy(data, r.Bytes(len(data)))
	reorder[F](data)
}

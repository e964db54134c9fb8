// Package sealed is the frame of what the library keeps as bytes: a magic that says what it is, a version, the body, and the CRC-64 (ECMA) of
// all before. All numbers are little-endian.
package sealed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
)

// ChecksumBytes is how many end the data.
const ChecksumBytes = 8

// ErrShort is of data that end early.
var ErrShort = errors.New("the data ends early")

// A Kind is what data are of.
type Kind struct {
	Magic   string
	Version byte
}

// Append appends a magic and a version, what body appends, and the checksum.
func (k Kind) Append(b []byte, body func(b []byte) []byte) []byte {
	start := len(b)
	return Close(body(append(append(b, k.Magic...), k.Version)), start)
}

// Close appends the checksum of what begins at start.
func Close(b []byte, start int) []byte {
	return binary.LittleEndian.AppendUint64(b, checksum(b[start:]))
}

// checksum makes no table but the first time.
func checksum(b []byte) uint64 { return crc64.Checksum(b, crc64.MakeTable(crc64.ECMA)) }

// Open reads the body, after it has checked that the data are whole.
func (k Kind) Open(data []byte) (Reader, error) {
	head := len(k.Magic)
	if len(data) < head+1+ChecksumBytes {
		return Reader{}, fmt.Errorf("%d bytes: %w", len(data), ErrShort)
	}
	if string(data[:head]) != k.Magic {
		return Reader{}, fmt.Errorf("the data begins with %q, not with %q", data[:head], k.Magic)
	}
	if version := data[head]; version != k.Version {
		return Reader{}, fmt.Errorf("version %d is unknown, this is version %d", version, k.Version)
	}
	body := data[:len(data)-ChecksumBytes]
	if got, want := checksum(body), binary.LittleEndian.Uint64(data[len(body):]); got != want {
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

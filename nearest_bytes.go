package relent

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/sealed"
)

// The encoding, all numbers little-endian:
//
//	magic, and the version
//	size of an element in bytes: 4 or 8
//	length of the measure's name, and the name, which no version changes
//	rows and columns, 8 bytes each
//	the elements, row by row
//	CRC-32C and CRC-32 of all before, 4 bytes each
//
// What the bounds are made of follows from the rows, and depends on the instruction set.
var indexKind = sealed.Kind{Magic: "relent\x00I", Version: 1}

// MarshalBinary returns the encoding, the same on every machine: the rows.
func (x *Index[F]) MarshalBinary() ([]byte, error) { return x.AppendBinary(nil) }

// AppendBinary is [Index.MarshalBinary], appended to b.
func (x *Index[F]) AppendBinary(b []byte) ([]byte, error) {
	if x.measure == 0 {
		return b, errors.New("relent: Index.AppendBinary: NewIndex has not made the index")
	}
	if err := checkElements(uint64(x.Len()), uint64(x.Dim())); err != nil {
		return b, fmt.Errorf("relent: Index.AppendBinary: %w", err)
	}
	return indexKind.Append(b, func(b []byte) []byte {
		b = append(b, byte(size[F]()), byte(len(x.Measure().String())))
		b = x.Measure().appendName(b)
		b = binary.LittleEndian.AppendUint64(b, uint64(x.Len()))
		b = binary.LittleEndian.AppendUint64(b, uint64(x.Dim()))
		for i := range x.Len() {
			b = sealed.AppendFloats(b, x.rows.Row(i))
		}
		return b
	}), nil
}

// checkElements refuses rows that there are no elements of, as nothing would bound their number.
func checkElements(rows, cols uint64) error {
	if cols == 0 && rows > 0 || rows == 0 && cols > math.MaxInt32 {
		return fmt.Errorf("%d rows of %d elements", rows, cols)
	}
	return nil
}

// UnmarshalBinary makes x the index that was encoded, its measure included.
func (x *Index[F]) UnmarshalBinary(data []byte) error {
	measure, rows, err := decodeIndex[F](data)
	if err != nil {
		return fmt.Errorf("relent: Index.UnmarshalBinary: %w", err)
	}
	x.measure, x.reversed, x.rows, x.free = measure&^reverse, measure&reverse != 0, rows, freelist.List[*search[F]]{}
	x.sketch()
	return nil
}

func decodeIndex[F Float](data []byte) (m Measure, rows Matrix[F], err error) {
	r, err := indexKind.Open(data)
	if err != nil {
		return m, rows, err
	}
	width := int(r.Uint(1))
	name := r.Bytes(int(r.Uint(1)))
	n, d := r.Uint(8), r.Uint(8)
	m, known := measureNamed(name)
	switch {
	case r.Err != nil:
		return m, rows, r.Err
	case width != size[F]():
		return m, rows, fmt.Errorf("elements of %d bytes, not of %d", width, size[F]())
	case !known || m.ofOne():
		return m, rows, fmt.Errorf("%q is no measure of two vectors", name)
	case !r.Need(n, d, width):
		return m, rows, r.Err
	}
	if err := checkElements(n, d); err != nil {
		return m, rows, err
	}
	rows = NewMatrix[F](int(n), int(d))
	sealed.Floats(&r, rows.Data)
	return m, rows, r.End()
}

package relent

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/sealed"
)

// The encoding, all numbers little-endian:
//
//	magic, and the version
//	size of an element in bytes: 4 or 8
//	what it is of: 0 is L, 1 its inverse, 2 a diagonal L
//	dim, 8 bytes
//	the mean; then the lower triangle, row by row, or the inverses of the deviations
//	CRC-32C and CRC-32 of all before, 4 bytes each
var factorKind = sealed.Kind{Magic: "relent\x00F", Version: 1}

const (
	encodedLower byte = iota
	encodedInverse
	encodedDiagonal
)

// MarshalBinary returns the encoding, the same on every machine.
func (f *Factor[F]) MarshalBinary() ([]byte, error) { return f.AppendBinary(nil) }

// AppendBinary is [Factor.MarshalBinary], appended to b.
func (f *Factor[F]) AppendBinary(b []byte) ([]byte, error) {
	if f.packed == nil {
		return b, errors.New("relent: Factor.AppendBinary: no constructor has made the factor")
	}
	return factorKind.Append(b, f.appendBody), nil
}

func (f *Factor[F]) appendBody(b []byte) []byte {
	kind := encodedLower
	switch {
	case f.lower.Data == nil:
		kind = encodedDiagonal
	case f.inverse:
		kind = encodedInverse
	}
	b = binary.LittleEndian.AppendUint64(append(b, byte(size[F]()), kind), uint64(f.dim))
	b = sealed.AppendFloats(b, f.mean[:f.dim])
	if kind == encodedDiagonal {
		return sealed.AppendFloats(b, f.scale)
	}
	for i := range f.dim {
		b = sealed.AppendFloats(b, f.lower.Row(i)[:i+1])
	}
	return b
}

// UnmarshalBinary makes f the factor that was encoded, with all bits.
func (f *Factor[F]) UnmarshalBinary(data []byte) error {
	const name = "Factor.UnmarshalBinary"
	var e encodedFactor[F]
	if err := e.decode(data); err != nil {
		return fmt.Errorf("relent: %s: %w", name, err)
	}
	g, err := e.factor(name)
	if err != nil {
		return err
	}
	f.dim, f.mean, f.model, f.packed, f.free = g.dim, g.mean, g.model, g.packed, freelist.List[*workspace[F]]{}
	return nil
}

// An encodedFactor is what a factor is made of.
type encodedFactor[F Float] struct {
	kind  byte
	mean  []F
	lower Matrix[F]
	scale []F // of a diagonal
}

func (e *encodedFactor[F]) decode(data []byte) error {
	r, err := factorKind.Open(data)
	if err != nil {
		return err
	}
	width, kind, dim := int(r.Uint(1)), byte(r.Uint(1)), r.Uint(8)
	switch {
	case r.Err != nil:
		return r.Err
	case width != size[F]():
		return fmt.Errorf("elements of %d bytes, not of %d", width, size[F]())
	case kind > encodedDiagonal:
		return fmt.Errorf("a factor of kind %d is unknown", kind)
	case !r.Need(2, dim, width):
		return r.Err
	case kind != encodedDiagonal && !r.Need(1, dim+dim*(dim+1)/2, width):
		return r.Err
	}
	e.kind, e.mean = kind, make([]F, dim)
	sealed.Floats(&r, e.mean)
	if kind == encodedDiagonal {
		e.scale = make([]F, dim)
		sealed.Floats(&r, e.scale)
	} else {
		e.lower = NewMatrix[F](len(e.mean), len(e.mean))
		for i := range e.mean {
			sealed.Floats(&r, e.lower.Row(i)[:i+1])
		}
	}
	return r.End()
}

func (e *encodedFactor[F]) factor(name string) (*Factor[F], error) {
	if e.kind != encodedDiagonal {
		return newFactor(name, e.mean, e.lower, e.kind == encodedInverse)
	}
	for i, s := range e.scale {
		if !(s >= 1/mostFinite[F]()) || !finite(float64(s)) {
			return nil, fmt.Errorf("relent: %s: pivot %d is 1/%v: it must be positive and finite, and its inverse too", name, i, s)
		}
	}
	p := &packed[F]{scale: e.scale}
	return p.factor(name, e.mean)
}

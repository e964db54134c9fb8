package mvn

import (
	"fmt"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/sealed"
)

// The kinds of what is kept, see package sealed.
var (
	momentsKind = modelKind('M')
	normalKind  = modelKind('N')
	mixtureKind = modelKind('X')
)

func modelKind(letter byte) sealed.Kind {
	return sealed.Kind{Magic: "relent\x00" + string(letter), Version: 2, Slow: 1}
}

// unseal decodes the body of data that are whole.
func unseal(name string, data []byte, kind sealed.Kind, decode func(r *reader) error) error {
	body, err := kind.Open(data)
	r := reader{Reader: body}
	if err == nil {
		err = decode(&r)
	}
	if err == nil {
		err = r.End()
	}
	if err != nil {
		return fmt.Errorf("mvn: %s: %w", name, err)
	}
	return nil
}

// A reader reads what models are made of.
type reader struct{ sealed.Reader }

// count is a number of four bytes of things that take at least so many bytes each, of what is left.
func (r *reader) count(bytes int) int {
	n := r.Uint(4)
	if r.Err == nil && n > uint64(len(r.Data)/bytes) {
		r.Fail(fmt.Errorf("%d of something: %w", n, sealed.ErrShort))
		return 0
	}
	return int(n)
}

// floats are so many numbers.
func (r *reader) floats(n int) []float64 {
	if n < 0 || n > len(r.Data)/8 {
		r.Fail(sealed.ErrShort)
		return nil
	}
	x := make([]float64, n)
	sealed.Floats(&r.Reader, x)
	return x
}

// triangle is a lower triangle, row by row, in the memory of a square matrix.
func (r *reader) triangle(d int) relent.Matrix[float64] {
	if !r.Need(1, uint64(d)*(uint64(d)+1)/2, 8) {
		return relent.Matrix[float64]{}
	}
	a := newMatrix(d, d)
	for i := range d {
		sealed.Floats(&r.Reader, a.Row(i)[:i+1])
	}
	return a
}

// appendTriangle appends the lower triangle of a, row by row.
func appendTriangle(b []byte, a relent.Matrix[float64]) []byte {
	for i := range a.Rows {
		b = sealed.AppendFloats(b, a.Row(i)[:i+1])
	}
	return b
}

package mvn

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/sealed"
)

// The forms of an encoded distribution, which no version changes. With withMatrix the precision matrix follows that the factor is of.
const (
	encodedCovariance byte = 1 + iota
	encodedPrecision
	encodedDiagonal
	encodedLowRank
	encodedSingular
	encodedShared // a covariance matrix with its factor, as a sharedUpper has them

	withMatrix byte = 0x80
)

// MarshalBinary returns the encoding of the distribution, in its form, the same on every machine: about 8·d² bytes for a covariance or a
// precision matrix, with its factor. What is decoded has all bits. A low-rank distribution of more than 8d+64 factors is an error.
func (n *Normal) MarshalBinary() ([]byte, error) { return n.AppendBinary(nil) }

// AppendBinary is [Normal.MarshalBinary], appended to b.
func (n *Normal) AppendBinary(b []byte) ([]byte, error) {
	if err := n.encodable(); err != nil {
		return b, err
	}
	return normalKind.Append(b, n.appendBody), nil
}

func (n *Normal) appendBody(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(n.Dim()))
	return appendForm(sealed.AppendFloats(b, n.mean), n.form)
}

func (n *Normal) encodable() error {
	if n.form == nil {
		return errors.New("mvn: a Normal that no constructor has made cannot be encoded")
	}
	if f, ok := n.form.(*lowRankForm); ok && f.w.Cols > mostFactors(f.dim()) {
		return fmt.Errorf("mvn: %d factors of %d variables cannot be encoded, at most %d", f.w.Cols, f.dim(), mostFactors(f.dim()))
	}
	return nil
}

// mostFactors keeps the memory that is decoded in proportion to the data.
func mostFactors(d int) int { return 8*d + 64 }

// UnmarshalBinary makes n the distribution that was encoded. Data that is not the whole encoding of a distribution gives an error and leaves
// n as it is. It must not be called at the same time as other methods.
func (n *Normal) UnmarshalBinary(data []byte) error {
	return unseal("Normal.UnmarshalBinary", data, normalKind, func(r *reader) error {
		decoded, err := r.normal()
		if err == nil {
			*n = *decoded
		}
		return err
	})
}

// normal is a distribution at the end of the data.
func (r *reader) normal() (*Normal, error) {
	d := r.count(8)
	mean := r.floats(d)
	f, err := r.form(d)
	if err == nil {
		err = checkMean(mean, "covariance", d)
	}
	if err == nil {
		err = r.End()
	}
	if err != nil {
		return nil, err
	}
	return newNormal(mean, f), nil
}

// MarshalBinary returns the encoding of the mixture, as [Normal.MarshalBinary] that of a distribution; a tied covariance is there once.
func (m *Mixture) MarshalBinary() ([]byte, error) { return m.AppendBinary(nil) }

// AppendBinary is [Mixture.MarshalBinary], appended to b.
func (m *Mixture) AppendBinary(b []byte) ([]byte, error) {
	if err := m.encodable(); err != nil {
		return b, err
	}
	components := m.double.components
	return mixtureKind.Append(b, func(b []byte) []byte {
		b = binary.LittleEndian.AppendUint32(b, uint32(m.Components()))
		b = binary.LittleEndian.AppendUint32(b, uint32(m.dim))
		b = append(b, boolByte(m.sharing == tied))
		b = sealed.AppendFloats(b, m.weights)
		for k := range components {
			b = sealed.AppendFloats(b, components[k].mean)
			if k == 0 || m.sharing != tied {
				b = appendForm(b, components[k].form)
			}
		}
		return b
	}), nil
}

func (m *Mixture) encodable() error {
	if m.double == nil {
		return errors.New("mvn: a Mixture that no constructor has made cannot be encoded")
	}
	for k := range m.double.components {
		if err := m.double.components[k].encodable(); err != nil {
			return &partError{fmt.Sprintf("component %d", k), err}
		}
	}
	return nil
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// UnmarshalBinary makes m the mixture that was encoded, as [Normal.UnmarshalBinary].
func (m *Mixture) UnmarshalBinary(data []byte) error {
	return unseal("Mixture.UnmarshalBinary", data, mixtureKind, func(r *reader) error {
		k, d, how := r.count(8), r.count(8), r.Uint(1)
		weights := r.floats(k)
		if r.Err != nil {
			return r.Err
		}
		if how > 1 {
			return fmt.Errorf("%d is no way to share a covariance", how)
		}
		if err := checkWeights(weights); err != nil {
			return err
		}
		components := make([]*Normal, k)
		for c := range components {
			var err error
			if components[c], err = r.component(d, components[0], how == 1); err != nil {
				return &partError{fmt.Sprintf("component %d", c), err}
			}
		}
		if err := r.End(); err != nil {
			return err
		}
		if _, ok := components[0].form.(*covarianceForm); how == 1 && !ok {
			return errors.New("a tied covariance is no covariance matrix")
		}
		*m = *newMixtureOf(weights, components, how == 1)
		return nil
	})
}

// component is one of a mixture, of which the first is there, unless it is this.
func (r *reader) component(d int, first *Normal, tied bool) (*Normal, error) {
	mean := r.floats(d)
	if r.Err != nil {
		return nil, r.Err
	}
	if err := checkMean(mean, "covariance", d); err != nil {
		return nil, err
	}
	if tied && first != nil {
		return newNormal(mean, first.form), nil
	}
	f, err := r.form(d)
	if err != nil {
		return nil, err
	}
	if first != nil && f.rank() != first.Rank() {
		return nil, fmt.Errorf("rank %d, that of component 0 is %d", f.rank(), first.Rank())
	}
	return newNormal(mean, f), nil
}

func appendForm(b []byte, f form) []byte {
	switch f := f.(type) {
	case *covarianceForm:
		if f.known() {
			return f.appendShared(append(b, encodedShared))
		}
		return appendTriangle(append(b, encodedCovariance), transposed(f.columns))
	case *precisionForm:
		if f.prec.Data == nil {
			return appendTriangle(append(b, encodedPrecision), f.m)
		}
		return appendTriangle(appendTriangle(append(b, encodedPrecision|withMatrix), f.m), f.prec)
	case *diagonalForm:
		return sealed.AppendFloats(append(b, encodedDiagonal), f.v)
	case *lowRankForm:
		b = binary.LittleEndian.AppendUint32(append(b, encodedLowRank), uint32(f.w.Cols))
		return sealed.AppendFloats(sealed.AppendFloats(b, f.v), f.w.Data)
	case *singularForm:
		b = binary.LittleEndian.AppendUint32(append(b, encodedSingular), uint32(len(f.free)))
		for _, i := range f.free {
			b = binary.LittleEndian.AppendUint32(b, uint32(i))
		}
		b = sealed.AppendFloats(sealed.AppendFloats(b, []float64{f.tolerance}), f.scale)
		for k := range f.free {
			b = sealed.AppendFloats(b, f.columns.Row(k))
		}
		return appendTriangle(b, f.sigma)
	}
	panic("mvn: a form without an encoding")
}

// appendShared appends the upper triangle and L, row by row of a sharedUpper.
func (t *covarianceForm) appendShared(b []byte) []byte {
	if t.upper.data != nil {
		return sealed.AppendFloats(b, t.upper.data)
	}
	row := make([]float64, t.dim())
	for j := range row {
		i := t.dim() - 1 - j
		for k := range j + 1 {
			row[k] = t.sigma.Row(i + k)[i]
		}
		b = sealed.AppendFloats(sealed.AppendFloats(b, row[:j+1]), t.columns.Row(j)[j:])
	}
	return b
}

// form is that of so many variables.
func (r *reader) form(d int) (form, error) {
	kind := byte(r.Uint(1))
	switch {
	case r.Err != nil:
		return nil, r.Err
	case d == 0:
		return nil, errors.New("a distribution of no variables")
	}
	switch kind {
	case encodedShared:
		return r.shared(d)
	case encodedCovariance:
		return r.factor(d)
	case encodedPrecision, encodedPrecision | withMatrix:
		return r.precision(d, kind&withMatrix != 0)
	case encodedDiagonal:
		v := r.floats(d)
		if r.Err != nil {
			return nil, r.Err
		}
		return asForm(newDiagonalForm(v))
	case encodedLowRank:
		return r.lowRank(d)
	case encodedSingular:
		return r.singular(d)
	}
	return nil, fmt.Errorf("form %d is unknown", kind)
}

// shared is the form of a covariance matrix with its factor, which stay as they are read.
func (r *reader) shared(d int) (form, error) {
	if !r.Need(uint64(d), uint64(d)+1, 8) {
		return nil, r.Err
	}
	upper := sharedUpper{d, r.floats(d * (d + 1))}
	for i := range d {
		for j, v := range upper.row(i) {
			if !finite(v) {
				return nil, fmt.Errorf("element (%d, %d) of the covariance matrix is %g", i+j, i, v)
			}
		}
	}
	columns := upper.columns()
	if err := positivePivots("covariance", columns); err != nil {
		return nil, err
	}
	f, err := newCovarianceForm(relent.Matrix[float64]{}, columns)
	if err != nil {
		return nil, err
	}
	f.upper = upper
	return f, nil
}

// factor is the form of a factor of a covariance.
func (r *reader) factor(d int) (form, error) {
	lower := r.triangle(d)
	if r.Err != nil {
		return nil, r.Err
	}
	return factoredOf(relent.Matrix[float64]{}, lower, false)
}

// precision is the form of a factor of a precision matrix, and of the matrix, if that is there.
func (r *reader) precision(d int, known bool) (form, error) {
	m, matrix := r.triangle(d), relent.Matrix[float64]{}
	if known {
		matrix = r.triangle(d)
	}
	if r.Err != nil {
		return nil, r.Err
	}
	return factoredOf(matrix, m, true)
}

// factoredOf is the form of L, with a covariance that may be known, or of M, with a precision.
func factoredOf(matrix, lower relent.Matrix[float64], precise bool) (form, error) {
	if err := finiteTriangle(matrix); err != nil {
		return nil, err
	}
	name := "covariance"
	if precise {
		name = "precision"
	}
	if err := positivePivots(name, lower); err != nil {
		return nil, err
	}
	if precise {
		return asForm(precisionOf(matrix, lower))
	}
	return asForm(newCovarianceForm(matrix, transposedTriangle(lower, false)))
}

// positivePivots tells whether the diagonal of a factor is positive.
func positivePivots(name string, factor relent.Matrix[float64]) error {
	for i := range factor.Rows {
		if p := factor.Row(i)[i]; !(p > 0) {
			return &NotPositiveDefiniteError{name, i, p}
		}
	}
	return nil
}

// asForm is f, or no form at all beside an error.
func asForm[F form](f F, err error) (form, error) {
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (r *reader) lowRank(d int) (form, error) {
	count := r.Uint(4)
	if count > uint64(mostFactors(d)) {
		return nil, fmt.Errorf("%d factors of %d variables, at most %d", count, d, mostFactors(d))
	}
	factors := int(count)
	v, w := r.floats(d), newMatrix(0, factors)
	if n := int64(d) * int64(factors); n > int64(len(r.Data)/8) {
		return nil, sealed.ErrShort
	}
	w.Rows, w.Data = d, r.floats(d*factors)
	if r.Err != nil {
		return nil, r.Err
	}
	for _, x := range w.Data {
		if !finite(x) {
			return nil, fmt.Errorf("an element of the factor is %g", x)
		}
	}
	return asForm(newLowRankForm(w, v))
}

func (r *reader) singular(d int) (form, error) {
	rank := r.count(4)
	if rank > d {
		return nil, fmt.Errorf("rank %d of %d variables", rank, d)
	}
	free, seen := make([]int, rank), make([]bool, d)
	for k := range free {
		i := r.Uint(4)
		if i >= uint64(d) || seen[i] {
			return nil, fmt.Errorf("variable %d, of %d, is not there or there twice", i, d)
		}
		free[k], seen[i] = int(i), true
	}
	numbers, scale := r.floats(1), r.floats(d)
	if n := int64(rank) * int64(d); n > int64(len(r.Data)/8) {
		return nil, sealed.ErrShort
	}
	columns := newMatrix(0, d)
	columns.Rows, columns.Data = rank, r.floats(rank*d)
	sigma := r.triangle(d)
	if r.Err != nil {
		return nil, r.Err
	}
	for _, x := range append(append(numbers, scale...), columns.Data...) {
		if !finite(x) {
			return nil, fmt.Errorf("an element of the factor is %g", x)
		}
	}
	return singularOf(sigma, scale, numbers[0], free, columns)
}

// singularOf checks what newSingularOf takes for granted of numbers that are finite, but for those of sigma.
func singularOf(sigma relent.Matrix[float64], scale []float64, tolerance float64, free []int, columns relent.Matrix[float64]) (form, error) {
	if !(tolerance >= 0 && tolerance < 1) {
		return nil, fmt.Errorf("the tolerance is %g", tolerance)
	}
	if err := finiteTriangle(sigma); err != nil {
		return nil, err
	}
	for k, i := range free {
		if p := columns.Row(k)[i]; !(p > 0) {
			return nil, &NotPositiveDefiniteError{"covariance", i, p}
		}
	}
	return asForm(newSingularOf(sigma, scale, tolerance, free, columns))
}

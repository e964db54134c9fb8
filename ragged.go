package relent

import "fmt"

// Offset is the constraint of offsets into values, and of indexes of columns.
type Offset interface{ ~int32 | ~int64 }

// A LayoutError reports offsets or columns that do not describe rows.
type LayoutError struct {
	Row    int // -1 where none is to blame
	Reason string

	function string // with a colon
}

func (e *LayoutError) Error() string {
	if e.Row < 0 {
		return "relent: " + e.function + e.Reason
	}
	return fmt.Sprintf("relent: %srow %d: %s", e.function, e.Row, e.Reason)
}

func layoutError(row int, format string, args ...any) error {
	return &LayoutError{Row: row, Reason: fmt.Sprintf(format, args...)}
}

// Ragged holds rows of any lengths, one after the other, as Arrow's List (32 bits) and LargeList (64 bits) do: row i is
// values[offsets[i]:offsets[i+1]], and there is one offset more than there are rows.
type Ragged[F Float, O Offset] struct {
	values  []F
	offsets []O
	valid   []byte
	first   int // bit of valid
}

// NewRagged checks the offsets and returns rows that share the memory of its arguments, of which only the values may change from then on.
// No offsets are no rows. Bit firstValid+i of valid, counted from the lowest bit of the first byte as Arrow does, is 0 for a row i that is null; nil is for rows
// none of which is. The offsets of a null row count nevertheless.
func NewRagged[F Float, O Offset](values []F, offsets []O, valid []byte, firstValid int) (*Ragged[F, O], error) {
	if err := checkOffsets(offsets, len(values)); err != nil {
		return nil, err
	}
	r := &Ragged[F, O]{values: values, offsets: offsets, valid: valid, first: firstValid}
	if bits := 8 * int64(len(valid)); valid != nil && (firstValid < 0 || int64(r.Rows()) > bits-int64(firstValid)) {
		return nil, layoutError(-1, "%d bits from bit %d on are not in a validity bitmap of %d", r.Rows(), firstValid, bits)
	}
	return r, nil
}

// checkOffsets wants none below the one before, and all within so many values.
func checkOffsets[O Offset](offsets []O, values int) error {
	if len(offsets) == 0 {
		return nil
	}
	if offsets[0] < 0 {
		return layoutError(0, "offset %d is negative", offsets[0])
	}
	for i, o := range offsets[1:] {
		if o < offsets[i] {
			return layoutError(i, "offset %d comes after %d", o, offsets[i])
		}
		if int64(o) > int64(values) {
			return layoutError(i, "offset %d is beyond the %d values", o, values)
		}
	}
	if int64(offsets[0]) > int64(values) {
		return layoutError(0, "offset %d is beyond the %d values", offsets[0], values)
	}
	return nil
}

// Rows is the number of rows.
func (r *Ragged[F, O]) Rows() int { return rowsOf(r.offsets) }

// Row is row i, sharing the values.
func (r *Ragged[F, O]) Row(i int) []F {
	if uint(i) >= uint(r.Rows()) {
		panic(noRow)
	}
	return r.values[r.offsets[i]:r.offsets[i+1]:r.offsets[i+1]]
}

// Null tells whether row i is null.
func (r *Ragged[F, O]) Null(i int) bool {
	if uint(i) >= uint(r.Rows()) {
		panic(noRow)
	}
	bit := uint(r.first) + uint(i) // of as many as 8 times an int
	return r.valid != nil && r.valid[bit/8]>>(bit%8)&1 == 0
}

// rowsOf is the number of rows that offsets are of: there is one offset more, or none.
func rowsOf[O Offset](offsets []O) int { return max(1, len(offsets)) - 1 }

// noRow is what a row that is not there panics with.
const noRow = "relent: Row: there is no such row"

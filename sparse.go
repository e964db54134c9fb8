package relent

// Sparse holds rows as pairs of a column and a value: compressed sparse rows (CSR). A column that has no entry is 0, and an entry may be
// 0 as well.
type Sparse[F Float, I Offset] struct {
	cols    int
	offsets []I
	columns []I
	values  []F
}

// NewSparse checks the layout and returns a matrix that shares the memory of its arguments, of which only the values may change from then
// on. Row i has values[k] in columns[k] for offsets[i] <= k < offsets[i+1]; columns ascend within a row, from 0 to below cols. No offsets
// are no rows. scipy's names for the three are indptr, indices and data.
func NewSparse[F Float, I Offset](cols int, offsets, columns []I, values []F) (*Sparse[F, I], error) {
	if len(columns) != len(values) {
		return nil, layoutError(-1, "%d columns for %d values", len(columns), len(values))
	}
	if cols < 0 {
		return nil, layoutError(-1, "%d columns", cols)
	}
	if err := checkOffsets(offsets, len(values)); err != nil {
		return nil, err
	}
	s := &Sparse[F, I]{cols: cols, offsets: offsets, columns: columns, values: values}
	for i := range s.Rows() {
		before := int64(-1)
		for k := offsets[i]; k < offsets[i+1]; k++ {
			column := int64(columns[k])
			switch {
			case column < 0 || column >= int64(cols):
				return nil, layoutError(i, "column %d, entry %d, is not in [0, %d)", column, k, cols)
			case column == before:
				return nil, layoutError(i, "column %d, entry %d, is there twice", column, k)
			case column < before:
				return nil, layoutError(i, "column %d, entry %d, comes after column %d", column, k, before)
			}
			before = column
		}
	}
	return s, nil
}

// Rows is the number of rows, Cols that of columns.
func (s *Sparse[F, I]) Rows() int { return rowsOf(s.offsets) }
func (s *Sparse[F, I]) Cols() int { return s.cols }

// Row is row i, sharing the columns and the values.
func (s *Sparse[F, I]) Row(i int) (columns []I, values []F) {
	if uint(i) >= uint(s.Rows()) {
		panic(noRow)
	}
	from, to := s.offsets[i], s.offsets[i+1]
	return s.columns[from:to:to], s.values[from:to:to]
}

// Slice is rows from up to but not including to, sharing the memory.
func (s *Sparse[F, I]) Slice(from, to int) *Sparse[F, I] {
	if from < 0 || from > to || to > s.Rows() {
		panic("relent: Slice: there are no such rows")
	}
	offsets := s.offsets
	if len(offsets) > 0 {
		offsets = offsets[from : to+1 : to+1]
	}
	return &Sparse[F, I]{cols: s.cols, offsets: offsets, columns: s.columns, values: s.values}
}

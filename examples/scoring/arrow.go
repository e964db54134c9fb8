package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/relent-go/relent"
)

// arrowType is the content type of Arrow's streams.
const arrowType = "application/vnd.apache.arrow.stream"

type arrowFormat struct{}

func (arrowFormat) contentType() string { return arrowType }

// decode reads record batches of float64: of one column of lists of a fixed size, which are the rows, or of as many columns as there are.
func (arrowFormat) decode(body []byte, _ *[]float64, cols, most int) (rows relent.Matrix[float64], err error) {
	defer func() { // the reader does not check everything
		if p := recover(); p != nil {
			rows, err = relent.Matrix[float64]{}, notArrow(fmt.Errorf("%v", p))
		}
	}()
	r, err := ipc.NewReaderFromMessageReader(&messages{data: body}, ipc.WithAllocator(&bounded{left: 4*len(body) + 1<<16}))
	if err != nil {
		return rows, notArrow(err)
	}
	rows = relent.Matrix[float64]{Cols: cols, Stride: cols}
	for r.Next() {
		batch := r.RecordBatch()
		if n := int64(rows.Rows) + batch.NumRows(); n > int64(most) {
			return rows, refuse(http.StatusRequestEntityTooLarge, "there are %d rows or more, at most %d are taken", n, most)
		}
		if rows, err = appendBatch(rows, batch); err != nil {
			return rows, refuse(http.StatusUnprocessableEntity, "%w", err)
		}
	}
	if err := r.Err(); err != nil && !errors.Is(err, io.EOF) {
		return rows, notArrow(err)
	}
	if rows.Rows == 0 {
		return rows, refuse(http.StatusBadRequest, "there are no rows")
	}
	return rows, nil
}

// notArrow refuses a body that is none, or of which something was refused while it was read.
func notArrow(err error) error {
	var refused *refusal
	if errors.As(err, &refused) {
		return refused
	}
	return refuse(http.StatusBadRequest, "the body is not an Arrow stream: %w", err)
}

// appendBatch appends the rows of a batch; those of the first one share its memory if they are lists.
func appendBatch(rows relent.Matrix[float64], batch arrow.RecordBatch) (relent.Matrix[float64], error) {
	n, d := int(batch.NumRows()), rows.Cols
	if batch.NumCols() == 1 {
		if lists, ok := batch.Column(0).(*array.FixedSizeList); ok {
			return appendLists(rows, lists)
		}
	}
	if int(batch.NumCols()) != d {
		return rows, fmt.Errorf("there are %d columns, the mixture has %d", batch.NumCols(), d)
	}
	data := append(rows.Data, make([]float64, n*d)...)
	for j := range d {
		column, ok := batch.Column(j).(*array.Float64)
		if !ok {
			return rows, fmt.Errorf("column %d is of %v, not of float64", j, batch.Column(j).DataType())
		}
		if column.NullN() > 0 {
			return rows, fmt.Errorf("column %d has %d nulls", j, column.NullN())
		}
		for i, v := range column.Float64Values() {
			data[(rows.Rows+i)*d+j] = v
		}
	}
	return relent.Matrix[float64]{Rows: rows.Rows + n, Cols: d, Stride: d, Data: data}, nil
}

func appendLists(rows relent.Matrix[float64], lists *array.FixedSizeList) (relent.Matrix[float64], error) {
	d := rows.Cols
	values, ok := lists.ListValues().(*array.Float64)
	size := int(lists.DataType().(*arrow.FixedSizeListType).Len())
	switch {
	case !ok:
		return rows, fmt.Errorf("the lists are of %v, not of float64", lists.ListValues().DataType())
	case size != d:
		return rows, fmt.Errorf("the lists have %d elements, the mixture %d columns", size, d)
	case lists.NullN() > 0 || values.NullN() > 0:
		return rows, fmt.Errorf("%d rows and %d elements are null", lists.NullN(), values.NullN())
	}
	from := lists.Offset() * d
	part := values.Float64Values()[from : from+lists.Len()*d : from+lists.Len()*d] // what follows is of messages to come
	if rows.Rows > 0 {
		part = append(rows.Data, part...)
	}
	return relent.Matrix[float64]{Rows: rows.Rows + lists.Len(), Cols: d, Stride: d, Data: part}, nil
}

var scoreSchema = arrow.NewSchema([]arrow.Field{
	{Name: "logDensity", Type: arrow.PrimitiveTypes.Float64}, {Name: "nearest", Type: arrow.PrimitiveTypes.Int32},
}, nil)

// encode writes a batch of both columns.
func (arrowFormat) encode(to *bytes.Buffer, s *scores) error {
	n := len(s.nearest)
	column := func(t arrow.DataType, data []byte) arrow.Array {
		return array.MakeFromData(array.NewData(t, n, []*memory.Buffer{nil, memory.NewBufferBytes(data)}, nil, 0, 0))
	}
	batch := array.NewRecordBatch(scoreSchema, []arrow.Array{
		column(arrow.PrimitiveTypes.Float64, arrow.Float64Traits.CastToBytes(s.logDensity)),
		column(arrow.PrimitiveTypes.Int32, arrow.Int32Traits.CastToBytes(s.nearest)),
	}, int64(n))
	w := ipc.NewWriter(to, ipc.WithSchema(scoreSchema))
	if err := w.Write(batch); err != nil {
		return err
	}
	return w.Close()
}

// bounded allocates so many bytes at most, or panics with a refusal, which the reader makes an error: what is compressed may claim to be of any size.
type bounded struct {
	memory.GoAllocator
	left int
}

func (b *bounded) Allocate(size int) []byte {
	b.take(size)
	return b.GoAllocator.Allocate(size)
}

func (b *bounded) Reallocate(size int, old []byte) []byte {
	b.take(size - len(old))
	return b.GoAllocator.Reallocate(size, old)
}

func (b *bounded) take(size int) {
	if size > b.left {
		panic(refuse(http.StatusRequestEntityTooLarge, "decompressed it takes more than %d bytes of memory", b.left))
	}
	b.left -= size
}

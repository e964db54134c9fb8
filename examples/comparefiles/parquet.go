package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// A parquetTable is a Parquet file of columns of numbers, booleans, words and times.
type parquetTable struct {
	path    string
	missing map[string]bool
	file    *file.Reader
	reader  *pqarrow.FileReader
	names   []string
	of      []kind
}

func openParquet(path string, missing map[string]bool) (t *parquetTable, err error) {
	rows := int64(0)
	defer unpanic(path, &rows, &err)
	properties := parquet.NewReaderProperties(memory.DefaultAllocator)
	properties.BufferedStreamEnabled = true // not the whole of each column of a row group
	f, err := file.OpenParquetFile(path, false, file.WithReadProps(properties))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	t = &parquetTable{path: path, missing: missing, file: f}
	if t.reader, err = pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{BatchSize: batchRows}, memory.DefaultAllocator); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	// Without the Arrow schema that may be in the file: dictionaries of several pages cannot be read as such.
	if t.reader.Manifest, err = pqarrow.NewSchemaManifest(f.MetaData().Schema, nil, &t.reader.Props); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	schema, err := t.reader.Schema()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, field := range schema.Fields() {
		k, err := kindOf(field.Type)
		if err != nil {
			return nil, fmt.Errorf("%s: column %q: %w", path, field.Name, err)
		}
		t.names, t.of = append(t.names, field.Name), append(t.of, k)
	}
	return t, unique(path, t.names)
}

// unpanic makes an error of a panic about what is in a file, as the reader does not check everything.
func unpanic(path string, rows *int64, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%s: after row %d: the file is damaged: %v", path, *rows, p)
	}
}

func (t *parquetTable) columns() []string { return t.names }

func (t *parquetTable) kinds() []kind { return t.of }

func (t *parquetTable) close() error { return t.file.Close() }

// kindOf is what there is in columns of a type.
func kindOf(t arrow.DataType) (kind, error) {
	switch id := t.ID(); {
	case id == arrow.NULL:
		return absent, nil
	case id == arrow.DICTIONARY:
		return kindOf(t.(*arrow.DictionaryType).ValueType)
	case arrow.IsInteger(id), arrow.IsFloating(id), arrow.IsDecimal(id):
		return numbers, nil
	case id == arrow.BOOL, id == arrow.STRING, id == arrow.LARGE_STRING, arrow.IsPrimitive(id): // times, too
		return words, nil
	}
	return "", fmt.Errorf("values of type %v, which are neither numbers nor words", t)
}

func (t *parquetTable) read(as []kind, visit func([]values) error) error {
	for j, k := range as {
		if of := t.of[j]; k != of && k != absent && of != absent {
			return fmt.Errorf("%s: column %q is of %s, but of %s in the reference", t.path, t.names[j], of, k)
		}
	}
	for from := 0; from < len(t.names); from += columnsTogether {
		if err := t.readColumns(from, min(from+columnsTogether, len(t.names)), as, visit); err != nil {
			return err
		}
	}
	return nil
}

// columnsTogether are read at a time: each takes the memory of a page or two, of about a megabyte.
const columnsTogether = 64

// readColumns reads some columns; visit sees no values of the others.
func (t *parquetTable) readColumns(from, to int, as []kind, visit func([]values) error) (err error) {
	rows := int64(0)
	wrap := func(err error) error { return fmt.Errorf("%s: after row %d: %w", t.path, rows, err) }
	defer unpanic(t.path, &rows, &err)
	indices := make([]int, 0, to-from) // none of the columns has parts
	for j := from; j < to; j++ {
		indices = append(indices, j)
	}
	records, err := t.reader.GetRecordReader(context.Background(), indices, nil)
	if err != nil {
		return wrap(err)
	}
	defer records.Release()
	batch := make([]values, len(t.names))
	for records.Next() {
		record := records.RecordBatch()
		for j := from; j < to; j++ {
			batch[j] = values{numbers: batch[j].numbers[:0], words: batch[j].words[:0]}
			if err := batch[j].addArray(as[j], record.Column(j-from), t.missing); err != nil {
				return wrap(fmt.Errorf("column %q: %w", t.names[j], err))
			}
		}
		if err := visit(batch); err != nil {
			return err
		}
		rows += record.NumRows()
	}
	if err := records.Err(); err != nil && !errors.Is(err, io.EOF) {
		return wrap(err)
	}
	if want := t.file.NumRows(); rows != want {
		return wrap(fmt.Errorf("the file should have %d rows", want))
	}
	return nil
}

// addArray adds the values of an array.
func (v *values) addArray(as kind, a arrow.Array, missing map[string]bool) error {
	v.missing += a.NullN()
	switch {
	case a.NullN() == a.Len():
		return nil
	case as == numbers:
		return v.addNumbers(a)
	}
	for i := range a.Len() {
		if a.IsNull(i) {
			continue
		}
		field := a.ValueStr(i)
		if err := v.add(as, field, missing[field]); err != nil {
			return err
		}
	}
	return nil
}

// addNumbers adds numbers as float64.
func (v *values) addNumbers(a arrow.Array) error {
	switch a := a.(type) {
	case *array.Float64:
		addAll(v, a, a.Float64Values())
	case *array.Float32:
		addAll(v, a, a.Float32Values())
	case *array.Int64:
		addAll(v, a, a.Int64Values())
	case *array.Int32:
		addAll(v, a, a.Int32Values())
	case *array.Int16:
		addAll(v, a, a.Int16Values())
	case *array.Int8:
		addAll(v, a, a.Int8Values())
	case *array.Uint64:
		addAll(v, a, a.Uint64Values())
	case *array.Uint32:
		addAll(v, a, a.Uint32Values())
	case *array.Uint16:
		addAll(v, a, a.Uint16Values())
	case *array.Uint8:
		addAll(v, a, a.Uint8Values())
	default: // decimal, of 16 bits, or in a dictionary
		for i := range a.Len() {
			if a.IsNull(i) {
				continue
			}
			x, err := number(a.ValueStr(i))
			if err != nil {
				return err
			}
			v.numbers = append(v.numbers, x)
		}
	}
	return nil
}

// addAll adds the values that are not null.
func addAll[N int64 | int32 | int16 | int8 | uint64 | uint32 | uint16 | uint8 | float64 | float32](v *values, a arrow.Array, all []N) {
	for i, x := range all {
		if a.IsValid(i) {
			v.numbers = append(v.numbers, float64(x))
		}
	}
}

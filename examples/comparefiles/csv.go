package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
)

// batchRows are read at a time.
const batchRows = 1 << 13

// A csvTable is a CSV file, whose first line has the names of the columns.
type csvTable struct {
	file    *os.File
	missing map[string]bool
	names   []string
	of      []kind
}

// openCSV reads all of a file once, so that a row that is malformed is found before anything is counted, to see what its columns are: numbers, if
// all that are not missing are.
func openCSV(file string, missing map[string]bool) (*csvTable, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	t := &csvTable{file: f, missing: missing}
	err = t.fields(func(row []string, _ place) error {
		for j, field := range row {
			if t.of[j] == words || missing[field] {
				continue
			}
			t.of[j] = numbers
			if _, err := number(field); err != nil {
				t.of[j] = words
			}
		}
		return nil
	})
	if err == nil {
		err = unique(file, t.names)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return t, nil
}

func (t *csvTable) columns() []string { return t.names }

func (t *csvTable) kinds() []kind { return t.of }

func (t *csvTable) close() error { return t.file.Close() }

// A place is that of a row, in rows below the names and in lines of the file, both from 1.
type place struct{ row, line int }

// fields reads rows from the beginning.
func (t *csvTable) fields(visit func([]string, place) error) error {
	if _, err := t.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	buffered := bufio.NewReaderSize(t.file, 1<<16)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		buffered.Discard(len(mark))
	}
	r := csv.NewReader(buffered)
	r.FieldsPerRecord = -1 // its error does not say how many there are
	header, err := r.Read()
	switch {
	case err == io.EOF:
		return fmt.Errorf("%s: the file is empty; its first line should name the columns", t.file.Name())
	case err != nil:
		return fmt.Errorf("%s: %w", t.file.Name(), err)
	}
	if t.names == nil {
		t.names, t.of = header, make([]kind, len(header))
		for j := range t.of {
			t.of[j] = absent
		}
	}
	r.ReuseRecord = true
	for n := 1; ; n++ {
		row, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: row %d: %w", t.file.Name(), n, err)
		}
		line, _ := r.FieldPos(0)
		if len(row) != len(t.names) {
			return fmt.Errorf("%s: row %d, line %d: %d fields, but there are %d columns", t.file.Name(), n, line, len(row), len(t.names))
		}
		if err := visit(row, place{n, line}); err != nil {
			return err
		}
	}
}

func (t *csvTable) read(as []kind, visit func([]values) error) error {
	batch, rows := make([]values, len(t.names)), 0
	flush := func() error {
		err := visit(batch)
		for j, v := range batch {
			batch[j] = values{numbers: v.numbers[:0], words: v.words[:0]}
		}
		rows = 0
		return err
	}
	err := t.fields(func(row []string, at place) error {
		for j, field := range row {
			if err := batch[j].add(as[j], field, t.missing[field]); err != nil {
				return fmt.Errorf("%s: row %d, line %d, column %q: %q is no number, as those of the reference are", t.file.Name(), at.row, at.line, t.names[j], field)
			}
		}
		if rows++; rows == batchRows {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// add adds a field. Of a column that has no values in the reference any one is as good.
func (v *values) add(as kind, field string, missing bool) error {
	switch {
	case missing:
		v.missing++
	case as == words:
		v.words = append(v.words, field)
	case as == absent:
		x, _ := number(field) // NaN is missing here, too
		v.numbers = append(v.numbers, x)
	default:
		x, err := number(field)
		if err != nil {
			return err
		}
		v.numbers = append(v.numbers, x)
	}
	return nil
}

// number is the number that a field is; what is out of range is infinite.
func number(field string) (float64, error) {
	x, err := strconv.ParseFloat(field, 64)
	if errors.Is(err, strconv.ErrRange) && math.IsInf(x, 0) {
		return x, nil
	}
	return x, err
}

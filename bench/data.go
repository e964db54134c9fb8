package main

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// data/README.md has the sources and the licences.
var (
	//go:embed data/digits.csv.gz
	digitsFile []byte
	//go:embed data/breast_cancer.csv
	breastCancerFile []byte
	//go:embed data/wine.csv
	wineFile []byte
)

// A dataset is rows of numbers, each of a class.
type dataset struct {
	name   string
	rows   [][]float64
	labels []int // from 0
}

func (d dataset) cols() int { return len(d.rows[0]) }

// classes is one more than the largest label.
func (d dataset) classes() int {
	n := 0
	for _, label := range d.labels {
		n = max(n, label+1)
	}
	return n
}

// readDataset reads a first line of the number of rows, the number of columns and a name for each class, and the rows.
func readDataset(name string, file io.Reader) (dataset, error) {
	lines := csv.NewReader(file)
	header, err := lines.Read()
	if err != nil {
		return dataset{}, fmt.Errorf("%s: %w", name, err)
	}
	if len(header) < 4 {
		return dataset{}, fmt.Errorf("%s: line 1 has %d fields, need 4", name, len(header))
	}
	cols, err := strconv.Atoi(header[1])
	if err != nil {
		return dataset{}, fmt.Errorf("%s: line 1: %w", name, err)
	}
	d, err := readRows(name, lines, cols, len(header)-2)
	if err == nil && strconv.Itoa(len(d.rows)) != header[0] {
		err = fmt.Errorf("%s: %d rows, line 1 says %s", name, len(d.rows), header[0])
	}
	return d, err
}

// readDigitCounts reads the digits as they are, 64 counts and the digit a line.
func readDigitCounts(zipped []byte) (dataset, error) {
	file, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return dataset{}, fmt.Errorf("digits: %w", err)
	}
	return readRows("digits", csv.NewReader(file), 64, 10)
}

// readRows reads lines of so many numbers and a label below classes.
func readRows(name string, lines *csv.Reader, cols, classes int) (dataset, error) {
	d := dataset{name: name}
	lines.FieldsPerRecord = cols + 1
	for {
		record, err := lines.Read()
		if err == io.EOF && len(d.rows) > 0 {
			return d, nil
		}
		if err != nil {
			return dataset{}, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := lines.FieldPos(0)
		row := make([]float64, cols)
		for i := range row {
			if row[i], err = strconv.ParseFloat(record[i], 64); err != nil {
				return dataset{}, fmt.Errorf("%s: line %d: %w", name, line, err)
			}
		}
		label, err := strconv.Atoi(record[cols])
		if err != nil || label < 0 || label >= classes {
			return dataset{}, fmt.Errorf("%s: line %d: %q is no class below %d", name, line, record[cols], classes)
		}
		d.rows, d.labels = append(d.rows, row), append(d.labels, label)
	}
}

package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

func TestDatasets(t *testing.T) {
	for _, c := range []struct {
		name              string
		file              []byte
		rows, cols        int
		perClass          []int
		firstRow, lastRow float64 // their first numbers
	}{
		{"breast cancer", breastCancerFile, 569, 30, []int{212, 357}, 17.99, 7.76},
		{"wine", wineFile, 178, 13, []int{59, 71, 48}, 14.23, 14.13},
	} {
		d, err := readDataset(c.name, bytes.NewReader(c.file))
		if err != nil {
			t.Fatal(err)
		}
		if len(d.rows) != c.rows || len(d.labels) != c.rows || d.cols() != c.cols || d.classes() != len(c.perClass) {
			t.Fatalf("%s: %d rows of %d, %d labels of %d classes", c.name, len(d.rows), d.cols(), len(d.labels), d.classes())
		}
		if first, last := d.rows[0][0], d.rows[c.rows-1][0]; first != c.firstRow || last != c.lastRow {
			t.Errorf("%s: begins with %v and %v, want %v and %v", c.name, first, last, c.firstRow, c.lastRow)
		}
		count := make([]int, d.classes())
		for i, label := range d.labels {
			count[label]++
			if len(d.rows[i]) != c.cols || math.IsNaN(sum(d.rows[i])) {
				t.Fatalf("%s: row %d is %v", c.name, i, d.rows[i])
			}
		}
		for label, want := range c.perClass {
			if count[label] != want {
				t.Errorf("%s: %d rows of class %d, want %d", c.name, count[label], label, want)
			}
		}
	}
	d, err := readDigitCounts(digitsFile)
	if err != nil || len(d.rows) != 1797 || d.cols() != 64 || d.classes() != 10 || d.rows[0][2] != 5 {
		t.Errorf("digits: %d rows, %v", len(d.rows), err)
	}
}

func TestReadDatasetRefuses(t *testing.T) {
	const good = "2,3,a,b\n1,2,3,0\n4,5,6,1\n"
	if d, err := readDataset("good", strings.NewReader(good)); err != nil || d.rows[1][2] != 6 || d.labels[1] != 1 {
		t.Fatalf("%v, %v", d, err)
	}
	for name, c := range map[string]struct{ old, new, message string }{
		"empty":             {good, "", "EOF"},
		"no classes":        {"2,3,a,b", "2,3", "2 fields"},
		"no count":          {"2,3", "2,x", "line 1"},
		"another count":     {"2,3", "3,3", "line 1 says 3"},
		"only a first line": {"1,2,3,0\n4,5,6,1\n", "", "EOF"},
		"short line":        {"5,6,1", "5,6", "line 3"},
		"not a number":      {"5", "x", "line 3"},
		"unknown class":     {"6,1", "6,2", "line 3"},
		"negative class":    {"6,1", "6,-1", "line 3"},
	} {
		_, err := readDataset("table", strings.NewReader(strings.Replace(good, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.message) || !strings.HasPrefix(err.Error(), "table: ") {
			t.Errorf("%s: error %v, want one that says %q", name, err, c.message)
		}
	}
}

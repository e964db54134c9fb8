package main

import (
	"bytes"
	"compress/gzip"
	"math"
	"strings"
	"testing"
)

func TestDigits(t *testing.T) {
	d, err := readDigits(digitsFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.images) != 1797 || len(d.labels) != 1797 {
		t.Fatalf("%d images, %d labels, want 1797", len(d.images), len(d.labels))
	}
	for i, image := range d.images {
		if len(image) != 64 || math.Abs(sum(image)-1) > 1e-12 || d.labels[i] < 0 || d.labels[i] > 9 {
			t.Fatalf("image %d: %d cells, sum %v, label %d", i, len(image), sum(image), d.labels[i])
		}
	}
	// The first line is a 0 whose first cell with ink has 5 of the 294 of the image.
	if d.labels[0] != 0 || d.images[0][2] != 5./294 {
		t.Errorf("first image: label %d, third cell %v", d.labels[0], d.images[0][2])
	}
}

func TestNearestDigits(t *testing.T) {
	d, err := readDigits(digitsFile)
	if err != nil {
		t.Fatal(err)
	}
	searchers := newSearchers(d)
	reference := searchers[0]
	for _, s := range searchers {
		s.time()
		if accuracy := d.accuracy(s.found); accuracy < 0.95 {
			t.Errorf("%s: accuracy %v", s.name, accuracy)
		}
		if _, err := d.explain(differences(reference.found, s.found), reference, s); err != nil {
			t.Error(err)
		}
	}
}

func TestExplainRefusesAWorseNeighbour(t *testing.T) {
	d, err := readDigits(digitsFile)
	if err != nil {
		t.Fatal(err)
	}
	reference := newSearchers(d)[0]
	reference.time()
	worse := &searcher{name: "worse", tolerance: 1e-6, found: append([]neighbour(nil), reference.found...)}
	worse.found[3].index = (worse.found[3].index + 1) % (len(d.images) - queries)
	differ := differences(reference.found, worse.found)
	if len(differ) != 1 || differ[0] != 3 {
		t.Fatalf("differences %v, want the one at 3", differ)
	}
	if _, err := d.explain(differ, reference, worse); err == nil {
		t.Error("no error for a neighbour that is farther away")
	}
}

func TestSearchTakesTheFirstOfEquals(t *testing.T) {
	d := digits[float64]{images: make([][]float64, queries+3)}
	same := func(p, q []float64) float64 { return 1 }
	if found := search(d, same); found[0] != (neighbour{0, 1}) {
		t.Errorf("found %v, want the first", found[0])
	}
}

func TestReadDigitsRefuses(t *testing.T) {
	line := strings.Repeat("1,", 64) + "7\n"
	for name, text := range map[string]string{
		"too few":      line,
		"short line":   strings.Repeat(line, queries) + "1,2\n",
		"not a number": strings.Repeat(line, queries) + strings.Replace(line, "1", "x", 1),
	} {
		var zipped bytes.Buffer
		w := gzip.NewWriter(&zipped)
		w.Write([]byte(text))
		w.Close()
		if _, err := readDigits(zipped.Bytes()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := readDigits([]byte("not gzip")); err == nil {
		t.Error("no error for a file that is not gzip")
	}
}

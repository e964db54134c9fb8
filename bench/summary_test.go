package main

import (
	"math"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/stat"
)

// What the lines compute is compared where the parts are that they come from; the loop over digits is here only.
func TestFindByLoop(t *testing.T) {
	d, err := readDigits(digitsFile)
	if err != nil {
		t.Fatal(err)
	}
	rows := matrixOf[float64](d.images).Slice(0, 100)
	index := relent.NewIndex(rowShapes[2].measure, rows)
	got, want := newNeighbors(rows.Rows), newNeighbors(rows.Rows)
	findByLoop(got, stat.JensenShannon, rows)
	findAlone(index, want, rows)
	for i, n := range want {
		if got[i].Index != n.Index || !(math.Abs(got[i].Distance-n.Distance) <= 1e-12) {
			t.Errorf("query %d: found %v, want %v", i/nearestCount, got[i], n)
		}
	}
}

// README.md has the summary as it is printed, but for the numbers.
func TestReadmeHasTheSummary(t *testing.T) {
	named := block{name: "summary"}
	_, text, _ := strings.Cut(read(t, "../README.md"), named.begin())
	text, _, closed := strings.Cut(text, named.end())
	if !closed {
		t.Fatal("README.md has no block for the summary")
	}
	for _, prepare := range contests {
		c, err := prepare(relent.ISA())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text, "| "+c.what+" | "+c.per+" | ") {
			t.Errorf("README.md lacks %s", c.what)
		}
		for _, r := range []*runner{c.relent, c.gonum} {
			if r.call == nil || r.rows <= 0 {
				t.Errorf("%s: %+v", c.what, r)
			}
		}
	}
}

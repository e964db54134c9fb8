package main

import (
	"math"
	"strings"
	"testing"
)

func TestPage(t *testing.T) {
	for _, c := range []struct {
		markdown bool
		want     string
	}{
		{true, "### Here\n\nRead this.\n\n| name | number |\n|---|--:|\n| a | 1 |\n| long | 12.5 |\n\n"},
		{false, "Here\n\nRead this.\n\n  name  number\n  a          1\n  long    12.5\n\n"},
	} {
		var b strings.Builder
		to := page{&b, c.markdown}
		to.heading("Here")
		to.paragraph("Read %s.", "this")
		to.table(1, []string{"name", "number"}, [][]string{{"a", "1"}, {"long", "12.5"}})
		if b.String() != c.want {
			t.Errorf("markdown %v: got\n%q\nwant\n%q", c.markdown, b.String(), c.want)
		}
	}
}

func TestDigits3(t *testing.T) {
	for x, want := range map[float64]string{0.001234: "0.00123", 1.234: "1.23", 56.78: "56.8", 1234.5: "1234", math.NaN(): "–"} {
		if got := digits3(x); got != want {
			t.Errorf("%v is %s, want %s", x, got, want)
		}
	}
}

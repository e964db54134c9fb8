package main

import (
	"math"
	"strings"
	"testing"

	"github.com/relent-go/relent"
)

func TestAllPairsOfDigits(t *testing.T) {
	d, err := readDigits(digitsFile)
	if err != nil {
		t.Fatal(err)
	}
	defer use(relent.ISA())
	dst := relent.NewMatrix[float64](300, 300)
	ways := newPairings(dst, d.images[:300])
	differ, err := comparePairings(dst, ways)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range ways {
		if exact := w.tolerance == 0; exact != (differ[i] == 0) {
			t.Errorf("%s differs by %v", w.name, differ[i])
		}
	}
	use(relent.ISAs()[0])
	relent.AllPairs(dst, relent.MeasureJensenShannon, matrixOf[float64](d.images[:300]))
	for _, pair := range [][2]int{{0, 0}, {0, 299}, {299, 0}, {17, 170}, {170, 17}} {
		got, want := dst.Row(pair[0])[pair[1]], naiveJensenShannon(d.images[pair[0]], d.images[pair[1]])
		if math.Abs(got-want) > 1e-14 {
			t.Errorf("pair %v: %v, want %v", pair, got, want)
		}
	}
}

func TestComparePairingsRefuses(t *testing.T) {
	d, err := readDigits(digitsFile)
	if err != nil {
		t.Fatal(err)
	}
	defer use(relent.ISA())
	const n = 120
	dst := relent.NewMatrix[float64](n, n)
	for name, damage := range map[string]func(){
		"bits": func() { dst.Row(5)[7] = math.Nextafter(dst.Row(5)[7], 1) },
		"NaN":  func() { dst.Row(99)[0] = math.NaN() },
	} {
		for k := range newPairings(dst, d.images[:n]) {
			ways := newPairings(dst, d.images[:n])
			if k == 0 || name == "bits" && ways[k].tolerance > 0 {
				continue
			}
			good := ways[k].call
			ways[k].call = func(times int) { good(times); damage() }
			if _, err := comparePairings(dst, ways); err == nil || !strings.Contains(err.Error(), ways[k].name) {
				t.Errorf("%s, %s: error %v, want one that names it", name, ways[k].name, err)
			}
		}
	}
}

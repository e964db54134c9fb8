package drift

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/relent-go/relent"
)

var bitsUpdate = flag.Bool("bits.update", false, "write testdata/bits.txt, after a change that is meant to change results")

// Results have the bits of every architecture: a hash of each kind stands in testdata/bits.txt.
func TestBits(t *testing.T) {
	const file = "testdata/bits.txt"
	var got strings.Builder
	for name, values := range bitsOf(t) {
		h := fnv.New64a()
		for _, v := range values {
			if v != v {
				v = math.NaN()
			}
			fmt.Fprintf(h, "%x", binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
		}
		fmt.Fprintf(&got, "%s %d %016x\n", []string{"samples", "reports", "counts"}[name], len(values), h.Sum64())
	}
	if *bitsUpdate {
		must(t, os.WriteFile(file, []byte(got.String()), 0o666))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if got.String() != string(want) {
		t.Errorf("%s has\n%sbut there are\n%s", file, want, got.String())
	}
}

func bitsOf(t *testing.T) (all [3][]float64) {
	for _, n := range []int{1, 7, 60, 400, 10_001} {
		for _, m := range []int{1, 30, 333} {
			g := golden{Fine: n%2 == 0}
			for _, shift := range []float64{0, 8, 64} {
				x, y := g.sample(1, n, 0), g.sample(2, m, shift)
				ks := KolmogorovSmirnov(x, y)
				all[0] = append(all[0], ks.Value, ks.P, Wasserstein(x, y), Energy(x, y))
			}
		}
	}
	for _, n := range []float64{141, 2000, 200_000} {
		for _, d := range []float64{0.001, 0.01, 0.03, 0.1, 0.6} {
			all[0] = append(all[0], kolmogorovTail(n, d))
		}
	}
	ref := mixed(t)
	for _, rows := range []int{0, 1, 40, 3000} {
		live := ref.NewProfile()
		must(t, AddRows(live, relent.NewMatrix(rows, 5, append([]float64{}, numbers[float64](7, 5*rows)...)...), relent.Run{}))
		report, err := Compare(ref, live, Options{})
		must(t, err)
		for j, c := range report.Columns {
			v := reflect.ValueOf(c)
			for i := range v.NumField() {
				switch f := v.Field(i).Interface().(type) {
				case float64:
					all[1] = append(all[1], f)
				case Statistic:
					all[1] = append(all[1], f.Value, f.P)
				}
			}
			for _, n := range live.Counts(j) {
				all[2] = append(all[2], float64(n))
			}
		}
	}
	return all
}

package table

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent"
)

var bitsUpdate = flag.Bool("bits.update", false, "write testdata/bits.txt, after a change that is meant to change results")

// random is counts that look like some.
func random(rows, cols, most int) relent.Matrix[int64] {
	m, state := relent.NewMatrix[int64](rows, cols), uint64(rows*cols+most)
	for i := range m.Data {
		state = state*6364136223846793005 + 1442695040888963407
		m.Data[i] = int64(state>>33) % int64(most+1)
	}
	return m
}

// The results have the bits of every architecture.
func TestSameBits(t *testing.T) {
	const file = "testdata/bits.txt"
	hash := fnv.New64a()
	add := func(values ...float64) {
		for _, x := range values {
			_ = binary.Write(hash, binary.LittleEndian, math.Float64bits(x))
		}
	}
	for _, counts := range []relent.Matrix[int64]{random(2, 2, 9), random(5, 7, 30), random(40, 30, 100), random(3, 700, 4), random(3, 4, 1<<30)} {
		i, g, x := InformationOf(counts), GTest(counts), ChiSquareTest(counts)
		add(i.Mutual, i.Rows, i.Columns, i.ColumnsGivenRows, i.RowsGivenColumns, g.Statistic, g.PValue, x.Statistic, x.PValue)
		for a := range Max + 1 {
			add(i.Normalized(a))
		}
		if counts.Cols < 10 && counts.Data[0] < 100 {
			add(Adjusted(counts, Max))
		}
		row := counts.Row(1)
		add(EntropyMillerMadow(row), EntropyChaoShen(row), EntropyJamesStein(row), EntropyGrassberger(row))
		add(InformationGain(nil, columnSums(counts), counts)...)
	}
	got := fmt.Sprintf("%016x\n", hash.Sum64())
	if *bitsUpdate {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || string(want) != got {
		t.Errorf("%s, %s has %s (%v)", got, file, want, err)
	}
}

func columnSums(counts relent.Matrix[int64]) []int64 {
	sums := make([]int64, counts.Cols)
	for i := range counts.Rows {
		for j, n := range counts.Row(i) {
			sums[j] += n
		}
	}
	return sums
}

// A gain is the mutual information of the table of both branches, to the bound; for any type of counts, and however many classes.
func TestInformationGain(t *testing.T) {
	for _, size := range [][2]int{{5, 3}, {5, 1000}, {5, 1 << 30}, {1, 9}, {2, 9}, {4, 9}, {16, 9}, {33, 9}, {600, 9}, {block, 9}, {block + 1, 9}} {
		classes, most := size[0], size[1]
		left := random(50, classes, most)
		total := columnSums(left)
		gains := InformationGain(nil, total, left)
		for k, gain := range gains {
			both := relent.NewMatrix[int64](2, classes)
			copy(both.Row(0), left.Row(k))
			for j, n := range left.Row(k) {
				both.Row(1)[j] = total[j] - n
			}
			if want := MutualInformation(both); math.Abs(gain-want) > bound*want {
				t.Errorf("%d classes, up to %d: gain %v, mutual information %v", classes, most, gain, want)
			}
		}
	}
	left, floats := random(50, 5, 9), relent.NewMatrix[float64](50, 5)
	total := columnSums(left)
	totals := make([]float64, 5)
	for i, n := range left.Data {
		floats.Data[i] = float64(n)
		totals[i%5] += float64(n)
	}
	want, got := InformationGain(nil, total, left), InformationGain(make([]float64, 50), totals, floats)
	for k := range want {
		if got[k] != want[k] {
			t.Errorf("candidate %d: %v of floats, %v of integers", k, got[k], want[k])
		}
	}
	mixed := relent.NewMatrix(4, 2, 1.5, 1, math.Copysign(0, -1), 1, 0, 1, 3.5, 1) // fractions and -0 go another way
	gains := InformationGain(nil, []float64{5, 4}, mixed)
	if math.Abs(gains[1]-gains[2]) > bound*gains[2] || !(gains[0] >= 0 && gains[3] > 0) {
		t.Errorf("gains %v", gains)
	}
}

// What the rows are does not matter: transposed, and with empty ones, a table has the same information.
func TestTransposed(t *testing.T) {
	for _, size := range [][2]int{{2, 3}, {5, 16}, {7, 5}, {30, 40}, {900, 2}, {150, 70}, {3, 5000}} {
		counts := random(size[0], size[1], 20)
		other := relent.NewMatrix[int64](size[1]+1, size[0])
		for i := range counts.Rows {
			for j, n := range counts.Row(i) {
				other.Row(j)[i] = n
			}
		}
		a, b := InformationOf(counts), InformationOf(other)
		for name, x := range map[string][2]float64{
			"mutual": {a.Mutual, b.Mutual}, "rows": {a.Rows, b.Columns}, "given": {a.ColumnsGivenRows, b.RowsGivenColumns},
			"joint": {a.Joint(), b.Joint()}, "variation": {a.Variation(), b.Variation()},
		} {
			if math.Abs(x[0]-x[1]) > bound*x[0] {
				t.Errorf("%v: %s is %v and, transposed, %v", size, name, x[0], x[1])
			}
		}
		if g, h := GTest(counts), GTest(other); g.DegreesOfFreedom != h.DegreesOfFreedom {
			t.Errorf("%v: %d degrees of freedom and, with an empty row, %d", size, g.DegreesOfFreedom, h.DegreesOfFreedom)
		}
	}
}

// Products of sums are 0 information, exactly, however large.
func TestIndependent(t *testing.T) {
	for _, scale := range []float64{1, 1000, 1 << 40, 0.1, 1.0 / 3} {
		counts := relent.NewMatrix[float64](4, 6)
		for i := range counts.Rows {
			for j := range counts.Cols {
				counts.Row(i)[j] = float64((i+1)*(j*j+1)) * scale
			}
		}
		if mi := MutualInformation(counts); mi != 0 && (scale >= 1 || !(mi < 1e-30)) {
			t.Errorf("scale %v: mutual information %v", scale, mi)
		}
		if p := ChiSquareTest(counts).PValue; p != 1 && (scale >= 1 || !(p > 1-1e-12)) {
			t.Errorf("scale %v: p-value %v", scale, p)
		}
	}
}

func TestInvalid(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, bad := range [][]float64{{1, 2, -1, 4}, {1, nan, 1, 1}, {inf, 1, 1, 1}, {0, 0, 0, 0}, {-1, 1, 0, 0}, {-1, 1, 5, 5}, {1 << 30, 5, -7, 9}, {}} {
		counts := relent.NewMatrix(len(bad)/2, 2, bad...)
		if len(bad) == 0 {
			counts = relent.Matrix[float64]{}
		}
		for name, x := range values(counts) {
			if x == x {
				t.Errorf("%v: %s is %v", bad, name, x)
			}
		}
		for _, x := range []float64{Adjusted(counts, Max), EntropyMillerMadow(bad), EntropyChaoShen(bad), EntropyJamesStein(bad), EntropyGrassberger(bad)} {
			if x == x {
				t.Errorf("%v: %v", bad, x)
			}
		}
	}
	for _, gain := range InformationGain(nil, []float64{5, 5}, relent.NewMatrix(3, 2, 6, 1.0, nan, 1, -1, 3)) {
		if gain == gain {
			t.Errorf("gain %v", gain)
		}
	}
	if x := Adjusted(relent.NewMatrix(2, 2, 1.5, 2, 3, 4), Max); x == x {
		t.Errorf("adjusted of fractions: %v", x)
	}
}

func TestEnds(t *testing.T) {
	one := InformationOf(relent.NewMatrix(1, 1, 7))
	if one.Normalized(Geometric) != 1 || Adjusted(relent.NewMatrix(1, 1, 7), Min) != 1 {
		t.Error("one cell is not the same partition")
	}
	if n := InformationOf(relent.NewMatrix(1, 3, 7, 2, 1)).Normalized(Min); n != 0 {
		t.Errorf("one row: %v", n)
	}
	if x := GTest(relent.NewMatrix(1, 3, 7, 2, 1)); x.PValue != 1 || x.DegreesOfFreedom != 0 || x.Statistic != 0 {
		t.Errorf("one row: %+v", x)
	}
	if e := EntropyJamesStein([]int{0, 1, 0}); math.Abs(e-math.Log(3)) > 1e-15 {
		t.Errorf("one observation: %v", e)
	}
}

func TestSizes(t *testing.T) {
	for want, f := range map[string]func(){
		"table: InformationGain: total has 3 classes, left has 2 columns": func() { InformationGain(nil, make([]int64, 3), relent.NewMatrix[int64](4, 2)) },
		"table: InformationGain: dst has 3 elements, the result has 4 elements": func() {
			InformationGain(make([]float64, 3), make([]int64, 2), relent.NewMatrix[int64](4, 2))
		},
		"table: GTest: counts is 2×2 with stride 2, which takes 4 elements; it has 3": func() {
			GTest(relent.Matrix[int64]{Rows: 2, Cols: 2, Stride: 2, Data: make([]int64, 3)})
		},
		"table: Average: 9 is none of Arithmetic, Geometric, Min and Max": func() { Information{}.Normalized(9) },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, want) {
					t.Errorf("panics with %q, want %q", got, want)
				}
			}()
			f()
		}()
	}
}

func TestAllocations(t *testing.T) {
	counts, total, dst := random(40, 30, 20), make([]int64, 30), make([]float64, 40)
	copy(total, columnSums(counts))
	for name, f := range map[string]func(){
		"MutualInformation": func() { MutualInformation(counts) },
		"InformationOf":     func() { InformationOf(counts) },
		"GTest":             func() { GTest(counts) },
		"ChiSquareTest":     func() { ChiSquareTest(counts) },
		"InformationGain":   func() { InformationGain(dst, total, counts) },
		"ChaoShen":          func() { EntropyChaoShen(total) },
	} {
		if n := testing.AllocsPerRun(20, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// Counts that no int64 holds, and totals that no float64 does.
func TestHugeCounts(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"Grassberger", EntropyGrassberger([]float64{1e30, 1e30}), math.Ln2},
		{"Grassberger of uint64", EntropyGrassberger([]uint64{math.MaxUint64, math.MaxUint64}), math.Ln2},
		{"Chao and Shen, a total beyond all numbers", EntropyChaoShen([]float64{1e308, 1e308}), math.NaN()},
		{"James and Stein", EntropyJamesStein([]float64{1e308, 1e308}), math.NaN()},
		{"Chao and Shen, a total below 1", EntropyChaoShen([]float64{0.5}), 0},
		{"adjusted, a total of 2⁵³", Adjusted(relent.NewMatrix(2, 2, []float64{1 << 53, 0, 0, 1}...), Max), math.NaN()},
		{"conditional entropy", InformationOf(relent.NewMatrix(3, 3, slices.Repeat([]float64{1.9e307}, 9)...)).ColumnsGivenRows, math.Log(3)},
		{"conditional entropy", InformationOf(relent.NewMatrix(3, 3, slices.Repeat([]float64{5e-324}, 9)...)).ColumnsGivenRows, math.Log(3)},
		{"G", GTest(relent.NewMatrix(2, 2, []float64{4e307, 4e307, 4e307, 4e307}...)).Statistic, 0},
	} {
		if !(math.Abs(c.got-c.want) <= 1e-12) && !(c.got != c.got && c.want != c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if got := Adjusted(relent.NewMatrix(2, 2, []int64{4_400_000_000, 3, 5, 4_400_000_000}...), Max); !(got > 0.99 && got <= 1) {
		t.Errorf("adjusted, of 4.4·10⁹: %v", got)
	}
}

// One negative count gives NaN, wherever it is and of whatever type.
func TestNegative(t *testing.T) {
	for _, size := range [][2]int{{2, 2}, {5, 7}, {40, 60}} {
		negative(t, size, int8(-1))
		negative(t, size, int16(-1))
		negative(t, size, int32(-1))
		negative(t, size, int64(-1))
		negative(t, size, math.MinInt)
		negative(t, size, float32(-1))
		negative(t, size, -1.0)
		negative(t, size, math.Inf(-1))
		negative(t, size, -0.5)
	}
}

func negative[C relent.Number](t *testing.T, size [2]int, bad C) {
	counts, columns := relent.NewMatrix[C](size[0], size[1]), make([]C, size[1])
	for j := range columns {
		columns[j] = 9
	}
	for at := 0; at < len(counts.Data); at += 1 + len(counts.Data)/7 {
		for i := range counts.Data {
			counts.Data[i] = C(1 + i%5)
		}
		if mi := MutualInformation(counts); !(mi >= 0 && mi < 1) {
			t.Errorf("%T: %v", bad, mi)
		}
		counts.Data[at] = bad
		for k, gain := range InformationGain(nil, columns, counts) {
			if (k == at/counts.Cols) != (gain != gain) {
				t.Errorf("%T, %v in cell %d of %v: gain %d is %v", bad, bad, at, size, k, gain)
			}
		}
		for name, x := range values(counts) {
			if x == x {
				t.Errorf("%T, %v in cell %d of %v: %s is %v", bad, bad, at, size, name, x)
			}
		}
	}
}

// Rows may be parts of longer ones; what lies between them is not looked at.
func TestStrides(t *testing.T) {
	for _, size := range [][2]int{{2, 2}, {3, 5}, {40, 30}, {70, 33}, {3, 3000}} {
		dense := random(size[0], size[1], 20)
		wide := relent.Matrix[int64]{Rows: size[0], Cols: size[1], Stride: size[1] + 3, Data: make([]int64, size[0]*(size[1]+3))}
		for i := range wide.Data {
			wide.Data[i] = -1
		}
		for i := range dense.Rows {
			copy(wide.Row(i), dense.Row(i))
		}
		if a, b := InformationOf(dense), InformationOf(wide); a != b {
			t.Errorf("%v: %v, apart %v", size, a, b)
		}
	}
}

// A candidate that is none changes no other one's gain.
func TestGainsApart(t *testing.T) {
	for _, classes := range []int{2, 5, 30} {
		left := relent.NewMatrix[float64](90, classes)
		total := make([]float64, classes)
		for i := range left.Data {
			left.Data[i] = float64(i * i % 7)
			total[i%classes] = 10
		}
		want := InformationGain(nil, total, left)
		for i, bad := range []float64{math.NaN(), math.Inf(1), -1, 11} {
			left.Row(20 * i)[i%classes] = bad
		}
		for k, gain := range InformationGain(nil, total, left) {
			if bad := k%20 == 0 && k < 80; bad != (gain != gain) || !bad && math.Abs(gain-want[k]) > bound*want[k] {
				t.Errorf("%d classes, candidate %d: %v, want %v", classes, k, gain, want[k])
			}
		}
	}
}

package table

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"testing"

	"github.com/relent-go/relent"
)

var (
	//go:embed testdata/golden.jsonl
	golden []byte
	//go:embed testdata/contingency.jsonl
	contingency []byte
)

// each decodes the lines of a file.
func each[T any](t *testing.T, file []byte, f func(T)) {
	for d := json.NewDecoder(bytes.NewReader(file)); ; {
		var line T
		if err := d.Decode(&line); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		f(line)
	}
}

func parse(t *testing.T, text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// A checker compares with what is expected, and keeps the worst error of each quantity.
type checker struct {
	*testing.T
	worst map[string]float64
}

func (c checker) is(what, name string, got, want, scale, bound float64) {
	e := 0.0
	if got != want {
		e = math.Abs(got-want) / scale
	}
	c.worst[name] = max(c.worst[name], e)
	if !(e <= bound) {
		c.Errorf("%s: %s is %v, want %v, error 2**%.1f", what, name, got, want, math.Log2(e))
	}
}

// values are all that is computed of a table.
func values[C relent.Number](counts relent.Matrix[C]) map[string]float64 {
	i, g, x := InformationOf(counts), GTest(counts), ChiSquareTest(counts)
	v := map[string]float64{
		"mutual": MutualInformation(counts), "rows": i.Rows, "columns": i.Columns, "columnsGivenRows": i.ColumnsGivenRows,
		"rowsGivenColumns": i.RowsGivenColumns, "g": g.Statistic, "gP": g.PValue, "chiSquare": x.Statistic, "chiSquareP": x.PValue,
	}
	for name, average := range map[string]Average{"min": Min, "geometric": Geometric, "arithmetic": Arithmetic, "max": Max} {
		v[name] = i.Normalized(average)
	}
	return v
}

const bound = 0x1p-47

// boundOf is what an error of a quantity is relative to, and bounded by.
func boundOf(name string, want float64) (scale, most float64) {
	switch name {
	case "gP", "chiSquareP": // of a statistic with the bound, the logarithm of the p-value has a few of it
		return want * max(1, -math.Log(want)), 0x1p-44
	}
	return math.Abs(want), bound
}

func TestGolden(t *testing.T) {
	c := checker{t, map[string]float64{}}
	each(t, golden, func(line struct {
		Counts [][]int64
		Sample []int
		Want   map[string]string
	}) {
		if line.Sample != nil {
			return
		}
		counts := relent.NewMatrix[int64](len(line.Counts), len(line.Counts[0]))
		floats := relent.NewMatrix[float64](counts.Rows, counts.Cols)
		for i, row := range line.Counts {
			for j, n := range row {
				counts.Row(i)[j], floats.Row(i)[j] = n, float64(n)
			}
		}
		what := strconv.Itoa(counts.Rows) + "×" + strconv.Itoa(counts.Cols)
		got, ofFloats := values(counts), values(floats)
		for name, text := range line.Want {
			value, ok := got[name]
			want := parse(t, text)
			if !ok {
				continue
			}
			if value != ofFloats[name] && value == value {
				t.Errorf("%s: %s is %v of integers and %v of floats", what, name, value, ofFloats[name])
			}
			scale, most := boundOf(name, want)
			c.is(what, name, value, want, scale, most)
		}
		for name, average := range map[string]Average{"min": Min, "geometric": Geometric, "arithmetic": Arithmetic, "max": Max} {
			if text, ok := line.Want["adjusted "+name]; ok {
				c.is(what, "adjusted", Adjusted(counts, average), parse(t, text), 1, 0x1p-44)
			}
		}
	})
	t.Log(c.worst)
}

func TestGoldenSamples(t *testing.T) {
	c := checker{t, map[string]float64{}}
	each(t, golden, func(line struct {
		Sample []int
		Want   map[string]string
	}) {
		if line.Sample == nil {
			return
		}
		for name, f := range map[string]func([]int) float64{
			"millerMadow": EntropyMillerMadow[int], "chaoShen": EntropyChaoShen[int],
			"jamesStein": EntropyJamesStein[int], "grassberger": EntropyGrassberger[int],
		} {
			want := parse(t, line.Want[name])
			c.is(name, name, f(line.Sample), want, max(1, math.Abs(want)), 0x1p-46)
		}
	})
	t.Log(c.worst)
}

// The tables of the golden file that all of the library shares.
func TestContingency(t *testing.T) {
	c := checker{t, map[string]float64{}}
	each(t, contingency, func(line struct {
		Rows, Cols int
		Counts     []string
		Want       struct {
			MutualInformation, G, GP, ChiSquare, ChiSquareP, RowEntropy, ColEntropy string
			DF                                                                      int
		}
	}) {
		counts := relent.NewMatrix[float32](line.Rows, line.Cols)
		for i, text := range line.Counts {
			counts.Data[i] = float32(parse(t, text))
		}
		got := values(counts)
		for name, text := range map[string]string{
			"mutual": line.Want.MutualInformation, "g": line.Want.G, "gP": line.Want.GP, "chiSquare": line.Want.ChiSquare,
			"chiSquareP": line.Want.ChiSquareP, "rows": line.Want.RowEntropy, "columns": line.Want.ColEntropy,
		} {
			want := parse(t, text)
			scale, most := boundOf(name, want)
			c.is("", name, got[name], want, scale, most)
		}
		if df := GTest(counts).DegreesOfFreedom; df != line.Want.DF {
			t.Errorf("%d degrees of freedom, want %d", df, line.Want.DF)
		}
	})
	t.Log(c.worst)
}

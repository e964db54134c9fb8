package drift

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/relent-go/relent"
)

// numbers are multiples of 1/8 with some NaN, infinities and zeros of either sign among them; the same on every architecture.
func numbers[F relent.Float](seed uint32, n int) []F {
	special := []F{F(math.NaN()), F(math.Inf(1)), F(math.Inf(-1)), 0, F(math.Copysign(0, -1)), 0x1p-140, -0x1p-140}
	x := make([]F, n)
	for i := range x {
		seed = seed*1664525 + 1013904223
		x[i] = F(int(seed>>16%256)-128) / 8
		if seed>>27 == 3 {
			x[i] = special[seed>>16%uint32(len(special))]
		}
	}
	return x
}

// eachISA puts every instruction set in force, one after the other.
func eachISA(t testing.TB, f func(isa string)) {
	before := relent.ISA()
	defer func() { _ = relent.SetISA(before) }()
	for _, isa := range relent.ISAs() {
		if err := relent.SetISA(isa); err != nil {
			t.Fatal(err)
		}
		f(isa)
	}
}

// manyBins are bins of every kind; those of index 0 modulo 5 are of many limits.
func manyBins(t *testing.T, j int) Bins {
	t.Helper()
	var b Bins
	var err error
	switch j % 5 {
	case 0:
		edges := make([]float64, 120)
		for i := range edges {
			edges[i] = float64(i)/8 - 7.3
		}
		b, err = Edges(edges...)
	case 1:
		b, err = Quantiles(numbers[float64](uint32(j), 500), 30)
	case 2:
		b, err = Uniform(-3, 5, 1+j)
	case 3:
		b, err = IntegerCategories(-1, 0, 5, 7, 5)
	case 4:
		b, err = Edges(-0.1, math.Nextafter(0.1, 1), 1e300)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// bin is what Bins.Find must be, by its definition.
func bin(b Bins, x float64) int {
	switch last := len(b.edges) - 1; {
	case x != x:
		return b.Len() - 1
	case b.kind == integer:
		for i, n := range b.integers {
			if float64(n) == x {
				return i
			}
		}
		return len(b.integers)
	case b.kind == closed && x == b.edges[last]:
		return last
	default:
		n := 0
		for _, e := range b.edges {
			if e <= x {
				n++
			}
		}
		return n
	}
}

func TestCounts(t *testing.T) {
	eachISA(t, func(isa string) {
		for _, cols := range []int{1, 3, 5, 16, 37} {
			for _, rows := range []int{0, 1, 127, 128, 700} {
				for _, padding := range []int{0, 3} {
					name := fmt.Sprintf("%s, %d×%d+%d", isa, rows, cols, padding)
					columns := make([]Column, cols)
					for j := range columns {
						columns[j] = Column{fmt.Sprint(j), manyBins(t, j)}
					}
					countsOfType[float64](t, name, columns, rows, padding)
					countsOfType[float32](t, name, columns, rows, padding)
				}
			}
		}
	})
}

// Columns of many limits and values are sifted: by themselves, beside others, and where all values are in one part.
func TestSieve(t *testing.T) {
	eachISA(t, func(isa string) {
		for _, limits := range []int{directly + 1, 5 * partLimits, 255, MaxBins + 1} {
			for _, last := range []float64{15.875, 40} { // of numbers up to 15.875
				edges := make([]float64, limits)
				for i := range edges {
					edges[i] = last + float64(i-limits+1)/8
				}
				b, err := Edges(edges...)
				if err != nil {
					t.Fatal(err)
				}
				columns := []Column{{"many", b}, {"few", manyBins(t, 1)}, {"integers", manyBins(t, 3)}}
				for _, rows := range []int{leastSifted, leastSifted + 9, 3*leastSifted + 77} {
					name := fmt.Sprintf("%s, %d limits up to %v, %d rows", isa, limits, last, rows)
					countsOfType[float64](t, name, columns[:1], rows, 0)
					countsOfType[float32](t, name, columns[:1], rows, 0)
					countsOfType[float64](t, name, columns, rows, 1)
					countsOfType[float32](t, name, columns, rows, 1)
				}
			}
		}
	})
}

func countsOfType[F relent.Float](t *testing.T, name string, columns []Column, rows, padding int) {
	t.Helper()
	cols := len(columns)
	ref, err := ReferenceOf(columns...)
	if err != nil {
		t.Fatal(err)
	}
	x := relent.Matrix[F]{Rows: rows, Cols: cols, Stride: cols + padding, Data: numbers[F](9, rows*(cols+padding))}
	byRows, byColumns, merged := ref.NewProfile(), ref.NewProfile(), ref.NewProfile()
	if err := AddRows(byRows, x, relent.Run{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	if rows > 100 {
		for _, cut := range [][2]int{{100, rows}, {0, 100}} {
			part := ref.NewProfile()
			if err := AddRows(part, x.Slice(cut[0], cut[1]), relent.Run{}); err != nil {
				t.Fatal(err)
			}
			if err := merged.Merge(part); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(merged.counts, byRows.counts) {
			t.Errorf("%s: parts have other counts than the whole", name)
		}
	}
	for j := range cols {
		column, want := make([]F, rows), make([]uint64, columns[j].Bins.Len())
		for i := range column {
			column[i] = x.Row(i)[j]
			b := bin(columns[j].Bins, float64(column[i]))
			want[b]++
			if got := columns[j].Bins.Find(float64(column[i])); got != b {
				t.Fatalf("%v is in bin %d of column %d, not %d", column[i], got, j, b)
			}
		}
		if err := AddColumn(byColumns, j, column, relent.Run{}); err != nil {
			t.Fatal(err)
		}
		if got := byRows.Counts(j); !slices.Equal(got, want) {
			t.Errorf("%s, %T: column %d has counts %v, not %v", name, F(0), j, got, want)
		}
		if got := byColumns.Counts(j); !slices.Equal(got, want) {
			t.Errorf("%s, %T: column %d alone has counts %v, not %v", name, F(0), j, got, want)
		}
		if got := byRows.Total(j); got != uint64(rows) {
			t.Errorf("%s: %d values, not %d", name, got, rows)
		}
	}
}

func BenchmarkAddColumn(b *testing.B) {
	x := make([]float64, 1<<20)
	seed := uint32(1)
	for i := range x {
		seed = seed*1664525 + 1013904223
		x[i] = float64(seed)
	}
	for _, bins := range []int{10, 30, 64, 128, 256} {
		q, err := Quantiles(x, bins)
		if err != nil {
			b.Fatal(err)
		}
		ref, err := ReferenceOf(Column{"x", q})
		if err != nil {
			b.Fatal(err)
		}
		p := ref.NewProfile()
		eachISA(b, func(isa string) {
			b.Run(fmt.Sprintf("f64/%s/bins=%d", isa, bins), func(b *testing.B) {
				for b.Loop() {
					if err := AddColumn(p, 0, x, relent.Run{}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(x)), "ns/value")
			})
		})
	}
}

func BenchmarkAddStrings(b *testing.B) {
	var words []string
	for i := range 200 {
		words = append(words, fmt.Sprintf("category %d", i*7919))
	}
	bins, err := Categories(words[:100]...)
	if err != nil {
		b.Fatal(err)
	}
	ref, err := ReferenceOf(Column{"words", bins})
	if err != nil {
		b.Fatal(err)
	}
	p := ref.NewProfile()
	x := make([]string, 1<<16)
	seed := uint32(1)
	for i := range x {
		seed = seed*1664525 + 1013904223
		x[i] = words[seed>>16%200]
	}
	for b.Loop() {
		p.AddStrings(0, x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(x)), "ns/value")
}

func BenchmarkAddRows(b *testing.B) {
	const rows, cols = 40_000, 1000
	x := relent.NewMatrix[float64](rows, cols)
	seed := uint32(1)
	for i := range x.Data {
		seed = seed*1664525 + 1013904223
		x.Data[i] = float64(seed)
	}
	ref, err := NewReference(x.Slice(0, 1000), 30, nil, relent.Run{})
	if err != nil {
		b.Fatal(err)
	}
	p := ref.NewProfile()
	for _, isa := range relent.ISAs()[:1] {
		b.Run("f64/"+isa+"/cols=1000/bins=30", func(b *testing.B) {
			for b.Loop() {
				if err := AddRows(p, x, relent.Run{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows*cols), "ns/value")
		})
	}
}

package order

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/relent-go/relent"
)

var bitsUpdate = flag.Bool("bits.update", false, "write testdata/bits.txt, after a change that is meant to change results")

func everyMeasure() []Measure {
	return []Measure{
		Renyi(0), Renyi(0.25), Renyi(1), Renyi(2), Renyi(1e6), Renyi(math.Inf(1)), Tsallis(0), Tsallis(0.5), Tsallis(1), Tsallis(3),
		Alpha(-2), Alpha(0), Alpha(0.5), Alpha(1), Alpha(2), CressieRead(-1), CressieRead(2. / 3), Triangular,
		WeightedJensenShannon(0), WeightedJensenShannon(0.25), SkewKullbackLeibler(0.3), SkewKullbackLeibler(1), SkewJensenShannon(0.7),
	}
}

// valuesOf are results of everything, of vectors made of integers.
func valuesOf[F relent.Float](record func(float64)) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 3, 16, 100, 1030} {
		for _, kind := range []int{0, 1, 2} {
			p, q, counts, other := make([]F, n), make([]F, n), make([]int32, n), make([]int32, n)
			for i := range p {
				p[i] = F(1+r.Uint64N(1<<20)) / (1 << 20)
				q[i] = F(1+r.Uint64N(1<<20)) / (1 << 20)
				switch {
				case kind == 1:
					q[i] = p[i] * (1 + F(r.Uint64N(9))/(1<<20))
				case kind == 2 && r.Uint64N(3) == 0:
					p[i] = 0
				case kind == 2 && r.Uint64N(9) == 0:
					q[i] = F(math.Ldexp(1, -140))
				}
				counts[i], other[i] = int32(r.Uint64N(50)), int32(1+r.Uint64N(50))
			}
			for _, m := range everyMeasure() {
				record(Between(m, p, q))
				v, _ := BetweenCounts(m, counts, other, relent.Skip)
				record(v)
				v, _ = BetweenCounts(m, counts, other, relent.Additive(0.5))
				record(v)
			}
			for _, a := range []float64{0, 0.5, 1, 2, 1e4, math.Inf(1)} {
				record(RenyiEntropy(a, p))
				record(Hill(a, q))
				record(HillOfCounts(a, other))
			}
			record(TsallisEntropy(2, p))
			rows := relent.Matrix[F]{Rows: 2, Cols: n / 2, Stride: n / 2, Data: p}
			record(JensenShannonOf([]float64{1, 2}, rows))
		}
	}
}

// Results have the same bits on every CPU.
func TestSameBits(t *testing.T) {
	const file = "testdata/bits.txt"
	hash := fnv.New64a()
	record := func(x float64) {
		if x != x {
			x = math.NaN()
		}
		hash.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(x)))
	}
	valuesOf[float64](record)
	valuesOf[float32](record)
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

func TestZeros(t *testing.T) {
	inf := math.Inf(1)
	p, q := []float64{0.5, 0.5, 0}, []float64{0.5, 0, 0.5} // q is 0 beside a p, and p beside a q
	for m, want := range map[Measure]float64{
		Renyi(0): math.Ln2, Renyi(0.5): 2 * math.Ln2, Renyi(1): inf, Renyi(2): inf, Renyi(inf): inf,
		Tsallis(0): 0.5, Tsallis(0.5): 1, Tsallis(1): inf, Tsallis(2): inf,
		Alpha(-1): inf, Alpha(0): inf, Alpha(0.5): 2, Alpha(1): inf, Alpha(2): inf, CressieRead(1): inf, CressieRead(-2): inf,
		Renyi(1e-30): math.Ln2, Tsallis(1e-30): 0.5, Renyi(0x1p-1000): math.Ln2, Alpha(-1e-30): inf,
		Triangular: 1, WeightedJensenShannon(0.5): math.Ln2 / 2, SkewKullbackLeibler(0): 0, SkewKullbackLeibler(1): inf,
		WeightedJensenShannon(0): 0, WeightedJensenShannon(1): 0,
	} {
		if got := Between(m, p, q); !(got == want || math.Abs(got-want) < 1e-15) {
			t.Errorf("%v: %v, want %v", m, got, want)
		}
	}
	if got := Between(Alpha(1e-30), p, q); math.Abs(got-5e29) > 1e15 {
		t.Errorf("Alpha(1e-30): %v", got)
	}
	for _, m := range everyMeasure() {
		if got := Between(m, p, p); got != 0 || math.Signbit(got) {
			t.Errorf("%v of the same: %v", m, got)
		}
		if got := Between(m, []float64{}, []float64{}); got != 0 {
			t.Errorf("%v of nothing: %v", m, got)
		}
		for _, x := range []float64{-1, math.NaN(), inf, -inf} {
			for _, beside := range []float64{0, 0.5} {
				for _, n := range []int{1, 40} {
					p, q := make([]float64, n), make([]float64, n)
					p[n/2], q[n/2] = x, beside
					left, right := Between(m, p, q), Between(m, q, p)
					if left == left || right == right {
						t.Errorf("%v of %v beside %v: %v and %v", m, x, beside, left, right)
					}
				}
			}
		}
	}
	for _, a := range []float64{0, 0.5, 1, 2, inf} {
		for _, x := range []float64{-1, math.NaN(), inf} {
			if got := RenyiEntropy(a, []float64{0.5, x}); got == got {
				t.Errorf("RenyiEntropy(%v) of %v: %v", a, x, got)
			}
		}
		if got := RenyiEntropy(a, []float64{0, 1, 0}); got != 0 {
			t.Errorf("RenyiEntropy(%v) of one: %v", a, got)
		}
		if got := HillOfCounts(a, []uint8{7, 7, 0, 7}); math.Abs(got-3) > 2e-15 {
			t.Errorf("HillOfCounts(%v) of three: %v", a, got)
		}
	}
}

// What is the same as a measure of package relent agrees with it.
func TestBesideOthers(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	p, q := vectors(r, 50, 0)
	for _, c := range []struct {
		m    Measure
		want float64
	}{
		{Alpha(1), relent.GeneralizedKullbackLeibler(p, q)},
		{Alpha(0), relent.GeneralizedKullbackLeibler(q, p)},
		{Renyi(1), relent.KullbackLeibler(p, q)},
		{CressieRead(1), relent.Between(relent.MeasureChiSquare, p, q)},
		{WeightedJensenShannon(0.5), relent.JensenShannon(p, q)},
		{SkewJensenShannon(0.5), relent.JensenShannon(p, q)},
		{SkewJensenShannon(1), relent.Jeffreys(p, q) / 2},
	} {
		if got := Between(c.m, p, q); math.Abs(got-c.want) > 1e-14*c.want {
			t.Errorf("%v: %v, want %v", c.m, got, c.want)
		}
	}
}

// Rows are those of Between, for any number of workers, and nothing is allocated for them.
func TestRows(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	p, q := relent.NewMatrix[float32](13, 300), relent.NewMatrix[float32](13, 300)
	for i := range p.Data {
		p.Data[i], q.Data[i] = float32(r.Uint64N(100)), float32(1+r.Uint64N(100))
	}
	for _, m := range everyMeasure() {
		list := RowByRow(nil, m, p, q)
		table, err := RunManyToMany(relent.Run{Workers: 3}, relent.Matrix[float64]{}, m, p, q)
		if err != nil {
			t.Fatal(err)
		}
		own := AllPairs(relent.Matrix[float64]{}, m, p)
		for i := range p.Rows {
			for j := range q.Rows {
				if want := Between(m, p.Row(i), q.Row(j)); math.Float64bits(table.Row(i)[j]) != math.Float64bits(want) {
					t.Errorf("%v of %d and %d: %v, want %v", m, i, j, table.Row(i)[j], want)
				}
			}
			if math.Float64bits(list[i]) != math.Float64bits(table.Row(i)[i]) || m.kind >= alpha && own.Row(i)[i] != 0 {
				t.Errorf("%v of row %d: %v, of itself %v", m, i, list[i], own.Row(i)[i])
			}
		}
	}
}

func TestAllocations(t *testing.T) {
	p, q, dst := relent.NewMatrix[float64](5, 100), relent.NewMatrix[float64](5, 100), make([]float64, 5)
	for i := range p.Data {
		p.Data[i], q.Data[i] = float64(1+i%7), float64(1+i%5)
	}
	for _, m := range everyMeasure() {
		if n := testing.AllocsPerRun(5, func() { RowByRow(dst, m, p, q) }); n > 0 {
			t.Errorf("%v allocates %v times", m, n)
		}
	}
	if n := testing.AllocsPerRun(5, func() { RenyiEntropy(2, dst); JensenShannonOf(nil, p) }); n > 0 {
		t.Errorf("entropies allocate %v times", n)
	}
}

func TestRefuses(t *testing.T) {
	p := []float64{0.5, 0.5}
	for want, f := range map[string]func(){
		"order: Renyi: -1 is not from 0 to +Inf":                                            func() { Renyi(-1) },
		"order: Tsallis: +Inf is not from 0 to 1.7976931348623157e+308":                     func() { Tsallis(math.Inf(1)) },
		"order: Alpha: NaN is not from -1.7976931348623157e+308 to 1.7976931348623157e+308": func() { Alpha(math.NaN()) },
		"order: WeightedJensenShannon: 1.5 is not from 0 to 1":                              func() { WeightedJensenShannon(1.5) },
		"order: Between: lengths 2 and 1 differ":                                            func() { Between(Renyi(2), p, p[:1]) },
		"order: Between: the measure is none":                                               func() { Between(Measure{}, p, p) },
		"order: JensenShannonOf: weights has 1 elements, rows has 2 rows": func() {
			JensenShannonOf([]float64{1}, relent.NewMatrix[float64](2, 2))
		},
	} {
		got := func() (message string) {
			defer func() { message = fmt.Sprint(recover()) }()
			f()
			return ""
		}()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Divergences are never NaN, nor negative where they cannot be, of whatever is not negative and finite.
func FuzzBetween(f *testing.F) {
	f.Add(0.5, 0.25, 0.75, 0.5, 2.0)
	f.Add(1e-300, 1.0, 0.0, 1e-320, -3.0)
	f.Add(1.0, 1.0, 1.0, 1.0000000000000002, 1e-300)
	f.Fuzz(func(t *testing.T, a, b, c, d, order float64) {
		p, q := []float64{a, b}, []float64{c, d}
		for _, x := range append(p, q...) {
			if !(x >= 0 && x < 0x1p1000) {
				return
			}
		}
		if order-order != 0 {
			return
		}
		w := math.Abs(order) / (1 + math.Abs(order))
		for _, m := range []Measure{
			Alpha(order), CressieRead(order), Triangular, WeightedJensenShannon(w),
		} {
			if v := Between(m, p, q); !(v >= 0) {
				t.Errorf("%v of %v and %v: %v", m, p, q, v)
			}
		}
		for _, m := range []Measure{Renyi(math.Abs(order)), Tsallis(math.Abs(order)), SkewKullbackLeibler(w)} {
			if v := Between(m, p, q); v != v {
				t.Errorf("%v of %v and %v: %v", m, p, q, v)
			}
		}
	})
}

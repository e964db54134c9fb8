package mvn

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/sealed"
	"gonum.org/v1/gonum/mat"
)

// momentsRows are rows of a kind, and weights.
func (r *rng) momentsRows(kind string, rows, d int) (x *mat.Dense, weights []float64) {
	x, weights = r.dense(rows, d), r.positive(rows)
	for i := range rows {
		for j := range d {
			switch v := x.At(i, j); kind {
			case "far":
				x.Set(i, j, v+1e9)
			case "singles":
				x.Set(i, j, float64(float32(v)))
			case "counts":
				x.Set(i, j, float64(r.next()%50))
			case "any scale":
				x.Set(i, j, math.Ldexp(v, int(r.next()%400)-200))
			}
		}
		if i%7 == 3 {
			weights[i] = 0
		}
	}
	return x, weights
}

var momentsKinds = []string{"normal", "far", "singles", "counts", "any scale"}

// Moments have the same bytes for any division of the rows, any order of them and of merging, and any workers, and so has all that is
// made of them.
func TestMomentsOfAnyParts(t *testing.T) {
	const rows, d = 500, 5
	r := seed(t.Name())
	for _, kind := range momentsKinds {
		x, weights := r.momentsRows(kind, rows, d)
		for _, w := range [][]float64{nil, weights} {
			whole := must(momentsOf("whole", rowsOf(x), w, relent.Run{}))
			want := must(whole.MarshalBinary())
			for trial := range 6 {
				parts := make([]*Moments, 1+r.next()%4)
				for i := range parts {
					parts[i] = NewMoments(d, MissingPolicy(0))
				}
				order := r.order(rows)
				for from := 0; from < rows; {
					to := min(rows, from+int(r.next()%150))
					part := newMatrix(to-from, d)
					var partWeights []float64
					if w != nil {
						partWeights = make([]float64, to-from)
					}
					for i := range part.Rows {
						copy(part.Row(i), x.RawRowView(order[from+i]))
						if w != nil {
							partWeights[i] = w[order[from+i]]
						}
					}
					m := parts[r.next()%uint64(len(parts))]
					var err error
					if run := (relent.Run{Workers: trial}); kind == "singles" && trial%2 == 0 {
						err = MomentsAddRows(m, singleMatrix(part), partWeights, run)
					} else {
						err = MomentsAddRows(m, part, partWeights, run)
					}
					if err != nil {
						t.Fatal(err)
					}
					from = to
				}
				sum := NewMoments(d, RefuseNaN)
				for _, i := range r.order(len(parts)) {
					var sent Moments
					if err := sent.UnmarshalBinary(must(parts[i].MarshalBinary())); err != nil {
						t.Fatal(err)
					}
					if err := sum.Merge(&sent); err != nil {
						t.Fatal(err)
					}
				}
				if got := must(sum.MarshalBinary()); !bytes.Equal(got, want) {
					t.Fatalf("%s, weights %v: other bytes of %d parts", kind, w != nil, len(parts))
				}
			}
		}
	}
}

// Rows that are added by slices have the bytes of those that are added a few at a time, as integers.
func TestMomentsBySlices(t *testing.T) {
	const rows, d, few = sliceRows + 200, 19, 40
	for _, c := range []struct {
		what    string
		element func(v float64, i, j int) float64
		depth   int
		fit     bool
	}{
		{"numbers", func(v float64, _, _ int) float64 { return v }, 3, true},
		{"far", func(v float64, _, j int) float64 { return v + math.Ldexp(1, 3*j) }, 3, true},
		{"columns of any size", func(v float64, _, j int) float64 { return math.Ldexp(v, 40*j-390) }, 3, true},
		{"integers", func(v float64, _, _ int) float64 { return math.Floor(v * 100) }, 1, true},
		{"halves of some", func(v float64, _, j int) float64 { return math.Floor(v*0x1p30) / 2 }, 2, true},
		{"the largest slices", func(v float64, i, j int) float64 { return []float64{0x1.fffffffffffffp0, 0x1.000003ffffffbp0}[j%2] }, 3, true},
		{"zeros", func(float64, int, int) float64 { return math.Copysign(0, -1) }, 1, true},
		{"small ones", func(v float64, i, j int) float64 { return math.Ldexp(v, -(i+j)%97/96*80) }, 3, true},
		{"too small ones", func(v float64, i, j int) float64 { return math.Ldexp(v, -(i+j)%97/96*430) }, 3, false},
		{"many small ones", func(v float64, i, j int) float64 { return math.Ldexp(v, -(i+j)%9*20) }, 3, false},
		{"large ones", func(v float64, _, _ int) float64 { return v * 0x1p405 }, 0, false},
	} {
		x := rowsOf(seed(c.what).dense(rows, d))
		for i := range x.Rows {
			for j, v := range x.Row(i) {
				x.Row(i)[j] = c.element(v, i, j)
			}
		}
		g := newGatherer(NewMoments(d, RefuseNaN), rows)
		gather(g, x.Slice(0, sliceRows-1), nil)
		fits := newSlicer(d)
		if got := fits.add(exact.NewGram(d+1), slices.Clone(g.x[:g.rows*(d+1)]), g.largest); got != c.fit || fits.depth != c.depth {
			t.Errorf("%s: slices fit: %v, %d of them", c.what, got, fits.depth)
		}
		whole, parts := NewMoments(d, RefuseNaN), NewMoments(d, RefuseNaN)
		must(0, MomentsAddRows(whole, x, nil, relent.Run{}))
		for i := 0; i < rows; i += few {
			must(0, MomentsAddRows(parts, x.Slice(i, min(rows, i+few)), nil, relent.Run{}))
		}
		if !bytes.Equal(must(whole.MarshalBinary()), must(parts.MarshalBinary())) {
			t.Errorf("%s: other moments", c.what)
		}
	}
}

// The mean and every element of a covariance are the exact ones, rounded once.
func TestMomentsAreExact(t *testing.T) {
	const rows, d = 40, 3
	r := seed(t.Name())
	for _, kind := range momentsKinds {
		x, weights := r.momentsRows(kind, rows, d)
		for _, w := range [][]float64{nil, weights} {
			m := must(momentsOf("moments", rowsOf(x), w, relent.Run{}))
			known := r.vector(d)
			for _, e := range []Estimate{{}, {MaximumLikelihood: true}, {Mean: known}} {
				what := fmt.Sprintf("%s, weights %v, %+v", kind, w != nil, e)
				mean, covariance := ratMoments(x, w, e)
				if e.Mean == nil {
					for j, got := range m.Mean(nil) {
						requireRat(t, fmt.Sprintf("%s: mean %d", what, j), got, mean[j])
					}
				}
				got := must(must(m.scatter(e)).covariance())
				trace := new(big.Rat)
				for i := range d {
					for j := range i + 1 {
						requireRat(t, fmt.Sprintf("%s: covariance (%d, %d)", what, i, j), got.Row(i)[j], covariance[i][j])
					}
					trace.Add(trace, covariance[i][i])
				}
				if kind == "any scale" || kind == "far" && e.Mean != nil {
					continue // columns look dependent
				}
				full := must(m.Normal(e))
				diagonal, spherical := e, e
				diagonal.Structure, spherical.Structure = DiagonalCovariance, SphericalCovariance
				for j, v := range must(m.Normal(diagonal)).Variances(nil) {
					requireRat(t, what+": variance", v, covariance[j][j])
					if full.form.covariance(j, j) != v {
						t.Errorf("%s: variances %v and %v", what, full.form.covariance(j, j), v)
					}
				}
				trace.Quo(trace, big.NewRat(d, 1))
				requireRat(t, what+": mean variance", must(m.Normal(spherical)).Variances(nil)[0], trace)
			}
		}
	}
}

// ratMoments are the mean and the covariance of an estimate.
func ratMoments(x *mat.Dense, weights []float64, e Estimate) (mean []*big.Rat, covariance [][]*big.Rat) {
	rows, d := x.Dims()
	rat := func(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }
	total := new(big.Rat)
	w := make([]*big.Rat, rows)
	for i := range w {
		if w[i] = big.NewRat(1, 1); weights != nil {
			w[i] = rat(weights[i])
		}
		total.Add(total, w[i])
	}
	mean = make([]*big.Rat, d)
	for j := range mean {
		if mean[j] = new(big.Rat); e.Mean != nil {
			mean[j] = rat(e.Mean[j])
			continue
		}
		for i := range rows {
			mean[j].Add(mean[j], new(big.Rat).Mul(w[i], rat(x.At(i, j))))
		}
		mean[j].Quo(mean[j], total)
	}
	divisor := new(big.Rat).Set(total)
	if e.Mean == nil && !e.MaximumLikelihood {
		divisor.Sub(divisor, big.NewRat(1, 1))
	}
	covariance = make([][]*big.Rat, d)
	for i := range d {
		for j := range i + 1 {
			sum := new(big.Rat)
			for n := range rows {
				p := new(big.Rat).Sub(rat(x.At(n, i)), mean[i])
				p.Mul(p, new(big.Rat).Sub(rat(x.At(n, j)), mean[j]))
				sum.Add(sum, p.Mul(p, w[n]))
			}
			covariance[i] = append(covariance[i], sum.Quo(sum, divisor))
		}
	}
	return mean, covariance
}

func requireRat(t *testing.T, what string, got float64, want *big.Rat) {
	t.Helper()
	if f, _ := want.Float64(); got != f {
		t.Errorf("%s is %v, want %v", what, got, f)
	}
}

// The formula as scikit-learn's oas has it, on numbers of which every step is far from rounding.
func TestNormalOAS(t *testing.T) {
	for _, shape := range [][2]int{{5, 12}, {30, 4}, {200, 7}, {6, 1}} {
		rows, d := shape[0], shape[1]
		x := seed(fmt.Sprint(t.Name(), rows)).dense(rows, d)
		m := must(momentsOf("moments", rowsOf(x), nil, relent.Run{}))
		_, exact := ratMoments(x, nil, Estimate{MaximumLikelihood: true})
		alpha, trace := new(big.Rat), new(big.Rat)
		for i := range d {
			trace.Add(trace, exact[i][i])
			for j := range i + 1 {
				square := new(big.Rat).Mul(exact[i][j], exact[i][j])
				if alpha.Add(alpha, square); i != j {
					alpha.Add(alpha, square)
				}
			}
		}
		p := big.NewRat(int64(d), 1)
		alpha.Quo(alpha, new(big.Rat).Mul(p, p))
		mu := new(big.Rat).Quo(trace, p)
		square := new(big.Rat).Mul(mu, mu)
		numerator := new(big.Rat).Add(alpha, square)
		denominator := new(big.Rat).Sub(alpha, square.Quo(square, p))
		denominator.Mul(denominator, big.NewRat(int64(rows+1), 1))
		want := 1.0
		if denominator.Sign() > 0 {
			s, _ := numerator.Quo(numerator, denominator).Float64()
			want = min(1, s)
		}
		n, s, err := m.NormalOAS()
		if err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprintf("%d×%d: shrinkage", rows, d), s, want, 1e-12)
		mean, _ := mu.Float64()
		for i := range d {
			for j := range i + 1 {
				v, _ := exact[i][j].Float64()
				if v *= 1 - want; i == j {
					v += want * mean
				}
				if got := n.form.covariance(i, j); !(math.Abs(got-v) <= 1e-14*mean) {
					t.Errorf("%d×%d: covariance (%d, %d) is %v, want %v", rows, d, i, j, got, v)
				}
			}
		}
	}
}

// The second pass of Ledoit and Wolf may be in any parts, too.
func TestLedoitWolfOfAnyParts(t *testing.T) {
	const rows, d = 300, 4
	r := seed(t.Name())
	x, weights := r.momentsRows("far", rows, d)
	m := must(momentsOf("moments", rowsOf(x), weights, relent.Run{}))
	whole, want, err := FitShrunk(x, weights, relent.Run{Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	first, second := must(NewLedoitWolf(m)), must(NewLedoitWolf(m))
	for i := range rows {
		l := first
		if r.next()%2 == 0 {
			l = second
		}
		if err := LedoitWolfAddRows(l, rowsOf(x).Slice(i, i+1), weights[i:i+1], relent.Run{}); err != nil {
			t.Fatal(err)
		}
	}
	second.Merge(first)
	n, s, err := second.Normal()
	if err != nil || s != want || KullbackLeibler(n, whole) != 0 {
		t.Errorf("shrinkage %v, want %v; %v", s, want, err)
	}
}

func TestMissingRows(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	x := mat.NewDense(4, 2, []float64{1, 2, nan, 5, 3, 1, 4, nan})
	m, refusing := NewMoments(2, SkipNaN), NewMoments(2, RefuseNaN)
	if err := m.AddRows(x, nil, relent.Run{}); err != nil || m.Rows() != 2 || m.Skipped() != 2 || m.Weight() != 2 || m.Dim() != 2 {
		t.Errorf("%v, %d rows, %d skipped, weight %v", err, m.Rows(), m.Skipped(), m.Weight())
	}
	if mean := m.Mean(nil); mean[0] != 2 || mean[1] != 1.5 {
		t.Error(mean)
	}
	before := must(refusing.MarshalBinary())
	for _, c := range []struct {
		x       *mat.Dense
		weights []float64
		want    string
	}{
		{x, nil, "mvn: element (1, 0) of the data is NaN"},
		{mat.NewDense(2, 2, []float64{1, 2, 3, inf}), nil, "mvn: element (1, 1) of the data is +Inf"},
		{mat.NewDense(2, 2, nil), []float64{1, -1}, "mvn: weight 1 is -1"},
		{mat.NewDense(2, 2, nil), []float64{1, inf}, "mvn: weight 1 is +Inf"},
	} {
		if err := refusing.AddRows(c.x, c.weights, relent.Run{}); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if !bytes.Equal(must(refusing.MarshalBinary()), before) {
		t.Error("what was refused has been added")
	}
	if err := m.AddRows(mat.NewDense(2, 2, []float64{1, 2, 3, inf}), nil, relent.Run{}); err == nil {
		t.Error("an infinity is skipped")
	}
	if mean := refusing.Mean(nil); !math.IsNaN(mean[0]) {
		t.Errorf("the mean of no rows is %v", mean)
	}
	for _, e := range []Estimate{{}, {Structure: SphericalCovariance}, {Mean: []float64{0, 0}}, {Structure: TiedCovariance}} {
		if _, err := refusing.Normal(e); err == nil || !strings.Contains(err.Error(), "sum of 0") {
			t.Errorf("%+v of no rows: %v", e, err)
		}
	}
	if _, err := m.Normal(Estimate{Structure: TiedCovariance}); err == nil || !strings.Contains(err.Error(), "cannot be tied") {
		t.Error(err)
	}
	if _, err := m.Normal(Estimate{Mean: []float64{1}}); err == nil || !strings.Contains(err.Error(), "length 1") {
		t.Error(err)
	}
}

// Whatever bytes are decoded, they are refused, or are those of moments that are encoded as they were.
func FuzzMomentsUnmarshalBinary(f *testing.F) {
	r := seed("fuzz")
	for _, kind := range momentsKinds {
		x, w := r.momentsRows(kind, 20, 2)
		f.Add(must(must(momentsOf("moments", rowsOf(x), w, relent.Run{})).MarshalBinary()))
	}
	f.Add(must(NewMoments(3, SkipNaN).MarshalBinary()))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, data := range [][]byte{data, resealed(data)} {
			var m Moments
			if m.UnmarshalBinary(data) != nil {
				continue
			}
			if !bytes.Equal(must(m.MarshalBinary()), data) {
				t.Errorf("%x is encoded as %x", data, must(m.MarshalBinary()))
			}
			for s := range 4 {
				if n, err := m.Normal(Estimate{Structure: Structure(s), MaximumLikelihood: true}); err == nil {
					n.LogProb(make([]float64, n.Dim()))
				}
			}
		}
	})
}

// resealed is data with the checksum that they should have.
func resealed(data []byte) []byte {
	if len(data) < len(momentsKind.Magic)+sealed.ChecksumBytes {
		return data
	}
	kind := sealed.Kind{Magic: string(data[:len(momentsKind.Magic)]), Version: momentsKind.Version}
	head := len(kind.Magic) + 1
	return kind.Append(nil, func(b []byte) []byte { return append(b, data[head:max(head, len(data)-sealed.ChecksumBytes)]...) })
}

func BenchmarkMoments(b *testing.B) {
	benchmarkMoments(b, func(m *Moments, x *mat.Dense, run relent.Run) error { return m.AddRows(x, nil, run) })
}

func benchmarkMoments(b *testing.B, add func(m *Moments, x *mat.Dense, run relent.Run) error) {
	for _, d := range []int{16, 64, 256} {
		x := seed("benchmark").dense(20000, d)
		b.Run(fmt.Sprintf("d=%d", d), func(b *testing.B) {
			for b.Loop() {
				m := NewMoments(d, RefuseNaN)
				if err := add(m, x, relent.Run{}); err != nil {
					b.Fatal(err)
				}
				must(m.Normal(Estimate{}))
			}
		})
	}
}

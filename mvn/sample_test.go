package mvn

import (
	"math"
	"slices"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// The known answers of the authors' implementation.
func TestPhilox(t *testing.T) {
	const most = math.MaxUint32
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{want: [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{most, most, most, most}, [2]uint32{most, most}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{
			[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		},
	} {
		a, b, x, y := philox(c.counter[0], c.counter[1], c.counter[2], c.counter[3], c.key[0], c.key[1])
		if got := [4]uint32{a, b, x, y}; got != c.want {
			t.Errorf("%x, %x: %x, want %x", c.counter, c.key, got, c.want)
		}
	}
}

// The numbers of a stream are those of Box and Muller, of words that Philox makes one by one.
func TestNormalsOfAStream(t *testing.T) {
	const seed, number, first = 0x0123456789abcdef, 5, 1<<33 - 3
	s := stream{seed, number}
	positions := make([]float64, 999)
	for i := range positions {
		positions[i] = float64(i*i) + 0x1p40*float64(i%3)
	}
	z := newMatrix(6, len(positions))
	s.normals(z, first, positions)
	for i, p := range positions {
		for j := range z.Rows / 2 {
			a, b := s.words(first+uint64(p), j)
			u := (float64(a>>12) + 0.5) * 0x1p-52
			angle := ((float64(b>>32<<20|b&0xfffff|1))*0x1p-52 - 0.5) * (math.Pi / 2)
			r := math.Sqrt(-2 * math.Log(u))
			want := [2]float64{r * math.Cos(angle), r * math.Sin(angle)}
			if a>>11&1 == 1 {
				want[0] = -want[0]
			}
			if b>>31&1 == 0 {
				want[0], want[1] = want[1], want[0]
			}
			for k, w := range want {
				if got := z.Row(2*j + k)[i]; math.Abs(got-w) > 0x1p-50*math.Abs(w) {
					t.Fatalf("position %g, number %d: %g, want %g", p, 2*j+k, got, w)
				}
			}
		}
	}
}

// A sample depends on the seed and its number alone.
func TestSamplesContinue(t *testing.T) {
	const d, rows = 6, 2100
	all := anyForm(seed(t.Name()), d)
	all["wide"] = must(NewNormalLowRank(make([]float64, d), seed("wide").dense(d, 9), seed("wide").positive(d)))
	mixture := must(NewMixture([]float64{0.2, 0, 0.8}, []*Normal{all["wide"], all["NewNormal"], all["NewNormalDiagonal"]}))
	type sampler func(dst *mat.Dense, seed, first uint64, run relent.Run) error
	samplers := map[string]sampler{"mixture": mixture.SampleRows, "Student t": must(all["wide"].StudentT(0.7)).SampleRows}
	for name, n := range all {
		samplers[name] = n.SampleRows
	}
	for name, sample := range inOrder(samplers) {
		whole, first := mat.NewDense(rows, d, nil), uint64(math.MaxUint64-1000)
		must(whole, sample(whole, 5, first, relent.Run{Workers: 3}))
		for _, from := range []int{0, 1, 63, 1003} {
			for _, n := range []int{1, 17, 1090} {
				part := mat.NewDense(n, d, nil)
				must(part, sample(part, 5, first+uint64(from), relent.Run{}))
				if !slices.Equal(part.RawMatrix().Data, whole.RawMatrix().Data[from*d:(from+n)*d]) {
					t.Errorf("%s: %d samples from %d are not those of all", name, n, from)
				}
			}
		}
		other := mat.NewDense(1, d, nil)
		must(other, sample(other, 6, first, relent.Run{}))
		if slices.Equal(other.RawRowView(0), whole.RawRowView(0)) {
			t.Errorf("%s: seeds 5 and 6 have the same samples", name)
		}
	}
}

// Of every form, whitened samples are standard normal: by Kolmogorov's distance, and by the moments of all variables and of their products.
func TestSamplesAreNormal(t *testing.T) {
	const d = 4
	rows := 20000
	if deep() {
		rows = 10_000_000 / d
	}
	forms := anyForm(seed(t.Name()), d)
	x := mat.NewDense(rows, d, nil)
	for name, n := range inOrder(forms) {
		if deep() && name != "NewNormal" && name != "NewNormalLowRank" {
			continue
		}
		must(x, n.SampleRows(x, 11, 0, relent.Run{Workers: 2}))
		white := must(n.WhitenRows(nil, x, relent.Run{}))
		if isSingular(n) {
			continue // whitened rows have a coordinate of 0
		}
		for j := range d {
			most := kolmogorov(mat.Col(nil, j, white), func(v float64) float64 { return math.Erfc(-v/math.Sqrt2) / 2 })
			if most > 2.3 {
				t.Errorf("%s, variable %d: Kolmogorov's distance is %g", name, j, most)
			}
		}
		for i := range d {
			for j := range i + 1 {
				for _, p := range []int{1, 2} {
					sum := 0.0
					for k := range rows {
						sum += math.Pow(white.At(k, i), float64(p)) * math.Pow(white.At(k, j), float64(p))
					}
					want, deviation := 0.0, 1.0
					switch {
					case p == 1 && i == j:
						want, deviation = 1, math.Sqrt(2)
					case p == 2 && i == j:
						want, deviation = 3, math.Sqrt(96)
					case p == 2:
						want, deviation = 1, math.Sqrt(8)
					}
					if e := (sum/float64(rows) - want) / deviation * math.Sqrt(float64(rows)); math.Abs(e) > 5 {
						t.Errorf("%s: the mean of x%d·x%d to power %d is %g standard errors off", name, i, j, p, e)
					}
				}
			}
		}
	}
}

// kolmogorov is the largest distance of a distribution function from that of samples, in the unit that makes 2.3 that of 1e-4 of cases.
func kolmogorov(x []float64, cdf func(x float64) float64) float64 {
	x, most, n := slices.Clone(x), 0.0, float64(len(x))
	slices.Sort(x)
	for i, v := range x {
		p := cdf(v)
		most = max(most, math.Abs(p-float64(i)/n), math.Abs(p-float64(i+1)/n))
	}
	return most * math.Sqrt(n)
}

// Every variable is of Student's distribution, and squared distances over d are of Fisher's.
func TestStudentTSampleRows(t *testing.T) {
	const d, rows = 3, 4000
	n := anyForm(seed(t.Name()), d)["NewNormal"]
	x := mat.NewDense(rows, d, nil)
	for _, nu := range []float64{0.3, 1, 1.9, 2.5, 30, 1e12} {
		s := must(n.StudentT(nu))
		must(x, s.SampleRows(x, 3, 0, relent.Run{Workers: 2}))
		for j := range d {
			of := distuv.StudentsT{Mu: n.Mean(nil)[j], Sigma: math.Sqrt(n.form.covariance(j, j)), Nu: nu}
			if most := kolmogorov(mat.Col(nil, j, x), of.CDF); most > 2.3 {
				t.Errorf("ν = %g, variable %d: Kolmogorov's distance is %g", nu, j, most)
			}
		}
		if nu > 1e3 {
			continue // gonum's Fisher distribution is not for these
		}
		distances := must(n.MahalanobisRows(nil, x, relent.Run{}))
		for i, v := range distances {
			distances[i] = v * v / d
		}
		if most := kolmogorov(distances, distuv.F{D1: d, D2: nu}.CDF); most > 2.3 {
			t.Errorf("ν = %g: Kolmogorov's distance of squared distances is %g", nu, most)
		}
	}
}

// Numbers of a stream are normal also in the tails, and have nothing to do with those of the same sample, of the next one, and of other seeds
// and streams, nor have their squares.
func TestStreamsAreIndependent(t *testing.T) {
	count := 1 << 16
	if deep() {
		count = 10_000_000
	}
	positions := make([]float64, count)
	for i := range positions {
		positions[i] = float64(i)
	}
	var numbers [][]float64
	for _, of := range []struct {
		stream
		first uint64
	}{{stream{7, 0}, 0}, {stream{7, 0}, 1}, {stream{8, 0}, 0}, {stream{7, 1}, 0}, {stream{7 + 1<<32, 0}, 0}} {
		z := newMatrix(4, count)
		of.normals(z, of.first, positions)
		for j := range z.Rows {
			numbers = append(numbers, z.Row(j))
		}
	}
	root := math.Sqrt(float64(count))
	for i, x := range numbers {
		if most := kolmogorov(x, func(v float64) float64 { return math.Erfc(-v/math.Sqrt2) / 2 }); most > 2.5 {
			t.Errorf("numbers %d: Kolmogorov's distance is %g", i, most)
		}
		for _, far := range []float64{2, 3, 4} {
			beyond, p := 0.0, math.Erfc(far/math.Sqrt2)
			for _, v := range x {
				if math.Abs(v) > far {
					beyond++
				}
			}
			if e := (beyond - p*float64(count)) / math.Sqrt(p*float64(count)); math.Abs(e) > 5.5 {
				t.Errorf("numbers %d: %g are beyond %g, %g standard errors off", i, beyond, far, e)
			}
		}
		for j, y := range numbers[:i] {
			var first, squares float64
			for k, v := range x {
				first += v * y[k]
				squares += (v*v - 1) * (y[k]*y[k] - 1) / 2
			}
			if e := max(math.Abs(first), math.Abs(squares)) / root; e > 5.5 {
				t.Errorf("numbers %d and %d: correlation %g, of squares %g, times the root of how many", i, j, first/root, squares/root)
			}
		}
	}
}

// As many samples as the weights say are near each component, and none of one of weight 0.
func TestMixtureSampleRows(t *testing.T) {
	const rows = 20000
	weights := []float64{0.1, 0, 0.6, 0.3}
	m := must(NewSphericalMixture(weights, mat.NewDense(4, 1, []float64{0, 100, 200, 300}), []float64{1, 1, 4, 9}))
	x := mat.NewDense(rows, 1, nil)
	must(x, m.SampleRows(x, 1, 0, relent.Run{}))
	counts := make([]float64, 4)
	for _, v := range x.RawMatrix().Data {
		counts[int(math.Round(v/100))]++
	}
	for k, w := range weights {
		if e := (counts[k] - w*rows) / math.Sqrt(max(1, w*(1-w)*rows)); math.Abs(e) > 4.5 {
			t.Errorf("component %d: %g samples of %d, %g standard errors off", k, counts[k], rows, e)
		}
	}
	for share, want := range map[float64]int{0: 0, 0.09: 0, 0.1: 2, 0.69: 2, 0.71: 3, 1 - 0x1p-53: 3} {
		if got := m.componentAt(share); got != want {
			t.Errorf("share %g: component %d, want %d", share, got, want)
		}
	}
}

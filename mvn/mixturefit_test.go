package mvn

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

var structures = []Structure{FullCovariance, TiedCovariance, DiagonalCovariance, SphericalCovariance}

// clusters are rows around k means, so far apart, each with directions of its own.
func (r *rng) clusters(rows, d, k int, apart float64) *mat.Dense {
	x := mat.NewDense(rows, d, nil)
	means, mixing := r.dense(k, d), make([]*mat.Dense, k)
	for c := range mixing {
		mixing[c] = r.dense(d, d)
	}
	for i := range rows {
		c := int(r.next() % uint64(k))
		z := r.vector(d)
		for j := range d {
			v := z[j] + float64(apart*means.At(c, j))
			for l := range j {
				v += float64(0.3 * float64(mixing[c].At(j, l)*z[l]))
			}
			x.Set(i, j, v)
		}
	}
	return x
}

// inBatches are rows in batches of random sizes below one, some of none.
func (r *rng) inBatches(x relent.Matrix[float64], weights []float64, below int) iter.Seq2[Batch[float64], error] {
	return func(yield func(Batch[float64], error) bool) {
		scratch := newMatrix(x.Rows, x.Cols)
		for from := 0; from < x.Rows; {
			if r.next()%8 == 0 && !yield(Batch[float64]{}, nil) {
				return
			}
			to := min(x.Rows, from+int(r.next()%uint64(below)))
			b := Batch[float64]{Rows: scratch.Slice(0, to-from)} // the same memory again
			for i := range b.Rows.Rows {
				copy(b.Rows.Row(i), x.Row(from+i))
			}
			if weights != nil {
				b.Weights = weights[from:to]
			}
			if !yield(b, nil) {
				return
			}
			from = to
		}
	}
}

// Rows that are computed with where they stand are those of their batch, also if others have taken their place since.
func TestFitMixtureOfWideBatches(t *testing.T) {
	const k = 2
	r := seed(t.Name())
	x := rowsOf(r.clusters(3*chunkRows+99, 2*stripe, k, 2))
	for _, o := range []MixtureOptions{{Structure: SphericalCovariance, Iterations: 2}, {Structure: DiagonalCovariance, Iterations: 1, MiniBatch: 3000}} {
		want, _, err := FitMixtureRows(singleMatrix(x), k, o, relent.Run{})
		if err != nil {
			t.Fatal(err)
		}
		wide := newMatrix(x.Rows, x.Cols)
		for i, v := range singleMatrix(x).Data {
			wide.Data[i] = float64(v)
		}
		got, _, err := FitMixtureBatches(r.inBatches(wide, nil, 2*chunkRows+1), k, o, relent.Run{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		requireSameMixture(t, o.Structure.String(), got, want, wide)
	}
}

func requireSameMixture(t *testing.T, what string, a, b *Mixture, x relent.Matrix[float64]) {
	t.Helper()
	got := must(MixtureLogProbRows(nil, a, x, relent.Run{}))
	for i, want := range must(MixtureLogProbRows(nil, b, x, relent.Run{})) {
		if got[i] != want {
			t.Errorf("%s: the log density of row %d is %v, want %v", what, i, got[i], want)
			return
		}
	}
}

// A fit has the same bits for any workers and any batches, and for float32 rows those of the same numbers.
func TestFitMixtureOfAnyBatches(t *testing.T) {
	const rows, d, k = 5000, 3, 4
	r := seed(t.Name())
	x := rowsOf(r.clusters(rows, d, k, 2))
	for i, v := range x.Data {
		x.Data[i] = float64(float32(v))
	}
	for _, s := range structures {
		for _, miniBatch := range []int{0, 700} {
			for _, weights := range [][]float64{nil, r.positive(rows)} {
				what := fmt.Sprintf("%v, mini-batches of %d, weights %v", s, miniBatch, weights != nil)
				o := MixtureOptions{Structure: s, Seed: 7, Iterations: 4, Starts: 2, MiniBatch: miniBatch, Weights: weights}
				want, report, err := FitMixtureRows(x, k, o, relent.Run{})
				if err != nil {
					t.Fatal(what, err)
				}
				workers, _, err := FitMixtureRows(singleMatrix(x), k, o, relent.Run{Workers: 3})
				if err != nil {
					t.Fatal(what, err)
				}
				requireSameMixture(t, what+", three workers", workers, want, x)
				batches, same, err := FitMixtureBatches(r.inBatches(x, weights, 900), k, o, relent.Run{Workers: 2})
				if err != nil {
					t.Fatal(what, err)
				}
				requireSameMixture(t, what+", batches", batches, want, x)
				if fmt.Sprint(same) != fmt.Sprint(report) {
					t.Errorf("%s: report %+v, want %+v", what, same, report)
				}
			}
		}
	}
}

// Likelihoods never fall, for any data and seed, and are those of the mixtures.
func TestLikelihoodsNeverFall(t *testing.T) {
	seeds := 40
	if !deep() {
		seeds = 8
	}
	for at := range seeds {
		r := seed(fmt.Sprint(t.Name(), at))
		rows, d, k := 20+int(r.next()%400), 1+int(r.next()%5), 1+int(r.next()%6)
		x := r.clusters(rows, d, 1+int(r.next()%6), float64(r.next()%8))
		var weights []float64
		if at%3 == 0 {
			weights = r.positive(rows)
		}
		for _, s := range structures {
			what := fmt.Sprintf("%d rows, d = %d, k = %d, %v", rows, d, k, s)
			m, report, err := FitMixture(x, k, MixtureOptions{Structure: s, Seed: uint64(at), Tolerance: -1, Iterations: 60, Weights: weights}, relent.Run{})
			if err != nil {
				t.Errorf("%s: %v", what, err)
				continue
			}
			last := math.Inf(-1)
			for i, l := range report.LogLikelihoods {
				if !(l > last) {
					t.Errorf("%s: log likelihood %d is %v after %v", what, i, l, last)
				}
				last = l
			}
			sum, total := 0.0, 0.0
			for i, l := range must(m.LogProbRows(nil, x, relent.Run{})) {
				w := 1.0
				if weights != nil {
					w = weights[i]
				}
				sum, total = sum+float64(w*l), total+w
			}
			near(t, what+": log likelihood", report.LogLikelihood(), sum/total, 1e-12)
			near(t, what+": weight", report.Weight, total, 1e-14)
			near(t, what+": AIC", report.AIC, 2*float64(report.Parameters)-2*sum, 1e-11)
			near(t, what+": BIC", report.BIC, float64(report.Parameters)*math.Log(total)-2*sum, 1e-11)
		}
	}
}

// One iteration is what the sums over all rows make of the responsibilities.
func TestIterationOfEM(t *testing.T) {
	const rows, d, k = 300, 5, 3
	r := seed(t.Name())
	x, weights := r.clusters(rows, d, k, 1), r.positive(rows)
	for _, s := range structures {
		start, _, err := FitMixture(x, k, MixtureOptions{Structure: s, Iterations: 1, Weights: weights}, relent.Run{})
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := FitMixture(x, k, MixtureOptions{Structure: s, Iterations: 1, Start: start, Floor: -1, Weights: weights}, relent.Run{})
		if err != nil {
			t.Fatal(err)
		}
		shares := must(start.ResponsibilitiesRows(nil, x, relent.Run{}))
		pooled := mat.NewSymDense(d, nil)
		total := 0.0
		for _, w := range weights {
			total += w
		}
		var want []*mat.SymDense
		for c := range k {
			n, mean, sigma := 0.0, make([]float64, d), mat.NewSymDense(d, nil)
			for i := range rows {
				n += weights[i] * shares.At(i, c)
			}
			for i := range rows {
				axpy(weights[i]*shares.At(i, c)/n, x.RawRowView(i), mean)
			}
			for i := range rows {
				y := mat.NewVecDense(d, nil)
				y.SubVec(x.RowView(i), mat.NewVecDense(d, mean))
				sigma.SymRankOne(sigma, weights[i]*shares.At(i, c)/n, y)
			}
			near(t, fmt.Sprint(s, ": weight"), m.Weight(c), n/total, 1e-12)
			nearAll(t, fmt.Sprint(s, ": mean"), m.double.components[c].mean, mean, 1e-12)
			var part mat.SymDense
			part.ScaleSym(n/total, sigma)
			pooled.AddSym(pooled, &part)
			want = append(want, sigma)
		}
		for c, sigma := range want {
			trace := mat.Trace(sigma) / d
			for i := range d {
				for j := range i + 1 {
					v := sigma.At(i, j)
					switch {
					case s == TiedCovariance:
						v = pooled.At(i, j)
					case s != FullCovariance && i != j:
						v = 0
					case s == SphericalCovariance:
						v = trace
					}
					if got := m.double.components[c].form.covariance(i, j); !(math.Abs(got-v) <= 1e-12*trace) {
						t.Errorf("%v: covariance (%d, %d) of component %d is %v, want %v", s, i, j, c, got, v)
					}
				}
			}
		}
	}
}

// Weights that are all as many times as large, by a power of two, make no difference, however small or large they are.
func TestWeightsOfAnySize(t *testing.T) {
	r := seed(t.Name())
	x, weights := r.clusters(300, 3, 3, 2), r.positive(300)
	for _, s := range structures {
		for _, batch := range []int{0, 64} {
			var want []byte
			for _, by := range []float64{1, 0x1p-300, 0x1p300} {
				o := MixtureOptions{Structure: s, Weights: append([]float64(nil), weights...), MiniBatch: batch, Iterations: 5}
				scaleAll(by, o.Weights)
				m, report, err := FitMixture(x, 3, o, relent.Run{})
				got := must(must(m, err).MarshalBinary())
				if want == nil {
					want = got
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%v, mini-batches of %d: weights %g times as large give another mixture", s, batch, by)
				}
				near(t, "weight", report.Weight, total(o.Weights), 1e-14)
			}
		}
	}
	scaleAll(0x1p-60, x.RawMatrix().Data) // squares of which, times weights, underflow
	scaleAll(0x1p-1000, weights)
	if _, _, err := FitMixture(x, 3, MixtureOptions{Weights: weights}, relent.Run{}); err != nil {
		t.Error(err)
	}
}

// Mini-batches come as near to the maximum as a few passes can.
func TestMiniBatches(t *testing.T) {
	x := seed(t.Name()).clusters(8000, 2, 3, 5)
	for _, s := range structures {
		_, full, err := FitMixture(x, 3, MixtureOptions{Structure: s}, relent.Run{})
		if err != nil {
			t.Fatal(err)
		}
		_, mini, err := FitMixture(x, 3, MixtureOptions{Structure: s, MiniBatch: 500, Iterations: 8}, relent.Run{})
		if err != nil {
			t.Fatal(err)
		}
		if loss := full.LogLikelihood() - mini.LogLikelihood(); !(loss < 0.01) || len(mini.LogLikelihoods) != 9 {
			t.Errorf("%v: %v, in mini-batches %v", s, full.LogLikelihood(), mini.LogLikelihoods)
		}
	}
}

// A component that no rows are near is put where it explains some.
func TestReseededComponent(t *testing.T) {
	x := seed(t.Name()).clusters(400, 2, 2, 20)
	for _, s := range structures {
		start := must(NewSphericalMixture([]float64{0.5, 0.5}, mat.NewDense(2, 2, []float64{0, 0, 1e6, 1e6}), []float64{100, 1}))
		_, report, err := FitMixture(x, 2, MixtureOptions{Structure: s, Start: start}, relent.Run{})
		if err != nil || report.Reseeded != 1 {
			t.Errorf("%v: %+v, %v", s, report, err)
		}
	}
}

func TestFitMixtureErrors(t *testing.T) {
	x := seed(t.Name()).dense(50, 2)
	broken := mat.DenseCopyOf(x)
	broken.Set(7, 1, math.Inf(1))
	flat, flatter := mat.DenseCopyOf(x), mat.DenseCopyOf(x)
	for i := range 50 {
		flat.Set(i, 0, 3)
		flatter.SetRow(i, []float64{0.49815132103770393, 0.3})
	}
	sum := mat.NewDense(50, 3, nil)
	for i := range 50 {
		sum.SetRow(i, []float64{x.At(i, 0), x.At(i, 1), x.At(i, 0) - x.At(i, 1)})
	}
	few := make([]float64, 50) // of which 0.498… times their sum, rounded, is not divided by that again
	fill(few[:10], 1)
	start := must(NewSphericalMixture([]float64{1}, mat.NewDense(1, 3, nil), []float64{1}))
	far := must(NewSphericalMixture([]float64{1}, mat.NewDense(1, 2, []float64{1e300, 0}), []float64{1}))
	reason := errors.New("the disk is full")
	failing := func(yield func(Batch[float64], error) bool) {
		_ = yield(Batch[float64]{Rows: rowsOf(x)}, nil) && yield(Batch[float64]{}, reason)
	}
	for _, c := range []struct {
		x    *mat.Dense
		k    int
		o    MixtureOptions
		want string
	}{
		{x, 0, MixtureOptions{}, "at least one component, not 0"},
		{x, 51, MixtureOptions{}, "50 rows for 51 components"},
		{nil, 1, MixtureOptions{}, "no rows"},
		{x, 1, MixtureOptions{Structure: 9}, "Structure(9)"},
		{x, 1, MixtureOptions{Starts: -1}, "-1 starts"},
		{x, 1, MixtureOptions{Floor: math.NaN()}, "the floor NaN"},
		{x, 2, MixtureOptions{Start: start}, "start has 1 components, want 2"},
		{x, 1, MixtureOptions{Start: start}, "start has 3 dimensions, the rows 2"},
		{x, 1, MixtureOptions{Start: far}, "log likelihood of the rows is -Inf"},
		{x, 1, MixtureOptions{Weights: []float64{1}}, "1 weights for 50 rows"},
		{x, 1, MixtureOptions{Weights: make([]float64, 50)}, "sum of 0"},
		{broken, 1, MixtureOptions{}, "element (7, 1) of the data is +Inf"},
		{flat, 1, MixtureOptions{}, "column 0 is constant"},
		{sum, 2, MixtureOptions{Floor: -1}, "columns 0, 1 and 2 are linearly dependent"},
		{sum, 2, MixtureOptions{Floor: -1, Structure: TiedCovariance}, "tied covariance: columns 0, 1 and 2 are linearly dependent"},
		{x, 40, MixtureOptions{Floor: -1}, "use a floor"},
		{flatter, 1, MixtureOptions{Weights: few}, "columns 0 and 1 are constant"},
	} {
		m, report, err := FitMixture(c.x, c.k, c.o, relent.Run{})
		if err == nil || !strings.HasPrefix(err.Error(), "mvn: ") || !strings.Contains(err.Error(), c.want) || m != nil || report != nil {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	if _, _, err := FitMixtureBatches(failing, 2, MixtureOptions{}, relent.Run{}); err != reason {
		t.Error(err)
	}
	narrow := func(yield func(Batch[float64], error) bool) {
		_ = yield(Batch[float64]{Rows: rowsOf(x)}, nil) && yield(Batch[float64]{Rows: newMatrix(3, 1)}, nil)
	}
	if _, _, err := FitMixtureBatches(narrow, 2, MixtureOptions{}, relent.Run{}); err == nil || !strings.Contains(err.Error(), "batch 1 has 1 columns, the first had 2") {
		t.Error(err)
	}
}

// Batches that are not the same in every pass are refused.
func TestBatchesThatChange(t *testing.T) {
	for want, batches := range map[string][2]relent.Matrix[float64]{
		"there are 4 rows in this pass, there were 5": {newMatrix(5, 2), newMatrix(4, 2)},
		"batch 0 has 1 columns, the first had 2":      {newMatrix(5, 2), newMatrix(5, 1)},
	} {
		pass := 0
		_, _, err := FitMixtureBatches(func(yield func(Batch[float64], error) bool) {
			yield(Batch[float64]{Rows: batches[min(pass, 1)]}, nil)
			pass++
		}, 1, MixtureOptions{}, relent.Run{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestKMeansPlusPlus(t *testing.T) {
	r := seed(t.Name())
	x := rowsOf(r.clusters(300, 3, 4, 50))
	for s := range uint64(20) {
		chosen, err := KMeansPlusPlus(x, 4, s)
		if err != nil {
			t.Fatal(err)
		}
		again := must(KMeansPlusPlus(singleMatrix(x), 4, s))
		for i, a := range chosen {
			for _, b := range chosen[:i] {
				sum := 0.0
				for j, v := range x.Row(a) {
					sum += (v - x.Row(b)[j]) * (v - x.Row(b)[j])
				}
				if sum < 100 {
					t.Errorf("seed %d: rows %d and %d of the same cluster", s, a, b)
				}
			}
			if again[i] != a {
				t.Errorf("seed %d: %v, of float32 %v", s, chosen, again)
			}
		}
	}
	same := newMatrix(5, 2)
	same.Row(3)[1] = 1
	if chosen, err := KMeansPlusPlus(same, 2, 1); err != nil || (chosen[0] == 3) == (chosen[1] == 3) {
		t.Error(chosen, err)
	}
	for _, k := range []int{-1, 0, 3, 6} {
		if _, err := KMeansPlusPlus(same, k, 1); err == nil {
			t.Errorf("%d different rows of two", k)
		}
	}
}

func BenchmarkFitMixture(b *testing.B) {
	const rows, d, k = 20000, 64, 32
	x := seed("benchmark").clusters(rows, d, k, 0.5)
	for _, s := range structures {
		b.Run(s.String(), func(b *testing.B) {
			start, _, err := FitMixture(x, k, MixtureOptions{Structure: s, Iterations: 1}, relent.Run{})
			if err != nil {
				b.Fatal(err)
			}
			f := &mixtureFit{data: data{chunks: chunksOf(func(yield func(Batch[float64], error) bool) {
				yield(Batch[float64]{Rows: rowsOf(x)}, nil)
			}, true)}, k: k, o: MixtureOptions{Structure: s}}
			if err := f.prepare(); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				sums := must(f.expect(start))
				if _, _, err := f.maximise(start, sums, 1, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

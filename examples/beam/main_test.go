package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/testing/passert"
	"github.com/relent-go/relent"
)

var measures = []relent.Measure{relent.MeasureJeffreys, relent.MeasureJensenShannon}

// someShares are of n bins.
func someShares(r *rng, n int) (list []shares) {
	for range n {
		list = append(list, shares{Then: float64(1+r.below(1000)) / 4096, Now: float64(1+r.below(1000)) / 4096})
	}
	return list
}

// pieces of a list, of any lengths.
func pieces[T any](r *rng, list []T) (all [][]T) {
	for len(list) > 0 {
		n := min(len(list), r.below(300))
		all = append(all, list[:n])
		list = list[n:]
	}
	return all
}

// leaves are accumulators of pieces of the list.
func leaves(r *rng, f *measureFn, list []shares) (all []*accumulator) {
	for _, piece := range pieces(r, list) {
		a := f.CreateAccumulator()
		for _, s := range piece {
			a = f.AddInput(a, s)
		}
		all = append(all, a)
	}
	return all
}

// travelled is what the coder makes of an accumulator on its way to another worker.
func travelled(t *testing.T, a *accumulator) *accumulator {
	t.Helper()
	data, err := encode(a)
	if err != nil {
		t.Fatal(err)
	}
	b, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mergedAnyhow merges in an order and a grouping by chance, each accumulator on another worker.
func mergedAnyhow(t *testing.T, r *rng, f *measureFn, all []*accumulator) float64 {
	t.Helper()
	list := append([]*accumulator{f.CreateAccumulator()}, all...)
	travels := func(a *accumulator) *accumulator { return travelled(t, a) }
	return f.ExtractOutput(mergedInAnyOrder(t, r, list, travels, f.MergeAccumulators))
}

// mergedInAnyOrder is all accumulators in one, merged in any order and grouping; each travels before it is.
func mergedInAnyOrder[A any](t *testing.T, r *rng, list []A, travelled func(A) A, merge func(a, b A) (A, error)) A {
	t.Helper()
	for len(list) > 1 {
		i := r.below(len(list))
		a := list[i]
		list = slices.Delete(list, i, i+1)
		j := r.below(len(list))
		merged, err := merge(travelled(list[j]), travelled(a))
		if err != nil {
			t.Fatal(err)
		}
		list[j] = merged
	}
	return list[0]
}

// Merges have the same bits in any order and grouping, near the single call's; a single accumulator has its bits.
func TestMerges(t *testing.T) {
	r := rng(1)
	for _, m := range measures {
		f := &measureFn{m}
		for _, n := range []int{0, 1, 2, 100, 5000} {
			list := someShares(&r, n)
			now, then := make([]float64, n), make([]float64, n)
			whole := f.CreateAccumulator()
			for i, s := range list {
				now[i], then[i] = s.Now, s.Then
				whole = f.AddInput(whole, s)
			}
			want := relent.Between(m, now, then)
			if got := f.ExtractOutput(travelled(t, whole)); got != want {
				t.Errorf("%v of %d: %x, the call gives %x", m, n, got, want)
			}
			all := leaves(&r, f, list)
			once := mergedAnyhow(t, &r, f, all)
			if math.Abs(once-want) > 1e-14*want {
				t.Errorf("%v of %d, merged: %v, the call gives %v", m, n, once, want)
			}
			for range 20 {
				if got := mergedAnyhow(t, &r, f, all); got != once {
					t.Errorf("%v of %d: merged one way %x, another way %x", m, n, got, once)
				}
			}
		}
	}
}

func TestDamageIsFound(t *testing.T) {
	a := (&measureFn{relent.MeasureJeffreys}).CreateAccumulator()
	a.Add([]float64{0.5}, []float64{0.25})
	data, _ := encode(a)
	for i := range data {
		data[i] ^= 4
		if _, err := decode(data); err == nil {
			t.Errorf("byte %d is damaged, and nobody complains", i)
		}
		data[i] ^= 4
	}
}

// direct is a measure of a column, without Beam.
func direct(m relent.Measure, column string, shards int) float64 {
	bins := map[int]counts{}
	for shard := range shards {
		new(readShard).ProcessElement(shard, func(k binKey, n counts) {
			if k.Column == column {
				bins[k.Bin] = sum(bins[k.Bin], n)
			}
		})
	}
	f := &toShares{counts{shards * shardRows, shards * shardRows}}
	var now, then []float64
	for bin, n := range bins {
		_, s := f.ProcessElement(binKey{column, bin}, n)
		now, then = append(now, s.Now), append(then, s.Then)
	}
	return relent.Between(m, now, then)
}

// near fails for a column whose measure is not the one wanted.
type near struct{ Want map[string]float64 }

func (f *near) ProcessElement(column string, got float64) error {
	want := f.Want[column]
	if !(math.Abs(got-want) <= 1e-14*want) {
		return fmt.Errorf("%s: %v, want %v", column, got, want)
	}
	return nil
}

func init() { register.DoFn2x1[string, float64, error](&near{}) }

// The pipeline, on Prism, gives what direct computation gives.
func TestPipeline(t *testing.T) {
	const shards = 4
	p, s := beam.NewPipelineWithRoot()
	bins := columns(s, shards)
	for _, m := range measures {
		want := map[string]float64{}
		for _, c := range columnBins {
			want[c.name] = direct(m, c.name, shards)
		}
		got := measured(s, m, bins)
		passert.Count(s, got, m.String(), len(want))
		beam.ParDo0(s, &near{want}, got)
	}
	if _, err := beam.Run(context.Background(), "prism", p); err != nil {
		t.Error(err)
	}
}

func TestMain(m *testing.M) {
	beam.Init()
	os.Exit(m.Run())
}

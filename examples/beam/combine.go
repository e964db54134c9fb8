package main

import (
	"reflect"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/relent-go/relent"
)

func init() {
	register.Combiner3[*accumulator, shares, float64](&measureFn{})
	beam.RegisterCoder(reflect.TypeFor[*accumulator](), encode, decode)
}

// shares are those of a bin, then and now.
type shares struct{ Then, Now float64 }

// An accumulator travels between workers, by a coder of its own: Beam's would encode the exported fields, of which there are
// none.
type accumulator = relent.Stream[float64]

func encode(a *accumulator) ([]byte, error) { return a.MarshalBinary() }

func decode(data []byte) (*accumulator, error) {
	a := new(accumulator)
	return a, a.UnmarshalBinary(data)
}

// A measureFn combines the shares of bins to a measure of now and then. The order and grouping of merges does not change a
// bit of the result. Which bins meet in an accumulator first is the engine's choice, and may change the last few.
type measureFn struct{ Measure relent.Measure }

func (f *measureFn) CreateAccumulator() *accumulator {
	return relent.NewStream[float64](f.Measure)
}

func (f *measureFn) AddInput(a *accumulator, s shares) *accumulator {
	a.Add([]float64{s.Now}, []float64{s.Then})
	return a
}

func (f *measureFn) MergeAccumulators(a, b *accumulator) (*accumulator, error) {
	return a, a.Merge(b)
}

func (f *measureFn) ExtractOutput(a *accumulator) float64 { return a.Value() }

package main

import (
	"fmt"
	"reflect"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
)

func init() {
	register.Combiner2[*mvn.Moments, []float64](&momentsFn{})
	beam.RegisterCoder(reflect.TypeFor[*mvn.Moments](), encodeMoments, decodeMoments)
	register.DoFn2x0[int, func(point)](&readPoints{})
	register.Function1x1(rowOf)
	register.DoFn3x1[point, func(**mvn.Moments) bool, func(scored), error](&score{})
	register.Function1x0(reportFar)
	register.Emitter1[point]()
	register.Emitter1[scored]()
}

func encodeMoments(m *mvn.Moments) ([]byte, error) { return m.MarshalBinary() }

func decodeMoments(data []byte) (*mvn.Moments, error) {
	m := new(mvn.Moments)
	return m, m.UnmarshalBinary(data)
}

// A momentsFn combines rows to their moments, which are the same for any bundles and any order of merging: sums are exact.
type momentsFn struct{ Columns int }

func (f *momentsFn) CreateAccumulator() *mvn.Moments { return mvn.NewMoments(f.Columns, mvn.RefuseNaN) }

func (f *momentsFn) AddInput(m *mvn.Moments, row []float64) (*mvn.Moments, error) {
	return m, mvn.MomentsAddRows(m, relent.NewMatrix(1, len(row), row...), nil, relent.Run{})
}

func (f *momentsFn) MergeAccumulators(a, b *mvn.Moments) (*mvn.Moments, error) { return a, a.Merge(b) }

// A point is a row of the table, and its number.
type point struct {
	Number int
	Row    []float64
}

func rowOf(p point) []float64 { return p.Row }

// A scored point has its distance from the mean of all.
type scored struct {
	Number   int
	Distance float64
}

// limit is the distance beyond which points are reported.
const limit = 5

// score emits the points that are far out.
type score struct {
	Limit  float64
	normal *mvn.Normal
}

func (f *score) ProcessElement(p point, moments func(**mvn.Moments) bool, emit func(scored)) error {
	if f.normal == nil { // the side input is the same for all points
		var m *mvn.Moments
		if !moments(&m) {
			return fmt.Errorf("there are no moments")
		}
		var err error
		if f.normal, err = m.Normal(mvn.Estimate{}); err != nil {
			return err
		}
	}
	if d := f.normal.Mahalanobis(p.Row); d > f.Limit {
		emit(scored{p.Number, d})
	}
	return nil
}

// farPoints are those of so many shards whose distance is beyond the limit, under the mean and the covariance of all of them.
func farPoints(s beam.Scope, shards int) beam.PCollection {
	s = s.Scope("covariance")
	numbers := make([]int, shards)
	for i := range numbers {
		numbers[i] = i
	}
	points := beam.ParDo(s, &readPoints{}, beam.CreateList(s, numbers))
	moments := beam.Combine(s, &momentsFn{pointColumns}, beam.ParDo(s, rowOf, points))
	return beam.ParDo(s, &score{Limit: limit}, points, beam.SideInput{Input: moments})
}

func reportFar(p scored) { fmt.Printf("point %d is %.4f from the mean\n", p.Number, p.Distance) }

package main

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/testing/passert"
	"github.com/relent-go/relent/mvn"
)

func pointsOf(shards int) (points []point) {
	for shard := range shards {
		new(readPoints).ProcessElement(shard, func(p point) { points = append(points, p) })
	}
	return points
}

// Moments of pieces that travel and are merged in any order and grouping are those of all rows in one piece.
func TestMomentsMerge(t *testing.T) {
	r, f := rng(3), &momentsFn{pointColumns}
	points := pointsOf(2)
	add := func(points []point) *mvn.Moments {
		m := f.CreateAccumulator()
		for _, p := range points {
			var err error
			if m, err = f.AddInput(m, p.Row); err != nil {
				t.Fatal(err)
			}
		}
		return m
	}
	travelled := func(m *mvn.Moments) *mvn.Moments {
		data, err := encodeMoments(m)
		if err != nil {
			t.Fatal(err)
		}
		if m, err = decodeMoments(data); err != nil {
			t.Fatal(err)
		}
		return m
	}
	want, err := encodeMoments(add(points))
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		list := []*mvn.Moments{add(nil)}
		for _, piece := range pieces(&r, points) {
			list = append(list, add(piece))
		}
		merged := mergedInAnyOrder(t, &r, list, travelled, f.MergeAccumulators)
		if got, err := encodeMoments(merged); err != nil || !bytes.Equal(got, want) {
			t.Errorf("moments that were merged are others: %v", err)
		}
	}
	if _, err := decodeMoments(want[:len(want)-1]); err == nil {
		t.Error("damage is not found")
	}
}

// sameScore fails for a point that is not as far as it should be, to the last bit.
type sameScore struct{ Want map[int]float64 }

func (f *sameScore) ProcessElement(p scored) error {
	if want := f.Want[p.Number]; p.Distance != want {
		return fmt.Errorf("point %d: %v, want %v", p.Number, p.Distance, want)
	}
	return nil
}

func init() { register.DoFn1x1[scored, error](&sameScore{}) }

// The pipeline, on Prism, has the bits of one machine's fit and scores.
func TestFarPoints(t *testing.T) {
	const shards = 3
	points := pointsOf(shards)
	f := &momentsFn{pointColumns}
	m := f.CreateAccumulator()
	for _, p := range points {
		if _, err := f.AddInput(m, p.Row); err != nil {
			t.Fatal(err)
		}
	}
	n, err := m.Normal(mvn.Estimate{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]float64{}
	for _, p := range points {
		if d := n.Mahalanobis(p.Row); d > limit {
			want[p.Number] = d
		}
	}
	if len(want) != shards {
		t.Fatalf("%d points are far: %v", len(want), want)
	}
	p, s := beam.NewPipelineWithRoot()
	far := farPoints(s, shards)
	passert.Count(s, far, "far points", shards)
	beam.ParDo0(s, &sameScore{want}, far)
	if _, err := beam.Run(context.Background(), "prism", p); err != nil {
		t.Error(err)
	}
}

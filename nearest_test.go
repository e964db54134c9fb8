package relent

import (
	"context"
	"fmt"
	"slices"
	"testing"
)

// bruteForce is all measures of a query and the rows, sorted.
func bruteForce[F float](m Measure, query []F, rows Matrix[F]) []Neighbor {
	all := make([]Neighbor, rows.Rows)
	for i := range all {
		all[i] = Neighbor{i, Between(m, query, rows.Row(i))}
	}
	slices.SortStableFunc(all, func(a, b Neighbor) int {
		switch {
		case a.Distance < b.Distance || b.Distance != b.Distance && a.Distance == a.Distance:
			return -1
		case a.Distance > b.Distance || a.Distance != a.Distance && b.Distance == b.Distance:
			return 1
		}
		return 0
	})
	return all
}

func sameNeighbors(got, want []Neighbor) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d neighbours, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].Index != want[i].Index || !same(got[i].Distance, want[i].Distance) {
			return fmt.Errorf("neighbour %d is row %d at %x, want %d at %x",
				i, got[i].Index, got[i].Distance, want[i].Index, want[i].Distance)
		}
	}
	return nil
}

func measuresOfTwo() []Measure {
	return slices.DeleteFunc(allMeasures(), Measure.ofOne)
}

// A collection makes rows, and queries that are like them.
type collection[F float] struct {
	name string
	row  func(r *rng, dst []F)
}

func collections[F float]() []collection[F] {
	var list []collection[F]
	for _, kind := range families[F]() {
		list = append(list, collection[F]{kind.name, func(r *rng, dst []F) {
			for i := range dst {
				dst[i], _ = kind.pair(r)
			}
		}})
	}
	some := families[F]()
	blocks := func(r *rng, dst []F) { // mass in a part: rows near each other and far
		for i, at := range dst {
			_ = at
			dst[i] = unit[F](r) / 64
		}
		for range 1 + len(dst)/3 {
			dst[r.below(len(dst))] += unit[F](r)
		}
	}
	return append(list,
		collection[F]{"clusters", blocks},
		collection[F]{"distributions", func(r *rng, dst []F) { blocks(r, dst); normalised(dst) }},
		collection[F]{"with zeros", func(r *rng, dst []F) {
			blocks(r, dst)
			for i := range dst {
				if r.below(3) == 0 {
					dst[i] = 0
				}
			}
			normalised(dst)
		}},
		collection[F]{"few values", func(r *rng, dst []F) { // many ties
			for i := range dst {
				dst[i] = F(r.below(2)) / 2
			}
		}},
		collection[F]{"of any scale", func(r *rng, dst []F) {
			scale := power[F](r.below(60) - 30)
			for i := range dst {
				dst[i] = scale * unit[F](r)
			}
		}},
		collection[F]{"mixed", func(r *rng, dst []F) {
			kind := some[r.below(len(some))]
			for i := range dst {
				dst[i], _ = kind.pair(r)
			}
		}})
}

func normalised[F float](x []F) {
	sum := sumOf(x)
	if sum == 0 {
		x[0], sum = 1, 1
	}
	for i := range x {
		x[i] = F(float64(x[i]) / sum)
	}
}

func (c collection[F]) matrix(r *rng, rows, cols, stride int) Matrix[F] {
	m := Matrix[F]{Rows: rows, Cols: cols, Stride: stride, Data: make([]F, rows*stride)}
	for i := range m.Data {
		m.Data[i] = F(nan)
	}
	for i := range rows {
		if cols > 0 {
			c.row(r, m.Row(i))
		}
	}
	return m
}

// The nearest are those of the brute force, to the bit: for every measure, kind of rows, number of neighbours.
func TestNearest(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", nearest[float64])
		t.Run("f32", nearest[float32])
	})
}

func nearest[F float](t *testing.T) {
	r := seed(t.Name())
	for _, c := range collections[F]() {
		for _, size := range []struct{ rows, cols int }{{1, 1}, {40, 5}, {150, 10}, {99, 64}} {
			rows := c.matrix(r, short(size.rows), size.cols, size.cols+r.below(3))
			queries := c.matrix(r, 5, size.cols, size.cols+1)
			copy(queries.Row(0), rows.Row(r.below(rows.Rows)))
			for range rows.Rows / 10 {
				copy(rows.Row(r.below(rows.Rows)), rows.Row(r.below(rows.Rows)))
			}
			for _, m := range measuresOfTwo() {
				checkNearest(t, c.name, m, rows, queries)
			}
		}
	}
}

func checkNearest[F float](t *testing.T, name string, m Measure, rows, queries Matrix[F]) {
	t.Helper()
	x := NewIndex(m, rows)
	var all [][]Neighbor
	for i := range queries.Rows {
		all = append(all, bruteForce(m, queries.Row(i), rows))
	}
	for _, k := range []int{0, 1, 10, rows.Rows, rows.Rows + 7} {
		found, err := x.NearestRows(context.Background(), nil, queries, k, 1)
		if err != nil {
			t.Fatal(err)
		}
		each := min(k, rows.Rows)
		for i := range queries.Rows {
			if err := sameNeighbors(found[i*each:][:each], all[i][:each]); err != nil {
				t.Errorf("%v of %d rows of %d, %s, k = %d, query %d: %v", m, rows.Rows, rows.Cols, name, k, i, err)
			}
			if err := sameNeighbors(x.Nearest(nil, queries.Row(i), k), all[i][:each]); err != nil {
				t.Errorf("%v of %d rows of %d, %s, k = %d, query %d alone: %v", m, rows.Rows, rows.Cols, name, k, i, err)
			}
		}
	}
}

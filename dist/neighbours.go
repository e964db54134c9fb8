package dist

import (
	"math"

	"github.com/relent-go/relent"
)

// A pointTree finds nearest points: a k-d tree, whose node i has the boxes of nodes 2i+1 and 2i+2 beside it. What is not in a box is no nearer
// than the box, also as both are rounded, since distances are summed in the same order: results have the bits of a search of all points.
//
// Friedman, Bentley and Finkel, An algorithm for finding best matches in logarithmic expected time, ACM Trans. Math. Softw. 3 (1977), 209–226.
type pointTree struct {
	points relent.Matrix[float64] // in the order of leaves
	leaf   int                    // how many points one has at most
	boxes  []float64              // of each node the least coordinates, and the largest
}

// few is how many points there are for each corner of a box where a search of all takes no longer than one by boxes.
const few = 4

func newPointTree(rows relent.Matrix[float64]) *pointTree {
	d := rows.Cols
	t := &pointTree{points: relent.NewMatrix[float64](rows.Rows, d), leaf: 4 * (d + 1)}
	if rows.Rows>>d < few { // boxes would exclude nearly none
		t.leaf = rows.Rows
	}
	for i := range rows.Rows {
		copy(t.points.Row(i), rows.Row(i))
	}
	nodes := 1
	for n := rows.Rows; n > t.leaf; n = (n + 1) / 2 {
		nodes = 2*nodes + 1
	}
	t.boxes = make([]float64, 2*d*nodes)
	t.build(0, 0, rows.Rows)
	return t
}

// box is the one of a node.
func (t *pointTree) box(node int) (least, most []float64) {
	d := t.points.Cols
	b := t.boxes[2*d*node:]
	return b[:d], b[d:][:d]
}

// build divides points at the middle of the coordinate in which they are farthest apart.
func (t *pointTree) build(node, from, to int) {
	least, most := t.box(node)
	copy(least, t.points.Row(from))
	copy(most, t.points.Row(from))
	for i := from + 1; i < to; i++ {
		for j, v := range t.points.Row(i) {
			least[j], most[j] = min(least[j], v), max(most[j], v)
		}
	}
	if to-from <= t.leaf {
		return
	}
	widest := 0
	for j := range least {
		if most[j]-least[j] > most[widest]-least[widest] {
			widest = j
		}
	}
	middle := from + (to-from+1)/2
	t.divide(widest, from, to, middle)
	t.build(2*node+1, from, middle)
	t.build(2*node+2, middle, to)
}

// divide moves points until those before the middle are no larger in a coordinate than the others: Hoare's selection.
func (t *pointTree) divide(coordinate, from, to, middle int) {
	at := func(i int) float64 { return t.points.Data[i*t.points.Stride+coordinate] }
	for to-from > 1 {
		pivot := at(from + (to-from)/2)
		i, j := from, to-1
		for i <= j {
			for at(i) < pivot {
				i++
			}
			for at(j) > pivot {
				j--
			}
			if i <= j {
				a, b := t.points.Row(i), t.points.Row(j)
				for c, v := range a {
					a[c], b[c] = b[c], v
				}
				i, j = i+1, j-1
			}
		}
		switch {
		case middle <= j:
			to = j + 1
		case middle >= i:
			from = i
		default:
			return
		}
	}
}

// sqToNearest is the square of the distance of x to the k-th nearest point, k the length of nearest, which is for the nearest ones.
func (t *pointTree) sqToNearest(nearest nearestSquares, x []float64) float64 {
	nearest.clear()
	t.search(nearest, x, 0, 0, t.points.Rows)
	return nearest.far()
}

func (t *pointTree) search(nearest nearestSquares, x []float64, node, from, to int) {
	if to-from <= t.leaf {
		for i := from; i < to; i++ {
			nearest.add(sqDistance(x, t.points.Row(i)))
		}
		return
	}
	middle := from + (to-from+1)/2
	below, above := t.sqToBox(2*node+1, x), t.sqToBox(2*node+2, x)
	if below <= above && below < nearest.far() {
		t.search(nearest, x, 2*node+1, from, middle)
	}
	if above < nearest.far() {
		t.search(nearest, x, 2*node+2, middle, to)
	}
	if below > above && below < nearest.far() {
		t.search(nearest, x, 2*node+1, from, middle)
	}
}

func (t *pointTree) sqToBox(node int, x []float64) (sum float64) {
	least, most := t.box(node)
	most = most[:len(x)]
	for j, low := range least[:len(x)] {
		gap := 0.0
		if v := x[j]; v < low {
			gap = low - v
		} else if v > most[j] {
			gap = v - most[j]
		}
		sum += float64(gap * gap)
	}
	return sum
}

// sqDistance is that of two points.
func sqDistance(x, y []float64) (sum float64) {
	y = y[:len(x)]
	for j, v := range x {
		gap := v - y[j]
		sum += float64(gap * gap)
	}
	return sum
}

// nearestSquares are the least ones so far, in order.
type nearestSquares []float64

func (n nearestSquares) clear() {
	for i := range n {
		n[i] = math.Inf(1)
	}
}

// far is the largest.
func (n nearestSquares) far() float64 { return n[len(n)-1] }

func (n nearestSquares) add(square float64) {
	if square >= n.far() {
		return
	}
	at := len(n) - 1
	for ; at > 0 && n[at-1] > square; at-- {
		n[at] = n[at-1]
	}
	n[at] = square
}

// allDistancesFit tells whether the squared distances of all rows from each other are finite.
func allDistancesFit(p, q relent.Matrix[float64]) bool {
	sum := 0.0
	for j := range p.Cols {
		least, most := math.Inf(1), math.Inf(-1)
		for _, rows := range []relent.Matrix[float64]{p, q} {
			for i := range rows.Rows {
				v := rows.Row(i)[j]
				if v != v {
					return false
				}
				least, most = min(least, v), max(most, v)
			}
		}
		gap := most - least
		sum += float64(gap * gap)
	}
	return finite(sum)
}

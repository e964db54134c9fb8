package dist

import (
	"fmt"
	"math"
	"slices"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/sizes"
	"github.com/relent-go/relent/internal/special"
)

const here = sizes.Package("dist")

// KullbackLeiblerOfRows is [KullbackLeiblerOfSamples] of points with d coordinates, the rows of p and q: (d/n)·Σ log(ν/ρ) + log(m/(n-1)) by
// Euclidean distances, NaN where the squared diagonal of the box of all rows is not finite. The nearest are found by trees: in few dimensions it
// takes O((n+m)·log(n+m)), in many up to O(n·(n+m)·d). Scale coordinates alike. A row of p that more than k-1 others equal makes the estimate +Inf
// or NaN, one that k of q equal makes it -Inf: add noise to rounded data.
func KullbackLeiblerOfRows(p, q relent.Matrix[float64], k int) float64 {
	const name = "KullbackLeiblerOfRows"
	sizes.Matrix[float64](p).Check(here, name, "p")
	sizes.Matrix[float64](q).Check(here, name, "q")
	if k < 1 || p.Rows <= k || q.Rows < k || p.Cols != q.Cols {
		here.Panic(name, "the %d nearest of %d×%d and of %d×%d", k, p.Rows, p.Cols, q.Rows, q.Cols)
	}
	if p.Cols == 0 { // of which there may be any number: all are at one place
		return math.NaN()
	}
	if !allDistancesFit(p, q) {
		return math.NaN()
	}
	sum, nearest := 0.0, make(nearestSquares, k+1)
	mine, others := newPointTree(p), newPointTree(q)
	for i := range p.Rows {
		x := p.Row(i)
		sum += special.Log(others.sqToNearest(nearest[:k], x)) - special.Log(mine.sqToNearest(nearest, x)) // it is nearest to itself
	}
	n := float64(p.Rows)
	return float64(sum*(0.5*float64(p.Cols)))/n + special.Log(float64(q.Rows)/(n-1))
}

// KullbackLeiblerOfSamples estimates the divergence of the density that p is a sample of from that of q, by the distances of each of p to
// its k-th nearest one of the others and of q: (1/n)·Σ log(ν/ρ) + log(m/(n-1)) for n of p and m of q (Wang, Kulkarni and Verdú, Divergence
// estimation for multidimensional densities via k-nearest-neighbor distances, 2009, equation 5). A larger k has less variance and more
// bias. The estimate may be negative; with k values of p that are the same it is +Inf or NaN: add noise to rounded data. Values that are
// not finite give NaN. There must be more than k of p and at least k of q; neither is changed.
func KullbackLeiblerOfSamples(p, q []float64, k int) float64 {
	if k < 1 || len(p) <= k || len(q) < k {
		panic(fmt.Sprintf("dist: KullbackLeiblerOfSamples: the %d nearest of %d and of %d", k, len(p), len(q)))
	}
	p, q = slices.Clone(p), slices.Clone(q)
	slices.Sort(p)
	slices.Sort(q)
	if !finite(p[0]) || !finite(p[len(p)-1]) || !finite(q[0]) || !finite(q[len(q)-1]) {
		return math.NaN()
	}
	sum, others := 0.0, 0
	for i, x := range p {
		for others < len(q) && q[others] < x {
			others++
		}
		mine := toNearest(p[:i], p[i+1:], x, k)
		sum += special.Log(toNearest(q[:others], q[others:], x, k)) - special.Log(mine)
	}
	n := float64(len(p))
	return sum/n + special.Log(float64(len(q))/(n-1))
}

// toNearest is the distance of x to the k-th nearest of two ascending slices, of numbers up to it and from it on.
func toNearest(below, above []float64, x float64, k int) (distance float64) {
	for range k {
		down, up := math.Inf(1), math.Inf(1)
		if len(below) > 0 {
			down = x - below[len(below)-1]
		}
		if len(above) > 0 {
			up = above[0] - x
		}
		if len(above) == 0 || len(below) > 0 && down <= up {
			below, distance = below[:len(below)-1], down
		} else {
			above, distance = above[1:], up
		}
	}
	return distance
}

package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/kdtree"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distmv"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/dist"
	"github.com/relent-go/relent/mvn"
)

// beside has one program after the other, and fails if they do not agree to some digits.
func beside(b *testing.B, name string, ours, gonum func() float64) {
	if x, y := ours(), gonum(); !(math.Abs(x-y) <= 1e-8*math.Abs(y)) {
		b.Errorf("%s: %v, gonum has %v", name, x, y)
	}
	b.Run(name+"/relent", func(b *testing.B) { benchmarkCall(b, ours) })
	b.Run(name+"/gonum", func(b *testing.B) { benchmarkCall(b, gonum) })
}

// BenchmarkNormalDistances has what gonum's distmv has of two normal distributions with full covariances.
func BenchmarkNormalDistances(b *testing.B) {
	for _, d := range []int{2, 16, 64} {
		p, err := newPair(d)
		if err != nil {
			b.Fatal(err)
		}
		l, r := gonumFrom(b, p.l), gonumFrom(b, p.r)
		for _, f := range []struct {
			name  string
			ours  func(l, r *mvn.Normal) float64
			gonum func(l, r *distmv.Normal) float64
		}{
			{"KullbackLeibler", mvn.KullbackLeibler, distmv.KullbackLeibler{}.DistNormal},
			{"CrossEntropy", mvn.CrossEntropy, distmv.CrossEntropy{}.DistNormal},
			{"Bhattacharyya", mvn.Bhattacharyya, distmv.Bhattacharyya{}.DistNormal},
			{"Hellinger", mvn.Hellinger, distmv.Hellinger{}.DistNormal},
			{"Renyi", func(l, r *mvn.Normal) float64 { return mvn.Renyi(0.5, l, r) }, distmv.Renyi{Alpha: 0.5}.DistNormal},
			{"SqWasserstein", mvn.SqWasserstein, distmv.Wasserstein{}.DistNormal},
		} {
			beside(b, fmt.Sprintf("%s/d=%d", f.name, d), func() float64 { return f.ours(p.l, p.r) },
				func() float64 { return f.gonum(l, r) })
		}
	}
}

// gonumFrom is gonum's, from a covariance: without one some of its functions panic.
func gonumFrom(b *testing.B, n *mvn.Normal) *distmv.Normal {
	var sigma mat.SymDense
	n.CovarianceMatrix(&sigma)
	m, ok := distmv.NewNormal(n.Mean(nil), &sigma, nil)
	if !ok {
		b.Fatal("not positive definite")
	}
	return m
}

// BenchmarkCovariance has the covariance matrix of rows, as a distribution: of blocks of rows, of exact sums, and gonum's as a matrix alone.
func BenchmarkCovariance(b *testing.B) {
	const rows = 20000
	for _, d := range []int{16, 64, 256} {
		x := mat.NewDense(rows, d, points(rows, d, 3).Data)
		gonum := func() float64 {
			var sigma mat.SymDense
			stat.CovarianceMatrix(&sigma, x, nil)
			return sigma.At(d-1, d-1)
		}
		variance := func(n *mvn.Normal, err error) float64 {
			if err != nil {
				b.Fatal(err)
			}
			return n.Variances(nil)[d-1]
		}
		beside(b, fmt.Sprintf("AddBlocks/d=%d", d), func() float64 {
			m := mvn.NewMoments(d, mvn.RefuseNaN)
			if err := m.AddBlocks(x, relent.Run{}); err != nil {
				b.Fatal(err)
			}
			return variance(m.Normal(mvn.Estimate{}))
		}, gonum)
		beside(b, fmt.Sprintf("Fit/d=%d", d), func() float64 { return variance(mvn.Fit(x, nil, relent.Run{})) }, gonum)
	}
}

// BenchmarkDirichlet has two distributions of as many components.
func BenchmarkDirichlet(b *testing.B) {
	for _, n := range []int{3, 100} {
		p, q := make(dist.Dirichlet, n), make(dist.Dirichlet, n)
		for i := range n {
			p[i], q[i] = float64(1+i%7)/2, float64(2+i%5)/2
		}
		l, r := distmv.NewDirichlet(p, nil), distmv.NewDirichlet(q, nil)
		beside(b, fmt.Sprintf("KullbackLeibler/n=%d", n), func() float64 { return dist.KullbackLeibler(p, q) },
			func() float64 { return distmv.KullbackLeibler{}.DistDirichlet(l, r) })
	}
}

// BenchmarkNearestNeighbours has the divergence of samples in few dimensions, of which gonum's tree finds the nearest neighbours.
func BenchmarkNearestNeighbours(b *testing.B) {
	for _, n := range []int{300, 3000} {
		for _, d := range []int{2, 4, 8} {
			p, q := points(n, d, 1), points(n, d, 2)
			beside(b, fmt.Sprintf("n=%d/d=%d", n, d), func() float64 { return dist.KullbackLeiblerOfRows(p, q, 1) },
				func() float64 { return divergenceByTrees(p, q) })
		}
	}
}

// points are normal, of a seed.
func points(n, d int, seed uint64) relent.Matrix[float64] {
	m := relent.NewMatrix[float64](n, d)
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range m.Data {
		m.Data[i] = r.NormFloat64()
	}
	return m
}

// divergenceByTrees is that of each point's nearest one in both, k = 1.
func divergenceByTrees(p, q relent.Matrix[float64]) float64 {
	mine, others := tree(p), tree(q)
	sum := 0.0
	for i := range p.Rows {
		x := kdtree.Point(p.Row(i))
		keeper := kdtree.NewNKeeper(2) // itself, and the nearest other one
		mine.NearestSet(keeper, x)
		_, away := others.Nearest(x)
		sum += math.Log(away / keeper.Heap[0].Dist)
	}
	n, m := float64(p.Rows), float64(q.Rows)
	return sum*float64(p.Cols)/2/n + math.Log(m/(n-1))
}

func tree(m relent.Matrix[float64]) *kdtree.Tree {
	list := make(kdtree.Points, m.Rows)
	for i := range list {
		list[i] = m.Row(i)
	}
	return kdtree.New(list, false)
}

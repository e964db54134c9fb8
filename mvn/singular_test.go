package mvn

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// On its support a singular distribution is the regular one of the coordinates that it was made from.
func TestSingularOnItsSupport(t *testing.T) {
	for _, shape := range [][2]int{{2, 1}, {3, 2}, {5, 2}, {9, 6}} {
		d, k := shape[0], shape[1]
		r := seed(fmt.Sprint(t.Name(), d))
		// Orthonormal columns: then densities in the plane are those of the coordinates.
		var qr mat.QR
		qr.Factorize(r.dense(d, k))
		var q mat.Dense
		qr.QTo(&q)
		basis := q.Slice(0, d, 0, k)
		mu, inner := r.vector(d), r.covariance(k, 20)
		embed := func(c mat.Symmetric) *mat.SymDense {
			var a mat.Dense
			a.Product(basis, c, basis.T())
			s := mat.NewSymDense(d, nil)
			for i := range d {
				for j := range i + 1 {
					s.SetSym(i, j, (a.At(i, j)+a.At(j, i))/2)
				}
			}
			return s
		}
		at := func(y []float64) []float64 {
			var x mat.VecDense
			x.MulVec(basis, mat.NewVecDense(k, y))
			x.AddVec(&x, mat.NewVecDense(d, mu))
			return x.RawVector().Data
		}
		n, want := must(NewSingular(mu, embed(inner), 0)), must(New(make([]float64, k), inner))
		if _, err := New(mu, embed(inner)); err == nil && d > 2*k {
			t.Errorf("New accepts a covariance of rank %d in %d dimensions", k, d)
		}
		name := fmt.Sprintf("rank %d of %d: ", k, d)
		if n.Rank() != k || n.Dim() != d {
			t.Errorf("%srank %d of %d", name, n.Rank(), n.Dim())
		}
		near(t, name+"LogDet", 10+n.LogDet(), 10+want.LogDet(), 1e-12) // which may be 0
		near(t, name+"Entropy", n.Entropy(), want.Entropy(), 1e-12)
		for range 10 {
			y := r.vector(k)
			x := at(y)
			near(t, name+"LogProb", n.LogProb(x), want.LogProb(y), 1e-11)
			near(t, name+"SqMahalanobis", n.SqMahalanobis(x), want.SqMahalanobis(y), 1e-11)
			off := append([]float64(nil), x...)
			for i := range off {
				off[i] += 1e-3 * r.around()
			}
			if got := n.LogProb(off); !math.IsInf(got, -1) {
				t.Errorf("%slog density %g off the support", name, got)
			}
			if got := n.SqMahalanobis(off); !math.IsInf(got, 1) {
				t.Errorf("%sdistance %g off the support", name, got)
			}
		}
		// Divergences within the support are those of the coordinates; from any other distribution they are infinite.
		innerR, shift := r.covariance(k, 5), r.vector(k)
		m, wantR := must(NewSingular(at(shift), embed(innerR), 0)), must(New(shift, innerR))
		near(t, name+"KullbackLeibler", KullbackLeibler(n, m), KullbackLeibler(want, wantR), 1e-10)
		near(t, name+"Bhattacharyya", Bhattacharyya(n, m), Bhattacharyya(want, wantR), 1e-10)
		near(t, name+"SqWasserstein", SqWasserstein(n, m), SqWasserstein(want, wantR), 1e-10)
		moved := must(NewSingular(r.vector(d), embed(innerR), 0))
		turned := mat.NewSymDense(d, nil)
		turned.SymOuterK(1, r.dense(d, k))
		for what, other := range map[string]*Normal{
			"regular": NewStandard(d), "moved": moved, "turned": must(NewSingular(mu, turned, 0)),
			"of less rank": must(NewSingular(mu, mat.NewSymDense(d, nil), 0)),
		} {
			for _, p := range [][2]*Normal{{n, other}, {other, n}} {
				if got := KullbackLeibler(p[0], p[1]); !math.IsInf(got, 1) {
					t.Errorf("%s%s: divergence %g", name, what, got)
				}
				if got := Hellinger(p[0], p[1]); got != 1 {
					t.Errorf("%s%s: Hellinger distance %g", name, what, got)
				}
			}
		}
	}
}

// A covariance of 0 is a point.
func TestPoint(t *testing.T) {
	mu := []float64{3, -1}
	n := must(NewSingular(mu, mat.NewSymDense(2, nil), 0))
	if n.Rank() != 0 || n.LogDet() != 0 || n.Entropy() != 0 || n.LogProb(mu) != 0 || n.SqMahalanobis(mu) != 0 {
		t.Errorf("rank %d, log det %g, entropy %g, log density %g", n.Rank(), n.LogDet(), n.Entropy(), n.LogProb(mu))
	}
	if got := n.LogProb([]float64{3, 0}); !math.IsInf(got, -1) {
		t.Errorf("log density %g beside it", got)
	}
	if got := n.Rand(nil); got[0] != 3 || got[1] != -1 {
		t.Errorf("sample %v", got)
	}
	if got := KullbackLeibler(n, must(NewSingular(mu, mat.NewSymDense(2, nil), 0))); got != 0 {
		t.Errorf("divergence %g from itself", got)
	}
}

func TestTolerance(t *testing.T) {
	s := mat.NewSymDense(2, []float64{1, 0, 0, 1e-6})
	for tolerance, rank := range map[float64]int{0: 2, 1e-7: 2, 1e-5: 1} {
		if got := must(NewSingular([]float64{0, 0}, s, tolerance)).Rank(); got != rank {
			t.Errorf("tolerance %g: rank %d, want %d", tolerance, got, rank)
		}
	}
	// A little below 0 is 0.
	s.SetSym(1, 1, -1e-17)
	if got := must(NewSingular([]float64{0, 0}, s, 0)).Rank(); got != 1 {
		t.Errorf("rank %d", got)
	}
}

// Given the sum of two variables, which is a third.
func TestConditionSingular(t *testing.T) {
	s := mat.NewSymDense(3, []float64{1, 0, 1, 0, 2, 2, 1, 2, 3}) // x, y, x+y
	n := must(NewSingular([]float64{1, 2, 3}, s, 0))
	given := must(n.ConditionNormal([]int{2}, []float64{6})) // 3 more than the mean: x takes 1, y takes 2
	nearAll(t, "mean", given.Mean(nil), []float64{2, 4}, 1e-14)
	var c mat.SymDense
	given.CovarianceMatrix(&c)
	nearAll(t, "covariance", elements(&c), []float64{2. / 3, -2. / 3, -2. / 3, 2. / 3}, 1e-14)
	if given.Rank() != 1 {
		t.Errorf("rank %d", given.Rank())
	}
	both := must(n.ConditionNormal([]int{0, 2}, []float64{0, 5}))
	nearAll(t, "mean given two", both.Mean(nil), []float64{5}, 1e-14)
	if both.Rank() != 0 {
		t.Errorf("rank %d of what is determined", both.Rank())
	}
	pair := must(n.MarginalNormal([]int{0, 1}))
	if pair.Rank() != 2 {
		t.Errorf("rank %d of two independent variables", pair.Rank())
	}
	degenerate := must(NewSingular([]float64{0, 0, 0}, mat.NewSymDense(3, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1}), 0))
	if n, err := degenerate.ConditionNormal([]int{0, 1}, []float64{1, 2}); err == nil || n != nil {
		t.Errorf("equal variables are given different values: %v", n)
	}
	same := must(degenerate.ConditionNormal([]int{0, 1}, []float64{2, 2}))
	nearAll(t, "mean given equals", same.Mean(nil), []float64{2}, 1e-14)
}

// Marginals and conditionals keep the structure, and so what may be said of it.
func TestStructureIsKept(t *testing.T) {
	r := seed(t.Name())
	const d = 6
	for name, n := range anyForm(r, d) {
		m, c := must(n.MarginalNormal([]int{4, 1, 2})), must(n.ConditionNormal([]int{4, 1}, n.Mean(nil)[:2]))
		if name == "NewSingular, singular" {
			c = must(n.ConditionNormal([]int{4}, []float64{0}))
		}
		switch n.form.(type) {
		case *diagonalForm:
			_, m1 := m.form.(*diagonalForm)
			if _, c1 := c.form.(*diagonalForm); !m1 || !c1 {
				t.Errorf("%s: %T, %T", name, m.form, c.form)
			}
		case *lowRankForm:
			_, m1 := m.form.(*lowRankForm)
			if _, c1 := c.form.(*lowRankForm); !m1 || !c1 {
				t.Errorf("%s: %T, %T", name, m.form, c.form)
			}
		case *precisionForm:
			if _, c1 := c.form.(*precisionForm); !c1 {
				t.Errorf("%s: %T", name, c.form)
			}
		}
		// Twice in one step is one after the other.
		if isSingular(n) {
			continue
		}
		one := must(n.ConditionNormal([]int{0, 3}, []float64{0.5, -1}))
		two := must(must(n.ConditionNormal([]int{0}, []float64{0.5})).ConditionNormal([]int{2}, []float64{-1}))
		nearAll(t, name, two.Mean(nil), one.Mean(nil), 1e-11)
		if e := KullbackLeibler(one, two); e > 1e-20 {
			t.Errorf("%s: conditioning in two steps differs by %g nats", name, e)
		}
	}
}

func TestKullbackLeiblers(t *testing.T) {
	r := seed(t.Name())
	var l, rs []*Normal
	for _, n := range anyForm(r, 4) {
		if len(l) < 3 {
			l = append(l, n)
		}
		rs = append(rs, n)
	}
	for _, workers := range []int{0, 1, 2, 7, 100} {
		got := KullbackLeiblers(nil, l, rs, workers)
		for i := range l {
			for j := range rs {
				if want := KullbackLeibler(l[i], rs[j]); got.At(i, j) != want {
					t.Errorf("%d workers: (%d, %d) is %g, want %g", workers, i, j, got.At(i, j), want)
				}
			}
		}
	}
	if got := KullbackLeiblers(nil, nil, rs, 1); !got.IsEmpty() {
		t.Errorf("of none: %v", got)
	}
}

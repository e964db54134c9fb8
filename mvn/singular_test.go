package mvn

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/relent-go/relent"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
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
		n, want := must(NewNormalSingular(mu, embed(inner), 0)), must(NewNormal(make([]float64, k), inner))
		if _, err := NewNormal(mu, embed(inner)); err == nil && d > 2*k {
			t.Errorf("NewNormal accepts a covariance of rank %d in %d dimensions", k, d)
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
		m, wantR := must(NewNormalSingular(at(shift), embed(innerR), 0)), must(NewNormal(shift, innerR))
		near(t, name+"KullbackLeibler", KullbackLeibler(n, m), KullbackLeibler(want, wantR), 1e-10)
		near(t, name+"Bhattacharyya", Bhattacharyya(n, m), Bhattacharyya(want, wantR), 1e-10)
		near(t, name+"SqWasserstein", SqWasserstein(n, m), SqWasserstein(want, wantR), 1e-10)
		moved := must(NewNormalSingular(r.vector(d), embed(innerR), 0))
		turned := mat.NewSymDense(d, nil)
		turned.SymOuterK(1, r.dense(d, k))
		for what, other := range map[string]*Normal{
			"regular": NewNormalStandard(d), "moved": moved, "turned": must(NewNormalSingular(mu, turned, 0)),
			"of less rank": must(NewNormalSingular(mu, mat.NewSymDense(d, nil), 0)),
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
	n := must(NewNormalSingular(mu, mat.NewSymDense(2, nil), 0))
	if n.Rank() != 0 || n.LogDet() != 0 || n.Entropy() != 0 || n.LogProb(mu) != 0 || n.SqMahalanobis(mu) != 0 {
		t.Errorf("rank %d, log det %g, entropy %g, log density %g", n.Rank(), n.LogDet(), n.Entropy(), n.LogProb(mu))
	}
	if got := n.LogProb([]float64{3, 0}); !math.IsInf(got, -1) {
		t.Errorf("log density %g beside it", got)
	}
	if got := n.Seeded(nil).Rand(nil); got[0] != 3 || got[1] != -1 {
		t.Errorf("sample %v", got)
	}
	if got := KullbackLeibler(n, must(NewNormalSingular(mu, mat.NewSymDense(2, nil), 0))); got != 0 {
		t.Errorf("divergence %g from itself", got)
	}
}

// The tolerance is of the share of a variance that other variables leave unexplained, whatever the units are.
func TestTolerance(t *testing.T) {
	for _, unit := range []float64{0x1p-40, 1, 0x1p40} {
		s := mat.NewSymDense(2, []float64{1, unit, unit, unit * unit * (1 + 0x1p-20)})
		for tolerance, rank := range map[float64]int{0: 2, 0x1p-21: 2, 0x1p-19: 1} {
			if got := must(NewNormalSingular([]float64{0, 0}, s, tolerance)).Rank(); got != rank {
				t.Errorf("unit %g, tolerance %g: rank %d, want %d", unit, tolerance, got, rank)
			}
		}
	}
	// A little below 0 is 0.
	s := mat.NewSymDense(2, []float64{1, 0, 0, -1e-17})
	if got := must(NewNormalSingular([]float64{0, 0}, s, 0)).Rank(); got != 1 {
		t.Errorf("rank %d", got)
	}
}

// Neither scales nor constants decide about other dimensions.
func TestRankOfScales(t *testing.T) {
	for _, c := range []struct {
		variances []float64
		rank      int
	}{{[]float64{1e-10, 1, 1e10}, 3}, {[]float64{1e-20, 1, 1e20}, 3}, {[]float64{0, 1, 1e20}, 2}, {[]float64{1e-300, 1e300}, 2}} {
		d := len(c.variances)
		s := mat.NewSymDense(d, nil)
		for i, v := range c.variances {
			s.SetSym(i, i, v)
		}
		n := must(NewNormalSingular(make([]float64, d), s, 0))
		if n.Rank() != c.rank {
			t.Errorf("variances %g: rank %d, want %d", c.variances, n.Rank(), c.rank)
		}
		log := 0.0
		x := make([]float64, d)
		for i, v := range c.variances {
			if v > 0 {
				log += math.Log(v)
				x[i] = math.Sqrt(v)
			}
		}
		near(t, fmt.Sprint("log det + 10 of ", c.variances), n.LogDet()+10, log+10, 1e-14)
		near(t, fmt.Sprint("distance, variances ", c.variances), n.SqMahalanobis(x), float64(c.rank), 1e-14)
		if x[0] == 0 {
			x[0] = 1e-9
			if got := n.SqMahalanobis(x); !math.IsInf(got, 1) {
				t.Errorf("distance %g where a constant is another", got)
			}
		}
	}
	// The covariance of fewer rows than dimensions, in units of all sizes.
	for trial := range 50 {
		r := seed(fmt.Sprint(t.Name(), trial))
		d := 2 + trial%20
		rows := 1 + trial%d
		x := r.dense(rows, d)
		units := make([]float64, d)
		for j := range units {
			units[j] = math.Pow(10, 10*r.around())
			for i := range rows {
				x.Set(i, j, units[j]*(x.At(i, j)+r.around()*100))
			}
		}
		s := mat.NewSymDense(d, nil)
		s.SymOuterK(1/float64(rows), x.T())
		if got := must(NewNormalSingular(make([]float64, d), s, 0)).Rank(); got != rows {
			t.Errorf("%d rows in %d dimensions: rank %d", rows, d, got)
		}
	}
}

// Against exact numbers: Σ = AAᵀ without rounding, A of small integers in units that are powers of 2.
func TestSingularAgainstBig(t *testing.T) {
	distance, logDet, score, divergence := 0.0, 0.0, 0.0, 0.0
	for trial := range 60 {
		r := seed(fmt.Sprint(t.Name(), trial))
		d := 2 + trial%8
		k := 1 + trial%(d-1)
		units := make([]float64, d)
		for i := range units {
			units[i] = math.Ldexp(1, int(r.next()%61)-30)
		}
		integers := func(rows, cols int) *mat.Dense {
			a := mat.NewDense(rows, cols, nil)
			for i := range rows {
				for j := range cols {
					a.Set(i, j, float64(int(r.next()%41)-20))
				}
			}
			return a
		}
		a := integers(d, k)
		scaleRows := func(a *mat.Dense) {
			for i, u := range units {
				for j := range k {
					a.Set(i, j, u*a.At(i, j))
				}
			}
		}
		mix := integers(k, k) // of the columns: another covariance on the same support
		var b mat.Dense
		b.Mul(a, mix)
		scaleRows(a)
		scaleRows(&b)
		outer := func(a *mat.Dense) *mat.SymDense {
			s := mat.NewSymDense(d, nil)
			s.SymOuterK(1, a)
			return s
		}
		n := must(NewNormalSingular(make([]float64, d), outer(a), 0))
		bigA := bigColumns(a)
		gram := bigGram(bigA).cholesky()
		if n.Rank() != k {
			t.Fatalf("rank %d of %d columns in %d dimensions", n.Rank(), k, d)
		}
		logDet = max(logDet, math.Abs(n.LogDet()-float(gram.logDet())))
		z := make([]float64, k)
		x := make([]float64, d)
		for j := range z {
			z[j] = float64(int(r.next()%2001) - 1000)
		}
		for i := range x {
			x[i] = dot(z, a.RawRowView(i))
		}
		distance = max(distance, relativeError(n.SqMahalanobis(x), dot(z, z)))
		// Σ⁺x = A(AᵀA)⁻¹z
		w := gram.whiten(bigDifference(z, make([]float64, k)))
		solved := gram.back(w)
		got := n.ScoreInput(nil, x)
		for i := range x {
			want, size := zero(), zero()
			for j, v := range solved {
				term := zero().Mul(v, bigA[j][i])
				want.Add(want, term)
				size.Add(size, term.Abs(term))
			}
			score = max(score, math.Abs(got[i]+float(want))/max(float(size), 0x1p-1000))
		}
		other := must(NewNormalSingular(make([]float64, d), outer(&b), 0))
		m := bigOf(k, func(i, j int) float64 { return mix.At(i, j) })
		sigma := bigSquare(m)
		if float(sigma[0][0]) == 0 || other.Rank() != k {
			continue // mix is singular
		}
		zeros := make([]float64, k)
		want := float(bigKL(zeros, sigma.cholesky(), zeros, bigDiagonal(constant(k, 1))))
		divergence = max(divergence, relativeError(KullbackLeibler(other, n), want))
	}
	t.Logf("distances %.3g, log det %.3g, scores %.3g, divergences %.3g", distance, logDet, score, divergence)
	if distance > 1e-12 || logDet > 1e-12 || score > 1e-11 || divergence > 1e-11 {
		t.Errorf("errors: distances %.3g, log det %.3g, scores %.3g, divergences %.3g", distance, logDet, score, divergence)
	}
}

// Near each other on their support: Σ = JSJᵀ, exactly, as the rows of J are signed powers of 2 times unit vectors.
func TestSingularNearEqual(t *testing.T) {
	worst := nearErrors{}
	eachNearPair([]int{1, 2, 4}, []float64{10, 1e6}, []float64{0, 1e-10, 1e-5, 1e-2}, func(p nearPair) {
		if !strings.HasPrefix(p.name, "NewNormal, NewNormal,") {
			return
		}
		k := p.l.Dim()
		embed := func(n exactNormal) *Normal {
			mu := make([]float64, 2*k+1)
			s := mat.NewSymDense(2*k+1, nil)
			row := func(i int) (int, float64) { return i % k, math.Ldexp(1-2*float64(i%2), i-k) }
			for i := range 2 * k {
				a, u := row(i)
				mu[i] = u * n.mean[a]
				for j := range 2 * k {
					b, v := row(j)
					s.SetSym(i, j, u*v*n.form.covariance(a, b))
				}
			}
			return must(NewNormalSingular(mu, s, 0))
		}
		l, r := embed(p.l), embed(p.r)
		if r.Rank() != k {
			t.Errorf("%s: rank %d", p.name, r.Rank())
		}
		worst.check(t, p, KullbackLeibler(l, r), p.l.kl(p.r))
		worst.check(t, p, Renyi(0.25, l, r), p.l.renyi(0.25, p.r))
		// J is an isometry times diag(√g), g the squares of its columns.
		g := make([]float64, k)
		for i := range 2 * k {
			g[i%k] += math.Ldexp(1, 2*(i-k))
		}
		scaled := func(n exactNormal) exactNormal {
			s := bigOf(k, func(i, j int) float64 { return 0 })
			for i := range k {
				for j := range k {
					s[i][j].Mul(n.sigma[i][j], zero().Sqrt(zero().Mul(number(g[i]), number(g[j]))))
				}
			}
			return exactNormalOf(NewNormalStandard(k), s)
		}
		want := scaled(p.l).sqWasserstein(scaled(p.r))
		for i, v := range g {
			m := p.l.mean[i] - p.r.mean[i]
			want += v * m * m
		}
		p.cond *= 16 // and those of J
		worst.check(t, p, SqWasserstein(l, r), want)
	})
	worst.log(t)
}

func bigColumns(a *mat.Dense) [][]*big.Float {
	_, cols := a.Dims()
	b := make([][]*big.Float, cols)
	for j := range b {
		column := mat.Col(nil, j, a)
		b[j] = bigDifference(column, make([]float64, len(column)))
	}
	return b
}

// bigGram is that of columns.
func bigGram(columns [][]*big.Float) bigMatrix {
	g := bigOf(len(columns), func(i, j int) float64 { return 0 })
	for i, a := range columns {
		for j, b := range columns {
			for k := range a {
				g[i][j].Add(g[i][j], zero().Mul(a[k], b[k]))
			}
		}
	}
	return g
}

// back is L⁻ᵀz.
func (a bigMatrix) back(z []*big.Float) []*big.Float {
	x := make([]*big.Float, len(z))
	for i := len(z) - 1; i >= 0; i-- {
		sum := zero().Set(z[i])
		for k := i + 1; k < len(z); k++ {
			sum.Sub(sum, zero().Mul(a[k][i], x[k]))
		}
		x[i] = sum.Quo(sum, a[i][i])
	}
	return x
}

// The covariance of thirty measurements of tumours, in units that differ by five orders of magnitude, is of full rank: distances are as
// accurate as those of NewNormal.
func TestSingularOfRealData(t *testing.T) {
	x := readBreastCancer(t)
	rows, d := x.Dims()
	var sigma mat.SymDense
	stat.CovarianceMatrix(&sigma, x, nil)
	mu := make([]float64, d)
	for j := range mu {
		mu[j] = stat.Mean(mat.Col(nil, j, x), nil)
	}
	n, m := must(NewNormalSingular(mu, &sigma, 0)), must(NewNormal(mu, &sigma))
	if n.Rank() != d {
		t.Fatalf("rank %d of %d", n.Rank(), d)
	}
	l := bigOf(d, sigma.At).cholesky()
	near(t, "log det", n.LogDet(), float(l.logDet()), 1e-13)
	worst, worstNew := 0.0, 0.0
	for i := 0; i < rows; i += 10 {
		row := x.RawRowView(i)
		want := float(bigSquares(l.whiten(bigDifference(row, mu))))
		worst = max(worst, relativeError(n.SqMahalanobis(row), want))
		worstNew = max(worstNew, relativeError(m.SqMahalanobis(row), want))
	}
	t.Logf("distances: NewNormalSingular %.3g, NewNormal %.3g", worst, worstNew)
	if worst > 1e-12 || worst > 2*worstNew {
		t.Errorf("distances: NewNormalSingular %.3g, NewNormal %.3g", worst, worstNew)
	}
	// A sum of columns more, and the rank stays.
	wide := mat.NewDense(rows, d+1, nil)
	for i := range rows {
		copy(wide.RawRowView(i), x.RawRowView(i))
		wide.Set(i, d, x.At(i, 0)+x.At(i, 3)+x.At(i, 9))
	}
	var more mat.SymDense
	stat.CovarianceMatrix(&more, wide, nil)
	mean := append(append([]float64(nil), mu...), mu[0]+mu[3]+mu[9])
	s := must(NewNormalSingular(mean, &more, 0))
	if s.Rank() != d {
		t.Fatalf("rank %d of %d with a sum", s.Rank(), d+1)
	}
	for i := 0; i < rows; i += 10 {
		near(t, "distance with a sum", s.SqMahalanobis(wide.RawRowView(i)), m.SqMahalanobis(x.RawRowView(i)), 1e-9)
	}
}

func readBreastCancer(t *testing.T) *mat.Dense {
	t.Helper()
	file, err := os.Open("../bench/data/breast_cancer.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.FieldsPerRecord = -1
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var data []float64
	for _, line := range lines[1:] {
		for _, field := range line[:30] {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			data = append(data, v)
		}
	}
	return mat.NewDense(len(data)/30, 30, data)
}

// Given the sum of two variables, which is a third.
func TestConditionSingular(t *testing.T) {
	s := mat.NewSymDense(3, []float64{1, 0, 1, 0, 2, 2, 1, 2, 3}) // x, y, x+y
	n := must(NewNormalSingular([]float64{1, 2, 3}, s, 0))
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
	degenerate := must(NewNormalSingular([]float64{0, 0, 0}, mat.NewSymDense(3, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1}), 0))
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
	for name, n := range inOrder(anyForm(r, d)) {
		m, c := must(n.MarginalNormal([]int{4, 1, 2})), must(n.ConditionNormal([]int{4, 1}, n.Mean(nil)[:2]))
		if name == "NewNormalSingular, singular" {
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
	for _, n := range inOrder(anyForm(r, 4)) {
		if len(l) < 3 {
			l = append(l, n)
		}
		rs = append(rs, n)
	}
	for _, workers := range []int{0, 1, 2, 7, 100} {
		got := must(KullbackLeiblers(nil, l, rs, relent.Run{Workers: workers}))
		for i := range l {
			for j := range rs {
				if want := KullbackLeibler(l[i], rs[j]); got.At(i, j) != want {
					t.Errorf("%d workers: (%d, %d) is %g, want %g", workers, i, j, got.At(i, j), want)
				}
			}
		}
	}
	if got := must(KullbackLeiblers(nil, nil, rs, relent.Run{})); !got.IsEmpty() {
		t.Errorf("of none: %v", got)
	}
}

package mvn

import (
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// anyForm has one distribution of each kind in d dimensions, all forms of NewNormal's and diagonal ones.
func anyForm(r *rng, d int) map[string]*Normal {
	mu := r.vector(d)
	all := forms(mu, r.covariance(d, 30))
	all["NewNormalDiagonal"] = must(NewNormalDiagonal(mu, r.positive(d)))
	all["NewNormalIsotropic"] = must(NewNormalIsotropic(mu, 0.3))
	all["NewNormalStandard"] = NewNormalStandard(d)
	flat := r.dense(d, max(1, d-1))
	s := mat.NewSymDense(d, nil)
	s.SymOuterK(1, flat)
	all["NewNormalSingular, singular"] = must(NewNormalSingular(mu, s, 0))
	return all
}

// What is computed of rows is what is computed of each, with the same bits, however the rows are stored and divided.
func TestRows(t *testing.T) {
	for _, d := range []int{1, 2, 5, 12, 33} {
		r := seed(fmt.Sprint(t.Name(), d))
		const rows = 37
		for name, n := range inOrder(anyForm(r, d)) {
			x := relent.Matrix[float64]{Rows: rows, Cols: d, Stride: d + 3, Data: make([]float64, rows*(d+3))}
			for i := range rows {
				n.TransformNormal(x.Row(i), r.vector(d))
			}
			dense := mat.NewDense(rows, d, nil)
			for i := range rows {
				dense.SetRow(i, x.Row(i))
			}
			name := fmt.Sprintf("%s, d = %d: ", name, d)
			logProb, square, distance := must(n.LogProbRows(nil, dense, relent.Run{})), must(n.SqMahalanobisRows(nil, dense, relent.Run{})), must(n.MahalanobisRows(nil, dense, relent.Run{}))
			score := must(n.ScoreRows(nil, dense, relent.Run{}))
			for i := range rows {
				row := x.Row(i)
				nearAll(t, name+"one row", []float64{n.LogProb(row), n.SqMahalanobis(row), n.Mahalanobis(row)},
					[]float64{logProb[i], square[i], distance[i]}, 0)
				nearAll(t, name+"ScoreInput", n.ScoreInput(nil, row), score.RawRowView(i), 0)
				near(t, name+"Mahalanobis", distance[i]*distance[i], square[i], 1e-15)
				near(t, name+"LogProb", logProb[i]+square[i]/2-100, -0.5*(float64(n.Rank())*logTwoPi+n.LogDet())-100, 1e-14)
				if !(square[i] >= 0) || math.IsInf(square[i], 1) {
					t.Errorf("%srow %d: squared distance %g", name, i, square[i])
				}
			}
			for _, workers := range []int{-1, 0, 1, 2, 3, 50} {
				nearAll(t, name+"LogProbRows", must(LogProbRows(make([]float64, rows), n, x, relent.Run{Workers: workers})), logProb, 0)
				nearAll(t, name+"SqMahalanobisRows", must(SqMahalanobisRows(make([]float64, rows), n, x, relent.Run{Workers: workers})), square, 0)
				nearAll(t, name+"MahalanobisRows", must(MahalanobisRows(make([]float64, rows), n, x, relent.Run{Workers: workers})), distance, 0)
				got := must(ScoreRows(relent.Matrix[float64]{}, n, x, relent.Run{Workers: workers}))
				nearAll(t, name+"ScoreRows", got.Data, score.RawMatrix().Data, 0)
			}

			// float32 rows, compared with the float64 results of the same elements.
			single := relent.Matrix[float32]{Rows: rows, Cols: d, Stride: x.Stride, Data: singles(x.Data)}
			for i, v := range single.Data {
				x.Data[i] = float64(v)
			}
			want := must(n.SqMahalanobisRows(nil, dense, relent.Run{}))
			want = must(SqMahalanobisRows(want, n, x, relent.Run{}))
			for i, got := range must(SqMahalanobisRows(nil, n, single, relent.Run{})) {
				near(t, name+"float32", float64(got)+float64(d), want[i]+float64(d), 2e-4)
			}
			for _, workers := range []int{2, 5} {
				a, b := must(LogProbRows(nil, n, single, relent.Run{})), must(LogProbRows(nil, n, single, relent.Run{Workers: workers}))
				c, e := must(ScoreRows(relent.Matrix[float32]{}, n, single, relent.Run{})), must(ScoreRows(relent.Matrix[float32]{}, n, single, relent.Run{Workers: workers}))
				for i := range a {
					if a[i] != b[i] {
						t.Errorf("%sfloat32, %d workers: %g, %g", name, workers, a[i], b[i])
					}
				}
				for i := range c.Data {
					if c.Data[i] != e.Data[i] {
						t.Errorf("%sfloat32 score, %d workers: %g, %g", name, workers, c.Data[i], e.Data[i])
					}
				}
			}
		}
	}
}

func TestNoRows(t *testing.T) {
	for name, n := range inOrder(anyForm(seed(t.Name()), 3)) {
		if got := must(n.LogProbRows(nil, &mat.Dense{}, relent.Run{})); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
		if got := must(n.ScoreRows(nil, &mat.Dense{}, relent.Run{Workers: 2})); !got.IsEmpty() {
			t.Errorf("%s: %v", name, got)
		}
		if got := must(SqMahalanobisRows(nil, n, relent.Matrix[float32]{Cols: 3, Stride: 3}, relent.Run{Workers: 4})); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	r := seed(t.Name())
	const d, rows = 6, 20
	dense := r.dense(rows, d)
	x := relent.Matrix[float64](dense.RawMatrix())
	single := singleMatrix(x)
	dst, dst32 := make([]float64, rows), make([]float32, rows)
	out, out32 := mat.NewDense(rows, d, nil), singleMatrix(newMatrix(rows, d))
	score := make([]float64, d)
	all := anyForm(r, d)
	for name, n := range inOrder(all) {
		white, white32 := mat.NewDense(rows, n.Rank(), nil), singleMatrix(newMatrix(rows, n.Rank()))
		student := must(n.StudentT(3))
		for what, call := range map[string]func(){
			"LogProb":                func() { n.LogProb(score) },
			"Prob":                   func() { n.Prob(score) },
			"SqMahalanobis":          func() { n.SqMahalanobis(score) },
			"Mahalanobis":            func() { n.Mahalanobis(score) },
			"ScoreInput":             func() { n.ScoreInput(dst[:d], score) },
			"LogProbRows":            func() { n.LogProbRows(dst, dense, relent.Run{}) },
			"SqMahalanobisRows":      func() { n.SqMahalanobisRows(dst, dense, relent.Run{}) },
			"MahalanobisRows":        func() { n.MahalanobisRows(dst, dense, relent.Run{}) },
			"ScoreRows":              func() { n.ScoreRows(out, dense, relent.Run{}) },
			"LogProbRows, raw":       func() { LogProbRows(dst, n, x, relent.Run{}) },
			"LogProbRows, float32":   func() { LogProbRows(dst32, n, single, relent.Run{}) },
			"MahalanobisRows, f32":   func() { MahalanobisRows(dst32, n, single, relent.Run{}) },
			"SqMahalanobisRows, f32": func() { SqMahalanobisRows(dst32, n, single, relent.Run{}) },
			"ScoreRows, float32":     func() { ScoreRows(out32, n, single, relent.Run{}) },
			"Whiten":                 func() { n.Whiten(dst[:n.Rank()], score) },
			"WhitenRows":             func() { n.WhitenRows(white, dense, relent.Run{}) },
			"WhitenRows, float32":    func() { WhitenRows(white32, n, single, relent.Run{}) },
			"Variances":              func() { n.Variances(dst[:d]) },
			"StudentT.LogProb":       func() { student.LogProb(score) },
			"StudentT.Prob":          func() { student.Prob(score) },
			"StudentT.LogProbRows":   func() { student.LogProbRows(dst, dense, relent.Run{}) },
			"StudentT, float32":      func() { StudentTLogProbRows(dst32, student, single, relent.Run{}) },
		} {
			if allocations := testing.AllocsPerRun(20, call); allocations != 0 {
				t.Errorf("%s, %s: %v allocations", name, what, allocations)
			}
		}
		for other, m := range inOrder(all) {
			if isSingular(n) || isSingular(m) {
				continue
			}
			left, right, divergences := []*Normal{n}, []*Normal{m}, mat.NewDense(1, 1, nil)
			for what, call := range map[string]func(){
				"KullbackLeibler":  func() { KullbackLeibler(n, m) },
				"KullbackLeiblers": func() { KullbackLeiblers(divergences, left, right, relent.Run{}) },
				"JensenShannons":   func() { JensenShannons(divergences, left, right, relent.Run{}) },
			} {
				pooled := what == "JensenShannons" // which factorises in what a pool has
				if allocations := testing.AllocsPerRun(5, call); allocations != 0 && !(pooled && racing) {
					t.Errorf("%s(%s, %s): %v allocations", what, name, other, allocations)
				}
			}
		}
	}
	other := newMatrix(rows, d)
	for what, call := range map[string]func(){
		"standard": func() { KullbackLeiblerStandardRows(dst, x, other, relent.Run{}) },
		"diagonal": func() { KullbackLeiblerDiagonalRows(dst32, single, single, single, single, relent.Run{}) },
	} {
		if allocations := testing.AllocsPerRun(20, call); allocations != 0 {
			t.Errorf("%s rows: %v allocations", what, allocations)
		}
	}
}

// Variances that a condition number would refuse, and the ends of the range.
func TestExtremeScales(t *testing.T) {
	sym := func(x ...float64) *mat.SymDense {
		s := mat.NewSymDense(len(x), nil)
		for i, v := range x {
			s.SetSym(i, i, v)
		}
		return s
	}
	for _, v := range [][]float64{{1, 1e-17}, {1e-300, 1e300}, {1e-300, 1e-300}, {1e300, 2e300}, {5e-324, 1}, {0x1p-1022, 0x1p1023}} {
		half := []float64{0.5 * math.Sqrt(v[0]), -2 * math.Sqrt(v[1])}
		logs := float(bigLog(number(v[0]))) + float(bigLog(number(v[1]))) // of the smallest number math.Log is wrong
		want := -0.5*(2*logTwoPi+logs) - 0.5*4.25
		zero := make([]float64, 2)
		distributions := map[string]*Normal{
			"NewNormal":         must(NewNormal(zero, sym(v...))),
			"NewNormalDiagonal": must(NewNormalDiagonal(zero, v)),
			"NewNormalLowRank":  must(NewNormalLowRank(zero, mat.NewDense(2, 1, nil), v)),
			"NewNormalChol":     must(NewNormalChol(zero, cholesky(sym(v...)))),
		}
		if v[0] > 1e-307 && v[1] < 1e307 {
			distributions["NewNormalPrecision"] = must(NewNormalPrecision(zero, sym(1/v[0], 1/v[1])))
		}
		for name, n := range distributions {
			near(t, fmt.Sprint(name, v), n.LogProb(half), want, 1e-13)
			near(t, fmt.Sprint(name, v, ": entropy"), n.Entropy(), 1+logTwoPi+0.5*(logs), 1e-14)
			if got := KullbackLeibler(n, n); got != 0 {
				t.Errorf("%s, %v: %g from itself", name, v, got)
			}
			if v[0] < 1e-40 || v[1] > 1e40 || v[1] < 1e-40 { // out of range of float32 variances, in part
				x := relent.Matrix[float32]{Rows: 1, Cols: 2, Stride: 2, Data: singles(half)}
				wide := []float64{float64(x.Data[0]), float64(x.Data[1])}
				got := float64(must(LogProbRows(nil, n, x, relent.Run{}))[0])
				if want := n.LogProb(wide); relativeError(got, want) > 1e-5 && !(math.Abs(want) > math.MaxFloat32 && got == math.Inf(-1)) {
					t.Errorf("%s, %v, float32: %g, want %g", name, v, got, want)
				}
			}
		}
	}
}

// Too far out is -Inf, not NaN.
func TestOverflow(t *testing.T) {
	r := seed(t.Name())
	for name, n := range inOrder(anyForm(r, 4)) {
		for _, far := range []float64{1e160, 1e200, 1e300, math.MaxFloat64} {
			x := n.TransformNormal(nil, []float64{1, -1, 0.5, 0.25})
			moveOut(x, far)
			if name == "NewNormalSingular, singular" { // the mean is not on a line through 0
				n.SetMean(make([]float64, 4))
				moveOut(n.TransformNormal(x, []float64{1, -1, 0.5, 0.25}), far)
			}
			if got := n.LogProb(x); !math.IsInf(got, -1) {
				t.Errorf("%s: LogProb at %g is %g", name, far, got)
			}
			if got := n.SqMahalanobis(x); !math.IsInf(got, 1) {
				t.Errorf("%s: SqMahalanobis at %g is %g", name, far, got)
			}
			if got := n.Prob(x); got != 0 {
				t.Errorf("%s: Prob at %g is %g", name, far, got)
			}
		}
	}
	far := must(NewNormalIsotropic([]float64{math.MaxFloat64}, 1))
	if got := KullbackLeibler(far, must(NewNormalIsotropic([]float64{-math.MaxFloat64}, 1))); !math.IsInf(got, 1) {
		t.Errorf("KullbackLeibler of means too far apart is %g", got)
	}
	other := must(NewNormal([]float64{-math.MaxFloat64}, mat.NewSymDense(1, []float64{2})))
	for what, f := range divergences {
		most := map[string]float64{"Hellinger": 1, "TotalVariation": 1, "JensenShannon": relent.BernoulliEntropy(0.5)}[what]
		if most == 0 {
			most = math.Inf(1)
		}
		if got := f(far, other); got != most {
			t.Errorf("%s of means too far apart is %g", what, got)
		}
	}
}

// moveOut scales x so that its largest element is far.
func moveOut(x []float64, far float64) {
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(v))
	}
	for i := range x {
		x[i] = x[i] / largest * far
	}
}

func TestSetMeanLeavesTheArgumentAlone(t *testing.T) {
	mu := []float64{1, 2}
	n := must(NewNormalDiagonal(mu, []float64{1, 1}))
	mu[0] = 9
	if got := n.Mean(nil); got[0] != 1 {
		t.Errorf("the mean follows the argument of NewNormal: %v", got)
	}
	n.SetMean(mu)
	mu[1] = 9
	if got := n.Mean(nil); got[0] != 9 || got[1] != 2 {
		t.Errorf("the mean follows the argument of SetMean: %v", got)
	}
	if got := n.SqMahalanobis([]float64{9, 0}); got != 4 {
		t.Errorf("distance %g from the new mean, want 4", got)
	}
	x := relent.Matrix[float32]{Rows: 1, Cols: 2, Stride: 2, Data: []float32{9, 0}}
	if got := must(SqMahalanobisRows(nil, n, x, relent.Run{}))[0]; got != 4 {
		t.Errorf("float32: distance %g from the new mean, want 4", got)
	}
	n.SetMean([]float64{9, 1})
	if got := must(SqMahalanobisRows(nil, n, x, relent.Run{}))[0]; got != 1 {
		t.Errorf("float32: distance %g from the newer mean, want 1", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	r := seed(t.Name())
	x := r.dense(50, 5)
	for name, n := range inOrder(anyForm(r, 5)) {
		want := must(n.LogProbRows(nil, x, relent.Run{}))
		wantKL := KullbackLeibler(n, n)
		var wait sync.WaitGroup
		for range 8 {
			wait.Add(1)
			go func() {
				defer wait.Done()
				nearAll(t, name, must(n.LogProbRows(nil, x, relent.Run{Workers: 2})), want, 0)
				for i := range want {
					nearAll(t, name, []float64{n.LogProb(x.RawRowView(i))}, want[i:i+1], 0)
				}
				if got := KullbackLeibler(n, n); got != wantKL {
					t.Errorf("%s: %g, want %g", name, got, wantKL)
				}
				LogProbRows(nil, n, singleMatrix(relent.Matrix[float64](x.RawMatrix())), relent.Run{})
			}()
		}
		wait.Wait()
	}
}

// The mean and the covariance of many samples are near those of the distribution.
func TestRand(t *testing.T) {
	const samples, d = 20000, 3
	r := seed(t.Name())
	for name, n := range inOrder(anyForm(r, d)) {
		x := mat.NewDense(samples, d, nil)
		seeded := n.Seeded(r)
		for i := range samples {
			seeded.Rand(x.RawRowView(i))
		}
		var got, want mat.SymDense
		stat.CovarianceMatrix(&got, x, nil)
		n.CovarianceMatrix(&want)
		nearAll(t, name+": covariance", elements(&got), elements(&want), 0.05)
		for j := range d {
			mean := stat.Mean(mat.Col(nil, j, x), nil)
			if e := math.Abs(mean - n.Mean(nil)[j]); e > 5*math.Sqrt(want.At(j, j)/samples) {
				t.Errorf("%s: mean %d is off by %g", name, j, e)
			}
		}
		if got := n.LogProb(n.Seeded(nil).Rand(nil)); math.IsInf(got, 0) || got != got {
			t.Errorf("%s: a sample has log density %g", name, got)
		}
	}
}

// The roots of Σ that samples are made with.
func TestTransformNormalIsARoot(t *testing.T) {
	for _, d := range []int{1, 2, 7} {
		for name, n := range inOrder(anyForm(seed(fmt.Sprint(t.Name(), d)), d)) {
			a := rootOf(n.form)
			var want mat.SymDense
			n.CovarianceMatrix(&want)
			nearAll(t, name, product(a, transposed(a)).Data, elements(&want), 1e-13)
		}
	}
}

package mvn

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distmv"
)

// Every method against gonum's, from every constructor, on covariances of condition 100.
func TestAgainstGonum(t *testing.T) {
	const tolerance = 1e-11
	for _, d := range []int{1, 2, 3, 5, 8, 17, 40} {
		r := seed(fmt.Sprint(t.Name(), d))
		mu, sigma := r.vector(d), r.covariance(d, 100)
		g, ok := distmv.NewNormal(mu, sigma, nil)
		if !ok {
			t.Fatal("gonum refuses")
		}
		for name, n := range inOrder(forms(mu, sigma)) {
			name := fmt.Sprintf("%s, d = %d: ", name, d)
			if n.Dim() != d || n.Rank() != d {
				t.Errorf("%s%d dimensions, rank %d", name, n.Dim(), n.Rank())
			}
			nearAll(t, name+"Mean", n.Mean(nil), mu, 0)
			var s mat.SymDense
			n.CovarianceMatrix(&s)
			nearAll(t, name+"CovarianceMatrix", elements(&s), elements(sigma), tolerance)
			near(t, name+"Entropy", n.Entropy(), g.Entropy(), tolerance)
			near(t, name+"LogDet", 10+n.LogDet(), 10+cholesky(sigma).LogDet(), tolerance) // which may be 0
			x := r.vector(d)
			near(t, name+"LogProb", n.LogProb(x), g.LogProb(x), tolerance)
			if want := g.Prob(x); want > 0x1p-1000 {
				near(t, name+"Prob", n.Prob(x), want, 1e3*tolerance)
			} else { // the standard library's exponential loses subnormal numbers on some architectures
				near(t, name+"1 + Prob", 1+n.Prob(x), 1, 0)
			}
			m := stat.Mahalanobis(mat.NewVecDense(d, x), mat.NewVecDense(d, mu), cholesky(sigma))
			near(t, name+"Mahalanobis", n.Mahalanobis(x), m, tolerance)
			near(t, name+"SqMahalanobis", n.SqMahalanobis(x), m*m, tolerance)
			nearAll(t, name+"ScoreInput", n.ScoreInput(nil, x), g.ScoreInput(nil, x), 100*tolerance)
			if name[:4] != "NewP" && name[:4] != "NewS" { // any root of the covariance will do
				nearAll(t, name+"TransformNormal", n.TransformNormal(nil, x), g.TransformNormal(nil, x), tolerance)
				p := make([]float64, d)
				for i := range p {
					p[i] = 0.5 + 0.4*r.around()
				}
				nearAll(t, name+"Quantile", n.Quantile(nil, p), g.Quantile(nil, p), tolerance)
			}
			if d == 1 {
				continue
			}
			vars := []int{d - 1, 0}
			gm, _ := g.MarginalNormal(vars, nil)
			sameNormal(t, name+"MarginalNormal", must(n.MarginalNormal(vars)), gm, tolerance)
			u, gu := n.MarginalNormalSingle(d/2, nil), g.MarginalNormalSingle(d/2, nil)
			near(t, name+"MarginalNormalSingle", u.Sigma, gu.Sigma, tolerance)
			near(t, name+"MarginalNormalSingle", u.Mu, gu.Mu, 0)
			observed, values := []int{d - 1}, []float64{0.25}
			if d > 3 {
				observed, values = []int{2, 0}, []float64{-0.5, 1.5}
			}
			gc, _ := g.ConditionNormal(observed, values, nil)
			sameNormal(t, name+"ConditionNormal", must(n.ConditionNormal(observed, values)), gc, 100*tolerance)
			n.SetMean(x)
			near(t, name+"SetMean", n.LogProb(mu), g.LogProb(reflect(mu, x)), 1e-9)
		}
	}
}

// reflect is the point that is as far from mu as mu is from x.
func reflect(mu, x []float64) []float64 {
	y := make([]float64, len(mu))
	for i := range y {
		y[i] = 2*mu[i] - x[i]
	}
	return y
}

func elements(s mat.Symmetric) []float64 { return mat.DenseCopyOf(s).RawMatrix().Data }

func sameNormal(t *testing.T, name string, n *Normal, g *distmv.Normal, tolerance float64) {
	t.Helper()
	var s, gs mat.SymDense
	n.CovarianceMatrix(&s)
	g.CovarianceMatrix(&gs)
	nearAll(t, name+": covariance", elements(&s), elements(&gs), tolerance)
	nearAll(t, name+": mean", n.Mean(nil), g.Mean(nil), tolerance)
	x := make([]float64, n.Dim())
	near(t, name+": LogProb", n.LogProb(x), g.LogProb(x), tolerance)
}

func TestDivergencesAgainstGonum(t *testing.T) {
	const tolerance = 1e-10
	for _, d := range []int{1, 2, 3, 6, 15} {
		r := seed(fmt.Sprint(t.Name(), d))
		muL, sigmaL, muR, sigmaR := r.vector(d), r.covariance(d, 50), r.vector(d), r.covariance(d, 20)
		gl, _ := distmv.NewNormal(muL, sigmaL, nil)
		gr, _ := distmv.NewNormal(muR, sigmaR, nil)
		for nameL, l := range inOrder(forms(muL, sigmaL)) {
			for nameR, rn := range inOrder(forms(muR, sigmaR)) {
				compareDivergences(t, fmt.Sprintf("%s, %s, d = %d: ", nameL, nameR, d), l, rn, gl, gr, tolerance)
			}
			// A diagonal, an isotropic and a standard one on either side.
			for nameR, v := range map[string][]float64{"NewNormalDiagonal": r.positive(d), "NewNormalIsotropic": constant(d, 0.75), "NewNormalStandard": nil} {
				var rn *Normal
				mu := muR
				switch nameR {
				case "NewNormalDiagonal":
					rn = must(NewNormalDiagonal(mu, v))
				case "NewNormalIsotropic":
					rn = must(NewNormalIsotropic(mu, v[0]))
				default:
					mu, v, rn = make([]float64, d), constant(d, 1), NewNormalStandard(d)
				}
				s := mat.NewSymDense(d, nil)
				for i := range d {
					s.SetSym(i, i, v[i])
				}
				g, _ := distmv.NewNormal(mu, s, nil)
				name := fmt.Sprintf("%s, %s, d = %d: ", nameL, nameR, d)
				compareDivergences(t, name, l, rn, gl, g, tolerance)
				compareDivergences(t, "reversed, "+name, rn, l, g, gl, tolerance)
				compareDivergences(t, "itself, "+name, rn, must(NewNormalDiagonal(muL, r.positive(d))), g, nil, tolerance)
			}
		}
	}
}

func constant(n int, v float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = v
	}
	return x
}

func compareDivergences(t *testing.T, name string, l, r *Normal, gl, gr *distmv.Normal, tolerance float64) {
	t.Helper()
	if gr == nil {
		var s mat.SymDense
		r.CovarianceMatrix(&s)
		gr, _ = distmv.NewNormal(r.Mean(nil), &s, nil)
	}
	near(t, name+"KullbackLeibler", KullbackLeibler(l, r), distmv.KullbackLeibler{}.DistNormal(gl, gr), tolerance)
	near(t, name+"CrossEntropy", CrossEntropy(l, r), distmv.CrossEntropy{}.DistNormal(gl, gr), tolerance)
	near(t, name+"Bhattacharyya", Bhattacharyya(l, r), distmv.Bhattacharyya{}.DistNormal(gl, gr), tolerance)
	near(t, name+"Hellinger", Hellinger(l, r), distmv.Hellinger{}.DistNormal(gl, gr), tolerance)
	near(t, name+"SqWasserstein", SqWasserstein(l, r), distmv.Wasserstein{}.DistNormal(gl, gr), tolerance)
	near(t, name+"Wasserstein", Wasserstein(l, r), math.Sqrt(distmv.Wasserstein{}.DistNormal(gl, gr)), tolerance)
	for _, alpha := range []float64{0, 0.1, 0.5, 0.9, 1} {
		near(t, name+"Renyi", Renyi(alpha, l, r), distmv.Renyi{Alpha: alpha}.DistNormal(gl, gr), tolerance)
	}
	// Above 1 gonum has NaN where the mixture is not positive definite.
	for _, alpha := range []float64{1.01, 1.5, 3} {
		got, want := Renyi(alpha, l, r), distmv.Renyi{Alpha: alpha}.DistNormal(gl, gr)
		if math.IsNaN(want) {
			want = math.Inf(1)
		}
		near(t, fmt.Sprintf("%sRenyi %g", name, alpha), got, want, 100*tolerance)
	}
}

package mvn

import (
	"fmt"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/golden"
	"gonum.org/v1/gonum/mat"
)

// The errors are those of a factorisation: of the order of the condition number times 2**-53, relative to a distance. These
// are the bars by condition number; a well-conditioned distance has 2e-15.
func goldenTolerance(cond float64) float64 {
	switch cond {
	case 10:
		return 2e-15
	case 1e6:
		return 2e-10
	case 1e12:
		return 2e-4
	}
	panic(fmt.Sprintf("no tolerance for condition number %g", cond))
}

func TestGolden(t *testing.T) {
	worst := map[float64]float64{}
	for i, c := range golden.Mvn() {
		name := fmt.Sprintf("case %d, d = %d, condition %g: ", i, c.Dim, c.Cond)
		tolerance := goldenTolerance(c.Cond)
		sigma1, sigma2 := mat.NewSymDense(c.Dim, c.Sigma1), mat.NewSymDense(c.Dim, c.Sigma2)
		l, r := must(NewNormal(c.Mu1, sigma1)), must(NewNormal(c.Mu2, sigma2))

		x := mat.NewDense(len(c.LogProb), c.Dim, c.X)
		distances, logProbs := must(l.SqMahalanobisRows(nil, x, relent.Run{})), must(l.LogProbRows(nil, x, relent.Run{}))
		for k := range c.LogProb {
			near(t, name+"SqMahalanobis", distances[k], c.SqMahalanobis[k], tolerance)
			near(t, name+"LogProb", logProbs[k], c.LogProb[k], 2*tolerance)
			worst[c.Cond] = max(worst[c.Cond], relativeError(distances[k], c.SqMahalanobis[k]))
		}
		near(t, name+"LogDet", l.LogDet(), c.LogDet, tolerance)
		near(t, name+"Entropy", l.Entropy(), c.Entropy, 10*tolerance) // the terms cancel
		// The second covariance is no better conditioned.
		near(t, name+"KL", KullbackLeibler(l, r), c.KL, 5*tolerance)
		near(t, name+"KL, isotropic", KullbackLeibler(l, must(NewNormalIsotropic(c.Mu2, c.KLIsotropicVariance))), c.KLIsotropic, tolerance)
		near(t, name+"KL, standard", KullbackLeibler(l, NewNormalStandard(c.Dim)), c.KLStandard, tolerance)
		a, b := must(NewNormalDiagonal(c.Mu1, diagonal(sigma1))), must(NewNormalDiagonal(c.Mu2, diagonal(sigma2)))
		near(t, name+"KL, diagonal", KullbackLeibler(a, b), c.KLDiagonal, 2e-15)
	}
	for cond, e := range worst {
		t.Logf("condition %g: largest relative error of a distance %.3g", cond, e)
	}
}

// In float32 the data are rounded too: the error is of the order of the condition number times 2**-24.
func TestGoldenFloat32(t *testing.T) {
	for i, c := range golden.Mvn() {
		if c.Cond > 1e6 {
			continue
		}
		n := must(NewNormal(c.Mu1, mat.NewSymDense(c.Dim, c.Sigma1)))
		x := relent.Matrix[float32]{Rows: len(c.LogProb), Cols: c.Dim, Stride: c.Dim, Data: singles(c.X)}
		tolerance := 3e-5
		if c.Cond > 10 {
			tolerance = 0.5
		}
		for k, d := range must(SqMahalanobisRows(nil, n, x, relent.Run{})) {
			near(t, fmt.Sprintf("case %d, condition %g", i, c.Cond), float64(d), c.SqMahalanobis[k], tolerance)
		}
	}
}

func diagonal(s mat.Symmetric) []float64 {
	v := make([]float64, s.SymmetricDim())
	for i := range v {
		v[i] = s.At(i, i)
	}
	return v
}

package mvn

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// asymmetric is a mat.Symmetric that is not.
type asymmetric struct{ *mat.Dense }

func (a asymmetric) SymmetricDim() int { r, _ := a.Dims(); return r }

func TestConstructorErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	sym := func(n int, x ...float64) *mat.SymDense { return mat.NewSymDense(n, x) }
	indefinite := sym(3, 1, 2, 0, 2, 1, 0, 0, 0, 1)
	bad := relent.Matrix[float64]{Rows: 2, Cols: 2, Stride: 2, Data: []float64{1, 0.5, 0.25, 1}}
	short := relent.Matrix[float64]{Rows: 2, Cols: 2, Stride: 2, Data: []float64{1, 0, 0}}
	wide := relent.Matrix[float64]{Rows: 1, Cols: 2, Stride: 2, Data: []float64{1, 0}}
	var empty mat.Cholesky
	zeros := make([]float64, 2)
	for _, c := range []struct {
		make func() (*Normal, error)
		want string
	}{
		{func() (*Normal, error) { return NewNormal(zeros, sym(3, 1, 0, 0, 0, 1, 0, 0, 0, 1)) }, "mean has length 2, the covariance dimension 3"},
		{func() (*Normal, error) { return NewNormal(nil, &mat.SymDense{}) }, "mean is empty"},
		{func() (*Normal, error) { return NewNormal([]float64{0, nan}, sym(2, 1, 0, 0, 1)) }, "element 1 of the mean is NaN"},
		{func() (*Normal, error) { return NewNormal([]float64{-inf, 0}, sym(2, 1, 0, 0, 1)) }, "element 0 of the mean is -Inf"},
		{func() (*Normal, error) { return NewNormal(zeros, sym(2, 1, nan, nan, 1)) }, "element (1, 0) of the covariance matrix is NaN"},
		{func() (*Normal, error) { return NewNormal(zeros, sym(2, 1, 0, 0, inf)) }, "element (1, 1) of the covariance matrix is +Inf"},
		{func() (*Normal, error) {
			return NewNormal(zeros, asymmetric{mat.NewDense(2, 2, []float64{1, 0.5, 0.25, 1})})
		},
			"not symmetric: element (1, 0) is 0.25, (0, 1) is 0.5"},
		{func() (*Normal, error) { return NewNormal(make([]float64, 3), indefinite) }, "covariance matrix is not positive definite: pivot 1 is -3"},
		{func() (*Normal, error) { return NewNormal(zeros, sym(2, 1, 1, 1, 1)) }, "pivot 1 is 0"},
		{func() (*Normal, error) { return NewNormal(zeros, sym(2, -1, 0, 0, 1)) }, "pivot 0 is -1"},
		{func() (*Normal, error) { return NewNormalMatrix(zeros, bad) }, "not symmetric: element (1, 0) is 0.25, (0, 1) is 0.5"},
		{func() (*Normal, error) { return NewNormalMatrix(zeros, short) }, "2×2 with stride 2 in 3 elements"},
		{func() (*Normal, error) { return NewNormalMatrix(zeros, wide) }, "1×2, not square"},
		{func() (*Normal, error) { return NewNormalMatrix(make([]float64, 3), bad) }, "mean has length 3, the covariance dimension 2"},
		{func() (*Normal, error) { return NewNormalPrecision(make([]float64, 3), indefinite) }, "precision matrix is not positive definite: pivot 0 is -3"},
		{func() (*Normal, error) { return NewNormalPrecision(zeros, sym(2, 1, 0, 0, nan)) }, "element (1, 1) of the precision matrix is NaN"},
		{func() (*Normal, error) { return NewNormalChol(zeros, &empty) }, "empty"},
		{func() (*Normal, error) { return NewNormalChol(zeros, nil) }, "empty"},
		{func() (*Normal, error) { return NewNormalChol(make([]float64, 3), cholesky(sym(2, 1, 0, 0, 1))) }, "mean has length 3, the factor dimension 2"},
		{func() (*Normal, error) {
			var c mat.Cholesky
			c.SetFromU(mat.NewTriDense(2, mat.Upper, []float64{1, nan, 0, 1}))
			return NewNormalChol(zeros, &c)
		}, "element (1, 0) of the factor is NaN"},
		{func() (*Normal, error) {
			var c mat.Cholesky
			c.SetFromU(mat.NewTriDense(2, mat.Upper, []float64{1, 0, 0, -1}))
			return NewNormalChol(zeros, &c)
		}, "pivot 1 is -1"},
		{func() (*Normal, error) { return NewNormalDiagonal(zeros, []float64{1}) }, "mean has length 2, the variance dimension 1"},
		{func() (*Normal, error) { return NewNormalDiagonal(zeros, []float64{1, 0}) }, "variance matrix is not positive definite: pivot 1 is 0"},
		{func() (*Normal, error) { return NewNormalDiagonal(zeros, []float64{nan, 1}) }, "pivot 0 is NaN"},
		{func() (*Normal, error) { return NewNormalDiagonal(zeros, []float64{1, inf}) }, "pivot 1 is +Inf"},
		{func() (*Normal, error) { return NewNormalIsotropic(zeros, -2) }, "pivot 0 is -2"},
		{func() (*Normal, error) { return NewNormalIsotropic(nil, 1) }, "mean is empty"},
		{func() (*Normal, error) { return NewNormalLowRank(zeros, mat.NewDense(3, 1, nil), []float64{1, 1}) }, "factor is 3×1, the mean has length 2"},
		{func() (*Normal, error) { return NewNormalLowRank(zeros, mat.NewDense(2, 1, nil), []float64{1}) }, "variance dimension 1"},
		{func() (*Normal, error) {
			return NewNormalLowRank(zeros, mat.NewDense(2, 1, []float64{1, nan}), []float64{1, 1})
		}, "element (1, 0) of the factor is NaN"},
		{func() (*Normal, error) { return NewNormalLowRank(zeros, mat.NewDense(2, 1, nil), []float64{1, -1}) }, "pivot 1 is -1"},
		{func() (*Normal, error) { return NewNormalSingular(zeros, sym(2, 1, 2, 2, 1), 0) },
			"negative eigenvalue: of element (1, 1) the other variables leave -3"},
		{func() (*Normal, error) { return NewNormalSingular(zeros, sym(2, 1, 0, 0, -1e-9), 0) },
			"negative eigenvalue: of element (1, 1) the other variables leave -1e-09"},
		{func() (*Normal, error) { return NewNormalSingular(zeros, sym(2, 1, 1e-9, 1e-9, 0), 0) },
			"negative eigenvalue: of element (1, 0) the other variables leave 1e-09"},
		{func() (*Normal, error) {
			return NewNormalSingular(make([]float64, 3), sym(3, 1, 1, 1, 1, 1, -1, 1, -1, 1), 0)
		},
			"negative eigenvalue: of element (2, 1) the other variables leave -2"},
		{func() (*Normal, error) { return NewNormalSingular(zeros, sym(2, 1, 0, 0, 1), -1) }, "tolerance is -1"},
		{func() (*Normal, error) { return NewNormalSingular(zeros, sym(2, 1, 0, 0, inf), 0) }, "element (1, 1) of the covariance matrix is +Inf"},
	} {
		n, err := c.make()
		if n != nil || err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "mvn: ") {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	var e *NotPositiveDefiniteError
	if _, err := NewNormal(make([]float64, 3), indefinite); !errors.As(err, &e) || e.Pivot != 1 || e.Value != -3 {
		t.Errorf("%#v", err)
	}
}

func TestConditioningErrors(t *testing.T) {
	r := seed(t.Name())
	for name, n := range inOrder(forms(r.vector(3), r.covariance(3, 10))) {
		for _, c := range []struct {
			err  error
			want string
		}{
			{second(n.ConditionNormal(nil, nil)), "no variable"},
			{second(n.ConditionNormal([]int{0}, nil)), "1 variables are observed, 0 values"},
			{second(n.ConditionNormal([]int{3}, []float64{0})), "no variable 3 among 3"},
			{second(n.ConditionNormal([]int{-1}, []float64{0})), "no variable -1 among 3"},
			{second(n.ConditionNormal([]int{1, 1}, []float64{0, 0})), "variable 1 is given twice"},
			{second(n.ConditionNormal([]int{1, 0}, []float64{0, math.NaN()})), "value 1 is NaN"},
			{second(n.ConditionNormal([]int{1, 0, 2}, []float64{0, 0, 0})), "all variables are observed"},
			{second(n.MarginalNormal(nil)), "no variable"},
			{second(n.MarginalNormal([]int{0, 4})), "no variable 4 among 3"},
			{second(n.MarginalNormal([]int{2, 2})), "variable 2 is given twice"},
		} {
			if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", name, c.err, c.want)
			}
		}
	}
}

func second(_ *Normal, err error) error { return err }

// A shape that is wrong panics, says both sizes, and leaves dst alone.
func TestPanics(t *testing.T) {
	n, other := NewNormalStandard(2), NewNormalStandard(3)
	x := mat.NewDense(4, 2, nil)
	raw := relent.Matrix[float32]{Rows: 4, Cols: 2, Stride: 2, Data: make([]float32, 8)}
	dst := []float64{7, 7, 7}
	for _, c := range []struct {
		call  func()
		words []string
	}{
		{func() { n.LogProb(dst) }, []string{"LogProb", "3", "2"}},
		{func() { n.SqMahalanobis(dst) }, []string{"SqMahalanobis", "3", "2"}},
		{func() { n.Mahalanobis(dst) }, []string{"Mahalanobis", "3", "2"}},
		{func() { n.ScoreInput(dst, []float64{1, 2}) }, []string{"ScoreInput", "dst", "3", "2"}},
		{func() { n.ScoreInput(nil, dst) }, []string{"ScoreInput", "x", "3", "2"}},
		{func() { n.Mean(dst) }, []string{"Mean", "3", "2"}},
		{func() { n.SetMean(dst) }, []string{"SetMean", "3", "2"}},
		{func() { n.SetMean([]float64{0, math.NaN()}) }, []string{"SetMean", "1", "NaN"}},
		{func() { n.Seeded(nil).Rand(dst) }, []string{"3", "2"}},
		{func() { n.TransformNormal(dst, []float64{1, 2}) }, []string{"TransformNormal", "3", "2"}},
		{func() { n.Quantile(nil, []float64{0.5, 1.5}) }, []string{"Quantile", "1", "1.5"}},
		{func() { n.Quantile(nil, dst) }, []string{"Quantile", "3", "2"}},
		{func() { n.CovarianceMatrix(mat.NewSymDense(3, nil)) }, []string{"CovarianceMatrix", "3", "2"}},
		{func() { n.LogProbRows(dst, x, relent.Run{}) }, []string{"LogProbRows", "dst", "3", "4"}},
		{func() { other.SqMahalanobisRows(nil, x, relent.Run{}) }, []string{"SqMahalanobisRows", "4×2", "4×3"}},
		{func() { n.ScoreRows(mat.NewDense(3, 2, nil), x, relent.Run{}) }, []string{"ScoreRows", "3×2", "4×2"}},
		{func() { LogProbRows(make([]float32, 5), n, raw, relent.Run{}) }, []string{"LogProbRows", "5", "4"}},
		{func() { LogProbRows(nil, other, raw, relent.Run{}) }, []string{"LogProbRows", "4×2", "4×3"}},
		{func() {
			short := raw
			short.Data = short.Data[:7]
			MahalanobisRows(nil, n, short, relent.Run{})
		}, []string{"MahalanobisRows", "8", "7"}},
		{func() {
			narrow := raw
			narrow.Stride = 1
			ScoreRows(relent.Matrix[float32]{}, n, narrow, relent.Run{})
		}, []string{"ScoreRows", "stride 1", "2 columns"}},
		{func() { KullbackLeibler(n, other) }, []string{"KullbackLeibler", "2", "3"}},
		{func() { CrossEntropy(n, other) }, []string{"CrossEntropy", "2", "3"}},
		{func() { Bhattacharyya(n, other) }, []string{"Bhattacharyya", "2", "3"}},
		{func() { Hellinger(n, other) }, []string{"Hellinger", "2", "3"}},
		{func() { Wasserstein(n, other) }, []string{"Wasserstein", "2", "3"}},
		{func() { SqWasserstein(n, other) }, []string{"SqWasserstein", "2", "3"}},
		{func() { Renyi(2, n, other) }, []string{"Renyi", "2", "3"}},
		{func() { Renyi(-1, n, n) }, []string{"Renyi", "-1"}},
		{func() { KullbackLeiblers(nil, []*Normal{n, other}, []*Normal{n}, relent.Run{}) }, []string{"KullbackLeiblers", "3", "2"}},
		{func() { KullbackLeiblers(mat.NewDense(2, 2, nil), []*Normal{n}, []*Normal{n}, relent.Run{}) }, []string{"KullbackLeiblers", "2×2", "1×1"}},
		{func() { KullbackLeiblerStandardRows(dst, raw64(4, 2), raw64(4, 2), relent.Run{}) }, []string{"KullbackLeiblerStandardRows", "3", "4"}},
		{func() { KullbackLeiblerStandardRows(nil, raw64(4, 2), raw64(4, 3), relent.Run{}) }, []string{"KullbackLeiblerStandardRows", "4×3", "4×2"}},
		{func() {
			KullbackLeiblerDiagonalRows(nil, raw64(4, 2), raw64(4, 2), raw64(3, 2), raw64(4, 2), relent.Run{})
		},
			[]string{"KullbackLeiblerDiagonalRows", "3×2", "4×2"}},
		{func() { NewNormalStandard(0) }, []string{"NewNormalStandard", "0"}},
		{func() { WeightedJensenShannon(-0.5, n, n) }, []string{"WeightedJensenShannon", "-0.5"}},
		{func() { WeightedJensenShannon(math.NaN(), n, n) }, []string{"WeightedJensenShannon", "NaN"}},
		{func() { BayesError(1.5, n, n) }, []string{"BayesError", "1.5"}},
		{func() { TotalVariation(n, NewNormalStandard(7)) }, []string{"TotalVariation", "7"}},
		{func() { JensenShannons(nil, []*Normal{n}, []*Normal{NewNormalStandard(7)}, relent.Run{}) }, []string{"JensenShannons", "7"}},
	} {
		func() {
			defer func() {
				message := fmt.Sprint(recover())
				for _, w := range append(c.words, "mvn: ") {
					if !strings.Contains(message, w) {
						t.Errorf("panic %q, want one with %q", message, w)
					}
				}
			}()
			c.call()
		}()
		if dst[0] != 7 || dst[1] != 7 || dst[2] != 7 {
			t.Fatalf("dst is written: %v", dst)
		}
	}
}

func raw64(rows, cols int) relent.Matrix[float64] { return newMatrix(rows, cols) }

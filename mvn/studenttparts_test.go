package mvn

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// log p(x) is log p(observed) + log p(rest given observed), in every form and for any degrees of freedom.
func TestConditionalStudentTDividesTheJoint(t *testing.T) {
	const d = 7
	forms := bitsForms(d)
	r := seed(t.Name())
	for _, name := range sortedKeys(forms) {
		n := forms[name][0]
		for _, nu := range []float64{0.5, 3, 1e6} {
			s := must(n.StudentT(nu))
			x := n.TransformNormal(nil, r.vector(n.Dim()))
			observed := []int{n.Dim() - 1, 0}
			values := selected(x, observed)
			given := must(s.MarginalStudentT(observed))
			rest, err := s.ConditionStudentT(observed, values)
			if err != nil {
				if n.Rank() < n.Dim() && strings.Contains(err.Error(), "off the support") {
					continue // by rounding
				}
				t.Fatalf("%s, ν = %v: %v", name, nu, err)
			}
			if want := nu + float64(given.Scale().Rank()); rest.Nu() != want {
				t.Errorf("%s: %v degrees of freedom, want %v", name, rest.Nu(), want)
			}
			if n.Rank() < n.Dim() {
				continue // its densities are by coordinates of the support
			}
			others := must(n.others(observed))
			got, want := given.LogProb(values)+rest.LogProb(selected(x, others)), s.LogProb(x)
			if !(math.Abs(got-want) <= 1e-9*(1+math.Abs(want))) {
				t.Errorf("%s, ν = %v: %v, the joint density gives %v", name, nu, got, want)
			}
		}
	}
	// With many degrees of freedom it is the normal conditional.
	n := forms["NewNormal"][0]
	s := must(must(n.StudentT(1e14)).ConditionStudentT([]int{1}, []float64{2}))
	nearAll(t, "location", s.Location(nil), must(n.ConditionNormal([]int{1}, []float64{2})).Mean(nil), 1e-12)
	nearAll(t, "scale", s.Scale().Variances(nil), must(n.ConditionNormal([]int{1}, []float64{2})).Variances(nil), 1e-12)
	for want, err := range map[string]error{
		"all variables":  failed(s.ConditionStudentT([]int{0, 1, 2, 3, 4, 5}, make([]float64, 6))),
		"twice":          failed(s.ConditionStudentT([]int{0, 0}, make([]float64, 2))),
		"value 0 is NaN": failed(s.ConditionStudentT([]int{0}, []float64{math.NaN()})),
		"too far":        failed(must(must(NewNormalDiagonal([]float64{0, 0}, []float64{1e-300, 1})).StudentT(1)).ConditionStudentT([]int{0}, []float64{1e200})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestStudentTMean(t *testing.T) {
	n := must(NewNormalDiagonal([]float64{1, -2}, []float64{1, 4}))
	if m := must(n.StudentT(1.5)).Mean(nil); m[0] != 1 || m[1] != -2 {
		t.Errorf("the mean is %v", m)
	}
	if m := must(n.StudentT(1)).Mean(make([]float64, 2)); m[0] == m[0] || m[1] == m[1] {
		t.Errorf("the mean is %v, there is none", m)
	}
}

// Samples have the distribution: of δ, of one variable alone, and the covariance; by Kolmogorov's test, at a level of 10⁻³ if they were random.
func TestStudentTSamples(t *testing.T) {
	const rows = 4000
	sigma := mat.NewSymDense(2, []float64{4, 1.2, 1.2, 1})
	for _, nu := range []float64{0.7, 1, 3, 40} {
		s := must(NewStudentT([]float64{10, -3}, sigma, nu))
		x := mat.NewDense(rows, 2, nil)
		s.RandRows(x, rand.NewPCG(1, uint64(nu*10)))
		u := must(s.Scale().SqMahalanobisRows(nil, x, relent.Run{}))
		for i, d := range u {
			u[i] = 1 - math.Pow(1+d/nu, -nu/2) // δ/2 is of the F distribution of 2 and ν
		}
		requireUniform(t, "squared distances", u)
		if nu == 1 {
			for i := range u {
				u[i] = 0.5 + math.Atan((x.At(i, 0)-10)/2)/math.Pi // Cauchy's distribution
			}
			requireUniform(t, "the first variable", u)
		}
		if nu == 40 {
			var got, want mat.SymDense
			must(Fit(x, nil, relent.Run{})).CovarianceMatrix(&got)
			s.CovarianceMatrix(&want)
			for i := range 2 {
				for j := range 2 {
					if !(math.Abs(got.At(i, j)-want.At(i, j)) <= 0.1*math.Sqrt(want.At(i, i)*want.At(j, j))) {
						t.Errorf("covariance %v of samples, want %v", got.At(i, j), want.At(i, j))
					}
				}
			}
		}
	}
	for _, n := range bitsForms(7)["NewNormalSingular"] {
		s := must(n.StudentT(3))
		if x := s.Rand(nil, seed("singular")); math.IsInf(s.LogProb(x), -1) {
			t.Errorf("%v is off the support", x)
		}
	}
	s := must(NewNormalStandard(3).StudentT(2))
	a, b := s.Rand(nil, seed("same")), s.Rand(make([]float64, 3), seed("same"))
	requireBits(t, "of the same source", a, b)
	if x := s.Rand(nil, nil); !allFinite(x) {
		t.Errorf("%v without a source", x)
	}
}

// requireUniform is Kolmogorov's test.
func requireUniform(t *testing.T, what string, u []float64) {
	t.Helper()
	slices.Sort(u)
	n, most := float64(len(u)), 0.0
	for i, v := range u {
		most = max(most, v-float64(i)/n, float64(i+1)/n-v)
	}
	if !(most*math.Sqrt(n) < 1.95) {
		t.Errorf("%s: Kolmogorov's statistic is %v/√n", what, most*math.Sqrt(n))
	}
}

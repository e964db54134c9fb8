package mvn

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// heavyCases are values to 50 digits, by testdata/heavy.py.
type heavyCases struct {
	Ratios []struct {
		A    string
		H    float64
		Want string
	}
	Probabilities []struct {
		D    int
		X    string
		Want string
	}
	Densities []struct {
		D                 int
		Nu, R, Want, Size string
	}
}

func readHeavy(t *testing.T) (c heavyCases) {
	t.Helper()
	text, err := os.ReadFile("testdata/heavy.json")
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil || len(c.Ratios) < 100 || len(c.Probabilities) < 50 || len(c.Densities) < 200 {
		t.Fatal(err, len(c.Ratios), len(c.Probabilities), len(c.Densities))
	}
	return c
}

func decimal(s string) *big.Float {
	x, ok := zero().SetString(s)
	if !ok {
		panic(s)
	}
	return x
}

// off is how far got is from want, in units of size.
func off(got float64, want *big.Float, size float64) float64 {
	if !finite(got) {
		return math.Inf(1)
	}
	return math.Abs(float(zero().Sub(number(got), want))) / size
}

func TestGammaAgainstBig(t *testing.T) {
	cases := readHeavy(t)
	worst, worstProbability := 0.0, 0.0
	for _, c := range cases.Ratios {
		a, want := must(strconv.ParseFloat(c.A, 64)), decimal(c.Want)
		e := off(logGammaRatio(a, c.H), want, 1+math.Abs(float(want))+math.Abs(math.Log(a)))
		if worst = max(worst, e); !(e <= 0x1p-46) {
			t.Errorf("log Γ(%g+%g)/Γ(%g): %g, want %.17g, error %.3g", a, c.H, a, logGammaRatio(a, c.H), want, e)
		}
		if tiny := math.Abs(float(want)); tiny < 1e-3 && tiny > 0 { // of a large a, relative to itself
			if e := off(logGammaRatio(a, c.H), want, tiny); e > 1e-9 && a > 1e6 && a < 1e150 {
				t.Errorf("log Γ(%g+%g)/Γ(%g): %g, want %.17g, relative error %.3g", a, c.H, a, logGammaRatio(a, c.H), want, e)
			}
		}
	}
	for _, c := range cases.Probabilities {
		x, want := must(strconv.ParseFloat(c.X, 64)), decimal(c.Want)
		got := chiSquareProbability(c.D, x)
		e := off(got, want, 1)
		if worstProbability = max(worstProbability, e); !(e <= 0x1p-44) {
			t.Errorf("χ² of %d at %g: %g, want %.17g, error %.3g", c.D, x, got, want, e)
		}
		if p := float(want); p > 1e-3 && p < 0.999 {
			near(t, fmt.Sprintf("quantile %g of χ² of %d", p, c.D), chiSquareQuantile(c.D, p), x, 1e-10)
		}
	}
	t.Logf("worst errors 2**%.2f and 2**%.2f", math.Log2(worst), math.Log2(worstProbability))
}

// The error is at most 2⁻⁴⁶ of the sizes of the terms, also where squared distances do not fit, or ν is so large that the distribution is normal.
func TestStudentTAgainstBig(t *testing.T) {
	worst := 0.0
	for _, c := range readHeavy(t).Densities {
		nu, r := must(strconv.ParseFloat(c.Nu, 64)), must(strconv.ParseFloat(c.R, 64))
		s := must(NewNormalStandard(c.D).StudentT(nu))
		x := make([]float64, c.D)
		x[c.D-1] = r
		got, want := s.LogProb(x), decimal(c.Want)
		if w := float(want); math.IsInf(w, -1) {
			if got != w {
				t.Errorf("d = %d, ν = %g, r = %g: %g, want %g", c.D, nu, r, got, w)
			}
			continue
		}
		e := off(got, want, float(decimal(c.Size)))
		if worst = max(worst, e); !(e <= 0x1p-46) {
			t.Errorf("d = %d, ν = %g, r = %g: %g, want %.17g, error %.3g", c.D, nu, r, got, want, e)
		}
	}
	t.Logf("worst error 2**%.2f", math.Log2(worst))
}

// Density, marginals and moments of every form belong together.
func TestStudentTOfEveryForm(t *testing.T) {
	const d, nu = 5, 3.5
	r := seed(t.Name())
	x := r.dense(200, d)
	for name, n := range inOrder(forms(r.vector(d), r.covariance(d, 20))) {
		s := must(n.StudentT(nu))
		distances := must(n.SqMahalanobisRows(nil, x, relent.Run{}))
		densities := must(s.LogProbRows(nil, x, relent.Run{}))
		requireBits(t, name+", workers", must(s.LogProbRows(nil, x, relent.Run{Workers: 3})), densities)
		for i, got := range densities {
			g1, _ := math.Lgamma((nu + d) / 2)
			g2, _ := math.Lgamma(nu / 2)
			want := g1 - g2 - d/2.*math.Log(nu*math.Pi) - n.LogDet()/2 - (nu+d)/2*math.Log1p(distances[i]/nu)
			near(t, name, got, want, 1e-13)
			if one := s.LogProb(x.RawRowView(i)); one != got {
				t.Errorf("%s: row %d alone has %v, among others %v", name, i, one, got)
			}
			near(t, name+", density", s.Prob(x.RawRowView(i)), math.Exp(got), 1e-14)
		}
		var covariance, scale mat.SymDense
		s.CovarianceMatrix(&covariance)
		s.Scale().CovarianceMatrix(&scale)
		near(t, name+", covariance", covariance.At(2, 1), scale.At(2, 1)*(nu/(nu-2)), 1e-15)
		m := must(s.MarginalStudentT([]int{3, 0}))
		near(t, name+", marginal", m.Scale().Variances(nil)[0], scale.At(3, 3), 1e-12)
		single := singleMatrix(rowsOf(x))
		for i, got := range must(StudentTLogProbRows(nil, s, single, relent.Run{})) {
			near(t, name+", float32", float64(got), densities[i], 1e-4)
		}
		if !math.IsInf(s.LogProb([]float64{0, math.Inf(1), 0, 0, 0}), -1) || s.LogProb([]float64{0, math.NaN(), 0, 0, 0}) == 0 {
			t.Errorf("%s: rows that are not finite", name)
		}
		if got := s.LogProb([]float64{0, math.NaN(), math.Inf(1), 0, 0}); got == got {
			t.Errorf("%s: NaN gives %v", name, got)
		}
	}
	var none mat.SymDense
	must(NewNormalStandard(2).StudentT(2)).CovarianceMatrix(&none)
	if v := none.At(0, 1); v == v {
		t.Errorf("with 2 degrees of freedom the covariance is %v", v)
	}
	for _, nu := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := NewStudentT([]float64{0}, mat.NewSymDense(1, []float64{1}), nu); err == nil || !strings.Contains(err.Error(), "degrees of freedom") {
			t.Errorf("ν = %g: %v", nu, err)
		}
	}
}

// student makes rows of a t distribution with an even ν.
func (r *rng) student(rows, d, nu int) *mat.Dense {
	x := r.dense(rows, d)
	for i := range rows {
		square := 0.0
		for range nu / 2 {
			square -= 2 * math.Log(0.5+0.5*r.around())
		}
		for j, v := range x.RawRowView(i) {
			x.Set(i, j, float64(j)+(v+0.5*x.At(i, 0))/math.Sqrt(square/float64(nu)))
		}
	}
	return x
}

// A fit is where the likelihood is largest: its equations hold, no ν near by is likelier, and the likelihoods never fall.
func TestFitStudentT(t *testing.T) {
	const d, rows = 3, 4000
	for _, known := range []float64{0, 4, 0.8} {
		x := seed(t.Name()).student(rows, d, 4)
		weights := make([]float64, rows)
		for i := range weights {
			weights[i] = float64(i % 3)
		}
		for _, w := range [][]float64{nil, weights} {
			what := fmt.Sprintf("ν = %g, weights %v", known, w != nil)
			s, report, err := FitStudentT(x, StudentTOptions{Nu: known, Weights: w}, relent.Run{})
			if err != nil || !report.Converged {
				t.Fatal(what, err, report)
			}
			last := math.Inf(-1)
			for _, l := range report.LogLikelihoods {
				if !(l > last) {
					t.Errorf("%s: %v falls", what, report.LogLikelihoods)
				}
				last = l
			}
			if known == 0 && !(s.Nu() > 3 && s.Nu() < 5.5) || known > 0 && s.Nu() != known {
				t.Errorf("%s: %g degrees of freedom", what, s.Nu())
			}
			mean := func(s *StudentT) float64 {
				sum, total := 0.0, 0.0
				for i, l := range must(s.LogProbRows(nil, x, relent.Run{})) {
					weight := 1.0
					if w != nil {
						weight = w[i]
					}
					sum, total = sum+weight*l, total+weight
				}
				return sum / total
			}
			near(t, what+": likelihood", mean(s), last, 1e-12)
			if known == 0 {
				for _, by := range []float64{0.99, 1.01} {
					if l := mean(must(s.Scale().StudentT(s.Nu() * by))); l > last {
						t.Errorf("%s: ν = %g has %v, %g %v", what, s.Nu(), last, s.Nu()*by, l)
					}
				}
			}
			// Σ u(x-μ) = 0 and Σ u(x-μ)(x-μ)ᵀ = nΣ.
			first, second, total := make([]float64, d), mat.NewDense(d, d, nil), 0.0
			mu, scale := s.Location(nil), new(mat.SymDense)
			s.Scale().CovarianceMatrix(scale)
			for i, distance := range must(s.Scale().SqMahalanobisRows(nil, x, relent.Run{})) {
				u, row := (s.Nu()+d)/(s.Nu()+distance), x.RawRowView(i)
				if w != nil {
					u, total = u*w[i], total+w[i]
				} else {
					total++
				}
				for j, v := range row {
					first[j] += u * (v - mu[j])
					for k, v2 := range row {
						second.Set(j, k, second.At(j, k)+u*(v-mu[j])*(v2-mu[k]))
					}
				}
			}
			for j := range d {
				if math.Abs(first[j]/total) > 1e-4 {
					t.Errorf("%s: %v is not 0", what, first)
				}
				for k := range d {
					near(t, what+": scale", second.At(j, k)/total, scale.At(j, k), 1e-3)
				}
			}
			again, _, err := FitStudentTRows(rowsOf(x), StudentTOptions{Nu: known, Weights: w}, relent.Run{Workers: 3})
			requireBits(t, what+": workers", must(again, err).Scale().Variances(nil), s.Scale().Variances(nil))
			if w != nil {
				scaleAll(0x1p-20, w) // the last that is done with them
				again, _, err := FitStudentT(x, StudentTOptions{Nu: known, Weights: w}, relent.Run{})
				requireBits(t, what+": small weights", must(again, err).Scale().Variances(nil), s.Scale().Variances(nil))
			}
		}
	}
}

func TestFitStudentTErrors(t *testing.T) {
	r := seed(t.Name())
	x := r.dense(30, 2)
	plane := mat.NewDense(30, 2, nil)
	for i := range 30 {
		plane.Set(i, 0, r.bell())
		if i < 3 {
			plane.Set(i, 1, r.bell())
		}
	}
	coinciding := r.dense(100, 3)
	for i := range 60 {
		coinciding.SetRow(i, []float64{1, 2, 3})
	}
	for want, err := range map[string]error{
		"0, 1 and 2 are constant":    third(FitStudentT(coinciding, StudentTOptions{}, relent.Run{})),
		"-1 degrees of freedom":      third(FitStudentT(x, StudentTOptions{Nu: -1}, relent.Run{})),
		"-1 iterations":              third(FitStudentT(x, StudentTOptions{Iterations: -1}, relent.Run{})),
		"no rows":                    third(FitStudentT(nil, StudentTOptions{}, relent.Run{})),
		"weights for 30 rows":        third(FitStudentT(x, StudentTOptions{Weights: []float64{1}}, relent.Run{})),
		"is constant":                third(FitStudentT(mat.NewDense(9, 1, nil), StudentTOptions{}, relent.Run{})),
		"covariance of 2 rows is":    third(FitStudentT(r.dense(2, 2), StudentTOptions{}, relent.Run{})),
		"scale becomes singular":     third(FitStudentT(plane, StudentTOptions{Nu: 0.25, Tolerance: -1, Iterations: 1e5}, relent.Run{})),
		"element (1, 0) of the data": third(FitStudentT(mat.NewDense(3, 1, []float64{1, math.NaN(), 3}), StudentTOptions{}, relent.Run{})),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "mvn: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	// Normal rows: the largest ν is taken, or a large one.
	s, _, err := FitStudentT(r.dense(20000, 2), StudentTOptions{}, relent.Run{})
	if must(s, err).Nu() < 50 {
		t.Errorf("normal rows have %g degrees of freedom", s.Nu())
	}
}

func third[A, B any](_ A, _ B, err error) error { return err }

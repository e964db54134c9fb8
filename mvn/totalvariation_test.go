package mvn

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// An overlapCase is a standard normal distribution and another one, and what roots of a quadratic or χ² say of them.
type overlapCase struct {
	dim                                  int
	mean, variance, weight, error, apart float64
}

func (c overlapCase) String() string {
	return fmt.Sprintf("d = %d, mean %g, variance %g, weight %g", c.dim, c.mean, c.variance, c.weight)
}

func overlapCases(t *testing.T) (cases []overlapCase) {
	text, err := os.ReadFile("testdata/totalvariation.json")
	if err != nil {
		t.Fatal(err)
	}
	var lines []struct {
		Dim                                  int
		Mean, Variance, Weight, Error, Apart string
	}
	if err := json.Unmarshal(text, &lines); err != nil {
		t.Fatal(err)
	}
	number := func(s string) float64 { return must(strconv.ParseFloat(s, 64)) }
	for _, c := range lines {
		cases = append(cases, overlapCase{c.Dim, number(c.Mean), number(c.Variance), number(c.Weight), number(c.Error), number(c.Apart)})
	}
	return cases
}

// Values are as near as they say, and say that they are near.
func TestTotalVariationGolden(t *testing.T) {
	worst := map[string]float64{}
	for _, c := range overlapCases(t) {
		if testing.Short() && c.dim > 8 {
			continue
		}
		check := func(name string, got, uncertainty, want, bound, rounding float64) {
			t.Helper()
			if !(math.Abs(got-want) <= uncertainty+rounding && uncertainty <= bound) {
				t.Errorf("%s, %v: %v within %.3g, want %v, error %.3g", name, c, got, uncertainty, want, got-want)
			}
			worst[name] = max(worst[name], uncertainty/(bound/2e-13))
		}
		mean, variances := make([]float64, c.dim), slices.Repeat([]float64{c.variance}, c.dim)
		mean[0] = c.mean
		ones := slices.Repeat([]float64{1}, c.dim)
		full := func(mean []float64, v float64) *Normal {
			sigma := mat.NewSymDense(c.dim, nil)
			for i := range c.dim {
				sigma.SetSym(i, i, v)
			}
			return must(NewNormal(mean, sigma))
		}
		for _, form := range []struct {
			name string
			l, r *Normal
		}{
			{"isotropic", NewNormalStandard(c.dim), must(NewNormalIsotropic(mean, c.variance))},
			{"diagonal", must(NewNormalDiagonal(make([]float64, c.dim), ones)), must(NewNormalDiagonal(mean, variances))},
			{"covariance", full(make([]float64, c.dim), 1), full(mean, c.variance)},
		} {
			if c.dim > 8 && form.name != "isotropic" && c.weight != 0.5 || c.dim > 64 && form.name == "covariance" {
				continue // for the time
			}
			apart, doubt := TotalVariation(form.l, form.r)
			check(form.name+", distance", apart, doubt, c.apart, 2e-13*c.apart, 0)
			if swapped, _ := TotalVariation(form.r, form.l); swapped != apart {
				t.Errorf("%v: %g, swapped %g", c, apart, swapped)
			}
			wrong, doubt := BayesError(c.weight, form.l, form.r)
			check(form.name+", error", wrong, doubt, c.error, 2e-13*math.Sqrt(c.weight*(1-c.weight)), 0)
			if swapped, _ := BayesError(1-c.weight, form.r, form.l); 1-(1-c.weight) == c.weight && swapped != wrong {
				t.Errorf("%v: %g, swapped %g", c, wrong, swapped)
			}
		}
	}
	t.Logf("largest uncertainties relative to the distance, and to √(w(1-w)): %v", worst)
}

// Pairs of general covariances against the share of samples that a guess is wrong for, and the distances that bound it.
func TestTotalVariationOfSamples(t *testing.T) {
	samples := 20_000
	if deep() {
		samples = 2_000_000
	}
	for _, d := range []int{2, 3, 7, 16} {
		for _, spread := range []float64{0.05, 0.5, 3} {
			r := seed(fmt.Sprint(t.Name(), d, spread))
			sigma := r.covariance(d, 10)
			mu, nu := r.vector(d), r.vector(d)
			for i := range nu {
				nu[i] = mu[i] + spread*(nu[i]-mu[i])/math.Sqrt(float64(d))
			}
			l, other := must(NewNormal(mu, sigma)), must(NewNormal(nu, r.covariance(d, 1+spread)))
			name := fmt.Sprintf("d = %d, spread %g", d, spread)
			for _, w := range []float64{0.5, 0.2} {
				got, doubt := BayesError(w, l, other)
				wrong := w*wronglyGuessed(l, other, w, samples) + (1-w)*wronglyGuessed(other, l, 1-w, samples)
				deviation := 0.5 / math.Sqrt(float64(samples))
				if math.Abs(got-wrong) > 5*deviation || !(doubt <= 1e-13) {
					t.Errorf("%s, weight %g: %g within %.3g, of samples %g ± %.3g", name, w, got, doubt, wrong, deviation)
				}
			}
			apart, doubt := TotalVariation(l, other)
			h := Hellinger(l, other)
			if !(doubt <= 1e-13 && apart >= h*h-doubt && apart <= h*math.Sqrt(2-h*h)+doubt && JensenShannon(l, other) <= apart*math.Ln2+doubt) {
				t.Errorf("%s: %g within %.3g, Hellinger's distance %g", name, apart, doubt, h)
			}
			if half, _ := BayesError(0.5, l, other); math.Abs(1-2*half-apart) > 1e-14 {
				t.Errorf("%s: distance %g, Bayes error %g", name, apart, half)
			}
		}
	}
}

// first is the value of two results, of which the second is its uncertainty.
func first(value, _ float64) float64 { return value }

// wronglyGuessed is the share of l's samples for which other is likelier, where l has the weight w.
func wronglyGuessed(l, other *Normal, w float64, samples int) float64 {
	x := mat.NewDense(samples, l.Dim(), nil)
	if err := l.SampleRows(x, 1, 0, relent.Run{}); err != nil {
		panic(err)
	}
	mine, others := must(l.LogProbRows(nil, x, relent.Run{})), must(other.LogProbRows(nil, x, relent.Run{}))
	odds, wrong := math.Log(w/(1-w)), 0
	for i := range mine {
		if others[i] > mine[i]+odds {
			wrong++
		}
	}
	return float64(wrong) / float64(samples)
}

// As far apart as numbers can say, or as near, and where a weight or what is common to both vanishes.
func TestTotalVariationOfExtremes(t *testing.T) {
	normal := func(mean, variance float64) *Normal {
		return must(NewNormalDiagonal([]float64{mean}, []float64{variance}))
	}
	full := func(mean, variance float64) *Normal {
		return must(NewNormal([]float64{mean}, mat.NewSymDense(1, []float64{variance})))
	}
	for _, form := range []func(mean, variance float64) *Normal{normal, full} {
		for _, c := range []struct{ mean, variance float64 }{
			{1e308, 1}, {-math.MaxFloat64, 1e-300}, {1e200, 1e-308}, {0, 1e308}, {0, 5e-324}, {1e154, 1e-20}, {30, 1e-40}, {20, 1}, {1e-300, 1}, {0, 1},
		} {
			apart, doubt := TotalVariation(form(0, 1), form(c.mean, c.variance))
			wrong, more := BayesError(0.25, form(0, 1), form(c.mean, c.variance))
			if !(apart >= 0 && apart <= 1 && doubt <= 1e-12 && wrong >= 0 && wrong <= 0.25 && more <= 1e-12) {
				t.Errorf("%g, %g: distance %g within %g, error %g within %g", c.mean, c.variance, apart, doubt, wrong, more)
			}
			if far := c.mean > 1 || c.variance > 1 || c.variance < 1; far && apart < 1-1e-9 || !far && apart > 1e-9 {
				t.Errorf("%g, %g: distance %g", c.mean, c.variance, apart)
			}
		}
		for _, w := range []float64{0, 1} {
			if wrong, doubt := BayesError(w, form(0, 1), form(1, 2)); wrong != 0 || doubt != 0 {
				t.Errorf("weight %g: %g within %g", w, wrong, doubt)
			}
		}
	}
	if wrong, _ := BayesError(0.125, NewNormalStandard(2), NewNormalStandard(2)); wrong != 0.125 {
		t.Errorf("the same ones: %g", wrong)
	}
	line := func(mean, a, b float64) *Normal {
		return must(NewNormalSingular([]float64{mean * a, mean * b}, mat.NewSymDense(2, []float64{a * a, a * b, a * b, b * b}), 0))
	}
	if got, doubt := TotalVariation(line(0, 1, 2), line(0, 2, 1)); got != 1 || doubt != 0 {
		t.Errorf("on different lines: %g within %g", got, doubt)
	}
	if got, _ := BayesError(0.5, line(0, 1, 2), line(0, 2, 1)); got != 0 {
		t.Errorf("on different lines: error %g", got)
	}
	got, _ := TotalVariation(line(0, 1, 2), line(1.5, 1, 2))
	want, _ := TotalVariation(normal(0, 1), normal(1.5, 1))
	near(t, "on the same line", got, want, 1e-13)
	if got, _ := TotalVariation(line(0, 0, 0), line(0, 0, 0)); got != 0 {
		t.Errorf("points: %g", got)
	}
}

// Pairs of all kinds of covariances and scales have one of the contours.
func TestTotalVariationConverges(t *testing.T) {
	trials := 200
	if deep() {
		trials = 50_000
	}
	r := seed(t.Name())
	worst := 0.0
	for i := range trials {
		d := 1 + int(r.next()%8)
		scale, spread := exp(4*r.around()-1), exp(6*r.around()-3)
		mu, v := make([]float64, d), make([]float64, d)
		for j := range d {
			mu[j], v[j] = scale*r.around(), exp(spread*r.around())
		}
		w := 1 / (1 + exp(6*r.around()))
		l, other := NewNormalStandard(d), must(NewNormalDiagonal(mu, v))
		apart, doubt := TotalVariation(l, other)
		wrong, more := BayesError(w, l, other)
		worst = max(worst, doubt/apart, more/math.Sqrt(w*(1-w)))
		if !(doubt <= 1e-12*apart && more <= 1e-12*math.Sqrt(w*(1-w))) {
			t.Errorf("pair %d, d = %d, scale %g, spread %g, weight %g: %g within %.3g, %g within %.3g", i, d, scale, spread, w, apart, doubt, wrong, more)
		}
	}
	t.Logf("largest uncertainty %.3g", worst)
}

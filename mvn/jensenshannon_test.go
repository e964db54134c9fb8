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
	"github.com/relent-go/relent/internal/golden"
	"github.com/relent-go/relent/internal/special"
	"gonum.org/v1/gonum/mat"
)

// Golden pairs are well-conditioned.
func TestJensenShannonGolden(t *testing.T) {
	relative, absolute := 0.0, 0.0
	for i, c := range golden.Normals() {
		l := must(NewNormal(c.Mu1, mat.NewSymDense(c.Dim, c.Sigma1)))
		r := must(NewNormal(c.Mu2, mat.NewSymDense(c.Dim, c.Sigma2)))
		name := fmt.Sprintf("case %d, d = %d, near %g", i, c.Dim, c.Near)
		got := JensenShannon(l, r)
		near(t, name, got, c.JensenShannon, 2e-14)
		near(t, name+", distance", JensenShannonDistance(l, r), c.JensenShannonDistance, 1e-14)
		relative, absolute = max(relative, relativeError(got, c.JensenShannon)), max(absolute, math.Abs(got-c.JensenShannon))
	}
	t.Logf("largest relative error %.3g, absolute %.3g", relative, absolute)
	if absolute > 2e-15 {
		t.Errorf("the largest absolute error is %g", absolute)
	}
}

// A weightedCase is the divergence of the standard normal distribution in one dimension from another one, from quadrature.
type weightedCase struct{ mean, variance, weight, want float64 }

func weightedCases(t *testing.T) []weightedCase {
	text, err := os.ReadFile("testdata/weighted.json")
	if err != nil {
		t.Fatal(err)
	}
	var lines []struct{ Mean, Variance, Weight, Want string }
	if err := json.Unmarshal(text, &lines); err != nil {
		t.Fatal(err)
	}
	number := func(s string) float64 { return must(strconv.ParseFloat(s, 64)) }
	var cases []weightedCase
	for _, c := range lines {
		cases = append(cases, weightedCase{number(c.Mean), number(c.Variance), number(c.Weight), number(c.Want)})
	}
	return cases
}

// In one dimension, and where others are added that both have in common, and all are mixed.
func TestWeightedJensenShannon(t *testing.T) {
	const d = 5
	worst := 0.0
	for _, c := range weightedCases(t) {
		name := fmt.Sprintf("%g, %g, weight %g", c.mean, c.variance, c.weight)
		tolerance := 2e-15 / math.Sqrt(c.weight*(1-c.weight))
		check := func(form string, l, r *Normal, tolerance float64) {
			t.Helper()
			got := WeightedJensenShannon(c.weight, l, r)
			near(t, name+", "+form, got, c.want, tolerance)
			if again := WeightedJensenShannon(1-c.weight, r, l); 1-(1-c.weight) == c.weight && again != got {
				t.Errorf("%s, %s: %g, swapped %g", name, form, got, again)
			}
			if form == "diagonal" {
				worst = max(worst, relativeError(got, c.want)*math.Sqrt(c.weight*(1-c.weight)))
			}
		}
		one := func(x float64) []float64 { return []float64{x} }
		check("diagonal", NewNormalStandard(1), must(NewNormalDiagonal(one(c.mean), one(c.variance))), tolerance)
		check("covariance", must(NewNormal(one(0), mat.NewSymDense(1, one(1)))), must(NewNormal(one(c.mean), mat.NewSymDense(1, one(c.variance)))),
			2*tolerance)

		// x = Ay + noise: in the exact numbers of the covariances, A of ones below and on its diagonal.
		mean := slices.Repeat([]float64{c.mean}, d)
		sigma, other := mat.NewSymDense(d, nil), mat.NewSymDense(d, nil)
		for i := range d {
			for j := range i + 1 {
				sigma.SetSym(i, j, float64(j+1))
				other.SetSym(i, j, float64(j)+c.variance)
			}
		}
		check("covariance, d = 5", must(NewNormal(make([]float64, d), sigma)), must(NewNormal(mean, other)), 50*tolerance)
	}
	t.Logf("largest relative error times √(w(1-w)): %.3g", worst)
}

// Where the relative difference is e, it is an eighth of the sum of the Kullback–Leibler divergences, but for a relative e².
func TestJensenShannonOfEveryPairOfForms(t *testing.T) {
	dims, conds := []int{1, 2, 3, 6}, []float64{10, 1e4, 1e8}
	if !deep() {
		dims, conds = []int{3}, []float64{10, 1e8}
	}
	worst := nearErrors{}
	eachNearPair(dims, conds, []float64{0, 1e-12, 1e-7}, func(p nearPair) {
		want := (p.l.kl(p.r) + p.r.kl(p.l)) / 8
		got := JensenShannon(p.l.Normal, p.r.Normal)
		e := relativeError(got, want) / p.cond
		worst[""] = max(worst[""], e)
		if !(e <= 1e-13) {
			t.Errorf("%s: %g, want %g: the relative error is %.3g times the condition number", p.name, got, want, e)
		}
		if swapped := JensenShannon(p.r.Normal, p.l.Normal); swapped != got {
			t.Errorf("%s: %g, swapped %g", p.name, got, swapped)
		}
	})
	worst.log(t)
}

// The divergence lies between what distances from Bhattacharyya's coefficient allow, is symmetric to the bit, and does not depend on the form.
func TestJensenShannonOfForms(t *testing.T) {
	for _, d := range []int{1, 4, 40} {
		r := seed(fmt.Sprint(t.Name(), d))
		all, others := anyForm(r, d), anyForm(r, d)
		for nameL, l := range inOrder(all) {
			for nameR, other := range inOrder(others) {
				name := fmt.Sprintf("%s, %s, d = %d", nameL, nameR, d)
				got := JensenShannon(l, other)
				if swapped := JensenShannon(other, l); swapped != got {
					t.Errorf("%s: %g, swapped %g", name, got, swapped)
				}
				if w, v := WeightedJensenShannon(0.25, l, other), WeightedJensenShannon(0.75, other, l); w != v {
					t.Errorf("%s: weighted %g, swapped %g", name, w, v)
				}
				overlap := exp(-Bhattacharyya(l, other))
				if !(got >= math.Ln2*(1-overlap)*(1-1e-9)-1e-15 && got <= math.Ln2 && got <= math.Sqrt(1-overlap*overlap)*math.Ln2*(1+1e-9)) {
					t.Errorf("%s: %g, Bhattacharyya's coefficient %g", name, got, overlap)
				}
				if isSingular(l) || isSingular(other) {
					continue
				}
				var a, b mat.SymDense
				l.CovarianceMatrix(&a)
				other.CovarianceMatrix(&b)
				full := JensenShannon(must(NewNormal(l.Mean(nil), &a)), must(NewNormal(other.Mean(nil), &b)))
				if math.Abs(full-got) > 1e-12 {
					t.Errorf("%s: %g, of the covariances %g", name, got, full)
				}
			}
		}
	}
}

// Pairs as far apart as numbers can say.
func TestJensenShannonOfExtremes(t *testing.T) {
	normal := func(mean, variance float64) *Normal {
		return must(NewNormalDiagonal([]float64{mean}, []float64{variance}))
	}
	full := func(mean, variance float64) *Normal {
		return must(NewNormal([]float64{mean}, mat.NewSymDense(1, []float64{variance})))
	}
	for _, form := range []func(mean, variance float64) *Normal{normal, full} {
		for _, c := range []struct{ mean, variance float64 }{
			{1e308, 1}, {-math.MaxFloat64, 1e-300}, {1e200, 1e-308}, {0, 1e308}, {0, 5e-324}, {1e154, 1e-20}, {30, 1e-40},
		} {
			got := JensenShannon(form(0, 1), form(c.mean, c.variance))
			if !(got >= 0.69 && got <= math.Ln2) {
				t.Errorf("%g, %g: %g", c.mean, c.variance, got)
			}
		}
		// 1 - (2·5e-10)^½ and less of Bhattacharyya's coefficient; the divergence is log 2 - O(1e-9)·log.
		if got := JensenShannon(form(0, 1), form(0, 1e-18)); !(got > math.Ln2-1e-7 && got < math.Ln2) {
			t.Errorf("variances 1 and 1e-18: %g", got)
		}
		for _, scale := range []float64{5e-324, 1e-310, 1e300} {
			a, b := form(0, 4*scale), form(0, 8*scale)
			near(t, fmt.Sprintf("variances 1 and 2, times %g", scale), JensenShannon(a, b), JensenShannon(normal(0, 1), normal(0, 2)), 1e-14)
		}
	}
	if got := JensenShannon(must(NewNormalIsotropic(make([]float64, 100), 1)), must(NewNormalIsotropic(make([]float64, 100), 1.5))); got >
		math.Ln2 || got < 0.3 {
		t.Errorf("isotropic: %g", got)
	}
}

// Of factors whose squares are barely numbers.
func TestJensenShannonOfTinyFactors(t *testing.T) {
	factor := func(scale, a, b, c float64) *Normal {
		var chol mat.Cholesky
		chol.SetFromU(mat.NewTriDense(2, mat.Upper, []float64{scale * a, scale * b, 0, scale * c}))
		return must(NewNormalChol([]float64{0, 0}, &chol))
	}
	for _, by := range []float64{0x1p-4, 2} {
		got := JensenShannon(factor(0x1p-490, 1+by, 0.5, 1), factor(0x1p-490, 1, 0.5, 1+by))
		near(t, fmt.Sprint(by), got, JensenShannon(factor(1, 1+by, 0.5, 1), factor(1, 1, 0.5, 1+by)), 1e-13)
	}
}

// Diagonal forms of one variance all the same, and of two.
func TestJensenShannonOfManyDimensions(t *testing.T) {
	for _, d := range []int{2, 33, 300} {
		mu, v, w := make([]float64, d), make([]float64, d), make([]float64, d)
		for i := range d {
			mu[i], v[i], w[i] = 0.5/float64(d), 1, 1+1/float64(d)
		}
		l, r := must(NewNormalDiagonal(make([]float64, d), v)), must(NewNormalDiagonal(mu, w))
		want := JensenShannon(l, r)
		w[0] = math.Nextafter(w[0], 2)
		near(t, fmt.Sprintf("d = %d", d), JensenShannon(l, must(NewNormalDiagonal(mu, w))), want, 1e-13)
		weighted := WeightedJensenShannon(0.1, l, r)
		near(t, fmt.Sprintf("d = %d", d), WeightedJensenShannon(0.1, l, must(NewNormalDiagonal(mu, w))), weighted, 1e-13)
	}
}

func TestJensenShannonOfSingular(t *testing.T) {
	line := func(mean, a, b float64) *Normal {
		return must(NewNormalSingular([]float64{mean * a, mean * b}, mat.NewSymDense(2, []float64{a * a, a * b, a * b, b * b}), 0))
	}
	if got := JensenShannon(line(0, 1, 2), line(0, 2, 1)); got != relent.BernoulliEntropy(0.5) {
		t.Errorf("on different lines: %g", got)
	}
	if got := WeightedJensenShannon(0.1, line(0, 1, 2), NewNormalStandard(2)); got != relent.BernoulliEntropy(0.1) {
		t.Errorf("one on a line: %g", got)
	}
	one := func(mean float64) *Normal { return must(NewNormalDiagonal([]float64{mean}, []float64{1})) }
	near(t, "on the same line", JensenShannon(line(0, 1, 2), line(1.5, 1, 2)), JensenShannon(one(0), one(1.5)), 1e-13)
	if got := JensenShannon(line(0, 0, 0), line(0, 0, 0)); got != 0 {
		t.Errorf("points: %g", got)
	}
}

func TestJensenShannons(t *testing.T) {
	r := seed(t.Name())
	var l, rs []*Normal
	for range 5 {
		l = append(l, must(NewNormal(r.vector(3), r.covariance(3, 10))))
	}
	for range 7 {
		rs = append(rs, must(NewNormalDiagonal(r.vector(3), r.positive(3))))
	}
	dst := must(JensenShannons(nil, l, rs, relent.Run{Workers: 3}))
	for i := range l {
		for j := range rs {
			if got, want := dst.At(i, j), JensenShannon(l[i], rs[j]); got != want {
				t.Errorf("%d, %d: %g, want %g", i, j, got, want)
			}
		}
	}
}

// A small weight is not lost, in either order: the divergence is w·KL(l‖r) but for terms of w².
func TestWeightedJensenShannonOfSmallWeights(t *testing.T) {
	l, r := must(NewNormalDiagonal([]float64{1}, []float64{1.25})), NewNormalStandard(1)
	for _, w := range []float64{1e-4, 1e-8, 1e-12, 1e-16, 1e-20} {
		tolerance := 1e-14/math.Sqrt(w) + 10*w
		near(t, fmt.Sprintf("weight %g", w), WeightedJensenShannon(w, l, r), w*KullbackLeibler(l, r), tolerance)
		near(t, fmt.Sprintf("weight %g, swapped", w), WeightedJensenShannon(w, r, l), w*KullbackLeibler(r, l), tolerance)
	}
}

// The smallest variances are as far apart as others.
func TestJensenShannonOfSubnormalVariances(t *testing.T) {
	const least = 5e-324
	want := JensenShannon(must(NewNormalDiagonal([]float64{0, 0}, []float64{1, 1})), must(NewNormalDiagonal([]float64{0, 0}, []float64{1, 2})))
	got := JensenShannon(must(NewNormalDiagonal([]float64{0, 0}, []float64{least, 1})), must(NewNormalDiagonal([]float64{0, 0}, []float64{least, 2})))
	near(t, "variances of 5e-324", got, want, 1e-12)
}

func TestJensenShannonOfOneWeight(t *testing.T) {
	for _, w := range []float64{0, 1} {
		if got := WeightedJensenShannon(w, NewNormalStandard(1), must(NewNormalIsotropic([]float64{1}, 2))); got != 0 {
			t.Errorf("weight %g: %g", w, got)
		}
	}
}

// The standard library judges, on an architecture where its functions are right to a unit in the last place.
func TestAngles(t *testing.T) {
	r := seed(t.Name())
	for range 20000 {
		x := r.around() * math.Ldexp(1, int(r.next()%40)-25)
		sin, cos := special.Sincos(x)
		wantSin, wantCos := math.Sincos(x)
		if math.Abs(sin-wantSin) > 0x1p-52*min(1, 2*math.Abs(x)) || math.Abs(cos-wantCos) > 0x1p-52 {
			t.Fatalf("Sincos(%g) = %g, %g, want %g, %g", x, sin, cos, wantSin, wantCos)
		}
		y := r.around() * math.Ldexp(1, int(r.next()%40)-25)
		if got, want := special.Atan2(y, x), math.Atan2(y, x); math.Abs(got-want) > 0x1p-51*min(1, 4*math.Abs(want)) {
			t.Fatalf("Atan2(%g, %g) = %g, want %g", y, x, got, want)
		}
	}
	for _, w := range []float64{0, 1e-300, 1e-8, -0.01, 0.1, 3. / 16, -3. / 16} {
		x := number(w) // the series, in exact numbers
		want := zero()
		for k := 41; k >= 1; k-- {
			term := zero().Quo(number(1), number(float64(2*k+1)))
			if k%2 == 1 {
				term.Neg(term)
			}
			want.Mul(want, zero().Mul(x, x))
			want.Add(want, term)
		}
		want.Mul(want, zero().Mul(x, zero().Mul(x, x)))
		near(t, fmt.Sprintf("arcTangentExcess(%g)", w), arcTangentExcess(w), float(want), 0x1p-50)
	}
}

// T has the moments of X, and what is turned with it keeps its length.
func TestTridiagonalize(t *testing.T) {
	for _, d := range []int{1, 2, 3, 10, 33} {
		r := seed(fmt.Sprint(t.Name(), d))
		x := relent.Matrix[float64](r.dense(d, d).RawMatrix())
		mirror(x)
		if d == 10 { // nothing to turn in one row
			for j := range 8 {
				x.Row(9)[j], x.Row(j)[9] = 0, 0
			}
		}
		y := r.vector(d)
		form := func(steps int, multiply func(v []float64) []float64, v []float64) float64 { // vᵀXˢv
			w := v
			for range steps {
				w = multiply(w)
			}
			return dot(v, w)
		}
		wants := make([]float64, 5)
		for s := range wants {
			wants[s] = form(s, func(v []float64) []float64 {
				w := make([]float64, d)
				for i := range w {
					w[i] = dot(x.Row(i), v)
				}
				return w
			}, y)
		}
		size, length := math.Sqrt(dot(x.Data, x.Data)), dot(y, y)
		T := tridiagonal{make([]float64, d), make([]float64, d)}
		tridiagonalize(T, x, y, make([]float64, d))
		for s, want := range wants {
			got := form(s, func(v []float64) []float64 {
				w := make([]float64, d)
				for i, a := range T.diagonal {
					w[i] += a * v[i]
					if i > 0 {
						w[i] += T.next[i] * v[i-1]
						w[i-1] += T.next[i] * v[i]
					}
				}
				return w
			}, y)
			if math.Abs(got-want) > 1e-14*float64(d)*length*math.Pow(size, float64(s)) {
				t.Errorf("d = %d: yᵀTˢy is %g, want %g, s = %d", d, got, want, s)
			}
		}
		squares := zero()
		for i, a := range T.diagonal {
			squares.Add(squares, number(a*a+2*T.next[i]*T.next[i]))
		}
		near(t, "squares", float(squares), size*size, 1e-13)
		if norm := T.norm(); norm > math.Sqrt(3)*size || norm < size/math.Sqrt(float64(d)) {
			t.Errorf("d = %d: the norm is %g, that of squares %g", d, norm, size)
		}
	}
}

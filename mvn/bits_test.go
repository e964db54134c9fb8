package mvn

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

var bitsUpdate = flag.Bool("bits.update", false, "write testdata/bits.txt, after a change that is meant to change results")

// The results have the bits of every architecture, in particular of those that fuse multiplications and additions: a hash for
// each form, and of what is computed with it, stands in testdata/bits.txt.
func TestBits(t *testing.T) {
	const file = "testdata/bits.txt"
	got := allBits(t)
	if *bitsUpdate {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	recorded, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	was := map[string]bool{}
	for line := range strings.Lines(string(recorded)) {
		was[line] = true
	}
	for line := range strings.Lines(got) {
		if !was[line] {
			t.Errorf("not in %s: %s", file, line)
		}
		delete(was, line)
	}
	for line := range was {
		t.Errorf("only in %s: %s", file, line)
	}
}

// A fingerprint is of numbers, in order.
type fingerprint struct{ bytes []byte }

func (f *fingerprint) add(values ...float64) {
	for _, v := range values {
		f.bytes = binary.LittleEndian.AppendUint64(f.bytes, math.Float64bits(v))
	}
}

func (f *fingerprint) addSingles(values ...float32) {
	for _, v := range values {
		f.add(float64(v))
	}
}

func (f *fingerprint) String() string {
	hash := fnv.New64a()
	hash.Write(f.bytes)
	return fmt.Sprintf("%016x", hash.Sum64())
}

// bitsForms are distributions of every form, each by two constructors of parameters that are near each other. Nothing of their
// parameters is from arithmetic that differs between architectures.
func bitsForms(d int) map[string][2]*Normal {
	const rows = 23
	r := seed("bits")
	mu := r.vector(d)
	covariance := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i {
			covariance.SetSym(i, j, r.around()/float64(d))
		}
		covariance.SetSym(i, i, 1.5+r.around()/2)
	}
	nudged := mat.NewSymDense(d, nil)
	nudged.CopySym(covariance)
	for i := range d {
		nudged.SetSym(i, i, math.Nextafter(covariance.At(i, i), 9))
	}
	singular := mat.NewSymDense(d, nil) // of differences of sorts, exactly
	for i := range d {
		for j := range i + 1 {
			singular.SetSym(i, j, float64((i%3+1)*(j%3+1))+float64((i%2+1)*(j%2+1)))
		}
	}
	triangle := mat.NewTriDense(d, mat.Upper, nil)
	for i := range d {
		for j := i; j < d; j++ {
			triangle.SetTri(i, j, covariance.At(i, j))
		}
	}
	var chol mat.Cholesky
	chol.SetFromU(triangle)
	x := r.dense(rows, d)
	weights, w, v := r.positive(rows), r.dense(d, 2), r.positive(d)
	u := append([]float64(nil), v...)
	u[0] = math.Nextafter(u[0], 9)
	observed := []int{3, 1}
	larger := func(s *mat.SymDense) *mat.SymDense { // two variables more, which will be observed
		t := mat.NewSymDense(d+2, nil)
		for i := range d + 2 {
			for j := range i + 1 {
				t.SetSym(i, j, r.around()/float64(3*d))
			}
			t.SetSym(i, i, 2)
		}
		for i, a := range []int{0, 2, 4, 5, 6, 7, 8}[:d] {
			for j, b := range []int{0, 2, 4, 5, 6, 7, 8}[:d] {
				t.SetSym(a, b, s.At(i, j))
			}
		}
		return t
	}
	longer := append(append([]float64(nil), mu...), 0.25, -0.5)
	given := func(n *Normal) *Normal { return must(n.ConditionNormal(observed, []float64{0.5, 0.25})) }
	of := func(n *Normal) *Normal { return must(n.MarginalNormal([]int{8, 0, 2, 4, 5, 6, 7}[:d])) }
	shrunk := func(weights []float64) *Normal {
		n, _, err := FitShrunk(x, weights, relent.Run{})
		return must(n, err)
	}
	wide := larger(covariance)
	two := func(make func(s *mat.SymDense) *Normal) [2]*Normal { return [2]*Normal{make(covariance), make(nudged)} }
	return map[string][2]*Normal{
		"NewNormal":                         two(func(s *mat.SymDense) *Normal { return must(NewNormal(mu, s)) }),
		"NewNormalPrecision":                two(func(s *mat.SymDense) *Normal { return must(NewNormalPrecision(mu, s)) }),
		"NewNormalChol":                     {must(NewNormalChol(mu, &chol)), must(NewNormal(mu, covariance))},
		"NewNormalDiagonal":                 {must(NewNormalDiagonal(mu, v)), must(NewNormalDiagonal(mu, u))},
		"NewNormalIsotropic":                {must(NewNormalIsotropic(mu, 0.3)), must(NewNormalIsotropic(mu, 0.25))},
		"NewNormalStandard":                 {NewNormalStandard(d), must(NewNormalDiagonal(mu, v))},
		"NewNormalLowRank":                  {must(NewNormalLowRank(mu, w, v)), must(NewNormalLowRank(mu, w, u))},
		"NewNormalSingular":                 {must(NewNormalSingular(mu, singular, 0)), must(NewNormalSingular(mu, singular, 0x1p-40))},
		"NewNormalSingular, full rank":      two(func(s *mat.SymDense) *Normal { return must(NewNormalSingular(mu, s, 0)) }),
		"marginal of NewNormal":             {of(must(NewNormal(longer, wide))), must(NewNormal(mu, covariance))},
		"marginal of NewNormalPrecision":    {of(must(NewNormalPrecision(longer, wide))), must(NewNormal(mu, covariance))},
		"conditional of NewNormal":          {given(must(NewNormal(longer, wide))), must(NewNormal(mu, covariance))},
		"conditional of NewNormalPrecision": {given(must(NewNormalPrecision(longer, wide))), must(NewNormalPrecision(mu, covariance))},
		"conditional of NewNormalLowRank": {
			given(must(NewNormalLowRank(longer, r.dense(d+2, 3), r.positive(d+2)))), must(NewNormalLowRank(mu, w, v)),
		},
		"conditional of NewNormalSingular": {given(must(NewNormalSingular(longer, wide, 0))), must(NewNormal(mu, covariance))},
		"Fit":                              {must(Fit(x, nil, relent.Run{})), must(Fit(x, weights, relent.Run{}))},
		"FitShrunk":                        {shrunk(nil), shrunk(weights)},
	}
}

// allBits is one line for each form, pair of forms and mixture.
func allBits(t *testing.T) string {
	const d, rows = 7, 11
	r := seed("rows")
	x := r.dense(rows, d)
	raw := relent.Matrix[float64](x.RawMatrix())
	single := singleMatrix(raw)
	forms := bitsForms(d)
	var lines strings.Builder
	line := func(what string, f fingerprint) { fmt.Fprintln(&lines, what, f.String()) }
	for _, name := range sortedKeys(forms) {
		pair := forms[name]
		var f fingerprint
		for _, n := range pair {
			f.add(must(n.LogProbRows(nil, x, relent.Run{}))...)
			f.add(must(n.SqMahalanobisRows(nil, x, relent.Run{}))...)
			f.add(must(n.MahalanobisRows(nil, x, relent.Run{}))...)
			f.add(must(n.ScoreRows(nil, x, relent.Run{})).RawMatrix().Data...)
			f.addSingles(must(LogProbRows(nil, n, single, relent.Run{}))...)
			f.addSingles(must(ScoreRows(relent.Matrix[float32]{}, n, single, relent.Run{})).Data...)
			f.add(n.Prob(x.RawRowView(0)), n.Entropy(), n.LogDet())
			on := n.TransformNormal(nil, x.RawRowView(1)) // on the support of a singular one
			f.add(on...)
			f.add(n.LogProb(on), n.SqMahalanobis(on))
			f.add(n.Quantile(nil, []float64{0, 1e-20, 0.01, 0.3, 0.5, 0.9, 1 - 0x1p-40}[:n.Dim()])...)
			f.add(n.ScoreInput(nil, on)...)
			var s mat.SymDense
			n.CovarianceMatrix(&s)
			f.add(elements(&s)...)
			m := must(n.MarginalNormal([]int{4, 0, 2}))
			f.add(m.LogDet(), m.LogProb(m.Mean(nil)))
			if !isSingular(n) {
				c := must(n.ConditionNormal([]int{3, 1}, []float64{0.5, 0.25}))
				f.add(append(c.Mean(nil), c.LogDet())...)
			}
		}
		line(name, f)
		var g fingerprint
		for _, n := range pair {
			g.add(must(n.WhitenRows(nil, x, relent.Run{})).RawMatrix().Data...)
			g.addSingles(must(WhitenRows(relent.Matrix[float32]{}, n, single, relent.Run{})).Data...)
			g.add(n.Whiten(nil, n.TransformNormal(nil, x.RawRowView(1)))...)
			var p mat.SymDense
			n.PrecisionMatrix(&p)
			g.add(elements(&p)...)
		}
		line(name+", whitened", g)
		for _, other := range sortedKeys(forms) {
			var f fingerprint
			for _, p := range [][2]*Normal{{pair[0], forms[other][0]}, {pair[0], forms[other][1]}} {
				f.add(KullbackLeibler(p[0], p[1]), CrossEntropy(p[0], p[1]), Bhattacharyya(p[0], p[1]), Hellinger(p[0], p[1]))
				f.add(Renyi(0.3, p[0], p[1]), SqWasserstein(p[0], p[1]), Wasserstein(p[0], p[1]))
			}
			line(name+" | "+other, f)
		}
	}
	for _, name := range []string{"separate", "full", "tied", "diagonal", "spherical"} {
		line("mixture, "+name, bitsOfMixture(bitsMixture(name, forms), x, single))
	}
	var f fingerprint
	other := relent.Matrix[float64](r.dense(rows, d).RawMatrix())
	f.add(must(KullbackLeiblerStandardRows(nil, raw, raw, relent.Run{}))...)
	f.add(must(KullbackLeiblerDiagonalRows(nil, raw, other, other, raw, relent.Run{}))...)
	f.addSingles(must(KullbackLeiblerStandardRows(nil, single, single, relent.Run{}))...)
	for i := range rows {
		f.add(UnivariateLogProb(x.At(i, 0), x.At(i, 1), 0.1+float64(x.At(i, 2)*x.At(i, 2))))
	}
	line("functions of diagonal rows", f)
	for _, name := range []string{"separate", "full", "tied", "diagonal", "spherical"} {
		line("mixture looked into, "+name, bitsOfMixtureParts(bitsMixture(name, forms), x, single))
	}
	for _, s := range structures {
		line("fitted mixture, "+s.String(), bitsOfFit(seed("clusters").clusters(60, 3, 2, 3), s))
	}
	line("Student t", bitsOfStudentT(forms, x, single))
	line("robust", bitsOfRobust())
	line("missing elements", bitsOfMissing(forms, x))
	line("conditionals of rows", bitsOfConditionals(forms, x))
	line("conditionals of mixtures", bitsOfMixtureConditionals(forms, x))
	line("Jensen–Shannon divergences", bitsOfJensenShannon(forms))
	line("samples", bitsOfSamples(forms))
	line("divergences of mixtures", bitsOfMixtureDivergences(forms))
	line("moments", bitsOfMoments(r.dense(2*rows, d), r.positive(2*rows)))
	line("moments of blocks", bitsOfBlocks(r.dense(2*rows, d)))
	return lines.String()
}

func bitsMixture(name string, forms map[string][2]*Normal) *Mixture {
	const d = 7
	weights := []float64{0.5, 0.25, 0.25}
	r := seed("mixtures")
	means, variances := r.dense(3, d), mat.NewDense(3, d, r.positive(3*d))
	var covariances []mat.Symmetric
	for _, form := range []string{"NewNormal", "Fit", "NewNormalLowRank"} {
		var s mat.SymDense
		forms[form][1].CovarianceMatrix(&s)
		covariances = append(covariances, &s)
	}
	switch name {
	case "separate":
		return must(NewMixture(weights, []*Normal{forms["NewNormal"][0], forms["NewNormalLowRank"][0], forms["NewNormalPrecision"][0]}))
	case "full":
		return must(NewFullMixture(weights, means, covariances))
	case "tied":
		return must(NewTiedMixture(weights, means, covariances[0]))
	case "diagonal":
		return must(NewDiagonalMixture(weights, means, variances))
	}
	return must(NewSphericalMixture(weights, means, []float64{0.5, 1, 2}))
}

func bitsOfMixture(m *Mixture, x *mat.Dense, single relent.Matrix[float32]) (f fingerprint) {
	f.add(must(m.LogProbRows(nil, x, relent.Run{}))...)
	f.add(must(m.ResponsibilitiesRows(nil, x, relent.Run{})).RawMatrix().Data...)
	for _, k := range must(m.PredictRows(nil, x, relent.Run{})) {
		f.add(float64(k))
	}
	f.addSingles(must(MixtureLogProbRows(nil, m, single, relent.Run{}))...)
	logProb := make([]float32, single.Rows)
	responsibilities := must(MixtureResponsibilitiesRows(relent.Matrix[float32]{}, logProb, m, single, relent.Run{}))
	f.addSingles(logProb...)
	f.addSingles(responsibilities.Data...)
	return f
}

func bitsOfStudentT(forms map[string][2]*Normal, x *mat.Dense, single relent.Matrix[float32]) (f fingerprint) {
	for _, nu := range []float64{0x1p-50, 0.75, 3, 40, 1e18} {
		s := must(forms["NewNormal"][0].StudentT(nu))
		f.add(must(s.LogProbRows(nil, x, relent.Run{}))...)
		f.addSingles(must(StudentTLogProbRows(nil, s, single, relent.Run{}))...)
		f.bytes = append(f.bytes, must(s.MarshalBinary())...)
		f.add(chiSquareQuantile(1+int(min(nu, 9)), 0.75))
	}
	s, report, err := FitStudentT(seed("student").dense(50, 3), StudentTOptions{}, relent.Run{})
	f.add(report.LogLikelihoods...)
	f.bytes = append(f.bytes, must(must(s, err).MarshalBinary())...)
	return f
}

func bitsOfJensenShannon(forms map[string][2]*Normal) (f fingerprint) {
	for _, name := range sortedKeys(forms) {
		for _, other := range sortedKeys(forms) {
			l := forms[name][0]
			for _, r := range forms[other] {
				f.add(JensenShannon(l, r), JensenShannonDistance(l, r), WeightedJensenShannon(0.3, l, r))
				apart, doubt := TotalVariation(l, r)
				wrong, more := BayesError(0.3, l, r)
				f.add(apart, doubt, wrong, more)
			}
		}
	}
	return f
}

func bitsOfSamples(forms map[string][2]*Normal) (f fingerprint) {
	const d = 7
	x := relent.NewMatrix[float64](70, d)
	for _, name := range sortedKeys(forms) {
		must(x, SampleRows(x, forms[name][0], 3, 1<<32-5, relent.Run{}))
		f.add(x.Data...)
	}
	for _, nu := range []float64{0.5, 3, 1e9} {
		must(x, StudentTSampleRows(x, must(forms[sortedKeys(forms)[0]][0].StudentT(nu)), 3, 1<<32-5, relent.Run{}))
		f.add(x.Data...)
	}
	for _, name := range []string{"separate", "full", "tied", "diagonal", "spherical"} {
		must(x, MixtureSampleRows(x, bitsMixture(name, forms), 3, 1<<32-5, relent.Run{}))
		f.add(x.Data...)
	}
	return f
}

func bitsOfMixtureDivergences(forms map[string][2]*Normal) (f fingerprint) {
	add := func(e MonteCarloEstimate) { f.add(e.Value, e.StandardError, float64(e.Samples)) }
	o := MonteCarlo{Seed: 1, Samples: 300}
	for _, pair := range [][2]string{{"separate", "full"}, {"tied", "diagonal"}, {"spherical", "spherical"}} {
		l, r := bitsMixture(pair[0], forms), bitsMixture(pair[1], forms)
		add(must(MixtureKullbackLeibler(l, r, o, relent.Run{})))
		add(must(MixtureJensenShannon(l, r, o, relent.Run{})))
		lower, upper := MixtureKullbackLeiblerBounds(l, r)
		f.add(lower, upper, MixtureKullbackLeiblerVariational(l, r), MixtureKullbackLeiblerUnscented(l, r))
		lower, upper = MixtureJensenShannonBounds(l, r)
		f.add(lower, upper)
	}
	return f
}

func bitsOfRobust() (f fingerprint) {
	for _, rows := range []int{60, 650} {
		n, report, err := FitRobust(seed("robust").dense(rows, 3), RobustOptions{Starts: 30}, relent.Run{})
		f.bytes = append(f.bytes, must(must(n, err).MarshalBinary())...)
		f.bytes = append(f.bytes, must(report.Raw.MarshalBinary())...)
		f.add(report.LogDet)
	}
	return f
}

func bitsOfMissing(forms map[string][2]*Normal, x *mat.Dense) (f fingerprint) {
	holes := seed("holes").withHoles(x, 0.3)
	for _, name := range sortedKeys(forms) {
		f.add(must(forms[name][0].ObservedLogProbRows(nil, holes, relent.Run{}))...)
	}
	r := seed("missing")
	n, report, err := FitMissing(r.withHoles(r.dense(90, 4), 0.2), MissingOptions{}, relent.Run{})
	f.bytes = append(f.bytes, must(must(n, err).MarshalBinary())...)
	f.add(report.LogLikelihoods...)
	return f
}

func bitsOfConditionals(forms map[string][2]*Normal, x *mat.Dense) (f fingerprint) {
	for _, name := range []string{"NewNormal", "NewNormalPrecision", "NewNormalLowRank", "NewNormalDiagonal"} {
		c := must(forms[name][0].Conditional([]int{3, 1}))
		f.add(must(c.LogProbRows(nil, x, relent.Run{}))...)
		f.add(must(c.MeanRows(nil, mat.NewDense(2, 2, []float64{1, 2, 3, 4}), relent.Run{})).RawMatrix().Data...)
	}
	return f
}

func bitsOfMixtureConditionals(forms map[string][2]*Normal, x *mat.Dense) (f fingerprint) {
	m := must(NewMixture([]float64{0.7, 0.3}, []*Normal{forms["NewNormal"][0], forms["NewNormalLowRank"][0]}))
	c := must(m.Conditional([]int{3, 1}))
	f.add(must(c.LogProbRows(nil, x, relent.Run{}))...)
	f.add(must(c.MeanRows(nil, mat.NewDense(2, 2, []float64{1, 2, 3, 4}), relent.Run{})).RawMatrix().Data...)
	return f
}

func bitsOfMoments(x *mat.Dense, weights []float64) (f fingerprint) {
	m := must(momentsOf("moments", rowsOf(x), weights, relent.Run{}))
	f.bytes = append(f.bytes, must(m.MarshalBinary())...)
	known := make([]float64, m.Dim())
	for _, e := range []Estimate{
		{}, {MaximumLikelihood: true}, {Mean: known}, {Structure: DiagonalCovariance}, {Structure: SphericalCovariance, Mean: known},
	} {
		var s mat.SymDense
		n := must(m.Normal(e))
		n.CovarianceMatrix(&s)
		f.add(elements(&s)...)
		f.add(n.Mean(nil)...)
	}
	n, shrinkage, err := m.NormalOAS()
	f.add(shrinkage, must(n, err).LogDet())
	return f
}

func bitsOfBlocks(x *mat.Dense) (f fingerprint) {
	m := NewMoments(x.RawMatrix().Cols, RefuseNaN)
	must(0, m.AddBlocks(x, relent.Run{}))
	f.bytes = must(m.MarshalBinary())
	return f
}

func bitsOfFit(x *mat.Dense, s Structure) (f fingerprint) {
	for _, miniBatch := range []int{0, 16} {
		m, report, err := FitMixture(x, 2, MixtureOptions{Structure: s, Iterations: 5, Starts: 2, MiniBatch: miniBatch}, relent.Run{})
		if err != nil {
			panic(err)
		}
		f.add(report.LogLikelihoods...)
		f.add(report.BIC, report.AIC)
		f.add(must(m.LogProbRows(nil, x, relent.Run{}))...)
	}
	return f
}

func bitsOfMixtureParts(m *Mixture, x *mat.Dense, single relent.Matrix[float32]) (f fingerprint) {
	f.add(must(m.ScoreRows(nil, x, relent.Run{})).RawMatrix().Data...)
	f.addSingles(must(MixtureScoreRows(relent.Matrix[float32]{}, m, single, relent.Run{})).Data...)
	f.add(must(m.SqMahalanobisRows(nil, x, relent.Run{})).RawMatrix().Data...)
	f.add(m.Mean(nil)...)
	var s mat.SymDense
	m.CovarianceMatrix(&s)
	f.add(elements(&s)...)
	f.add(m.SqMahalanobis(nil, x.RawRowView(0))...)
	f.add(must(m.MarginalMixture([]int{4, 0})).LogProb([]float64{0.5, 0.25}))
	f.add(must(m.ConditionMixture([]int{3, 1}, []float64{0.5, 0.25})).LogProb([]float64{1, 2, 3, 4, 5}))
	f.add(m.Rand(nil, seed("mixture"))...)
	f.bytes = append(f.bytes, must(m.MarshalBinary())...)
	return f
}

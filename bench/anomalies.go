package main

import (
	"fmt"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
)

// A detector scores the rows held out as many times as there are classes: by the log density of the mixture of all classes but
// one. Rows of the class left out are the anomalies.
type detector struct {
	name string
	*runner
	aucs func() []float64 // by class left out
}

// newDetector has a mixture for each class left out.
func newDetector[F relent.Float](name, isa string, mixtures []scorer[F], t trial) detector {
	x := narrow[F](t.heldOut)
	scores := relent.NewMatrix[F](len(mixtures), x.Rows)
	run := func(times int) {
		for range times {
			for k, mixture := range mixtures {
				mixture(scores.Row(k), x)
			}
		}
	}
	aucs := func() []float64 {
		var all []float64
		for k := range mixtures {
			all = append(all, auc(scores.Row(k), func(i int) bool { return t.labels[i] == k }))
		}
		return all
	}
	return detector{name, &runner{isa: isa, rows: len(mixtures) * x.Rows, call: run}, aucs}
}

// newDetectors lists relent for float64 with each fast instruction set, for float32 with the best, and gonum.
func newDetectors(t trial) ([]detector, error) {
	normals, err := fitNormals(t)
	if err != nil {
		return nil, err
	}
	gonums, err := fitGonum(t)
	if err != nil {
		return nil, err
	}
	var wide, gonumMixtures []scorer[float64]
	var narrow []scorer[float32]
	for k := range normals {
		weights := without(t.priors(), k)
		normalise(weights, 1)
		m, err := mixtureOf(weights, without(normals, k))
		if err != nil {
			return nil, err
		}
		wide, narrow = append(wide, mixtureDensity[float64](m)), append(narrow, mixtureDensity[float32](m))
		gonumMixtures = append(gonumMixtures, gonumMixture(weights, without(gonums, k)))
	}
	var all []detector
	for _, isa := range fastISAs() {
		all = append(all, newDetector("relent float64 "+isa, isa, wide, t))
	}
	best := fastISAs()[0]
	return append(all,
		newDetector("relent float32 "+best, best, narrow, t),
		newDetector("gonum float64", "", gonumMixtures, t)), nil
}

// mixtureOf is the mixture of normal distributions.
func mixtureOf(weights []float64, normals []*mvn.Normal) (*mvn.Mixture, error) {
	means := mat.NewDense(len(normals), normals[0].Dim(), nil)
	var covariances []mat.Symmetric
	for k, n := range normals {
		n.Mean(means.RawRowView(k))
		sigma := new(mat.SymDense)
		n.CovarianceMatrix(sigma)
		covariances = append(covariances, sigma)
	}
	return mvn.NewFullMixture(weights, means, covariances)
}

// without is x but for element k.
func without[E any](x []E, k int) []E {
	return append(append([]E(nil), x[:k]...), x[k+1:]...)
}

func reportAnomalies(to page) error {
	trials, err := readTrials()
	if err != nil {
		return err
	}
	t := trials[0]
	progress("anomalies, %s", t.name)
	detectors, err := newDetectors(t)
	if err != nil {
		return err
	}
	var runners []*runner
	for _, d := range detectors {
		runners = append(runners, d.runner)
	}
	race(2, 0, runners...)
	header := []string{"left out"}
	for k := range t.fit {
		header = append(header, fmt.Sprint(k))
	}
	var cells [][]string
	gonum := detectors[len(detectors)-1]
	for _, d := range detectors {
		row := []string{d.name}
		for _, area := range d.aucs() {
			row = append(row, cell("%.3f", area))
		}
		cells = append(cells, append(row, digits3(1/d.perRow()/1e3), digits3(gonum.best/d.best)))
	}
	to.paragraph("Anomalies: the log densities of the %d %s held out under the mixture of the normal distributions of all digits but one. "+
		"The digit left out should have lower ones: the share of pairs of such a digit and another for which it has.",
		t.heldOut.Rows, t.name)
	to.table(1, append(header, "thousand rows/s", "× gonum"), cells)
	return nil
}

package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/sealed"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distmv"
)

//go:embed fitting.py
var sklearnScript string

// A fitting is of a mixture to rows: by so many iterations from weights that are the same, means that are rows and covariances that are I; and
// from seeds, by each library's own starts.
type fitting struct {
	Rows       int     `json:"rows"`
	Cols       int     `json:"cols"`
	Components int     `json:"components"`
	Covariance string  `json:"covariance"`
	Floor      float64 `json:"floor"` // what is added to variances, which are 1 over all rows
	Iterations int     `json:"iterations"`
	Runs       int     `json:"runs"`
	Seeds      int     `json:"seeds"`

	name      string
	structure mvn.Structure
	x         *mat.Dense
}

// A fittingResult is of a library.
type fittingResult struct {
	Seconds float64 `json:"seconds"` // of all iterations
	Score   float64 `json:"score"`   // the mean log likelihood of a row
	Median  float64 `json:"median"`  // of the scores from seeds
}

// newFittings are of the wine data, of the digits, some cells of which hardly vary, and of rows made by a mixture.
func newFittings() ([]fitting, error) {
	wine, err := readDataset("wine", bytes.NewReader(wineFile))
	if err != nil {
		return nil, err
	}
	images, err := readDigitCounts(digitsFile)
	if err != nil {
		return nil, err
	}
	full := mixtureShape{"full", 16, 8}
	made, err := full.relent()
	if err != nil {
		return nil, err
	}
	x := mat.NewDense(mixtureRows, full.d, nil)
	made.RandRows(x, rand.NewPCG(1, 2))
	all := []fitting{
		{name: "wine", structure: mvn.FullCovariance, Components: 3, Iterations: 10, Seeds: 20, x: standardisedRows(wine.rows)},
		{name: "digits", structure: mvn.FullCovariance, Components: 10, Iterations: 10, Seeds: 20, Floor: 0.01, x: standardisedRows(images.rows)},
		{name: "made", structure: mvn.FullCovariance, Components: full.components, Iterations: 5, x: x},
	}
	for i := range all {
		f := &all[i]
		f.Rows, f.Cols = f.x.Dims()
		f.Runs = 3
		f.under(f.structure)
	}
	return all, nil
}

// under makes the fitting one of a structure.
func (f *fitting) under(s mvn.Structure) {
	f.structure, f.Covariance = s, s.String()
	if s == mvn.DiagonalCovariance {
		f.Covariance = "diag"
	}
}

// standardisedRows are rows of which every column has mean 0 and variance 1, without those columns that are constant.
func standardisedRows(rows [][]float64) *mat.Dense {
	var columns [][]float64
	for j := range rows[0] {
		column := make([]float64, len(rows))
		for i, row := range rows {
			column[i] = row[j]
		}
		mean, deviation := stat.PopMeanStdDev(column, nil)
		if deviation > 0 {
			floats.AddConst(-mean, column)
			floats.Scale(1/deviation, column)
			columns = append(columns, column)
		}
	}
	x := mat.NewDense(len(rows), len(columns), nil)
	for j, column := range columns {
		x.SetCol(j, column)
	}
	return x
}

// start are the weights and the means to begin with.
func (f fitting) start() (weights []float64, means *mat.Dense) {
	means = mat.NewDense(f.Components, f.Cols, nil)
	for k := range f.Components {
		weights = append(weights, 1/float64(f.Components))
		means.SetRow(k, f.x.RawRowView((2*k+1)*f.Rows/(2*f.Components)))
	}
	return weights, means
}

// relent fits by an instruction set.
func (f fitting) relent() (result fittingResult, err error) {
	weights, means := f.start()
	start, err := mvn.NewSphericalMixture(weights, means, slices.Repeat([]float64{1}, f.Components))
	if err != nil {
		return result, err
	}
	options := mvn.MixtureOptions{Structure: f.structure, Start: start, Floor: f.Floor, Tolerance: -1, Iterations: f.Iterations}
	if f.Floor == 0 {
		options.Floor = -1 // nothing, as the others have it
	}
	result.Seconds = math.Inf(1)
	for range f.Runs {
		begin := time.Now()
		_, report, err := mvn.FitMixture(f.x, f.Components, options, relent.Run{})
		if err != nil {
			return result, err
		}
		result.Seconds = min(result.Seconds, time.Since(begin).Seconds())
		result.Score = report.LogLikelihood()
	}
	var scores []float64
	for seed := range uint64(f.Seeds) {
		_, report, err := mvn.FitMixture(f.x, f.Components, mvn.MixtureOptions{Structure: f.structure, Floor: f.Floor, Seed: seed}, relent.Run{})
		if err != nil {
			return result, err
		}
		scores = append(scores, report.LogLikelihood())
	}
	if slices.Sort(scores); len(scores) > 0 {
		result.Median = (scores[(len(scores)-1)/2] + scores[len(scores)/2]) / 2
	}
	return result, nil
}

// gonum fits as one writes it: densities, responsibilities, weighted means and covariances.
func (f fitting) gonum() fittingResult {
	weights, means := f.start()
	var covariances []*mat.SymDense
	for range f.Components {
		unit := mat.NewSymDense(f.Cols, nil)
		for i := range f.Cols {
			unit.SetSym(i, i, 1)
		}
		covariances = append(covariances, unit)
	}
	begin := time.Now()
	shares := mat.NewDense(f.Components, f.Rows, nil)
	for range f.Iterations {
		f.expect(shares, weights, means, covariances)
		f.maximise(shares, weights, means, covariances)
	}
	seconds := time.Since(begin).Seconds()
	return fittingResult{Seconds: seconds, Score: f.expect(shares, weights, means, covariances)}
}

// expect sets the shares of the components in each row, and returns the mean log likelihood of a row.
func (f fitting) expect(shares *mat.Dense, weights []float64, means *mat.Dense, covariances []*mat.SymDense) float64 {
	var normals []*distmv.Normal
	for k, sigma := range covariances {
		n, ok := distmv.NewNormal(means.RawRowView(k), sigma, nil)
		if !ok {
			panic("gonum finds no factorisation")
		}
		normals = append(normals, n)
	}
	logWeights, terms, sum := logarithms(weights), make([]float64, f.Components), 0.0
	for i := range f.Rows {
		for k, n := range normals {
			terms[k] = logWeights[k] + n.LogProb(f.x.RawRowView(i))
		}
		all := floats.LogSumExp(terms)
		for k, t := range terms {
			shares.Set(k, i, math.Exp(t-all))
		}
		sum += all
	}
	return sum / float64(f.Rows)
}

func (f fitting) maximise(shares *mat.Dense, weights []float64, means *mat.Dense, covariances []*mat.SymDense) {
	tied, scaled := mat.NewSymDense(f.Cols, nil), make([]float64, f.Rows)
	for k := range weights {
		share := shares.RawRowView(k)
		total := floats.Sum(share)
		weights[k] = total / float64(f.Rows)
		mean := means.RawRowView(k)
		clear(mean)
		for i, w := range share {
			floats.AddScaled(mean, w/total, f.x.RawRowView(i))
		}
		const often = 1 << 20 // gonum divides by the total of weights less 1, which must not be near 0
		floats.ScaleTo(scaled, often, share)
		stat.CovarianceMatrix(covariances[k], f.x, scaled)
		covariances[k].ScaleSym((often*total-1)/(often*total), covariances[k])
		for j := range f.Cols {
			covariances[k].SetSym(j, j, covariances[k].At(j, j)+f.Floor)
		}
		var part mat.SymDense
		part.ScaleSym(weights[k], covariances[k])
		tied.AddSym(tied, &part)
	}
	if f.structure == mvn.TiedCovariance {
		for k := range covariances {
			covariances[k] = tied
		}
	}
}

// sklearn fits all by scikit-learn, in one thread; no results where it is not installed.
func sklearn(all []fitting) ([]fittingResult, error) {
	command := pythonWith("sklearn", sklearnScript)
	if command == nil {
		return nil, nil
	}
	request, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	request = append(request, '\n')
	for _, f := range all {
		request = sealed.AppendFloats(request, f.x.RawMatrix().Data)
	}
	command.Stdin = bytes.NewReader(request)
	answer, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("scikit-learn: %w", err)
	}
	return decodeResults(bytes.NewReader(answer), len(all))
}

func decodeResults(r io.Reader, n int) ([]fittingResult, error) {
	results, d := make([]fittingResult, n), json.NewDecoder(r)
	for i := range results {
		if err := d.Decode(&results[i]); err != nil {
			return nil, fmt.Errorf("scikit-learn: result %d: %w", i, err)
		}
	}
	return results, nil
}

// reportFitting prints the time of fitting mixtures, and how well they fit.
func reportFitting(to page) error {
	defer use(relent.ISA())
	use(fastISAs()[0])
	all, err := newFittings()
	if err != nil {
		return err
	}
	progress("fitting, scikit-learn")
	others, err := sklearn(all)
	if err != nil {
		return err
	}
	var cells [][]string
	for i, f := range all {
		progress("fitting, %s", f.name)
		ours, err := f.relent()
		if err != nil {
			return err
		}
		var other *fittingResult
		if others != nil {
			other = &others[i]
		}
		cells = append(cells, f.cells(ours, f.gonum(), other))
	}
	to.paragraph("Fitting mixtures by expectation maximisation, in milliseconds an iteration, in one thread: the wine data, "+
		"standardised, and %d rows that a mixture has made. All begin from the same weights, means and covariances; apart is how far the log "+
		"likelihood of a row is from relent's in the end, relatively. Gonum's is EM over distmv.Normal and stat.CovarianceMatrix. Median is of the "+
		"log likelihoods of 20 fits from starts by k-means++, each library with its own tolerance.", mixtureRows)
	if others == nil {
		to.paragraph("scikit-learn is not installed here (Debian's python3-sklearn), and left out.")
	}
	to.table(2, []string{"data", "covariance", "d", "K", "relent " + fastISAs()[0], "scikit-learn", "×", "apart", "gonum", "×", "apart",
		"median", "scikit-learn's"}, cells)
	return nil
}

func (f fitting) cells(ours, gonum fittingResult, sklearn *fittingResult) []string {
	each := func(r fittingResult) string { return digits3(1e3 * r.Seconds / float64(f.Iterations)) }
	beside := func(r fittingResult) []string {
		apart := math.Abs(r.Score-ours.Score) / math.Abs(ours.Score)
		return []string{each(r), digits3(r.Seconds / ours.Seconds), fmt.Sprintf("%.0e", apart)}
	}
	cells := []string{f.name, f.Covariance, fmt.Sprint(f.Cols), fmt.Sprint(f.Components), each(ours)}
	medians := []string{"", ""}
	if f.Seeds > 0 {
		medians[0] = fmt.Sprintf("%.3f", ours.Median)
	}
	if sklearn == nil {
		return slices.Concat(cells, []string{"", "", ""}, beside(gonum), medians)
	}
	if f.Seeds > 0 {
		medians[1] = fmt.Sprintf("%.3f", sklearn.Median)
	}
	return slices.Concat(cells, beside(*sklearn), beside(gonum), medians)
}

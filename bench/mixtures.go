package main

import (
	"fmt"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"
)

// mixtureRows are how many rows are scored under a mixture.
const mixtureRows = 20000

// A mixtureShape is what the time of a mixture depends on.
type mixtureShape struct {
	covariance    string // full, tied, diagonal or spherical
	d, components int
}

var mixtureShapes = []mixtureShape{
	{"full", 16, 8}, {"full", 64, 32}, {"tied", 16, 8}, {"tied", 64, 32},
	{"diagonal", 16, 8}, {"diagonal", 64, 32}, {"spherical", 16, 8}, {"spherical", 64, 32},
}

func (s mixtureShape) String() string {
	return fmt.Sprintf("%s/d=%d/K=%d", s.covariance, s.d, s.components)
}

// means and covariances are those of the components; tied covariances are all the same.
func (s mixtureShape) means() *mat.Dense { return dense(newModel[float64](s.d, s.components).rows) }

func (s mixtureShape) covariances() []mat.Symmetric {
	var all []mat.Symmetric
	for k := range s.components {
		sigma := mat.NewSymDense(s.d, nil)
		s.setCovariance(sigma, k)
		all = append(all, sigma)
	}
	return all
}

func (s mixtureShape) setCovariance(sigma *mat.SymDense, k int) {
	m := newModel[float64](s.d, 1)
	size := 1 + float64(k)/float64(s.components)
	for i := range s.d {
		switch s.covariance {
		case "full", "tied":
			for j := range i + 1 {
				sigma.SetSym(i, j, floats.Dot(m.lower.Row(i), m.lower.Row(j)))
			}
			if s.covariance == "full" {
				sigma.SetSym(i, i, size*sigma.At(i, i))
			}
		case "diagonal":
			sigma.SetSym(i, i, size*m.deviations()[i])
		case "spherical":
			sigma.SetSym(i, i, size)
		}
	}
}

// weights are 1:2:3 and so on.
func (s mixtureShape) weights() []float64 {
	var weights []float64
	for k := range s.components {
		weights = append(weights, float64(k+1))
	}
	normalise(weights, 1)
	return weights
}

// relent is the mixture in the form that it has a constructor for.
func (s mixtureShape) relent() (*mvn.Mixture, error) {
	weights, means, covariances := s.weights(), s.means(), s.covariances()
	switch s.covariance {
	case "full":
		return mvn.NewFullMixture(weights, means, covariances)
	case "tied":
		return mvn.NewTiedMixture(weights, means, covariances[0])
	}
	variances := mat.NewDense(s.components, s.d, nil)
	for k, sigma := range covariances {
		for i := range s.d {
			variances.Set(k, i, sigma.At(i, i))
		}
	}
	if s.covariance == "diagonal" {
		return mvn.NewDiagonalMixture(weights, means, variances)
	}
	return mvn.NewSphericalMixture(weights, means, mat.Col(nil, 0, variances))
}

func mixtureDensity[F float32 | float64](m *mvn.Mixture) scorer[F] {
	return func(dst []F, x relent.Matrix[F]) { mvn.MixtureLogProbRows(dst, m, x, relent.Run{}) }
}

func (s mixtureShape) gonum() scorer[float64] {
	means := s.means()
	var normals []*distmv.Normal
	for k, sigma := range s.covariances() {
		n, ok := distmv.NewNormal(means.RawRowView(k), sigma, nil)
		if !ok {
			panic("gonum finds no factorisation")
		}
		normals = append(normals, n)
	}
	return gonumMixture(s.weights(), normals)
}

// gonumMixture is the log density of a mixture as one writes it with gonum.
func gonumMixture(weights []float64, normals []*distmv.Normal) scorer[float64] {
	logWeights, terms := logarithms(weights), make([]float64, len(normals))
	return func(dst []float64, x relent.Matrix[float64]) {
		for i := range dst {
			for k, n := range normals {
				terms[k] = logWeights[k] + n.LogProb(x.Row(i))
			}
			dst[i] = floats.LogSumExp(terms)
		}
	}
}

// few are the rows that gonum's time is taken of.
func (s mixtureShape) few(x relent.Matrix[float64]) relent.Matrix[float64] {
	return x.Slice(0, max(1, few(x).Rows/s.components))
}

// reportMixtures prints the time of log densities under mixtures.
func reportMixtures(to page) error {
	var cells [][]string
	for _, s := range mixtureShapes {
		progress("mixtures, %v", s)
		row, err := s.cells()
		if err != nil {
			return err
		}
		cells = append(cells, row)
	}
	to.paragraph("Log densities of %d rows of d elements under mixtures of K normal distributions, in milliseconds. Gonum's are LogProb of every "+
		"component and floats.LogSumExp, of fewer rows; it knows full covariances only.", mixtureRows)
	header := append([]string{"covariance", "d", "K"}, fastISAs()...)
	to.table(1, append(header, "float32 "+fastISAs()[0], "gonum", "× gonum"), cells)
	return nil
}

func (s mixtureShape) cells() ([]string, error) {
	m, err := s.relent()
	if err != nil {
		return nil, err
	}
	x := newModel[float64](s.d, mixtureRows).rows
	var runners []*runner
	for _, isa := range fastISAs() {
		runners = append(runners, newScoring(isa, mixtureDensity[float64](m), x))
	}
	runners = append(runners, newScoring(fastISAs()[0], mixtureDensity[float32](m), narrow[float32](x)))
	fewer := s.few(x)
	gonum := newScoring("", s.gonum(), fewer)
	race(15, 0, append(runners, gonum)...)

	cells := []string{s.covariance, fmt.Sprint(s.d), fmt.Sprint(s.components)}
	for _, r := range runners {
		cells = append(cells, digits3(r.best*1e3))
	}
	seconds := gonum.perRow() * mixtureRows
	return append(cells, digits3(seconds*1e3), digits3(seconds/runners[0].best)), nil
}

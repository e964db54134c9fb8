package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"
)

// readTrials reads the data that are classified; the digits are the first.
func readTrials() ([]trial, error) {
	digits, err := readDigitCounts(digitsFile)
	if err != nil {
		return nil, err
	}
	cancer, err := readDataset("breast cancer", bytes.NewReader(breastCancerFile))
	if err != nil {
		return nil, err
	}
	wine, err := readDataset("wine", bytes.NewReader(wineFile))
	if err != nil {
		return nil, err
	}
	return []trial{newTrial(digits, false), newTrial(cancer, true), newTrial(wine, true)}, nil
}

// fitNormals fits a shrunk normal distribution to each class.
func fitNormals(t trial) ([]*mvn.Normal, error) {
	var normals []*mvn.Normal
	for k, x := range t.fit {
		n, _, err := mvn.FitShrunk(dense(x), nil, relent.Run{})
		if err != nil {
			return nil, fmt.Errorf("%s, class %d: %w", t.name, k, err)
		}
		normals = append(normals, n)
	}
	return normals, nil
}

// dense is x for gonum, sharing the elements.
func dense(x relent.Matrix[float64]) *mat.Dense { return mat.NewDense(x.Rows, x.Cols, x.Data) }

// fitGonum does the same with gonum.
func fitGonum(t trial) ([]*distmv.Normal, error) {
	var normals []*distmv.Normal
	for k, x := range t.fit {
		mean, sigma := shrunk(dense(x))
		n, ok := distmv.NewNormal(mean, sigma, nil)
		if !ok {
			return nil, fmt.Errorf("%s, class %d: gonum finds no factorisation", t.name, k)
		}
		normals = append(normals, n)
	}
	return normals, nil
}

// densities are the normals' log densities.
func densities[F float32 | float64](normals []*mvn.Normal) []scorer[F] {
	var all []scorer[F]
	for _, n := range normals {
		all = append(all, func(dst []F, x relent.Matrix[F]) { mvn.LogProbRows(dst, n, x, relent.Run{}) })
	}
	return all
}

func gonumDensities(normals []*distmv.Normal) []scorer[float64] {
	var all []scorer[float64]
	for _, n := range normals {
		all = append(all, gonumDensity(n))
	}
	return all
}

// unequal counts the elements of a and b that differ.
func unequal(a, b []int) int {
	n := 0
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

// A guesser classifies the rows held out in one way.
type guesser struct {
	name string
	*runner
	predicted []int
}

func newGuesser[F relent.Float](name, isa string, densities []scorer[F], t trial) guesser {
	x := narrow[F](t.heldOut)
	c := newClassifier(densities, logarithms(t.priors()), x.Rows)
	predicted := make([]int, x.Rows)
	return guesser{name, &runner{isa: isa, rows: x.Rows, call: func(times int) {
		for range times {
			c.predict(predicted, x)
		}
	}}, predicted}
}

// narrow is a matrix in the type of elements F.
func narrow[F relent.Float](x relent.Matrix[float64]) relent.Matrix[F] {
	return relent.Matrix[F]{Rows: x.Rows, Cols: x.Cols, Stride: x.Stride, Data: convert[F](x.Data)}
}

// newGuessers lists relent for float64 with each fast instruction set, for float32 with the best, and gonum.
func newGuessers(t trial) ([]guesser, error) {
	normals, err := fitNormals(t)
	if err != nil {
		return nil, err
	}
	gonums, err := fitGonum(t)
	if err != nil {
		return nil, err
	}
	var all []guesser
	for _, isa := range fastISAs() {
		all = append(all, newGuesser("relent float64 "+isa, isa, densities[float64](normals), t))
	}
	best := fastISAs()[0]
	return append(all,
		newGuesser("relent float32 "+best, best, densities[float32](normals), t),
		newGuesser("gonum float64", "", gonumDensities(gonums), t)), nil
}

func reportClassification(to page) error {
	trials, err := readTrials()
	if err != nil {
		return err
	}
	text := "Quadratic discriminant analysis: a normal distribution for each class, its covariance shrunk (Ledoit–Wolf), fitted to two " +
		"rows of three; the third is held out and takes the class of the highest log density plus log prior. Differ is how many take another than in the first row."
	var cells [][]string
	for _, t := range trials {
		progress("classification, %s", t.name)
		guessers, err := newGuessers(t)
		if err != nil {
			return err
		}
		var runners []*runner
		for _, g := range guessers {
			runners = append(runners, g.runner)
		}
		race(10, time.Millisecond, runners...)
		gonum := guessers[len(guessers)-1]
		text += fmt.Sprintf(" %s: %d classes, d = %d, %d rows held out.", t.name, len(t.fit), t.heldOut.Cols, t.heldOut.Rows)
		for _, g := range guessers {
			differ := unequal(g.predicted, guessers[0].predicted)
			cells = append(cells, []string{t.name, g.name, cell("%.1f %%", 100*t.accuracy(g.predicted)),
				digits3(1 / g.perRow() / 1e6), digits3(gonum.best / g.best), fmt.Sprint(differ)})
		}
	}
	to.paragraph("%s", text)
	to.table(2, []string{"data", "", "right", "million rows/s", "× gonum", "differ"}, cells)
	return nil
}

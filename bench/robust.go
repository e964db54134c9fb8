package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
)

// A farRows is how well the rows of one class are told from the others by their log densities, under a model of all rows that nobody has
// labelled.
type farRows struct {
	name    string
	auc     float64
	far     int // rows of the class whose distance is beyond the 0.975 quantile of a normal distribution's
	others  int // other rows beyond it
	elapsed time.Duration
}

// meanColumns are the columns of the breast cancer data that hold means; the others are their errors and the worst of them.
const meanColumns = 10

// tumourMeans are the rows of the breast cancer data, of means.
func tumourMeans() (x *mat.Dense, malignant func(i int) bool, err error) {
	d, err := readDataset("breast cancer", bytes.NewReader(breastCancerFile))
	if err != nil {
		return nil, nil, err
	}
	x = mat.NewDense(len(d.rows), meanColumns, nil)
	for i, row := range d.rows {
		x.SetRow(i, row[:meanColumns])
	}
	return x, func(i int) bool { return d.labels[i] == 0 }, nil
}

// A fit is the model of some rows, and the distances that it has from them, as a normal distribution.
type fit func(x *mat.Dense) (logProb func(x *mat.Dense) []float64, scale *mvn.Normal, err error)

// fits are of all rows alike, by heavy tails, and by half of the rows.
func fits() map[string]fit {
	ofNormal := func(n *mvn.Normal, err error) (func(x *mat.Dense) []float64, *mvn.Normal, error) {
		return func(x *mat.Dense) []float64 { scores, _ := n.LogProbRows(nil, x, relent.Run{}); return scores }, n, err
	}
	return map[string]fit{
		"mean and covariance": func(x *mat.Dense) (func(x *mat.Dense) []float64, *mvn.Normal, error) {
			return ofNormal(mvn.Fit(x, nil, relent.Run{}))
		},
		"minimum covariance determinant": func(x *mat.Dense) (func(x *mat.Dense) []float64, *mvn.Normal, error) {
			n, _, err := mvn.FitRobust(x, mvn.RobustOptions{}, relent.Run{})
			return ofNormal(n, err)
		},
		"Student t": func(x *mat.Dense) (func(x *mat.Dense) []float64, *mvn.Normal, error) {
			s, _, err := mvn.FitStudentT(x, mvn.StudentTOptions{}, relent.Run{})
			if err != nil {
				return nil, nil, err
			}
			return func(x *mat.Dense) []float64 { scores, _ := s.LogProbRows(nil, x, relent.Run{}); return scores }, s.Scale(), nil
		},
	}
}

// farRowsOf judges a fit.
func farRowsOf(name string, f fit, x *mat.Dense, odd func(i int) bool) (farRows, error) {
	const quantile = 20.4832 // of χ² with 10 degrees of freedom, 0.975
	begin := time.Now()
	logProb, scale, err := f(x)
	if err != nil {
		return farRows{}, err
	}
	r := farRows{name: name, elapsed: time.Since(begin), auc: auc(logProb(x), odd)}
	distances, err := scale.SqMahalanobisRows(nil, x, relent.Run{})
	for i, distance := range distances {
		switch far := distance > quantile; {
		case far && odd(i):
			r.far++
		case far:
			r.others++
		}
	}
	return r, err
}

func reportRobust(to page) error {
	progress("far rows, breast cancer")
	x, malignant, err := tumourMeans()
	if err != nil {
		return err
	}
	var cells [][]string
	all := fits()
	for _, name := range []string{"mean and covariance", "Student t", "minimum covariance determinant"} {
		r, err := farRowsOf(name, all[name], x, malignant)
		if err != nil {
			return err
		}
		cells = append(cells, []string{name, cell("%.3f", r.auc), fmt.Sprint(r.far), fmt.Sprint(r.others), digits3(r.elapsed.Seconds() * 1e3)})
	}
	rows, _ := x.Dims()
	to.paragraph("Far rows: the %d tumours of the breast cancer data, of which 212 are malignant, without their labels. Those that are should "+
		"have lower log densities: the share of pairs of a malignant tumour and another for which it has; and how many of either are beyond the 0.975 "+
		"quantile of normal rows. `examples/distances` plots the distances.", rows)
	to.table(1, []string{"fit", "share", "malignant, far", "benign, far", "ms"}, cells)
	return nil
}

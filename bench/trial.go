package main

import (
	"math"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// A trial is a data set divided into rows to fit and rows held out, every third.
type trial struct {
	name    string
	fit     []relent.Matrix[float64] // by class
	heldOut relent.Matrix[float64]
	labels  []int // of the rows held out
}

// newTrial divides a data set. Standardise is for numbers in different units: each column has the mean of the rows to fit
// subtracted and is divided by their standard deviation. Without it shrinkage would shrink what has small units to nothing.
func newTrial(d dataset, standardise bool) trial {
	t := trial{name: d.name, heldOut: relent.Matrix[float64]{Cols: d.cols(), Stride: d.cols()}}
	t.fit = make([]relent.Matrix[float64], d.classes())
	for k := range t.fit {
		t.fit[k] = relent.Matrix[float64]{Cols: d.cols(), Stride: d.cols()}
	}
	rows := d.rows
	if standardise {
		rows = standardised(rows)
	}
	for i, row := range rows {
		if held(i) {
			appendRow(&t.heldOut, row)
			t.labels = append(t.labels, d.labels[i])
		} else {
			appendRow(&t.fit[d.labels[i]], row)
		}
	}
	return t
}

func held(row int) bool { return row%3 == 2 }

func appendRow(m *relent.Matrix[float64], row []float64) {
	m.Data = append(m.Data, row...)
	m.Rows++
}

func standardised(rows [][]float64) [][]float64 {
	z := make([][]float64, len(rows))
	for k := range rows[0] {
		var column []float64
		for i, row := range rows {
			if !held(i) {
				column = append(column, row[k])
			}
		}
		mean, deviation := stat.MeanStdDev(column, nil)
		for i, row := range rows {
			z[i] = append(z[i], (row[k]-mean)/deviation)
		}
	}
	return z
}

// priors are the classes' shares of the rows to fit.
func (t trial) priors() []float64 {
	var shares []float64
	for _, x := range t.fit {
		shares = append(shares, float64(x.Rows))
	}
	normalise(shares, 1)
	return shares
}

func logarithms(x []float64) []float64 {
	var logs []float64
	for _, v := range x {
		logs = append(logs, math.Log(v))
	}
	return logs
}

// accuracy is the share of the rows held out whose class was predicted.
func (t trial) accuracy(predicted []int) float64 {
	right := 0
	for i, label := range t.labels {
		if predicted[i] == label {
			right++
		}
	}
	return float64(right) / float64(len(t.labels))
}

// A classifier predicts the class in which a row has the highest log density plus log prior.
type classifier[F relent.Float] struct {
	densities []scorer[F] // by class
	logPriors []float64
	scores    relent.Matrix[F] // a row for each class
}

func newClassifier[F relent.Float](densities []scorer[F], logPriors []float64, rows int) *classifier[F] {
	return &classifier[F]{densities, logPriors, relent.NewMatrix[F](len(densities), rows)}
}

func (c *classifier[F]) predict(dst []int, x relent.Matrix[F]) {
	for k, density := range c.densities {
		density(c.scores.Row(k), x)
	}
	for i := range dst {
		best := math.Inf(-1)
		for k, logPrior := range c.logPriors {
			if score := float64(c.scores.Row(k)[i]) + logPrior; score > best {
				dst[i], best = k, score
			}
		}
	}
}

// shrunk is the mean and the covariance of the rows, shrunk towards a multiple of the identity: Ledoit and Wolf, A
// well-conditioned estimator for large-dimensional covariance matrices (2004), as one writes it with gonum.
func shrunk(x *mat.Dense) (mean []float64, sigma *mat.SymDense) {
	n, d := x.Dims()
	mean = make([]float64, d)
	for k := range mean {
		mean[k] = stat.Mean(mat.Col(nil, k, x), nil)
	}
	sigma = mat.NewSymDense(d, nil)
	stat.CovarianceMatrix(sigma, x, nil)
	sigma.ScaleSym(1-1/float64(n), sigma) // of the sample, not of what it is from

	average := mat.Trace(sigma) / float64(d)
	square := math.Pow(mat.Norm(sigma, 2), 2)
	distance := square - float64(d)*average*average // of sigma and average·I, squared
	spread := -float64(n) * square
	for i := range n {
		sum := 0.0
		for k, v := range x.RawRowView(i) {
			sum += (v - mean[k]) * (v - mean[k])
		}
		spread += sum * sum
	}
	shrinkage := min(1, spread/float64(n*n)/distance)
	sigma.ScaleSym(1-shrinkage, sigma)
	for k := range d {
		sigma.SetSym(k, k, sigma.At(k, k)+shrinkage*average)
	}
	return mean, sigma
}

// auc is the share of pairs of an odd row and one that is not in which the odd one has the lower score, ties counted as
// half: the area under the receiver operating characteristic.
func auc[F relent.Float](scores []F, odd func(i int) bool) float64 {
	won, pairs := 0.0, 0
	for i, x := range scores {
		for j, y := range scores {
			if !odd(i) || odd(j) {
				continue
			}
			pairs++
			if x < y {
				won++
			} else if x == y {
				won += 0.5
			}
		}
	}
	return won / float64(pairs)
}

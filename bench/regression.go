package main

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/loss"
)

// A regression is a softmax regression: logits are linear in the numbers of a row, the last of which is 1.
type regression struct {
	weights relent.Matrix[float64] // a row for each class
	loss    loss.CrossEntropy[float64]
}

// reportRegression trains classifiers of digits by the gradients of losses.
func reportRegression(to page) error {
	d, err := readDigitCounts(digitsFile)
	if err != nil {
		return err
	}
	t := newTrial(d, false)
	to.paragraph("Softmax regression on the digits: %d steps of gradient descent on two thirds of the images; right are so many of the "+
		"others.",
		regressionSteps)
	var rows [][]string
	for _, c := range []struct {
		name string
		loss loss.CrossEntropy[float64]
	}{
		{"cross-entropy", loss.CrossEntropy[float64]{}},
		{"smoothed by 0.1", loss.CrossEntropy[float64]{Smoothing: 0.1}},
		{"with a z-loss of 0.001", loss.CrossEntropy[float64]{Z: 1e-3}},
	} {
		progress("regression, %s", c.name)
		start := time.Now()
		r, mean, inLoss, err := fitRegression(t, c.loss)
		if err != nil {
			return err
		}
		rows = append(rows, []string{c.name, fmt.Sprintf("%.4f", mean), fmt.Sprintf("%.1f %%", 100*r.accuracy(t)),
			fmt.Sprintf("%.0f", 1e3*time.Since(start).Seconds()), fmt.Sprintf("%.0f", 1e3*inLoss.Seconds())})
	}
	to.table(1, []string{"loss", "at the end", "right", "ms", "ms in losses"}, rows)
	return nil
}

const (
	regressionSteps = 300
	regressionRate  = 0.5
	regressionKeeps = 0.9 // of the last step, in the next one
)

// fitRegression has the last mean, and the time that losses took.
func fitRegression(t trial, l loss.CrossEntropy[float64]) (r regression, mean float64, inLoss time.Duration, err error) {
	x, classes := t.toFit()
	r = regression{relent.NewMatrix[float64](len(t.fit), x.Cols+1), l}
	r.loss.Scale = 1 / float64(x.Rows)
	logits, step := relent.NewMatrix[float64](x.Rows, len(t.fit)), relent.NewMatrix[float64](len(t.fit), x.Cols+1)
	dst := make([]float64, x.Rows)
	for range regressionSteps {
		r.logits(logits, x)
		start := time.Now()
		total, slopes, err := r.loss.ValueGrad(dst, logits, logits, classes, relent.Run{})
		if err != nil {
			return r, 0, 0, err
		}
		inLoss, mean = inLoss+time.Since(start), total.Mean
		r.descend(step, slopes, x)
	}
	return r, mean, inLoss, nil
}

// toFit is the rows to fit one after the other, and their classes.
func (t trial) toFit() (x relent.Matrix[float64], classes []int) {
	x = relent.Matrix[float64]{Cols: t.heldOut.Cols, Stride: t.heldOut.Cols}
	for class, rows := range t.fit {
		x.Data = append(x.Data, rows.Data...)
		x.Rows += rows.Rows
		classes = append(classes, slices.Repeat([]int{class}, rows.Rows)...)
	}
	return x, classes
}

// ink makes numbers of about 1 of counts up to 16.
const ink = 1. / 16

func (r regression) logits(dst, x relent.Matrix[float64]) {
	for i := range x.Rows {
		row := x.Row(i)
		for k := range dst.Cols {
			weights := r.weights.Row(k)
			sum := weights[len(row)]
			for j, v := range row {
				sum += v * ink * weights[j]
			}
			dst.Row(i)[k] = sum
		}
	}
}

// descend takes a step against the gradient of the mean, given those of the rows' logits.
func (r regression) descend(step, slopes, x relent.Matrix[float64]) {
	for i := range step.Data {
		step.Data[i] *= regressionKeeps
	}
	for i := range x.Rows {
		row := x.Row(i)
		for k, slope := range slopes.Row(i) {
			to := step.Row(k)
			for j, v := range row {
				to[j] -= regressionRate * slope * v * ink
			}
			to[len(row)] -= regressionRate * slope
		}
	}
	for i, v := range step.Data {
		r.weights.Data[i] += v
	}
}

// accuracy is the share of rows held out whose class has the largest logit.
func (r regression) accuracy(t trial) float64 {
	logits := relent.NewMatrix[float64](t.heldOut.Rows, r.weights.Rows)
	r.logits(logits, t.heldOut)
	right := 0
	for i, label := range t.labels {
		best, most := 0, math.Inf(-1)
		for k, v := range logits.Row(i) {
			if v > most {
				best, most = k, v
			}
		}
		if best == label {
			right++
		}
	}
	return float64(right) / float64(len(t.labels))
}

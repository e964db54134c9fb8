package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/relent-go/relent"
)

const (
	driftBins    = 10 // of a column of numbers: the tenths of the reference
	driftBatches = 5  // that live rows come in
)

// driftPolicy is what a share counts as at least: without it one empty bin makes a divergence infinite.
var driftPolicy = relent.Floor(1e-4)

// The usual readings of a population stability index, and from where on they hold.
const (
	shiftedFrom = 0.1
	driftedFrom = 0.25
)

// A column is what is watched: a value of every row.
type column struct {
	name    string
	values  []float64
	classes int // the values are the whole numbers below it; 0 for a column of measurements
}

// A drift is how far the live rows of a column are from those of the reference.
type drift struct {
	column        string
	bins, floored int // floored are those in which the policy raised a share
	psi           float64
	distance      float64 // Jensen–Shannon
	kl            float64 // of the live rows from the reference, in nats
}

func (d drift) reading() string {
	switch {
	case d.psi > driftedFrom:
		return "drifted"
	case d.psi >= shiftedFrom:
		return "shifted"
	}
	return "stable"
}

// driftOf compares the counts of the same bins.
func driftOf(name string, reference, live []uint32) drift {
	d := drift{column: name, bins: len(reference)}
	psi, raised := relent.PopulationStabilityIndex(reference, live, driftPolicy)
	d.psi, d.floored = psi, raised.OneSide+raised.BothSides
	d.distance, _ = relent.BetweenCounts(relent.MeasureJensenShannonDistance, live, reference, relent.Strict) // finite whatever is empty
	d.kl, _ = relent.BetweenCounts(relent.MeasureKullbackLeibler, live, reference, driftPolicy)
	return d
}

// drifts are those of all columns between rows of two lists, the greatest first.
func drifts(columns []column, reference, live []int) []drift {
	var all []drift
	for _, c := range columns {
		then, now := c.pick(reference), c.pick(live)
		edges := c.edges(then)
		all = append(all, driftOf(c.name, histogram(then, edges), histogram(now, edges)))
	}
	slices.SortStableFunc(all, func(a, b drift) int { return cmp.Compare(b.psi, a.psi) })
	return all
}

func (c column) pick(rows []int) []float64 {
	var values []float64
	for _, i := range rows {
		values = append(values, c.values[i])
	}
	return values
}

// edges are the bounds between the bins of a column: its classes, or the quantiles of the reference.
func (c column) edges(reference []float64) []float64 {
	if c.classes == 0 {
		return quantiles(reference, driftBins)
	}
	var edges []float64
	for k := 1; k < c.classes; k++ {
		edges = append(edges, float64(k))
	}
	return edges
}

// quantiles are the values of a sample that cut it in so many parts as equal as its ties allow: no part is empty, so that
// there may be fewer.
func quantiles(sample []float64, parts int) []float64 {
	sorted := slices.Sorted(slices.Values(sample))
	var edges []float64
	last := sorted[0]
	for k := 1; k < parts; k++ {
		if edge := sorted[k*len(sorted)/parts]; edge > last {
			edges = append(edges, edge)
			last = edge
		}
	}
	return edges
}

// histogram counts the values below the first edge, from each edge up to but not including the next, and from the last one on.
func histogram(values, edges []float64) []uint32 {
	counts := make([]uint32, len(edges)+1)
	for _, x := range values {
		bin, onEdge := slices.BinarySearch(edges, x)
		if onEdge {
			bin++
		}
		counts[bin]++
	}
	return counts
}

// chance is about the index that two samples of one population have on average, so many values in so many bins (B. Yurdakul,
// Statistical properties of population stability index, 2018).
func chance(bins, reference, live int) float64 {
	return float64(bins-1) * (1/float64(reference) + 1/float64(live))
}

// A summary is of the drifts of all columns.
type summary struct {
	mean, chance              float64 // indexes
	shifted, drifted, floored int
}

func summarize(all []drift, reference, live int) summary {
	var s summary
	for _, d := range all {
		s.mean += d.psi / float64(len(all))
		s.chance += chance(d.bins, reference, live) / float64(len(all))
		s.floored += d.floored
		switch d.reading() {
		case "shifted":
			s.shifted++
		case "drifted":
			s.drifted++
		}
	}
	return s
}

// tumourColumns are the diagnosis and the measurements of the breast cancer data, by their usual names.
func tumourColumns(d dataset) []column {
	diagnosis := column{name: "diagnosis", classes: d.classes()}
	for _, label := range d.labels {
		diagnosis.values = append(diagnosis.values, float64(label))
	}
	columns := []column{diagnosis}
	for _, format := range []string{"mean %s", "%s error", "worst %s"} {
		for _, property := range []string{"radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
			"concave points", "symmetry", "fractal dimension"} {
			c := column{name: fmt.Sprintf(format, property)}
			for _, row := range d.rows {
				c.values = append(c.values, row[len(columns)-1])
			}
			columns = append(columns, c)
		}
	}
	return columns
}

// rowList is the rows from one on up to but not including another, so many apart.
func rowList(from, to, step int) []int {
	var rows []int
	for i := from; i < to; i += step {
		rows = append(rows, i)
	}
	return rows
}

// reportDrift has no times: what it prints is the same everywhere.
func reportDrift(to page) error {
	d, err := readDataset("breast cancer", bytes.NewReader(breastCancerFile))
	if err != nil {
		return err
	}
	columns, n := tumourColumns(d), len(d.rows)
	reference, live := rowList(0, n/2, 1), rowList(n/2, n, 1)
	found := drifts(columns, reference, live)
	malignant := func(rows []int) float64 {
		counts := histogram(columns[0].pick(rows), columns[0].edges(nil))
		return 100 * float64(counts[0]) / float64(len(rows))
	}
	to.paragraph("Drift: the %d tumours of the breast cancer data in the order of the file. The first %d are the reference, with %.0f %% "+
		"malignant ones; the other %d are live, with %.0f %%. Each measurement is counted in the tenths of the reference, and the columns "+
		"are ranked by the population stability index (PSI): below %v stable, above %v drifted, shifted between. Jensen–Shannon is "+
		"the distance, KL the divergence of the live rows from the reference in nats. For PSI and KL the policy is %v; floored are the bins "+
		"in which it raised a share.", n, len(reference), malignant(reference), len(live), malignant(live), shiftedFrom, driftedFrom,
		driftPolicy)
	to.table(2, []string{"column", "reading", "PSI", "Jensen–Shannon", "KL", "bins", "floored"}, driftCells(found))
	reportBatches(to, columns, reference, live)
	return nil
}

func driftCells(found []drift) [][]string {
	var cells [][]string
	for _, d := range found {
		cells = append(cells, []string{d.column, d.reading(), fmt.Sprintf("%.3f", d.psi), fmt.Sprintf("%.3f", d.distance),
			fmt.Sprintf("%.3f", d.kl), fmt.Sprint(d.bins), fmt.Sprint(d.floored)})
	}
	return cells
}

// reportBatches says how the report would have been while the live rows came in, and what it is where nothing drifts.
func reportBatches(to page, columns []column, reference, live []int) {
	to.paragraph("The same as the live rows came in, %d batches of them, and at last of a control, every other row of all against the "+
		"rest. By chance is about what two samples of one population have as their mean index, so few rows in so many bins.",
		driftBatches)
	var cells [][]string
	add := func(name string, reference, live []int) {
		s := summarize(drifts(columns, reference, live), len(reference), len(live))
		cells = append(cells, []string{name, fmt.Sprintf("%.3f", s.mean), fmt.Sprintf("%.3f", s.chance),
			fmt.Sprint(len(columns) - s.shifted - s.drifted), fmt.Sprint(s.shifted), fmt.Sprint(s.drifted), fmt.Sprint(s.floored)})
	}
	for batch := 1; batch <= driftBatches; batch++ {
		so := live[:batch*len(live)/driftBatches]
		add(fmt.Sprintf("%d live rows", len(so)), reference, so)
	}
	n := len(reference) + len(live)
	add("control", rowList(0, n, 2), rowList(1, n, 2))
	to.table(1, []string{"", "mean PSI", "by chance", "stable", "shifted", "drifted", "floored"}, cells)
}

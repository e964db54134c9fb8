package drift

import (
	"math"
	"slices"

	"github.com/relent-go/relent"
)

// Options are how profiles are compared. The zero value is usable.
type Options struct {
	// Level is the share of false alarms among the columns that are said to have drifted, on average, at most; 0 stands for 0.01. If nothing has
	// drifted it is how probable any alarm is.
	Level float64
	// Zeros are how empty bins are treated in what is shown of PSI and KullbackLeibler; [relent.Strict], the zero value, stands for
	// relent.Additive(0.5). P-values do not depend on it.
	Zeros relent.ZeroPolicy
}

// A Statistic is a measure of drift, and how probable one at least as large is without any.
type Statistic struct {
	Value float64 `json:"value"`
	P     float64 `json:"p"`
}

// A Report compares live data with a reference.
type Report struct {
	Level   float64        `json:"level"`
	Drifted int            `json:"drifted"` // columns
	Columns []ColumnReport `json:"columns"` // in the order of the reference
}

// A ColumnReport compares a column. Missing values, and those outside or unseen, are in bins of their own, which count as any; bins that are empty
// on both sides do not. A column without values on either side has P 1 and NaN for measures.
//
// P-values are those of χ² distributions, on bins that are put together with their neighbours, or categories with the rarest others, until on each
// side there are at least 25 values expected, and with the statistics divided by what they are too large by on average with so few (their
// next-to-leading terms); those of ChiSquare and Superiority, and with them P, do with 10. With n and m values on either side and B bins put
// together, PSI·nm/(n+m), 8·JensenShannon·nm/(n+m), 8·Hellinger²·nm/(n+m) and 2·KullbackLeibler·nm/(n+m) have B-1 degrees of freedom.
//
// With fewer than 200 values on a side, and bins that were put together for want of so many, a p-value is the share of random tables with the same
// totals whose statistic is at least as large, on bins put together until two values are expected on each side, and PSI and KullbackLeibler with half
// a value added to each: of 2000 tables, or until 50 are as large, the same ones in every run. Where none is, and the p-value would be smaller by χ²,
// it is that.
//
// They are for bins that do not depend on the reference's values. By quantiles of those, with 200 values or more on both sides, they are at most 1 % in
// 0.7 to 1.25 % of cases without drift; with 20, P is in up to 2.0 %, and others are in up to 2.6 %. Bins by quantiles of other data, or of many more,
// avoid that.
type ColumnReport struct {
	Name      string `json:"name"`
	Reference uint64 `json:"reference"` // values, missing ones among them
	Live      uint64 `json:"live"`

	PSI             Statistic `json:"psi"`            // Σ (l-r)·log(l/r) of shares l of live data and r of the reference
	JensenShannon   Statistic `json:"jensen_shannon"` // divergence, in nats
	KullbackLeibler Statistic `json:"kl"`             // Σ l·log(l/r)
	Hellinger       Statistic `json:"hellinger"`      // distance
	ChiSquare       Statistic `json:"chi_square"`     // Pearson's statistic of the bins put together, of B-1 degrees of freedom
	TotalVariation  float64   `json:"total_variation"`

	// Of ordered bins, without missing values; 0, and P 1, of categories. A value counts as the middle of its bin, and in outer bins as the edge.
	KolmogorovSmirnov Statistic `json:"ks"`          // the largest difference of the shares up to an edge; P is an upper bound
	Wasserstein       float64   `json:"wasserstein"` // W1, in the unit of the column
	// Superiority is how probable it is that a live value is larger than one of the reference, with ties counted half: ½ for no shift. P is that of
	// the Mann–Whitney test of the bins.
	Superiority Statistic `json:"superiority"`

	// P is the one that the verdict goes by. Of ordered bins it is made of those of two independent parts of χ²: s of the shift, and r of the rest, as
	// 1-(1-0.8q)(1-0.2q) with q = min(s/0.8, r/0.2); of categories it is that of ChiSquare. With few values it is the share of random tables for which this
	// is at most as large. Adjusted is P after Benjamini and Hochberg's procedure: the column has drifted if that is at most the report's level.
	P        float64 `json:"p"`
	Adjusted float64 `json:"p_adjusted"`
	Drifted  bool    `json:"drifted"`

	Bins Bins `json:"-"`
	// ReferenceCounts and LiveCounts are those of all bins.
	ReferenceCounts []uint64 `json:"reference_counts"`
	LiveCounts      []uint64 `json:"live_counts"`
}

// Compare compares live data with a reference. Other columns or bins than the reference's are an error.
func Compare(r *Reference, live *Profile, o Options) (*Report, error) {
	if !r.equal(live.schema) {
		return nil, errOtherBins
	}
	if o.Level == 0 {
		o.Level = 0.01
	}
	if !(o.Level > 0 && o.Level < 1) {
		here.Panic("Compare", "a level of %v", o.Level)
	}
	if o.Zeros == relent.Strict {
		o.Zeros = relent.Additive(0.5)
	}
	report := &Report{Level: o.Level}
	for j, c := range r.columns {
		report.Columns = append(report.Columns, compareColumn(c, r.counts.of("Compare", j), live.of("Compare", j), o.Zeros))
	}
	report.judge()
	return report, nil
}

// judge adjusts p-values for there being so many.
func (r *Report) judge() {
	order := make([]*ColumnReport, len(r.Columns))
	for j := range r.Columns {
		order[j] = &r.Columns[j]
	}
	slices.SortStableFunc(order, func(a, b *ColumnReport) int {
		switch {
		case a.P < b.P:
			return -1
		case a.P > b.P:
			return 1
		}
		return 0
	})
	least := 1.0
	for i, c := range slices.Backward(order) {
		least = min(least, c.P*float64(len(order))/float64(i+1))
		c.Adjusted, c.Drifted = least, least <= r.Level
		if c.Drifted {
			r.Drifted++
		}
	}
}

// compareColumn compares counts of all bins.
func compareColumn(c Column, ref, live []uint64, zeros relent.ZeroPolicy) ColumnReport {
	r := ColumnReport{Name: c.Name, Bins: c.Bins, ReferenceCounts: slices.Clone(ref), LiveCounts: slices.Clone(live)}
	t := table{ordered: c.Bins.ordered()}
	for i, n := range ref {
		m := live[i]
		r.Reference += n
		r.Live += m
		if n > 0 || m > 0 {
			t.cells = append(t.cells, cell{ref: float64(n), live: float64(m), missing: i == len(ref)-1})
		}
	}
	t.total()
	r.measure(t, zeros)
	r.Superiority, r.KolmogorovSmirnov = Statistic{0, 1}, Statistic{0, 1}
	if t.ordered {
		r.ranks(ref, live)
	}
	enough, enoughOfLogs := t.pooled(expected), t.pooledOfLogs()
	r.testShares(enoughOfLogs)
	r.test(enough)
	switch {
	case t.few(enough):
		r.permute(t.pooled(expectedDrawn), ofVerdict)
	case t.few(enoughOfLogs):
		r.permute(t.pooled(expectedDrawn), ofShares)
	}
	return r
}

// measure sets the measures of shares.
func (r *ColumnReport) measure(t table, zeros relent.ZeroPolicy) {
	p, q := make([]float64, len(t.cells)), make([]float64, len(t.cells))
	for i, c := range t.cells {
		p[i], q[i] = c.live, c.ref
	}
	between := func(m relent.Measure, zeros relent.ZeroPolicy) float64 {
		if t.n == 0 || t.m == 0 {
			return math.NaN()
		}
		value, _ := relent.BetweenCounts(m, p, q, zeros)
		return value
	}
	r.PSI.Value = between(relent.MeasureJeffreys, zeros)
	r.KullbackLeibler.Value = between(relent.MeasureKullbackLeibler, zeros)
	r.JensenShannon.Value = between(relent.MeasureJensenShannon, relent.Strict)
	r.Hellinger.Value = between(relent.MeasureHellinger, relent.Strict)
	r.TotalVariation = between(relent.MeasureTotalVariation, relent.Strict)
}

// ranks sets what the order of bins is for.
func (r *ColumnReport) ranks(ref, live []uint64) {
	last := len(ref) - 1 // missing
	var n, m float64
	for i := range last {
		n, m = n+float64(ref[i]), m+float64(live[i])
	}
	if n == 0 || m == 0 {
		r.Superiority.Value, r.KolmogorovSmirnov.Value, r.Wasserstein = math.NaN(), math.NaN(), math.NaN()
		return
	}
	var below, sofar, wins, largest, work float64 // of the reference and of live values below, or up to, an edge
	for i := range last {
		l, x := float64(live[i]), float64(ref[i])
		wins += float64(l * (below + float64(x/2)))
		below, sofar = below+x, sofar+l
		gap := math.Abs(sofar/m - below/n)
		largest = max(largest, gap)
		if i+1 < last && gap > 0 {
			work += float64(gap * (r.Bins.middle(i+1) - r.Bins.middle(i)))
		}
	}
	r.Superiority.Value = wins / m / n
	r.Wasserstein = work
	r.KolmogorovSmirnov = Statistic{largest, kolmogorovLimit(math.Sqrt(n/(n+m)*m) * largest)}
}

// middle is what a value in a bin of numbers counts as.
func (b Bins) middle(bin int) float64 {
	last := len(b.edges) - 1
	if last < 0 {
		return 0
	}
	from, to := b.edges[max(0, bin-1)], b.edges[min(last, bin)]
	if width := to - from; !math.IsInf(width, 1) {
		return from + float64(width/2)
	}
	return float64(from/2) + float64(to/2)
}

package drift

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// MarshalJSON is the object of the value and p; what is not finite is null.
func (s Statistic) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Value *float64 `json:"value"`
		P     *float64 `json:"p"`
	}{finite(s.Value), finite(s.P)})
}

// MarshalJSON is the object of the fields, and the labels of all bins; what is not finite is null.
func (c ColumnReport) MarshalJSON() ([]byte, error) {
	type fields ColumnReport
	return json.Marshal(struct {
		fields
		TotalVariation *float64 `json:"total_variation"`
		Wasserstein    *float64 `json:"wasserstein"`
		Labels         []string `json:"bins"`
	}{fields(c), finite(c.TotalVariation), finite(c.Wasserstein), c.labels()})
}

func finite(x float64) *float64 {
	if x != x || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func (c ColumnReport) labels() (list []string) {
	for i := range c.Bins.Len() {
		list = append(list, c.Bins.Label(i))
	}
	return list
}

// sorted are the columns, those that have drifted most clearly first.
func (r *Report) sorted() []ColumnReport {
	return slices.SortedStableFunc(slices.Values(r.Columns), func(a, b ColumnReport) int {
		switch {
		case a.P < b.P, a.P == b.P && a.TotalVariation > b.TotalVariation:
			return -1
		case a.P > b.P, a.P == b.P && a.TotalVariation < b.TotalVariation:
			return 1
		}
		return 0
	})
}

// verdict is a word.
func (c ColumnReport) verdict() string {
	if c.Drifted {
		return "drifted"
	}
	return "stable"
}

// WriteText writes a table with a line for each column, those that have drifted most clearly first. Names are quoted, and come last: they may be long.
func (r *Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "verdict\tadjusted p\tPSI\tJS\tKS\tW1\tP(live>ref)\tlive\t  column\n")
	for _, c := range r.sorted() {
		ks, w1, superiority := c.ranked()
		fmt.Fprintf(t, "%s\t%.2g\t%s\t%s\t%s\t%s\t%s\t%d\t  %s\n", c.verdict(), c.Adjusted, shown("%.4f", c.PSI.Value),
			shown("%.4f", c.JensenShannon.Value), shown("%.4f", ks), shown("%.4g", w1), shown("%.3f", superiority), c.Live, strconv.Quote(c.Name))
	}
	return t.Flush()
}

// ranked are the measures that ordered bins have; of categories they are NaN.
func (c ColumnReport) ranked() (ks, w1, superiority float64) {
	if !c.Bins.ordered() {
		return math.NaN(), math.NaN(), math.NaN()
	}
	return c.KolmogorovSmirnov.Value, c.Wasserstein, c.Superiority.Value
}

// shown is a number as people read it, of which there is none if it is NaN.
func shown(format string, x float64) string {
	if x != x {
		return "–"
	}
	return fmt.Sprintf(format, x)
}

// WritePrometheus writes gauges in Prometheus' text format, whose names begin with a prefix, such as "drift": psi, jensen_shannon, p_adjusted, drifted
// and values for each column.
func (r *Report) WritePrometheus(w io.Writer, prefix string) error {
	var b strings.Builder
	for _, g := range []struct {
		name, help string
		value      func(c *ColumnReport) float64
	}{
		{"psi", "Population stability index against the reference.", func(c *ColumnReport) float64 { return c.PSI.Value }},
		{"jensen_shannon", "Jensen-Shannon divergence from the reference, in nats.", func(c *ColumnReport) float64 { return c.JensenShannon.Value }},
		{"p_adjusted", "P-value of no drift, adjusted for the number of columns.", func(c *ColumnReport) float64 { return c.Adjusted }},
		{"drifted", "Whether the column has drifted.", func(c *ColumnReport) float64 { return map[bool]float64{true: 1}[c.Drifted] }},
		{"values", "Live values that were counted.", func(c *ColumnReport) float64 { return float64(c.Live) }},
	} {
		fmt.Fprintf(&b, "# HELP %[1]s_%[2]s %[3]s\n# TYPE %[1]s_%[2]s gauge\n", prefix, g.name, g.help)
		for j := range r.Columns {
			c := &r.Columns[j]
			fmt.Fprintf(&b, "%s_%s{column=\"%s\"} %s\n", prefix, g.name, escaper.Replace(strings.ToValidUTF8(c.Name, "\uFFFD")), strconv.FormatFloat(g.value(c), 'g', -1, 64))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// escaper is for values of labels.
var escaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

package drift

import (
	"encoding/json"
	"fmt"
	"html/template"
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

// WriteText writes a table with a line for each column, those that have drifted most clearly first.
func (r *Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "column\tverdict\tadjusted p\tPSI\tJS\tKS\tW1\tP(live>ref)\tlive\t\n")
	for _, c := range r.sorted() {
		fmt.Fprintf(t, "%s\t%s\t%.2g\t%.4f\t%.4f\t%.4f\t%.4g\t%.3f\t%d\t\n", strconv.Quote(c.Name), c.verdict(), c.Adjusted, c.PSI.Value,
			c.JensenShannon.Value, c.KolmogorovSmirnov.Value, c.Wasserstein, c.Superiority.Value, c.Live)
	}
	return t.Flush()
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

// WriteHTML writes one page, which needs nothing else: a histogram of each column, live data beside the reference, those that have drifted
// most clearly first. It can be read on a phone, and in the dark.
func (r *Report) WriteHTML(w io.Writer, title string) error {
	p := page{Title: title, Drifted: r.Drifted, Total: len(r.Columns), Level: r.Level}
	for _, c := range r.sorted() {
		p.Columns = append(p.Columns, panel{ColumnReport: c, Verdict: c.verdict(), Bars: c.bars()})
	}
	return htmlPage.Execute(w, p)
}

type page struct {
	Title          string
	Drifted, Total int
	Level          float64
	Columns        []panel
}

type panel struct {
	ColumnReport
	Verdict string
	Bars    []bar
}

// A bar is a bin that is not empty on both sides: shares in percent of all, and lengths in percent of the longest.
type bar struct {
	Label                     string
	Ref, Live                 float64
	RefLength, LiveLength     float64
	Y, RefY, LiveY, LabelLine int
}

const lineHeight = 22

// bars are those of the bins, one below the other, as labels are then as long as they need to be.
func (c ColumnReport) bars() (list []bar) {
	longest := 0.0
	share := func(n, total uint64) float64 {
		if total == 0 {
			return 0
		}
		return 100 * float64(n) / float64(total)
	}
	for i, n := range c.ReferenceCounts {
		if m := c.LiveCounts[i]; n > 0 || m > 0 {
			y := lineHeight * len(list)
			b := bar{Label: c.Bins.Label(i), Ref: share(n, c.Reference), Live: share(m, c.Live), Y: y, RefY: y + 2, LiveY: y + 11, LabelLine: y + 15}
			list = append(list, b)
			longest = max(longest, b.Ref, b.Live)
		}
	}
	for i := range list {
		if longest > 0 {
			list[i].RefLength, list[i].LiveLength = 200*list[i].Ref/longest, 200*list[i].Live/longest
		}
	}
	return list
}

// Short is the label, as far as there is room for it.
func (b bar) Short() string {
	const room = 25
	if runes := []rune(b.Label); len(runes) > room {
		return string(runes[:room-1]) + "…"
	}
	return b.Label
}

// Height is that of the panel's picture.
func (p panel) Height() int { return max(1, len(p.Bars)) * lineHeight }

var htmlPage = template.Must(template.New("report").Funcs(template.FuncMap{"short": short}).Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{.Title}}</title>
<style>
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#fff;--card:#f6f8fa;--ref:#8c959f;--live:#0969da;--bad:#cf222e;--good:#1a7f37}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b1;--paper:#0d1117;--card:#161b22;--ref:#6e7681;--live:#58a6ff;--bad:#ff7b72;--good:#56d364}}
body{margin:0 auto;padding:1rem;max-width:72rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.4rem;margin:.2rem 0}p{color:var(--soft);margin:.2rem 0 1rem}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));gap:1rem;align-items:start}
section{background:var(--card);border-radius:.6rem;padding:.8rem 1rem}
h2{font-size:1.05rem;margin:0;overflow-wrap:anywhere}.drifted{color:var(--bad)}.stable{color:var(--good)}
dl{display:grid;grid-template-columns:auto 1fr auto 1fr;gap:0 .6rem;margin:.4rem 0;font-size:.85rem}dt{color:var(--soft)}dd{margin:0;text-align:right;font-variant-numeric:tabular-nums}
svg{display:block;width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:var(--ink)}.r{fill:var(--ref)}.l{fill:var(--live)}
.key b{display:inline-block;width:.8em;height:.8em;border-radius:.15em;margin:0 .3em 0 .8em}
</style></head><body>
<h1>{{.Title}}</h1>
<p class="key">{{.Drifted}} of {{.Total}} columns drifted, at a false discovery rate of {{short .Level}}<b style="background:var(--ref)"></b>reference<b style="background:var(--live)"></b>live</p>
<main>{{range .Columns}}
<section><h2>{{.Name}} <span class="{{.Verdict}}">{{.Verdict}}</span></h2>
<dl><dt>adjusted p</dt><dd>{{short .Adjusted}}</dd><dt>live values</dt><dd>{{.Live}}</dd><dt>PSI</dt><dd>{{short .PSI.Value}}</dd><dt>JS</dt><dd>{{short .JensenShannon.Value}}</dd>
<dt>KS</dt><dd>{{short .KolmogorovSmirnov.Value}}</dd><dt>W1</dt><dd>{{short .Wasserstein}}</dd></dl>
<svg viewBox="0 0 376 {{.Height}}" role="img" aria-label="shares of bins">{{range .Bars}}<g><title>{{.Label}}: reference {{short .Ref}} %, live {{short .Live}} %</title>
<text x="162" y="{{.LabelLine}}" text-anchor="end">{{.Short}}</text><rect class="r" x="168" y="{{.RefY}}" width="{{printf "%.1f" .RefLength}}" height="8"/><rect class="l" x="168" y="{{.LiveY}}" width="{{printf "%.1f" .LiveLength}}" height="8"/></g>{{end}}</svg>
</section>{{end}}
</main></body></html>
`))

func short(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }

package drift

import (
	"html/template"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// WriteHTML writes one page, which needs nothing else: a histogram of each column, live data beside the reference, those that have drifted
// most clearly first, and many that are stable folded up. It can be read on a phone, and in the dark.
func (r *Report) WriteHTML(w io.Writer, title string) error {
	p := page{Title: title, Total: len(r.Columns), Level: r.Level}
	for _, c := range r.sorted() {
		group := &p.Stable
		if c.Drifted {
			group = &p.Drifted
		}
		*group = append(*group, panelOf(c))
	}
	return htmlPage.Execute(w, p)
}

// A page has the columns that have drifted, and the others.
type page struct {
	Title           string
	Total           int
	Level           float64
	Drifted, Stable []panel
}

// Folded tells whether there are so many stable columns that they are out of sight until someone asks for them.
func (p page) Folded() bool { return len(p.Stable) > 12 }

// A panel is a column with its picture.
type panel struct {
	ColumnReport
	Verdict             string
	KS, W1, Superiority float64
	Bars                []bar
}

func panelOf(c ColumnReport) panel {
	p := panel{ColumnReport: c, Verdict: c.verdict(), Bars: c.bars()}
	p.KS, p.W1, p.Superiority = c.ranked()
	return p
}

// A bar is a bin that is not empty on both sides: its shares, in percent of all, and places and lengths in units of the picture.
type bar struct {
	Label, Short          string
	Ref, Live             float64
	RefLength, LiveLength float64
	Top, Middle, Baseline int
}

// The picture of a column is 320 units wide, so that one is about a pixel on a phone: 148 for labels, then bars.
const (
	lineHeight = 22
	barLength  = 170
)

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
			top := lineHeight*len(list) + 2
			b := bar{Label: c.Bins.Label(i), Short: clip(c.Bins.from(i)), Ref: share(n, c.Reference), Live: share(m, c.Live), Top: top, Middle: top + 9, Baseline: top + 13}
			list = append(list, b)
			longest = max(longest, b.Ref, b.Live)
		}
	}
	for i := range list {
		list[i].RefLength, list[i].LiveLength = barLength*list[i].Ref/longest, barLength*list[i].Live/longest
	}
	return list
}

// labelRoom is how many ems a label may be wide: of 12 units, 144 of them.
const labelRoom = 12

// clip is a label as far as there is room for it; a blank one is quoted.
func clip(label string) string {
	label = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, label)
	if strings.TrimSpace(label) == "" {
		label = strconv.Quote(label)
	}
	used, fits := 0.0, 0 // fits is where there is still room for an ellipsis
	for i, r := range label {
		if used+ellipsisWidth <= labelRoom {
			fits = i
		}
		if used += width(r); used > labelRoom {
			return label[:fits] + "…"
		}
	}
	return label
}

const ellipsisWidth = 1

// width is about that of a letter, in ems and rather too large.
func width(r rune) float64 {
	switch {
	case r >= 0x1100: // most of those that are as wide as high
		return 1.1
	case unicode.IsDigit(r), r == '.', r == ' ':
		return 0.65
	case unicode.IsUpper(r), strings.ContainsRune("mw%@…", r), r >= 0x0500:
		return 1
	}
	return 0.7
}

// Ordered tells whether the column has numbers.
func (p panel) Ordered() bool { return p.Bins.ordered() }

// Height is that of the panel's picture.
func (p panel) Height() int { return len(p.Bars) * lineHeight }

func short(x float64) string { return shown("%.3g", x) }

var htmlPage = template.Must(template.New("report").Funcs(template.FuncMap{"short": short}).Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{.Title}}</title>
<style>
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#fff;--card:#f3f5f7;--ref:#848d97;--live:#0969da;--bad:#b81c27;--good:#116329}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#a4aeb8;--paper:#0d1117;--card:#161b22;--ref:#7d8590;--live:#58a6ff;--bad:#ff8982;--good:#56d364}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:76rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
h1{font-size:1.4rem;line-height:1.3;margin:.2rem 0}p{color:var(--soft);margin:.2rem 0 1rem}
h2,summary{font-size:1.1rem;font-weight:600;margin:1.2rem 0 .6rem}summary{cursor:pointer}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr));gap:1rem;align-items:start}
section{background:var(--card);border-radius:.6rem;padding:.8rem 1rem;min-width:0}
h3{font-size:1rem;line-height:1.35;margin:0}h3 span{font-weight:400;white-space:nowrap}.drifted{color:var(--bad)}.stable{color:var(--good)}
dl{display:grid;grid-template-columns:auto 1fr auto 1fr;gap:0 .7rem;margin:.4rem 0;font-size:.85rem}dt{color:var(--soft)}dd{margin:0;text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
svg{display:block;width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}.r{fill:var(--ref)}.l{fill:var(--live)}
section p{margin:.2rem 0}.key{white-space:nowrap}.key:before{content:"";display:inline-block;width:.8em;height:.8em;border-radius:.15em;margin:0 .3em 0 .8em;background:var(--ref)}.new:before{background:var(--live)}
@media(max-width:24rem){body{padding:.6rem .5rem}section{padding:.6rem .5rem}dl{grid-template-columns:auto 1fr}}
</style></head><body>
<h1>{{.Title}}</h1>
<p>{{len .Drifted}} of {{.Total}} columns drifted, at a false discovery rate of {{short .Level}}. Shares of values:<span class="key">reference</span><span class="key new">live</span></p>
{{with .Drifted}}<h2>Drifted</h2>
{{template "panels" .}}{{end}}
{{if .Folded}}<details><summary>{{len .Stable}} stable columns</summary>
{{template "panels" .Stable}}</details>{{else}}{{with .Stable}}<h2>Stable</h2>
{{template "panels" .}}{{end}}{{end}}
</body></html>
{{define "panels"}}<main>{{range .}}
<section><h3>{{.Name}} <span class="{{.Verdict}}">{{.Verdict}}</span></h3>
<dl><dt>adjusted p</dt><dd>{{short .Adjusted}}</dd><dt>live values</dt><dd>{{.Live}}</dd><dt>PSI</dt><dd>{{short .PSI.Value}}</dd><dt>JS</dt><dd>{{short .JensenShannon.Value}}</dd>
{{if .Ordered}}<dt>KS</dt><dd>{{short .KS}}</dd><dt>W1</dt><dd>{{short .W1}}</dd><dt>live &gt; ref</dt><dd>{{short .Superiority}}</dd>{{end}}</dl>
{{if .Bars}}<svg viewBox="0 0 320 {{.Height}}" role="img" aria-label="shares of values in bins">{{range .Bars}}<g><title>{{.Label}}: reference {{short .Ref}} %, live {{short .Live}} %</title>
<text x="144" y="{{.Baseline}}" text-anchor="end">{{.Short}}</text><rect class="r" x="150" y="{{.Top}}" width="{{printf "%.1f" .RefLength}}" height="8"/><rect class="l" x="150" y="{{.Middle}}" width="{{printf "%.1f" .LiveLength}}" height="8"/></g>{{end}}</svg>
{{else}}<p>There are no values.</p>{{end}}
</section>{{end}}
</main>{{end}}`))

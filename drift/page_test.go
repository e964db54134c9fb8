package drift

import (
	"encoding/json"
	"fmt"
	"html"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent"
)

// awkwardReport has so many columns, and among them what is hard to show: long and foreign names and labels, no values, tiny and huge ones,
// edges that differ in the tenth digit, a single bin, and 200.
func awkwardReport(t *testing.T, columns int) *Report {
	t.Helper()
	var list []Column
	var fill []func(p *Profile, j int, r *rand.Rand, live bool)
	add := func(name string, b Bins, err error, f func(*Profile, int, *rand.Rand, bool)) {
		must(t, err)
		list, fill = append(list, Column{name, b}), append(fill, f)
	}
	numbers := func(value func(r *rand.Rand, live bool) float64) func(*Profile, int, *rand.Rand, bool) {
		return func(p *Profile, j int, r *rand.Rand, live bool) {
			x := make([]float64, 3000)
			for i := range x {
				x[i] = value(r, live)
			}
			must(t, AddColumn(p, j, x, relent.Run{}))
		}
	}
	words := func(all ...string) func(*Profile, int, *rand.Rand, bool) {
		return func(p *Profile, j int, r *rand.Rand, live bool) {
			for range 3000 {
				i := r.IntN(len(all))
				if live && r.IntN(9) == 0 {
					i = 0
				}
				p.AddStrings(j, all[i:i+1])
			}
		}
	}
	moved := func(at float64) func(r *rand.Rand, live bool) float64 {
		return func(r *rand.Rand, live bool) float64 {
			x := r.NormFloat64()
			if live {
				x += at
			}
			return x
		}
	}
	b, err := Uniform(-3, 3, 30)
	add("income after taxes, of the whole household, in thousands a year, as the applicant says and the bank has checked or not", b, err, numbers(moved(0.4)))
	add("the_same_without_any_space_"+strings.Repeat("in_its_very_long_name_", 9), b, err, numbers(moved(0)))
	labels := []string{strings.Repeat("W", 60), "Mail Order (United Kingdom, Scotland excepted)", "日本語のとても長いラベル、省略されるはず", "العربية تسمية طويلة جدا لا تتسع لها المساحة", "e\u0301tiquette combine\u0301e",
		"a\tb\nc", "<b>&amp;</b>", "👩‍👩‍👧‍👦 family", "short", " "}
	b, err = Categories(labels...)
	add("渠道 канал κανάλι القناة", b, err, words(append(labels, "another")...))
	add("nothing at all", Bins{}, nil, func(*Profile, int, *rand.Rand, bool) {})
	add("all missing", b, nil, func(p *Profile, j int, _ *rand.Rand, _ bool) { p.AddMissing(j, 3000) })
	add("missing now", Bins{}, nil, func(p *Profile, j int, _ *rand.Rand, live bool) {
		if live {
			p.AddMissing(j, 3000)
		} else {
			must(t, AddColumn(p, j, make([]float64, 3000), relent.Run{}))
		}
	})
	b, err = Edges(-math.MaxFloat64, -1e300, -1.2345678e-300, -5e-324, 0, 5e-324, 2.2250738585072014e-308, 1.7e308, math.MaxFloat64)
	add("extremes", b, err, numbers(func(r *rand.Rand, live bool) float64 {
		return math.Ldexp(r.NormFloat64(), r.IntN(2098)-1074)
	}))
	b, err = Edges(1e9, 1e9+0.25, 1e9+0.5, 1e9+0.75, 1e9+1)
	add("near", b, err, numbers(func(r *rand.Rand, live bool) float64 { return 1e9 + r.Float64() }))
	b, err = Uniform(0, 1, 200)
	add("200 bins", b, err, numbers(func(r *rand.Rand, live bool) float64 { return r.Float64() }))
	b, err = Uniform(-3, 3, 12)
	for len(list) < columns {
		add(fmt.Sprintf("feature_%03d", len(list)), b, err, numbers(moved(0.02*float64(len(list)%7))))
	}
	ref, err := ReferenceOf(list...)
	must(t, err)
	live := ref.NewProfile()
	r := rand.New(rand.NewPCG(7, 8))
	for j := range list {
		fill[j](ref.Profile(), j, r, false)
		fill[j](live, j, r, true)
	}
	report, err := Compare(ref, live, Options{})
	must(t, err)
	return report
}

// browser is Chromium, for which RELENT_REQUIRE has to ask: it takes many seconds.
func browser(t *testing.T) string {
	t.Helper()
	if !slices.Contains(strings.Split(os.Getenv("RELENT_REQUIRE"), ","), "chromium") {
		t.Skip("RELENT_REQUIRE=chromium looks at the page with Chromium")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("there is no Chromium, which RELENT_REQUIRE requires")
	return ""
}

// In a browser, wide or on a phone, by day or night, no text is cut off, covered, small or faint, nothing is beyond the edge, and nothing is loaded.
// With RELENT_SCREENSHOTS, a directory, pictures are left there.
func TestPageInBrowser(t *testing.T) {
	chromium := browser(t)
	script, err := os.ReadFile("testdata/look.js")
	must(t, err)
	script = append(append([]byte("<script>"), script...), "</script></body>"...)
	dir := t.TempDir()
	pages := map[int]string{}
	for _, columns := range []int{12, 120} {
		var page strings.Builder
		must(t, awkwardReport(t, columns).WriteHTML(&page, "scores-2024-06-30-of-all-models.parquet, compared with "+strings.Repeat("reference/", 12)))
		pages[columns] = html.EscapeString(strings.Replace(page.String(), "</body>", string(script), 1))
	}
	type screen struct{ width, columns int }
	for _, c := range []struct {
		name    string
		dark    bool
		screens []screen
	}{{"day", false, []screen{{320, 12}, {390, 120}, {1280, 12}}}, {"night", true, []screen{{390, 12}, {1280, 120}}}} {
		frames := `<!DOCTYPE html><meta charset="utf-8"><body style="margin:0;display:flex">` // a window itself is no narrower than 500 pixels
		for _, s := range c.screens {
			frames += fmt.Sprintf(`<iframe style="flex:none;border:0;width:%dpx;height:3000px" srcdoc="%s"></iframe>`, s.width, pages[s.columns])
		}
		file := filepath.Join(dir, c.name+".html")
		must(t, os.WriteFile(file, []byte(frames), 0o600))
		options := []string{"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--user-data-dir=" + filepath.Join(dir, "profile"), "--window-size=2000,3000",
			fmt.Sprintf("--blink-settings=preferredColorScheme=%d", map[bool]int{true: 0, false: 1}[c.dark])}
		if to := os.Getenv("RELENT_SCREENSHOTS"); to != "" {
			options = append(options, "--screenshot="+filepath.Join(to, c.name+".png"))
		}
		dom, err := exec.Command(chromium, append(options, "--dump-dom", "file://"+file)...).Output()
		must(t, err)
		results := strings.Split(string(dom), `<pre class="seen">`)[1:]
		if len(results) != len(c.screens) {
			t.Fatalf("%s: %d of %d frames were looked at", c.name, len(results), len(c.screens))
		}
		for _, result := range results {
			result, _, _ = strings.Cut(result, "</pre>")
			var seen struct {
				Width, Texts, Bars int
				Dark               bool
				Faults             []string
			}
			must(t, json.Unmarshal([]byte(html.UnescapeString(result)), &seen))
			i := slices.IndexFunc(c.screens, func(s screen) bool { return s.width == seen.Width })
			if i < 0 || seen.Dark != c.dark || seen.Texts < 20*c.screens[i].columns || seen.Bars < 20*c.screens[i].columns {
				t.Errorf("%s: that is %+v", c.name, seen)
			}
			for _, fault := range seen.Faults {
				t.Errorf("%s, %d pixels: %s", c.name, seen.Width, fault)
			}
		}
	}
}

package drift

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// hostileReport has a column whose name and labels would break what is not escaped, and one without values.
func hostileReport(t *testing.T) *Report {
	t.Helper()
	words, err := Categories(`<b>"&`, "plain")
	must(t, err)
	r, err := ReferenceOf(Column{"empty", Bins{}}, Column{"a\"<script>\\\n", words})
	must(t, err)
	live := r.NewProfile()
	r.Profile().AddStrings(1, strings.Split(strings.Repeat("plain ", 300), " ")[:300])
	live.AddStrings(1, strings.Split(strings.Repeat(`<b>"& `, 300), " ")[:300])
	report, err := Compare(r, live, Options{})
	must(t, err)
	return report
}

func TestReports(t *testing.T) {
	r := hostileReport(t)
	if r.Drifted != 1 || !r.Columns[1].Drifted {
		t.Errorf("%d drifted", r.Drifted)
	}
	data, err := json.Marshal(r)
	must(t, err)
	var back struct {
		Columns []struct {
			Name string
			PSI  struct{ Value, P *float64 }
			Bins []string
		}
	}
	must(t, json.Unmarshal(data, &back))
	if c := back.Columns; c[1].Name != r.Columns[1].Name || c[0].PSI.Value != nil || *c[0].PSI.P != 1 || c[1].Bins[0] != `<b>"&` || *c[1].PSI.Value != r.Columns[1].PSI.Value {
		t.Errorf("%s", data)
	}
	var b strings.Builder
	must(t, r.WriteText(&b))
	if lines := strings.Split(b.String(), "\n"); len(lines) != 4 || !strings.Contains(lines[1], " drifted ") || !strings.HasSuffix(lines[1], `  "a\"<script>\\\n"`) || !strings.Contains(lines[2], " stable ") {
		t.Errorf("%s", b.String())
	}
	b.Reset()
	must(t, r.WritePrometheus(&b, "drift"))
	for _, line := range []string{"# TYPE drift_psi gauge\n", "drift_psi{column=\"empty\"} NaN\n", "drift_drifted{column=\"a\\\"<script>\\\\\\n\"} 1\n"} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("%q is not in\n%s", line, b.String())
		}
	}
	b.Reset()
	must(t, r.WriteHTML(&b, "a & b"))
	page := b.String()
	if strings.Contains(page, "<script") || strings.Contains(page, "<b>\"") || strings.Index(page, "script") > strings.Index(page, "empty") {
		t.Error("the page is not escaped, or not in order")
	}
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

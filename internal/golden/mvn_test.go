package golden

import (
	"strings"
	"testing"
)

func TestMvn(t *testing.T) {
	if len(Mvn()) == 0 {
		t.Fatal("no cases")
	}
	for i, c := range Mvn() {
		if c.Cond < 1 || c.KL <= 0 || c.KLIsotropic <= 0 || c.KLStandard <= 0 || c.KLDiagonal <= 0 {
			t.Errorf("case %d: %+v", i, c)
		}
		for k, d := range c.SqMahalanobis {
			// What every row shares: -½(d log 2π + log det Σ) = Dim/2 - Entropy.
			got, want := c.LogProb[k]+d/2, float64(c.Dim)/2-c.Entropy
			if e := got - want; e*e > 1e-24*(d*d+want*want) {
				t.Errorf("case %d: row %d: log density and distance differ by %v, want %v", i, k, got, want)
			}
		}
	}
}

func TestParseMvnReportsTheCase(t *testing.T) {
	const good = `{"dim": 1, "mu1": ["1"], "mu2": ["1"], "sigma1": ["1"], "sigma2": ["1"], "x": [], "kl": "0x1p-1"}`
	if _, err := parseMvn([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{strings.Replace(good, "0x1p-1", "half", 1), strings.Replace(good, `"dim": 1`, `"dim": 2`, 1)} {
		if _, err := parseMvn([]byte(good + bad)); err == nil || !strings.Contains(err.Error(), "case 1") {
			t.Errorf("%s: error %v, want one that names case 1", bad, err)
		}
	}
}

func TestNormals(t *testing.T) {
	if len(Normals()) == 0 {
		t.Fatal("no cases")
	}
	for i, c := range Normals() {
		if e := c.JensenShannonDistance*c.JensenShannonDistance/c.JensenShannon - 1; c.JensenShannon <= 0 || e*e > 1e-30 {
			t.Errorf("case %d: %+v", i, c)
		}
	}
	for _, bad := range []string{`{"dim": "one"}`, `{"dim": 2, "mu1": ["1"], "mu2": ["1"], "sigma1": ["1"], "sigma2": ["1"]}`} {
		if _, err := parseNormals([]byte(bad)); err == nil || !strings.Contains(err.Error(), "case 0") {
			t.Errorf("%s: error %v, want one that names case 0", bad, err)
		}
	}
}

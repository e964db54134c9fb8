package mvn

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/relent-go/relent"
)

// What is decoded of JSON has the bits of what was encoded, in every form and also of marginals and conditionals.
func TestModelsAreKeptAsJSON(t *testing.T) {
	const d = 7
	x := seed(t.Name()).dense(9, d)
	forms := bitsForms(d)
	for _, name := range sortedKeys(forms) {
		for _, n := range forms[name] {
			var got Normal
			text := must(json.Marshal(n))
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatalf("%s: %v in %s", name, err, text)
			}
			if !bytes.Equal(must(got.MarshalBinary()), must(n.MarshalBinary())) {
				t.Errorf("%s is another one after %s", name, text)
			}
			requireBits(t, name, must(got.LogProbRows(nil, x, relent.Run{})), must(n.LogProbRows(nil, x, relent.Run{})))
			var s StudentT
			heavy := must(n.StudentT(2.5))
			if err := json.Unmarshal(must(json.Marshal(heavy)), &s); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !bytes.Equal(must(s.MarshalBinary()), must(heavy.MarshalBinary())) {
				t.Errorf("%s: the Student t distribution is another one", name)
			}
		}
	}
	mixtures := seed(t.Name()).mixtures(4)
	for _, s := range structures {
		m, _, err := FitMixture(seed(t.Name()).dense(20, 4), 2, MixtureOptions{Structure: s}, relent.Run{})
		mixtures["fitted, "+s.String()] = must(m, err)
	}
	for name, m := range mixtures {
		var got Mixture
		if err := json.Unmarshal(must(json.Marshal(m)), &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(must(got.MarshalBinary()), must(m.MarshalBinary())) {
			t.Errorf("%s is another one", name)
		}
	}
}

// What people write is read.
func TestJSONByHand(t *testing.T) {
	var m Mixture
	sum := 1.0
	sum += 1e-7
	const text = `{"weights": [1, 1e-7], "components": [{"mean": [0, 1], "covariance": [[2, 1], [1, 3]]}, {"mean": [0, 1], "variances": [1, 4]}]}`
	if err := json.Unmarshal([]byte(text), &m); err != nil || m.Weight(0) != 1/sum || m.Components() != 2 {
		t.Errorf("%v, weight %v", err, m.Weight(0))
	}
	var n Normal
	if err := json.Unmarshal([]byte(`{"mean": [1], "precision": [[4]]}`), &n); err != nil || n.Variances(nil)[0] != 0.25 {
		t.Errorf("%v, variance %v", err, n.Variances(nil))
	}
}

// JSON that is of nothing gives an error that says what is wrong, and changes nothing.
func TestHostileJSON(t *testing.T) {
	before := must(NewNormalStandard(2).MarshalBinary())
	for text, want := range map[string]string{
		`{}`:                                  "the mean is empty",
		`{"mean": [1]}`:                       "there is no covariance, precision or variances",
		`{"mean": [1], "colour": 3}`:          `unknown field "colour"`,
		`{"mean": "x"}`:                       "cannot unmarshal string",
		`{"mean": [1e999]}`:                   "1e999",
		`{"mean": [null], "variances": [1]}`:  "an element is null",
		`{"mean": [1], "covariance": [null]}`: "an element is null",
		`null`:                                "the mean is empty",
		`{"mean": [1], "variances": [1]} 7`:   "more after the value",
		`{"mean": [1], "variances": [1, 2]}`:  "there are 2 variances, the mean has length 1",
		`{"mean": [1], "variances": [-1]}`:    "the variance matrix is not positive definite: pivot 0 is -1",
		`{"mean": [1], "variances": [1], "covariance": [[1]]}`:                                                           "more than one structure",
		`{"mean": [1], "covariance": [[1], [2]]}`:                                                                        "the rows of the covariance are 2, want 1",
		`{"mean": [1], "covariance": [[1, 2]]}`:                                                                          "row 0 of the covariance has length 2, want 1",
		`{"mean": [1, 2], "covariance": [[1, 0.5], [0.25, 1]]}`:                                                          "not symmetric",
		`{"mean": [1, 2], "covariance": [[1, 2], [2, 1]]}`:                                                               "pivot 1 is -3",
		`{"mean": [1, 2], "precision": [[1, 2], [2, 1]]}`:                                                                "the precision matrix is not positive definite",
		`{"mean": [1, 2], "factor": [[1], [2]]}`:                                                                         "row 1 of the factor has length 1, want 2",
		`{"mean": [1], "covariance": [[4]], "factor": [[1]]}`:                                                            "element (0, 0) of the covariance is 4, which is not that of its factor",
		`{"mean": [1], "precision": [[4]], "precisionFactor": [[1]]}`:                                                    "element (0, 0) of the precision is 4, which is not that of its factor",
		`{"mean": [1], "factor": []}`:                                                                                    "the factor has 0 rows",
		`{"mean": [1], "factor": [[0]]}`:                                                                                 "pivot 0 is 0",
		`{"mean": [1], "precisionFactor": [[-1]]}`:                                                                       "pivot 0 is -1",
		`{"mean": [1], "loadings": [[1]]}`:                                                                               "there are 0 variances",
		`{"mean": [1, 2], "variances": [1, 1], "loadings": [[1], []]}`:                                                   "row 1 of the loadings has length 0, want 1",
		`{"mean": [1], "variances": [1], "loadings": [[` + strings.Repeat("1,", 72) + `1]]}`:                             "73 factors of 1 variables",
		`{"mean": [1], "singular": {}}`:                                                                                  "there is no covariance",
		`{"mean": [1], "covariance": [[0]], "singular": {"scale": [], "variables": [], "columns": []}}`:                  "the scale has length 0",
		`{"mean": [1], "covariance": [[0]], "singular": {"scale": [0], "variables": [1], "columns": [[1]]}}`:             "variable 1, of 1",
		`{"mean": [1], "covariance": [[0]], "singular": {"scale": [0], "variables": [0, 0], "columns": [[1], [1]]}}`:     "rank 2 of 1",
		`{"mean": [1], "covariance": [[0]], "singular": {"scale": [0], "variables": [], "columns": [], "tolerance": 2}}`: "the tolerance is 2",
		`{"mean": [1], "covariance": [[0]], "singular": {"scale": [0], "variables": [0], "columns": [[0]]}}`:             "pivot 0 is 0",
	} {
		n := NewNormalStandard(2)
		err := n.UnmarshalJSON([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), "mvn: Normal.UnmarshalJSON: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
		if !bytes.Equal(must(n.MarshalBinary()), before) {
			t.Errorf("%s has changed the distribution", text)
		}
	}
	for text, want := range map[string]string{
		`{}`:                                 "there are no weights",
		`{"weights": [2]}`:                   "add up to 2",
		`{"weights": [-1]}`:                  "the weight is -1",
		`{"weights": [1], "components": []}`: "0 components for 1 weights",
		`{"weights": [1], "components": [{"mean": []}]}`:                                                          "component 0: the mean is empty",
		`{"weights": [1], "components": [{"mean": [1]}]}`:                                                         "component 0: there is no covariance",
		`{"weights": [1], "components": [{"mean": [1]}], "tied": {}}`:                                             "there is no covariance",
		`{"weights": [1], "components": [{"mean": [1]}], "tied": {"variances": [1]}}`:                             "a tied covariance is no covariance matrix",
		`{"weights": [1], "components": [{"mean": [1], "variances": [1]}], "tied": {"covariance": [[1]]}}`:        "a covariance of its own",
		`{"weights": [0.5, 0.5], "components": [{"mean": [1]}, {"mean": [1, 2]}], "tied": {"covariance": [[1]]}}`: "component 1: the mean has length 2, that of component 0 1",
	} {
		err := new(Mixture).UnmarshalJSON([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), "mvn: Mixture.UnmarshalJSON: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		`{}`: "the mean is empty",
		`{"nu": 0, "scale": {"mean": [1], "variances": [1]}}`: "there are 0 degrees of freedom",
	} {
		if err := new(StudentT).UnmarshalJSON([]byte(text)); err == nil || !strings.Contains(err.Error(), "mvn: StudentT.UnmarshalJSON: "+want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	for _, err := range []error{failed(new(Normal).MarshalJSON()), failed(new(Mixture).MarshalJSON()), failed(new(StudentT).MarshalJSON())} {
		if err == nil || !strings.Contains(err.Error(), "no constructor") {
			t.Error(err)
		}
	}
}

// Whatever JSON is decoded, it is refused, or is that of a model which can be used and is encoded to what gives it again.
func FuzzUnmarshalJSON(f *testing.F) {
	forms := bitsForms(7)
	for _, name := range sortedKeys(forms) {
		f.Add(must(forms[name][0].MarshalJSON()))
		f.Add(must(must(forms[name][0].StudentT(3)).MarshalJSON()))
	}
	for _, m := range seed("fuzz").mixtures(2) {
		f.Add(must(m.MarshalJSON()))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var n, again Normal
		if n.UnmarshalJSON(data) == nil {
			n.LogProb(n.Mean(nil))
			if err := again.UnmarshalJSON(must(n.MarshalJSON())); err != nil || !bytes.Equal(must(again.MarshalBinary()), must(n.MarshalBinary())) {
				t.Errorf("%s: %v, or another one", data, err)
			}
		}
		var s StudentT
		if s.UnmarshalJSON(data) == nil {
			s.LogProb(s.Location(nil))
		}
		var m Mixture
		if m.UnmarshalJSON(data) == nil {
			m.Predict(m.Mean(nil))
		}
	})
}

package order

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestTextOfMeasures(t *testing.T) {
	for _, m := range []Measure{
		Triangular, Renyi(0), Renyi(math.Inf(1)), Renyi(1 - 0x1p-53), Tsallis(1e308), Alpha(-2.5), CressieRead(2. / 3), WeightedJensenShannon(0.1),
		SkewKullbackLeibler(1), SkewJensenShannon(5e-324),
	} {
		text, err := json.Marshal(map[string]Measure{"measure": m})
		if err != nil {
			t.Fatal(m, err)
		}
		var back map[string]Measure
		if err := json.Unmarshal(text, &back); err != nil || back["measure"] != m {
			t.Errorf("%s is %v, want %v: %v", text, back["measure"], m, err)
		}
	}
	if _, err := (Measure{}).MarshalText(); err == nil {
		t.Error("no measure has a text")
	}
}

func TestMeasuresThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                        `no measure is called ""`,
		"none":                    `no measure is called "none"`,
		"none(0)":                 `no measure is called "none(0)"`,
		"Renyi":                   `no measure is called "Renyi"`,
		"Renyi(0.5":               `no measure is called "Renyi(0.5"`,
		"renyi(0.5)":              `no measure is called "renyi(0.5)"`,
		"Triangular()":            `no measure is called "Triangular()"`,
		"Triangular(0)":           `no measure is called "Triangular(0)"`,
		"Renyi()":                 `"Renyi()": the parameter of Renyi is a number from 0 to +Inf`,
		"Renyi(-1)":               `"Renyi(-1)": the parameter of Renyi is a number from 0 to +Inf`,
		"Renyi(NaN)":              `"Renyi(NaN)": the parameter of Renyi is a number from 0 to +Inf`,
		"Tsallis(+Inf)":           `"Tsallis(+Inf)": the parameter of Tsallis is a number from 0 to 1.7976931348623157e+308`,
		"SkewJensenShannon(1.5)":  `"SkewJensenShannon(1.5)": the parameter of SkewJensenShannon is a number from 0 to 1`,
		"SkewJensenShannon(1)(1)": `"SkewJensenShannon(1)(1)": the parameter of SkewJensenShannon is a number from 0 to 1`,
	} {
		m := Renyi(2)
		if err := m.UnmarshalText([]byte(text)); err == nil || !strings.HasSuffix(err.Error(), want) || m != Renyi(2) {
			t.Errorf("%q: %v, %v, want %s", text, m, err, want)
		}
	}
}

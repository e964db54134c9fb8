package order

import (
	"fmt"
	"strconv"
	"strings"
)

// String is the call that makes the measure, such as "Renyi(0.5)"; of [Triangular], which has no parameter, its name.
func (m Measure) String() string {
	if m.kind == none || m.kind == triangular {
		return kinds[m.kind].name
	}
	return fmt.Sprintf("%s(%v)", kinds[m.kind].name, m.parameter)
}

// ParseMeasure is the measure of a text, as [Measure.String] has it. The error says what is unknown or out of range.
func ParseMeasure(text string) (Measure, error) {
	if text == kinds[triangular].name {
		return Triangular, nil
	}
	name, rest, _ := strings.Cut(text, "(")
	number, closed := strings.CutSuffix(rest, ")")
	for k := none + 1; int(k) < len(kinds); k++ {
		if kinds[k].name != name || k == triangular || !closed {
			continue
		}
		x, err := strconv.ParseFloat(number, 64)
		if err != nil || !k.takes(x) {
			return Measure{}, fmt.Errorf("order: %q: the parameter of %s is a number from %v to %v", text, name, kinds[k].least, kinds[k].most)
		}
		return measureOf(k, x), nil
	}
	return Measure{}, fmt.Errorf("order: no measure is called %q", text)
}

// MarshalText is the text of String; there is none of the zero Measure.
func (m Measure) MarshalText() ([]byte, error) {
	if m.kind == none {
		return nil, fmt.Errorf("order: the measure is none")
	}
	return []byte(m.String()), nil
}

// UnmarshalText sets m to the measure that [ParseMeasure] finds.
func (m *Measure) UnmarshalText(text []byte) error {
	parsed, err := ParseMeasure(string(text))
	if err == nil {
		*m = parsed
	}
	return err
}

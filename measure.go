package relent

import (
	"bytes"
	"fmt"
)

// Measure is a measure of two vectors, or of one, as a value. The zero value is none.
type Measure uint8

// traits are what is declared of a measure, see package kernels.
type traits struct {
	name      string // of the function
	vectors   int
	symmetric bool
	degree    float64 // of homogeneity; 0 if there is none
	outgrows  bool    // the measure may be finite where its sum, of degree 1, is not
	several   bool    // it takes several sums: Bhattacharyya
	shares    shareTraits
	bound     boundTraits
}

// traits are what is declared of m, or of what m reverses.
func (m Measure) traits() *traits {
	if base := m &^ reverse; int(base) < len(measureTable) && !(m&reverse != 0 && measureTable[base].symmetric) {
		return &measureTable[base]
	}
	return &measureTable[0] // nothing: a symmetric measure is not reversed
}

// reverse marks the measure of q and p.
const reverse Measure = 1 << 7

// Reversed is the measure of q and p or, of one vector, of q. Reversing twice, or what is symmetric, leaves a measure as it was.
func (m Measure) Reversed() Measure {
	if m.Symmetric() {
		return m
	}
	return m ^ reverse
}

// Symmetric tells whether p and q may change places, to the bit.
func (m Measure) Symmetric() bool { return m.traits().symmetric }

// ofOne tells whether the measure is one of a single vector.
func (m Measure) ofOne() bool { return m.traits().vectors == 1 }

// outgrows tells whether the measure may be finite where its sum is not.
func (m Measure) outgrows() bool { return m.traits().outgrows }

const reversedSuffix = " reversed"

// String is the name of the function that the measure is the value of.
func (m Measure) String() string {
	switch name := m.traits().name; {
	case name == "":
		return fmt.Sprintf("Measure(%d)", uint8(m))
	case m&reverse != 0:
		return name + reversedSuffix
	default:
		return name
	}
}

// MarshalText is the name; a measure that is unknown is an error.
func (m Measure) MarshalText() ([]byte, error) {
	if m.traits().name == "" {
		return nil, fmt.Errorf("relent: %v is unknown", m)
	}
	return m.appendName(nil), nil
}

// appendName appends the name of a measure that is known.
func (m Measure) appendName(b []byte) []byte {
	b = append(b, m.traits().name...)
	if m&reverse != 0 {
		b = append(b, reversedSuffix...)
	}
	return b
}

// UnmarshalText sets the measure to what [ParseMeasure] returns.
func (m *Measure) UnmarshalText(text []byte) error {
	parsed, ok := measureNamed(text)
	if !ok {
		return errNoMeasure(text)
	}
	*m = parsed
	return nil
}

// ParseMeasure is the measure of a name, as [Measure.String] has it.
func ParseMeasure(name string) (Measure, error) {
	if m, ok := measureNamed([]byte(name)); ok {
		return m, nil
	}
	return 0, errNoMeasure([]byte(name))
}

func errNoMeasure(name []byte) error { return fmt.Errorf("relent: no measure is called %q", name) }

// measureNamed is the measure of a name.
func measureNamed(name []byte) (m Measure, ok bool) {
	base, isReversed := bytes.CutSuffix(name, []byte(reversedSuffix))
	for m := range Measure(len(measureTable)) {
		if measureTable[m].name != string(base) || len(base) == 0 {
			continue
		}
		if isReversed && m.Symmetric() {
			break // it has one name
		}
		if isReversed {
			m = m.Reversed()
		}
		return m, true
	}
	return 0, false
}

// check is the measure, or what it reverses, and whether it does. It panics unless that is a measure of so many vectors.
func (m Measure) check(name string, vectors int) (base Measure, reversed bool) {
	base = m &^ reverse
	switch t := m.traits(); {
	case t.name == "":
		here.Panic(name, "%v is unknown", m)
	case t.vectors != vectors:
		here.Panic(name, "%v is a measure of %s, not of %s", m, vectorsWord[t.vectors], vectorsWord[vectors])
	}
	return base, m != base
}

var vectorsWord = [...]string{1: "one vector", 2: "two vectors"}

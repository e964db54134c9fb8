// Package golden holds expected values of the measures, from 60-digit arithmetic. README.md describes them.
package golden

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"sync"
)

// A Case is a pair of inputs and what each measure of it is.
type Case struct {
	Type   string // of the elements, "float64" or "float32"; P and Q hold float32 elements exactly
	Family string
	P, Q   []float64
	Want   map[string]float64 // by measure, correctly rounded
}

// Discrete returns the cases of the discrete measures, which all callers share.
var Discrete = sync.OnceValue(func() []Case {
	cases, err := parse(discrete)
	if err != nil {
		panic(fmt.Sprintf("golden: discrete.jsonl: %v", err))
	}
	return cases
})

//go:embed testdata/discrete.jsonl
var discrete []byte

func parse(text []byte) ([]Case, error) {
	var cases []Case
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var line struct {
			Type, Family string
			N            int
			P, Q         []number
			Want         map[string]number
		}
		if err := d.Decode(&line); err == io.EOF {
			return cases, nil
		} else if err != nil {
			return nil, fmt.Errorf("case %d: %w", len(cases), err)
		}
		if len(line.P) != line.N || len(line.Q) != line.N {
			return nil, fmt.Errorf("case %d: %d and %d elements, not %d", len(cases), len(line.P), len(line.Q), line.N)
		}
		want := map[string]float64{}
		for name, x := range line.Want {
			want[name] = float64(x)
		}
		cases = append(cases, Case{line.Type, line.Family, floats(line.P), floats(line.Q), want})
	}
}

// number is a float64 that JSON has as a string: hexadecimal, or +Inf or NaN.
type number float64

func (x *number) UnmarshalText(text []byte) error {
	value, err := strconv.ParseFloat(string(text), 64)
	*x = number(value)
	return err
}

func floats(x []number) []float64 {
	y := make([]float64, len(x))
	for i := range x {
		y[i] = float64(x[i])
	}
	return y
}

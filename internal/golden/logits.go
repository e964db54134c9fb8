package golden

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// A LogitCase is two rows of logits, of a teacher and a student, over a temperature, a class and a smoothing: the losses, and their
// gradients with respect to the student's logits. Of the family "binary" there are logits, targets and the weight of positives.
type LogitCase struct {
	Type, Family          string
	A, B                  []float64
	Temperature           float64
	Class                 int
	Smoothing             float64
	Want                  map[string]float64
	Gradients             map[string][]float64
	X, Y                  []float64
	PosWeight             float64
	Terms, BinaryGradient []float64
}

// Logits returns the cases of losses from logits, which all callers share.
var Logits = sync.OnceValue(func() []LogitCase {
	var cases []LogitCase
	for d := json.NewDecoder(bytes.NewReader(logits)); ; {
		var line struct {
			Type, Family string
			A, B, X, Y   []number
			Temperature  float64
			Cls          int
			Smoothing    float64
			PosWeight    float64
			Want         map[string]number
			GradB        map[string][]number
			Terms, Grad  []number
		}
		if err := d.Decode(&line); err == io.EOF {
			return cases
		} else if err != nil {
			panic(fmt.Sprintf("golden: logits.jsonl: case %d: %v", len(cases), err))
		}
		c := LogitCase{
			Type: line.Type, Family: line.Family, A: floats(line.A), B: floats(line.B), Temperature: line.Temperature, Class: line.Cls,
			Smoothing: line.Smoothing, Want: map[string]float64{}, Gradients: map[string][]float64{}, X: floats(line.X), Y: floats(line.Y),
			PosWeight: line.PosWeight, Terms: floats(line.Terms), BinaryGradient: floats(line.Grad),
		}
		for name, x := range line.Want {
			c.Want[name] = float64(x)
		}
		for name, x := range line.GradB {
			c.Gradients[name] = floats(x)
		}
		cases = append(cases, c)
	}
})

//go:embed testdata/logits.jsonl
var logits []byte

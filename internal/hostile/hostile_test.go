package hostile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// What must not be is found, what may be is not.
func TestTry(t *testing.T) {
	memory := [][]byte{make([]byte, 4096), make([]byte, 4096)}
	for name, c := range map[string]struct {
		call  func(t *Trial) error
		works bool
		wrong string
	}{
		"works":                 {call: func(*Trial) error { return nil }, works: true},
		"is stopped":            {call: func(*Trial) error { return fmt.Errorf("p: %w", context.Canceled) }, works: true},
		"refuses":               {call: func(*Trial) error { panic("p: no") }},
		"returns an error":      {call: func(*Trial) error { return errors.New("p: no") }},
		"panics":                {call: func(*Trial) error { panic("no") }, wrong: `it says "no"`},
		"returns another error": {call: func(*Trial) error { return errors.New("q: no") }, wrong: `it says "q: no"`},
		"fails": {call: func(t *Trial) error {
			t.memory[len(t.memory)] = nil
			return nil
		}, wrong: "panic runtime.boundsError"},
		"writes and refuses": {call: func(t *Trial) error {
			for {
				if dst := Dst[int](t, 3); len(dst) > 0 {
					dst[len(dst)-1]++
					panic("p: no")
				}
				t.used = 0
			}
		}, wrong: "after it has written to dst"},
		"writes and returns an error": {call: func(t *Trial) error {
			for {
				if dst := DstMatrix[float64](t, 3, 3); len(dst.Data) > 0 {
					dst.Data[0]++
					return errors.New("p: no")
				}
				t.used = 0
			}
		}, wrong: "after it has written to dst"},
	} {
		trial := &Trial{memory: memory}
		works, err := trial.try("p: ", c.call)
		if works != c.works || (err != nil) != (c.wrong != "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("what %s: %v, %v", name, works, err)
		}
	}
}

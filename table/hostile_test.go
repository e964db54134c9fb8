package table

import (
	"os"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/hostile"
)

// Every function with a parameter either works or refuses, see package hostile.
func TestHostileShapes(t *testing.T) {
	memory := make([][]byte, 8)
	for i := range memory {
		memory[i] = make([]byte, 1<<16)
	}
	times := 1000
	switch {
	case os.Getenv("RELENT_DEEP") == "1":
		times = 20_000
	case testing.Short():
		times = 200
	}
	t.Run("f64", func(t *testing.T) {
		hostile.Run(t, ".", "table: ", times, memory, hostileCalls(hostile.Extreme[float64]))
	})
	t.Run("f32", func(t *testing.T) {
		hostile.Run(t, ".", "table: ", times, memory, hostileCalls(hostile.Extreme[float32]))
	})
	t.Run("int", func(t *testing.T) {
		hostile.Run(t, ".", "table: ", times, memory, hostileCalls(func(h *hostile.Trial) int { return h.Size(h.Below(9)) }))
	})
	t.Run("int8", func(t *testing.T) {
		hostile.Run(t, ".", "table: ", times, memory, hostileCalls(func(h *hostile.Trial) int8 { return int8(h.Below(140)) }))
	})
}

// hostileCalls are of counts that are values.
func hostileCalls[C relent.Number](value func(h *hostile.Trial) C) map[string]hostile.Call {
	counts := func(h *hostile.Trial) relent.Matrix[C] {
		m := hostile.Matrix[float64](h, h.Rows, h.Cols)
		x := relent.Matrix[C]{Rows: m.Rows, Cols: m.Cols, Data: make([]C, len(m.Data)), Stride: m.Stride}
		usual := h.Below(2) == 0
		for i := range x.Data {
			if x.Data[i] = C(h.Below(9)); !usual {
				x.Data[i] = value(h)
			}
		}
		return hostile.Note(h, x)
	}
	list := func(h *hostile.Trial) []C { return append([]C(nil), counts(h).Data...) }
	average := func(h *hostile.Trial) Average { return hostile.Note(h, Average(h.Below(6)-1)) }
	plain := func(f func(h *hostile.Trial)) hostile.Call {
		return func(h *hostile.Trial) error { f(h); return nil }
	}
	return map[string]hostile.Call{
		"MutualInformation":      plain(func(h *hostile.Trial) { MutualInformation(counts(h)) }),
		"InformationOf":          plain(func(h *hostile.Trial) { InformationOf(counts(h)) }),
		"Information.Normalized": plain(func(h *hostile.Trial) { InformationOf(counts(h)).Normalized(average(h)) }),
		"Adjusted":               plain(func(h *hostile.Trial) { Adjusted(counts(h), average(h)) }),
		"GTest":                  plain(func(h *hostile.Trial) { GTest(counts(h)) }),
		"ChiSquareTest":          plain(func(h *hostile.Trial) { ChiSquareTest(counts(h)) }),
		"EntropyMillerMadow":     plain(func(h *hostile.Trial) { EntropyMillerMadow(list(h)) }),
		"EntropyChaoShen":        plain(func(h *hostile.Trial) { EntropyChaoShen(list(h)) }),
		"EntropyJamesStein":      plain(func(h *hostile.Trial) { EntropyJamesStein(list(h)) }),
		"EntropyGrassberger":     plain(func(h *hostile.Trial) { EntropyGrassberger(list(h)) }),
		"InformationGain": plain(func(h *hostile.Trial) {
			left, total := counts(h), make([]C, h.Cols)
			for i := range total {
				total[i] = C(h.Below(9)) + 9
			}
			InformationGain(hostile.Dst[float64](h, h.Rows), total, left)
		}),
	}
}

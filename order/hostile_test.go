package order

import (
	"fmt"
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
	times := 300
	if os.Getenv("RELENT_DEEP") == "1" {
		times = 10_000
	}
	t.Run("f64", func(t *testing.T) { hostile.Run(t, ".", "order: ", times, memory, hostileCalls[float64]()) })
	t.Run("f32", func(t *testing.T) { hostile.Run(t, ".", "order: ", times, memory, hostileCalls[float32]()) })
}

func hostileCalls[F float32 | float64]() map[string]hostile.Call {
	odd := func(h *hostile.Trial, x []F) []F {
		for i := range x {
			if h.Below(8) == 0 {
				x[i] = hostile.Extreme[F](h)
			}
		}
		return x
	}
	vector := func(h *hostile.Trial) []F { return odd(h, hostile.Vector[F](h, h.Cols)) }
	matrix := func(h *hostile.Trial) relent.Matrix[F] {
		m := relent.Matrix[F](hostile.Matrix[F](h, h.Rows, h.Cols))
		odd(h, m.Data)
		return m
	}
	results := func(h *hostile.Trial) []float64 { return hostile.Dst[float64](h, h.Rows) }
	table := func(h *hostile.Trial) relent.Matrix[float64] {
		return relent.Matrix[float64](hostile.DstMatrix[float64](h, h.Rows, h.Rows))
	}
	run := func(h *hostile.Trial) relent.Run { return relent.Run{Workers: h.Workers(), Context: h.Context()} }
	number := func(h *hostile.Trial) float64 {
		if h.Below(2) == 0 {
			return hostile.Extreme[float64](h)
		}
		return hostile.Note(h, float64(h.Below(5)-1))
	}
	measure := func(h *hostile.Trial) Measure {
		made := []func(float64) Measure{
			Renyi, Tsallis, Alpha, CressieRead, WeightedJensenShannon, SkewKullbackLeibler, SkewJensenShannon,
			func(float64) Measure { return Triangular }, func(float64) Measure { return Measure{} },
		}
		return hostile.Note(h, made[h.Below(len(made))](number(h)))
	}
	zeros := func(h *hostile.Trial) relent.ZeroPolicy {
		return hostile.Note(h, []relent.ZeroPolicy{relent.Strict, relent.Skip, relent.Additive(0.5), relent.Floor(0.01)}[h.Below(4)])
	}
	counts := func(h *hostile.Trial) []uint16 {
		return hostile.Note(h, hostile.Slice(h, h.Cols, func() uint16 { return uint16(h.Below(4)) * uint16(h.Below(1<<16)) }))
	}
	plain := func(f func(h *hostile.Trial)) hostile.Call {
		return func(h *hostile.Trial) error { f(h); return nil }
	}
	text := func(h *hostile.Trial) string {
		name := hostile.Note(h, []string{"Renyi(", "Triangular", "Alpha(", "SkewJensenShannon(", "none(", ""}[h.Below(6)])
		return name + fmt.Sprint(number(h)) + []string{")", "", "))"}[h.Below(3)]
	}
	return map[string]hostile.Call{
		"ParseMeasure":          func(h *hostile.Trial) error { _, err := ParseMeasure(text(h)); return err },
		"Measure.UnmarshalText": func(h *hostile.Trial) error { return new(Measure).UnmarshalText([]byte(text(h))) },
		"Renyi":                 plain(func(h *hostile.Trial) { Renyi(number(h)) }),
		"Tsallis":               plain(func(h *hostile.Trial) { Tsallis(number(h)) }),
		"Alpha":                 plain(func(h *hostile.Trial) { Alpha(number(h)) }),
		"CressieRead":           plain(func(h *hostile.Trial) { CressieRead(number(h)) }),
		"WeightedJensenShannon": plain(func(h *hostile.Trial) { WeightedJensenShannon(number(h)) }),
		"SkewKullbackLeibler":   plain(func(h *hostile.Trial) { SkewKullbackLeibler(number(h)) }),
		"SkewJensenShannon":     plain(func(h *hostile.Trial) { SkewJensenShannon(number(h)) }),
		"Between":               plain(func(h *hostile.Trial) { Between(measure(h), vector(h), vector(h)) }),
		"BetweenCounts": plain(func(h *hostile.Trial) {
			if m := measure(h); h.Below(2) == 0 {
				BetweenCounts(m, counts(h), counts(h), zeros(h))
			} else {
				BetweenCounts(m, vector(h), vector(h), zeros(h))
			}
		}),
		"RowByRow":   plain(func(h *hostile.Trial) { RowByRow(results(h), measure(h), matrix(h), matrix(h)) }),
		"ManyToMany": plain(func(h *hostile.Trial) { ManyToMany(table(h), measure(h), matrix(h), matrix(h)) }),
		"AllPairs":   plain(func(h *hostile.Trial) { AllPairs(table(h), measure(h), matrix(h)) }),
		"RunRowByRow": func(h *hostile.Trial) error {
			_, err := RunRowByRow(run(h), results(h), measure(h), matrix(h), matrix(h))
			return err
		},
		"RunManyToMany": func(h *hostile.Trial) error {
			_, err := RunManyToMany(run(h), table(h), measure(h), matrix(h), matrix(h))
			return err
		},
		"RunAllPairs": func(h *hostile.Trial) error {
			_, err := RunAllPairs(run(h), table(h), measure(h), matrix(h))
			return err
		},
		"RenyiEntropy":           plain(func(h *hostile.Trial) { RenyiEntropy(number(h), vector(h)) }),
		"TsallisEntropy":         plain(func(h *hostile.Trial) { TsallisEntropy(number(h), vector(h)) }),
		"Hill":                   plain(func(h *hostile.Trial) { Hill(number(h), vector(h)) }),
		"Perplexity":             plain(func(h *hostile.Trial) { Perplexity(vector(h)) }),
		"RenyiEntropyOfCounts":   plain(func(h *hostile.Trial) { RenyiEntropyOfCounts(number(h), vector(h)) }),
		"TsallisEntropyOfCounts": plain(func(h *hostile.Trial) { TsallisEntropyOfCounts(number(h), vector(h)) }),
		"HillOfCounts":           plain(func(h *hostile.Trial) { HillOfCounts(number(h), vector(h)) }),
		"JensenShannonOf": plain(func(h *hostile.Trial) {
			JensenShannonOf(hostile.Vector[float64](h, h.Rows), matrix(h))
		}),
	}
}

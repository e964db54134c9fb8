package loss

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/relent-go/relent"
)

// Pairs of rows one to a thousand units in the last place apart: no divergence is negative, and samples of them have the same bits on every
// instruction set.
func TestNearPairs(t *testing.T) {
	blocks := 20
	if os.Getenv("RELENT_DEEP") == "1" && !testing.Short() {
		blocks = 10000 // of 1024 pairs
	}
	t.Run("f64", func(t *testing.T) { nearPairs[float64](t, blocks/2) })
	t.Run("f32", func(t *testing.T) { nearPairs[float32](t, blocks/2) })
}

func nearPairs[F relent.Float](t *testing.T, blocks int) {
	const rows, sampled = 1024, 100
	r := rand.New(rand.NewPCG(41, 42))
	losses := map[string]interface {
		Value(dst []float64, x, y relent.Matrix[F], run relent.Run) (Losses, error)
	}{
		"KL": KullbackLeibler[F]{}, "KL, T = 3": KullbackLeibler[F]{Temperature: 3}, "reverse KL": KullbackLeibler[F]{Reverse: true},
		"JS": JensenShannon[F]{}, "JS, β = 0.9": JensenShannon[F]{Beta: 0.9},
	}
	dst, others := make([]float64, rows), make([]float64, rows)
	fastest := relent.ISA()
	defer relent.SetISA(fastest)
	for block := range blocks {
		a := random[F](r, rows, 2+r.IntN(24), 3)
		b := clone(a)
		for i := range b.Data {
			b.Data[i] = movedBy(b.Data[i], r.IntN(2001)-1000)
		}
		for name, l := range losses {
			if _, err := l.Value(dst, a, b, relent.Run{}); err != nil {
				t.Fatal(err)
			}
			for i, x := range dst {
				if !(x >= 0) {
					t.Fatalf("%s of %v and %v: %v", name, a.Row(i), b.Row(i), x)
				}
			}
			if block%sampled != 0 {
				continue
			}
			for _, isa := range relent.ISAs() {
				relent.SetISA(isa)
				if _, err := l.Value(others, a, b, relent.Run{}); err != nil {
					t.Fatal(err)
				}
				for i, x := range others {
					if math.Float64bits(x) != math.Float64bits(dst[i]) {
						t.Fatalf("%s of %v and %v: %v on %s, %v on %s", name, a.Row(i), b.Row(i), x, isa, dst[i], fastest)
					}
				}
			}
			relent.SetISA(fastest)
		}
	}
}

// movedBy is x so many units in the last place further from 0.
func movedBy[F relent.Float](x F, units int) F {
	if v, ok := any(x).(float64); ok {
		return F(math.Float64frombits(math.Float64bits(v) + uint64(units)))
	}
	return F(math.Float32frombits(math.Float32bits(float32(x)) + uint32(units)))
}
